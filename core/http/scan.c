/* Where a head ends, and whether its lines may be lines at all. llhttp sees a head only when it is whole. */
#include "http/parse.h"

#include <string.h>

const char http_allowed_methods[] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};
static const char *const forbidden_methods[] = {"TRACE", "CONNECT"};

enum {
    METHOD_COUNT = sizeof methods / sizeof *methods,
    FORBIDDEN_COUNT = sizeof forbidden_methods / sizeof *forbidden_methods
};

static enum http_step refuse(struct http_refusal *ret_refusal, int status, const char *code, const char *detail)
{
    *ret_refusal = (struct http_refusal){status, code, detail};
    return HTTP_REFUSED;
}

static enum http_step bad_line(struct http_refusal *ret_refusal, const char *detail)
{
    return refuse(ret_refusal, 400, "bad_request_line", detail);
}

static const char *find_method(const char *const *list, size_t count, const char *text, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == length && memcmp(list[i], text, length) == 0)
            return list[i];
    return NULL;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* The version comes before the method, so that the preface of HTTP/2 is answered with 505. */
static enum http_step check_version(const char *text, size_t length, int *ret_minor, struct http_refusal *ret_refusal)
{
    if (length != 8 || memcmp(text, "HTTP/", 5) != 0 || !is_digit(text[5]) || text[6] != '.' || !is_digit(text[7]))
        return bad_line(ret_refusal, "The request line must end with HTTP/1.1.");
    if (text[5] == '0')
        return bad_line(ret_refusal, "HTTP/0.9 is not spoken here.");
    if (text[5] != '1' || text[7] > '1')
        return refuse(ret_refusal, 505, "http_version", "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    *ret_minor = text[7] - '0';
    return HTTP_WHOLE;
}

static enum http_step check_method(const char *text, size_t length, const char **ret_method,
                                   struct http_refusal *ret_refusal)
{
    const char *method = find_method(methods, METHOD_COUNT, text, length);
    if (method) {
        *ret_method = method;
        return HTTP_WHOLE;
    }
    if (find_method(forbidden_methods, FORBIDDEN_COUNT, text, length))
        return refuse(ret_refusal, 405, "method_not_allowed", "This method is not allowed.");
    return refuse(ret_refusal, 501, "unknown_method", "This method is not known.");
}

/* METHOD SP TARGET SP VERSION, and nothing else: no tabs, no second blank, no missing part. */
static enum http_step check_request_line(struct http_scan *scan, const char *text, size_t length,
                                         struct http_refusal *ret_refusal)
{
    const char *end = text + length;
    const char *blank = memchr(text, ' ', length);
    const char *target = blank ? blank + 1 : NULL;
    const char *second = target ? memchr(target, ' ', (size_t)(end - target)) : NULL;
    if (!second || second == target || !http_is_token(text, (size_t)(blank - text)))
        return bad_line(ret_refusal, "The request line must be a method, a target and a version.");
    enum http_step step = check_version(second + 1, (size_t)(end - second - 1), &scan->line.minor, ret_refusal);
    if (step == HTTP_WHOLE)
        step = check_method(text, (size_t)(blank - text), &scan->line.method, ret_refusal);
    if (step != HTTP_WHOLE)
        return step;
    scan->line.target_at = scan->line_at + (size_t)(target - text);
    scan->line.target_length = (size_t)(second - target);
    if (scan->line.target_length > HTTP_MAX_TARGET)
        return refuse(ret_refusal, 414, "url_too_long", "The URL is longer than 8 KiB.");
    return HTTP_WHOLE;
}

static enum http_step check_field_line(const struct http_scan *scan, const char *text, size_t length,
                                       struct http_refusal *ret_refusal)
{
    if (length > HTTP_MAX_FIELD)
        return refuse(ret_refusal, 431, "header_too_large", "A header is longer than 8 KiB.");
    if (scan->lines > HTTP_MAX_FIELDS)
        return refuse(ret_refusal, 431, "too_many_headers", "There are more than 100 headers.");
    if (scan->line_at + length - scan->fields_at > HTTP_MAX_FIELDS_SIZE)
        return refuse(ret_refusal, 431, "headers_too_large", "The headers are longer than 32 KiB in all.");
    if (text[0] == ' ' || text[0] == '\t')
        return refuse(ret_refusal, 400, "folded_header", "A header must not go on in the next line.");
    return HTTP_WHOLE;
}

static enum http_step check_line(struct http_scan *scan, const char *text, size_t length,
                                 struct http_refusal *ret_refusal)
{
    if (memchr(text, '\r', length))
        return refuse(ret_refusal, 400, scan->lines ? "bad_header" : "bad_request_line", "A line has a CR in it.");
    return scan->lines ? check_field_line(scan, text, length, ret_refusal)
                       : check_request_line(scan, text, length, ret_refusal);
}

/* A line that is not whole yet: what can only become wrong is refused now and not at the time-out. */
static enum http_step check_unfinished(struct http_scan *scan, const char *bytes, size_t length,
                                       struct http_refusal *ret_refusal)
{
    size_t unfinished = length - scan->line_at;
    scan->at = length;
    if (unfinished == 0)
        return HTTP_MORE;
    if (scan->lines == 0) {
        if (!http_is_token(bytes + scan->line_at, 1)) /* a TLS handshake, say */
            return bad_line(ret_refusal, "This is no HTTP request.");
        if (unfinished > HTTP_MAX_LINE)
            return refuse(ret_refusal, 414, "url_too_long", "The URL is longer than 8 KiB.");
        return HTTP_MORE;
    }
    if (bytes[scan->line_at] == '\r')
        return HTTP_MORE;
    size_t text = bytes[length - 1] == '\r' ? unfinished - 1 : unfinished;
    return check_field_line(scan, bytes + scan->line_at, text, ret_refusal) == HTTP_REFUSED ? HTTP_REFUSED : HTTP_MORE;
}

enum http_step http_scan_head(struct http_scan *scan, const char *bytes, size_t length,
                              struct http_refusal *ret_refusal)
{
    const char *feed;
    while (scan->at < length && (feed = memchr(bytes + scan->at, '\n', length - scan->at))) {
        size_t end = (size_t)(feed - bytes);
        if (end == scan->line_at || bytes[end - 1] != '\r')
            return refuse(ret_refusal, 400, scan->lines ? "bad_header" : "bad_request_line",
                          "Lines must end with CR LF.");
        size_t text = end - 1 - scan->line_at;
        scan->at = end + 1;
        if (text == 0 && scan->lines > 0)
            return HTTP_WHOLE;
        if (check_line(scan, bytes + scan->line_at, text, ret_refusal) == HTTP_REFUSED)
            return HTTP_REFUSED;
        scan->line_at = end + 1;
        if (scan->lines++ == 0)
            scan->fields_at = end + 1;
    }
    return check_unfinished(scan, bytes, length, ret_refusal);
}
