/* history.c: the events, which are appended and read, and nothing else. */
#include "store.h"

#include <string.h>

enum { EVENT_ID_SIZE = 16, HASH_SIZE = 32 };

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
    sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

/* In the order of RECORD_COLUMNS in statement.c. */
static void bind_record(sqlite3_stmt *at, const c18n_record *record)
{
    sqlite3_bind_int64(at, 1, (int64_t)record->position);
    sqlite3_bind_blob(at, 2, record->event_id, EVENT_ID_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(at, 3, record->time_ms);
    sqlite3_bind_int64(at, 4, record->version);
    const char *const texts[] = {record->topic,    record->type, record->actor,      record->on_behalf_of,
                                 record->resource, record->key,  record->request_id, record->subject};
    for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
        bind_text(at, 5 + i, texts[i]);
    statement_bind_bytes(at, 13, record->data);
    if (record->sealed.at)
        statement_bind_bytes(at, 14, record->sealed);
    else
        sqlite3_bind_null(at, 14);
    sqlite3_bind_blob(at, 15, record->hash, HASH_SIZE, SQLITE_STATIC);
}

static bool has_event(struct c18n_store *store, const uint8_t event_id[16])
{
    struct statement statement = {0};
    if (statement_take(store, STATEMENT_APPENDED, &statement) != C18N_OK)
        return false;
    sqlite3_bind_blob(statement.at, 1, event_id, EVENT_ID_SIZE, SQLITE_STATIC);
    bool found = sqlite3_step(statement.at) == SQLITE_ROW;
    statement_give(&statement);
    return found;
}

int history_append(c18n_store *store, const c18n_record *record)
{
    int code = store_enter_write(store);
    struct statement statement = {0};
    if (code == C18N_OK)
        code = statement_take(store, STATEMENT_APPEND, &statement);
    if (code != C18N_OK)
        return code;
    bind_record(statement.at, record);
    code = statement_run(store, &statement);
    if (code != C18N_EXISTS)
        return code;
    /* The file's own rule refused it: a known event, or a position that is not the next one. */
    return has_event(store, record->event_id) ? C18N_EXISTS : C18N_CONFLICT;
}

static const char *text_of(sqlite3_stmt *statement, int column)
{
    const void *text = sqlite3_column_text(statement, column);
    return text ? text : "";
}

/* False: the row has not the form that `append` gives one. */
static bool read_record(sqlite3_stmt *at, c18n_record *ret_record)
{
    c18n_bytes event_id = statement_bytes(at, 1), hash = statement_bytes(at, 14);
    if (event_id.length != EVENT_ID_SIZE || hash.length != HASH_SIZE)
        return false;
    *ret_record = (c18n_record){
        .position = (uint64_t)sqlite3_column_int64(at, 0),
        .time_ms = sqlite3_column_int64(at, 2),
        .version = (uint32_t)sqlite3_column_int64(at, 3),
        .topic = text_of(at, 4),
        .type = text_of(at, 5),
        .actor = text_of(at, 6),
        .on_behalf_of = text_of(at, 7),
        .resource = text_of(at, 8),
        .key = text_of(at, 9),
        .request_id = text_of(at, 10),
        .subject = text_of(at, 11),
        .data = statement_bytes(at, 12),
    };
    if (sqlite3_column_type(at, 13) != SQLITE_NULL)
        ret_record->sealed = statement_bytes(at, 13);
    memcpy(ret_record->event_id, event_id.at, EVENT_ID_SIZE);
    memcpy(ret_record->hash, hash.at, HASH_SIZE);
    return true;
}

static int walk(struct c18n_store *store, struct statement *statement, c18n_store_record record, void *arg)
{
    int result = SQLITE_OK;
    while ((result = sqlite3_step(statement->at)) == SQLITE_ROW) {
        c18n_record found;
        int code = read_record(statement->at, &found) ? record(arg, &found) : store_result(store, SQLITE_CORRUPT);
        if (code != C18N_OK)
            return code == C18N_AGAIN ? C18N_OK : code;
    }
    return store_result(store, result);
}

static int walk_from(struct c18n_store *store, unsigned number, uint64_t after, const char *resource,
                     c18n_store_record record, void *arg)
{
    store_enter(store);
    struct statement statement = {0};
    int code = store->failed ? store->failed : statement_take(store, number, &statement);
    if (code != C18N_OK)
        return code;
    sqlite3_bind_int64(statement.at, 1, after > INT64_MAX ? INT64_MAX : (int64_t)after);
    if (resource)
        bind_text(statement.at, 2, resource);
    code = walk(store, &statement, record, arg);
    statement_give(&statement);
    return code;
}

int history_walk(c18n_store *store, uint64_t after, c18n_store_record record, void *arg)
{
    return walk_from(store, STATEMENT_HISTORY, after, NULL, record, arg);
}

int history_walk_resource(c18n_store *store, const char *resource, uint64_t after, c18n_store_record record, void *arg)
{
    return walk_from(store, STATEMENT_HISTORY_OF, after, resource, record, arg);
}

int history_newest(c18n_store *store, uint64_t *ret_position, uint8_t ret_hash[32])
{
    store_enter(store);
    struct statement statement = {0};
    int code = store->failed ? store->failed : statement_take(store, STATEMENT_NEWEST, &statement);
    if (code != C18N_OK)
        return code;
    int result = sqlite3_step(statement.at);
    c18n_bytes hash = result == SQLITE_ROW ? statement_bytes(statement.at, 1) : (c18n_bytes){0};
    if (result == SQLITE_ROW && hash.length != HASH_SIZE)
        result = SQLITE_CORRUPT;
    code = store_result(store, result);
    if (code == C18N_OK) {
        *ret_position = result == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(statement.at, 0) : 0;
        memset(ret_hash, 0, HASH_SIZE);
        if (result == SQLITE_ROW)
            memcpy(ret_hash, hash.at, HASH_SIZE);
    }
    statement_give(&statement);
    return code;
}
