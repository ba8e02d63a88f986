/* fault.c: what is wrong, collected in the order of files and lines, with the nearest right name. */
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
    return conf->fault_count;
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

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap neighbours) that make one word of the other. */
static size_t edit_distance(const char *from, size_t from_length, const char *to, size_t to_length)
{
    size_t rows[3][CONF_NAME_MOST + 2];
    for (size_t j = 0; j <= to_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= from_length; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= to_length; j++) {
            size_t replaced = above[j - 1] + (from[i - 1] != to[j - 1]);
            row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                row[j] = least(row[j], second[j - 2] + 1);
        }
    }
    return rows[from_length % 3][to_length];
}

const char *conf_nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t length = strlen(word);
    if (length > CONF_NAME_MOST)
        return NULL;
    size_t best = 2 + length / 4; /* one edit in a short word, more in a long one */
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t candidate_length = candidates[i] ? strlen(candidates[i]) : 0;
        if (candidate_length == 0 || candidate_length > CONF_NAME_MOST)
            continue;
        size_t distance = edit_distance(word, length, candidates[i], candidate_length);
        if (distance < best && distance < length) {
            best = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}

const char *conf_suggest(struct conf *conf, const char *word, const char *const *candidates, size_t count)
{
    const char *nearest = conf_nearest(word, candidates, count);
    const char *words = nearest ? arena_print(conf->arena, ", did you mean %s?", nearest) : "";
    return words ? words : "";
}
