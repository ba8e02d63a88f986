/* search.c: ids of the documents that match, the most relevant first. */
#include "index.h"

struct plan {   /* what a search needs of the catalog, copied out of the lock */
    int number; /* of the collection; -1: there is none yet */
    char *expression, *weights;
};

static int make_plan(struct index_state *state, const c18n_index_query *query, struct plan *ret_plan)
{
    *ret_plan = (struct plan){.number = -1};
    pthread_mutex_lock(&state->lock);
    const struct collection *collection = collection_find(state, query->collection);
    if (collection)
        *ret_plan = (struct plan){collection->number, words_expression(collection, query), words_weights(collection)};
    pthread_mutex_unlock(&state->lock);
    return !collection || (ret_plan->expression && ret_plan->weights) ? C18N_OK : C18N_NO_MEMORY;
}

/* Equal relevance: the newest first. Without words or filter everything matches. */
static char *plan_sql(const struct plan *plan)
{
    if (*plan->expression == '\0')
        return sqlite3_mprintf("SELECT id FROM words_%d ORDER BY rowid DESC LIMIT ?1 OFFSET ?2", plan->number);
    return sqlite3_mprintf("SELECT id FROM words_%d WHERE words_%d MATCH ?3 AND rank MATCH ?4"
                           " ORDER BY rank, rowid DESC LIMIT ?1 OFFSET ?2",
                           plan->number, plan->number);
}

static int prepare(sqlite3 *reader, const struct plan *plan, const c18n_index_query *query,
                   sqlite3_stmt **ret_statement)
{
    char *sql = plan_sql(plan);
    int result = sql ? sqlite3_prepare_v2(reader, sql, -1, ret_statement, NULL) : SQLITE_NOMEM;
    sqlite3_free(sql);
    if (result != SQLITE_OK)
        return result;
    sqlite3_bind_int64(*ret_statement, 1, query->limit);
    sqlite3_bind_int64(*ret_statement, 2, query->offset);
    if (*plan->expression) {
        sqlite3_bind_text(*ret_statement, 3, plan->expression, -1, SQLITE_STATIC);
        sqlite3_bind_text(*ret_statement, 4, plan->weights, -1, SQLITE_STATIC);
    }
    return SQLITE_OK;
}

static int hand_out(struct index_state *state, sqlite3 *reader, sqlite3_stmt *statement,
                    int (*hit)(void *arg, const char *id), void *arg)
{
    int result = SQLITE_OK;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        const void *id = sqlite3_column_text(statement, 0);
        int code = id ? hit(arg, id) : C18N_OK;
        if (code != C18N_OK)
            return code == C18N_AGAIN ? C18N_OK : code;
    }
    return database_result(state, reader, result) == C18N_OK ? C18N_OK : C18N_UNAVAILABLE;
}

static int run_plan(struct index_state *state, const struct plan *plan, const c18n_index_query *query,
                    int (*hit)(void *arg, const char *id), void *arg)
{
    sqlite3 *reader = NULL;
    if (database_reader_take(state, &reader) != C18N_OK)
        return C18N_UNAVAILABLE;
    sqlite3_stmt *statement = NULL;
    int result = prepare(reader, plan, query, &statement);
    int code = C18N_OK;
    if (result == SQLITE_OK)
        code = hand_out(state, reader, statement, hit, arg);
    else if (result != SQLITE_ERROR) /* that is a collection whose first batch is not committed: no hits yet */
        code = database_result(state, reader, result) == C18N_OK ? C18N_OK : C18N_UNAVAILABLE;
    sqlite3_finalize(statement);
    database_reader_give(state, reader);
    return code;
}

int search_run(c18n_self *self, const c18n_index_query *query, int (*hit)(void *arg, const char *id), void *arg)
{
    struct index_state *state = self->state;
    struct plan plan;
    if (database_open(state) != C18N_OK || atomic_load(&state->failed) == C18N_CORRUPT)
        return C18N_UNAVAILABLE;
    int code = make_plan(state, query, &plan);
    if (code == C18N_OK && plan.number >= 0)
        code = run_plan(state, &plan, query, hit, arg);
    sqlite3_free(plan.expression);
    sqlite3_free(plan.weights);
    return code;
}
