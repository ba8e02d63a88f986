/**
 * json.h: the host's side of c18n/json.h.
 *
 * Reading: untrusted text goes through json_parse once (jansson: strict, no duplicates, bounded),
 * which gives canonical compact text. From then on objects are read by scanning their text, which
 * for records of a few members is cheaper than a tree. Writing: append only.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/text.h"
#include "c18n/json.h"
#include "c18n/mem.h"

struct doc { /* what a c18n_doc of the host really is */
    c18n_doc pub;
    struct arena *arena; /* unescaped texts go here */
    const char *view;    /* the view it is a record of; NULL: no record */
};

struct out { /* what a c18n_out of the host really is */
    c18n_out pub;
    struct arena *arena;
    struct text text;
    uint16_t depth;
    char closers[16];
    bool comma[17];
    int failed;                 /* first C18N_ code */
    uint16_t skipping;          /* inside a nested value that is dropped: its depth */
    struct json_written *names; /* members of all open objects, the innermost's last */
    uint32_t name_count, name_room, first_name[17];
};

/* Limits of untrusted JSON: bytes are the caller's; depth 32; 100,000 nodes. */
enum { JSON_MAX_DEPTH = 32, JSON_MAX_NODES = 100000 };

/** Checks untrusted text and gives an object in canonical compact form. C18N_BAD_REQUEST with *ret_why
 *  ("json_too_deep", "bad_json", "not_an_object", …) otherwise. */
int json_parse(const c18n_host *host, struct arena *arena, const char *text, size_t length, const c18n_doc **ret_doc,
               const char **ret_why);

/** Wraps text that is known to be a valid object. Copies nothing. NULL: no memory. */
const c18n_doc *json_trusted(const c18n_host *host, struct arena *arena, const char *text, size_t length);

struct out *json_out_new(const c18n_host *host, struct arena *arena);
void json_out_init(struct out *out, const c18n_host *host, struct arena *arena, char kind /* '{' or '[' */);
const char *json_out_finish_text(struct out *out, size_t *ret_length); /* closes all; NULL: failed */

/** Walks the top-level members of a doc, in order. */
struct json_member {
    const char *name; /* escaped form without quotes; names of ours never need escapes */
    size_t name_length;
    const char *value;
    size_t value_length;
};
struct json_walk {
    const char *at, *end;
};
void json_walk_begin(struct json_walk *walk, const c18n_doc *doc);
bool json_walk_next(struct json_walk *walk, struct json_member *ret_member);
bool json_find(const c18n_doc *doc, const char *name, struct json_member *ret_member);
/** Walks the items of an array value. */
void json_items_begin(struct json_walk *walk, const char *array, size_t length);
bool json_items_next(struct json_walk *walk, const char **ret_item, size_t *ret_length);
/** Unescapes a JSON string value (with its quotes). NULL: not a string or no memory. */
const char *json_unescape(struct arena *arena, const char *value, size_t length);

#endif
