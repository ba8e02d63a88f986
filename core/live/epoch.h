/** epoch.h: the id of the history that positions are of. */
#ifndef LIVE_EPOCH_H
#define LIVE_EPOCH_H

#include "live/socket.h"
#include "request/server.h"

/** C18N_NOT_FOUND: none was made yet. Not on the writer or a loop. */
int live_epoch_read(struct server *server, char ret_epoch[37]);
/** Makes another one, in the place of what there is. */
int live_epoch_make(struct server *server, char ret_epoch[37]);

#endif
