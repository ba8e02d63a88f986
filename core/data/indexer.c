#include "data/indexer.h"

#include "base/json.h"
#include "base/log.h"
#include "base/thread.h"
#include "c18n/log.h"
#include "data/index_key.h"
#include "data/parts.h"

enum { INDEXER_ARENA = 64 * 1024 * 1024, WAIT_MS = 1000 };

struct touched { /* a record that the index must look at */
    const struct view *view;
    const char *id;
};

struct feed {
    struct data *data;
    const c18n_index *index;
    c18n_self *self;
    struct data_scope reader;
    struct arena *arena; /* of a batch */
    struct touched *touched;
    size_t touched_count, events;
    uint64_t position; /* of the last event taken */
};

/* --- what an event touches --- */

static bool declares_topic(const struct data *data, const struct module *module, const char *topic)
{
    for (size_t i = 0; i < data->kinds.count; i++)
        if (data->kinds.at[i].owner == module && strcmp(data->kinds.at[i].declared.topic, topic) == 0)
            return true;
    return false;
}

static int touch(struct feed *feed, const struct view *view, const char *resource)
{
    for (size_t i = 0; i < feed->touched_count; i++)
        if (feed->touched[i].view == view && strcmp(feed->touched[i].id, resource) == 0)
            return C18N_OK;
    const char *id = arena_copy(feed->arena, resource, strlen(resource));
    if (!id)
        return C18N_NO_MEMORY;
    feed->touched[feed->touched_count++] = (struct touched){view, id};
    return C18N_OK;
}

static int take_record(void *arg, const c18n_record *record)
{
    struct feed *feed = arg;
    const struct views *views = &feed->data->views;
    int code = C18N_OK;
    for (size_t i = 0; i < views->count && code == C18N_OK; i++)
        if (views->at[i].search_count > 0 && declares_topic(feed->data, views->at[i].owner, record->topic))
            code = touch(feed, &views->at[i], record->resource);
    feed->position = record->position;
    return code != C18N_OK ? code : ++feed->events == INDEXER_BATCH ? C18N_AGAIN : C18N_OK;
}

/* --- what a record says --- */

static const char *list_text(struct arena *arena, const struct json_member *member)
{
    struct text text;
    struct json_walk walk;
    const char *item;
    size_t length;
    text_init(&text, arena, 0);
    json_items_begin(&walk, member->value, member->value_length);
    while (json_items_next(&walk, &item, &length)) {
        const char *words = json_unescape(arena, item, length);
        if (text.length > 0)
            text_add_char(&text, '\n');
        text_add_text(&text, words ? words : "");
    }
    return text_end(&text);
}

static const char *member_text(struct arena *arena, const c18n_doc *record, const char *name)
{
    struct json_member member;
    if (!json_find(record, name, &member) || member.value[0] == 'n')
        return NULL;
    if (member.value[0] == '[')
        return list_text(arena, &member);
    return member.value[0] == '"' ? json_unescape(arena, member.value, member.value_length)
                                  : arena_copy(arena, member.value, member.value_length);
}

static int put_record(struct feed *feed, const struct touched *touched, const c18n_doc *record)
{
    c18n_index_field fields[VIEW_SEARCH_MOST];
    size_t count = 0;
    for (size_t i = 0; i < touched->view->search_count; i++) {
        const struct view_search *search = &touched->view->search[i];
        const char *text = member_text(feed->arena, record, search->name);
        if (text)
            fields[count++] = (c18n_index_field){search->name, text, search->weight, search->filter};
    }
    return feed->index->put(feed->self, touched->view->declared.name, touched->id, fields, count);
}

static int index_record(struct feed *feed, const struct touched *touched)
{
    c18n_bytes value;
    int code = scope_get(&feed->reader, touched->view->slot, bytes_of(touched->id), &value);
    if (code != C18N_OK && code != C18N_NOT_FOUND)
        return code;
    const c18n_doc *record = NULL;
    if (code == C18N_OK && !(record = json_trusted(feed->data->host, feed->arena, value.at, value.length)))
        return C18N_NO_MEMORY;
    if (!record || record_is_deleted(record))
        return feed->index->remove(feed->self, touched->view->declared.name, touched->id);
    return put_record(feed, touched, record);
}

/* --- batches --- */

static int read_batch(struct feed *feed)
{
    size_t room = INDEXER_BATCH * (feed->data->views.count + 1);
    arena_reset(feed->arena);
    feed->touched_count = feed->events = 0;
    feed->touched = arena_alloc(feed->arena, room * sizeof *feed->touched);
    if (!feed->touched)
        return C18N_NO_MEMORY;
    int code = feed->data->storage->history(feed->reader.store, feed->position, take_record, feed);
    return code == C18N_AGAIN ? C18N_OK : code;
}

static int write_batch(struct feed *feed)
{
    int code = feed->index->begin(feed->self);
    for (size_t i = 0; i < feed->touched_count && code == C18N_OK; i++)
        code = index_record(feed, &feed->touched[i]);
    return code == C18N_OK ? feed->index->end(feed->self, feed->position) : code;
}

static int feed_some(struct feed *feed)
{
    int code = scope_begin(&feed->reader);
    if (code == C18N_OK)
        code = read_batch(feed);
    if (code == C18N_OK && feed->events > 0)
        code = write_batch(feed);
    scope_end(&feed->reader);
    if (code == C18N_OK)
        progress_indexed(feed->data, feed->position);
    return code;
}

/* --- is what the index holds of today's declarations? --- */

static const char *declaration(struct feed *feed)
{
    struct text text;
    text_init(&text, feed->arena, 0);
    for (size_t i = 0; i < feed->data->views.count; i++) {
        const struct view *view = &feed->data->views.at[i];
        const c18n_view *declared = &view->declared;
        if (view->search_count > 0)
            text_print(&text, "%s|%u|%s|%s;", declared->name, declared->version, declared->search,
                       declared->search_filters ? declared->search_filters : "");
    }
    return text_end(&text);
}

struct meta_write {
    struct data_item item; /* must stay first */
    struct request request;
    const char *value;
};

static int meta_run(struct data_item *item)
{
    struct meta_write *write = (struct meta_write *)(void *)item;
    return data_host_put(item->request, "meta", "index", bytes_of(write->value));
}

static int remember_declaration(struct feed *feed, const char *value)
{
    struct meta_write write = {.value = value};
    request_init_internal(&write.request, feed->data->server, feed->arena, NULL);
    write.item = (struct data_item){.request = &write.request, .run = meta_run};
    return data_submit_wait(feed->data, &write.item);
}

static int is_current(struct feed *feed, const char *value, bool *ret_current)
{
    c18n_bytes found;
    int code = scope_begin(&feed->reader);
    if (code == C18N_OK)
        code = scope_get(&feed->reader, SLOT_META, bytes_of("index"), &found);
    *ret_current = code == C18N_OK && found.length == strlen(value) && memcmp(found.at, value, found.length) == 0;
    scope_end(&feed->reader);
    return code == C18N_NOT_FOUND ? C18N_OK : code;
}

/* Finds out where to go on; empties what is of no use. */
static int feed_begin(struct feed *feed)
{
    bool current = false;
    arena_reset(feed->arena);
    const char *value = declaration(feed);
    int code = feed->index->position(feed->self, &feed->position);
    if (code == C18N_OK)
        code = is_current(feed, value, &current);
    if (code != C18N_OK || (current && feed->position <= data_position(feed->data)))
        return code;
    log_line(C18N_LOG_NOTICE, "data", "the search index is fed anew");
    code = feed->index->reset(feed->self);
    feed->position = 0;
    return code == C18N_OK ? remember_declaration(feed, value) : code;
}

static int feed_all(struct feed *feed)
{
    int code;
    do
        code = feed_some(feed);
    while (code == C18N_OK && feed->events == INDEXER_BATCH);
    return code;
}

static bool feed_open(struct feed *feed, struct data *data)
{
    *feed = (struct feed){.data = data, .index = data->index->functions, .self = data->index->provider};
    feed->arena = arena_new(INDEXER_ARENA);
    int code = feed->arena ? scope_connect(&feed->reader, data, C18N_STORE_READ) : C18N_NO_MEMORY;
    if (code == C18N_OK)
        code = scope_begin(&feed->reader);
    if (code == C18N_OK)
        code = scope_resolve(&feed->reader, "");
    scope_end(&feed->reader);
    return code == C18N_OK;
}

static void *indexer_main(void *arg)
{
    struct data *data = arg;
    struct feed feed;
    bool begun = false, failing = false, open = feed_open(&feed, data);
    uint64_t seen = 0;
    while (open && progress_wait(data, begun ? seen : UINT64_MAX, failing ? INDEXER_RETRY_MS : begun ? WAIT_MS : 0)) {
        uint64_t position = data_position(data);
        if (begun && position == seen)
            continue;
        int code = begun ? C18N_OK : feed_begin(&feed);
        if (code == C18N_OK)
            code = feed_all(&feed);
        begun = code == C18N_OK;
        if (begun)
            seen = position;
        else if (!failing)
            log_line(C18N_LOG_ERROR, "data", "the search index takes nothing (%d); trying again", code);
        failing = !begun;
    }
    scope_disconnect(&feed.reader);
    arena_free(feed.arena);
    return NULL;
}

int indexer_start(struct data *data)
{
    if (!data->index)
        return C18N_OK;
    int code = thread_start(&data->indexer.thread, "indexer", indexer_main, data);
    data->indexer.started = code == C18N_OK;
    return code;
}

void indexer_stop(struct data *data)
{
    if (data->indexer.started)
        pthread_join(data->indexer.thread, NULL);
    data->indexer.started = false;
}
