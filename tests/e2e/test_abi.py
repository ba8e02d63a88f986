"""The ABI gate (plugin-api/abi): today's headers against every baseline, and the gate itself against headers that were broken
on purpose. Modules and hosts of different minors are tried in tests/unit/loader/test_minors.c and test_outside_module.py."""

import platform
import shutil
import subprocess
import sys

import pytest

import harness

ABI = harness.TOP / "plugin-api/abi"
sys.path.insert(0, str(ABI))
import gate  # noqa: E402

BASELINES = gate.baselines()
OLDEST = BASELINES[0][1]
MINOR = gate.Surface(gate.TODAY).minor()
EARLIER = [(minor, folder) for minor, folder in BASELINES if minor < MINOR]


def broken(folder, header, old, new, source=gate.TODAY):
    """A copy of the headers with one change."""
    shutil.copytree(source, folder)
    path = folder / "c18n" / header
    text = path.read_text()
    assert text.count(old) >= 1, "the headers have changed, and so must this test"
    path.write_text(text.replace(old, new, 1))
    return folder


# --- today's headers ---

def test_the_first_baseline_is_there():
    assert BASELINES[0][0] == 1 and (OLDEST / "include/c18n/module.h").exists() and (OLDEST / "anchor.abi").exists()


@pytest.mark.parametrize("minor, folder", BASELINES, ids=str)
def test_old_members_are_a_prefix_of_new(minor, folder):
    """Where everything stood in the compiler's eyes, it stands."""
    found = gate.compare(folder / "include", gate.TODAY)
    assert not found, "modules built for 0.%d would break: %s" % (minor, "; ".join(found))


@pytest.mark.parametrize("folder", [gate.TODAY, OLDEST / "include"], ids=lambda folder: folder.parent.name)
def test_every_member_is_read(folder):
    """What headers.py reads fills each struct, up to padding: it has missed none."""
    surface = gate.Surface(folder)
    told = gate.measure(surface, gate.questions(surface, surface))
    assert len(surface.structs) > 50
    for struct, members in surface.structs.items():
        end = 0
        for member in members:
            at, size = (int(told["%s.%s %s" % (struct, member, what)]) for what in ("at", "size"))
            assert end <= at < end + 8, "before %s.%s" % (struct, member)
            end = at + size
        assert end <= int(told[struct + " size"]) < end + 8, "at the end of " + struct


def test_history_tells_every_change():
    assert not gate.history_findings(gate.TODAY, gate.HISTORY.read_text(), BASELINES)


@pytest.mark.parametrize("minor, folder", BASELINES, ids=str)
def test_debug_info_shows_additions_only(minor, folder):
    if not shutil.which("abidiff"):
        pytest.skip("NOT CHECKED: abigail-tools are not installed")
    if platform.machine() != "x86_64":
        pytest.skip("the baselines were written down on x86_64")
    found = gate.abidiff(folder / "anchor.abi", gate.TODAY)
    assert not found, found


def test_the_anchor_shows_every_struct():
    text = (ABI / "anchor.c").read_text()
    structs = {item.name for header in gate.Surface(gate.TODAY).headers if header.path != "testhost.h" for item in header.of("struct")}
    assert len(structs) > 40 and not [name for name in structs if "SHOW(%s)" % name not in text]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("folder", [gate.TODAY] + [folder / "include" for _, folder in BASELINES], ids=lambda folder: folder.parent.name)
def test_frozen_is_frozen(compiler, folder):
    if not shutil.which(compiler):
        pytest.skip(compiler + " is not on this machine")
    subprocess.run([compiler, "-std=c11", "-Werror", "-fsyntax-only", "-I", str(folder), str(ABI / "frozen.c")], check=True)


def test_the_command_finds_nothing():
    subprocess.run([sys.executable, str(ABI / "gate.py"), "check"], check=True)


# --- headers that were broken on purpose ---

BREAKS = {
    "removed first": ("http.h", "const char *method;\n", "", "c18n_route.method was removed"),
    "swapped": ("timer.h", "    const char *name;\n    uint32_t every_ms;", "    uint32_t every_ms; const char *name;",
                "c18n_timer.name was at 0 and is at 8"),
    "swapped functions": ("metrics.h", "void (*add)(c18n_self *self, const char *name, int64_t delta);\n"
                          "    void (*set)(c18n_self *self, const char *name, int64_t value);",
                          "void (*set)(c18n_self *self, const char *name, int64_t value);\n"
                          "    void (*add)(c18n_self *self, const char *name, int64_t delta);",
                          "c18n_metrics_family.add was at 8 and is at 16"),
    "inserted": ("events.h", "    uint32_t version;     /**<", "    uint64_t added;\n    uint32_t version;     /**<",
                 "c18n_event_type.version was at 16 and is at 24"),
    "removed from the middle": ("config.h", "    uint32_t flags;\n", "", "c18n_setting.flags was removed"),
    "removed": ("abi.h", "    const struct c18n_work_family *work;\n", "", "c18n_host.work was removed"),
    "removed last": ("http.h", "    int (*if_match)(c18n_request *rq, const c18n_doc *record);\n", "",
                     "c18n_http_family.if_match was removed"),
    "renamed": ("views.h", "const char *counters; ", "const char *numbers; ", "c18n_view.counters was removed"),
    "wider": ("timer.h", "uint32_t every_ms;", "uint64_t every_ms;", "c18n_timer.every_ms had 4 bytes and has 8"),
    "another sign": ("hooks.h", "int32_t priority;", "uint32_t priority;", "c18n_hook.priority has another type"),
    "another argument": ("views.h", "int (*remove)(c18n_changes *changes, const char *view, const char *id);",
                         "int (*remove)(c18n_changes *changes, const char *view, int64_t id);",
                         "c18n_views_family.remove has another type"),
    "another callback": ("http.h", "typedef int (*c18n_handler)(c18n_request *rq, void *module);",
                         "typedef int (*c18n_handler)(c18n_request *rq, void *module, int more);", "c18n_handler has another type"),
    "another function": ("clock.h", "static inline int64_t c18n_wall_ms(const", "static inline uint64_t c18n_wall_ms(const",
                         "c18n_wall_ms has another type"),
    "another array": ("http.h", "const char *match[4];", "const char *match[5];", "c18n_page.match had 32 bytes and has 40"),
    "a value": ("abi.h", "C18N_GONE = -8,", "C18N_GONE = -80,", "C18N_GONE was -8 and is -80"),
    "a value in the middle": ("fields.h", "    C18N_FIELD_INTEGER,", "    C18N_FIELD_DATE,\n    C18N_FIELD_INTEGER,",
                              "C18N_FIELD_INTEGER was 2 and is 3"),
    "a value removed": ("log.h", ", C18N_LOG_DEBUG }", " }", "C18N_LOG_DEBUG was removed"),
    "a macro's value": ("clock.h", "#define C18N_ID_SIZE 37", "#define C18N_ID_SIZE 40", "C18N_ID_SIZE was"),
    "a macro's arguments": ("fields.h", "#define C18N_LINK(field, path)", "#define C18N_LINK(field, path, more)", "C18N_LINK was"),
    "never grows": ("auth.h", "    uint32_t active;", "    int64_t more;\n    uint32_t active;", "c18n_person had 24 bytes and has 32"),
    "a type gone": ("abi.h", "typedef struct c18n_changes c18n_changes;", "", "with the other's types it does not compile"),
}


@pytest.mark.parametrize("header, old, new, finding", BREAKS.values(), ids=BREAKS.keys())
def test_each_break_is_found(tmp_path, header, old, new, finding):
    found = gate.compare(OLDEST / "include", broken(tmp_path / "include", header, old, new))
    assert any(finding in sentence for sentence in found), found or "nothing was found"


def test_growth_at_the_end_is_none(tmp_path):
    grown = broken(tmp_path / "include", "timer.h", "} c18n_timer;", "    uint32_t more;\n} c18n_timer;")
    assert not gate.compare(OLDEST / "include", grown)


def test_debug_info_shows_an_inserted_member(tmp_path):
    if not shutil.which("abidiff"):
        pytest.skip("NOT CHECKED: abigail-tools are not installed")
    folder = broken(tmp_path / "include", "timer.h", "    uint32_t every_ms;", "    uint64_t added;\n    uint32_t every_ms;")
    assert "every_ms" in gate.abidiff(OLDEST / "anchor.abi", folder)


@pytest.mark.parametrize("header, old, new", [
    ("auth.h", "} c18n_person;", "    int64_t more;\n} c18n_person;"), ("module.h", "uint16_t reserved;", "uint32_t reserved;")], ids=str)
def test_frozen_says_so(tmp_path, header, old, new):
    folder = broken(tmp_path / "include", header, old, new)
    done = subprocess.run(["cc", "-fsyntax-only", "-I", str(folder), str(ABI / "frozen.c")], capture_output=True, text=True)
    assert done.returncode != 0 and "frozen" in done.stderr


# --- history that was not written ---

def findings(folder, page=None, released=None):
    return gate.history_findings(folder, page or gate.HISTORY.read_text(), released or EARLIER)


def test_a_changed_header_without_an_entry(tmp_path):
    grown = broken(tmp_path / "include", "timer.h", "} c18n_timer;", "    uint32_t more;\n} c18n_timer;")
    said = "\n".join(findings(grown))
    assert "timer.h is not what the entry has" in said and "then run plugin-api/abi/gate.py fingerprints" in said
    page = gate.with_fingerprints(gate.HISTORY.read_text(), MINOR, gate.fingerprints(gate.Surface(grown)))
    missing = "0.%d: the entry does not name `c18n_timer.more`, which is new" % MINOR
    assert findings(grown, page) == [missing], "fingerprints alone don't do"
    assert not findings(grown, page.replace("## 0.%d\n" % MINOR, "## 0.%d\n\n`c18n_timer.more`: because.\n" % MINOR))


def test_words_change_freely(tmp_path):
    reworded = broken(tmp_path / "include", "timer.h", "/** Runs a declared", "/** In other\n * words: runs  a declared")
    assert findings(reworded) == findings(gate.TODAY)


def test_a_released_minor_does_not_change(tmp_path):
    changed = broken(tmp_path / "0.1/include", "timer.h", "} c18n_timer;", "    uint32_t more;\n} c18n_timer;", OLDEST / "include")
    assert "0.1: timer.h is not what the entry has" in "\n".join(findings(gate.TODAY, released=[(1, tmp_path / "0.1")]))
    assert "of 0.1, which is released: C18N_ABI_MINOR must be 2" in "\n".join(findings(changed, released=BASELINES[:1]))


def test_a_minor_needs_an_entry():
    page = gate.HISTORY.read_text().replace("## 0.%d\n" % MINOR, "## Of tomorrow\n")
    assert "there is no entry \"## 0.%d\"" % MINOR in "\n".join(findings(gate.TODAY, page))


def test_a_release_keeps_the_headers_and_raises_the_next_minor(tmp_path, monkeypatch):
    """As if today's headers were those of the next minor that is released."""
    if not shutil.which("abidw"):
        pytest.skip("NOT CHECKED: abigail-tools are not installed")
    abi, today, number = tmp_path / "abi", tmp_path / "include", BASELINES[-1][0] + 1
    shutil.copytree(ABI, abi)
    broken(today, "abi.h", "#define C18N_ABI_MINOR %d" % MINOR, "#define C18N_ABI_MINOR %d" % number)
    (tmp_path / "history.md").write_text(gate.HISTORY.read_text() if number == MINOR else
                                         gate.HISTORY.read_text() + "\n## 0.%d\n" % number)
    for name, value in (("HERE", abi), ("TODAY", today), ("HISTORY", tmp_path / "history.md")):
        monkeypatch.setattr(gate, name, value)
    gate.rewrite_fingerprints()
    assert not gate.release() and not gate.check()
    assert (abi / ("0.%d/include/c18n/abi.h" % number)).exists() and (abi / ("0.%d/anchor.abi" % number)).exists()
    assert gate.release() == ["0.%d is released already" % number]
    timer = today / "c18n/timer.h"
    timer.write_text(timer.read_text().replace("} c18n_timer;", "    uint32_t more;\n} c18n_timer;"))
    assert "C18N_ABI_MINOR must be %d" % (number + 1) in "\n".join(gate.check())
