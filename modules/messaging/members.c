/* members.c: who comes into a group listens to it, and who goes no longer does. Both are of module usergroups, whose
 * points these hooks hang on: they run in the transaction of the joining and the leaving. */
#include "messaging.h"

/** A group came to be: its founder listens from the first message on. */
int messaging_after_create(c18n_request *rq, const c18n_doc *subject, void *module)
{
    (void)module;
    const char *group = c18n_text(subject, "group"), *user = c18n_text(subject, "user");
    return group && user ? c18n_join(rq, user, group, 0) : C18N_OK;
}

static int dismiss(c18n_request *rq, const c18n_doc *membership, void *arg)
{
    return c18n_leave(rq, c18n_text(membership, "user"), arg, false);
}

/** A group was deleted: those who listen are told, and listen to it no longer. */
int messaging_after_delete(c18n_request *rq, const c18n_doc *subject, void *module)
{
    (void)module;
    const char *group = c18n_text(subject, "group");
    if (!group)
        return C18N_OK;
    const struct conversation conversation = {.id = group, .group = group};
    const c18n_publication publication = {.size = sizeof publication, .channel = group};
    const char *const match[] = {group, NULL};
    int code = c18n_publish(rq, &publication, messaging_frame(rq, &conversation, "left"));
    if (code != C18N_OK)
        return code;
    return c18n_each(rq, "group_members", MEMBERS_OF_GROUP, match, dismiss, (void *)(uintptr_t)group);
}

/** Somebody joined. Where they came in is kept, for a group whose history begins there; before it nothing is unread. */
int messaging_after_join(c18n_request *rq, const c18n_doc *subject, void *module)
{
    (void)module;
    const char *group = c18n_text(subject, "group"), *user = c18n_text(subject, "user");
    uint64_t last;
    if (!group || !user)
        return C18N_OK;
    int code = messaging_last(rq, group, &last);
    if (code != C18N_OK)
        return code;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "conversation", group);
    c18n_out_text(data, "user", user);
    c18n_out_integer(data, "seq", (int64_t)last);
    code = c18n_emit(rq, "messages.joined", messaging_pair(rq, group, user), group, data);
    return code == C18N_OK ? c18n_join(rq, user, group, last) : code;
}

/** Somebody left, or was made to: they are told, and that is the last they hear of the group. */
int messaging_after_leave(c18n_request *rq, const c18n_doc *subject, void *module)
{
    (void)module;
    const char *group = c18n_text(subject, "group"), *user = c18n_text(subject, "user");
    if (!group || !user)
        return C18N_OK;
    const struct conversation conversation = {.id = group, .group = group, .me = user};
    int code = messaging_tell_self(rq, user, messaging_frame(rq, &conversation, "left"));
    return code == C18N_OK ? c18n_leave(rq, user, group, c18n_boolean(subject, "lost", false)) : code;
}
