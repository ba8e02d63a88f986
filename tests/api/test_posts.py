"""Posts: every row of api.md that needs no other module, bad input beside good."""

import time

import pytest

NOBODY = "0193a000-0000-7000-8000-000000000000"
FIELDS = {"_id", "content", "created_on", "updated_on", "created_by", "likes", "dislikes", "shares", "comments", "user", "community",
          "shared_with", "status"}


def write(client, path, content="Hello"):
    answer = client.post(path + "/posts/new", json={"content": content})
    assert answer.status_code == 200, answer.text
    return path + "/posts/" + answer.json()["_id"]


def contents(client, path, **query):
    return [post["content"] for post in client.pages(path, limit=100, **query)]


# --- posting


def test_new(server, user, found):
    owner, member = user(), user()
    path = found(owner, member)
    answer = member.post(path + "/posts/new", json={"content": "Line\nby line\t✓ <b>"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    base = server.url + "/api/v1"
    assert set(body) == FIELDS
    assert (body["content"], body["created_by"], body["status"]) == ("Line\nby line\t✓ <b>", member.user, "published")
    assert [body[counter] for counter in ("likes", "dislikes", "shares", "comments")] == [0, 0, 0, 0] and body["shared_with"] == []
    assert (body["user"], body["community"]) == (base + "/users/" + member.user, base + path)
    assert abs(body["created_on"] - time.time()) < 60
    assert answer.headers["location"] == base + path + "/posts/" + body["_id"]
    assert owner.get(path).json()["posts_count"] == 1
    assert member.post(path + "/posts/new", data={"content": "as a form"}).json()["content"] == "as a form"


@pytest.mark.parametrize("body,field", [
    ({}, "content"), ({"content": ""}, "content"), ({"content": "  \n"}, "content"), ({"content": None}, "content"),
    ({"content": 1}, "content"), ({"content": "x" * 40001}, "content"), ({"content": "bell\u0007"}, "content"),
    ({"content": "x", "likes": 5}, "likes"), ({"content": "x", "created_by": NOBODY}, "created_by"),
    ({"content": "x", "status": "published"}, "status"), ({"content": "x", "created_on": 1}, "created_on"),
])
def test_new_refuses(user, found, problem, body, field):
    owner = user()
    path = found(owner)
    problem(owner.post(path + "/posts/new", json=body), 422, field=field)
    assert owner.get(path).json()["posts_count"] == 0


def test_limits_of_content(user, found):
    owner = user()
    path = found(owner)
    assert len(owner.get(write(owner, path, "ä" * 40000)).json()["content"]) == 40000


def test_who_may_post(admin, user, found, anonymous, problem):
    owner, outsider = user(), user()
    path = found(owner)
    problem(outsider.post(path + "/posts/new", json={"content": "x"}), 403)
    problem(outsider.post(path + "/posts/new", json={}), 403)
    problem(anonymous.post(path + "/posts/new", json={"content": "x"}), 401)
    problem(owner.post("/communities/%s/posts/new" % NOBODY, json={"content": "x"}), 404)
    assert admin.post(path + "/posts/new", json={"content": "x"}).status_code == 200


# --- one post


def test_get(user, found, anonymous, problem):
    owner, outsider = user(), user()
    path = found(owner)
    post = write(owner, path)
    shown = outsider.get(post)
    assert shown.status_code == 200 and set(shown.json()) == FIELDS
    assert outsider.get(post, headers={"If-None-Match": shown.headers["etag"]}).status_code == 304
    problem(anonymous.get(post), 401)
    other = found(owner)
    problem(owner.get(other + "/posts/" + post.rsplit("/", 1)[1]), 404)
    for missing in (NOBODY, "x"):
        problem(owner.get(path + "/posts/" + missing), 404)


def test_edit(user, found, problem):
    owner, author, other = user(), user(), user()
    path = found(owner, author, other)
    post = write(author, path, "First")
    for content, change in (("Second", author.put), ("Third", author.patch), ("Fourth", owner.patch)):
        answer = change(post, json={"content": content})
        assert answer.status_code == 200 and answer.json()["content"] == content
        assert answer.headers["location"].endswith(post)
    tag = author.get(post).headers["etag"]
    nothing = author.patch(post, json={})
    assert nothing.json()["content"] == "Fourth" and nothing.headers["etag"] == tag
    problem(author.put(post, json={}), 422, field="content")
    problem(author.patch(post, json={"content": ""}), 422, field="content")
    problem(author.patch(post, json={"likes": 9}), 422, field="likes")
    problem(other.patch(post, json={"content": "X"}), 403)
    problem(other.delete(post), 403)
    tag = author.get(post).headers["etag"]
    author.patch(post, json={"content": "Fifth"})
    problem(author.patch(post, json={"content": "Lost"}, headers={"If-Match": tag}), 412)
    author.put(path + "/unsubscribe")
    problem(author.patch(post, json={"content": "From outside"}), 403)


def test_history(admin, user, found, problem):
    owner, author, other = user(), user(), user()
    path = found(owner, author, other)
    post = write(author, path, "First")
    author.patch(post, json={"content": "Second"})
    author.delete(post)
    for client in (author, owner, admin):
        events = client.get(post + "/history").json()
        assert [event["type"] for event in events] == ["posts.created", "posts.updated", "posts.deleted"]
        assert [event["data"].get("content") for event in events] == ["First", "Second", None]
    problem(other.get(post + "/history"), 403)


def test_delete(user, found, problem):
    owner, author = user(), user()
    path = found(owner, author)
    post, second = write(author, path, "Gone"), write(author, path, "Also gone")
    assert author.delete(post).json() == {}
    assert owner.delete(second).json() == {}, "moderators delete too"
    for client in (author, owner):
        problem(client.get(post), 410)
    problem(author.patch(post, json={"content": "x"}), 410)
    problem(author.delete(post), 410)
    assert contents(owner, path + "/posts/") == []
    assert owner.get(path).json()["posts_count"] == 0


def test_private_posts(user, found, problem):
    owner, outsider = user(), user()
    path = found(owner, visibility="private")
    post = write(owner, path, "Zanzibar secret")
    for method, url in (("GET", post), ("PUT", post), ("PATCH", post), ("DELETE", post), ("GET", post + "/history"),
                        ("GET", path + "/posts/"), ("GET", path + "/posts/search?q=zanzibar"), ("GET", path + "/queue"),
                        ("PUT", post + "/approve"), ("POST", path + "/posts/new")):
        problem(outsider.request(method, url), 404)
    assert contents(outsider, "/posts/search", q="zanzibar") == []
    assert contents(owner, "/posts/search", q="zanzibar") == ["Zanzibar secret"]


# --- lists


def test_list(user, found):
    owner, other = user(), user()
    path = found(owner, other)
    for number in range(12):
        write(owner if number % 2 else other, path, "Post %d" % number)
    posts = path + "/posts/"
    newest = ["Post %d" % number for number in reversed(range(12))]
    assert [post["content"] for post in owner.get(posts).json()] == newest[:10], "ten when not told otherwise"
    assert [post["content"] for post in owner.pages(posts, limit=5)] == newest
    assert contents(owner, posts, by=other.user) == newest[1::2]
    assert contents(owner, posts, by=NOBODY) == []
    for sort in ("top", "hot", "active"):
        assert sorted(contents(owner, posts, sort=sort)) == sorted(newest)
        assert sorted(contents(owner, posts, sort=sort, by=other.user)) == sorted(newest[1::2])
    now = int(time.time())
    assert contents(owner, posts, since=now + 100) == [] == contents(owner, posts, since=now + 100, sort="hot")
    assert contents(owner, posts, since=now - 100) == newest


@pytest.mark.parametrize("query", ["sort=best", "since=x", "since=-1", "by=me", "unread=yes", "media=image", "limit=101", "limit=0",
                                   "after=forged", "nonsense=1", "sort=new&sort=top"])
def test_list_refuses(user, found, problem, query):
    owner = user()
    problem(owner.get(found(owner) + "/posts/?" + query), 400)


def test_unread(user, found):
    owner, reader = user(), user()
    path = found(owner, reader)
    first = write(owner, path, "First")
    write(owner, path, "Second")
    write(reader, path, "My own")
    assert contents(reader, path + "/posts/", unread="1") == ["Second", "First"]
    reader.get(first)
    until = time.time() + 10
    while len(contents(reader, path + "/posts/", unread="1")) == 2 and time.time() < until:
        time.sleep(0.1)
    assert contents(reader, path + "/posts/", unread="1") == ["Second"]
    assert contents(reader, path + "/posts/", unread="0") == ["My own", "Second", "First"]


# --- search


def test_search(user, found):
    owner, other = user(), user()
    here, there = found(owner), found(other)
    write(owner, here, "Crème brûlée is burnt")
    write(other, there, "A creme egg")
    post = write(owner, here, "Nothing")
    assert contents(owner, here + "/posts/search", q="creme") == ["Crème brûlée is burnt"]
    assert set(contents(owner, "/posts/search", q="crem")) >= {"Crème brûlée is burnt", "A creme egg"}
    owner.patch(post, json={"content": "Creme as well"})
    assert set(contents(owner, here + "/posts/search", q="creme")) == {"Crème brûlée is burnt", "Creme as well"}
    owner.delete(post)
    assert contents(owner, here + "/posts/search", q="creme") == ["Crème brûlée is burnt"]
    other.delete(there)
    assert "A creme egg" not in contents(owner, "/posts/search", q="creme")


def test_search_refuses(user, found, anonymous, problem):
    person = user()
    for path in ("/posts/search", found(person) + "/posts/search"):
        problem(anonymous.get(path + "?q=a"), 401)
        problem(person.get(path), 400)
        for query in ("q=", "q=a&limit=0", "q=a&limit=101", "q=a&after=x", "q=a&x=1"):
            problem(person.get(path + "?" + query), 400)


# --- the queue


def test_queue(admin, user, found, problem):
    owner, author, other = user(), user(), user()
    path = found(owner, author, other, settings={"approval_queue": True})
    post = write(author, path, "Waiting Wanda")
    assert author.get(post).json()["status"] == "pending"
    assert owner.get(path).json()["posts_count"] == 0
    for client in (author, owner, admin):
        assert client.get(post).status_code == 200
    for method, url in (("GET", post), ("PATCH", post), ("DELETE", post), ("GET", post + "/history")):
        problem(other.request(method, url), 404)
    assert contents(other, path + "/posts/") == [] and contents(author, path + "/posts/") == ["Waiting Wanda"]
    assert contents(other, path + "/posts/search", q="wanda") == []
    problem(author.get(path + "/queue"), 403)
    problem(author.put(post + "/approve"), 403)
    assert contents(owner, path + "/queue") == ["Waiting Wanda"]
    answer = owner.put(post + "/approve")
    assert answer.status_code == 200 and answer.json()["status"] == "published"
    assert contents(owner, path + "/queue") == [] and contents(other, path + "/posts/") == ["Waiting Wanda"]
    assert contents(other, path + "/posts/search", q="wanda") == ["Waiting Wanda"]
    assert owner.get(path).json()["posts_count"] == 1
    problem(owner.put(post + "/approve"), 409)
    problem(owner.put(post + "/reject"), 409)
    assert owner.get(write(owner, path)).json()["status"] == "published", "moderators wait for nobody"


def test_reject(user, found, problem):
    owner, author, other = user(), user(), user()
    path = found(owner, author, other, settings={"approval_queue": True})
    post = write(author, path, "Refused")
    assert owner.put(post + "/reject").json() == {}
    problem(author.get(post), 410)
    problem(owner.put(post + "/approve"), 410)
    problem(other.get(post), 404)
    assert contents(owner, path + "/queue") == [] and owner.get(path).json()["posts_count"] == 0
    waiting = write(author, path, "Taken back")
    assert author.delete(waiting).status_code == 200
    assert contents(owner, path + "/queue") == [] and owner.get(path).json()["posts_count"] == 0


# --- pace


def too_fast(answer, problem, least, most):
    problem(answer, 429)
    assert least <= int(answer.headers["retry-after"]) <= most


def test_slow_mode(user, found, problem):
    owner, member, other = user(), user(), user()
    path = found(owner, member, other, settings={"slow_mode": 3600})
    write(member, path)
    too_fast(member.post(path + "/posts/new", json={"content": "x"}), problem, 3500, 3600)
    write(other, path)
    for _ in range(3):
        write(owner, path)
    owner.patch(path + "/settings", json={"slow_mode": 0})
    write(member, path)


def test_posts_per_day(user, found, problem):
    owner, member = user(), user()
    path = found(owner, member, settings={"posts_per_day": 2})
    write(member, path)
    write(member, path)
    too_fast(member.post(path + "/posts/new", json={"content": "x"}), problem, 86300, 86400)
    assert owner.get(path).json()["posts_count"] == 2
    owner.patch(path + "/settings", json={"posts_per_day": 3})
    write(member, path)
