/**
 * metrics_state.h: what the metrics count. Only core/ops includes it.
 *
 * Everything here is made at start and then only added to, by relaxed atomic adds from any thread. A
 * reader sees each number whole, and the numbers of different names not quite at one instant.
 */
#ifndef OPS_METRICS_STATE_H
#define OPS_METRICS_STATE_H

#include "ops/ops.h"
#include "request/server.h"

#include <stdatomic.h>

enum { METRICS_BUCKETS = 13, METRICS_CLASSES = 6 /* 0: no HTTP status; 1xx … 5xx */ };
extern const int64_t metrics_bounds_us[METRICS_BUCKETS]; /* upper bounds; what is slower is in one more bucket */

struct histogram {
    const char *route; /* a pattern; "other" is what no route took */
    _Atomic uint64_t buckets[METRICS_BUCKETS + 1];
    _Atomic uint64_t sum_us;
};

struct module_metric {
    c18n_metric declared;
    _Atomic int64_t value;
};

struct module_metrics {
    const struct module *module;
    struct module_metric *items;
    size_t count;
};

struct metrics {
    uint32_t magic;
    struct server *server;
    struct arena *arena;
    struct histogram *histograms; /* ordered by route; [0] is "other" */
    size_t histogram_count;
    struct module_metrics *modules;
    size_t module_count;
    _Atomic uint64_t responses[METRICS_CLASSES];
    _Atomic uint64_t bytes;
    _Atomic uint64_t reloads[2]; /* refused, taken */
    _Atomic int64_t last_reload; /* 1: taken, as was the start; 0: refused */
};

#endif
