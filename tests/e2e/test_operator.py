"""An operator's day: exit codes, the command line beside a server, logs, pages, features switched off, backup, upgrade."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time

import httpx
import pytest

import harness

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="another user's part is played by root")
FEATURES = ["media", "messaging", "usergroups", "posts", "communities", "users"]
PROVIDERS = ["storage_sqlite", "bus_local", "cache_memory", "index_fts"]


@pytest.fixture
def stopped():
    """A server that was not started yet, and its folder."""
    server = harness.Server()
    yield server
    if server.process and server.process.poll() is None:
        server.kill()
    server.folder.cleanup()


def page(server, path):
    return httpx.get(server.operators + path, timeout=10, trust_env=False)


def daemon(server, *more):
    """Runs c18nd to its own end: the exit code and what it said."""
    done = subprocess.run([str(harness.BUILD / "core/c18nd"), *server.arguments(), *more], capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


def program(name, *arguments):
    done = subprocess.run([str(harness.BUILD / "core" / name), *arguments], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name", ["c18nd", "c18nctl"])
def test_help_and_version(name):
    code, said, told = program(name, "--help")
    assert code == 0 and said.startswith("Usage: %s --conf DIR" % name) and told == "" and " \n" not in said
    if name == "c18nctl":
        assert program(name, "reload", "--help") == program(name, "user", "create", "--help") == (0, said, "")
    code, said, told = program(name, "--version")
    assert code == 0 and re.fullmatch(r"%s \d+\.\d+\.\d+\n" % name, said) and told == ""


CONF = str(harness.TOP / "conf.d")


@pytest.mark.parametrize("arguments, told", [
    (["c18nd"], "--conf DIR is missing"), (["c18nd", "--conf"], "requires an argument"), (["c18nd", "--nonsense"], "nonsense"),
    (["c18nd", "--conf", CONF, "more"], "more"), (["c18nctl"], "a command is missing"), (["c18nctl", "check"], "--conf DIR is missing"),
    (["c18nctl", "--conf", CONF, "nonsense"], "nonsense"), (["c18nctl", "--conf", CONF, "check", "x"], "check"),
    (["c18nctl", "--conf", CONF, "modules", "--x"], "--graph"), (["c18nctl", "--conf", CONF, "import"], "FILE")])
def test_64_is_a_wrong_command_line(arguments, told):
    code, _, said = program(*arguments)
    assert code == 64 and told in said


def test_exit_codes_of_what_is_wrong_with_the_data(stopped, tmp_path):
    """65 bad data, 69 nobody there, 74 files, 78 settings."""
    assert stopped.ctl("token", "--user", "nobody@example.org", check=False).returncode == 65
    assert stopped.ctl("import", str(tmp_path / "missing"), check=False).returncode == 74
    assert stopped.ctl("export", str(tmp_path / "missing/x"), check=False).returncode == 74
    (stopped.data / "master.key").chmod(0o644)
    code, said = daemon(stopped)
    assert code == 74 and "chmod 600" in said
    (stopped.data / "master.key").unlink()
    database = sqlite3.connect(stopped.data / "c18n.db")
    database.close()
    stopped.settings["core.state_dir"] = "/proc/nowhere/at/all"
    code, said = daemon(stopped)
    assert code == 74 and "/proc/nowhere" in said
    stopped.settings["core.access_log"] = "/proc/nowhere/log"
    code, said = daemon(stopped)
    assert code == 78 and "core.access_log: /proc/nowhere/log" in said


def test_a_folder_of_something_else_or_of_a_newer_version_is_refused(stopped):
    stopped.data.mkdir(mode=0o700)
    (stopped.data / "c18n.db").write_bytes(b"no database " * 1000)
    code, said = daemon(stopped)
    assert code == 65 and "c18n.db" in said
    (stopped.data / "c18n.db").unlink()
    stopped.ctl("verify")
    database = sqlite3.connect(stopped.data / "c18n.db")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    database.execute("PRAGMA user_version = %d" % (version + 1))
    database.close()
    for code, said in (daemon(stopped), (lambda done: (done.returncode, done.stderr))(stopped.ctl("verify", check=False))):
        assert code == 78 and "version %d" % (version + 1) in said and "newer" in said


@pytest.mark.parametrize("name", FEATURES + PROVIDERS)
def test_each_module_switched_off(stopped, name):
    """Either the rest serves without it, or both programs refuse alike, with what to do."""
    stopped.settings[name + ".enabled"] = "false"
    check = stopped.ctl("check", check=False)
    if check.returncode == 0:
        with stopped as server:
            ready = page(server, "/readyz").json()
            assert ready["ready"] and name not in ready["modules"]
            admin = server.admin()
            made = admin.post("/communities/new", json={"name": "Bread", "description": "D"})
            assert made.status_code == 200
            found = admin.get("/communities/search", params={"q": "bread"})
            if name == "index_fts":
                assert found.status_code == 503 and found.json()["code"] == "search_unavailable"
                assert "no search index" in found.json()["detail"]
            else:
                assert [item["name"] for item in found.json()] == ["Bread"]
    else:
        assert check.returncode == 78 and name in check.stderr and "enabled = true" in check.stderr
        code, said = daemon(stopped)
        assert code == 78 and said == check.stderr
    assert (check.returncode == 0) == (name in ("media", "messaging", "posts", "cache_memory", "index_fts"))


def test_without_features_the_command_line_says_what_is_missing(stopped):
    for name in FEATURES:
        stopped.settings[name + ".enabled"] = "false"
    stopped.ctl("check")
    for command in (["token", "--user", "a@example.org"], ["user", "create", "--email", "a@example.org", "--username", "a"]):
        done = stopped.ctl(*command, check=False)
        assert done.returncode == 69 and "identity.v1" in done.stderr


# --- the command line beside a server, and without ---

def test_control_socket_of_a_dead_server(stopped):
    stopped.start()
    stopped.admin()
    stopped.kill()
    assert (stopped.data / "control.sock").exists()
    stopped.ctl("verify")
    stopped.start()
    assert "sound" in stopped.ctl("verify").stdout
    stopped.stop()


def test_a_server_with_many_commands_says_that_it_is_busy(stopped):
    with stopped as server:
        waiting = [subprocess.Popen([str(harness.BUILD / "core/c18nctl"), *server.arguments(), "import", "-"], stdin=subprocess.PIPE,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(8)]
        until = time.monotonic() + 20
        while server.text_log().count("import: begins") < 8 and time.monotonic() < until:
            time.sleep(0.02)
        refused = server.ctl("verify", check=False)
        assert refused.returncode == 69 and "busy" in refused.stderr
        for process in waiting:
            process.stdin.close()
            assert process.wait(20) == 0
        server.ctl("verify")


def test_a_command_ends_with_its_server(stopped):
    for end, words in (("stop", "run it again"), ("kill", "ended before")):
        stopped.start()
        seen = stopped.text_log().count("import: begins")
        waiting = subprocess.Popen([str(harness.BUILD / "core/c18nctl"), *stopped.arguments(), "import", "-"], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + 20
        while stopped.text_log().count("import: begins") == seen and time.monotonic() < until:
            time.sleep(0.02)
        getattr(stopped, end)()
        assert waiting.wait(20) == 69
        assert words in waiting.stderr.read()
        waiting.stdin.close()


@pytest.fixture
def reachable():
    """These tests become another user, who must get at the tree: not so where a home folder in its path is closed."""
    for path in (harness.BUILD / "core/c18nctl", harness.TOP / "conf.d"):
        closed = [folder for folder in path.parents if not folder.stat().st_mode & 0o001]
        if closed:
            pytest.skip("%s is closed to other users, so none can be tried here" % closed[0])


@ROOT
def test_root_works_as_the_owner_of_the_folder(stopped, tmp_path, reachable):
    """Else the server, which is another user, could not open what root has made."""
    stopped.root.chmod(0o755)
    stopped.data.mkdir(mode=0o700)
    os.chown(stopped.data, 65534, 65534)
    stopped.ctl("user", "create", "--email", "a@example.org", "--username", "a")
    assert {path.stat().st_uid for path in stopped.data.iterdir()} == {65534}
    stopped.ctl("check")
    stopped.ctl("export", str(tmp_path / "for-root"))


@ROOT
def test_others_are_sent_away_with_the_reason(stopped, reachable):
    with stopped as server:
        stopped.root.chmod(0o755)
        for mode in (0o700, 0o755):  # can't even come to the socket; and: is known by its user id
            server.data.chmod(mode)
            (server.data / "control.sock").chmod(0o777)
            done = server.ctl("verify", check=False, user=65534, group=65534, extra_groups=[])
            assert done.returncode == 74 and "only its owner and root" in done.stderr


# --- logs and pages ---

@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGHUP])
def test_access_log_is_rotated(tmp_path, form, number):
    path = tmp_path / "access.log"
    with harness.Server({"core.access_log": str(path), "core.log_format": form}) as server:
        ids = []

        def ask():
            ids.append(server.client().get("/openapi.json").headers["X-Request-Id"])

        def wait_for(where, request_id):
            until = time.monotonic() + 10
            while not (where.exists() and request_id in where.read_text()):
                assert time.monotonic() < until, where
                time.sleep(0.02)

        ask()
        wait_for(path, ids[0])
        path.rename(tmp_path / "access.log.1")
        server.process.send_signal(number)
        until = time.monotonic() + 10
        while not path.exists() and time.monotonic() < until:
            time.sleep(0.02)
        ask()
        wait_for(path, ids[1])
        assert ids[1] not in (tmp_path / "access.log.1").read_text()
        (line,) = path.read_text().splitlines()
        if form == "json":
            entry = json.loads(line)
            assert entry["request_id"] == ids[1] and entry["status"] == 200 and entry["route"] == "/openapi.json"
            assert all(json.loads(said)["source"] for said in server.text_log().splitlines())
        else:
            assert re.fullmatch(r'\S+Z 127\.0\.0\.1 - "GET /api/v1/openapi\.json" 200 \d+ \d+ /openapi\.json %s' % ids[1], line)


def test_every_metric_is_in_the_operators_guide(server):
    """And nothing is promised there that /metrics hasn't."""
    server.client().get("/openapi.json")
    answer = page(server, "/metrics")
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text") and answer.text.endswith("# EOF\n")
    there = set(re.findall(r"^# TYPE (\S+) ", answer.text, re.M))
    guide = (harness.TOP / "docs/operator/watching.md").read_text()
    told = set(re.findall(r"^\| `((?:c18n|process)_\w+)", guide, re.M))
    assert there == told
    for name in there:
        assert re.search(r"^%s(_total|_bucket)?(\{| )" % name, answer.text, re.M), name


def test_pages(server):
    assert page(server, "/healthz").json() == {"status": "ok"}
    ready = page(server, "/readyz").json()
    assert ready["ready"] is True and {"storage", "bus", "cache", "index"} == set(ready["providers"])
    for module in page(server, "/modules").json():
        assert module["reason"] and {"id", "version", "routes", "hooks", "settings"} <= set(module)
    assert page(server, "/nonsense").status_code == 404
    assert httpx.post(server.operators + "/healthz", trust_env=False).status_code == 405


# --- backup, restore ---

def test_backup_of_a_running_server_is_restored(stopped, tmp_path):
    """In the guide's order: the checkpoint before the database."""
    with stopped as server:
        admin = server.admin()
        made = admin.post("/communities/new", json={"name": "Before", "description": "D"}).json()["_id"]
        for name in ("checkpoint", "master.key"):
            shutil.copy(server.data / name, tmp_path / name)
        source, copy = sqlite3.connect(server.data / "c18n.db"), sqlite3.connect(tmp_path / "c18n.db")
        source.backup(copy)
        source.close(), copy.close()
        after = admin.post("/communities/new", json={"name": "After", "description": "D"}).json()["_id"]
        server.stop()
        # A database that is older than the checkpoint looks as if its end had been cut off.
        for name in ("c18n.db-wal", "c18n.db-shm"):
            (server.data / name).unlink(missing_ok=True)
        shutil.copy(tmp_path / "c18n.db", server.data / "c18n.db")
        cut = server.ctl("verify", check=False)
        assert cut.returncode == 65 and "cut off" in cut.stdout + cut.stderr
        shutil.rmtree(server.data)
        shutil.copytree(tmp_path, server.data)
        server.ctl("verify")
        server.start()
        admin = server.admin()
        assert admin.get("/communities/" + made).status_code == 200
        assert admin.get("/communities/" + after).status_code == 404
        found = admin.get("/communities/search", params={"q": "before"}).json()
        assert [item["_id"] for item in found] == [made]


def test_folder_copied_after_a_stop(stopped, tmp_path):
    with stopped as server:
        made = server.admin().post("/communities/new", json={"name": "Kept", "description": "D"}).json()["_id"]
        server.stop()
        shutil.copytree(server.data, tmp_path / "copy")
    other = harness.Server(data=tmp_path / "copy")
    other.ctl("verify")
    with other as server:
        token = server.ctl("token", "--user", "root@example.org").stdout.strip()
        assert server.with_token(token).get("/communities/" + made).status_code == 200


# --- systemd ---

def test_units_are_what_systemd_wants(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze on this machine")
    for path in (harness.TOP / "packaging/systemd").iterdir():
        words = path.read_text().replace("/usr/bin/", "%s/core/" % harness.BUILD).replace("/usr/sbin/", "%s/core/" % harness.BUILD)
        (tmp_path / path.name).write_text(words)
    done = subprocess.run(["systemd-analyze", "verify", str(tmp_path / "c18n.socket"), str(tmp_path / "c18n.service")],
                          capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr
