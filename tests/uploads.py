"""Images and videos for tests: files of each type, and sending them by a socket as a client does."""

import hashlib
import itertools
import pathlib
import random
import sqlite3
import struct
import time
import urllib.parse
import zlib

import httpx

import harness
import ws_client

CHUNK, PIECE = 64 * 1024, 256 * 1024  # of a frame; of what is read at once
# Small limits, and small caches of the storage, beside which the server's own memory can be seen.
LIMITS = {"media.max_image": 300000, "media.max_video": 64 * 1024 * 1024, "media.uploads_per_user": 2, "core.socket_rate": 0,
          "storage_sqlite.cache_size": 2 << 20, "storage_sqlite.reader_cache_size": 1 << 20}

class Shelf(harness.Server):
    """A server with these limits."""

    def __init__(self, settings=None):
        super().__init__({**LIMITS, **(settings or {})})
        self.numbers, self.root_admin = itertools.count(1), None

    def person(self):
        """A fresh one."""
        self.root_admin = self.root_admin or self.admin()
        return self.user(self.root_admin, "shelf%d" % next(self.numbers))

    def memory(self):
        """Resident, in KiB."""
        lines = pathlib.Path("/proc/%d/status" % self.process.pid).read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

    def left_over(self):
        """Once it is stopped: how many blobs it has, how many of them unfinished, and rows of uploads."""
        (file,) = [each for each in self.data.rglob("*.db") if b"blob_chunks" in each.read_bytes()]
        database = sqlite3.connect(file)
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        (uploads,) = [name for name, in tables if name.endswith("view.uploads")]
        counts = [database.execute(query).fetchone()[0] for query in (
            "SELECT count(*) FROM blobs", "SELECT count(*) FROM blobs WHERE size IS NULL", 'SELECT count(*) FROM "%s"' % uploads)]
        database.close()
        return counts


def chunk(kind, data):
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))


def png(size=None, extra=b""):
    """A picture of one pixel, made `size` bytes long by a chunk that nobody reads."""
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack("!IIBBBBB", 1, 1, 8, 2, 0, 0, 0)) + extra
    tail = chunk(b"IDAT", zlib.compress(b"\0\0\0\0")) + chunk(b"IEND", b"")
    padding = size - len(head) - len(tail) - 12 if size else 0
    return head + (chunk(b"prVt", random.Random(size).randbytes(padding)) if size else b"") + tail


GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00" + 2 * (
    b"!\xf9\x04\x00\x0a\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00") + b";"  # two pictures: it moves
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(200) + b"\xff\xd9"
WEBP = b"RIFF" + struct.pack("<I", 200) + b"WEBPVP8 " + bytes(188)
AVIF = b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf" + bytes(200)
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomavc1" + bytes(1000)
QUICKTIME = b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  " + bytes(300)
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm" + bytes(300)


def video(size):
    return MP4 + random.Random(size).randbytes(size - len(MP4))


def announcement(data, kind="image/png", name="cat.png", **other):
    return {"kind": "media", "name": name, "type": kind, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), **other}


def connect(server, person, path="/images/send"):
    made = ws_client.connect(server, path=harness.BASE + path, token=person.token)
    assert made.receive()["kind"] == "hello"
    return made


def begin(socket, data, kind="image/png", **other):
    ready = socket.ask(announcement(data, kind, **other))
    assert ready["kind"] == "ready" and 0 < ready["chunk"] <= CHUNK, ready
    return ready


def send_bytes(socket, data, size=CHUNK):
    for at in range(0, len(data), size):
        socket.send_bytes(data[at:at + size])


def send(socket, data, kind="image/png", **other):
    """A whole upload; its ack or nack."""
    answer = socket.ask(announcement(data, kind, **other))
    if answer["kind"] != "ready":
        return answer
    send_bytes(socket, data)
    while True:
        answer, ready = socket.receive(), answer
        if answer.get("id") == ready["id"]:
            return answer


def sent(socket, data, kind="image/png", **other):
    ack = send(socket, data, kind, **other)
    assert ack["kind"] == "ack", ack
    return ack


def path_of(ack):
    return urllib.parse.urlsplit(ack["url"]).path.removeprefix(harness.BASE)


def put_up(server, person, data, kind="image/png", **other):
    """The path of a new file."""
    with connect(server, person, "/images/send" if kind.startswith("image") else "/videos/send") as socket:
        return path_of(sent(socket, data, kind, **other))


def refused(nack, code):
    assert nack["kind"] == "nack" and nack["code"] == code and nack["detail"], nack


def wait_until(holds, seconds=30):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def metric(server, name):
    lines = httpx.get(server.operators + "/metrics", trust_env=False).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("c18n_media_" + name))
