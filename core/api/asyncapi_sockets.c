/* asyncapi_sockets.c: the WebSockets in asyncapi.json: a channel a socket, with a message a verb that it takes, and
 * those that the server sends. What modules publish is theirs to describe; here it is an object with a kind. */
#include "api/asyncapi_sockets.h"

#include "api/documents.h"
#include "api/fields.h"
#include "api/openapi.h"
#include "api/schema.h"
#include "api/state.h"
#include "base/words.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 128, REF_MAX_LENGTH = 256 };

struct message {
    const char *kind, *summary;
    const c18n_table *fields;    /* besides kind and id; NULL: none */
    bool has_id, needs_id, open; /* open: it may have more members */
};

/* --- one message --- */

static void add_text(c18n_out *out, const char *name, const char *member, const char *value)
{
    c18n_out_begin(out, name, '{');
    c18n_out_text(out, member, value);
    c18n_out_end(out);
}

static void add_id(c18n_out *out)
{
    c18n_out_begin(out, "id", '{');
    c18n_out_text(out, "type", "string");
    c18n_out_text(out, "pattern", "^[!-~]{1,64}$");
    c18n_out_text(out, "description", "The client's own: the answer has it, too");
    c18n_out_end(out);
}

static void add_members(c18n_out *out, const struct message *message)
{
    c18n_field scratch;
    c18n_out_begin(out, "properties", '{');
    if (message->kind)
        add_text(out, "kind", "const", message->kind);
    else
        add_text(out, "kind", "type", "string");
    if (message->has_id)
        add_id(out);
    for (uint32_t i = 0; message->fields && i < message->fields->count; i++) {
        const c18n_field *field = field_at(message->fields, i, &scratch);
        schema_field(out, field->name, field, message->open ? SCHEMA_ANSWER : SCHEMA_JSON);
    }
    c18n_out_end(out);
}

static void add_required(c18n_out *out, const struct message *message)
{
    c18n_field scratch;
    c18n_out_begin(out, "required", '[');
    c18n_out_text(out, NULL, "kind");
    if (message->needs_id)
        c18n_out_text(out, NULL, "id");
    for (uint32_t i = 0; !message->open && message->fields && i < message->fields->count; i++) {
        const c18n_field *field = field_at(message->fields, i, &scratch);
        if (field->flags & C18N_REQUIRED)
            c18n_out_text(out, NULL, field->name);
    }
    c18n_out_end(out);
}

static void add_message(c18n_out *out, const char *name, const struct message *message)
{
    c18n_out_begin(out, name, '{');
    c18n_out_text(out, "name", name);
    c18n_out_text(out, "contentType", "application/json");
    if (message->summary)
        c18n_out_text(out, "summary", message->summary);
    c18n_out_begin(out, "payload", '{');
    c18n_out_text(out, "type", "object");
    add_members(out, message);
    add_required(out, message);
    if (!message->open)
        c18n_out_boolean(out, "additionalProperties", false);
    c18n_out_end(out);
    c18n_out_end(out);
}

/* --- the host's own, on every socket --- */

static const c18n_field hello[] = {C18N_TEXT("epoch", 0, .help = "Of the data: positions of another one mean nothing"),
                                   C18N_ID("user", 0), C18N_TEXT("server", 0, .help = "Where this server is reached"),
                                   C18N_TIME("expires", 0, .help = "The token's end, and the socket's")};
static const c18n_field auth[] = {C18N_TEXT("token", C18N_REQUIRED, .max = 4096)};
static const c18n_field nack[] = {C18N_TEXT("code", 0), C18N_TEXT("detail", 0),
                                  C18N_OBJECT("errors", 0, .help = "[{field, detail}], when fields are wrong")};
static const c18n_table hello_fields = C18N_ALL(hello), auth_fields = C18N_ALL(auth), nack_fields = C18N_ALL(nack);

/* `from`: 'c' the client sends it, 's' the server. */
static const struct {
    char from;
    const char *name;
    struct message message;
    bool delivers; /* only where something is delivered */
} own[] = {
    {'c', "auth", {"auth", "The next token of the same person", &auth_fields, true, true, false}, false},
    {'c', "ping", {"ping", "Is answered with a pong", NULL, true, false, false}, false},
    {'s', "hello", {"hello", "Opens the connection", &hello_fields, false, false, true}, false},
    {'s', "nack", {"nack", "A verb was refused", &nack_fields, true, false, true}, false},
    {'s', "pong", {"pong", NULL, NULL, true, false, true}, false},
    {'s', "delivered", {NULL, "What modules publish to who listens", NULL, false, false, true}, true},
};
enum { OWN = sizeof own / sizeof *own };

/* --- walking --- */

/* "/messages/send" is the channel "socket_messages_send". */
static void channel_name(const char *path, char ret_name[NAME_MAX_LENGTH])
{
    snprintf(ret_name, NAME_MAX_LENGTH, "socket%s", path);
    for (char *at = ret_name; *at; at++)
        if (*at == '/')
            *at = '_';
}

typedef void (*verb_step)(c18n_out *out, const char *channel, const c18n_verb *verb);

static void each_verb(const struct api *api, const char *path, c18n_out *out, const char *channel, verb_step step)
{
    const struct loader *loader = api->server->loader;
    c18n_verb verb;
    for (size_t i = 0; i < loader_count(loader); i++) {
        const struct module *module = loader_at(loader, i);
        for (uint32_t j = 0; module->state != MODULE_LEFT_OUT && j < module->descriptor->verbs.count; j++) {
            loader_item(&module->descriptor->verbs, j, &verb, sizeof verb);
            if (verb.kind && words_has(verb.sockets, path, strlen(path)) && !fields_fault(&verb.body) &&
                !fields_fault(&verb.answer))
                step(out, channel, &verb);
        }
    }
}

/* --- channels --- */

static void verb_messages(c18n_out *out, const char *channel, const c18n_verb *verb)
{
    char name[NAME_MAX_LENGTH];
    bool silent = verb->flags & C18N_VERB_SILENT;
    (void)channel;
    add_message(out, verb->kind,
                &(struct message){verb->kind, verb->does, &verb->body, .has_id = true, .needs_id = !silent});
    if (silent)
        return;
    snprintf(name, sizeof name, "ack.%s", verb->kind);
    add_message(out, name,
                &(struct message){"ack", NULL, &verb->answer, .has_id = true, .needs_id = true, .open = true});
    if (!(verb->flags & C18N_VERB_BYTES))
        return;
    snprintf(name, sizeof name, "ready.%s", verb->kind);
    add_message(
        out, name,
        &(struct message){"ready", "Binary frames may come", NULL, .has_id = true, .needs_id = true, .open = true});
}

static void add_channel(const struct api *api, const struct route *route, c18n_out *out)
{
    c18n_socket socket = {.flags = 0};
    const c18n_table *sockets = &route->module->descriptor->sockets;
    char name[NAME_MAX_LENGTH];
    for (uint32_t i = 0; i < sockets->count && (!socket.path || strcmp(socket.path, route->declared.path) != 0); i++)
        loader_item(sockets, i, &socket, sizeof socket);
    channel_name(route->declared.path, name);
    c18n_out_begin(out, name, '{');
    c18n_out_text(out, "address", route->declared.path);
    if (route->declared.does)
        c18n_out_text(out, "summary", route->declared.does);
    c18n_out_begin(out, "servers", '[');
    add_text(out, NULL, "$ref", "#/servers/sockets");
    c18n_out_end(out);
    c18n_out_begin(out, "messages", '{');
    for (size_t i = 0; i < OWN; i++)
        if (!own[i].delivers || socket.flags & C18N_SOCKET_DELIVERS)
            add_message(out, own[i].name, &own[i].message);
    each_verb(api, route->declared.path, out, name, verb_messages);
    c18n_out_end(out);
    c18n_out_end(out);
}

void asyncapi_socket_channels(const struct api *api, c18n_out *out)
{
    for (size_t i = 0; i < api->socket_count; i++)
        add_channel(api, &api->sockets[i], out);
}

/* --- operations: seen from the server, which receives what clients send --- */

static void add_message_ref(c18n_out *out, const char *channel, const char *message)
{
    char target[REF_MAX_LENGTH];
    snprintf(target, sizeof target, "#/channels/%s/messages/%s", channel, message);
    add_text(out, NULL, "$ref", target);
}

static void verb_ref(c18n_out *out, const char *channel, const c18n_verb *verb)
{
    add_message_ref(out, channel, verb->kind);
}

static void operation_begin(c18n_out *out, const char *verb, const char *channel, const char *action)
{
    char name[REF_MAX_LENGTH];
    snprintf(name, sizeof name, "%s_%s", verb, channel);
    c18n_out_begin(out, name, '{');
    c18n_out_text(out, "action", action);
    snprintf(name, sizeof name, "#/channels/%s", channel);
    add_text(out, "channel", "$ref", name);
}

void asyncapi_socket_operations(const struct api *api, c18n_out *out)
{
    char channel[NAME_MAX_LENGTH];
    for (size_t i = 0; i < api->socket_count; i++) {
        const char *path = api->sockets[i].declared.path;
        channel_name(path, channel);
        operation_begin(out, "take", channel, "receive");
        c18n_out_begin(out, "messages", '[');
        for (size_t j = 0; j < OWN; j++)
            if (own[j].from == 'c')
                add_message_ref(out, channel, own[j].name);
        each_verb(api, path, out, channel, verb_ref);
        c18n_out_end(out);
        c18n_out_end(out);
        operation_begin(out, "deliver", channel, "send");
        c18n_out_end(out);
    }
}

void asyncapi_socket_server(c18n_out *out, const char *scheme, const char *host)
{
    c18n_out_begin(out, "sockets", '{');
    c18n_out_text(out, "host", host);
    c18n_out_text(out, "protocol", strcmp(scheme, "https") == 0 ? "wss" : "ws");
    c18n_out_text(out, "pathname", API_BASE);
    c18n_out_text(out, "description",
                  "Sub-protocols: c18n.v1.json, one object a frame; c18n.v1.ndjson, where a frame from "
                  "the server may hold several, a line each.");
    c18n_out_end(out);
}
