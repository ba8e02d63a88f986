"""Rows U1 to U5: what uploads must meet, by the sockets of images and videos."""

import hashlib
import sqlite3
import threading
import time
import urllib.parse

import httpx
import pytest

import ws_client
from uploads import (CHUNK, GIF, JPEG, LIMITS, MP4, PIECE, Shelf, announcement, begin, chunk, connect, metric, path_of, png, put_up,
                     refused, send, send_bytes, sent, video, wait_until)


@pytest.fixture(scope="module")
def shelf():
    with Shelf() as running:
        yield running


PHP = b"<?php system($_GET['c']); ?>"


@pytest.mark.parametrize("kind,data", [
    ("image/png", b"<html><script>alert(1)</script></html>" + bytes(100)), ("image/png", JPEG), ("image/jpeg", png()), ("image/png", PHP),
    ("image/png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>" + bytes(100)), ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/png", png(extra=chunk(b"tEXt", b"Comment\0" + PHP))), ("image/png", png(100000) + b"<HTML><body>hello"),
    ("image/gif", GIF + b"<script>alert(1)</script>"), ("image/jpeg", JPEG + b"\n" + PHP), ("image/gif", b"GIF89a" + bytes(5)),
    ("image/png", png(CHUNK + 100)[:CHUNK - 3] + b"<script>alert(1)</script>"),  # over the border of two frames
], ids=lambda value: value if isinstance(value, str) else None)
def test_u1_other_than_declared(shelf, kind, data):
    with connect(shelf, shelf.person()) as socket:
        answer = send(socket, data, kind)
        if data == b"GIF89a" + bytes(5):  # as short as it is, it is one
            return
        refused(answer, "unsupported_type")
        assert sent(socket, png())  # the socket goes on


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", "image/bmp", "video/x-matroska", "IMAGE/PNG", "image", "*/*", "video/mp4"])
def test_u2_types_that_are_not_taken(shelf, kind):
    with connect(shelf, shelf.person()) as socket:
        refused(socket.ask(announcement(png(), kind)), "unsupported_type")


def test_u1_images_are_no_videos(shelf):
    with connect(shelf, shelf.person(), "/videos/send") as socket:
        refused(send(socket, png()), "unsupported_type")
        assert sent(socket, MP4, "video/mp4")


@pytest.mark.parametrize("wrong,field", [
    ({"size": 0}, "size"), ({"size": -1}, "size"), ({"size": "5"}, "size"), ({"size": None}, "size"), ({"sha256": "x" * 64}, "sha256"),
    ({"sha256": "ab" * 31}, "sha256"), ({"sha256": None}, "sha256"), ({"type": ""}, "type"), ({"type": None}, "type"),
    ({"name": "x" * 4097}, "name"), ({"name": 5}, "name"), ({"path": "/etc/passwd"}, "path"),
])
def test_announcements_that_are_refused(shelf, wrong, field):
    with connect(shelf, shelf.person()) as socket:
        nack = socket.ask(announcement(png(), **wrong))
        assert nack["kind"] == "nack" and field in [error["field"] for error in nack["errors"]], nack


def test_u5_wrong_hash(shelf):
    person = shelf.person()
    with connect(shelf, person) as socket:
        before = metric(shelf, "abandoned")
        refused(send(socket, png(), sha256="0" * 64), "wrong_hash")
        assert sent(socket, png(), sha256=hashlib.sha256(png()).hexdigest().upper())
    wait_until(lambda: metric(shelf, "abandoned") > before)


def test_u4_too_many_bytes(shelf):
    """1009, and nothing is kept."""
    with connect(shelf, shelf.person()) as socket:
        before = metric(shelf, "abandoned")
        data = png(1000)
        begin(socket, data, size=900)
        send_bytes(socket, data)
        assert socket.closed() == 1009
    wait_until(lambda: metric(shelf, "abandoned") > before)


def test_u4_too_many_by_declaration(shelf):
    with connect(shelf, shelf.person()) as socket:
        nack = socket.ask(announcement(png(), size=LIMITS["media.max_image"] + 1))
        refused(nack, "too_large")
        assert str(LIMITS["media.max_image"]) in nack["detail"]
        assert socket.closed() == 1009
    with connect(shelf, shelf.person()) as socket:
        assert sent(socket, png(LIMITS["media.max_image"]))


def test_u4_too_few_bytes_and_a_client_that_vanishes(shelf):
    person = shelf.person()
    for end in ("close", "abort"):
        before = metric(shelf, "abandoned")
        socket = connect(shelf, person)
        begin(socket, png(200000))
        send_bytes(socket, png(200000)[:100000])
        getattr(socket, end)()
        wait_until(lambda: metric(shelf, "abandoned") == before + 1)


def test_text_between_bytes(shelf):
    with connect(shelf, shelf.person()) as socket:
        data = png(200000)
        begin(socket, data)
        socket.send_bytes(data[:100])
        socket.send_json({"kind": "ping"})
        assert socket.receive() == {"kind": "pong"}
        send_bytes(socket, data[100:])
        assert socket.receive()["kind"] == "ack"


def test_bytes_that_nobody_announced(shelf):
    with connect(shelf, shelf.person()) as socket:
        socket.send_bytes(b"x" * 20000)
        assert socket.closed() == 1002


NAMES = ["../../etc/passwd", "a\r\nSet-Cookie: x=1", "invoice\u202egpj.exe", "x" * 4090 + ".png", "猫.png",
         "a\"b;c.png", "C:\\boot.ini", "\t"]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:20]))
def test_u3_names_are_data(shelf, name):
    """Whatever it is, it is kept as it is and handed out encoded."""
    person = shelf.person()
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


def test_u3_no_name(shelf):
    person = shelf.person()
    with connect(shelf, person) as socket:
        asked = announcement(png())
        del asked["name"]
        assert socket.ask(asked)["kind"] == "ready"
        send_bytes(socket, png())
        path = path_of(socket.receive())
    assert person.get(path).headers["content-disposition"] == "attachment"


def test_u3_a_nul_in_a_name(shelf):
    with connect(shelf, shelf.person()) as socket:
        socket.send_json(announcement(png(), name="a\0b", id="1"))
        refused(socket.receive(), "bad_json")


# --- the storage, and kills


def test_u5_a_damaged_one_is_never_whole():
    """A byte of the storage changes."""
    with Shelf() as server:
        person = server.person()
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
        refusal = person.get(paths[0])
        assert refusal.status_code == 500 and refusal.json()["code"] == "corrupt"
        with pytest.raises(httpx.RemoteProtocolError):
            person.get(paths[1])
        assert "damaged" in server.text_log()


def test_u5_killed_in_mid_upload():
    """What was acknowledged is there; of what was not, nothing is seen, and what is left of it goes by itself."""
    with Shelf() as server:
        person = server.person()
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
        assert server.left_over() == [2, 0, 0]
        server.ctl("verify")


def test_u5_killed_around_the_ack():
    """Uploads by several, a kill at any moment: every ack is kept, whole."""
    with Shelf({"media.uploads_per_user": 100}) as server:
        person, acked = server.person(), {}

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
