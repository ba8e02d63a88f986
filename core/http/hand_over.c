/*
 * A socket leaves HTTP, for another protocol.
 *
 * libuv can't give a stream away, so the descriptor is duplicated and the stream closed: the connection behind both
 * stays. What was read behind the request goes along; that it is held, and not parsed, is seen to by input.c.
 */
#include "http/server.h"

#include "c18n/abi.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static int take_early(struct http_connection *connection, char **ret_early, size_t *ret_length)
{
    size_t length = connection->held_length - connection->held_at;
    char *early = NULL;
    if (length > 0) {
        early = malloc(length);
        if (!early)
            return C18N_NO_MEMORY;
        memcpy(early, connection->held + connection->held_at, length);
    }
    *ret_early = early;
    *ret_length = length;
    return C18N_OK;
}

static int take_descriptor(struct http_connection *connection, int *ret_fd)
{
    uv_os_fd_t own;
    if (uv_fileno(&connection->handle, &own) < 0)
        return C18N_GONE;
    int fd = fcntl(own, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return C18N_IO;
    *ret_fd = fd;
    return C18N_OK;
}

int http_hand_over(struct http_request *request, const struct http_answer *logged, int *ret_fd, char **ret_early,
                   size_t *ret_early_length)
{
    if (request->outlet)
        return request->outlet->hand_over
                   ? request->outlet->hand_over(request, logged, ret_fd, ret_early, ret_early_length)
                   : C18N_GONE;
    struct http_exchange *exchange = http_exchange_of(request);
    struct http_connection *connection = exchange->connection;
    char *early;
    size_t early_length;
    assert(exchange->state == HTTP_HANDLING);
    if (!connection)
        return C18N_GONE;
    if (connection->first != exchange || connection->upgrading != exchange || connection->unsent > 0)
        return C18N_CONFLICT;
    int code = take_early(connection, &early, &early_length);
    if (code != C18N_OK)
        return code;
    code = take_descriptor(connection, ret_fd);
    if (code != C18N_OK) {
        free(early);
        return code;
    }
    exchange->state = HTTP_FINISHED;
    http_answer_count(exchange, logged);
    http_connection_abort(connection); /* takes its request along, which nobody waits for any more */
    *ret_early = early;
    *ret_early_length = early_length;
    return C18N_OK;
}
