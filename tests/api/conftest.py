"""What tests of users, communities and posts share: people in communities, and what an error must look like."""

import itertools

import pytest

numbers = itertools.count(1)
NOBODY = "0193a000-0000-7000-8000-000000000000"


@pytest.fixture
def found(admin):
    """A function that founds a community with some settings and brings people into it: found(owner, *members)."""

    def make(owner, *members, settings=None, **body):
        number = next(numbers)
        body = {"name": "Community %d" % number, "description": "About %d" % number, **body}
        answer = owner.post("/communities/new", json=body)
        assert answer.status_code == 200, answer.text
        path = "/communities/" + answer.json()["_id"]
        for member in members:
            joined = member.put(path + "/subscribe")
            assert joined.status_code == 200 and joined.json()["membership"] == "member", joined.text
        if settings:
            changed = owner.patch(path + "/settings", json=settings)
            assert changed.status_code == 200, changed.text
        return path

    return make


@pytest.fixture
def problem():
    """A function that checks an error answer: problem(answer, 422, field="name", code=…)."""

    def check(answer, status, code=None, field=None):
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert body["status"] == status and body["title"] and body["code"] and body["request_id"]
        if code:
            assert body["code"] == code
        if field:
            assert field in [error["field"] for error in body["errors"]]
        return body

    return check


def pytest_make_parametrize_id(config, val, argname):
    """Long values get short names."""
    text = repr(val)
    return text if len(text) <= 40 else text[:37] + "..."
