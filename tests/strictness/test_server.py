"""c18nd on each engine: from the handshake to the close, with frames that break a rule between."""

import pytest

import echo
import harness
import ws_client
from ws_client import BINARY, NDJSON, TEXT


@pytest.mark.parametrize("engine", echo.ENGINES)
def test_server(engine):
    if not echo.has_engine(engine):
        pytest.skip("NOT CHECKED: this build has no engine %s" % engine)
    with harness.Server({"core.socket_engine": engine, "core.socket_deflate": "true"}) as server:
        person = server.user(server.admin(), "ann")
        for protocols, deflate in (((ws_client.JSON,), False), ((NDJSON,), False), ((NDJSON,), True)):
            with ws_client.connect(server, path=harness.BASE + "/socket", token=person.token, protocols=protocols, deflate=deflate) as socket:
                assert socket.wire.deflate == deflate
                assert socket.receive()["kind"] == "hello"
                assert socket.ask({"kind": "nonsense"})["kind"] == "nack"
                socket.send_json({"kind": "ping"})
                socket.wait_for("pong")
                socket.send_frame(TEXT, b"x", mask=False)
                assert socket.closed() == 1002
        with ws_client.connect(server, path=harness.BASE + "/socket", token=person.token) as socket:
            assert socket.receive()["kind"] == "hello"
            socket.send_frame(BINARY, bytes(65537))
            assert socket.closed() == 1009


def test_no_such_engine():
    server = harness.Server({"core.socket_engine": "other"})
    with pytest.raises(AssertionError):
        server.start()
    assert "socket_engine" in server.log.read_text()
