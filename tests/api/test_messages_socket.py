"""The socket, verb by verb, as api.md has it: through a real server, with sockets of real people."""

import hashlib
import itertools
import threading
import time
import uuid

import pytest

import harness
import ws_client
from ws_client import BINARY, JSON, NDJSON

NOBODY = "0193a000-0000-7000-8000-000000000000"
ids = itertools.count(1)


@pytest.fixture(scope="module")
def other_server():
    """Two event threads, no limit of frames, and an administrator who makes groups of two."""
    with harness.Server({"core.threads": 2, "core.socket_rate": 0, "messaging.presence_grace": 0}) as running:
        yield running


@pytest.fixture
def pair(other_server):
    """Two people of a group there: (ann, bob, the group)."""
    admin, number = other_server.admin(), next(ids)
    ann, bob = other_server.user(admin, "ann%d" % number), other_server.user(admin, "bob%d" % number)
    community = "/communities/" + ann.post("/communities/new", json={"name": "Pair %d" % number, "description": "x"}).json()["_id"]
    assert bob.put(community + "/subscribe").status_code == 200
    group = ann.post(community + "/usergroups/new", json={"name": "Threads", "description": "x"}).json()["_id"]
    assert bob.put("%s/usergroups/%s/join" % (community, group)).status_code == 200
    return ann, bob, group


@pytest.fixture
def connect(server):
    """A function that opens a person's socket and reads its hello."""
    opened = []

    def make(person, path="/socket", on=server, **rest):
        made = ws_client.connect(on, path=harness.BASE + path, token=person.token, **rest)
        opened.append(made)
        made.hello = made.receive()
        assert made.hello["kind"] == "hello"
        return made

    yield make
    for each in opened:
        each.connection.close()


@pytest.fixture
def group(found):
    """A function that makes a group of a community of its own: group(founder, *members) gives its id; `.path` its path."""

    class Group(str):
        pass

    def make(founder, *members, **body):
        community = found(founder, *members)
        answer = founder.post(community + "/usergroups/new", json={"name": "Group %d" % next(ids), "description": "Of a test", **body})
        assert answer.status_code == 200, answer.text
        made = Group(answer.json()["_id"])
        made.path = community + "/usergroups/" + made
        for member in members:
            joined = member.put(made.path + "/join")
            assert joined.status_code == 200, joined.text
        return made

    return make


def say(socket, content="Hello", **where):
    """Sends a message; the ack."""
    ack = socket.ask({"kind": "message", "content": content, **where})
    assert ack["kind"] == "ack", ack
    return ack


def refused(nack, code, field=None):
    assert nack["kind"] == "nack" and nack["code"] == code and nack["detail"], nack
    if field:
        assert field in [error["field"] for error in nack["errors"]], nack
    return nack


def log_of(person, path):
    return [(each["seq"], each["content"]) for each in person.get(path, params={"after": 0, "limit": 100}).json()]


# --- connecting


@pytest.mark.parametrize("path", ["/socket", "/messages/receive", "/messages/send"])
@pytest.mark.parametrize("protocol", [JSON, NDJSON])
@pytest.mark.parametrize("by", ["header", "cookie", "protocol"])
def test_hello(user, connect, path, protocol, by):
    person = user()
    socket = connect(person, path, protocols=(protocol,), by=by)
    assert socket.wire.protocol == protocol
    assert set(socket.hello) == {"kind", "epoch", "user", "server", "expires"}
    assert socket.hello["user"] == person.user and uuid.UUID(socket.hello["epoch"])
    assert socket.hello["expires"] == person.get("/users/").json()["exp"]
    assert socket.ask({"kind": "nonsense"})["kind"] == "nack"
    assert socket.close() == 1000


def test_the_wanted_protocol_comes_first(user, connect):
    assert connect(user(), protocols=("x", NDJSON, JSON)).wire.protocol in (JSON, NDJSON)


@pytest.mark.parametrize("handshake,status", [
    ({"token": None}, 401), ({"path": "/api/v1/socket?token=TOKEN", "token": None}, 401), ({"origin": "https://evil.example.org"}, 403),
    ({"protocols": ()}, 400), ({"protocols": ("soap",)}, 400), ({"headers": {"Sec-WebSocket-Version": "8"}}, 426),
    ({"headers": {"Upgrade": None, "Connection": None}}, 426), ({"headers": {"Sec-WebSocket-Key": "x"}}, 400), ({"method": "POST"}, 405),
    ({"path": "/api/v1/sockets"}, 404),
], ids=str)
def test_handshakes_that_are_refused(server, user, handshake, status):
    token = user().token
    handshake = {"token": token, **handshake}
    handshake["path"] = handshake.get("path", "/api/v1/socket").replace("TOKEN", token)
    with pytest.raises(ws_client.Refused) as told:
        ws_client.connect(server, **handshake)
    assert told.value.status == status and told.value.json()["code"]
    if status == 426:
        assert told.value.headers["sec-websocket-version"] == "13" and told.value.headers["upgrade"] == "websocket"
        assert "Upgrade" in told.value.headers["connection"].split(", ")


def test_origin_of_our_own(server, user, connect):
    assert connect(user(), origin=server.url).hello


# --- a message


def test_message(user, connect, group):
    ann, bob = user(), user()
    gid = group(ann, bob)
    sender, other, hearer = connect(ann), connect(ann, "/messages/receive"), connect(bob, protocols=(NDJSON,))
    ack = sender.ask({"id": "first", "kind": "message", "group": gid, "content": "Line\nby line\t✓ <b>"})
    assert set(ack) == {"kind", "id", "_id", "seq", "created_on"} and ack["seq"] == 1 and uuid.UUID(ack["_id"])
    assert abs(ack["created_on"] - time.time()) < 60
    for socket in (other, hearer):  # a sender's other sockets get it, too
        frame = socket.wait_for("message")
        assert frame["group"] == gid and "user" not in frame and frame["by"] == ann.user and frame["content"] == "Line\nby line\t✓ <b>"
        assert (frame["_id"], frame["seq"], frame["created_on"]) == (ack["_id"], 1, ack["created_on"])
    assert say(sender, "Second", group=gid)["seq"] == 2
    assert not [frame for frame in sender.so_far() if frame["kind"] == "message"]
    assert log_of(bob, "/usergroups/%s/messages" % gid) == [(1, "Line\nby line\t✓ <b>"), (2, "Second")]


def test_a_message_by_rest_is_the_same(user, connect, group):
    ann, bob = user(), user()
    gid = group(ann, bob)
    hearer, own = connect(bob), connect(ann)
    made = ann.post("/usergroups/%s/messages/new" % gid, json={"content": "By REST"})
    assert made.status_code == 200 and made.json()["seq"] == 1, made.text
    for socket in (hearer, own):
        assert socket.wait_for("message", seq=1, group=gid)["_id"] == made.json()["_id"]


def test_the_same_id_again(user, connect, group):
    ann, bob = user(), user()
    gid = group(ann, bob)
    sender, hearer = connect(ann), connect(bob)
    ack = sender.ask({"id": "once", "kind": "message", "group": gid, "content": "One"})
    for socket in (sender, connect(ann), connect(ann, "/messages/send")):
        for content in ("One", "Other words"):
            assert socket.ask({"id": "once", "kind": "message", "group": gid, "content": content}) == ack
    assert hearer.ask({"id": "once", "kind": "message", "group": gid, "content": "Bob's"})["seq"] == 2  # ids are a person's own
    assert [content for _, content in log_of(ann, "/usergroups/%s/messages" % gid)] == ["One", "Bob's"]
    assert len([frame for frame in hearer.so_far() if frame["kind"] == "message"]) == 1


def test_messages_that_are_refused(user, connect, group):
    ann, stranger = user(), user()
    gid, other = group(ann), group(stranger)
    socket = connect(ann)
    for body, code, field in [
        ({"group": gid}, "invalid_field", "content"), ({"group": gid, "content": ""}, "invalid_field", "content"),
        ({"group": gid, "content": 1}, "invalid_field", "content"), ({"group": gid, "content": "bell\u0007"}, "invalid_field", "content"),
        ({"group": gid, "content": "x", "seq": 9}, "unknown_or_readonly_field", "seq"),
        ({"group": gid, "content": "x", "reply_to": NOBODY}, "invalid_field", "reply_to"),
        ({"group": gid, "content": "x", "media": [NOBODY]}, "no_such_media", None),
        ({"content": "x"}, "invalid_field", None), ({"group": gid, "user": stranger.user, "content": "x"}, "invalid_field", None),
        ({"group": NOBODY, "content": "x"}, "not_found", None), ({"user": NOBODY, "content": "x"}, "not_found", None),
    ]:
        refused(socket.ask({"kind": "message", **body}), code, field)
    assert socket.ask({"kind": "message", "group": other, "content": "x"})["code"] in ("forbidden", "not_found")
    assert log_of(ann, "/usergroups/%s/messages" % gid) == []
    assert say(socket, group=gid)["seq"] == 1  # a refused one takes no number


def test_frames_that_are_no_verbs(user, connect):
    socket = connect(user())
    refused(socket.ask({"kind": "nonsense"}), "unknown_kind")
    for text in ("[]", "1", '"x"', "{}", '{"kind":"message"}', '{"id":1,"kind":"message"}', '{"id":"1"}'):
        socket.send_text(text)
        assert socket.wait_for("nack")["code"]
    socket.send_text("{")
    refused(socket.wait_for("nack"), "bad_json")
    socket.send_json({"kind": "ping"})
    assert socket.wait_for("pong") == {"kind": "pong"}


@pytest.mark.parametrize("frame,code", [
    (lambda s: s.send_text("x" * 65537), 1009), (lambda s: s.send_text('{"kind":"' + "x" * 65000), None),
    (lambda s: s.send_frame(1, b"\xff"), 1007),
    (lambda s: s.send_frame(1, b"{}", mask=False), 1002), (lambda s: s.send_frame(3), 1002), (lambda s: s.send_frame(BINARY, b"x"), 1002),
], ids=["too large", "no JSON", "no UTF-8", "unmasked", "reserved", "binary"])
def test_frames_that_end_the_socket(user, connect, frame, code):
    socket = connect(user())
    frame(socket)
    if code:
        assert socket.closed() == code
    else:
        refused(socket.wait_for("nack"), "bad_json")


def test_who_only_takes_or_only_delivers(user, connect, group):
    ann, bob = user(), user()
    gid = group(ann, bob)
    takes, delivers = connect(ann, "/messages/send"), connect(bob, "/messages/receive")
    assert say(takes, "Out", group=gid)["seq"] == 1
    assert delivers.wait_for("message")["content"] == "Out"
    refused(delivers.ask({"kind": "message", "group": gid, "content": "x"}), "unknown_kind")
    say(connect(bob), "Back", group=gid)
    assert takes.ask({"kind": "read", "group": gid, "seq": 2})["seq"] == 2  # also of who has no other socket
    assert takes.so_far() == []


def test_reply(user, connect, group):
    ann, bob = user(), user()
    gid, elsewhere = group(ann, bob), group(ann)
    socket, hearer = connect(ann), connect(bob)
    first = say(socket, "Question", group=gid)["_id"]
    say(socket, "Answer", group=gid, reply_to=first)
    assert hearer.wait_for("message", content="Answer")["reply_to"] == first
    foreign = say(socket, group=elsewhere)["_id"]
    refused(socket.ask({"kind": "message", "group": gid, "content": "x", "reply_to": foreign}), "invalid_field", "reply_to")


# --- afterwards


def test_edit(user, connect, group):
    ann, bob = user(), user()
    gid = group(ann, bob)
    socket, hearer, own = connect(ann), connect(bob), connect(ann)
    message = say(socket, "First", group=gid)["_id"]
    assert socket.ask({"kind": "edit", "message": message, "content": "Second"})["kind"] == "ack"
    for each in (hearer, own):
        frame = each.wait_for("edit", group=gid)
        assert (frame["content"], frame["message"]) == ("Second", message)
    assert log_of(bob, "/usergroups/%s/messages" % gid) == [(1, "Second")]
    history = ann.get("/usergroups/%s/messages/%s/history" % (gid, message))
    assert [event["data"].get("content") for event in history.json()] == ["First", "Second"], history.text
    refused(hearer.ask({"kind": "edit", "message": message, "content": "Bob's"}), "forbidden")
    refused(socket.ask({"kind": "edit", "message": message}), "invalid_field", "content")
    refused(socket.ask({"kind": "edit", "message": NOBODY, "content": "x"}), "not_found")
    outsider = connect(user())
    assert outsider.ask({"kind": "edit", "message": message, "content": "x"})["code"] == "not_found"


def test_delete(user, connect, group):
    ann, bob = user(), user()
    gid = group(ann, bob)
    socket, hearer = connect(ann), connect(bob)
    message = say(socket, "Gone", group=gid)["_id"]
    refused(hearer.ask({"kind": "delete", "message": message}), "forbidden")
    assert socket.ask({"kind": "delete", "message": message})["kind"] == "ack"
    assert hearer.wait_for("delete", group=gid)["message"] == message
    assert say(socket, "Next", group=gid)["seq"] == 2
    assert "Gone" not in bob.get("/usergroups/%s/messages" % gid).text
    assert socket.ask({"kind": "edit", "message": message, "content": "x"})["code"] in ("gone", "not_found")


def test_like(user, connect, group):
    ann, bob = user(), user()
    gid = group(ann, bob)
    socket, hearer = connect(ann), connect(bob)
    message = say(socket, group=gid)["_id"]
    for value, likes, dislikes in [(1, 1, 0), (1, 1, 0), (-1, 0, 1), (0, 0, 0), (0, 0, 0)]:
        assert hearer.ask({"kind": "like", "message": message, "value": value})["kind"] == "ack"
        shown = ann.get("/usergroups/%s/messages" % gid).json()[0]
        assert (shown["likes"], shown["dislikes"]) == (likes, dislikes)
    told = [frame for frame in socket.so_far() if frame["kind"] == "like"]
    assert [(frame["message"], frame["by"], frame["value"]) for frame in told] == [(message, bob.user, value) for value in (1, -1, 0)]
    for value in (2, "1", None, 0.5):
        refused(hearer.ask({"kind": "like", "message": message, "value": value}), "invalid_field", "value")
    refused(hearer.ask({"kind": "like", "message": NOBODY, "value": 1}), "not_found")


def test_read(user, connect, group):
    ann, bob = user(), user()
    gid = group(ann, bob)
    socket, one, other = connect(ann), connect(bob), connect(bob)
    for number in range(3):
        say(socket, str(number), group=gid)

    def unread():
        return [each["unread"] for each in bob.get("/conversations").json() if each.get("group") == gid]

    assert unread() == [3]
    assert one.ask({"kind": "read", "group": gid, "seq": 2})["kind"] == "ack"
    assert other.wait_for("read", group=gid)["seq"] == 2 and unread() == [1]
    assert one.ask({"kind": "read", "group": gid, "seq": 1})["kind"] == "ack" and unread() == [1]  # never back
    assert one.ask({"kind": "read", "group": gid, "seq": 99})["seq"] == 3 and unread() == [0]  # no further than there is
    refused(one.ask({"kind": "read", "group": gid}), "invalid_field", "seq")
    assert one.ask({"kind": "read", "group": NOBODY, "seq": 1})["code"] in ("not_found", "forbidden")


def test_typing_is_passed_on_at_most_once_in_three_seconds(user, connect, group):
    ann, bob, outsider = user(), user(), user()
    gid = group(ann, bob)
    socket, hearer, stranger = connect(ann), connect(bob), connect(outsider)
    for _ in range(5):
        socket.send_json({"kind": "typing", "group": gid})
        stranger.send_json({"kind": "typing", "group": gid})
    assert [frame for frame in socket.so_far() if frame["kind"] != "presence"] == []
    assert stranger.so_far() == []
    frame = hearer.wait_for("typing")
    assert frame["group"] == gid and frame["by"] == ann.user
    assert [frame for frame in hearer.so_far() if frame["kind"] == "typing"] == []


# --- who it is


def test_auth_on_the_open_socket(server, user, connect):
    ann = user()
    email = ann.get("/users/").json()["email"]
    socket = connect(ann)
    fresh = server.ctl("token", "--user", email, "--ttl", "3h").stdout.strip()
    assert socket.ask({"kind": "auth", "token": fresh})["kind"] == "ack"
    assert socket.ask({"kind": "auth", "token": "nonsense"})["kind"] == "nack"
    refused(socket.ask({"kind": "auth"}), "invalid_field", "token")
    socket.send_json({"id": "x", "kind": "auth", "token": user().token})
    assert socket.closed() == 4403


def test_presence(other_server, pair, connect):
    ann, bob, _ = pair
    stranger = connect(other_server.admin(), on=other_server)
    hearer = connect(bob, on=other_server)
    one, other = connect(ann, on=other_server), connect(ann, on=other_server)
    assert hearer.wait_for("presence", user=ann.user)["status"] == "online"
    one.close()
    hearer.so_far()
    other.close()
    assert hearer.wait_for("presence", user=ann.user) == {"kind": "presence", "user": ann.user, "status": "offline"}
    assert not [frame for frame in hearer.so_far() if frame["user"] == ann.user]  # one of two sockets is no news
    assert stranger.so_far() == []


# --- resume


def resume(socket, positions, epoch=None):
    ack = socket.ask({"kind": "resume", "epoch": epoch or socket.hello["epoch"], "positions": positions})
    assert ack["kind"] == "ack", ack
    return ack


def recovered(ack):
    return {key: each["recovered"] for key, each in ack["conversations"].items()}


def test_resume(user, connect, group):
    ann, bob = user(), user()
    gid, other = group(ann, bob), group(ann, bob)
    socket = connect(ann)
    for number in range(1, 6):
        say(socket, str(number), group=gid)
    say(socket, "Unasked", group=other)
    hearer = connect(bob)
    ack = resume(hearer, {gid: 2})
    assert ack["epoch"] == hearer.hello["epoch"] and recovered(ack) == {gid: True}
    assert [hearer.wait_for("message")["seq"] for _ in range(3)] == [3, 4, 5]
    say(socket, "6", group=gid)
    assert hearer.wait_for("message")["content"] == "6"
    assert hearer.so_far() == []


def test_resume_that_cannot_be(user, connect, group):
    ann, bob = user(), user()
    gid, foreign = group(ann, bob), group(ann)
    say(connect(ann), group=gid)
    hearer = connect(bob)
    assert recovered(resume(hearer, {gid: 0}, epoch=NOBODY)) == {gid: False}
    assert recovered(resume(hearer, {gid: 99})) == {gid: False}
    assert recovered(resume(hearer, {foreign: 0, NOBODY: 0})) == {foreign: False, NOBODY: False}
    assert [frame for frame in hearer.so_far() if frame["kind"] == "message"] == []
    for positions in ({gid: -1}, {gid: "1"}, {gid: 1.5}, [], None):
        refused(hearer.ask({"kind": "resume", "epoch": hearer.hello["epoch"], "positions": positions}), "invalid_field")
    say(connect(ann), "Live", group=gid)
    assert hearer.wait_for("message")["content"] == "Live"


def test_resume_of_a_thousand(other_server, pair, connect):
    ann, bob, gid = pair
    socket = connect(ann, "/messages/send", on=other_server)
    for number in range(1000):
        socket.send_json({"id": str(number), "kind": "message", "group": gid, "content": "%d %s" % (number, "x" * 300)})
        if number % 32 == 31:
            socket.wait_for("ack", id=str(number))
    socket.wait_for("ack", id="999")
    hearer = connect(bob, on=other_server, protocols=(NDJSON,))
    resume(hearer, {gid: 0})
    assert [hearer.wait_for("message")["seq"] for _ in range(1000)] == list(range(1, 1001))


# --- direct messages


def test_direct(user, connect, found):
    ann, bob, eve = user(), user(), user()
    found(ann, bob, eve)
    one, own, hearer, stranger = connect(ann), connect(ann), connect(bob), connect(eve)
    assert ann.get("/users/%s/messages" % bob.user).json() == []
    ack = say(one, "Hi", user=bob.user)
    assert ack["seq"] == 1
    frame = hearer.wait_for("message")
    assert frame["user"] == ann.user and "group" not in frame and frame["by"] == ann.user and frame["_id"] == ack["_id"]
    assert own.wait_for("message")["user"] == bob.user  # each sees the other's name
    assert say(hearer, "Ho", user=ann.user)["seq"] == 2
    assert one.wait_for("message")["by"] == bob.user
    for person, peer in ((ann, bob), (bob, ann)):
        assert log_of(person, "/users/%s/messages" % peer.user) == [(1, "Hi"), (2, "Ho")]
        assert peer.user in [each.get("user") for each in person.get("/conversations").json()]
        assert person.get("/users/%s/server" % peer.user).json()["url"]
    assert stranger.so_far() == []
    offline = connect(bob)
    assert recovered(resume(offline, {ann.user: 1})) == {ann.user: True}
    assert offline.wait_for("message")["seq"] == 2
    assert say(one, "A note to myself", user=ann.user)["seq"] == 1
    assert own.wait_for("message", user=ann.user)["content"] == "A note to myself"


def test_direct_to_who_is_away(user, connect, found):
    ann, bob = user(), user()
    found(ann, bob)
    say(connect(ann), "Are you there?", user=bob.user)
    assert [each["user"] for each in bob.get("/conversations").json()] == [ann.user]
    hearer = connect(bob)
    resume(hearer, {ann.user: 0})
    assert hearer.wait_for("message")["content"] == "Are you there?"


def test_a_stranger_asks_first(user, connect):
    """Who shares no community is told of, but not listened to, until the other one accepts or answers."""
    ann, bob = user(), user()
    one, hearer = connect(ann), connect(bob)
    say(one, "May I?", user=bob.user)
    assert hearer.wait_for("message")["request"] is True
    assert [each["status"] for each in bob.get("/conversations").json()] == ["request"]
    hearer.send_json({"kind": "typing", "user": ann.user})
    assert one.so_far() == []  # nobody sees them read along
    assert bob.put("/users/%s/messages/accept" % ann.user).json()["status"] == "open"
    say(one, "Thanks", user=bob.user)
    frame = hearer.wait_for("message")
    assert frame["seq"] == 2 and "request" not in frame


def test_declined(user, connect):
    ann, bob = user(), user()
    one, hearer = connect(ann), connect(bob)
    say(one, "May I?", user=bob.user)
    assert bob.put("/users/%s/messages/decline" % ann.user).status_code == 200
    refused(one.ask({"kind": "message", "user": bob.user, "content": "x"}), "declined")
    assert say(hearer, "Well, yes", user=ann.user)["seq"] == 2  # who answers accepts
    assert say(one, "Good", user=bob.user)["seq"] == 3


def test_blocked(user, connect, found):
    ann, bob = user(), user()
    found(ann, bob)
    one, hearer = connect(ann), connect(bob)
    say(one, "Hi", user=bob.user)
    hearer.wait_for("message")
    assert bob.put("/users/%s/block" % ann.user).status_code == 200
    for socket, peer in ((one, bob), (hearer, ann)):
        refused(socket.ask({"kind": "message", "user": peer.user, "content": "x"}), "blocked")
    one.send_json({"kind": "typing", "user": bob.user})
    one.so_far()
    assert hearer.so_far() == []
    assert recovered(resume(connect(bob), {ann.user: 0})) == {ann.user: False}
    assert bob.delete("/users/%s/block" % ann.user).status_code == 200
    say(one, "Again", user=bob.user)
    assert hearer.wait_for("message")["content"] == "Again"


def test_muted_is_delivered_and_says_so(user, connect, group):
    ann, bob = user(), user()
    gid = group(ann, bob)
    socket, hearer = connect(ann), connect(bob)
    assert bob.put("/conversations/%s/mute" % gid, json={}).json()["muted"] is True
    say(socket, "Quietly", group=gid)
    assert hearer.wait_for("message")["content"] == "Quietly"
    assert bob.delete("/conversations/%s/mute" % gid).json()["muted"] is False


# --- who may no longer


def test_leaving_a_group(user, connect, group):
    ann, bob = user(), user()
    gid, other = group(ann, bob), group(ann, bob)
    socket, hearer = connect(ann), connect(bob)
    say(socket, "Before", group=gid)
    assert hearer.wait_for("message")["content"] == "Before"
    left = bob.put(gid.path + "/leave")
    assert left.status_code == 200, left.text
    say(socket, "After", group=gid)
    say(socket, "Elsewhere", group=other)
    assert [frame["content"] for frame in [hearer.wait_for("message")]] == ["Elsewhere"]
    assert hearer.ask({"kind": "message", "group": gid, "content": "x"})["code"] in ("forbidden", "not_found")
    assert recovered(resume(hearer, {gid: 0})) == {gid: False}
    bob.put(gid.path + "/join")
    say(socket, "Again", group=gid)
    assert hearer.wait_for("message")["content"] == "Again"


def test_being_removed_from_the_last_group(user, connect, group):
    ann, bob = user(), user()
    gid = group(ann, bob)
    hearer = connect(bob)
    removed = ann.delete(gid.path + "/users/" + bob.user)
    assert removed.status_code == 200, removed.text
    assert hearer.closed() == 4403


def test_joining_with_an_open_socket(user, connect, found):
    ann, bob = user(), user()
    community = found(ann, bob)
    gid = ann.post(community + "/usergroups/new", json={"name": "Late", "description": "x"}).json()["_id"]
    socket, hearer = connect(ann), connect(bob)
    say(socket, "Before", group=gid)
    assert bob.put("%s/usergroups/%s/join" % (community, gid)).status_code == 200
    say(socket, "After", group=gid)
    assert hearer.wait_for("message")["content"] == "After"


def test_history_from_joining_on(user, connect, group):
    ann, bob = user(), user()
    gid = group(ann, history="joined")
    socket = connect(ann)
    say(socket, "Before", group=gid)
    bob.put(gid.path.split("/usergroups/")[0] + "/subscribe")
    assert bob.put(gid.path + "/join").status_code == 200
    say(socket, "After", group=gid)
    hearer = connect(bob)
    resume(hearer, {gid: 0})
    assert hearer.wait_for("message")["seq"] == 2 and hearer.so_far() == []
    assert log_of(bob, "/usergroups/%s/messages" % gid) == [(2, "After")]


def test_an_archived_group_is_only_read(user, connect, group):
    ann, bob = user(), user()
    gid = group(ann, bob)
    socket = connect(ann)
    message = say(socket, group=gid)["_id"]
    archived = ann.put(gid.path + "/archive")
    assert archived.status_code == 200, archived.text
    for verb in ({"kind": "message", "group": gid, "content": "x"}, {"kind": "edit", "message": message, "content": "x"},
                 {"kind": "like", "message": message, "value": 1}):
        refused(socket.ask(verb), "archived")
    hearer = connect(bob)
    assert recovered(resume(hearer, {gid: 0})) == {gid: True} and hearer.wait_for("message")["seq"] == 1


def test_groups_of_a_deleted_community(user, connect, group, problem):
    """Also of one with more groups than end in one transaction."""
    ann, bob = user(), user()
    first = group(ann, bob)
    community = first.path.split("/usergroups")[0]
    bobs = connect(bob)
    message = say(bobs, group=first)["_id"]
    for number in range(1001):
        made = (ann if number < 999 else bob).post(community + "/usergroups/new", json={"name": "Many %d" % number, "description": "x"})
        assert made.status_code == 200, made.text
    assert ann.delete(community).status_code == 200
    problem(bob.get("/usergroups/%s/messages" % first), 410)
    assert bob.get("/conversations").json() == []
    for socket in (bobs, connect(bob)):
        for verb in ({"kind": "edit", "content": "x"}, {"kind": "like", "value": 1}, {"kind": "delete"}):
            refused(socket.ask({**verb, "message": message}), "gone")
        assert recovered(resume(socket, {first: 0})) == {first: False}
        assert "message" not in [each["kind"] for each in socket.so_far()]


def test_logging_out_ends_the_sockets_of_that_session(server, user, connect):
    ann = user()
    again = server.with_token(server.ctl("token", "--user", ann.get("/users/").json()["email"]).stdout.strip())
    socket, other = connect(ann), connect(again)
    assert ann.post("/auth/logout").status_code == 200
    assert socket.closed() == 4401
    assert other.so_far() == []


def test_content_of_another_type_is_kept_as_it_is(user, connect, group):
    ann, bob = user(), user()
    gid = group(ann, bob)
    hearer = connect(bob)
    say(connect(ann), "SGVsbG8=", group=gid, content_type="application/octet-stream")
    frame = hearer.wait_for("message")
    assert (frame["content"], frame["content_type"]) == ("SGVsbG8=", "application/octet-stream")


def test_a_message_with_an_image(user, connect, group):
    ann, bob, eve = user(), user(), user()
    gid = group(ann, bob)
    image = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000"
                          "050001a5f645400000000049454e44ae426082")
    uploads, socket, hearer = connect(ann, "/images/send"), connect(ann), connect(bob)
    ready = uploads.ask({"kind": "media", "name": "dot.png", "type": "image/png", "size": len(image),
                         "sha256": hashlib.sha256(image).hexdigest()})
    assert ready["kind"] == "ready" and ready["chunk"] > 0, ready
    for at in range(0, len(image), 32):
        uploads.send_bytes(image[at:at + 32])
    done = uploads.wait_for("ack", id=ready["id"])
    say(socket, "Look", group=gid, media=[done["_id"]])
    assert hearer.wait_for("message")["media"] == [done["_id"]]
    assert done["url"].endswith("/images/" + done["_id"])
    assert bob.get("/images/" + done["_id"]).content == image
    assert eve.get("/images/" + done["_id"]).status_code == 404


# --- order


def test_acks_and_messages_come_in_order(user, connect, group):
    """Two people talk at once over all event threads; each socket sees every number once, as an ack or as a message, in order."""
    ann, bob, cat = user(), user(), user()
    gid, count = group(ann, bob, cat), 200
    talkers, hearers = [connect(ann), connect(bob, protocols=(NDJSON,))], [connect(cat), connect(cat, protocols=(NDJSON,)), connect(ann)]

    def talk(socket, name):
        for number in range(count):
            socket.send_json({"id": "%s%d" % (name, number), "kind": "message", "group": gid, "content": "x"})

    threads = [threading.Thread(target=talk, args=(socket, name)) for socket, name in zip(talkers, "ab")]
    for thread in threads:
        thread.start()
    for socket in talkers + hearers:
        seen = []
        while len(seen) < 2 * count:
            frame = socket.receive()
            if frame["kind"] != "presence":
                assert frame["kind"] in ("ack", "message"), frame
                seen.append(frame["seq"])
        assert seen == list(range(1, 2 * count + 1))
    for thread in threads:
        thread.join()




def test_sockets_on_several_threads_hear_the_same(other_server, pair, connect):
    ann, bob, gid = pair
    sockets = [connect(bob, on=other_server) for _ in range(12)]
    talkers = [connect(ann, on=other_server) for _ in range(4)]
    for number in range(25):
        for talker in talkers:
            talker.send_json({"id": "%d" % next(ids), "kind": "message", "group": gid, "content": "x"})
    for socket in sockets + talkers:
        seen = []
        while len(seen) < 100:
            frame = socket.receive()
            if frame["kind"] in ("ack", "message"):
                seen.append(frame["seq"])
        assert seen == list(range(1, 101))
