"""Images and videos: sent by sockets, in every way that goes right or wrong; read in parts, under conditions, by who may."""

import hashlib
import os
import pathlib
import random
import sqlite3
import struct
import threading
import time
import urllib.parse
import zlib

import pytest

import harness
import ws_client

NOBODY = "0193a000-0000-7000-8000-000000000000"
CHUNK, PIECE = 64 * 1024, 256 * 1024
LIMITS = {"media.max_image": 300000, "media.max_video": 64 * 1024 * 1024, "media.uploads_per_user": 2, "core.socket_rate": 0,
          "storage_sqlite.cache_size": 2 << 20, "storage_sqlite.reader_cache_size": 1 << 20}


@pytest.fixture(scope="module")
def shelf():
    """A server with small limits."""
    with harness.Server(LIMITS) as running:
        running.root_admin = running.admin()
        yield running


@pytest.fixture(scope="module")
def people(shelf):
    """A function that makes a fresh person."""
    numbers = iter(range(1, 1000))
    return lambda: shelf.user(shelf.root_admin, "shelf%d" % next(numbers))


# --- files


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
    lines = harness.httpx.get(server.operators + "/metrics", trust_env=False).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("c18n_media_" + name))


# --- sending


@pytest.mark.parametrize("kind,data", [("image/png", png()), ("image/gif", GIF), ("image/jpeg", JPEG), ("image/webp", WEBP),
                                       ("image/avif", AVIF), ("video/mp4", MP4), ("video/quicktime", QUICKTIME), ("video/webm", WEBM)])
@pytest.mark.parametrize("path", ["own", "/socket"])
def test_each_type(shelf, people, kind, data, path):
    person, noun = people(), kind.split("/")[0]
    with connect(shelf, person, "/%ss/send" % noun if path == "own" else path) as socket:
        ack = sent(socket, data, kind)
        assert set(ack) == {"kind", "id", "_id", "url"}
        assert ack["url"] == "%s/api/v1/%ss/%s" % (shelf.url, noun, ack["_id"])
    answer = person.get(path_of(ack))
    assert answer.status_code == 200 and answer.content == data
    assert answer.headers["content-type"] == kind and answer.headers["content-length"] == str(len(data))
    other = "/%s/%s" % ("videos" if noun == "image" else "images", ack["_id"])
    assert person.get(other).status_code == 404  # it is no such thing


def test_several_one_after_the_other_and_in_any_pieces(shelf, people):
    person = people()
    with connect(shelf, person) as socket:
        files = [png(size) for size in (200, CHUNK, CHUNK + 1, PIECE, PIECE + 1000)]
        paths = [path_of(sent(socket, data)) for data in files]
        begin(socket, files[0])
        send_bytes(socket, files[0], 7)
        assert socket.receive()["kind"] == "ack"
    assert [person.get(path).content for path in paths] == files


def test_two_at_once(shelf, people):
    """Two files of one person, and one of another, by turns."""
    ann, bob = people(), people()
    files = [png(250000), png(250001), png(250002)]
    sockets = [connect(shelf, person) for person in (ann, ann, bob)]
    for socket, data in zip(sockets, files):
        begin(socket, data)
    for at in range(0, 250002, CHUNK):
        for socket, data in zip(sockets, files):
            socket.send_bytes(data[at:at + CHUNK])
    acks = [socket.wait_for("ack") for socket in sockets]
    for person, ack, data in zip((ann, ann, bob), acks, files):
        assert person.get(path_of(ack)).content == data
    with connect(shelf, ann) as third:
        for socket, data in zip(sockets, files):
            begin(socket, data)
        refused(send(third, png()), "too_many_uploads")
        sockets[0].abort()
        wait_until(lambda: send(third, png())["kind"] == "ack")
    for socket in sockets[1:]:
        socket.connection.close()


def test_one_at_a_time_on_a_socket(shelf, people):
    with connect(shelf, people()) as socket:
        data = png(1000)
        begin(socket, data)
        refused(socket.ask(announcement(data)), "upload_under_way")
        send_bytes(socket, data)
        assert socket.receive()["kind"] == "ack"


def status_of(server, field):
    lines = pathlib.Path("/proc/%d/status" % server.process.pid).read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


def test_a_large_one_needs_no_memory(shelf, people):
    """30 MiB up and down: the server never holds them."""
    person, size = people(), 30 * 1024 * 1024
    data = video(size)
    path = put_up(shelf, person, video(3 * 1024 * 1024), "video/mp4")  # whatever is made at first use
    assert person.get(path).status_code == 200
    before = status_of(shelf, "VmRSS")
    path = put_up(shelf, person, data, "video/mp4")
    with person.http.stream("GET", path, headers={"Authorization": "Bearer " + person.token}) as answer:
        seen = hashlib.sha256()
        for piece in answer.iter_raw():
            seen.update(piece)
    assert answer.headers["content-length"] == str(size) and seen.hexdigest() == hashlib.sha256(data).hexdigest()
    if os.environ.get("C18N_PASS") != "sanitized":  # which keeps what was freed
        assert status_of(shelf, "VmRSS") - before < 12 * 1024  # kB


# --- what is not taken (U1, U3, U4)

PHP = b"<?php system($_GET['c']); ?>"


@pytest.mark.parametrize("kind,data", [
    ("image/png", b"<html><script>alert(1)</script></html>" + bytes(100)), ("image/png", JPEG), ("image/jpeg", png()), ("image/png", PHP),
    ("image/png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>" + bytes(100)), ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/png", png(extra=chunk(b"tEXt", b"Comment\0" + PHP))), ("image/png", png(100000) + b"<HTML><body>hello"),
    ("image/gif", GIF + b"<script>alert(1)</script>"), ("image/jpeg", JPEG + b"\n" + PHP), ("image/gif", b"GIF89a" + bytes(5)),
    ("image/png", png(CHUNK + 100)[:CHUNK - 3] + b"<script>alert(1)</script>"),  # over the border of two frames
], ids=lambda value: value if isinstance(value, str) else None)
def test_other_than_declared(shelf, people, kind, data):
    with connect(shelf, people()) as socket:
        answer = send(socket, data, kind)
        if data == b"GIF89a" + bytes(5):  # as short as it is, it is one
            return
        refused(answer, "unsupported_type")
        assert sent(socket, png())  # the socket goes on


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", "image/bmp", "video/x-matroska", "IMAGE/PNG", "image", "*/*", "video/mp4"])
def test_types_that_are_not_taken(shelf, people, kind):
    with connect(shelf, people()) as socket:
        refused(socket.ask(announcement(png(), kind)), "unsupported_type")


def test_images_are_no_videos(shelf, people):
    with connect(shelf, people(), "/videos/send") as socket:
        refused(send(socket, png()), "unsupported_type")
        assert sent(socket, MP4, "video/mp4")


@pytest.mark.parametrize("wrong,field", [
    ({"size": 0}, "size"), ({"size": -1}, "size"), ({"size": "5"}, "size"), ({"size": None}, "size"), ({"sha256": "x" * 64}, "sha256"),
    ({"sha256": "ab" * 31}, "sha256"), ({"sha256": None}, "sha256"), ({"type": ""}, "type"), ({"type": None}, "type"),
    ({"name": "x" * 4097}, "name"), ({"name": 5}, "name"), ({"path": "/etc/passwd"}, "path"),
])
def test_announcements_that_are_refused(shelf, people, wrong, field):
    with connect(shelf, people()) as socket:
        nack = socket.ask(announcement(png(), **wrong))
        assert nack["kind"] == "nack" and field in [error["field"] for error in nack["errors"]], nack


def test_wrong_hash(shelf, people):
    person = people()
    with connect(shelf, person) as socket:
        before = metric(shelf, "abandoned")
        refused(send(socket, png(), sha256="0" * 64), "wrong_hash")
        assert sent(socket, png(), sha256=hashlib.sha256(png()).hexdigest().upper())
    wait_until(lambda: metric(shelf, "abandoned") > before)


def test_too_many_bytes(shelf, people):
    """1009, and nothing is kept."""
    with connect(shelf, people()) as socket:
        before = metric(shelf, "abandoned")
        data = png(1000)
        begin(socket, data, size=900)
        send_bytes(socket, data)
        assert socket.closed() == 1009
    wait_until(lambda: metric(shelf, "abandoned") > before)


def test_too_many_by_declaration(shelf, people):
    with connect(shelf, people()) as socket:
        nack = socket.ask(announcement(png(), size=LIMITS["media.max_image"] + 1))
        refused(nack, "too_large")
        assert str(LIMITS["media.max_image"]) in nack["detail"]
        assert socket.closed() == 1009
    with connect(shelf, people()) as socket:
        assert sent(socket, png(LIMITS["media.max_image"]))


def test_too_few_bytes_and_a_client_that_vanishes(shelf, people):
    person = people()
    for end in ("close", "abort"):
        before = metric(shelf, "abandoned")
        socket = connect(shelf, person)
        begin(socket, png(200000))
        send_bytes(socket, png(200000)[:100000])
        getattr(socket, end)()
        wait_until(lambda: metric(shelf, "abandoned") == before + 1)


def test_text_between_bytes(shelf, people):
    with connect(shelf, people()) as socket:
        data = png(200000)
        begin(socket, data)
        socket.send_bytes(data[:100])
        socket.send_json({"kind": "ping"})
        assert socket.receive() == {"kind": "pong"}
        send_bytes(socket, data[100:])
        assert socket.receive()["kind"] == "ack"


def test_bytes_that_nobody_announced(shelf, people):
    with connect(shelf, people()) as socket:
        socket.send_bytes(b"x" * 20000)
        assert socket.closed() == 1002


NAMES = ["../../etc/passwd", "a\r\nSet-Cookie: x=1", "invoice\u202egpj.exe", "x" * 4090 + ".png", "猫.png",
         "a\"b;c.png", "C:\\boot.ini", "\t"]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:20]))
def test_names_are_data(shelf, people, name):
    """U3: whatever it is, it is kept as it is and handed out encoded."""
    person = people()
    path = put_up(shelf, person, png(), name=name)
    answer = person.get(path)
    assert answer.status_code == 200 and answer.content == png() and "set-cookie" not in answer.headers
    shown = answer.headers["content-disposition"]
    assert shown.startswith("attachment; filename=\"") and len(shown) < 1000 and shown.isascii()
    extended = urllib.parse.unquote(shown.split("filename*=UTF-8''")[1])
    assert not any(mark in extended for mark in "/\\\r\n\t\u202e") and not extended.startswith(".")
    if name == "猫.png":
        assert extended == name
    told = [event for event in person.get(path + "/history").json() if event["type"] == "media.created"]
    assert told[0]["data"]["name"] == name


def test_no_name(shelf, people):
    person = people()
    with connect(shelf, person) as socket:
        asked = announcement(png())
        del asked["name"]
        assert socket.ask(asked)["kind"] == "ready"
        send_bytes(socket, png())
        path = path_of(socket.receive())
    assert person.get(path).headers["content-disposition"] == "attachment"


def test_a_nul_in_a_name(shelf, people):
    with connect(shelf, people()) as socket:
        socket.send_json(announcement(png(), name="a\0b", id="1"))
        refused(socket.receive(), "bad_json")


# --- reading


@pytest.fixture(scope="module")
def shown(shelf, people):
    """(person, path, bytes) of a file of three pieces."""
    person, data = people(), video(2 * PIECE + 5000)
    return person, put_up(shelf, person, data, "video/mp4", name="film.mp4"), data


def test_headers(shown):
    person, path, data = shown
    answer = person.get(path)
    assert answer.content == data
    assert answer.headers["etag"] == '"%s"' % hashlib.sha256(data).hexdigest()
    assert answer.headers["accept-ranges"] == "bytes" and answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox" and answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["content-disposition"] == "attachment; filename=\"film.mp4\"; filename*=UTF-8''film.mp4"
    assert "transfer-encoding" not in answer.headers and "content-encoding" not in answer.headers
    head = person.request("HEAD", path)
    assert head.status_code == 200 and head.content == b""
    for name in ("content-length", "etag", "content-type", "accept-ranges", "content-disposition"):
        assert head.headers[name] == answer.headers[name]


LENGTH = 2 * PIECE + 5000


@pytest.mark.parametrize("asked,first,last", [
    ("bytes=0-0", 0, 0), ("bytes=0-", 0, LENGTH - 1), ("bytes=100-199", 100, 199), ("bytes=-1", LENGTH - 1, LENGTH - 1),
    ("bytes=%d-%d" % (PIECE - 1, PIECE), PIECE - 1, PIECE), ("bytes=%d-" % (PIECE + 7), PIECE + 7, LENGTH - 1),
    ("bytes=-%d" % (2 * LENGTH), 0, LENGTH - 1), ("bytes=%d-999999999999" % (LENGTH - 5), LENGTH - 5, LENGTH - 1),
    ("bytes=1000-%d" % (2 * PIECE + 1), 1000, 2 * PIECE + 1),
])
def test_ranges(shown, asked, first, last):
    person, path, data = shown
    answer = person.get(path, headers={"Range": asked})
    assert answer.status_code == 206 and answer.content == data[first:last + 1]
    assert answer.headers["content-range"] == "bytes %d-%d/%d" % (first, last, LENGTH)
    assert answer.headers["content-length"] == str(last + 1 - first) and answer.headers["etag"]


@pytest.mark.parametrize("asked,status", [
    ("bytes=%d-" % LENGTH, 416), ("bytes=-0", 416), ("bytes=0-0,5-6", 200), ("bytes=5-4", 200), ("items=0-5", 200), ("bytes=x-", 200),
    ("", 200),
])
def test_ranges_that_give_no_part(shown, problem, asked, status):
    person, path, data = shown
    answer = person.get(path, headers={"Range": asked})
    if status == 416:
        problem(answer, 416, code="range_not_satisfiable")
        assert answer.headers["content-range"] == "bytes */%d" % LENGTH
    else:
        assert answer.status_code == 200 and answer.content == data and "content-range" not in answer.headers


def test_conditions(shown, problem):
    person, path, data = shown
    tag = person.request("HEAD", path).headers["etag"]

    def status(method="GET", **headers):
        return person.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()}).status_code

    assert status(If_None_Match=tag) == status(If_None_Match="W/" + tag) == status(If_None_Match='"x", ' + tag) == 304
    assert status(If_None_Match="*") == 304 and status(If_None_Match='"x"') == 200
    assert status("HEAD", If_None_Match=tag) == 304
    assert status(If_None_Match=tag, Range="bytes=0-0") == 304
    assert status(If_Match=tag) == 200 and status(If_Match="*") == 200
    problem(person.get(path, headers={"If-Match": '"x"'}), 412)
    assert status(Range="bytes=0-0", If_Range=tag) == 206
    assert status(Range="bytes=0-0", If_Range='"x"') == status(Range="bytes=0-0", If_Range="W/" + tag) == 200
    assert status(Range="bytes=0-0", If_Range="Wed, 25 Nov 2026 00:00:00 GMT") == 200
    unchanged = person.get(path, headers={"If-None-Match": tag})
    assert unchanged.content == b"" and unchanged.headers["etag"] == tag
    assert status("HEAD", Range="bytes=0-0") == 200


def test_a_connection_lives_on(shown):
    """Many answers by one connection, whole ones and parts, one after the other."""
    person, path, data = shown
    for _ in range(5):
        assert person.get(path).content == data
        assert person.get(path, headers={"Range": "bytes=10-19"}).content == data[10:20]
        assert person.get("/users/").status_code == 200


def test_a_reader_that_is_slow_and_one_that_leaves(shelf, shown):
    """Ten connections that stop reading keep nobody from anything."""
    person, path, data = shown
    large = put_up(shelf, person, video(20 * 1024 * 1024), "video/mp4")
    readers = []
    for _ in range(10):
        reader = harness.socket.create_connection(("127.0.0.1", shelf.port))
        reader.sendall(("GET /api/v1%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n\r\n"
                        % (large, shelf.port, person.token)).encode())
        readers.append(reader)
    for reader in readers:
        assert reader.recv(12) == b"HTTP/1.1 200"
    assert person.get(path).content == data
    for reader in readers:
        reader.close()
    assert person.get(path).content == data


def test_a_damaged_one_is_never_whole(people, problem):
    """U5, S5: a byte of the storage changes."""
    with harness.Server(LIMITS) as server:
        person = server.user(server.admin(), "dora")
        small, large = png(1000), video(3 * PIECE)
        paths = [put_up(server, person, small), put_up(server, person, large, "video/mp4")]
        server.stop()
        (file,) = [each for each in server.data.rglob("*.db") if b"blob_chunks" in each.read_bytes()]
        with sqlite3.connect(file) as database:
            rows = database.execute("SELECT rowid, bytes FROM blob_chunks").fetchall()
            for row, kept in rows:
                if small[500:600] in kept or large[2 * PIECE + 500:2 * PIECE + 600] in kept:
                    database.execute("UPDATE blob_chunks SET bytes = ? WHERE rowid = ?",
                                     (kept[:550] + bytes([kept[550] ^ 1]) + kept[551:], row))
        database.close()
        server.start()
        problem(person.get(paths[0]), 500, code="corrupt")
        with pytest.raises(harness.httpx.RemoteProtocolError):
            person.get(paths[1])
        assert "damaged" in server.text_log()


# --- who may


def test_others_know_of_nothing(shelf, people, problem):
    ann, carol = people(), people()
    path = put_up(shelf, ann, png())
    for method in ("GET", "HEAD", "DELETE"):
        assert carol.request(method, path).status_code == 404
    problem(carol.get(path + "/history"), 404)
    problem(shelf.client().get(path), 401)
    assert carol.get("/images/" + NOBODY).status_code == 404 and carol.get("/images/x").status_code == 404
    assert shelf.root_admin.get(path).content == png()


def test_deletion(shelf, people, problem):
    ann, carol = people(), people()
    path = put_up(shelf, ann, png())
    assert ann.delete(path).json() == {}
    problem(ann.get(path), 410)
    problem(ann.delete(path), 410)
    problem(carol.get(path), 404)
    assert [event["type"] for event in ann.get(path + "/history").json()] == ["media.begun", "media.created", "media.deleted"]
    other = put_up(shelf, ann, png())
    assert shelf.root_admin.delete(other).status_code == 200 and ann.get(other).status_code == 410


@pytest.fixture
def talk(shelf, people):
    """A function that brings people into a group: (its id, its path)."""

    def make(owner, *members, **settings):
        community = "/communities/" + owner.post("/communities/new", json={"name": "Talk", "description": "x"}).json()["_id"]
        made = owner.post(community + "/usergroups/new", json={"name": "Talk", "description": "x", **settings}).json()["_id"]
        for member in members:
            assert member.put(community + "/subscribe").status_code == 200
            assert member.put("%s/usergroups/%s/join" % (community, made)).status_code == 200
        return made, "%s/usergroups/%s" % (community, made)

    return make


def test_who_reads_the_message_sees_the_picture(shelf, people, talk):
    ann, bob, carol = people(), people(), people()
    group, path = talk(ann, bob)
    with connect(shelf, ann, "/socket") as socket:
        picture = sent(socket, png())
        assert bob.get(path_of(picture)).status_code == 404  # it stands nowhere yet
        ack = socket.ask({"kind": "message", "group": group, "content": "Look", "media": [picture["_id"]]})
        assert ack["kind"] == "ack", ack
    assert bob.get(path_of(picture)).content == png() and bob.request("HEAD", path_of(picture)).status_code == 200
    assert carol.get(path_of(picture)).status_code == 404
    assert bob.delete(path_of(picture)).status_code == 403
    assert bob.get(path_of(picture) + "/history").status_code == 403
    assert ann.delete("%s/users/%s" % (path, bob.user)).status_code == 200  # a lost membership counts at once
    assert bob.get(path_of(picture)).status_code == 404 and ann.get(path_of(picture)).status_code == 200


def test_of_two_people(shelf, people):
    ann, bob, carol = people(), people(), people()
    with connect(shelf, ann, "/socket") as socket:
        picture = sent(socket, png())
        ack = socket.ask({"kind": "message", "user": bob.user, "content": "Look", "media": [picture["_id"]]})
        assert ack["kind"] == "ack", ack
        assert bob.get(path_of(picture)).content == png() and carol.get(path_of(picture)).status_code == 404
        assert socket.ask({"kind": "delete", "message": ack["_id"]})["kind"] == "ack"
        assert bob.get(path_of(picture)).status_code == 404  # the message is gone, and with it the place
        again = socket.ask({"kind": "message", "user": bob.user, "content": "Once more", "media": [picture["_id"]]})
        assert again["kind"] == "ack" and bob.get(path_of(picture)).content == png()
    assert ann.delete(path_of(picture)).status_code == 200 and bob.get(path_of(picture)).status_code == 410


def test_only_own_media_in_messages(shelf, people):
    ann, bob = people(), people()
    picture = put_up(shelf, ann, png())
    with connect(shelf, bob, "/socket") as socket:
        for wrong in (picture.split("/")[-1], NOBODY):
            nack = socket.ask({"kind": "message", "user": ann.user, "content": "Mine?", "media": [wrong]})
            assert nack["kind"] == "nack", nack


# --- kills (U5)


def left_over(server):
    """Of a server that is stopped: how many blobs it has, how many of them unfinished, and rows of uploads."""
    (file,) = [each for each in server.data.rglob("*.db") if b"blob_chunks" in each.read_bytes()]
    database = sqlite3.connect(file)
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    (uploads,) = [name for name, in tables if name.endswith("view.uploads")]
    counts = [database.execute(query).fetchone()[0] for query in (
        "SELECT count(*) FROM blobs", "SELECT count(*) FROM blobs WHERE size IS NULL", 'SELECT count(*) FROM "%s"' % uploads)]
    database.close()
    return counts


def test_killed_in_mid_upload():
    """What was acknowledged is there; of what was not, nothing is seen, and what is left of it goes by itself."""
    with harness.Server(LIMITS) as server:
        person = server.user(server.admin(), "kim")
        data = video(4 * PIECE)
        kept = put_up(server, person, data, "video/mp4")
        for cut in (1, len(data) - 1):
            with connect(server, person, "/videos/send") as socket:
                begin(socket, data, "video/mp4")
                send_bytes(socket, data[:cut])
                socket.send_json({"kind": "ping"})
                socket.wait_for("pong")
                server.kill()
            server.start()
            assert person.get(kept).content == data
        wait_until(lambda: metric(server, "abandoned") >= 1)
        assert put_up(server, person, data, "video/mp4") and person.get(kept).content == data
        server.stop()
        assert left_over(server) == [2, 0, 0]
        server.ctl("verify")


def test_killed_around_the_ack():
    """Uploads by several, a kill at any moment: every ack is kept, whole."""
    with harness.Server({**LIMITS, "media.uploads_per_user": 100}) as server:
        person, acked = server.user(server.admin(), "lee"), {}

        def work(number, until):
            data = png(20000 + number)
            try:
                with connect(server, person) as socket:
                    while time.monotonic() < until:
                        acked[path_of(sent(socket, data))] = data
            except (ws_client.Closed, OSError):
                pass

        for turn in range(2):
            workers = [threading.Thread(target=work, args=(turn * 10 + number, time.monotonic() + 60)) for number in range(4)]
            for worker in workers:
                worker.start()
            wait_until(lambda: len(acked) > 20 * turn + 10)
            server.kill()
            for worker in workers:
                worker.join()
            server.start()
            for path, data in acked.items():
                assert person.get(path).content == data
        server.ctl("verify")


def test_documents(shelf):
    described = shelf.client().get("/openapi.json").json()["paths"]["/images/{image}"]["get"]["responses"]
    assert {"200", "206", "304", "404", "410", "412", "416"} <= set(described)
    assert list(described["206"]["content"]) == ["*/*"]
