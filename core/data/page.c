#include "data/page.h"

#include "base/json.h"
#include "base/log.h"
#include "c18n/log.h"
#include "data/between.h"
#include "data/changes.h"
#include "data/index_key.h"

enum { CHUNK_FIRST = 12, CHUNK = 64 }; /* a page of ten and the look past its end is one chunk */

/* The record's text from the storage, in the arena. */
static int record_fetch(struct request *request, const struct view *view, c18n_bytes id, c18n_bytes *ret_text)
{
    c18n_bytes value;
    int code = scope_get(request->scope, view->slot, id, &value);
    if (code != C18N_OK)
        return code;
    *ret_text = (c18n_bytes){arena_copy(request->arena, value.at, value.length), value.length};
    if (!ret_text->at)
        return C18N_NO_MEMORY;
    return record_is_deleted(&(c18n_doc){.text = ret_text->at, .length = value.length}) ? C18N_GONE : C18N_OK;
}

/* What is committed may be in the cache. The writer's transaction sees what isn't committed yet. */
static int record_find(struct request *request, const struct view *view, c18n_bytes id, c18n_bytes *ret_text)
{
    const struct data_scope *scope = request->scope;
    struct cache *cache = scope->data->cache;
    if (scope->writing)
        return record_fetch(request, view, id, ret_text);
    int code = cache_get(cache, scope->since, view->slot, id, request->arena, ret_text);
    if (code != C18N_AGAIN)
        return code;
    code = record_fetch(request, view, id, ret_text);
    if (code == C18N_OK || code == C18N_GONE || code == C18N_NOT_FOUND)
        cache_put(cache, scope->since, view->slot, id, code, code == C18N_NOT_FOUND ? (c18n_bytes){0} : *ret_text);
    return code;
}

int record_read(struct request *request, const struct view *view, c18n_bytes id, const c18n_doc **ret_record)
{
    c18n_bytes text;
    int code = record_find(request, view, id, &text);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    const c18n_doc *record = json_trusted(request->head.host, request->arena, text.at, text.length);
    if (!record)
        return C18N_NO_MEMORY;
    ((struct doc *)(uintptr_t)record)->view = view->declared.name;
    *ret_record = record;
    return code;
}

/* --- along an index --- */

struct entry {
    c18n_bytes key, id;
};

struct walk {
    struct request *request;
    const struct view *view;
    const struct view_index *index;
    struct text from, until; /* until.length 0: to the end */
    bool deleted_too;
    int (*item)(void *arg, const c18n_doc *record, c18n_bytes key);
    void *arg;
    struct entry *entries;
    size_t count, room;
};

static bool copy_bytes(struct arena *arena, c18n_bytes bytes, c18n_bytes *ret_copy)
{
    *ret_copy = (c18n_bytes){arena_copy(arena, bytes.at, bytes.length), bytes.length};
    return ret_copy->at != NULL;
}

static int take_row(void *arg, c18n_bytes key, c18n_bytes value)
{
    struct walk *walk = arg;
    struct entry *entry = &walk->entries[walk->count];
    if (!copy_bytes(walk->request->arena, key, &entry->key) || !copy_bytes(walk->request->arena, value, &entry->id))
        return C18N_NO_MEMORY;
    walk->count++;
    return walk->count == walk->room ? C18N_AGAIN : C18N_OK;
}

/* Rows first, records after: a storage walks a range or looks up a key, not both at once. */
static int take_chunk(struct walk *walk)
{
    c18n_range range = {.from = {walk->from.at, walk->from.length}, .until = {walk->until.at, walk->until.length}};
    walk->count = 0;
    int code = scope_scan(walk->request->scope, walk->index->slot, &range, take_row, walk);
    return code == C18N_AGAIN ? C18N_OK : code;
}

static int give_entry(struct walk *walk, const struct entry *entry)
{
    const c18n_doc *record = NULL;
    int code = record_read(walk->request, walk->view, entry->id, &record);
    if (code == C18N_NOT_FOUND) {
        log_line(C18N_LOG_ERROR, "data", "%s: the index %s has a row of %.*s, which is not there; run c18nctl verify",
                 walk->view->declared.name, walk->index->declared, (int)entry->id.length, (const char *)entry->id.at);
        return C18N_CORRUPT;
    }
    if (code == C18N_GONE && !walk->deleted_too)
        return C18N_OK;
    return code == C18N_OK || code == C18N_GONE ? walk->item(walk->arg, record, entry->key) : code;
}

/* The smallest key after one: itself and a zero byte. */
static int go_past(struct walk *walk, c18n_bytes key)
{
    struct text from;
    text_init(&from, walk->request->arena, 0);
    text_add(&from, key.at, key.length);
    text_add_char(&from, '\0');
    walk->from = from;
    return from.failed ? C18N_NO_MEMORY : C18N_OK;
}

static int walk_run(struct walk *walk)
{
    int code = C18N_OK;
    walk->room = CHUNK_FIRST;
    walk->entries = arena_alloc(walk->request->arena, CHUNK * sizeof *walk->entries);
    if (!walk->entries)
        return C18N_NO_MEMORY;
    do {
        code = take_chunk(walk);
        size_t count = walk->count, room = walk->room;
        for (size_t i = 0; i < count && code == C18N_OK; i++)
            code = give_entry(walk, &walk->entries[i]);
        if (code != C18N_OK || count < room)
            break;
        walk->room = CHUNK;
        code = go_past(walk, walk->entries[count - 1].key);
    } while (code == C18N_OK);
    return code == C18N_AGAIN ? C18N_OK : code;
}

static void past_all_with(struct text *until, const struct text *prefix)
{
    until->length = 0;
    text_add(until, prefix->at, prefix->length);
    if (!until->failed && !index_successor((uint8_t *)until->at, &until->length))
        until->length = 0;
}

/* A bug of the module that asks; what there is stands beside it, since it is most often misspelt. */
static int tell_no_index(const struct request *request, const struct view *view, const char *view_name,
                         const char *index)
{
    const char *who = request->head.self ? request->head.self->id : "data";
    if (!view)
        log_line(C18N_LOG_ERROR, who, "there is no view %s", view_name ? view_name : "(null)");
    else
        log_line(C18N_LOG_ERROR, who, "view %s has no index \"%s\"; it has \"%s\"", view_name, index ? index : "(null)",
                 view->declared.indexes ? view->declared.indexes : "");
    return C18N_INVALID;
}

static int walk_begin(struct walk *walk, struct request *request, const char *view, const char *index,
                      const char *const *match, int64_t since)
{
    struct data_scope *scope = request->scope;
    if (!scope)
        return C18N_ERROR;
    walk->request = request;
    walk->view = views_find(&scope->data->views, view);
    walk->index = walk->view ? view_index_find(walk->view, index) : NULL;
    if (!walk->index)
        return tell_no_index(request, walk->view, view, index);
    size_t columns;
    text_init(&walk->from, request->arena, 0);
    text_init(&walk->until, request->arena, 0);
    int code = index_prefix(walk->index, match, &walk->from, &columns);
    if (code != C18N_OK)
        return code;
    past_all_with(&walk->until, &walk->from);
    if (since > 0 && columns < walk->index->column_count) {
        const struct view_column *column = &walk->index->columns[columns];
        struct text bound;
        text_init(&bound, request->arena, 0);
        text_add(&bound, walk->from.at, walk->from.length);
        index_number(column, (double)since, &bound);
        if (column->descending)
            past_all_with(&walk->until, &bound);
        else
            walk->from = bound;
    }
    return walk->from.failed || walk->until.failed ? C18N_NO_MEMORY : C18N_OK;
}

static bool is_before(const struct text *bound, c18n_bytes key)
{
    size_t common = bound->length < key.length ? bound->length : key.length;
    int order = common ? memcmp(bound->at, key.at, common) : 0;
    return order < 0 || (order == 0 && bound->length <= key.length);
}

int data_page(struct request *request, const struct data_page *page)
{
    struct walk walk = {.item = page->item, .arg = page->arg};
    int code = walk_begin(&walk, request, page->view, page->index, page->match, page->since);
    if (code == C18N_OK && page->after.length > 0 && is_before(&walk.from, page->after))
        code = go_past(&walk, page->after);
    return code == C18N_OK ? walk_run(&walk) : code;
}

/* --- views_family --- */

int record_view(struct request *request, const char *name, const struct view **ret_view)
{
    const struct view *view = request->scope ? views_find(&request->scope->data->views, name) : NULL;
    if (!view) {
        log_line(C18N_LOG_ERROR, request->head.self ? request->head.self->id : "data", "%s %s%s",
                 request->scope ? "there is no view" : "the view", name ? name : "(null)",
                 request->scope ? "" : " can't be read here: an INLINE handler and `init` read none");
        return request->scope ? C18N_INVALID : C18N_ERROR;
    }
    *ret_view = view;
    return C18N_OK;
}

static int views_get(c18n_request *rq, const char *view_name, const char *id, const c18n_doc **ret_record)
{
    const struct view *view;
    struct request *request = request_of(rq);
    int code = record_view(request, view_name, &view);
    if (code != C18N_OK)
        return code;
    return id && *id ? record_read(request, view, bytes_of(id), ret_record) : C18N_NOT_FOUND;
}

static int take_first(void *arg, const c18n_doc *record, c18n_bytes key)
{
    (void)key;
    *(const c18n_doc **)arg = record;
    return C18N_AGAIN;
}

static int views_find_first(c18n_request *rq, const char *view, const char *index, const char *const *match,
                            const c18n_doc **ret_record)
{
    const c18n_doc *record = NULL;
    struct walk walk = {.item = take_first, .arg = &record, .deleted_too = true};
    int code = walk_begin(&walk, request_of(rq), view, index, match, 0);
    if (code == C18N_OK)
        code = walk_run(&walk);
    if (code != C18N_OK)
        return code;
    if (!record)
        return C18N_NOT_FOUND;
    *ret_record = record;
    return record_is_deleted(record) ? C18N_GONE : C18N_OK;
}

struct each {
    c18n_request *rq;
    int (*item)(c18n_request *rq, const c18n_doc *record, void *arg);
    void *arg;
    int code; /* the module's own */
};

static int each_item(void *arg, const c18n_doc *record, c18n_bytes key)
{
    struct each *each = arg;
    (void)key;
    each->code = each->item(each->rq, record, each->arg);
    return each->code == C18N_OK ? C18N_OK : C18N_AGAIN;
}

static int views_each(c18n_request *rq, const char *view, const char *index, const char *const *match,
                      int (*item)(c18n_request *rq, const c18n_doc *record, void *arg), void *arg)
{
    struct each each = {.rq = rq, .item = item, .arg = arg};
    struct walk walk = {.item = each_item, .arg = &each};
    int code = walk_begin(&walk, request_of(rq), view, index, match, 0);
    if (code == C18N_OK)
        code = walk_run(&walk);
    return code == C18N_OK ? each.code : code;
}

const c18n_views_family views_family = {
    .family = {sizeof views_family, C18N_ABI_MINOR},
    .put = changes_put,
    .patch = changes_patch,
    .add = changes_add,
    .remove = changes_remove,
    .get = views_get,
    .find = views_find_first,
    .each = views_each,
    .each_between = views_each_between,
};
