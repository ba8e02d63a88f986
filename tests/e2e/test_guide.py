"""docs/modules: the guide is followed word for word with an installed copy; the cookbook's modules are compiled and tested."""

import re
import shutil
import subprocess

import pytest

import harness
from installed import SANITIZE, environment, install, run

MODULES = harness.TOP / "docs/modules"
RECIPES = sorted((MODULES / "cookbook").glob("[0-9]*.md"))
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wno-missing-field-initializers", "-Werror"]

# What every test of the cookbook begins with: an assert that is never compiled away.
TEST_H = """#undef NDEBUG
#include <c18n/testhost.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define check(condition) assert(condition)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    return install(tmp_path_factory.mktemp("installed"))


def blocks(text):
    """(language, title, body) of each block of a page."""
    return re.findall(r"^```(\w+)(?: ([^\n]*))?\n(.*?)^```$", text, re.S | re.M)


def build_flags(installed, package):
    return run("pkg-config", "--cflags", "--libs", package, env=environment(installed)).split()


# An instrumented host wants its run-time library in the program that loads it.
SANITIZERS = ["-fsanitize=" + SANITIZE] if SANITIZE else []


def write_blocks(page, folder):
    """The files of a page: name → what its block says besides, such as the libraries to link."""
    titles = {}
    for _, title, body in (block for block in blocks(page.read_text()) if block[0] == "c"):
        name, *rest = title.split()
        with open(folder / name, "a") as file:
            file.write(body)
        titles.setdefault(name, rest)
    return titles


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_recipe(recipe, installed, tmp_path):
    titles = write_blocks(recipe, tmp_path)
    (tmp_path / "test.h").write_text(TEST_H)
    tests = [name for name in titles if name.startswith("test_")]
    sources = [name for name in titles if name.endswith(".c") and name not in tests]
    assert sources and len(tests) == 1
    for name in sources:
        libraries = [flag for package in titles[name] for flag in build_flags(installed, package)]
        for compiler in ("gcc", "clang"):
            run(compiler, *FLAGS, "-shared", "-fPIC", "-fvisibility=hidden", "-Wl,-z,now", "-Wl,-z,defs",
                 *build_flags(installed, "c18n-plugin"), name, "-o", name.replace(".c", ".so"), *libraries, cwd=tmp_path)
    run("gcc", *FLAGS, *SANITIZERS, tests[0], "-o", "a-test", *build_flags(installed, "c18n-testhost"), "-lpthread",
        cwd=tmp_path, env=environment(installed))
    run("./a-test", cwd=tmp_path, env=environment(installed))


def mistakes():
    """(module, its code, lines that the check says of it) of each anti-pattern."""
    found = blocks((MODULES / "anti-patterns.md").read_text())
    return [(found[i][1][:-2], found[i][2], found[i + 1][2].splitlines()) for i in range(0, len(found), 2)]


@pytest.mark.parametrize("name, code, lines", mistakes(), ids=[name for name, _, _ in mistakes()])
def test_a_mistake_is_found(name, code, lines, installed, tmp_path):
    if SANITIZE:
        pytest.skip("sanitizers have other words for a crash")
    (tmp_path / (name + ".c")).write_text(code)
    run("cc", *FLAGS, "-O1", "-shared", "-fPIC", "-fvisibility=hidden", "-Wl,-z,now", *build_flags(installed, "c18n-plugin"),
         name + ".c", "-o", name + ".so", cwd=tmp_path)
    done = subprocess.run(["c18nctl", "module", "check", name + ".so"], cwd=tmp_path, env=environment(installed), capture_output=True,
                          text=True, timeout=300)
    said = " ".join(done.stdout.split())
    assert done.returncode == 1 and all(line in said for line in lines), done.stdout


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_a_module_in_cpp(compiler, installed, tmp_path):
    code = [body for language, _, body in blocks((MODULES / "porting.md").read_text()) if language == "cpp"]
    (tmp_path / "cpp_greetings.cc").write_text(code[0])
    (tmp_path / "test.c").write_text(TEST_H + """
int main(void)
{
    c18n_test *test = c18n_test_open(&(c18n_test_options){.modules = "./cpp_greetings.so"}, NULL);
    c18n_test_answer answer = c18n_test_ask(test, NULL, NULL, "GET /cpp-greeting");
    check(strcmp(c18n_text(answer.doc, "greeting"), "Hello from C++") == 0);
    c18n_test_close(test);
    return 0;
}
""")
    run(compiler, "-std=c++20", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden",
         "-Wl,-z,now", *build_flags(installed, "c18n-plugin"), "cpp_greetings.cc", "-o", "cpp_greetings.so", cwd=tmp_path)
    run("gcc", *FLAGS, *SANITIZERS, "test.c", "-o", "a-test", *build_flags(installed, "c18n-testhost"), cwd=tmp_path)
    run("./a-test", cwd=tmp_path, env=environment(installed))


def test_the_cookbook_has_all_and_names_all():
    named = re.findall(r"\]\(([\w-]+\.md)\)", (MODULES / "cookbook/README.md").read_text())
    assert len(RECIPES) == 11 and named == [path.name for path in RECIPES]


def script_of(page):
    """A page as one shell script: what it shows as files is written where it stands, the rest is typed."""
    lines = ["set -eu"]
    started = set()
    for language, title, body in blocks(page.read_text()):
        if language == "sh":
            lines.append(body)
        elif language in ("c", "conf"):
            name = title.split()[0]
            lines.append("cat %s %s <<'END-OF-BLOCK'\n%sEND-OF-BLOCK" % (">>" if name in started else ">", name, body))
            started.add(name)
    return "\n".join(lines)


def test_the_guide_word_for_word(installed, tmp_path):
    if SANITIZE:
        pytest.skip("a reader's program has no sanitizer: the guide is for a release build")
    if not shutil.which("dpkg-deb"):
        pytest.skip("dpkg-deb is not on this machine")
    extra = {"CONF": str(installed / "etc/c18n/conf.d"), "PORT": str(harness.free_port())}
    said = run("bash", "-c", script_of(MODULES / "guide.md"), cwd=tmp_path, env={**environment(installed), **extra},
               stdin=subprocess.DEVNULL)
    assert '"url":"https://bakery.example/bread"' in said and '"title":"Bread"' in said
    assert list((tmp_path / "bookmarks/build").glob("*.deb"))
