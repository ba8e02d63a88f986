/* list.c: the messages of a conversation, by their numbers: newest first, or from a number on. */
#include "messaging.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LIMIT_DEFAULT = 10, LIMIT_MOST = 100 };

struct listing {
    struct conversation conversation;
    const c18n_doc *items[LIMIT_MOST + 1];
    uint64_t numbers[LIMIT_MOST + 1];
    uint32_t count, room; /* one more than is shown: whether it is there says whether there is a next page */
};

static int take(c18n_request *rq, const c18n_doc *message, void *arg)
{
    struct listing *listing = arg;
    const c18n_doc *shown = messaging_shown(rq, &listing->conversation, message);
    if (!shown)
        return C18N_NO_MEMORY;
    listing->numbers[listing->count] = (uint64_t)c18n_integer(message, "seq", 0);
    listing->items[listing->count++] = shown;
    return listing->count < listing->room ? C18N_OK : C18N_EXISTS;
}

static int refuse(c18n_request *rq, const char *what)
{
    return c18n_fail(rq, C18N_BAD_REQUEST, "bad_number", what);
}

/* A number of the query; *ret_number stays when it is absent. */
static int number_of(c18n_request *rq, const char *name, uint64_t *ret_number)
{
    const char *text = c18n_query(rq, name);
    char *end;
    if (!text)
        return C18N_OK;
    if (*text < '0' || *text > '9')
        return refuse(rq, "before and after are numbers of messages.");
    uint64_t number = strtoull(text, &end, 10);
    if (*end || number > UINT32_MAX * UINT64_C(1000))
        return refuse(rq, "before and after are numbers of messages.");
    *ret_number = number;
    return C18N_OK;
}

static int reply(c18n_request *rq, struct listing *listing, bool forwards)
{
    bool more = listing->count == listing->room;
    listing->count -= more;
    const char *next =
        more ? c18n_print(rq, "%s=%" PRIu64, forwards ? "after" : "before", listing->numbers[listing->count - 1])
             : NULL;
    if (more && !next)
        return C18N_NO_MEMORY;
    const c18n_list list = {
        .size = sizeof list,
        .count = listing->count,
        .items = listing->items,
        .fields = messaging_fields,
        .next = next,
    };
    return c18n_reply_list(rq, &list);
}

/** GET …/messages?before=|after=: `after` goes forwards. Deleted messages are among them, empty: a log has no gaps. */
int messaging_list(c18n_request *rq, void *module)
{
    (void)module;
    struct listing *listing = c18n_alloc(rq, sizeof *listing);
    const char *limit = c18n_query(rq, "limit");
    uint64_t before = UINT64_MAX, after = 0, begin;
    bool forwards = c18n_query(rq, "after") != NULL;
    if (!listing)
        return C18N_NO_MEMORY;
    int code = number_of(rq, "after", &after);
    if (code == C18N_OK)
        code = number_of(rq, "before", &before);
    if (code == C18N_OK)
        code = messaging_which(rq, &listing->conversation);
    if (code == C18N_OK)
        code = messaging_begin(rq, &listing->conversation, &begin);
    if (code != C18N_OK)
        return code;
    listing->room = (limit ? (uint32_t)strtoul(limit, NULL, 10) : LIMIT_DEFAULT) + 1; /* the host has judged it */
    uint64_t from = (after > begin ? after : begin) + 1;
    code = messaging_log(rq, listing->conversation.id, from, before, !forwards, take, listing);
    return code == C18N_OK || code == C18N_EXISTS ? reply(rq, listing, forwards) : code;
}
