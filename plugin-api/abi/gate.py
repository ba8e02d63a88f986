#!/usr/bin/env python3
"""gate.py: does the ABI only grow at its ends? And is what was added written down?

    gate.py check          says what is wrong; 0 when nothing is
    gate.py fingerprints   brings the table of the newest entry of docs/modules/abi-history.md up to date
    gate.py release        keeps the headers of this minor as a baseline (README.md says when)

A baseline is a folder 0.N/ here: the headers of a released minor, and anchor.abi, which abidw made of them. The suite
runs `check` and tries its functions on headers that were broken on purpose (tests/e2e/test_abi.py).
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import headers

HERE = pathlib.Path(__file__).resolve().parent
TODAY = HERE.parent / "include"
HISTORY = HERE.parent.parent / "docs/modules/abi-history.md"
CC = os.environ.get("CC", "cc")
MAY_CHANGE = {"C18N_ABI_MINOR", "C18N_MINOR_NEEDED"}
FUNCTIONS = ("function", "callback")


def baselines():
    """[(minor, folder)] of what was released, the oldest first."""
    found = [(int(folder.name.split(".")[1]), folder) for folder in HERE.glob("0.*") if folder.is_dir()]
    return sorted(found)


# --- what headers declare ---

class Surface:
    """What one set of headers declares, by name."""

    def __init__(self, folder):
        self.folder, self.headers = pathlib.Path(folder), headers.read_all(folder)
        items = [item for header in self.headers for item in header.items]
        self.structs = {item.name: {member.name: member.type for member in item.members} for item in items if item.kind == "struct"}
        self.types = {item.name: (item.kind, item.type) for item in items if item.kind in FUNCTIONS}
        self.constants = [member.name for item in items if item.kind == "enum" for member in item.members]
        self.macros = {item.name: headers.one_line(item.text.replace("\\\n", " ")) for item in items if item.kind == "macro"}

    def names(self):
        return [name for header in self.headers for name in names_of(header)]

    def minor(self):
        return int(self.macros["C18N_ABI_MINOR"].split()[-1])


def names_of(header):
    """Every name that can be added or removed: "c18n_hook", "c18n_hook.run", "C18N_OK", …"""
    for item in header.of("struct", "macro", *FUNCTIONS):
        yield item.name
    for item in header.of("struct"):
        yield from ("%s.%s" % (item.name, member.name) for member in item.members)
    for item in header.of("enum"):
        yield from (member.name for member in item.members)


def questions(old, new):
    """C that prints, of all that both sets declare, where it is, how large it is, and whether its type is `old`'s."""
    for struct, members in old.structs.items():
        if struct in new.structs:
            yield 'printf("%s size %%zu\\n", sizeof(struct %s));' % (struct, struct)
        for member, type_ in members.items():
            if member in new.structs.get(struct, {}):
                at = "(((struct %s *)0)->%s)" % (struct, member)
                yield ('printf("%s.%s at %%zu\\n%s.%s size %%zu\\n%s.%s type %%d\\n", offsetof(struct %s, %s), sizeof%s,'
                       "__builtin_types_compatible_p(__typeof__%s, %s));" % (*(struct, member) * 4, at, at, type_))
    for name, (kind, type_) in old.types.items():
        if name in new.types:
            yield ('printf("%s type %%d\\n", __builtin_types_compatible_p(__typeof__(%s%s), %s));'
                   % (name, "&" if kind == "function" else "", name, type_))
    for name in old.constants:
        if name in new.constants:
            yield 'printf("%s value %%lld\\n", (long long)%s);' % (name, name)


def measure(surface, asked):
    """{"c18n_hook.run at": "16", …}: the compiler's answers for one set of headers; a text: why it has none."""
    listed = "".join("#include <c18n/%s>\n" % header.path for header in surface.headers)
    code = "#include <stdarg.h>\n#include <stdio.h>\n%sint main(void)\n{\n%s\nreturn 0;\n}\n" % (listed, "\n".join(asked))
    with tempfile.TemporaryDirectory(prefix="c18n-abi-") as folder:
        program = pathlib.Path(folder) / "measure"
        made = subprocess.run([CC, "-std=gnu11", "-w", "-x", "c", "-I", str(surface.folder), "-", "-o", str(program)],
                              input=code, capture_output=True, text=True)
        if made.returncode:
            return next((line for line in made.stderr.splitlines() if "error:" in line), made.stderr)
        said = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout
    return dict(line.rsplit(" ", 1) for line in said.splitlines())


def frozen():
    """The structs that must never grow: those whose size frozen.c fixes."""
    return set(re.findall(r"sizeof\((\w+)\) ==", (HERE / "frozen.c").read_text()))


def compare(old_folder, new_folder):
    """What a module that was built with `old` would trip over, a sentence each."""
    old, new = Surface(old_folder), Surface(new_folder)
    wrong = ["%s was removed" % name for name in old.names() if name not in set(new.names())]
    wrong += ["%s was \"%s\"" % (name, text) for name, text in old.macros.items()
              if name in new.macros and name not in MAY_CHANGE and signature(text) != signature(new.macros[name])]
    asked = list(questions(old, new))
    before, after = measure(old, asked), measure(new, asked)
    for side in (before, after):
        if isinstance(side, str):
            return wrong + ["with the other's types it does not compile: " + side]
    assert all(value == "1" for what, value in before.items() if what.endswith(" type")), "headers.py misread a type"
    return wrong + [SAID[what.rsplit(" ", 1)[1]] % {"name": what.rsplit(" ", 1)[0], "old": value, "new": after[what]}
                    for what, value in before.items() if value != after[what] and not grown(old, what, value, after[what])]


SAID = {"at": "%(name)s was at %(old)s and is at %(new)s", "size": "%(name)s had %(old)s bytes and has %(new)s",
        "value": "%(name)s was %(old)s and is %(new)s", "type": "%(name)s has another type"}


def grown(old, what, before, after):
    """Has a struct become larger, which it may?"""
    name, question = what.rsplit(" ", 1)
    return question == "size" and name in old.structs and name not in frozen() and int(after) > int(before)


def signature(macro):
    """What must stay of a macro: all of a plain one; of one with arguments how many there are."""
    found = re.match(r"#\s*define \w+\(([^)]*)\)", macro)
    return len(found[1].split(",")) if found else macro


# --- what history says ---

def fingerprint(header):
    """Of the declarations: words and blanks may change freely."""
    return hashlib.sha256(re.sub(r"\s+", "", header.code).encode()).hexdigest()[:16]


def fingerprints(surface):
    return {header.path: fingerprint(header) for header in surface.headers}


class Entry:
    """What abi-history.md says of a minor: `words`, and a table of fingerprints."""

    def __init__(self, text):
        self.table = dict(re.findall(r"^\| `(\S+)` \| `(\w+)` \|$", text, re.M))
        self.words = re.sub(r"^\|.*\n", "", text, flags=re.M)


def entries(page):
    """{minor: Entry} of the history's page."""
    parted = re.split(r"^## 0\.(\d+)\n", page, flags=re.M)
    return {int(minor): Entry(text) for minor, text in zip(parted[1::2], parted[2::2])}


def unexplained(old, new, words):
    """Names that `new` has, `old` has not, and the words of an entry don't say in backquotes. A new header's name is enough
    for what is in it, a new struct's for its members."""
    told, known, before = set(re.findall(r"`([^`]+)`", words)), set(old.names()), {header.path for header in old.headers}
    for header in new.headers:
        if header.path in before or header.path not in told:
            for name in names_of(header):
                struct, _, member = name.partition(".")
                if name not in known | told and (struct in known or not member):
                    yield name


def history_findings(today_folder, page, released):
    """What is wrong with the history, given today's headers and the baselines [(minor, folder)]."""
    wrong, told = [], entries(page)
    surfaces = [(minor, Surface(pathlib.Path(folder) / "include")) for minor, folder in released]
    today = Surface(today_folder)
    minor, (newest, last) = today.minor(), surfaces[-1]
    if fingerprints(today) != fingerprints(last) and minor <= newest:
        wrong.append("the headers differ from those of 0.%d, which is released: C18N_ABI_MINOR must be %d" % (newest, newest + 1))
    surfaces += [(minor, today)] if minor > newest else []
    for at, (number, surface) in enumerate(surfaces):
        if number not in told:
            wrong.append("there is no entry \"## 0.%d\": say in it what was added, and why" % number)
            continue
        table = fingerprints(surface)
        wrong += ["0.%d: %s is not what the entry has (%s): if its declarations had to change, say in the entry what was added "
                  "and why, then run plugin-api/abi/gate.py fingerprints" % (number, path, table.get(path, "there is none"))
                  for path in sorted(table.keys() | told[number].table.keys()) if table.get(path) != told[number].table.get(path)]
        if at:
            wrong += ["0.%d: the entry does not name `%s`, which is new" % (number, name)
                      for name in unexplained(surfaces[at - 1][1], surface, told[number].words)]
    return wrong


def with_fingerprints(page, minor, table):
    """The page with that entry's table brought up to date."""
    rows = "".join("| `%s` | `%s` |\n" % row for row in table.items())
    head, entry, rest = re.match(r"(.*^## 0\.%d\n)(.*?)((?:^## .*)?)\Z" % minor, page, re.M | re.S).groups()
    words = re.sub(r"^\|.*\n", "", entry, flags=re.M).rstrip("\n")
    return "%s%s\n\n| header | fingerprint |\n| --- | --- |\n%s%s" % (head, words, rows, "\n" + rest if rest else "")


# --- what debug info says ---

def anchor(include, ret_library):
    """Builds the anchor with some headers."""
    subprocess.run([CC, "-std=c11", "-shared", "-fPIC", "-g", "-I", str(pathlib.Path(include).resolve()), "anchor.c",
                    "-o", str(ret_library)], cwd=HERE, check=True)


def write_down(include, ret_abi):
    """What abidw says of the anchor, without the names of folders."""
    with tempfile.TemporaryDirectory(prefix="c18n-abi-") as folder:
        library = pathlib.Path(folder) / "anchor.so"
        anchor(include, library)
        subprocess.run(["abidw", "--no-comp-dir-path", "--no-corpus-path", "--no-show-locs", "--out-file", str(ret_abi), str(library)],
                       check=True)


def abidiff(old_abi, new_include):
    """What abidiff finds beyond new structs and members appended to old ones; "": nothing."""
    with tempfile.TemporaryDirectory(prefix="c18n-abi-") as folder:
        library = pathlib.Path(folder) / "anchor.so"
        anchor(new_include, library)
        done = subprocess.run(["abidiff", "--no-show-locs", "--no-added-syms", "--suppressions", str(HERE / "growth.suppr"),
                               str(old_abi), str(library)], capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


# --- commands ---

def check():
    wrong = history_findings(TODAY, HISTORY.read_text(), baselines())
    for minor, folder in baselines():
        wrong += ["since 0.%d: %s" % (minor, finding) for finding in compare(folder / "include", TODAY)]
    return wrong


def rewrite_fingerprints():
    today = Surface(TODAY)
    HISTORY.write_text(with_fingerprints(HISTORY.read_text(), today.minor(), fingerprints(today)))
    return []


def release():
    folder = HERE / ("0.%d" % Surface(TODAY).minor())
    wrong = ["%s is released already" % folder.name] if folder.exists() else check()
    if not wrong:
        shutil.copytree(TODAY, folder / "include")
        write_down(TODAY, folder / "anchor.abi")
    return wrong


def main(arguments):
    commands = {"check": check, "fingerprints": rewrite_fingerprints, "release": release}
    if len(arguments) != 1 or arguments[0] not in commands:
        sys.exit("usage: gate.py " + " | ".join(commands))
    wrong = commands[arguments[0]]()
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
