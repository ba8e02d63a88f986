#include "data/kinds.h"

#include "base/words.h"
#include "loader/loader.h"

#include <stdlib.h>
#include <string.h>

#define TOPICS                                                                                                         \
    "messages likes shares comments posts users communities usergroups invites subscriptions media notifications "     \
    "access"
static const char topics[] = TOPICS;

static const char *kind_fault(const c18n_event_type *declared)
{
    if (!declared->name || !*declared->name)
        return "it has no name";
    if (!declared->topic || !words_has(topics, declared->topic, strlen(declared->topic)))
        return "its topic must be one of " TOPICS;
    if (declared->personal && !declared->subject)
        return "it has personal members and no subject";
    return NULL;
}

static int kind_take(const struct module *module, size_t number, struct kind *kind, struct text *ret_why)
{
    kind->owner = module;
    loader_item(&module->descriptor->events, number, &kind->declared, sizeof kind->declared);
    if (kind->declared.version == 0)
        kind->declared.version = 1;
    const char *fault = kind_fault(&kind->declared);
    if (!fault)
        return C18N_OK;
    text_print(ret_why, "%s: event type %s: %s.\n", module->self.id, kind->declared.name ? kind->declared.name : "",
               fault);
    return C18N_INVALID;
}

/* A consumer of a misspelt topic would wait for ever. */
static int consumer_judge(const struct module *module, size_t number, struct text *ret_why)
{
    c18n_consumer declared;
    struct words words = {.separators = " "};
    const char *topic;
    size_t length;
    loader_item(&module->descriptor->consumers, number, &declared, sizeof declared);
    words.at = declared.topics;
    while (words_next(&words, &topic, &length)) {
        if (words_has(topics, topic, length))
            continue;
        text_print(ret_why, "%s: consumer %s: %.*s is no topic.\n", module->self.id, declared.name, (int)length, topic);
        return C18N_INVALID;
    }
    return C18N_OK;
}

static int kind_order(const void *a, const void *b)
{
    return strcmp(((const struct kind *)a)->declared.name, ((const struct kind *)b)->declared.name);
}

static int kinds_sort(struct kinds *kinds, struct text *ret_why)
{
    qsort(kinds->at, kinds->count, sizeof *kinds->at, kind_order);
    for (size_t i = 1; i < kinds->count; i++) {
        const struct kind *kind = &kinds->at[i];
        if (kind_order(kind - 1, kind) != 0)
            continue;
        text_print(ret_why, "%s: event type %s: module %s declares it too.\n", kind->owner->self.id,
                   kind->declared.name, kind[-1].owner->self.id);
        return C18N_INVALID;
    }
    return C18N_OK;
}

int kinds_compile(const struct loader *loader, struct arena *arena, struct kinds *ret_kinds, struct text *ret_why)
{
    struct kinds kinds = {0};
    size_t count = 0;
    for (size_t i = 0; i < loader_count(loader); i++)
        count += loader_at(loader, i)->descriptor->events.count;
    kinds.at = arena_alloc(arena, (count + 1) * sizeof *kinds.at);
    if (!kinds.at)
        return C18N_NO_MEMORY;
    for (size_t i = 0; i < loader_count(loader); i++) {
        const struct module *module = loader_at(loader, i);
        int code = C18N_OK;
        for (size_t j = 0; j < module->descriptor->events.count && code == C18N_OK; j++)
            code = kind_take(module, j, &kinds.at[kinds.count++], ret_why);
        for (size_t j = 0; j < module->descriptor->consumers.count && code == C18N_OK; j++)
            code = consumer_judge(module, j, ret_why);
        if (code != C18N_OK)
            return code;
    }
    int code = kinds_sort(&kinds, ret_why);
    if (code == C18N_OK)
        *ret_kinds = kinds;
    return code;
}

static int name_order(const void *name, const void *kind)
{
    return strcmp(name, ((const struct kind *)kind)->declared.name);
}

const struct kind *kinds_find(const struct kinds *kinds, const char *name)
{
    return name && kinds->count ? bsearch(name, kinds->at, kinds->count, sizeof *kinds->at, name_order) : NULL;
}
