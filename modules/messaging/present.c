/* present.c: others learn who is there. A lease in the cache says so for as long as this server lives and renews it; so
 * every server can be asked, and nobody stays online by a crash. */
#include "messaging.h"
#include "presence.h"

#include <stdlib.h>
#include <string.h>

enum {
    LEASE_MS = 60000, /* longer than a round of renewals */
    RENEWALS_MOST = 10000,
    GROUPS_MOST = 256,   /* of one person, that are told */
    PRESENT_MOST = 4096, /* of one group, that are listed */
};

/* --- leases --- */

static c18n_bytes lease_key(c18n_request *rq, const char *user)
{
    const char *key = c18n_print(rq, "presence/%s", user);
    return (c18n_bytes){key, key ? strlen(key) : 0};
}

/* A cache may fail or forget: then others see them as away until the next round. */
static void set_lease(c18n_request *rq, const struct messaging *messaging, const char *user, bool online)
{
    if (!messaging->cache)
        return;
    const c18n_cache *cache = messaging->cache->functions;
    c18n_bytes key = lease_key(rq, user);
    if (!key.at)
        return;
    if (online)
        (void)cache->put(messaging->cache->provider, key, (c18n_bytes){"1", 1}, LEASE_MS);
    else
        (void)cache->remove(messaging->cache->provider, key);
}

static bool has_lease(c18n_request *rq, const struct messaging *messaging, const char *user)
{
    char value[8];
    size_t length;
    c18n_bytes key = lease_key(rq, user);
    if (!messaging->cache || !key.at)
        return false;
    const c18n_cache *cache = messaging->cache->functions;
    return cache->get(messaging->cache->provider, key, value, sizeof value, &length) == C18N_OK;
}

static int renew(c18n_request *rq, const struct messaging *messaging)
{
    char(*users)[C18N_ID_SIZE] = c18n_alloc(rq, RENEWALS_MOST * sizeof *users);
    if (!users)
        return C18N_NO_MEMORY;
    size_t count = presence_round(messaging->presence, users, RENEWALS_MOST);
    for (size_t i = 0; i < count; i++)
        set_lease(rq, messaging, users[i], true);
    return C18N_OK;
}

/* --- telling --- */

struct audience {
    int64_t members_most;
    const char *channels[GROUPS_MOST + 1]; /* NULL-terminated */
    size_t count;
};

/* In a large group each that comes would be told to all the others: at a reconnect of all that is a square. */
static int add_group(c18n_request *rq, const c18n_doc *membership, void *arg)
{
    struct audience *audience = arg;
    const char *id = c18n_text(membership, "group");
    const c18n_doc *group;
    int code = id ? messaging_group(rq, id, &group) : C18N_NOT_FOUND;
    if (code != C18N_OK)
        return code == C18N_NOT_FOUND || code == C18N_GONE ? C18N_OK : code;
    if (c18n_integer(group, "users_count", 0) > audience->members_most)
        return C18N_OK;
    audience->channels[audience->count++] = id;
    return audience->count < GROUPS_MOST ? C18N_OK : C18N_EXISTS;
}

static int tell(c18n_request *rq, const struct messaging *messaging, const struct presence_change *change)
{
    const char *const match[] = {change->user, NULL};
    struct audience *audience = c18n_alloc(rq, sizeof *audience);
    if (!audience)
        return C18N_NO_MEMORY;
    audience->members_most = c18n_setting_integer(messaging->self, "presence_members");
    int code = c18n_each(rq, "group_members", GROUPS_OF_USER, match, add_group, audience);
    if ((code != C18N_OK && code != C18N_EXISTS) || audience->count == 0)
        return code == C18N_EXISTS ? C18N_OK : code;
    c18n_out *frame = c18n_out_new(rq);
    c18n_out_text(frame, "kind", "presence");
    c18n_out_text(frame, "user", change->user);
    c18n_out_text(frame, "status", change->online ? "online" : "offline");
    const c18n_publication publication = {
        .size = sizeof publication, .flags = C18N_TO_EACH_ONCE, .channels = audience->channels};
    return c18n_publish(rq, &publication, frame);
}

/** The timer: who has come, and who has been away for longer than the grace. */
int messaging_presence_turn(c18n_request *rq, void *module)
{
    const struct messaging *messaging = module;
    struct presence_change *changes = c18n_alloc(rq, PRESENCE_CHANGES_MOST * sizeof *changes);
    if (!changes)
        return C18N_NO_MEMORY;
    int64_t grace_ms = c18n_setting_integer(messaging->self, "presence_grace") * 1000;
    int64_t now_ms = c18n_monotonic_us(C18N_HOST_OF(rq)) / 1000;
    size_t count = presence_take(messaging, now_ms - grace_ms, changes, PRESENCE_CHANGES_MOST);
    int code = C18N_OK;
    for (size_t i = 0; i < count; i++) {
        set_lease(rq, messaging, changes[i].user, changes[i].online);
        int told = tell(rq, messaging, &changes[i]);
        code = code == C18N_OK ? told : code;
    }
    int renewed = renew(rq, messaging);
    return code == C18N_OK ? renewed : code;
}

/* --- asking --- */

struct present {
    const struct messaging *messaging;
    const c18n_doc *items[PRESENT_MOST];
    uint32_t count;
};

static int add_present(c18n_request *rq, const c18n_doc *membership, void *arg)
{
    struct present *present = arg;
    const char *user = c18n_text(membership, "user");
    if (!user || !(presence_has(present->messaging->presence, user) || has_lease(rq, present->messaging, user)))
        return C18N_OK;
    c18n_out *out = c18n_out_new(rq);
    c18n_out_text(out, "user", user);
    c18n_out_text(out, "status", "online");
    const c18n_doc *item = c18n_out_finish(out);
    if (!item)
        return C18N_NO_MEMORY;
    present->items[present->count++] = item;
    return present->count < PRESENT_MOST ? C18N_OK : C18N_EXISTS;
}

static int compare(const void *left, const void *right)
{
    return strcmp(c18n_text(*(const c18n_doc *const *)left, "user"),
                  c18n_text(*(const c18n_doc *const *)right, "user"));
}

/** GET /usergroups/GID/presence: the members who are there now. */
int messaging_present(c18n_request *rq, void *module)
{
    const char *const match[] = {c18n_path(rq, "group"), NULL};
    struct present *present = c18n_alloc(rq, sizeof *present);
    const char **keys = c18n_alloc(rq, PRESENT_MOST * sizeof *keys);
    if (!present || !keys)
        return C18N_NO_MEMORY;
    present->messaging = module;
    int code = c18n_each(rq, "group_members", MEMBERS_OF_GROUP, match, add_present, present);
    if (code != C18N_OK && code != C18N_EXISTS)
        return code;
    qsort(present->items, present->count, sizeof *present->items, compare);
    for (uint32_t i = 0; i < present->count; i++)
        keys[i] = c18n_text(present->items[i], "user");
    const c18n_list list = {
        .size = sizeof list,
        .count = present->count,
        .items = present->items,
        .keys = keys,
        .fields = messaging_presence_fields,
    };
    return c18n_reply_list(rq, &list);
}
