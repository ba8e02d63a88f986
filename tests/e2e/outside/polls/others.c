/* others.c: what polls are to other modules and to files: a veto on posts, a service, import and export. */
#include "polls.h"

#include <string.h>

int polls_refuse_as_post(c18n_request *rq, const c18n_doc *post, void *module)
{
    (void)module;
    const char *content = c18n_text(post, "content");
    if (content && strncmp(content, "Poll:", 5) == 0)
        return c18n_fail_field(rq, C18N_INVALID, "content", "Open a poll instead of posting one.");
    return C18N_OK;
}

static int count_votes(c18n_self *self, c18n_request *rq, const char *poll, int64_t *ret_votes)
{
    (void)self;
    const c18n_doc *record;
    int code = c18n_get(rq, "polls", poll, &record);
    if (code == C18N_OK)
        *ret_votes = c18n_integer(record, "votes", 0);
    return code;
}

const struct polls_service polls_service = {sizeof polls_service, count_votes};

int polls_import(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module)
{
    return polls_emit_opened(rq, module, c18n_text(c18n_body(rq), "community"), c18n_text(c18n_body(rq), "by"), ret_id);
}

int polls_export(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module)
{
    (void)module;
    const c18n_doc *poll;
    int code = c18n_get(rq, "polls", event->resource, &poll);
    if (code != C18N_OK)
        return code;
    static const char *const members[] = {"community", "question", "choices", "created_on"};
    c18n_out_text(line, "kind", "poll");
    c18n_out_text(line, "ref", event->resource);
    c18n_out_raw(line, "by", c18n_raw(poll, "created_by"));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        c18n_out_raw(line, members[i], c18n_raw(poll, members[i]));
    return C18N_OK;
}
