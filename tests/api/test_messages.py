"""Messages by REST: every row of api.md, by every role and in every state, bad input beside good. What is heard on sockets:
test_messages_socket.py."""

import concurrent.futures
import itertools
import json

import pytest

import harness

NOBODY = "0193a000-0000-7000-8000-000000000000"
FIELDS = {"_id", "seq", "by", "content", "created_on", "reply_to", "media", "likes", "dislikes", "comments"}
CONVERSATION = {"_id", "kind", "last_seq", "last_message", "updated_on", "unread", "read_seq", "muted", "status"}
numbers = itertools.count(1)


@pytest.fixture
def grouped(found):
    """A function that makes a group and brings people into it: grouped(maker, *members) gives its path below the community."""

    def make(maker, *members, **body):
        community = found(maker, *members)
        answer = maker.post(community + "/usergroups/new", json={"name": "Group %d" % next(numbers), "description": "D", **body})
        assert answer.status_code == 200, answer.text
        path = community + "/usergroups/" + answer.json()["_id"]
        for member in members:
            assert member.put(path + "/join").status_code == 200
        return path

    return make


def messages_of(group):
    return "/usergroups/%s/messages" % group.rsplit("/", 1)[1]


def say(client, path, content="Hello", **body):
    answer = client.post(path + "/new", json={"content": content, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def mine(client, key):
    """The caller's conversation with a group or a person; None: it is not among theirs."""
    return next((item for item in client.pages("/conversations", limit=100) if item["_id"] == key), None)


def seqs(answer):
    assert answer.status_code == 200, answer.text
    return [message["seq"] for message in answer.json()]


# --- writing


def test_new(server, user, grouped):
    ann, bob = user(), user()
    group = grouped(ann, bob)
    path, group_id = messages_of(group), group.rsplit("/", 1)[1]
    answer = ann.post(path + "/new", json={"content": "Line\nby line\t✓ <b>"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == FIELDS | {"group"}
    assert (body["group"], body["by"], body["seq"], body["content"]) == (group_id, ann.user, 1, "Line\nby line\t✓ <b>")
    assert (body["reply_to"], body["media"], body["likes"], body["dislikes"], body["comments"]) == (None, [], 0, 0, 0)
    assert answer.headers["location"] == server.url + harness.BASE + path + "/" + body["_id"]
    assert bob.get(path + "/" + body["_id"]).json() == body
    assert bob.post(path + "/new", data={"content": "as a form"}).json()["seq"] == 2
    assert say(bob, path, "yes", reply_to=body["_id"])["reply_to"] == body["_id"]
    direct = say(ann, "/users/%s/messages" % bob.user)
    assert set(direct) == FIELDS | {"user"} and direct["user"] == bob.user and direct["seq"] == 1


@pytest.mark.parametrize("body,code,field", [
    ({}, None, "content"), ({"content": ""}, None, "content"), ({"content": "  \n"}, None, "content"), ({"content": 1}, None, "content"),
    ({"content": "x" * 16385}, None, "content"), ({"content": "bell\u0007"}, None, "content"), ({"content": "x", "seq": 1}, None, "seq"),
    ({"content": "x", "by": NOBODY}, None, "by"), ({"content": "x", "user": NOBODY}, None, "user"),
    ({"content": "x", "reply_to": "abc"}, None, "reply_to"), ({"content": "x", "reply_to": NOBODY}, None, "reply_to"),
    ({"content": "x", "media": "abc"}, None, "media"), ({"content": "x", "media": [NOBODY]}, "no_such_media", None),
    ({"content": "x", "media": [NOBODY] * 21}, None, "media"), ({"content": "x", "content_type": ""}, None, "content_type"),
])
def test_new_refuses(user, grouped, problem, body, code, field):
    ann = user()
    path = messages_of(grouped(ann))
    problem(ann.post(path + "/new", json=body), 422, code=code, field=field)
    assert ann.get(path).json() == [] and say(ann, path)["seq"] == 1


def test_a_retry_by_its_key(user, grouped, problem):
    ann = user()
    path = messages_of(grouped(ann))
    key = {"Idempotency-Key": "one"}
    first = ann.post(path + "/new", json={"content": "once"}, headers=key)
    again = ann.post(path + "/new", json={"content": "once"}, headers=key)
    assert first.json() == again.json() and again.headers["idempotency-replayed"] == "true"
    problem(ann.post(path + "/new", json={"content": "other"}, headers=key), 422, code="idempotency_key_reused")
    assert seqs(ann.get(path)) == [1]


def test_numbers_of_many_at_once(user, grouped):
    people = [user() for _ in range(4)]
    path = messages_of(grouped(*people))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda i: say(people[i % 4], path, "%d" % i)["seq"], range(60)))
    assert sorted(given) == list(range(1, 61))
    assert [message["seq"] for message in people[0].pages(path, limit=7)] == list(range(60, 0, -1))


# --- reading


def test_both_directions(server, user, grouped, problem):
    ann = user()
    path = messages_of(grouped(ann))
    for i in range(25):
        say(ann, path, "%d" % i)
    first = ann.get(path)
    assert seqs(first) == list(range(25, 15, -1))
    assert first.links["next"]["url"] == server.url + harness.BASE + path + "?before=16"
    assert [message["seq"] for message in ann.pages(path, limit=4)] == list(range(25, 0, -1))
    assert [message["seq"] for message in ann.pages(path, limit=4, after=0)] == list(range(1, 26))
    assert seqs(ann.get(path, params={"after": 22})) == [23, 24, 25]
    assert seqs(ann.get(path, params={"after": 25})) == [] and seqs(ann.get(path, params={"before": 1})) == []
    assert seqs(ann.get(path, params={"after": 3, "before": 6})) == [4, 5]
    for bad in ("limit=0", "limit=101", "limit=-1", "limit=abc", "limit=1&limit=2", "before=x", "before=-1", "after=1.5", "after=", "since=1",
                "after=99999999999999999999"):
        problem(ann.get(path + "?" + bad), 400)
    problem(ann.get(path + "?limit=101"), 400, code="limit_out_of_range")


def roles_of(user, found, admin, grouped):
    """People in every role there is, and a group: ({role: client}, path of the group)."""
    maker, helper, member, moderator, outsider, left = (user() for _ in range(6))
    group = grouped(maker, helper, member, moderator, left)
    community = group.rsplit("/usergroups/", 1)[0]
    assert maker.put(group + "/admins/" + helper.user).status_code == 200
    assert left.put(group + "/leave").status_code == 200 and moderator.put(group + "/leave").status_code == 200
    assert maker.put(community + "/moderators/" + moderator.user).status_code == 200
    return {"maker": maker, "helper": helper, "member": member, "moderator": moderator, "outsider": outsider, "left": left,
            "admin": admin}, group


PLACES = [("GET", "", None), ("POST", "/new", {"content": "x"}), ("GET", "/{}", None), ("GET", "/{}/likes", None), ("PUT", "/{}/like", None),
          ("PUT", "/{}/dislike", None), ("DELETE", "/{}/like", None), ("GET", "/../server", None), ("GET", "/../presence", None),
          ("PUT", "/../read", {"seq": 1})]


def test_who_takes_part(user, found, admin, anonymous, grouped, problem):
    people, group = roles_of(user, found, admin, grouped)
    path = messages_of(group)
    message = say(people["member"], path)["_id"]
    for method, rest, body in PLACES:
        place = path[:-len("/messages")] + rest[3:] if rest.startswith("/..") else path + rest.format(message)
        for role in ("maker", "helper", "member", "admin"):
            answer = people[role].request(method, place, json=body)
            assert answer.status_code == 200, (role, place, answer.text)
        for role in ("moderator", "outsider", "left"):
            problem(people[role].request(method, place, json=body), 403)
            problem(people[role].request(method, place, json={} if body else None), 403)
        problem(anonymous.request(method, place, json=body), 401)


def test_who_changes(user, found, admin, grouped, problem):
    people, group = roles_of(user, found, admin, grouped)
    path = messages_of(group)
    for role, edits, deletes in (("member", 200, 200), ("helper", 403, 200), ("maker", 403, 200), ("admin", 403, 200),
                                 ("moderator", 403, 403), ("left", 403, 403)):
        message = path + "/" + say(people["member"], path)["_id"]
        assert people[role].patch(message, json={"content": "new"}).status_code == edits, role
        assert people[role].get(message + "/history").status_code == deletes, role
        assert people[role].delete(message).status_code == deletes, role
    message = path + "/" + say(people["maker"], path)["_id"]
    problem(people["member"].delete(message), 403)


def test_hidden_groups_are_unknown(user, found, grouped, problem):
    ann, bob = user(), user()
    group = grouped(ann, visibility="hidden")
    assert bob.put(group.rsplit("/usergroups/", 1)[0] + "/subscribe").status_code == 200
    path = messages_of(group)
    message = path + "/" + say(ann, path)["_id"]
    for answer in (bob.get(path), bob.post(path + "/new", json={}), bob.get(message), bob.patch(message, json={}), bob.delete(message),
                   bob.get(path[:-9] + "/server"), bob.get(messages_of("/" + NOBODY))):
        problem(answer, 404)


def test_patch_and_delete(user, grouped, problem):
    ann, bob = user(), user()
    path = messages_of(grouped(ann, bob))
    message = path + "/" + say(ann, path, "first")["_id"]
    etag = ann.get(message).headers["etag"]
    changed = ann.patch(message, json={"content": "second"}, headers={"If-Match": etag})
    assert changed.status_code == 200 and changed.json()["content"] == "second" and changed.json()["edited_on"]
    problem(ann.patch(message, json={"content": "third"}, headers={"If-Match": etag}), 412)
    bob.put(message + "/like")
    assert ann.patch(message, json={"content": "third"}, headers={"If-Match": changed.headers["etag"]}).status_code == 200
    for body in ({}, {"content": ""}, {"content": None}, {"content": "x", "likes": 1}):
        problem(ann.patch(message, json=body), 422)
    assert [event["data"].get("content") for event in ann.get(message + "/history").json() if "content" in event["data"]] == [
        "first", "second", "third"]
    assert ann.delete(message).json() == {}
    for answer in (ann.get(message), ann.patch(message, json={"content": "x"}), ann.delete(message), bob.put(message + "/like")):
        problem(answer, 410)
    assert ann.get(message + "/history").json()[-1]["type"] == "messages.deleted"
    problem(bob.get(message + "/history"), 403)
    shown = bob.get(path).json()[0]
    assert shown["deleted"] is True and shown["content"] == "" and shown["seq"] == 1


def test_likes(user, grouped):
    ann, bob = user(), user()
    path = messages_of(grouped(ann, bob))
    message = path + "/" + say(ann, path)["_id"]

    def counts(answer):
        assert answer.status_code == 200, answer.text
        return answer.json()["likes"], answer.json()["dislikes"]

    assert counts(bob.put(message + "/like")) == counts(bob.put(message + "/like")) == (1, 0)
    assert counts(ann.put(message + "/dislike")) == (1, 1)
    assert {(like["user"], like["value"]) for like in ann.get(message + "/likes").json()} == {(bob.user, 1), (ann.user, -1)}
    assert counts(bob.put(message + "/dislike")) == (0, 2)
    assert counts(bob.delete(message + "/like")) == counts(bob.delete(message + "/like")) == (0, 1)
    assert len(list(ann.pages(message + "/likes", limit=1))) == 1


# --- people


def test_direct_is_of_two(user, found, admin, anonymous, problem):
    ann, bob, eve = user(), user(), user()
    found(ann, bob)
    path = "/users/%s/messages" % bob.user
    message = say(ann, path, "psst")["_id"]
    theirs = "/users/%s/messages" % ann.user
    assert bob.get(theirs).json()[0]["user"] == ann.user
    for other in (eve, admin):
        problem(other.get(path + "/" + message), 404)
        assert other.get(path).json() == [] and mine(other, bob.user) is None
    problem(bob.delete(theirs + "/" + message), 403)
    problem(bob.patch(theirs + "/" + message, json={"content": "x"}), 403)
    problem(anonymous.get(path), 401)
    problem(ann.get("/users/%s/messages" % NOBODY), 404)
    problem(ann.post("/users/%s/messages/new" % NOBODY, json={"content": "x"}), 404)
    assert bob.delete("/users/" + bob.user).status_code == 200
    problem(ann.post(path + "/new", json={"content": "x"}), 410)
    assert seqs(ann.get(path)) == [1]


def test_requests(user, found, problem):
    ann, eve = user(), user()
    path = "/users/%s/messages" % ann.user
    problem(ann.put("/users/%s/messages/accept" % eve.user), 409, code="no_request")
    say(eve, path)
    assert mine(ann, eve.user)["status"] == "request" and mine(eve, ann.user)["status"] == "pending"
    assert ann.put("/users/%s/messages/decline" % eve.user).json() == {}
    assert mine(ann, eve.user) is None
    problem(eve.post(path + "/new", json={"content": "x"}), 403, code="declined")
    accepted = ann.put("/users/%s/messages/accept" % eve.user).json()
    assert accepted["status"] == "open" and accepted["unread"] == 1 and set(accepted) == CONVERSATION | {"user"}
    assert say(eve, path)["seq"] == 2
    friend = user()
    found(friend, eve)
    say(friend, "/users/%s/messages" % eve.user)
    assert mine(eve, friend.user)["status"] == "open"


def test_blocks(user, found, problem):
    ann, bob = user(), user()
    found(ann, bob)
    say(ann, "/users/%s/messages" % bob.user)
    block = "/users/%s/block" % ann.user
    assert bob.put(block).json()["user"] == ann.user and bob.put(block).status_code == 200
    assert [item["user"] for item in bob.get("/blocks").json()] == [ann.user]
    for writer, peer in ((ann, bob), (bob, ann)):
        problem(writer.post("/users/%s/messages/new" % peer.user, json={"content": "x"}), 403, code="blocked")
    assert mine(bob, ann.user)["status"] == "blocked"
    assert bob.delete(block).json() == {} and bob.delete(block).status_code == 200
    assert bob.get("/blocks").json() == [] and say(ann, "/users/%s/messages" % bob.user)["seq"] == 2
    problem(bob.put("/users/%s/block" % bob.user), 409)
    problem(bob.put("/users/%s/block" % NOBODY), 404)


# --- conversations


def test_conversations(user, grouped):
    ann, bob = user(), user()
    group = grouped(ann, bob)
    path, group_id = messages_of(group), group.rsplit("/", 1)[1]
    say(ann, "/users/%s/messages" % bob.user, "direct")
    for i in range(3):
        last = say(ann, path, "%d" % i)
    shown = mine(bob, group_id)
    assert set(shown) == CONVERSATION | {"group"}
    assert (shown["kind"], shown["last_seq"], shown["unread"], shown["read_seq"], shown["muted"]) == ("group", 3, 3, 0, False)
    assert shown["last_message"]["_id"] == last["_id"] and shown["last_message"]["content"] == "2"
    assert shown["updated_on"] == last["created_on"]
    assert mine(ann, group_id)["unread"] == 0
    assert {item["_id"] for item in bob.pages("/conversations", limit=1)} == {group_id, ann.user}
    assert bob.put("/conversations/%s/read" % group_id, json={"seq": 2}).json() == {"seq": 2}
    assert bob.put("/usergroups/%s/read" % group_id, json={"seq": 1}).json() == {"seq": 2}
    assert mine(bob, group_id)["unread"] == 1
    assert bob.put("/users/%s/read" % ann.user, json={"seq": 99}).json() == {"seq": 1}
    assert mine(bob, ann.user)["unread"] == 0
    assert bob.put("/conversations/%s/mute" % ann.user, json={}).json()["muted"] is True
    assert bob.delete("/conversations/%s/mute" % ann.user).json()["muted"] is False
    assert bob.put(group + "/leave").status_code == 200
    assert mine(bob, group_id) is None


def test_conversations_refuse(user, grouped, problem):
    ann, eve = user(), user()
    group_id = grouped(ann).rsplit("/", 1)[1]
    for place in (group_id, NOBODY):
        problem(eve.put("/conversations/%s/read" % place, json={"seq": 1}), 404)
        problem(eve.put("/conversations/%s/mute" % place, json={}), 404)
    for body in ({}, {"seq": -1}, {"seq": "x"}, {"seq": 1, "x": 1}):
        problem(ann.put("/conversations/%s/read" % group_id, json=body), 422)


def test_server(server, user, grouped, found):
    ann, bob = user(), user()
    group_id = grouped(ann, bob).rsplit("/", 1)[1]
    url = server.url.replace("http", "ws", 1) + harness.BASE + "/socket"
    assert ann.get("/usergroups/%s/server" % group_id).json() == {"url": url}
    assert ann.get("/users/%s/server" % bob.user).json() == {"url": url}


# --- states


def test_archived_and_deleted_groups(user, grouped, problem):
    ann, bob = user(), user()
    group = grouped(ann, bob)
    path = messages_of(group)
    message = path + "/" + say(bob, path)["_id"]
    assert ann.put(group + "/archive").status_code == 200
    problem(bob.post(path + "/new", json={"content": "x"}), 409, code="archived")
    problem(bob.patch(message, json={"content": "x"}), 409, code="archived")
    problem(bob.put(message + "/like"), 409, code="archived")
    assert seqs(bob.get(path)) == [1] and bob.put(path[:-9] + "/read", json={"seq": 1}).status_code == 200
    assert ann.delete(group).status_code == 200
    for answer in (bob.get(path), bob.post(path + "/new", json={"content": "x"}), bob.get(message), bob.get(path[:-9] + "/server")):
        problem(answer, 410)


def test_history_from_joining_on(user, grouped, problem):
    ann, bob = user(), user()
    group = grouped(ann, history="joined")
    path = messages_of(group)
    early = path + "/" + say(ann, path)["_id"]
    assert bob.put(group.rsplit("/usergroups/", 1)[0] + "/subscribe").status_code == 200
    assert bob.put(group + "/join").status_code == 200
    assert seqs(bob.get(path)) == [] and seqs(bob.get(path, params={"after": 0})) == []
    say(ann, path)
    assert seqs(bob.get(path)) == [2] and seqs(ann.get(path)) == [2, 1]
    problem(bob.get(early), 404)
    assert mine(bob, group.rsplit("/", 1)[1])["unread"] == 1


# --- files


def test_import_and_export(tmp_path):
    lines = [{"kind": "user", "ref": "u1", "username": "ann", "name": "Ann", "created_on": 1500000000},
             {"kind": "user", "ref": "u2", "username": "bob", "name": "Bob", "created_on": 1500000000},
             {"kind": "community", "ref": "c1", "name": "Bread", "description": "D", "tags": [], "by": "u1", "created_on": 1500000001},
             {"kind": "member", "community": "c1", "user": "u2", "created_on": 1500000002},
             {"kind": "usergroup", "ref": "g1", "community": "c1", "name": "Rye", "by": "u1", "created_on": 1500000006},
             {"kind": "group_member", "usergroup": "g1", "user": "u2", "created_on": 1500000007},
             {"kind": "message", "ref": "m1", "usergroup": "g1", "by": "u1", "content": "Rye?", "created_on": 1500000008},
             {"kind": "message", "ref": "m2", "to": "u2", "by": "u1", "content": "Psst", "created_on": 1500000009},
             {"kind": "message", "ref": "m3", "usergroup": "g1", "by": "u2", "content": "Rye!", "reply_to": "m1", "created_on": 1500000010}]
    file = tmp_path / "in.ndjson"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    taken = []
    for source in (file, tmp_path / "out0.ndjson"):
        server = harness.Server()
        server.ctl("import", str(source))
        out = tmp_path / ("out%d.ndjson" % len(taken))
        server.ctl("export", str(out))
        text = out.read_text()
        for number, ref in enumerate(dict.fromkeys(json.loads(line)["ref"] for line in text.splitlines() if '"ref"' in line)):
            text = text.replace(ref, "ref%d" % number)
        taken.append(text)
        server.ctl("verify")
        server.ctl("import", str(source))  # all was here already
    assert taken[0] == taken[1]
    said = [json.loads(line) for line in taken[0].splitlines() if '"message"' in line]
    assert [(line["content"], line["created_on"], "to" in line) for line in said] == [
        ("Rye?", 1500000008, False), ("Psst", 1500000009, True), ("Rye!", 1500000010, False)]
    assert said[2]["reply_to"] == said[0]["ref"]


def test_what_a_deleted_group_said_is_in_no_file(tmp_path):
    out = tmp_path / "out.ndjson"
    with harness.Server() as server:
        admin = server.admin()
        community = "/communities/" + admin.post("/communities/new", json={"name": "Bread", "description": "x"}).json()["_id"]
        for name in ("Kept", "Lost"):
            group = admin.post(community + "/usergroups/new", json={"name": name, "description": "x"}).json()["_id"]
            say(admin, "/usergroups/%s/messages" % group, name)
        assert admin.delete("%s/usergroups/%s" % (community, group)).status_code == 200
        server.ctl("export", str(out))
    said = [json.loads(line)["content"] for line in out.read_text().splitlines() if '"message"' in line]
    assert said == ["Kept"]
    harness.Server().ctl("import", str(out))


@pytest.mark.parametrize("line", [
    {"kind": "message", "by": "u1", "content": "nowhere"}, {"kind": "message", "by": "u1", "to": "u1", "usergroup": "g", "content": "x"},
    {"kind": "message", "by": "u1", "to": "u1", "content": ""}, {"kind": "message", "by": "u1", "to": "u9", "content": "x"},
])
def test_import_refuses(tmp_path, line):
    file = tmp_path / "in.ndjson"
    user = {"kind": "user", "ref": "u1", "username": "ann", "name": "Ann", "created_on": 1500000000}
    file.write_text(json.dumps(user) + "\n" + json.dumps(line) + "\n")
    server = harness.Server()
    refused = server.ctl("import", str(file), check=False)
    assert refused.returncode == 65 and "in.ndjson:2:" in refused.stderr + refused.stdout
