/**
 * inside.h: what the files of core/testhost share. Nobody else includes it.
 *
 * One server of its own in one struct. What the public functions hand out lies in `arena`, which the test's thread
 * alone uses; each request has an arena of its own, as in the server, and it is kept in that one when its answer is
 * there.
 */
#ifndef TESTHOST_INSIDE_H
#define TESTHOST_INSIDE_H

#include "boot/server.h" /* before anything of cmocka, which has a macro `fail` */
#include "c18n/testhost.h"

#include <stdatomic.h>
#include <sys/types.h>

enum { TESTHOST_MODULES_MOST = 64, TESTHOST_PATIENCE_S = 60 };

struct placed { /* modules, with copies of their files */
    const char *folder;
    const char *ids[TESTHOST_MODULES_MOST];
    size_t count;
};

struct timer_slot {
    struct c18n_test *test;
    struct module *module;
    c18n_timer declared;
    int64_t due_ms;
    atomic_bool wanted; /* by c18n_timer_now, and not begun yet */
};

struct c18n_test {
    struct server server; /* must stay first: the modules' host table is its head */
    pid_t owner;
    bool bare, logs;
    struct arena *arena;
    char *work_folder; /* conf.d, and the data when the test gives no folder; removed at the end */
    const char *data_folder;
    struct placed placed;
    const char *settings;       /* the test's own part of conf.d */
    struct data_reader *reader; /* NULL when bare, like `store` */
    c18n_store *store;          /* to look at what is stored, past the host */
    struct timer_slot *timers;
    size_t timer_count;
    atomic_uint pending; /* submitted work and timers asked for, that are not done */
    struct c18n_test_socket *clients;
};

static inline struct c18n_test *test_of(const c18n_host *host)
{
    return (struct c18n_test *)(uintptr_t)host;
}

/** Says what the test did wrong, and aborts. */
_Noreturn void testhost_die(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** The module; dies when none has this id. */
struct module *testhost_module(struct c18n_test *test, const char *id);
/** A request of the host itself, for code of `self` (NULL: nobody's). */
struct request *testhost_request(struct c18n_test *test, c18n_self *self);
/** Runs `work` in it: inside a transaction, or on a snapshot. */
int testhost_write(struct c18n_test *test, struct request *request, int (*work)(c18n_request *rq, void *arg),
                   void *arg);
int testhost_read(struct c18n_test *test, struct request *request, int (*work)(c18n_request *rq, void *arg), void *arg);

/* --- world.c: `platform` with a clock that is moved and randomness that begins with a seed --- */
void world_begin(int64_t now_ms, uint64_t seed);
void world_end(void);
int64_t world_now_ms(void);
void world_move(int64_t milliseconds);

/* --- place.c: the asked modules' files in a folder of this process --- */
const char *place_root(void); /* the folder of this process, made when it isn't there */
/** When a host is closed: removes that folder, or, when it is the parent's, only the host's own in it. */
void place_remove(const char *folder);
/** Copies what `modules` names, and, unless bare, what is missing among the providers. Dies of what can't be found. */
void place_modules(struct arena *arena, const char *modules, bool bare, struct placed *ret_placed);

/* --- settings.c --- */
/** Writes the one file of conf.d: these settings (NULL: none), and a section for each module that has none there. */
void settings_write(struct c18n_test *test, const char *settings);

/* --- timers.c --- */
int timers_declare(struct c18n_test *test);
void timers_run_wanted(struct c18n_test *test); /* bare */
void timers_wrap(c18n_host *host);

/* --- logged.c: what modules log is kept. Of the process, like faults.c --- */
void logged_aloud(bool aloud); /* what the server logs goes to standard error, or nowhere */
void logged_begin(void);
void logged_wrap(c18n_host *host);

/* --- retries.c: consumers that try the same event again and again. Of the process, like faults.c --- */
/** What to provide in place of `functions`. */
const void *retries_watch(const char *service, const void *functions);
bool retries_are_endless(const char *consumer, uint64_t position);

/* --- clients.c --- */
/** Is anything under way on a socket, or on its way there? */
bool clients_are_busy(struct c18n_test *test);
/** The clock has been moved: tokens may have expired, and what failed in catching up is due again. */
void clients_sweep(struct c18n_test *test);
void clients_free(struct c18n_test *test);

/* --- settle.c --- */
/** Until consumers and submitted work have come to the end of the history, and sockets have what that brought them.
 * Each answer waits for that, so that two runs of a test see the same order. */
void settle(struct c18n_test *test);

/* --- faults.c: counting the calls of modules, and failing one. Of the process, since only one host is open. --- */
void faults_count_in(const char *module); /* NULL: calls of any module count */
void faults_set(uint64_t nth, int code);
bool faults_hit(const char *function); /* is it this call's turn? Any thread */
int faults_code(void);
void faults_wrap(c18n_host *host); /* faults_families.c */

#endif
