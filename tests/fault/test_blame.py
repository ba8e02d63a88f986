"""M3: a module that crashes or hangs is named, its crashes are noted, and after three of them it is left out."""

import contextlib
import pathlib
import re
import signal
import threading
import time

import httpx
import pytest

import harness
from own_modules import site_of

SOURCES = pathlib.Path(__file__).parent / "blame"
SANITIZED = b"__asan_" in (harness.BUILD / "core/c18nd").read_bytes()
MINUTE_MS = 60 * 1000


class Doomed(harness.Server):
    """A server that a test brings down; a sanitizer may then speak as well."""

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill()

    def ended(self, expected):
        """The process ended by that signal; a sanitizer that owns it ends with 1 when ours has spoken."""
        code = self.process.wait(60)
        assert code == -expected or (SANITIZED and expected != signal.SIGABRT and code == 1), self.text_log()

    def provoke(self, method, path, client=None, **rest):
        with contextlib.suppress(httpx.HTTPError):
            (client or self.client()).request(method, path, **rest)

    def crashes(self):
        """The record, a dictionary a line."""
        lines = (self.data / "crashes").read_text().splitlines()
        return [dict(zip(("ms", "module", "stage", "signal", "route"), line.split("\t"))) for line in lines]

    def readyz(self):
        answer = httpx.get(self.operators + "/readyz", trust_env=False)
        return answer.status_code, answer.json()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = site_of(tmp_path_factory.mktemp("blame"), boom=SOURCES / "boom.c", meddler=SOURCES / "meddler.c")
    (made["conf"] / "70-boom.conf").write_text("boom {\n    optional = true\n}\n")
    return made


def server_of(site, settings):
    return Doomed({**site["settings"], **settings}, conf=site["conf"])


@pytest.fixture
def server(site):
    with Doomed(**site) as running:
        yield running


def assert_told(server, module, how, running, where):
    """The report: who, why, what ran; a backtrace with the module's file; and the same in the record."""
    said = server.text_log()
    stage, route = running
    assert re.search(r"^c18nd: crash: %s( at address 0x[0-9a-f]+)? on the thread \S+$" % how, said, re.M), said
    assert "c18nd: crash: guilty: the module %s, " % module in said, said
    assert "c18nd: crash: running: %s, stage %s, %s\n" % (module, stage, route) in said, said
    backtrace = said.split("backtrace, innermost call first\n")[1]
    assert where in backtrace, said
    noted = server.crashes()[-1]
    assert abs(int(noted.pop("ms")) - time.time() * 1000) < MINUTE_MS
    assert noted == {"module": module, "stage": stage, "signal": how, "route": route}


@pytest.mark.parametrize("path, number, how", [
    ("touch", signal.SIGSEGV, "SIGSEGV"),
    ("library", signal.SIGSEGV, "SIGSEGV"),
    ("abort", signal.SIGABRT, "SIGABRT"),
    ("overflow", signal.SIGSEGV, "SIGSEGV"),
])
def test_M3_crash_in_a_handler(server, path, number, how):
    server.provoke("GET", "/boom/" + path)
    server.ended(number)
    assert_told(server, "boom", how, ("handle", "GET /boom/" + path), "boom.so")


def test_M3_crash_in_a_timer(server):
    server.provoke("GET", "/boom/arm")
    server.ended(signal.SIGSEGV)
    assert_told(server, "boom", "SIGSEGV", ("timer", "fuse"), "boom.so")


def test_M3_crash_in_apply_on_the_writer(server):
    admin = server.admin()
    assert admin.post("/boom/post", json={"how": "well"}).status_code == 200
    server.provoke("POST", "/boom/post", admin, json={"how": "apply"})
    server.ended(signal.SIGSEGV)
    assert_told(server, "boom", "SIGSEGV", ("apply", "boom.posted"), "boom.so")
    assert " on the thread writer\n" in server.text_log()
    server.start()
    assert server.admin().get("/boom/fine").status_code == 200
    server.ctl("verify")


def test_M3_crash_in_a_hook_is_the_hooks(server):
    """The route is posts', the code that crashed is meddler's. What was acknowledged is there at the next start."""
    admin = server.admin()
    community = admin.post("/communities/new", json={"name": "C", "description": "D"}).json()["_id"]
    kept = admin.post("/communities/%s/posts/new" % community, json={"content": "kept"}).json()["_id"]
    server.provoke("POST", "/communities/%s/posts/new" % community, admin, json={"content": "crash"})
    server.ended(signal.SIGSEGV)
    assert_told(server, "meddler", "SIGSEGV", ("hook", "posts.before_create"), "posts.so")
    server.start()
    posts = list(server.admin().pages("/communities/%s/posts/" % community))
    assert [post["_id"] for post in posts] == [kept]


# --- the watchdog ---

def test_M3_slow_handler_is_told(server):
    assert server.client().get("/boom/spin", params={"ms": 400}).status_code == 200
    until = time.monotonic() + 20
    while "kept its event thread" not in server.text_log() and time.monotonic() < until:
        time.sleep(0.02)
    said = server.text_log()
    assert len(re.findall(r"boom.*handle GET /boom/spin keeps an event thread for over 50 ms", said)) == 1, said
    assert re.search(r"boom.*handle GET /boom/spin kept its event thread for about \d{2,4} ms", said), said
    assert server.client().get("/boom/fine").status_code == 200


def test_M3_stopped_process_is_not_hung(server):
    """Time in which the process did not run is not the handler's."""
    answers = []
    asking = threading.Thread(target=lambda: answers.append(server.client().get("/boom/spin", params={"ms": 2000})))
    asking.start()
    until = time.monotonic() + 20
    while "keeps an event thread" not in server.text_log() and time.monotonic() < until:
        time.sleep(0.02)
    server.process.send_signal(signal.SIGSTOP)
    time.sleep(6)  # more than a hung handler has
    server.process.send_signal(signal.SIGCONT)
    asking.join()
    assert answers[0].status_code == 200
    assert server.client().get("/boom/fine").status_code == 200


def test_M3_hung_handler_ends_the_process(server):
    server.provoke("GET", "/boom/spin", params={"ms": 60000})
    server.ended(signal.SIGABRT)
    assert_told(server, "boom", "hang", ("handle", "GET /boom/spin"), "boom.so")


# --- three crashes ---

def test_M3_three_crashes_leave_an_optional_module_out(site):
    with Doomed(**site) as server:
        for turn in range(3):
            server.provoke("GET", "/boom/touch")
            server.ended(signal.SIGSEGV)
            server.start()
        status, ready = server.readyz()
        assert status == 200 and ready["ready"]
        assert ready["modules"]["boom"]["state"] == "left_out"
        detail = ready["modules"]["boom"]["detail"]
        assert detail.startswith("it crashed 3 times in ten minutes; ") and "c18nctl modules --forgive=boom" in detail
        assert "handle, GET /boom/touch" in detail
        assert server.client().get("/boom/fine").status_code == 404
        assert server.client().get("/openapi.json").status_code == 200
        assert re.search(r"^boom .*left out .*it crashed 3 times", server.ctl("modules").stdout, re.M)
        said = server.ctl("modules", "--forgive=boom").stdout
        assert "boom" in said
        server.kill()
        server.start()
        assert server.client().get("/boom/fine").status_code == 200


def noted(minute, module="boom", how="SIGSEGV"):
    """A line of the record, that many minutes after one from now: our module's file is of just now."""
    return "%d\t%s\thandle\t%s\tGET /boom/touch\n" % (time.time() * 1000 + (minute + 1) * MINUTE_MS, module, how)


@pytest.mark.parametrize("why, minutes, more, settings, left_out", [
    ("three in ten minutes", [0, 1, 9], "", {}, True),
    ("and two long before", [-90, -80, 0, 1, 9], "", {}, True),
    ("and a line that broke off", [0, 1, 9], "17640\tbo", {}, True),
    ("and one of the host", [0, 1, 9], noted(9, "core"), {}, True),
    ("in eleven minutes", [0, 1, 11], "", {}, False),
    ("two", [0, 1], noted(2, "core"), {}, False),
    ("before its file was replaced", [-62, -61, -60], "", {}, False),
    ("forgiven", [0, 1, 2], noted(3, how="forgiven"), {}, False),
    ("not optional", [0, 1, 2], "", {"boom.optional": "false"}, False),
    ("nonsense", [], "\n\t\t\t\t\n" + "x" * 5000 + "\n\0\n", {}, False),
])
def test_M3_who_is_left_out(site, why, minutes, more, settings, left_out):
    server = server_of(site, settings)
    server.data.mkdir()
    (server.data / "crashes").write_text("".join(noted(minute) for minute in minutes) + more)
    listed = server.ctl("modules").stdout
    assert bool(re.search(r"^boom +\S+ +left out ", listed, re.M)) == left_out, listed
    server.folder.cleanup()


@pytest.mark.parametrize("minutes, settings, told", [
    ([0, 1, 9], {"boom.optional": "false"}, True),
    ([0, 1], {"boom.optional": "false"}, False),
    ([0, 1, 9], {}, False),
])
def test_M3_who_must_be_there_is_told_of(site, minutes, settings, told):
    server = server_of(site, settings)
    server.data.mkdir()
    (server.data / "crashes").write_text("".join(noted(minute) for minute in minutes))
    with server:
        warned = re.findall(r" warning boom: crashed 3 times in ten minutes, the last time \S+Z, handle, GET /boom/touch; it is started "
                            r"all the same, .*enabled = false.*--forgive=boom$", server.text_log(), re.M)
        assert len(warned) == told, server.text_log()
        assert server.client().get("/boom/fine").status_code == (200 if len(minutes) < 3 or told else 404)


def test_M3_record_stays_short(site):
    old = noted(-100) * 3000
    with Doomed(**site) as server:
        server.kill()
        (server.data / "crashes").write_text(old)
        server.start()
        kept = (server.data / "crashes").read_text()
        assert 8 * 1024 < len(kept) <= 16 * 1024 and old.endswith(kept) and kept.startswith(old.split("\t")[0])
        assert oct((server.data / "crashes").stat().st_mode & 0o777) == "0o600"


def test_M3_graceful_ends_are_no_crashes(site):
    with harness.Server(**site) as server:
        server.stop()
        assert (server.data / "crashes").read_text() == ""
        server.start()


def test_M3_unknown_module_is_not_forgiven(site):
    server = harness.Server(**site)
    told = server.ctl("modules", "--forgive=bom", check=False)
    assert told.returncode == 64 and "bom" in told.stderr
    server.folder.cleanup()
