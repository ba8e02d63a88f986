/* fake_host.c: the few families that providers use. */
#include "fake_host.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct fake_host *host_of(c18n_self *self)
{
    return (struct fake_host *)(void *)(uintptr_t)self->host;
}

/* --- config --- */

static int64_t parse_size(const char *text)
{
    char *end = NULL;
    int64_t value = strtoll(text, &end, 10);
    return *end == 'K' ? value << 10 : *end == 'M' ? value << 20 : value;
}

static int64_t setting_integer(c18n_self *self, const char *name)
{
    const struct fake_setting *set = host_of(self)->settings;
    for (; set && set->name; set++)
        if (strcmp(set->name, name) == 0)
            return set->value;
    const c18n_table *table = &((struct fake_module *)(void *)self)->descriptor->settings;
    for (uint32_t i = 0; i < table->count; i++) {
        const c18n_setting *setting = (const void *)((const char *)table->at + i * table->stride);
        if (strcmp(setting->name, name) == 0)
            return parse_size(setting->otherwise);
    }
    fail_msg("setting %s is not declared", name);
    return 0;
}

static const char *state_path(c18n_self *self)
{
    return host_of(self)->folder;
}

/* --- log, clock, timer --- */

static void log_line_kept(c18n_self *self, int level, const char *format, va_list values)
{
    (void)level;
    vsnprintf(host_of(self)->logged, sizeof host_of(self)->logged, format, values);
}

static int64_t monotonic_us(const c18n_host *host)
{
    const struct fake_host *fake = (const void *)host;
    if (fake->now_us)
        return fake->now_us;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void random_bytes(const c18n_host *host, void *ret_bytes, size_t count)
{
    (void)host;
    assert_int_equal(getrandom(ret_bytes, count, 0), count);
}

static int timer_now(c18n_self *self, const char *name)
{
    (void)name;
    host_of(self)->timers_asked++;
    return C18N_OK;
}

/* --- services --- */

static int provide(c18n_self *self, const char *service, const void *functions)
{
    struct fake_host *host = host_of(self);
    for (int i = 0; i < host->service_count; i++) {
        if (strcmp(host->services[i].name, service) == 0) { /* opened a second time */
            host->services[i].service = (c18n_service){functions, self};
            return C18N_OK;
        }
    }
    host->services[host->service_count].name = service;
    host->services[host->service_count++].service = (c18n_service){functions, self};
    return C18N_OK;
}

static const c18n_service *find(c18n_self *self, const char *service)
{
    struct fake_host *host = host_of(self);
    for (int i = 0; i < host->service_count; i++)
        if (strcmp(host->services[i].name, service) == 0)
            return &host->services[i].service;
    return NULL;
}

const void *fake_service(struct fake_host *host, const char *name)
{
    for (int i = 0; i < host->service_count; i++)
        if (strcmp(host->services[i].name, name) == 0)
            return host->services[i].service.functions;
    fail_msg("nobody provides %s", name);
    return NULL;
}

static const c18n_config_family config = {.integer = setting_integer, .state_path = state_path};
static const c18n_log_family log_family = {.line = log_line_kept};
static const c18n_clock_family clock_family = {.monotonic_us = monotonic_us, .random_bytes = random_bytes};
static const c18n_timer_family timer_family = {.now = timer_now};
static const c18n_services_family services_family = {.provide = provide, .find = find};

/* --- the host and its modules --- */

void fake_host_make(struct fake_host *host)
{
    *host = (struct fake_host){.host = {.size = sizeof host->host,
                                        .major = C18N_ABI_MAJOR,
                                        .minor = C18N_ABI_MINOR,
                                        .config = &config,
                                        .log = &log_family,
                                        .clock = &clock_family,
                                        .timer = &timer_family,
                                        .services = &services_family}};
    snprintf(host->folder, sizeof host->folder, "/tmp/c18n-test-XXXXXX");
    assert_non_null(mkdtemp(host->folder));
}

void fake_host_remove(struct fake_host *host)
{
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/rm", "rm", "-rf", host->folder, (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

void fake_module_open(struct fake_host *host, const char *id, struct fake_module *ret_module)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.so", MODULE_FOLDER, id);
    *ret_module = (struct fake_module){.file = dlopen(path, RTLD_NOW | RTLD_LOCAL)};
    if (!ret_module->file)
        fail_msg("%s", dlerror());
    ret_module->descriptor = dlsym(ret_module->file, "c18n_module_descriptor");
    assert_non_null(ret_module->descriptor);
    const c18n_module *descriptor = ret_module->descriptor;
    assert_int_equal(descriptor->magic, C18N_ABI_MAGIC);
    assert_string_equal(descriptor->id, id);
    ret_module->self = (c18n_self){&host->host, id, calloc(1, descriptor->state_size)};
    assert_non_null(ret_module->self.state);
    assert_int_equal(descriptor->init(&ret_module->self), C18N_OK);
    if (descriptor->start)
        assert_int_equal(descriptor->start(&ret_module->self), C18N_OK);
}

void fake_module_close(struct fake_module *module)
{
    if (module->self.state && module->descriptor->stop)
        module->descriptor->stop(&module->self);
    free(module->self.state);
    module->self.state = NULL;
}
