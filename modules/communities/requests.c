/* requests.c: who wants to join a restricted community, and what moderators say to it. */
#include "communities.h"

int communities_requests(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_page page = {
        .size = sizeof page,
        .view = "join_requests",
        .index = REQUESTS_OF_COMMUNITY,
        .match = {c18n_path(rq, "community")},
        .fields = communities_request_fields,
    };
    return c18n_reply_page(rq, &page);
}

/* The policy let a moderator of this community in; the pair makes sure that the request is one of it. */
static int find_request(c18n_request *rq)
{
    const c18n_doc *request;
    const char *pair = communities_pair(rq, c18n_path(rq, "community"), c18n_path(rq, "user"));
    return c18n_get(rq, "join_requests", pair, &request);
}

/* Whoever asked may have been deactivated since: then there is nobody to let in. */
int communities_accept_request(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "community"), *user = c18n_path(rq, "user");
    int code = find_request(rq);
    if (code != C18N_OK || (code = communities_person(rq, user)) != C18N_OK ||
        (code = communities_join(rq, id, user)) != C18N_OK)
        return code;
    return communities_reply(rq, id);
}

/* Declining is no ban: they may ask again. */
int communities_decline_request(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "community"), *user = c18n_path(rq, "user");
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "community", id);
    c18n_out_text(data, "user", user);
    int code = find_request(rq);
    if (code != C18N_OK ||
        (code = c18n_emit(rq, "subscriptions.declined", communities_pair(rq, id, user), id, data)) != C18N_OK)
        return code;
    return c18n_reply_empty(rq);
}
