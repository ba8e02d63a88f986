"""All views of users, communities, posts and usergroups can be made again from their events, whatever happened."""

import time

import harness


def everything_of_groups(community, ann, cy):
    """The same of user-groups, in a community that both belong to; gives their paths."""
    new = community + "/usergroups/new"
    first = community + "/usergroups/" + ann.post(new, json={"name": "First", "visibility": "closed"}).json()["_id"]
    ann.patch(first, json={"history": "joined"})
    for decision in ("decline", "accept"):
        made = ann.put(first + "/users/%s/invite" % cy.user).json()
        assert cy.put(first + "/invite/%s/%s" % (made["_id"], decision)).status_code == 200
    ann.put(first + "/admins/" + cy.user)
    ann.delete(first + "/admins/" + cy.user)
    ann.put(first + "/owner/" + cy.user)
    for change in ("/archive", "/unarchive"):
        assert cy.put(first + change).status_code == 200
    cy.delete(first + "/users/" + ann.user)
    cy.put(first + "/users/%s/invite" % ann.user)
    assert cy.delete(first + "/users/%s/invite" % ann.user).status_code == 200
    left, gone = (community + "/usergroups/" + ann.post(new, json={"name": name}).json()["_id"] for name in ("Left", "Gone"))
    assert cy.put(left + "/join").status_code == ann.delete(gone).status_code == 200
    return [community + "/usergroups/", left, gone, first, first + "/users", left + "/users", first + "/history"]


def everything(server):
    """Makes every event type of the four modules happen; gives the paths to look at."""
    admin = server.admin()
    ann, bo, cy = (server.user(admin, name) for name in ("ann", "bo", "cy"))
    ann.patch("/users/" + ann.user, json={"bio": "New", "tags": ["x"]})
    admin.put("/users/%s/roles" % bo.user, json={"roles": ["user", "premium"]})
    admin.put("/users/%s/roles" % bo.user, json={"roles": ["user"]})
    bo = server.login("bo@example.org", "correct horse bo")
    bo = server.with_token(bo.post("/auth/refresh").json()["token"])
    admin.post("/users/batch", json={"count": 5, "seed": 1})

    path = "/communities/" + ann.post("/communities/new", json={"name": "N", "visibility": "restricted"}).json()["_id"]
    ann.put(path, json={"name": "Renamed", "tags": "a,b"})
    for decision in ("decline", "accept"):
        bo.put(path + "/subscribe")
        ann.put(path + "/requests/%s/%s" % (bo.user, decision))
    cy.put(path + "/subscribe")
    cy.put(path + "/unsubscribe")
    assert ann.post(path + "/users/%s/invite" % cy.user).status_code == 200
    assert ann.delete(path + "/users/%s/invite" % cy.user).status_code == 200
    for decision in ("decline", "accept"):
        made = ann.post(path + "/users/%s/invite" % cy.user).json()
        cy.put(path + "/invite/%s/%s" % (made["_id"], decision))
    ann.put(path + "/moderators/" + bo.user)
    ann.delete(path + "/moderators/" + bo.user)
    ann.put(path + "/bans/" + bo.user, json={"until": int(time.time()) + 600, "reason": "R"})
    ann.put(path + "/bans/" + admin.user, json={})
    ann.delete(path + "/bans/" + bo.user)

    first = path + "/posts/" + cy.post(path + "/posts/new", json={"content": "First"}).json()["_id"]
    cy.patch(first, json={"content": "Changed"})
    ann.get(first)
    ann.patch(path + "/settings", json={"approval_queue": True})
    for decision in ("approve", "reject"):
        waiting = path + "/posts/" + cy.post(path + "/posts/new", json={"content": "Waits"}).json()["_id"]
        assert ann.put(waiting + "/" + decision).status_code == 200
    groups = everything_of_groups(path, ann, cy)
    gone = path + "/posts/" + ann.post(path + "/posts/new", json={"content": "Gone"}).json()["_id"]
    ann.delete(gone)
    ann.put(path + "/owner/" + cy.user)
    other = "/communities/" + ann.post("/communities/new", json={"name": "Gone"}).json()["_id"]
    ann.delete(other)
    ann.put(path + "/unsubscribe")
    cy.post("/auth/logout")
    admin.delete("/users/" + ann.user)
    return [path, path + "/users", path + "/users/%s/invite" % cy.user, path + "/bans", path + "/settings", path + "/posts/", first,
            gone, other, *groups,
            path + "/history", first + "/history", "/users/" + bo.user, "/users/" + ann.user, "/users/%s/roles" % bo.user,
            "/users/%s/history" % ann.user, "/communities/", "/users/search?q=dummy", "/posts/search?q=changed"]


def looks(server, paths):
    admin = server.admin()
    return {path: (answer.status_code, answer.headers.get("etag"), {**answer.json(), "request_id": ""}
                   if answer.status_code >= 400 else answer.json())
            for path, answer in ((path, admin.get(path)) for path in paths)}


def test_replay():
    server = harness.Server()
    with server:
        paths = everything(server)
        before = looks(server, paths)
        assert {status for status, _, _ in before.values()} == {200, 410}
        server.stop()
        server.ctl("verify")
        server.ctl("replay")
        server.ctl("verify")
        server.start()
        unread = server.admin().get(paths[0] + "/posts/?unread=1").json()
        assert [post["content"] for post in unread] == ["Waits"], "who read what comes from events as well"
        assert looks(server, paths) == before
        seen = {event["type"] for path in paths if path.endswith("/history") for event in server.admin().pages(path, limit=100)}
        assert {"communities.banned", "communities.owner_set", "posts.updated", "users.deactivated", "usergroups.owner_set"} <= seen
