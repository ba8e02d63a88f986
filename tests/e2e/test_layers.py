"""core/CMakeLists.txt lists core's folders: each may use those above it, and the ABI, and nothing else."""

import re

import pytest

import harness

CORE = harness.TOP / "core"
ORDER = re.findall(r"^core_part\((\w+)", (CORE / "CMakeLists.txt").read_text(), re.MULTILINE)
SOURCES = sorted(path for path in CORE.rglob("*.[ch]") if not path.name.endswith("_main.c"))  # the two programs use all


def includes(path):
    """What a file includes in quotes."""
    return re.findall(r'^#\s*include\s+"([^"]+)"', path.read_text(), re.MULTILINE)


def test_every_folder_is_listed():
    assert sorted(ORDER) == sorted(path.name for path in CORE.iterdir() if path.is_dir())


def test_readme_lists_them_in_the_same_order():
    assert re.findall(r"^\| \[(\w+)/\]", (CORE / "README.md").read_text(), re.MULTILINE) == ORDER


@pytest.mark.parametrize("part", ORDER)
def test_uses_only_what_stands_above(part):
    allowed = set(ORDER[: ORDER.index(part) + 1]) | {"c18n"}
    wrong = ["%s includes %s" % (path.relative_to(CORE), name) for path in SOURCES if path.parent.name == part
             for name in includes(path) if name.split("/")[0] not in allowed]
    assert not wrong


def test_no_header_needs_itself():
    headers = {str(path.relative_to(CORE)): [name for name in includes(path) if not name.startswith("c18n/")]
               for path in SOURCES if path.suffix == ".h"}
    done = set()

    def walk(name, way):
        assert name not in way, "a circle of includes: %s" % " > ".join(way + [name])
        if name not in done:
            for further in headers[name]:
                walk(further, way + [name])
            done.add(name)

    for name in headers:
        walk(name, [])
