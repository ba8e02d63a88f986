/* admission.c: what keeps somebody from writing: an archived group, a block, a request that waits, input that is wrong.
 */
#include "messaging.h"

#include <string.h>

/* More communities of one person than anybody is in; it bounds the search for a common one. */
enum { COMMUNITIES_MOST = 1000 };

struct common {
    const char *peer;
    size_t looked_at;
};

static int look_at(c18n_request *rq, const c18n_doc *membership, void *arg)
{
    struct common *common = arg;
    const c18n_doc *theirs;
    int code =
        c18n_get(rq, "memberships", messaging_pair(rq, c18n_text(membership, "community"), common->peer), &theirs);
    if (code == C18N_OK)
        return C18N_EXISTS;
    if (code != C18N_NOT_FOUND && code != C18N_GONE)
        return code;
    return ++common->looked_at < COMMUNITIES_MOST ? C18N_OK : C18N_GONE;
}

/* People of one community know each other well enough to write. */
static int are_strangers(c18n_request *rq, const struct conversation *conversation, bool *ret_strangers)
{
    const char *const match[] = {conversation->me, NULL};
    struct common common = {.peer = conversation->peer};
    int code = c18n_each(rq, "memberships", "user, created_on desc", match, look_at, &common);
    if (code != C18N_OK && code != C18N_EXISTS && code != C18N_GONE)
        return code;
    *ret_strangers = code != C18N_EXISTS;
    return C18N_OK;
}

static int admit_pending(c18n_request *rq, const struct messaging *messaging, uint64_t last)
{
    int64_t most = c18n_setting_integer(messaging->self, "stranger_messages");
    if (most == 0 || last < (uint64_t)most)
        return C18N_OK;
    return c18n_fail(rq, C18N_FORBIDDEN, "request_pending", "They have not accepted your messages yet.");
}

/* They have written before: as the two stand to each other now. */
static int admit_known(c18n_request *rq, const struct messaging *messaging, const struct conversation *conversation,
                       uint64_t last, struct admission *ret)
{
    const c18n_doc *mine, *theirs;
    int code = messaging_member(rq, conversation, conversation->me, &mine);
    if (code == C18N_OK)
        code = messaging_member(rq, conversation, conversation->peer, &theirs);
    if (code != C18N_OK)
        return code;
    if (messaging_same(messaging_status(theirs), "declined"))
        return c18n_fail(rq, C18N_FORBIDDEN, "declined", "They have declined your messages.");
    ret->pending = messaging_same(messaging_status(theirs), "request");
    ret->accepts =
        messaging_same(messaging_status(mine), "request") || messaging_same(messaging_status(mine), "declined");
    return ret->pending ? admit_pending(rq, messaging, last) : C18N_OK;
}

static int refuse_blocks(c18n_request *rq, const struct conversation *conversation)
{
    bool mine, theirs;
    int code = messaging_blocked(rq, conversation->me, conversation->peer, &mine);
    if (code == C18N_OK)
        code = messaging_blocked(rq, conversation->peer, conversation->me, &theirs);
    if (code != C18N_OK || (!mine && !theirs))
        return code;
    return c18n_fail(rq, C18N_FORBIDDEN, "blocked", mine ? "You have blocked them." : "They have blocked you.");
}

static int admit_direct(c18n_request *rq, const struct messaging *messaging, const struct conversation *conversation,
                        uint64_t last, struct admission *ret)
{
    const c18n_doc *person;
    int code = c18n_get(rq, "users", conversation->peer, &person);
    if (code != C18N_OK || messaging_same(conversation->me, conversation->peer))
        return code;
    code = refuse_blocks(rq, conversation);
    if (code == C18N_OK && last == 0) {
        code = are_strangers(rq, conversation, &ret->stranger);
        ret->pending = ret->stranger;
        return code;
    }
    return code == C18N_OK ? admit_known(rq, messaging, conversation, last, ret) : code;
}

/** May the caller write there now? Says how the people stand. `last` is the log's last number. */
int messaging_admit(c18n_request *rq, const struct messaging *messaging, const struct conversation *conversation,
                    uint64_t last, struct admission *ret_admission)
{
    struct admission admission = {.first = last == 0};
    int code;
    if (conversation->group) {
        code = c18n_get(rq, "usergroups", conversation->group, &admission.group);
        if (code == C18N_OK)
            code = messaging_refuse_archived(rq, admission.group);
    } else {
        code = admit_direct(rq, messaging, conversation, last, &admission);
    }
    if (code == C18N_OK)
        *ret_admission = admission;
    return code;
}

/* --- input --- */

/** Without words a message must have something else to show: the media of `with`. */
int messaging_refuse_empty(c18n_request *rq, const char *content, const c18n_doc *with)
{
    const char *const *media;
    if ((content && content[strspn(content, " \t\r\n")] != '\0') || c18n_texts(with, "media", &media) > 0)
        return C18N_OK;
    return c18n_fail_field(rq, C18N_INVALID, "content", "must not be empty without media");
}

static int no_such_media(c18n_request *rq)
{
    return c18n_fail(rq, C18N_INVALID, "no_such_media", "You have no image or video with this id.");
}

/* People share what they have brought themselves. */
static int judge_media(c18n_request *rq, const struct messaging *messaging)
{
    const char *const *ids;
    size_t count = c18n_texts(c18n_body(rq), "media", &ids);
    if (count > 0 && !c18n_find_service(messaging->self, "media.v1"))
        return no_such_media(rq);
    for (size_t i = 0; i < count; i++) {
        const c18n_doc *media;
        int code = c18n_get(rq, "media", ids[i], &media);
        if (code != C18N_OK)
            return code == C18N_NOT_FOUND || code == C18N_GONE ? no_such_media(rq) : code;
        if (!messaging_same(c18n_text(media, "by"), c18n_who(rq)->user))
            return no_such_media(rq);
    }
    return C18N_OK;
}

/* What was deleted can still be answered: whoever answers may not have learned of it. */
static int judge_reply(c18n_request *rq, const struct conversation *conversation)
{
    const char *const match[] = {c18n_text(c18n_body(rq), "reply_to"), NULL};
    const c18n_doc *message;
    uint64_t begin;
    if (!match[0])
        return C18N_OK;
    int code = c18n_find(rq, "messages", MESSAGES_BY_ID, match, &message);
    bool there = code == C18N_OK || code == C18N_GONE;
    if (!there && code != C18N_NOT_FOUND)
        return code;
    if ((code = messaging_begin(rq, conversation, &begin)) != C18N_OK)
        return code;
    if (there && messaging_same(c18n_text(message, "conversation"), conversation->id) &&
        (uint64_t)c18n_integer(message, "seq", 0) > begin)
        return C18N_OK;
    return c18n_fail_field(rq, C18N_INVALID, "reply_to", "is no message of this conversation");
}

/** What the field table can't judge. */
int messaging_judge(c18n_request *rq, const struct messaging *messaging, const struct conversation *conversation)
{
    int code = messaging_refuse_empty(rq, c18n_text(c18n_body(rq), "content"), c18n_body(rq));
    if (code == C18N_OK)
        code = judge_media(rq, messaging);
    return code == C18N_OK ? judge_reply(rq, conversation) : code;
}
