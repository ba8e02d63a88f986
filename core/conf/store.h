/**
 * store.h: what the files of core/conf share. Nobody else includes it.
 *
 * Everything lives in the arena of one struct conf. Running out of memory here aborts: a half-read
 * configuration is of no use to anybody, and what is read is bounded by the limits below.
 */
#ifndef CONF_STORE_H
#define CONF_STORE_H

#include "base/arena.h"
#include "conf/conf.h"

#include <stdatomic.h>

enum {
    CONF_FILES_MOST = 256,
    CONF_FILE_BYTES_MOST = 256 * 1024,
    CONF_NAMES_MOST = 256, /* section names in a file, and keys in a file */
    CONF_FAULTS_MOST = 1000,
    CONF_ARENA_BYTES = 512 * 1024 * 1024, /* above what the limits allow */
    CONF_FILE_OF_SETS = 1 << 20,          /* file_number of --set: after all files */
    CONF_NAME_MOST = 63,                  /* characters of a section's name or a key */
};

struct conf_place {
    const char *file;
    int file_number; /* in the order of reading; 0: the folder itself */
    int line;        /* 0: no line */
};

struct conf_value { /* one `key = value`, as it was written */
    struct conf_value *next;
    const char *key;
    struct conf_place place;
    const char **items;
    size_t count, room;
    bool commas; /* --set and defaults: a list is written a,b */
};

/* A value in the form of its setting's type. What holds is never written to again: it is read without a lock. */
struct conf_held {
    const struct conf_held *before; /* of this setting's, back to its first */
    const char *text;
    int64_t integer;
    bool boolean;
    const char *const *items;
    size_t count;
};

struct conf_origin {
    const struct conf_origin *before;
    const char *words;
};

struct conf_setting { /* one row of a settings table, with the value that holds; a reload puts another in its place */
    c18n_setting declared;
    _Atomic(const struct conf_held *) held;
    _Atomic(const struct conf_origin *) origin;
    const struct conf_held *values;    /* the newest of all that it ever had, each once */
    const struct conf_origin *origins; /* the same */
    const struct conf_held *proposed;  /* of the thread that reloads; NULL: nothing is */
    const struct conf_origin *proposed_origin;
};

struct conf_section {
    struct conf_section *next;
    struct conf *conf;
    const char *name;
    struct conf_place place;
    bool present; /* stands in a file that is no .local.conf */
    bool bound, enabled, optional;
    bool complained;         /* of being unknown */
    bool fixed;              /* its owner knows of no reload */
    const c18n_table *table; /* of its owner, once it is bound */
    struct conf_value *values, **values_end;
    struct conf_setting *settings;
    size_t setting_count;
};

struct conf_fault {
    struct conf_fault *next;
    struct conf_place place;
    const char *words;
};

struct conf {
    struct arena *arena;
    const char *folder;
    struct conf_section *sections, **sections_end;
    struct conf_fault *faults; /* in order of file and line */
    size_t fault_count;
    int file_count;
    const char **names; /* of enabled sections */
    size_t name_count;
    bool unread;        /* a file, or the folder, can't be read */
    struct conf *fresh; /* what is proposed to take its place; NULL: nothing is */
};

/* store.c */
void conf_need(const void *memory); /* or the process ends */
void *conf_alloc(struct conf *conf, size_t size);
const char *conf_copy(struct conf *conf, const char *words, size_t length);
struct conf_section *conf_section_find(const struct conf *conf, const char *name);
struct conf_section *conf_section_get(struct conf *conf, const char *name); /* makes an absent one */
struct conf_value *conf_value_add(struct conf_section *section, const char *key, struct conf_place place);
void conf_value_item(struct conf *conf, struct conf_value *value, const char *item);

/* fault.c */
void conf_fault(struct conf *conf, struct conf_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* ", did you mean X?" or "". A candidate NULL is passed over. */
const char *conf_suggest(struct conf *conf, const char *word, const char *const *candidates, size_t count);

/* scan.c: makes a file's text fit for libconfuse, and finds the names in it. */
struct conf_scan {
    char *text; /* comments blanked; malloc'd by the caller */
    struct conf_scan_name {
        const char *name;
        int line; /* where it stands the last time */
    } sections[CONF_NAMES_MOST], keys[CONF_NAMES_MOST];
    size_t section_count, key_count;
    bool too_many;
    int open_line; /* where a section that never ends begins; 0: all end */
};
void conf_scan(struct conf *conf, struct conf_scan *scan);

/* file.c. `base`: what a .local.conf overrides, else NULL. */
void conf_file_read(struct conf *conf, const char *path, const char *base);

/* judge.c: one value by one row. What is wrong goes to ret_what, and ret_held is of no use. */
bool conf_judge(struct conf *conf, const struct conf_value *value, const c18n_setting *declared,
                struct conf_held *ret_held, struct text *ret_what);

/* held.c: keeps a value or an origin as long as the conf lives, each once. NULL: no memory. */
const struct conf_held *conf_held_keep(struct conf *conf, struct conf_setting *setting, const struct conf_held *held);
const struct conf_origin *conf_origin_keep(struct conf *conf, struct conf_setting *setting, const char *words);
/* What the setting has for the calling thread. */
const struct conf_held *conf_held_of(const struct conf_section *section, const struct conf_setting *setting);

/* propose.c: the conf that complaints of the calling thread are about. */
struct conf *conf_meant(struct conf *conf);
bool conf_is_trying(const struct conf *conf);

/* bind.c */
const struct conf_value *conf_last_value(const struct conf_section *section, const char *key);
/* Takes `enabled` and `optional`, which every section knows, before its table is known. */
void conf_section_settle(struct conf_section *section);

/* core_check.c: the section `core`, once it is bound. */
void conf_check_core(struct conf_section *section);

#endif
