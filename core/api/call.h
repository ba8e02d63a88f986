/**
 * call.h: one HTTP request on its way through the api: a struct request with what dispatch needs to
 * carry it from thread to thread. In the http request's arena.
 *
 * Exactly one thread has a call at a time. It goes over with a task (pool_submit, loop_post) or with the
 * writer's item, and whoever handed it on does not touch it again. When the client is gone the work
 * completes all the same; http_answer then drops the bytes.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include "api/state.h"
#include "base/json.h"

#include <assert.h>

enum {
    CALL_MAGIC = 0x63616c6c,
    CALL_HEADERS_MAX = 32, /* the reply's 16 and those that the host adds */
};

struct data_reader;

struct call {
    struct request request; /* must stay first */
    uint32_t magic;
    struct api *api;
    const char *allow; /* methods of the path, for Allow */

    struct task task;                                            /* one hop at a time */
    bool (*work)(struct call *call, struct data_reader *reader); /* on the pool; true: come back to the loop */
    void (*next)(struct call *call);                             /* there */
    struct data_item item;                                       /* the turn at the writer */
    int code;                                                    /* what the last step came to */
    bool keeps_reply; /* the handler itself replied with a status >= 400: undo, but answer that */
    bool ran;         /* the handler was C18N_OK; a later failure is the commit's */

    int input_code; /* of query and body. Told to the client only after the policy has agreed */
    const char *input_word, *input_detail;
    struct request_error *input_errors;

    struct auth_limit limit;
    bool has_limit;
    struct doc empty;                             /* the body of a request that has none */
    struct http_header headers[CALL_HEADERS_MAX]; /* of the answer; until then those that `prepare` set */
    size_t prepared_headers;
};

static inline struct call *call_of(struct request *request)
{
    struct call *call = (struct call *)(void *)request;
    assert(request->http && call->magic == CALL_MAGIC);
    return call;
}

#endif
