/* page.c: a page of a view. One walk of an index; the item after the last one says whether there is more. */
#include "api/cursor.h"
#include "api/list.h"
#include "api/reply.h"
#include "api/state.h"
#include "base/crumb.h"

#include <string.h>

/* Records that `keep` or `instead` may pass over in one page. Beyond it the page ends early, with a
 * cursor: a list of which the caller may see little costs many short pages, not one endless walk. */
enum { SKIPPED_MAX = 1000, KEY_KEPT = 512 };

struct page {
    struct list list;
    const c18n_page *declared;
    size_t skipped;
    bool more;
    size_t key_length;
    uint8_t *key, room[KEY_KEPT]; /* of the last record that this page took or passed over */
};

/* Members that a later minor appends are absent in what an older module hands over. */
#define PAGE_HAS(page, member) ((page)->size >= offsetof(c18n_page, member) + sizeof((page)->member))

static int remember(struct page *page, c18n_bytes key)
{
    page->key = page->room;
    if (key.length > sizeof page->room) {
        page->key = arena_alloc(page->list.request->arena, key.length);
        if (!page->key)
            return C18N_NO_MEMORY;
    }
    memcpy(page->key, key.at, key.length);
    page->key_length = key.length;
    return C18N_OK;
}

/* The record to show; NULL: none. */
static const c18n_doc *chosen(struct page *page, const c18n_doc *record)
{
    const c18n_page *declared = page->declared;
    struct request *request = page->list.request;
    if (!list_keeps(request, declared->keep, record, declared->arg))
        return NULL;
    if (!declared->instead)
        return record;
    list_call(request, "instead");
    const c18n_doc *shown = declared->instead(request_pub(request), record, declared->arg);
    crumb_leave();
    return shown;
}

static int take(void *arg, const c18n_doc *record, c18n_bytes key)
{
    struct page *page = arg;
    const c18n_doc *shown = chosen(page, record);
    if ((page->key && list_is_full(&page->list)) || (shown && page->list.count == page->list.limit)) {
        page->more = true; /* the cursor stays at the record before */
        return C18N_AGAIN;
    }
    if (shown) {
        if (list_record(&page->list, &page->declared->fields, shown) != C18N_OK)
            return C18N_AGAIN;
    } else {
        page->skipped++;
    }
    int code = remember(page, key);
    if (code != C18N_OK || page->skipped < SKIPPED_MAX)
        return code;
    page->more = true;
    return C18N_AGAIN;
}

static int walk(struct page *page)
{
    const char *match[sizeof page->declared->match / sizeof *page->declared->match + 1] = {NULL};
    struct data_page walked = {
        .view = page->declared->view,
        .index = page->declared->index,
        .match = match,
        .since = PAGE_HAS(page->declared, since) ? page->declared->since : 0,
        .item = take,
        .arg = page,
    };
    for (size_t i = 0; i + 1 < sizeof match / sizeof *match && page->declared->match[i]; i++)
        match[i] = page->declared->match[i];
    int code = cursor_open(page->list.request, CURSOR_INDEX, &walked.after);
    return code == C18N_OK ? data_page(page->list.request, &walked) : code;
}

int reply_page(c18n_request *rq, const c18n_page *declared)
{
    struct request *request = request_of(rq);
    struct page page = {.declared = declared};
    int code = list_begin(&page.list, request);
    if (code == C18N_OK)
        code = walk(&page);
    if (code != C18N_OK)
        return code;
    if (page.more) {
        page.list.next = cursor_seal(request, CURSOR_INDEX, (c18n_bytes){page.key, page.key_length});
        if (!page.list.next)
            return C18N_NO_MEMORY;
    }
    return list_end(&page.list);
}
