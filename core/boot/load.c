/* load.c: the first half of a start: settings and modules are read and judged, nothing is opened. `c18nctl check`
 * and `c18nd --check` are this half alone. */
#include "base/platform.h"
#include "boot/blame.h"
#include "boot/families.h"
#include "boot/reload.h"
#include "boot/server.h"
#include "boot/settings.h"
#include "live/live.h"

#include <stdlib.h>
#include <string.h>

/* In the child that rehearses: init may count from the start on. The server makes its own when it opens. */
static void load_enter_rehearsal(void *arg)
{
    struct server *server = arg;
    if (metrics_new(server, &server->metrics) != C18N_OK)
        abort();
}

static int load_modules(struct server *server, const struct server_options *options, struct text *ret_why)
{
    char *module_dir = settings_module_dir(conf_text(server->core_settings, "module_dir"));
    server->loader = module_dir ? loader_new(&server->host, server->conf, module_dir) : NULL;
    if (server->loader)
        blame_leave_out(server, module_dir);
    free(module_dir);
    if (!server->loader)
        return EXIT_INTERNAL;
    loader_on_rehearsal(server->loader, load_enter_rehearsal, server);
    if (options->unrehearsed)
        loader_unrehearsed(server->loader);
    return loader_load(server->loader, ret_why);
}

static bool load_provides(const struct module *module, const char *service)
{
    for (size_t i = 0; i < sizeof module->provides / sizeof *module->provides; i++)
        if (strcmp(module->provides[i], service) == 0)
            return module->state != MODULE_LEFT_OUT;
    return false;
}

static bool load_has(const struct loader *loader, const char *service)
{
    for (size_t i = 0; i < loader_count(loader); i++)
        if (load_provides(loader_at(loader, i), service))
            return true;
    return false;
}

/* Cache and index may be absent; without these there is no server, and `check` must know it as well. */
static int load_check_providers(const struct server *server, struct text *ret_why)
{
    static const struct {
        const char *service, *usual;
    } needed[] = {{"storage.v1", "storage_sqlite"}, {"bus.v1", "bus_local"}};
    int code = 0;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (load_has(server->loader, needed[i].service))
            continue;
        text_print(ret_why,
                   "No module provides %s, and one must: add NN-%s.conf to conf.d, or set enabled = true there\n",
                   needed[i].service, needed[i].usual);
        code = EXIT_CONFIG;
    }
    return code;
}

int server_load(struct server *server, const struct server_options *options, struct text *ret_why)
{
    families_fill(&server->host);
    if (reload_remember(server, options) != C18N_OK)
        return EXIT_INTERNAL;
    if (options->wrap)
        options->wrap(&server->host);
    server->started_ms = platform_wall_ms();
    server->conf = conf_new();
    if (!server->conf)
        return EXIT_INTERNAL;
    conf_read(server->conf, options->conf_dir, options->sets, options->set_count);
    server->core_settings = conf_bind(server->conf, "core", &conf_core_settings);
    server->auth_settings = conf_bind(server->conf, "auth", &conf_auth_settings);
    if (settings_derive(server) != C18N_OK)
        return EXIT_INTERNAL;
    int loaded = load_modules(server, options, ret_why);
    if (loaded == 0) {
        blame_know_code(server);
        loaded = options->bare ? 0 : load_check_providers(server, ret_why);
    }
    auth_check_settings(server);
    conf_faults(server->conf, ret_why);
    if (conf_fault_count(server->conf) > 0)
        return EXIT_CONFIG;
    if (loaded != 0)
        return loaded;
    if (data_judge(server->loader, ret_why) != C18N_OK)
        return EXIT_CONFIG;
    int code = api_new(server, &server->api, ret_why);
    return code != 0 ? code : live_new(server, &server->live, ret_why);
}
