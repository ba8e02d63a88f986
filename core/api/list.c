/* list.c: the frame of every array that is answered. */
#include "api/list.h"

#include "api/etag.h"
#include "api/query.h"
#include "api/record.h"
#include "api/reply.h"
#include "api/url.h"
#include "base/crumb.h"

int list_begin(struct list *list, struct request *request)
{
    *list = (struct list){.request = request,
                          .used_before = arena_used(request->arena),
                          .first = query_find(request, "after") == NULL,
                          .next_name = "after"};
    text_init(&list->text, request->arena, 0);
    text_reserve(&list->text, 4096);
    return query_limit(request, &list->limit);
}

void list_item(struct list *list)
{
    text_add_char(&list->text, list->count++ == 0 ? '[' : ',');
}

int list_record(struct list *list, const c18n_table *fields, const c18n_doc *record)
{
    list_item(list);
    list->failed = record_add(list->request, &list->text, fields, record);
    return list->failed == C18N_OK ? C18N_OK : C18N_AGAIN;
}

bool list_is_full(const struct list *list)
{
    return arena_used(list->request->arena) - list->used_before >= LIST_MEMORY_MAX;
}

void list_call(const struct request *request, const char *stage)
{
    crumb_enter(request->head.self ? request->head.self->id : NULL, stage,
                request->route ? request->route->called : NULL);
}

bool list_keeps(struct request *request, int (*keep)(c18n_request *rq, const c18n_doc *record, void *arg),
                const c18n_doc *record, void *arg)
{
    if (!keep)
        return true;
    list_call(request, "keep");
    int code = keep(request_pub(request), record, arg);
    crumb_leave();
    return code == C18N_OK;
}

int list_end(struct list *list)
{
    struct request *request = list->request;
    if (list->failed != C18N_OK)
        return list->failed;
    text_add_text(&list->text, list->count == 0 ? "[]" : "]");
    if (list->text.failed)
        return C18N_NO_MEMORY;
    const char *body = text_end(&list->text);
    reply_body(request, 200, body, list->text.length);
    if (list->next) {
        const char *link = url_next_link(request, list->next_name, list->next);
        int code = link ? reply_header(request, "Link", link) : C18N_NO_MEMORY;
        if (code != C18N_OK)
            return code;
    }
    return list->first ? etag_reply(request, etag_make(request->arena, NULL, body, list->text.length)) : C18N_OK;
}
