/**
 * inside.h: what the files of core/loader share. Nobody else includes it.
 *
 * A candidate is a module that conf.d asks for. It goes through the steps until one of them refuses
 * it; what is refused goes no further, and neither does what needs it. Control thread only.
 */
#ifndef LOADER_INSIDE_H
#define LOADER_INSIDE_H

#include "base/exits.h"
#include "loader/loader.h"

#include <ltdl.h>

enum {
    MODULE_BYTES_MOST = 256 * 1024 * 1024, /* of a module's file: sanitized debug builds are large */
    NOTE_BYTES_MOST = 4096,
    TABLE_ROWS_MOST = 4096,
    STATE_BYTES_MOST = 64 * 1024 * 1024,
    STATE_ALIGNMENT = 64, /* a cache line */
    TRIAL_ANSWER_ROOM = 1024,
    TRIAL_WORDS_ROOM = 200,
    PROBE_MS = 10000,
    STAGE_MS = 10000,        /* check_config, init */
    START_STAGE_MS = 300000, /* start: a storage may have to recover */
};

#define LENGTH_OF(array) (sizeof(array) / sizeof *(array))

/* What can be known of a file without running any of its code. */
struct elf_facts {
    char note[NOTE_BYTES_MOST]; /* "" none */
    uint16_t machine;
    bool has_descriptor;
    uint16_t major, minor_built, minor_needed;
    uint32_t size;        /* as the descriptor says */
    uint64_t symbol_size; /* as the symbol table says */
};

struct candidate {
    struct module module; /* must stay first */
    struct loader *loader;
    struct elf_facts elf;
    c18n_module descriptor; /* what module.descriptor points to */
    char id[64], version[32];
    char *file;   /* malloc'd */
    bool out;     /* refused or left out */
    bool scanned; /* the file could be trusted enough to be read */
    bool probed;
    bool initialised, started;
    char reason[256];
    void *state;
};

struct loader {
    const c18n_host *host;
    struct conf *conf;
    char *module_dir;
    char *state_path; /* core.state_dir, absolute */
    struct candidate *candidates;
    size_t count;
    struct candidate **order; /* those that go on, in load order, then those that are out */
    size_t order_count;       /* of all in `order` */
    struct leave *leaves;     /* asked by loader_leave_out */
    struct text *why;
    bool refused; /* something that is not optional */
    bool in_init; /* c18n_provide may be called */
    bool unrehearsed;
    bool rehearses; /* this process is the child that rehearses */
    void (*enter_rehearsal)(void *arg);
    void *rehearsal_arg;
    int64_t probe_ms, stage_ms, start_stage_ms;
};

/* --- refuse.c: the words --- */
struct refusal {
    const char *has;  /* NULL: what the note says */
    const char *host; /* NULL: the host's ABI */
    const char *rule; /* the first rule that failed */
    const char *todo;
};
#define UNTIL_THEN  "until then set enabled = false in its section of conf.d"
#define TELL_AUTHOR "send its author this and what `c18nctl module check` says of the file; " UNTIL_THEN
#define TRIED_FIRST "only tried it, in a child process"
void refuse(struct candidate *candidate, const struct refusal *refusal);
bool refuse_is_vital(const struct candidate *candidate); /* never left out, whatever conf.d says */
void print_into(char *ret_words, size_t room, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* --- elf.c: bounded reading of untrusted bytes. Returns NULL, or the rule that the file breaks. --- */
const char *elf_read(const unsigned char *bytes, size_t length, struct elf_facts *ret_facts);
uint16_t elf_host_machine(void);

/* --- facts.c: "abi: 0.1; id: polls; …" into a candidate. Returns NULL, or the rule that they break. --- */
const char *facts_parse(const char *note, struct candidate *candidate);

/* --- peek.c: both of a file, anywhere. NULL, or the rule that it breaks. --- */
const char *peek_elf(const char *path, struct elf_facts *ret_facts);
const char *peek_facts(const char *path, struct candidate *candidate);

/* --- trust.c: whose a file is --- */
const char *trust_file(const struct loader *loader, const char *path); /* NULL, or the rule that it breaks */
bool trust_folder(struct loader *loader);                              /* that of the modules; false: it is refused */
void trust_say_file(const char *path, char *ret_words, size_t room);
void trust_say_host(char *ret_words, size_t room);

/* --- scan.c --- */
void scan_candidates(struct loader *loader);
/* Calls `found` for each ID.so of the folder. */
void scan_folder(const struct loader *loader, void (*found)(void *arg, const char *id), void *arg);
/* The id of a module in the folder whose note says that it provides the service. */
bool scan_provider_of(const struct loader *loader, const char *service, char *ret_id, size_t room);

/* --- leave.c: takes out what loader_leave_out asked for --- */
void leave_out_asked(struct loader *loader);
void leave_free(struct loader *loader);

/* --- graph.c: takes out what can't be and puts the rest in order. --- */
void graph_settle(struct loader *loader);
bool graph_needs(const struct candidate *candidate, const struct candidate *provider); /* does it need one's service? */
/* Names in a file may hold anything, and go to a terminal. */
void print_plainly(char *words);
bool names_service(const char services[][48], size_t count, const char *service);

/* --- trial.c: something done in a child process --- */
struct trial {
    size_t steps; /* that the child said it has done */
    char answer[TRIAL_ANSWER_ROOM];
    size_t length;
    bool answered; /* by trial_end: a letter, then words */
    bool late;     /* nothing came for so long, and it was killed */
    int64_t limit_ms;
    int status;                        /* of waitpid */
    char last_words[TRIAL_WORDS_ROOM]; /* the last line that it wrote to stdout or stderr; "" none */
};
/* Runs `run` in a child until it answers by trial_end, ends, or says nothing for limit_ms. False: there is no child. */
bool trial_run(void (*run)(void *arg, int answer_end), void *arg, int64_t limit_ms, struct trial *ret_trial);
void trial_step(int answer_end); /* in the child: one step is done */
_Noreturn void trial_end(int answer_end, char letter, const char *words);
/* How a child without an answer ended, as the rule that `deed` broke; and the last that it wrote. */
void trial_death(const struct trial *trial, const char *deed, struct text *ret_rule);
void trial_last_words(const struct trial *trial, struct text *ret_rule);

/* --- probe.c: opens each file in a child process. Returns whether something was taken out. --- */
bool probe_candidates(struct loader *loader);

/* --- descriptor.c: is a descriptor in memory what note and ABI promise? NULL, or the broken rule. --- */
const char *descriptor_check(const c18n_module *descriptor, const struct candidate *candidate);

/* --- open.c: libltdl, state, settings --- */
void open_candidates(struct loader *loader);
void open_check_config(struct candidate *candidate); /* wrong settings become faults of the configuration */

/* --- rehearse.c: takes out those whose check_config or init crashes, hangs or fails in a child process --- */
void rehearse_candidates(struct loader *loader);

/* --- stage.c --- */
int stage_call(struct candidate *candidate, const char *stage, int (*run)(c18n_self *self), int64_t limit_ms);
void stage_init(struct candidate *candidate);

/* --- watch.c: a call into a module that doesn't come back ends the process with the module's name. --- */
struct watch;
struct watch *watch_begin(const char *id, const char *stage, int64_t limit_ms);
void watch_end(struct watch *watch);

/* --- services.c --- */
/* After init: is each promised service there? NULL, or the one that isn't. */
const char *services_settle(struct candidate *candidate);

/* The ABI minor of the host as its table says, which is what modules see. */
static inline uint16_t host_minor(const struct candidate *candidate)
{
    return candidate->loader ? candidate->loader->host->minor
                             : C18N_ABI_MINOR; /* none: a file that is only looked at */
}

static inline struct candidate *candidate_of(const struct module *module)
{
    return (struct candidate *)(uintptr_t)module;
}

#endif
