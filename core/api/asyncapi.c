/* asyncapi.c: the events, as AsyncAPI 3.0: a channel a topic, a message an event type. asyncapi_sockets.c adds a
 * channel a WebSocket. */
#include "api/asyncapi_sockets.h"
#include "api/documents.h"
#include "api/openapi.h"
#include "api/schema.h"
#include "base/json.h"
#include "request/server.h"

#include <stdio.h>
#include <string.h>

enum { DOCUMENT_MEMORY_MAX = 64 << 20 };

/* The host's own events, which no module declares. */
static const c18n_field revoked_data[] = {C18N_ID("user", 0), C18N_TIME("expires", 0, .help = "The token's end")};
static const c18n_field read_data[] = {C18N_TEXTS("reads", 0, .help = "VIEW ID USER SECONDS, one an access")};
static const c18n_field audit_data[] = {C18N_TEXT("detail", 0)};
static const c18n_field issued_data[] = {C18N_ID("session", 0), C18N_TIME("expires", 0)};
static const c18n_event_type host_events[] = {
    {"auth.revoked", "users", 1, NULL, NULL, C18N_ALL(revoked_data),
     "A session was ended before its time; the resource is its jti"},
    {"access.read", "access", 1, NULL, NULL, C18N_ALL(read_data), "Single resources were read"},
    {"audit.csrf", "access", 1, NULL, NULL, C18N_ALL(audit_data),
     "A changing request without its CSRF token was refused"},
    {"audit.token_refused", "access", 1, NULL, NULL, C18N_ALL(audit_data), "A forged token was refused"},
    {"audit.token_issued", "access", 1, NULL, NULL, C18N_ALL(issued_data), "An operator made a token for the resource"},
};

/* The envelope of every event; `data` is the message's own. */
static const char envelope[] =
    "{\"type\":\"object\","
    "\"required\":[\"event_id\",\"type\",\"version\",\"time\",\"actor\",\"resource\",\"key\",\"data\"],\"properties\":{"
    "\"event_id\":{\"type\":\"string\",\"format\":\"uuid\",\"description\":\"UUIDv7, unique: deliveries may repeat\"},"
    "\"type\":{\"type\":\"string\"},\"version\":{\"type\":\"integer\",\"description\":\"Of data\"},"
    "\"time\":{\"type\":\"number\",\"description\":\"Unix seconds, with milliseconds as fraction\"},"
    "\"actor\":{\"type\":\"string\",\"description\":\"An id, system or anonymous\"},"
    "\"on_behalf_of\":{\"type\":[\"string\",\"null\"],\"description\":\"The administrator who acted for the actor\"},"
    "\"resource\":{\"type\":\"string\",\"description\":\"What it is about\"},"
    "\"key\":{\"type\":\"string\",\"description\":\"Partition key: events of one key keep their order\"},"
    "\"request_id\":{\"type\":\"string\"},\"data\":{\"type\":\"object\"}}}";

const c18n_table *api_host_events(void)
{
    static const c18n_table table = C18N_ALL(host_events);
    return &table;
}

/* --- walking all event types --- */

struct events {
    const struct loader *loader;
    const struct api *api;
    c18n_out *out;
    const char *topic; /* only these; NULL: all */
    size_t count;
};

typedef void (*event_step)(struct events *events, const c18n_event_type *type);

static void events_of_table(struct events *events, const c18n_table *table, event_step step)
{
    c18n_event_type type;
    for (uint32_t i = 0; i < table->count; i++) {
        loader_item(table, i, &type, sizeof type);
        if (!events->topic || strcmp(type.topic, events->topic) == 0)
            step(events, &type);
    }
}

static void events_each(struct events *events, event_step step)
{
    events_of_table(events, api_host_events(), step);
    for (size_t i = 0; i < loader_count(events->loader); i++) {
        const struct module *module = loader_at(events->loader, i);
        if (module->state != MODULE_LEFT_OUT)
            events_of_table(events, &module->descriptor->events, step);
    }
}

/* --- channels and operations --- */

static const char *const topics[] = {"messages", "likes",         "shares",     "comments", "posts",
                                     "users",    "communities",   "usergroups", "invites",  "subscriptions",
                                     "media",    "notifications", "access"};
enum { TOPICS = sizeof topics / sizeof *topics };

const char *api_topic(size_t number)
{
    return number < TOPICS ? topics[number] : NULL;
}

static void count_one(struct events *events, const c18n_event_type *type)
{
    (void)type;
    events->count++;
}

static bool topic_is_used(const struct events *events, const char *topic)
{
    struct events search = {.loader = events->loader, .topic = topic};
    events_each(&search, count_one);
    return search.count > 0;
}

static void channel_message(struct events *events, const c18n_event_type *type)
{
    openapi_ref(events->out, type->name, "messages", type->name);
}

static void add_channels(struct events *events)
{
    c18n_out_begin(events->out, "channels", '{');
    for (size_t i = 0; i < TOPICS; i++) {
        if (!topic_is_used(events, topics[i]))
            continue;
        struct events of_topic = {.loader = events->loader, .out = events->out, .topic = topics[i]};
        c18n_out_begin(events->out, topics[i], '{');
        c18n_out_text(events->out, "address", topics[i]);
        c18n_out_begin(events->out, "messages", '{');
        events_each(&of_topic, channel_message);
        c18n_out_end(events->out);
        c18n_out_end(events->out);
    }
    asyncapi_socket_channels(events->api, events->out);
    c18n_out_end(events->out);
}

static void add_operations(struct events *events)
{
    char name[64], channel[64];
    c18n_out_begin(events->out, "operations", '{');
    for (size_t i = 0; i < TOPICS; i++) {
        if (!topic_is_used(events, topics[i]))
            continue;
        snprintf(name, sizeof name, "publish_%s", topics[i]);
        snprintf(channel, sizeof channel, "#/channels/%s", topics[i]);
        c18n_out_begin(events->out, name, '{');
        c18n_out_text(events->out, "action", "send");
        c18n_out_begin(events->out, "channel", '{');
        c18n_out_text(events->out, "$ref", channel);
        c18n_out_end(events->out);
        c18n_out_end(events->out);
    }
    asyncapi_socket_operations(events->api, events->out);
    c18n_out_end(events->out);
}

/* --- messages --- */

static void payload(struct events *events, const c18n_event_type *type)
{
    c18n_out *out = events->out;
    c18n_out_begin(out, "payload", '{');
    c18n_out_begin(out, "allOf", '[');
    openapi_ref(out, NULL, "schemas", "Event");
    c18n_out_begin(out, NULL, '{');
    c18n_out_begin(out, "properties", '{');
    c18n_out_begin(out, "type", '{');
    c18n_out_text(out, "const", type->name);
    c18n_out_end(out);
    c18n_out_begin(out, "version", '{');
    c18n_out_integer(out, "const", type->version ? type->version : 1);
    c18n_out_end(out);
    schema_object(out, "data", &type->fields, SCHEMA_ANSWER);
    c18n_out_end(out);
    c18n_out_end(out);
    c18n_out_end(out);
    c18n_out_end(out);
}

static void message(struct events *events, const c18n_event_type *type)
{
    char sealed[512];
    c18n_out *out = events->out;
    c18n_out_begin(out, type->name, '{');
    c18n_out_text(out, "name", type->name);
    c18n_out_text(out, "contentType", "application/json");
    if (type->help)
        c18n_out_text(out, "summary", type->help);
    if (type->personal) {
        snprintf(sealed, sizeof sealed,
                 "Stored sealed with the key of a person (%s), and absent once that person is erased: %s.",
                 type->subject ? type->subject : "actor", type->personal);
        c18n_out_text(out, "description", sealed);
    }
    payload(events, type);
    c18n_out_end(out);
}

static void add_components(struct events *events)
{
    c18n_out *out = events->out;
    c18n_out_begin(out, "components", '{');
    c18n_out_begin(out, "schemas", '{');
    c18n_out_raw(out, "Event", (c18n_bytes){envelope, sizeof envelope - 1});
    c18n_out_end(out);
    c18n_out_begin(out, "messages", '{');
    events_each(events, message);
    c18n_out_end(out);
    c18n_out_end(out);
}

/* --- the document --- */

static void add_info(c18n_out *out)
{
    c18n_out_begin(out, "info", '{');
    c18n_out_text(out, "title", "c18n events");
    c18n_out_text(out, "version", OPENAPI_VERSION);
    c18n_out_text(out, "description",
                  "Everything that happens, as it stands in the history and on the bus; and the WebSockets.");
    c18n_out_end(out);
}

static void add_server(c18n_out *out, const char *public_url)
{
    char scheme[16] = "http", host[512];
    const char *rest = strstr(public_url, "://");
    if (rest)
        snprintf(scheme, sizeof scheme, "%.*s", (int)(rest - public_url), public_url);
    rest = rest ? rest + 3 : public_url;
    snprintf(host, sizeof host, "%.*s", (int)strcspn(rest, "/"), rest);
    c18n_out_begin(out, "servers", '{');
    c18n_out_begin(out, "public", '{');
    c18n_out_text(out, "host", host);
    c18n_out_text(out, "protocol", scheme);
    c18n_out_text(out, "pathname", "/api/v1");
    c18n_out_end(out);
    asyncapi_socket_server(out, scheme, host);
    c18n_out_end(out);
}

static int document_write(const struct api *api, struct arena *arena, struct text *ret_text)
{
    const struct server *server = api_server(api);
    size_t length;
    struct out *made = json_out_new(&server->host, arena);
    if (!made)
        return C18N_NO_MEMORY;
    struct events events = {.loader = server->loader, .api = api, .out = &made->pub};
    c18n_out_text(events.out, "asyncapi", "3.0.0");
    add_info(events.out);
    add_server(events.out, server->public_url);
    add_channels(&events);
    add_operations(&events);
    add_components(&events);
    const char *json = json_out_finish_text(made, &length);
    if (!json)
        return made->failed ? made->failed : C18N_NO_MEMORY;
    text_add(ret_text, json, length);
    return ret_text->failed ? C18N_NO_MEMORY : C18N_OK;
}

int api_asyncapi_make(struct api *api, struct text *ret_text)
{
    struct arena *arena = arena_new(DOCUMENT_MEMORY_MAX);
    int code = arena ? document_write(api, arena, ret_text) : C18N_NO_MEMORY;
    arena_free(arena);
    return code;
}
