/*
 * libwebsockets as a codec.
 *
 * It wants a socket of its own, so each connection gives it one end of a socketpair and keeps the other: what comes
 * from the client, once judged, is written into it; what the library writes is fetched from it. Both at once, without a
 * poll: the library is told that its end is readable or writable, and has done its work when that call returns.
 *
 * What 4.1.6 needs besides: its opening handshake, which it plays with us; room before a payload, into which it writes;
 * a frame at a time, since it remembers only one ping to answer. Connections with permessage-deflate are not given to
 * it: it takes no message that ends with a final block (RFC 7692 7.2.3.4), and keeps two windows a connection.
 */
#include "ws/codec.h"

#include "base/text.h"
#include "c18n/abi.h"
#include "ws/message.h"

#include <errno.h>
#include <libwebsockets.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PIECE = 64 * 1024, /* what it reads at a time */
};

struct ws_codec_lane {
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct text payload; /* of the message being framed, with room before it */
    struct text fetched;
};

struct ws_codec_socket {
    struct ws_codec_lane *lane;
    struct lws *library; /* NULL: it has closed its end */
    int fd;              /* our end */
    int other;           /* the library's */
    struct text message; /* what has come of it; the reader has seen to its size */
    bool whole;
};

/* Contexts are made and ended on many threads, and share what OpenSSL has to set up. */
static pthread_mutex_t setting_up = PTHREAD_MUTEX_INITIALIZER;

/* --- what the library tells --- */

static int on_piece(struct lws *library, struct ws_codec_socket *socket, const char *bytes, size_t length)
{
    if (lws_is_first_fragment(library))
        socket->message.length = 0;
    text_add(&socket->message, bytes, length);
    socket->whole = lws_is_final_fragment(library) && lws_remaining_packet_payload(library) == 0;
    return 0;
}

static int on_library(struct lws *library, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    struct ws_codec_socket *socket = lws_get_opaque_user_data(library);
    (void)user;
    if (!socket)
        return 0;
    if (reason == LWS_CALLBACK_RECEIVE)
        return on_piece(library, socket, in, length);
    if (reason == LWS_CALLBACK_WSI_DESTROY)
        socket->library = NULL;
    return 0;
}

static const struct lws_protocols protocols[] = {{"c18n", on_library, 0, PIECE, 0, NULL, 0},
                                                 {NULL, NULL, 0, 0, 0, NULL, 0}};

/* --- lanes --- */

static struct lws_context *make_context(void)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = protocols,
        .gid = -1,
        .uid = -1,
        .pt_serv_buf_size = PIECE,
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
    };
    pthread_mutex_lock(&setting_up);
    lws_set_log_level(0, NULL);
    struct lws_context *context = lws_create_context(&info);
    pthread_mutex_unlock(&setting_up);
    return context;
}

static struct lws_vhost *make_vhost(struct lws_context *context)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = protocols,
        .vhost_name = "c18n",
    };
    return lws_create_vhost(context, &info);
}

static void lane_free(struct ws_codec_lane *lane)
{
    if (!lane)
        return;
    pthread_mutex_lock(&setting_up);
    if (lane->context)
        lws_context_destroy(lane->context);
    pthread_mutex_unlock(&setting_up);
    text_free(&lane->payload);
    text_free(&lane->fetched);
    free(lane);
}

static int lane_new(struct ws_codec_lane **ret_lane)
{
    struct ws_codec_lane *lane = calloc(1, sizeof *lane);
    if (!lane)
        return C18N_NO_MEMORY;
    text_init(&lane->payload, NULL, 0);
    text_init(&lane->fetched, NULL, 0);
    lane->context = make_context();
    lane->vhost = lane->context ? make_vhost(lane->context) : NULL;
    if (!lane->vhost) {
        lane_free(lane);
        return C18N_NO_MEMORY;
    }
    *ret_lane = lane;
    return C18N_OK;
}

/* --- letting it work --- */

static void serve(struct ws_codec_socket *socket, short what)
{
    struct lws_pollfd poll = {.fd = socket->other, .events = what, .revents = what};
    lws_service_fd(socket->lane->context, &poll);
}

static size_t unread(const struct ws_codec_socket *socket)
{
    int count = 0;
    return ioctl(socket->other, FIONREAD, &count) == 0 && count > 0 ? (size_t)count : 0;
}

/* Until it has read all, and answered it. False: it has closed. */
static bool work(struct ws_codec_socket *socket)
{
    while (socket->library && unread(socket) > 0)
        serve(socket, LWS_POLLIN);
    if (socket->library)
        serve(socket, LWS_POLLOUT);
    return socket->library != NULL;
}

static bool tell(struct ws_codec_socket *socket, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(socket->fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return false;
        if (!work(socket))
            return false;
        bytes += sent > 0 ? sent : 0;
        length -= sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

static void hear(struct ws_codec_socket *socket, struct text *heard)
{
    for (;;) {
        if (!text_reserve(heard, PIECE))
            return;
        ssize_t count = recv(socket->fd, heard->at + heard->length, heard->room - heard->length, 0);
        if (count <= 0)
            return;
        heard->length += (size_t)count;
    }
}

/* --- sockets --- */

static void close_socket(struct ws_codec_socket *socket)
{
    if (!socket)
        return;
    if (socket->library)
        lws_set_timeout(socket->library, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
    close(socket->fd);
    text_free(&socket->message);
    free(socket);
}

/* The client's handshake was judged; this is one for the library's sake. Its answer is not the client's. */
static bool shake_hands(struct ws_codec_socket *socket)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: c18n\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    struct text *heard = &socket->lane->fetched;
    if (!tell(socket, request, sizeof request - 1))
        return false;
    heard->length = 0;
    hear(socket, heard);
    const char *answer = text_end(heard);
    return strncmp(answer, "HTTP/1.1 101", 12) == 0 && strstr(answer, "\r\n\r\n");
}

static int open_pair(struct ws_codec_socket *socket)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
        return C18N_IO;
    socket->fd = fds[0];
    socket->other = fds[1];
    socket->library = lws_adopt_socket_vhost(socket->lane->vhost, fds[1]); /* which closes it when it fails */
    if (socket->library)
        lws_set_opaque_user_data(socket->library, socket);
    return socket->library ? C18N_OK : C18N_IO;
}

static int open_socket(struct ws_codec_lane *lane, struct ws_codec_socket **ret_socket)
{
    struct ws_codec_socket *socket = calloc(1, sizeof *socket);
    if (!socket)
        return C18N_NO_MEMORY;
    socket->lane = lane;
    socket->fd = -1;
    text_init(&socket->message, NULL, 0);
    int code = open_pair(socket);
    if (code == C18N_OK && !shake_hands(socket))
        code = C18N_IO;
    if (code != C18N_OK) {
        close_socket(socket);
        return code;
    }
    *ret_socket = socket;
    return C18N_OK;
}

/* --- in --- */

static void take(struct ws_codec_socket *socket, const char *bytes, size_t length, struct ws_found *found)
{
    struct text *message = &socket->message;
    if (socket->whole) { /* the message before was told */
        text_free(message);
        text_init(message, NULL, 0);
        socket->whole = false;
    }
    bool good = socket->library && tell(socket, bytes, length);
    bool wanted = found->kind == WS_FOUND_MESSAGE;
    if (!good || message->failed || wanted != socket->whole) {
        *found = (struct ws_found){.kind = WS_FOUND_FAULT, .code = WS_FAILED, .why = "the library has failed"};
    } else if (wanted) {
        found->bytes = (char *)(uintptr_t)text_end(message);
        found->length = message->length;
    }
}

/* --- out --- */

static int frame(struct ws_codec_socket *socket, const struct ws_message *message)
{
    static const char room[LWS_PRE];
    struct text *payload = &socket->lane->payload;
    enum lws_write_protocol as = message->opcode == WS_TEXT ? LWS_WRITE_TEXT : LWS_WRITE_BINARY;
    payload->length = 0;
    text_add(payload, room, sizeof room);
    text_add(payload, message->payload, message->length);
    if (payload->failed || !socket->library)
        return C18N_NO_MEMORY;
    int written = lws_write(socket->library, (unsigned char *)payload->at + sizeof room, message->length, as);
    return written >= 0 ? C18N_OK : C18N_IO;
}

/* What didn't fit into the pair follows once it is read from. */
static struct ws_message *fetch(struct ws_codec_socket *socket)
{
    struct text *fetched = &socket->lane->fetched;
    fetched->length = 0;
    hear(socket, fetched);
    while (socket->library && lws_partial_buffered(socket->library)) {
        serve(socket, LWS_POLLOUT);
        hear(socket, fetched);
    }
    if (fetched->failed || fetched->length == 0)
        return NULL;
    struct ws_message *message = ws_message_make(fetched->length);
    if (message)
        memcpy(message->payload, fetched->at, fetched->length);
    return message;
}

const struct ws_codec ws_codec_libwebsockets = {
    .lane_new = lane_new,
    .lane_free = lane_free,
    .open = open_socket,
    .close = close_socket,
    .take = take,
    .frame = frame,
    .fetch = fetch,
};
