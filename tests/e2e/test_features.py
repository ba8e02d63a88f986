"""Operators switch features on and off in conf.d, and are told what is wrong with it before a start."""

import re
import shutil

import pytest

import harness


@pytest.fixture
def conf(tmp_path):
    """A copy of conf.d to edit."""
    copied = tmp_path / "conf.d"
    shutil.copytree(harness.TOP / "conf.d", copied)
    return copied


def section_file(conf, name):
    found = [path for path in conf.glob("*.conf") if path.stem.split("-", 1)[1] == name]
    assert len(found) == 1
    return found[0]


def paths(client):
    return client.get("/openapi.json").json()["paths"]


@pytest.mark.parametrize("how", ["file taken away", "enabled = false", "local file", "--set"])
def test_posts_switched_off(conf, how):
    settings = {}
    if how == "file taken away":
        section_file(conf, "posts").unlink()
    elif how == "enabled = false":
        path = section_file(conf, "posts")
        path.write_text("posts {\n    enabled = false\n}\n")
    elif how == "local file":
        path = section_file(conf, "posts")
        path.with_name(path.stem + ".local.conf").write_text("posts {\n    enabled = false\n}\n")
    else:
        settings["posts.enabled"] = "false"
    with harness.Server(settings, conf=conf) as server:
        admin = server.admin()
        assert not [path for path in paths(admin) if "posts" in path]
        community = admin.post("/communities/new", json={"name": "C", "description": "D"}).json()
        assert admin.get("/communities/%s/posts/" % community["_id"]).status_code == 404
        assert [path for path in paths(admin) if path.startswith("/communities")]


def test_check_tells_all_faults_at_once(conf):
    (conf / "55-communities.local.conf").write_text("communities {\n    open_serch = true\n}\n")
    (conf / "00-core.local.conf").write_text('core {\n    threads = "many"\n    max_body = -5\n}\n')
    (conf / "90-nonsense.conf").write_text("nonsense {\n    a = 1\n}\n")
    server = harness.Server(conf=conf)
    told = server.ctl("check", check=False)
    assert told.returncode == 78
    text = told.stdout + told.stderr
    assert "55-communities.local.conf:2: open_serch: " in text and "did you mean open_search?" in text
    assert "00-core.local.conf:2: threads: " in text
    assert "00-core.local.conf:3: max_body: " in text
    assert "nonsense" in text
    server.start(wait=False)
    assert server.process.wait(30) == 78
    assert "open_serch" in server.text_log()
    server.folder.cleanup()


def test_check_is_content_with_what_is_shipped():
    server = harness.Server()
    server.ctl("check")
    assert not server.data.exists(), "check makes nothing"
    server.folder.cleanup()


def settings_shown(conf):
    """{section.key: value}, without where each comes from."""
    server = harness.Server(conf=conf)
    shown = server.ctl("modules", "--settings").stdout
    server.folder.cleanup()
    return {line.split(" = ")[0]: line.split(" = ", 1)[1].split("  # ")[0] for line in shown.splitlines()
            if not re.match(r"core\.(listen|operator_listen|state_dir) ", line)}


def test_every_shipped_setting_stands_at_its_default(conf):
    """conf.d names every setting, and leaves each at the default that holds without the file's lines."""
    shipped = settings_shown(conf)
    assert "core.threads" in shipped and "communities.open_search" in shipped
    for name in shipped:
        section, key = name.split(".")
        assert re.search(r"^\s*#?\s*%s\s*=" % key, section_file(conf, section).read_text(), re.M), name
    for path in conf.glob("*.conf"):
        path.write_text(path.stem.split("-", 1)[1] + " {\n}\n")
    assert settings_shown(conf) == shipped


def test_the_shipped_comments_say_what_is_reloadable(conf):
    server = harness.Server(conf=conf)
    rows = re.findall(r"^(\w+)\.(\w+) = .*?  # [^;]*?(, reloadable)?; ", server.ctl("modules", "--settings").stdout, re.M)
    assert len(rows) > 20 and {bool(reloadable) for _, _, reloadable in rows} == {True, False}
    for section, key, reloadable in rows:
        comment = re.search(r"((?:^ *#.*\n)+) *#? *%s *=" % key, section_file(conf, section).read_text(), re.M).group(1)
        assert comment.endswith("Reloadable.\n") == bool(reloadable), comment
    server.folder.cleanup()


def test_graph_of_the_default_set_is_as_the_docs_show_it():
    server = harness.Server()
    shown = server.ctl("modules", "--graph").stdout
    page = (harness.TOP / "docs/internals/modules.md").read_text()
    assert "```\n" + shown + "```\n" in page, "docs/internals/modules.md shows another graph than:\n" + shown
    drawn = server.ctl("modules", "--graph=dot").stdout
    assert re.findall(r'"(\w+)" -> "(\w+)" \[label="(\S+)", style=solid\]', drawn) == [
        ("bus_local", "storage_sqlite", "storage.v1"), ("communities", "users", "users.v1"), ("posts", "users", "users.v1"),
        ("posts", "communities", "communities.v1"), ("usergroups", "users", "users.v1"),
        ("usergroups", "communities", "communities.v1"), ("messaging", "users", "users.v1"),
        ("messaging", "communities", "communities.v1"), ("messaging", "usergroups", "usergroups.v1"),
        ("messaging", "bus_local", "ownership.v1"), ("media", "users", "users.v1")]
    assert drawn.count("{") == drawn.count("}") == 1
    assert server.ctl("modules", "--grap", check=False).returncode == 64
    server.folder.cleanup()


def test_second_server_on_the_same_folder_is_refused():
    with harness.Server() as server:
        other = harness.Server(data=server.data)
        other.start(wait=False)
        assert other.process.wait(30) != 0
        assert other.text_log().strip(), "it says why"
        assert server.client().get("/openapi.json").status_code == 200
        other.folder.cleanup()
