/**
 * json.h: reading a JSON object and writing one.
 *
 * A c18n_doc is an immutable JSON object: a request's body, an event's data, a record of a view.
 * It was validated when it came in, so reading it can't fail other than by a missing member. Text
 * is UTF-8, NUL-terminated, and never holds U+0000 (the host refuses it at the door).
 *
 * A c18n_out appends to a JSON text. Errors stick: write on, and the function that takes the
 * c18n_out (emit, put, reply) reports the first one. A member written twice: the first stays,
 * the second is dropped.
 */
#ifndef C18N_JSON_H
#define C18N_JSON_H

#include "abi.h"

/** A JSON object that is read. */
struct c18n_doc {
    const c18n_host *host;
    const char *text; /**< the object's JSON, not NUL-terminated */
    size_t length;
};

/** A JSON text that is being written. */
struct c18n_out {
    const c18n_host *host;
};

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_json_family {
    c18n_family family;
    const char *(*text)(const c18n_doc *doc, const char *name);
    int64_t (*integer)(const c18n_doc *doc, const char *name, int64_t otherwise);
    double (*number)(const c18n_doc *doc, const char *name, double otherwise);
    bool (*boolean)(const c18n_doc *doc, const char *name, bool otherwise);
    bool (*has)(const c18n_doc *doc, const char *name);
    size_t (*texts)(const c18n_doc *doc, const char *name, const char *const **ret_items);
    c18n_bytes (*raw)(const c18n_doc *doc, const char *name);
    c18n_out *(*out_new)(c18n_request *rq);
    void (*out_text)(c18n_out *out, const char *name, const char *value);
    void (*out_integer)(c18n_out *out, const char *name, int64_t value);
    void (*out_number)(c18n_out *out, const char *name, double value);
    void (*out_boolean)(c18n_out *out, const char *name, bool value);
    void (*out_null)(c18n_out *out, const char *name);
    void (*out_raw)(c18n_out *out, const char *name, c18n_bytes json);
    void (*out_doc)(c18n_out *out, const c18n_doc *doc, const char *except);
    void (*out_begin)(c18n_out *out, const char *name, char kind);
    void (*out_end)(c18n_out *out);
    const c18n_doc *(*out_finish)(c18n_out *out);
} c18n_json_family;

/** The text of a member.
 *  Thread: the doc's. Owner: the doc. Errors: NULL (absent, null or no text). Since 0.1. */
static inline const char *c18n_text(const c18n_doc *doc, const char *name)
{
    return doc->host->json->text(doc, name);
}
/** An integer member.
 *  Thread: the doc's. Owner: caller. Errors: `otherwise` (absent, or no integer that fits). Since 0.1. */
static inline int64_t c18n_integer(const c18n_doc *doc, const char *name, int64_t otherwise)
{
    return doc->host->json->integer(doc, name, otherwise);
}
/** A number member.
 *  Thread: the doc's. Owner: caller. Errors: `otherwise` (absent, or no number). Since 0.1. */
static inline double c18n_number(const c18n_doc *doc, const char *name, double otherwise)
{
    return doc->host->json->number(doc, name, otherwise);
}
/** A boolean member.
 *  Thread: the doc's. Owner: caller. Errors: `otherwise` (absent, or neither true nor false). Since 0.1. */
static inline bool c18n_boolean(const c18n_doc *doc, const char *name, bool otherwise)
{
    return doc->host->json->boolean(doc, name, otherwise);
}
/** Is the member there (null counts as there)?
 *  Thread: the doc's. Owner: caller. Errors: none. Since 0.1. */
static inline bool c18n_has(const c18n_doc *doc, const char *name)
{
    return doc->host->json->has(doc, name);
}
/** The texts of an array member; gives how many.
 *  Thread: the doc's. Owner: the doc. Errors: 0 (absent, or no array). Since 0.1. */
static inline size_t c18n_texts(const c18n_doc *doc, const char *name, const char *const **ret_items)
{
    return doc->host->json->texts(doc, name, ret_items);
}
/** A member's JSON as it stands.
 *  Thread: the doc's. Owner: the doc. Errors: {NULL, 0} (absent). Since 0.1. */
static inline c18n_bytes c18n_raw(const c18n_doc *doc, const char *name)
{
    return doc->host->json->raw(doc, name);
}

/** Begins a JSON object in request memory. All writers take NULL.
 *  Thread: request's. Owner: request. Errors: NULL (out of memory). Since 0.1. */
static inline c18n_out *c18n_out_new(c18n_request *rq)
{
    return (*(const c18n_host *const *)(const void *)rq)->json->out_new(rq);
}
/** Adds a text member; a NULL value adds null. In an array `name` is NULL.
 *  Thread: the writer's. Owner: caller. Errors: they stick in `out`. Since 0.1. */
static inline void c18n_out_text(c18n_out *out, const char *name, const char *value)
{
    if (out)
        out->host->json->out_text(out, name, value);
}
/** Adds an integer member.
 *  Thread: the writer's. Owner: caller. Errors: they stick in `out`. Since 0.1. */
static inline void c18n_out_integer(c18n_out *out, const char *name, int64_t value)
{
    if (out)
        out->host->json->out_integer(out, name, value);
}
/** Adds a number member (not finite: null).
 *  Thread: the writer's. Owner: caller. Errors: they stick in `out`. Since 0.1. */
static inline void c18n_out_number(c18n_out *out, const char *name, double value)
{
    if (out)
        out->host->json->out_number(out, name, value);
}
/** Adds a boolean member.
 *  Thread: the writer's. Owner: caller. Errors: they stick in `out`. Since 0.1. */
static inline void c18n_out_boolean(c18n_out *out, const char *name, bool value)
{
    if (out)
        out->host->json->out_boolean(out, name, value);
}
/** Adds a null member. In a patch this removes the member.
 *  Thread: the writer's. Owner: caller. Errors: they stick in `out`. Since 0.1. */
static inline void c18n_out_null(c18n_out *out, const char *name)
{
    if (out)
        out->host->json->out_null(out, name);
}
/** Adds a member whose value is valid JSON already. {NULL, 0} adds nothing.
 *  Thread: the writer's. Owner: caller. Errors: they stick in `out`. Since 0.1. */
static inline void c18n_out_raw(c18n_out *out, const char *name, c18n_bytes json)
{
    if (out)
        out->host->json->out_raw(out, name, json);
}
/** Adds all members of a doc but those named in `except` (space-separated, or NULL).
 *  Thread: the writer's. Owner: caller. Errors: they stick in `out`. Since 0.1. */
static inline void c18n_out_doc(c18n_out *out, const c18n_doc *doc, const char *except)
{
    if (out)
        out->host->json->out_doc(out, doc, except);
}
/** Opens a nested value: kind '{' or '['. Close it with c18n_out_end. At most 16 deep.
 *  Thread: the writer's. Owner: caller. Errors: they stick in `out`. Since 0.1. */
static inline void c18n_out_begin(c18n_out *out, const char *name, char kind)
{
    if (out)
        out->host->json->out_begin(out, name, kind);
}
/** Closes what c18n_out_begin opened.
 *  Thread: the writer's. Owner: none. Errors: they stick in `out`. Since 0.1. */
static inline void c18n_out_end(c18n_out *out)
{
    if (out)
        out->host->json->out_end(out);
}
/** Ends the object and gives it as a doc that shares the writer's memory.
 *  Thread: the writer's. Owner: request. Errors: NULL (the first that stuck). Since 0.1. */
C18N_MUST_USE static inline const c18n_doc *c18n_out_finish(c18n_out *out)
{
    return out ? out->host->json->out_finish(out) : NULL;
}

#endif
