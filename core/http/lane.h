/**
 * lane.h: the server's share of one event thread, and what its connections and requests are made of.
 *
 * Everything here but the counters belongs to the lane's own thread. Nothing is written or closed
 * from inside a handler's call: who has something to send is put on the `dirty` list, and the list
 * is worked off right before and right after the loop waits. So answers that come in one turn of the
 * loop leave in one write, and no callback can pull a connection away under its caller.
 */
#ifndef HTTP_LANE_H
#define HTTP_LANE_H

#include "http/parse.h"

#include <stdatomic.h>
#include <uv.h>

struct http_connection;
struct http_lane;
struct http_gzip;
struct http_terms;

struct http_piece { /* bytes on their way out */
    struct http_piece *next;
    const char *bytes;
    size_t length;
    void (*sent)(void *arg, bool gone); /* NULL: nobody waits */
    void *arg;
    bool owned; /* made by malloc together with its bytes */
};

enum http_exchange_state { HTTP_RECEIVING, HTTP_HANDLING, HTTP_STREAMING, HTTP_FINISHED };

struct http_exchange {           /* a request and its answer */
    struct http_request request; /* must stay first */
    uint32_t magic;
    enum http_exchange_state state;
    struct http_lane *lane;
    struct http_connection *connection; /* NULL: the client is gone, and so is the answer */
    struct http_exchange *next;         /* in the connection's queue, or among the spare ones */
    struct http_exchange *live_next, *live_previous;
    struct http_message message;
    struct http_piece own[3]; /* an interim answer, a head, a body */
    unsigned own_used;
    struct http_piece *first, **end;
    struct http_answer answer; /* of a stream, until its end */
    uint64_t bytes;            /* of the answer */
    uint64_t missing;          /* of a sized stream: what is still to come */
    size_t room;               /* the limit of its arena */
    bool counted;              /* among the requests in flight: until its answer is out */
    bool close;                /* the connection ends behind it */
    bool cut;                  /* the connection ends without even a farewell */
    bool chunked;              /* streamed in chunks */
    bool bodyless;             /* HEAD, 204, 304 */
    bool sized;                /* streamed, with a Content-Length */
    char address[HTTP_ADDRESS_SIZE];
};

struct http_connection {
    uint32_t magic;
    struct http_lane *lane;
    struct http_connection *next, *previous; /* of the lane */
    struct http_connection *dirty_next;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    };
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct http_scan scan;
    char *held; /* read, but not parsed yet */
    size_t held_at, held_length, held_room;
    struct http_exchange *first, *last; /* in the order of their answers */
    struct http_exchange *incoming;     /* the last one, while its body comes */
    struct http_exchange *upgrading;    /* the last one, when what follows it may be another protocol */
    unsigned queued;
    size_t unsent;
    int64_t since_us;       /* of what sweep.c watches on the way in: idle, head, body, farewell */
    int64_t write_since_us; /* last progress on the way out */
    size_t in_write;        /* bytes that uv has */
    size_t write_left;      /* of them, at the last look */
    size_t lingered;
    bool reading;   /* uv reads */
    bool receiving; /* further requests are wanted */
    bool ended;     /* the client sends no more */
    bool writing, dirty, closing, lingering;
    bool awaited; /* the server stops, but a request may be on its way: counted among those in flight */
    char address[HTTP_ADDRESS_SIZE];
};

struct http_listener {
    uv_poll_t poll;
    int fd;
    struct http_lane *lane;
};

struct http_lane {
    struct http_server *server;
    const struct http_terms *terms; /* that hold; another may take its place between two turns of the loop */
    struct loop *loop;
    uv_loop_t *uv;
    uv_timer_t sweep;
    uv_check_t check;
    uv_prepare_t prepare;
    struct http_listener *listeners;
    size_t listener_count;
    int reserve_fd;          /* given up to tell one client that there are no more */
    int64_t accept_again_us; /* 0: accepting */
    struct http_connection *connections, *dirty;
    struct http_piece *gone; /* pieces whose client left, to be told so */
    struct http_exchange *spare, *live;
    unsigned spare_count;
    unsigned handles; /* of uv, open */
    bool draining, stopping, listening;
    int64_t date_second;
    char date[40]; /* "Date: …\r\n" */
    struct http_gzip *gzip;
    atomic_size_t in_flight, open;
    struct task start;
    void (*when_closed)(void *arg);
    void *when_closed_arg;
    char read_buffer[HTTP_READ_SIZE];
};

/* lane.c */
struct http_lane *http_lane_new(struct http_server *server, struct loop *loop, const int *fds, size_t count);
void http_lane_free(struct http_lane *lane); /* after its loop has ended or all was closed */
void http_lane_drain(struct http_lane *lane);
void http_lane_stop(struct http_lane *lane, void (*closed)(void *arg), void *arg);
void http_lane_handle_closed(struct http_lane *lane);
const char *http_lane_date(struct http_lane *lane, size_t *ret_length);

/* listener.c */
void http_listener_begin(struct http_lane *lane);
void http_listener_end(struct http_lane *lane); /* takes what has already been connected first */
void http_listener_again(struct http_lane *lane, int64_t now_us);

/* connection.c */
void http_connection_open(struct http_lane *lane, int fd, const char *address, bool local);
void http_connection_abort(struct http_connection *connection);  /* closes at once; late answers are dropped */
void http_connection_settle(struct http_connection *connection); /* after anything changed: read on, wait, or end */
void http_connection_drain(struct http_connection *connection);
void http_connection_arrived(struct http_connection *connection); /* its request has come, or never will */
void http_connection_dirty(struct http_connection *connection);
void http_connection_refuse(struct http_connection *connection, const struct http_refusal *refusal);

/* input.c */
void http_input_take(struct http_connection *connection, const char *bytes, size_t length);
void http_input_resume(struct http_connection *connection); /* parses what was held */
bool http_input_wanted(const struct http_connection *connection);

/* exchange.c */
struct http_exchange *
http_exchange_new(struct http_connection *connection);   /* at the end of its queue; NULL: no memory */
void http_exchange_free(struct http_exchange *exchange); /* or keeps it for reuse */
void http_exchange_destroy(struct http_exchange *exchange);
void http_exchange_detach(struct http_exchange *exchange); /* its client is gone */
struct http_exchange *http_exchange_of(struct http_request *request);
void http_exchange_dispatch(struct http_exchange *exchange);
void http_exchange_give_id(struct http_exchange *exchange); /* if it has none yet */
void http_exchange_add(struct http_exchange *exchange, struct http_piece *piece);
void http_exchange_add_own(struct http_exchange *exchange, const char *bytes, size_t length);

/* output.c */
void http_output_flush(struct http_connection *connection);
void http_output_tell_gone(struct http_lane *lane);

/* answer.c */
void http_answer_refusal(struct http_exchange *exchange, const struct http_refusal *refusal);
void http_answer_begin(struct http_exchange *exchange, const struct http_answer *answer,
                       bool streamed); /* the head, and the body if whole */
void http_answer_count(struct http_exchange *exchange, const struct http_answer *answer); /* log and metrics */
const char *http_status_line(int status, size_t *ret_length);

/* gzip.c */
bool http_gzip_suits(const struct http_answer *answer);
bool http_gzip_accepted(const struct http_request *request);
/** Packs into the arena. False: no gain or no memory. */
bool http_gzip_pack(struct http_gzip **gzip, struct arena *arena, const char *bytes, size_t length,
                    const char **ret_bytes, size_t *ret_length);
void http_gzip_free(struct http_gzip *gzip);

/* sweep.c */
void http_sweep_begin(struct http_lane *lane);

#endif
