/* connection.c: connections, transactions, snapshots. */
#include "memory.h"

#include <assert.h>
#include <stdlib.h>

static const uint64_t nothing = UINT64_MAX; /* the snapshot of a connection that reads nothing */

int connection_open(c18n_self *self, uint32_t role, c18n_store **ret_store)
{
    struct memory_state *state = self->state;
    struct c18n_store *store = calloc(1, sizeof *store);
    if (!store)
        return C18N_NO_MEMORY;
    *store = (struct c18n_store){.state = state, .role = role, .snapshot = nothing};
    pthread_mutex_lock(&state->lock);
    bool busy = role == C18N_STORE_WRITE && state->has_writer;
    if (role == C18N_STORE_WRITE) {
        state->has_writer = true;
    } else {
        store->next = state->readers;
        state->readers = store;
    }
    pthread_mutex_unlock(&state->lock);
    if (busy) {
        free(store);
        return C18N_BUSY;
    }
    *ret_store = store;
    return C18N_OK;
}

void connection_close(c18n_store *store)
{
    if (!store)
        return;
    if (store->open)
        connection_rollback(store);
    struct memory_state *state = store->state;
    pthread_mutex_lock(&state->lock);
    if (store->role == C18N_STORE_WRITE) {
        state->has_writer = false;
    } else {
        struct c18n_store **place = &state->readers;
        while (*place != store)
            place = &(*place)->next;
        *place = store->next;
    }
    pthread_mutex_unlock(&state->lock);
    free(store);
}

/* --- transactions --- */

static uint64_t oldest_snapshot(const struct memory_state *state)
{
    uint64_t oldest = state->committed;
    for (const struct c18n_store *reader = state->readers; reader; reader = reader->next)
        if (reader->snapshot < oldest)
            oldest = reader->snapshot;
    return oldest;
}

static void commit(struct memory_state *state)
{
    state->committed++;
    state->undo.count = 0;
    rows_sweep(state, oldest_snapshot(state));
}

int connection_begin(c18n_store *store)
{
    assert(!store->open);
    pthread_mutex_lock(&store->state->lock);
    if (store->role == C18N_STORE_READ)
        store->snapshot = store->state->committed;
    store->open = true;
    pthread_mutex_unlock(&store->state->lock);
    return C18N_OK;
}

static void end(c18n_store *store, bool keep)
{
    assert(store->open && !(keep && store->in_item));
    pthread_mutex_lock(&store->state->lock);
    if (store->role == C18N_STORE_READ)
        store->snapshot = nothing;
    else if (keep)
        commit(store->state);
    else
        rows_undo(store->state, 0);
    store->open = store->in_item = false;
    pthread_mutex_unlock(&store->state->lock);
}

int connection_commit(c18n_store *store)
{
    end(store, true);
    return C18N_OK;
}

void connection_rollback(c18n_store *store)
{
    end(store, false);
}

int connection_item_begin(c18n_store *store)
{
    assert(store->open && !store->in_item && store->role == C18N_STORE_WRITE);
    store->in_item = true;
    store->item_undo = store->state->undo.count;
    return C18N_OK;
}

int connection_item_keep(c18n_store *store)
{
    assert(store->in_item);
    store->in_item = false;
    return C18N_OK;
}

int connection_item_undo(c18n_store *store)
{
    assert(store->in_item);
    pthread_mutex_lock(&store->state->lock);
    rows_undo(store->state, store->item_undo);
    store->in_item = false;
    pthread_mutex_unlock(&store->state->lock);
    return C18N_OK;
}

/* --- calls --- */

/* Within a scan the snapshot stays, or the row that is shown might go. */
void connection_enter(c18n_store *store)
{
    pthread_mutex_lock(&store->state->lock);
    if (store->role == C18N_STORE_READ && !store->open && store->scans == 0)
        store->snapshot = store->state->committed;
}

void connection_leave(c18n_store *store)
{
    pthread_mutex_unlock(&store->state->lock);
}

const struct version *connection_sees(const c18n_store *store, const struct row *row)
{
    const struct version *version = row ? row->newest : NULL;
    while (version && store->role == C18N_STORE_READ && version->since > store->snapshot)
        version = version->older;
    return version && !version->removed ? version : NULL;
}

int connection_write_begin(c18n_store *store, bool *ret_own)
{
    if (store->role != C18N_STORE_WRITE)
        return C18N_INVALID;
    *ret_own = !store->open;
    return store->open ? C18N_OK : connection_begin(store);
}

int connection_write_end(c18n_store *store, bool own, int code)
{
    if (own)
        end(store, code == C18N_OK);
    return code;
}
