"""Messages exactly once and in order through disconnects, slow readers and SIGKILLs of the server: runs tests/exactly_once, and
shows that it tells what is falsified."""

import os
import subprocess
import sys

import pytest

import harness
from exactly_once.judge import BREACHES, Judge, Message

LONG = bool(os.environ.get("C18N_LONG"))
SANITIZED = os.environ.get("C18N_PASS") == "sanitized"


def check(*options):
    command = [sys.executable, str(harness.TOP / "tests/exactly_once/check"), *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    print(done.stdout)
    return done


def test_exactly_once():
    kills, messages = (1000, 300000) if LONG else (10, 4000) if SANITIZED else (100, 30000)
    done = check("--kills", kills, "--messages", messages)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "%d kills" % kills in done.stdout and "lost 0" in done.stdout


@pytest.mark.parametrize("kind,breach", [("drop", "gaps"), ("double", "duplicates"), ("swap", "reordered")])
def test_what_is_falsified_is_told(kind, breach):
    done = check("--clients", 4, "--conversations", 2, "--kills", 0, "--messages", 300, "--tamper", kind)
    assert done.returncode == 1, done.stdout + done.stderr
    counts = dict(part.rsplit(" ", 1) for part in done.stdout.split("; ")[0].split(", ") if part.split()[0] in BREACHES)
    assert {name for name, count in counts.items() if count != "0"} == {breach}, done.stdout


# --- the judge alone: each lie about a log


class Talk:
    """Three messages of ann, the second one edited, all seen by bob; and their log."""

    def __init__(self):
        self.judge = Judge()
        self.judge.stream("bob", "G").connected(0)
        self.said = [Message("ann", "A", number, "G", "words") for number in (1, 2, 3)]
        for seq, message in enumerate(self.said, 1):
            self.judge.made(message)
            self.judge.acked(message, "M%d" % seq, seq, 0, fresh=True)
            self.hear(seq)
        self.said[1].certain = self.said[1].edit()
        self.log = [(seq, "M%d" % seq, "A", message.texts[-1]) for seq, message in enumerate(self.said, 1)]

    def hear(self, seq, client="bob", is_member=True, **changes):
        frame = {"_id": "M%d" % seq, "seq": seq, "by": "A", "content": self.said[seq - 1].text, **changes}
        self.judge.delivered(client, "G", is_member, frame)

    def breaches(self):
        self.judge.compare("G", self.log)
        self.judge.all_seen("bob", "G", 3)
        return {kind for kind in BREACHES if self.judge.counts[kind]}


LIES = {
    "a lost one": ("lost", lambda talk: talk.log.pop()),
    "one twice": ("duplicates", lambda talk: talk.log.append((4, "M4", "A", talk.log[0][3]))),
    "a hole": ("gaps", lambda talk: talk.log.__setitem__(2, (4, *talk.log[2][1:]))),
    "another place": ("wrong acks", lambda talk: talk.log.__setitem__(2, (3, "M9", *talk.log[2][2:]))),
    "a second ack that differs": ("wrong acks", lambda talk: talk.judge.acked(talk.said[2], "M3", 2, 0, fresh=False)),
    "other words": ("changed", lambda talk: talk.log.__setitem__(0, (*talk.log[0][:3], "ann-1 0 wards"))),
    "a lost edit": ("changed", lambda talk: talk.log.__setitem__(1, (*talk.log[1][:3], talk.said[1].text))),
    "an author": ("phantoms", lambda talk: talk.log.__setitem__(0, (1, "M1", "B", talk.log[0][3]))),
    "seen, and in no log": ("phantoms", lambda talk: talk.judge.known("bob", "G", 4, "M4", "ann-4")),
    "nobody's words": ("phantoms", lambda talk: talk.hear(3, client="eve", content="eve-1 0 words")),
    "falsified words": ("changed", lambda talk: talk.hear(3, client="eve", content="ann-3 0 wards")),
    "somebody from outside": ("leaked", lambda talk: talk.hear(3, client="eve", is_member=False)),
    "the sender's order": ("reordered", lambda talk: talk.log.__setitem__(slice(0, 3), [
        (1, "M1", "A", talk.log[2][3]), (2, "M2", "A", talk.log[1][3]), (3, "M3", "A", talk.log[0][3])])),
    "one twice in a stream": ("duplicates", lambda talk: talk.hear(2)),
    "one never seen": ("lost", lambda talk: talk.judge.streams.__getitem__(("bob", "G")).__setattr__("position", 2)),
}


def test_the_truth():
    assert Talk().breaches() == set()


@pytest.mark.parametrize("breach,lie", LIES.values(), ids=LIES)
def test_each_lie_is_told(breach, lie):
    talk = Talk()
    lie(talk)
    assert breach in talk.breaches()


def test_an_ack_stands_for_its_message():
    stream = Judge().stream("ann", "G")
    stream.connected(0)
    stream.acked(1, fresh=True)
    stream.delivered(2, is_own=False)
    assert stream.judge.sound() and stream.position == 2
    stream.delivered(1, is_own=False)
    assert stream.judge.counts["duplicates"] == 1


@pytest.mark.parametrize("fresh", [True, False])
def test_who_catches_up_may_be_told_both_once(fresh):
    stream = Judge().stream("ann", "G")
    stream.connected(0)
    stream.acked(3, fresh)
    for seq in (1, 2, 3, 4):
        stream.delivered(seq, is_own=seq == 3)
    stream.delivered(5, is_own=True)
    stream.acked(5, fresh)
    assert stream.judge.sound() and stream.position == 5
    stream.delivered(3, is_own=True)
    assert stream.judge.counts["duplicates"] == 1


def test_a_late_ack():
    stream = Judge().stream("ann", "G")
    stream.connected(0)
    stream.delivered(2, is_own=False)
    stream.acked(1, fresh=True)
    assert stream.judge.counts["reordered"] == 1
