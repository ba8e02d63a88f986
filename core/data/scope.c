#include "data/scope.h"

#include "data/parts.h"

#include <assert.h>
#include <stdlib.h>

int scope_connect(struct data_scope *scope, struct data *data, uint32_t role)
{
    *scope = (struct data_scope){.data = data, .storage = data->storage, .writing = role == C18N_STORE_WRITE};
    scope->tables = calloc(data->views.slots, sizeof *scope->tables);
    if (!scope->tables)
        return C18N_NO_MEMORY;
    int code = data->storage->connect(data->storage_self, role, &scope->store);
    if (code != C18N_OK)
        scope_disconnect(scope);
    return code;
}

void scope_disconnect(struct data_scope *scope)
{
    if (scope->store)
        scope->storage->disconnect(scope->store);
    free(scope->tables);
    scope->store = NULL;
    scope->tables = NULL;
}

int scope_resolve(struct data_scope *scope, const char *prefix)
{
    char name[96];
    for (unsigned slot = 0; slot < scope->data->views.slots; slot++) {
        if (!views_table_name(&scope->data->views, slot, prefix, name))
            return C18N_INVALID;
        int code = scope->storage->table(scope->store, name, &scope->tables[slot]);
        if (code != C18N_OK)
            return code;
    }
    return C18N_OK;
}

int scope_begin(struct data_scope *scope)
{
    scope->since = cache_now(scope->data->cache);
    int code = scope->storage->begin(scope->store);
    scope->open = code == C18N_OK;
    return code;
}

void scope_end(struct data_scope *scope)
{
    if (scope->open)
        scope->storage->rollback(scope->store);
    scope->open = false;
}

void scope_begin_cached(struct data_scope *scope, struct data *data)
{
    *scope = (struct data_scope){.data = data, .cached_only = true, .since = cache_now(data->cache)};
}

int scope_missed(struct data_scope *scope)
{
    scope->missed = true;
    return C18N_AGAIN;
}

void scope_refresh(struct data_scope *scope)
{
    if (scope->writing || scope->cached_only)
        return;
    scope_end(scope);
    (void)scope_begin(scope); /* a storage that is down: the next read says so */
}

int scope_noted(struct data_scope *scope, int code)
{
    if ((code == C18N_NO_SPACE || code == C18N_IO || code == C18N_CORRUPT) && scope->fault == C18N_OK)
        scope->fault = code;
    if (code == C18N_CORRUPT && !scope->writing) /* the writer finds its own faults at the end of the item */
        writer_distrust(scope->data, "a reader found the storage damaged");
    return code;
}

/* The transaction is about to touch a key, or all of a table. */
static void tell_cache(struct data_scope *scope, unsigned slot, const c18n_bytes *key)
{
    if (!scope->data->views.holds_records[slot])
        return;
    if (key)
        cache_change(scope->data->cache, slot, *key);
    else
        cache_change_all(scope->data->cache);
}

int scope_get(struct data_scope *scope, unsigned slot, c18n_bytes key, c18n_bytes *ret_value)
{
    if (scope->cached_only)
        return scope_missed(scope);
    return scope_noted(scope, scope->storage->get(scope->store, scope->tables[slot], key, ret_value));
}

int scope_put(struct data_scope *scope, unsigned slot, c18n_bytes key, c18n_bytes value)
{
    assert(scope->writing);
    tell_cache(scope, slot, &key);
    return scope_noted(scope, scope->storage->put(scope->store, scope->tables[slot], key, value));
}

int scope_remove(struct data_scope *scope, unsigned slot, c18n_bytes key)
{
    assert(scope->writing);
    tell_cache(scope, slot, &key);
    return scope_noted(scope, scope->storage->remove(scope->store, scope->tables[slot], key));
}

int scope_scan(struct data_scope *scope, unsigned slot, const c18n_range *range, c18n_store_row row, void *arg)
{
    if (scope->cached_only)
        return scope_missed(scope);
    return scope_noted(scope, scope->storage->scan(scope->store, scope->tables[slot], range, row, arg));
}

int scope_clear(struct data_scope *scope, unsigned slot)
{
    assert(scope->writing);
    tell_cache(scope, slot, NULL);
    return scope_noted(scope, scope->storage->clear(scope->store, scope->tables[slot]));
}
