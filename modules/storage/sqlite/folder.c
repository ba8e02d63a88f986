/* folder.c: the data folder: made private, and held against a second process. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char database_name[] = "c18n.db";
static const char lock_name[] = "c18n.db.lock";

void folder_refuse(struct sqlite_state *state, int code, const char *format, ...)
{
    if (atomic_load(&state->refused) != C18N_OK)
        return; /* the first reason stays, and readers of it need no lock */
    va_list values;
    va_start(values, format);
    vsnprintf(state->refusal, sizeof state->refusal, format, values);
    va_end(values);
    atomic_store(&state->refused, code);
    c18n_log(state->self, C18N_LOG_ERROR, "%s", state->refusal);
}

static char *folder_path(const char *folder, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

static long lock_holder(int file)
{
    char words[24];
    ssize_t length = pread(file, words, sizeof words - 1, 0);
    words[length > 0 ? length : 0] = '\0';
    return strtol(words, NULL, 10);
}

static void lock_sign(struct sqlite_state *state, int file)
{
    char words[24];
    int length = snprintf(words, sizeof words, "%ld\n", (long)getpid());
    /* The pid is only for people: the lock holds without it, on a full disk too. */
    if (ftruncate(file, 0) != 0 || pwrite(file, words, (size_t)length, 0) != length)
        c18n_log(state->self, C18N_LOG_WARNING, "%s: the pid can't be written: %s", lock_name, strerror(errno));
}

static int lock_take(struct sqlite_state *state, const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        folder_refuse(state, C18N_IO, "%s: %s", path, strerror(errno));
        return C18N_IO;
    }
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        folder_refuse(state, C18N_BUSY, "%s: process %ld holds this data folder", path, lock_holder(file));
        close(file);
        return C18N_BUSY;
    }
    lock_sign(state, file);
    state->lock_file = file;
    return C18N_OK;
}

/* SQLite gives its log and shared-memory files the mode of the database, so that must be right first. */
static int make_private(struct sqlite_state *state, const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0 || fchmod(file, 0600) != 0) {
        folder_refuse(state, C18N_IO, "%s: %s", path, strerror(errno));
        if (file >= 0)
            close(file);
        return C18N_IO;
    }
    close(file);
    return C18N_OK;
}

static int prepare_folder(struct sqlite_state *state, const char *folder)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        folder_refuse(state, C18N_IO, "%s: %s", folder, strerror(errno));
        return C18N_IO;
    }
    struct stat about;
    if (stat(folder, &about) == 0 && (about.st_mode & 077) != 0)
        c18n_log(state->self, C18N_LOG_WARNING, "%s: others may look into the data folder, its mode should be 0700",
                 folder);
    return C18N_OK;
}

static int create_schema(struct sqlite_state *state)
{
    sqlite3 *db = NULL;
    int code = connection_open_plain(state, &db);
    if (code == C18N_OK)
        code = schema_judge(state, db); /* before a stranger's file is turned to WAL */
    if (code == C18N_OK)
        code = connection_make_durable(db);
    if (code == C18N_OK)
        code = schema_migrate(state, db);
    if (code != C18N_OK)
        folder_refuse(state, code, "%s: %s", state->path, db ? sqlite3_errmsg(db) : "out of memory");
    sqlite3_close(db);
    return code;
}

static int open_locked(struct sqlite_state *state)
{
    const char *folder = c18n_state_path(state->self);
    char *lock_path = folder_path(folder, lock_name);
    state->path = folder_path(folder, database_name);
    int code = state->path && lock_path ? prepare_folder(state, folder) : C18N_NO_MEMORY;
    if (code == C18N_OK)
        code = lock_take(state, lock_path);
    if (code == C18N_OK)
        code = make_private(state, state->path);
    if (code == C18N_OK)
        code = create_schema(state);
    free(lock_path);
    return code;
}

/* Idempotent; the caller has the state's lock. */
int folder_open(struct sqlite_state *state)
{
    if (state->path)
        return C18N_OK;
    atomic_store(&state->refused, C18N_OK);
    int code = open_locked(state);
    if (code != C18N_OK)
        folder_close(state);
    atomic_store(&state->opened, code == C18N_OK);
    return code;
}

void folder_close(struct sqlite_state *state)
{
    atomic_store(&state->opened, false);
    checkpoint_close(state);
    if (state->lock_file >= 0)
        close(state->lock_file);
    state->lock_file = -1;
    free(state->path);
    state->path = NULL;
}
