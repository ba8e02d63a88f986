"""What systemd does for a server, by a stand-in: it holds the API's socket, hears READY, and restarts."""

import shutil
import socket
import threading
import time

import httpx
import pytest

import harness
import restarts


@pytest.fixture
def manager(tmp_path):
    made = restarts.Manager(tmp_path)
    yield made
    made.close()


def test_who_connects_while_no_server_runs_is_served_by_the_next(manager):
    with socket.create_connection(manager.listener.getsockname(), timeout=60) as early:
        early.sendall(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        manager.start()
        assert early.recv(15) == b"HTTP/1.1 200 OK"
    manager.wait_for("READY=1")
    manager.wait_for_log("listening on " + manager.url[7:])
    manager.wait_for("WATCHDOG=1", 2)
    manager.stop()
    manager.wait_for("STOPPING=1")
    assert [words for words in manager.told if words != "WATCHDOG=1"] == ["READY=1", "STOPPING=1"]


def test_restarts_lose_no_request(manager):
    """Each request on a connection of its own, as by a proxy: every one is answered, by the old server or the new."""
    manager.start()
    manager.wait_for("READY=1")
    ended, answered, failed = threading.Event(), [], []

    def ask():
        while not ended.is_set():
            try:
                answer = httpx.get(manager.url + "/api/v1/asyncapi.json", headers={"Connection": "close"}, timeout=60, trust_env=False)
                (answered if answer.status_code == 200 else failed).append(answer.status_code)
            except httpx.HTTPError as error:
                failed.append(repr(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(2, 6):
        time.sleep(0.3)
        manager.stop()
        manager.start()
        manager.wait_for("READY=1", number)
    ended.set()
    for thread in threads:
        thread.join()
    manager.stop()
    assert not failed and len(answered) > 20


def test_P2_switching_a_module_under_load_loses_no_request(tmp_path):
    """Keep-alive connections, busy and idle ones; tests/bench/restart is the same with 100,000 requests."""
    conf = tmp_path / "conf.d"
    shutil.copytree(harness.TOP / "conf.d", conf)
    made = restarts.Manager(tmp_path, conf)
    try:
        load = restarts.switch_under_load(made, conf, count=10000, restarts=3)
        assert not load.failed and load.done == 10000, load.failed[:10]
    finally:
        made.close()
