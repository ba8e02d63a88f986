/* policy.c: the built-in policies, and asking one. */
#include "api/policy.h"

#include "api/state.h"

#include <string.h>

/* --- the host's own; they read nothing but the caller and the path --- */

static int allow_public(c18n_request *rq, void *module)
{
    (void)rq, (void)module;
    return C18N_OK;
}

static int has_role(c18n_request *rq, const char *role)
{
    const c18n_caller *caller = &request_of(rq)->caller;
    return caller->admin || strstr(caller->roles, role) ? C18N_OK : C18N_FORBIDDEN;
}

static int allow_admin(c18n_request *rq, void *module)
{
    (void)module;
    return has_role(rq, " admin ");
}

static int allow_moderator(c18n_request *rq, void *module)
{
    (void)module;
    return has_role(rq, " moderator ");
}

static int allow_analytics(c18n_request *rq, void *module)
{
    (void)module;
    return has_role(rq, " analytics ");
}

const char *policy_path(const struct request *request, const char *name)
{
    const char *member = request->socket && !request->http ? c18n_text(request->body, name) : NULL;
    for (size_t i = 0; i < request->param_count; i++)
        if (strcmp(request->params[i].name, name) == 0)
            return request->params[i].value;
    return member ? member : "";
}

static int allow_self(c18n_request *rq, void *module)
{
    (void)module;
    const struct request *request = request_of(rq);
    const char *user = policy_path(request, "user");
    return *user && strcmp(user, request->caller.user) == 0 ? C18N_OK : has_role(rq, " admin ");
}

static const c18n_policy built_in[] = {
    {"public", allow_public, "anybody, also without a token", .anonymous = 1},
    {"user", allow_public, "anybody with a valid token"},
    {"admin", allow_admin, "administrators"},
    {"self", allow_self, "the person in the path, and administrators"},
    {"moderator_role", allow_moderator, "people with the role moderator, and administrators"},
    {"analytics_role", allow_analytics, "people with the role analytics, and administrators"},
};
enum { BUILT_IN = sizeof built_in / sizeof *built_in };

/* --- taking in --- */

static int count_policies(struct api *api, struct module *module, struct text *ret_why)
{
    (void)ret_why;
    api->policy_count += module->descriptor->policies.count;
    return 0;
}

static int take_policy(struct api *api, struct module *module, uint32_t number, struct text *ret_why)
{
    struct policy policy = {.module = module, .needs_views = true};
    loader_item(&module->descriptor->policies, number, &policy.declared, sizeof policy.declared);
    const char *name = policy.declared.name;
    if (!name || *name == '\0' || !policy.declared.check) {
        text_print(ret_why, "%s: policy %u has no name or no check\n", module->descriptor->id, number);
        return EXIT_CONFIG;
    }
    const struct policy *other = policy_find(api, name);
    if (other) {
        text_print(ret_why, "%s: policy \"%s\" is declared by %s already\n", module->descriptor->id, name,
                   other->module ? other->module->descriptor->id : "core");
        return EXIT_CONFIG;
    }
    api->policies[api->policy_count++] = policy;
    return 0;
}

static int take_policies(struct api *api, struct module *module, struct text *ret_why)
{
    int worst = 0;
    for (uint32_t i = 0; i < module->descriptor->policies.count; i++)
        if (take_policy(api, module, i, ret_why) != 0)
            worst = EXIT_CONFIG;
    return worst;
}

int policies_compile(struct api *api, struct text *ret_why)
{
    api->policy_count = BUILT_IN;
    (void)api_each_module(api, count_policies, ret_why); /* can't fail */
    api->policies = arena_alloc(api->arena, api->policy_count * sizeof *api->policies);
    if (!api->policies)
        return EXIT_INTERNAL;
    for (size_t i = 0; i < BUILT_IN; i++)
        api->policies[i] = (struct policy){.declared = built_in[i]};
    api->policy_count = BUILT_IN;
    return api_each_module(api, take_policies, ret_why);
}

/* --- asking --- */

const struct policy *policy_find(const struct api *api, const char *name)
{
    for (size_t i = 0; i < api->policy_count; i++)
        if (strcmp(api->policies[i].declared.name, name) == 0)
            return &api->policies[i];
    return NULL;
}

void policy_offer_names(const struct api *api, struct names_nearest *search)
{
    for (size_t i = 0; i < api->policy_count; i++)
        names_offer(search, api->policies[i].declared.name);
}

int policy_ask(const struct policy *policy, struct request *request)
{
    if (!policy->declared.anonymous && request->caller.user[0] == '\0')
        return C18N_UNAUTHENTICATED;
    c18n_self *before = request_lend(request, module_self(policy->module), "policy", policy->declared.name);
    int code = policy->declared.check(request_pub(request), module_argument(policy->module));
    request_return(request, before);
    return code;
}
