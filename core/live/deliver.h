/**
 * deliver.h: what happened, on its way to those who listen.
 *
 * A notice is made once, on the thread that publishes, and then seen by all lanes that have sockets; each does its
 * part (the functions of notice->apply) on its own thread. Of a request in a transaction it leaves after the commit,
 * and never if that is undone.
 */
#ifndef LIVE_DELIVER_H
#define LIVE_DELIVER_H

#include "data/data.h"
#include "live/channels.h"

struct live_notice;

struct live_errand { /* a notice's way to one lane */
    struct task task;
    struct live_notice *notice;
    struct live_lane *lane;
};

struct live_notice {
    struct data_sequel sequel;
    atomic_uint references;
    void (*apply)(struct live_lane *lane, const struct live_notice *notice);
    void (*doubt)(struct live_lane *lane, const struct live_notice *notice); /* nobody knows whether; NULL: nothing */
    struct live *live;
    c18n_self *module;
    char *user;                         /* NULL: none */
    struct live_channel_name *channels; /* one, or those of C18N_TO_EACH_ONCE; none: NULL */
    size_t channel_count, lane_count;
    uint64_t number; /* of a publication; 0: none. Of a join: the position */
    uint64_t sender; /* socket that doesn't get it; 0: none */
    uint64_t once;   /* of C18N_TO_EACH_ONCE: a number of its own */
    bool lost;
    struct ws_message *message;
    struct live_errand errands[];
};

/** What a notice is made of: the texts are copied. `channels` NULL-terminated, or NULL. NULL: no memory. */
struct live_notice *live_notice_new(struct live *live, c18n_self *module, const char *user,
                                    const char *const *channels);
/** After the commit of the request's transaction, or, when it is in none and `at_once` says so, now. The notice is
 *  this function's. C18N_INVALID: it is in none, and not to go at once. */
int live_notice_send(struct live_notice *notice, struct request *request, bool at_once);
void live_notice_unref(struct live_notice *notice);

/* How lanes apply them. */
void live_apply_publication(struct live_lane *lane, const struct live_notice *notice); /* to a channel's listeners */
void live_apply_to_each(struct live_lane *lane, const struct live_notice *notice);     /* C18N_TO_EACH_ONCE */
void live_apply_to_person(struct live_lane *lane, const struct live_notice *notice);
void live_apply_to_person_in_channel(struct live_lane *lane, const struct live_notice *notice);
void live_apply_join(struct live_lane *lane, const struct live_notice *notice);
void live_apply_leave(struct live_lane *lane, const struct live_notice *notice);
void live_apply_doubt(struct live_lane *lane, const struct live_notice *notice);

#endif
