/* store.c: sections and values in memory, and the simple questions about them. */
#include "conf/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct conf *conf_new(void)
{
    struct conf *conf = calloc(1, sizeof *conf);
    if (!conf)
        return NULL;
    conf->arena = arena_new(CONF_ARENA_BYTES);
    if (!conf->arena) {
        free(conf);
        return NULL;
    }
    conf->sections_end = &conf->sections;
    conf->folder = "conf.d";
    return conf;
}

void conf_free(struct conf *conf)
{
    if (!conf)
        return;
    arena_free(conf->arena);
    free(conf);
}

void conf_need(const void *memory)
{
    if (memory)
        return;
    fputs("out of memory while reading the configuration\n", stderr);
    abort();
}

void *conf_alloc(struct conf *conf, size_t size)
{
    void *memory = arena_alloc(conf->arena, size ? size : 1);
    conf_need(memory);
    return memory;
}

const char *conf_copy(struct conf *conf, const char *words, size_t length)
{
    const char *copy = arena_copy(conf->arena, words, length);
    conf_need(copy);
    return copy;
}

struct conf_section *conf_section_find(const struct conf *conf, const char *name)
{
    for (struct conf_section *section = conf->sections; section; section = section->next)
        if (strcmp(section->name, name) == 0)
            return section;
    return NULL;
}

struct conf_section *conf_section_get(struct conf *conf, const char *name)
{
    struct conf_section *section = conf_section_find(conf, name);
    if (section)
        return section;
    section = conf_alloc(conf, sizeof *section);
    *section = (struct conf_section){.conf = conf,
                                     .name = conf_copy(conf, name, strlen(name)),
                                     .place = {conf->folder, 0, 0},
                                     .enabled = true,
                                     .values_end = &section->values};
    *conf->sections_end = section;
    conf->sections_end = &section->next;
    return section;
}

static const struct conf_value *conf_value_in_file(const struct conf_section *section, const char *key, int file_number)
{
    for (const struct conf_value *value = section->values; value; value = value->next)
        if (value->place.file_number == file_number && strcmp(value->key, key) == 0)
            return value;
    return NULL;
}

struct conf_value *conf_value_add(struct conf_section *section, const char *key, struct conf_place place)
{
    struct conf *conf = section->conf;
    const struct conf_value *first = conf_value_in_file(section, key, place.file_number);
    if (first && place.file_number != CONF_FILE_OF_SETS) /* on the command line the last one holds */
        conf_fault(conf, place, "%s: is set twice, the first time in line %d", key, first->place.line);
    struct conf_value *value = conf_alloc(conf, sizeof *value);
    *value = (struct conf_value){.key = conf_copy(conf, key, strlen(key)), .place = place};
    *section->values_end = value;
    section->values_end = &value->next;
    return value;
}

void conf_value_item(struct conf *conf, struct conf_value *value, const char *item)
{
    if (value->count == value->room) {
        size_t room = value->room ? value->room * 2 : 1;
        const char **items = conf_alloc(conf, room * sizeof *items);
        if (value->count)
            memcpy(items, value->items, value->count * sizeof *items);
        value->items = items;
        value->room = room;
    }
    value->items[value->count++] = conf_copy(conf, item, strlen(item));
}

size_t conf_sections(const struct conf *conf, const char *const **ret_names)
{
    *ret_names = conf->names;
    return conf->name_count;
}

bool conf_optional(const struct conf *conf, const char *name)
{
    const struct conf_section *section = conf_section_find(conf, name);
    return section && section->optional;
}
