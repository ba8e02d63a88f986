#include "data/record.h"

#include "base/codec.h"
#include "base/json.h"
#include "base/words.h"
#include "data/parts.h"

static void add_member(struct text *text, const struct json_member *member)
{
    text_add_char(text, text->length == 0 ? '{' : ',');
    text_add_char(text, '"');
    text_add(text, member->name, member->name_length);
    text_add(text, "\":", 2);
    text_add(text, member->value, member->value_length);
}

/* Two objects from one: what anybody may read, and what is personal ("" when there is nothing of it). */
static int split(const c18n_doc *data, const char *personal, struct text *ret_open, struct text *ret_personal)
{
    struct json_walk walk;
    struct json_member member;
    json_walk_begin(&walk, data);
    while (json_walk_next(&walk, &member))
        add_member(words_has(personal, member.name, member.name_length) ? ret_personal : ret_open, &member);
    if (ret_open->length == 0)
        text_add_char(ret_open, '{');
    text_add_char(ret_open, '}');
    if (ret_personal->length > 0)
        text_add_char(ret_personal, '}');
    return ret_open->failed || ret_personal->failed ? C18N_NO_MEMORY : C18N_OK;
}

/* {a} and {b} → {a,b} */
static const c18n_doc *join(const c18n_host *host, struct arena *arena, c18n_bytes open, c18n_bytes personal)
{
    struct text text;
    text_init(&text, arena, 0);
    text_reserve(&text, open.length + personal.length);
    text_add(&text, open.at, open.length - 1);
    if (open.length > 2 && personal.length > 2)
        text_add_char(&text, ',');
    text_add(&text, (const char *)personal.at + 1, personal.length - 1);
    return text.failed ? NULL : json_trusted(host, arena, text.at, text.length);
}

int record_seal(struct data_scope *scope, struct arena *arena, const c18n_doc *data, const char *personal,
                const char *subject, c18n_event *event, c18n_record *record)
{
    struct text open, hidden;
    event->data = data;
    record->subject = "";
    record->data = (c18n_bytes){data->text, data->length};
    if (!personal)
        return C18N_OK;
    text_init(&open, arena, 0);
    text_init(&hidden, arena, 0);
    int code = split(data, personal, &open, &hidden);
    if (code != C18N_OK || hidden.length == 0)
        return code;
    if (!subject || !*subject)
        return C18N_INVALID;
    c18n_bytes plain = {hidden.at, hidden.length};
    record->data = (c18n_bytes){open.at, open.length};
    record->subject = subject;
    code = seal_text(scope, arena, subject, record->event_id, plain, &record->sealed);
    event->erased = code == C18N_GONE; /* a person who was erased: the event comes without what is personal */
    if (code == C18N_GONE) {
        record->subject = "";
        event->data = json_trusted(event->host, arena, open.at, open.length);
    } else if (code == C18N_OK) {
        event->data = join(event->host, arena, record->data, plain);
    } else {
        return code;
    }
    return event->data ? C18N_OK : C18N_NO_MEMORY;
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

int record_event(struct data_scope *scope, struct arena *arena, const c18n_record *record, c18n_event *ret_event)
{
    char *event_id = arena_alloc(arena, UUID_TEXT_SIZE);
    if (!event_id)
        return C18N_NO_MEMORY;
    codec_uuid_text(record->event_id, event_id);
    c18n_event event = {
        .host = scope->data->host,
        .position = record->position,
        .event_id = event_id,
        .type = record->type,
        .topic = record->topic,
        .actor = record->actor,
        .on_behalf_of = or_null(record->on_behalf_of),
        .resource = record->resource,
        .key = record->key,
        .request_id = record->request_id,
        .time_ms = record->time_ms,
        .version = record->version,
    };
    c18n_bytes personal;
    int code = C18N_GONE;
    if (record->sealed.length > 0) {
        code = seal_open_text(scope, arena, record->subject, record->event_id, record->sealed, &personal);
        event.erased = code == C18N_GONE;
        if (code != C18N_OK && code != C18N_GONE)
            return code;
    }
    event.data = code == C18N_OK ? join(event.host, arena, record->data, personal)
                                 : json_trusted(event.host, arena, record->data.at, record->data.length);
    if (!event.data)
        return C18N_NO_MEMORY;
    *ret_event = event;
    return C18N_OK;
}

static bool copy_bytes(struct arena *arena, c18n_bytes *bytes)
{
    if (bytes->length > 0)
        bytes->at = arena_copy(arena, bytes->at, bytes->length);
    return bytes->length == 0 || bytes->at;
}

int record_copy(struct arena *arena, const c18n_record *record, c18n_record *ret_copy)
{
    c18n_record copy = *record;
    const char **const texts[] = {&copy.topic,    &copy.type, &copy.actor,      &copy.on_behalf_of,
                                  &copy.resource, &copy.key,  &copy.request_id, &copy.subject};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = arena_copy(arena, *texts[i], strlen(*texts[i]));
        if (!*texts[i])
            return C18N_NO_MEMORY;
    }
    if (!copy_bytes(arena, &copy.data) || !copy_bytes(arena, &copy.sealed))
        return C18N_NO_MEMORY;
    *ret_copy = copy;
    return C18N_OK;
}
