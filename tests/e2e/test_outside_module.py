"""A third party's module: built outside of the tree, with an installed copy of it only, and used by HTTP."""

import json
import os
import re
import shutil
import time

import pytest

import harness
import ws_client
from installed import environment, install, run

OUTSIDE = harness.TOP / "tests/e2e/outside"
MODULES = {"storage_sqlite", "bus_local", "cache_memory", "index_fts", "users", "communities", "posts",
           "usergroups", "messaging", "media"}
COMMENT = "quince marmalade, between us"
BASELINES = sorted((harness.TOP / "plugin-api/abi").glob("0.*/include"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    return install(tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="module", params=[None, *BASELINES], ids=lambda folder: "headers " + (folder.parent.name if folder else "of today"))
def with_modules(request, installed, tmp_path_factory):
    """Sources copied away from this tree; polls built by CMake and installed, probe by cc alone. Once with the headers of
    today, and once with those of each minor that was released: such modules work on this host as they did on theirs."""
    folder = tmp_path_factory.mktemp("outside")
    if request.param:
        installed = shutil.copytree(installed, folder / "installed")
        shutil.rmtree(installed / "include")
        shutil.copytree(request.param, installed / "include")
    for name in ("polls", "probe"):
        shutil.copytree(OUTSIDE / name, folder / name)
    run("cmake", "-S", folder / "polls", "-B", folder / "build", env=environment(installed))
    said = run("cmake", "--build", folder / "build", env=environment(installed))
    assert "warning" not in said
    run("cmake", "--install", folder / "build", "--prefix", installed)
    flags = run("pkg-config", "--cflags", "c18n-plugin", env=environment(installed)).split()
    assert all(str(installed) in flag for flag in flags)
    run("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers", "-shared", "-fPIC", *flags,
        folder / "probe/probe.c", "-o", installed / "lib/c18n/modules/probe.so")
    return installed


@pytest.fixture(scope="module")
def conf(with_modules, tmp_path_factory):
    copied = tmp_path_factory.mktemp("conf") / "conf.d"
    shutil.copytree(with_modules / "etc/c18n/conf.d", copied)
    shutil.copy(OUTSIDE / "polls/65-polls.conf", copied)
    (copied / "66-probe.conf").write_text("probe {\n}\n")
    return copied


class Site:
    """A running server with both modules, an owner, a member, and a community."""

    def __init__(self, server):
        self.server, self.admin = server, server.admin()
        self.owner, self.member, self.outsider = (server.user(self.admin, name) for name in ("olga", "mia", "otto"))
        self.community = self.found("Bread")
        assert self.member.put(self.community + "/subscribe").status_code == 200

    def found(self, name):
        answer = self.owner.post("/communities/new", json={"name": name, "description": "D"})
        assert answer.status_code == 200, answer.text
        return "/communities/" + answer.json()["_id"]

    def open_poll(self, question="Rye?", choices=("yes", "no"), by=None, **rest):
        return (by or self.member).post(self.community + "/polls/new", json={"question": question, "choices": choices}, **rest)

    def poll(self, **rest):
        answer = self.open_poll(**rest)
        assert answer.status_code == 200, answer.text
        return self.community + "/polls/" + answer.json()["_id"]

    def report(self, **params):
        answer = self.admin.get("/probe", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def metric(self, name):
        text = harness.httpx.get(self.server.operators + "/metrics", trust_env=False).text
        found = re.search(r"^%s(?:\{[^}]*\})? (\S+)$" % name, text, re.M)
        return found and float(found.group(1))


@pytest.fixture(scope="module")
def site(conf, with_modules):
    with harness.Server({"polls.close_at": 2}, conf=conf, installed=with_modules) as server:
        yield Site(server)


def soon(what, seconds=20):
    """What becomes true in a moment."""
    until = time.monotonic() + seconds
    while not what() and time.monotonic() < until:
        time.sleep(0.02)
    assert what()


# --- what is installed ---

def test_installed_tree_is_whole(installed):
    assert {path.stem for path in (installed / "lib/c18n/modules").glob("*.so")} >= MODULES
    ours = {path.name for path in (harness.TOP / "conf.d").glob("*.conf")}
    assert {path.name for path in (installed / "etc/c18n/conf.d").glob("*")} == ours
    sources = harness.TOP / "plugin-api/include/c18n"
    headers = {str(path.relative_to(sources)) for path in sources.rglob("*.h")}
    assert {str(path.relative_to(installed / "include/c18n")) for path in (installed / "include/c18n").rglob("*.*")} == headers
    assert (installed / "lib/cmake/c18n/c18n-module.cmake").exists()
    assert (installed / "share/doc/c18n/operator/README.md").exists()


def test_installed_units_name_the_installed_programs(installed):
    unit = (installed / "lib/systemd/system/c18n.service").read_text()
    for path in re.findall(r"^Exec\w+=(\S+) --conf (\S+)", unit, re.M):
        for name in path: # the units were written for the first place; what is moved under systemd is installed again
            assert (installed / os.path.relpath(name, installed.parent / "first")).exists(), name
    assert (installed / "lib/systemd/system/c18n.socket").exists()


def test_installed_tree_runs_by_itself(installed):
    with harness.Server(conf=installed / "etc/c18n/conf.d", installed=installed) as server:
        said = server.ctl("modules").stdout
        assert {line.split()[0] for line in said.splitlines()} == MODULES
        loaded = harness.httpx.get(server.operators + "/modules", trust_env=False).json()
        assert all(module["file"].startswith(str(installed.resolve())) for module in loaded)


def test_pkg_config_knows_only_the_moved_tree(installed):
    for name in ("moduledir", "cmakedir", "includedir"):
        path = run("pkg-config", "--variable=" + name, "c18n-plugin", env=environment(installed)).strip()
        assert os.path.realpath(path).startswith(str(installed.resolve())) and os.path.isdir(path)


def test_the_sample_is_short():
    for path in (OUTSIDE / "polls").glob("*.[ch]"):
        assert len(path.read_text().splitlines()) <= 250, path


def test_a_built_module_exports_its_descriptor_only(with_modules):
    listing = run("nm", "-D", "--defined-only", with_modules / "lib/c18n/modules/polls.so")
    assert [line.split()[-1] for line in listing.splitlines()] == ["c18n_module_descriptor"]


def test_a_built_module_says_its_minor(with_modules):
    minor = re.search(r"#define C18N_ABI_MINOR (\d+)", (with_modules / "include/c18n/abi.h").read_text())[1]
    assert ("abi: 0.%s; id: polls;" % minor).encode() in (with_modules / "lib/c18n/modules/polls.so").read_bytes()


def test_the_readme_s_module_works_as_pasted(installed, tmp_path):
    """The three blocks of plugin-api/README.md: the source, the shell's way, and CMake's."""
    page = (harness.TOP / "plugin-api/README.md").read_text()
    blocks = {language: text for language, text in re.findall(r"^```(\w+)\n(.*?)^```", page, re.M | re.S)}
    (tmp_path / "pins.c").write_text(blocks["c"])
    conf = tmp_path / "conf.d"
    shutil.copytree(installed / "etc/c18n/conf.d", conf)
    run("sh", "-euc", blocks["sh"].replace("/etc/c18n/conf.d", str(conf)), cwd=tmp_path, env=environment(installed))
    with harness.Server(conf=conf, installed=installed) as server:
        admin = server.admin()
        community = "/communities/" + admin.post("/communities/new", json={"name": "Bread", "description": "D"}).json()["_id"]
        assert admin.get(community + "/pin").status_code == 404
        assert admin.put(community + "/pin", json={"text": ""}).status_code == 422
        assert admin.put(community + "/pin", json={"text": "Feed the sourdough"}).json()["text"] == "Feed the sourdough"
        reader = server.user(admin, "rita")
        assert reader.get(community + "/pin").json()["text"] == "Feed the sourdough"
        assert reader.put(community + "/pin", json={"text": "Mine"}).status_code == 403
        server.ctl("verify")
    (installed / "lib/c18n/modules/pins.so").unlink()
    (tmp_path / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\nproject(pins LANGUAGES C)\n" + blocks["cmake"])
    run("cmake", "-S", tmp_path, "-B", tmp_path / "build", env=environment(installed))
    run("cmake", "--build", tmp_path / "build")
    assert (tmp_path / "build/modules/pins.so").exists()


# --- fields, routes, policies ---

@pytest.mark.parametrize("body, field", [
    ({"choices": ["a", "b"]}, "question"), ({"question": "", "choices": ["a", "b"]}, "question"),
    ({"question": "Q" * 301, "choices": ["a", "b"]}, "question"), ({"question": "Q"}, "choices"),
    ({"question": "Q", "choices": ["a"]}, "choices"), ({"question": "Q", "choices": ["a"] * 11}, "choices"),
    ({"question": "Q", "choices": ["a", "b" * 101]}, "choices"), ({"question": "Q", "choices": ["a", 1]}, "choices"),
    ({"question": "Q", "choices": ["a", "b"], "votes": 7}, "votes"),
])
def test_bad_bodies_name_the_field(site, body, field):
    answer = site.member.post(site.community + "/polls/new", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert any(error["field"].startswith(field) for error in answer.json()["errors"]), answer.text


def test_only_members_open_and_vote(site):
    poll = site.poll()
    assert site.open_poll(by=site.outsider).status_code == 403
    assert site.outsider.put(poll + "/vote", json={"choice": 0}).status_code == 403
    assert site.outsider.get(poll).status_code == 200, "readers may look"
    assert site.server.client().get(poll).status_code == 401
    assert site.member.get(poll + "/history").status_code == 403
    assert site.member.get(site.found("Elsewhere") + "/polls/" + poll.split("/")[-1]).status_code == 404
    assert site.member.get(site.community + "/polls/nonsense").status_code == 404
    assert site.member.delete(poll).status_code == 405


def test_open_answers_the_resource(site):
    answer = site.open_poll(question="Which?", choices=["white", "rye", "spelt"])
    body = answer.json()
    assert body["tally"] == [0, 0, 0] and body["votes"] == 0 and body["created_by"] == site.member.user
    assert body["community"].endswith(site.community)
    assert answer.headers["location"].endswith(site.community + "/polls/" + body["_id"])
    again = site.member.get(site.community + "/polls/" + body["_id"])
    assert again.json() == body
    assert site.member.get(site.community + "/polls/" + body["_id"],
                           headers={"If-None-Match": again.headers["etag"]}).status_code == 304


def test_forms_are_taken_too(site):
    answer = site.member.post(site.community + "/polls/new", data={"question": "Form?", "choices": "yes,no"})
    assert answer.status_code == 200 and answer.json()["choices"] == ["yes", "no"]


def test_same_idempotency_key_same_poll(site):
    key = {"Idempotency-Key": "one-poll-only"}
    first, second = (site.open_poll(question="Once?", headers=key) for _ in range(2))
    assert first.status_code == second.status_code == 200 and first.json() == second.json()
    assert site.open_poll(question="Other?", headers=key).status_code == 422


def test_pages_are_newest_first(site):
    community = site.found("Pages")
    made = [site.owner.post(community + "/polls/new", json={"question": "Q%d" % i, "choices": ["a", "b"]}).json()["_id"]
            for i in range(7)]
    assert [poll["_id"] for poll in site.owner.pages(community + "/polls/", limit=3)] == made[::-1]
    assert site.owner.get(community + "/polls/", params={"limit": 101}).status_code == 400
    assert site.owner.get(community + "/polls/", params={"after": "forged"}).status_code == 400


# --- votes: counters, personal members, audit, consumer, metric ---

def test_votes_are_counted_once_and_close_the_poll(site):
    poll = site.poll()
    counted = site.metric("c18n_polls_votes_total") or 0
    first = site.member.put(poll + "/vote", json={"choice": 1})
    assert first.status_code == 200 and first.json()["tally"] == [0, 1] and first.json()["votes"] == 1
    twice = site.member.put(poll + "/vote", json={"choice": 0})
    assert twice.status_code == 409 and twice.json()["code"] == "voted"
    beyond = site.owner.put(poll + "/vote", json={"choice": 2})
    assert beyond.status_code == 422 and beyond.json()["errors"][0]["field"] == "choice"
    assert site.owner.put(poll + "/vote", json={"choice": 0}).json()["tally"] == [1, 1]
    soon(lambda: "closed_on" in site.owner.get(poll).json())
    late = site.admin.put(poll + "/vote", json={"choice": 0})
    assert late.status_code == 409 and late.json()["code"] == "poll_closed"
    soon(lambda: site.metric("c18n_polls_votes_total") == counted + 2)
    types = [event["type"] for event in site.owner.pages(poll + "/history")]
    assert sorted(types) == sorted(["polls.opened", "polls.voted", "audit.voted_twice", "polls.voted", "polls.closed"])


def test_votes_are_seen_live(site):
    if "/polls/live" not in site.server.ctl("modules", "--sockets").stdout:
        pytest.skip("headers of before 0.3 have no sockets")
    poll = site.poll()
    place = {"community": site.community.split("/")[-1], "poll": poll.split("/")[-1]}
    with ws_client.connect(site.server, path=harness.BASE + "/polls/live", token=site.outsider.token) as socket:
        socket.wait_for("hello")
        assert socket.ask({"kind": "watch", **place, "poll": place["community"]})["code"] == "not_found"
        assert socket.ask({"kind": "watch", **place})["kind"] == "ack"
        assert site.member.put(poll + "/vote", json={"choice": 1}).status_code == 200
        assert socket.wait_for("result")["tally"] == [0, 1]
        assert socket.ask({"kind": "unwatch", **place})["kind"] == "ack"
        assert site.owner.put(poll + "/vote", json={"choice": 0}).status_code == 200
        assert socket.ask({"kind": "watch", **place})["kind"] == "ack"
        assert not [frame for frame in socket.passed if frame["kind"] == "result"], "nobody watched"


def test_personal_members_are_sealed(site):
    poll = site.poll()
    assert site.member.put(poll + "/vote", json={"choice": 0, "comment": COMMENT}).status_code == 200
    voted = [event for event in site.owner.pages(poll + "/history") if event["type"] == "polls.voted"]
    assert voted[0]["data"]["comment"] == COMMENT and voted[0]["actor"] == site.member.user
    stored = b"".join(path.read_bytes() for path in site.server.data.rglob("*") if path.is_file())
    assert b"Rye?" in stored and COMMENT.encode() not in stored
    assert COMMENT not in site.server.text_log()


def test_poison_goes_to_the_dead_letters_and_blocks_nothing(site):
    site.poll(question="Poison?")
    soon(lambda: re.search(r"dead letter probe\.sick/\d+: cannot be digested", site.server.text_log()))
    site.poll(question="Poison?")
    soon(lambda: len(re.findall(r"dead letter probe\.sick/\d+:", site.server.text_log())) == 2)
    poll = site.poll()
    for person in (site.member, site.owner):
        assert person.put(poll + "/vote", json={"choice": 0}).status_code == 200
    soon(lambda: "closed_on" in site.owner.get(poll).json())


# --- other modules ---

def test_hooks_veto(site):
    refused = site.member.post(site.community + "/posts/new", json={"content": "Poll: rye or not?"})
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "content"
    assert site.member.post(site.community + "/posts/new", json={"content": "No poll: rye."}).status_code == 200
    hooked = site.report()["hooked"]
    answer = site.open_poll(question="Why?")
    assert answer.status_code == 403 and answer.json()["code"] == "no_why"
    assert site.report()["hooked"] == hooked + 1
    assert "Why?" not in [poll["question"] for poll in site.member.pages(site.community + "/polls/")]


def test_services_are_found(site):
    poll = site.poll()
    site.member.put(poll + "/vote", json={"choice": 1})
    report = site.report(poll=poll.split("/")[-1])
    assert report["polls"] is True and report["votes"] == 1
    assert report["late_provide"] == -3, "services are provided in init only"


def test_families_by_query(site):
    families = site.report()["families"]
    assert families.pop("c18n.nothing") is False
    assert len(families) == 15 and all(families.values()), families


def test_work_and_timers(site):
    before = site.report()
    assert before["early_submit"] == before["early_timer"] == -13, "in start there is nothing to run it yet"
    assert before["no_timer"] == -7 and before["bad_header"] == -3
    assert site.admin.put("/probe/ask").status_code == 200
    soon(lambda: site.report()["submitted"] == before["submitted"] + 1)
    soon(lambda: site.report()["asked_ticks"] == before["asked_ticks"] + 2)  # its first turn asks for another
    soon(lambda: site.report()["ticks"] > before["ticks"] + 2)


@pytest.mark.parametrize("how", ["put", "patch", "remove", "foreign"])
def test_other_modules_records_and_events_are_theirs(site, how):
    before = site.admin.get(site.community).json()
    assert site.admin.put("/probe/%s/%s" % (site.community.split("/")[-1], how)).status_code in (422, 500)
    assert site.admin.get(site.community).json() == before
    said = "event communities.deleted: the module does not declare it" if how == "foreign" else \
        "apply of probe.meddled changes communities: it is another module's view, where only counters may be added to"
    assert said in site.server.text_log()


def test_other_modules_counters_may_be_added_to(site):
    community = site.found("Counted")
    assert site.admin.put("/probe/%s/add" % community.split("/")[-1]).status_code == 200
    assert site.admin.get(community).json()["posts_count"] == 5


def test_a_timer_closes_what_has_ended(conf, with_modules):
    with harness.Server({"polls.open_for": 1}, conf=conf, installed=with_modules) as server:
        site = Site(server)
        polls = [site.poll(question="Q%d" % i) for i in range(5)]
        soon(lambda: all("closed_on" in site.owner.get(poll).json() for poll in polls))
        server.ctl("verify")


# --- files, documents, tools ---

def test_import_and_export(conf, with_modules, tmp_path):
    lines = [
        {"kind": "user", "ref": "u", "username": "ina", "email": "ina@example.org"},
        {"kind": "community", "ref": "c", "name": "Imported", "by": "u"},
        {"kind": "poll", "ref": "p", "community": "c", "by": "u", "question": "Good?", "choices": ["y", "n"], "created_on": 1500000000},
        {"kind": "poll", "ref": "q", "community": "c", "by": "u", "question": "Bad", "choices": ["only one"]},
    ]
    path = tmp_path / "in.ndjson"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    server = harness.Server(conf=conf, installed=with_modules)
    told = server.ctl("import", str(path), check=False)
    assert "choices" in told.stdout + told.stderr
    given = [json.loads(line) for line in server.ctl("export", "-").stdout.splitlines()]
    polls = [line for line in given if line["kind"] == "poll"]
    assert [(poll["question"], poll["choices"], poll["created_on"]) for poll in polls] == [("Good?", ["y", "n"], 1500000000)]
    server.ctl("verify")
    server.folder.cleanup()


def test_documents_have_the_module(site):
    openapi = site.member.get("/openapi.json").json()
    made = openapi["paths"]["/communities/{community}/polls/new"]["post"]
    assert made["tags"] == ["polls"] and made["summary"] == "Open a poll"
    schema = made["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["question", "choices"] and schema["properties"]["choices"]["maxItems"] == 10
    assert {"name": "polls", "description": "Polls in communities"} in openapi["tags"]
    messages = site.member.get("/asyncapi.json").json()["components"]["messages"]
    assert {"polls.opened", "polls.voted", "polls.closed"} <= set(messages)
    assert "comment" in messages["polls.voted"]["description"]


def test_tools_show_the_module(site):
    assert re.search(r"^polls +1\.0\.0 +loaded +Polls in communities$", site.server.ctl("modules").stdout, re.M)
    assert re.search(r"polls +1\.0\.0  provides polls\.v1\n +├─ needs communities\.v1 of \d communities\n"
                     r" +├─ wants posts\.v1 of \d posts\n +└─ hooks posts\.before_create of \d posts\n",
                     site.server.ctl("modules", "--graph").stdout)
    assert re.search(r"PUT .*/polls/\{poll\}/vote +member +write +polls", site.server.ctl("modules", "--routes").stdout)
    assert re.search(r"posts\.before_create.*\n +polls, priority 0", site.server.ctl("modules", "--hooks").stdout)
    assert "polls.close_at = 2" in site.server.ctl("modules", "--settings").stdout
    server = harness.Server({"polls.close_at": -1}, conf=site.server.conf, installed=site.server.daemon.parent.parent)
    told = server.ctl("check", check=False)
    assert told.returncode == 78 and "close_at" in told.stdout + told.stderr
    server.folder.cleanup()


# --- taken away, and left out ---

def without_links(answer):
    return {name: value for name, value in answer.json().items() if not str(value).startswith("http")}


def appears_nowhere(server, client, word):
    assert not [path for path in client.get("/openapi.json").json()["paths"] if word in path]
    assert word not in json.dumps(client.get("/asyncapi.json").json())
    assert "c18n_%s_" % word not in harness.httpx.get(server.operators + "/metrics", trust_env=False).text


def test_switched_off_and_on_again(conf, with_modules, tmp_path):
    data = tmp_path / "data"
    with harness.Server(data=data, conf=conf, installed=with_modules) as server:
        site = Site(server)
        poll = site.poll()
        site.member.put(poll + "/vote", json={"choice": 1, "comment": COMMENT})
        before, posts = without_links(site.member.get(poll)), site.community + "/posts/new"
        assert site.member.post(posts, json={"content": "Poll: no"}).status_code == 422
        assert site.admin.put("/probe/%s/add" % site.community.split("/")[-1]).status_code == 200
        token = site.member.token
    with harness.Server({"polls.enabled": "false", "probe.enabled": "false"}, data=data, conf=conf,
                        installed=with_modules) as server:
        member = server.with_token(token)
        assert member.get(poll).status_code == 404 and member.get(site.community + "/polls/").status_code == 404
        appears_nowhere(server, member, "polls")
        assert member.post(posts, json={"content": "Poll: yes"}).status_code == 200, "nobody vetoes any more"
        server.ctl("verify")
        server.ctl("replay")
        server.ctl("verify")
        assert member.get(site.community).status_code == 200
    with harness.Server(data=data, conf=conf, installed=with_modules) as server:
        member = server.with_token(token)
        assert without_links(member.get(poll)) == before, "made again from its events"
        assert member.put(poll + "/vote", json={"choice": 0}).status_code == 409
        server.ctl("verify")


def test_without_what_it_needs_it_is_refused(conf, with_modules):
    server = harness.Server({"communities.enabled": "false", "posts.enabled": "false", "usergroups.enabled": "false",
                             "messaging.enabled": "false", "probe.enabled": "false"}, conf=conf, installed=with_modules)
    told = server.ctl("check", check=False)
    text = told.stdout + told.stderr
    assert told.returncode == 78
    for part in ("polls.so: refused", "it has and needs: polls 1.0.0, ABI 0.", "the host has:     no module that provides communities.v1",
                 "the broken rule:  communities.v1, which it needs, must be provided", "what to do:       "):
        assert part in text, text
    server.folder.cleanup()


def test_without_what_it_wants_it_runs(conf, with_modules):
    """A hook on a module that is switched off only never runs; a counter of one is passed over."""
    with harness.Server({"posts.enabled": "false", "probe.enabled": "false"}, conf=conf, installed=with_modules) as server:
        site = Site(server)
        assert site.open_poll().status_code == 200
        assert "└─ hooks posts.before_create of nobody here" in server.ctl("modules", "--graph").stdout
        assert "posts.before_create: of a module that is not loaded\n  polls, never runs" in server.ctl("modules", "--hooks").stdout


@pytest.mark.parametrize("stage", ["init", "start"])
def test_one_that_fails_is_left_out_when_optional(conf, with_modules, stage):
    with harness.Server({"probe.fail": stage, "probe.optional": "true"}, conf=conf, installed=with_modules) as server:
        site = Site(server)
        assert site.admin.get("/probe").status_code == 404
        appears_nowhere(server, site.admin, "probe")
        assert site.open_poll(question="Why?").status_code == 200, "its hook is gone, too"
        site.open_poll(question="Poison?")
        state = harness.httpx.get(server.operators + "/readyz", trust_env=False).json()["modules"]["probe"]
        assert state["state"] == "left_out" and "its stage %s must succeed: it gave C18N_ERROR (-1)" % stage in state["detail"]
        assert "probe: left out, and optional: the server starts without it: its stage " in server.text_log()
        server.ctl("verify")
        assert "dead letter" not in server.text_log()


@pytest.mark.parametrize("stage", ["init", "start"])
def test_one_that_fails_stops_the_start(conf, with_modules, stage):
    server = harness.Server({"probe.fail": stage}, conf=conf, installed=with_modules)
    server.start(wait=False)
    assert server.process.wait(60) == 78
    text = server.text_log()
    for part in ("probe.so: refused", "it has and needs: probe 0.0.1", "the host has:     ",
                 "the broken rule:  its stage %s must succeed" % stage, "what to do:       "):
        assert part in text, text
    server.folder.cleanup()
