"""Many at once: each of these has one right outcome, however the requests interleave."""

import concurrent.futures
import itertools

import pytest

numbers = itertools.count(1)


def at_once(count, call):
    """Runs call(number) in as many threads at once; gives the results in order."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def twin(server, person):
    """The same person over a connection of its own."""
    return server.client(person.token, person.csrf, person.user)


def twins(server, person, count):
    return [twin(server, person) for number in range(count)]


def test_one_key_100_times(server, user):
    owner = user()
    path = "/communities/" + owner.post("/communities/new", json={"name": "Once"}).json()["_id"]
    clients = twins(server, owner, 100)
    answers = at_once(100, lambda i: clients[i].post(path + "/posts/new", json={"content": "once"},
                                                     headers={"Idempotency-Key": "the one"}))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 99
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert owner.get(path).json()["posts_count"] == 1 and len(owner.get(path + "/posts").json()) == 1


def test_one_key_two_bodies(server, user):
    owner = user()
    clients = twins(server, owner, 20)
    answers = at_once(20, lambda i: clients[i].post("/communities/new", json={"name": "Body %d" % (i % 2)},
                                                    headers={"Idempotency-Key": "either"}))
    names = {answer.json()["name"] for answer in answers if answer.status_code == 200}
    assert len(names) == 1
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [422] * 10
    assert {answer.json()["code"] for answer in answers if answer.status_code == 422} == {"idempotency_key_reused"}


@pytest.mark.parametrize("same", ["username", "email"])
def test_one_name_50_times(server, admin, same):
    number = next(numbers)
    clients = twins(server, admin, 50)

    def make(i):
        body = {"username": "racer%d-%d" % (number, i), "email": "racer%d-%d@example.org" % (number, i),
                "password": "correct horse"}
        body[same] = {"username": "racer%d" % number, "email": "racer%d@example.org" % number}[same]
        body[same] = body[same].upper() if i % 2 else body[same]
        return clients[i].post("/users/new", json=body)

    answers = at_once(50, make)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 49
    for answer in answers:
        if answer.status_code == 409:
            assert [error["field"] for error in answer.json()["errors"]] == [same]


def members_of(client, path):
    return list(client.pages(path + "/users", limit=100))


def test_joining_and_leaving(server, user):
    owner, people = user(), [user() for number in range(6)]
    path = "/communities/" + owner.post("/communities/new", json={"name": "Door"}).json()["_id"]
    clients = [twin(server, person) for person in people for number in range(4)]

    def swing(i):
        codes = set()
        for turn in range(10):
            codes.add(clients[i].put(path + ("/subscribe" if (turn + i) % 2 else "/unsubscribe")).status_code)
        return codes

    assert set().union(*at_once(len(clients), swing)) == {200}
    members = members_of(owner, path)
    assert len({member["_id"] for member in members}) == len(members)
    assert owner.get(path).json()["users_count"] == len(members)
    for person in people:
        assert person.put(path + "/subscribe").status_code == 200
    assert owner.get(path).json()["users_count"] == len(members_of(owner, path)) == 7
    for person in people:
        assert person.put(path + "/unsubscribe").status_code == 200
    assert owner.get(path).json()["users_count"] == len(members_of(owner, path)) == 1


def test_a_ban_among_joins(server, user):
    owner, person = user(), user()
    path = "/communities/" + owner.post("/communities/new", json={"name": "Gate"}).json()["_id"]
    clients, owners = twins(server, person, 6), twins(server, owner, 2)

    def act(i):
        if i < 2:
            return owners[i].put("%s/bans/%s" % (path, person.user), json={}).status_code
        return [clients[i - 2].put(path + "/subscribe").status_code for turn in range(8)]

    results = at_once(8, act)
    assert results[:2] == [200, 200]
    assert set(sum(results[2:], [])) <= {200, 403}
    assert person.put(path + "/subscribe").status_code == 403
    assert owner.get(path).json()["users_count"] == len(members_of(owner, path)) == 1


def test_one_invite_taken_many_times(server, user):
    owner, person = user(), user()
    path = "/communities/" + owner.post("/communities/new", json={"name": "Guests", "visibility": "private"}).json()["_id"]
    invite = owner.post("%s/users/%s/invite" % (path, person.user)).json()["_id"]
    clients = twins(server, person, 20)
    ways = ["/invite/%s/accept" % invite, "/invite/%s/decline" % invite, "/subscribe"]
    answers = at_once(20, lambda i: clients[i].put(path + ways[i % 2 if i < 19 else 2]))
    assert {answer.status_code for answer in answers} <= {200, 404, 409}
    settled = owner.get("%s/users/%s/invite" % (path, person.user)).json()["status"]
    member = person.user in {member["_id"] for member in members_of(owner, path)}
    assert (settled == "accepted") == member and settled in ("accepted", "declined")
    assert owner.get(path).json()["users_count"] == len(members_of(owner, path))


def test_invites_of_one_person_by_many(server, user):
    owner, person = user(), user()
    path = "/communities/" + owner.post("/communities/new", json={"name": "Crowd"}).json()["_id"]
    clients = twins(server, owner, 20)
    answers = at_once(20, lambda i: clients[i].post("%s/users/%s/invite" % (path, person.user)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19


def test_if_match_lets_one_win(server, user):
    owner = user()
    made = owner.post("/communities/new", json={"name": "Base"})
    path, tag = "/communities/" + made.json()["_id"], made.headers["etag"]
    clients = twins(server, owner, 30)
    answers = at_once(30, lambda i: clients[i].patch(path, json={"name": "By %d" % i}, headers={"If-Match": tag}))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 29
    won = [answer for answer in answers if answer.status_code == 200][0].json()["name"]
    assert owner.get(path).json()["name"] == won


def test_a_role_lost_under_load(server, admin, user):
    """From the answer that takes the role away, nothing more is done with it."""
    person = user()
    assert admin.put("/users/%s/roles" % person.user, json={"roles": ["user", "admin"]}).status_code == 200
    clients, number = twins(server, person, 6), next(numbers)

    def make(i):
        if i == 6:
            assert admin.put("/users/%s/roles" % person.user, json={"roles": ["user"]}).status_code == 200
            return [clients[0].get("/users/%s/roles" % person.user).status_code]
        codes = []
        for turn in range(20):
            codes.append(clients[i].post("/communities/new", json={"name": "R%d-%d-%d" % (number, i, turn)}).status_code)
        return codes

    results = at_once(7, make)
    assert results[6] == [401]
    for codes in results[:6]:
        assert set(codes) <= {200, 401} and codes == sorted(codes)


def test_a_moderator_lost_under_load(server, user):
    owner, moderator = user(), user()
    path = "/communities/" + owner.post("/communities/new", json={"name": "Zero"}).json()["_id"]
    moderator.put(path + "/subscribe")
    owner.put("%s/moderators/%s" % (path, moderator.user))
    clients = twins(server, moderator, 6)

    def act(i):
        if i == 6:
            assert owner.delete("%s/moderators/%s" % (path, moderator.user)).status_code == 200
            return [owner.get(path).json()["name"]]
        return [clients[i].patch(path, json={"name": "M%d-%d" % (i, turn)}).status_code for turn in range(30)]

    results = at_once(7, act)
    for codes in results[:6]:
        assert set(codes) <= {200, 403} and codes == sorted(codes)
    assert owner.get(path).json()["name"] == results[6][0]


def test_two_administrators_unseat_each_other(server, admin, user):
    """Somebody must be left. The first administrator stays out of it."""
    people = [user() for number in range(4)]
    for person in people:
        assert admin.put("/users/%s/roles" % person.user, json={"roles": ["user", "admin"]}).status_code == 200
    at_once(4, lambda i: people[i].put("/users/%s/roles" % people[(i + 1) % 4].user, json={"roles": ["user"]}))
    left = [person for person in people
            if "admin" in admin.get("/users/%s/roles" % person.user).json()["roles"]]
    assert len(left) >= 1 and all(person.get("/users/%s/roles" % person.user).status_code == 200 for person in left)


def test_refresh_once(server, user):
    person = user()
    clients = twins(server, person, 10)
    answers = at_once(10, lambda i: clients[i].post("/auth/refresh"))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9


def test_queue_decided_once(server, user):
    owner, member = user(), user()
    path = "/communities/" + owner.post("/communities/new", json={"name": "Queue"}).json()["_id"]
    member.put(path + "/subscribe")
    owner.patch(path + "/settings", json={"approval_queue": True})
    post = member.post(path + "/posts/new", json={"content": "wait"}).json()["_id"]
    clients = twins(server, owner, 12)
    answers = at_once(12, lambda i: clients[i].put("%s/posts/%s/%s" % (path, post, ["approve", "reject"][i % 2])))
    codes = [answer.status_code for answer in answers]
    assert codes.count(200) == 1 and set(codes) <= {200, 409, 410}
    shown = owner.get(path + "/posts/" + post).status_code
    assert owner.get(path).json()["posts_count"] == (1 if shown == 200 else 0)


def test_a_post_deleted_many_times(server, user):
    owner = user()
    path = "/communities/" + owner.post("/communities/new", json={"name": "Gone"}).json()["_id"]
    post = owner.post(path + "/posts/new", json={"content": "x"}).json()["_id"]
    clients = twins(server, owner, 20)
    answers = at_once(20, lambda i: clients[i].request(["DELETE", "PATCH"][i % 2], path + "/posts/" + post,
                                                       json=[None, {"content": "y"}][i % 2]))
    deleted = [answer.status_code for answer in answers[::2]]
    assert sorted(deleted) == [200] + [410] * 9
    assert {answer.status_code for answer in answers[1::2]} <= {200, 410}
    assert owner.get(path).json()["posts_count"] == 0


def test_the_history_is_sound_after_all_this(server):
    server.ctl("verify")
