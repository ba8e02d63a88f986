/**
 * view.h: the modules' view declarations, compiled once at open.
 *
 * A view has a number, and a slot (a place in a connection's list of table ids) for its records and
 * for each of its indexes. Immutable after views_compile, so any thread reads it.
 */
#ifndef DATA_VIEW_H
#define DATA_VIEW_H

#include "base/arena.h"
#include "base/text.h"
#include "c18n/views.h"

struct loader;
struct module;

enum { VIEW_INDEXES_MOST = 12, VIEW_COLUMNS_MOST = 6, VIEW_COUNTERS_MOST = 12, VIEW_SEARCH_MOST = 12 };

/* The host's own tables stand before those of the views. */
enum { SLOT_KEYS, SLOT_REVOKED, SLOT_IDEMPOTENCY, SLOT_IMPORTS, SLOT_META, SLOTS_OF_HOST };

struct view_column {
    const char *name;
    bool descending, nocase;
};

struct view_index {
    const char *declared; /* normal form: "community,created_on desc" */
    struct view_column columns[VIEW_COLUMNS_MOST];
    size_t column_count;
    bool unique;
    unsigned slot;
};

struct view_counter {
    const char *name;
    bool indexed; /* else adding to it leaves every index row as it is */
};

struct view_search {
    const char *name;
    double weight;
    bool filter;
};

struct view {
    c18n_view declared;
    const struct module *owner;
    unsigned number, slot;
    struct view_index indexes[VIEW_INDEXES_MOST];
    size_t index_count;
    struct view_counter counters[VIEW_COUNTERS_MOST];
    size_t counter_count;
    struct view_search search[VIEW_SEARCH_MOST];
    size_t search_count;
    const char *fingerprint; /* changes when the view must be built anew */
};

struct views {
    struct view *at; /* ordered by name */
    size_t count;
    unsigned slots;
    const bool *holds_records; /* by slot; else index rows, or the host's own */
};

/** Compiles the views of all modules. C18N_INVALID with ret_why: two of one name, a bad index, too many
 *  of something. */
int views_compile(const struct loader *loader, struct arena *arena, struct views *ret_views, struct text *ret_why);
const struct view *views_find(const struct views *views, const char *name); /* NULL: no such view */
/** Finds an index by its declaration; blanks and the word `unique` don't matter. */
const struct view_index *view_index_find(const struct view *view, const char *declared);
const struct view_counter *view_counter_find(const struct view *view, const char *name);
/** The table's name of a slot. False: it does not fit. */
bool views_table_name(const struct views *views, unsigned slot, const char *prefix, char ret_name[96]);
/** The host slot of a name such as "revoked" or "host.revoked"; -1: none. */
int views_host_slot(const char *name);

#endif
