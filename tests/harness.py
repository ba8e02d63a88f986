"""A real server for tests: starts build/core/c18nd in a temporary folder, talks to it, stops it by process id.

    with Server() as server:
        admin = server.admin()
        admin.post("/communities/new", json={"name": "Bread"})

C18N_BUILD names the build folder (default: build).
"""

import os
import pathlib
import secrets
import signal
import socket
import subprocess
import tempfile
import time

import httpx

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("C18N_BUILD", TOP / "build")).resolve()
BASE = "/api/v1"
SANITIZER_MARKS = (b"AddressSanitizer", b"LeakSanitizer", b"runtime error:", b"ThreadSanitizer")


def free_port():
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Client:
    """One person's requests: base path, token and CSRF token are added; `anonymous` has neither."""

    def __init__(self, server, token=None, csrf=None, user=None):
        self.server, self.token, self.csrf, self.user = server, token, csrf, user
        self.http = httpx.Client(base_url=server.url + BASE, timeout=60, trust_env=False)

    def request(self, method, path, headers=None, **rest):
        sent = {}
        if self.token:
            sent["Authorization"] = "Bearer " + self.token
        if self.csrf and method not in ("GET", "HEAD", "OPTIONS"):
            sent["X-CSRF-Token"] = self.csrf
        sent.update(headers or {})
        sent = {name: value for name, value in sent.items() if value is not None}
        return self.http.request(method, path, headers=sent, **rest)

    def get(self, path, **rest):
        return self.request("GET", path, **rest)

    def post(self, path, **rest):
        return self.request("POST", path, **rest)

    def put(self, path, **rest):
        return self.request("PUT", path, **rest)

    def patch(self, path, **rest):
        return self.request("PATCH", path, **rest)

    def delete(self, path, **rest):
        return self.request("DELETE", path, **rest)

    def pages(self, path, **params):
        """All items of a list, page by page, by the Link header."""
        answer = self.get(path, params=params)
        while True:
            assert answer.status_code == 200, answer.text
            yield from answer.json()
            following = answer.links.get("next")
            if not following:
                return
            answer = self.get(following["url"])

    def close(self):
        self.http.close()


class Server:
    """One c18nd with its own data folder. Settings are given as {"core.threads": 1}. `installed` is the prefix of an
    installed tree; else the build's programs run."""

    def __init__(self, settings=None, data=None, conf=None, installed=None):
        self.folder = tempfile.TemporaryDirectory(prefix="c18n-test-")
        self.root = pathlib.Path(self.folder.name)
        self.daemon = installed / "sbin/c18nd" if installed else BUILD / "core/c18nd"
        self.tool = installed / "bin/c18nctl" if installed else BUILD / "core/c18nctl"
        self.data = pathlib.Path(data) if data else self.root / "data"
        self.conf = pathlib.Path(conf) if conf else TOP / "conf.d"
        self.port, self.operator_port = free_port(), free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self.operators = "http://127.0.0.1:%d" % self.operator_port
        self.settings = {
            "core.listen": "127.0.0.1:%d" % self.port,
            "core.operator_listen": "127.0.0.1:%d" % self.operator_port,
            "core.state_dir": str(self.data),
            "core.rate_limit": 0,
            **(settings or {}),
        }
        self.process = None
        self.log = self.root / "server.log"
        self.password = secrets.token_urlsafe(12)
        self.made_admin = False
        self.clients = []

    def arguments(self):
        sets = []
        for name, value in self.settings.items():
            sets += ["--set", "%s=%s" % (name, value)]
        return ["--conf", str(self.conf)] + sets

    def ctl(self, *command, check=True, **rest):
        """Runs c18nctl on this server's folder; gives the finished process with text output."""
        rest.setdefault("stdin", subprocess.DEVNULL if "input" not in rest else None)
        if rest["stdin"] is None:
            del rest["stdin"]
        done = subprocess.run([str(self.tool)] + self.arguments() + list(command), capture_output=True,
                              text=True, timeout=1800, **rest)
        if check:
            assert done.returncode == 0, "c18nctl %s: %d\n%s%s" % (" ".join(command), done.returncode, done.stdout, done.stderr)
        return done

    def start(self, wait=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(self.daemon)] + self.arguments(), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=60):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError("c18nd ended with %d:\n%s" % (self.process.returncode, self.text_log()))
            try:
                if httpx.get(self.operators + "/readyz", timeout=5, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.02)
        raise AssertionError("c18nd is not ready:\n" + self.text_log())

    def text_log(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """A graceful stop; it must end with 0 and no sanitizer may have spoken."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            code = self.process.wait(60)
            assert code == 0, "c18nd ended with %d:\n%s" % (code, self.text_log())
        if self.log.exists():
            said = self.log.read_bytes()
            assert not any(mark in said for mark in SANITIZER_MARKS), said.decode(errors="replace")

    def client(self, token=None, csrf=None, user=None):
        made = Client(self, token, csrf, user)
        self.clients.append(made)
        return made

    def login(self, email, password):
        """A person who logged in by name and password."""
        door = self.client()
        pre = door.get("/auth/csrf")
        answer = door.post("/auth/login", json={"email": email, "password": password},
                           headers={"X-CSRF-Token": pre.json()["csrf_token"], "Cookie": cookie_of(pre)})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return self.client(body["token"], body["csrf_token"], body["_id"])

    def with_token(self, token):
        """A person known by a token alone: fetches the CSRF token that belongs to it."""
        person = self.client(token)
        answer = person.get("/auth/csrf")
        assert answer.status_code == 200, answer.text
        person.csrf = answer.json()["csrf_token"]
        person.user = person.get("/users/").json()["_id"]
        return person

    def admin(self):
        """The administrator, made by the command line at the first call."""
        if not self.made_admin:
            self.ctl("user", "create", "--email", "root@example.org", "--username", "root", "--password-stdin",
                     "--role", "admin", input=self.password + "\n")
            self.made_admin = True
        return self.with_token(self.ctl("token", "--user", "root@example.org").stdout.strip())

    def user(self, admin, name):
        """A fresh ordinary person."""
        answer = admin.post("/users/new", json={"username": name, "email": name + "@example.org",
                                                "password": "correct horse " + name})
        assert answer.status_code == 200, answer.text
        return self.with_token(answer.json()["token"])

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        for client in self.clients:
            client.close()
        try:
            self.stop()
        finally:
            if self.process and self.process.poll() is None:
                self.kill()
            self.folder.cleanup()


def cookie_of(answer):
    """The Cookie header that answers an answer's Set-Cookie headers (httpx keeps Secure ones from http)."""
    return "; ".join(value.split(";")[0] for value in answer.headers.get_list("set-cookie"))
