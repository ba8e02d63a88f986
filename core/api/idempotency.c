/* idempotency.c: kept answers. A row is one JSON line about the answer, a line feed, and its body. The
 * table holds two kinds: "0/TIME/DIGEST", empty and first in order, and "1/DIGEST", the answers. */
#include "api/idempotency.h"

#include "api/problem.h"
#include "api/reply.h"
#include "api/state.h"
#include "base/json.h"
#include "base/platform.h"

#include <sodium.h>
#include <string.h>

#define TABLE   "idempotency"
#define AGES    "0/"
#define ANSWERS "1/"

enum {
    KEY_MAX = 255,
    DIGEST_SIZE = 32,
    KEEP_S = 24 * 60 * 60,
    SWEEP_MAX = 4, /* rows that one write sweeps: more than it adds, so the table never grows for ever */
};

/* A key of the table; its digest follows the prefix. */
struct digest {
    char prefix[sizeof ANSWERS - 1];
    char hex[2 * DIGEST_SIZE + 1];
};
static const char *row_key(const struct digest *digest)
{
    return digest->prefix;
}

static const char *key_header(const struct request *request)
{
    const struct route *route = request->route;
    bool takes = request->http && strcmp(route->declared.method, "POST") == 0 && request->caller.user[0] != '\0' &&
                 !(route->declared.flags & (C18N_ROUTE_SESSION | C18N_ROUTE_STREAM));
    return takes ? http_find_header(request->http, "idempotency-key") : NULL;
}

static bool key_is_legal(const char *key)
{
    size_t length = strlen(key);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)key[i] < 0x20 || (unsigned char)key[i] > 0x7e)
            return false;
    return length > 0 && length <= KEY_MAX;
}

static void digest_part(crypto_generichash_state *state, const void *bytes, size_t length)
{
    uint64_t count = length;
    crypto_generichash_update(state, (const unsigned char *)&count, sizeof count);
    crypto_generichash_update(state, bytes, length);
}

static void digest_end(crypto_generichash_state *state, struct digest *ret_digest)
{
    uint8_t bytes[DIGEST_SIZE];
    memcpy(ret_digest->prefix, ANSWERS, sizeof ret_digest->prefix);
    crypto_generichash_final(state, bytes, sizeof bytes);
    sodium_bin2hex(ret_digest->hex, sizeof ret_digest->hex, bytes, sizeof bytes);
}

static void digest_key(const struct request *request, const char *key, struct digest *ret_digest)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, DIGEST_SIZE);
    digest_part(&state, request->caller.user, strlen(request->caller.user));
    digest_part(&state, request->route->declared.method, strlen(request->route->declared.method));
    digest_part(&state, request->route->declared.path, strlen(request->route->declared.path));
    for (size_t i = 0; i < request->param_count; i++)
        digest_part(&state, request->params[i].value, strlen(request->params[i].value));
    digest_part(&state, key, strlen(key));
    digest_end(&state, ret_digest);
}

static void digest_body(const struct request *request, struct digest *ret_digest)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, DIGEST_SIZE);
    digest_part(&state, request->body->text, request->body->length); /* canonical: spacing and order don't count */
    digest_part(&state, request->http->query, strlen(request->http->query));
    digest_end(&state, ret_digest);
}

/* --- finding --- */

static int restore_headers(struct request *request, const c18n_doc *about)
{
    const char *const *items;
    size_t count = c18n_texts(about, "headers", &items);
    for (size_t i = 0; i + 1 < count; i += 2)
        if (reply_header(request, items[i], items[i + 1]) != C18N_OK)
            return C18N_CORRUPT;
    return reply_header(request, "Idempotency-Replayed", "true");
}

static int restore(struct request *request, const c18n_doc *about, const char *body, size_t length)
{
    reply_body(request, (int)c18n_integer(about, "status", 200), body, length);
    const char *type = c18n_text(about, "type");
    request->reply.content_type = type ? type : "application/json";
    return restore_headers(request, about);
}

/* The line about an answer; *ret_rest is its body. NULL: no such line, or no memory. */
static const c18n_doc *about_of(struct request *request, c18n_bytes row, const char **ret_rest)
{
    const char *line_end = memchr(row.at, '\n', row.length);
    if (!line_end)
        return NULL;
    *ret_rest = line_end + 1;
    return json_trusted(request->head.host, request->arena, row.at, (size_t)(line_end - (const char *)row.at));
}

static int read_row(struct request *request, c18n_bytes row, bool *ret_replayed)
{
    struct digest body;
    const char *rest;
    const c18n_doc *about = about_of(request, row, &rest);
    if (!about)
        return C18N_CORRUPT;
    if (c18n_integer(about, "at", 0) + KEEP_S <= platform_wall_ms() / 1000)
        return C18N_OK; /* too old to count; the new answer takes its place */
    digest_body(request, &body);
    const char *first = c18n_text(about, "digest");
    if (!first || strcmp(first, body.hex) != 0)
        return problem_note(request, C18N_INVALID, "idempotency_key_reused",
                            "This Idempotency-Key came with another request before.");
    *ret_replayed = true;
    return restore(request, about, rest, row.length - (size_t)(rest - (const char *)row.at));
}

int idempotency_find(struct request *request, bool *ret_replayed)
{
    struct digest digest;
    c18n_bytes row;
    const char *key = key_header(request);
    if (!key)
        return C18N_OK;
    if (!key_is_legal(key))
        return problem_note(request, C18N_BAD_REQUEST, "bad_idempotency_key",
                            "The Idempotency-Key must be 1 to 255 printable ASCII characters.");
    digest_key(request, key, &digest);
    int code = data_host_get(request, TABLE, row_key(&digest), &row);
    if (code == C18N_NOT_FOUND)
        return C18N_OK;
    return code == C18N_OK ? read_row(request, row, ret_replayed) : code;
}

/* --- keeping --- */

static const char *age_key(struct request *request, int64_t at, const struct digest *digest)
{
    return arena_print(request->arena, AGES "%012lld/%s", (long long)at, digest->hex);
}

struct sweep {
    struct request *request;
    int64_t until;
    const char *keys[SWEEP_MAX];
    size_t count;
};

static int sweep_row(void *arg, c18n_bytes key, c18n_bytes value)
{
    (void)value;
    struct sweep *sweep = arg;
    if (key.length < sizeof AGES || memcmp(key.at, AGES, sizeof AGES - 1) != 0)
        return C18N_AGAIN; /* the answers begin */
    char *copy = arena_copy(sweep->request->arena, key.at, key.length);
    if (!copy)
        return C18N_NO_MEMORY;
    int64_t at = 0;
    for (const char *digit = copy + sizeof AGES - 1; *digit >= '0' && *digit <= '9'; digit++)
        at = at * 10 + (*digit - '0');
    if (at > sweep->until || sweep->count == SWEEP_MAX)
        return C18N_AGAIN; /* in order of time: the rest is younger */
    sweep->keys[sweep->count++] = copy;
    return C18N_OK;
}

/* Is the answer that an age row speaks of still the one of that time? A key that was used again after its
 * day has a younger answer, which its own age row will end. */
static bool is_of_age(struct request *request, const char *answer, int64_t until)
{
    c18n_bytes row;
    const char *rest;
    if (data_host_get(request, TABLE, answer, &row) != C18N_OK)
        return false;
    const c18n_doc *about = about_of(request, row, &rest);
    return about && c18n_integer(about, "at", 0) <= until;
}

static int end_answer(struct request *request, const char *age, int64_t until)
{
    const char *digest = strrchr(age, '/') + 1;
    const char *answer = arena_print(request->arena, ANSWERS "%s", digest);
    if (!answer)
        return C18N_NO_MEMORY;
    int code = is_of_age(request, answer, until) ? data_host_remove(request, TABLE, answer) : C18N_OK;
    return code == C18N_OK ? data_host_remove(request, TABLE, age) : code;
}

static int sweep_old(struct request *request, int64_t now)
{
    struct sweep sweep = {.request = request, .until = now - KEEP_S};
    int code = data_host_scan(request, TABLE, sweep_row, &sweep);
    for (size_t i = 0; code == C18N_OK && i < sweep.count; i++)
        code = end_answer(request, sweep.keys[i], sweep.until);
    return code;
}

static void write_row(struct request *request, int64_t now, struct text *row)
{
    struct digest body;
    const struct request_reply *reply = &request->reply;
    digest_body(request, &body);
    text_print(row, "{\"at\":%lld,\"digest\":\"%s\",\"status\":%d,\"type\":", (long long)now, body.hex, reply->status);
    text_add_json(row, reply->content_type, strlen(reply->content_type));
    text_add_text(row, ",\"headers\":[");
    for (size_t i = 0; i < reply->header_count; i++) {
        if (i > 0)
            text_add_char(row, ',');
        text_add_json(row, reply->headers[i].name, strlen(reply->headers[i].name));
        text_add_char(row, ',');
        text_add_json(row, reply->headers[i].value, strlen(reply->headers[i].value));
    }
    text_add_text(row, "]}\n");
    text_add(row, reply->body, reply->body_length);
}

static bool sets_cookie(const struct request_reply *reply)
{
    for (size_t i = 0; i < reply->header_count; i++)
        if (strcmp(reply->headers[i].name, "Set-Cookie") == 0)
            return true;
    return false;
}

int idempotency_keep(struct request *request)
{
    struct digest digest;
    struct text row;
    const char *key = key_header(request);
    if (!key || !request->reply.body || sets_cookie(&request->reply))
        return C18N_OK;
    int64_t now = platform_wall_ms() / 1000;
    int code = sweep_old(request, now);
    if (code != C18N_OK)
        return code;
    digest_key(request, key, &digest);
    text_init(&row, request->arena, 0);
    write_row(request, now, &row);
    const char *age = age_key(request, now, &digest);
    if (row.failed || !age)
        return C18N_NO_MEMORY;
    code = data_host_put(request, TABLE, row_key(&digest), (c18n_bytes){row.at, row.length});
    return code == C18N_OK ? data_host_put(request, TABLE, age, (c18n_bytes){"", 0}) : code;
}
