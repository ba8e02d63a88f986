"""The assembled documents, judged by an outsider: schemathesis with every check on."""

import os
import subprocess

import harness
import uploads

EXAMPLES = "200" if os.environ.get("C18N_LONG") else "5" if os.environ.get("C18N_PASS") == "sanitized" else "25"


def test_documents_are_open_to_all(anonymous):
    for name, version in (("openapi", "3.1"), ("asyncapi", "3.0")):
        answer = anonymous.get("/%s.json" % name)
        assert answer.status_code == 200
        assert answer.json()[name].startswith(version)
        again = anonymous.get("/%s.json" % name, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304 and not again.content


def real_groups(server, admin, community):
    """The same of groups: one with two members and a guest."""
    kept, lost = (admin.post(community + "/usergroups/new", json={"name": name}).json()["_id"] for name in ("kept", "lost"))
    companion, guest = server.user(admin, "companion"), server.user(admin, "guest")
    for person in (companion, guest):
        person.put(community + "/subscribe")
    assert companion.put(community + "/usergroups/%s/join" % kept).status_code == 200
    invite = admin.put(community + "/usergroups/%s/users/%s/invite" % (kept, guest.user)).json()["_id"]
    return {"GROUP": kept, "LOST_GROUP": lost, "GROUP_INVITE": invite, "GUEST": guest.user, "COMPANION": companion.user}


def real_media(server, admin):
    """Images and videos, which come by sockets."""
    files = {"image": (uploads.png(), "image/png"), "video": (uploads.MP4, "video/mp4")}
    return {which + kind.upper(): uploads.put_up(server, admin, *files[kind]).split("/")[-1] for kind in files for which in ("", "LOST_")}


def real_ids(server, admin):
    """Ids for the parameters of paths, so that requests reach what lies behind the first look-up. What is deleted on the
    way is a thing of its own."""
    def community(name):
        return admin.post("/communities/new", json={"name": name, "description": "for generated requests"}).json()["_id"]

    kept, user = community("kept"), server.user(admin, "kept").user
    invite = admin.post("/communities/%s/users/%s/invite" % (kept, server.user(admin, "invited").user)).json()["_id"]
    post = admin.post("/communities/%s/posts/new" % kept, json={"content": "kept"}).json()["_id"]
    return {"COMMUNITY": kept, "USER": user, "POST": post, "INVITE": invite, "LOST_COMMUNITY": community("lost"),
            **real_groups(server, admin, "/communities/" + kept), **real_media(server, admin),
            "LOST_USER": server.user(admin, "lost").user,
            "LOST_POST": admin.post("/communities/%s/posts/new" % kept, json={"content": "lost"}).json()["_id"]}


def test_schemathesis():
    """Generated requests, good and bad, and whole sequences of them, against what openapi.json promises. Left out: what
    would end the run's own session, and the making of people by the hundred thousand."""
    with harness.Server({"core.threads": 2}) as server:
        admin = server.admin()
        left_out = [word for path in ("/auth/logout", "/auth/refresh", "/users/batch") for word in ("--exclude-path", path)]
        done = subprocess.run(
            [str(harness.TOP / "build/venv/bin/schemathesis"), "run", server.url + harness.BASE + "/openapi.json",
             "--url", server.url + harness.BASE, "--header", "Authorization: Bearer " + admin.token,
             "--header", "X-CSRF-Token: " + admin.csrf, "--checks", "all", "--max-examples", EXAMPLES, "--seed", "18",
             "--workers", "1", "--no-color"] + left_out, capture_output=True, text=True, timeout=1500,
            cwd=harness.TOP / "tests/api/schemathesis",
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **real_ids(server, admin)})
        assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-2000:]
