/**
 * people.h: whose sockets they are: on one lane, by lists that the lane's thread alone sees; on all lanes, how many
 * delivering ones each person has, which any thread may ask.
 */
#ifndef LIVE_PEOPLE_H
#define LIVE_PEOPLE_H

#include "live/socket.h"

int live_people_open(struct live_lane *lane);
void live_people_close(struct live_lane *lane);
int live_people_add(struct live_socket *socket);
void live_people_remove(struct live_socket *socket);

struct live_presence *live_presence_new(void); /* NULL: no memory */
void live_presence_free(struct live_presence *presence);
int live_presence_add(struct live_presence *presence, const struct live *live, const char *user);
void live_presence_remove(struct live_presence *presence, const struct live *live, const char *user);
uint32_t live_presence_count(struct live_presence *presence, const struct live *live, const char *user);

static inline bool live_delivers(const struct live_socket *socket)
{
    return socket->path->declared.flags & C18N_SOCKET_DELIVERS;
}

#endif
