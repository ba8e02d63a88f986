/* look.c: looking at answers, and at what is stored. */
#include "testhost/inside.h"

#include "base/json.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

const char *c18n_test_json(c18n_test *test, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *text = arena_vprint(test->arena, format, values);
    va_end(values);
    if (!text)
        testhost_die("out of memory");
    for (char *quote = text; (quote = strchr(quote, '\''));)
        *quote = '"';
    return text;
}

/* --- answers --- */

const char *c18n_test_header(const c18n_test_answer *answer, const char *name)
{
    const struct http_answer *recorded = answer->recorded;
    for (size_t i = 0; i < recorded->header_count; i++)
        if (strcasecmp(recorded->headers[i].name, name) == 0)
            return recorded->headers[i].value;
    return strcasecmp(name, "content-type") == 0 ? recorded->content_type : NULL;
}

static size_t walk_items(const c18n_test_answer *answer, size_t number, const char **ret_item, size_t *ret_length)
{
    struct json_walk walk;
    size_t count = 0;
    if (*answer->body != '[')
        testhost_die("the answer is no array: %d %s", answer->status, answer->body);
    json_items_begin(&walk, answer->body, answer->length);
    while (count <= number && json_items_next(&walk, ret_item, ret_length))
        count++;
    return count;
}

size_t c18n_test_count(const c18n_test_answer *answer)
{
    const char *item;
    size_t length;
    return walk_items(answer, SIZE_MAX - 1, &item, &length);
}

const c18n_doc *c18n_test_item(const c18n_test_answer *answer, size_t number)
{
    const char *item;
    size_t length;
    size_t count = walk_items(answer, number, &item, &length);
    if (count != number + 1)
        testhost_die("the answer has %zu items, and no item %zu", count, number);
    struct c18n_test *test = test_of(answer->doc->host);
    return json_trusted(&test->server.host, test->arena, item, length);
}

/* --- events --- */

struct search {
    struct c18n_test *test;
    const char *type;
    int64_t number; /* of the wanted one; -1: the last, -2: none, they are counted */
    size_t count;
    c18n_event *found;
};

static const char *copy_text(struct search *search, const char *text)
{
    return text ? arena_copy(search->test->arena, text, strlen(text)) : NULL;
}

static void keep_event(struct search *search, const c18n_event *event)
{
    c18n_event *kept = search->found ? search->found : arena_alloc(search->test->arena, sizeof *kept);
    if (!kept)
        testhost_die("out of memory");
    *kept = *event;
    const char **const texts[] = {&kept->event_id,     &kept->type,     &kept->topic, &kept->actor,
                                  &kept->on_behalf_of, &kept->resource, &kept->key,   &kept->request_id};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = copy_text(search, *texts[i]);
    const char *data = arena_copy(search->test->arena, event->data->text, event->data->length);
    kept->data = json_trusted(event->host, search->test->arena, data, event->data->length);
    search->found = kept;
}

static int see_event(void *arg, const c18n_event *event)
{
    struct search *search = arg;
    if (search->type && strcmp(search->type, event->type) != 0)
        return C18N_OK;
    if (search->number == -1 || search->number == (int64_t)search->count)
        keep_event(search, event);
    search->count++;
    return C18N_OK;
}

static int search_events(c18n_request *rq, void *arg)
{
    return data_events(request_of(rq), 0, see_event, arg);
}

static void search_history(struct search *search)
{
    if (search->test->bare)
        testhost_die("a bare host has no history");
    int code = testhost_read(search->test, testhost_request(search->test, NULL), search_events, search);
    if (code != C18N_OK)
        testhost_die("the history can't be read (%d)", code);
}

size_t c18n_test_events(c18n_test *test, const char *type)
{
    struct search search = {.test = test, .type = type, .number = -2};
    search_history(&search);
    return search.count;
}

const c18n_event *c18n_test_event(c18n_test *test, const char *type, int64_t number)
{
    struct search search = {.test = test, .type = type, .number = number < 0 ? -1 : number};
    search_history(&search);
    return search.found;
}

/* --- records --- */

struct look {
    const char *view, *id;
    const c18n_doc *found;
};

static int look_up(c18n_request *rq, void *arg)
{
    struct look *look = arg;
    int code = views_family.get(rq, look->view, look->id, &look->found); /* past faults.c */
    return code == C18N_GONE || code == C18N_NOT_FOUND ? C18N_OK : code;
}

const c18n_doc *c18n_test_record(c18n_test *test, const char *view, const char *id)
{
    struct look look = {.view = view, .id = id};
    int code = testhost_read(test, testhost_request(test, NULL), look_up, &look);
    if (code != C18N_OK)
        testhost_die("%s/%s can't be read (%d): is there such a view?", view, id, code);
    return look.found;
}

/* --- what the storage has --- */

struct spy {
    const char *words;
    size_t count;
};

static int spy_record(void *arg, const c18n_record *record)
{
    struct spy *spy = arg;
    size_t length = strlen(spy->words);
    bool shown = length > 0 && memmem(record->data.at, record->data.length, spy->words, length) != NULL;
    const char *const texts[] = {record->actor, record->on_behalf_of, record->resource, record->key,
                                 record->request_id};
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !shown; i++)
        shown = strstr(texts[i], spy->words) != NULL;
    spy->count += shown;
    return C18N_OK;
}

size_t c18n_test_history_shows(c18n_test *test, const char *words)
{
    const c18n_storage *storage = c18n_test_service(test, "storage.v1")->functions;
    struct spy spy = {.words = words};
    int code = storage->begin(test->store);
    if (code == C18N_OK) {
        code = storage->history(test->store, 0, spy_record, &spy);
        storage->rollback(test->store);
    }
    if (code != C18N_OK)
        testhost_die("the storage's history can't be read (%d)", code);
    return spy.count;
}

bool c18n_test_replays_the_same(c18n_test *test)
{
    uint8_t before[32], after[32];
    uint64_t events;
    int code = data_views_digest(test->server.data, before);
    if (code == C18N_OK)
        code = data_replay(test->server.data, NULL, NULL, &events);
    if (code == C18N_OK)
        code = data_views_digest(test->server.data, after);
    return code == C18N_OK && memcmp(before, after, sizeof before) == 0;
}

int64_t c18n_test_metric(c18n_test *test, const char *module, const char *metric)
{
    int64_t value;
    if (!metrics_value(c18n_test_self(test, module), metric, &value))
        testhost_die("the module %s declares no metric %s", module, metric);
    return value;
}
