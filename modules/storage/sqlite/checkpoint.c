/*
 * checkpoint.c: keeps the write-ahead log short without making a commit wait.
 *
 * A timer moves the log's pages into the database on a connection of its own while commits go on. The log can be begun
 * anew only at a moment when all of it was moved, which under steady writing never comes by itself: past
 * four times the wanted size the writer moves the rest right after a commit, past sixteen times it also waits
 * shortly for readers of old snapshots.
 */
#include "store.h"

enum { PAGE = 4096, WAIT_MS = 250 };

static const struct {
    int times; /* of the wanted size */
    int mode;
} measures[] = {
    {16, SQLITE_CHECKPOINT_RESTART},
    {4, SQLITE_CHECKPOINT_PASSIVE},
};

static int wanted_pages(struct sqlite_state *state)
{
    return (int)(c18n_setting_integer(state->self, "checkpoint_size") / PAGE);
}

static int note_pages(void *arg, sqlite3 *db, const char *database, int pages)
{
    (void)db;
    (void)database;
    struct c18n_store *store = arg;
    atomic_store_explicit(&store->state->wal_pages, pages, memory_order_relaxed);
    return SQLITE_OK;
}

void checkpoint_watch(struct c18n_store *store)
{
    sqlite3_wal_hook(store->db, note_pages, store);
}

static void move(struct c18n_store *store, int mode)
{
    sqlite3_busy_timeout(store->db, WAIT_MS);
    int result = sqlite3_wal_checkpoint_v2(store->db, NULL, mode, NULL, NULL);
    sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
    /* What was committed is durable in the log, so this fails no commit; the log only grows. */
    if (result != SQLITE_OK && result != SQLITE_BUSY)
        c18n_log(store->state->self, C18N_LOG_WARNING, "checkpoint: %s", sqlite3_errmsg(store->db));
}

void checkpoint_after_commit(struct c18n_store *store)
{
    struct sqlite_state *state = store->state;
    int pages = atomic_load_explicit(&state->wal_pages, memory_order_relaxed), wanted = wanted_pages(state);
    if (pages < wanted)
        store->next_checkpoint = 0;
    if (pages < wanted || pages < store->next_checkpoint)
        return;
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        if (pages >= wanted * measures[i].times) {
            store->next_checkpoint = pages + wanted; /* a reader that stays long must not slow every commit */
            move(store, measures[i].mode);
            return;
        }
    }
    if (!atomic_exchange(&state->checkpoint_asked, true) && c18n_timer_now(state->self, "checkpoint") != C18N_OK)
        atomic_store(&state->checkpoint_asked, false); /* no timers run here: the measures above do it */
}

/* A disk that was full may have room again; only a write can tell. */
static void try_a_write(struct sqlite_state *state)
{
    static const char harmless[] = "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS \"t.probe\""
                                   "(key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
                                   "REPLACE INTO \"t.probe\" VALUES(x'00', zeroblob(4000)); COMMIT";
    int result = sqlite3_exec(state->checkpointer, harmless, NULL, NULL, NULL);
    if (!sqlite3_get_autocommit(state->checkpointer))
        (void)sqlite3_exec(state->checkpointer, "ROLLBACK", NULL, NULL, NULL);
    if (result == SQLITE_OK)
        atomic_store(&state->failed, C18N_OK);
}

static int open_checkpointer(struct sqlite_state *state)
{
    if (state->checkpointer)
        return C18N_OK;
    int code = connection_open_file(state, &state->checkpointer);
    if (code != C18N_OK)
        checkpoint_close(state);
    return code;
}

static int work(struct sqlite_state *state)
{
    bool full = atomic_load(&state->failed) == C18N_NO_SPACE;
    bool long_log = atomic_load_explicit(&state->wal_pages, memory_order_relaxed) >= wanted_pages(state);
    if (!state->path || (!full && !long_log) || atomic_load(&state->damaged))
        return C18N_OK;
    int code = open_checkpointer(state);
    if (code != C18N_OK)
        return code;
    int result = sqlite3_wal_checkpoint_v2(state->checkpointer, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (full)
        try_a_write(state);
    return result == SQLITE_BUSY ? C18N_OK : store_code(state->checkpointer, result);
}

int checkpoint_timer(c18n_request *rq, void *module)
{
    (void)rq;
    struct sqlite_state *state = module;
    atomic_store(&state->checkpoint_asked, false);
    pthread_mutex_lock(&state->lock);
    int code = work(state);
    pthread_mutex_unlock(&state->lock);
    return code;
}

void checkpoint_close(struct sqlite_state *state)
{
    sqlite3_close(state->checkpointer);
    state->checkpointer = NULL;
}
