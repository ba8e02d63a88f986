"""Rows W1, W2, W7 and P2, A8, A9 with sockets: who gets in, until when, and how it ends. With a module of its own (sockets/gate.c)."""

import base64
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import socket
import threading
import time

import httpx
import pytest

import harness
import ws_client
from own_modules import site_of

SOURCE = pathlib.Path(__file__).parent / "sockets/gate.c"
ALL, SEND, CLOSED = ("/api/v1/gate/" + name for name in ("all", "send", "closed"))
SANITIZED = os.environ.get("C18N_PASS") == "sanitized"
HANDSHAKE = ("GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Protocol: c18n.v1.json\r\nAuthorization: Bearer %s\r\n\r\n")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return site_of(tmp_path_factory.mktemp("gate"), gate=SOURCE)


@pytest.fixture(scope="module")
def gate(site):
    with harness.Server(**site) as server:
        yield server


@pytest.fixture(scope="module")
def root(gate):
    return gate.admin()


@pytest.fixture
def person(gate, root):
    numbers = iter(range(1000))
    return lambda: gate.user(root, "p%d%s" % (next(numbers), time.monotonic_ns()))


def connect(server, who, path=ALL, **handshake):
    """A socket whose hello was read."""
    made = ws_client.connect(server, path=path, token=who.token if hasattr(who, "token") else who, **handshake)
    assert made.receive()["kind"] == "hello"
    return made


def refused(server, **handshake):
    with pytest.raises(ws_client.Refused) as refusal:
        ws_client.connect(server, **{"path": ALL, **handshake})
    problem = refusal.value.json()
    assert refusal.value.headers["content-type"] == "application/problem+json" and problem["status"] == refusal.value.status
    return refusal.value.status, problem["code"], refusal.value.headers


def metric(server, name):
    text = httpx.get(server.operators + "/metrics", trust_env=False).text
    return float(re.search(r"^%s (\S+)$" % re.escape(name), text, re.M)[1])


def eventually(holds, seconds=30):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.01)


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def token_of(server, who, ttl):
    """Another token of a person: that of a session of its own."""
    return server.ctl("token", "--user", who.get("/users/").json()["email"], "--ttl", ttl).stdout.strip()


# --- W1: the handshake ---

def test_w1_who_gets_in(gate, person):
    ann = person()
    for way in ("header", "cookie", "protocol"):
        for protocol in (ws_client.JSON, ws_client.NDJSON):
            with ws_client.connect(gate, path=ALL, token=ann.token, by=way, protocols=[protocol]) as made:
                hello = made.receive()
                assert made.wire.protocol == protocol
                assert hello["kind"] == "hello" and hello["user"] == ann.user and len(hello["epoch"]) == 36
                assert hello["server"] == "ws://127.0.0.1:%d/api/v1/socket" % gate.port and hello["expires"] > time.time()
    connect(gate, ann, origin=gate.url).close()
    with ws_client.connect(gate, path=ALL, token=ann.token, early=ws_client.frame_bytes(ws_client.TEXT, b'{"kind":"ping"}')) as made:
        assert [made.receive()["kind"], made.receive()["kind"]] == ["hello", "pong"]


def test_w1_who_stays_outside(gate, person):
    ann, bob = person(), person()
    known = {"token": ann.token}
    upgrade = {"sec-websocket-version": "13", "upgrade": "websocket"}
    cases = [
        ({}, 401, "unauthenticated", {"www-authenticate": "Bearer"}),
        ({"token": "x.y.z"}, 401, "invalid_token", {}),
        ({"token": "x.y.z", "by": "protocol", "headers": {"Cookie": ws_client.COOKIE + "=" + ann.token}}, 401, "invalid_token", {}),
        ({"protocols": [ws_client.JSON, "bearer." + ann.token, "bearer." + bob.token]}, 401, "invalid_token", {}),
        ({"path": ALL + "?token=" + ann.token}, 401, "unauthenticated", {}),
        ({**known, "path": CLOSED}, 403, "forbidden", {}),
        ({**known, "origin": "https://evil.example"}, 403, "csrf", {}),
        ({**known, "origin": "null"}, 403, "csrf", {}),
        ({**known, "headers": {"Sec-WebSocket-Version": "8"}}, 426, "upgrade_required", upgrade),
        ({**known, "headers": {"Upgrade": None, "Connection": None}}, 426, "upgrade_required", upgrade),
        ({**known, "headers": {"Sec-WebSocket-Key": "short"}}, 400, "bad_handshake", {}),
        ({**known, "protocols": []}, 400, "no_subprotocol", {}),
        ({**known, "protocols": ["chat"]}, 400, "no_subprotocol", {}),
        ({**known, "headers": {"X-Long": "x" * 9000}}, 431, "header_too_large", {}),
        ({**known, "path": "/api/v1/gate/none"}, 404, "not_found", {}),
        ({**known, "method": "POST"}, 405, "method_not_allowed", {"allow": "OPTIONS, GET, HEAD"}),
    ]
    for handshake, status, code, headers in cases:
        found = refused(gate, **handshake)
        assert found[0] == status and (status == 431 or found[1] == code), (handshake, found)
        assert headers.items() <= found[2].items(), (handshake, found)
    answer = ann.get("/gate/all")  # who comes by HTTP alone, hears how
    assert answer.status_code == 426 and answer.headers["Upgrade"] == "websocket" and answer.headers["Sec-WebSocket-Version"] == "13"
    eventually(lambda: metric(gate, "c18n_sockets") == 0)


def test_w1_a_refused_connection_goes_on(gate, person):
    """And may become a socket after all."""
    ann = person()
    bad = (HANDSHAKE % (ALL, ann.token)).replace("c18n.v1.json", "chat")
    with socket.create_connection(("127.0.0.1", gate.port), 30) as wire:
        for _ in range(3):
            wire.sendall(bad.encode())
            assert wire.recv(65536).startswith(b"HTTP/1.1 400 ")
        wire.sendall((HANDSHAKE % (ALL, ann.token)).encode())
        assert wire.recv(65536).startswith(b"HTTP/1.1 101 ")


# --- what is sent ---

def test_what_a_verb_comes_to(gate, person):
    ann = person()
    with connect(gate, ann) as made:
        for kind in ("say", "echo", "now"):
            assert made.ask({"kind": kind, "text": "ä\"", "id": 'i"' + kind}) == {"kind": "ack", "id": 'i"' + kind, "text": "ä\"",
                                                                                  "frame": 'i"' + kind}
        nacks = [
            ({"kind": "fails"}, "too_late"), ({"kind": "rule", "text": "x"}, "forbidden"), ({"kind": "none"}, "unknown_kind"),
            ({"kind": "say", "text": ""}, "invalid_field"), ({"kind": "say"}, "invalid_field"),
            ({"kind": "say", "text": "x", "user": ann.user}, "unknown_or_readonly_field"),
            ({"kind": "own", "user": "0193a000-0000-7000-8000-000000000000"}, "forbidden"),
            ({"kind": "known", "text": "nobody"}, "not_found"), ({"text": "no kind"}, "unknown_kind"),
        ]
        for frame, code in nacks:
            answer = made.ask(frame)
            assert answer["kind"] == "nack" and answer["code"] == code and answer["detail"], (frame, answer)
            assert ("errors" in answer) == ("field" in code)
        assert made.ask({"kind": "own", "user": ann.user})["kind"] == "ack"
        for text, code in (("nonsense", "bad_json"), ("[]", "not_an_object"), ('{"kind":"say","text":"x"}', "bad_id"),
                           ('{"id":"","kind":"say","text":"x"}', "bad_id"), ('{"id":"%s","kind":"say","text":"x"}' % ("i" * 65), "bad_id"),
                           ('{"id":7,"kind":"say","text":"x"}', "bad_id"), ('{"id":"a b","kind":"say","text":"x"}', "bad_id"),
                           ('{"id":"a","id":"b","kind":"say","text":"x"}', "bad_json"), ('{"kind":"auth","token":"x"}', "bad_id")):
            made.send_text(text)
            answer = made.receive()
            assert answer["kind"] == "nack" and answer["code"] == code and "id" not in answer, (text, answer)
        made.send_json({"kind": "whisper", "text": "x"})
        made.send_json({"kind": "whisper", "wrong": "x"})
        made.send_json({"kind": "ping", "id": "p"})
        assert made.receive() == {"kind": "pong", "id": "p"}
        made.send_bytes(b"unasked")
        assert made.closed() == 1002


def test_a_socket_has_no_more_in_flight_than_is_good_for_the_writer(site):
    """A thousand verbs at once: in their order, and none is refused, though the writer's queue has room for 64."""
    settings = {**site["settings"], "core.socket_rate": 0, "core.queue_limit": 64}
    with harness.Server(settings=settings, conf=site["conf"]) as server, \
            connect(server, server.user(server.admin(), "ann"), path=SEND, protocols=[ws_client.NDJSON]) as made:
        made.send_raw(b"".join(ws_client.frame_bytes(ws_client.TEXT, b'{"id":"%d","kind":"say","text":"x"}' % number)
                               for number in range(1000)))
        assert [(answer["kind"], answer["id"]) for answer in (made.receive() for _ in range(1000))] \
            == [("ack", str(number)) for number in range(1000)]


def test_what_is_said_is_heard_by_others_only(gate, person):
    ann, bob = person(), person()
    with connect(gate, ann) as hers, connect(gate, bob) as his, connect(gate, bob, path=SEND) as deaf:
        assert hers.ask({"kind": "say", "text": "hello"})["kind"] == "ack"
        assert his.receive() == {"kind": "said", "text": "hello"}
        assert hers.so_far() == [] and deaf.so_far() == []
        assert deaf.ask({"kind": "now", "text": "x"})["code"] == "unknown_kind"  # it is another socket's


def test_uploads(gate, person):
    with connect(gate, person()) as made:
        dropped = metric(gate, "c18n_gate_dropped_total")
        assert made.ask({"kind": "take", "size": 100000, "id": "u"}) == {"kind": "ready", "id": "u", "chunk": 16384}
        assert made.ask({"kind": "take", "size": 1})["code"] == "upload_under_way"
        for start in range(0, 100000, 16384):
            assert made.ask({"kind": "echo", "text": "between"})["kind"] == "ack"
            made.send_bytes(b"a" * min(16384, 100000 - start))
        assert made.wait_for("ack", id="u") == {"kind": "ack", "id": "u", "taken": 100000}
        assert made.ask({"kind": "take", "size": 0, "id": "n"})["kind"] == "ready"
        assert made.wait_for("ack", id="n")["taken"] == 0
        assert made.ask({"kind": "take", "size": 30, "id": "x"})["kind"] == "ready"
        for piece in (b"a" * 10, b"x" * 10, b"a" * 10):  # the last is passed over
            made.send_bytes(piece)
        refusal = made.wait_for("nack", id="x")
        assert refusal["code"] == "has_x" and refusal["detail"] == "An x is in it."
        assert made.so_far() == []
        assert made.ask({"kind": "take", "size": 10})["kind"] == "ready"
        made.send_bytes(b"a" * 11)
        assert made.closed() == 1009
    with connect(gate, person()) as made:
        assert made.ask({"kind": "take", "size": 10})["kind"] == "ready"
        made.send_bytes(b"a" * 5)
        made.abort()
    eventually(lambda: metric(gate, "c18n_gate_dropped_total") == dropped + 3)


# --- W2, A8, A9: until when ---

def test_w2_nothing_leaves_after_the_token_s_end(gate, person):
    """Somebody speaks all the time: what is heard was said before the end, and nothing comes but the close frame."""
    token = token_of(gate, person(), "3s")
    with connect(gate, token) as hers, connect(gate, person()) as his:
        expires, last = claims_of(token)["exp"], 0
        with pytest.raises(ws_client.Closed) as end:
            while True:
                assert his.ask({"kind": "say", "text": str(time.time())})["kind"] == "ack"
                last = float(hers.wait_for("said")["text"])
                time.sleep(0.02)
        closed_at = time.time()
        assert end.value.code == 4401 and last < expires <= closed_at
        assert closed_at - expires < (5 if SANITIZED else 1)
        hers.at_end()


def test_w2_a_fresh_token_on_the_open_socket(gate, person):
    ann, bob = person(), person()
    with connect(gate, token_of(gate, ann, "2s")) as made:
        assert made.ask({"kind": "auth", "token": "x.y.z"})["code"] == "invalid_token"
        assert made.ask({"kind": "auth"})["code"] == "invalid_field"
        answer = made.ask({"kind": "auth", "token": ann.token, "id": "a"})
        assert answer["kind"] == "ack" and answer["id"] == "a"
        until = time.time() + 3
        while time.time() < until:
            assert made.ask({"kind": "echo", "text": "alive"})["kind"] == "ack"
            time.sleep(0.1)
        made.send_json({"id": "b", "kind": "auth", "token": bob.token})
        assert made.closed() == 4403


def test_a9_what_ends_a_session_ends_its_sockets(gate, root, person):
    ann = person()
    other = token_of(gate, ann, "1h")
    with connect(gate, ann) as by_session, connect(gate, other) as by_other:
        assert ann.post("/auth/logout").status_code in (200, 204)
        said = time.monotonic()
        assert by_session.closed() == 4401
        assert time.monotonic() - said < 2
        assert by_other.ask({"kind": "say", "text": "still here"})["kind"] == "ack"
        before = metric(gate, 'c18n_sockets_closed_total{code="4401"}')
        assert root.delete("/users/" + ann.user).status_code in (200, 204)
        assert by_other.closed() == 4401
        eventually(lambda: metric(gate, 'c18n_sockets_closed_total{code="4401"}') == before + 1)


def test_a8_a_rotated_session_ends_its_sockets(gate, person):
    ann = person()
    with connect(gate, ann) as made:
        fresh = ann.post("/auth/refresh").json()["token"]
        assert made.closed() == 4401
    with connect(gate, fresh) as made:
        assert made.ask({"kind": "echo", "text": "x"})["kind"] == "ack"


def test_a8_the_fresh_token_of_a_rotation_keeps_the_socket(gate, person):
    """A client that presents it before the old one is revoked never notices; one that was renewed is watched by its new session."""
    ann = person()
    with connect(gate, ann) as made:
        next_token = token_of(gate, ann, "1h")
        assert made.ask({"kind": "auth", "token": next_token})["kind"] == "ack"
        assert ann.post("/auth/logout").status_code in (200, 204)  # the session that it had before
        assert made.ask({"kind": "say", "text": "x"})["kind"] == "ack"
        assert gate.client(next_token, gate.with_token(next_token).csrf).post("/auth/logout").status_code in (200, 204)
        assert made.closed() == 4401


def test_a9_a_lost_role_is_lost_on_sockets(gate, root, person):
    """A change of roles ends the sessions that had them; without the role, the verb is refused."""
    ann = person()
    root.put("/users/%s/roles" % ann.user, json={"roles": ["user", "admin"]})
    email = root.get("/users/" + ann.user).json()["email"]
    with connect(gate, gate.ctl("token", "--user", email).stdout.strip()) as made:
        assert made.ask({"kind": "rule", "text": "x"})["kind"] == "ack"
        root.put("/users/%s/roles" % ann.user, json={"roles": ["user"]})
        assert made.closed() == 4401
    with connect(gate, gate.ctl("token", "--user", email).stdout.strip()) as made:
        assert made.ask({"kind": "rule", "text": "x"})["code"] == "forbidden"


# --- W7: too much ---

@pytest.mark.parametrize("flood", ["verbs", "pings", "bytes"])
def test_w7_a_flood_is_cut(gate, person, flood):
    with connect(gate, person()) as made:
        frame = {"verbs": (ws_client.TEXT, b'{"kind":"whisper","text":"x"}'), "pings": (ws_client.PING, b"x"),
                 "bytes": (ws_client.BINARY, b"x")}[flood]
        if flood == "bytes":
            assert made.ask({"kind": "take", "size": 1000})["kind"] == "ready"
        try:
            made.send_raw(b"".join(ws_client.frame_bytes(*frame) for _ in range(1000)))
        except OSError:
            pass  # it was cut before it had sent all
        assert made.closed() == 4429
        assert [each["code"] for each in made.passed if each["kind"] == "nack" and "id" not in each] == ["flood"]


def test_w7_ten_thousand_sockets_of_one_person(site):
    """All but those that one person may have are refused politely, and the server is no larger for it."""
    with harness.Server(**{**site, "settings": {**site["settings"], "core.sockets_per_user": 8, "core.threads": 2}}) as server:
        ann = server.user(server.admin(), "ann")
        kept = [connect(server, ann) for _ in range(8)]
        bob = connect(server, server.user(server.admin(), "bob"))
        handshake = (HANDSHAKE % (ALL, ann.token)).encode()

        def refuse(count):
            with socket.create_connection(("127.0.0.1", server.port), 60) as wire:
                for _ in range(count // 10):
                    wire.sendall(handshake * 10)
                    seen = b""
                    while seen.count(b'"too_many_sockets"') < 10:
                        seen += wire.recv(65536)
                    assert seen.count(b"HTTP/1.1 429 ") == 10 and seen.count(b"\r\nRetry-After: ") == 10

        refuse(2000)
        before = metric(server, "process_resident_memory_bytes")
        for _ in range(8):
            refuse(1000)
        assert metric(server, "process_resident_memory_bytes") - before < (256 if SANITIZED else 8) << 20  # a sanitizer keeps what is freed
        assert metric(server, "c18n_sockets_refused_total") == 10000 and metric(server, "c18n_sockets") == 9
        assert all(made.ask({"kind": "echo", "text": "x"})["kind"] == "ack" for made in kept + [bob])
        assert kept.pop().close() == 1000
        eventually(lambda: metric(server, "c18n_sockets") == 8)
        kept.append(connect(server, ann))
        assert refused(server, token=ann.token)[:2] == (429, "too_many_sockets")
        for made in kept + [bob]:
            made.close()
        eventually(lambda: metric(server, "c18n_gate_gone_total") == 10)
        assert metric(server, "c18n_gate_last_gone_total") == 2  # of each person one was the last


def test_all_sockets_together_have_a_bound(site):
    with harness.Server(**{**site, "settings": {**site["settings"], "core.max_connections": 12}}) as server:
        ann, made = server.user(server.admin(), "ann"), []
        with pytest.raises(ws_client.Refused) as refusal:
            while len(made) < 13:
                made.append(connect(server, ann))
        assert refusal.value.status == 503 and refusal.value.json()["code"] == "too_many_sockets" and "retry-after" in refusal.value.headers
        assert len(made) > 4 and made[0].ask({"kind": "echo", "text": "x"})["kind"] == "ack"
        for each in made:
            each.close()
        eventually(lambda: metric(server, "c18n_sockets") == 0)
        connect(server, ann).close()


def test_settings_hold_after_a_reload(site, tmp_path):
    conf = tmp_path / "conf.d"
    shutil.copytree(site["conf"], conf)
    with harness.Server(settings=site["settings"], conf=conf) as server:
        ann = server.user(server.admin(), "ann")
        with connect(server, ann) as made:
            (conf / "00-core.local.conf").write_text("core {\n sockets_per_user = 1\n socket_rate = 1\n}\n")
            server.ctl("reload")
            assert refused(server, token=ann.token)[0] == 429
            with pytest.raises(ws_client.Closed):
                while True:
                    made.ask({"kind": "echo", "text": "x"})
            assert made.wire.close_seen[0] == 4429


# --- P2: the server stops ---

def chat(made, name, begun):
    """Says things with four on their way until the socket is closed: how many, which were acknowledged, and the close code."""
    sent, acked, waiting = 0, set(), 0
    try:
        while True:
            made.send_json({"id": "%s.%d" % (name, sent), "kind": "say", "text": "x"})
            sent, waiting = sent + 1, waiting + 1
            if waiting == 4:
                acked.add(made.wait_for("ack")["id"])
                waiting -= 1
            if sent == 40:
                begun.wait()
    except ws_client.Closed as end:
        code = end.code
    except OSError:  # it could not send any more; what the server said before is there to be read
        code = made.closed()
    return sent, acked | {each["id"] for each in made.passed if each["kind"] == "ack"}, code


def test_p2_every_socket_is_told_and_hears_of_all_that_was_taken(site):
    """What was taken was answered before the close frame, and what was not answered was not taken."""
    with harness.Server(**{**site, "settings": {**site["settings"], "core.socket_rate": 0}}) as server:
        admin, people = server.admin(), 6
        sockets = [connect(server, server.user(admin, "p%d" % number), path=SEND) for number in range(people)]
        idle, begun = connect(server, admin), threading.Barrier(people + 1)
        with concurrent.futures.ThreadPoolExecutor(people) as pool:
            ends = [pool.submit(chat, made, str(number), begun) for number, made in enumerate(sockets)]
            begun.wait()
            server.process.terminate()
            found = [each.result(60) for each in ends]
        assert idle.closed() == 1012 and [code for _, _, code in found] == [1012] * people
        assert server.process.wait(60) == 0
        server.start()
        with connect(server, admin) as made:
            for number, (sent, acked, _) in enumerate(found):
                assert len(acked) > 30
                for each in ("%d.%d" % (number, count) for count in range(sent - 20, sent)):
                    assert (made.ask({"kind": "known", "text": each})["kind"] == "ack") == (each in acked), each


def test_p2_no_handshake_while_it_stops(site):
    with harness.Server(**site) as server:
        ann = server.user(server.admin(), "ann")
        with socket.create_connection(("127.0.0.1", server.port), 30) as wire, connect(server, ann) as made:
            wire.sendall(b"GET /api/v1/gate/all HTTP/1.1\r\nHost: localhost\r\n\r\n")  # the server knows this connection
            assert wire.recv(65536).startswith(b"HTTP/1.1 401 ")
            server.process.terminate()
            assert made.closed() == 1012
            try:
                wire.sendall((HANDSHAKE % (ALL, ann.token)).encode())
                answer = wire.recv(65536)
            except ConnectionError:
                answer = b""
            assert answer == b"" or (answer.startswith(b"HTTP/1.1 503 ") and b'"stopping"' in answer)
        assert server.process.wait(60) == 0


# --- Z5: nobody guards it ---

WRONG = """#include <c18n/module.h>
static int done(c18n_request *rq, void *module) { (void)module; return c18n_reply_empty(rq); }
static const c18n_socket sockets[] = {{"/wrong", "user", 0, NULL, NULL, "Wrong"}};
static const c18n_verb verbs[] = {{"say", "/wrong", done, %s}};
C18N_MODULE(wrong, "1.0.0", "Wrong", "needs: ", .sockets = C18N_ALL(sockets), .verbs = C18N_ALL(verbs));
"""


@pytest.mark.parametrize("allow, words", [("NULL", "it has no policy"), ('"usr"', 'did you mean "user"?')])
def test_z5_a_verb_that_nobody_guards_ends_the_start(tmp_path, allow, words):
    server = harness.Server(**site_of(tmp_path, wrong=WRONG % allow))
    done = server.ctl("check", check=False)
    assert done.returncode == 78 and 'wrong: verb "say": ' in done.stdout + done.stderr and words in done.stdout + done.stderr
    server.start(wait=False)
    assert server.process.wait(60) == 78 and words in server.text_log()
    server.folder.cleanup()


# --- what is written of it ---

def test_asyncapi_tells_of_sockets(gate, person):
    document = gate.client().get("/asyncapi.json").json()
    channel = document["channels"]["socket_gate_all"]
    assert channel["address"] == "/gate/all" and document["servers"]["sockets"]["protocol"] == "ws"
    say = channel["messages"]["say"]["payload"]
    assert say["required"] == ["kind", "id", "text"] and say["properties"]["kind"] == {"const": "say"} and not say["additionalProperties"]
    assert {"hello", "nack", "pong", "auth", "ping", "ack.say", "ready.take", "delivered"} <= set(channel["messages"])
    assert "ack.whisper" not in channel["messages"] and channel["messages"]["whisper"]["payload"]["required"] == ["kind", "text"]
    assert "delivered" not in document["channels"]["socket_gate_send"]["messages"]
    taken = document["operations"]["take_socket_gate_send"]
    assert taken["action"] == "receive" and {"$ref": "#/channels/socket_gate_send/messages/say"} in taken["messages"]
    for target in re.findall(r'"\$ref":\s*"#/([^"]+)"', json.dumps(document)):
        found = document
        for part in target.split("/"):
            found = found[part]
    assert "/gate/all" not in gate.client().get("/openapi.json").json()["paths"]


def test_the_access_log_has_handshakes(site, tmp_path):
    with harness.Server(**{**site, "settings": {**site["settings"], "core.access_log": str(tmp_path / "access"), "core.log_format": "json"}}) as server:
        ann = server.user(server.admin(), "ann")
        connect(server, ann, by="protocol").close()
        refused(server, token=ann.token, protocols=[])
        lines = lambda: [json.loads(line) for line in (tmp_path / "access").read_text().splitlines() if "/gate/all" in line]  # noqa: E731
        eventually(lambda: len(lines()) == 2)
        assert [line["status"] for line in lines()] == [101, 400] and lines()[0]["user"] == ann.user
        assert lines()[0]["route"] == "/gate/all" and ann.token not in (tmp_path / "access").read_text()
