/* reply_list.c: a page of a list that the module has put together. No index keeps it, so the module hands over all of
 * it each time, and its own keys say where a page ends: a page begins behind a key, also when that item is gone by
 * then. */
#include "api/cursor.h"
#include "api/list.h"
#include "api/reply.h"
#include "base/crumb.h"
#include "base/log.h"
#include "c18n/log.h"

#include <string.h>

enum { ITEMS_MAX = 4096 };

/* Members that a module of an earlier build of this minor lacks are absent. */
#define LIST_HAS(list, member) ((list)->size >= offsetof(c18n_list, member) + sizeof((list)->member))

static bool pages_itself(const c18n_list *declared)
{
    return !declared->keys && LIST_HAS(declared, next);
}

/* A bug of the module: what it hands over doesn't come from a client. */
static int tell(const struct request *request, const char *what)
{
    log_line(C18N_LOG_ERROR, request->head.self ? request->head.self->id : "api", "c18n_reply_list: %s", what);
    return C18N_INVALID;
}

static int judge(const struct request *request, const c18n_list *declared)
{
    if (declared->count > ITEMS_MAX)
        return tell(request, "more than 4,096 items");
    for (uint32_t i = 0; i < declared->count; i++) {
        if (!declared->items[i])
            return tell(request, "an item without a record");
        if (pages_itself(declared))
            continue;
        if (!declared->keys || !declared->keys[i] || strlen(declared->keys[i]) >= CURSOR_KEY_MAX)
            return tell(request, "an item without a key of less than 4,096 bytes");
        if (i > 0 && strcmp(declared->keys[i - 1], declared->keys[i]) >= 0)
            return tell(request, "the keys are not in strictly ascending order");
    }
    return C18N_OK;
}

/* The first item whose key is behind another. */
static uint32_t place_behind(const c18n_list *declared, const char *key)
{
    uint32_t low = 0, high = declared->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(declared->keys[middle], key) > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static const c18n_doc *shown(struct request *request, const c18n_list *declared, const c18n_doc *item)
{
    if (!LIST_HAS(declared, arg) || !declared->show)
        return item;
    list_call(request, "show");
    const c18n_doc *doc = declared->show(request_pub(request), item, declared->arg);
    crumb_leave();
    return doc;
}

static int add(struct list *list, const c18n_list *declared, const c18n_doc *item)
{
    const c18n_doc *doc = shown(list->request, declared, item);
    if (!doc) {
        list->failed = C18N_NO_MEMORY;
        return C18N_AGAIN;
    }
    return list_record(list, &declared->fields, doc);
}

/* "before=42" */
static int fill_own_page(struct list *list, const c18n_list *declared)
{
    for (uint32_t i = 0; i < declared->count; i++)
        if (add(list, declared, declared->items[i]) != C18N_OK)
            return C18N_OK; /* list_end tells */
    const char *equals = declared->next ? strchr(declared->next, '=') : NULL;
    if (!equals)
        return declared->next ? tell(list->request, "`next` is no parameter") : C18N_OK;
    list->next_name = arena_copy(list->request->arena, declared->next, (size_t)(equals - declared->next));
    list->next = equals + 1;
    return list->next_name ? C18N_OK : C18N_NO_MEMORY;
}

static int fill(struct list *list, const c18n_list *declared, uint32_t at)
{
    uint32_t first = at;
    while (at < declared->count && list->count < list->limit && !(at > first && list_is_full(list)))
        if (add(list, declared, declared->items[at++]) != C18N_OK)
            return C18N_OK; /* list_end tells */
    if (at == declared->count)
        return C18N_OK;
    const char *key = declared->keys[at - 1]; /* with its NUL, so that no key is empty */
    list->next = cursor_seal(list->request, CURSOR_KEY, (c18n_bytes){key, strlen(key) + 1});
    return list->next ? C18N_OK : C18N_NO_MEMORY;
}

int reply_list(c18n_request *rq, const c18n_list *declared)
{
    struct list list;
    c18n_bytes after = {NULL, 0};
    struct request *request = request_of(rq);
    int code = judge(request, declared);
    if (code == C18N_OK)
        code = list_begin(&list, request);
    if (code == C18N_OK && pages_itself(declared)) {
        code = fill_own_page(&list, declared);
        return code == C18N_OK ? list_end(&list) : code;
    }
    if (code == C18N_OK)
        code = cursor_open(request, CURSOR_KEY, &after);
    if (code == C18N_OK)
        code = fill(&list, declared, after.at ? place_behind(declared, after.at) : 0);
    return code == C18N_OK ? list_end(&list) : code;
}
