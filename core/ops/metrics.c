/* metrics.c: making and adding to what is counted. metrics_text.c writes it. */
#include "ops/metrics_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define METRICS_MAGIC UINT32_C(0x6d657472)

const int64_t metrics_bounds_us[METRICS_BUCKETS] = {
    250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 5000000,
};

/* --- making --- */

static int by_route(const void *a, const void *b)
{
    return strcmp(((const struct histogram *)a)->route, ((const struct histogram *)b)->route);
}

/* Routes of one pattern and several methods share a histogram. */
static void drop_equals(struct metrics *metrics)
{
    size_t kept = 1;
    for (size_t i = 1; i < metrics->histogram_count; i++) {
        if (kept == 1 || by_route(&metrics->histograms[kept - 1], &metrics->histograms[i]) != 0)
            metrics->histograms[kept++].route = metrics->histograms[i].route;
    }
    metrics->histogram_count = kept;
}

/* Of places to connect to it is the handshake that is measured. */
static const struct route *route_at(const struct api *api, size_t number)
{
    size_t routes = api_route_count(api);
    return number < routes ? api_route(api, number) : api_socket(api, number - routes);
}

static int make_histograms(struct metrics *metrics)
{
    const struct api *api = metrics->server->api;
    size_t routes = api ? api_route_count(api) + api_socket_count(api) : 0;
    metrics->histograms = arena_alloc(metrics->arena, (routes + 1) * sizeof *metrics->histograms);
    if (!metrics->histograms)
        return C18N_NO_MEMORY;
    metrics->histograms[0].route = "other";
    for (size_t i = 0; i < routes; i++) {
        const char *path = route_at(api, i)->declared.path; /* copied: the API may be made anew before it serves */
        metrics->histograms[i + 1].route = arena_copy(metrics->arena, path, strlen(path));
        if (!metrics->histograms[i + 1].route)
            return C18N_NO_MEMORY;
    }
    qsort(metrics->histograms + 1, routes, sizeof *metrics->histograms, by_route);
    metrics->histogram_count = routes + 1;
    drop_equals(metrics);
    return C18N_OK;
}

static int make_of_module(struct metrics *metrics, const struct module *module)
{
    if (!module->descriptor || !module->descriptor->metrics.count)
        return C18N_OK;
    const c18n_table *table = &module->descriptor->metrics;
    struct module_metrics *own = &metrics->modules[metrics->module_count];
    own->items = arena_alloc(metrics->arena, table->count * sizeof *own->items);
    if (!own->items)
        return C18N_NO_MEMORY;
    own->module = module;
    own->count = table->count;
    for (size_t i = 0; i < table->count; i++)
        loader_item(table, i, &own->items[i].declared, sizeof own->items[i].declared);
    metrics->module_count++;
    return C18N_OK;
}

static int make_modules(struct metrics *metrics)
{
    const struct loader *loader = metrics->server->loader;
    size_t count = loader ? loader_count(loader) : 0;
    metrics->modules = arena_alloc(metrics->arena, (count + 1) * sizeof *metrics->modules);
    int code = metrics->modules ? C18N_OK : C18N_NO_MEMORY;
    for (size_t i = 0; i < count && code == C18N_OK; i++)
        code = make_of_module(metrics, loader_at(loader, i));
    return code;
}

int metrics_new(struct server *server, struct metrics **ret_metrics)
{
    struct arena *arena = arena_new(0);
    struct metrics *metrics = arena ? arena_alloc(arena, sizeof *metrics) : NULL;
    if (!metrics) {
        arena_free(arena);
        return C18N_NO_MEMORY;
    }
    metrics->magic = METRICS_MAGIC;
    metrics->server = server;
    metrics->arena = arena;
    atomic_init(&metrics->last_reload, 1);
    int code = make_histograms(metrics);
    if (code == C18N_OK)
        code = make_modules(metrics);
    if (code != C18N_OK) {
        metrics_free(metrics);
        return code;
    }
    *ret_metrics = metrics;
    return C18N_OK;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    assert(metrics->magic == METRICS_MAGIC);
    metrics->magic = 0;
    arena_free(metrics->arena);
}

/* --- adding --- */

static void add(_Atomic uint64_t *number, uint64_t more)
{
    atomic_fetch_add_explicit(number, more, memory_order_relaxed);
}

static struct histogram *histogram_of(struct metrics *metrics, const char *route)
{
    struct histogram wanted = {.route = route};
    struct histogram *found =
        bsearch(&wanted, metrics->histograms + 1, metrics->histogram_count - 1, sizeof *metrics->histograms, by_route);
    return found ? found : metrics->histograms;
}

void metrics_answered(struct metrics *metrics, const char *route, int status, int64_t micros, uint64_t bytes)
{
    assert(metrics->magic == METRICS_MAGIC);
    uint64_t took = micros > 0 ? (uint64_t)micros : 0;
    struct histogram *histogram = histogram_of(metrics, route ? route : "");
    size_t bucket = 0;
    while (bucket < METRICS_BUCKETS && took > (uint64_t)metrics_bounds_us[bucket])
        bucket++;
    add(&histogram->buckets[bucket], 1);
    add(&histogram->sum_us, took);
    add(&metrics->responses[status >= 100 && status < 600 ? status / 100 : 0], 1);
    add(&metrics->bytes, bytes);
}

void metrics_reloaded(struct metrics *metrics, bool taken)
{
    assert(metrics->magic == METRICS_MAGIC);
    add(&metrics->reloads[taken], 1);
    atomic_store_explicit(&metrics->last_reload, taken, memory_order_relaxed);
}

static struct module_metric *find_metric(struct module_metrics *own, const char *name)
{
    for (size_t i = 0; i < own->count; i++) {
        if (strcmp(own->items[i].declared.name, name) == 0)
            return &own->items[i];
    }
    return NULL;
}

static struct module_metric *find_declared(c18n_self *self, const char *name)
{
    const struct server *server = (const struct server *)(const void *)self->host;
    struct metrics *metrics = server->metrics;
    assert(metrics && metrics->magic == METRICS_MAGIC);
    const struct module *module = loader_of(self);
    struct module_metric *found = NULL;
    for (size_t i = 0; i < metrics->module_count && !found; i++) {
        if (metrics->modules[i].module == module)
            found = find_metric(&metrics->modules[i], name);
    }
    return found;
}

/* An undeclared name is a bug of the module, and stops there. */
static struct module_metric *declared(c18n_self *self, const char *name)
{
    struct module_metric *found = find_declared(self, name);
    assert(found && "the module declares no metric of this name");
    return found;
}

bool metrics_value(c18n_self *self, const char *name, int64_t *ret_value)
{
    struct module_metric *metric = find_declared(self, name);
    if (metric)
        *ret_value = atomic_load_explicit(&metric->value, memory_order_relaxed);
    return metric != NULL;
}

static void family_add(c18n_self *self, const char *name, int64_t delta)
{
    struct module_metric *metric = declared(self, name);
    assert(delta >= 0 || metric->declared.type == C18N_METRIC_GAUGE);
    atomic_fetch_add_explicit(&metric->value, delta, memory_order_relaxed);
}

static void family_set(c18n_self *self, const char *name, int64_t value)
{
    struct module_metric *metric = declared(self, name);
    assert(metric->declared.type == C18N_METRIC_GAUGE);
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

const c18n_metrics_family metrics_family = {
    .family = {sizeof metrics_family, C18N_ABI_MINOR},
    .add = family_add,
    .set = family_set,
};
