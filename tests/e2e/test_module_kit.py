"""The module kit as a third party has it: the installed component `dev` alone, and a module that `c18nctl module new` makes of it."""

import os
import re
import shutil

import pytest

import harness
from installed import SANITIZE, install, run, tried

NAME = "tea_leaves"
WARNINGS = "-Wall -Wextra -Wconversion -Wshadow -Werror"
def files_below(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


@pytest.fixture(scope="module")
def dev(tmp_path_factory):
    """The component dev alone, in an empty folder."""
    return install(tmp_path_factory.mktemp("dev"), "--component", "dev")


class Made:
    """A module that was made, built and tested outside of the tree."""

    def __init__(self, dev, folder, compiler):
        # An instrumented test host has its run-time library in the program that loads it.
        flags = WARNINGS + (" -fsanitize=" + SANITIZE if SANITIZE else "")
        self.environment = {**os.environ, "PKG_CONFIG_PATH": str(dev / "lib/pkgconfig"), "CC": compiler, "CFLAGS": flags}
        folder = folder / "with two blanks"
        folder.mkdir()
        self.said = run(dev / "bin/c18nctl", "module", "new", NAME, "--at", folder)
        self.folder = folder / NAME
        self.build = self.folder / "build"
        run("cmake", "-B", "build", cwd=self.folder, env=self.environment)
        run("cmake", "--build", "build", cwd=self.folder, env=self.environment)
        self.module = self.build / "modules" / (NAME + ".so")


@pytest.fixture(scope="module", params=["gcc", "clang"])
def made(request, dev, tmp_path_factory):
    if request.param == "clang" and SANITIZE:
        pytest.skip("clang brings sanitizers of its own, which a host that gcc instrumented can't live with")
    return Made(dev, tmp_path_factory.mktemp("outside"), request.param)


@pytest.fixture(scope="module")
def machine(made, tmp_path_factory):
    """The root of a machine that has the runtime under /usr, as a distribution would, and the module's deb unpacked over it."""
    root = tmp_path_factory.mktemp("root")
    run("cmake", "--install", harness.BUILD, "--component", "runtime", "--prefix", "/usr", env={**os.environ, "DESTDIR": str(root)})
    run("dpkg-deb", "-x", package_of(made), root)
    return root


def package_of(made):
    if not list(made.build.glob("*.deb")):
        run("cpack", "-G", "DEB", cwd=made.build, env=made.environment)
    package, = made.build.glob("*.deb")
    return package


# --- the components ---

def test_dev_has_no_server(dev):
    files = files_below(dev)
    assert {"bin/c18nctl", "lib/pkgconfig/c18n-plugin.pc", "lib/pkgconfig/c18n-testhost.pc", "lib/cmake/c18n/c18n-module.cmake",
            "include/c18n/module.h", "include/c18n/testhost.h", "share/c18n/template/NAME.c", "share/doc/c18n/modules/guide.md"} <= files
    assert not [name for name in files if name.startswith(("sbin", "etc", "lib/systemd", "lib/c18n/modules"))]


def test_the_two_components_are_the_whole(dev, tmp_path):
    for name in ("all", "runtime"):
        run("cmake", "--install", harness.BUILD, "--prefix", tmp_path / name, *(["--component", name] if name != "all" else []))
    runtime = files_below(tmp_path / "runtime")
    assert runtime | files_below(dev) == files_below(tmp_path / "all")
    assert not [name for name in runtime if name.startswith(("include", "lib/pkgconfig", "lib/cmake", "share/c18n"))]


def test_nothing_installed_knows_the_build_or_the_first_place(dev):
    for name in files_below(dev):
        if name.endswith((".pc", ".cmake", ".h", ".c", ".txt")):
            words = (dev / name).read_text()
            assert str(harness.BUILD) not in words and str(dev.parent / "first") not in words, name


# --- what is made ---

def test_it_tells_how_to_go_on(made):
    steps = re.findall(r"^    (.*)$", made.said, re.M)
    assert steps == ["cd %s" % made.folder, "cmake -B build", "cmake --build build", "ctest --test-dir build --output-on-failure"]


def test_the_name_is_in_every_place(made):
    assert files_below(made.folder) - {name for name in files_below(made.folder) if name.startswith("build/")} == {
        NAME + ".c", "CMakeLists.txt", "70-%s.conf" % NAME, "tests/test_%s.c" % NAME, "README.md", ".gitignore"}
    for path in made.folder.rglob("*"):
        if path.is_file() and "build" not in path.relative_to(made.folder).parts:
            assert "NAME" not in path.read_text(), path


def test_the_template_is_short(made):
    assert len((made.folder / (NAME + ".c")).read_text().splitlines()) <= 120


def test_it_is_clean_without_the_template_s_own_options(made):
    """Also where a row that is written by position up to its end would be warned of."""
    flags = run("pkg-config", "--cflags", "c18n-plugin", env=made.environment).split()
    for name in (NAME + ".c", "tests/test_%s.c" % NAME):
        run(made.environment["CC"], "-std=c11", *WARNINGS.split(), "-DMODULE_FILE=\"x\"", *flags, "-fsyntax-only", made.folder / name)


def test_the_module_exports_its_descriptor_only(made):
    if SANITIZE:
        pytest.skip("an instrumented module has symbols of the sanitizers")
    listing = run("nm", "-D", "--defined-only", made.module)
    assert [line.split()[-1] for line in listing.splitlines()] == ["c18n_module_descriptor"]


def test_its_tests_pass(made):
    said = run("ctest", "--test-dir", "build", "--output-on-failure", "--no-tests=error", cwd=made.folder, env=made.environment)
    for test in (NAME, NAME + "_check"): # and `c18nctl module check` finds it fit
        assert re.search(r"Test +#\d+: %s \.+ +Passed" % test, said), said


def test_check_finds_what_it_needs_when_it_is_found_by_path(made, dev):
    environment = {**made.environment, "PATH": "%s:%s" % (dev / "bin", os.environ["PATH"])}
    assert "fit to ship" in run("c18nctl", "module", "check", made.module, cwd=made.folder, env=environment)


def test_its_tests_can_fail(made, tmp_path):
    """A broken handler is found by the module's own test."""
    broken = tmp_path / NAME
    shutil.copytree(made.folder, broken, ignore=shutil.ignore_patterns("build"))
    source = broken / (NAME + ".c")
    words = source.read_text()
    assert "if (c18n_wall_ms" in words
    source.write_text(words.replace("if (c18n_wall_ms", "if (0 && c18n_wall_ms"))
    run("cmake", "-B", "build", cwd=broken, env=made.environment)
    run("cmake", "--build", "build", cwd=broken, env=made.environment)
    done = tried("ctest", "--test-dir", "build", "-R", "^%s$" % NAME, "--output-on-failure", cwd=broken, env=made.environment)
    assert done.returncode != 0 and "a_person_waits_between_two" in done.stdout


# --- its package ---

def test_the_package_is_for_a_c18n_of_this_abi(made):
    header = (harness.TOP / "plugin-api/include/c18n/abi.h").read_text()
    major, minor = (re.search(r"define C18N_ABI_%s (\d+)" % part, header).group(1) for part in ("MAJOR", "MINOR"))
    fields = dict(re.findall(r"^(\S+): (.*)$", run("dpkg-deb", "--field", package_of(made)), re.M))
    assert fields["Package"] == "c18n-module-tea-leaves" and fields["Version"] == "0.1.0"
    assert fields["Depends"] == "c18n-abi-%s (>= %s.%s)" % (major, major, minor)
    assert fields["Architecture"] == run("dpkg", "--print-architecture").strip()
    assert "@" in fields["Maintainer"] and "c18n" in fields["Description"]


def test_the_package_has_the_module_and_its_file_of_conf_d(made):
    listing = re.findall(r"^(\S+) root/root .* \./(\S*[^/\s])$", run("dpkg-deb", "--contents", package_of(made)), re.M)
    folder = run("pkg-config", "--define-variable=prefix=/usr", "--variable=moduledir", "c18n-plugin", env=made.environment).strip()
    assert sorted(listing) == [("-rw-r--r--", "etc/c18n/conf.d/70-%s.conf" % NAME), ("-rw-r--r--", "%s/%s.so" % (folder[1:], NAME))]


def test_an_operator_s_edit_survives_an_upgrade(made, tmp_path):
    """By dpkg itself, on a root of its own."""
    (tmp_path / "var/lib/dpkg/updates").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/info").mkdir()
    (tmp_path / "var/lib/dpkg/status").touch()
    install = ("dpkg", "--root", tmp_path, "--force-not-root", "--force-depends", "--force-confdef", "--install", package_of(made))
    environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}  # dpkg wants to see ldconfig
    run(*install, env=environment)
    conf = tmp_path / ("etc/c18n/conf.d/70-%s.conf" % NAME)
    assert NAME + " {" in conf.read_text()
    conf.write_text("%s {\n    pause = 0\n}\n" % NAME)
    run(*install, env=environment)
    assert "pause = 0" in conf.read_text()


def test_installing_keeps_a_file_of_conf_d(made, tmp_path):
    install = ("cmake", "--install", made.build, "--prefix", tmp_path)
    run(*install)
    conf = tmp_path / ("etc/c18n/conf.d/70-%s.conf" % NAME)
    assert conf.exists() and (tmp_path / ("lib/c18n/modules/%s.so" % NAME)).exists()
    conf.write_text("mine")
    assert "Kept as it is" in run(*install) and conf.read_text() == "mine"


# --- in a server ---

def test_it_runs_in_a_real_server(machine):
    with harness.Server({NAME + ".pause": 3600}, conf=machine / "etc/c18n/conf.d", installed=machine / "usr") as server:
        assert re.search(r"^%s +0\.1\.0 +loaded +Short texts$" % NAME, server.ctl("modules").stdout, re.M)
        admin = server.admin()
        ada, bob = server.user(admin, "ada"), server.user(admin, "bob")
        written = ada.post("/%s/new" % NAME, json={"text": "Rye bread"})
        assert written.status_code == 200 and written.headers["location"].endswith("/%s/%s" % (NAME, written.json()["_id"]))
        assert bob.get("/%s/%s" % (NAME, written.json()["_id"])).json()["text"] == "Rye bread"
        hasty = ada.post("/%s/new" % NAME, json={"text": "More"})
        assert hasty.status_code == 429 and hasty.json()["code"] == "too_soon"
        assert bob.post("/%s/new" % NAME, json={"text": ""}).status_code == 422
        assert bob.post("/%s/new" % NAME, json={"text": "Wheat"}).status_code == 200
        assert [item["text"] for item in bob.pages("/%s/" % NAME, limit=1)] == ["Wheat", "Rye bread"]
        paths = bob.get("/openapi.json").json()["paths"]
        assert paths["/%s/new" % NAME]["post"]["summary"] == "Write a text"
        server.ctl("verify")


# --- what can't be made ---

@pytest.mark.parametrize("name, why", [
    ("Tea", "small letters"), ("tea-leaves", "small letters"), ("../tea", "small letters"), ("", "small letters"),
    ("while", "a word of C"), ("test", "CMake"), ("users", "part of c18n"), ("core", "part of c18n"),
])
def test_bad_names(dev, tmp_path, name, why):
    done = tried(dev / "bin/c18nctl", "module", "new", name, cwd=tmp_path)
    assert done.returncode == 64 and why in done.stderr and not done.stdout
    assert not list(tmp_path.iterdir())


def test_no_id_of_the_tree_is_a_name(dev, tmp_path):
    ids = re.findall(r"c18n_add_(?:test_)?module\((\w+)", "".join(path.read_text() for path in (harness.TOP / "modules").rglob("CMakeLists.txt")))
    assert len(ids) > 8
    for name in ids:
        assert tried(dev / "bin/c18nctl", "module", "new", name, cwd=tmp_path).returncode == 64, name


def test_a_taken_folder_is_left_alone(dev, tmp_path):
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / (NAME + ".c")).write_text("mine")
    done = tried(dev / "bin/c18nctl", "module", "new", NAME, cwd=tmp_path)
    assert done.returncode == 74 and NAME + ": File exists. Nothing was made." in done.stderr
    assert files_below(tmp_path) == {"%s/%s.c" % (NAME, NAME)} and (tmp_path / NAME / (NAME + ".c")).read_text() == "mine"


@pytest.mark.parametrize("at, why", [("nowhere", "nowhere: no such folder"), ("/proc", "/proc/%s: " % NAME)])
def test_folders_that_nothing_can_be_made_in(dev, tmp_path, at, why):
    done = tried(dev / "bin/c18nctl", "module", "new", NAME, "--at", at, cwd=tmp_path)
    assert done.returncode == 74 and why in done.stderr
    assert not list(tmp_path.iterdir())


def test_without_the_template_it_says_what_to_install(dev, tmp_path):
    (tmp_path / "bin").mkdir()
    shutil.copy(dev / "bin/c18nctl", tmp_path / "bin")
    done = tried(tmp_path / "bin/c18nctl", "module", "new", NAME, cwd=tmp_path)
    assert done.returncode == 74
    assert "%s: the template isn't there; it comes with the -dev package" % (tmp_path / "share/c18n/template") in done.stderr
    assert not (tmp_path / NAME).exists()


def test_in_the_build_tree_it_works_too(tmp_path):
    run(harness.BUILD / "core/c18nctl", "module", "new", NAME, cwd=tmp_path)
    assert (tmp_path / NAME / (NAME + ".c")).exists()


def test_usage(dev):
    tool = dev / "bin/c18nctl"
    assert "module new NAME [--at DIR]" in run(tool, "--help") and "module new NAME [--at DIR]" in run(tool, "module", "--help")
    for words in ((), ("nwe",), ("new",), ("new", "a", "b"), ("new", "a", "--in", "b")):
        done = tried(tool, "module", *words)
        assert done.returncode == 64 and "new NAME [--at DIR]" in done.stderr, words
    assert tried(tool, "check").returncode == 64, "other commands still need --conf"
