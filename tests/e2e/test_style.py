"""How the tree is written: what a tool can check. The rest is in the reading."""

import re
import shutil
import subprocess

import pytest

import harness

# What git keeps, or, where there is no git, what lies in the folders of C.
LISTED = subprocess.run(["git", "-C", str(harness.TOP), "ls-files", "-z"], capture_output=True, text=True)
FILES = [harness.TOP / name for name in LISTED.stdout.split("\0") if name] or [
    path for folder in ("core", "modules", "plugin-api", "tests/unit", "tests/fuzz") for path in (harness.TOP / folder).rglob("*.[ch]")]
FILES = [path for path in FILES if path.is_file()]
C_FILES = [path for path in FILES if path.suffix in (".c", ".h")]
WRITTEN = [path for path in FILES if path.suffix in (".c", ".h", ".py", ".md", ".cmake", ".conf", ".sh") or path.name == "CMakeLists.txt"]
FUNCTION_MOST = 100  # lines
FILE_MOST = 400  # lines of a file of core, a module or the ABI


def lines_that(paths, wrong):
    return ["%s:%d" % (path.relative_to(harness.TOP), number) for path in paths
            for number, line in enumerate(path.read_text().split("\n"), 1) if wrong(line)]


def test_there_is_something_to_look_at():
    assert len(C_FILES) > 300 and len(WRITTEN) > len(C_FILES)


def test_formatted():
    tool = shutil.which("clang-format-14")
    if not tool:
        pytest.skip("NOT CHECKED: clang-format-14 is not installed, so nobody knows whether the C files are formatted")
    checked = subprocess.run([tool, "--dry-run", "-Werror", *map(str, C_FILES)], cwd=harness.TOP, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr[:4000]


def test_no_trailing_blanks():
    assert not lines_that(WRITTEN, lambda line: line != line.rstrip())


def test_no_tabs():
    assert not lines_that(WRITTEN, lambda line: "\t" in line)


def test_nothing_is_put_off():
    assert not lines_that(C_FILES + [path for path in WRITTEN if path.name != "test_style.py"],
                          lambda line: re.search(r"\b(TO" r"DO|FIX" r"ME|XXX)\b", line))


def test_functions_are_short():
    """A function's body begins with a brace in the first column and ends with one."""
    long = []
    for path in C_FILES:
        begin = None
        for number, line in enumerate(path.read_text().split("\n"), 1):
            if line == "{":
                begin = number
            elif line == "}" and begin:
                if number - begin + 2 > FUNCTION_MOST:
                    long.append("%s:%d: %d lines" % (path.relative_to(harness.TOP), begin, number - begin + 2))
                begin = None
    assert not long


def test_files_are_short():
    counts = {path: len(path.read_text().splitlines()) for path in C_FILES if "tests" not in path.relative_to(harness.TOP).parts}
    assert not ["%s: %d" % (path, count) for path, count in counts.items() if count > FILE_MOST]
