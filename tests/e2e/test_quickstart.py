"""packaging/quickstart as a newcomer runs it: to the line `ready …`, served, ended by Ctrl-C, run again.

Most tests give it the tree that is built already (C18N_BUILD). One clones, and builds with the compiler cache.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess

import httpx
import pytest

import harness

READY = r"ready http://%s admin=(\S+@\S+) password=(\S+)\n"
SLOW = os.environ.get("C18N_PASS") == "sanitized"


def free_pair():
    """A port whose next one is free too: the operators' pages are there."""
    for _ in range(100):
        port = harness.free_port()
        with contextlib.suppress(OSError), socket.socket() as following:
            following.bind(("127.0.0.1", port + 1))
            return port
    raise AssertionError("no two free ports in a row")


class Quickstart:
    """One run, in a session of its own, so that Ctrl-C can be sent as a terminal sends it: to all of the group."""

    def __init__(self, *arguments, cwd=harness.TOP, top=harness.TOP, listen=None, **environment):
        self.listen = listen or "127.0.0.1:%d" % free_pair()
        everything = {**os.environ, "C18N_BUILD": str(harness.BUILD), **environment}
        self.process = subprocess.Popen([str(top / "packaging/quickstart"), "--listen", self.listen, *map(str, arguments)],
                                        cwd=cwd, env=everything, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        start_new_session=True)

    def ready(self):
        """The administrator's address and password from the last line of preparation."""
        line = self.process.stdout.readline()
        found = re.fullmatch(READY % re.escape(self.listen), line)
        if not found:
            raise AssertionError("%r\n%s" % (line, self.process.communicate(timeout=60)[1]))
        return found.groups()

    def end(self, number=signal.SIGINT, group=True):
        """Stops it; gives what it said on standard error. Nothing follows `ready` on standard output."""
        (os.killpg if group else os.kill)(self.process.pid, number)
        said, told = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, told
        assert said == ""
        return told

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.communicate()


def refused(*arguments, **environment):
    """The exit code and what it said, of a run that must not come to `ready`."""
    done = subprocess.run([str(harness.TOP / "packaging/quickstart"), *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, env={**os.environ, "C18N_BUILD": str(harness.BUILD), **environment})
    assert "ready" not in done.stdout
    return done.returncode, done.stderr


def login(listen, email, password):
    server = harness.Server()
    server.url = "http://" + listen
    person = server.login(email, password)
    server.folder.cleanup()
    return person


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM", "SIGTERM to the script alone"])
def test_runs_ends_and_runs_again(tmp_path, how):
    number = signal.SIGINT if how == "Ctrl-C" else signal.SIGTERM
    seen = set()
    for _ in range(2):
        with Quickstart("--data", "some where, else", cwd=tmp_path) as running:
            email, password = running.ready()
            seen.add(password)
            assert "admin" in login(running.listen, email, password).get("/users/").json()["roles"]
            told = running.end(number, group=how != "SIGTERM to the script alone")
            assert len(told.splitlines()) < 8, "a newcomer reads all of it:\n" + told
    assert len(seen) == 1, "the administrator and the password stay"
    assert (tmp_path / "some where, else/admin.password").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(SLOW, reason="the import's speed is the release build's matter")
def test_demo_has_real_discussions(tmp_path):
    with Quickstart("--demo", "--data", tmp_path / "data") as running:
        person = login(running.listen, *running.ready())
        assert len(person.get("/communities/", params={"limit": 100}).json()) == 100
        running.end()


def test_a_folder_that_was_there_keeps_its_rights(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    with Quickstart("--data", shared) as running:
        running.ready()
        running.end()
    assert shared.stat().st_mode & 0o777 == 0o755


def test_a_run_that_was_cut_off_can_be_run_again(tmp_path):
    """The administrator is made, but the password has not got its name yet."""
    with Quickstart("--data", tmp_path) as running:
        _, password = running.ready()
        running.end()
    (tmp_path / "admin.password").rename(tmp_path / "admin.password.new")
    with Quickstart("--data", tmp_path) as running:
        email, again = running.ready()
        assert again == password
        login(running.listen, email, again)
        running.end()


def test_a_port_in_use_is_named_and_nobody_elses_server_passes_for_ready(tmp_path):
    with Quickstart("--data", tmp_path / "one") as running:
        running.ready()
        for arguments in (["--data", tmp_path / "two"], ["--data", tmp_path / "one"]):
            code, told = refused("--listen", running.listen, *arguments)
            assert code == 69 and "listens on 127.0.0.1:" in told and "--listen" in told
        # The API's port alone is taken: the next one answers nothing.
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = "127.0.0.1:%d" % other.getsockname()[1]
            code, told = refused("--listen", taken, "--data", tmp_path / "three")
            assert code == 78 and taken in told and "in use" in told
        # The folder is taken: by a server on another port.
        code, told = refused("--listen", "127.0.0.1:%d" % free_pair(), "--data", tmp_path / "one")
        assert code == 69 and "one" in told
        running.end()


@pytest.mark.parametrize("arguments", [
    ["--nonsense"], ["--listen"], ["--listen", ""], ["--listen", "8080"], ["--listen", "127.0.0.1:0"], ["--listen", ":8080"],
    ["--listen", "127.0.0.1:65535"], ["--listen", "127.0.0.1:1234567"], ["--listen", "unix:/tmp/x"], ["--data"], ["--data", ""]])
def test_wrong_arguments(arguments):
    code, told = refused(*arguments)
    assert code == 64
    assert told.startswith("quickstart: ") and "packaging/quickstart [--listen ADDR:PORT]" in told


def test_what_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    code, told = refused("--listen", "127.0.0.1:%d" % free_pair(), "--data", tmp_path / "file")
    assert code == 74 and "--data" in told


def test_help():
    done = subprocess.run([str(harness.TOP / "packaging/quickstart"), "--help"], capture_output=True, text=True, check=True)
    assert "--demo" in done.stdout and "127.0.0.1:8080" in done.stdout and done.stderr == ""


@pytest.mark.skipif(SLOW, reason="built once, by the release pass")
def test_from_a_fresh_clone(tmp_path):
    """All of it: the clone, the build, and the README's session as pasted into a terminal in that folder."""
    clone = tmp_path / "c18n"
    if subprocess.run(["git", "clone", "-q", str(harness.TOP), str(clone)], capture_output=True).returncode != 0:
        pytest.skip("this tree is no clone")
    session = re.search(r"```sh\n(API=.*?)```", (clone / "README.md").read_text(), re.S).group(1)
    # Paths relative to the clone: then the next run, which clones elsewhere, finds the compiler's work in the cache.
    with Quickstart(top=clone, cwd=clone, C18N_BUILD="", CCACHE_BASEDIR=str(clone), CCACHE_NOHASHDIR="1") as running:
        running.ready()
        assert httpx.get("http://%s/api/v1/openapi.json" % running.listen, trust_env=False).status_code == 200
        done = subprocess.run(["bash", "-eu"], input=session, cwd=clone, capture_output=True, text=True,
                              env={**os.environ, "API": "http://%s/api/v1" % running.listen})
        assert done.returncode == 0 and "Has anyone tried rye?" in done.stdout, done.stdout + done.stderr
        told = running.end()
        assert "error" not in told and len(told.splitlines()) < 8, "a newcomer reads all of it:\n" + told
    status = subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True)
    assert status.stdout == "", "the build and the data leave no mark in the tree"
