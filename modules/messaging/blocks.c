/* blocks.c: a person blocks another: neither writes to the other any more. Groups are not affected. */
#include "messaging.h"

/** Has `by` blocked `user`? */
int messaging_blocked(c18n_request *rq, const char *by, const char *user, bool *ret_blocked)
{
    const c18n_doc *block;
    const char *pair = messaging_pair(rq, by, user);
    int code = *pair ? c18n_get(rq, "blocks", pair, &block) : C18N_NO_MEMORY;
    if (code != C18N_OK && code != C18N_NOT_FOUND)
        return code;
    *ret_blocked = code == C18N_OK;
    return C18N_OK;
}

/** Has one of the two blocked the other? */
int messaging_apart(c18n_request *rq, const char *me, const char *peer, bool *ret_apart)
{
    bool apart = false;
    int code = messaging_blocked(rq, me, peer, &apart);
    if (code == C18N_OK && !apart)
        code = messaging_blocked(rq, peer, me, &apart);
    if (code == C18N_OK)
        *ret_apart = apart;
    return code;
}

static int record_block(c18n_request *rq, const char *event, const char *user)
{
    const char *me = c18n_who(rq)->user;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "by", me);
    c18n_out_text(data, "user", user);
    return c18n_emit(rq, event, messaging_pair(rq, me, user), me, data);
}

/* No socket of either is told any more that the other types or reads. */
static int part(c18n_request *rq, const char *me, const char *peer)
{
    const char *mine = messaging_channel(rq, me, peer), *theirs = messaging_channel(rq, peer, me);
    if (!mine || !theirs)
        return C18N_NO_MEMORY;
    int code = c18n_leave(rq, me, mine, false);
    return code == C18N_OK ? c18n_leave(rq, peer, theirs, false) : code;
}

/** PUT /users/UID/block. Twice is once. */
int messaging_block(c18n_request *rq, void *module)
{
    (void)module;
    const char *me = c18n_who(rq)->user, *user = c18n_path(rq, "user"), *pair = messaging_pair(rq, me, user);
    const c18n_doc *record;
    int code = c18n_get(rq, "users", user, &record);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    if (messaging_same(me, user))
        return c18n_fail(rq, C18N_CONFLICT, "self", "You can't block yourself.");
    code = c18n_get(rq, "blocks", pair, &record);
    if (code == C18N_NOT_FOUND) {
        code = record_block(rq, "messages.blocked", user);
        if (code == C18N_OK)
            code = part(rq, me, user);
        if (code == C18N_OK)
            code = c18n_get(rq, "blocks", pair, &record);
    }
    return code == C18N_OK ? c18n_reply_record(rq, NULL, messaging_block_fields, record) : code;
}

static int join(c18n_request *rq, const char *me, const char *peer)
{
    const char *channel = messaging_channel(rq, me, peer);
    return channel ? c18n_join(rq, me, channel, UINT64_MAX) : C18N_NO_MEMORY;
}

/* They listen to each other again from now on, if they did before. */
static int rejoin(c18n_request *rq, const char *me, const char *peer)
{
    struct conversation conversation;
    const c18n_doc *mine, *theirs;
    bool apart;
    int code = messaging_apart(rq, me, peer, &apart);
    if (code == C18N_OK && !apart)
        code = messaging_direct(rq, me, peer, &conversation);
    if (code != C18N_OK || apart)
        return code;
    if ((code = messaging_member(rq, &conversation, me, &mine)) != C18N_OK ||
        (code = messaging_member(rq, &conversation, peer, &theirs)) != C18N_OK)
        return code;
    if (messaging_listens(mine))
        code = join(rq, me, peer);
    if (code == C18N_OK && messaging_listens(theirs))
        code = join(rq, peer, me);
    return code;
}

/** DELETE /users/UID/block. Who was not blocked is not. */
int messaging_unblock(c18n_request *rq, void *module)
{
    (void)module;
    const char *me = c18n_who(rq)->user, *user = c18n_path(rq, "user");
    bool blocked;
    int code = messaging_blocked(rq, me, user, &blocked);
    if (code == C18N_OK && blocked)
        code = record_block(rq, "messages.unblocked", user);
    if (code == C18N_OK && blocked)
        code = rejoin(rq, me, user);
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

/** GET /blocks */
int messaging_blocks(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_page page = {
        .size = sizeof page,
        .view = "blocks",
        .index = BLOCKS_OF_USER,
        .match = {c18n_who(rq)->user},
        .fields = messaging_block_fields,
    };
    return c18n_reply_page(rq, &page);
}
