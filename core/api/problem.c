/* problem.c: the tables of codes and statuses, and the JSON of a problem. */
#include "api/problem.h"

#include "base/log.h"

#include <string.h>

static const struct code_words {
    int code, status;
    const char *word, *detail;
} codes[] = {
    {C18N_ERROR, 500, "internal", "The server made a mistake. It is in its log under the request id."},
    {C18N_NO_MEMORY, 503, "unavailable", "The server is short of memory. Try again later."},
    {C18N_INVALID, 422, "invalid_field", "A field is not valid."},
    {C18N_BAD_REQUEST, 400, "bad_request", "The request is not well formed."},
    {C18N_UNAUTHENTICATED, 401, "unauthenticated", "A valid token is needed."},
    {C18N_FORBIDDEN, 403, "forbidden", "You may not do this."},
    {C18N_NOT_FOUND, 404, "not_found", "There is no such resource."},
    {C18N_GONE, 410, "gone", "The resource was deleted."},
    {C18N_CONFLICT, 409, "conflict", "It conflicts with the resource as it is now."},
    {C18N_PRECONDITION, 412, "precondition_failed", "The resource has changed since you read it."},
    {C18N_TOO_LARGE, 413, "too_large", "The request is too large."},
    {C18N_LIMITED, 429, "rate_limited", "Too many requests. Try again later."},
    {C18N_UNAVAILABLE, 503, "unavailable", "A part of the server is down. Try again later."},
    {C18N_NO_SPACE, 507, "insufficient_storage", "The server's storage is full."},
    {C18N_EXISTS, 409, "conflict", "It exists already."},
    {C18N_AGAIN, 503, "busy", "The server is busy. Try again in a moment."},
    {C18N_CORRUPT, 500, "corrupt", "Stored data is damaged and is not given out."},
    {C18N_IO, 503, "unavailable", "The server's storage can't be reached. Try again later."},
    {C18N_TIMEOUT, 503, "timeout", "It took too long. Try again later."},
    {C18N_UNSUPPORTED, 415, "unsupported_media_type", "The content is of a type that is not taken here."},
    {C18N_BUSY, 503, "busy", "The server is busy. Try again in a moment."},
};

static const struct {
    int status;
    const char *title, *word;
} statuses[] = {
    {400, "Bad Request", "bad_request"},
    {401, "Unauthorized", "unauthenticated"},
    {403, "Forbidden", "forbidden"},
    {404, "Not Found", "not_found"},
    {405, "Method Not Allowed", "method_not_allowed"},
    {408, "Request Timeout", "timeout"},
    {409, "Conflict", "conflict"},
    {410, "Gone", "gone"},
    {412, "Precondition Failed", "precondition_failed"},
    {413, "Content Too Large", "too_large"},
    {414, "URI Too Long", "uri_too_long"},
    {415, "Unsupported Media Type", "unsupported_media_type"},
    {416, "Range Not Satisfiable", "range_not_satisfiable"},
    {417, "Expectation Failed", "expectation_failed"},
    {421, "Misdirected Request", "misdirected"},
    {422, "Unprocessable Content", "invalid_field"},
    {426, "Upgrade Required", "upgrade_required"},
    {429, "Too Many Requests", "rate_limited"},
    {431, "Request Header Fields Too Large", "headers_too_large"},
    {500, "Internal Server Error", "internal"},
    {501, "Not Implemented", "not_implemented"},
    {503, "Service Unavailable", "unavailable"},
    {505, "HTTP Version Not Supported", "version_not_supported"},
    {507, "Insufficient Storage", "insufficient_storage"},
};

static const struct code_words *code_words(int code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code)
            return &codes[i];
    return &codes[0]; /* a code of a later minor: a fault of ours */
}

static size_t status_row(int status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].status == status)
            return i;
    return SIZE_MAX;
}

const char *problem_title(int status)
{
    size_t row = status_row(status);
    return row == SIZE_MAX ? "Error" : statuses[row].title;
}

/* --- notes --- */

static const char *copy(struct request *request, const char *words)
{
    return words ? arena_copy(request->arena, words, strlen(words)) : NULL;
}

int problem_note(struct request *request, int code, const char *word, const char *detail)
{
    request->problem_word = copy(request, word);
    request->problem_detail = copy(request, detail);
    return code;
}

void problem_forget(struct request *request)
{
    request->problem_word = request->problem_detail = NULL;
    request->errors = NULL;
}

void problem_add_error(struct request *request, const char *field, const char *detail)
{
    struct request_error **end = &request->errors;
    size_t count = 0;
    for (; *end; end = &(*end)->next)
        count++;
    if (count >= PROBLEM_ERRORS_MAX)
        return;
    struct request_error *error = arena_alloc(request->arena, sizeof *error);
    if (!error)
        return;
    error->field = copy(request, field);
    error->detail = copy(request, detail);
    if (error->field && error->detail)
        *end = error;
}

/* --- the answer --- */

static void add_member(struct text *text, const char *name, const char *value)
{
    text_add_char(text, ',');
    text_add_json(text, name, strlen(name));
    text_add_char(text, ':');
    text_add_json(text, value, strlen(value));
}

void problem_write_errors(struct text *text, const struct request_error *errors)
{
    text_add_char(text, '[');
    for (const struct request_error *error = errors; error; error = error->next) {
        text_add_text(text, error == errors ? "{\"field\":" : ",{\"field\":");
        text_add_json(text, error->field, strlen(error->field));
        add_member(text, "detail", error->detail);
        text_add_char(text, '}');
    }
    text_add_char(text, ']');
}

void problem_write(struct text *text, int status, const char *word, const char *detail, const char *request_id,
                   const struct request_error *errors)
{
    text_add_text(text, "{\"type\":\"urn:c18n:problem:");
    text_add_text(text, word); /* words are [a-z0-9_], so they need no escapes here */
    text_add_char(text, '"');
    add_member(text, "title", problem_title(status));
    text_add_text(text, ",\"status\":");
    text_add_integer(text, status);
    add_member(text, "detail", detail);
    add_member(text, "code", word);
    add_member(text, "request_id", request_id ? request_id : "");
    if (errors) {
        text_add_text(text, ",\"errors\":");
        problem_write_errors(text, errors);
    }
    text_add_char(text, '}');
}

static bool word_is_clean(const char *word)
{
    return word && *word != '\0' && strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(word);
}

/* A 401 takes a bad session cookie away with it, and a handler's own 429 says how long to wait. Any other
 * header belonged to the answer that is not given. */
static void keep_headers(const struct request_reply *from, struct request_reply *to)
{
    const char *kept = to->status == 401 ? "Set-Cookie" : to->status == 429 ? "Retry-After" : "";
    for (size_t i = 0; i < from->header_count; i++)
        if (strcmp(from->headers[i].name, kept) == 0)
            to->headers[to->header_count++] = from->headers[i];
}

void problem_reply(struct request *request, int status, const char *word, const char *detail)
{
    static const char no_memory[] =
        "{\"type\":\"urn:c18n:problem:unavailable\",\"title\":\"Service Unavailable\","
        "\"status\":503,\"code\":\"unavailable\",\"detail\":\"The request used too much memory.\"}";
    size_t row = status_row(status);
    if (!word_is_clean(word))
        word = row == SIZE_MAX ? "error" : statuses[row].word;
    struct text text;
    text_init(&text, request->arena, 0);
    problem_write(&text, status, word, detail ? detail : problem_title(status), request->request_id, request->errors);
    const char *body = text_end(&text);
    struct request_reply reply = {
        .status = text.failed ? 503 : status,
        .content_type = "application/problem+json",
        .body = text.failed ? no_memory : body,
        .body_length = text.failed ? sizeof no_memory - 1 : text.length,
        .streaming = request->reply.streaming,
    };
    keep_headers(&request->reply, &reply);
    request->reply = reply;
}

/* A 422 that says nothing is no client's: the host's own judges and c18n_fail(_field) say what is wrong. What is left
 * is a call that was wrong, an event that isn't declared or a view that isn't there. */
static int heed_bug(const struct request *request, int code)
{
    if (code != C18N_INVALID || request->errors || request->problem_word || request->problem_detail)
        return code;
    log_line(C18N_LOG_ERROR, request->head.self ? request->head.self->id : "api",
             "%s %s failed with C18N_INVALID and names no field: a call of the module's was wrong (request %s)",
             request->route ? request->route->declared.method : "", request->route ? request->route->declared.path : "",
             request->request_id ? request->request_id : "");
    return C18N_ERROR;
}

void problem_words(const struct request *request, int code, const char **ret_word, const char **ret_detail)
{
    const struct code_words *words = code_words(heed_bug(request, code));
    *ret_word = word_is_clean(request->problem_word) ? request->problem_word : words->word;
    *ret_detail = request->problem_detail ? request->problem_detail : words->detail;
}

void api_problem(struct request *request, int code)
{
    code = heed_bug(request, code);
    const struct code_words *words = code_words(code);
    problem_reply(request, words->status, request->problem_word ? request->problem_word : words->word,
                  request->problem_detail ? request->problem_detail : words->detail);
}
