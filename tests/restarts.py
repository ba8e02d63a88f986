"""A server under a stand-in for systemd, which holds the API's socket, and clients that keep their connections while it restarts.

Manager starts and stops servers that inherit the socket. Load asks over 64 connections, as a well-behaved client does: it
closes a connection whose answer said so, and opens another where the server ended an idle one. A request fails when it gets
no answer, or another than 2xx.
"""

import asyncio
import contextlib
import os
import random
import socket
import subprocess
import threading
import time

import httpx

import harness

CONNECTIONS = 64
PAUSES = (0, 0, 0, 0, 0.001, 0.01, 0.1, 0.7)  # seconds between two requests; the last ones are idle when the server stops


class Manager:
    """Binds the socket before any server runs, and passes it on as descriptor 3; keeps what servers tell it."""

    def __init__(self, folder, conf=None):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.address = self.listener.getsockname()
        self.url = "http://127.0.0.1:%d" % self.address[1]
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(folder / "notify"))
        self.told, self.changed = [], threading.Condition()
        settings = {"core.listen": "127.0.0.1:1", "core.public_url": self.url}  # the address is the socket's
        self.server = harness.Server(settings, conf=conf)
        self.server.url = self.url
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

    def wait_for_log(self, words):
        """The log is written by a thread of its own: a line may come after what it tells of."""
        until = time.monotonic() + 60
        while words not in self.server.text_log():
            assert time.monotonic() < until, self.server.text_log()
            time.sleep(0.01)

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

    def restart(self):
        ready = self.told.count("READY=1")
        self.stop()
        self.start()
        self.wait_for("READY=1", ready + 1)

    def modules(self):
        return {module["id"] for module in httpx.get(self.server.operators + "/modules", trust_env=False).json()}

    def close(self):
        for client in self.server.clients:
            client.close()
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.listener.close()
        self.notify.close()
        self.server.folder.cleanup()


class Connection(asyncio.Protocol):
    def __init__(self, load, number):
        self.load, self.pause, self.asked, self.buffer = load, PAUSES[number % len(PAUSES)], None, b""
        self.ended = load.loop.create_future()

    def connection_made(self, transport):
        self.transport = transport
        self.ask()

    def ask(self):
        if self.transport.is_closing():
            return
        self.asked = self.load.next_request()
        if self.asked:
            self.transport.write(self.asked[1])
        else:
            self.transport.close()

    def data_received(self, data):
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        lengths = [int(line[15:]) for line in lines if line.startswith(b"content-length:")]
        if not separator or len(body) < lengths[0]:
            return
        self.buffer = b""
        self.load.answered(self.asked[0], int(lines[0].split()[1]))
        self.asked = None
        if b"connection: close" in lines:
            self.transport.close()
        elif self.pause:
            self.load.loop.call_later(self.pause, self.ask)
        else:
            self.ask()

    def connection_lost(self, error):
        if self.asked:
            self.load.failed.append("%s: no answer (%s)" % (self.asked[0], error))
        if not self.ended.done():
            self.ended.set_result(None)


class Load:
    """Asks `count` requests: the kinds in turn by weight. `requests`: [(name, bytes)]."""

    def __init__(self, address, requests, count):
        self.address, self.requests, self.left = address, requests, count
        self.done, self.failed, self.statuses = 0, [], {}
        self.progress = threading.Condition()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()))

    def next_request(self):
        if self.left == 0:
            return None
        self.left -= 1
        return random.choice(self.requests)

    def answered(self, name, status):
        self.statuses[name, status] = self.statuses.get((name, status), 0) + 1
        if not 200 <= status < 300:
            self.failed.append("%s: %d" % (name, status))
        with self.progress:
            self.done += 1
            self.progress.notify_all()

    async def keep_asking(self, number):
        while self.left > 0:
            try:
                _, connection = await self.loop.create_connection(lambda: Connection(self, number), *self.address)
            except OSError as error:
                self.failed.append("connect: %s" % error)
                continue
            await connection.ended

    async def run(self):
        self.loop = asyncio.get_running_loop()
        await asyncio.gather(*(self.keep_asking(number) for number in range(CONNECTIONS)))

    def wait_for(self, done):
        with self.progress:
            assert self.progress.wait_for(lambda: self.done + len(self.failed) >= done, 300), self.failed


def request(method, path, person, body=None):
    body = body.encode() if body else b""
    head = "%s /api/v1%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nX-CSRF-Token: %s\r\n" % (
        method, path, person.token, person.csrf)
    if body:
        head += "Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
    return head.encode() + b"\r\n" + body


def switch_under_load(manager, conf, count, restarts):
    """Switches the module posts off and on by conf.d, with a restart each, while `count` requests come. The finished Load;
    raises where a switch did not take, or what was answered isn't what is stored."""
    manager.start()
    manager.wait_for("READY=1")
    admin = manager.server.admin()
    community = admin.post("/communities/new", json={"name": "Before", "description": "D"}).json()["_id"]
    reads = [("read", request("GET", path, admin)) for path in ("/users/", "/communities/" + community, "/asyncapi.json")]
    write = ("write", request("POST", "/communities/new", admin, '{"name": "Under load", "description": "D"}'))
    load = Load(manager.address, reads * 3 + [write], count)
    load.thread.start()
    local = conf / "60-posts.local.conf"
    for number in range(restarts):
        load.wait_for(count * (number + 1) // (restarts + 2))
        enabled = number % 2 == 1
        local.write_text("posts {\n    enabled = %s\n}\n" % str(enabled).lower())
        manager.restart()
        assert ("posts" in manager.modules()) == enabled
    load.thread.join()
    written = load.statuses.get(("write", 200), 0)
    stored = sum(1 for each in admin.pages("/communities/", limit=100) if each["name"] == "Under load")
    manager.stop()
    assert stored == written, "%d writes were answered, %d are stored" % (written, stored)
    return load
