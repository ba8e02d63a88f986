"""Z1: who does not belong to a private community meets it nowhere: by no path, list, search, cursor or size."""

import base64
import itertools

import pytest

NOBODY = "0193a000-0000-7000-8000-000000000000"
numbers = itertools.count(1)


@pytest.fixture
def secret(admin, user):
    """A private community with a post, a waiting post, an invite, a ban and a past; nobody but these know of it."""
    owner, member, banned, invited = user(), user(), user(), user()
    number = next(numbers)
    body = {"name": "Hidden%d" % number, "description": "Quokka%d" % number, "tags": ["quokka"]}
    path = "/communities/" + owner.post("/communities/new", json=body).json()["_id"]
    for joins in (member, banned):
        assert joins.put(path + "/subscribe").status_code == 200
    post = owner.post(path + "/posts/new", json={"content": "Quokka%d eats" % number}).json()["_id"]
    owner.patch(path + "/settings", json={"visibility": "private", "approval_queue": True})
    waiting = member.post(path + "/posts/new", json={"content": "Quokka%d waits" % number}).json()["_id"]
    invite = owner.post("%s/users/%s/invite" % (path, invited.user)).json()["_id"]
    assert owner.put("%s/bans/%s" % (path, banned.user), json={"reason": "rude"}).status_code == 200
    return {"path": path, "id": path.split("/")[-1], "post": post, "waiting": waiting, "invite": invite, "owner": owner,
            "member": member, "banned": banned, "invited": invited, "word": "Quokka%d" % number}


READS = ["", "/history", "/settings", "/users", "/requests", "/bans", "/queue", "/posts", "/posts/", "/posts/search?q=Quokka",
         "/posts/{post}", "/posts/{post}/history", "/posts/{waiting}", "/posts/{waiting}/history",
         "/users/{invited.user}/invite", "/users/{owner.user}/invite"]
WRITES = [("PUT", "", {"name": "Mine"}), ("PATCH", "", {"name": "Mine"}), ("PATCH", "", {"nonsense": 1}), ("DELETE", "", None),
          ("PATCH", "/settings", {"visibility": "public"}), ("PUT", "/subscribe", None), ("PUT", "/unsubscribe", None),
          ("POST", "/posts/new", {"content": "x"}), ("POST", "/posts/new", {}), ("PUT", "/posts/{post}", {"content": "x"}),
          ("PATCH", "/posts/{post}", {"content": "x"}), ("DELETE", "/posts/{post}", None),
          ("PUT", "/posts/{waiting}/approve", None), ("PUT", "/posts/{waiting}/reject", None),
          ("POST", "/users/{me}/invite", None), ("PUT", "/invite/{invite}/accept", None),
          ("PUT", "/invite/{invite}/decline", None), ("PUT", "/moderators/{me}", None), ("DELETE", "/moderators/{me}", None),
          ("PUT", "/owner/{me}", None), ("PUT", "/bans/{member.user}", {}), ("PUT", "/bans/{member.user}", {"until": "x"}),
          ("DELETE", "/bans/{banned.user}", None), ("PUT", "/requests/{me}/accept", None),
          ("PUT", "/requests/{me}/decline", None)]


def same_but_for_ids(answer):
    """What an outsider can measure: status, headers' names, size, and all of the body but the request's id."""
    body = answer.json()
    assert body.pop("request_id")
    return answer.status_code, sorted(answer.headers.keys()), len(answer.content), body


@pytest.mark.parametrize("who", ["stranger", "banned", "former"])
def test_Z1_private_is_as_absent(secret, user, who):
    person = {"stranger": user, "banned": lambda: secret["banned"], "former": lambda: secret["member"]}[who]()
    if who == "former":
        assert person.put(secret["path"] + "/unsubscribe").status_code == 200
    for method, path, body in [("GET", path, None) for path in READS] + WRITES:
        path = path.format(me=person.user, **secret)
        there = person.request(method, secret["path"] + path, json=body)
        absent = person.request(method, "/communities/" + NOBODY + path, json=body)
        assert there.status_code == 404, (method, path, there.text)
        assert same_but_for_ids(there) == same_but_for_ids(absent), (method, path)


def test_Z1_after_the_end_too(secret, user):
    assert secret["owner"].delete(secret["path"]).status_code == 200
    for path in READS:
        assert user().get(secret["path"] + path.format(**secret)).status_code == 404, path
    assert secret["member"].get(secret["path"]).status_code == 410
    assert secret["invited"].put("%(path)s/invite/%(invite)s/accept" % secret).status_code == 410
    assert secret["invited"].put("%(path)s/subscribe" % secret).status_code in (404, 410)


def test_Z1_through_another_community(secret, user):
    """Things of one community under the path of another, where the caller is owner."""
    owner = user()
    mine = "/communities/" + owner.post("/communities/new", json={"name": "Mine"}).json()["_id"]
    for method, path, body in [("GET", "/posts/{post}", None), ("GET", "/posts/{post}/history", None),
                               ("PUT", "/posts/{post}", {"content": "x"}), ("DELETE", "/posts/{post}", None),
                               ("GET", "/posts/{waiting}", None), ("PUT", "/posts/{waiting}/approve", None),
                               ("PUT", "/posts/{waiting}/reject", None), ("PUT", "/invite/{invite}/accept", None),
                               ("PUT", "/invite/{invite}/decline", None), ("DELETE", "/bans/{banned.user}", None),
                               ("GET", "/users/{invited.user}/invite", None), ("DELETE", "/moderators/{member.user}", None)]:
        answer = owner.request(method, mine + path.format(**secret), json=body)
        assert answer.status_code == 404, (method, path, answer.text)
    assert secret["owner"].get("%(path)s/posts/%(post)s" % secret).json()["content"].endswith("eats")


def test_Z1_not_in_lists_and_searches(secret, user):
    eve = user()
    for answer in (eve.get("/posts/search", params={"q": secret["word"]}),
                   eve.get("/communities/search", params={"q": secret["word"]}),
                   eve.get("/communities/search", params={"tags": "quokka"}),
                   eve.get("/communities/", params={"limit": 100})):
        assert answer.status_code == 200
        assert secret["id"] not in answer.text and secret["post"] not in answer.text
    hits = secret["member"].get("/posts/search", params={"q": secret["word"]}).json()
    assert {hit["_id"] for hit in hits} == {secret["post"], secret["waiting"]}


def readable_in(cursor):
    """A cursor's bytes as they are and as an index writes what it sorts downwards."""
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    return raw + b" " + bytes(byte ^ 0xff for byte in raw)


def test_Z4_a_cursor_names_nothing_hidden(user):
    """Between two pages lie communities that the caller may not know of: the cursor must not give their ids away."""
    owner, eve = user(), user()
    made = [owner.post("/communities/new", json={"name": "At %d" % i, "visibility": visibility}).json()["_id"]
            for i, visibility in enumerate(["public", "private", "private", "public"])]
    answer = eve.get("/communities/", params={"limit": 1})
    assert [item["_id"] for item in answer.json()] == [made[3]]
    cursor = answer.links["next"]["url"].split("after=")[1]
    assert not any(hidden.encode() in readable_in(cursor) for hidden in made), readable_in(cursor)
    assert [item["_id"] for item in eve.get(answer.links["next"]["url"]).json()] == [made[0]]


def test_Z4_a_search_cursor_counts_nothing_hidden(user):
    """Hidden hits before the next page's first must not be countable: two searches differ in them alone."""
    owner, eve = user(), user()
    here, there = [owner.post("/communities/new", json={"name": "Wombats"}).json()["_id"] for i in range(2)]
    for place in (here, here, here, there, there):
        owner.post("/communities/%s/posts/new" % place, json={"content": "Numbatzq digs"})
    owner.patch("/communities/%s/settings" % there, json={"visibility": "private"})
    answer = eve.get("/posts/search", params={"q": "Numbatzq", "limit": 2})
    cursor = answer.links["next"]["url"].split("after=")[1]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert bytes(7) not in raw  # the offset as a number
