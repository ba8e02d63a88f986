"""The lists of what is loaded: c18nctl prints what the operators' listener gives as JSON."""

import re

import httpx
import pytest


def rows_of(server, name):
    answer = httpx.get(server.operators + "/modules/" + name, trust_env=False)
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    return answer.json()


def said_of(server, name):
    return server.ctl("modules", "--" + name).stdout


def test_routes(server):
    rows, lines = rows_of(server, "routes"), said_of(server, "routes").splitlines()
    assert len(rows) == len(lines) > 40
    for row, line in zip(rows, lines):
        assert line.split()[:5] == [row["method"], row["path"], row["policy"], row["class"], row["module"]]
        assert line.endswith(row["does"])
    assert {row["module"] for row in rows} >= {"users", "communities", "posts", "usergroups"}


def test_hooks(server):
    rows, said = rows_of(server, "hooks"), said_of(server, "hooks")
    assert re.findall(r"^(\S+): ", said, re.M) == [row["point"] for row in rows]
    assert "core.before_route" in said and any(row["renders"] for row in rows if row["declared"])
    hooks = [(hook["module"], hook["priority"]) for row in rows for hook in row["hooks"]]
    assert [(module, int(number)) for module, number in re.findall(r"^  (\w+), priority (-?\d+)", said, re.M)] == hooks != []


def test_topics(server):
    rows, said = rows_of(server, "topics"), said_of(server, "topics")
    assert re.findall(r"^(\w+):$", said, re.M) == [row["topic"] for row in rows]
    types = [(event["type"], event["version"], event["module"]) for row in rows for event in row["events"]]
    assert [(name, int(version), module) for name, version, module in re.findall(r"^  (\S+) v(\d+) of (\w+)", said, re.M)] == types
    assert ("posts.created", 1, "posts") in types and ("audit.csrf", 1, "core") in types
    documented = server.client().get("/asyncapi.json").json()
    assert {name for name, _, _ in types} == set(documented["components"]["messages"])


def test_views(server):
    rows, said = rows_of(server, "views"), said_of(server, "views")
    assert re.findall(r"^(\w+) v(\d+) of (\w+);", said, re.M) == [(row["view"], str(row["version"]), row["module"]) for row in rows]
    posts = next(row for row in rows if row["view"] == "posts")
    assert posts["module"] == "posts" and "likes" in posts["counters"].split()
    assert "  counters: %(counters)s\n" % posts in said and "  indexes: %(indexes)s\n" % posts in said


def test_settings(server):
    rows, lines = rows_of(server, "settings"), said_of(server, "settings").splitlines()
    assert [line.split(" = ")[0] for line in lines] == ["%(section)s.%(name)s" % row for row in rows]
    for row, line in zip(rows, lines):
        assert ("  # %s%s; " % (row["from"], ", reloadable" if row["reloadable"] else "")) in line
    fixed = {"%(section)s.%(name)s" % row for row in rows if not row["reloadable"]}
    assert {"core.listen", "core.threads", "core.state_dir"} < fixed and "core.frontends" not in fixed


def test_graph(server):
    rows, said = rows_of(server, "graph"), said_of(server, "graph")
    assert re.findall(r"^ *\d+  (\w+)", said, re.M) == [row["id"] for row in rows]
    edges = [(edge["verb"], edge["name"]) for row in rows for edge in row["edges"]]
    assert re.findall(r"^    \S+ (needs|wants|hooks) (\S+) of", said, re.M) == edges


@pytest.mark.parametrize("path", ["/modules/nonsense", "/modules//", "/modulesroutes", "/modules/routes/x"])
def test_no_such_list(server, path):
    assert httpx.get(server.operators + path, trust_env=False).status_code == 404
