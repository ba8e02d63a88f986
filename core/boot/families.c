/* families.c: the host's table of function families, and the small families that need no part of
 * their own: clock and log. */
#include "boot/families.h"

#include "base/json.h"
#include "base/log.h"
#include "base/platform.h"
#include "base/uuid.h"
#include "boot/server.h"
#include "live/live.h"

#include <string.h>

static int64_t clock_wall_ms(const c18n_host *host)
{
    (void)host;
    return platform_wall_ms();
}

static int64_t clock_monotonic_us(const c18n_host *host)
{
    (void)host;
    return platform_monotonic_us();
}

static void clock_random_bytes(const c18n_host *host, void *ret_bytes, size_t count)
{
    (void)host;
    platform_random(ret_bytes, count);
}

static void clock_new_id(const c18n_host *host, int64_t at_ms, char ret_id[C18N_ID_SIZE])
{
    (void)host;
    uuid_new_text(at_ms, ret_id);
}

static const c18n_clock_family clock_family = {
    .family = {sizeof clock_family, C18N_ABI_MINOR},
    .wall_ms = clock_wall_ms,
    .monotonic_us = clock_monotonic_us,
    .random_bytes = clock_random_bytes,
    .new_id = clock_new_id,
};

static void log_module_line(c18n_self *self, int level, const char *format, va_list values)
{
    log_vline(level, self->id, format, values);
}

static const c18n_log_family log_family = {
    .family = {sizeof log_family, C18N_ABI_MINOR},
    .line = log_module_line,
};

/* The loader knows services, but no requests, and `as` is about both. */
static int services_provide(c18n_self *self, const char *service, const void *functions)
{
    return services_family.provide(self, service, functions);
}

static const c18n_service *services_find(c18n_self *self, const char *service)
{
    return services_family.find(self, service);
}

static const c18n_services_family whole_services_family = {
    .family = {sizeof whole_services_family, C18N_ABI_MINOR},
    .provide = services_provide,
    .find = services_find,
    .as = api_as,
};

/* What query() answers: every family begins with its size and minor, so one table serves all. */
static const struct {
    const char *name;
    const void *family;
} families[] = {
    {"c18n.mem", &mem_family},         {"c18n.json", &json_family},
    {"c18n.clock", &clock_family},     {"c18n.log", &log_family},
    {"c18n.config", &config_family},   {"c18n.metrics", &metrics_family},
    {"c18n.http", &http_family},       {"c18n.services", &whole_services_family},
    {"c18n.auth", &auth_family},       {"c18n.events", &events_family},
    {"c18n.views", &views_family},     {"c18n.hooks", &hooks_family},
    {"c18n.work", &boot_work_family},  {"c18n.timer", &boot_timer_family},
    {"c18n.audit", &audit_family},     {"c18n.blobs", &blobs_family},
    {"c18n.sockets", &sockets_family},
};

static const void *families_query(const c18n_host *host, const char *name, uint16_t need_minor)
{
    (void)host;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (strcmp(families[i].name, name) != 0)
            continue;
        const c18n_family *head = families[i].family;
        return head->minor >= need_minor ? head : NULL;
    }
    return NULL;
}

void families_fill(c18n_host *host)
{
    *host = (c18n_host){
        .size = sizeof *host,
        .major = C18N_ABI_MAJOR,
        .minor = C18N_ABI_MINOR,
        .query = families_query,
        .mem = &mem_family,
        .json = &json_family,
        .clock = &clock_family,
        .log = &log_family,
        .config = &config_family,
        .metrics = &metrics_family,
        .services = &whole_services_family,
        .http = &http_family,
        .auth = &auth_family,
        .events = &events_family,
        .views = &views_family,
        .hooks = &hooks_family,
        .work = &boot_work_family,
        .timer = &boot_timer_family,
        .audit = &audit_family,
        .sockets = &sockets_family,
        .blobs = &blobs_family,
    };
}
