/* Accepting: who may connect, how many, and what happens when descriptors run out. */
#include "http/server.h"

#include "base/log.h"
#include "base/platform.h"
#include "c18n/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Peer's address in text. IPv4 that came through an IPv6 socket looks like IPv4. */
static void address_text(const struct sockaddr_storage *peer, char ret_text[HTTP_ADDRESS_SIZE])
{
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)peer)->sin6_addr;
    if (peer->ss_family == AF_UNIX)
        memcpy(ret_text, "unix", sizeof "unix");
    else if (peer->ss_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)peer)->sin_addr, ret_text, HTTP_ADDRESS_SIZE);
    else if (IN6_IS_ADDR_V4MAPPED(v6))
        inet_ntop(AF_INET, v6->s6_addr + 12, ret_text, HTTP_ADDRESS_SIZE);
    else
        inet_ntop(AF_INET6, v6, ret_text, HTTP_ADDRESS_SIZE);
}

/* Too many: said in so many words, so that a balancer tries elsewhere. The socket is empty: this does not block. */
static void turn_away(int fd)
{
    static const char words[] = "HTTP/1.1 503 Service Unavailable\r\nX-Content-Type-Options: nosniff\r\n"
                                "Retry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    ssize_t sent = platform->write(fd, words, sizeof words - 1);
    (void)sent;
    platform->close(fd);
}

static void take(struct http_lane *lane, int fd, const struct sockaddr_storage *peer, bool room)
{
    struct http_server *server = lane->server;
    char address[HTTP_ADDRESS_SIZE] = "";
    if (!http_terms_admit(lane->terms, peer)) {
        atomic_fetch_add_explicit(&server->refused, 1, memory_order_relaxed);
        platform->close(fd);
        return;
    }
    if (!room || http_server_open_connections(server) >= lane->terms->max_connections) {
        turn_away(fd);
        return;
    }
    address_text(peer, address);
    http_connection_open(lane, fd, address, peer->ss_family == AF_UNIX);
}

static void set_polling(struct http_lane *lane, bool wanted);

/* No descriptor is left. The reserve is given up for one client, who hears 503 instead of nothing; then
 * nothing is accepted for a while, because the loop would spin on a socket that stays readable. */
static void back_off(struct http_listener *listener)
{
    struct http_lane *lane = listener->lane;
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;
    if (lane->reserve_fd >= 0) {
        platform->close(lane->reserve_fd);
        int fd = platform->accept(listener->fd, &peer, &length);
        if (fd >= 0)
            take(lane, fd, &peer, false);
        lane->reserve_fd = platform->open("/dev/null", O_RDONLY | O_CLOEXEC, 0);
    }
    log_line(C18N_LOG_WARNING, "http", "no file descriptors left: accepting pauses for %d ms",
             (int)HTTP_ACCEPT_PAUSE_MS);
    lane->accept_again_us = platform_monotonic_us() + HTTP_ACCEPT_PAUSE_MS * INT64_C(1000);
    set_polling(lane, false);
}

/* False: nothing more can be accepted now. */
static bool accept_one(struct http_listener *listener)
{
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;
    int fd = platform->accept(listener->fd, &peer, &length);
    if (fd >= 0) {
        take(listener->lane, fd, &peer, true);
        return true;
    }
    int error = fd == -1 ? errno : -fd;
    if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM)
        back_off(listener);
    return error == EINTR || error == ECONNABORTED;
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
    struct http_listener *listener = poll->data;
    (void)events;
    if (status < 0)
        return;
    for (int i = 0; i < HTTP_ACCEPT_BATCH; i++)
        if (!accept_one(listener))
            break;
}

static void set_polling(struct http_lane *lane, bool wanted)
{
    for (size_t i = 0; i < lane->listener_count; i++) {
        if (wanted)
            uv_poll_start(&lane->listeners[i].poll, UV_READABLE, on_acceptable);
        else
            uv_poll_stop(&lane->listeners[i].poll);
    }
}

void http_listener_again(struct http_lane *lane, int64_t now_us)
{
    if (lane->accept_again_us == 0 || now_us < lane->accept_again_us || !lane->listening)
        return;
    if (lane->reserve_fd < 0)
        lane->reserve_fd = platform->open("/dev/null", O_RDONLY | O_CLOEXEC, 0);
    lane->accept_again_us = 0;
    set_polling(lane, true);
}

void http_listener_begin(struct http_lane *lane)
{
    lane->reserve_fd = platform->open("/dev/null", O_RDONLY | O_CLOEXEC, 0);
    for (size_t i = 0; i < lane->listener_count; i++) {
        struct http_listener *listener = &lane->listeners[i];
        listener->lane = lane;
        if (uv_poll_init(lane->uv, &listener->poll, listener->fd) < 0) {
            log_line(C18N_LOG_ERROR, "http", "a listening socket can't be watched");
            lane->listener_count = i;
            break;
        }
        listener->poll.data = listener;
        lane->handles++;
    }
    lane->listening = true;
    set_polling(lane, true);
}

static void on_closed(uv_handle_t *handle)
{
    struct http_listener *listener = handle->data;
    http_lane_handle_closed(listener->lane);
}

/* Who is already connected would be reset when its listener closes: it is taken in first. */
void http_listener_end(struct http_lane *lane)
{
    if (!lane->listening)
        return;
    lane->listening = false;
    for (size_t i = 0; i < lane->listener_count; i++) {
        while (!lane->stopping && lane->accept_again_us == 0 && accept_one(&lane->listeners[i]))
            ;
        uv_close((uv_handle_t *)&lane->listeners[i].poll, on_closed);
        platform->close(lane->listeners[i].fd); /* at once: whoever comes now goes elsewhere */
        lane->listeners[i].fd = -1;
    }
    if (lane->reserve_fd >= 0)
        platform->close(lane->reserve_fd);
    lane->reserve_fd = -1;
}
