"""Real input: this machine's Debian changelogs, imported, killed half-way, finished, exported and paged through."""

import collections
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

import harness

MAKER = harness.TOP / "tests/data/debian_changelogs.py"
SANITIZED = os.environ.get("C18N_PASS") == "sanitized"
LINES = 4000 if SANITIZED else None  # the slow build takes a part: the whole is the release build's


@pytest.fixture(scope="module")
def changelogs(tmp_path_factory):
    """The NDJSON file of all changelogs, and the records in it by kind."""
    path = tmp_path_factory.mktemp("data") / "changelogs.ndjson"
    subprocess.run([sys.executable, str(MAKER), "--output", str(path)], check=True)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)[:LINES]
    path.write_text("".join(lines), encoding="utf-8")
    records = collections.defaultdict(list)
    for line in lines:
        record = json.loads(line)
        records[record["kind"]].append(record)
    assert all(records[kind] for kind in ("user", "community", "post")), "no changelogs on this machine?"
    return path, records


def without_ids(text):
    """An export with every id replaced by its number of first use."""
    numbers = {}
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
                  lambda found: str(numbers.setdefault(found.group(), len(numbers))), text)


def kinds(text):
    return collections.Counter(json.loads(line)["kind"] for line in text.splitlines())


def test_killed_import_is_finished_by_a_second_run(changelogs, tmp_path):
    path, records = changelogs
    server = harness.Server()
    running = subprocess.Popen([str(harness.BUILD / "core/c18nctl")] + server.arguments() + ["import", str(path)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    history = server.data / "c18n.db"
    until = time.monotonic() + 60
    while not (history.exists() and history.stat().st_size > 65536) and running.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    time.sleep(0.3)
    running.send_signal(signal.SIGKILL)
    running.wait()
    server.ctl("verify")
    server.ctl("import", str(path))
    exported = kinds(server.ctl("export", "-").stdout)
    assert exported["user"] == len(records["user"])
    assert exported["community"] == len(records["community"])
    assert exported["post"] == len(records["post"])
    server.ctl("verify")
    server.folder.cleanup()


def test_export_imported_elsewhere_exports_the_same(changelogs, tmp_path):
    path, _ = changelogs
    first, second = harness.Server(), harness.Server()
    first.ctl("import", str(path))
    packed = tmp_path / "export.ndjson.gz"
    first.ctl("export", str(packed))
    second.ctl("import", str(packed))
    exported = gzip.decompress(packed.read_bytes()).decode()
    assert without_ids(exported) == without_ids(second.ctl("export", "-").stdout)
    first.folder.cleanup()
    second.folder.cleanup()


def test_all_of_it_comes_out_by_the_api(changelogs):
    path, records = changelogs
    with harness.Server() as server:
        admin = server.admin()
        server.ctl("import", str(path))  # into the running server
        communities = {item["name"]: item for item in admin.pages("/communities/", limit=100)}
        assert len(communities) == len(records["community"])
        wanted = collections.defaultdict(list)
        names = {record["ref"]: record["name"] for record in records["community"]}
        for post in records["post"]:
            wanted[names[post["community"]]].append(post)
        for name, community in communities.items():
            got = list(admin.pages("/communities/%s/posts/" % community["_id"], limit=100))
            assert len(got) == len(wanted[name]), name
            assert [post["created_on"] for post in got] == sorted((post["created_on"] for post in wanted[name]), reverse=True)
            assert sorted(post["content"] for post in got) == sorted(post["content"] for post in wanted[name])


def test_bad_lines(tmp_path):
    server = harness.Server()
    good = '{"kind":"user","ref":"u%d","username":"n%d","name":"N","email":"n%d@example.org","created_on":1500000000}\n'
    path = tmp_path / "bad.ndjson"
    path.write_text(good % (1, 1, 1) + "{not json\n" + good % (2, 2, 2) + '{"kind":"nonsense"}\n'
                    + '{"kind":"community","ref":"c","name":"C","by":"nobody","created_on":1}\n' + good % (3, 3, 3))
    stopped = server.ctl("import", str(path), check=False)
    assert stopped.returncode == 65
    assert "%s:2:" % path in stopped.stderr
    assert kinds(server.ctl("export", "-").stdout) == {"user": 1}
    kept = server.ctl("import", "--keep-going", str(path), check=False)
    assert kept.returncode == 65
    for line in (2, 4, 5):
        assert "%s:%d:" % (path, line) in kept.stderr
    assert kinds(server.ctl("export", "-").stdout) == {"user": 3}
    server.folder.cleanup()


def test_seed_is_repeatable():
    first, second = harness.Server(), harness.Server()
    for server in (first, second):
        server.ctl("seed", "--users", "20", "--communities", "5", "--posts", "100", "--seed", "7")
    exported = first.ctl("export", "-").stdout
    assert kinds(exported)["post"] == 100 and kinds(exported)["user"] == 20 and kinds(exported)["community"] == 5
    assert without_ids(exported) == without_ids(second.ctl("export", "-").stdout)
    first.folder.cleanup()
    second.folder.cleanup()
