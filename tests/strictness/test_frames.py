"""Frames that break a rule (W3, W4, W5), sent as raw bytes to each engine: the close code says what was wrong, and the connection ends.

Among them is all in which a library was found to be lax.
"""

import os
import socket
import struct
import zlib

import pytest

import ws_client
from ws_client import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_payload, frame_bytes

MOST = 65536


def text(payload, **form):
    return frame_bytes(TEXT, payload, **form)


def close(code, reason=b""):
    return frame_bytes(CLOSE, close_payload(code, reason))


FAULTS = {
    # W3: what no frame may be
    "unmasked text": (text(b"x", mask=False), 1002),
    "unmasked empty text": (text(b"", mask=False), 1002),
    "unmasked ping": (frame_bytes(PING, b"", mask=False), 1002),
    "unmasked close": (frame_bytes(CLOSE, close_payload(1000), mask=False), 1002),
    "unmasked continuation": (text(b"x", fin=False) + frame_bytes(CONTINUATION, b"y", mask=False), 1002),
    "RSV1 without an extension": (text(b"x", rsv=4), 1002),
    "RSV2": (text(b"x", rsv=2), 1002),
    "RSV3": (text(b"x", rsv=1), 1002),
    "RSV1 on a ping": (frame_bytes(PING, rsv=4), 1002),
    "RSV1 on a close": (frame_bytes(CLOSE, close_payload(1000), rsv=4), 1002),
    **{"reserved opcode %d" % opcode: (frame_bytes(opcode, b"x"), 1002) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "a ping in fragments": (frame_bytes(PING, b"x", fin=False), 1002),
    "a pong in fragments": (frame_bytes(PONG, b"x", fin=False), 1002),
    "a close in fragments": (frame_bytes(CLOSE, close_payload(1000), fin=False), 1002),
    "a ping of 126 bytes": (frame_bytes(PING, bytes(126)), 1002),
    "a close of 126 bytes": (frame_bytes(CLOSE, close_payload(1000, b"x" * 124)), 1002),
    "a ping of 65,536 bytes": (frame_bytes(PING, bytes(65536)), 1002),
    "a continuation first": (frame_bytes(CONTINUATION, b"x"), 1002),
    "a first fragment that continues": (frame_bytes(CONTINUATION, b"x", fin=False), 1002),
    "a continuation behind a whole message": (text(b"x") + frame_bytes(CONTINUATION, b"y"), 1002),
    "a text within a text": (text(b"x", fin=False) + text(b"y"), 1002),
    "a binary within a text": (text(b"x", fin=False) + frame_bytes(BINARY, b"y"), 1002),
    # lengths in more bytes than they need
    "1 in 16 bits": (text(b"x", length_form=16), 1002),
    "125 in 16 bits": (text(b"x" * 125, length_form=16), 1002),
    "1 in 64 bits": (text(b"x", length_form=64), 1002),
    "126 in 64 bits": (text(b"x" * 126, length_form=64), 1002),
    "65,535 in 64 bits": (text(b"x" * 65535, length_form=64), 1002),
    "0 in 16 bits": (text(b"", length_form=16), 1002),
    "a ping whose length is in 16 bits": (frame_bytes(PING, b"x", length_form=16), 1002),
    "a length with its highest bit set": (b"\x82\xff\x80" + bytes(7) + b"mask", 1002),
    # W4: text and codes
    "a byte that is no UTF-8": (text(b"\xff"), 1007),
    "overlong": (text(b"\xc0\xaf"), 1007),
    "a surrogate": (text(b"\xed\xa0\x80"), 1007),
    "above U+10FFFF": (text(b"\xf4\x90\x80\x80"), 1007),
    "half a character": (text("ü".encode()[:1]), 1007),
    "a broken character over two frames": (text(b"\xe2\x82", fin=False) + frame_bytes(CONTINUATION, b"x"), 1007),
    "a character that never ends": (text(b"\xe2\x82", fin=False) + frame_bytes(CONTINUATION, b""), 1007),
    "no UTF-8, before the message is whole": (text(b"ok\xff", fin=False), 1007),
    "no UTF-8, before the frame is whole": (text(b"ok\xff" + bytes(100))[:20], 1007),
    "a close of one byte": (frame_bytes(CLOSE, b"\x03"), 1002),
    **{"close code %d" % code: (close(code), 1002)
       for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 5001, 32768, 65535)},
    "a reason that is no UTF-8": (close(1000, b"\xff\xfe"), 1007),
    "a reason that ends within a character": (close(1000, b"abc\xe2\x82"), 1007),
    # W5: too large
    "a message of 65,537 bytes": (frame_bytes(BINARY, bytes(MOST + 1)), 1009),
    "a head that announces 65,537 bytes": (b"\x82\xff" + struct.pack("!Q", MOST + 1) + b"mask", 1009),
    "a head that announces 2^62 bytes": (b"\x82\xff" + struct.pack("!Q", 1 << 62) + b"mask", 1009),
    "65,537 bytes over fragments": (frame_bytes(BINARY, bytes(MOST), fin=False) + frame_bytes(CONTINUATION, b"x"), 1009),
    "100,000 fragments of a byte": (frame_bytes(BINARY, b"x", fin=False) + frame_bytes(CONTINUATION, b"x", fin=False) * 100000, 1009),
    "100,000 fragments of nothing": (frame_bytes(BINARY, b"", fin=False) + frame_bytes(CONTINUATION, b"", fin=False) * 100000, 1009),
}


def connect(server, **more):
    return ws_client.Socket(server, path="/", protocols=("echo",), **more)


def send_what_is_taken(client, data):
    """The server may have ended before all is sent."""
    try:
        client.send_raw(data)
    except (BrokenPipeError, ConnectionResetError):
        pass


def code_at_the_end(client):
    """Of the server's close frame, behind what it said before; then the connection ends."""
    while True:
        event = client.event()
        if event.kind == "close":
            client.at_end()
            return event.data[0]


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(strict, fault):
    data, code = FAULTS[fault]
    client = connect(strict)
    send_what_is_taken(client, data)
    assert code_at_the_end(client) == code


@pytest.mark.parametrize("fault", ["unmasked text", "1 in 16 bits", "half a character", "close code 5000", "a reason that is no UTF-8"])
def test_fault_byte_by_byte(strict, fault):
    data, code = FAULTS[fault]
    client = connect(strict)
    for at in range(len(data)):
        send_what_is_taken(client, data[at:at + 1])
    assert code_at_the_end(client) == code


@pytest.mark.parametrize("fault", ["unmasked text", "a byte that is no UTF-8", "close code 65535"])
def test_what_came_before_is_answered(strict, fault):
    data, code = FAULTS[fault]
    client = connect(strict)
    send_what_is_taken(client, text(b"good") + data + text(b"never heard"))
    assert client.event() == ("text", "good")
    assert client.event() == ("close", client.wire.close_seen) and client.wire.close_seen[0] == code
    client.at_end()


@pytest.mark.parametrize("fault", ["unmasked text", "1 in 64 bits"])
def test_fault_behind_the_handshake(strict, fault):
    """In the same packet as the handshake, before its answer."""
    data, code = FAULTS[fault]
    assert code_at_the_end(connect(strict, early=data)) == code


GOOD = {
    "nothing": (text(b""), [("text", "")]),
    "the largest": (frame_bytes(BINARY, b"x" * MOST), [("binary", b"x" * MOST)]),
    "126": (text(b"x" * 126), [("text", "x" * 126)]),
    "a mask of zeros": (text(b"Hello", mask=bytes(4)), [("text", "Hello")]),
    "a character over two frames": (text(b"\xe2\x82", fin=False) + frame_bytes(CONTINUATION, b"\xac"), [("text", "€")]),
    "a ping within a message": (text(b"a", fin=False) + frame_bytes(PING, b"p") + frame_bytes(CONTINUATION, b"b"), [("pong", b"p"), ("text", "ab")]),
    "ten pings in a row": (b"".join(frame_bytes(PING, b"%d" % i) for i in range(10)), [("pong", b"%d" % i) for i in range(10)]),
    "a ping of 125 bytes": (frame_bytes(PING, b"x" * 125), [("pong", b"x" * 125)]),
    "a pong that nobody asked for": (frame_bytes(PONG, b"x") + text(b"y"), [("text", "y")]),
    **{"close code %d" % code: (close(code, "bye ü"), [("close", (code, ""))]) for code in (1000, 1001, 1003, 1007, 1011, 3000, 4999)},
    "a close without a code": (frame_bytes(CLOSE), [("close", (None, ""))]),
}


@pytest.mark.parametrize("case", GOOD)
def test_good(strict, case):
    data, answers = GOOD[case]
    client = connect(strict)
    client.send_raw(data)
    for kind, answer in answers:
        event = client.event()
        assert event.kind == kind
        assert event.data == answer or kind == "close" and event.data[0] == answer[0]
    client.connection.close()


def test_good_byte_by_byte(strict):
    client = connect(strict)
    for case in ("126", "a character over two frames", "a ping within a message"):
        data, answers = GOOD[case]
        for at in range(len(data)):
            client.send_raw(data[at:at + 1])
        for answer in answers:
            assert client.event() == answer
    client.connection.close()


# --- permessage-deflate

def packed(data, final=False):
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    whole = deflate.compress(data) + deflate.flush(zlib.Z_FINISH if final else zlib.Z_SYNC_FLUSH)
    return whole + b"\0" if final else whole[:-4]


def bomb():
    """64 KiB that would become more than 60 MiB."""
    return packed(bytes(60 << 20))[:MOST]


PACKED = {
    "no deflate": (text(b"\xff\xff\xff\xff", rsv=4), 1007),
    "no UTF-8 once unpacked": (text(packed(b"\xff\xfe"), rsv=4), 1007),
    "a bomb": (lambda: frame_bytes(BINARY, bomb(), rsv=4), 1009),
    "a bomb in fragments": (lambda: frame_bytes(BINARY, bomb()[:1000], rsv=4, fin=False) + frame_bytes(CONTINUATION, bomb()[1000:]), 1009),
    "65,537 bytes once unpacked": (frame_bytes(BINARY, packed(bytes(MOST + 1)), rsv=4), 1009),
    "RSV1 on a continuation": (text(packed(b"xx"), rsv=4, fin=False) + frame_bytes(CONTINUATION, b"", rsv=4), 1002),
    "RSV1 on a ping": (frame_bytes(PING, b"", rsv=4), 1002),
    "RSV2 beside RSV1": (text(packed(b"x"), rsv=6), 1002),
}


@pytest.mark.parametrize("fault", PACKED)
def test_packed_fault(deflating, fault):
    data, code = PACKED[fault]
    client = connect(deflating, deflate=True)
    assert client.wire.deflate
    send_what_is_taken(client, data() if callable(data) else data)
    assert code_at_the_end(client) == code


@pytest.mark.parametrize("final", [False, True])
def test_packed_echo(deflating, final):
    client = connect(deflating, deflate=True)
    for size in (0, 1, 100, 5000, MOST):
        said = "z" * size
        client.send_raw(text(packed(said.encode(), final), rsv=4))
        assert client.event() == ("text", said)
    noise = os.urandom(MOST - 100)  # grows when it is compressed
    client.send_raw(frame_bytes(BINARY, packed(noise), rsv=4))
    assert client.event() == ("binary", noise)
    client.send_raw(text(b"not packed"))
    assert client.event() == ("text", "not packed")
    client.connection.close()


@pytest.mark.skipif(os.environ.get("C18N_PASS") == "sanitized", reason="the sanitizer's own memory is in the figure")
def test_memory(deflating):
    """W5: bombs, and messages that never end, of 50 clients: less than 1 MiB each."""
    with_bomb = frame_bytes(BINARY, bomb(), rsv=4)
    clients = [connect(deflating, deflate=True) for _ in range(50)]
    before = deflating.resident()
    for client in clients[:25]:
        send_what_is_taken(client, with_bomb)
        assert code_at_the_end(client) == 1009
    for client in clients[25:]:
        client.send_raw(frame_bytes(BINARY, bytes(MOST - 1), fin=False) + frame_bytes(PING, b"here"))
        assert client.event() == ("pong", b"here")
    assert deflating.resident() - before < 50 * 1024
    for client in clients:
        client.connection.close()


# --- lines

def test_lines(strict):
    """Texts of one turn come as one message, a line each: what is sent in one packet is answered so."""
    client = ws_client.Socket(strict, path="/", protocols=("echo.lines",))
    client.send_raw(b"".join(text(b"{%d}" % i) for i in range(500)))
    lines, messages = [], 0
    while len(lines) < 500:
        lines += client.event().data.split("\n")
        messages += 1
    assert lines == ["{%d}" % i for i in range(500)]
    assert messages < 100
    client.connection.close()


# --- handshakes

HANDSHAKES = {
    "no Upgrade": (dict(headers={"Upgrade": None}), 426),
    "another Upgrade": (dict(headers={"Upgrade": "h2c"}), 426),
    "no Connection": (dict(headers={"Connection": None}), 400),
    "Connection: keep-alive": (dict(headers={"Connection": "keep-alive"}), 400),
    "no version": (dict(headers={"Sec-WebSocket-Version": None}), 426),
    "version 8": (dict(headers={"Sec-WebSocket-Version": "8"}), 426),
    "version 13 twice": (dict(headers={"Sec-WebSocket-Version": ["13", "13"]}), 426),
    "no key": (dict(headers={"Sec-WebSocket-Key": None}), 400),
    "a short key": (dict(headers={"Sec-WebSocket-Key": "c2hvcnQ="}), 400),
    "a key that is no base64": (dict(headers={"Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!=="}), 400),
    "two keys": (dict(headers={"Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="]}), 400),
    "HTTP/1.0": (dict(version="HTTP/1.0"), 400),
    "POST": (dict(method="POST"), 400),
    "headers of more than 8 KiB": (dict(headers={"X-Long": "x" * 9000}), 431),
    "extensions that are no list": (dict(headers={"Sec-WebSocket-Extensions": "permessage-deflate; =1"}), 400),
}


@pytest.mark.parametrize("case", HANDSHAKES)
def test_handshake(strict, case):
    handshake, status = HANDSHAKES[case]
    with pytest.raises(ws_client.Refused) as refused:
        connect(strict, **handshake)
    assert refused.value.status == status
    if status == 426:
        assert refused.value.headers["sec-websocket-version"] == "13" and refused.value.headers["upgrade"] == "websocket"


@pytest.mark.parametrize("offer", ["permessage-deflate; server_max_window_bits=9", "permessage-deflate; client_max_window_bits=7",
                                   "permessage-deflate; unknown", "permessage-deflate; server_no_context_takeover=1", "x-webkit-deflate-frame",
                                   "permessage-deflate; client_no_context_takeover; client_no_context_takeover"])
def test_declined_offer(deflating, offer):
    client = connect(deflating, headers={"Sec-WebSocket-Extensions": offer})
    assert "sec-websocket-extensions" not in client.wire.headers
    client.send_text("x" * 200)
    assert client.event() == ("text", "x" * 200)
    client.connection.close()


def test_offer_without_deflate(strict):
    client = connect(strict, deflate=True)
    assert not client.wire.deflate
    client.send_raw(text(b"x", rsv=4))
    assert code_at_the_end(client) == 1002


def test_client_that_leaves(strict):
    """Without a word, in the middle of a frame, by a reset: others don't notice."""
    other = connect(strict)
    for data in (b"", text(b"Hello")[:4], text(b"x", fin=False)):
        client = connect(strict)
        client.send_raw(data)
        client.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.connection.close()
    other.send_text("still there")
    assert other.event() == ("text", "still there")
    other.connection.close()
