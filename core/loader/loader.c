/* loader.c: the loader from outside, and its steps in order. */
#include "loader/inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KNOWN_MOST = 1024 };

struct loader *loader_new(const c18n_host *host, struct conf *conf, const char *module_dir)
{
    struct loader *loader = calloc(1, sizeof *loader);
    if (!loader)
        return NULL;
    *loader = (struct loader){.host = host,
                              .conf = conf,
                              .module_dir = realpath(module_dir, NULL),
                              .probe_ms = PROBE_MS,
                              .stage_ms = STAGE_MS,
                              .start_stage_ms = START_STAGE_MS};
    if (!loader->module_dir)
        loader->module_dir = strdup(module_dir); /* that it isn't there is said by loader_load */
    if (loader->module_dir)
        return loader;
    free(loader);
    return NULL;
}

static void candidate_free(struct candidate *candidate)
{
    free(candidate->state);
    free(candidate->file);
}

void loader_free(struct loader *loader)
{
    if (!loader)
        return;
    for (size_t i = 0; i < loader->count; i++)
        candidate_free(&loader->candidates[i]);
    free(loader->candidates); /* no lt_dlexit: code is resident, and libltdl's handles of it stay reachable */
    free(loader->order);
    leave_free(loader);
    free(loader->module_dir);
    free(loader->state_path);
    free(loader);
}

void loader_on_rehearsal(struct loader *loader, void (*enter)(void *arg), void *arg)
{
    loader->enter_rehearsal = enter;
    loader->rehearsal_arg = arg;
}

void loader_unrehearsed(struct loader *loader)
{
    loader->unrehearsed = true;
}

static char *loader_state_path(struct loader *loader)
{
    char *path = NULL;
    const char *set = conf_text(conf_bind(loader->conf, "core", &conf_core_settings), "state_dir");
    if (*set == '/')
        return strdup(set);
    char *here = get_current_dir_name();
    if (here && asprintf(&path, "%s/%s", here, set) < 0)
        path = NULL;
    free(here);
    return path;
}

struct known {
    char *names[KNOWN_MOST];
    size_t count;
};

static void known_add(void *arg, const char *id)
{
    struct known *known = arg;
    char *copy = known->count < KNOWN_MOST ? strdup(id) : NULL;
    if (copy)
        known->names[known->count++] = copy;
}

/* Sections without a module of that name. */
static void loader_name_unknown(struct loader *loader)
{
    struct known *known = calloc(1, sizeof *known);
    if (!known)
        return;
    known_add(known, "core");
    known_add(known, "auth");
    scan_folder(loader, known_add, known);
    conf_unbound(loader->conf, loader->module_dir, (const char *const *)known->names, known->count);
    for (size_t i = 0; i < known->count; i++)
        free(known->names[i]);
    free(known);
}

/* It would be ignored, and whoever wrote it should know. */
static void loader_complain_of_optional(struct loader *loader)
{
    for (size_t i = 0; i < loader->order_count; i++) {
        const struct candidate *candidate = loader->order[i];
        if (candidate->module.optional && refuse_is_vital(candidate))
            conf_complain(loader->conf, candidate->id, "optional",
                          "can't be true: it provides what no server is without");
    }
}

/* Those that are out stand last, so that everybody can see why. */
static void loader_append_left_out(struct loader *loader)
{
    for (size_t i = 0; i < loader->count; i++)
        if (loader->candidates[i].out)
            loader->order[loader->order_count++] = &loader->candidates[i];
}

int loader_load(struct loader *loader, struct text *ret_why)
{
    loader->why = ret_why;
    loader->state_path = loader_state_path(loader);
    scan_candidates(loader);
    leave_out_asked(loader);
    do {
        graph_settle(loader);
    } while (probe_candidates(loader));
    open_candidates(loader);
    loader_complain_of_optional(loader);
    if (loader->count > 0)
        loader_name_unknown(loader);
    loader_append_left_out(loader);
    loader->why = NULL;
    return loader->refused || !loader->state_path ? EXIT_CONFIG : 0;
}

size_t loader_count(const struct loader *loader)
{
    return loader->order_count;
}

struct module *loader_at(const struct loader *loader, size_t number)
{
    assert(number < loader->order_count);
    return &loader->order[number]->module;
}

struct module *loader_find(const struct loader *loader, const char *id)
{
    for (size_t i = 0; i < loader->order_count; i++)
        if (strcmp(loader->order[i]->module.self.id, id) == 0)
            return &loader->order[i]->module;
    return NULL;
}

struct module *loader_of(const c18n_self *self)
{
    return (struct module *)(uintptr_t)self;
}

void loader_item(const c18n_table *table, size_t number, void *ret_item, size_t size)
{
    assert(number < table->count);
    size_t known = table->stride < size ? table->stride : size;
    memset(ret_item, 0, size);
    memcpy(ret_item, (const char *)table->at + number * table->stride, known);
}
