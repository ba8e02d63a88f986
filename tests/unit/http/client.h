/** client.h: a client that sends any bytes and reads what comes. Every wait has an end. */
#ifndef TEST_HTTP_CLIENT_H
#define TEST_HTTP_CLIENT_H

#include "site.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENT_PATIENCE_MS = 5000 };

struct reply {
    int status;  /* 0: no answer */
    bool closed; /* the server closed after it */
    bool reset;  /* …impolitely */
    char *text;  /* all that came */
    size_t length;
};

static inline int client_connect_from(const char *listening, const char *from)
{
    struct sockaddr_in address = {.sin_family = AF_INET}, own = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    inet_pton(AF_INET, from, &own.sin_addr);
    assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    address.sin_port = htons((uint16_t)strtoul(strrchr(listening, ':') + 1, NULL, 10));
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline int client_connect(struct site *site)
{
    return client_connect_from(http_listening(site->server), "127.0.0.1");
}

/* What the server no longer takes is no fault here. */
static inline void client_send(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        length -= (size_t)sent;
    }
}

static inline void client_say(int fd, const char *text)
{
    client_send(fd, text, strlen(text));
}

/* One more read into the reply. False: closed or patience is over. */
static inline bool client_more(int fd, struct reply *reply, int patience_ms)
{
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    if (poll(&poller, 1, patience_ms) <= 0)
        return false;
    reply->text = realloc(reply->text, reply->length + 65536 + 1);
    ssize_t got = recv(fd, reply->text + reply->length, 65536, 0);
    if (got <= 0) {
        reply->text[reply->length] = '\0';
        reply->closed = true;
        reply->reset = got < 0;
        return false;
    }
    reply->length += (size_t)got;
    reply->text[reply->length] = '\0';
    return true;
}

static inline int reply_status(const char *text)
{
    return text && strncmp(text, "HTTP/1.1 ", 9) == 0 ? (int)strtol(text + 9, NULL, 10) : 0;
}

/** Reads until the server closes, or is silent for so long. */
static inline struct reply client_read_all(int fd, int silence_ms)
{
    struct reply reply = {.text = calloc(1, 1)};
    while (client_more(fd, &reply, silence_ms))
        ;
    reply.status = reply_status(reply.text);
    return reply;
}

/** Reads until this text has come so often. */
static inline struct reply client_read_until(int fd, const char *text, unsigned times)
{
    struct reply reply = {.text = calloc(1, 1)};
    for (;;) {
        unsigned found = 0;
        for (const char *at = reply.text;
             (at = memmem(at, reply.length - (size_t)(at - reply.text), text, strlen(text))); at++)
            found++;
        if (found >= times || !client_more(fd, &reply, CLIENT_PATIENCE_MS))
            break;
    }
    reply.status = reply_status(reply.text);
    return reply;
}

/** Sends and reads to the end; a connection that stays open is noticed by its silence. */
static inline struct reply client_ask(struct site *site, const char *bytes, size_t length, int silence_ms)
{
    int fd = client_connect(site);
    client_send(fd, bytes, length);
    struct reply reply = client_read_all(fd, silence_ms);
    close(fd);
    return reply;
}

/* A header's value in the first answer, in `room`; "" when absent. */
static inline const char *reply_header(const struct reply *reply, const char *name, char room[256])
{
    const char *end = strstr(reply->text, "\r\n\r\n");
    room[0] = '\0';
    for (const char *at = strstr(reply->text, "\r\n"); at && at < end; at = strstr(at + 2, "\r\n"))
        if (strncasecmp(at + 2, name, strlen(name)) == 0 && at[2 + strlen(name)] == ':') {
            const char *value = at + 2 + strlen(name) + 2;
            snprintf(room, 256, "%.*s", (int)strcspn(value, "\r"), value);
            break;
        }
    return room;
}

static inline const char *reply_body(const struct reply *reply)
{
    const char *end = strstr(reply->text, "\r\n\r\n");
    return end ? end + 4 : "";
}

static inline void reply_free(struct reply *reply)
{
    free(reply->text);
    reply->text = NULL;
}

#endif
