/** presence.h: who is connected to this server, as a list that any thread may look at; and what has changed of it. */
#ifndef MESSAGING_PRESENCE_H
#define MESSAGING_PRESENCE_H

#include "messaging.h"

enum {
    PRESENCE_ROUND = 16,          /* turns until all leases have been renewed */
    PRESENCE_CHANGES_MOST = 1000, /* that others are told of in one turn */
};

struct presence_change {
    char user[C18N_ID_SIZE];
    bool online;
};

/* All of them: any thread, not for long. */
size_t presence_take(const struct messaging *messaging, int64_t until_ms, struct presence_change *changes, size_t most);
size_t presence_round(struct presence *presence, char (*ret_users)[C18N_ID_SIZE], size_t most);
bool presence_has(struct presence *presence, const char *user);

#endif
