/** client.h: one WebSocket client of the load: the handshake, texts out, texts in. No library, so that none is
 * measured. */
#ifndef LOAD_CLIENT_H
#define LOAD_CLIENT_H

#include <stddef.h>
#include <stdint.h>

enum { SENDERS_MAX = 64 };

struct client {
    int fd, room, sender; /* sender: its number in the room; -1: it listens */
    uint32_t sent, acked;
    uint32_t seen[SENDERS_MAX]; /* of each sender of the room: the last count */
    char *held;                 /* the beginning of a frame whose end has not come */
    size_t held_length;
};

/** Ends the program. */
void die(const char *what) __attribute__((noreturn));
/** Connects to 127.0.0.1 and shakes hands; `headers` are further lines. Any failure ends the program. */
int client_connect(int port, const char *path, const char *headers);
void client_send(struct client *client, const char *text, size_t length);
/** Reads what is there; each text is handed to `text`. Gives how many bytes came. */
size_t client_receive(struct client *client, void (*text)(struct client *client, const char *text, size_t length));

#endif
