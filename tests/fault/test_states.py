"""Things that end: invites, memberships, offices, posts, communities, accounts. What must not work afterwards."""

import pytest

NOBODY = "0193a000-0000-7000-8000-000000000000"


@pytest.fixture
def place(user):
    """(owner, moderator, member, path) of a fresh community."""
    owner, moderator, member = user(), user(), user()
    path = "/communities/" + owner.post("/communities/new", json={"name": "States"}).json()["_id"]
    for person in (moderator, member):
        assert person.put(path + "/subscribe").status_code == 200
    assert owner.put("%s/moderators/%s" % (path, moderator.user)).status_code == 200
    return owner, moderator, member, path


def members(person, path):
    return [item["_id"] for item in person.pages(path + "/users", limit=100)]


def test_an_invite_ends_once(place, user):
    owner, moderator, member, path = place
    guest = user()
    invite = "%s/invite/%s" % (path, owner.post("%s/users/%s/invite" % (path, guest.user)).json()["_id"])
    for other in (owner, moderator, member, user()):
        assert other.put(invite + "/accept").status_code in (403, 404)
    assert guest.put(path + "/subscribe").status_code == 200  # joining takes the invite
    for turn in range(2):
        assert guest.put(invite + "/accept").status_code == 409 and guest.put(invite + "/decline").status_code == 409
        assert guest.put(path + "/unsubscribe").status_code == 200
    assert guest.user not in members(owner, path)


def test_an_invite_is_no_way_round_a_ban(place, user):
    owner, moderator, member, path = place
    guest = user()
    invite = "%s/invite/%s" % (path, owner.post("%s/users/%s/invite" % (path, guest.user)).json()["_id"])
    assert moderator.put("%s/bans/%s" % (path, guest.user), json={}).status_code == 200
    assert guest.put(invite + "/accept").json()["code"] == "banned"
    assert guest.put(path + "/subscribe").json()["code"] == "banned"
    assert owner.post("%s/users/%s/invite" % (path, guest.user)).status_code == 409


def test_a_request_is_no_way_round_a_ban(place, user):
    owner, moderator, member, path = place
    owner.patch(path + "/settings", json={"visibility": "restricted"})
    guest = user()
    assert guest.put(path + "/subscribe").json()["membership"] == "pending"
    assert moderator.put("%s/bans/%s" % (path, guest.user), json={}).status_code == 200
    assert moderator.put("%s/requests/%s/accept" % (path, guest.user)).status_code == 404
    assert guest.put(path + "/subscribe").status_code == 403


def test_the_owner_stays_until_somebody_else_is(place, user, admin):
    owner, moderator, member, path = place
    assert owner.put(path + "/unsubscribe").status_code == 409
    for who in (owner, moderator, admin):
        assert who.put("%s/bans/%s" % (path, owner.user), json={}).status_code == 409
    for target, status in ((user().user, 409), (NOBODY, 404), ("x", 404)):
        assert owner.put("%s/owner/%s" % (path, target)).status_code == status
    assert moderator.put("%s/owner/%s" % (path, moderator.user)).status_code == 403
    assert owner.delete("%s/moderators/%s" % (path, owner.user)).status_code == 404
    assert owner.put("%s/owner/%s" % (path, member.user)).status_code == 200
    assert owner.delete(path).status_code == 403 and owner.patch(path, json={"name": "Still staff"}).status_code == 200
    assert owner.put(path + "/unsubscribe").status_code == 200
    assert owner.put(path + "/subscribe").json()["membership"] == "member"


def test_moderators_do_nothing_to_each_other(place, user):
    owner, moderator, member, path = place
    owner.put("%s/moderators/%s" % (path, member.user))
    for method, at in (("PUT", "/bans/"), ("DELETE", "/moderators/"), ("PUT", "/owner/"), ("PUT", "/moderators/")):
        answer = moderator.request(method, path + at + member.user, json={} if at == "/bans/" else None)
        assert answer.status_code == 403, at
    assert owner.put("%s/bans/%s" % (path, member.user), json={}).status_code == 200
    assert member.patch(path, json={"name": "Mine"}).status_code == 403
    owner.delete("%s/bans/%s" % (path, member.user))
    assert member.put(path + "/subscribe").json()["membership"] == "member"  # the office is gone for good


def test_nothing_happens_to_what_is_deleted(place):
    owner, moderator, member, path = place
    post = path + "/posts/" + member.post(path + "/posts/new", json={"content": "once"}).json()["_id"]
    assert moderator.delete(post).status_code == 200
    for person in (owner, moderator, member):
        for method, body in (("GET", None), ("PUT", {"content": "x"}), ("PATCH", {"content": "x"}), ("PATCH", {}), ("DELETE", None)):
            assert person.request(method, post, json=body).status_code == 410, method
        assert [event["type"] for event in person.get(post + "/history").json()] == ["posts.created", "posts.deleted"]
    assert owner.get(path).json()["posts_count"] == 0
    assert owner.delete(path).status_code == 200
    for method, at, body in (("GET", "", None), ("PATCH", "", {"name": "x"}), ("DELETE", "", None), ("GET", "/users", None),
                             ("POST", "/posts/new", {"content": "x"}), ("PUT", "/subscribe", None), ("PUT", "/unsubscribe", None),
                             ("PATCH", "/settings", {"visibility": "public"}), ("PUT", "/bans/" + member.user, {}),
                             ("PUT", "/owner/" + member.user, None), ("POST", "/users/%s/invite" % NOBODY, None)):
        assert owner.request(method, path + at, json=body).status_code == 410, (method, at)
    assert owner.get(path + "/history").json()[-1]["type"] == "communities.deleted"


def test_counters_are_not_the_clients(place):
    owner, moderator, member, path = place
    for field in ("likes", "comments", "shares", "shared_with", "created_by", "created_on", "status", "_id", "community"):
        for method, at in (("POST", "/posts/new"),):
            answer = member.request(method, path + at, json={"content": "x", field: 5})
            assert answer.status_code == 422 and field in [error["field"] for error in answer.json()["errors"]]
    for field in ("users_count", "posts_count", "owner", "created_by", "deleted_on", "visibility_", "_rev"):
        assert owner.patch(path, json={field: 5}).status_code == 422
    assert owner.get(path).json()["users_count"] == 3


def test_who_closes_the_account_leaves(place, admin, user):
    """Members are those whom the list shows, and as many as users_count says; also when the owner goes."""
    owner, moderator, member, path = place
    elsewhere = "/communities/" + member.post("/communities/new", json={"name": "Elsewhere"}).json()["_id"]
    owner.put(elsewhere + "/subscribe")
    assert member.delete("/users/" + member.user).status_code == 200
    assert owner.get(path).json()["users_count"] == 2 == len(members(owner, path))
    assert members(owner, elsewhere) == [owner.user] and owner.get(elsewhere).json()["users_count"] == 1
    assert admin.put("%s/owner/%s" % (elsewhere, owner.user)).status_code == 200
    assert owner.patch(elsewhere + "/settings", json={"visibility": "private"}).status_code == 200
    assert admin.delete("/users/" + moderator.user).status_code == 200
    assert owner.get(path).json()["users_count"] == 1 == len(members(owner, path))
