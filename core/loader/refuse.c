/* refuse.c: how a refusal is worded: the file, what it has and needs, what the host has, the first rule
 * that failed, what to do. */
#include "loader/inside.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Without these a server would run but not hold what it promises, so `optional` doesn't soften them. */
static const char *const vital[] = {"storage.v1", "identity.v1", "auth.v1", "audit.v1"};

void print_into(char *ret_words, size_t room, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(ret_words, room, format, values);
    va_end(values);
}

void print_plainly(char *words)
{
    for (; *words; words++)
        if (!isprint((unsigned char)*words))
            *words = '?';
}

bool names_service(const char services[][48], size_t count, const char *service)
{
    for (size_t i = 0; i < count && services[i][0]; i++)
        if (strcmp(services[i], service) == 0)
            return true;
    return false;
}

bool refuse_is_vital(const struct candidate *candidate)
{
    const struct module *module = &candidate->module;
    for (size_t i = 0; i < LENGTH_OF(vital); i++)
        if (names_service(module->provides, LENGTH_OF(module->provides), vital[i]))
            return true;
    return false;
}

static void say_services(struct text *words, const char *lead, const char services[][48], size_t count)
{
    for (size_t i = 0; i < count && services[i][0]; i++)
        text_print(words, "%s%s", i ? ", " : lead, services[i]);
}

static void say_has(const struct candidate *candidate, struct text *words)
{
    const struct module *module = &candidate->module;
    if (*candidate->id)
        text_print(words, "%s %s", candidate->id, candidate->version);
    if (candidate->elf.has_descriptor)
        text_print(words, "%sABI %u.%u, needs at least %u.%u", words->length ? ", " : "", candidate->elf.major,
                   candidate->elf.minor_built, candidate->elf.major, candidate->elf.minor_needed);
    say_services(words, "; provides ", module->provides, LENGTH_OF(module->provides));
    say_services(words, "; needs ", module->needs, LENGTH_OF(module->needs));
    say_services(words, "; conflicts with ", module->conflicts, LENGTH_OF(module->conflicts));
    if (words->length == 0)
        text_add_text(words, "nothing that can be read as a module");
}

static void say_paragraph(const struct candidate *candidate, const struct refusal *refusal, const char *host,
                          struct text *words)
{
    text_print(words, "%s: refused\n  it has and needs: ", candidate->file);
    if (refusal->has)
        text_add_text(words, refusal->has);
    else {
        struct text has;
        text_init(&has, NULL, 0);
        say_has(candidate, &has);
        text_add_text(words, text_end(&has));
        text_free(&has);
    }
    text_print(words, "\n  the host has:     %s\n  the broken rule:  %s\n  what to do:       %s\n", host, refusal->rule,
               refusal->todo);
}

/* A module that is out has nothing: whoever walks the modules' tables, now or later, finds none of its routes,
 * views, consumers or timers. Its settings and metrics stay, for `stop` may still ask for them. */
static void empty_tables(c18n_module *descriptor)
{
    const c18n_table none = {NULL, 0, 0};
    c18n_table *const tables[] = {&descriptor->policies,  &descriptor->routes, &descriptor->events, &descriptor->views,
                                  &descriptor->consumers, &descriptor->points, &descriptor->hooks,  &descriptor->timers,
                                  &descriptor->imports,   &descriptor->exports};
    for (size_t i = 0; i < LENGTH_OF(tables); i++)
        *tables[i] = none;
    descriptor->apply = NULL;
}

void refuse(struct candidate *candidate, const struct refusal *refusal)
{
    char host[128];
    struct module *module = &candidate->module;
    print_into(host, sizeof host, "ABI %d.%d", C18N_ABI_MAJOR, host_minor(candidate));
    candidate->out = true;
    module->state = MODULE_LEFT_OUT;
    empty_tables(&candidate->descriptor);
    print_into(module->detail, sizeof module->detail, "%s", refusal->rule);
    const char *has = refusal->host ? refusal->host : host;
    if (module->optional && !refuse_is_vital(candidate)) {
        if (*refusal->todo)
            print_into(module->advice, sizeof module->advice, "the host has %s; to do: %s", has, refusal->todo);
        return;
    }
    candidate->loader->refused = true;
    say_paragraph(candidate, refusal, has, candidate->loader->why);
}
