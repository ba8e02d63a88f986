/* history.c: the events. A record lies in its row as the struct itself, with its texts behind it: rows never move. */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

enum { TEXTS = 8, EVENT_ID_SIZE = 16, NUMBER_SIZE = 8 };

struct kept {
    uint64_t position, time_ms;
    uint32_t version;
    bool has_sealed;
    uint32_t texts[TEXTS]; /* lengths */
    size_t data, sealed;
    uint8_t event_id[EVENT_ID_SIZE], hash[32];
    char bytes[]; /* the texts, each with its NUL, then data, then sealed */
};

static const char **const *texts_of(c18n_record *record, const char **ret_places[TEXTS])
{
    const char **places[TEXTS] = {&record->topic,    &record->type, &record->actor,      &record->on_behalf_of,
                                  &record->resource, &record->key,  &record->request_id, &record->subject};
    memcpy(ret_places, places, sizeof places);
    return ret_places;
}

static struct kept *kept_new(const c18n_record *record, size_t *ret_length)
{
    c18n_record copy = *record;
    const char **places[TEXTS];
    size_t length = sizeof(struct kept) + record->data.length + record->sealed.length;
    texts_of(&copy, places);
    for (int i = 0; i < TEXTS; i++)
        length += strlen(*places[i]) + 1;
    struct kept *kept = calloc(1, length);
    if (!kept)
        return NULL;
    *kept = (struct kept){.position = record->position,
                          .time_ms = (uint64_t)record->time_ms,
                          .version = record->version,
                          .has_sealed = record->sealed.at != NULL,
                          .data = record->data.length,
                          .sealed = record->sealed.length};
    memcpy(kept->event_id, record->event_id, sizeof kept->event_id);
    memcpy(kept->hash, record->hash, sizeof kept->hash);
    char *at = kept->bytes;
    for (int i = 0; i < TEXTS; i++) {
        kept->texts[i] = (uint32_t)strlen(*places[i]);
        at = (char *)memcpy(at, *places[i], kept->texts[i]) + kept->texts[i] + 1;
    }
    if (kept->data)
        memcpy(at, record->data.at, kept->data);
    if (kept->sealed)
        memcpy(at + kept->data, record->sealed.at, kept->sealed);
    *ret_length = length;
    return kept;
}

static c18n_record record_of(const void *row)
{
    const struct kept *kept = row;
    const char **places[TEXTS];
    c18n_record record = {.position = kept->position, .time_ms = (int64_t)kept->time_ms, .version = kept->version};
    memcpy(record.event_id, kept->event_id, sizeof record.event_id);
    memcpy(record.hash, kept->hash, sizeof record.hash);
    const char *at = kept->bytes;
    texts_of(&record, places);
    for (int i = 0; i < TEXTS; i++) {
        *places[i] = at;
        at += kept->texts[i] + 1;
    }
    record.data = (c18n_bytes){at, kept->data};
    if (kept->has_sealed)
        record.sealed = (c18n_bytes){at + kept->data, kept->sealed};
    return record;
}

/* --- appending --- */

/* RESOURCE, a zero byte, position: the records of one resource stand together and in order. */
static char *resource_key(const char *resource, uint64_t position, c18n_bytes *ret_key)
{
    size_t length = strlen(resource) + 1;
    char *key = malloc(length + NUMBER_SIZE);
    if (!key)
        return NULL;
    memcpy(key, resource, length);
    bytes_of_number(position, (unsigned char *)key + length);
    *ret_key = (c18n_bytes){key, length + NUMBER_SIZE};
    return key;
}

static int put_record(c18n_store *store, const c18n_record *record)
{
    unsigned char position[NUMBER_SIZE];
    c18n_bytes of_resource;
    size_t length;
    bytes_of_number(record->position, position);
    struct kept *kept = kept_new(record, &length);
    char *key = resource_key(record->resource, record->position, &of_resource);
    int code = kept && key ? C18N_OK : C18N_NO_MEMORY;
    const c18n_bytes at = {position, sizeof position}, event_id = {record->event_id, EVENT_ID_SIZE};
    if (code == C18N_OK)
        code = table_put(store, TABLE_HISTORY, at, (c18n_bytes){kept, length});
    if (code == C18N_OK)
        code = table_put(store, TABLE_EVENT_IDS, event_id, at);
    if (code == C18N_OK)
        code = table_put(store, TABLE_RESOURCES, of_resource, at);
    free(kept);
    free(key);
    return code;
}

int history_append(c18n_store *store, const c18n_record *record)
{
    c18n_bytes known;
    uint64_t newest;
    uint8_t hash[32];
    bool own;
    int code = connection_write_begin(store, &own);
    if (code != C18N_OK)
        return code;
    if (table_get(store, TABLE_EVENT_IDS, (c18n_bytes){record->event_id, EVENT_ID_SIZE}, &known) == C18N_OK)
        code = C18N_EXISTS;
    else if (history_newest(store, &newest, hash) != C18N_OK || record->position != newest + 1)
        code = C18N_CONFLICT;
    else
        code = put_record(store, record);
    return connection_write_end(store, own, code);
}

/* --- reading --- */

struct hearer {
    c18n_store *store;
    c18n_store_record record;
    void *arg;
};

static int hear(void *arg, c18n_bytes key, c18n_bytes value)
{
    const struct hearer *hearer = arg;
    const c18n_record record = record_of(value.at);
    (void)key;
    return hearer->record(hearer->arg, &record);
}

static int hear_of_resource(void *arg, c18n_bytes key, c18n_bytes position)
{
    const struct hearer *hearer = arg;
    c18n_bytes value;
    (void)key;
    int code = table_get(hearer->store, TABLE_HISTORY, position, &value);
    return code == C18N_OK ? hear(arg, position, value) : code;
}

int history_walk(c18n_store *store, uint64_t after, c18n_store_record record, void *arg)
{
    unsigned char from[NUMBER_SIZE];
    struct hearer hearer = {store, record, arg};
    if (after == UINT64_MAX)
        return C18N_OK;
    bytes_of_number(after + 1, from);
    return table_scan(store, TABLE_HISTORY, &(c18n_range){.from = {from, sizeof from}}, hear, &hearer);
}

int history_walk_resource(c18n_store *store, const char *resource, uint64_t after, c18n_store_record record, void *arg)
{
    c18n_range range = {.reverse = 0};
    struct hearer hearer = {store, record, arg};
    if (after == UINT64_MAX)
        return C18N_OK;
    char *from = resource_key(resource, after + 1, &range.from), *until = resource_key(resource, 0, &range.until);
    int code = from && until ? C18N_OK : C18N_NO_MEMORY;
    if (code == C18N_OK) {
        until[strlen(resource)] = 1; /* what follows the zero byte */
        code = table_scan(store, TABLE_RESOURCES, &range, hear_of_resource, &hearer);
    }
    free(from);
    free(until);
    return code;
}

static int take_newest(void *arg, c18n_bytes key, c18n_bytes value)
{
    (void)key;
    *(c18n_record *)arg = record_of(value.at);
    return C18N_AGAIN;
}

int history_newest(c18n_store *store, uint64_t *ret_position, uint8_t ret_hash[32])
{
    c18n_record newest = {.position = 0};
    int code = table_scan(store, TABLE_HISTORY, &(c18n_range){.reverse = 1}, take_newest, &newest);
    if (code != C18N_OK)
        return code;
    *ret_position = newest.position;
    memcpy(ret_hash, newest.hash, sizeof newest.hash);
    return C18N_OK;
}
