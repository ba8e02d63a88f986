/* fault.c: what is wrong, collected in the order of files and lines, with the nearest right name. */
#include "base/names.h"
#include "conf/store.h"

#include <stdarg.h>
#include <string.h>

static bool fault_before(const struct conf_place *a, const struct conf_place *b)
{
    if (a->file_number != b->file_number)
        return a->file_number < b->file_number;
    return a->line < b->line;
}

void conf_fault(struct conf *conf, struct conf_place place, const char *format, ...)
{
    if (conf->fault_count >= CONF_FAULTS_MOST)
        return;
    struct conf_fault *fault = conf_alloc(conf, sizeof *fault);
    va_list values;
    va_start(values, format);
    const char *words = arena_vprint(conf->arena, format, values);
    va_end(values);
    *fault = (struct conf_fault){.place = place, .words = words ? words : "out of memory"};
    struct conf_fault **at = &conf->faults;
    while (*at && !fault_before(&place, &(*at)->place))
        at = &(*at)->next;
    fault->next = *at;
    *at = fault;
    conf->fault_count++;
}

size_t conf_fault_count(const struct conf *conf)
{
    return conf_meant((struct conf *)(uintptr_t)conf)->fault_count;
}

void conf_faults(const struct conf *conf, struct text *ret_lines)
{
    for (const struct conf_fault *fault = conf->faults; fault; fault = fault->next) {
        if (fault->place.file_number == CONF_FILE_OF_SETS)
            text_print(ret_lines, "--set %s\n", fault->words);
        else if (fault->place.line > 0)
            text_print(ret_lines, "%s:%d: %s\n", fault->place.file, fault->place.line, fault->words);
        else
            text_print(ret_lines, "%s: %s\n", fault->place.file, fault->words);
    }
}

const char *conf_suggest(struct conf *conf, const char *word, const char *const *candidates, size_t count)
{
    struct names_nearest search = {.word = word};
    for (size_t i = 0; i < count; i++)
        names_offer(&search, candidates[i]);
    const char *words = search.nearest ? arena_print(conf->arena, ", did you mean %s?", search.nearest) : "";
    return words ? words : "";
}
