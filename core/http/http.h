/**
 * http.h: the HTTP/1.1 server: sockets in, whole requests out.
 *
 * It knows bytes, limits and time-outs; it knows no route, token or JSON. For each event thread there
 * is a listener (SO_REUSEPORT) and its connections. A request comes when its body is complete. It is
 * answered on its own loop's thread, once. Its arena ends when the answer is written or the
 * connection is gone, but never before http_answer was called.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/arena.h"
#include "run/task.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_header {
    const char *name; /* lower case */
    const char *value;
};

struct http_answer;
struct http_request;

/** Where an answer goes that no connection waits for: the test host's. Called as the functions below are. */
struct http_outlet {
    void (*answer)(struct http_request *request, const struct http_answer *answer);
    void (*stream_begin)(struct http_request *request, const struct http_answer *answer);
    void (*stream_write)(struct http_request *request, const void *bytes, size_t length);
    void (*stream_end)(struct http_request *request, bool complete);
    int (*hand_over)(struct http_request *request, const struct http_answer *logged, int *ret_fd, char **ret_early,
                     size_t *ret_early_length); /* NULL: there is no socket: C18N_GONE */
};

struct http_request {
    struct arena *arena;
    struct loop *loop;
    const char *method;
    const char *path;  /* percent-encoded, without the query; begins with '/' */
    const char *query; /* encoded, without '?'; "" when none */
    const char *host;
    const struct http_header *headers;
    size_t header_count;
    const char *body;
    size_t body_length;
    const char *address; /* the client's, in text (after trusted X-Forwarded-For) */
    char request_id[37];
    int64_t started_us;
    bool old;                         /* HTTP/1.0 */
    void *user;                       /* of the handler */
    const struct http_outlet *outlet; /* NULL: the connection that it came by */
};

struct http_answer {
    int status;
    const struct http_header *headers; /* names as they go out; Content-Length, Date, Connection are the server's */
    size_t header_count;
    const char *content_type; /* NULL: none */
    const char *body;         /* in the request's arena, or static */
    size_t body_length;
    bool sized;        /* of a streamed answer: it will have body_length bytes, and is not chunked */
    bool close;        /* close after it */
    const char *route; /* for the log and the metrics: the route's pattern, or "" */
    const char *user;  /* for the log; NULL: nobody */
};

struct http_server;

struct http_options {
    const char *listen;   /* "127.0.0.1:8080", "[::1]:8080", "unix:/path"; NULL with inherited fds */
    const int *inherited; /* listening fds from systemd */
    size_t inherited_count;
    struct loop **loops;
    size_t loop_count;
    const char *const *frontends; /* CIDRs that may connect; others are closed at accept */
    size_t frontend_count;
    const char *const *hosts; /* names that Host may have; none: any */
    size_t host_count;
    size_t max_body;
    size_t max_connections;
    int64_t header_ms, idle_ms, write_ms; /* time-outs: 10,000; 75,000; 30,000 */
    size_t body_rate;                     /* bytes a second that a body must come with, 1,024, after 10 s */
    bool gzip;
    bool access_log;
    /** A whole request, on its loop's thread. Must lead to exactly one http_answer or http_stream_begin…end. */
    void (*request)(void *arg, struct http_request *request);
    /** The server refuses a request before it is whole: words for the body of the answer. */
    void (*refuse)(void *arg, struct http_request *request, int status, const char *code, const char *detail,
                   struct http_answer *ret_answer);
    /** Counts what is answered: for metrics. Any loop's thread. */
    void (*answered)(void *arg, const struct http_request *request, const struct http_answer *answer, int64_t micros,
                     uint64_t bytes);
    void *arg;
};

/** Listens and accepts. C18N_ codes; *ret_why in words ("127.0.0.1:8080: address already in use"). */
int http_start(const struct http_options *options, struct http_server **ret_server, char ret_why[256]);
/** Of `options` what may change while a server runs: frontends, hosts, max_body, max_connections, gzip. Texts are
 *  copied. C18N_INVALID: *ret_why says which network is none. */
struct http_terms;
int http_terms_new(const struct http_options *options, struct http_terms **ret_terms, char ret_why[256]);
void http_terms_free(struct http_terms *terms);
/** Serves on these terms, which are the server's now, from the next request and connection on; what has begun goes on
 * as it began. Waits until every loop has taken them over. Control thread. */
void http_commit(struct http_server *server, struct http_terms *terms);
/** Stops accepting; running requests are answered with Connection: close, and so is the next one of an idle connection,
 *  which has half a second for it. */
void http_drain(struct http_server *server);
/** How many requests are being handled, or have an answer that is not out yet. Any thread. */
size_t http_in_flight(const struct http_server *server);
size_t http_connections(const struct http_server *server);
uint64_t http_refused_at_accept(const struct http_server *server);
/** Closes all that is left. After it the loops may stop. */
void http_stop(struct http_server *server);
void http_free(struct http_server *server);
/** The address really listened on ("127.0.0.1:40123" when port 0 was asked). */
const char *http_listening(const struct http_server *server);

const char *http_find_header(const struct http_request *request, const char *lower_name); /* NULL: absent */
bool http_is_token(const char *text, size_t length);                                      /* RFC 9110 5.6.2 */

/** Answers. The request's own loop's thread. After it the request may not be touched. */
void http_answer(struct http_request *request, const struct http_answer *answer);

/** Gives the request's socket away, to who will speak another protocol on it: *ret_fd is the caller's to close,
 * *ret_early what came behind the request, the caller's to free (NULL: nothing). Ends the request as http_answer does;
 * `logged` is what the log and the metrics are told. C18N_CONFLICT: earlier answers of this connection are still to go
 * out, or the request has no `Upgrade`; C18N_IO, C18N_NO_MEMORY: there is no descriptor left, or no memory; C18N_GONE:
 * nor a client. Then the request is still to be answered. Loop's thread. */
int http_hand_over(struct http_request *request, const struct http_answer *logged, int *ret_fd, char **ret_early,
                   size_t *ret_early_length);

/** A streamed answer (chunked, or closed at the end for HTTP/1.0, or `sized`): begin, any pieces, end. Loop's thread.
 */
void http_stream_begin(struct http_request *request, const struct http_answer *answer);
/** `sent` is called, on the loop's thread, when the piece is out or the client is gone (gone = true). Bytes are copied.
 */
void http_stream_write(struct http_request *request, const void *bytes, size_t length,
                       void (*sent)(void *arg, bool gone), void *arg);
/** The same of a sized answer, without a copy: the bytes stay as they are until `sent`. */
void http_stream_lend(struct http_request *request, const void *bytes, size_t length,
                      void (*sent)(void *arg, bool gone), void *arg);
/** Not complete, or not of the size that was told: the connection is cut. */
void http_stream_end(struct http_request *request, bool complete);

#endif
