"""Fixtures that all tests through a socket share."""

import itertools
import sys
import pathlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import harness  # noqa: E402

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server():
    """One server for all tests that don't restart it or change its settings."""
    with harness.Server() as running:
        yield running


@pytest.fixture(scope="session")
def admin(server):
    return server.admin()


@pytest.fixture
def user(server, admin):
    """A function that makes a fresh person."""
    return lambda: server.user(admin, "person%d" % next(numbers))


@pytest.fixture
def anonymous(server):
    client = server.client()
    yield client
    client.close()
