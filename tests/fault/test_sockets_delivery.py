"""Rows W6 and W8, and what is delivered to sockets: each number once and in order through joins, leaves, resumes and slow readers.
With a module of rooms (sockets/rooms.c)."""

import itertools
import pathlib
import threading

import pytest

import harness
import ws_client
from own_modules import site_of

SOURCE = pathlib.Path(__file__).parent / "sockets/rooms.c"
TEXT = "x" * 150
NUMBER = itertools.count()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return site_of(tmp_path_factory.mktemp("rooms"), rooms=SOURCE)


@pytest.fixture(scope="module")
def rooms(site):
    settings = {"core.threads": 2, "core.socket_rate": 0, "core.sockets_per_user": 0}
    with harness.Server(**{**site, "settings": {**site["settings"], **settings}}) as server:
        yield server


@pytest.fixture(scope="module")
def root(rooms):
    return rooms.admin()


@pytest.fixture(scope="module")
def people(rooms, root):
    return [rooms.user(root, "person%d" % number) for number in range(4)]


@pytest.fixture
def room():
    return "room-%d" % next(NUMBER)


def connect(server, who, **handshake):
    made = ws_client.connect(server, path="/api/v1/rooms", token=who.token, **handshake)
    assert made.receive()["kind"] == "hello"
    return made


def ask(socket, kind, **members):
    answer = socket.ask({"kind": kind, **members})
    assert answer["kind"] == "ack", answer
    return answer


def numbers(objects, room):
    return [each["number"] for each in objects if each["kind"] == "said" and each["room"] == room]


def heard_until(socket, room, number):
    """The numbers that came, up to this one."""
    found = numbers(socket.passed, room)
    socket.passed = []
    while not found or found[-1] != number:
        found += numbers([socket.receive()], room)
    return found


def all_until_the_end(socket):
    """What comes until the connection ends, and how it ends."""
    found = []
    try:
        while True:
            found.append(socket.receive())
    except ws_client.Closed as end:
        return found, end.code
    except ConnectionError:
        return found, 1006


class Speakers:
    """People who speak all the time, with one message each on its way; stopped by leaving the block."""

    def __init__(self, server, whos, room, text=TEXT):
        self.sockets = [connect(server, who) for who in whos]
        self.stop, self.room, self.text, self.said, self.faults = threading.Event(), room, text, [], []
        self.threads = [threading.Thread(target=self.speak, args=(socket,)) for socket in self.sockets]

    def speak(self, socket):
        try:
            while not self.stop.is_set():
                self.said.append(ask(socket, "say", room=self.room, text=self.text)["number"])
        except BaseException as fault:
            self.faults.append(fault)

    def wait_for(self, count):
        while len(self.said) < count:
            assert not self.faults, self.faults
            self.stop.wait(0.001)

    def __enter__(self):
        for socket in self.sockets:
            ask(socket, "enter", room=self.room)
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind, value, trace):
        self.stop.set()
        for thread in self.threads:
            thread.join()
        for socket in self.sockets:
            socket.connection.close()
        assert not self.faults, self.faults
        assert sorted(self.said) == list(range(1, len(self.said) + 1))


def test_who_enters_gets_all_from_there_on(rooms, people, room):
    with Speakers(rooms, people[:2], room) as speakers, connect(rooms, people[2]) as listener:
        speakers.wait_for(50)
        began = ask(listener, "enter", room=room)["number"]
        speakers.wait_for(len(speakers.said) + 200)
        last = ask(listener, "say", room=room, text="last")["number"]
        assert heard_until(listener, room, last - 1) == list(range(began + 1, last))
        speakers.said.append(last)


def test_who_enters_may_have_the_whole_log_while_others_speak(rooms, people, room):
    with Speakers(rooms, people[:2], room) as speakers:
        speakers.wait_for(700)
        with connect(rooms, people[2]) as listener:
            ask(listener, "enter", room=room, all=True)
            last = ask(listener, "say", room=room, text="last")["number"]
            speakers.said.append(last)
            speakers.wait_for(last + 50)
            heard = heard_until(listener, room, last + 20)
            assert [number for number in heard if number != last] == [each for each in range(1, last + 21) if each != last]


def test_resume_again_and_again_while_others_speak(rooms, people, room):
    """One who is cut off at any time, and comes back with the last number that it has."""
    with Speakers(rooms, people[:2], room) as speakers:
        with connect(rooms, people[2]) as listener:
            ask(listener, "enter", room=room)
        speakers.wait_for(20)
        have = 0
        for _ in range(25):
            listener = connect(rooms, people[2])
            ask(listener, "resume", room=room, after=have)
            listener.passed = []  # what came before the ack is not of the resumed log
            for number in heard_until(listener, room, have + 40):
                assert number == have + 1
                have = number
            listener.abort()
            speakers.wait_for(have + 1)


def test_long_resume_of_a_reader_that_stops_now_and_then(rooms, people, room):
    """3,000 numbers and 0.5 MB, far over what may wait, and nobody is closed: reads go as fast as the client does."""
    with Speakers(rooms, people[:3], room) as speakers:
        speakers.wait_for(3000)
    with connect(rooms, people[3], receive_buffer=4096) as listener:
        ask(listener, "enter", room=room, all=True)
        last = len(speakers.said)
        assert heard_until(listener, room, last) == list(range(1, last + 1))


def test_w6_who_reads_nothing_is_closed_and_others_are_not(rooms, people, room):
    with connect(rooms, people[0]) as quick, connect(rooms, people[1]) as speaker:
        slow = connect(rooms, people[2], receive_buffer=4096)
        for socket in (quick, speaker, slow):
            ask(socket, "enter", room=room)
        said = []
        for _ in range(200):  # 8 MB: more than any buffers
            said.append(ask(speaker, "say", room=room, text="x" * 40000)["number"])
            assert heard_until(quick, room, said[-1]) == said[-1:]
        heard, code = all_until_the_end(slow)
        heard = numbers(heard, room)
        assert code in (1013, 1006)  # 1006: it read so late that the connection was cut in the middle of a frame
        assert heard == said[:len(heard)] and len(heard) < len(said)
        with connect(rooms, people[2]) as again:  # what it missed is there for who comes back
            ask(again, "resume", room=room, after=len(heard))
            assert heard_until(again, room, said[-1]) == said[len(heard):]


@pytest.mark.parametrize("lost", [False, True])
def test_w8_nothing_comes_from_behind_the_commit_of_a_leave(rooms, root, people, room, lost):
    guest = rooms.user(root, "guest" + room)  # is nowhere else
    with Speakers(rooms, people[:2], room) as speakers, connect(rooms, guest) as one, connect(rooms, guest) as two:
        entered = ask(one, "enter", room=room)["number"]
        speakers.wait_for(len(speakers.said) + 100)
        with connect(rooms, people[3]) as other:
            left = ask(other, "out", room=room, user=guest.user, lost=lost)["number"]
        speakers.wait_for(left + 100)
        for socket in (one, two):
            if lost:
                assert socket.closed() == 4403
                heard = socket.passed
            else:
                heard = socket.so_far()
            assert numbers(heard, room) == list(range(entered + 1, left + 1))
        if not lost:
            answer = one.ask({"kind": "resume", "room": room, "after": entered})
            assert (answer["kind"], answer["code"]) == ("nack", "forbidden")
            one.send_json({"kind": "hint", "room": room})
            assert one.so_far() == []


def test_w8_who_is_shown_out_while_catching_up(rooms, people, room):
    with Speakers(rooms, people[:2], room) as speakers:
        speakers.wait_for(600)
    last = len(speakers.said)
    with connect(rooms, people[3]) as other:
        for _ in range(20):
            with connect(rooms, people[2]) as listener:
                ask(listener, "enter", room=room)
                listener.send_json({"kind": "resume", "id": "r", "room": room, "after": 0})
                ask(other, "out", room=room, user=people[2].user)
                answer = ask(other, "enter", room=room)
                ask(other, "say", room=room, text="behind the leave")
                last += 1
                assert answer["number"] == last - 1
                heard = numbers(listener.so_far(), room)
                assert heard == list(range(1, len(heard) + 1)) and last not in heard


def test_hints_go_to_listeners_only(rooms, people, room):
    with connect(rooms, people[0]) as one, connect(rooms, people[1]) as two, connect(rooms, people[2]) as stranger:
        for socket in (one, two):
            ask(socket, "enter", room=room)
        stranger.send_json({"kind": "hint", "room": room})
        assert stranger.so_far() == []
        one.send_json({"kind": "hint", "room": room})
        assert one.so_far() == []  # and by then it was passed on
        two.wait_for("hint")
        assert stranger.so_far() == []


def test_the_epoch_is_of_the_data_and_another_after_a_restore(site):
    server = harness.Server(**site)
    with server:
        person = server.user(server.admin(), "person")

        def epoch():
            with ws_client.connect(server, path="/api/v1/rooms", token=person.token) as socket:
                return socket.receive()["epoch"]

        first = epoch()
        assert server.ctl("epoch").stdout.strip() == first
        assert server.ctl("epoch", "--new", check=False).returncode == 69  # clients have the old one
        assert server.ctl("epoch", "--old", check=False).returncode == 64
        server.stop()
        server.start()
        assert epoch() == first
        server.stop()
        second = server.ctl("epoch", "--new").stdout.strip()
        assert second not in (first, "")
        server.ctl("verify")
        server.start()
        assert epoch() == second
