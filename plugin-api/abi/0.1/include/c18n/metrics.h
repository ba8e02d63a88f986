/** metrics.h: counters and gauges on the operators' /metrics. Names get the prefix c18n_MODULE_. */
#ifndef C18N_METRICS_H
#define C18N_METRICS_H

#include "abi.h"

enum { C18N_METRIC_COUNTER, C18N_METRIC_GAUGE };

typedef struct c18n_metric {
    const char *name;
    uint32_t type;
    const char *help;
} c18n_metric;

typedef struct c18n_metrics_family {
    c18n_family family;
    void (*add)(c18n_self *self, const char *name, int64_t delta);
    void (*set)(c18n_self *self, const char *name, int64_t value);
} c18n_metrics_family;

/** Adds to a declared counter or gauge (to a counter: never less than 0). Any thread, from `init` on, never blocks. An
 *  undeclared name is a bug of the module and asserts. Since 0.1. */
static inline void c18n_metric_add(c18n_self *self, const char *name, int64_t delta)
{
    self->host->metrics->add(self, name, delta);
}
/** Sets a declared gauge. Any thread, from `init` on, never blocks. Another name asserts. Since 0.1. */
static inline void c18n_metric_set(c18n_self *self, const char *name, int64_t value)
{
    self->host->metrics->set(self, name, value);
}

#endif
