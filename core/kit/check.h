/**
 * check.h: what the files of `c18nctl module check` share. Nobody else includes it.
 *
 * A check is a list of rules, each with an id, a sentence and what to do about it (check_rules.c; the same ids stand in
 * docs/modules/checking.md). A rule is begun, may fail any number of times, and is ended. Code of the module runs in
 * child processes only: what a child finds comes over a pipe, and what it is just doing stands in a page that both
 * share, so that a crash and a hang have a name too.
 */
#ifndef KIT_CHECK_H
#define KIT_CHECK_H

#include "base/arena.h"
#include "base/text.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    CHECK_MEMORY_MOST = 64 * 1024 * 1024,
    CHECK_WITH_MOST = 32,
    CHECK_SETS_MOST = 64,
    CHECK_SAID_MOST = 12,   /* findings of one rule that are told; the rest are counted */
    CHECK_WORDS_MOST = 4096 /* of one finding */
};

enum check_rule {
    CHECK_FILE,
    CHECK_EXPORTS,
    CHECK_BIND_NOW,
    CHECK_CODE,
    CHECK_RUN_PATH,
    CHECK_GLOBALS,
    CHECK_SYMBOLS,
    CHECK_DESCRIPTOR,
    CHECK_NAMES,
    CHECK_WORDS,
    CHECK_SETTINGS,
    CHECK_LOADS,
    CHECK_ROUTES,
    CHECK_ANSWERS,
    CHECK_BAD_INPUT,
    CHECK_SOCKETS,
    CHECK_CATCH_UP,
    CHECK_WORK,
    CHECK_RELOAD,
    CHECK_REPLAY,
    CHECK_CALLS,
    CHECK_DRAIN,
    CHECK_STAGES,
    CHECK_DISK,
    CHECK_RULES
};

struct check_rule_words {
    const char *id;
    const char *kept; /* said when it is kept */
    const char *todo; /* said when it is broken */
};
extern const struct check_rule_words check_rules[CHECK_RULES];

enum check_result { CHECK_OK = 'o', CHECK_NOTE = 'n', CHECK_FAILED = 'f' };

struct check_finding {
    enum check_result result;
    enum check_rule rule;
    const char *words;
    struct check_finding *next;
};

/* A page that a child writes and its parent reads, also when the child is dead or hangs. */
struct check_shared {
    atomic_uint beat; /* goes up with everything that is begun */
    atomic_int rule;
    char doing[512];
    char module[64], stage[32], route[160]; /* of the crumb, when a signal ended the child */
    atomic_int signal;
    char company[512];    /* ids of the modules on whose points it has hooks, with spaces */
    atomic_bool talks;    /* it has sockets or verbs */
    atomic_uint progress; /* of a step that goes on after a crash */
};

struct check {
    struct arena *arena;
    const char *file; /* absolute */
    char id[64];
    struct candidate *candidate;   /* loader/inside.h: what its note says */
    struct check_elf *elf;         /* check_elf.h */
    const char *modules;           /* check_needs.c: what is loaded, it and what it needs, as testhost.h wants it */
    const char *modules_and_index; /* the same with a search index, when there is one to be had */
    bool is_provider;              /* of storage, bus, cache or index: other modules' routes are asked */
    const char *with[CHECK_WITH_MOST];
    size_t with_count;
    const char *sets[CHECK_SETS_MOST];
    size_t set_count;
    int64_t patience_ms; /* so long may one thing take */
    int64_t budget_ms;   /* so long may one child take */
    uint64_t runs_most;  /* requests with a failing call */
    bool json;

    struct check_finding *first, *last;
    size_t failed[CHECK_RULES], notes[CHECK_RULES]; /* since the rule was begun */
    int pipe_end;                                   /* in a child; else -1 */
    struct check_shared *shared;
    struct text *why; /* what the check itself could not do */
};

/* --- check_report.c: findings --- */
void check_begin(struct check *check, enum check_rule rule);
/** What is being done just now, for a crash or a hang. Counts as a sign of life. */
void check_doing(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));
void check_fail(struct check *check, enum check_rule rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void check_note(struct check *check, enum check_rule rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Says that the rule is kept, unless it failed since check_begin. `format` NULL: in the rule's own words. */
void check_end(struct check *check, enum check_rule rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void check_add(struct check *check, enum check_result result, enum check_rule rule, const char *words);
bool check_has_failed(const struct check *check);
void check_print(const struct check *check, struct text *ret_report);

/* --- check_child.c: code of the module runs only in here --- */
/** Runs `work` in a child process; what it finds, or how it died, is added. False: it could not be started. */
bool check_child(struct check *check, void (*work)(struct check *check, void *arg), void *arg);

/* --- the steps --- */
bool check_file(struct check *check); /* check_file.c: as it lies there; false: nothing more can be asked */
void check_declared(struct check *check, void *arg); /* check_declared.c, in a child: its descriptor and its tables */
bool check_needs(struct check *check);               /* check_needs.c: finds what it needs; false: something lacks */
void check_running(struct check *check);             /* check_running.c: in children, on the test host */

#endif
