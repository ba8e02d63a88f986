/*
 * metrics_text.c: the metrics as OpenMetrics 1.0 text: families one after the other, each with its type
 * and help, names of counters with `_total`, `# EOF` at the end.
 */
#include "base/log.h"
#include "live/live.h"
#include "ops/metrics_state.h"
#include "ops/providers.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* --- the host's own single numbers --- */

static double in_flight(struct server *server)
{
    return server->http ? (double)http_in_flight(server->http) : 0;
}
static double connections(struct server *server)
{
    return server->http ? (double)http_connections(server->http) : 0;
}
static double refused(struct server *server)
{
    return server->http ? (double)http_refused_at_accept(server->http) : 0;
}
static double bytes(struct server *server)
{
    return (double)atomic_load(&server->metrics->bytes);
}
static double writer_queue(struct server *server)
{
    return server->data ? data_waiting(server->data) : 0;
}
static double position(struct server *server)
{
    return server->data ? (double)data_position(server->data) : 0;
}
static double sockets(struct server *server)
{
    return server->live ? (double)live_count(server->live) : 0;
}
static double sockets_opened(struct server *server)
{
    return server->live ? (double)live_counted(server->live, LIVE_OPENED) : 0;
}
static double sockets_refused(struct server *server)
{
    return server->live ? (double)live_counted(server->live, LIVE_REFUSED) : 0;
}
static double socket_nacks(struct server *server)
{
    return server->live ? (double)live_counted(server->live, LIVE_NACKS) : 0;
}
static double log_lost(struct server *server)
{
    return (void)server, (double)log_dropped();
}
static double reload_taken(struct server *server)
{
    return (double)atomic_load(&server->metrics->last_reload);
}
static double started(struct server *server)
{
    return (double)server->started_ms / 1000;
}

static double cpu(struct server *server)
{
    (void)server;
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) < 0)
        return 0;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double resident(struct server *server)
{
    (void)server;
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long long all, pages = 0;
    if (file && fscanf(file, "%llu %llu", &all, &pages) != 2)
        pages = 0;
    if (file)
        fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static const struct single {
    const char *name, *type, *unit, *help;
    double (*value)(struct server *server);
} singles[] = {
    {"c18n_http_in_flight", "gauge", NULL, "Requests that are being handled.", in_flight},
    {"c18n_http_connections", "gauge", NULL, "Open connections of the API listener.", connections},
    {"c18n_http_refused", "counter", NULL, "Connections closed at accept: no frontend, or too many.", refused},
    {"c18n_http_sent_bytes", "counter", "bytes", "Bytes of answers.", bytes},
    {"c18n_sockets", "gauge", NULL, "Open WebSockets.", sockets},
    {"c18n_sockets_opened", "counter", NULL, "WebSockets that were opened.", sockets_opened},
    {"c18n_sockets_refused", "counter", NULL, "Handshakes of people with a token that were refused.", sockets_refused},
    {"c18n_socket_nacks", "counter", NULL, "Verbs that were answered with a nack.", socket_nacks},
    {"c18n_writer_queue", "gauge", NULL, "Writes that wait for the writer.", writer_queue},
    {"c18n_history_position", "gauge", NULL, "Position of the newest durable event.", position},
    {"c18n_log_dropped", "counter", NULL, "Log lines lost because the ring was full.", log_lost},
    {"c18n_reload_last_success", "gauge", NULL, "1: the newest settings hold; 0: the last reload was refused.",
     reload_taken},
    {"process_start_time_seconds", "gauge", "seconds", "When the server started, in Unix seconds.", started},
    {"process_cpu_seconds", "counter", "seconds", "Processor time, user and system.", cpu},
    {"process_resident_memory_bytes", "gauge", "bytes", "Memory in use.", resident},
};

/* --- writing --- */

static void add_escaped(struct text *out, const char *words)
{
    for (; *words; words++) {
        if (*words == '\n')
            text_add_text(out, "\\n");
        else if (*words == '\\' || *words == '"')
            text_print(out, "\\%c", *words);
        else
            text_add_char(out, *words);
    }
}

static void add_head(struct text *out, const char *name, const char *type, const char *unit, const char *help)
{
    text_print(out, "# TYPE %s %s\n", name, type);
    if (unit)
        text_print(out, "# UNIT %s %s\n", name, unit);
    text_print(out, "# HELP %s ", name);
    add_escaped(out, help ? help : "");
    text_add_char(out, '\n');
}

static const char *suffix(const char *type)
{
    return strcmp(type, "counter") == 0 ? "_total" : "";
}

static void add_single(struct text *out, struct server *server, const struct single *single)
{
    add_head(out, single->name, single->type, single->unit, single->help);
    text_print(out, "%s%s ", single->name, suffix(single->type));
    text_add_number(out, single->value(server));
    text_add_char(out, '\n');
}

static void add_responses(struct text *out, struct metrics *metrics)
{
    add_head(out, "c18n_http_responses", "counter", NULL, "Answers by class of status.");
    for (int hundreds = 1; hundreds < METRICS_CLASSES; hundreds++)
        text_print(out, "c18n_http_responses_total{class=\"%dxx\"} %llu\n", hundreds,
                   (unsigned long long)atomic_load(&metrics->responses[hundreds]));
}

static void add_reloads(struct text *out, struct metrics *metrics)
{
    static const char *const results[] = {"refused", "taken"};
    add_head(out, "c18n_reloads", "counter", NULL, "Reloads of the settings by how they ended.");
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        text_print(out, "c18n_reloads_total{result=\"%s\"} %llu\n", results[i],
                   (unsigned long long)atomic_load(&metrics->reloads[i]));
}

static void add_socket_frames(struct text *out, const struct live *live)
{
    static const struct {
        const char *direction;
        enum live_count count;
    } ways[] = {{"in", LIVE_FRAMES_IN}, {"out", LIVE_FRAMES_OUT}};
    add_head(out, "c18n_socket_frames", "counter", NULL, "Messages on WebSockets: from clients, and to them.");
    for (size_t i = 0; live && i < sizeof ways / sizeof *ways; i++)
        text_print(out, "c18n_socket_frames_total{direction=\"%s\"} %llu\n", ways[i].direction,
                   (unsigned long long)live_counted(live, ways[i].count));
}

static void add_socket_closes(struct text *out, const struct live *live)
{
    add_head(out, "c18n_sockets_closed", "counter", NULL, "WebSockets that are gone, by close code.");
    for (size_t i = 0; live && i < LIVE_CLOSES; i++) {
        char code[8] = "other";
        if (live_close_codes[i] != 0)
            snprintf(code, sizeof code, "%u", live_close_codes[i]);
        text_print(out, "c18n_sockets_closed_total{code=\"%s\"} %llu\n", code,
                   (unsigned long long)live_counted_closes(live, i));
    }
}

static void add_bucket(struct text *out, const char *route, const char *bound, uint64_t count)
{
    text_add_text(out, "c18n_http_request_seconds_bucket{route=\"");
    add_escaped(out, route);
    text_print(out, "\",le=\"%s\"} %llu\n", bound, (unsigned long long)count);
}

static void add_sample(struct text *out, const char *part, const char *route, double value)
{
    text_print(out, "c18n_http_request_seconds_%s{route=\"", part);
    add_escaped(out, route);
    text_add_text(out, "\"} ");
    text_add_number(out, value);
    text_add_char(out, '\n');
}

/* The count is that of the buckets read, so that one answer agrees with itself. */
static void add_histogram(struct text *out, struct histogram *histogram)
{
    uint64_t count = 0;
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        char bound[32];
        count += atomic_load(&histogram->buckets[i]);
        snprintf(bound, sizeof bound, metrics_bounds_us[i] % 1000000 ? "%g" : "%.1f",
                 (double)metrics_bounds_us[i] / 1e6);
        add_bucket(out, histogram->route, bound, count);
    }
    count += atomic_load(&histogram->buckets[METRICS_BUCKETS]);
    add_bucket(out, histogram->route, "+Inf", count);
    add_sample(out, "count", histogram->route, (double)count);
    add_sample(out, "sum", histogram->route, (double)atomic_load(&histogram->sum_us) / 1e6);
}

static void add_histograms(struct text *out, struct metrics *metrics)
{
    add_head(out, "c18n_http_request_seconds", "histogram", "seconds",
             "Time from the request's first byte to its answer.");
    for (size_t i = 0; i < metrics->histogram_count; i++)
        add_histogram(out, &metrics->histograms[i]);
}

static void add_pools(struct text *out, struct server *server)
{
    const struct {
        const char *name;
        struct pool *pool;
    } pools[] = {{"read", server->reads}, {"blocking", server->blocking}};
    add_head(out, "c18n_pool_queue", "gauge", NULL, "Tasks that wait for a thread of a pool.");
    for (size_t i = 0; i < sizeof pools / sizeof *pools; i++) {
        if (pools[i].pool)
            text_print(out, "c18n_pool_queue{pool=\"%s\"} %u\n", pools[i].name, pool_waiting(pools[i].pool));
    }
}

static void add_providers(struct text *out, struct server *server)
{
    add_head(out, "c18n_provider_up", "gauge", NULL, "1 while a provider can serve.");
    for (size_t i = 0; i < PROVIDER_COUNT; i++) {
        struct provider_state state = provider_state(server, i);
        if (state.module)
            text_print(out, "c18n_provider_up{service=\"%s\",module=\"%s\"} %d\n", state.name, state.module,
                       state.code == C18N_OK);
    }
}

/* c18n_MODULE_NAME; a byte that no name may have becomes `_`, and a counter's own `_total` is not doubled. */
static void module_name(char *name, size_t room, const struct module *module, const c18n_metric *metric)
{
    int length = snprintf(name, room, "c18n_%s_%s", module->self.id, metric->name);
    size_t end = length < 0 ? 0 : (size_t)length < room ? (size_t)length : room - 1;
    if (metric->type == C18N_METRIC_COUNTER && end > 6 && strcmp(name + end - 6, "_total") == 0)
        name[end - 6] = '\0';
    for (char *at = name; *at; at++) {
        if (!isalnum((unsigned char)*at) && *at != '_' && *at != ':')
            *at = '_';
    }
}

static void add_module(struct text *out, struct module_metrics *own)
{
    for (size_t i = 0; i < own->count; i++) {
        const c18n_metric *metric = &own->items[i].declared;
        const char *type = metric->type == C18N_METRIC_COUNTER ? "counter" : "gauge";
        char name[128];
        module_name(name, sizeof name, own->module, metric);
        add_head(out, name, type, NULL, metric->help);
        text_print(out, "%s%s %lld\n", name, suffix(type), (long long)atomic_load(&own->items[i].value));
    }
}

void metrics_text(struct metrics *metrics, struct text *ret_text)
{
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
        add_single(ret_text, metrics->server, &singles[i]);
    add_pools(ret_text, metrics->server);
    add_providers(ret_text, metrics->server);
    add_responses(ret_text, metrics);
    add_reloads(ret_text, metrics);
    add_socket_frames(ret_text, metrics->server->live);
    add_socket_closes(ret_text, metrics->server->live);
    add_histograms(ret_text, metrics);
    for (size_t i = 0; i < metrics->module_count; i++)
        add_module(ret_text, &metrics->modules[i]);
    text_add_text(ret_text, "# EOF\n");
}
