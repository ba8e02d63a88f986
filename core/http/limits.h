/** limits.h: every maximum of the HTTP server that is not an option. Bytes unless the name says otherwise. */
#ifndef HTTP_LIMITS_H
#define HTTP_LIMITS_H

enum {
    HTTP_MAX_TARGET = 8 * 1024,          /* of the request line: 414 */
    HTTP_MAX_LINE = 8 * 1024 + 64,       /* the whole request line, before it is known to be one */
    HTTP_MAX_FIELD = 8 * 1024,           /* one header line: 431 */
    HTTP_MAX_FIELDS = 100,               /* header lines: 431 */
    HTTP_MAX_FIELDS_SIZE = 32 * 1024,    /* all header lines: 431 */
    HTTP_MAX_EXTENSIONS = 1024,          /* chunk extensions of a body: 400 */
    HTTP_MAX_FRAMING = 8 * 1024,         /* between two pieces of chunked data, trailers included: 400 */
    HTTP_MAX_FORWARDED = 1024,           /* X-Forwarded-For: 400 */
    HTTP_MAX_QUEUE = 16,                 /* requests of one connection; then reading stops */
    HTTP_HIGH_WATER = 256 * 1024,        /* unsent bytes of one connection; then reading stops */
    HTTP_READ_SIZE = 64 * 1024,          /* the buffer that all connections of a loop read into */
    HTTP_SMALL_BODY = 16 * 1024,         /* bodies up to this lie in the arena */
    HTTP_JOINED_BODY = 4 * 1024,         /* answers up to this are copied behind their head: one iovec */
    HTTP_GZIP_LEAST = 1024,              /* smaller answers are not worth it */
    HTTP_GZIP_MOST = 1024 * 1024,        /* larger ones would hold up the loop */
    HTTP_ARENA_LIMIT = 16 * 1024 * 1024, /* a request's memory, beside four times max_body */
    HTTP_SPARE_EXCHANGES = 64,           /* kept for reuse on each loop */
    HTTP_GATHER = 32,                    /* iovecs of one write */
    HTTP_LAST_MS = 500,                  /* while the server stops: time for an idle connection to ask once more */
    HTTP_LINGER_MS = 2000,               /* after the last answer: time for the client to read it */
    HTTP_LINGER_SIZE = 4 * 1024 * 1024,  /* what is read and thrown away meanwhile */
    HTTP_ACCEPT_BATCH = 64,              /* connections taken in one turn of the loop */
    HTTP_ACCEPT_PAUSE_MS = 100,          /* when file descriptors have run out */
    HTTP_BACKLOG = 1024,
    HTTP_ADDRESS_SIZE = 48,
};

#endif
