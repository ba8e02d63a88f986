/* transaction.c: snapshots for readers, group commits and their items for the writer. */
#include "store.h"

#include <assert.h>

static int run(struct c18n_store *store, unsigned number)
{
    struct statement statement = {0};
    int code = statement_take(store, number, &statement);
    return code == C18N_OK ? statement_run(store, &statement) : code;
}

/* Damaged files are read, as far as they can be, but never written on. */
static int ready_to_write(struct c18n_store *store)
{
    if (atomic_load(&store->state->damaged))
        return C18N_CORRUPT;
    return store->broken || !store->db ? connection_reopen(store) : C18N_OK;
}

int transaction_begin(c18n_store *store)
{
    store_enter(store);
    assert(!store->in_transaction);
    store->failed = C18N_OK;
    if (store->role != C18N_STORE_WRITE) {
        int code = run(store, STATEMENT_BEGIN_READ);
        store->in_transaction = code == C18N_OK;
        return code;
    }
    int code = ready_to_write(store);
    store->failed = C18N_OK;
    if (code == C18N_OK)
        code = run(store, STATEMENT_BEGIN_WRITE);
    store->in_transaction = code == C18N_OK;
    store->made_table = false;
    return code;
}

static void forget_undone_tables(struct c18n_store *store)
{
    if (store->made_table)
        table_forget(store);
}

void transaction_rollback(c18n_store *store)
{
    store_enter(store);
    if (store->db && !sqlite3_get_autocommit(store->db))
        (void)run(store, STATEMENT_ROLLBACK); /* can only fail where it has happened already */
    forget_undone_tables(store);
    store->in_transaction = store->in_item = store->made_table = false;
    store->failed = C18N_OK;
}

static int commit_write(struct c18n_store *store)
{
    assert(!store->in_item);
    int code = store->failed ? store->failed : run(store, STATEMENT_COMMIT);
    if (code != C18N_OK) {
        transaction_rollback(store);
        return code;
    }
    store->in_transaction = false;
    store_note_written(store);
    checkpoint_after_commit(store);
    return C18N_OK;
}

int transaction_commit(c18n_store *store)
{
    store_enter(store);
    assert(store->in_transaction);
    if (store->role == C18N_STORE_WRITE)
        return commit_write(store);
    int code = run(store, STATEMENT_COMMIT);
    store->in_transaction = false;
    return code;
}

int transaction_item_begin(c18n_store *store)
{
    int code = store_enter_write(store);
    assert(store->in_transaction && !store->in_item);
    if (code == C18N_OK)
        code = run(store, STATEMENT_ITEM_BEGIN);
    store->in_item = code == C18N_OK;
    return code;
}

int transaction_item_keep(c18n_store *store)
{
    int code = store_enter_write(store);
    assert(store->in_item);
    store->in_item = false;
    return code == C18N_OK ? run(store, STATEMENT_ITEM_KEEP) : code;
}

int transaction_item_undo(c18n_store *store)
{
    int code = store_enter_write(store);
    assert(store->in_item);
    store->in_item = false;
    if (code != C18N_OK)
        return code; /* the whole transaction is lost */
    code = run(store, STATEMENT_ITEM_UNDO);
    forget_undone_tables(store);
    /* "Rollback to" keeps the savepoint itself. */
    return code == C18N_OK ? run(store, STATEMENT_ITEM_KEEP) : code;
}
