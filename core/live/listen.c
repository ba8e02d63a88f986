/* listen.c: a socket begins to listen, resumes, ends; a person joins and leaves.
 *
 * Everything that a transaction changed comes to the lane in the order of history. What a read found comes later than
 * its snapshot, so it may be old: what was left while `opened` ran is remembered until it is over, and a resumed
 * channel hears nothing until a read that began after the resume has asked the module again. */
#include "live/listen.h"

#include "base/platform.h"
#include "live/catch_up.h"
#include "live/people.h"

#include <stdlib.h>
#include <string.h>

struct live_left { /* a channel that was left; who joins it again meanwhile is subscribed by that */
    struct live_left *next;
    c18n_self *module;
    uint64_t hash;
    char name[];
};

struct live_opening {
    struct live_left *left;
};

/* Going on without would be a gap that nobody sees; who comes back gets all. */
static void give_up(struct live_socket *socket, int code)
{
    if (code == C18N_LIMITED)
        live_close(socket, WS_FAILED, "too many channels", false);
    else
        live_close(socket, WS_TRY_LATER, "out of memory", false);
}

/* --- what was left while `opened` runs --- */

static bool was_left(const struct live_opening *opening, const struct live_channel_name *name)
{
    const struct live_left *left = opening->left;
    while (left && (left->hash != name->hash || left->module != name->module || strcmp(left->name, name->name) != 0))
        left = left->next;
    return left != NULL;
}

static bool left_note(struct live_opening *opening, const struct live_channel_name *name)
{
    if (was_left(opening, name))
        return true;
    size_t size = strlen(name->name) + 1;
    struct live_left *left = calloc(1, sizeof *left + size);
    if (!left)
        return false;
    left->module = name->module;
    left->hash = name->hash;
    memcpy(left->name, name->name, size);
    left->next = opening->left;
    opening->left = left;
    return true;
}

static void opening_end(struct live_socket *socket)
{
    struct live_opening *opening = socket->opening;
    socket->opening = NULL;
    while (opening && opening->left) {
        struct live_left *left = opening->left;
        opening->left = left->next;
        free(left);
    }
    free(opening);
}

/* --- one person --- */

/* With a position it is read from there; without, what comes is heard. Nothing before hello. */
static int listen_anew(struct live_socket *socket, const struct live_channel_name *name, uint64_t after)
{
    uint32_t state = after == LIVE_NO_POSITION ? 0 : LIVE_CATCHING;
    return live_subscribe(socket, name, after, socket->opening ? state | LIVE_MUTE : state);
}

/* The place that it has. A read that is away may not have seen yet why the person may listen. */
static struct live_member *listening_already(struct live_socket *socket, const struct live_channel_name *name)
{
    const struct live_subscription *subscription = live_subscription_named(socket, name);
    struct live_member *member = subscription ? live_member_of(subscription) : NULL;
    if (member && member->state & LIVE_CATCHING)
        member->state |= LIVE_JOINED;
    return member;
}

static void join(struct live_socket *socket, const struct live_channel_name *name, uint64_t after)
{
    int code = listening_already(socket, name) ? C18N_OK : listen_anew(socket, name, after);
    if (code != C18N_OK)
        give_up(socket, code);
}

static void leave(struct live_socket *socket, const struct live_channel_name *name, bool lost)
{
    if (socket->opening && !left_note(socket->opening, name))
        give_up(socket, C18N_NO_MEMORY);
    const struct live_subscription *subscription = live_subscription_named(socket, name);
    if (!subscription)
        return;
    live_unsubscribe(socket, live_member_of(subscription)->slot);
    if (lost && socket->subscription_count == 0 && !socket->opening)
        live_close(socket, WS_FORBIDDEN, "membership lost", false);
}

void live_listen_join(struct live_lane *lane, const char *user, const struct live_channel_name *name, uint64_t after)
{
    for (struct live_socket *socket = live_people_find(lane, user), *next; socket; socket = next) {
        next = socket->same_person; /* it may be closed on the way */
        if (live_delivers(socket))
            join(socket, name, after);
    }
}

void live_listen_unsettle(struct live_lane *lane, const char *user)
{
    for (struct live_socket *socket = live_people_find(lane, user), *next; socket; socket = next) {
        next = socket->same_person;
        live_close(socket, WS_RESTART, "come back: the storage failed", false);
    }
}

void live_listen_leave(struct live_lane *lane, const char *user, const struct live_channel_name *name, bool lost)
{
    for (struct live_socket *socket = live_people_find(lane, user), *next; socket; socket = next) {
        next = socket->same_person;
        if (live_delivers(socket))
            leave(socket, name, lost);
    }
}

struct live_member *live_listen(struct live_socket *socket, const struct live_channel_name *name, uint64_t after)
{
    struct live_member *member = listening_already(socket, name);
    if (member)
        return member;
    /* What is behind `after` is in the caller's hands: nothing has to be read, unless it can't be sent yet. */
    uint32_t state = !socket->opening ? 0 : after == LIVE_NO_POSITION ? LIVE_MUTE : LIVE_MUTE | LIVE_CATCHING;
    int code = live_subscribe(socket, name, after, state);
    if (code == C18N_OK)
        return live_member_of(&socket->subscriptions[socket->subscription_count - 1]);
    give_up(socket, code);
    return NULL;
}

/* --- a socket --- */

int live_listen_begin(struct live_socket *socket)
{
    struct live_opening *opening = calloc(1, sizeof *opening);
    struct live *live = socket->lane->live;
    int code = opening ? live_people_add(socket) : C18N_NO_MEMORY;
    if (code == C18N_OK && live_delivers(socket)) {
        code = live_presence_add(live->presence, live, socket->claims.user);
        if (code != C18N_OK)
            live_people_remove(socket);
    }
    if (code != C18N_OK) {
        free(opening);
        return code;
    }
    socket->opening = opening;
    socket->listening = true;
    atomic_fetch_add(&socket->lane->listening, 1); /* before `opened` reads: see notice.c */
    return C18N_OK;
}

static void unmute(struct live_socket *socket)
{
    for (uint32_t i = 0; i < socket->subscription_count; i++)
        live_member_of(&socket->subscriptions[i])->state &= ~(uint32_t)LIVE_MUTE;
}

void live_listen_opened(struct live_socket *socket, struct request *request)
{
    if (!socket->listening || !socket->opening)
        return;
    const struct live_note *note = request->live ? request->live->first : NULL;
    int code = C18N_OK;
    for (; note && code == C18N_OK; note = note->next)
        if (!was_left(socket->opening, &note->name) && !live_subscription_named(socket, &note->name))
            code = listen_anew(socket, &note->name, note->after);
    opening_end(socket);
    unmute(socket);
    live_catch_up_go(socket);
    if (code != C18N_OK)
        give_up(socket, code);
}

static int resume(struct live_socket *socket, const struct live_note *note)
{
    const struct live_subscription *before = live_subscription_named(socket, &note->name);
    if (before)
        live_unsubscribe(socket, live_member_of(before)->slot);
    uint32_t state = LIVE_CATCHING | LIVE_UNPROVEN;
    return live_subscribe(socket, &note->name, note->after, socket->opening ? state | LIVE_MUTE : state);
}

void live_listen_resumed(struct live_socket *socket, struct request *request)
{
    const struct live_note *note = request->live ? request->live->first : NULL;
    for (; note && socket->listening; note = note->next) {
        int code = resume(socket, note);
        if (code != C18N_OK) {
            give_up(socket, code);
            return;
        }
    }
}

void live_listen_end(struct live_socket *socket)
{
    struct live *live = socket->lane->live;
    if (!socket->listening)
        return;
    socket->listening = false;
    while (socket->subscription_count > 0)
        live_unsubscribe(socket, socket->subscription_count - 1);
    live_catch_up_leave(socket);
    opening_end(socket);
    free(socket->subscriptions);
    socket->subscriptions = NULL;
    socket->subscription_room = 0;
    live_people_remove(socket);
    if (live_delivers(socket))
        live_presence_remove(live->presence, live, socket->claims.user);
    atomic_fetch_sub(&socket->lane->listening, 1);
}

/* --- of all lanes --- */

int live_listen_new(struct live *live)
{
    platform_random(&live->hash_seed, sizeof live->hash_seed);
    live->presence = live_presence_new();
    return live->presence ? C18N_OK : C18N_NO_MEMORY;
}

void live_listen_free(struct live *live)
{
    live_presence_free(live->presence);
    live->presence = NULL;
}
