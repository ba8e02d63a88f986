"""Communities: every row of api.md but suggestions, bad input beside good."""

import time

import pytest

NOBODY = "0193a000-0000-7000-8000-000000000000"
FIELDS = {"_id", "name", "description", "created_on", "updated_on", "created_by", "tags", "users", "posts", "users_count",
          "posts_count", "visibility"}


def names(client, path, **query):
    return [item["name"] for item in client.pages(path, limit=100, **query)]


def ids(client, path, key="_id"):
    return [item[key] for item in client.pages(path, limit=100)]


def types(client, path):
    return [event["type"] for event in client.pages(path + "/history", limit=100)]


# --- making, showing, changing


def test_new(server, user):
    owner = user()
    answer = owner.post("/communities/new", json={"name": "Bread", "description": "Sour\nand sweet", "tags": "food, baking"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    path = "/communities/" + body["_id"]
    assert set(body) == FIELDS
    assert (body["name"], body["tags"], body["created_by"]) == ("Bread", ["food", "baking"], owner.user)
    assert body["users"] == server.url + "/api/v1" + path + "/users" and body["posts"].startswith(server.url + "/api/v1" + path)
    assert (body["users_count"], body["posts_count"], body["visibility"]) == (1, 0, "public")
    assert abs(body["created_on"] - time.time()) < 60 and body["created_on"] == body["updated_on"]
    assert answer.headers["location"] == server.url + "/api/v1" + path
    assert ids(owner, path + "/users") == [owner.user]
    assert owner.post("/communities/new", json={"name": "Bread"}).status_code == 200, "names need not be unique"


@pytest.mark.parametrize("field,value", [
    ("name", None), ("name", ""), ("name", "x" * 201), ("name", 1), ("name", "a\tb"), ("description", 1), ("description", "x" * 10001),
    ("tags", 1), ("tags", ["x" * 51]), ("tags", ["a"] * 51), ("visibility", "secret"), ("_id", NOBODY), ("created_by", NOBODY),
    ("owner", NOBODY), ("users_count", 5), ("posts_per_day", 1),
])
def test_new_refuses(user, problem, field, value):
    problem(user().post("/communities/new", json={"name": "N", "description": "D", field: value}), 422, field=field)


def test_get(user, found, anonymous, problem):
    owner, other = user(), user()
    path = found(owner)
    assert other.get(path).json() == owner.get(path).json()
    problem(anonymous.get(path), 401)
    for missing in (NOBODY, "x", "0"):
        problem(owner.get("/communities/" + missing), 404)


def test_update(user, found):
    owner = user()
    path = found(owner, tags=["a"])
    answer = owner.patch(path, json={"description": "New"})
    assert answer.status_code == 200 and answer.json()["description"] == "New" and answer.json()["tags"] == ["a"]
    changed = owner.put(path, json={"name": "Only a name"}).json()
    assert (changed["name"], changed["description"], changed["tags"]) == ("Only a name", "New", ["a"]), "nothing is lost"
    assert owner.patch(path, data={"tags": "x,y"}).json()["tags"] == ["x", "y"]
    for nothing in (owner.patch(path, json={}), owner.put(path, json={})):
        assert nothing.status_code == 200 and nothing.json()["name"] == "Only a name"
    assert types(owner, path) == ["communities.created"] + 3 * ["communities.updated"], "no change, no event"


def test_update_refuses(admin, user, found, problem):
    owner, member, other = user(), user(), user()
    path = found(owner, member)
    problem(owner.put(path, json={"name": None}), 422, field="name")
    problem(owner.patch(path, json={"name": ""}), 422, field="name")
    for field in ("created_by", "owner", "visibility", "posts_count", "deleted_on"):
        problem(owner.patch(path, json={field: "x"}), 422, field=field)
    for client in (member, other):
        problem(client.patch(path, json={"name": "X"}), 403)
        problem(client.put(path, json={}), 403)
        problem(client.delete(path), 403)
        problem(client.get(path + "/history"), 403)
    assert admin.patch(path, json={"name": "By an admin"}).status_code == 200
    tag = owner.get(path).headers["etag"]
    owner.patch(path, json={"name": "One"})
    problem(owner.patch(path, json={"name": "Two"}, headers={"If-Match": tag}), 412)
    problem(owner.patch("/communities/" + NOBODY, json={"name": "X"}), 404)


def test_list(user, found):
    owner = user()
    made = [found(owner) for _ in range(3)]
    newest = [item["_id"] for item in owner.get("/communities/?limit=3").json()]
    assert newest == [path.rsplit("/", 1)[1] for path in reversed(made)]


def test_delete(admin, user, found, problem):
    owner, member = user(), user()
    path = found(owner, member)
    assert owner.delete(path).json() == {}
    for client in (owner, member, admin):
        problem(client.get(path), 410)
        problem(client.put(path + "/subscribe"), 410)
        problem(client.get(path + "/posts/"), 410)
    problem(owner.delete(path), 410)
    assert path.rsplit("/", 1)[1] not in ids(owner, "/communities/")
    assert types(owner, path)[-1] == "communities.deleted", "history stays"
    private = found(owner, visibility="private")
    owner.delete(private)
    problem(member.get(private), 404)


# --- search


def test_search(admin, user, found):
    owner = user()
    found(owner, name="Xylophone makers", description="We build", tags=["music"])
    found(owner, name="Wood", description="For a xylophone", tags=["craft", "Music"])
    found(owner, name="Metal", description="None", tags=["xylophones"])
    assert names(owner, "/communities/search", q="xylophone")[0] == "Xylophone makers"
    assert set(names(owner, "/communities/search", q="xylo")) == {"Xylophone makers", "Wood", "Metal"}
    assert set(names(owner, "/communities/search", q="xylo", tags="music")) == {"Xylophone makers", "Wood"}
    assert set(names(owner, "/communities/search", tags="music,craft")) >= {"Wood"}
    assert "Xylophone makers" not in names(owner, "/communities/search", tags="music,craft")
    assert names(owner, "/communities/search", q="xylo nonsuch") == []


def test_search_hides_private_and_deleted(admin, user, found):
    owner, other = user(), user()
    path = found(owner, name="Quixotic secret", visibility="private")
    assert names(owner, "/communities/search", q="quixotic") == ["Quixotic secret"]
    assert names(other, "/communities/search", q="quixotic") == []
    assert names(admin, "/communities/search", q="quixotic") == ["Quixotic secret"]
    owner.delete(path)
    assert names(owner, "/communities/search", q="quixotic") == []


def test_search_refuses(user, anonymous, problem):
    problem(anonymous.get("/communities/search?q=a"), 401)
    for query in ("limit=0", "limit=101", "after=x", "sort=new"):
        problem(user().get("/communities/search?q=a&" + query), 400)


def test_open_search():
    import harness
    with harness.Server({"communities.open_search": "true"}) as server:
        admin = server.admin()
        admin.post("/communities/new", json={"name": "Open door"})
        admin.post("/communities/new", json={"name": "Open secret", "visibility": "private"})
        assert names(server.client(), "/communities/search", q="open") == ["Open door"]
        assert server.client().get("/communities/").status_code == 401


# --- members


def test_subscribe(user, found, problem):
    owner, member = user(), user()
    path = found(owner)
    answer = member.put(path + "/subscribe")
    assert answer.status_code == 200 and set(answer.json()) == FIELDS | {"membership"}
    assert (answer.json()["membership"], answer.json()["users_count"]) == ("member", 2)
    assert member.put(path + "/subscribe").json()["users_count"] == 2, "once is enough"
    assert owner.put(path + "/subscribe").json()["membership"] == "owner"
    assert ids(owner, path + "/users") == [owner.user, member.user]
    person = owner.get(path + "/users").json()[1]
    assert set(person) == {"_id", "name", "location", "display_name", "avatar", "bio", "tags"}
    assert member.put(path + "/unsubscribe").json() == {}
    assert member.put(path + "/unsubscribe").json() == {}
    assert owner.get(path).json()["users_count"] == 1
    problem(owner.put(path + "/unsubscribe"), 409)


def test_restricted(user, found, problem):
    owner, person, other = user(), user(), user()
    path = found(owner, visibility="restricted")
    assert person.get(path).status_code == 200, "anyone reads"
    for _ in range(2):
        assert person.put(path + "/subscribe").json()["membership"] == "pending"
    problem(person.post(path + "/posts/new", json={"content": "x"}), 403)
    problem(person.get(path + "/requests"), 403)
    asked = owner.get(path + "/requests").json()
    assert [item["user"] for item in asked] == [person.user] and set(asked[0]) == {"user", "created_on", "location"}
    problem(person.put(path + "/requests/%s/accept" % person.user), 403)
    problem(owner.put(path + "/requests/%s/accept" % other.user), 404)
    accepted = owner.put(path + "/requests/%s/accept" % person.user)
    assert accepted.status_code == 200 and accepted.json()["users_count"] == 2
    assert owner.get(path + "/requests").json() == []
    problem(owner.put(path + "/requests/%s/accept" % person.user), 404)
    other.put(path + "/subscribe")
    assert owner.put(path + "/requests/%s/decline" % other.user).json() == {}
    assert other.user not in ids(owner, path + "/users")
    other.put(path + "/subscribe")
    assert other.put(path + "/unsubscribe").json() == {} and owner.get(path + "/requests").json() == []


def test_private(admin, user, found, problem):
    owner, outsider = user(), user()
    path = found(owner, visibility="private")
    for method, sub in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/users"), ("GET", "/posts/"), ("PUT", "/subscribe"),
                        ("PUT", "/unsubscribe"), ("GET", "/settings"), ("GET", "/history"), ("GET", "/bans"), ("GET", "/requests"),
                        ("POST", "/users/%s/invite" % outsider.user), ("GET", "/users/%s/invite" % outsider.user),
                        ("DELETE", "/users/%s/invite" % outsider.user), ("PUT", "/owner/" + outsider.user),
                        ("PUT", "/moderators/" + outsider.user), ("PUT", "/bans/" + owner.user)):
        hidden = outsider.request(method, path + sub)
        absent = outsider.request(method, "/communities/" + NOBODY + sub)
        problem(hidden, 404)
        assert {**hidden.json(), "request_id": "", "instance": ""} == {**absent.json(), "request_id": "", "instance": ""}, (method, sub)
    assert path.rsplit("/", 1)[1] not in ids(outsider, "/communities/")
    assert path.rsplit("/", 1)[1] in ids(owner, "/communities/")
    assert admin.get(path).status_code == 200


# --- invites


def invite(client, path, person):
    return client.post(path + "/users/%s/invite" % person.user)


def test_invite_accepted(server, user, found, problem):
    owner, guest, other = user(), user(), user()
    path = found(owner, visibility="private")
    made = invite(owner, path, guest)
    assert made.status_code == 200, made.text
    body = made.json()
    assert body["status"] == "pending" and {"_id", "status", "created_on"} <= set(body)
    assert made.headers["location"] == server.url + "/api/v1" + path + "/users/%s/invite" % guest.user
    problem(invite(owner, path, guest), 409)
    for client in (owner, guest):
        assert client.get(path + "/users/%s/invite" % guest.user).json() == body
    problem(other.get(path + "/users/%s/invite" % guest.user), 404)
    accept = path + "/invite/%s/accept" % body["_id"]
    problem(other.put(accept), 404)
    problem(owner.put(accept), 403)
    problem(guest.get(path), 404)
    answer = guest.put(accept)
    assert answer.status_code == 200 and answer.json()["_id"] == path.rsplit("/", 1)[1] and answer.json()["users_count"] == 2
    problem(guest.put(accept), 409)
    assert owner.get(path + "/users/%s/invite" % guest.user).json()["status"] == "accepted"
    assert guest.get(path).status_code == 200
    problem(invite(owner, path, guest), 409)


def test_invite_declined(user, found, problem):
    owner, guest = user(), user()
    path = found(owner)
    made = invite(owner, path, guest).json()
    answer = guest.put(path + "/invite/%s/decline" % made["_id"])
    assert answer.status_code == 200 and answer.json() == {}
    assert guest.get(path + "/users/%s/invite" % guest.user).json()["status"] == "declined"
    problem(guest.put(path + "/invite/%s/accept" % made["_id"]), 409)
    assert invite(owner, path, guest).json()["_id"] != made["_id"], "asking again is allowed"
    assert guest.put(path + "/subscribe").json()["membership"] == "member"
    assert guest.get(path + "/users/%s/invite" % guest.user).json()["status"] == "accepted"


def test_invite_withdrawn(user, found, problem, admin):
    owner, member, guest, outsider = user(), user(), user(), user()
    path = found(owner, member)
    link = path + "/users/%s/invite" % guest.user
    problem(owner.delete(link), 404)
    for person in (member, owner, admin): # who invited them, or who runs the community
        made = invite(member, path, guest).json()
        for other in (guest, outsider):
            problem(other.delete(link), 403)
        answer = person.delete(link)
        assert answer.status_code == 200 and answer.json() == {}
        problem(owner.get(link), 404)
        problem(person.delete(link), 403 if person is member else 404)
        for decision in ("accept", "decline"):
            problem(guest.put(path + "/invite/%s/%s" % (made["_id"], decision)), 410)
    assert invite(owner, path, guest).status_code == 200, "they can be invited again"
    problem(member.delete(link), 403)
    assert guest.put(path + "/subscribe").json()["membership"] == "member"
    problem(owner.delete(link), 409)
    owner.patch(path + "/settings", json={"visibility": "private"})
    problem(outsider.delete(link), 404)


def test_an_older_answer_outlives_a_withdrawal(user, found):
    owner, guest = user(), user()
    path = found(owner)
    link = path + "/users/%s/invite" % guest.user
    made = invite(owner, path, guest).json()
    assert guest.put(path + "/invite/%s/decline" % made["_id"]).status_code == 200
    assert invite(owner, path, guest).status_code == 200
    assert owner.delete(link).status_code == 200
    assert owner.get(link).json() == {**made, "status": "declined"}


def test_who_may_invite(user, found, problem):
    owner, member, outsider, guest = user(), user(), user(), user()
    public = found(owner, member)
    problem(invite(outsider, public, guest), 403)
    assert invite(member, public, guest).status_code == 200
    assert member.get(public + "/users/%s/invite" % guest.user).status_code == 200, "who invited may look"
    problem(outsider.get(public + "/users/%s/invite" % guest.user), 403)
    owner.patch(public + "/settings", json={"visibility": "restricted"})
    problem(invite(member, public, outsider), 403)
    assert invite(owner, public, outsider).status_code == 200
    assert outsider.put(public + "/subscribe").json()["membership"] == "member", "invited people need no approval"
    problem(owner.post(public + "/users/%s/invite" % NOBODY), 404)
    problem(owner.get(public + "/users/%s/invite" % NOBODY), 404)
    for missing in (NOBODY, "x"):
        problem(guest.put(public + "/invite/%s/accept" % missing), 404)
    elsewhere = found(owner)
    made = guest.get(public + "/users/%s/invite" % guest.user).json()
    problem(guest.put(elsewhere + "/invite/%s/accept" % made["_id"]), 404)


def test_invites_expire():
    import harness
    with harness.Server({"communities.invite_ttl": 1}) as server:
        admin = server.admin()
        guest = server.user(admin, "guest")
        path = "/communities/" + admin.post("/communities/new", json={"name": "N"}).json()["_id"]
        made = invite(admin, path, guest).json()
        until = time.time() + 10
        while guest.get(path + "/users/%s/invite" % guest.user).json()["status"] == "pending" and time.time() < until:
            time.sleep(0.1)
        assert guest.get(path + "/users/%s/invite" % guest.user).json()["status"] == "expired"
        assert guest.put(path + "/invite/%s/accept" % made["_id"]).status_code == 409
        assert invite(admin, path, guest).status_code == 200, "an expired one is in nobody's way"


# --- moderators, owner


def test_moderators(admin, user, found, problem):
    owner, member, outsider = user(), user(), user()
    path = found(owner, member)
    problem(owner.put(path + "/moderators/" + outsider.user), 409)
    problem(owner.put(path + "/moderators/" + NOBODY), 404)
    problem(owner.put(path + "/moderators/" + owner.user), 409)
    problem(member.put(path + "/moderators/" + member.user), 403)
    for _ in range(2):
        answer = owner.put(path + "/moderators/" + member.user)
        assert answer.status_code == 200 and answer.json()["role"] == "moderator"
    assert member.patch(path, json={"description": "By a moderator"}).status_code == 200
    problem(member.delete(path), 403)
    problem(member.put(path + "/moderators/" + outsider.user), 403)
    assert owner.delete(path + "/moderators/" + member.user).json() == {}
    problem(owner.delete(path + "/moderators/" + member.user), 404)
    problem(member.patch(path, json={"description": "X"}), 403)
    assert {"communities.moderator_added", "communities.moderator_removed"} <= set(types(admin, path))


def test_owner(user, found, problem):
    owner, member, outsider = user(), user(), user()
    path = found(owner, member)
    problem(owner.put(path + "/owner/" + outsider.user), 409)
    problem(member.put(path + "/owner/" + member.user), 403)
    answer = owner.put(path + "/owner/" + member.user)
    assert answer.status_code == 200 and answer.json()["created_by"] == owner.user
    problem(owner.delete(path), 403)
    assert owner.patch(path, json={"description": "Still a moderator"}).status_code == 200
    assert owner.put(path + "/unsubscribe").json() == {}
    assert member.delete(path).status_code == 200


# --- bans


def test_ban(admin, user, found, problem):
    owner, member, moderator = user(), user(), user()
    path = found(owner, member, moderator)
    owner.put(path + "/moderators/" + moderator.user)
    problem(member.put(path + "/bans/" + moderator.user, json={}), 403)
    problem(member.get(path + "/bans"), 403)
    answer = moderator.put(path + "/bans/" + member.user, json={"reason": "Spam"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["user"], body["reason"], body["until"], body["created_by"]) == (member.user, "Spam", None, moderator.user)
    assert owner.get(path).json()["users_count"] == 2, "a ban ends the membership"
    problem(member.post(path + "/posts/new", json={"content": "x"}), 403)
    problem(member.put(path + "/subscribe"), 403)
    problem(invite(owner, path, member), 409)
    assert ids(moderator, path + "/bans", "user") == [member.user]
    assert owner.delete(path + "/bans/" + member.user).json() == {}
    problem(owner.delete(path + "/bans/" + member.user), 404)
    assert member.put(path + "/subscribe").json()["membership"] == "member"
    problem(moderator.put(path + "/bans/" + owner.user, json={}), 409)
    problem(moderator.put(path + "/bans/" + NOBODY, json={}), 404)
    second = user()
    second.put(path + "/subscribe")
    owner.put(path + "/moderators/" + second.user)
    problem(moderator.put(path + "/bans/" + second.user, json={}), 403)
    assert owner.put(path + "/bans/" + second.user, json={}).status_code == 200
    problem(second.get(path + "/bans"), 403)


@pytest.mark.parametrize("body,field", [({"until": 1}, "until"), ({"until": -1}, "until"), ({"until": "soon"}, "until"),
                                        ({"until": 1e300}, "until"), ({"reason": 5}, "reason"), ({"reason": "x" * 1001}, "reason"),
                                        ({"user": NOBODY}, "user")])
def test_ban_refuses(user, found, problem, body, field):
    owner, member = user(), user()
    path = found(owner, member)
    problem(owner.put(path + "/bans/" + member.user, json=body), 422, field=field)
    assert member.user in ids(owner, path + "/users")


def test_timed_ban(user, found, problem):
    owner, member = user(), user()
    path = found(owner, member)
    until = int(time.time()) + 2
    assert owner.put(path + "/bans/" + member.user, json={"until": until}).json()["until"] == until
    problem(member.put(path + "/subscribe"), 403)
    while time.time() < until + 0.1:
        time.sleep(0.1)
    assert owner.get(path + "/bans").json() == []
    assert member.put(path + "/subscribe").json()["membership"] == "member"


def test_banned_cannot_accept(user, found, problem):
    owner, guest = user(), user()
    path = found(owner)
    made = invite(owner, path, guest).json()
    owner.put(path + "/bans/" + guest.user, json={})
    problem(guest.put(path + "/invite/%s/accept" % made["_id"]), 403)


# --- settings


def test_settings(user, found, problem):
    owner, member, outsider = user(), user(), user()
    path = found(owner, member) + "/settings"
    defaults = {"visibility": "public", "posts_per_day": 0, "approval_queue": False, "slow_mode": 0}
    assert owner.get(path).json() == member.get(path).json() == defaults
    problem(outsider.get(path), 403)
    problem(member.patch(path, json={"slow_mode": 1}), 403)
    changed = {"visibility": "private", "posts_per_day": 3, "approval_queue": True, "slow_mode": 60}
    answer = owner.patch(path, json=changed)
    assert answer.status_code == 200 and answer.json() == changed
    problem(outsider.get(path), 404)
    assert owner.patch(path, data={"approval_queue": "false"}).json() == {**changed, "approval_queue": False}
    tag = owner.get(path).headers["etag"]
    nothing = owner.patch(path, json={})
    assert nothing.status_code == 200 and nothing.json() == owner.get(path).json() and nothing.headers["etag"] == tag


@pytest.mark.parametrize("field,value", [("visibility", "x"), ("visibility", None), ("posts_per_day", -1), ("posts_per_day", 1.5),
                                         ("posts_per_day", "x"), ("approval_queue", "yes"), ("approval_queue", 1), ("slow_mode", -1),
                                         ("slow_mode", 86401), ("name", "x")])
def test_settings_refuse(user, found, problem, field, value):
    owner = user()
    path = found(owner) + "/settings"
    problem(owner.patch(path, json={field: value}), 422, field=field)
