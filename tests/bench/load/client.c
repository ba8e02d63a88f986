#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 18, TEXT_MAX = 2048 };

void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* --- the handshake --- */

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* Byte by byte: frames may follow. */
static void read_answer(int fd)
{
    char answer[4096];
    size_t have = 0;
    while (have < 4 || memcmp(answer + have - 4, "\r\n\r\n", 4) != 0) {
        if (have == sizeof answer || read(fd, answer + have, 1) != 1)
            die("handshake");
        have++;
    }
    if (strncmp(answer, "HTTP/1.1 101", 12) == 0)
        return;
    fprintf(stderr, "load: %.*s\n", (int)have, answer);
    exit(2);
}

int client_connect(int port, const char *path, const char *headers)
{
    char request[4096];
    int fd = connect_to(port);
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
                          path, port, headers);
    if (write(fd, request, (size_t)length) != length)
        die("write");
    read_answer(fd);
    return fd;
}

/* --- texts out: masked with zeros --- */

void client_send(struct client *client, const char *text, size_t length)
{
    unsigned char frame[TEXT_MAX + 8] = {0x81};
    size_t head = length < 126 ? 2 : 4;
    frame[1] = (unsigned char)(0x80 | (length < 126 ? length : 126));
    if (head == 4) {
        frame[2] = (unsigned char)(length >> 8);
        frame[3] = (unsigned char)length;
    }
    if (length > TEXT_MAX)
        die("too long a text");
    memcpy(frame + head + 4, text, length);
    size_t total = head + 4 + length;
    for (size_t at = 0; at < total;) {
        ssize_t count = write(client->fd, frame + at, total - at);
        if (count < 0 && errno != EAGAIN)
            die("send");
        at += count > 0 ? (size_t)count : 0;
    }
}

/* --- texts in --- */

/* The head's length; 0: it isn't whole yet. */
static size_t frame_head(const unsigned char *frame, size_t length, size_t *ret_payload)
{
    if (length < 2)
        return 0;
    size_t bytes = frame[1] < 126 ? 0 : frame[1] == 126 ? 2 : 8;
    if (length < 2 + bytes)
        return 0;
    *ret_payload = bytes == 0 ? frame[1] : 0;
    for (size_t i = 0; i < bytes; i++)
        *ret_payload = *ret_payload << 8 | frame[2 + i];
    return 2 + bytes;
}

static void take_close(const unsigned char *payload, size_t length)
{
    fprintf(stderr, "load: the server closed: %d\n", length >= 2 ? payload[0] << 8 | payload[1] : 0);
    exit(2);
}

/* Gives how many bytes were whole frames. */
static size_t take_frames(struct client *client, const char *bytes, size_t length,
                          void (*text)(struct client *client, const char *text, size_t length))
{
    size_t at = 0, payload = 0;
    for (;;) {
        const unsigned char *frame = (const unsigned char *)bytes + at;
        size_t head = frame_head(frame, length - at, &payload);
        if (head == 0 || length - at < head + payload)
            return at;
        switch (frame[0] & 0x0f) {
        case 1:
            text(client, (const char *)frame + head, payload);
            break;
        case 8:
            take_close(frame + head, payload);
            break;
        case 9:
            client_send(client, "", 0);
            break; /* any frame shows that we live */
        }
        at += head + payload;
    }
}

size_t client_receive(struct client *client, void (*text)(struct client *client, const char *text, size_t length))
{
    static char buffer[2 * READ_SIZE];
    if (client->held_length > 0)
        memcpy(buffer, client->held, client->held_length);
    ssize_t count = recv(client->fd, buffer + client->held_length, READ_SIZE, MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN))
        die("receive");
    if (count < 0)
        return 0;
    size_t length = client->held_length + (size_t)count, used = take_frames(client, buffer, length, text);
    client->held_length = length - used;
    if (client->held_length > 0) {
        client->held = realloc(client->held, client->held_length);
        memcpy(client->held, buffer + used, client->held_length);
    }
    return (size_t)count;
}
