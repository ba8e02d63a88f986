/* between.c: a log is read by hundreds of thousands of records a second, so a record costs one copy: its text into a
 * chunk's buffer, which all chunks of a walk share. (None at all would need the module's code to run inside the
 * storage's scan, where it could read nothing else.) Neither the cache nor an index is asked. */
#include "data/between.h"

#include "base/json.h"
#include "data/page.h"

enum {
    CHUNK_FIRST = 16, /* who wants the newest record only should not pay for many */
    CHUNK = 256,
    CHUNK_BYTES = 64 * 1024, /* a chunk ends with the record that comes past it */
};

struct span { /* of a record's text in the buffer, which moves while it grows */
    size_t at, length;
};

struct between {
    struct request *request;
    const struct view *view;
    c18n_range range;
    struct text bytes, last; /* texts of the chunk's records; the last one's key */
    struct span spans[CHUNK];
    size_t count, room;
};

static int take_row(void *arg, c18n_bytes key, c18n_bytes value)
{
    struct between *walk = arg;
    walk->spans[walk->count++] = (struct span){walk->bytes.length, value.length};
    text_add(&walk->bytes, value.at, value.length);
    if (walk->count < walk->room && walk->bytes.length < CHUNK_BYTES)
        return C18N_OK;
    walk->last.length = 0;
    text_add(&walk->last, key.at, key.length);
    return C18N_AGAIN;
}

/* `last` stays empty when these were the last rows. */
static int take_chunk(struct between *walk)
{
    walk->count = walk->bytes.length = walk->last.length = 0;
    int code = scope_scan(walk->request->scope, walk->view->slot, &walk->range, take_row, walk);
    return walk->bytes.failed || walk->last.failed ? C18N_NO_MEMORY : code;
}

static int give_chunk(struct between *walk, int (*item)(c18n_request *rq, const c18n_doc *record, void *arg), void *arg)
{
    struct doc doc = {
        .pub.host = walk->request->head.host, .arena = walk->request->arena, .view = walk->view->declared.name};
    int code = C18N_OK;
    for (size_t i = 0; i < walk->count && code == C18N_OK; i++) {
        doc.pub.text = walk->bytes.at + walk->spans[i].at;
        doc.pub.length = walk->spans[i].length;
        code = item(request_pub(walk->request), &doc.pub, arg);
    }
    return code;
}

/* The next chunk begins behind the last key: forwards at that key and a zero byte, backwards before it. */
static int go_past(struct between *walk)
{
    const char *key = arena_copy(walk->request->arena, walk->last.at, walk->last.length);
    if (walk->range.reverse)
        walk->range.until = (c18n_bytes){key, walk->last.length};
    else
        walk->range.from = (c18n_bytes){key, walk->last.length + 1}; /* the copy's own NUL is the zero byte */
    return key ? C18N_OK : C18N_NO_MEMORY;
}

static bool is_empty(const char *from, const char *until)
{
    return until && strcmp(from ? from : "", until) >= 0;
}

static c18n_bytes bound_of(const char *id)
{
    return id ? bytes_of(id) : (c18n_bytes){NULL, 0};
}

int views_each_between(c18n_request *rq, const char *view, const char *from, const char *until, bool reverse,
                       int (*item)(c18n_request *rq, const c18n_doc *record, void *arg), void *arg)
{
    struct request *request = request_of(rq);
    struct between walk = {.request = request, .room = CHUNK_FIRST};
    int code = record_view(request, view, &walk.view);
    if (code != C18N_OK || is_empty(from, until))
        return code;
    walk.range = (c18n_range){.from = bound_of(from), .until = bound_of(until), .reverse = reverse};
    text_init(&walk.bytes, request->arena, 0);
    text_init(&walk.last, request->arena, 0);
    do {
        code = take_chunk(&walk);
        if (code == C18N_OK)
            code = give_chunk(&walk, item, arg);
        if (code != C18N_OK || walk.last.length == 0)
            return code;
        walk.room = CHUNK;
        code = go_past(&walk);
    } while (code == C18N_OK);
    return code;
}
