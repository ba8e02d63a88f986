import functools
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import echo  # noqa: E402

has_engine = functools.cache(echo.has_engine)


@pytest.fixture(scope="session", params=echo.ENGINES)
def engine(request):
    if not has_engine(request.param):
        pytest.skip("NOT CHECKED: this build has no engine %s" % request.param)
    return request.param


@pytest.fixture(scope="session")
def strict(engine):
    """A server with the limits that c18nd has."""
    with echo.Echo(engine, max_message=65536, max_queue=262144) as server:
        yield server


@pytest.fixture(scope="session")
def deflating(engine):
    with echo.Echo(engine, max_message=65536, max_queue=262144, deflate=1) as server:
        yield server
