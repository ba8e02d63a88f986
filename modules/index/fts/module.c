/* module.c: the module's facts, settings and the table that "index.v1" is. */
#include "index.h"

static const c18n_setting settings[] = {
    {.name = "cache_size",
     .type = C18N_SETTING_INTEGER,
     .otherwise = "16M",
     .min = 1 << 18,
     .max = INT64_C(1) << 40,
     .unit = "bytes",
     .help = "Page cache of the connection that feeds the index."},
};

static const struct {
    int code;
    const char *words;
} states[] = {
    {C18N_NO_SPACE, "the disk is full, the index falls behind"},
    {C18N_IO, "the operating system refused a read or write of the index"},
    {C18N_CORRUPT, "the index is damaged; the next start makes it anew"},
};

static int tell_state(c18n_self *self, const char **ret_detail)
{
    struct index_state *state = self->state;
    int failed = atomic_load(&state->failed);
    *ret_detail = failed == C18N_OK ? "serving" : "the last call failed";
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (states[i].code == failed)
            *ret_detail = states[i].words;
    if (failed == C18N_OK && !atomic_load(&state->opened)) {
        *ret_detail = "not open";
        return C18N_UNAVAILABLE;
    }
    return failed;
}

static const c18n_index index_service = {
    .size = sizeof index_service,
    .position = feed_position,
    .reset = feed_reset,
    .begin = feed_begin,
    .put = feed_put,
    .remove = feed_remove,
    .end = feed_end,
    .search = search_run,
    .state = tell_state,
};

static int init(c18n_self *self)
{
    struct index_state *state = self->state;
    state->self = self;
    if (pthread_mutex_init(&state->lock, NULL) != 0)
        return C18N_NO_MEMORY;
    return c18n_provide(self, "index.v1", &index_service);
}

static void stop(c18n_self *self)
{
    struct index_state *state = self->state;
    if (atomic_load(&state->opened))
        database_close(state);
}

C18N_MODULE(index_fts, "1.0.0", "Search in SQLite's full-text tables", "provides: index.v1",
            .state_size = sizeof(struct index_state), .settings = C18N_ALL(settings), .init = init, .stop = stop);
