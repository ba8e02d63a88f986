"""What the checker's clients live in: people of one community, their groups and pairs; and the log, read as others would."""

import collections
import json
import random

from exactly_once.client import Conversation, Person
from exactly_once.judge import direct_key

DIRECT_SHARE = 0.4  # of conversations
GROUP_MOST = 12  # members


class World:
    """People with their conversations. `groups`: {id: members}, `pairs`: [(one, other)], by number of the person."""

    def __init__(self, server, people, conversations, seed):
        chance = random.Random(seed)
        self.server, admin = server, server.admin()
        self.accounts = [server.user(admin, "person%d" % number) for number in range(people)]
        made = self.accounts[0].post("/communities/new", json={"name": "Exactly once", "description": "Of the checker"})
        assert made.status_code == 200, made.text
        self.community = "/communities/" + made.json()["_id"]
        for account in self.accounts[1:]:
            done(account.put(self.community + "/subscribe"))
        directs = min(int(conversations * DIRECT_SHARE), people * (people - 1) // 2)
        every_pair = [(one, other) for one in range(people) for other in range(one)]
        self.pairs = chance.sample(every_pair, directs)
        self.groups = {}
        for number in range(conversations - directs):
            members = chance.sample(range(people), min(people, chance.randint(2, GROUP_MOST)))
            self.groups[self.make_group("Group %d" % number, members)] = members
        self.names = {}

    def make_group(self, name, members):
        founder = self.accounts[members[0]]
        group = done(founder.post(self.community + "/usergroups/new", json={"name": name, "description": "Of the checker"}))["_id"]
        for member in members[1:]:
            done(self.accounts[member].put("%s/usergroups/%s/join" % (self.community, group)))
        return group

    def people(self):
        conversations = collections.defaultdict(list)
        for group, members in self.groups.items():
            for member in members:
                conversations[member].append(Conversation("group", group, group))
        for pair in self.pairs:
            users = [self.accounts[number].user for number in pair]
            for number, peer in zip(pair, reversed(users)):
                conversations[number].append(Conversation("user", peer, direct_key(*users)))
        return [Person("p%d" % number, account.user, account.token, conversations[number])
                for number, account in enumerate(self.accounts) if conversations[number]]

    def logs(self):
        """{key: [(seq, mid, by, content)]}, page by page as a member reads them."""
        found = {group: self.log(members[-1], "/usergroups/%s/messages" % group) for group, members in self.groups.items()}
        for one, other in self.pairs:
            users = self.accounts[one].user, self.accounts[other].user
            found[direct_key(*users)] = self.log(one, "/users/%s/messages" % users[1])
        return found

    def log(self, reader, path):
        rows, last = [], 0
        while True:
            page = done(self.accounts[reader].get(path, params={"after": last, "limit": 100}))
            if not page:
                return rows
            rows += [(each["seq"], each["_id"], each["by"], each["content"]) for each in page]
            last = rows[-1][0]

    def exported(self):
        """{key: [content]} as c18nctl export tells them, which reads the data folder without the server's help."""
        groups, people, found = {}, {}, collections.defaultdict(list)
        ids = {"Group %d" % number: group for number, group in enumerate(self.groups)}
        users = {"person%d" % number: account.user for number, account in enumerate(self.accounts)}
        for line in self.server.ctl("export", "-").stdout.splitlines():
            record = json.loads(line)
            if record["kind"] == "usergroup":
                groups[record["ref"]] = ids[record["name"]]
            elif record["kind"] == "user":
                people[record["ref"]] = users.get(record["username"])
            elif record["kind"] == "message":
                key = groups[record["usergroup"]] if "usergroup" in record else direct_key(people[record["by"]], people[record["to"]])
                found[key].append(record["content"])
        return found


def done(answer):
    assert answer.status_code == 200, "%s: %d %s" % (answer.request.url, answer.status_code, answer.text)
    return answer.json()
