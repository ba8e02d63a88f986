"""A WebSocket client for tests, with nothing but the standard library: it sends whatever bytes a test asks for, and is strict
about what a server says (RFC 6455, 7692): a breach is BadServer, at once.

    with ws_client.connect(server, token=ann.token) as socket:      # Refused: status, headers and body of what came in place of 101
        hello = socket.receive()                                    # the next JSON object; Closed when there is none any more
        socket.send_json({"id": "1", "kind": "message", ...})

`Wire` is the protocol without input and output; Socket moves its bytes in a thread's way, AsyncSocket in asyncio's.
A timeout here only ends a test that would fail anyway.
"""

import asyncio
import base64
import collections
import hashlib
import json
import os
import socket
import struct
import time
import urllib.parse
import zlib

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 1.3
COOKIE = "c18n_session"
JSON, NDJSON = "c18n.v1.json", "c18n.v1.ndjson"
DEFLATE = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
CLOSE_CODES = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, *range(3000, 5000)}
HEAD_MOST, MESSAGE_MOST = 64 * 1024, 64 * 1024 * 1024
TIMEOUT = 30

Frame = collections.namedtuple("Frame", "fin rsv opcode payload")
Event = collections.namedtuple("Event", "kind data")  # text: str; binary, ping, pong: bytes; close: (code or None, reason)


class BadServer(AssertionError):
    """The server broke the protocol."""


class Refused(Exception):
    """The answer to the handshake was no 101."""

    def __init__(self, status, headers, body):
        super().__init__("%d %s" % (status, body[:500].decode(errors="replace")))
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Closed(Exception):
    """There is nothing more to receive. `code` is None when the server's close frame had none, 1006 when there was no close frame."""

    def __init__(self, code, reason=""):
        super().__init__("%s %s" % (code, reason))
        self.code, self.reason = code, reason


def demand(holds, why, *details):
    if not holds:
        raise BadServer(why % details)


def mask_bytes(data, key):
    length = len(data)
    pad = (key * (length // 4 + 1))[:length]
    return (int.from_bytes(data, "big") ^ int.from_bytes(pad, "big")).to_bytes(length, "big")


def frame_bytes(opcode, payload=b"", fin=True, rsv=0, mask=True, length_form=None):
    """The bytes of a client's frame. `mask`: True, False, or the key. `length_form`: 7, 16 or 64 bits; None: the shortest."""
    length = len(payload)
    form = length_form or (7 if length < 126 else 16 if length < 65536 else 64)
    mark, rest = (length, b"") if form == 7 else (126, struct.pack("!H", length)) if form == 16 else (127, struct.pack("!Q", length))
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode, (0x80 if mask else 0) | mark]) + rest
    if not mask:
        return head + payload
    key = mask if isinstance(mask, bytes) else os.urandom(4)
    return head + key + mask_bytes(payload, key)


def close_payload(code=None, reason=b""):
    reason = reason.encode() if isinstance(reason, str) else reason
    return b"" if code is None else struct.pack("!H", code) + reason


def unique_members(pairs):
    made = dict(pairs)
    demand(len(made) == len(pairs), "a member stands twice in an object: %s", [name for name, _ in pairs])
    return made


def address_of(target):
    """(host, port) of a harness.Server, of an URL, or of such a pair."""
    if isinstance(target, tuple):
        return target
    if isinstance(target, str):
        url = urllib.parse.urlsplit(target)
        return url.hostname, url.port or 80
    return "127.0.0.1", target.port


class Wire:
    """What the client's handshake is, and what the server's bytes mean. Headers given as None are left out of the handshake."""

    def __init__(self, target, path="/api/v1/socket", token=None, by="header", protocols=(JSON,), origin=None, headers=None, deflate=False,
                 method="GET", version="HTTP/1.1", early=b""):
        self.address = address_of(target)
        self.key = base64.b64encode(os.urandom(16)).decode()
        self.offered, self.deflate_offered = list(protocols), deflate
        items = self.offered + (["bearer." + token] if token and by == "protocol" else [])
        sent = {"Host": "%s:%d" % self.address, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": self.key,
                "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": ", ".join(items) or None, "Origin": origin,
                "Authorization": "Bearer " + token if token and by == "header" else None,
                "Cookie": COOKIE + "=" + token if token and by == "cookie" else None,
                "Sec-WebSocket-Extensions": DEFLATE if deflate else None}
        sent.update(headers or {})
        lines = ["%s %s %s" % (method, path, version)]
        for name, value in sent.items():
            lines += ["%s: %s" % (name, each) for each in (value if isinstance(value, list) else [value]) if each is not None]
        self.request = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + early
        self.buffer = bytearray()
        self.protocol, self.deflate, self.headers = None, False, {}
        self.pieces, self.piece_opcode, self.piece_deflated = [], None, False
        self.objects = collections.deque()
        self.close_seen = None  # (code, reason) of the server's close frame
        self.close_sent = False

    # --- the handshake's answer

    def head(self):
        """(status, headers) once the head of an answer is there, else None."""
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            demand(len(self.buffer) < HEAD_MOST, "an endless answer to the handshake")
            return None
        lines = bytes(self.buffer[:end]).decode("latin-1").split("\r\n")
        del self.buffer[:end + 4]
        demand(lines[0].startswith("HTTP/1.1 ") and lines[0][9:12].isdigit(), "no HTTP/1.1 answer: %r", lines[0])
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            demand(colon and name and name == name.strip(), "no header: %r", line)
            headers.setdefault(name.lower(), []).append(value.strip())
        return int(lines[0][9:12]), {name: ", ".join(values) for name, values in headers.items()}

    def accept(self, headers):
        """Judges a 101."""
        proof = base64.b64encode(hashlib.sha1(self.key.encode() + GUID).digest()).decode()
        demand(headers.get("upgrade", "").lower() == "websocket", "101 with Upgrade: %r", headers.get("upgrade"))
        demand("upgrade" in headers.get("connection", "").lower(), "101 with Connection: %r", headers.get("connection"))
        demand(headers.get("sec-websocket-accept") == proof, "101 with a wrong Sec-WebSocket-Accept")
        demand("content-length" not in headers and "transfer-encoding" not in headers, "101 with a body")
        self.protocol, self.headers = headers.get("sec-websocket-protocol"), headers
        demand(self.protocol in (self.offered or [None]), "the sub-protocol %r was not offered", self.protocol)
        extension = headers.get("sec-websocket-extensions")
        if extension is not None:
            is_deflate = extension.split(";")[0].strip() == "permessage-deflate"
            demand(self.deflate_offered and is_deflate, "the extension %r was not offered", extension)
            demand("server_no_context_takeover" in extension, "the server did not take what was offered: %r", extension)
            self.deflate = True

    # --- frames

    def next_frame(self):
        """The next whole frame of the server, judged; None: more bytes are needed."""
        data = self.buffer
        if len(data) < 2:
            return None
        fin, rsv, opcode = bool(data[0] & 0x80), data[0] >> 4 & 7, data[0] & 15
        demand(not data[1] & 0x80, "a masked frame")
        length, head = data[1] & 0x7f, 2
        demand(opcode in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG), "reserved opcode %d", opcode)
        demand(not rsv or rsv == 4 and self.deflate and opcode in (TEXT, BINARY), "RSV bits %d on opcode %d", rsv, opcode)
        demand(opcode < 8 or fin and length < 126, "a control frame that is long or in pieces")
        if length >= 126:
            head = 4 if length == 126 else 10
            if len(data) < head:
                return None
            least = 126 if length == 126 else 65536
            length = int.from_bytes(data[2:head], "big")
            demand(least <= length <= MESSAGE_MOST, "a length of %d in %d bytes", length, head - 2)
        if len(data) < head + length:
            return None
        payload = bytes(data[head:head + length])
        del data[:head + length]
        demand(self.close_seen is None, "opcode %d after the close frame", opcode)
        return Frame(fin, rsv, opcode, payload)

    def next_event(self):
        """The next whole message or control frame; None: more bytes are needed."""
        while True:
            frame = self.next_frame()
            if frame is None:
                return None
            event = self.control(frame) if frame.opcode >= 8 else self.piece(frame)
            if event:
                return event

    def control(self, frame):
        if frame.opcode != CLOSE:
            return Event("ping" if frame.opcode == PING else "pong", frame.payload)
        code, reason = None, ""
        if frame.payload:
            demand(len(frame.payload) >= 2, "a close frame with one byte")
            code = int.from_bytes(frame.payload[:2], "big")
            demand(code in CLOSE_CODES, "close code %d", code)
            reason = self.text(frame.payload[2:])
        self.close_seen = (code, reason)
        return Event("close", self.close_seen)

    def piece(self, frame):
        if frame.opcode == CONTINUATION:
            demand(self.piece_opcode, "a continuation of nothing")
        else:
            demand(not self.piece_opcode, "a message inside of another")
            self.piece_opcode, self.piece_deflated = frame.opcode, bool(frame.rsv)
        self.pieces.append(frame.payload)
        if not frame.fin:
            return None
        whole, opcode = b"".join(self.pieces), self.piece_opcode
        self.pieces, self.piece_opcode = [], None
        if self.piece_deflated:
            whole = self.inflated(whole)
        return Event("text", self.text(whole)) if opcode == TEXT else Event("binary", whole)

    @staticmethod
    def inflated(data):
        inflate = zlib.decompressobj(-15)
        try:
            whole = inflate.decompress(data + b"\x00\x00\xff\xff", MESSAGE_MOST)
        except zlib.error as error:
            raise BadServer("no deflate: %s" % error) from error
        demand(not inflate.unconsumed_tail, "a message over %d bytes", MESSAGE_MOST)
        return whole

    @staticmethod
    def text(data):
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise BadServer("text that is no UTF-8: %s" % error) from error

    def objects_of(self, text):
        """The JSON objects of a text: one, or with ndjson one a line."""
        lines = text.split("\n") if self.protocol == NDJSON else [text]
        made = []
        for line in lines:
            try:
                made.append(json.loads(line, object_pairs_hook=unique_members))
            except ValueError as error:
                raise BadServer("no JSON: %r" % line[:200]) from error
            demand(isinstance(made[-1], dict) and "kind" in made[-1], "no object with a kind: %r", line[:200])
        return made

    def closing(self):
        return self.close_seen or (1006, "")


def as_json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def make_narrow(plain, receive_buffer):
    """Before connecting, else the window is what it is. The small segments keep the buffer of the server's kernel small, too."""
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)


class Socket:
    """One connection, used by one thread. What `wait_for` passed over stands in `passed`; `received` counts bytes."""

    def __init__(self, target, timeout=TIMEOUT, receive_buffer=None, **handshake):
        self.wire = Wire(target, **handshake)
        self.timeout, self.passed, self.answers_pings, self.received = timeout, [], True, 0
        self.connection = socket.socket()
        try:
            if receive_buffer:
                make_narrow(self.connection, receive_buffer)
            self.connection.settimeout(timeout)
            self.connection.connect(self.wire.address)
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connection.sendall(self.wire.request)
            self.shake_hands()
        except BaseException:
            self.connection.close()
            raise

    def shake_hands(self):
        until = time.monotonic() + self.timeout
        while True:
            answer = self.wire.head()
            if answer:
                break
            if not self.more(until):
                raise Closed(1006, "closed within the handshake")
        status, headers = answer
        if status == 101:
            return self.wire.accept(headers)
        length = int(headers.get("content-length", "0"))
        while len(self.wire.buffer) < length and self.more(until):
            pass
        raise Refused(status, headers, bytes(self.wire.buffer[:length]))

    def more(self, until):
        """Reads; False: the server has closed."""
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("nothing came")
        self.connection.settimeout(left)
        try:
            data = self.connection.recv(256 * 1024)
        except ConnectionError:
            return False
        self.wire.buffer += data
        self.received += len(data)
        return bool(data)

    # --- sending

    def send_raw(self, data):
        self.connection.settimeout(self.timeout)
        self.connection.sendall(data)

    def send_frame(self, opcode, payload=b"", **form):
        self.send_raw(frame_bytes(opcode, payload, **form))

    def send_text(self, text):
        self.send_frame(TEXT, text.encode())

    def send_bytes(self, data):
        self.send_frame(BINARY, data)

    def send_json(self, value):
        self.send_frame(TEXT, as_json(value))

    # --- receiving

    def event(self, timeout=None):
        """The next message or control frame. A ping was answered, a close frame, too. Closed: no more will come."""
        until = time.monotonic() + (timeout or self.timeout)
        while True:
            event = self.wire.next_event()
            if event:
                break
            if self.wire.close_seen or not self.more(until):
                raise Closed(*self.wire.closing())
        if event.kind == "ping" and self.answers_pings:
            self.send_frame(PONG, event.data)
        elif event.kind == "close" and not self.wire.close_sent:
            self.send_close(event.data[0])
        return event

    def receive(self, timeout=None):
        """The next JSON object."""
        until = time.monotonic() + (timeout or self.timeout)
        while not self.wire.objects:
            event = self.event(max(0.001, until - time.monotonic()))
            demand(event.kind != "binary", "a binary message")
            if event.kind == "text":
                self.wire.objects.extend(self.wire.objects_of(event.data))
            elif event.kind == "close":
                raise Closed(*event.data)
        return self.wire.objects.popleft()

    def wait_for(self, kind, timeout=None, **members):
        """The next object of a kind, with these members; those before it go to `passed`."""
        until = time.monotonic() + (timeout or self.timeout)
        while True:
            try:
                found = self.receive(max(0.001, until - time.monotonic()))
            except TimeoutError as error:
                raise TimeoutError("no %s %s came, but %s" % (kind, members, self.passed)) from error
            if found["kind"] == kind and all(found.get(name) == value for name, value in members.items()):
                return found
            self.passed.append(found)

    def ask(self, value, timeout=None):
        """Sends a verb; the ack or nack with its id. Gives it an id when it has none."""
        value = {"id": os.urandom(8).hex(), **value}
        self.send_json(value)
        until = time.monotonic() + (timeout or self.timeout)
        while True:
            found = self.receive(max(0.001, until - time.monotonic()))
            if found["kind"] in ("ack", "nack", "ready") and found.get("id") == value["id"]:
                return found
            self.passed.append(found)

    def so_far(self):
        """All objects that the server had sent when it read a ping of ours, and those that were passed over."""
        self.send_json({"kind": "ping"})
        self.wait_for("pong")
        found, self.passed = self.passed, []
        return found

    def closed(self, timeout=None):
        """Waits for the server's close frame and the end of the connection; its code. Messages on the way go to `passed`."""
        try:
            while True:
                self.passed.append(self.receive(timeout))
        except Closed as end:
            self.at_end(timeout)
            return end.code

    def at_end(self, timeout=None):
        """The server has closed the TCP connection, without a byte behind its close frame."""
        until = time.monotonic() + (timeout or self.timeout)
        while self.more(until):
            pass
        demand(self.wire.next_frame() is None and not self.wire.buffer, "bytes behind the close frame")

    # --- the end

    def send_close(self, code=1000, reason=""):
        self.wire.close_sent = True
        try:
            self.send_frame(CLOSE, close_payload(code, reason))
        except OSError:
            pass  # it is gone already

    def close(self, code=1000, reason=""):
        """A clean end: says so, waits for the server's close frame; its code."""
        self.send_close(code, reason)
        ended = self.closed()
        self.connection.close()
        return ended

    def abort(self):
        """The connection is cut, with a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.connection.close()


def connect(target, **rest):
    """A Socket that is open, or Refused. `rest` is of Socket and of Wire."""
    return Socket(target, **rest)


class AsyncSocket:
    """The same for a task of asyncio: receives when asked, so that who doesn't ask is a slow reader."""

    @classmethod
    async def connect(cls, target, timeout=TIMEOUT, read_ahead=64 * 1024, receive_buffer=None, **handshake):
        self = cls()
        self.wire, self.timeout, self.received = Wire(target, **handshake), timeout, 0
        plain = socket.socket()
        plain.setblocking(False)
        try:
            if receive_buffer:
                make_narrow(plain, receive_buffer)
            async with asyncio.timeout(timeout):
                await asyncio.get_running_loop().sock_connect(plain, self.wire.address)
                self.reader, self.writer = await asyncio.open_connection(sock=plain, limit=read_ahead)
        except BaseException:
            plain.close()
            raise
        try:
            async with asyncio.timeout(timeout):
                self.writer.write(self.wire.request)
                await self.shake_hands()
        except BaseException:
            self.abort()
            raise
        return self

    async def shake_hands(self):
        while not (answer := self.wire.head()):
            if not await self.more():
                raise Closed(1006, "closed within the handshake")
        status, headers = answer
        if status == 101:
            return self.wire.accept(headers)
        length = int(headers.get("content-length", "0"))
        while len(self.wire.buffer) < length and await self.more():
            pass
        raise Refused(status, headers, bytes(self.wire.buffer[:length]))

    async def more(self):
        try:
            data = await self.reader.read(256 * 1024)
        except ConnectionError:
            return False
        self.wire.buffer += data
        self.received += len(data)
        return bool(data)

    def send_frame(self, opcode, payload=b"", **form):
        self.writer.write(frame_bytes(opcode, payload, **form))

    async def send_json(self, value):
        self.send_frame(TEXT, as_json(value))
        await self.drain()

    async def drain(self):
        try:
            await self.writer.drain()
        except ConnectionError as error:
            raise Closed(1006) from error

    async def receive(self):
        """The next JSON object; Closed: no more will come. No timeout of its own."""
        while not self.wire.objects:
            event = self.wire.next_event()
            if not event:
                if self.wire.close_seen or not await self.more():
                    raise Closed(*self.wire.closing())
            elif event.kind == "ping":
                self.send_frame(PONG, event.data)
            elif event.kind == "close":
                await self.at_end(event.data[0])
                raise Closed(*event.data)
            elif event.kind == "text":
                self.wire.objects.extend(self.wire.objects_of(event.data))
            else:
                demand(event.kind == "pong", "a binary message")
        return self.wire.objects.popleft()

    async def at_end(self, code):
        """Answers a close frame; the server closes the TCP connection, without a byte behind its close frame."""
        if not self.wire.close_sent:
            self.send_frame(CLOSE, close_payload(code))
        async with asyncio.timeout(self.timeout):
            while await self.more():
                pass
        demand(self.wire.next_frame() is None and not self.wire.buffer, "bytes behind the close frame")

    async def close(self, code=1000, reason=""):
        """Says so, and waits for the server's close frame."""
        self.send_frame(CLOSE, close_payload(code, reason))
        self.wire.close_sent = True
        try:
            async with asyncio.timeout(self.timeout):
                while True:
                    await self.receive()
        except Closed:
            self.abort()

    def abort(self):
        self.writer.transport.abort()
