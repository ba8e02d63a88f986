"""Users and auth: every row of api.md that needs no mail and no provider, bad input beside good."""

import json
import time

import httpx
import pytest

from harness import cookie_of

NOBODY = "0193a000-0000-7000-8000-000000000000"
PUBLIC = {"_id", "username", "name", "display_name", "location", "bio", "avatar", "tags", "created_on"}
FULL = PUBLIC | {"email", "roles", "updated_on"}


def account(username, **more):
    return {"username": username, "email": username + "@example.org", "password": "correct horse", **more}


def log_in(server, **body):
    door = server.client()
    pre = door.get("/auth/csrf")
    return door.post("/auth/login", json=body,
                     headers={"X-CSRF-Token": pre.json()["csrf_token"], "Cookie": cookie_of(pre)})


# --- POST /users/new


def test_new(server, admin):
    answer = admin.post("/users/new", json=account("newann", name="Ann Ärlig", tags="a, b"))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"_id", "email", "exp", "iat", "name", "sub", "token", "ver"}
    assert body["email"] == "newann@example.org" and body["name"] == "Ann Ärlig" and body["sub"] == body["_id"]
    assert body["exp"] - body["iat"] == 7 * 86400
    assert answer.headers["location"] == server.url + "/api/v1/users/" + body["_id"]
    person = server.with_token(body["token"])
    assert person.user == body["_id"]
    assert person.get("/users/").json()["tags"] == ["a", "b"]


def test_new_as_form(admin):
    answer = admin.post("/users/new", data=account("formann"))
    assert answer.status_code == 200 and answer.json()["name"] == "formann"


def test_new_is_for_admins(user, anonymous, problem):
    problem(user().post("/users/new", json=account("nope")), 403)
    problem(anonymous.post("/users/new", json=account("nope")), 401)


@pytest.mark.parametrize("field,value", [
    ("username", None), ("username", ""), ("username", "a b"), ("username", "-x"), ("username", "a" * 65), ("username", 5),
    ("username", "ä"), ("username", {"$ne": None}),
    ("email", None), ("email", "x"), ("email", "a@"), ("email", "@b"), ("email", "a b@example.org"), ("email", ["a@example.org"]),
    ("password", None), ("password", "short"), ("password", "x" * 257), ("password", 12345678),
    ("name", ""), ("name", "x" * 201), ("name", "a\nb"), ("avatar", "javascript:alert(1)"), ("tags", [1]), ("tags", ["x" * 51]),
    ("_id", NOBODY), ("roles", ["admin"]), ("created_on", 1), ("generation", 9), ("nonsense", "x"),
])
def test_new_refuses(admin, problem, field, value):
    problem(admin.post("/users/new", json={**account("refused"), field: value}), 422, field=field)
    assert admin.post("/users/new", json={}).json()["code"]


@pytest.mark.parametrize("field,value", [("email", "taken1@example.org"), ("email", "TAKEN1@Example.ORG"), ("username", "taken1"),
                                         ("username", "TAKEN1")])
def test_names_are_unique_in_any_case(admin, problem, field, value):
    admin.post("/users/new", json=account("taken1"))
    body = {**account("other%d" % len(value)), field: value}
    problem(admin.post("/users/new", json=body), 409, "conflict", field)


def test_both_taken_names_are_named(admin, problem):
    admin.post("/users/new", json=account("taken2"))
    body = problem(admin.post("/users/new", json=account("taken2")), 409, "conflict")
    assert {error["field"] for error in body["errors"]} == {"email", "username"}


# --- profiles


def test_own_profile(user):
    person = user()
    body = person.get("/users/").json()
    assert set(body) == FULL | {"exp", "iat", "sub", "token", "ver"}
    assert body["_id"] == body["sub"] == person.user and body["token"] == person.token
    assert body["roles"] == ["user"] and body["exp"] > body["iat"] > 1.7e9
    assert person.get("/users").json() == body


def test_own_profile_is_not_stored(user):
    assert "no-store" in user().get("/users/").headers["cache-control"]


def test_profiles(admin, user, anonymous, problem):
    person, other = user(), user()
    path = "/users/" + person.user
    assert set(person.get(path).json()) == set(admin.get(path).json()) == FULL
    assert set(other.get(path).json()) == PUBLIC
    problem(anonymous.get(path), 401)
    for missing in (NOBODY, "x", "new%20", "1"):
        problem(person.get("/users/" + missing), 404)
    tag = person.get(path).headers["etag"]
    assert person.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert other.get(path).headers["etag"] != tag, "who sees less has another answer"


def test_patch(admin, user):
    person = user()
    path = "/users/" + person.user
    changes = {"name": "Bo", "display_name": "bo!", "location": "Malmö", "bio": "Line\nby line", "avatar": "https://example.org/b.png",
               "tags": ["x", "y"]}
    answer = person.patch(path, json=changes)
    assert answer.status_code == 200 and answer.headers["location"].endswith(path)
    assert {key: answer.json()[key] for key in changes} == changes
    assert admin.patch(path, json={"location": None}).json()["location"] is None
    assert person.patch(path, data={"name": "Form", "tags": "p,q"}).json()["tags"] == ["p", "q"]
    history, tag = person.get(path + "/history").json(), person.get(path).headers["etag"]
    nothing = person.patch(path, json={})
    assert nothing.status_code == 200 and nothing.json()["name"] == "Form" and nothing.headers["etag"] == tag
    assert person.get(path + "/history").json() == history, "nothing changed, so nothing happened"


@pytest.mark.parametrize("field,value", [
    ("email", "x@example.org"), ("username", "x"), ("password", "longenough"), ("roles", ["admin"]), ("_id", NOBODY), ("deleted_on", 1),
    ("name", None), ("name", ""), ("name", 1), ("bio", "x" * 4001), ("avatar", "ftp://x"), ("tags", "x" * 60), ("tags", {"a": 1}),
])
def test_patch_refuses(user, problem, field, value):
    person = user()
    before = person.get("/users/" + person.user).json()
    problem(person.patch("/users/" + person.user, json={"location": "Oslo", field: value}), 422, field=field)
    assert person.get("/users/" + person.user).json() == before


def test_patch_rights(admin, user, anonymous, problem):
    person, other = user(), user()
    path = "/users/" + person.user
    problem(other.patch(path, json={"name": "X"}), 403)
    problem(other.patch(path, json={"nonsense": "X"}), 403)
    problem(anonymous.patch(path, json={"name": "X"}), 401)
    problem(admin.patch("/users/" + NOBODY, json={"name": "X"}), 404)
    tag = person.get(path).headers["etag"]
    assert person.patch(path, json={"name": "One"}, headers={"If-Match": tag}).status_code == 200
    problem(person.patch(path, json={"name": "Two"}, headers={"If-Match": tag}), 412)


# --- search


@pytest.fixture(scope="module")
def people(admin):
    """Three people to find."""
    made = {}
    for name, location in (("Zoë Quill", "Tromsø"), ("Zoe Quillon", "Córdoba"), ("Zoltan Other", "Tromsø")):
        username = "find" + name.split()[1].lower()
        made[name] = admin.post("/users/new", json=account(username, name=name, location=location)).json()["_id"]
    return made


def names(client, **query):
    answer = client.get("/users/search", params=query)
    assert answer.status_code == 200, answer.text
    return [hit["name"] for hit in answer.json()]


def test_search(server, user, people):
    person = user()
    hit = next(hit for hit in person.get("/users/search", params={"q": "Quill"}).json() if hit["_id"] == people["Zoë Quill"])
    assert set(hit) == {"_id", "name", "location", "display_name", "avatar", "bio", "tags"}
    assert hit["location"] == server.url + "/api/v1/users/" + people["Zoë Quill"]
    assert set(names(person, name="zoe qui")) == {"Zoë Quill", "Zoe Quillon"}
    assert set(names(person, location="cordoba")) == {"Zoe Quillon"}
    assert set(names(person, name="zo", location="troms")) == {"Zoë Quill", "Zoltan Other"}
    assert names(person, q="quill", location="cordoba") == ["Zoe Quillon"]
    assert names(person, name="Cordoba") == []
    assert names(person, q="findquill") != [], "usernames are searched too"
    assert names(person, q="findquill@example.org") in ([], names(person, q="findquill example org")), "e-mail is not"


def test_search_ranks(admin, user):
    admin.post("/users/new", json=account("ranked1", name="Somebody", bio="I know Umberto Xavier."))
    admin.post("/users/new", json=account("ranked2", name="Umberto Xavier"))
    assert names(user(), q="umberto xav") == ["Umberto Xavier", "Somebody"], "a name weighs more than a bio"


def test_search_pages(user, people):
    person = user()
    first = person.get("/users/search", params={"q": "zo", "limit": 1})
    assert len(first.json()) == 1 and "next" in first.links
    assert len(list(person.pages("/users/search", q="zo", limit=1))) == len(names(person, q="zo"))


@pytest.mark.parametrize("query", ["limit=101", "limit=0", "limit=x", "after=forged", "nonsense=1", "q=" + "x" * 201])
def test_search_refuses(user, problem, query):
    problem(user().get("/users/search?q=a&" + query if "q=" not in query else "/users/search?" + query), 400)


def test_search_shows_no_deactivated(server, admin, user):
    person = user()
    person.patch("/users/" + person.user, json={"name": "Vanishing Vera"})
    other = user()
    assert names(other, q="vanishing") == ["Vanishing Vera"]
    person.delete("/users/" + person.user)
    assert names(other, q="vanishing") == []


def test_search_needs_a_token(anonymous, problem):
    problem(anonymous.get("/users/search?q=a"), 401)


# --- deactivation


def test_deactivate(server, admin, user, problem):
    person, other = user(), user()
    path = "/users/" + person.user
    email = person.get("/users/").json()["email"]
    problem(other.delete(path), 403)
    answer = person.delete(path)
    assert answer.status_code == 200 and answer.json() == {}
    problem(person.get("/users/"), 401)
    for client in (other, admin):
        problem(client.get(path), 410)
    problem(admin.patch(path, json={"name": "X"}), 410)
    problem(admin.delete(path), 410)
    problem(admin.get(path + "/roles"), 410)
    name = email.split("@")[0]
    problem(log_in(server, email=email, password="correct horse " + name), 401, "bad_credentials")
    problem(admin.post("/users/new", json=account(name)), 409, field="username")
    assert [event["type"] for event in admin.get(path + "/history").json()][-1] == "users.deactivated"


# --- roles


def test_roles(server, admin, user, problem):
    person = user()
    path = "/users/%s/roles" % person.user
    assert admin.get(path).json() == {"_id": person.user, "roles": ["user"]}
    answer = admin.put(path, json={"roles": ["premium", "user", "premium"]})
    assert answer.status_code == 200 and answer.json()["roles"] == ["user", "premium"]
    assert person.get("/users/").json()["roles"] == ["user", "premium"], "a role more ends no session"
    before = person.get("/users/").json()["ver"]
    admin.put(path, json={"roles": ["user"]})
    problem(person.get("/users/"), 401)
    name = admin.get("/users/" + person.user).json()["username"]
    assert log_in(server, username=name, password="correct horse " + name).json()["ver"] == before + 1


def test_roles_refuse(admin, user, anonymous, problem):
    person = user()
    path = "/users/%s/roles" % person.user
    for body in ({}, {"roles": []}, {"roles": ["god"]}, {"roles": "user"}, {"roles": [1]}, {"roles": None}, {"roles": ["user"] * 7}):
        problem(admin.put(path, json=body), 422, field="roles")
    problem(admin.put(path, json={"roles": ["user"], "_id": NOBODY}), 422, field="_id")
    problem(person.get(path), 403)
    problem(person.put(path, json={"roles": ["admin"]}), 403)
    problem(anonymous.get(path), 401)
    for method in (admin.get, lambda path: admin.put(path, json={"roles": ["user"]})):
        problem(method("/users/%s/roles" % NOBODY), 404)


def test_last_admin_stays(server, admin, user, problem):
    """Other tests of this server may have made admins; their end is part of this test."""
    path = "/users/%s/roles" % admin.user
    problem(admin.put(path, json={"roles": ["user"]}), 409)
    problem(admin.delete("/users/" + admin.user), 409)
    second = user()
    second_path = "/users/%s/roles" % second.user
    assert admin.put(second_path, json={"roles": ["user", "admin"]}).status_code == 200
    assert second.put(second_path, json={"roles": ["user"]}).status_code == 200, "one is left"
    problem(admin.put(path, json={"roles": ["user"]}), 409)


# --- history


def test_history(admin, user, problem):
    person, other = user(), user()
    path = "/users/" + person.user
    person.patch(path, json={"name": "Renamed"})
    events = person.get(path + "/history").json()
    assert [event["type"] for event in events][:2] == ["users.created", "users.updated"]
    assert events[1]["data"]["name"] == "Renamed" and events[1]["actor"] == person.user
    for event in events:
        assert set(event) == {"event_id", "type", "version", "time", "actor", "on_behalf_of", "data"}
        assert abs(event["time"] - time.time()) < 600
    text = json.dumps(admin.get(path + "/history").json())
    assert "argon2" not in text and "password" not in text
    problem(other.get(path + "/history"), 403)
    problem(admin.get("/users/%s/history" % NOBODY), 404)
    problem(person.get(path + "/history?limit=101"), 400)


# --- sessions


def test_csrf(anonymous, user):
    pre = anonymous.get("/auth/csrf")
    assert set(pre.json()) == {"csrf_token"} and "c18n_pre=" in cookie_of(pre)
    person = user()
    own = person.get("/auth/csrf")
    assert own.json()["csrf_token"] == person.csrf and "set-cookie" not in own.headers


def test_login(server, admin, user):
    person = user()
    me = person.get("/users/").json()
    password = "correct horse " + me["username"]
    for who in ({"email": me["email"]}, {"email": me["email"].upper()}, {"username": me["username"]}):
        answer = log_in(server, **who, password=password)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert set(body) == {"_id", "email", "name", "sub", "token", "iat", "exp", "ver", "csrf_token"}
        assert body["_id"] == body["sub"] == me["_id"] and body["token"] != person.token
        assert "no-store" in answer.headers["cache-control"]
    assert server.client(body["token"]).get("/users/").json()["_id"] == me["_id"]
    assert "auth.logged_in" in [event["type"] for event in admin.pages("/users/%s/history" % me["_id"], limit=100)]


def test_login_refuses(server, user, problem):
    me = user().get("/users/").json()
    wrong = problem(log_in(server, email=me["email"], password="wrong wrong"), 401, "bad_credentials")
    unknown = problem(log_in(server, email="no" + me["email"], password="wrong wrong"), 401, "bad_credentials")
    assert {**wrong, "request_id": ""} == {**unknown, "request_id": ""}
    for body in ({}, {"email": me["email"]}, {"password": "x"}, {"email": 1, "password": "x"}, {"email": me["email"], "password": ""},
                 {"email": me["email"], "password": "x", "roles": ["admin"]}):
        problem(log_in(server, **body), 422)
    problem(server.client().post("/auth/login", json={"email": me["email"], "password": "x"}), 403, "csrf")


def test_dummies_of_a_batch_cannot_log_in(server, admin, problem):
    admin.post("/users/batch", json={"count": 1, "seed": 77})
    for password in ("", "x", "dummy-77-1", "password"):
        assert log_in(server, username="dummy-77-1", password=password).status_code in (401, 422)


def test_logout(user, problem):
    person = user()
    answer = person.post("/auth/logout")
    assert answer.status_code == 200 and answer.json() == {}
    assert "c18n_session=;" in ";".join(answer.headers.get_list("set-cookie")) + ";"
    problem(person.get("/users/"), 401)
    problem(person.post("/auth/logout"), 401)


def test_refresh(server, user, problem):
    person = user()
    answer = person.post("/auth/refresh")
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"_id", "email", "name", "sub", "token", "iat", "exp", "ver", "csrf_token"}
    problem(person.get("/users/"), 401)
    problem(person.post("/auth/refresh"), 401)
    fresh = server.client(body["token"], body["csrf_token"])
    assert fresh.patch("/users/" + person.user, json={"name": "Still me"}).status_code == 200


def test_sessions_need_a_token(anonymous, problem):
    for path in ("/auth/logout", "/auth/refresh"):
        problem(anonymous.post(path), 401)


# --- batch


def batch(client, **body):
    answer = client.post("/users/batch", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_batch(admin):
    lines = batch(admin, count=600, seed=5)
    assert lines[-1] == {"done": True, "created": 600}
    counts = [line["created"] for line in lines[:-1]]
    assert counts == sorted(counts) and counts[-1] == 600 and len(counts) > 1
    hits = {hit["name"] for hit in admin.pages("/users/search", q="dummy-5-", limit=100)}
    assert len(hits) > 50, "they have names of people"
    assert batch(admin, count=3, seed=5)[-1]["created"] == 3, "the same seed again makes more people"


def test_batch_refuses(admin, user, problem):
    for body in ({}, {"count": 0}, {"count": -1}, {"count": 100001}, {"count": "many"}, {"count": 1.5}, {"count": 1, "seed": -1},
                 {"count": 1, "x": 1}):
        problem(admin.post("/users/batch", json=body), 422)
    problem(user().post("/users/batch", json={"count": 1}), 403)


def test_login_with_a_cookie_jar(server, user):
    """A client that keeps cookies by the book, over plain HTTP as on a developer's machine, logs in without tricks."""
    person = user()
    email = person.get("/users/").json()["email"]
    with httpx.Client(base_url=server.url + "/api/v1", trust_env=False) as jar:
        csrf = jar.get("/auth/csrf").json()["csrf_token"]
        answer = jar.post("/auth/login", json={"email": email, "password": "correct horse " + email.split("@")[0]},
                          headers={"X-CSRF-Token": csrf})
        assert answer.status_code == 200, answer.text
        assert answer.json()["token"]
