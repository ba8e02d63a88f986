/* guard.c: what no statement of ours may do, whatever text it has. */
#include "store.h"

#include <string.h>

static bool is_history(const char *name)
{
    return name && strncmp(name, "history", strlen("history")) == 0;
}

static bool is_check(const char *pragma)
{
    return pragma && (strcmp(pragma, "integrity_check") == 0 || strcmp(pragma, "quick_check") == 0);
}

/* `name` is what the action is about, `of` the table that an index or trigger belongs to. */
static bool is_refused(int action, const char *name, const char *of)
{
    switch (action) {
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
    case SQLITE_DROP_TABLE:
        return is_history(name);
    case SQLITE_ALTER_TABLE: /* its first value is the database */
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TRIGGER:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_TEMP_TRIGGER:
        return is_history(of);
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
        return true;
    case SQLITE_PRAGMA:
        return !is_check(name);
    default:
        return false;
    }
}

static int judge(void *arg, int action, const char *name, const char *of, const char *database, const char *trigger)
{
    (void)database;
    (void)trigger;
    const struct c18n_store *store = arg;
    if (store->setting_up || !is_refused(action, name, of))
        return SQLITE_OK;
    c18n_log(store->state->self, C18N_LOG_ERROR, "refused: action %d on %s", action, name ? name : "?");
    return SQLITE_DENY;
}

int guard_install(struct c18n_store *store)
{
    return sqlite3_set_authorizer(store->db, judge, store);
}
