"""P1: SIGKILL at random points under mixed writes. What was acknowledged is there exactly once, the chain is sound, and the
views equal a replay of the events. The record of what was acknowledged is kept here, outside the server."""

import os
import random
import threading
import time

import httpx

import harness

LONG = bool(os.environ.get("C18N_LONG"))
CYCLES = 1000 if LONG else 10 if os.environ.get("C18N_PASS") == "sanitized" else 100
WRITERS = 4


class Writer(threading.Thread):
    """Sends writes of several kinds until the server dies, and remembers each that was acknowledged."""

    def __init__(self, server, account, community, record, label):
        super().__init__()
        self.server, self.account, self.community, self.record, self.label = server, account, community, record, label

    def run(self):
        client = harness.Client(self.server, self.account.token, self.account.csrf)
        kinds = [self.create_post, self.create_post, self.edit_post, self.create_community, self.edit_profile]
        number = 0
        try:
            while True:
                number += 1
                random.choice(kinds)(client, "%s-%d" % (self.label, number))
        except (httpx.HTTPError, OSError):
            pass  # the server was killed
        finally:
            client.close()

    def create_post(self, client, mark):
        path = "/communities/%s/posts/new" % self.community
        answer = client.post(path, json={"content": "post " + mark}, headers={"Idempotency-Key": mark})
        assert answer.status_code == 200, answer.text
        self.record["posts"][answer.json()["_id"]] = "post " + mark
        self.record["last"][self.label.split("-")[0]] = answer.json()["_id"]

    def edit_post(self, client, mark):
        post = self.record["last"].get(self.label.split("-")[0])
        if not post:
            return self.create_post(client, mark)
        self.record["tried"].setdefault(post, []).append("edit " + mark)
        answer = client.patch("/communities/%s/posts/%s" % (self.community, post), json={"content": "edit " + mark})
        assert answer.status_code == 200, answer.text
        self.record["posts"][post] = "edit " + mark
        self.record["tried"][post] = []

    def create_community(self, client, mark):
        answer = client.post("/communities/new", json={"name": "community " + mark, "description": "of a kill test"})
        assert answer.status_code == 200, answer.text
        self.record["communities"][answer.json()["_id"]] = "community " + mark

    def edit_profile(self, client, mark):
        self.record["profile_tried"].setdefault(self.account.user, []).append("bio " + mark)
        answer = client.patch("/users/" + self.account.user, json={"bio": "bio " + mark})
        assert answer.status_code == 200, answer.text
        self.record["profiles"][self.account.user] = "bio " + mark
        self.record["profile_tried"][self.account.user] = []


def one_life(server, accounts, communities, record, cycle):
    """Writes for a random while, then SIGKILL."""
    writers = [Writer(server, accounts[i], communities[i], record, "w%d-%d" % (i, cycle)) for i in range(WRITERS)]
    for writer in writers:
        writer.start()
    time.sleep(random.uniform(0.02, 0.25))
    server.kill()
    for writer in writers:
        writer.join()


def test_nothing_acknowledged_is_lost():
    server = harness.Server()
    record = {"posts": {}, "communities": {}, "profiles": {}, "last": {}, "tried": {}, "profile_tried": {}}
    with server:
        admin = server.admin()
        accounts = [server.user(admin, "writer%d" % i) for i in range(WRITERS)]
        communities = []
        for account in accounts:
            answer = account.post("/communities/new", json={"name": "of " + account.user, "description": "x"})
            communities.append(answer.json()["_id"])
        for cycle in range(CYCLES):
            one_life(server, accounts, communities, record, cycle)
            if cycle % 10 == 9:
                server.ctl("verify")
            server.start()
        assert len(record["posts"]) > CYCLES, "the writers hardly wrote"

        check_posts(accounts, communities, record)
        check_communities(accounts[0], record)
        for account in accounts:
            if account.user in record["profiles"]:
                bio = account.get("/users/").json()["bio"]
                assert bio in [record["profiles"][account.user]] + record["profile_tried"][account.user]
        server.stop()
        before = server.ctl("export", "-").stdout
        server.ctl("verify")
        server.ctl("replay")
        assert server.ctl("export", "-").stdout == before


def check_posts(accounts, communities, record):
    seen = {}
    for account, community in zip(accounts, communities):
        for post in account.pages("/communities/%s/posts/" % community, limit=100):
            assert post["_id"] not in seen, "a post twice"
            seen[post["_id"]] = post["content"]
    contents = list(seen.values())
    assert len(contents) == len(set(contents)), "the same content in two posts: a write happened twice"
    for post, content in record["posts"].items():
        assert seen.get(post) in [content] + record["tried"].get(post, []), post


def check_communities(account, record):
    seen = {item["_id"]: item["name"] for item in account.pages("/communities/", limit=100)}
    names = list(seen.values())
    assert len(names) == len(set(names)), "a community twice"
    for community, name in record["communities"].items():
        assert seen.get(community) == name
