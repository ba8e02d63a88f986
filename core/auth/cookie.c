#include "auth/cookie.h"
#include "base/words.h"
#include "request/server.h"

#include <string.h>
#include <strings.h>

static const char COOKIE_SPACE[] = " \t";

/* Steps to the next "name=value" of a Cookie header. */
static bool cookie_next(const char **at, const char **ret_pair, size_t *ret_length)
{
    *at += strspn(*at, "; \t");
    if (**at == '\0')
        return false;
    *ret_pair = *at;
    *ret_length = strcspn(*at, ";");
    *at += *ret_length;
    while (*ret_length > 0 && strchr(COOKIE_SPACE, (*ret_pair)[*ret_length - 1]))
        --*ret_length;
    return true;
}

/* One header's cookies of that name; two different ones may be an attempt to slip a session in, so neither counts. */
static int cookie_scan(struct request *request, const char *header, const char *name, const char **value)
{
    const char *pair;
    size_t length, name_length = strlen(name);
    while (cookie_next(&header, &pair, &length)) {
        if (length <= name_length || pair[name_length] != '=' || memcmp(pair, name, name_length) != 0)
            continue;
        const char *found = pair + name_length + 1;
        size_t found_length = length - name_length - 1;
        if (*value && (strlen(*value) != found_length || memcmp(*value, found, found_length) != 0))
            return C18N_INVALID;
        *value = arena_copy(request->arena, found, found_length);
        if (!*value)
            return C18N_NO_MEMORY;
    }
    return C18N_OK;
}

int auth_cookie_get(struct request *request, const char *name, const char **ret_value)
{
    const char *value = NULL;
    if (!request->http)
        return C18N_NOT_FOUND;
    for (size_t i = 0; i < request->http->header_count; i++) {
        const struct http_header *header = &request->http->headers[i];
        int code = strcmp(header->name, "cookie") == 0 ? cookie_scan(request, header->value, name, &value) : C18N_OK;
        if (code != C18N_OK)
            return code;
    }
    if (!value || !*value)
        return C18N_NOT_FOUND;
    *ret_value = value;
    return C18N_OK;
}

/* The place of a Set-Cookie of that name, or a new one; NULL: the answer is full. */
static struct http_header *cookie_place(struct request_reply *reply, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < reply->header_count; i++) {
        struct http_header *header = &reply->headers[i];
        if (strcasecmp(header->name, "set-cookie") == 0 && strncmp(header->value, name, length) == 0 &&
            header->value[length] == '=')
            return header;
    }
    if (reply->header_count == sizeof reply->headers / sizeof *reply->headers)
        return NULL;
    return &reply->headers[reply->header_count++];
}

/* A session is for encrypted connections, always. The pre-session is worth nothing to who sees it, and a client that
 * is served without encryption must be able to send it back, or it could not even log in for a token. */
static bool cookie_is_secure(const struct request *request, const char *name)
{
    return strcmp(name, AUTH_COOKIE_PRE) != 0 || strncmp(request->server->public_url, "http://", 7) != 0;
}

int auth_cookie_set(struct request *request, const char *name, const char *value, int64_t seconds)
{
    const char *line = arena_print(request->arena, "%s=%s; Path=/; Max-Age=%lld; HttpOnly;%s SameSite=Lax", name, value,
                                   (long long)seconds, cookie_is_secure(request, name) ? " Secure;" : "");
    struct http_header *place = line ? cookie_place(&request->reply, name) : NULL;
    if (!place)
        return C18N_NO_MEMORY;
    *place = (struct http_header){.name = "Set-Cookie", .value = line};
    return C18N_OK;
}

/* NULL: there is none. "" : there are several, which is as bad as a malformed one. */
static const char *cookie_authorization(const struct http_request *http)
{
    const char *found = NULL;
    for (size_t i = 0; i < http->header_count; i++)
        if (strcmp(http->headers[i].name, "authorization") == 0)
            found = found ? "" : http->headers[i].value;
    return found;
}

static int bearer_of_header(const char *value, const char **ret_token)
{
    static const char scheme[] = "bearer ";
    if (strncasecmp(value, scheme, sizeof scheme - 1) != 0)
        return C18N_UNAUTHENTICATED;
    value += sizeof scheme - 1;
    value += strspn(value, " ");
    size_t length = strcspn(value, COOKIE_SPACE);
    if (length == 0 || value[length] != '\0')
        return C18N_UNAUTHENTICATED;
    *ret_token = value;
    return C18N_OK;
}

/* One item of a list of sub-protocols; *token is what came before it. */
static int bearer_of_item(struct request *request, const char *item, size_t length, const char **token)
{
    static const char mark[] = "bearer.";
    const size_t skip = sizeof mark - 1;
    if (length < skip || memcmp(item, mark, skip) != 0)
        return C18N_OK;
    if (length == skip || *token)
        return C18N_UNAUTHENTICATED;
    *token = arena_copy(request->arena, item + skip, length - skip);
    return *token ? C18N_OK : C18N_NO_MEMORY;
}

/* A page's script can set no header of a handshake but this one. C18N_NOT_FOUND: no token in it. */
static int bearer_of_protocols(struct request *request, const char **ret_token)
{
    const struct http_request *http = request->http;
    const char *token = NULL, *item;
    size_t length;
    for (size_t i = 0; i < http->header_count; i++) {
        bool offers = strcmp(http->headers[i].name, "sec-websocket-protocol") == 0;
        struct words items = {offers ? http->headers[i].value : NULL, ","};
        while (words_next(&items, &item, &length)) {
            int code = bearer_of_item(request, item, length, &token);
            if (code != C18N_OK)
                return code;
        }
    }
    if (!token)
        return C18N_NOT_FOUND;
    *ret_token = token;
    return C18N_OK;
}

int auth_cookie_or_bearer(struct request *request, const char **ret_token, bool *ret_from_cookie)
{
    const char *value = request->http ? cookie_authorization(request->http) : NULL;
    *ret_token = NULL;
    *ret_from_cookie = false;
    if (value)
        return bearer_of_header(value, ret_token);
    bool handshake = request->http && request->route && request->route->run == ROUTE_SOCKET;
    int code = handshake ? bearer_of_protocols(request, ret_token) : C18N_NOT_FOUND;
    if (code != C18N_NOT_FOUND)
        return code;
    *ret_from_cookie = true;
    code = auth_cookie_get(request, AUTH_COOKIE_SESSION, ret_token);
    return code == C18N_NOT_FOUND ? C18N_OK : code == C18N_INVALID ? C18N_UNAUTHENTICATED : code;
}
