"""The tests' WebSocket client is strict: each breach by a server is told, and what is right is taken."""

import asyncio
import base64
import contextlib
import hashlib
import socket
import threading
import zlib

import pytest

import ws_client
from ws_client import BINARY, CLOSE, CONTINUATION, PING, TEXT, frame_bytes

DEFLATED = zlib.compressobj(9, zlib.DEFLATED, -15)
SMALL = DEFLATED.compress(b'{"kind":"hello"}') + DEFLATED.flush(zlib.Z_SYNC_FLUSH)[:-4]
EXTENSION = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n"


def say(opcode, payload=b"", **form):
    return frame_bytes(opcode, payload, mask=False, **form)


@contextlib.contextmanager
def server_that_says(said, head="", status="101 Switching Protocols", protocol=ws_client.JSON, proof=None):
    """A server for one client, which answers the handshake, says some bytes and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            connection, _ = listener.accept()
            with connection:
                asked = connection.recv(65536).decode()
                key = asked.split("Sec-WebSocket-Key: ")[1].split("\r\n")[0].encode()
                right = base64.b64encode(hashlib.sha1(key + ws_client.GUID).digest()).decode()
                connection.sendall(("HTTP/1.1 %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n"
                                    "Sec-WebSocket-Protocol: %s\r\n%s\r\n" % (status, proof or right, protocol, head)).encode() + said)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()
        thread.join()


def hear_in_thread(address, **handshake):
    with ws_client.connect(address, **handshake) as client:
        client.closed()
        return client.passed


def hear_in_task(address, **handshake):
    async def hear():
        client, got = await ws_client.AsyncSocket.connect(address, **handshake), []
        try:
            while True:
                got.append(await client.receive())
        except ws_client.Closed:
            return got
        finally:
            client.abort()

    return asyncio.run(hear())


BREACHES = {
    "masked": frame_bytes(TEXT, b'{"kind":"x"}'), "rsv": say(TEXT, b'{"kind":"x"}', rsv=4), "reserved opcode": say(3),
    "no text": say(BINARY, b"x"),
    "long form of a short length": say(TEXT, b'{"kind":"x"}', length_form=16), "longest form": say(TEXT, b" " * 300, length_form=64),
    "control in pieces": say(PING, fin=False), "long control": say(PING, b"x" * 126), "continuation first": say(CONTINUATION, b"x"),
    "message in a message": say(TEXT, b"{", fin=False) + say(TEXT, b"}"), "no UTF-8": say(TEXT, b'{"kind":"\xff"}'),
    "close with a byte": say(CLOSE, b"x"), "close 1005": say(CLOSE, b"\x03\xed"), "close reason": say(CLOSE, b"\x03\xe8\xff"),
    "behind the close": say(CLOSE, b"\x03\xe8") + say(TEXT, b'{"kind":"x"}'), "no JSON": say(TEXT, b"x"), "no object": say(TEXT, b"[]"),
    "no kind": say(TEXT, b"{}"), "two of a name": say(TEXT, b'{"kind":"x","kind":"x"}'),
    "two in one text": say(TEXT, b'{"kind":"x"}\n{"kind":"y"}'),
}


@pytest.mark.parametrize("hear", [hear_in_thread, hear_in_task])
@pytest.mark.parametrize("said", BREACHES.values(), ids=BREACHES)
def test_breaches(said, hear):
    with server_that_says(said) as address, pytest.raises(ws_client.BadServer):
        hear(address)


@pytest.mark.parametrize("answer", [{"proof": "bm8="}, {"protocol": "other"}, {"head": EXTENSION}, {"head": "Content-Length: 0\r\n"}],
                         ids=str)
def test_bad_handshakes(answer):
    with server_that_says(b"", **answer) as address, pytest.raises(ws_client.BadServer):
        ws_client.connect(address)


def test_refusal():
    with server_that_says(b"No.", status="403 Forbidden", head="Content-Length: 3\r\n") as address:
        with pytest.raises(ws_client.Refused) as refused:
            ws_client.connect(address)
    assert (refused.value.status, refused.value.body) == (403, b"No.")


@pytest.mark.parametrize("hear", [hear_in_thread, hear_in_task])
def test_what_is_right(hear):
    words = '{"kind":"ä"}'.encode()
    pieces = say(TEXT, words[:10], fin=False) + say(PING, b"x") + say(CONTINUATION, words[10:])
    with server_that_says(say(TEXT, words) + pieces + say(CLOSE, b"\x03\xe8bye")) as address:
        assert hear(address) == [{"kind": "ä"}] * 2
    with server_that_says(say(TEXT, words + b"\n" + words), protocol=ws_client.NDJSON) as address:
        assert hear(address, protocols=(ws_client.NDJSON,)) == [{"kind": "ä"}] * 2
    with server_that_says(say(TEXT, SMALL, rsv=4), head=EXTENSION) as address:
        assert hear(address, deflate=True) == [{"kind": "hello"}]
