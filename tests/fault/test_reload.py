"""Settings change while the server runs, all or none: by SIGHUP and by c18nctl reload. Rows P3 and M4 of the fault catalogue."""

import http.client
import pathlib
import re
import shutil
import signal
import socket
import time

import httpx
import pytest

import harness
from own_modules import site_of

HANGING = """
#include <c18n/module.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const c18n_setting settings[] = {{"word", C18N_SETTING_TEXT, C18N_SETTING_RELOADABLE, "come"}};

/* Comes back when the file `go` is in the data folder. */
static void hang(c18n_self *self, const char *when)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/go", c18n_state_path(self));
    while (strcmp(c18n_setting_text(self, "word"), when) == 0 && access(path, F_OK) != 0)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

static int prepare(c18n_self *self)
{
    hang(self, "hang");
    return C18N_OK;
}

static void commit(c18n_self *self)
{
    hang(self, "late");
}

C18N_MODULE(sleepy, "1.0.0", "Hangs in a reload when told to", "needs: users.v1", .settings = C18N_ALL(settings),
            .reload_prepare = prepare, .reload_commit = commit);
"""


@pytest.fixture
def conf(tmp_path):
    copied = tmp_path / "conf.d"
    shutil.copytree(harness.TOP / "conf.d", copied)
    return copied


@pytest.fixture
def server(conf):
    with harness.Server(conf=conf) as running:
        yield running


def put(conf, name, words):
    """What an operator overrides of a section: NN-name.local.conf."""
    path, = conf.glob("[0-9][0-9]-%s.conf" % name)
    path.with_name(path.stem + ".local.conf").write_text("%s {\n%s\n}\n" % (name, words))


def reload(server, code=0):
    told = server.ctl("reload", check=False)
    assert told.returncode == code, told.stdout + told.stderr
    return told.stdout + told.stderr


def metric(server, name):
    text = httpx.get(server.operators + "/metrics", trust_env=False).text
    return float(re.search(r"^%s (\S+)$" % re.escape(name), text, re.M).group(1))


def ask(connection):
    connection.request("GET", "/api/v1/asyncapi.json")
    answer = connection.getresponse()
    answer.read()
    return answer.status


def wait_for(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def setting(server, name):
    section, key = name.split(".")
    rows = httpx.get(server.operators + "/modules/settings", trust_env=False).json()
    return next(row for row in rows if row["section"] == section and row["name"] == key)


def test_P3_a_good_reload_holds_for_the_next_request(server, conf):
    admin = server.admin()
    assert "reloaded: nothing has changed" in reload(server)
    assert re.search(r"00-core\.conf:\d+$", setting(server, "core.max_body")["from"])
    put(conf, "core", 'max_body = 2048\n\n origins = {"https://app.example.org"}\n log_level = info')
    put(conf, "communities", "open_search = true")
    assert server.client().get("/communities/search", params={"q": "x"}).status_code == 401
    said = reload(server)
    assert {"core.max_body", "core.origins", "core.log_level", "communities.open_search"} <= set(re.findall(r"\w+\.\w+", said))
    row = setting(server, "core.max_body")
    assert row["value"] == 2048 and row["from"].endswith("00-core.local.conf:2") and row["reloadable"] is True
    body = {"name": "Large", "description": "x" * 3000}
    assert admin.post("/communities/new", json=body).status_code == 413
    assert server.client().get("/communities/search", params={"q": "x"}).status_code == 200
    seen = admin.request("OPTIONS", "/communities/new", headers={"Origin": "https://app.example.org"})
    assert seen.headers["access-control-allow-origin"] == "https://app.example.org"
    assert metric(server, 'c18n_reloads_total{result="taken"}') == 2 and metric(server, "c18n_reload_last_success") == 1


def test_P3_what_cannot_be_read_is_the_only_fault(server, conf):
    """Nothing is said of modules that went: a restart, as that fault advises, would end the service."""
    (conf / "60-posts.conf").rename(conf / "away")
    (conf / "60-posts.conf").symlink_to("nowhere")
    assert reload(server, code=78).splitlines() == ["%s/60-posts.conf: can't be read" % conf]
    (conf / "60-posts.conf").unlink()
    (conf / "away").rename(conf / "60-posts.conf")
    conf.rename(str(conf) + ".away")
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "conf.d: can't be read: No such file or directory" in server.text_log())
    wait_for(lambda: server.text_log().count("nothing has changed, the settings that held go on") == 2)
    pathlib.Path(str(conf) + ".away").rename(conf)
    assert "restart it" not in server.text_log()
    assert "reloaded: nothing has changed\n" in reload(server)


def test_P3_M4_a_bad_reload_changes_nothing_and_names_every_fault(server, conf):
    admin = server.admin()
    put(conf, "core", " max_body = 2048\n threads = 7\n frontends = {nowhere}")
    put(conf, "users", " password_memory = 1")
    put(conf, "posts", " enabled = false")
    (conf / "90-more.conf").write_text("more {\n}\n")
    said = reload(server, code=78)
    for line in ("00-core.local.conf:3: threads: can't change while the server runs; restart it",
                 '00-core.local.conf:4: frontends: "nowhere" is not ', "50-users.local.conf:2: password_memory: ",
                 "60-posts.local.conf:2: enabled: a module can't be removed or disabled", "90-more.conf:1: more: a module can't be added"):
        assert line in said, said
    assert said.count("\n") == 5, said
    for line in said.splitlines():
        assert line in server.text_log()
    assert setting(server, "core.max_body")["value"] == 1 << 20
    assert admin.post("/communities/new", json={"name": "Large", "description": "x" * 3000}).status_code == 200
    assert metric(server, "c18n_reload_last_success") == 0
    (conf / "00-core.local.conf").write_text("core {\n max_body = ")
    assert re.search(r"00-core\.local\.conf:2: ", reload(server, code=78))
    for path in [*conf.glob("*.local.conf"), conf / "90-more.conf"]:
        path.unlink()
    reload(server)
    assert metric(server, 'c18n_reloads_total{result="refused"}') == 2 and metric(server, "c18n_reload_last_success") == 1


def test_P3_sighup_reloads_and_a_connection_lives_on(server, conf):
    """The networks that may connect change; who is connected stays."""
    old = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    assert ask(old) == 200
    socket_before = old.sock
    put(conf, "core", 'frontends = {"10.0.0.0/8"}')
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: metric(server, 'c18n_reloads_total{result="taken"}') == 1)
    with socket.create_connection(("127.0.0.1", server.port)) as refused:
        assert refused.recv(1) == b""
    assert ask(old) == 200 and old.sock is socket_before
    put(conf, "core", "")
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: metric(server, 'c18n_reloads_total{result="taken"}') == 2)
    assert ask(old) == 200 and old.sock is socket_before
    old.close()
    assert server.client().get("/asyncapi.json").status_code == 200


def test_P3_keys_rotate_without_a_log_out(server):
    """The new key stands above the old one in the file; what the old one signed is good until it is taken away."""
    person = server.admin()
    secret = server.data / "auth.secret"
    old = secret.read_text()
    secret.write_text("ab" * 32 + "\n" + old)
    assert "reloaded: the keys in auth.secret_file (now 2)\n" in reload(server)
    assert "reloaded: nothing has changed\n" in reload(server)
    assert person.get("/users/").status_code == 200
    assert person.post("/communities/new", json={"name": "Rotated", "description": "D"}).status_code == 200
    later = server.admin()
    secret.write_text("ab" * 32 + "\n")
    assert "reloaded: the keys in auth.secret_file (now 1)\n" in reload(server)
    assert person.get("/users/").status_code == 401
    assert later.get("/users/").status_code == 200
    secret.chmod(0o640)
    assert "05-auth.conf" in (said := reload(server, code=78)) and "may be used by others" in said
    assert later.get("/users/").status_code == 200
    secret.chmod(0o600)
    secret.write_text("no key\n")
    assert "must hold 1 to 4 lines" in reload(server, code=78)
    assert later.get("/users/").status_code == 200
    secret.unlink()
    assert "auth.secret: No such file or directory; a reload makes no new key" in reload(server, code=78)
    assert later.get("/users/").status_code == 200 and not secret.exists()


def test_P3_many_reloads_under_load_leave_everything_as_it_is(server, conf):
    """Two settings flip for ever; requests and their answers don't notice."""
    admin = server.admin()
    for number in range(60):
        put(conf, "core", "rate_limit = %d\n log_level = %s" % (1000000 + number % 2, ("info", "notice")[number % 2]))
        server.process.send_signal(signal.SIGHUP)
        assert admin.get("/users/").status_code == 200
    wait_for(lambda: setting(server, "core.log_level")["value"] == "notice")
    assert "refused" not in server.text_log() and metric(server, 'c18n_reloads_total{result="refused"}') == 0


def test_M4_without_a_server_there_is_nothing_to_reload(conf):
    server = harness.Server(conf=conf)
    assert "no server holds" in reload(server, code=69)
    assert not server.data.exists()
    assert server.ctl("reload", "now", check=False).returncode == 69
    put(conf, "core", " threads = many")
    said = reload(server, code=78)
    assert "00-core.local.conf:2: threads: " in said and "no server holds" in said
    server.folder.cleanup()


@pytest.fixture
def sleepy(tmp_path):
    with harness.Server(**site_of(tmp_path, sleepy=HANGING)) as running:
        yield running


def test_P3_a_module_that_hangs_holds_up_reloads_only(sleepy):
    server = sleepy
    admin = server.admin()
    (server.conf / "70-sleepy.conf").write_text("sleepy {\n    word = hang\n}\n")
    put(server.conf, "core", " rate_limit = 5000000")
    said = reload(server, code=69)
    assert "reload_prepare of module sleepy does not return" in said
    assert "sleepy: reload_prepare has not returned within " in server.text_log()
    assert admin.get("/users/").status_code == 200
    assert "does not return" in reload(server, code=69)
    assert setting(server, "sleepy.word")["value"] == "come"
    (server.data / "go").write_text("")
    wait_for(lambda: "has returned after all" in server.text_log())
    wait_for(lambda: setting(server, "sleepy.word")["value"] == "hang")  # the second reload, which waited for the first
    assert metric(server, 'c18n_reloads_total{result="refused"}') == 1


def test_P3_who_hangs_in_a_commit_has_changed_the_settings(sleepy):
    (sleepy.conf / "70-sleepy.conf").write_text("sleepy {\n    word = late\n}\n")
    said = reload(sleepy, code=69)
    assert "reload_commit of module sleepy does not return; the new settings hold" in said
    assert setting(sleepy, "sleepy.word")["value"] == "late"
    (sleepy.data / "go").write_text("")
    wait_for(lambda: "has returned after all" in sleepy.text_log())
