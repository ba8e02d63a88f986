/**
 * ctl_take.h: takes lines in, whatever they come from: a file (import) or a generator (seed).
 *
 * One thread reads lines, parses and judges them, and hands them to the writer, many at a time. A line's turn there
 * resolves its references and runs the module's `take`. Turns come in the lines' order, so a line sees what the ones
 * before it made. Lines stand in a ring of slots and are told of in order too.
 */
#ifndef CTL_CTL_TAKE_H
#define CTL_CTL_TAKE_H

#include "ctl/ctl.h"
#include "ctl/ctl_progress.h"

#include <pthread.h>

enum {
    CTL_TAKE_FLIGHT = 512,             /* lines that wait for the writer */
    CTL_TAKE_ARENA = 32 * 1024 * 1024, /* the most that one line may need */
    CTL_TAKE_KINDS = 64,
    CTL_TAKE_SCOPE = 33, /* 16 bytes in hexadecimal */
    CTL_TAKE_REF_MOST = 200,
};

/** Where lines come from. `next` as ctl_lines_next. */
struct ctl_source {
    const char *name; /* of messages: NAME:LINE: what is wrong */
    int (*next)(void *arg, const char **ret_line, size_t *ret_length);
    void *arg;
};

/** Takes all lines in and says the counts on call->out. A sysexits code. */
int ctl_take(struct ctl_call *call, const struct ctl_source *source, bool keep_going);

/* --- between ctl_take.c, ctl_take_line.c and ctl_take_kinds.c --- */

struct take_kind { /* what a loaded module takes in */
    c18n_import declared;
    struct module *module;
    uint64_t taken, passed, failed;
};

enum take_outcome { TAKE_FAILED, TAKE_TAKEN, TAKE_PASSED, TAKE_NOT_TRIED };

struct take;

struct take_slot {
    struct data_item item; /* must stay first */
    struct request request;
    struct arena *arena;
    struct take *take;
    uint64_t number;        /* of the line, from 1 */
    struct take_kind *kind; /* NULL: unknown */
    const c18n_doc *line;
    const char *ref; /* NULL: none */
    const char *why; /* what is wrong, when that is known already */
    enum take_outcome outcome;
    int code;      /* what run returned */
    int commit;    /* C18N_OK, or why its transaction is not durable */
    bool finished; /* under take->lock */
};

struct take {
    struct ctl_call *call;
    const struct ctl_source *source;
    bool keep_going;
    struct ctl_progress progress;
    char scope[CTL_TAKE_SCOPE]; /* the file, as `host.imports` knows it: hash of its first line */
    struct take_kind kinds[CTL_TAKE_KINDS];
    size_t kind_count;
    uint64_t unknown; /* lines that have no known kind */
    uint64_t lines;
    int exit_code; /* not 0: the end is near */

    bool broken; /* the writer's thread: a line failed, those after it are not tried */
    pthread_mutex_t lock;
    pthread_cond_t finished;
    struct take_slot slots[CTL_TAKE_FLIGHT];
    uint64_t head, tail; /* slots in flight are [head, tail), each modulo CTL_TAKE_FLIGHT */
};

int take_kinds_load(struct take *take);
struct take_kind *take_kind_find(struct take *take, const char *kind);
void take_kinds_say(const struct take *take);

/** Parses and judges a line. Not C18N_OK: slot->why or the request say what is wrong. */
int take_line_prepare(struct take_slot *slot, const char *text, size_t length);
/** The line's turn, on the writer's thread. */
int take_line_run(struct take_slot *slot);
/** What was wrong with a line, for people. In the slot's arena. */
const char *take_line_why(struct take_slot *slot);

#endif
