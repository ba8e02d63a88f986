#!/usr/bin/env python3
"""Makes an import file (shared NDJSON format of `c18nctl import`) from the Debian changelogs on this machine.

A source package becomes a community, a maintainer a user, an entry of a changelog a post of that maintainer in that
community, and whoever wrote an entry is a member. These are years of real text by thousands of people, with names from
everywhere, odd dates and mistakes. The same files give the same bytes.

    debian_changelogs.py [--docs DIR] [--limit N] [--counts FILE] --output FILE.ndjson[.gz]

FILE may be "-". The counts of each kind go to FILE as JSON, else to standard error.
"""

import argparse
import calendar
import collections
import datetime
import email.utils
import glob
import gzip
import io
import json
import os
import re
import sys
import unicodedata

HEADER = re.compile(r"^([a-z0-9][a-z0-9+.-]*) \(([^\s()]+)\)((?:\s+[-+0-9a-z.]+)+)\s*;", re.I)
TRAILER = re.compile(r"^ -- ?(.*?)\s*<([^<>]*)>?\s*(.*)$")
CONTENT_MOST = 40000  # characters of a post, as the server allows
NAME_MOST = 100
FORBIDDEN = {"Cc", "Cs", "Co", "Cn"}  # but line feed and tab
FIRST_DATE = 1  # for an entry without any date that can be read

MONTHS = {name: number for number, name in enumerate(
    "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}

Entry = collections.namedtuple("Entry", "source version name address date text")


# --- reading -------------------------------------------------------------------------------------

def decode(line):
    """Old changelogs are Latin-1, some of them only in places."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def clean(text):
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in FORBIDDEN)


def parse_date(text):
    """RFC 2822 as it should be, else a day, a month's name and a year in any order."""
    try:
        parsed = email.utils.parsedate_tz(text)
        if parsed and parsed[0] > 1970:
            return max(FIRST_DATE, int(email.utils.mktime_tz(parsed)))
    except (ValueError, OverflowError, TypeError, IndexError):
        pass
    year = re.search(r"\b((?:19|20)\d\d)\b", text)
    month = next((MONTHS[w[:3].lower()] for w in re.findall(r"[A-Za-z]+", text) if w[:3].lower() in MONTHS), None)
    day = re.search(r"(?<![\d:])([0-3]?\d)(?![\d:])", text)
    clock = re.search(r"\b(\d\d?):(\d\d)(?::(\d\d))?", text)
    if not year:
        return None
    hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
    try:
        parts = (int(year.group(1)), month or 1, max(1, int(day.group(1))) if day else 1, hour, minute, second)
        return max(FIRST_DATE, calendar.timegm(datetime.datetime(*parts).timetuple()))
    except (ValueError, OverflowError):
        return None


def read_entries(path):
    """The entries of one file; nothing when it is no Debian changelog. Newest first, as they stand there."""
    try:
        with gzip.open(path, "rb") as file:
            raw = file.read()
    except (OSError, EOFError):
        return []
    lines = [decode(line) for line in raw.split(b"\n")]
    if not any(HEADER.match(line) for line in lines[:20]):
        return []
    entries, header, body = [], None, []
    for line in lines:
        begins = HEADER.match(line)
        if begins:
            header, body = begins, []
            continue
        ends = TRAILER.match(line) if header and line.startswith(" --") else None
        if ends:
            text = clean("\n".join(body)).strip("\n").rstrip()
            entries.append(Entry(header.group(1).lower(), header.group(2), clean(ends.group(1)).strip(), clean(ends.group(2)).strip(),
                                 parse_date(ends.group(3)), text))
            header = None
        elif header:
            body.append(line)
    return entries


def fill_dates(entries):
    """An entry whose date can't be read came just before the newer one above it."""
    filled, above = [], None
    below = [e.date for e in entries if e.date]
    for entry in entries:
        date = entry.date or (above - 1 if above and above > FIRST_DATE else None) or (below[0] if below else FIRST_DATE)
        filled.append(entry._replace(date=date))
        above = date
    return filled


def collect(docs):
    """Entries of all changelogs, each once: binary packages of a source ship the same file."""
    seen, files = {}, 0
    for path in sorted(glob.glob(os.path.join(docs, "*", "changelog*.gz"))):
        if os.path.islink(path) and os.path.realpath(path).startswith(os.path.realpath(docs) + os.sep):
            continue  # the file that it points to comes by itself
        entries = fill_dates(read_entries(path))
        files += bool(entries)
        for entry in entries:
            if entry.text.strip():
                seen.setdefault((entry.source, entry.version, entry.name, entry.address, entry.text), entry)
    return list(seen.values()), files


# --- people --------------------------------------------------------------------------------------

ADDRESS = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
                     r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$")


def plain(text):
    """Letters without accents, for usernames."""
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", ".", text).strip(".")


class People:
    """Whoever has the same address is the same person, whatever the spelling of the name."""

    def __init__(self):
        self.by_address, self.usernames, self.emails = {}, set(), set()

    def username(self, entry, address):
        base = (plain(entry.name) or plain(address.split("@")[0]) or "somebody")[:50].strip(".")
        name, number = base, 1
        while name in self.usernames:
            number += 1
            name = "%s%d" % (base, number)
        self.usernames.add(name)
        return name

    def email(self, address, username):
        local = address.split("@")[0]
        if not ADDRESS.match(address) or len(address) > 254 or len(local) > 64 or address in self.emails:
            address = "%s@changelog.example" % username  # .example is nobody's
        self.emails.add(address)
        return address

    def add(self, entry):
        address = entry.address.lower()
        key = address or entry.name.lower()
        person = self.by_address.get(key)
        if person:
            person["created_on"] = min(person["created_on"], entry.date)
            return person
        username = self.username(entry, address)
        person = {"kind": "user", "ref": "u%d" % (len(self.by_address) + 1), "username": username,
                  "name": entry.name[:NAME_MOST] or username, "email": self.email(address, username),
                  "created_on": entry.date}
        self.by_address[key] = person
        return person


# --- writing -------------------------------------------------------------------------------------

def records(entries):
    """References first: users, communities, members, posts; posts by date."""
    entries.sort(key=lambda e: (e.date, e.source, e.version, e.text))
    people, communities, members, posts = People(), {}, {}, []
    for entry in entries:
        person = people.add(entry)
        community = communities.setdefault(entry.source, {
            "kind": "community", "ref": "c-" + entry.source, "name": entry.source,
            "description": "Changes of the source package %s, as its maintainers wrote them." % entry.source,
            "tags": ["debian", "debian-" + entry.source[:1]], "by": person["ref"], "created_on": entry.date})
        if person["ref"] != community["by"]:
            members.setdefault((community["ref"], person["ref"]), {
                "kind": "member", "community": community["ref"], "user": person["ref"], "created_on": entry.date})
        content = "%s %s\n\n%s" % (entry.source, entry.version, entry.text)
        posts.append({"kind": "post", "ref": "p%d" % (len(posts) + 1), "community": community["ref"], "by": person["ref"],
                      "content": content[:CONTENT_MOST].rstrip(), "created_on": entry.date})
    yield from people.by_address.values()
    yield from communities.values()
    yield from members.values()
    yield from posts


def open_output(name):
    if name == "-":
        return sys.stdout.buffer
    if name.endswith(".gz"):
        return io.BufferedWriter(gzip.GzipFile(name, "wb", compresslevel=6, mtime=0))
    return open(name, "wb")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--docs", default="/usr/share/doc", help="folder of the packages' documentation")
    parser.add_argument("--limit", type=int, default=0, help="only the N newest entries; 0: all")
    parser.add_argument("--counts", help="file for the counts as JSON; default: standard error")
    parser.add_argument("--output", default="-", help="file to write, .gz for a compressed one, - for standard output")
    arguments = parser.parse_args()

    entries, files = collect(arguments.docs)
    if arguments.limit:
        entries = sorted(entries, key=lambda e: (e.date, e.source, e.version, e.text))[-arguments.limit:]
    counts = collections.Counter()
    with open_output(arguments.output) as out:
        for record in records(entries):
            counts[record["kind"]] += 1
            out.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n")
    told = json.dumps({**{kind: counts[kind] for kind in ("user", "community", "member", "post")}, "files": files})
    if arguments.counts:
        with open(arguments.counts, "w", encoding="utf-8") as file:
            file.write(told + "\n")
    else:
        print(told, file=sys.stderr)
    return 0 if entries else 1


if __name__ == "__main__":
    sys.exit(main())
