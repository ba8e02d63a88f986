"""What systemd does for a server, by a stand-in: it holds the API's socket, hears READY, and restarts."""

import contextlib
import os
import socket
import subprocess
import threading
import time

import httpx
import pytest

import harness


class Manager:
    """Binds the socket before any server runs, and passes it on as descriptor 3; keeps what servers tell it."""

    def __init__(self, folder):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(folder / "notify"))
        self.told, self.changed = [], threading.Condition()
        self.server = harness.Server({"core.listen": "127.0.0.1:1"})  # not used: the address is the socket's
        self.folder, self.process = folder, None
        threading.Thread(target=self.hear, daemon=True).start()

    def hear(self):
        with contextlib.suppress(OSError):
            while True:
                words = self.notify.recv(256).decode()
                with self.changed:
                    self.told.append(words)
                    self.changed.notify_all()

    def wait_for(self, words, count=1):
        with self.changed:
            assert self.changed.wait_for(lambda: self.told.count(words) >= count, 60), self.told

    def pass_on(self):
        os.dup2(self.listener.fileno(), 3)
        os.set_inheritable(3, True)

    def start(self):
        """LISTEN_PID must be the server's own, which only the new process knows: hence the shell."""
        environment = {**os.environ, "LISTEN_FDS": "1", "NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": "400000"}
        with open(self.server.log, "ab") as log:
            self.process = subprocess.Popen(
                ["sh", "-c", 'export LISTEN_PID=$$; exec "$@"', "sh", str(harness.BUILD / "core/c18nd"), *self.server.arguments()],
                env=environment, preexec_fn=self.pass_on, close_fds=False, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)

    def stop(self):
        self.process.terminate()
        assert self.process.wait(60) == 0, self.server.text_log()

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.listener.close()
        self.notify.close()
        self.server.folder.cleanup()


@pytest.fixture
def manager(tmp_path):
    made = Manager(tmp_path)
    yield made
    made.close()


def test_who_connects_while_no_server_runs_is_served_by_the_next(manager):
    with socket.create_connection(manager.listener.getsockname(), timeout=60) as early:
        early.sendall(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        manager.start()
        assert early.recv(15) == b"HTTP/1.1 200 OK"
    manager.wait_for("READY=1")
    assert "listening on " + manager.url[7:] in manager.server.text_log()
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
