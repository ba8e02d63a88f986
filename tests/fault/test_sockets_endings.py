"""Rows W2 and A9 where a socket is ending already: nothing of what is queued leaves once the token or the session is over."""

import time

import pytest

import harness
import ws_client
from own_modules import site_of
from test_sockets_lifecycle import SOURCE, claims_of, connect, eventually, metric, token_of

QUESTION = ws_client.frame_bytes(ws_client.TEXT, ws_client.as_json({"id": "1", "kind": "now", "text": "x" * 39000}))
ANSWERS = 'c18n_socket_frames_total{direction="out"}'
CUT = 'c18n_sockets_closed_total{code="%d"}'


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    with harness.Server(**site_of(tmp_path_factory.mktemp("endings"), gate=SOURCE)) as server:
        server.root = server.admin()
        yield server


def ask_without_reading(made, most):
    """Sends so many questions, or as many as are taken, one by one."""
    made.connection.settimeout(1)
    try:
        for _ in range(most):
            made.send_raw(QUESTION)
            time.sleep(0.01)
    except OSError:
        pass  # it was cut


@pytest.fixture(scope="module")
def room_for(gate):
    """How many answers the buffers of both sides and the queue hold of who reads nothing."""
    before, cut = metric(gate, ANSWERS), metric(gate, CUT % 1013)
    made = connect(gate, gate.user(gate.root, "probe"), receive_buffer=4096)
    ask_without_reading(made, 1000)
    eventually(lambda: metric(gate, CUT % 1013) == cut + 1)
    return int(metric(gate, ANSWERS) - before) - 1


WAYS = {"flood": ws_client.frame_bytes(ws_client.PING) * 1000, "fault": ws_client.frame_bytes(ws_client.PING, mask=False),
        "close": ws_client.frame_bytes(ws_client.CLOSE)}


@pytest.mark.parametrize("ending, way", [("expired", "flood"), *(("revoked", way) for way in WAYS)])
def test_w2_what_ends_slowly_can_end_at_once(gate, room_for, ending, way):
    """Its close frame waits behind what its client does not read; then its time is over."""
    ann = gate.user(gate.root, ending + way)
    token = token_of(gate, ann, "6s") if ending == "expired" else ann.token
    expires = claims_of(token)["exp"]
    made = connect(gate, token, receive_buffer=4096)
    ask_without_reading(made, room_for - 3)
    made.send_raw(WAYS[way])
    time.sleep(0.5)
    assert metric(gate, "c18n_sockets") == 1, "it waits for who does not read"
    if ending == "revoked":
        assert ann.post("/auth/logout").status_code in (200, 204)
    else:
        assert time.time() < expires
        time.sleep(max(0, expires - time.time()))
    eventually(lambda: metric(gate, "c18n_sockets") == 0, 15)  # 30 s would be a slow reader's due
    try:
        made.closed()
    except (ws_client.BadServer, OSError):
        pass  # it ends in the middle of a frame
    assert len(made.passed) < room_for - 3 and "nack" not in [each["kind"] for each in made.passed], "no more than buffers had"
    made.connection.close()
