/* graph.c: who can be there, and in which order. Knows only what the notes say; no code of a module has run.
 *
 * A service has one provider. `needs` must be there and come first; `wants` come first when they are
 * there. Ties go by the order of conf.d. Taking one out may take others out, so the checks are run until
 * nothing changes. */
#include "loader/inside.h"

#include <string.h>

enum { CYCLE_WORDS = 512 };

static bool provides(const struct candidate *candidate, const char *service)
{
    return names_service(candidate->module.provides, LENGTH_OF(candidate->module.provides), service);
}

bool graph_needs(const struct candidate *candidate, const struct candidate *provider)
{
    for (size_t i = 0; i < LENGTH_OF(candidate->module.needs) && candidate->module.needs[i][0]; i++)
        if (provides(provider, candidate->module.needs[i]))
            return true;
    return false;
}

static struct candidate *provider_of(const struct loader *loader, const char *service, bool also_out)
{
    for (size_t i = 0; i < loader->count; i++) {
        struct candidate *candidate = &loader->candidates[i];
        if ((also_out || !candidate->out) && provides(candidate, service))
            return candidate;
    }
    return NULL;
}

/* Of two that can't both be, the later one goes, but an optional one before one that is not. */
static struct candidate *loser_of(struct candidate *earlier, struct candidate *later)
{
    bool spare_later = earlier->module.optional && !later->module.optional && !refuse_is_vital(earlier);
    return spare_later ? earlier : later;
}

static bool take_out_second_providers(struct loader *loader)
{
    for (size_t i = 0; i < loader->count; i++) {
        struct candidate *later = &loader->candidates[i];
        for (size_t j = 0; !later->out && j < LENGTH_OF(later->module.provides) && later->module.provides[j][0]; j++) {
            struct candidate *first = provider_of(loader, later->module.provides[j], false);
            if (first == later)
                continue;
            struct candidate *loser = loser_of(first, later);
            char host[160];
            print_into(host, sizeof host, "%s, which provides %s too", loser == later ? first->id : later->id,
                       later->module.provides[j]);
            refuse(loser, &(struct refusal){.host = host,
                                            .rule = "a service has only one provider",
                                            .todo = "set enabled = false in the section of one of the two"});
            return true;
        }
    }
    return false;
}

static bool take_out_conflicts(struct loader *loader)
{
    for (size_t i = 0; i < loader->count; i++) {
        struct candidate *candidate = &loader->candidates[i];
        for (size_t j = 0;
             !candidate->out && j < LENGTH_OF(candidate->module.conflicts) && candidate->module.conflicts[j][0]; j++) {
            struct candidate *other = provider_of(loader, candidate->module.conflicts[j], false);
            if (!other || other == candidate)
                continue;
            char host[160];
            print_into(host, sizeof host, "%s, which provides %s", other->id, candidate->module.conflicts[j]);
            refuse(candidate, &(struct refusal){.host = host,
                                                .rule = "what it conflicts with must not be there",
                                                .todo = "set enabled = false in the section of one of the two"});
            return true;
        }
    }
    return false;
}

static void refuse_missing(struct candidate *candidate, const char *service)
{
    char host[200], todo[300], rule[128], id[64];
    struct loader *loader = candidate->loader;
    const struct candidate *gone = provider_of(loader, service, true);
    print_into(rule, sizeof rule, "%s, which it needs, must be provided", service);
    print_into(host, sizeof host, "no module that provides %s", service);
    if (gone && *gone->id) {
        print_into(host, sizeof host, "%s, which provides %s but can't be loaded itself", gone->id, service);
        print_into(todo, sizeof todo, "set %s right first: %s", gone->id, gone->module.detail);
    } else if (scan_provider_of(loader, service, id, sizeof id)) {
        print_into(todo, sizeof todo, "%s/%s.so provides it: add NN-%s.conf to conf.d, or set enabled = true there",
                   loader->module_dir, id, id);
    } else {
        print_into(todo, sizeof todo,
                   "install a module that provides it, or set enabled = false in the section %s of conf.d",
                   candidate->id);
    }
    refuse(candidate, &(struct refusal){.host = host, .rule = rule, .todo = todo});
}

static bool take_out_needing(struct loader *loader)
{
    for (size_t i = 0; i < loader->count; i++) {
        struct candidate *candidate = &loader->candidates[i];
        for (size_t j = 0; !candidate->out && j < LENGTH_OF(candidate->module.needs) && candidate->module.needs[j][0];
             j++) {
            if (provider_of(loader, candidate->module.needs[j], false))
                continue;
            refuse_missing(candidate, candidate->module.needs[j]);
            return true;
        }
    }
    return false;
}

/* --- the order --- */

static bool is_placed(const struct loader *loader, const struct candidate *candidate)
{
    for (size_t i = 0; i < loader->order_count; i++)
        if (loader->order[i] == candidate)
            return true;
    return false;
}

/* Is every provider of these services placed, as far as there is one? */
static bool are_placed(const struct loader *loader, const char services[][48], size_t count)
{
    for (size_t i = 0; i < count && services[i][0]; i++) {
        const struct candidate *provider = provider_of(loader, services[i], false);
        if (provider && !is_placed(loader, provider))
            return false;
    }
    return true;
}

/* The first in conf.d's order that may come now. */
static struct candidate *next_to_place(const struct loader *loader, bool heed_wants)
{
    for (size_t i = 0; i < loader->count; i++) {
        struct candidate *candidate = &loader->candidates[i];
        const struct module *module = &candidate->module;
        if (!candidate->out && !is_placed(loader, candidate) &&
            are_placed(loader, module->needs, LENGTH_OF(module->needs)) &&
            (!heed_wants || are_placed(loader, module->wants, LENGTH_OF(module->wants))))
            return candidate;
    }
    return NULL;
}

static void say_reason(const struct loader *loader, struct text *words, const char *verb, const char services[][48],
                       size_t count)
{
    for (size_t i = 0; i < count && services[i][0]; i++) {
        const struct candidate *provider = provider_of(loader, services[i], false);
        if (provider)
            text_print(words, "%s%s %s (%s)", words->length ? ", " : "", verb, services[i], provider->id);
    }
}

static void note_reason(const struct loader *loader, struct candidate *candidate)
{
    struct text words;
    text_init(&words, NULL, 0);
    say_reason(loader, &words, "needs", candidate->module.needs, LENGTH_OF(candidate->module.needs));
    say_reason(loader, &words, "wants", candidate->module.wants, LENGTH_OF(candidate->module.wants));
    print_into(candidate->reason, sizeof candidate->reason, "%s", words.length ? text_end(&words) : "needs nothing");
    text_free(&words);
}

static void place_all(struct loader *loader)
{
    loader->order_count = 0;
    for (;;) {
        struct candidate *next = next_to_place(loader, true);
        if (!next)
            next = next_to_place(loader, false); /* wants that go round in a circle are only wishes */
        if (!next)
            return;
        note_reason(loader, next);
        loader->order[loader->order_count++] = next;
    }
}

/* --- what goes round in a circle --- */

static struct candidate *first_unplaced_need(const struct candidate *candidate)
{
    const struct loader *loader = candidate->loader;
    for (size_t i = 0; i < LENGTH_OF(candidate->module.needs) && candidate->module.needs[i][0]; i++) {
        struct candidate *provider = provider_of(loader, candidate->module.needs[i], false);
        if (provider && !is_placed(loader, provider))
            return provider;
    }
    return NULL;
}

/* From any unplaced one, following needs for as many steps as there are modules ends inside a circle. */
static struct candidate *find_in_circle(const struct loader *loader)
{
    struct candidate *at = NULL;
    for (size_t i = 0; i < loader->count && !at; i++)
        if (!loader->candidates[i].out && !is_placed(loader, &loader->candidates[i]))
            at = &loader->candidates[i];
    for (size_t i = 0; at && i < loader->count; i++)
        at = first_unplaced_need(at);
    return at;
}

static bool take_out_circle(struct loader *loader)
{
    struct candidate *start = find_in_circle(loader), *at = start;
    if (!start)
        return false;
    char circle[CYCLE_WORDS] = "", rule[CYCLE_WORDS + 64];
    do {
        size_t length = strlen(circle);
        print_into(circle + length, sizeof circle - length, "%s -> ", at->id);
        at = first_unplaced_need(at);
    } while (at && at != start);
    print_into(rule, sizeof rule, "needs must not go round in a circle: %s%s", circle, start->id);
    refuse(start, &(struct refusal){.rule = rule,
                                    .todo = "ask their authors: one of them must do with `wants`; until then set "
                                            "enabled = false in the section of one"});
    return true;
}

static bool take_one_out(struct loader *loader)
{
    return take_out_second_providers(loader) || take_out_conflicts(loader) || take_out_needing(loader);
}

void graph_settle(struct loader *loader)
{
    do {
        while (take_one_out(loader))
            ;
        place_all(loader);
    } while (take_out_circle(loader));
}
