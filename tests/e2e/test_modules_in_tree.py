"""What every module of this tree must keep to, so that third parties can do all that we can."""

import re
import subprocess
import warnings

import pytest

import harness

SOURCES = sorted(path for path in (harness.TOP / "modules").rglob("*.[ch]"))
BUILT = sorted(path for folder in ("modules", "testhost") for path in (harness.BUILD / folder).glob("*.so"))
# A module's own library, by folder: the only headers besides the ABI's, its own and the C and POSIX ones.
OWN_LIBRARY = {"users": {"sodium.h"}, "media": {"sodium.h"}, "storage/sqlite": {"sqlite3.h"}, "index/fts": {"sqlite3.h"}}


def test_modules_are_there():
    assert {path.stem for path in BUILT} >= {"users", "communities", "posts", "usergroups", "messaging", "media", "storage_sqlite", "bus_local",
                                              "cache_memory", "index_fts", "storage_memory", "people_memory"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(harness.TOP / "modules")))
def test_includes_nothing_of_the_core(path):
    folder = str(path.parent.relative_to(harness.TOP / "modules"))
    for included in re.findall(r'#\s*include\s+([<"][^>"]+[>"])', path.read_text()):
        name = included[1:-1]
        if included[0] == '"':
            assert (path.parent / name).exists() and "/" not in name, "%s is not the module's own" % included
        else:
            known = name.startswith("c18n/") or name in OWN_LIBRARY.get(folder, set()) or is_system(name)
            assert known, "%s: a module may include plugin-api, its own library and the C library" % included


def is_system(name):
    """A header of the C library: it stands in /usr/include without a package's folder of its own."""
    return re.fullmatch(r"(sys/)?[a-z0-9]+\.h", name) and name not in {"uv.h", "jansson.h", "jwt.h", "sodium.h", "sqlite3.h"}


@pytest.mark.parametrize("path", BUILT, ids=lambda path: path.stem)
def test_symbols(path):
    tool = instrumented_by(path)
    if tool:
        warnings.warn("%s is built with %s, so its symbols were not judged: run this with a release build" % (path.name, tool))
        pytest.skip("%s adds symbols of its own; a release build's are the ones that count" % tool)
    listing = subprocess.run(["nm", "-D", str(path)], check=True, capture_output=True, text=True).stdout
    exported = [line.split() for line in listing.splitlines() if re.search(r" [A-TV-Z] ", line) and " w " not in line]
    assert [parts[-1] for parts in exported] == ["c18n_module_descriptor"]
    undefined = [line.split()[-1] for line in listing.splitlines() if " U " in line]
    assert not [name for name in undefined if name.startswith("c18n_") or "@" not in name and not is_library_symbol(path, name)]
    everything = subprocess.run(["nm", str(path)], check=True, capture_output=True, text=True).stdout
    writable = [line.split()[-1] for line in everything.splitlines() if re.search(r" [bBdDC] ", line)]
    allowed = {"completed.0", "__dso_handle", "_DYNAMIC", "_GLOBAL_OFFSET_TABLE_", "__TMC_END__", "__frame_dummy_init_array_entry",
               "__do_global_dtors_aux_fini_array_entry", "__bss_start", "_edata", "_end", "_fini", "_init"}
    assert not [name for name in writable if name not in allowed and not in_read_only_after_relocation(path, name)]


def instrumented_by(path):
    """What sanitizers and coverage leave in a module, whatever its folder's name; None: nothing."""
    everything = subprocess.run(["nm", str(path)], check=True, capture_output=True, text=True).stdout
    found = re.search(r" _*(asan|odr_asan|ubsan|tsan|msan|sanitizer|sancov|gcov|llvm_prof)", everything)
    return found and found.group(1)


def is_library_symbol(path, name):
    """Libraries without symbol versions: sqlite3 and sodium."""
    return name.startswith(("sqlite3_", "crypto_", "sodium_", "randombytes_"))


def in_read_only_after_relocation(path, name):
    """Tables with pointers lie in .data.rel.ro, which the loader makes read-only."""
    listing = subprocess.run(["objdump", "-t", str(path)], check=True, capture_output=True, text=True).stdout
    return any(line.split()[-1] == name and ".data.rel.ro" in line for line in listing.splitlines() if line.strip())
