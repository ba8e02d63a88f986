"""Rows J1-J3 and Z1-Z4: bodies, and who may do what."""

import json

import pytest

NEW = "/communities/new"


def send(person, content, kind="application/json", **headers):
    return person.post(NEW, content=content, headers={"Content-Type": kind, **headers})


@pytest.mark.parametrize("row,content,status,code", [
    ("J1 too large", b'{"name":"' + b"a" * 1100000 + b'"}', 413, None),
    ("J1 too deep", b'{"name":' + b"[" * 40 + b"]" * 40 + b"}", 400, "json_too_deep"),
    ("J1 too many nodes", b'{"tags":[' + b"1," * 150000 + b"1]}", 400, None),
    ("J2 duplicate keys", b'{"name":"a","name":"b","description":"c"}', 400, None),
    ("J2 NaN", b'{"name":NaN}', 400, None),
    ("J2 lone surrogate", b'{"name":"\\ud800","description":"c"}', 400, None),
    ("J2 NUL", b'{"name":"a\\u0000b","description":"c"}', 400, None),
    ("J2 BOM", b'\xef\xbb\xbf{"name":"a","description":"c"}', 400, None),
    ("J2 trailing bytes", b'{"name":"a","description":"c"} x', 400, None),
    ("J2 bad UTF-8", b'{"name":"\xff\xfe","description":"c"}', 400, None),
    ("J2 array", b"[1]", 400, None),
    ("J2 empty", b"", 422, None),  # no body is an object without members: the missing field is named
    ("J3 operator", b'{"name":{"$ne":null},"description":"c"}', 422, None),
    ("Z3 read-only", b'{"_id":"x","name":"a","description":"c"}', 422, "unknown_or_readonly_field"),
    ("Z3 unknown", b'{"owner":"x","name":"a","description":"c"}', 422, "unknown_or_readonly_field"),
], ids=lambda value: value if isinstance(value, str) and " " in value else "")
def test_refused_bodies(admin, row, content, status, code):
    answer = send(admin, content)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status and problem["request_id"] == answer.headers["x-request-id"]
    assert problem["type"] and problem["title"] and problem["detail"]
    if code:
        assert problem["code"] == code
    if status == 422:
        assert problem["errors"] and all(error["field"] for error in problem["errors"])


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/jsonx", "text/json", ""])
def test_J2_content_types(admin, kind):
    assert send(admin, b'{"name":"a","description":"c"}', kind).status_code == 415


def test_J1_encoded_bodies_are_refused(admin):
    assert send(admin, b"x", **{"Content-Encoding": "gzip"}).status_code == 415


def test_forms_are_taken_too(admin):
    answer = admin.post(NEW, data={"name": "Form & co", "description": "+ä", "tags": "a,b"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["name"], answer.json()["description"], answer.json()["tags"]) == ("Form & co", "+ä", ["a", "b"])
    assert admin.post(NEW, content=b"name=%00&description=x",
                      headers={"Content-Type": "application/x-www-form-urlencoded"}).status_code in (400, 422)


def test_J3_text_stays_text(admin):
    name = "'; DROP TABLE history; -- \" $where {$gt: 1} %s <script>"
    made = admin.post(NEW, json={"name": name, "description": "x"}).json()
    assert admin.get("/communities/" + made["_id"]).json()["name"] == name
    for words in (name, '"', "*", "NEAR(", "a AND", "name:", "(", "-x", "^"):
        assert admin.get("/communities/search", params={"q": words}).status_code == 200, words


@pytest.mark.parametrize("limit", ["101", "0", "-1", "abc", "1e9", "100abc", "", "1.5", "+5", " 5"])
def test_Z4_limits(admin, limit):
    answer = admin.get("/communities/", params={"limit": limit})
    assert answer.status_code == 400 and answer.json()["code"] == "limit_out_of_range"


def test_Z4_cursors_are_bound(admin, user):
    for number in range(3):
        admin.post(NEW, json={"name": "page %d" % number, "description": "x"})
    first = admin.get("/communities/", params={"limit": 1})
    url = first.links["next"]["url"]
    assert url.startswith(admin.server.url + "/api/v1/communities/")
    after = url.split("after=")[1].split("&")[0]
    assert admin.get(url).status_code == 200
    assert user().get("/communities/", params={"limit": 1, "after": after}).status_code == 400
    assert admin.get("/communities/", params={"limit": 1, "after": after[:-3] + "AAA"}).status_code == 400
    assert admin.get("/communities/search", params={"q": "page", "after": after}).status_code == 400
    for forged in ("x", "", "A" * 300, "../..", "%00"):
        assert admin.get("/communities/", params={"after": forged}).status_code == 400, forged


def test_Z2_tricks_do_not_help(user):
    person = user()
    for headers in ({"X-HTTP-Method-Override": "GET"}, {"X-Original-URL": "/api/v1/users/"}, {"X-Rewrite-URL": "/x"}):
        assert person.post("/users/new", json={"username": "a1", "email": "a1@example.org", "password": "longenough1"},
                           headers=headers).status_code == 403
    for path in ("/USERS/new", "/users//new", "/users/new/", "/users/%6eew"):
        answer = person.post(path, json={"username": "a1", "email": "a1@example.org", "password": "longenough1"})
        assert answer.status_code in (403, 404, 405, 400), path


def test_idempotency(admin, user):
    key = {"Idempotency-Key": "k-1"}
    body = {"name": "Once", "description": "x"}
    first = admin.post(NEW, json=body, headers=key)
    again = admin.post(NEW, json=body, headers=key)
    assert first.status_code == again.status_code == 200 and first.content == again.content
    assert first.headers["location"] == again.headers["location"]
    other = admin.post(NEW, json={"name": "Twice", "description": "x"}, headers=key)
    assert other.status_code == 422
    assert user().post(NEW, json=body, headers=key).json()["_id"] != first.json()["_id"], "a key belongs to a person"
    assert admin.post(NEW, json=body, headers={"Idempotency-Key": "x" * 300}).status_code in (400, 422)


def test_conditional(admin):
    made = admin.post(NEW, json={"name": "Tag", "description": "x"}).json()
    path = "/communities/" + made["_id"]
    shown = admin.get(path)
    tag = shown.headers["etag"]
    same = admin.get(path, headers={"If-None-Match": tag})
    assert same.status_code == 304 and not same.content and same.headers["etag"] == tag
    assert admin.get(path, headers={"If-None-Match": '"x", W/' + tag}).status_code == 304
    assert admin.patch(path, json={"description": "y"}, headers={"If-Match": tag}).status_code == 200
    lost = admin.patch(path, json={"description": "z"}, headers={"If-Match": tag})
    assert lost.status_code == 412 and admin.get(path).json()["description"] == "y"
    assert admin.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_unknown_paths_and_methods(admin, anonymous):
    assert anonymous.get("/nothing").status_code == 404
    wrong = anonymous.put("/auth/csrf")
    assert wrong.status_code == 405 and "GET" in wrong.headers["allow"]
    assert admin.get("/communities").status_code == admin.get("/communities/").status_code == 200
    for path in ("/communities/not-an-id", "/communities/0193A000-0000-7000-8000-000000000000", "/users/1"):
        assert admin.get(path).status_code == 404, path
