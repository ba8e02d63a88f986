"""H10: clients that dawdle cost a socket for a while, and nobody else anything."""

import socket
import time

from raw import drain, request, statuses

SOCKETS = 200
BASE = "/api/v1"


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def test_H10_slow_heads_bodies_and_readers(server, user):
    """A third each: half a head, half a body, answers that nobody reads."""
    person = user()
    head = ["Authorization: Bearer " + person.token, "X-CSRF-Token: " + person.csrf, "Content-Type: application/json"]
    half_head = request(path=BASE + "/users/", headers=head)[:-2]
    half_body = request("POST", BASE + "/communities/new", headers=head + ["Content-Length: 900"], body=b'{"name":')
    many = request(path=BASE + "/openapi.json") * 64
    slow = []
    for number in range(SOCKETS):
        slow.append(connect(server))
        slow[-1].sendall((half_head, half_body, many)[number % 3])
    began = time.monotonic()
    worst = 0
    while time.monotonic() < began + 8:
        for number in range(0, SOCKETS, 3):  # a byte now and then is not enough
            slow[number].sendall(b"x")
        before = time.monotonic()
        assert person.get("/users/").status_code == 200
        worst = max(worst, time.monotonic() - before)
        time.sleep(0.5)
    assert worst < 2
    for number, connection in enumerate(slow):
        connection.settimeout(8 if number % 3 < 2 else 0.2)
        if number % 3 == 2:
            continue
        got, closed = drain(connection)
        assert closed and statuses(got) == [408] and b"request_timeout" in got, (number, got[:200])
    assert time.monotonic() < began + 16
    for connection in slow:
        connection.close()
    assert person.get("/users/").status_code == 200


def test_A10_streams_leave_room_for_log_ins(server, admin, user):
    """Long streams take their share of the pool that checks passwords, never all of it; one too many is a 503."""
    person = user()
    name = admin.get("/users/" + person.user).json()["username"]
    head = ["Authorization: Bearer " + admin.token, "X-CSRF-Token: " + admin.csrf, "Content-Type: application/json"]
    streams = []
    for seed in range(6):
        body = b'{"count":100000,"seed":%d}' % (7000 + seed)
        streams.append(connect(server))
        streams[-1].sendall(request("POST", BASE + "/users/batch", headers=head + ["Content-Length: %d" % len(body)], body=body))
    try:
        first = [statuses(connection.recv(4096))[0] for connection in streams]
        assert sorted(first) == [200, 200, 503, 503, 503, 503]
        before = time.monotonic()
        assert server.login(name + "@example.org", "correct horse " + name).user == person.user
        assert time.monotonic() - before < 20
    finally:
        for connection in streams:
            connection.close()
    until = time.monotonic() + 30
    while admin.post("/users/batch", json={"count": 1, "seed": 7100}).status_code == 503:  # those who left end soon
        assert time.monotonic() < until
        time.sleep(0.1)
