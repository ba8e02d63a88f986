/* services.c: the families `services` and `config`: what a module asks about others and about itself. */
#include "loader/inside.h"

#include <string.h>

/* Services that the host itself calls: a name without functions won't do. */
static const char *const called_by_host[] = {"storage.v1", "bus.v1", "cache.v1", "index.v1", "identity.v1"};

bool loader_host_calls(const char *service)
{
    for (size_t i = 0; i < LENGTH_OF(called_by_host); i++)
        if (strcmp(called_by_host[i], service) == 0)
            return true;
    return false;
}

static struct provided *provided_find(struct module *module, const char *service)
{
    for (size_t i = 0; i < LENGTH_OF(module->provided) && module->provided[i].service; i++)
        if (strcmp(module->provided[i].service, service) == 0)
            return &module->provided[i];
    return NULL;
}

static int provided_add(struct module *module, const char *service, const void *functions)
{
    for (size_t i = 0; i < LENGTH_OF(module->provides) && module->provides[i][0]; i++) {
        if (strcmp(module->provides[i], service) != 0)
            continue;
        size_t at = 0;
        while (module->provided[at].service) /* there is room: each of provides[] comes once */
            at++;
        module->provided[at].service = module->provides[i]; /* our copy: the caller's text may go */
        module->provided[at].entry = (c18n_service){functions, &module->self};
        return C18N_OK;
    }
    return C18N_INVALID;
}

static int services_provide(c18n_self *self, const char *service, const void *functions)
{
    struct module *module = loader_of(self);
    if (!candidate_of(module)->loader->in_init)
        return C18N_INVALID;
    if (provided_find(module, service))
        return C18N_EXISTS;
    return provided_add(module, service, functions);
}

const char *services_settle(struct candidate *candidate)
{
    struct module *module = &candidate->module;
    for (size_t i = 0; i < LENGTH_OF(module->provides) && module->provides[i][0]; i++) {
        const char *service = module->provides[i];
        if (!provided_find(module, service) && provided_add(module, service, NULL) != C18N_OK)
            return service;
        if (loader_host_calls(service) && !provided_find(module, service)->entry.functions)
            return service;
    }
    return NULL;
}

const c18n_service *loader_service(const struct loader *loader, const char *service)
{
    for (size_t i = 0; i < loader->order_count; i++) {
        struct candidate *candidate = loader->order[i];
        struct provided *provided = candidate->out ? NULL : provided_find(&candidate->module, service);
        if (provided)
            return &provided->entry;
    }
    return NULL;
}

static const c18n_service *services_find(c18n_self *self, const char *service)
{
    return loader_service(candidate_of(loader_of(self))->loader, service);
}

const c18n_services_family services_family = {
    .family = {sizeof services_family, C18N_ABI_MINOR},
    .provide = services_provide,
    .find = services_find,
};

/* --- settings --- */

static const char *config_text(c18n_self *self, const char *name)
{
    return conf_text(loader_of(self)->settings, name);
}

static int64_t config_integer(c18n_self *self, const char *name)
{
    return conf_integer(loader_of(self)->settings, name);
}

static bool config_boolean(c18n_self *self, const char *name)
{
    return conf_boolean(loader_of(self)->settings, name);
}

static size_t config_list(c18n_self *self, const char *name, const char *const **ret_items)
{
    return conf_list(loader_of(self)->settings, name, ret_items);
}

static const char *config_state_path(c18n_self *self)
{
    return candidate_of(loader_of(self))->loader->state_path;
}

static void config_complain(c18n_self *self, const char *name, const char *what)
{
    conf_complain(candidate_of(loader_of(self))->loader->conf, self->id, name, what);
}

const c18n_config_family config_family = {
    .family = {sizeof config_family, C18N_ABI_MINOR},
    .text = config_text,
    .integer = config_integer,
    .boolean = config_boolean,
    .list = config_list,
    .state_path = config_state_path,
    .complain = config_complain,
};
