"""The release build is hardened: what the compiler and linker were asked for is in the programs and modules."""

import os
import subprocess

import pytest

import harness

FILES = [harness.BUILD / "core/c18nd", harness.BUILD / "core/c18nctl"] + sorted((harness.BUILD / "modules").glob("*.so"))


def readelf(option, path):
    return subprocess.run(["readelf", "-W", option, str(path)], check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(os.environ.get("C18N_PASS") == "sanitized", reason="the sanitized build is for finding faults, not for serving")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_hardened(path):
    assert "DYN" in readelf("-h", path), "position independent"
    dynamic, segments, symbols = readelf("-d", path), readelf("-l", path), readelf("--dyn-syms", path)
    assert "NOW" in dynamic, "all symbols bound at start"
    assert "GNU_RELRO" in segments, "tables read-only after relocation"
    stack = [line for line in segments.splitlines() if "GNU_STACK" in line]
    assert stack and " RWE " not in stack[0], "no executable stack"
    assert "__stack_chk_fail" in symbols or path.suffix == ".so", "stack protector"


def test_fortified_and_protected():
    symbols = readelf("--dyn-syms", harness.BUILD / "core/c18nd")
    if os.environ.get("C18N_PASS") == "sanitized":
        pytest.skip("the sanitized build is for finding faults, not for serving")
    assert "_chk@" in symbols, "_FORTIFY_SOURCE"
    code = subprocess.run(["objdump", "-d", str(harness.BUILD / "core/c18nd")], check=True, capture_output=True, text=True).stdout
    assert os.uname().machine != "x86_64" or code.count("endbr64") > 100, "CET: landing marks for indirect calls"
