/* emit.c: from what a module says happened to a stored, chained, applied event. Writer's thread. */
#include "base/codec.h"
#include "base/json.h"
#include "base/log.h"
#include "base/names.h"
#include "base/platform.h"
#include "base/uuid.h"
#include "c18n/log.h"
#include "data/parts.h"
#include "data/record.h"
#include "request/server.h"

struct emission {
    const char *type, *topic, *personal, *subject, *resource, *key;
    uint32_t version;
    c18n_out *data;
};

static int fail(struct request *request, const struct emission *emission, int code, const char *what)
{
    const char *module = request->head.self ? request->head.self->id : "core";
    log_line(C18N_LOG_ERROR, module, "event %s: %s", emission->type ? emission->type : "(null)",
             what ? what : "the module does not declare it");
    return code;
}

/* Most often it is misspelt, or another module's. */
static const char *why_undeclared(const struct request *request, const struct kind *kind, const char *type)
{
    const struct kinds *kinds = &request->scope->data->kinds;
    struct names_nearest search = {.word = type ? type : ""};
    if (kind)
        return arena_print(request->arena, "the module does not declare it; it is for %s alone to emit",
                           kind->owner->self.id);
    for (size_t i = 0; i < kinds->count; i++)
        if (&kinds->at[i].owner->self == request->head.self)
            names_offer(&search, kinds->at[i].declared.name);
    return search.nearest
               ? arena_print(request->arena, "the module does not declare it, did you mean %s?", search.nearest)
               : "the module does not declare it (.events)";
}

static const c18n_doc *emission_data(struct request *request, const struct emission *emission)
{
    size_t length = 2;
    const char *text = "{}";
    if (emission->data)
        text = json_out_finish_text((struct out *)(void *)emission->data, &length);
    return text ? json_trusted(request->head.host, request->arena, text, length) : NULL;
}

static const char *emission_subject(const struct emission *emission, const c18n_event *event, const c18n_doc *data)
{
    if (!emission->personal)
        return NULL;
    if (strcmp(emission->subject, "actor") == 0)
        return event->actor;
    if (strcmp(emission->subject, "resource") == 0)
        return event->resource;
    return c18n_text(data, emission->subject);
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static void event_begin(struct request *request, const struct emission *emission, c18n_event *event)
{
    const c18n_caller *caller = &request->caller;
    *event = (c18n_event){
        .host = request->head.host,
        .position = request->scope->data->writer.tip.position + 1,
        .type = emission->type,
        .topic = emission->topic,
        .actor = caller->user && *caller->user ? caller->user : "anonymous",
        .on_behalf_of = caller->on_behalf_of && *caller->on_behalf_of ? caller->on_behalf_of : NULL,
        .resource = emission->resource,
        .key = emission->key ? emission->key : emission->resource,
        .request_id = or_empty(request->request_id),
        .time_ms = request->event_time_ms ? request->event_time_ms : platform_wall_ms(),
        .version = emission->version,
    };
}

static void record_begin(const c18n_event *event, const uint8_t event_id[16], c18n_record *record)
{
    *record = (c18n_record){
        .position = event->position,
        .time_ms = event->time_ms,
        .version = event->version,
        .topic = event->topic,
        .type = event->type,
        .actor = event->actor,
        .on_behalf_of = or_empty(event->on_behalf_of),
        .resource = event->resource,
        .key = event->key,
        .request_id = event->request_id,
        .subject = "",
    };
    memcpy(record->event_id, event_id, sizeof record->event_id);
}

/* Into the history, to the bus, into the views. */
static int event_store(struct request *request, const c18n_event *event, c18n_record *record)
{
    struct data_scope *scope = request->scope;
    struct data *data = scope->data;
    struct writer *writer = &data->writer;
    chain_hash(writer->tip.hash, record, record->hash);
    int code = scope_noted(scope, scope->storage->append(scope->store, record));
    if (code == C18N_OK)
        code = data->bus->publish(data->bus_self, scope->store, record);
    if (code != C18N_OK)
        return code;
    writer->tip.position = record->position;
    memcpy(writer->tip.hash, record->hash, sizeof writer->tip.hash);
    code = apply_event(scope, writer->apply_arena, event);
    arena_reset(writer->apply_arena);
    return code == C18N_OK ? writer_note(data, event->topic, event->type, event->resource) : code;
}

static int emit_checked(struct request *request, const struct emission *emission)
{
    c18n_event event;
    c18n_record record;
    uint8_t event_id[16];
    char event_id_text[UUID_TEXT_SIZE];
    if (!emission->resource || !*emission->resource)
        return fail(request, emission, C18N_INVALID, "it has no resource");
    const c18n_doc *data = emission_data(request, emission);
    if (!data)
        return fail(request, emission, C18N_NO_MEMORY, "its data can't be written");
    event_begin(request, emission, &event);
    uuid_new(event.time_ms, event_id);
    codec_uuid_text(event_id, event_id_text);
    event.event_id = event_id_text;
    record_begin(&event, event_id, &record);
    int code = record_seal(request->scope, request->arena, data, emission->personal,
                           emission_subject(emission, &event, data), &event, &record);
    if (code == C18N_INVALID)
        return fail(request, emission, code, "it has personal members, and nobody whose key could seal them");
    return code == C18N_OK ? event_store(request, &event, &record) : code;
}

/* A module that goes on after a failed emit would keep half an event: its item is undone whatever it returns. */
static int emit_or_doom(struct request *request, const struct emission *emission)
{
    int code = emit_checked(request, emission);
    if (code != C18N_OK)
        request->scope->data->writer.doomed = code;
    return code;
}

static bool may_emit(const struct request *request)
{
    return request->scope && request->scope->writing;
}

static int events_emit(c18n_request *rq, const char *type, const char *resource, const char *key, c18n_out *data)
{
    struct request *request = request_of(rq);
    struct emission emission = {.type = type, .resource = resource, .key = key, .data = data};
    if (!may_emit(request))
        return fail(request, &emission, C18N_ERROR, "emitted outside of a WRITE request");
    const struct kind *kind = kinds_find(&request->scope->data->kinds, type);
    if (!kind || &kind->owner->self != request->head.self) {
        request->scope->data->writer.doomed = C18N_INVALID;
        return fail(request, &emission, C18N_INVALID, why_undeclared(request, kind, type));
    }
    if (!data && request->starved) { /* it is not {} that was meant: there was no memory for a writer */
        request->scope->data->writer.doomed = C18N_NO_MEMORY;
        return fail(request, &emission, C18N_NO_MEMORY, "there is no memory for its data");
    }
    emission.type = kind->declared.name; /* lives as long as the process, whatever the module gave */
    emission.topic = kind->declared.topic;
    emission.version = kind->declared.version;
    emission.personal = kind->declared.personal;
    emission.subject = kind->declared.subject;
    return emit_or_doom(request, &emission);
}

int data_emit_host(struct request *request, const char *type, const char *topic, const char *resource, const char *key,
                   c18n_out *data)
{
    struct emission emission = {
        .type = type, .topic = topic, .version = 1, .resource = resource, .key = key, .data = data};
    if (!may_emit(request))
        return fail(request, &emission, C18N_ERROR, "emitted outside of a transaction");
    return emit_or_doom(request, &emission);
}

static void events_at(c18n_request *rq, int64_t time_ms)
{
    request_of(rq)->event_time_ms = time_ms;
}

static bool events_is(const c18n_event *event, const char *type)
{
    return strcmp(event->type, type) == 0;
}

/* --- transact: a BLOCKING request borrows the writer --- */

enum { TRANSACTION_ARENA = 64 << 20 };

struct transaction {
    struct data_item item; /* must stay first */
    int (*work)(c18n_request *rq, void *arg);
    void *arg;
};

static int transaction_run(struct data_item *item)
{
    struct transaction *transaction = (struct transaction *)(void *)item;
    return transaction->work(request_pub(item->request), transaction->arg);
}

static int events_transact(c18n_request *rq, int (*work)(c18n_request *rq, void *arg), void *arg)
{
    struct request *request = request_of(rq);
    struct data *data = request->server->data;
    const struct request_reply before = request->reply;
    struct transaction transaction = {.item = {.request = request, .run = transaction_run}, .work = work, .arg = arg};
    if (writer_is_here(data))
        return work(rq, arg); /* a WRITE request is in a transaction already */
    /* Memory of its own: a request may make any number of transactions, and must not grow with them. */
    struct arena *outer = request->arena, *inner = arena_new(TRANSACTION_ARENA);
    if (!inner)
        return C18N_NO_MEMORY;
    request->arena = inner;
    int code = data_submit_wait(data, &transaction.item);
    request->arena = outer;
    if (code == C18N_OK && request->reply.status == before.status && request->reply.header_count == before.header_count)
        arena_free(inner);
    else
        arena_adopt(outer, inner); /* why it failed, or what it replied, lies in there */
    if (request->scope)
        scope_refresh(request->scope); /* from here on reads see what was written */
    return code;
}

const c18n_events_family events_family = {
    .family = {sizeof events_family, C18N_ABI_MINOR},
    .emit = events_emit,
    .at = events_at,
    .is = events_is,
    .transact = events_transact,
};
