/** metrics.h: counters and gauges on the operators' /metrics. Names get the prefix c18n_MODULE_. */
#ifndef C18N_METRICS_H
#define C18N_METRICS_H

#include "abi.h"

/** The type of a metric. */
enum { C18N_METRIC_COUNTER, C18N_METRIC_GAUGE };

/** A row of a module's table of metrics. */
typedef struct c18n_metric {
    const char *name;
    uint32_t type;
    const char *help;
} c18n_metric;

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_metrics_family {
    c18n_family family;
    void (*add)(c18n_self *self, const char *name, int64_t delta);
    void (*set)(c18n_self *self, const char *name, int64_t value);
} c18n_metrics_family;

/** Adds to a declared counter or gauge (to a counter: never less than 0).
 *  Thread: any, from `init` on; never blocks. Owner: caller. Errors: none; an undeclared name asserts. Since 0.1. */
static inline void c18n_metric_add(c18n_self *self, const char *name, int64_t delta)
{
    self->host->metrics->add(self, name, delta);
}
/** Sets a declared gauge.
 *  Thread: any, from `init` on; never blocks. Owner: caller. Errors: none; another name asserts. Since 0.1. */
static inline void c18n_metric_set(c18n_self *self, const char *name, int64_t value)
{
    self->host->metrics->set(self, name, value);
}

#endif
