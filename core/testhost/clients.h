/**
 * clients.h: the test's ends of WebSockets. engine.c moves the frames on the loop's thread, clients.c is what the test
 * calls.
 */
#ifndef TESTHOST_CLIENTS_H
#define TESTHOST_CLIENTS_H

#include "live/live.h"
#include "testhost/inside.h"

#include <pthread.h>

struct client_frame { /* from the client */
    struct client_frame *next;
    int opcode;
    const char *bytes;
    size_t length;
};

struct got_frame { /* to it; malloc'd */
    struct got_frame *next;
    struct ws_message *message;
};

struct c18n_test_socket { /* lives as long as the test host */
    struct c18n_test *test;
    struct c18n_test_socket *next_of_test;

    /* The loop's */
    struct c18n_test_socket *next; /* of the lane */
    struct ws_lane *lane;          /* NULL: closed */
    void *user;
    struct client_frame *first_sent; /* that are not taken yet */
    bool paused, tells_drained, turning;
    int closing; /* the close code; 0: it is open */
    struct task turn;

    pthread_mutex_t lock; /* guards the rest */
    struct got_frame *first_got, **last_got;
    int code; /* that it was closed with; 0: open */
};

extern const struct ws_engine testhost_engine;
/** Whose socket the next handshake opens. */
void engine_expect(c18n_test_socket *client);

/* On the loop's thread. */
void engine_take(c18n_test_socket *client, struct client_frame *frame); /* what the client sends */
void engine_lose(c18n_test_socket *client);                             /* it is gone */
bool engine_is_busy(const c18n_test_socket *client);

/** As c18n_test_send, but nothing is waited for. The text lives until the frame is taken. */
void client_send_at_once(c18n_test_socket *client, const char *text);
/** The answer to a handshake. 101: the client's socket is open, or is closed already. */
c18n_test_answer ask_handshake(struct c18n_test *test, const c18n_test_person *as, const char *path);

#endif
