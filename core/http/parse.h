/**
 * parse.h: from bytes to a judged request. No sockets here: the fuzzer runs all of it.
 *
 * scan.c finds the end of a head without copying and refuses bad line ends and sizes early. parse.c
 * gives the whole head, and then the body, to llhttp. What llhttp lets through is refused by scan.c
 * (HTTP/0.9, bare LF, folded lines), fields.c (what fields mean together) and target.c (paths).
 * All of it belongs to one connection and so to one thread.
 */
#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include "http/http.h"
#include "http/limits.h"

#include <llhttp.h>

struct http_refusal {
    int status; /* 0: none */
    const char *code, *detail;
};

enum http_step { HTTP_MORE, HTTP_WHOLE, HTTP_REFUSED };

struct http_rules { /* the server's, for judging */
    size_t max_body;
    const char *const *hosts;
    size_t host_count;
};

struct http_line {      /* the request line, as offsets into the head */
    const char *method; /* static; NULL: not known yet */
    size_t target_at, target_length;
    int minor;
};

struct http_scan {
    size_t at;        /* looked at so far; the head's length when it is whole */
    size_t line_at;   /* start of the line being looked at */
    size_t fields_at; /* start of the header lines */
    unsigned lines;   /* whole ones */
    struct http_line line;
};

/** Looks for the end of a head. `bytes` begins with the message each time, with more behind. */
enum http_step http_scan_head(struct http_scan *scan, const char *bytes, size_t length,
                              struct http_refusal *ret_refusal);

/* Fields that the server itself reads. */
enum http_known {
    HTTP_HOST,
    HTTP_CONTENT_LENGTH,
    HTTP_TRANSFER_ENCODING,
    HTTP_CONTENT_ENCODING,
    HTTP_EXPECT,
    HTTP_FORWARDED_FOR,
    HTTP_REQUEST_ID,
    HTTP_UPGRADE,
    HTTP_KNOWN_COUNT
};

struct http_message { /* one request while it comes in */
    struct http_request *request;
    const struct http_rules *rules; /* while its head is judged: they may change before its body has come */
    size_t max_body;
    llhttp_t llhttp;
    struct http_refusal refusal;
    struct http_header *headers;
    size_t header_room;
    char *name, *value; /* of the header being read, in the arena's copy of the head */
    size_t name_length, value_length;
    bool in_value, head_done, whole;
    bool keep_alive, old /* HTTP/1.0 */, chunked, expects, body_on_heap;
    const char *known[HTTP_KNOWN_COUNT];
    unsigned known_count[HTTP_KNOWN_COUNT];
    size_t length; /* declared */
    char *body;
    size_t received, room;
    const char *mark; /* chunked: framing not yet checked begins here */
    char last;        /* byte of framing */
    size_t framing, extensions;
    char trailer[32]; /* name of a trailer */
    size_t trailer_length;
};

/** Parses and judges a whole head. MORE: a body is to come. Needs request->arena and request->address. */
enum http_step http_message_begin(struct http_message *message, struct http_request *request,
                                  const struct http_scan *scan, const char *head, const struct http_rules *rules);
/** Takes bytes of the body. WHOLE: *ret_used tells where the next request begins. */
enum http_step http_message_body(struct http_message *message, const char *bytes, size_t length, size_t *ret_used);
/** Where a large body of known length may be read to directly; NULL: nowhere. */
char *http_message_room(struct http_message *message, size_t *ret_room);
void http_message_end(struct http_message *message);

/* Used by parse.c. Each gives true, or false with message->refusal set. */
bool http_message_refuse(struct http_message *message, int status, const char *code,
                         const char *detail); /* always false */
bool http_fields_add(struct http_message *message, struct http_header *header, size_t name_length, size_t value_length);
bool http_fields_trailer(struct http_message *message);
bool http_fields_judge(struct http_message *message);
bool http_address_judge(struct http_message *message); /* X-Forwarded-For */
bool http_host_judge(struct http_message *message, const char *authority, size_t authority_length);
bool http_target_judge(struct http_message *message, char *target, size_t length);

bool http_is_value(const char *text, size_t length);

extern const char http_allowed_methods[]; /* for Allow */

#endif
