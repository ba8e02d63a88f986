"""headers.py: reads the public headers: what each declares, and the comment that says what it is for.

It knows the C that these headers are written in (formatted, one declaration at a time), not all of C. The gate lets a
compiler judge what is read here; the reference in docs/ and the tests of the comments use it too.

    for header in headers.read_all(folder):
        for item in header.items: ...
"""

import dataclasses
import pathlib
import re

PARTS = re.compile(r"^(?P<what>.*?)\s*Thread: (?P<thread>.+?)\. Owner: (?P<owner>.+?)\. "
                   r"Errors: (?P<errors>.+?)\. Since (?P<since>\d+\.\d+)\.$", re.S)


@dataclasses.dataclass
class Member:
    """A member of a struct or a constant of an enum. `type` is C with the name left out; of a constant its value."""
    name: str
    type: str
    comment: str

    def is_function(self):
        return "(*)" in self.type


@dataclasses.dataclass
class Item:
    """A declaration. `kind` is macro, enum, struct, opaque, callback (a typedef of a function pointer) or function."""
    kind: str
    name: str
    comment: str
    text: str  # of a function without its body
    type: str = ""  # of a callback and a function: C with the name left out
    members: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Header:
    path: str  # "abi.h", "providers/bus.h"
    comment: str  # the first one
    items: list
    code: str  # without comments

    def of(self, *kinds):
        return [item for item in self.items if item.kind in kinds]


def bare(text):
    """C without comments."""
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def words(comment):
    """The words of a comment; what is indented stays as it is."""
    inner = re.sub(r"^/\*+<?|\*/$", "", comment.strip())
    lines = [re.sub(r"^\s*\*( {0,2}(?! )| )", "", line) if number else line for number, line in enumerate(inner.split("\n"))]
    return "\n".join(line.rstrip() for line in lines).strip()


def one_line(text):
    return " ".join(text.split())


def parts(comment):
    """What, thread, owner, errors, since: a dictionary; None when not all five are there."""
    found = PARTS.match(one_line(comment))
    return found.groupdict() if found and found["what"] else None


def without_name(declaration):
    """("name", C without it) of a declaration of one thing: an object, a function or a pointer to a function."""
    found = re.match(r"([^(]*\(\*)(\w+)(\).*)$", declaration, re.S)
    if found:
        return found[2], one_line(found[1] + found[3])
    found = re.match(r"([^(]*\W)(\w+)\((.*)\)$", declaration, re.S)
    if found:
        return found[2], one_line("%s(*)(%s)" % (found[1], found[3]))
    found = re.match(r"(.*?)(\w+)\s*((?:\[\w+\])*)$", declaration, re.S)
    return found[2], one_line("%s %s" % (found[1].strip(), found[3]))


def split_objects(declaration):
    """`const char *a, *b[4]` as one declaration each."""
    if "(" in declaration:
        return [declaration]
    base, rest = re.match(r"((?:(?:const|unsigned|struct)\s+)*\w+)(.*)$", declaration, re.S).groups()
    return [base + " " + declarator.strip() for declarator in rest.split(",")]


def pieces(text):
    """(kind, text, place) of each comment, directive and declaration, in order. The place is "beside" what went before,
    on its line, "below" it, or "apart", after an empty line."""
    at = 0
    while at < len(text):
        blank = re.compile(r"\s*").match(text, at)
        at = blank.end()
        if at >= len(text):
            return
        place = ("beside", "below", "apart")[min(blank[0].count("\n"), 2)] if blank.start() else "apart"
        if text.startswith("/*", at):
            end, kind = text.index("*/", at) + 2, "comment"
        elif text[at] == "#":
            end, kind = re.compile(r"(?:\\\n|/\*.*?\*/|[^\n])*?(?=\s*/\*|\n|$)").match(text, at).end(), "directive"
        else:
            end, kind = end_of_declaration(text, at), "declaration"
        yield kind, text[at:end], place
        at = end


def end_of_declaration(text, at):
    """Past the `;`, or past the `}` of a function's body."""
    depth, begin = 0, at
    for token in re.compile(r"/\*.*?\*/|[{};]", re.S).finditer(text, at):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0 and token[0] == ";":
            return token.end()
        if depth == 0 and token[0] == "}" and bare(text[begin:token.start()]).split("{")[0].rstrip().endswith(")"):
            return token.end()
    raise ValueError("no end of: " + text[begin:begin + 60])


def constants(body):
    """Of an enum: each with its value and its comment."""
    value = -1
    for found in re.finditer(r"(C18N_\w+)\s*(?:=\s*([^,/}]+?))?\s*(?:,|$|(?=/\*))\s*(/\*\*<.*?\*/)?", bare_but_after(body), re.S):
        value = int(found[2] or value + 1)
        yield Member(found[1], str(value), one_line(words(found[3] or "")))


def bare_but_after(body):
    """Without the comments that do not stand behind what they speak of."""
    return re.sub(r"/\*(?!\*<).*?\*/", " ", body, flags=re.S)


def members(body):
    result, before = [], ""
    for kind, text, place in pieces(body):
        if kind == "comment" and place == "beside" and result:
            result[-1].comment = result[-1].comment or one_line(words(text))
        elif kind == "comment":
            before = one_line(words(text)) if text.startswith("/**") else ""
        elif kind == "declaration":
            for declaration in split_objects(bare(text).rstrip("; \n").strip()):
                result.append(Member(*without_name(declaration), "" if place == "apart" else before))
            before = ""
    return result


def item_of(text, comment):
    """What a declaration declares; None: nothing that a module sees."""
    code = bare(text).strip()
    body = text[text.index("{") + 1:text.rindex("}")] if "{" in text else ""
    found = re.match(r"(?:typedef )?struct (\w+)\s*\{", code)
    if found:
        return Item("struct", found[1], comment, text, members=members(body))
    if re.match(r"(?:typedef )?enum\b", code):
        listed = list(constants(body))
        return Item("enum", listed[0].name, comment, text, members=listed)
    found = re.match(r"typedef struct (\w+) \1;", code)
    if found:
        return Item("opaque", found[1], comment, code)
    if code.startswith("typedef "):
        name, type_ = without_name(code[len("typedef "):].rstrip(";"))
        return Item("callback", name, comment, code, type_)
    head = re.sub(r"C18N_(?:MUST_USE|PRINTF\([^)]*\))\s*|static inline\s+|^extern .*", "", code.split("{")[0].rstrip("; \n"))
    if "(" not in head:
        return None
    name, type_ = without_name(head)
    return Item("function", name, comment, one_line(head), type_)


def read(folder, path):
    text = (pathlib.Path(folder) / path).read_text()
    text = re.sub(r"/\* clang-format (?:on|off)\b.*?\*/\n", "", text)
    text = re.sub(r"#ifdef __cplusplus\n.*?\n#endif\n", "", text, flags=re.S)
    items, before, first = [], "", ""
    for kind, piece, place in pieces(text):
        if kind == "comment":
            if place == "beside" and items and not items[-1].comment:
                items[-1].comment = words(piece)
            before = words(piece) if place != "beside" and first else ""
            first = first or words(piece)
            continue
        before = "" if place == "apart" else before
        found = re.match(r"#\s*define (C18N_\w+)(.*)", piece, re.S)
        if kind == "declaration":
            items.append(item_of(piece, before))
            before = ""
        elif found and found[2].strip():
            items.append(Item("macro", found[1], before, piece))
    code = one_line(bare(text))
    return Header(str(path), first, [item for item in items if item], code)


def read_all(folder):
    """Every header below a folder "include", each as it is included after "c18n/"."""
    root = pathlib.Path(folder) / "c18n"
    return [read(root, path.relative_to(root)) for path in sorted(root.rglob("*.h"), key=lambda path: (len(path.parts), path))]
