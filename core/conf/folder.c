/* folder.c: which files are read and in which order, and what --set lays over them. */
#include "conf/store.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char ending[] = ".conf", local_ending[] = ".local.conf";

static bool folder_ends_with(const char *name, const char *with)
{
    size_t length = strlen(name), with_length = strlen(with);
    return length > with_length && strcmp(name + length - with_length, with) == 0;
}

static int folder_takes(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && folder_ends_with(entry->d_name, ending);
}

/* By name, but an overriding file always right after what it overrides. */
static int folder_order(const struct dirent **a, const struct dirent **b)
{
    bool a_local = folder_ends_with((*a)->d_name, local_ending), b_local = folder_ends_with((*b)->d_name, local_ending);
    size_t a_length = strlen((*a)->d_name) - strlen(a_local ? local_ending : ending);
    size_t b_length = strlen((*b)->d_name) - strlen(b_local ? local_ending : ending);
    int order = memcmp((*a)->d_name, (*b)->d_name, a_length < b_length ? a_length : b_length);
    if (order != 0 || a_length != b_length)
        return order ? order : a_length < b_length ? -1 : 1;
    return (int)a_local - (int)b_local;
}

/* NN-module.conf or NN-module.local.conf */
static bool folder_name_fits(const char *name)
{
    const char *at = name + 3;
    if (!isdigit((unsigned char)name[0]) || !isdigit((unsigned char)name[1]) || name[2] != '-' ||
        !islower((unsigned char)*at))
        return false;
    at += strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return strcmp(at, ending) == 0 || strcmp(at, local_ending) == 0;
}

static char *folder_path(struct conf *conf, const char *name, size_t name_length, const char *end)
{
    size_t length = strlen(conf->folder);
    const char *slash = length && conf->folder[length - 1] == '/' ? "" : "/";
    char *path = arena_print(conf->arena, "%s%s%.*s%s", conf->folder, slash, (int)name_length, name, end);
    if (!path)
        abort();
    return path;
}

/* `before`: the path read just before, in which an overridden file must be found; returns the one read now. */
static const char *folder_read_one(struct conf *conf, const char *name, const char *before)
{
    const char *path = folder_path(conf, name, strlen(name), "");
    struct conf_place place = {path, conf->file_count + 1, 0};
    if (!folder_name_fits(name)) {
        conf->file_count++;
        conf_fault(conf, place, "is not named NN-module.conf or NN-module.local.conf");
        return before;
    }
    if (!folder_ends_with(name, local_ending)) {
        conf_file_read(conf, path, NULL);
        return path;
    }
    const char *base = folder_path(conf, name, strlen(name) - strlen(local_ending), ending);
    if (before && strcmp(before, base) == 0) {
        conf_file_read(conf, path, base);
    } else {
        conf->file_count++;
        conf_fault(conf, place, "overrides %s, which is not there: move this one away too, or put that back", base);
    }
    return before;
}

static void folder_read(struct conf *conf)
{
    struct dirent **entries = NULL;
    int count = scandir(conf->folder, &entries, folder_takes, folder_order);
    struct conf_place place = {conf->folder, 0, 0};
    conf->unread = count < 0;
    if (count < 0)
        conf_fault(conf, place, "can't be read: %s", strerror(errno));
    else if (count == 0)
        conf_fault(conf, place, "has no file NN-module.conf");
    else if (count > CONF_FILES_MOST)
        conf_fault(conf, place, "has more than %d files", CONF_FILES_MOST);
    const char *before = NULL;
    for (int i = 0; i < count; i++) {
        if (count <= CONF_FILES_MOST)
            before = folder_read_one(conf, entries[i]->d_name, before);
        free(entries[i]);
    }
    free(entries);
}

static void set_unknown_section(struct conf *conf, struct conf_place place, const char *set, const char *name)
{
    const char *names[CONF_FILES_MOST];
    size_t count = 0;
    for (const struct conf_section *section = conf->sections; section && count < CONF_FILES_MOST;
         section = section->next)
        names[count++] = section->name;
    conf_fault(conf, place, "%s: %s has no section %s%s", set, conf->folder, name,
               conf_suggest(conf, name, names, count));
}

/* section.key=value */
static void set_read(struct conf *conf, const char *set)
{
    struct conf_place place = {"--set", CONF_FILE_OF_SETS, 0};
    size_t name_length = strcspn(set, "=");
    const char *dot = memchr(set, '.', name_length);
    if (set[name_length] != '=' || !dot || dot == set || dot + 1 == set + name_length) {
        conf_fault(conf, place, "%.*s: is not of the form section.key=value", (int)name_length, set);
        return;
    }
    const char *key = conf_copy(conf, dot + 1, (size_t)(set + name_length - dot - 1));
    const char *name = conf_copy(conf, set, (size_t)(dot - set));
    struct conf_section *section = conf_section_find(conf, name);
    if (!section || !section->present) {
        set_unknown_section(conf, place, conf_copy(conf, set, name_length), name);
        return;
    }
    struct conf_value *value = conf_value_add(section, key, place);
    value->commas = true;
    conf_value_item(conf, value, set + name_length + 1);
}

/* Disabled sections are left out of the names; what they hold is not looked at. */
static void folder_note_names(struct conf *conf)
{
    size_t room = 0;
    for (const struct conf_section *section = conf->sections; section; section = section->next)
        room++;
    conf->names = conf_alloc(conf, (room + 1) * sizeof *conf->names);
    for (struct conf_section *section = conf->sections; section; section = section->next) {
        conf_section_settle(section);
        if (section->present && section->enabled)
            conf->names[conf->name_count++] = section->name;
    }
}

void conf_read(struct conf *conf, const char *folder, const char *const *sets, size_t set_count)
{
    conf->folder = conf_copy(conf, folder, strlen(folder));
    folder_read(conf);
    bool nothing = conf->unread && conf->file_count == 0; /* then each would be one more fault */
    for (size_t i = 0; i < set_count && !nothing; i++)
        set_read(conf, sets[i]);
    folder_note_names(conf);
}
