/**
 * testhost.h: a host for the tests of a module, in the test's own process.
 *
 * It is the server's own code on a storage in memory: no daemon, no network, nothing on disk that outlives the test.
 * Time stands still until the test moves it, randomness comes from a seed, and any call of a module into the host can
 * be told to fail. Link with -lc18n-testhost; it belongs to no test framework. A module never includes this header.
 *
 *     c18n_test *test = c18n_test_open(&(c18n_test_options){.modules = "./polls.so"}, NULL);
 *     c18n_test_person ada = c18n_test_person_new(test, "ada", "user");
 *     c18n_test_answer answer = c18n_test_ask(test, &ada, "{'question':'Tea?'}", "POST /polls/new");
 *     assert(answer.status == 200 && c18n_test_events(test, "polls.opened") == 1);
 *     c18n_test_close(test);
 *
 * What holds for all functions, unless one says otherwise:
 *   thread     the one that opened the test host.
 *   ownership  what is handed out belongs to the test host and lives until c18n_test_close.
 *   errors     what a module does wrong is a value that the test can look at. What the test itself does wrong (a module
 *              id that isn't loaded, a path that no route has) is said on standard error, and the process aborts.
 *   JSON       is written with ' in place of ", since it stands in C.
 */
#ifndef C18N_TESTHOST_H
#define C18N_TESTHOST_H

#include "module.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct c18n_test c18n_test; /* the test host, a process has one */

/** What is loaded, and in which world. Zeros are good defaults. */
typedef struct c18n_test_options {
    /** What is loaded: ids of installed modules and paths of .so files, "users communities ./polls.so"; a backslash
     * stands before a blank in a path. Storage, bus and cache in memory come by themselves where none of these modules
     * provides them, and so does an "identity.v1" that knows the test's people. */
    const char *modules;
    const char *settings; /**< as in conf.d: "polls {\n most = 3\n}\n"; NULL: defaults */
    const char *folder; /**< the data folder, made when absent and kept, for a storage that keeps anything; NULL: one of
                         *   its own in $TMPDIR, else /tmp, removed at the end */
    int64_t now_ms;     /**< the clock's first reading; 0: 1800000000000 */
    uint64_t seed;      /**< of all randomness */
    uint32_t log;       /**< 1: what modules and the host log goes to standard error */
    const char *fail_in; /**< the module whose calls count and may fail: what others do before and after depends on what
                          * is cached; NULL: any module's */
    uint64_t fail_nth;   /**< as c18n_test_fail, from the first call of `init` on; 0: none fails */
    int fail_code;
    uint32_t bare; /**< 1: modules are loaded, initialised and started, and that is all: for the tests of a provider,
                    *   whose functions are called by c18n_test_service */
    const void *reserved[6]; /**< NULL: room for later minors, since tests hand this over whole */
} c18n_test_options;

/** Loads and starts the modules as the server does, through all its checks. A process has one test host at a time.
 *  *ret_why, when `ret_why` is no NULL, says why it failed as the operator would read it, and lives until the next
 *  open; without it that is said on standard error.
 *  Thread: any; all other functions belong to the same one. Owner: caller, until c18n_test_close. Errors: NULL (the
 *  modules can't be started). Since 0.2. */
C18N_MUST_USE c18n_test *c18n_test_open(const c18n_test_options *options, const char **ret_why);
/** Drains and stops the modules, and takes everything apart. NULL: nothing.
 *  Thread: the opener's. Owner: test host: all that it handed out is gone. Errors: none. Since 0.2. */
void c18n_test_close(c18n_test *test);

/* --- the world around --- */

/** Seconds since 1970, as the modules see it.
 *  Thread: the opener's. Owner: none. Errors: none. Since 0.2. */
int64_t c18n_test_now(c18n_test *test);
/** Moves the clock; then runs each declared timer of which a turn became due, once, in order of time.
 *  Thread: the opener's. Owner: none. Errors: none. Since 0.2. */
void c18n_test_move(c18n_test *test, int64_t seconds);
/** As c18n_test_move, in milliseconds.
 *  Thread: the opener's. Owner: none. Errors: none. Since 0.2. */
void c18n_test_move_ms(c18n_test *test, int64_t milliseconds);
/** Runs a declared timer's work now; gives what it returned.
 *  Thread: the opener's. Owner: caller. Errors: the timer's; no such timer aborts. Since 0.2. */
int c18n_test_timer(c18n_test *test, const char *module, const char *timer);
/** Waits until consumers, submitted work and the search index have come to the end of the history.
 *  Thread: the opener's. Owner: none. Errors: none; waiting too long aborts. Since 0.2. */
void c18n_test_settle(c18n_test *test);
/** The data folder, an absolute path.
 *  Thread: the opener's. Owner: test host. Errors: none. Since 0.2. */
const char *c18n_test_folder(c18n_test *test);
/** Formats text, with " for each ' in it.
 *  Thread: the opener's. Owner: test host. Errors: none. Since 0.2. */
C18N_PRINTF(2, 3) const char *c18n_test_json(c18n_test *test, const char *format, ...);

/* --- people --- */

/** Somebody who asks. */
typedef struct c18n_test_person {
    char id[C18N_ID_SIZE];
    const char *token; /**< of the generation that they had when it was signed; NULL: nobody, who has none */
} c18n_test_person;

/** Makes an account NAME, NAME@example.org, with roles as in "user admin". The name is new to this test host.
 *  Thread: the opener's. Owner: test host. Errors: none; a name that is taken aborts. Since 0.2. */
c18n_test_person c18n_test_person_new(c18n_test *test, const char *name, const char *roles);
/** Signs a token for the person as they are now.
 *  Thread: the opener's. Owner: test host, the token. Errors: none; an unknown person aborts. Since 0.2. */
void c18n_test_person_sign(c18n_test *test, c18n_test_person *person);

/* --- asking --- */

/** What was answered; all of it lives as long as the test host. */
typedef struct c18n_test_answer {
    int status;
    const char *body; /**< JSON, or whatever was streamed; never NULL */
    size_t length;
    const c18n_doc *doc; /**< the body when it is an object, else {} */
    const char *problem; /**< its `code` when the status says that it failed, else "" */
    const void *recorded;
} c18n_test_answer;

/** Asks as somebody; NULL: nobody: (test, &ada, "{'name':'Cats'}", "POST /communities/new"). The request goes through
 *  token, policy, input, `prepare` and handler as in the server. `body` NULL: none. The path is below /api/v1, may have
 *  a query, and is a format.
 *  Thread: the opener's. Owner: test host. Errors: the answer's status; a path that no route has aborts. Since 0.2. */
C18N_PRINTF(4, 5)
c18n_test_answer c18n_test_ask(c18n_test *test, const c18n_test_person *as, const char *body,
                               const char *method_and_path, ...);
/** As c18n_test_ask, with one header more, "If-Match: …".
 *  Thread: the opener's. Owner: test host. Errors: the answer's status; what is no header aborts. Since 0.2. */
C18N_PRINTF(5, 6)
c18n_test_answer c18n_test_ask_with(c18n_test *test, const c18n_test_person *as, const char *header, const char *body,
                                    const char *method_and_path, ...);
/** A header of the answer, in any case.
 *  Thread: the opener's. Owner: test host. Errors: NULL (absent). Since 0.2. */
const char *c18n_test_header(const c18n_test_answer *answer, const char *name);
/** How many items an answered array has.
 *  Thread: the opener's. Owner: caller. Errors: none; what is no array aborts. Since 0.2. */
size_t c18n_test_count(const c18n_test_answer *answer);
/** Item `number`, from 0, of an answered array of objects.
 *  Thread: the opener's. Owner: test host. Errors: none; an item that is not there aborts. Since 0.2. */
const c18n_doc *c18n_test_item(const c18n_test_answer *answer, size_t number);
/** Takes in a line of an import, with ids where a file has references; ret_id is the new record's.
 *  Thread: the opener's. Owner: caller. Errors: the module's; a kind that nobody takes in aborts. Since 0.2. */
int c18n_test_import(c18n_test *test, const char *line, char ret_id[C18N_ID_SIZE]);

/* --- sockets --- */

/** Somebody who is connected: a client of a socket, in memory. Since 0.3. */
typedef struct c18n_test_socket c18n_test_socket;

/** Connects somebody (NULL: nobody) to a socket by its path, "/socket", through token, policy and handshake as in the
 *  server. `opened` has run and `hello` is there when it returns. `ret_answer`, when no NULL, gets the answer to the
 *  handshake: status 101, or why not.
 *  Thread: the opener's. Owner: test host. Errors: NULL (refused); a path that no module has aborts. Since 0.3. */
c18n_test_socket *c18n_test_connect(c18n_test *test, const c18n_test_person *as, const char *path,
                                    c18n_test_answer *ret_answer);
/** Sends a text frame, a format, with " for each ' in it: (socket, "{'id':'1','kind':'typing','group':'%s'}", group).
 *  Its verb has run to its end, and what it set off is delivered, when this returns. A socket that is closed sends
 *  nothing.
 *  Thread: the opener's. Owner: caller. Errors: none: they are what is received. Since 0.3. */
C18N_PRINTF(2, 3) void c18n_test_send(c18n_test_socket *socket, const char *frame, ...);
/** Sends a binary frame: bytes of an upload.
 *  Thread: the opener's. Owner: caller. Errors: as c18n_test_send. Since 0.3. */
void c18n_test_send_bytes(c18n_test_socket *socket, const void *bytes, size_t count);
/** The next frame that it got, in the order in which they came; its text is the document's. The first is `hello`.
 *  Thread: the opener's. Owner: test host. Errors: NULL (there is none that was not received before). Since 0.3. */
const c18n_doc *c18n_test_received(c18n_test_socket *socket);
/** The client is gone, without a word; `closed` and `dropped` of the modules have run when this returns.
 *  Thread: the opener's. Owner: none. Errors: none. Since 0.3. */
void c18n_test_hang_up(c18n_test_socket *socket);
/** The close code that ended it; 1006 after c18n_test_hang_up.
 *  Thread: the opener's. Owner: caller. Errors: 0 (it is open). Since 0.3. */
int c18n_test_closed(c18n_test_socket *socket);

/* --- code of the module, called directly --- */

/** A loaded module as it sees itself.
 *  Thread: the opener's. Owner: test host. Errors: none; one that is not loaded aborts. Since 0.2. */
c18n_self *c18n_test_self(c18n_test *test, const char *module);
/** What a loaded module declares, so that its pure functions (`apply`, a view's `derive`) can be called.
 *  Thread: the opener's. Owner: test host. Errors: none; one that is not loaded aborts. Since 0.2. */
const c18n_module *c18n_test_descriptor(c18n_test *test, const char *module);
/** Finds a service.
 *  Thread: the opener's. Owner: test host. Errors: NULL (nobody provides it). Since 0.2. */
const c18n_service *c18n_test_service(c18n_test *test, const char *service);
/** Runs code in a module's name inside a transaction. `module` NULL: the host's.
 *  Thread: the opener's. Owner: caller; `arg` is passed on. Errors: work's, or the commit's. Since 0.2. */
int c18n_test_write(c18n_test *test, const char *module, int (*work)(c18n_request *rq, void *arg), void *arg);
/** Runs code in a module's name on a snapshot. `module` NULL: the host's.
 *  Thread: the opener's. Owner: caller; `arg` is passed on. Errors: work's. Since 0.2. */
int c18n_test_read(c18n_test *test, const char *module, int (*work)(c18n_request *rq, void *arg), void *arg);
/** Proposes settings to all modules as a reload does. *ret_why says why it failed, as in c18n_test_open.
 *  Thread: the opener's. Owner: test host, *ret_why. Errors: C18N_INVALID (nothing has changed). Since 0.2. */
int c18n_test_reload(c18n_test *test, const char *settings, const char **ret_why);

/* --- looking --- */

/** How many events of a type are in the history; NULL: of any type.
 *  Thread: the opener's. Owner: caller. Errors: none. Since 0.2. */
size_t c18n_test_events(c18n_test *test, const char *type);
/** Event `number`, from 0, of a type; `number` -1 is the newest.
 *  Thread: the opener's. Owner: test host. Errors: NULL (there is none). Since 0.2. */
const c18n_event *c18n_test_event(c18n_test *test, const char *type, int64_t number);
/** A view's record as it is, also a deleted one.
 *  Thread: the opener's. Owner: test host. Errors: NULL (there is none); no such view aborts. Since 0.2. */
const c18n_doc *c18n_test_record(c18n_test *test, const char *view, const char *id);
/** How many stored events show these words to who has the storage but not the keys.
 *  Thread: the opener's. Owner: caller. Errors: none. Since 0.2. */
size_t c18n_test_history_shows(c18n_test *test, const char *words);
/** Builds all views from the history again: are they the same bytes?
 *  Thread: the opener's. Owner: none. Errors: false (they are not). Since 0.2. */
bool c18n_test_replays_the_same(c18n_test *test);
/** The newest line with these words that a module has logged.
 *  Thread: the opener's. Owner: test host. Errors: NULL (none of the last 100 has them). Since 0.2. */
const char *c18n_test_logged(c18n_test *test, const char *words);
/** The value of a declared metric, "polls.open".
 *  Thread: the opener's. Owner: caller. Errors: none; an undeclared one aborts. Since 0.2. */
int64_t c18n_test_metric(c18n_test *test, const char *module, const char *metric);

/* --- failing --- */

/** Of the calls that modules make into the host from now on and that may fail, number `nth` (from 1) fails with `code`
 *  (allocations give NULL). `nth` 0: none does. Counting begins anew. With one seed the order is the same in each run.
 *  Code that a test runs by c18n_test_write counts as that module's. A handler that goes on after a failed c18n_emit
 *  is undone as in earnest, and known by the answer's status: 507, which no other failure has. In these three functions
 * `test` may be NULL: the host that was opened last, also one that could not be started. Thread: the opener's. Owner:
 * none. Errors: none. Since 0.2. */
void c18n_test_fail(c18n_test *test, uint64_t nth, int code);
/** How many such calls there have been since.
 *  Thread: the opener's. Owner: none. Errors: none. Since 0.2. */
uint64_t c18n_test_calls(c18n_test *test);
/** The function that failed since, "c18n_emit".
 *  Thread: the opener's. Owner: process. Errors: NULL (none has yet). Since 0.2. */
const char *c18n_test_failed(c18n_test *test);

#ifdef __cplusplus
}
#endif

#endif
