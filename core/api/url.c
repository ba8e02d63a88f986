/* url.c: absolute URLs, and the Link header. */
#include "api/url.h"

#include "api/state.h"

#include <string.h>

#define UNRESERVED "-._~"

void url_add(struct text *text, const struct server *server, const char *path)
{
    text_add_text(text, server->public_url);
    text_add_text(text, API_BASE);
    text_add_text(text, path);
}

static bool is_kept(char byte, const char *marks)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte != '\0' && strchr(marks, byte));
}

/* Letters, digits and `marks` stay as they are; runs of them are added in one step. */
static void add_encoded(struct text *text, const char *value, size_t length, const char *marks)
{
    for (size_t i = 0; i < length;) {
        size_t run = i;
        while (run < length && is_kept(value[run], marks))
            run++;
        text_add(text, value + i, run - i);
        if (run < length)
            text_print(text, "%%%02X", (unsigned)(unsigned char)value[run]);
        i = run + 1;
    }
}

void url_add_encoded(struct text *text, const char *value, size_t length)
{
    add_encoded(text, value, length, UNRESERVED);
}

static void add_parameter(struct text *text, char before, const char *name, const char *value)
{
    text_add_char(text, before);
    url_add_encoded(text, name, strlen(name));
    text_add_char(text, '=');
    url_add_encoded(text, value, strlen(value));
}

const char *url_next_link(struct request *request, const char *name, const char *value)
{
    struct text text;
    char before = '?';
    const char *path = request->http->path;
    text_init(&text, request->arena, 0);
    text_add_char(&text, '<');
    text_add_text(&text, request->server->public_url);
    /* As the client wrote it, already encoded; what would end the <…> is encoded again. */
    add_encoded(&text, path, strlen(path), UNRESERVED "/%:@!$&'()*+,;=");
    for (size_t i = 0; i < request->query_count; i++) {
        if (strcmp(request->query[i].name, name) == 0)
            continue;
        add_parameter(&text, before, request->query[i].name, request->query[i].value);
        before = '&';
    }
    add_parameter(&text, before, name, value);
    text_add_text(&text, ">; rel=\"next\"");
    return text.failed ? NULL : text_end(&text);
}
