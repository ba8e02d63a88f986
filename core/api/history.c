/* history.c: the events of one resource, oldest first. */
#include "api/cursor.h"
#include "api/list.h"
#include "api/reply.h"
#include "api/state.h"

#include <string.h>

struct history {
    struct list list;
    uint64_t last; /* position of the last event shown */
    bool more;
};

static void add_text(struct text *text, const char *name, const char *value)
{
    text_print(text, ",\"%s\":", name);
    if (value)
        text_add_json(text, value, strlen(value));
    else
        text_add_text(text, "null");
}

/* Seconds with the milliseconds as their fraction. */
static void add_time(struct text *text, int64_t time_ms)
{
    text_print(text, ",\"time\":%lld.%03d", (long long)(time_ms / 1000), (int)(time_ms % 1000));
}

static int take(void *arg, const c18n_event *event)
{
    struct history *history = arg;
    struct text *text = &history->list.text;
    if (history->list.count == history->list.limit || (history->list.count > 0 && list_is_full(&history->list))) {
        history->more = true;
        return C18N_AGAIN;
    }
    list_item(&history->list);
    text_add_text(text, "{\"event_id\":");
    text_add_json(text, event->event_id, strlen(event->event_id));
    add_text(text, "type", event->type);
    text_print(text, ",\"version\":%u", event->version);
    add_time(text, event->time_ms);
    add_text(text, "actor", event->actor);
    add_text(text, "on_behalf_of", event->on_behalf_of);
    text_add_text(text, ",\"data\":");
    text_add(text, event->data->text, event->data->length);
    text_add_char(text, '}');
    history->last = event->position;
    return C18N_OK;
}

int reply_history(c18n_request *rq, const char *resource)
{
    struct request *request = request_of(rq);
    struct history history = {.last = 0};
    uint64_t after = 0;
    int code = list_begin(&history.list, request);
    if (code == C18N_OK)
        code = cursor_open_number(request, CURSOR_POSITION, &after);
    if (code == C18N_OK)
        code = data_history(request, resource, after, take, &history);
    if (code != C18N_OK)
        return code;
    if (history.more) {
        history.list.next = cursor_seal_number(request, CURSOR_POSITION, history.last);
        if (!history.list.next)
            return C18N_NO_MEMORY;
    }
    return list_end(&history.list);
}
