"""`c18nctl module check`: every module of this tree passes, and bad ones are told from good ones, in words."""

import json
import os
import re
import subprocess

import pytest

import harness

TOOL = harness.BUILD / "core" / "c18nctl"
BUILT = sorted((harness.BUILD / "modules").glob("*.so")) + sorted((harness.BUILD / "testhost").glob("*.so"))
FAST = ["--set", "users.password_memory=8", "--set", "users.password_passes=1"]  # of passwords, not of the check
COMPILE = ["cc", "-std=c11", "-D_GNU_SOURCE", "-w", "-shared", "-fPIC", "-fvisibility=hidden", "-g",
           "-I%s" % (harness.TOP / "plugin-api" / "include"), "-Wl,-z,now"]
RULES = harness.TOP / "core" / "kit" / "check_rules.c"
GUIDE = harness.TOP / "docs" / "modules" / "checking.md"

# A module with a view, an event and three routes; each bad one is this one with a piece put in place of another.
GOOD = r"""
#include <c18n/module.h>
#include <string.h>
#include <unistd.h>

struct notes { int64_t most; };

static const c18n_setting settings[] = {
    {"most", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "10", 1, 1000, NULL, NULL, "How long a note may be."},
};
static const c18n_field body[] = {
    C18N_TEXT("title", C18N_REQUIRED, .min = 1, .max = 300),
    C18N_TEXT("words", C18N_NULLABLE | C18N_MULTILINE, .max = 5000),
};
static const c18n_field fields[] = {
    C18N_ID("_id", 0), C18N_TEXT("title", 0), C18N_TEXT("words", C18N_NULLABLE), C18N_TIME("created_on", 0),
};
/*globals*/
static int apply(const c18n_event *event, c18n_changes *changes)
{
    if (!c18n_event_is(event, "notes.created"))
        return C18N_OK;
    c18n_out *note = c18n_put(changes, "notes", event->resource);
    c18n_out_doc(note, event->data, NULL);
    c18n_out_integer(note, "created_on", event->time_ms / 1000);
    /*apply*/
    return C18N_OK;
}

static int get_note(c18n_request *rq, void *module)
{
    const c18n_table table = C18N_ALL(fields);
    const c18n_doc *note;
    int code = c18n_get(rq, "notes", c18n_path(rq, "note"), &note);
    (void)module;
    /*get*/
    return code == C18N_OK ? c18n_reply_record(rq, NULL, table, note) : code;
}

static int new_note(c18n_request *rq, void *module)
{
    const c18n_table table = C18N_ALL(fields);
    char id[C18N_ID_SIZE];
    const c18n_doc *note;
    c18n_out *data = c18n_out_new(rq);
    (void)module;
    /*new*/
    c18n_new_id(C18N_HOST_OF(rq), 0, id);
    c18n_out_doc(data, c18n_body(rq), NULL);
    int code = c18n_emit(rq, "notes.created", id, NULL, data);
    if (code == C18N_OK)
        code = c18n_get(rq, "notes", id, &note);
    /*emitted*/
    return code == C18N_OK ? c18n_reply_record(rq, c18n_print(rq, "/notes/%s", id), table, note) : code;
}

static int list_notes(c18n_request *rq, void *module)
{
    const c18n_page page = {.size = sizeof page, .view = "notes", .index = "created_on desc", .fields = C18N_ALL(fields)};
    (void)module;
    return c18n_reply_page(rq, &page);
}

static const c18n_route routes[] = {
    {"POST", "/notes/new", new_note, .allow = "user", .flags = C18N_ROUTE_CREATED, .body = C18N_ALL(body),
     .answer = C18N_ALL(fields), .does = "Write a note"},
    {"GET", "/notes/", list_notes, .allow = "user", .flags = C18N_ROUTE_PAGE, .answer = C18N_ALL(fields), .does = "Notes, newest first"},
    {"GET", "/notes/{note}", get_note, .allow = "user", .answer = C18N_ALL(fields), .does = "A note"},
};
static const c18n_event_type events[] = {
    {"notes.created", "posts", .fields = C18N_ALL(body), .help = "A note was written"},
};
static const c18n_view views[] = {
    {"notes", .version = 1, .indexes = "created_on desc", .help = "Notes"},
};

static int init(c18n_self *self)
{
    struct notes *notes = self->state;
    notes->most = c18n_setting_integer(self, "most");
    /*init*/
    return C18N_OK;
}
static void drain(c18n_self *self)
{
    (void)self;
    /*drain*/
}
static int prepare(c18n_self *self)
{
    (void)self;
    /*prepare*/
    return C18N_OK;
}
static void commit(c18n_self *self)
{
    struct notes *notes = self->state;
    notes->most = c18n_setting_integer(self, "most");
}

C18N_MODULE(notes, "1.0.0", "Notes", "", .state_size = sizeof(struct notes), .settings = C18N_ALL(settings),
            .routes = C18N_ALL(routes), .events = C18N_ALL(events), .views = C18N_ALL(views), .apply = apply,
            .init = init, .drain = drain, .reload_prepare = prepare, .reload_commit = commit);
"""

# Of each bad module: what takes the place of what, how it is linked, the rule that it breaks, and words of the report.
BAD = {
    "second symbol": ({"/*globals*/": '__attribute__((visibility("default"))) int notes_helper(void) { return 1; }'}, [],
                      "exports", "it also exports notes_helper"),
    "writable global": ({"/*globals*/": "static int asked;", "/*get*/": "asked++;"}, [],
                        "globals", ".bss: asked (4 bytes)"),
    "thread-local": ({"/*globals*/": "static __thread char scratch[64];", "/*get*/": "scratch[code & 1]++;"}, [],
                     "globals", "scratch (64 bytes)"),
    "lazy": ({}, ["-Wl,-z,lazy"], "bind-now", "it is bound lazily"),
    "runnable stack": ({}, ["-Wl,-z,execstack"], "code", "it asks for a stack that can be run"),
    "run path": ({}, ["-Wl,-rpath,/home/me/build"], "run-path", "it looks for libraries in /home/me/build"),
    "undefined symbol": ({"/*globals*/": "extern int not_there(void);", "/*get*/": "code += not_there();"}, [],
                         "symbols", "undefined symbol: not_there"),
    "symbol of the host": ({"/*globals*/": "extern int sodium_init(void);", "/*get*/": "code += sodium_init();"}, [],
                           "symbols", "none of its libraries has sodium_init"),
    "half a row": ({'{"notes", .version = 1': "{NULL, .version = 1"}, [], "descriptor", "each row of its table views must have name"),
    "crash in a constructor": ({"/*globals*/": "__attribute__((constructor)) static void begin(void) { *(volatile int *)8 = 1; }"}, [],
                               "symbols", "while this was tried: opening it"),
    "no words": ({'.does = "Write a note"': ".does = NULL"}, [], "words", 'routes: "/notes/new" has no .does'),
    "odd name": ({'C18N_TEXT("title", C18N_REQUIRED': 'C18N_TEXT("the title", C18N_REQUIRED'}, [],
                 "names", "field the title must be named by letters, digits and _"),
    "wrong default": ({'"10", 1, 1000': '"ten", 1, 1000'}, [], "settings", '"ten" is not a whole number'),
    "policy": ({'.allow = "user", .answer = C18N_ALL(fields), .does = "A note"': '.answer = C18N_ALL(fields), .does = "A note"'}, [],
               "loads", "it has no policy"),
    "needs nobody has": ({'"Notes", "",': '"Notes", "needs: nowhere.v1",'}, [], "loads", "needs nowhere.v1, and no module that provides it"),
    "hang in init": ({"/*init*/": "for (;;) pause();"}, [], "loads", "while this was tried"),
    "500 without an optional field": ({"/*new*/": 'if (!c18n_text(c18n_body(rq), "words")) return C18N_ERROR;'}, [],
                                      "routes", "POST /notes/new as a user with the least that must be given: 500"),
    "crash without an optional field": ({"/*new*/": 'if (strlen(c18n_text(c18n_body(rq), "words")) > 9000) return C18N_ERROR;'}, [],
                                        "routes", "in code of notes, stage handle, POST /notes/new"),
    "consumer that always fails": ({"/*globals*/": "static int hear(c18n_request *rq, const c18n_event *event, void *module) { return C18N_ERROR; }\n"
                                                   "static const c18n_consumer consumers[] = {{\"hear\", \"posts\", hear}};",
                                    ".init = init,": ".init = init, .consumers = C18N_ALL(consumers),"}, [],
                                   "work", "the consumer hear gave -1 for an event notes.created"),
    "timer that crashes": ({"/*globals*/": "static int tick(c18n_request *rq, void *module) { return *(volatile int *)8; }\n"
                                           "static const c18n_timer timers[] = {{\"tick\", 60000, tick}};",
                            ".init = init,": ".init = init, .timers = C18N_ALL(timers),"}, [],
                           "work", "in code of notes, stage timer, tick"),
    "hook that always fails": ({"/*globals*/": "static int say_no(c18n_request *rq, const c18n_doc *subject, void *module) { return C18N_ERROR; }\n"
                                                "static const c18n_hook hooks[] = {{\"communities.before_create\", 0, say_no}};",
                                ".init = init,": ".init = init, .hooks = C18N_ALL(hooks),"}, [],
                               "routes", "POST /communities/new as a user: 500"),
    "undeclared status": ({"/*get*/": 'if (code != C18N_OK) return c18n_fail(rq, C18N_CONFLICT, NULL, "no");'}, [],
                          "bad-input", "which is neither usual nor in its .fails"),
    "undeclared member": ({'C18N_ID("_id", 0), C18N_TEXT("title", 0)': 'C18N_ID("_id", 0), C18N_TEXT("name", 0, .from = "title")',
                           "/*get*/": "if (code == C18N_OK) { c18n_out *out = c18n_out_new(rq); c18n_out_doc(out, note, NULL); "
                                      "return c18n_reply_json(rq, 200, out); }"}, [],
                          "answers", "GET /notes/{note}: member title is not in its .answer"),
    "apply reads the host's clock": ({"/*apply*/": 'c18n_out_integer(note, "at", c18n_wall_ms(event->host));'}, [],
                                     "replay", "its views are other bytes"),
    "apply reads the real clock": ({"/*apply*/": 'c18n_out_integer(note, "at", time(NULL));', "#include <unistd.h>": "#include <time.h>\n#include <unistd.h>"}, [],
                                   "replay", "its views are other bytes"),
    "reload refused": ({"/*prepare*/": "return C18N_INVALID;"}, [], "reload", "a reload with the same settings is refused"),
    "hang in reload": ({"/*prepare*/": "for (;;) pause();"}, [], "reload", "while this was tried: a reload with the same settings"),
    "crash in drain": ({"/*drain*/": "*(volatile int *)8 = 1;"}, [], "drain", "while this was tried: drain and stop"),
    "descriptor left": ({"/*init*/": "(void)dup(0);"}, [], "drain", "each start leaves 1 open descriptors behind"),
    "thread left": ({"/*globals*/": "static void *wait_for_ever(void *arg) { for (;;) pause(); return arg; }", "#include <unistd.h>": "#include <pthread.h>\n#include <unistd.h>",
                     "/*init*/": "pthread_t thread; pthread_create(&thread, NULL, wait_for_ever, NULL);"}, [], "drain", "each start leaves 1 threads behind"),
    "crash when memory is out": ({"/*new*/": '((char *)c18n_alloc(rq, 100))[0] = 1;'}, [],
                                 "failing-calls", "in code of notes, stage handle, POST /notes/new"),
    "views without apply": ({".apply = apply,": ".apply = 0 ? apply : NULL,"}, [], "descriptor", "nothing would ever be in them"),
    "200 though emit failed": ({"/*emitted*/": "if (code == C18N_UNAVAILABLE) return c18n_reply_empty(rq);"}, [],
                               "failing-calls", "it went on as if the event were there"),
    "abort in init": ({'"Notes", "",': '"Notes", "provides: notes.v1",', "/*init*/": 'if (c18n_provide(self, "notes.v1", NULL) != C18N_OK) abort();',
                       "#include <unistd.h>": "#include <stdlib.h>\n#include <unistd.h>"}, [],
                      "failing-stages", "in code of notes, stage init"),
}


def run(path, *arguments, environment=None):
    answer = subprocess.run([TOOL, "module", "check", str(path), *arguments], capture_output=True, text=True, timeout=300, env=environment)
    assert not any(mark.decode() in answer.stderr for mark in harness.SANITIZER_MARKS), answer.stderr
    return answer


def compile_module(folder, pieces, flags=()):
    source = GOOD
    for old, new in pieces.items():
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    (folder / "notes.c").write_text(source)
    subprocess.run([*COMPILE, *flags, "-o", str(folder / "notes.so"), str(folder / "notes.c")], check=True)
    return folder / "notes.so"


def lines_of(report, result, rule):
    return [line for line in report.splitlines() if re.match(r"  %s +%s " % (result, re.escape(rule)), line)]


@pytest.mark.parametrize("path", BUILT, ids=lambda path: path.stem)
def test_modules_of_this_tree_pass(path):
    answer = run(path, *FAST)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "FAILED" not in answer.stdout and "fit to ship" in answer.stdout


def test_a_module_from_outside_passes(tmp_path):
    answer = run(compile_module(tmp_path, {}))
    assert answer.returncode == 0, answer.stdout
    assert not re.search(r"^  (FAILED|note) ", answer.stdout, re.MULTILINE), answer.stdout


def test_a_larger_one_from_outside_passes(tmp_path):
    sources = sorted((harness.TOP / "tests" / "e2e" / "outside" / "polls").glob("*.c"))
    subprocess.run([*COMPILE, "-o", str(tmp_path / "polls.so"), *map(str, sources)], check=True)
    answer = run(tmp_path / "polls.so", *FAST)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize("name", BAD)
def test_bad_ones_are_told(tmp_path, name):
    pieces, flags, rule, words = BAD[name]
    answer = run(compile_module(tmp_path, pieces, flags), *FAST, *(["--patience", "3"] if "hang" in name else []))
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert lines_of(answer.stdout, "FAILED", rule), answer.stdout
    assert words in answer.stdout, answer.stdout
    assert "to do: " in answer.stdout and "not fit to ship" in answer.stdout


@pytest.mark.parametrize("name, words", [("text", "it must be an ELF file"), ("cut", "it must"), ("noise", "it must")])
def test_files_that_are_no_modules(tmp_path, name, words):
    whole = compile_module(tmp_path, {}).read_bytes()
    bytes_of = {"text": b"just words", "cut": whole[:3000], "noise": whole[:64] + bytes(len(whole) - 64)}
    path = tmp_path / ("%s.so" % name)
    path.write_bytes(bytes_of[name])
    answer = run(path)
    assert answer.returncode == 1 and lines_of(answer.stdout, "FAILED", "file") and words in answer.stdout, answer.stdout


def test_stripped_modules_have_sizes_in_place_of_names(tmp_path):
    path = compile_module(tmp_path, {"/*globals*/": "static char cache[4096];", "/*get*/": "cache[code & 1]++;"})
    subprocess.run(["strip", str(path)], check=True)
    answer = run(path)
    assert answer.returncode == 1 and "stripped: no names" in answer.stdout, answer.stdout


def test_report_as_json(tmp_path):
    path = compile_module(tmp_path, *BAD["second symbol"][:2])
    report = json.loads(run(path, "--json").stdout)
    assert report["fit"] is False and report["file"] == str(path)
    failed = [finding for finding in report["findings"] if finding["result"] == "FAILED"]
    assert [(finding["rule"], finding["words"]) for finding in failed] == [("exports", "it also exports notes_helper")]
    assert "visibility" in failed[0]["todo"]


@pytest.mark.parametrize("arguments, code", [
    ([], 64), (["--help"], 0), (["a.so", "b.so"], 64), (["a.so", "--what"], 64), (["a.so", "--with"], 64), (["a.so", "--set", "x"], 64),
    (["a.so", "--patience", "0"], 64), (["/nowhere/a.so"], 74), (["/"], 74), (["a.so", "--with", "/nowhere"], 64),
])
def test_usage(arguments, code):
    answer = subprocess.run([TOOL, "module", "check", *arguments], capture_output=True, text=True, timeout=60)
    assert answer.returncode == code, answer.stdout + answer.stderr
    assert (answer.stdout if code == 0 else answer.stderr).strip()


def test_nothing_stays_behind(tmp_path):
    path, temporary = compile_module(tmp_path, {"/*drain*/": "*(volatile int *)8 = 1;"}), tmp_path / "temporary"
    temporary.mkdir()
    assert run(path, environment={**os.environ, "TMPDIR": str(temporary)}).returncode == 1
    assert not list(temporary.iterdir())


def test_every_rule_is_explained():
    rules = re.findall(r'^    \[CHECK_\w+\] =\s*\{"([a-z-]+)"', RULES.read_text(), re.MULTILINE)
    assert len(rules) >= 20 and len(set(rules)) == len(rules)
    assert re.findall(r"^### `([a-z-]+)`", GUIDE.read_text(), re.MULTILINE) == rules


def test_a_server_alone_has_no_test_host(tmp_path):
    subprocess.run(["cmake", "--install", harness.BUILD, "--component", "runtime", "--prefix", tmp_path], check=True, capture_output=True)
    answer = subprocess.run([tmp_path / "bin/c18nctl", "module", "check", BUILT[0]], capture_output=True, text=True, timeout=60)
    assert answer.returncode == 74 and "-dev files" in answer.stderr
