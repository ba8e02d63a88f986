"""Rows P2, P6, S1, S3-S5 and G4: the process and its disk."""

import os
import pathlib
import sqlite3
import subprocess
import threading
import time

import httpx
import pytest

import harness


def test_P2_sigterm_under_load():
    """In-flight requests are answered; after SIGTERM the process ends with 0; nothing acknowledged is lost."""
    server = harness.Server()
    acknowledged, broken = [], []
    with server:
        admin = server.admin()
        community = admin.post("/communities/new", json={"name": "C", "description": "D"}).json()["_id"]

        def write(number):
            client = harness.Client(server, admin.token, admin.csrf)
            try:
                for turn in range(100000):
                    answer = client.post("/communities/%s/posts/new" % community, json={"content": "%d-%d" % (number, turn)})
                    if answer.status_code != 200:
                        broken.append(answer.text)
                        return
                    acknowledged.append("%d-%d" % (number, turn))
            except httpx.ConnectError:
                pass
            except httpx.HTTPError as error:
                if not isinstance(error, (httpx.RemoteProtocolError, httpx.ReadError)):
                    broken.append(repr(error))
            finally:
                client.close()

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        server.stop()
        for thread in threads:
            thread.join()
        assert not broken
        server.start()
        there = {post["content"] for post in admin.pages("/communities/%s/posts/" % community, limit=100)}
        assert set(acknowledged) <= there and len(acknowledged) > 10


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_S1_disk_full(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no tmpfs can be mounted here")
    try:
        with harness.Server({"core.state_dir": str(small / "data")}, data=small / "data") as server:
            admin = server.admin()
            community = admin.post("/communities/new", json={"name": "C", "description": "D"}).json()["_id"]
            path = "/communities/%s/posts/" % community
            kept = []
            for number in range(2000):
                answer = admin.post(path + "new", json={"content": "%d " % number + "x" * 20000})
                if answer.status_code != 200:
                    break
                kept.append(answer.json()["_id"])
            assert answer.status_code == 507, answer.text
            assert admin.get(path).status_code == 200, "reads go on"
            assert httpx.get(server.operators + "/readyz", trust_env=False).status_code == 503
            subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
            until = time.monotonic() + 20
            while time.monotonic() < until:
                answer = admin.post(path + "new", json={"content": "after"})
                if answer.status_code == 200:
                    break
                time.sleep(0.2)
            assert answer.status_code == 200, "writes resume by themselves"
            assert httpx.get(server.operators + "/readyz", trust_env=False).status_code == 200
            there = {post["_id"] for post in admin.pages(path, limit=100)}
            assert set(kept) <= there
            server.stop()
            server.ctl("verify")
    finally:
        subprocess.run(["umount", "-l", str(small)], check=False)


@pytest.fixture
def history(tmp_path):
    """A stopped server's folder with some events in it."""
    server = harness.Server()
    with server:
        admin = server.admin()
        community = admin.post("/communities/new", json={"name": "C", "description": "D"}).json()["_id"]
        for number in range(20):
            admin.post("/communities/%s/posts/new" % community, json={"content": "number %d" % number})
        server.stop()
        server.ctl("verify")
        yield server


TAMPER = {
    "edit": "UPDATE history SET type = 'posts.forged' WHERE position = 15",
    "drop": "DELETE FROM history WHERE position = 15",
    "swap": "UPDATE history SET position = CASE position WHEN 14 THEN -15 WHEN 15 THEN 14 ELSE position END WHERE position IN (14, 15);"
            "UPDATE history SET position = 15 WHERE position = -15",
    "truncate": "DELETE FROM history WHERE position > 15",
}


@pytest.mark.parametrize("how", TAMPER)
def test_G4_tampering_is_named(history, how):
    database = sqlite3.connect(history.data / "c18n.db")
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute('DROP TRIGGER "%s"' % name)
    if how == "swap":
        rows = database.execute("SELECT * FROM history WHERE position IN (14, 15) ORDER BY position").fetchall()
        names = [column[1] for column in database.execute("PRAGMA table_info(history)")]
        database.execute("DELETE FROM history WHERE position IN (14, 15)")
        at = names.index("position")
        for row, position in zip(rows, (15, 14)):
            row = list(row)
            row[at] = position
            database.execute("INSERT INTO history VALUES (%s)" % ",".join("?" * len(row)), row)
    else:
        database.executescript(TAMPER[how])
    database.commit()
    database.close()
    told = history.ctl("verify", check=False)
    assert told.returncode == 65
    named = "record 14" if how in ("swap", "drop") else "record 15"
    assert named in told.stdout + told.stderr, told.stdout + told.stderr


def test_G4_a_missing_checkpoint_is_told(history):
    """Without it nobody can tell whether the end was cut off: that is said once, and a new one is signed."""
    (history.data / "checkpoint").unlink()
    assert "checkpoint is gone" in history.ctl("verify").stderr
    assert "checkpoint is gone" not in history.ctl("verify").stderr


def test_history_refuses_changes(history):
    database = sqlite3.connect(history.data / "c18n.db")
    for statement in ("UPDATE history SET type = 'x'", "DELETE FROM history"):
        with pytest.raises(sqlite3.DatabaseError):
            database.execute(statement)
    database.close()


def test_S5_a_changed_view_is_found_and_replayed(history):
    database = sqlite3.connect(history.data / "c18n.db")
    table = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
             if name.endswith("view.posts") and "scratch" not in name]
    assert len(table) == 1, "the table of the view posts"
    forge = """UPDATE "%s" SET value = CAST(replace(CAST(value AS TEXT), 'number 3"', 'forged 3"') AS BLOB)"""
    changed = database.execute(forge % table[0])
    assert changed.rowcount > 0
    database.commit()
    database.close()
    told = history.ctl("verify", check=False)
    assert told.returncode == 65 and "posts" in told.stdout + told.stderr
    history.ctl("replay")
    history.ctl("verify")


def test_P6_secrets_stay_inside(history):
    """What a person typed in secret is in no file, log or list of arguments."""
    secret = "correct horse canary-7f3a"
    with harness.Server({"core.log_level": "debug", "core.access_log": "-"}) as server:
        admin = server.admin()
        admin.post("/users/new", json={"username": "canary", "email": "canary@example.org", "password": secret})
        server.client().post("/auth/login", json={"email": "canary@example.org", "password": secret})
        arguments = pathlib.Path("/proc/%d/cmdline" % server.process.pid).read_bytes()
        server.stop()
        files = b"".join(path.read_bytes() for path in server.data.rglob("*") if path.is_file())
        for place in (arguments, server.log.read_bytes(), files):
            assert secret.encode() not in place and admin.token.encode() not in place
        # The personal part of history is sealed: the e-mail stands in views only, never in the history's own bytes.
        database = sqlite3.connect(server.data / "c18n.db")
        for row in database.execute("SELECT * FROM history"):
            assert not any(b"canary@example.org" in (value if isinstance(value, bytes) else str(value).encode()) for value in row)
        database.close()
        for path in ("master.key", "auth.secret", "c18n.db"):
            assert (server.data / path).stat().st_mode & 0o077 == 0, path
