/* compile.c: from the modules' tables of sockets and verbs to those that frames are looked up in. Whatever is wrong
 * with one is said here, at start, in words, as for routes. What is wrong with sockets alone the api has said: they are
 * routes of its tree. */
#include "live/inside.h"

#include "api/fields.h"
#include "base/words.h"

#include <string.h>

static int refuse(const struct live_verb *verb, struct text *ret_why, const char *what)
{
    const char *kind = verb->declared.kind;
    text_print(ret_why, "%s: verb \"%s\": %s\n", verb->module->self.id, kind ? kind : "?", what);
    return EXIT_CONFIG;
}

/* --- sockets --- */

static int take_sockets(struct live *live, struct text *ret_why)
{
    const struct api *api = live->server->api;
    uint32_t row = 0;
    live->path_count = api_socket_count(api);
    if (live->path_count > LIVE_PATHS_MAX) {
        text_print(ret_why, "The modules have %zu sockets; there is room for %d.\n", live->path_count, LIVE_PATHS_MAX);
        return EXIT_CONFIG;
    }
    live->paths = arena_alloc(live->arena, (live->path_count + 1) * sizeof *live->paths);
    if (!live->paths)
        return EXIT_INTERNAL;
    for (size_t i = 0; i < live->path_count; i++) {
        struct live_path *path = &live->paths[i];
        path->route = *api_socket(api, i);
        path->module = path->route.module;
        path->policy = path->route.policy;
        path->number = (unsigned)i;
        row = i > 0 && live->paths[i - 1].module == path->module ? row + 1 : 0;
        loader_item(&path->module->descriptor->sockets, row, &path->declared, sizeof path->declared);
    }
    return 0;
}

/* --- verbs --- */

static bool is_absent(const struct loader *loader, const char *service)
{
    for (size_t i = 0; i < loader_count(loader); i++) {
        const struct module *module = loader_at(loader, i);
        for (size_t j = 0; module->state != MODULE_LEFT_OUT && j < sizeof module->provides / sizeof *module->provides;
             j++)
            if (strcmp(module->provides[j], service) == 0)
                return false;
    }
    return true;
}

/* A module may have verbs for sockets of one that it can do without. */
static bool lacks_what_it_wants(const struct live *live, const struct module *module)
{
    for (size_t i = 0; i < sizeof module->wants / sizeof *module->wants && module->wants[i][0]; i++)
        if (is_absent(live->server->loader, module->wants[i]))
            return true;
    return false;
}

static const struct live_path *find_path(const struct live *live, const char *path, size_t length)
{
    for (size_t i = 0; i < live->path_count; i++)
        if (words_equal(path, length, live->paths[i].declared.path))
            return &live->paths[i];
    return NULL;
}

static int bind_paths(const struct live *live, struct live_verb *verb, struct text *ret_why)
{
    struct words words = {verb->declared.sockets, " "};
    const char *name;
    size_t length, count = 0;
    for (; words_next(&words, &name, &length); count++) {
        const struct live_path *path = find_path(live, name, length);
        if (path) {
            verb->paths |= UINT64_C(1) << path->number;
        } else if (!lacks_what_it_wants(live, verb->module)) {
            text_print(ret_why, "%s: verb \"%s\": no module has the socket %.*s\n", verb->module->self.id,
                       verb->declared.kind, (int)length, name);
            return EXIT_CONFIG;
        }
    }
    return count > 0 ? 0 : refuse(verb, ret_why, "it says no socket where it is taken (.sockets)");
}

static int bind_policy(const struct live *live, struct live_verb *verb, struct text *ret_why)
{
    const char *name = verb->declared.allow;
    if (!name || *name == '\0')
        return refuse(verb, ret_why, "it has no policy; say who may use it (.allow)");
    verb->policy = policy_find(live->server->api, name);
    if (verb->policy)
        return 0;
    struct names_nearest search = {.word = name};
    policy_offer_names(live->server->api, &search);
    text_print(ret_why, "%s: verb \"%s\": nobody declares the policy \"%s\"", verb->module->self.id,
               verb->declared.kind, name);
    if (search.nearest)
        text_print(ret_why, ", did you mean \"%s\"?", search.nearest);
    text_add_char(ret_why, '\n');
    return EXIT_CONFIG;
}

static bool kind_is_good(const char *kind)
{
    return kind && *kind >= 'a' && *kind <= 'z' && strlen(kind) <= 32 &&
           strspn(kind, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(kind);
}

static bool has_field(const c18n_table *table, const char *name)
{
    c18n_field field;
    for (uint32_t i = 0; i < table->count; i++) {
        loader_item(table, i, &field, sizeof field);
        if (strcmp(field.name, name) == 0)
            return true;
    }
    return false;
}

/* What can't work, and why: the first that is wrong is said. The kind is one, and the policy is bound. */
static int check(const struct live_verb *verb, struct text *ret_why)
{
    static const char own[] = "hello ack nack ready auth ping pong";
    const c18n_verb *declared = &verb->declared;
    bool silent = declared->flags & C18N_VERB_SILENT, bytes = declared->flags & C18N_VERB_BYTES;
    bool is_class = verb->run == C18N_CLASS_INLINE || verb->run == C18N_CLASS_READ || verb->run == C18N_CLASS_WRITE;
    const char *body = fields_fault(&declared->body), *answer = fields_fault(&declared->answer);
    const struct {
        bool wrong;
        const char *what;
    } rules[] = {
        {!declared->handle, "it needs a handler"},
        {words_has(own, declared->kind, strlen(declared->kind)), "this kind is the host's own"},
        {!is_class, "its class must be INLINE, READ or WRITE"},
        {verb->run == C18N_CLASS_INLINE && verb->policy->needs_views,
         "an INLINE verb can't have a policy that reads views"},
        {silent && verb->run != C18N_CLASS_INLINE, "a SILENT verb must be INLINE"},
        {silent && bytes, "a SILENT verb is not answered, so that no BYTES can follow"},
        {bytes && (!declared->bytes || !declared->done || !declared->dropped),
         "a BYTES verb needs .bytes, .done and .dropped"},
        {body, body},
        {answer, answer},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].wrong)
            return refuse(verb, ret_why, rules[i].what);
    if (has_field(&declared->body, "id") || has_field(&declared->body, "kind"))
        return refuse(verb, ret_why, "`id` and `kind` are the frame's own, and no fields of a verb");
    return 0;
}

static int check_alone(const struct live *live, const struct live_verb *verb, struct text *ret_why)
{
    for (const struct live_verb *other = live->verbs; other < verb; other++) {
        if (strcmp(other->declared.kind, verb->declared.kind) != 0 || !(other->paths & verb->paths))
            continue;
        text_print(ret_why, "%s: verb \"%s\": %s has the same on one of its sockets\n", verb->module->self.id,
                   verb->declared.kind, other->module->self.id);
        return EXIT_CONFIG;
    }
    return 0;
}

static int take_verb(struct live *live, struct module *module, uint32_t number, struct text *ret_why)
{
    struct live_verb *verb = &live->verbs[live->verb_count];
    *verb = (struct live_verb){.module = module};
    loader_item(&module->descriptor->verbs, number, &verb->declared, sizeof verb->declared);
    const c18n_verb *declared = &verb->declared;
    verb->run = declared->run == C18N_CLASS_DEFAULT ? C18N_CLASS_WRITE : declared->run;
    if (!kind_is_good(declared->kind))
        return refuse(verb, ret_why, "a kind is 1 to 32 of a-z, 0-9 and _, and begins with a letter");
    int code = bind_policy(live, verb, ret_why);
    if (code == 0)
        code = check(verb, ret_why);
    if (code == 0)
        code = bind_paths(live, verb, ret_why);
    if (code == 0)
        code = check_alone(live, verb, ret_why);
    const char *called = arena_print(live->arena, "verb %s", declared->kind);
    if (code != 0 || !called)
        return code != 0 ? code : EXIT_INTERNAL;
    verb->route = (struct route){
        .module = module,
        .policy = verb->policy,
        .run = verb->run,
        .called = called,
        .declared = {"verb", declared->kind, .allow = declared->allow, .body = declared->body, .does = declared->does},
    };
    live->verb_count++;
    return 0;
}

static size_t count_verbs(const struct loader *loader)
{
    size_t count = 0;
    for (size_t i = 0; i < loader_count(loader); i++)
        if (loader_at(loader, i)->state != MODULE_LEFT_OUT)
            count += loader_at(loader, i)->descriptor->verbs.count;
    return count;
}

/* Goes on after a fault, so that an operator sees all of them at once. */
static int take_verbs(struct live *live, struct text *ret_why)
{
    const struct loader *loader = live->server->loader;
    int worst = 0;
    live->verbs = arena_alloc(live->arena, (count_verbs(loader) + 1) * sizeof *live->verbs);
    if (!live->verbs)
        return EXIT_INTERNAL;
    for (size_t i = 0; i < loader_count(loader); i++) {
        struct module *module = loader_at(loader, i);
        for (uint32_t j = 0; module->state != MODULE_LEFT_OUT && j < module->descriptor->verbs.count; j++) {
            int code = take_verb(live, module, j, ret_why);
            worst = code != 0 ? code : worst;
        }
    }
    return worst;
}

int live_compile(struct live *live, struct text *ret_why)
{
    int code = take_sockets(live, ret_why);
    return code != 0 ? code : take_verbs(live, ret_why);
}

const struct live_path *live_path_at(const struct live *live, size_t number)
{
    return number < live->path_count ? &live->paths[number] : NULL;
}

const struct live_verb *live_verb_at(const struct live *live, size_t number)
{
    return number < live->verb_count ? &live->verbs[number] : NULL;
}
