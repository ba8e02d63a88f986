"""The public headers: each compiles alone, for C and C++, includes nothing but C's own, and says what a caller must know."""

import re
import shutil
import subprocess

import pytest

import harness

INCLUDE = harness.TOP / "plugin-api/include"
HEADERS = sorted(path.relative_to(INCLUDE) for path in INCLUDE.rglob("*.h"))
FREESTANDING = {"<stdint.h>", "<stddef.h>", "<stdbool.h>"}
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-pedantic", "-Werror"]
COMPILERS = [("gcc", "c", "c11"), ("clang", "c", "c11"), ("g++", "c++", "c++17"), ("clang++", "c++", "c++17")]
ids = str


def test_headers_are_there():
    assert {"abi.h", "module.h", "http.h", "events.h", "views.h", "storage.h"} <= {path.name for path in HEADERS}


@pytest.mark.parametrize("compiler, language, standard", COMPILERS, ids=lambda value: value)
@pytest.mark.parametrize("header", HEADERS, ids=ids)
def test_compiles_alone(header, compiler, language, standard):
    if not shutil.which(compiler):
        pytest.skip(compiler + " is not on this machine")
    done = subprocess.run([compiler, "-x", language, "-std=" + standard, *WARNINGS, "-I", str(INCLUDE), "-fsyntax-only", "-"],
                          input="#include <%s>\n#include <%s>\n" % (header, header), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("header", HEADERS, ids=ids)
def test_includes_nothing_but_c_and_ourselves(header):
    for name in re.findall(r'#\s*include\s+(\S+)', (INCLUDE / header).read_text()):
        assert name in FREESTANDING or (INCLUDE / header.parent / name.strip('"')).exists(), name


@pytest.mark.parametrize("header", HEADERS, ids=ids)
def test_begins_with_what_it_is_for(header):
    name = header.name if header.parent.name == "c18n" else "%s/%s" % (header.parent.name, header.name)
    assert re.match(r"/\*\*\s+(\* )?" + re.escape(name) + ": ", (INCLUDE / header).read_text())


def functions(header):
    """(name, the comment before it) of each inline function."""
    text = (INCLUDE / header).read_text()
    for found in re.finditer(r"static inline [^;{]*?\b(c18n_\w+)\(", text):
        before = text[:found.start()]
        comment = re.search(r"/\*\*((?:(?!\*/).)*)\*/\s*[\w() ,]*$", before, re.S)
        yield found.group(1), " ".join(comment.group(1).replace("*", " ").split()) if comment else ""


ALL = [(header, name, comment) for header in HEADERS for name, comment in functions(header)]


def test_functions_are_found():
    assert len(ALL) > 60 and "c18n_emit" in {name for _, name, _ in ALL}


@pytest.mark.parametrize("header, name, comment", ALL, ids=lambda value: value if str(value).startswith("c18n_") else "")
def test_every_function_is_described(header, name, comment):
    assert re.search(r"Since \d+\.\d+\.$", comment), comment
    assert len(comment.split()) > 4, "says what it does"
    code = (INCLUDE / header).read_text()
    takes = re.search(r"\b%s\(([^)]*)" % name, code[code.index("static inline"):]).group(1)
    if re.search(r"\b(c18n_self|c18n_host) \*", takes):
        assert re.search(r"\b(thread|check_config|`init`|`start`)\b", comment, re.I), "no request brings its thread: which one is it?"


def test_rules_for_all_functions_are_in_the_first_header():
    text = (INCLUDE / "c18n/abi.h").read_text()
    for word in ("thread", "ownership", "errors", "since"):
        assert re.search(r"^ \*   %s +\w" % word, text, re.M)


def test_reload_is_reserved():
    assert re.search(r"Reserved: not called yet.*\n\s*int \(\*reload_prepare\)", (INCLUDE / "c18n/module.h").read_text())
