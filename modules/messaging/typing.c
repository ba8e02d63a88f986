/* typing.c: somebody types. It is passed on at once and kept nowhere; that a person who was asked to be quiet for three
 * seconds is, is a table of fixed size without locks. */
#include "messaging.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { SLOTS = 4096, QUIET_MS = 3000 };

/* A slot has when somebody last typed: the upper half says who and where, by a hash, the lower half the milliseconds.
 * Two who share a slot push each other out, and then one more frame is passed on; nothing worse. */
struct typing {
    _Atomic uint64_t slots[SLOTS];
};

struct typing *messaging_typing_new(void)
{
    return calloc(1, sizeof(struct typing));
}

void messaging_typing_free(struct typing *typing)
{
    free(typing);
}

static uint64_t hash(uint64_t seed, const char *text)
{
    for (; *text; text++)
        seed = (seed ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return seed;
}

/* Is it this person's turn again in this conversation? If so, it has been taken. */
static bool take_turn(struct typing *typing, uint64_t now_ms, const char *me, const char *place)
{
    uint64_t key = hash(hash(UINT64_C(0xcbf29ce484222325), me), place);
    _Atomic uint64_t *slot = &typing->slots[key % SLOTS];
    uint64_t mark = key >> 32 << 32 | (now_ms & UINT32_MAX), was = atomic_load_explicit(slot, memory_order_relaxed);
    if (was >> 32 == mark >> 32 && (uint32_t)(mark - was) < QUIET_MS)
        return false;
    atomic_store_explicit(slot, mark, memory_order_relaxed);
    return true;
}

/* In a direct conversation the other one's channel is told, on which only they listen, and only if they have accepted;
 * and that the caller listens to theirs says that they may be heard. */
static int tell(c18n_request *rq, const struct conversation *theirs, const char *channel)
{
    c18n_out *frame = messaging_frame(rq, theirs, "typing");
    c18n_out_text(frame, "by", c18n_who(rq)->user);
    const c18n_publication publication = {.size = sizeof publication, .flags = C18N_NOT_TO_SENDER, .channel = channel};
    return c18n_publish(rq, &publication, frame);
}

/** The verb `typing`. */
int messaging_type(c18n_request *rq, void *module)
{
    struct messaging *messaging = module;
    struct conversation conversation;
    int code = messaging_named(rq, &conversation);
    if (code != C18N_OK)
        return code;
    const char *me = conversation.me, *group = conversation.group, *peer = conversation.peer;
    const char *mine = group ? group : messaging_channel(rq, me, peer);
    const char *theirs = group ? group : messaging_channel(rq, peer, me);
    if (!mine || !theirs)
        return C18N_NO_MEMORY;
    uint64_t now_ms = (uint64_t)c18n_monotonic_us(C18N_HOST_OF(rq)) / 1000;
    if (!c18n_subscribed(rq, mine) || !take_turn(messaging->typing, now_ms, me, group ? group : peer))
        return C18N_OK;
    const struct conversation seen = {.id = conversation.id, .group = group, .me = peer, .peer = me};
    return tell(rq, &seen, theirs);
}
