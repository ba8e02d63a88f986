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

# A module with a socket, a verb of each kind and a log; the bad ones are made of it in the same way.
TALK = r"""
#include <c18n/module.h>
#include <stdlib.h>
#include <string.h>

static const c18n_field body[] = {C18N_TEXT("text", C18N_REQUIRED, .max = 200)};
static const c18n_field answer[] = {C18N_INTEGER("seq", 0)};
static const c18n_field since_body[] = {C18N_INTEGER("seq", C18N_REQUIRED, .max = 9)};
static const c18n_field line_fields[] = {C18N_TEXT("text", 0), C18N_INTEGER("seq", 0)};
static const c18n_field file_body[] = {C18N_INTEGER("size", C18N_REQUIRED, .min = 8, .max = 100)};

static int apply(const c18n_event *event, c18n_changes *changes)
{
    if (!c18n_event_is(event, "talk.said"))
        return C18N_OK;
    c18n_out_doc(c18n_put(changes, "talk_lines", event->resource), event->data, NULL);
    c18n_out_integer(c18n_put(changes, "talk_last", "last"), "seq", c18n_integer(event->data, "seq", 0));
    return C18N_OK;
}

static c18n_out *frame_of(c18n_request *rq, const char *text, int64_t seq)
{
    c18n_out *frame = c18n_out_new(rq);
    c18n_out_text(frame, "kind", "said");
    c18n_out_text(frame, "text", text);
    c18n_out_integer(frame, "seq", seq);
    return frame;
}

static int say(c18n_request *rq, void *module)
{
    const char *text = c18n_text(c18n_body(rq), "text");
    const c18n_doc *last;
    /*say*/
    int code = c18n_get(rq, "talk_last", "last", &last);
    if (code != C18N_OK && code != C18N_NOT_FOUND)
        return code;
    int64_t seq = (code == C18N_OK ? c18n_integer(last, "seq", 0) : 0) + 1;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "text", text);
    c18n_out_integer(data, "seq", seq);
    const char *id = c18n_print(rq, "line-%012lld", (long long)seq);
    code = id ? c18n_emit(rq, "talk.said", id, NULL, data) : C18N_NO_MEMORY;
    /*emitted*/
    if (code != C18N_OK)
        return code;
    c18n_publication line = {.size = sizeof line, .channel = "talk", .number = (uint64_t)seq};
    /*publish*/
    code = c18n_publish(rq, &line, frame_of(rq, text, seq));
    if (code != C18N_OK)
        return code;
    c18n_out *ack = c18n_out_new(rq);
    c18n_out_integer(ack, "seq", seq);
    /*ack*/
    return c18n_reply_json(rq, 200, ack);
}

static int add_line(c18n_request *rq, const c18n_doc *line, void *arg)
{
    int64_t seq = c18n_integer(line, "seq", 0);
    /*add*/
    int code = c18n_add_frame(arg, (uint64_t)seq, frame_of(rq, c18n_text(line, "text"), seq));
    /*added*/
    return code;
}

static int catch_up(c18n_request *rq, const char *channel, uint64_t after, c18n_frames *frames, void *module)
{
    const char *from = c18n_print(rq, "line-%012llu", (unsigned long long)after + 1);
    if (!from)
        return C18N_NO_MEMORY;
    int code = c18n_each_between(rq, "talk_lines", from, "line-~", false, add_line, frames);
    /*caught up*/
    return code == C18N_AGAIN ? C18N_OK : code;
}

static int opened(c18n_request *rq, void *module)
{
    int code = c18n_subscribe(rq, "talk");
    /*opened*/
    return code;
}

static int since(c18n_request *rq, void *module)
{
    int code = c18n_resume(rq, "talk", (uint64_t)c18n_integer(c18n_body(rq), "seq", 0));
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

static int wave(c18n_request *rq, void *module)
{
    c18n_publication hand = {.size = sizeof hand, .channel = "talk"};
    c18n_out *frame = c18n_out_new(rq);
    c18n_out_text(frame, "kind", "waved");
    /*wave*/
    return c18n_publish(rq, &hand, frame);
}

static int file(c18n_request *rq, void *module)
{
    void *upload = malloc(16);
    int code = upload ? c18n_expect_bytes(rq, (uint64_t)c18n_integer(c18n_body(rq), "size", 0), upload) : C18N_NO_MEMORY;
    if (code != C18N_OK)
        free(upload);
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

static int file_bytes(c18n_request *rq, c18n_bytes bytes, void *upload, void *module)
{
    /*bytes*/
    return C18N_OK;
}

static int file_done(c18n_request *rq, void *upload, void *module)
{
    int code = c18n_reply_empty(rq);
    /*done*/
    if (code == C18N_OK)
        free(upload);
    return code;
}

static void file_dropped(c18n_self *self, void *upload)
{
    /*dropped*/
    free(upload);
}

static const c18n_socket sockets[] = {
    {"/talk", "user", C18N_SOCKET_DELIVERS, opened, .does = "Talk"},
};
static const c18n_verb verbs[] = {
    {"say", "/talk", say, .allow = "user", .body = C18N_ALL(body), .answer = C18N_ALL(answer), .does = "Say"},
    {"since", "/talk", since, .allow = "user", .run = C18N_CLASS_READ, .body = C18N_ALL(since_body), .does = "Hear again"},
    {"wave", "/talk", wave, .allow = "user", .run = C18N_CLASS_INLINE, .flags = C18N_VERB_SILENT, .does = "Wave"},
    {"file", "/talk", file, .allow = "user", .flags = C18N_VERB_BYTES, .body = C18N_ALL(file_body), .bytes = file_bytes,
     .done = file_done, .dropped = file_dropped, .does = "Leave a file"},
};
static const c18n_event_type events[] = {
    {"talk.said", "messages", .fields = C18N_ALL(line_fields), .help = "Somebody spoke"},
};
static const c18n_view views[] = {{"talk_lines", .version = 1, .help = "Lines"}, {"talk_last", .version = 1, .help = "The last"}};

C18N_MODULE(talk, "1.0.0", "Talk", "needs: identity.v1", .sockets = C18N_ALL(sockets), .verbs = C18N_ALL(verbs),
            .catch_up = catch_up, .events = C18N_ALL(events), .views = C18N_ALL(views), .apply = apply);
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

CRASH = "*(volatile int *)8 = 1;"
BAD_TALK = {
    "verb without a policy": ({'say, .allow = "user",': "say,"}, "loads", 'verb "say": it has no policy'),
    "verb on no socket": ({'{"say", "/talk"': '{"say", "/talks"'}, "loads", 'verb "say": no module has the socket /talks'),
    "socket without a policy": ({'{"/talk", "user"': '{"/talk", NULL'}, "loads", "it has no policy"),
    "silent verb that writes": ({".run = C18N_CLASS_INLINE, .flags = C18N_VERB_SILENT": ".flags = C18N_VERB_SILENT"},
                                "loads", 'verb "wave"'),
    "verb without words": ({'.does = "Wave"': ".does = NULL"}, "words", 'verbs: "wave" has no .does'),
    "mistake in a verb": ({"/*say*/": "if (text[0] == 'C') return C18N_ERROR;"}, "sockets", "say on /talk as a user: nack internal"),
    "crash in a verb": ({"/*say*/": CRASH}, "sockets", "in code of talk, stage verb"),
    "mistake in opened": ({"/*opened*/": "code = C18N_ERROR;"}, "sockets", "its `opened` made a mistake"),
    "undeclared member of an ack": ({"/*ack*/": 'c18n_out_text(ack, "more", text);'},
                                    "answers", "the ack of say: member more is not in its .answer"),
    "crash with odd input": ({"/*say*/": "if (strchr(text, '%')) " + CRASH}, "bad-input", "with unusual characters"),
    "number outside of a WRITE": ({"/*wave*/": "hand.number = 1;"}, "sockets", "c18n_publish gave C18N_INVALID"),
    "silent verb that emits": ({"/*wave*/": 'c18n_emit(rq, "talk.said", "x", NULL, NULL);'}, "sockets", "only a WRITE may emit"),
    "numbers with gaps": ({"/*publish*/": "line.number *= 2;"}, "sockets", 'on the channel "talk" number 4 was published after number 2'),
    "no catch_up": ({".catch_up = catch_up,": ".catch_up = 0 ? catch_up : NULL,"}, "sockets", "for a WRITE of a module with catch_up"),
    "catch_up with gaps": ({"/*add*/": "if (seq == 2) return C18N_OK;"}, "catch-up", "a number that is not the next one"),
    "catch_up ends early": ({"/*add*/": "if (seq > 2) return C18N_AGAIN;"}, "catch-up", "it ends at 2"),
    "catch_up goes on": ({"/*added*/": "code = code == C18N_AGAIN ? C18N_OK : code;"}, "catch-up", "and it added more"),
    "catch_up swallows a failure": ({"/*caught up*/": "code = C18N_OK;"}, "catch-up", "it gave C18N_OK"),
    "ack though emit failed": ({"/*emitted*/": "if (code == C18N_UNAVAILABLE) return c18n_reply_empty(rq);"},
                               "failing-calls", "say on /talk when call 4, c18n_emit, fails: it went on as if the event were there"),
    "crash when memory is out": ({"/*say*/": "((char *)c18n_alloc(rq, 100))[0] = 1;"}, "failing-calls", "in code of talk, stage verb"),
    "crash in bytes": ({"/*bytes*/": CRASH}, "sockets", "in code of talk, stage upload"),
    "crash in dropped": ({"/*dropped*/": CRASH}, "sockets", "in code of talk, stage dropped"),
    "frees an upload twice": ({"/*done*/": "free(upload); return C18N_CONFLICT;"}, "sockets", "while this was tried"),
}


def run(path, *arguments, environment=None):
    answer = subprocess.run([TOOL, "module", "check", str(path), *arguments], capture_output=True, text=True, timeout=300, env=environment)
    assert not any(mark.decode() in answer.stderr for mark in harness.SANITIZER_MARKS), answer.stderr
    return answer


def compile_module(folder, pieces, flags=(), name="notes", source=GOOD):
    for old, new in pieces.items():
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    (folder / (name + ".c")).write_text(source)
    subprocess.run([*COMPILE, *flags, "-o", str(folder / (name + ".so")), str(folder / (name + ".c"))], check=True)
    return folder / (name + ".so")


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


def test_one_with_sockets_passes(tmp_path):
    answer = run(compile_module(tmp_path, {}, name="talk", source=TALK))
    assert answer.returncode == 0 and not re.search(r"^  (FAILED|note) ", answer.stdout, re.MULTILINE), answer.stdout
    assert "4 verbs, 4 of them to the end" in answer.stdout and "once and in order: 1 channels" in answer.stdout


@pytest.mark.parametrize("name", BAD_TALK)
def test_bad_ones_with_sockets_are_told(tmp_path, name):
    pieces, rule, words = BAD_TALK[name]
    answer = run(compile_module(tmp_path, pieces, name="talk", source=TALK))
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert lines_of(answer.stdout, "FAILED", rule), answer.stdout
    assert words in answer.stdout, answer.stdout


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
