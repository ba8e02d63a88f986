/**
 * check_input.h: input for a module's routes, made from its field tables: valid, and broken in every way that a table
 * can be broken. Pure but for the arena; one thread.
 */
#ifndef KIT_CHECK_INPUT_H
#define KIT_CHECK_INPUT_H

#include "base/arena.h"
#include "base/text.h"
#include "c18n/fields.h"

/* What valid values are made of. */
struct input_source {
    struct arena *arena;
    unsigned number; /* goes up: texts that must be unique are */
    int64_t now;     /* Unix seconds */
    /** The id that stands for a field or a parameter of that name; never NULL. */
    const char *(*id)(void *arg, const char *name);
    /** A value that was taken before for a field of that name; NULL: none. */
    const char *(*known)(void *arg, const char *name);
    void *arg;
};

enum input_kind {
    INPUT_WHOLE,    /* every field */
    INPUT_LEAST,    /* only those that must be there */
    INPUT_REPEATED, /* every field, with values that were taken before: to log in, to meet a unique index */
    INPUT_KINDS
};

/** A JSON object that the table takes. */
const char *input_valid(struct input_source *source, const c18n_table *fields, enum input_kind kind);
/** What must be given and one or two optional fields: way `number` to choose them, from 0; NULL: there are no more. */
const char *input_least_and(struct input_source *source, const c18n_table *fields, unsigned number);
/** The same as a query, "q=Tea&tags=x"; "" when there is none. */
const char *input_query(struct input_source *source, const c18n_table *fields, enum input_kind kind);

struct input_broken {
    const char *json;
    const char *what; /* "without \"question\"" */
    bool must_refuse; /* the table says no; else it is only unusual */
};
/** Broken or unusual object number `number`, from 0; false: there are no more. */
bool input_broken(struct input_source *source, const c18n_table *fields, unsigned number,
                  struct input_broken *ret_broken);

#endif
