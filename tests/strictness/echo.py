"""The program of echo_main.c as a server: `port` is where it listens; what it says about faults of its own ends the test."""

import pathlib
import subprocess

import harness

PROGRAM = harness.BUILD / "tests" / "strictness" / "ws_echo"
ENGINES = ["native", "libwebsockets"]
NO_SUCH_ENGINE = 64


def has_engine(engine):
    asked = subprocess.run([PROGRAM, "engine=" + engine], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert asked.returncode in (0, NO_SUCH_ENGINE), asked.stderr
    return asked.returncode == 0


class Echo:
    def __init__(self, engine, **options):
        words = ["engine=" + engine] + ["%s=%s" % each for each in options.items()]
        self.process = subprocess.Popen([PROGRAM, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.address = self.process.stdout.readline().decode().strip()
        assert self.address, self.process.communicate()[1]
        self.port = int(self.address.rpartition(":")[2])

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self.process.stdin.close()
        said = self.process.stderr.read()
        assert self.process.wait(60) == 0 and not any(mark in said for mark in harness.SANITIZER_MARKS), said

    def resident(self):
        """KiB of memory."""
        for line in pathlib.Path("/proc/%d/status" % self.process.pid).read_text().split("\n"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError("no VmRSS")
