"""One client of the checker: sends, resends what was not acknowledged, resumes by positions, edits, dawdles, gets lost.

It goes on for ever, from connection to connection; the server's deaths are to it closed connections like others.
"""

import asyncio
import collections
import random

import ws_client

from exactly_once.judge import Message

OUTSTANDING_MOST = 4
EDITABLE_MOST = 20
Conversation = collections.namedtuple("Conversation", "member place key")  # "group" or "user", and its id; the judge's key
Person = collections.namedtuple("Person", "name user token conversations")


class Client:
    """`run` is the Run of check.py. `tamper` makes a list of frames of one that came in, for the checker's own test."""

    def __init__(self, run, name, person, seed, slow, tamper=None):
        self.run, self.judge, self.name, self.person, self.slow, self.tamper = run, run.judge, name, person, slow, tamper
        self.random = random.Random(seed)
        self.keys = {conversation.place: conversation.key for conversation in person.conversations}
        self.socket, self.made, self.has_stalled = None, 0, False
        self.waiting = {}  # id: (Message, Conversation), without an ack yet, in the order of sending
        self.asked = {}  # id of another verb on this connection: what to do with its ack
        self.editable = []
        self.room, self.resumed = asyncio.Event(), asyncio.Event()

    def caught_up(self, lasts):
        positions = {key: self.judge.stream(self.name, key).position or 0 for key in self.keys.values()}
        return not self.waiting and all(position >= lasts.get(key, 0) for key, position in positions.items())

    # --- connections

    async def live(self):
        while True:
            try:
                self.socket = await self.connect()
                await self.use()
            except TimeoutError:
                raise
            except OSError:  # the server is dead at the moment
                await asyncio.sleep(0.01)
            except ws_client.Refused as refused:
                if refused.status != 503:
                    raise
                await asyncio.sleep(0.01)
            except ws_client.Closed as closed:
                self.run.counts["closed by the server: %s" % closed.code] += 1
            finally:
                if self.socket:
                    self.socket.abort()
                self.socket = None

    async def connect(self):
        protocols = self.random.choice([(ws_client.JSON,), (ws_client.NDJSON,), (ws_client.NDJSON, ws_client.JSON)])
        by = self.random.choice(["header", "cookie", "protocol"])
        small = {"read_ahead": 4096, "receive_buffer": 4096} if self.slow else {}
        return await ws_client.AsyncSocket.connect(self.run.target, protocols=protocols, token=self.person.token, by=by, **small)

    async def use(self):
        """One connection, until somebody ends it."""
        self.asked = {}
        self.resumed.clear()
        self.run.greeted(self, await self.socket.receive())
        await self.resume()
        jobs = [asyncio.create_task(job) for job in (self.hear(), self.talk(), self.leave())]
        try:
            done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
            for job in done:
                job.result()
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)

    async def leave(self):
        """After a while: with a clean close, or without a word."""
        await asyncio.sleep(self.random.expovariate(1 / self.run.options.stay))
        await self.run.while_others_talk()
        self.run.counts["left by a client"] += 1
        if self.random.random() < 0.5:
            self.socket.send_frame(ws_client.CLOSE, ws_client.close_payload(1000))
            await self.socket.drain()

    # --- sending

    async def ask(self, kind, then, **members):
        self.made += 1
        identifier = "%s/%d" % (self.name, self.made)
        self.asked[identifier] = then
        await self.socket.send_json({"id": identifier, "kind": kind, **members})

    async def resume(self):
        """From 0 at first, so that all of every log has to come."""
        positions = {}
        for place, key in self.keys.items():
            stream = self.judge.stream(self.name, key)
            stream.connected(0)
            positions[place] = stream.position

        async def resumed(ack):
            self.check_recovered(ack, positions)
            self.resumed.set()
            await self.resend()

        await self.ask("resume", resumed, epoch=self.run.epoch, positions=positions)
        if self.random.random() < 0.5:  # along with it, or else once it is acknowledged
            await self.resend()

    def check_recovered(self, ack, positions):
        """Two people have no conversation before the first message; it then comes by itself."""
        told = {place: each["recovered"] for place, each in ack["conversations"].items()}
        not_begun = {each.place for each in self.person.conversations if each.member == "user" and positions[each.place] == 0}
        assert ack["epoch"] == self.run.epoch and set(told) == set(positions), ack
        assert not [place for place in told if told[place] is not True and place not in not_begun], ack

    async def resend(self):
        """What is not acknowledged, in the order in which it was said; once a connection."""
        for message, conversation in list(self.waiting.values()):
            if self.socket not in message.connections:
                self.run.counts["resent"] += 1
                await self.send(message, conversation)

    async def send(self, message, conversation):
        message.connections.append(self.socket)
        await self.socket.send_json({"id": message.id, "kind": "message", conversation.member: conversation.place, "content": message.text})

    async def talk(self):
        await self.resumed.wait()
        while True:
            self.room.clear()
            if len(self.waiting) >= OUTSTANDING_MOST:
                await self.room.wait()
                continue
            await self.run.turn_to_talk()
            if self.editable and self.random.random() < 0.08:
                await self.edit(self.editable.pop(self.random.randrange(len(self.editable))))
            await self.say()

    async def say(self):
        conversation = self.random.choice(self.person.conversations)
        self.made += 1
        length = 12000 if self.random.random() < 0.04 else self.random.randrange(200)
        message = Message(self.name, self.person.user, self.made, conversation.key, "äx" * (length // 2))
        self.judge.made(message)
        self.waiting[message.id] = message, conversation
        self.run.counts["sent"] += 1
        await self.send(message, conversation)

    async def edit(self, message):
        """Who doesn't know whether an edit took place leaves that message alone from then on."""
        place = message.edit()

        async def edited(_):
            message.certain = place
            self.editable.append(message)
            self.run.counts["edits acked"] += 1

        await self.ask("edit", edited, message=message.ack[0], content=message.texts[place])

    # --- hearing

    async def hear(self):
        while True:
            if self.slow:
                await self.dawdle()
            frame = await self.socket.receive()
            self.run.progress += 1
            for each in self.tamper(frame) if self.tamper and self.resumed.is_set() else [frame]:
                await self.HEARS[each["kind"]](self, each)

    async def dawdle(self):
        """Nothing is read, now and then for a moment, and once, after the kills, for so long that the server gives up (1013)."""
        if self.run.kills_are_over and not self.has_stalled:
            self.has_stalled = True
            await self.run.nearly_all_said()
        elif not self.run.finishing and self.random.random() < 0.003:
            await asyncio.sleep(2 * self.random.random())

    async def hear_ack(self, frame):
        if frame["id"] not in self.waiting:
            return await self.asked.pop(frame["id"])(frame)
        message, _ = self.waiting.pop(frame["id"])
        self.judge.acked(message, frame["_id"], frame["seq"], frame["created_on"], fresh=message.connections == [self.socket])
        self.editable = [*self.editable, message][-EDITABLE_MOST:]
        self.room.set()
        return None

    async def hear_nack(self, frame):
        raise AssertionError("%s: %s" % (self.name, frame))

    async def hear_message(self, frame):
        place = frame.get("group") or frame.get("user")
        self.judge.delivered(self.name, self.keys.get(place, place), place in self.keys, frame, self.resumed.is_set())

    async def hear_edit(self, frame):
        place = frame.get("group") or frame.get("user")
        if place not in self.keys:
            self.judge.breach("leaked", "%s saw %s", self.name, frame)
        else:
            self.judge.content(self.name, self.keys[place], frame)

    async def hear_presence(self, frame):
        self.run.counts["presence seen"] += 1

    HEARS = {"ack": hear_ack, "nack": hear_nack, "message": hear_message, "edit": hear_edit, "presence": hear_presence}
