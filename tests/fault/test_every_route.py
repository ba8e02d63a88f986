"""What holds for every route: asked of each that openapi.json has, so a new module's routes are asked too."""

import json
import re

import httpx
import pytest

from raw import request, statuses, talk

BASE = "/api/v1"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
ID = "0193a000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def paths(server):
    """{path with an id in it: {method: operation}} of the assembled document."""
    document = httpx.get(server.url + BASE + "/openapi.json", trust_env=False).json()
    served = {}
    for path, item in document["paths"].items():
        path = path[len(BASE):] if path.startswith(BASE) else path
        served[re.sub(r"\{[^}]*\}", ID, path)] = {name.upper(): item[name] for name in item if name.upper() in METHODS}
    assert len(served) > 25
    return served


def is_problem(answer, status=None):
    assert answer.headers["content-type"] == "application/problem+json", (answer.request.url, answer.text)
    body = answer.json()
    assert body["status"] == answer.status_code and body["code"] and body["title"] and body["request_id"] and body["type"]
    assert body["request_id"] == answer.headers["x-request-id"]
    if status:
        assert answer.status_code == status, (answer.request.method, answer.request.url, answer.text)
    return body


def test_other_methods_are_405_with_allow(paths, user):
    person = user()
    for path, served in paths.items():
        allowed = set(served) | {"OPTIONS"} | ({"HEAD"} if "GET" in served else set())
        for method in METHODS + ["HEAD"]:
            if method in allowed:
                continue
            answer = person.request(method, path)
            assert answer.status_code == 405, (method, path, answer.text)
            assert set(answer.headers["allow"].split(", ")) == allowed, (method, path)
            if method != "HEAD":
                is_problem(answer, 405)


def test_options_tell_the_methods(paths, server):
    for path, served in paths.items():
        for spelling in {path, path.rstrip("/"), path.rstrip("/") + "/"}:
            answer = httpx.options(server.url + BASE + spelling, trust_env=False)
            assert answer.status_code == 204 and not answer.content, spelling
            assert set(served) | {"OPTIONS"} <= set(answer.headers["allow"].split(", ")), spelling
            assert "access-control-allow-origin" not in answer.headers


def test_a_slash_at_the_end_changes_nothing(paths, user):
    person = user()
    for path, served in paths.items():
        for method in served:
            answers = [person.request(method, spelling, json={} if method in ("POST", "PUT", "PATCH") else None)
                       for spelling in (path.rstrip("/"), path.rstrip("/") + "/")
                       if (method, path) not in (("POST", "/auth/refresh"), ("POST", "/auth/logout"))]
            assert len({answer.status_code for answer in answers}) <= 1, (method, path)
        assert person.get(path.rstrip("/") + "//").status_code in (400, 404, 405), path


def test_head_is_get_without_the_body(paths, user, server):
    person = user()
    for path, served in paths.items():
        if "GET" not in served:
            continue
        got, head = person.get(path), person.request("HEAD", path)
        assert got.status_code == head.status_code and not head.content, path
        assert got.headers["content-type"] == head.headers["content-type"], path
        same = got.headers["content-length"] == head.headers["content-length"]
        assert same or path.endswith(".json") or "token" in got.text, path


def test_no_token_is_401_before_anything_else(paths, server):
    open_to_all = {"/auth/login", "/auth/csrf", "/openapi.json", "/asyncapi.json"}
    for path, served in paths.items():
        for method in served:
            if path in open_to_all:
                continue
            for body in (None, b"{", b'{"a":1}'):
                answer = httpx.request(method, server.url + BASE + path, content=body, trust_env=False)
                assert answer.headers["www-authenticate"].startswith("Bearer"), (method, path)
                is_problem(answer, 401)


def test_a_write_without_csrf_is_403(paths, user):
    person = user()
    for path, served in paths.items():
        for method in served:
            if method != "GET":
                answer = person.request(method, path, headers={"X-CSRF-Token": None}, json={})
                assert is_problem(answer, 403)["code"] == "csrf", (method, path)


def test_every_refusal_is_a_problem(paths, user):
    """Whatever an ordinary person gets for nonsense, it is a problem document, and never a 500."""
    person = user()
    bodies = [{}, {"json": {}}, {"json": {"nonsense": 1}}, {"json": []}, {"content": b"x"}, {"data": {"nonsense": "1"}},
              {"content": b"<a/>", "headers": {"Content-Type": "application/xml"}}]
    for path, served in paths.items():
        if path in ("/auth/logout", "/auth/refresh"):
            continue
        for method in served:
            for body in bodies if method != "GET" else [{}]:
                answer = person.request(method, path, **body)
                assert answer.status_code < 500, (method, path, answer.text)
                if answer.status_code >= 400:
                    is_problem(answer)


def test_unknown_query_parameters_are_named(paths, user):
    person = user()
    for path, served in paths.items():
        if "GET" in served:
            answer = person.get(path + "?nonsense=1")
            assert answer.status_code in (400, 403, 404), path
            is_problem(answer)


def test_bodies_as_forms(paths):
    """Every create and update takes JSON and forms."""
    for path, served in paths.items():
        for method, operation in served.items():
            content = operation.get("requestBody", {}).get("content")
            if content:
                assert set(content) == {"application/json", "application/x-www-form-urlencoded"}, (method, path)


def test_paths_in_other_spellings_reach_no_other_route(paths, server, user):
    person = user()
    header = "Authorization: Bearer " + person.token
    for path in paths:
        for spelling in (path.upper(), path.replace("/", "//"), path.replace("/", "/./"), path.replace("/", "%2f"),
                         path + "/..", path + "%00", path + ";x", path + "/%2e%2e/users"):
            if spelling == path:
                continue
            got, closed = talk(server, request(path=BASE + spelling, headers=[header], close=True))
            assert statuses(got)[0] in (400, 404, 405), (spelling, got[:200])


def test_methods_in_other_spellings(paths, server):
    for method in ("get", "Get", "GETT", "PROPFIND", "LINK", "TRACE", "CONNECT", "PRI", "PURGE", "SEARCH"):
        got, closed = talk(server, request(method, BASE + "/users/", close=True))
        assert statuses(got)[0] in (400, 405, 501), (method, got[:200])
        assert b"application/problem+json" in got, (method, got[:300])


def test_every_answer_forbids_sniffing(paths, user):
    person = user()
    for path in paths:
        for answer in (person.get(path), person.request("HEAD", path), person.post(path, json={})):
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert "server" not in answer.headers and "x-powered-by" not in answer.headers
            assert answer.headers["vary"] == "Origin" or "Accept-Encoding" in answer.headers["vary"]
            assert answer.headers["cache-control"]
