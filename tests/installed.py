"""The tree as an installed copy that was moved since, for tests of what third parties do with it."""

import os
import re
import subprocess

import harness

# What the build is instrumented with; "" nothing. A program that loads an instrumented library needs the same.
SANITIZE = re.search(r"^C18N_SANITIZE:STRING=(.*)$", (harness.BUILD / "CMakeCache.txt").read_text(), re.M).group(1)


def tried(*command, **rest):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=600, **rest)


def run(*command, **rest):
    done = tried(*command, **rest)
    assert done.returncode == 0, "%s\n%s%s" % (command, done.stdout, done.stderr)
    return done.stdout


def install(folder, *options):
    """Installs into one folder and moves it to another: nothing in it may know where it was."""
    run("cmake", "--install", harness.BUILD, *options, "--prefix", folder / "first")
    return (folder / "first").rename(folder / "moved")


def environment(installed):
    """Of a shell that finds the copy's programs, libraries and packages."""
    path = "%s:%s:%s" % (installed / "bin", installed / "sbin", os.environ["PATH"])
    return {**os.environ, "PATH": path, "PKG_CONFIG_PATH": str(installed / "lib/pkgconfig"), "LD_LIBRARY_PATH": str(installed / "lib")}
