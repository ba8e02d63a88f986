"""Rows A1-A5, A9, A10 and C1-C5: who asks, and is it really theirs."""

import base64
import hashlib
import hmac
import json
import time

import pytest

import harness
from harness import cookie_of


def b64(value):
    if not isinstance(value, bytes):
        value = json.dumps(value).encode()
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def parts(server, admin):
    """(secret, header, claims) of a good token: the test is in the owner's place and can sign."""
    secret = (server.data / "auth.secret").read_text().strip()
    head, body, _ = admin.token.split(".")
    pad = "=" * 3
    return secret, json.loads(base64.urlsafe_b64decode(head + pad)), json.loads(base64.urlsafe_b64decode(body + pad))


def sign(secret, header, claims, digest=hashlib.sha256):
    signed = b64(header) + "." + b64(claims)
    for key in (bytes.fromhex(secret),):
        return signed + "." + b64(hmac.new(key, signed.encode(), digest).digest())


def test_we_can_sign(server, parts):
    """The forgeries below fail for what is forged in them, not because we can't sign."""
    secret, header, claims = parts
    assert server.client(sign(secret, header, claims)).get("/users/").status_code == 200


@pytest.mark.parametrize("header", [None, "Basic cm9vdDpyb290", "Bearer", "Bearer a.b.c", "bearer x", "Bearer a b",
                                    "Digest x", "Bearer " + "a" * 7000])
def test_A1_no_or_other_credentials(server, header):
    answer = server.client().get("/users/", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_A1_query_tokens_are_never_read(server, admin):
    for name in ("token", "access_token"):
        answer = server.client().get("/users/?%s=%s" % (name, admin.token))
        assert answer.status_code in (400, 401)
    assert admin.token not in server.text_log()


FORGED = {
    "A2 none": lambda h, c: ({**h, "alg": "none"}, c),
    "A2 None": lambda h, c: ({**h, "alg": "None"}, c),
    "A2 nOnE": lambda h, c: ({**h, "alg": "nOnE"}, c),
    "A2 HS512": lambda h, c: ({**h, "alg": "HS512"}, c),
    "A2 RS256": lambda h, c: ({**h, "alg": "RS256"}, c),
    "A2 crit": lambda h, c: ({**h, "crit": ["exp"]}, c),
    "A2 b64 false": lambda h, c: ({**h, "b64": False}, c),
    "A4 jku": lambda h, c: ({**h, "jku": "http://127.0.0.1/"}, c),
    "A4 jwk": lambda h, c: ({**h, "jwk": {"kty": "oct", "k": ""}}, c),
    "A4 x5u": lambda h, c: ({**h, "x5u": "http://127.0.0.1/"}, c),
    "A4 kid path": lambda h, c: ({**h, "kid": "../../../../dev/null"}, c),
    "A5 expired": lambda h, c: (h, {**c, "exp": int(time.time()) - 1, "jti": "0193a000-0000-7000-8000-000000000001"}),
    "A5 nbf in the future": lambda h, c: (h, {**c, "nbf": int(time.time()) + 600}),
    "A5 iat in the future": lambda h, c: (h, {**c, "iat": int(time.time()) + 600}),
    "A5 no exp": lambda h, c: (h, {k: v for k, v in c.items() if k != "exp"}),
    "A5 exp 1e308": lambda h, c: (h, {**c, "exp": 1e308}),
    "A5 exp text": lambda h, c: (h, {**c, "exp": str(c["exp"])}),
    "A5 iss": lambda h, c: (h, {**c, "iss": "someone"}),
    "A5 aud": lambda h, c: (h, {**c, "aud": "someone"}),
    "A5 typ": lambda h, c: ({**h, "typ": "at+jwt"}, c),
    "other person": lambda h, c: (h, {**c, "sub": "0193a000-0000-7000-8000-000000000000"}),
    "older generation": lambda h, c: (h, {**c, "ver": c["ver"] - 1}),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_forged(server, parts, forge):
    secret, header, claims = parts
    answer = server.client(sign(secret, *forge(header, claims))).get("/users/")
    assert answer.status_code == 401 and answer.json()["code"] == "invalid_token"


def test_A2_signatures(server, parts, admin):
    head, body, signature = admin.token.split(".")
    for token in (head + "." + body + ".", head + "." + body, "." + body + "." + signature, admin.token + ".x", admin.token + "=",
                  head + "." + body + "." + signature[:-2] + ("AA" if signature[-2:] != "AA" else "BB"),
                  json.dumps({"payload": body, "protected": head, "signature": signature})):
        assert server.client(token).get("/users/").status_code == 401, token


def test_A9_logout_refresh_and_lost_rights(server, admin, user):
    person = user()
    assert person.post("/auth/logout").status_code == 200
    assert person.get("/users/").status_code == 401

    other = user()
    fresh = other.post("/auth/refresh")
    assert fresh.status_code == 200
    assert other.get("/users/").status_code == 401, "the old token ends with the rotation"
    other = server.with_token(fresh.json()["token"])

    path = "/users/%s/roles" % other.user
    assert other.get(path).status_code == 403
    assert admin.put(path, json={"roles": ["user", "admin"]}).status_code == 200
    assert other.get(path).status_code == 200, "a right won is there at the next request"
    assert admin.put(path, json={"roles": ["user"]}).status_code == 200
    assert other.get(path).status_code in (401, 403), "a right lost is lost at the next request"

    third = user()
    assert admin.delete("/users/" + third.user).status_code == 200
    assert third.get("/users/").status_code == 401


def test_A10_guessing_is_slowed_down(server, user):
    door = server.client()
    person = user()
    pre = door.get("/auth/csrf")
    headers = {"X-CSRF-Token": pre.json()["csrf_token"], "Cookie": cookie_of(pre)}
    name = person.get("/users/").json()["email"]
    answers = [door.post("/auth/login", json={"email": name, "password": "guess %d" % i}, headers=headers) for i in range(8)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 3
    assert "retry-after" in answers[-1].headers
    unknown = door.post("/auth/login", json={"email": "nobody@example.org", "password": "x"}, headers=headers)
    same = [{k: v for k, v in answer.json().items() if k != "request_id"} for answer in (unknown, answers[0])]
    assert same[0] == same[1], "nothing tells an unknown account from a wrong password"


def test_C1_csrf(server, admin, user):
    body = {"name": "C", "description": "D"}
    person = user()
    for token in (None, "", "x", person.csrf):
        answer = admin.post("/communities/new", json=body, headers={"X-CSRF-Token": token})
        assert answer.status_code == 403 and answer.json()["code"] == "csrf", token
    assert admin.post("/communities/new", json=body).status_code == 200


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1.evil"},
                                     {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}])
def test_C2_origin(admin, headers):
    answer = admin.post("/communities/new", json={"name": "C", "description": "D"}, headers=headers)
    assert answer.status_code == 403
    assert admin.post("/communities/new", json={"name": "C", "description": "D"},
                      headers={"Origin": admin.server.url, "Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_C3_preflight(server):
    answer = server.client().request("OPTIONS", "/communities/new", headers={
        "Origin": "http://evil.example", "Access-Control-Request-Method": "POST"})
    assert answer.status_code == 204
    assert "access-control-allow-origin" not in answer.headers and "Origin" in answer.headers["vary"]


def test_C4_only_frontends_may_connect():
    with harness.Server({"core.frontends": "10.9.8.0/24"}) as server:
        import socket
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            try:
                connection.sendall(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert connection.recv(100) == b""
            except (ConnectionResetError, BrokenPipeError):
                pass


def test_cookie_session(server, user):
    """A browser has no Authorization header: the session cookie serves, and needs the CSRF token all the same."""
    person = user()
    email = person.get("/users/").json()["email"]
    door = server.client()
    pre = door.get("/auth/csrf")
    login = door.post("/auth/login", json={"email": email, "password": "correct horse " + email.split("@")[0]},
                      headers={"X-CSRF-Token": pre.json()["csrf_token"], "Cookie": cookie_of(pre)})
    assert login.status_code == 200
    session = [value for value in login.headers.get_list("set-cookie") if value.startswith("c18n_session=")][0]
    for mark in ("HttpOnly", "SameSite=Lax", "Secure"):
        assert mark in session
    cookie = session.split(";")[0]
    assert door.get("/users/", headers={"Cookie": cookie}).json()["email"] == email
    refused = door.post("/communities/new", json={"name": "C", "description": "D"}, headers={"Cookie": cookie})
    assert refused.status_code == 403
    taken = door.post("/communities/new", json={"name": "C", "description": "D"},
                      headers={"Cookie": cookie, "X-CSRF-Token": login.json()["csrf_token"]})
    assert taken.status_code == 200
