"""Judges what clients sent and saw: every acknowledged message once in the log, every message once and in order on each client.

Pure: it is told what happened while it happens, and the log at the end. It counts breaches and keeps the first few in words.
A conversation is known here by one key for all of its members (`direct_key`).
"""

import collections
import itertools

WORDS_MOST = 20  # breaches told in words, of each kind
BREACHES = ("duplicates", "gaps", "reordered", "lost", "phantoms", "changed", "leaked", "wrong acks")


def direct_key(one, other):
    return ":".join(sorted((one, other)))


class Message:
    """What one client says in one conversation. Its id begins each of its texts, so that the log alone tells which it is."""

    def __init__(self, client, person, number, conversation, filler):
        self.id = "%s-%d" % (client, number)
        self.client, self.person, self.conversation, self.filler = client, person, conversation, filler
        self.texts = ["%s 0 %s" % (self.id, filler)]
        self.certain = 0  # the place in `texts` of the last that was acknowledged
        self.ack = None  # (mid, seq, created_on)
        self.connections = []  # on which it was sent

    @property
    def text(self):
        return self.texts[0]

    def edit(self):
        self.texts.append("%s %d %s" % (self.id, len(self.texts), self.filler))
        return len(self.texts) - 1

    def may_now_be(self):
        return self.texts[self.certain:]


class Judge:
    def __init__(self):
        self.counts, self.words = collections.Counter(), collections.defaultdict(list)
        self.messages = {}  # id: Message
        self.seen = collections.defaultdict(dict)  # conversation: {seq: (mid, id)}, what any client saw
        self.streams = {}  # (client, conversation): Stream

    def breach(self, kind, why, *details):
        assert kind in BREACHES
        self.counts[kind] += 1
        if len(self.words[kind]) < WORDS_MOST:
            self.words[kind].append(why % details)

    def sound(self):
        return not any(self.counts[kind] for kind in BREACHES)

    def made(self, message):
        self.messages[message.id] = message

    def stream(self, client, conversation):
        key = client, conversation
        if key not in self.streams:
            self.streams[key] = Stream(self, client, conversation)
        return self.streams[key]

    # --- while it happens

    def acked(self, message, mid, seq, created_on, fresh):
        """`fresh`: it was never sent before on another connection, so this is its first ack, and comes in the order of the log."""
        ack = mid, seq, created_on
        if message.ack is None:
            message.ack = ack
            self.counts["acked"] += 1
        elif message.ack != ack:
            self.breach("wrong acks", "%s: acknowledged as %s, then as %s", message.id, message.ack, ack)
        self.known(message.client, message.conversation, seq, mid, message.id)
        self.stream(message.client, message.conversation).acked(seq, fresh)

    def delivered(self, client, conversation, is_member, frame, counts=True):
        """A message frame. `counts` is false before the ack of `resume`, when the server may still repeat itself."""
        self.counts["delivered"] += 1
        if not is_member:
            return self.breach("leaked", "%s saw %s of %s", client, frame, conversation)
        message = self.content(client, conversation, frame)
        if message is None:
            return None
        if frame["by"] != message.person:
            self.breach("changed", "%s saw %s as said by %s", client, message.id, frame["by"])
        self.known(client, conversation, frame["seq"], frame["_id"], message.id)
        if counts:
            self.stream(client, conversation).delivered(frame["seq"], message.client == client)
        return message

    def content(self, client, conversation, frame):
        """The message that a text is of; None after a breach."""
        message = self.messages.get(frame["content"].split(" ", 1)[0])
        if message is None or message.conversation != conversation:
            self.breach("phantoms", "%s saw %s in %s, which nobody said there", client, frame, conversation)
            return None
        if frame["content"] not in message.texts:
            self.breach("changed", "%s saw %s", client, frame)
        return message

    def known(self, who, conversation, seq, mid, identifier):
        """All who see a place of a log see the same message there."""
        first = self.seen[conversation].setdefault(seq, (mid, identifier))
        if first != (mid, identifier):
            self.breach("phantoms", "%s: %d of %s is %s, but was %s before", who, seq, conversation, (mid, identifier), first)

    # --- at the end

    def compare(self, conversation, log):
        """`log`: [(seq, mid, by, content)], as read by REST, in order."""
        expected, ids = 1, collections.Counter()
        for seq, mid, by, content in log:
            if seq != expected:
                self.breach("gaps" if seq > expected else "duplicates", "the log of %s: %d follows on %d", conversation, seq, expected - 1)
            expected = seq + 1
            message = self.messages.get(content.split(" ", 1)[0])
            if message is None or message.conversation != conversation or by != message.person:
                self.breach("phantoms", "the log of %s has %d by %s: %s", conversation, seq, by, content)
                continue
            ids[message.id] += 1
            if ids[message.id] == 2:
                self.breach("duplicates", "%s is in the log of %s twice", message.id, conversation)
            if content not in message.may_now_be():
                self.breach("changed", "the log of %s has %r, not %r", conversation, content, message.may_now_be())
            if message.ack and message.ack[:2] != (mid, seq):
                self.breach("wrong acks", "%s was acknowledged as %s, the log has %s", message.id, message.ack, (mid, seq))
        for message in self.messages.values():
            if message.conversation == conversation and message.ack and message.id not in ids:
                self.breach("lost", "%s was acknowledged as %s and is not in the log", message.id, message.ack)
        in_log = {(seq, mid) for seq, mid, _, _ in log}
        for seq, (mid, identifier) in self.seen[conversation].items():
            if (seq, mid) not in in_log:
                self.breach("phantoms", "%d of %s, %s, was seen and is not in the log", seq, conversation, identifier)
        self.order_of_senders(conversation, log)

    def order_of_senders(self, conversation, log):
        """What one client says in one conversation stands there in the order in which it said it."""
        last = {}
        for seq, _, _, content in log:
            client, _, number = content.split(" ", 1)[0].rpartition("-")
            if number.isdigit():
                if int(number) < last.get(client, -1):
                    self.breach("reordered", "the log of %s: %s-%s at %d comes after its %d", conversation, client, number, seq, last[client])
                last[client] = int(number)

    def compare_export(self, conversation, texts):
        """`texts`: contents in the order of the export, against those of the log as compare saw them."""
        told = [text.split(" ", 1)[0] for text in texts]
        expected = [identifier for _, (_, identifier) in sorted(self.seen[conversation].items())]
        for place, (one, other) in enumerate(itertools.zip_longest(told, expected), 1):
            if one != other:
                kind = "lost" if one is None else "phantoms"
                return self.breach(kind, "the export of %s has %s at %d, not %s", conversation, one, place, other)
        return None

    def all_seen(self, client, conversation, last):
        """The client was told to wait until it has all there is."""
        stream = self.stream(client, conversation)
        for seq in sorted(stream.missing):
            self.breach("gaps", "%s never saw %d of %s", client, seq, conversation)
        for seq in range((stream.position or 0) + 1, last + 1):
            self.breach("lost", "%s never saw %d of %s, which has %d", client, seq, conversation, last)


class Stream:
    """What one client sees of one conversation, over all its connections.

    An ack stands for its message on the connection that it was sent on. Only who is still catching up may be told both, each once: the
    log is read for them, and their own words are in it.
    """

    def __init__(self, judge, client, conversation):
        self.judge, self.client, self.conversation = judge, client, conversation
        self.position = None  # all up to here was seen, from the first on
        self.missing = set()  # places that were passed over
        self.acks, self.echoes = set(), set()  # of this connection: places of our own, by ack and as messages

    def connected(self, position=None):
        """A new connection; `position`: where the client begins if it has seen nothing yet."""
        self.acks, self.echoes = set(), set()
        if self.position is None:
            self.position = position

    def breach(self, kind, why, seq):
        self.judge.breach(kind, "%s " + why + " of %s; it is at %s", self.client, seq, self.conversation, self.position)

    def acked(self, seq, fresh):
        if fresh and self.position is not None and seq <= self.position and seq not in self.echoes:
            self.breach("reordered", "had the ack late for %d", seq)
        if fresh and self.position is None:
            self.position = seq
        self.acks.add(seq)
        self.advance()

    def advance(self):
        while self.position is not None and self.position + 1 in self.acks:
            self.position += 1

    def delivered(self, seq, is_own):
        if is_own and seq in self.acks and seq not in self.echoes:
            self.judge.counts["own words after their ack"] += 1
            self.arrived(seq)
        elif self.position is None or seq > self.position:
            self.arrived(seq)
        elif seq in self.missing:
            self.missing.remove(seq)
            self.breach("reordered", "saw late %d", seq)
        else:
            self.breach("duplicates", "saw again %d", seq)
        if is_own:
            self.echoes.add(seq)
        self.advance()

    def arrived(self, seq):
        if self.position is None:
            self.position = seq
        self.missing.update(place for place in range(self.position + 1, seq) if place not in self.acks)
        self.position = max(seq, self.position)
