/**
 * store.h: what the files of this folder share: the module's state and a connection.
 *
 * A connection (struct c18n_store) belongs to one thread at a time and needs no lock. The state is
 * shared: one lock guards the folder and the checkpointing connection and may be held for long, another
 * the list of table names; everything else in it is atomic or set before the first connection.
 */
#ifndef STORAGE_SQLITE_STORE_H
#define STORAGE_SQLITE_STORE_H

#include <c18n/module.h>
#include <c18n/providers/storage.h>

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#define STORE_MAGIC UINT32_C(0x73716c63)

enum {
    STORE_TABLES_MOST = 4096,          /* ordered tables of one storage */
    STORE_BUSY_MS = 5000,              /* how long a lock of SQLite is waited for */
    STORE_CHUNK = 256 * 1024,          /* bytes of a blob in one row */
    STORE_APPLICATION_ID = 0x6331386e, /* "c18n", in the file's header */
};

/** A prepared statement that is kept for the next use. While it walks rows, a second use of the same
 *  slot gets a statement of its own, so that walks may be nested. */
struct slot {
    sqlite3_stmt *kept;
    bool busy;
};

struct statement { /* one use of a slot */
    sqlite3_stmt *at;
    struct slot *slot; /* NULL: `at` is this use's own */
};

/* Statements with a fixed text; statement.c has it. */
enum {
    STATEMENT_BEGIN_READ,
    STATEMENT_BEGIN_WRITE,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_ITEM_BEGIN,
    STATEMENT_ITEM_KEEP,
    STATEMENT_ITEM_UNDO,
    STATEMENT_APPEND,
    STATEMENT_APPENDED,
    STATEMENT_HISTORY,
    STATEMENT_HISTORY_OF,
    STATEMENT_NEWEST,
    STATEMENT_BLOB_FIND,
    STATEMENT_BLOB_NEW,
    STATEMENT_BLOB_GROW,
    STATEMENT_BLOB_FINISH,
    STATEMENT_BLOB_REMOVE,
    STATEMENT_CHUNK_FIND,
    STATEMENT_CHUNK_NEW,
    STATEMENT_CHUNK_TRIM,
    STATEMENT_CHUNK_READ,
    STATEMENT_CHUNKS_REMOVE,
    STATEMENT_COUNT,
};

/* Statements that every ordered table has; table.c has their text. */
enum {
    TABLE_GET,
    TABLE_PUT,
    TABLE_REMOVE,
    TABLE_CLEAR,
    TABLE_SCAN,
    TABLE_SCAN_UNTIL,
    TABLE_SCAN_BACK,
    TABLE_SCAN_BACK_UNTIL,
    TABLE_STATEMENT_COUNT,
};

struct store_table { /* an ordered table as one connection knows it */
    struct slot slots[TABLE_STATEMENT_COUNT];
};

struct sqlite_state {
    c18n_self *self;
    pthread_mutex_t lock;

    /* The folder; under the lock. */
    char *path;    /* of the database; NULL: not open */
    int lock_file; /* holds the folder against other processes */
    sqlite3 *checkpointer;

    pthread_mutex_t names_lock;
    char *names[STORE_TABLES_MOST]; /* a table's number is its place here, the same for all connections */
    uint32_t name_count;

    atomic_int failed;   /* code of the last write that failed; C18N_OK once one has succeeded */
    atomic_bool damaged; /* stored bytes were wrong: no write is taken until a restart */
    atomic_bool opened;
    atomic_int refused; /* code of an opening that failed, published after `refusal` */
    char refusal[256];
    atomic_int wal_pages; /* that wait in the write-ahead log */
    atomic_bool checkpoint_asked;
};

struct c18n_store {
    uint32_t magic;
    uint32_t role;
    struct sqlite_state *state;
    sqlite3 *db;     /* NULL: must be opened again */
    bool setting_up; /* the authorizer lets schema changes and PRAGMA pass */
    bool in_transaction, in_item;
    bool made_table;       /* in this transaction; undoing it takes the table away again */
    int next_checkpoint;   /* pages of the log before which the writer doesn't try again */
    bool broken;           /* a write or sync failed: the file is opened again and checked before the next */
    int failed;            /* of the writer's current transaction: nothing of it can be kept */
    struct statement held; /* of the last `get`; its value lives until the next call */
    struct slot slots[STATEMENT_COUNT];
    struct store_table *tables[STORE_TABLES_MOST];
};

/* result.c: SQLite's codes into ours, and what they mean for the connection. */
int store_result(struct c18n_store *store, int sqlite_code);
int store_code(sqlite3 *db, int sqlite_code);
void store_note_written(struct c18n_store *store);

/* folder.c: the data folder, and who holds it. */
int folder_open(struct sqlite_state *state);
void folder_close(struct sqlite_state *state);
void folder_refuse(struct sqlite_state *state, int code, const char *format, ...) C18N_PRINTF(3, 4);

/* connection.c */
int connection_connect(c18n_self *self, uint32_t role, c18n_store **ret_store);
void connection_disconnect(c18n_store *store);
int connection_reopen(struct c18n_store *store);
int connection_open_plain(struct sqlite_state *state, sqlite3 **ret_db); /* changes nothing in the file */
int connection_make_durable(sqlite3 *db);
int connection_open_file(struct sqlite_state *state, sqlite3 **ret_db); /* both */

/* schema.c: versioned migrations. */
int schema_judge(struct sqlite_state *state, sqlite3 *db); /* is it a file of ours, that we know? */
int schema_migrate(struct sqlite_state *state, sqlite3 *db);

/* guard.c: the authorizer. */
int guard_install(struct c18n_store *store);

/* statement.c */
int statement_take(struct c18n_store *store, unsigned number, struct statement *ret_statement);
int statement_take_sql(struct c18n_store *store, struct slot *slot, const char *sql, struct statement *ret_statement);
void statement_give(struct statement *statement);
void statement_close(struct slot *slot);
int statement_bind_bytes(sqlite3_stmt *statement, int place, c18n_bytes bytes);
c18n_bytes statement_bytes(sqlite3_stmt *statement, int column);
int statement_run(struct c18n_store *store, struct statement *statement); /* to its end, and gives it back */
void store_enter(struct c18n_store *store);      /* every call begins so: ends what the last `get` held */
int store_enter_write(struct c18n_store *store); /* and so every call that writes */

/* transaction.c */
int transaction_begin(c18n_store *store);
int transaction_commit(c18n_store *store);
void transaction_rollback(c18n_store *store);
int transaction_item_begin(c18n_store *store);
int transaction_item_keep(c18n_store *store);
int transaction_item_undo(c18n_store *store);

/* checkpoint.c: keeps the write-ahead log short. */
void checkpoint_watch(struct c18n_store *store);
void checkpoint_after_commit(struct c18n_store *store);
int checkpoint_timer(c18n_request *rq, void *module);
void checkpoint_close(struct sqlite_state *state);

/* table.c */
int table_find(c18n_store *store, const char *name, uint32_t *ret_table);
int table_clear(c18n_store *store, uint32_t table);
int table_get(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes *ret_value);
int table_put(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes value);
int table_remove(c18n_store *store, uint32_t table, c18n_bytes key);
int table_scan(c18n_store *store, uint32_t table, const c18n_range *range, c18n_store_row row, void *arg);
void table_forget(struct c18n_store *store); /* its statements; after an undo that took tables away */

/* history.c */
int history_append(c18n_store *store, const c18n_record *record);
int history_walk(c18n_store *store, uint64_t after, c18n_store_record record, void *arg);
int history_walk_resource(c18n_store *store, const char *resource, uint64_t after, c18n_store_record record, void *arg);
int history_newest(c18n_store *store, uint64_t *ret_position, uint8_t ret_hash[32]);

/* blob.c */
int blob_write(c18n_store *store, const char *id, uint64_t offset, c18n_bytes piece);
int blob_finish(c18n_store *store, const char *id, uint64_t size, const uint8_t sha256[32]);
int blob_size(c18n_store *store, const char *id, uint64_t *ret_size, uint8_t ret_sha256[32]);
int blob_read(c18n_store *store, const char *id, uint64_t offset, size_t count,
              int (*piece)(void *arg, c18n_bytes bytes), void *arg);
int blob_remove(c18n_store *store, const char *id);

/* check.c */
int check_files(c18n_store *store, void (*fault)(void *arg, const char *what), void *arg);
int check_quickly(sqlite3 *db);

#endif
