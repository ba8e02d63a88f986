/* search.c: a page of search hits. The index says what fits best; the views say what may be shown: every
 * hit is read again, so what was erased or hidden meanwhile is never answered. */
#include "api/cursor.h"
#include "api/list.h"
#include "api/problem.h"
#include "api/reply.h"
#include "api/state.h"
#include "base/crumb.h"

#include <string.h>

enum {
    DEPTH_MAX = 1000, /* hits that paging goes down to */
    BATCH_MAX = 101,  /* one page and the hit after it */
    WAIT_MS = 500,
};

struct hits {
    struct search *search;
    size_t count;
    char ids[BATCH_MAX][C18N_ID_SIZE];
};

struct search {
    struct list list;
    const c18n_search *declared;
    const c18n_service *index;
    uint64_t start, offset; /* of the page's first hit, and of the next one to look at */
    bool more;
};

static int take_hit(void *arg, const char *id)
{
    struct hits *hits = arg;
    if (hits->count == BATCH_MAX)
        return C18N_AGAIN;
    size_t length = strnlen(id, C18N_ID_SIZE);
    if (length == C18N_ID_SIZE) /* no id of ours */
        return C18N_OK;
    memcpy(hits->ids[hits->count++], id, length + 1);
    return C18N_OK;
}

static int ask_index(struct search *search, struct hits *ret_hits)
{
    const c18n_search *declared = search->declared;
    const c18n_index *index = search->index->functions;
    c18n_index_query query = {
        .size = sizeof query,
        .collection = declared->view,
        .words = declared->query ? declared->query : "",
        .in = declared->in,
        .filter_name = declared->filter_name,
        .filter_value = declared->filter_value,
        .offset = (uint32_t)search->offset,
        .limit = (uint32_t)(search->list.limit + 1),
    };
    ret_hits->count = 0;
    crumb_enter(search->index->provider->id, "search", "index.v1");
    int code = index->search(search->index->provider, &query, take_hit, ret_hits);
    crumb_leave();
    return code;
}

/* C18N_OK: shown. C18N_AGAIN: there is room for no more. Anything else: passed over. */
static int show(struct search *search, const char *id)
{
    const c18n_search *declared = search->declared;
    struct request *request = search->list.request;
    c18n_request *rq = request_pub(request);
    const c18n_doc *record;
    if (views_family.get(rq, declared->view, id, &record) != C18N_OK)
        return C18N_NOT_FOUND;
    if (!list_keeps(request, declared->keep, record, declared->arg))
        return C18N_NOT_FOUND;
    if (search->list.count == search->list.limit || (search->offset > search->start && list_is_full(&search->list)))
        return C18N_AGAIN;
    return list_record(&search->list, &declared->fields, record);
}

static int fill(struct search *search)
{
    struct hits *hits = arena_alloc(search->list.request->arena, sizeof *hits);
    if (!hits)
        return C18N_NO_MEMORY;
    do {
        int code = ask_index(search, hits);
        if (code != C18N_OK && code != C18N_AGAIN)
            return code;
        for (size_t i = 0; i < hits->count; i++, search->offset++) {
            search->more = show(search, hits->ids[i]) == C18N_AGAIN;
            if (search->more)
                return C18N_OK;
        }
    } while (hits->count > search->list.limit && search->offset < DEPTH_MAX);
    return C18N_OK;
}

static int begin(struct search *search, struct request *request)
{
    struct data *data = request->server->data;
    int code = list_begin(&search->list, request);
    if (code == C18N_OK)
        code = cursor_open_number(request, CURSOR_OFFSET, &search->start);
    search->offset = search->start;
    if (code != C18N_OK)
        return code;
    search->index = data_index(data);
    if (!search->index)
        return problem_note(request, C18N_UNAVAILABLE, "search_unavailable", "This server has no search index.");
    /* People look for what they have just written. An index that is behind answers what it has. */
    (void)data_index_wait(data, data_position(data), WAIT_MS);
    return C18N_OK;
}

int reply_search(c18n_request *rq, const c18n_search *declared)
{
    struct request *request = request_of(rq);
    struct search search = {.declared = declared};
    int code = begin(&search, request);
    if (code != C18N_OK)
        return code;
    code = fill(&search);
    if (code == C18N_UNAVAILABLE || code == C18N_TIMEOUT || code == C18N_IO)
        return problem_note(request, C18N_UNAVAILABLE, "search_unavailable", "Search is down. Try again later.");
    if (code != C18N_OK)
        return code;
    if (search.more && search.offset < DEPTH_MAX) {
        search.list.next = cursor_seal_number(request, CURSOR_OFFSET, search.offset);
        if (!search.list.next)
            return C18N_NO_MEMORY;
    }
    return list_end(&search.list);
}
