/* Status lines, ready to be copied. */
#include "http/lane.h"

/* clang-format off: it takes an initializer in a macro for a block */
#define LINE(number, words)                                                                                            \
    {                                                                                                                  \
        number, "HTTP/1.1 " #number " " words "\r\n", sizeof "HTTP/1.1 " #number " " words "\r\n" - 1                  \
    }
/* clang-format on */

static const struct {
    int status;
    const char *line;
    size_t length;
} lines[] = {
    LINE(200, "OK"),
    LINE(201, "Created"),
    LINE(202, "Accepted"),
    LINE(204, "No Content"),
    LINE(206, "Partial Content"),
    LINE(301, "Moved Permanently"),
    LINE(302, "Found"),
    LINE(303, "See Other"),
    LINE(304, "Not Modified"),
    LINE(307, "Temporary Redirect"),
    LINE(308, "Permanent Redirect"),
    LINE(400, "Bad Request"),
    LINE(401, "Unauthorized"),
    LINE(403, "Forbidden"),
    LINE(404, "Not Found"),
    LINE(405, "Method Not Allowed"),
    LINE(406, "Not Acceptable"),
    LINE(408, "Request Timeout"),
    LINE(409, "Conflict"),
    LINE(410, "Gone"),
    LINE(411, "Length Required"),
    LINE(412, "Precondition Failed"),
    LINE(413, "Content Too Large"),
    LINE(414, "URI Too Long"),
    LINE(415, "Unsupported Media Type"),
    LINE(416, "Range Not Satisfiable"),
    LINE(417, "Expectation Failed"),
    LINE(421, "Misdirected Request"),
    LINE(422, "Unprocessable Content"),
    LINE(423, "Locked"),
    LINE(425, "Too Early"),
    LINE(426, "Upgrade Required"),
    LINE(428, "Precondition Required"),
    LINE(429, "Too Many Requests"),
    LINE(431, "Request Header Fields Too Large"),
    LINE(451, "Unavailable For Legal Reasons"),
    LINE(500, "Internal Server Error"),
    LINE(501, "Not Implemented"),
    LINE(502, "Bad Gateway"),
    LINE(503, "Service Unavailable"),
    LINE(504, "Gateway Timeout"),
    LINE(505, "HTTP Version Not Supported"),
    LINE(507, "Insufficient Storage"),
};

static const char internal_error[] = "HTTP/1.1 500 Internal Server Error\r\n";

/* A status without a line here would be a slip in a table of ours; the client gets the 500 that it is. */
const char *http_status_line(int status, size_t *ret_length)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i].status == status) {
            *ret_length = lines[i].length;
            return lines[i].line;
        }
    *ret_length = sizeof internal_error - 1;
    return internal_error;
}
