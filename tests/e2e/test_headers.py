"""The public headers: each compiles alone, for C and C++, includes nothing but C's own, and says what a caller must know."""

import re
import shutil
import subprocess
import sys

import pytest

import harness

sys.path.insert(0, str(harness.TOP / "plugin-api/abi"))
import gate  # noqa: E402
import headers  # noqa: E402

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


# --- what each says ---

READ = headers.read_all(INCLUDE)
OLDEST = gate.Surface(gate.baselines()[0][1] / "include")
FUNCTIONS = {item.name: item.comment for header in READ for item in header.of("function", "callback")}
# The members of a family are what inline functions call: those say it.
MEMBERS = {"%s.%s" % (item.name, member.name): member.comment for header in READ for item in header.of("struct")
           if not item.name.endswith("_family") for member in item.members if member.is_function()}
DECLARED = {"%s %s" % (item.kind, item.name): item.comment for header in READ
            for item in header.of("struct", "opaque", "enum", "macro") if not item.name.endswith("_")}


def test_they_are_found():
    assert len(FUNCTIONS) > 100 and {"c18n_emit", "c18n_each", "c18n_handler", "c18n_test_open"} <= FUNCTIONS.keys()
    assert len(MEMBERS) > 60 and {"c18n_storage.commit", "c18n_identity.create", "c18n_module.init", "c18n_hook.run"} <= MEMBERS.keys()
    assert len(DECLARED) > 90 and {"struct c18n_route", "opaque c18n_request", "enum C18N_OK", "macro C18N_MODULE"} <= DECLARED.keys()
    families = [item for header in READ for item in header.of("struct") if item.name.endswith("_family")]
    assert len(families) == 18 and "Thread:" not in "".join(member.comment for family in families for member in family.members)


@pytest.mark.parametrize("name, comment", [*FUNCTIONS.items(), *MEMBERS.items()], ids=lambda value: value if value.startswith("c18n") else "")
def test_says_what_thread_owner_errors_since(name, comment):
    said = headers.parts(comment)
    assert said, "%s must say what it does, and end \"Thread: … Owner: … Errors: … Since 0.N.\": %s" % (name, comment)
    assert len(said["what"].split()) >= 2, "what it does"
    new = name not in set(OLDEST.names())
    assert (int(said["since"].split(".")[1]) > 1) == new, "0.1 had it, or had not"


@pytest.mark.parametrize("missing", ["Gives a thing. ", "Thread: any. ", "Owner: none. ", "Errors: none. ", "Since 0.1."])
def test_a_missing_part_is_noticed(missing):
    whole = "Gives a thing. Thread: any. Owner: none. Errors: none. Since 0.1."
    assert headers.parts(whole) and not headers.parts(whole.replace(missing, ""))


@pytest.mark.parametrize("name, comment", DECLARED.items(), ids=lambda value: value if re.match(r"\w+ [cC]18[nN]_\w+$", value) else "")
def test_says_what_it_is_for(name, comment):
    assert len(comment.split()) >= 3, name


def test_the_five_parts_are_explained_in_the_first_header():
    text = (INCLUDE / "c18n/abi.h").read_text()
    for word in ("Thread", "Owner", "Errors", "Since"):
        assert re.search(r"^ \*   %s +\w" % word, text, re.M)
