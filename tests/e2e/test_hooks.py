"""Hooks of a module built outside of the tree: on every point there is, around routes, and in what is shown."""

import hashlib
import itertools
import json
import re

import pytest

import harness
import ws_client
from own_modules import site_of

SOURCES = harness.TOP / "tests/e2e/outside/hooked"
DOCUMENT = harness.TOP / "docs/modules/hooks.md"
numbers = itertools.count(1)


def hooked(folder, *flags):
    return site_of(folder, *flags, hooked=SOURCES / "hooked.c")


class Site:
    def __init__(self, server):
        self.server, self.admin = server, server.admin()
        self.owner, self.member, self.guest = (self.person() for _ in range(3))
        self.community = self.found()
        assert self.member.put(self.community + "/subscribe").status_code == 200

    def person(self):
        return self.server.user(self.admin, "hooked%d" % next(numbers))

    def found(self, **body):
        answer = self.owner.post("/communities/new", json={"name": "Bread", "description": "D", **body})
        assert answer.status_code == 200, answer.text
        return "/communities/" + answer.json()["_id"]

    def post(self, content="Rye", by=None, community=None):
        answer = (by or self.member).post((community or self.community) + "/posts/new", json={"content": content})
        assert answer.status_code == 200, answer.text
        return (community or self.community) + "/posts/" + answer.json()["_id"]

    def upload(self, name="cat.gif", by=None):
        """By a socket; the last answer."""
        data = b"GIF89a of a cat"
        with ws_client.connect(self.server, path=harness.BASE + "/images/send", token=(by or self.member).token) as socket:
            socket.wait_for("hello")
            answer = socket.ask({"kind": "media", "name": name, "type": "image/gif", "size": len(data),
                                 "sha256": hashlib.sha256(data).hexdigest()})
            if answer["kind"] == "ready":
                socket.send_bytes(data)
                answer = socket.receive()
            return answer

    def seen(self, point):
        return [item["subject"] for item in self.admin.pages("/hooked/" + point, limit=100)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with harness.Server(**site_of(tmp_path_factory.mktemp("hooked"), hooked=SOURCES / "hooked.c", caller=SOURCES / "caller.c")) as server:
        yield Site(server)


def problem(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    return body


# --- points of the owners

def login(site, person, **rest):
    door = site.server.client()
    pre = door.get("/auth/csrf")
    name = person.get("/users/").json()["username"]
    return door.post("/auth/login", json={"username": name, "password": "correct horse " + name},
                     headers={"X-CSRF-Token": pre.json()["csrf_token"], "Cookie": harness.cookie_of(pre), **rest["headers"]})


def actions(site):
    """(points, what to ask, an argument that it needs each time anew): each runs its points."""
    path, owner, admin = site.community, site.owner, site.admin

    def invited():
        guest = site.person()
        made = owner.post(path + "/users/%s/invite" % guest.user)
        assert made.status_code == 200, made.text
        return guest, made.json()["_id"]

    def joined():
        member = site.person()
        assert member.put(path + "/subscribe").status_code == 200
        return member

    def banned():
        person = site.person()
        assert owner.put(path + "/bans/" + person.user, json={}).status_code == 200
        return person

    def waiting():
        queue = site.found()
        assert owner.patch(queue + "/settings", json={"approval_queue": True}).status_code == 200
        assert site.member.put(queue + "/subscribe").status_code == 200
        return site.post(community=queue)

    def requested():
        closed, person = site.found(visibility="restricted"), site.person()
        assert person.put(closed + "/subscribe").json()["membership"] == "pending"
        return closed, person

    def new_person(_, **rest):
        name = "hooked%d" % next(numbers)
        return admin.post("/users/new", json={"username": name, "email": name + "@example.org", "password": "x" * 12}, **rest)

    return [
        ("users.create", None, new_person),
        ("users.update", site.person, lambda who, **rest: who.patch("/users/" + who.user, json={"bio": "B"}, **rest)),
        ("users.roles", site.person, lambda who, **rest: admin.put("/users/%s/roles" % who.user, json={"roles": ["user"]}, **rest)),
        ("users.delete", site.person, lambda who, **rest: who.delete("/users/" + who.user, **rest)),
        ("users.login", site.person, lambda who, **rest: login(site, who, **rest)),
        ("users.refresh", site.person, lambda who, **rest: who.post("/auth/refresh", **rest)),
        ("communities.create", None, lambda _, **rest: owner.post("/communities/new", json={"name": "N"}, **rest)),
        ("communities.update", None, lambda _, **rest: owner.patch(path, json={"name": "N"}, **rest)),
        ("communities.update", None, lambda _, **rest: owner.patch(path + "/settings", json={"slow_mode": 0}, **rest)),
        ("communities.delete", site.found, lambda which, **rest: owner.delete(which, **rest)),
        ("communities.join", site.person, lambda who, **rest: who.put(path + "/subscribe", **rest)),
        ("communities.join", invited, lambda it, **rest: it[0].put(path + "/invite/%s/accept" % it[1], **rest)),
        ("communities.join", requested, lambda it, **rest: owner.put(it[0] + "/requests/%s/accept" % it[1].user, **rest)),
        ("communities.leave", joined, lambda who, **rest: who.put(path + "/unsubscribe", **rest)),
        ("communities.ban", site.person, lambda who, **rest: owner.put(path + "/bans/" + who.user, json={}, **rest)),
        ("communities.unban", banned, lambda who, **rest: owner.delete(path + "/bans/" + who.user, **rest)),
        ("communities.create_invite", site.person, lambda who, **rest: owner.post(path + "/users/%s/invite" % who.user, **rest)),
        ("communities.update_invite", invited, lambda it, **rest: it[0].put(path + "/invite/%s/accept" % it[1], **rest)),
        ("communities.update_invite", invited, lambda it, **rest: it[0].put(path + "/invite/%s/decline" % it[1], **rest)),
        ("communities.update_invite", invited, lambda it, **rest: it[0].put(path + "/subscribe", **rest)),
        ("communities.delete_invite", invited, lambda it, **rest: owner.delete(path + "/users/%s/invite" % it[0].user, **rest)),
        ("posts.create", None, lambda _, **rest: site.member.post(path + "/posts/new", json={"content": "C"}, **rest)),
        ("posts.update", site.post, lambda post, **rest: site.member.patch(post, json={"content": "C"}, **rest)),
        ("posts.delete", site.post, lambda post, **rest: site.member.delete(post, **rest)),
        ("posts.approve", waiting, lambda post, **rest: owner.put(post + "/approve", **rest)),
        ("posts.reject", waiting, lambda post, **rest: owner.put(post + "/reject", **rest)),
        ("media.delete", lambda: site.upload()["_id"], lambda image, **rest: site.member.delete("/images/" + image, **rest)),
    ] + group_actions(site)


def group_actions(site):
    """The same of usergroups, and of what is said in them."""
    new, owner, member = site.community + "/usergroups/new", site.owner, site.member

    def group(**body):
        answer = owner.post(new, json={"name": "G", **body})
        assert answer.status_code == 200, answer.text
        return site.community + "/usergroups/" + answer.json()["_id"]

    def archived():
        path = group()
        assert owner.put(path + "/archive").status_code == 200
        return path

    def joined():
        path = group()
        assert member.put(path + "/join").status_code == 200
        return path

    def invited():
        path = group(visibility="closed")
        made = owner.put(path + "/users/%s/invite" % member.user)
        assert made.status_code == 200, made.text
        return path, made.json()["_id"]

    def answer(word):
        return lambda it, **rest: member.put("%s/invite/%s/%s" % (*it, word), **rest)

    def invite(path, **rest):
        return owner.put(path + "/users/%s/invite" % member.user, **rest)

    def message():
        path = "/usergroups/%s/messages/" % group().rsplit("/", 1)[1]
        made = owner.post(path + "new", json={"content": "C"})
        assert made.status_code == 200, made.text
        return path + made.json()["_id"]

    def say(path, **rest):
        return owner.post("/usergroups/%s/messages/new" % path.rsplit("/", 1)[1], json={"content": "C"}, **rest)

    return [
        ("messaging.create", group, say),
        ("messaging.update", message, lambda path, **rest: owner.patch(path, json={"content": "D"}, **rest)),
        ("messaging.delete", message, lambda path, **rest: owner.delete(path, **rest)),
        ("usergroups.create", None, lambda _, **rest: owner.post(new, json={"name": "N"}, **rest)),
        ("usergroups.update", group, lambda path, **rest: owner.patch(path, json={"name": "N"}, **rest)),
        ("usergroups.delete", group, lambda path, **rest: owner.delete(path, **rest)),
        ("usergroups.archive", group, lambda path, **rest: owner.put(path + "/archive", **rest)),
        ("usergroups.unarchive", archived, lambda path, **rest: owner.put(path + "/unarchive", **rest)),
        ("usergroups.join", None, lambda _, **rest: owner.post(new, json={"name": "N"}, **rest)),
        ("usergroups.join", group, lambda path, **rest: member.put(path + "/join", **rest)),
        ("usergroups.join", invited, answer("accept")),
        ("usergroups.leave", joined, lambda path, **rest: member.put(path + "/leave", **rest)),
        ("usergroups.leave", joined, lambda path, **rest: owner.delete(path + "/users/" + member.user, **rest)),
        ("usergroups.create_invite", group, invite),
        ("usergroups.update_invite", invited, answer("accept")),
        ("usergroups.update_invite", invited, answer("decline")),
        ("usergroups.update_invite", invited, lambda it, **rest: member.put(it[0] + "/join", **rest)),
        ("usergroups.delete_invite", invited, lambda it, **rest: owner.delete(it[0] + "/users/%s/invite" % member.user, **rest)),
    ]


def declared(site):
    """Points by `c18nctl modules --hooks`: name to help."""
    said = site.server.ctl("modules", "--hooks").stdout
    return dict(re.findall(r"^(\S+): (.*)$", said, re.M))


def with_times(action, times):
    module, what = action.split(".")
    return ["%s.%s_%s" % (module, time, what) for time in times]


def check_subjects(site):
    """They are as their points' help says."""
    for point, help_text in declared(site).items():
        for subject in site.seen(point):
            said = help_text.split("Subject: ")[1]
            assert ("_rev" in subject) == ("record" in said), point
            assert "password" not in subject
    for point, members in (("communities.before_join", {"community", "user"}), ("users.before_roles", {"_id", "roles"}),
                           ("communities.before_create_invite", {"community", "user", "created_by"}),
                           ("communities.before_ban", {"community", "user", "was_member"}),
                           ("usergroups.before_join", {"group", "community", "user", "role"}),
                           ("usergroups.before_create_invite", {"group", "community", "user", "created_by"})):
        assert all(set(subject) == members for subject in site.seen(point)), point
    for point in ("communities.before_update_invite", "communities.after_update_invite", "usergroups.before_update_invite",
                  "usergroups.after_update_invite"):
        assert {subject["status"] for subject in site.seen(point)} == {"accepted", "declined"}


def test_every_point_runs_and_every_point_may_say_no(site):
    known, done = declared(site), set()
    for action, make, ask in actions(site):
        for point in with_times(action, ("before", "after")):
            if point not in known: # there is nothing after a log-in that could still be stopped
                continue
            done.add(point)
            made = make() if make else None
            for how, status, code in (("forbidden", 403, "not_liked"), ("invalid", 422, "not_liked"), ("field", 422, "invalid_field")):
                before = len(site.seen(point))
                said = problem(ask(made, headers={"X-Veto": point + " " + how}), status, code)
                if how == "field":
                    assert said["errors"] == [{"field": "content", "detail": "has a word that is not liked here"}]
                else:
                    assert said["detail"] == point + " says no."
                assert len(site.seen(point)) == before, "a veto undoes what the hooks before it did"
            answer = ask(made, headers={})
            assert answer.status_code == 200, answer.text
            assert len(site.seen(point)) == before + 1, point
    rest = {point for point in known if "before_" in point or "after_" in point} - done
    rest -= {"media.before_create", "media.after_create"} # which only sockets run: the next test
    assert rest == {"core.before_route", "core.after_route", "absent.before_create"}
    check_subjects(site)


def test_points_of_a_socket(site):
    """An upload is asked about before its bytes come, and once more when it is there; a no at its end leaves nothing."""
    for point in ("media.before_create", "media.after_create"):
        before = {each: len(site.seen(each)) for each in ("media.before_create", "media.after_create")}
        for how, code in (("forbidden", "not_liked"), ("invalid", "not_liked"), ("field", "invalid_field")):
            nack = site.upload(name=point + " " + how)
            assert (nack["kind"], nack["code"]) == ("nack", code), nack
            assert ([error["field"] for error in nack.get("errors", [])] == ["content"]) == (how == "field")
            assert len(site.seen(point)) == before[point]
        assert site.upload()["kind"] == "ack"
        assert len(site.seen(point)) == before[point] + 1
    check_subjects(site)


def test_paths_without_a_handler_of_their_own(site):
    assert "root" in [subject["username"] for subject in site.seen("users.before_create")], "c18nctl made the administrator"
    count = {point: len(site.seen("users." + point)) for point in ("before_create", "after_create")}
    assert site.admin.post("/users/batch", json={"count": 3, "seed": next(numbers)}).status_code == 200
    assert all(len(site.seen("users." + point)) == count[point] + 3 for point in count)
    member, left, asked = site.person(), len(site.seen("communities.after_leave")), len(site.seen("communities.before_leave"))
    assert member.put(site.community + "/subscribe").status_code == 200
    assert member.delete("/users/" + member.user, headers={"X-Veto": "communities.before_leave forbidden"}).status_code == 200
    assert len(site.seen("communities.after_leave")) == left + 1, "an account that ends leaves"
    assert len(site.seen("communities.before_leave")) == asked, "and nobody can keep it"


def test_an_import_runs_none(site, tmp_path):
    lines = [{"kind": "user", "ref": "u", "username": "imported%d" % next(numbers), "name": "I"},
             {"kind": "user", "ref": "v", "username": "imported%d" % next(numbers), "name": "J"},
             {"kind": "community", "ref": "c", "name": "Old", "by": "u"}, {"kind": "member", "community": "c", "user": "v"},
             {"kind": "post", "ref": "p", "community": "c", "by": "u", "content": "Old"}]
    (tmp_path / "lines").write_text("".join(json.dumps(line) + "\n" for line in lines))
    points = ["users.before_create", "users.after_create", "communities.before_create", "communities.after_create",
              "communities.before_join", "communities.after_join", "posts.before_create", "posts.after_create"]
    before = [len(site.seen(point)) for point in points]
    site.server.ctl("import", str(tmp_path / "lines"))
    assert [len(site.seen(point)) for point in points] == before


def test_order_is_by_priority_then_by_id(site):
    answer = site.member.post(site.community + "/posts/new", json={"content": "C"})
    assert answer.headers.get_list("x-order") == ["first", "caller", "last"]
    said = site.server.ctl("modules", "--hooks").stdout
    assert ("  caller, priority -1\n  caller, priority 0\n  hooked, priority 0\n  caller, priority 1\n" in said), said
    assert "absent.before_create: of a module that is not loaded\n  hooked, never runs\n" in said
    assert "  hooked, priority 0, adds mark letters\n" in said
    assert "  hooked, priority 0, on POST /communities/new\n" in said


# --- around routes

def test_around_routes(site):
    post = site.post()
    pattern = "/communities/{community}/posts/{post} of posts: "
    answer = site.member.get(post)
    assert answer.headers["x-hooked"] == "GET " + pattern + "200"
    assert site.member.request("HEAD", post).headers["x-hooked"] == "GET " + pattern + "200"
    again = site.member.get(post, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.headers["x-hooked"]) == (304, "GET " + pattern + "304")
    assert site.member.get("/openapi.json").headers["x-hooked"] == "GET /openapi.json of core: 200"
    assert "x-hooked" not in site.member.get(post[:-1] + "x").headers, "who found no route, met no hook"
    batch = site.admin.post("/users/batch", json={"count": 1, "seed": next(numbers)})
    assert batch.status_code == 200 and "x-hooked" not in batch.headers, "a stream's headers are out when it ends"


def test_before_and_after_may_say_no(site):
    post = site.post()
    for point in ("core.before_route", "core.after_route"):
        for path in (post, site.community + "/posts/", "/openapi.json", "/auth/csrf"):
            for how, status, code in (("forbidden", 403, "not_liked"), ("invalid", 422, "not_liked"), ("field", 422, "invalid_field")):
                refused = site.member.get(path, headers={"X-Veto": point + " " + how})
                problem(refused, status, code)
                assert "etag" not in refused.headers and "x-hooked" not in refused.headers
        written = len(site.seen("posts.after_create"))
        problem(site.member.post(site.community + "/posts/new", json={"content": "C"},
                                 headers={"X-Veto": point + " forbidden"}), 403, "not_liked")
        assert len(site.seen("posts.after_create")) == written, "nothing was written"
    problem(site.member.post(site.community + "/posts/new", json={}, headers={"X-Veto": "core.before_route forbidden"}),
            422, "invalid_field")
    problem(site.server.client().get(post, headers={"X-Veto": "core.before_route forbidden"}), 401, "unauthenticated")


def test_a_hook_on_one_route(site):
    made = site.owner.post("/communities/new", json={"name": "N"})
    assert made.headers["x-founding"] == "yes"
    assert "x-founding" not in site.owner.get("/communities/" + made.json()["_id"]).headers
    key = {"Idempotency-Key": "key-%d" % next(numbers)}
    first, second = (site.owner.post("/communities/new", json={"name": "N"}, headers=key) for _ in range(2))
    assert second.headers["idempotency-replayed"] == "true" and second.headers["x-founding"] == first.headers["x-founding"]


# --- in what is shown

def test_a_post_is_shown_with_what_was_added(site):
    post = site.post("quincunx %d" % next(numbers))
    shown = site.member.get(post).json()
    assert shown["letters"] == len(shown["content"]) and shown["mark"] is None
    listed = {item["_id"]: item for item in site.member.pages(site.community + "/posts/", limit=100)}
    found = site.member.get("/posts/search", params={"q": shown["content"]}).json()
    assert listed[shown["_id"]] == shown and found == [shown]
    changed = site.member.patch(post, json={"content": "spelt"})
    assert changed.json()["letters"] == 5
    assert "letters" not in json.dumps(list(site.member.pages(post + "/history"))), "history is of what happened"


def test_a_tag_changes_with_what_was_added(site):
    post = site.post()
    before = site.member.get(post)
    assert site.member.post("/caller/" + before.json()["_id"]).status_code == 200
    after = site.member.get(post, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200 and after.json()["mark"] == "by a service"
    assert after.headers["etag"] != before.headers["etag"]
    again = site.member.get(post, headers={"If-None-Match": after.headers["etag"]})
    assert again.status_code == 304
    changed = site.member.patch(post, json={"content": "C"}, headers={"If-Match": before.headers["etag"]})
    assert changed.status_code == 200, "nobody else has changed the post"
    problem(site.member.patch(post, json={"content": "D"}, headers={"If-Match": before.headers["etag"]}), 412,
            "precondition_failed")


def test_every_resource_can_be_added_to(site):
    guest = site.person()
    invite = site.owner.post(site.community + "/users/%s/invite" % guest.user)
    shown = [site.owner.get(site.community), invite, guest.get(site.community + "/users/%s/invite" % guest.user), guest.get("/users/"),
             guest.get("/users/" + guest.user), guest.get("/users/" + site.owner.user), guest.put(site.community + "/subscribe"),
             guest.patch("/users/" + guest.user, json={"bio": "B"})]
    for answer in shown:
        assert answer.status_code == 200 and answer.json()["hooked"] is True, answer.text
    name = site.owner.get("/users/").json()["username"]
    for path in ("/communities/", site.community + "/users", "/communities/search?q=bread", "/users/search?q=" + name):
        items = guest.get(path).json()
        assert items and all(item["hooked"] is True for item in items), path


def test_a_hook_that_fails_fails_the_answer(site):
    post = site.post()
    for path in (post, site.community + "/posts/", "/posts/search?q=rye"):
        said = problem(site.member.get(path, headers={"X-Render": "fail"}), 403, "not_shown")
        assert said["detail"] == "This post is not shown to you."
        problem(site.member.get(path, headers={"X-Render": "undeclared"}), 500, "internal")
        assert site.member.get(path).status_code == 200
    assert 'its hook on posts.render wrote "content", which is not among its fields' in site.server.text_log()
    written = len(site.seen("posts.after_create"))
    problem(site.member.post(site.community + "/posts/new", json={"content": "C"}, headers={"X-Render": "fail"}), 403, "not_shown")
    assert len(site.seen("posts.after_create")) == written


def test_the_documents_tell(site):
    paths = site.member.get("/openapi.json").json()["paths"]

    def properties(method, path):
        schema = paths[path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        return schema.get("items", schema)["properties"]

    one = "/communities/{community}"
    for method, path in (("get", one + "/posts/{post}"), ("post", one + "/posts/new"), ("get", one + "/posts"),
                         ("get", "/posts/search")):
        path = path if path in paths else path + "/"
        added = properties(method, path)
        assert added["mark"]["description"] == "What somebody wrote on it. Added by module hooked"
        assert added["letters"]["type"] == "integer" and added["letters"]["description"] == "Added by module hooked"
    for method, path in (("get", one), ("put", one + "/subscribe"), ("get", one + "/users"), ("get", one + "/users/{user}/invite"),
                         ("get", "/users/{user}"), ("get", "/users/"), ("get", "/users/search")):
        assert "hooked" in properties(method, path), path
    assert {"403", "422"} <= set(paths["/openapi.json"]["get"]["responses"])


# --- in the name of a service's module

def test_a_service_emits_its_own_event(site):
    post = site.post()
    number = post.rsplit("/", 1)[1]
    assert site.member.post("/caller/" + number).status_code == 200
    assert site.member.get(post).json()["mark"] == "by a service"
    assert site.member.post("/caller/" + number, headers={"X-Wrongly": "yes"}).status_code != 200
    assert "the module does not declare it" in site.server.text_log()


# --- what can't be started, and what isn't there

@pytest.mark.parametrize("define,words", [
    ("-DCLASH", 'hooked: its hook on the point "posts.render" adds "content", which posts has there already'),
    ("-DNO_RENDER", 'hooked: its hook on the point "posts.render" has no `render`'),
    ("-DROUTE_ON_A_POINT", 'hooked: its hook on the point "posts.before_create" names a route'),
    ("-DWRONG_ROUTE", 'hooked: its hook on core.after_route names the route "POST /communities/nwe", which no loaded module has, '
                      'did you mean "POST /communities/new"?'),
])
def test_what_stops_the_start(tmp_path, define, words):
    server = harness.Server(**hooked(tmp_path, define))
    said = server.ctl("check", check=False)
    server.folder.cleanup()
    assert said.returncode == 78 and words in said.stdout + said.stderr, said.stdout + said.stderr


def test_points_of_absent_modules_never_run(tmp_path):
    site = hooked(tmp_path)
    (site["conf"] / "70-communities.conf").unlink(missing_ok=True)
    for name in ("communities", "posts", "usergroups", "messaging"):
        for path in site["conf"].glob("*-%s.conf" % name):
            path.unlink()
    with harness.Server(**site) as server:
        said = server.ctl("modules", "--hooks").stdout
        assert "posts.render: of a module that is not loaded\n  hooked, never runs" in said
        assert server.admin().get("/users/").json()["hooked"] is True


def test_the_page_about_hooks_lists_every_point():
    server = harness.Server()
    said = server.ctl("modules", "--hooks").stdout
    server.folder.cleanup()
    listed = re.findall(r"^\| `(\S+)` \| (.*?) \|$", DOCUMENT.read_text(), re.M)
    assert dict(listed) == dict(re.findall(r"^(\w+\.\w+): (.*)$", said, re.M)) and len(listed) == len(dict(listed))
