"""Adds up JUnit result files and prints the closing line. Fails when anything failed, or when a file is missing."""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree

EXPECTED = ("release-unit.xml", "release-socket.xml", "sanitized-unit.xml", "sanitized-socket.xml")


def count(path):
    """(passed, failed, skipped) of one file."""
    passed = failed = skipped = 0
    for case in ElementTree.parse(path).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            failed += 1
            print("failed:", case.get("classname", ""), case.get("name"))
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def main():
    folder = pathlib.Path(sys.argv[1])
    totals = [0, 0, 0]
    for name in EXPECTED:
        if not (folder / name).exists():
            print("no results:", name)
            totals[1] += 1
            continue
        totals = [a + b for a, b in zip(totals, count(folder / name))]
    print("{} passed, {} failed, {} skipped".format(*totals))
    sys.exit(1 if totals[1] or not totals[0] else 0)


main()
