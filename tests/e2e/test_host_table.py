"""The test host counts and fails what modules call by their table: all that may fail, and nothing that the host calls itself."""

import re
import subprocess

import harness

CORE = harness.TOP / "core"
HEADERS = harness.TOP / "plugin-api" / "include" / "c18n"
ROWS = re.findall(r'^    row\((\w+), (\w+), .*?"(c18n_\w+)"', (CORE / "testhost" / "faults_families.c").read_text(), re.MULTILINE)

# Their failure says nothing of the host: `fail` and `fail_field` give the code that they are given.
NEVER_FAIL = {"c18n_fail", "c18n_fail_field"}


def test_the_host_does_not_go_through_the_table():
    """It would be counted as a module's call. What is found: json_family.out_new(…) in place of c18n_out_new(…)."""
    called = re.compile(r"\b(%s)\(" % "|".join(name for _, _, name in ROWS))
    wrong = ["%s:%d: %s" % (path.relative_to(CORE), number, line.strip())
             for path in sorted(CORE.rglob("*.c")) if path.parent.name not in ("ctl", "testhost", "kit")
             for number, line in enumerate(path.read_text().splitlines(), 1)
             if called.search(line) and not line.lstrip().startswith(("*", "/*"))]
    assert len(ROWS) > 30 and not wrong


def test_every_function_that_must_be_looked_at_can_fail():
    """Each function of the headers whose result must be used, and that goes into the host, has a row."""
    named = {name for _, _, name in ROWS}
    members = {member for _, member, _ in ROWS}
    missing = []
    for header in sorted(HEADERS.glob("*.h")):
        if header.name == "testhost.h":
            continue
        for name, body in re.findall(r"C18N_MUST_USE static inline [^(]*?(c18n_\w+)\(.*?\n\{(.*?)\n\}", header.read_text(), re.DOTALL):
            member = re.search(r"->\w+->(\w+)\(", body)
            if name not in named | NEVER_FAIL and not (member and member.group(1) in members):
                missing.append("%s: %s" % (header.name, name))
    assert not missing


def test_the_library_shows_its_header_and_nothing_else():
    """A test program may have any name of its own."""
    listing = subprocess.run(["nm", "-D", "--defined-only", str(harness.BUILD / "core" / "libc18n-testhost.so")], check=True,
                             capture_output=True, text=True).stdout
    shown = {line.split()[-1].split("@")[0] for line in listing.splitlines()}
    declared = set(re.findall(r"\b(c18n_test_\w+)\(", (HEADERS / "testhost.h").read_text()))
    assert declared == {name for name in shown if not name.startswith("C18N_TESTHOST_")}
