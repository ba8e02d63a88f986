"""User-groups: every row of api.md that is theirs, by every role, bad input beside good."""

import concurrent.futures
import json
import re
import time

import pytest

import harness

NOBODY = "0193a000-0000-7000-8000-000000000000"
FIELDS = {"_id", "name", "description", "created_on", "updated_on", "active_on", "archived_on", "created_by", "community", "users",
          "messages", "users_count", "visibility", "history"}


@pytest.fixture
def grouped(found):
    """A function that makes a group in a community and brings people into both: grouped(maker, *members, visibility=…)."""

    def make(maker, *members, community=None, **body):
        community = community or found(maker, *members)
        answer = maker.post(community + "/usergroups/new", json={"name": "Group", "description": "D", **body})
        assert answer.status_code == 200, answer.text
        path = community + "/usergroups/" + answer.json()["_id"]
        for member in members:
            assert maker.put(path + "/users/%s/invite" % member.user).status_code == 200
            assert member.put(path + "/join").status_code == 200
        return path

    return make


def id_of(path):
    return path.rsplit("/", 1)[1]


def community_of(path):
    return path.rsplit("/usergroups/", 1)[0]


def ids(client, path):
    return [item["_id"] for item in client.pages(path, limit=2)]


def types(client, path):
    return [event["type"] for event in client.pages(path + "/history", limit=100)]


def roles(client, path):
    return {item["_id"]: item["role"] for item in client.pages(path + "/users", limit=100)}


# --- making, showing, changing


def test_new(server, user, found):
    maker = user()
    community = found(maker)
    answer = maker.post(community + "/usergroups/new", json={"name": "Bakers", "description": "Sour\nand sweet"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    path = community + "/usergroups/" + body["_id"]
    base = server.url + "/api/v1"
    assert set(body) == FIELDS
    assert (body["name"], body["description"], body["created_by"]) == ("Bakers", "Sour\nand sweet", maker.user)
    assert body["community"] == base + community and body["users"] == base + path + "/users"
    assert (body["visibility"], body["history"], body["users_count"], body["archived_on"]) == ("open", "all", 1, None)
    assert abs(body["created_on"] - time.time()) < 60 and body["created_on"] == body["active_on"] == body["updated_on"]
    assert answer.headers["location"] == base + path
    assert roles(maker, path) == {maker.user: "owner"}
    shown = maker.get(path)
    assert shown.json() == body and maker.get(path, headers={"If-None-Match": shown.headers["etag"]}).status_code == 304


def test_new_by_form_and_once(user, found):
    maker = user()
    path = found(maker) + "/usergroups/new"
    assert maker.post(path, data={"name": "Form", "visibility": "closed"}).json()["visibility"] == "closed"
    made = [maker.post(path, json={"name": "Once"}, headers={"Idempotency-Key": "k"}).json()["_id"] for _ in range(2)]
    assert made[0] == made[1]


@pytest.mark.parametrize("field,value", [
    ("name", None), ("name", ""), ("name", "x" * 201), ("name", 1), ("name", "a\tb"), ("description", 1), ("description", "x" * 10001),
    ("visibility", "secret"), ("visibility", ""), ("history", "none"), ("history", True), ("_id", NOBODY), ("created_by", NOBODY),
    ("community", NOBODY), ("users_count", 5), ("active_on", 5), ("archived_on", 5), ("role", "owner"),
])
def test_new_refuses(user, found, problem, field, value):
    maker = user()
    problem(maker.post(found(maker) + "/usergroups/new", json={"name": "N", field: value}), 422, field=field)


def test_update(user, grouped, problem):
    maker, member = user(), user()
    path = grouped(maker, member)
    tag = maker.get(path).headers["etag"]
    changed = maker.patch(path, json={"name": "Renamed"}, headers={"If-Match": tag})
    assert changed.status_code == 200 and (changed.json()["name"], changed.json()["description"]) == ("Renamed", "D")
    problem(maker.patch(path, json={"name": "Lost"}, headers={"If-Match": tag}), 412)
    assert maker.patch(path, data={"history": "joined"}).json()["history"] == "joined"
    assert maker.patch(path, json={}).status_code == 200
    problem(member.patch(path, json={"name": "X"}), 403)
    for field in ("created_by", "community", "users_count", "active_on", "membership"):
        problem(maker.patch(path, json={field: "x"}), 422, field=field)
    assert types(maker, path) == ["usergroups.created"] + 2 * ["usergroups.updated"], "no change, no event"


def test_delete(admin, user, grouped, problem):
    maker, member = user(), user()
    path = grouped(maker, member)
    problem(member.delete(path), 403)
    assert maker.delete(path).json() == {}
    for client in (maker, member, admin):
        problem(client.get(path), 410)
        problem(client.put(path + "/join"), 410)
        problem(client.put(path + "/leave"), 410)
        problem(client.get(path + "/users"), 410)
    problem(maker.delete(path), 410)
    assert id_of(path) not in ids(maker, community_of(path) + "/usergroups/")
    assert types(maker, path)[-1] == "usergroups.deleted", "history stays"


def test_list_newest_first_and_by_page(user, found, grouped):
    maker, member, other = user(), user(), user()
    community = found(maker, member, other)
    made = [grouped(maker, community=community, name="G%d" % number) for number in range(5)]
    hidden = grouped(maker, member, community=community, visibility="hidden")
    for client, shown in ((maker, made + [hidden]), (member, made + [hidden]), (other, made)):
        assert ids(client, community + "/usergroups/") == [id_of(path) for path in reversed(shown)]
    first = other.get(community + "/usergroups/?limit=2")
    assert len(first.json()) == 2 and 'rel="next"' in first.headers["link"]
    for limit in ("0", "-1", "101", "abc"):
        assert other.get(community + "/usergroups/?limit=" + limit).status_code == 400
    assert other.get(community + "/usergroups/?after=forged").status_code == 400


def test_users_by_page(user, grouped):
    maker = user()
    members = [user() for _ in range(4)]
    path = grouped(maker, *members)
    assert ids(maker, path + "/users") == [maker.user] + [member.user for member in members], "oldest first"
    item = maker.get(path + "/users?limit=1").json()[0]
    assert set(item) == {"_id", "name", "location", "display_name", "avatar", "role", "joined_on"}, "nothing that is not public"


# --- who may do what

WHO = ("anonymous", "outsider", "banned", "community member", "moderator", "founder", "admin", "member", "helper", "maker")
# A letter for each of WHO. 1: 401, 3: 403, 4: 404, 0: 410, +: passes.
GONE, HIDDEN_GONE = "1000000000", "1444440000"
WANTED = {
    "reader": {"open": "133+++++++", "closed": "133+++++++", "hidden": "144444++++", "archived": "133+++++++", "deleted": GONE,
               "hidden deleted": HIDDEN_GONE, "of a private community": "144+++++++", "of a deleted community": GONE},
    "member": {"open": "133333++++", "closed": "133333++++", "hidden": "144444++++", "archived": "133333++++", "deleted": GONE,
               "hidden deleted": HIDDEN_GONE, "of a private community": "144333++++", "of a deleted community": GONE},
    "admin": {"open": "1333+++3++", "closed": "1333+++3++", "hidden": "144444+3++", "archived": "1333+++3++", "deleted": GONE,
              "hidden deleted": HIDDEN_GONE, "of a private community": "1443+++3++", "of a deleted community": GONE},
    "owner": {"open": "13333++33+", "closed": "13333++33+", "hidden": "144444+33+", "archived": "13333++33+", "deleted": GONE,
              "hidden deleted": HIDDEN_GONE, "of a private community": "14433++33+", "of a deleted community": GONE},
    "history": {"open": "1333+++3++", "closed": "1333+++3++", "hidden": "144444+3++", "archived": "1333+++3++",
                "deleted": "1333+++3++", "hidden deleted": "144444+3++", "of a private community": "1443+++3++",
                "of a deleted community": "1333+++3++"},
    # Nobody is invited by an invite that there isn't; then it is a 404 whatever else is true.
    "invited": {state: "1444444444" for state in ("open", "closed", "hidden", "archived", "deleted", "hidden deleted",
                                                  "of a private community", "of a deleted community")},
}
STATES = list(WANTED["reader"])
# Method, path, policy, and what who passes is told: in an archived group as well as in another.
ROUTES = [
    ("GET", "", "reader", 200, 200), ("GET", "/users", "reader", 200, 200), ("GET", "/history", "history", 200, 200),
    ("PATCH", "", "admin", 200, 409), ("DELETE", "/users/" + NOBODY, "admin", 404, 404),
    ("PUT", "/users/%s/invite" % NOBODY, "member", 404, 409), ("GET", "/users/%s/invite" % NOBODY, "admin", 404, 404),
    ("DELETE", "/users/%s/invite" % NOBODY, "admin", 404, 404), ("PUT", "/admins/" + NOBODY, "owner", 404, 404),
    ("DELETE", "/admins/" + NOBODY, "owner", 404, 404), ("PUT", "/owner/" + NOBODY, "owner", 404, 404),
    ("PUT", "/invite/%s/accept" % NOBODY, "invited", 404, 404), ("PUT", "/invite/%s/decline" % NOBODY, "invited", 404, 404),
]


@pytest.fixture(scope="module")
def cast(server, admin):
    """{who: client} of WHO, and a group a state in which they are that."""
    people = {name: server.user(admin, "cast" + name.replace(" ", "")) for name in WHO if name not in ("anonymous", "admin")}
    people.update(anonymous=server.client(), admin=admin)
    groups = {}
    for state in STATES:
        visibility = "private" if "private" in state else "public"
        made = people["founder"].post("/communities/new", json={"name": state, "visibility": visibility})
        community = "/communities/" + made.json()["_id"]

        def enter(name, people=people, community=community):
            people["founder"].post(community + "/users/%s/invite" % people[name].user)
            assert people[name].put(community + "/subscribe").status_code == 200

        for name in ("community member", "moderator", "member", "helper", "maker"):
            enter(name)
        people["founder"].put(community + "/moderators/" + people["moderator"].user)
        people["founder"].put(community + "/bans/" + people["banned"].user, json={})
        shape = {"name": state, "visibility": next((word for word in ("closed", "hidden") if word in state), "open")}
        path = community + "/usergroups/" + people["maker"].post(community + "/usergroups/new", json=shape).json()["_id"]
        for name in ("member", "helper"):
            people["maker"].put(path + "/users/%s/invite" % people[name].user)
            assert people[name].put(path + "/join").status_code == 200
        assert people["maker"].put(path + "/admins/" + people["helper"].user).status_code == 200
        if state == "archived":
            assert people["maker"].put(path + "/archive").status_code == 200
        elif state.endswith("deleted"):
            assert people["maker"].delete(path).status_code == 200
        elif state.startswith("of a deleted"):
            assert people["founder"].delete(community).status_code == 200
        groups[state] = path
    return people, groups


def test_every_row_is_asked(server, anonymous):
    """What is not in ROUTES changes the cast's groups, and is in a test of its own below."""
    own = {"PUT /join", "PUT /leave", "PUT /archive", "PUT /unarchive", "DELETE "}
    paths = anonymous.get("/openapi.json").json()["paths"]
    prefix = "/communities/{community}/usergroups/{group}"
    there = {"%s %s" % (method.upper(), path.split(prefix)[1]) for path, item in paths.items() if prefix in path
             for method in item if method in ("get", "put", "patch", "delete", "post")}
    asked = {"%s %s" % (method, path.replace("/users/" + NOBODY, "/users/{user}").replace("/admins/" + NOBODY, "/admins/{user}")
                        .replace("/owner/" + NOBODY, "/owner/{user}").replace("/invite/" + NOBODY, "/invite/{invite}"))
             for method, path, *_ in ROUTES}
    assert there == asked | own


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("method,rest,policy,passes,archived", ROUTES, ids=lambda value: str(value).replace(NOBODY, "x") or "itself")
def test_by_role_and_state(cast, method, rest, policy, passes, archived, state):
    people, groups = cast
    passes = archived if state == "archived" else passes
    statuses = {"1": 401, "3": 403, "4": 404, "0": 410, "+": passes}
    got = {name: people[name].request(method, groups[state] + rest, json={} if method == "PATCH" else None).status_code for name in WHO}
    assert got == {name: statuses[letter] for name, letter in zip(WHO, WANTED[policy][state])}


@pytest.mark.parametrize("change,undo,policy", [("/archive", "/unarchive", "admin"), ("/unarchive", "/archive", "admin")])
def test_archiving_by_role(cast, change, undo, policy):
    people, groups = cast
    state = "archived" if change == "/unarchive" else "open"
    statuses = {"1": 401, "3": 403, "4": 404, "+": 200}
    for name, letter in zip(WHO, WANTED[policy][state]):
        assert people[name].put(groups[state] + change).status_code == statuses[letter], name
        assert people["maker"].put(groups[state] + undo).status_code == 200
    for state in ("hidden", "deleted", "hidden deleted", "of a private community", "of a deleted community"):
        got = {name: people[name].put(groups[state] + undo).status_code for name in WHO if name not in ("admin", "helper", "maker")}
        wanted = {**statuses, "0": 410}
        assert all(status == wanted[letter] for name, letter in zip(WHO, WANTED[policy][state])
                   for status in [got.get(name, wanted[letter])] if letter != "+"), (state, got)


def test_the_list_and_making_by_role(cast, user):
    people, groups = cast
    for state, wanted in (("open", "133+++++++"), ("of a private community", "144+++++++"), ("of a deleted community", GONE)):
        path = community_of(groups[state]) + "/usergroups/"
        statuses = {"1": 401, "3": 403, "4": 404, "0": 410, "+": 200}
        got = {name: people[name].get(path).status_code for name in WHO}
        assert got == {name: statuses[letter] for name, letter in zip(WHO, wanted)}, state
        got = {name: people[name].post(path + "new", json={"name": "N"}).status_code for name in WHO}
        assert got == {**{name: statuses[letter] for name, letter in zip(WHO, wanted)},
                       "admin": 410 if "deleted" in state else 409}, "who makes a group belongs to its community"


def test_a_group_under_another_community_is_none(user, grouped, found):
    maker = user()
    path, other = grouped(maker), found(maker)
    for method, rest in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("PUT", "/leave"), ("GET", "/users"), ("GET", "/history")):
        assert maker.request(method, other + "/usergroups/" + id_of(path) + rest, json={} if method == "PATCH" else None).status_code == 404


# --- joining and leaving


def test_join_and_leave(user, found, grouped, problem):
    maker, member = user(), user()
    community = found(maker, member)
    path = grouped(maker, community=community)
    for _ in range(2):
        joined = member.put(path + "/join")
        assert joined.status_code == 200 and joined.json()["membership"] == "member" and joined.json()["users_count"] == 2
        assert set(joined.json()) == FIELDS | {"membership"}
    assert maker.put(path + "/join").json()["membership"] == "owner"
    for _ in range(2):
        assert member.put(path + "/leave").json() == {}
    assert roles(maker, path) == {maker.user: "owner"} and maker.get(path).json()["users_count"] == 1


def test_closed_is_by_invite(admin, user, found, grouped, problem):
    maker, member, outsider = user(), user(), user()
    community = found(maker, member)
    closed = grouped(maker, community=community, visibility="closed")
    hidden = grouped(maker, community=community, visibility="hidden")
    problem(member.put(closed + "/join"), 403, code="invite_only")
    problem(member.put(hidden + "/join"), 404)
    problem(outsider.put(closed + "/join"), 403)
    problem(outsider.put(hidden + "/join"), 404)
    problem(admin.put(closed + "/join"), 409)
    for path in (closed, hidden):
        assert maker.put(path + "/users/%s/invite" % member.user).status_code == 200
        assert member.put(path + "/join").json()["membership"] == "member"


def test_the_owner_hands_over_or_is_the_last(user, grouped, problem):
    maker, member = user(), user()
    path = grouped(maker, member)
    problem(maker.put(path + "/leave"), 409, code="owner")
    problem(maker.delete(path + "/users/" + maker.user), 409, code="owner")
    problem(maker.put(path + "/owner/" + user().user), 409)
    assert maker.put(path + "/owner/" + member.user).status_code == 200
    assert roles(maker, path) == {maker.user: "admin", member.user: "owner"}
    assert maker.put(path + "/leave").status_code == member.put(path + "/leave").status_code == 200
    shown = maker.get(path).json()
    assert shown["users_count"] == 0 and shown["archived_on"], "nobody is in it"


def test_remove(user, grouped, problem):
    maker, helper, member, other = user(), user(), user(), user()
    path = grouped(maker, helper, member, other, visibility="closed")
    assert maker.put(path + "/admins/" + helper.user).json()["role"] == "admin"
    problem(member.delete(path + "/users/" + other.user), 403)
    problem(helper.delete(path + "/users/" + helper.user), 403)
    problem(helper.delete(path + "/users/" + maker.user), 409, code="owner")
    assert helper.delete(path + "/users/" + member.user).json() == {}
    problem(helper.delete(path + "/users/" + member.user), 404)
    problem(member.put(path + "/join"), 403)
    assert maker.delete(path + "/users/" + helper.user).json() == {}
    assert roles(maker, path) == {maker.user: "owner", other.user: "member"}


def test_admins(user, grouped, problem):
    maker, member = user(), user()
    path = grouped(maker, member)
    for _ in range(2):
        made = maker.put(path + "/admins/" + member.user)
        assert made.status_code == 200 and set(made.json()) == {"user", "group", "role", "created_on"}
    assert member.patch(path, json={"name": "By an admin"}).status_code == 200
    problem(maker.put(path + "/admins/" + maker.user), 409, code="owner")
    problem(maker.put(path + "/admins/" + user().user), 409)
    assert maker.delete(path + "/admins/" + member.user).json() == {}
    problem(maker.delete(path + "/admins/" + member.user), 404)
    problem(member.patch(path, json={"name": "X"}), 403)
    assert types(maker, path)[-3:] == ["usergroups.admin_added", "usergroups.updated", "usergroups.admin_removed"]


def test_archive(user, grouped, problem):
    maker, member, late = user(), user(), user()
    path = grouped(maker, member)
    late.put(community_of(path) + "/subscribe")
    archived = maker.put(path + "/archive").json()
    assert archived["archived_on"] and maker.put(path + "/archive").json() == archived
    problem(maker.patch(path, json={"name": "N"}), 409, code="archived")
    problem(late.put(path + "/join"), 409, code="archived")
    problem(maker.put(path + "/users/%s/invite" % late.user), 409, code="archived")
    assert member.get(path).status_code == member.get(path + "/users").status_code == member.put(path + "/leave").status_code == 200
    assert maker.put(path + "/unarchive").json()["archived_on"] is None
    assert late.put(path + "/join").status_code == 200
    assert types(maker, path)[1:] == ["usergroups.archived", "usergroups.unarchived"]


# --- invites


def test_invite(server, admin, user, found, grouped, problem):
    maker, member, guest, other = user(), user(), user(), user()
    path = grouped(maker, member, visibility="hidden")
    for person in (guest, other):
        person.put(community_of(path) + "/subscribe")
    mine = path + "/users/%s/invite" % guest.user
    made = member.put(mine)
    assert made.status_code == 200 and set(made.json()) == {"_id", "status", "created_on", "created_by", "user", "group", "community"}
    assert (made.json()["status"], made.json()["created_by"], made.json()["user"]) == ("pending", member.user, guest.user)
    assert made.headers["location"] == server.url + "/api/v1" + mine and made.json()["group"] == server.url + "/api/v1" + path
    assert maker.put(mine).json() == made.json() == guest.get(mine).json() == member.get(mine).json() == admin.get(mine).json()
    problem(other.get(mine), 404)
    answer = path + "/invite/" + made.json()["_id"]
    for client, status in ((maker, 403), (admin, 403), (member, 404), (other, 404)):
        problem(client.put(answer + "/accept"), status)
        problem(client.put(answer + "/decline"), status)
    problem(guest.get(path), 404)
    accepted = guest.put(answer + "/accept")
    assert accepted.status_code == 200 and accepted.json()["_id"] == id_of(path) and accepted.json()["users_count"] == 3
    assert guest.get(mine).json()["status"] == "accepted"
    problem(guest.put(answer + "/accept"), 409)
    problem(guest.delete(mine), 403)
    problem(maker.put(mine), 409)


def test_invite_ends_without_joining(user, grouped, problem):
    maker, guest = user(), user()
    path = grouped(maker, visibility="closed")
    guest.put(community_of(path) + "/subscribe")
    mine = path + "/users/%s/invite" % guest.user
    first = maker.put(mine).json()
    assert guest.put(path + "/invite/%s/decline" % first["_id"]).json() == {}
    assert guest.get(mine).json()["status"] == "declined"
    second = maker.put(mine).json()
    assert second["_id"] != first["_id"]
    problem(guest.delete(mine), 403)
    assert maker.delete(mine).json() == {}
    problem(guest.put(path + "/invite/%s/accept" % second["_id"]), 410)
    assert guest.get(mine).json()["_id"] == first["_id"], "the newest that is there"
    problem(guest.put(path + "/join"), 403)
    third = maker.put(mine).json()
    other = grouped(maker, community=community_of(path))
    problem(guest.put(other + "/invite/%s/accept" % third["_id"]), 404)
    assert guest.put(path + "/join").status_code == 200, "joining takes the invite"
    problem(guest.put(path + "/invite/%s/decline" % third["_id"]), 409)


def test_invite_refuses(user, grouped, problem):
    maker, member, outsider = user(), user(), user()
    path = grouped(maker, member)
    problem(maker.put(path + "/users/%s/invite" % member.user), 409)
    problem(maker.put(path + "/users/%s/invite" % outsider.user), 409)
    problem(maker.put(path + "/users/%s/invite" % NOBODY), 404)
    problem(maker.put(path + "/users/x/invite"), 404)


# --- what ends memberships


def test_who_leaves_the_community_leaves_its_groups(admin, user, found, grouped, problem):
    founder, maker, heir, member = user(), user(), user(), user()
    community = found(founder, maker, heir, member)
    path = grouped(maker, community=community)
    for client in (heir, member):
        client.put(path + "/join")
    assert maker.put(community + "/unsubscribe").status_code == 200
    assert roles(heir, path) == {heir.user: "owner", member.user: "member"}, "the oldest inherits"
    problem(maker.get(path), 403)
    assert founder.put(community + "/bans/" + heir.user, json={}).status_code == 200
    problem(heir.get(path), 403)
    assert roles(member, path) == {member.user: "owner"}
    assert admin.delete("/users/" + member.user).status_code == 200
    shown = founder.get(path).json()
    assert shown["users_count"] == 0 and shown["archived_on"]
    assert types(founder, path)[1:] == ["usergroups.owner_set", "usergroups.owner_set", "usergroups.archived"]


def test_a_community_that_turns_private_hides_its_groups(user, grouped, problem):
    maker, outsider = user(), user()
    path = grouped(maker)
    problem(outsider.get(path), 403)
    maker.patch(community_of(path) + "/settings", json={"visibility": "private"})
    problem(outsider.get(path), 404)
    assert maker.get(path).status_code == 200


# --- many at once


def at_once(server, people, call):
    """Each person's call in a thread and over a connection of its own; gives the answers in order."""
    clients = [server.client(person.token, person.csrf, person.user) for person in people]
    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(call, clients))


def test_joining_and_leaving_at_once(server, user, found, grouped):
    maker = user()
    people = [user() for _ in range(8)]
    path = grouped(maker, community=found(maker, *people))
    for step in ("/join", "/leave", "/join"):
        answers = at_once(server, people * 3, lambda client, step=step: client.put(path + step))
        assert {answer.status_code for answer in answers} == {200}
        count = 1 + (0 if step == "/leave" else len(people))
        assert maker.get(path).json()["users_count"] == count == len(roles(maker, path))
    made = at_once(server, [maker] * 12, lambda client: client.put(path + "/admins/" + people[0].user))
    assert {answer.status_code for answer in made} == {200}
    assert types(maker, path).count("usergroups.admin_added") == 1


def test_the_last_two_leave_at_once(server, user, grouped):
    maker, member = user(), user()
    path = grouped(maker, member)
    answers = at_once(server, [maker, member], lambda client: client.put(path + "/leave"))
    assert answers[1].status_code == 200 and answers[0].status_code in (200, 409)
    assert maker.put(path + "/leave").status_code == 200
    shown = maker.get(path).json()
    assert shown["users_count"] == 0 and shown["archived_on"] and types(maker, path).count("usergroups.archived") == 1


def test_one_invite_is_answered_once(server, user, grouped):
    maker, guest = user(), user()
    path = grouped(maker, visibility="closed")
    guest.put(community_of(path) + "/subscribe")
    invites = at_once(server, [maker] * 8, lambda client: client.put(path + "/users/%s/invite" % guest.user))
    assert len({answer.json()["_id"] for answer in invites}) == 1
    answer = path + "/invite/" + invites[0].json()["_id"]
    got = at_once(server, [guest] * 8, lambda client: client.put(answer + "/accept"))
    assert sorted(item.status_code for item in got) == [200] + [409] * 7
    assert maker.get(path).json()["users_count"] == 2


def test_the_most_recently_active_comes_first(user, found, grouped):
    maker = user()
    community = found(maker)
    first, second, third = (grouped(maker, community=community, name=name) for name in "abc")
    for path, order in ((first, (first, third, second)), (first, (first, third, second)), (second, (second, first, third)),
                        (third, (third, second, first))):
        said = maker.post("/usergroups/%s/messages/new" % id_of(path), json={"content": "Hello"})
        assert said.status_code == 200, said.text
        assert ids(maker, community + "/usergroups/") == [id_of(one) for one in order], "all in one second or two"
    assert maker.delete(third).status_code == 200
    assert ids(maker, community + "/usergroups/")[0] == id_of(second)


def test_an_archived_group_takes_no_messages(user, grouped, problem):
    maker = user()
    path = grouped(maker)
    messages = "/usergroups/%s/messages" % id_of(path)
    assert maker.post(messages + "/new", json={"content": "Before"}).status_code == 200
    maker.put(path + "/archive")
    problem(maker.post(messages + "/new", json={"content": "After"}), 409, code="archived")
    assert [message["content"] for message in maker.get(messages).json()] == ["Before"], "it is read"


# --- limits, files


def test_limits_of_the_settings(found):
    with harness.Server({"usergroups.members": 2, "usergroups.groups": 2}) as server:
        admin = server.admin()
        maker, second, third = (server.user(admin, name) for name in ("one", "two", "three"))
        community = "/communities/" + maker.post("/communities/new", json={"name": "C"}).json()["_id"]
        for person in (second, third):
            person.put(community + "/subscribe")
        paths = [community + "/usergroups/" + maker.post(community + "/usergroups/new", json={"name": "G"}).json()["_id"]
                 for _ in range(2)]
        refused = maker.post(community + "/usergroups/new", json={"name": "G"})
        assert refused.status_code == 409 and refused.json()["code"] == "groups"
        answers = at_once(server, [second, third], lambda client: client.put(paths[0] + "/join"))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert {answer.json().get("code") for answer in answers} == {None, "full"}
        assert maker.get(paths[0]).json()["users_count"] == 2


LINES = [
    {"kind": "user", "ref": "u1", "username": "ann", "name": "Ann", "email": "ann@example.org", "created_on": 1500000000},
    {"kind": "user", "ref": "u2", "username": "bo", "name": "Bo", "email": "bo@example.org", "created_on": 1500000000},
    {"kind": "user", "ref": "u3", "username": "cy", "name": "Cy", "email": "cy@example.org", "created_on": 1500000000},
    {"kind": "community", "ref": "c1", "name": "Bread", "by": "u1", "created_on": 1500000001},
    {"kind": "member", "community": "c1", "user": "u2", "created_on": 1500000002},
    {"kind": "usergroup", "ref": "g1", "community": "c1", "name": "Rye", "by": "u1", "created_on": 1500000006},
    {"kind": "group_member", "usergroup": "g1", "user": "u1", "created_on": 1500000007},
    {"kind": "group_member", "usergroup": "g1", "user": "u2", "created_on": 1500000008},
    {"kind": "usergroup", "ref": "g2", "community": "c1", "name": "Spelt", "description": "D", "by": "u2", "visibility": "hidden",
     "history": "joined", "archived_on": 1500000010, "created_on": 1500000009},
]
BAD = [
    ({"kind": "usergroup", "ref": "g3", "community": "c1", "name": "N", "by": "u3"}, "by"),
    ({"kind": "usergroup", "ref": "g4", "community": "c9", "name": "N", "by": "u1"}, "c9"),
    ({"kind": "group_member", "usergroup": "g1", "user": "u3"}, "user"),
    ({"kind": "group_member", "usergroup": "g9", "user": "u1"}, "g9"),
]


def without_ids(text):
    """An export with every id replaced by its number of first use."""
    numbers = {}
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
                  lambda found: str(numbers.setdefault(found.group(), len(numbers))), text)


def person(server, name):
    return server.with_token(server.ctl("token", "--user", name + "@example.org").stdout.strip())


def groups_of(server, admin):
    """The path of the only community, and its groups by name."""
    community = "/communities/" + admin.get("/communities/").json()[0]["_id"]
    return community, {item["name"]: item for item in admin.get(community + "/usergroups/").json()}


def change_hands(server):
    """What who made a group is in it by now: an admin, since it was handed over; nobody; back as a member. And one is gone."""
    community, groups = groups_of(server, server.admin())
    ann, bo, cy = (person(server, name) for name in ("ann", "bo", "cy"))
    rye = community + "/usergroups/" + groups["Rye"]["_id"]
    cy.put(community + "/subscribe")
    cy.put(rye + "/join")
    ann.put(rye + "/owner/" + cy.user)
    bo.put(rye + "/leave")
    bo.put(rye + "/join")
    for name in ("Left", "Back", "Lost"):
        made = community + "/usergroups/" + bo.post(community + "/usergroups/new", json={"name": name}).json()["_id"]
        ann.put(made + "/join")
        bo.put(made + "/owner/" + ann.user)
        bo.put(made + "/leave")
        if name == "Back":
            bo.put(made + "/join")
        if name == "Lost":
            ann.delete(made)


def test_import_and_export(tmp_path):
    path, packed = tmp_path / "groups.ndjson", tmp_path / "export.ndjson"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES + [line for line, _ in BAD]))
    with harness.Server() as first:
        done = first.ctl("import", "--keep-going", str(path), check=False)
        assert done.returncode == 65
        for number, (_, word) in enumerate(BAD, len(LINES) + 1):
            said = [line for line in done.stderr.splitlines() if ":%d:" % number in line]
            assert said and word in said[0], (number, done.stderr)
        _, groups = groups_of(first, first.admin())
        assert (groups["Rye"]["created_on"], groups["Rye"]["users_count"]) == (1500000006, 2)
        spelt = groups["Spelt"]
        assert (spelt["visibility"], spelt["history"], spelt["archived_on"]) == ("hidden", "joined", 1500000010)
        change_hands(first)
        exported = first.ctl("export", "-").stdout
        first.ctl("verify")
    packed.write_text(exported)
    kinds = [json.loads(line)["kind"] for line in exported.splitlines()]
    assert kinds.count("usergroup") == 4 and "Lost" not in exported
    with harness.Server() as second:
        second.ctl("import", str(packed))
        assert without_ids(second.ctl("export", "-").stdout) == without_ids(exported)
        second.ctl("user", "create", "--email", "boss@example.org", "--username", "boss", "--password-stdin", "--role", "admin",
                   input="correct horse boss\n")  # the file brought the usual one, who is an ordinary person here
        admin = person(second, "boss")
        community, groups = groups_of(second, admin)
        got = {name: sorted((item["name"], item["role"]) for item in admin.get(community + "/usergroups/%s/users" % group["_id"]).json())
               for name, group in groups.items()}
        assert got == {"Rye": [("Ann", "admin"), ("Bo", "member"), ("Cy", "owner")], "Spelt": [("Bo", "owner")],
                       "Left": [("Ann", "owner")], "Back": [("Ann", "owner"), ("Bo", "member")]}
        second.ctl("verify")
