/* check_needs.c: which modules must be loaded with the checked one, and where they are. Files are read, none is run. */
#include "kit/check.h"

#include "base/words.h"
#include "boot/settings.h"
#include "loader/inside.h"

#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SHELF_MOST = 256 };

struct shelf { /* the modules that may be taken, those that were named first first */
    struct check *check;
    const struct candidate *at[SHELF_MOST];
    size_t count, named; /* the first `named` were given by --with as files */
    const struct candidate *chosen[SHELF_MOST];
    size_t chosen_count;
};

/* --- filling it --- */

static void shelve(struct shelf *shelf, const char *path)
{
    struct candidate *found = arena_alloc(shelf->check->arena, sizeof *found);
    char *real = realpath(path, NULL);
    if (found && real && shelf->count < SHELF_MOST && strcmp(real, shelf->check->file) != 0 &&
        !peek_facts(real, found) && strcmp(found->id, shelf->check->id) != 0) {
        found->file = arena_copy(shelf->check->arena, real, strlen(real));
        shelf->at[shelf->count++] = found;
    }
    free(real);
}

static void shelve_folder(struct shelf *shelf, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        size_t length = strlen(entries[i]->d_name);
        const char *path = arena_print(shelf->check->arena, "%s/%s", folder, entries[i]->d_name);
        if (path && length > 3 && strcmp(entries[i]->d_name + length - 3, ".so") == 0)
            shelve(shelf, path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static void fill(struct shelf *shelf)
{
    struct check *check = shelf->check;
    for (size_t i = 0; i < check->with_count; i++)
        if (!is_folder(check->with[i]))
            shelve(shelf, check->with[i]);
    shelf->named = shelf->count;
    for (size_t i = 0; i < check->with_count; i++)
        if (is_folder(check->with[i]))
            shelve_folder(shelf, check->with[i]);
    char *own = arena_copy(check->arena, check->file, strlen(check->file)), *installed = settings_module_dir("");
    shelve_folder(shelf, dirname(own));
    if (installed)
        shelve_folder(shelf, installed);
    free(installed);
}

/* --- choosing --- */

static bool provides(const struct candidate *module, const char *service)
{
    return names_service(module->module.provides, LENGTH_OF(module->module.provides), service);
}

static bool is_provided(const struct shelf *shelf, const char *service)
{
    for (size_t i = 0; i < shelf->chosen_count; i++)
        if (provides(shelf->chosen[i], service))
            return true;
    return false;
}

/* Unless what it provides is there already: a service has one provider. */
static void choose(struct shelf *shelf, const struct candidate *module)
{
    for (size_t i = 0; i < shelf->chosen_count; i++)
        if (shelf->chosen[i] == module || strcmp(shelf->chosen[i]->id, module->id) == 0)
            return;
    for (size_t i = 0; i < LENGTH_OF(module->module.provides) && module->module.provides[i][0]; i++)
        if (is_provided(shelf, module->module.provides[i]))
            return;
    if (shelf->chosen_count < SHELF_MOST)
        shelf->chosen[shelf->chosen_count++] = module;
}

static bool choose_provider(struct shelf *shelf, const char *service)
{
    for (size_t i = 0; i < shelf->count && !is_provided(shelf, service); i++)
        if (provides(shelf->at[i], service))
            choose(shelf, shelf->at[i]);
    return is_provided(shelf, service);
}

static void choose_id(struct shelf *shelf, const char *id, size_t length)
{
    for (size_t i = 0; i < shelf->count; i++)
        if (words_equal(id, length, shelf->at[i]->id)) {
            choose(shelf, shelf->at[i]);
            return;
        }
}

/* These the test host has in memory. */
static bool is_of_test_host(const char *service)
{
    static const char *const own[] = {"storage.v1", "bus.v1", "cache.v1", "identity.v1"};
    for (size_t i = 0; i < LENGTH_OF(own); i++)
        if (strcmp(service, own[i]) == 0)
            return true;
    return false;
}

static bool choose_needed(struct shelf *shelf, const struct candidate *module)
{
    bool found = true;
    for (size_t i = 0; i < LENGTH_OF(module->module.needs) && module->module.needs[i][0]; i++) {
        const char *service = module->module.needs[i];
        if (is_of_test_host(service) || choose_provider(shelf, service))
            continue;
        check_fail(shelf->check, CHECK_LOADS,
                   "%s needs %s, and no module that provides it is beside it or where this program's modules are; name "
                   "one by --with (those of c18n come with its server)",
                   module->id, service);
        found = false;
    }
    for (size_t i = 0; i < LENGTH_OF(module->module.wants) && module->module.wants[i][0]; i++)
        if (!is_of_test_host(module->module.wants[i]))
            choose_provider(shelf, module->module.wants[i]);
    return found;
}

/* A provider does what modules with routes let it do; hooks run where the modules of their points are. */
static void choose_company(struct shelf *shelf)
{
    static const char *const services[] = {"storage.v1", "bus.v1", "cache.v1", "index.v1"};
    static const char *const usual[] = {"users", "communities", "posts"};
    struct words words = {shelf->check->shared->company, " "};
    const char *id;
    size_t length;
    bool is_provider = false;
    for (size_t i = 0; i < shelf->named; i++)
        choose(shelf, shelf->at[i]);
    for (size_t i = 0; i < LENGTH_OF(services); i++)
        is_provider |= provides(shelf->check->candidate, services[i]);
    for (size_t i = 0; is_provider && i < LENGTH_OF(usual); i++)
        choose_id(shelf, usual[i], strlen(usual[i]));
    while (words_next(&words, &id, &length))
        choose_id(shelf, id, length);
    shelf->check->is_provider = is_provider;
}

/* A setting of a module that isn't there would be a fault. */
static void keep_settings_of(struct check *check, const struct shelf *shelf)
{
    size_t kept = 0;
    for (size_t i = 0; i < check->set_count; i++) {
        const char *section = check->sets[i];
        size_t length = strcspn(section, ".");
        bool is_there = words_equal(section, length, "core");
        for (size_t j = 0; j < shelf->chosen_count; j++)
            is_there |= words_equal(section, length, shelf->chosen[j]->id);
        if (is_there)
            check->sets[kept++] = section;
        else
            check_note(check, CHECK_LOADS, "--set %s: no module of that name is loaded with it", section);
    }
    check->set_count = kept;
}

/* As the test host takes paths: with a backslash before each blank. */
static void add_path(struct text *list, const char *path)
{
    text_add_text(list, list->length ? " " : "");
    for (; *path; path++) {
        text_add_text(list, strchr(" \n\t\\", *path) ? "\\" : "");
        text_add_char(list, *path);
    }
}

/* Searches are only tried to the end with an index. It follows the history on a thread of its own, so that it is there
 * only where nobody counts calls. */
static const char *with_index(const struct shelf *shelf, struct text *modules)
{
    for (size_t i = 0; i < shelf->count && !is_provided(shelf, "index.v1"); i++)
        if (provides(shelf->at[i], "index.v1") && !shelf->at[i]->module.needs[0][0]) {
            add_path(modules, shelf->at[i]->file);
            break;
        }
    return text_end(modules);
}

bool check_needs(struct check *check)
{
    struct shelf *shelf = arena_alloc(check->arena, sizeof *shelf);
    struct text modules;
    bool found = true;
    if (!shelf)
        return false;
    shelf->check = check;
    fill(shelf);
    shelf->chosen[shelf->chosen_count++] = check->candidate;
    choose_company(shelf);
    for (size_t i = 0; i < shelf->chosen_count; i++) /* it grows as it is walked */
        found &= choose_needed(shelf, shelf->chosen[i]);
    text_init(&modules, check->arena, 0);
    add_path(&modules, check->file);
    for (size_t i = 1; i < shelf->chosen_count; i++)
        add_path(&modules, shelf->chosen[i]->file);
    check->modules = arena_copy(check->arena, modules.at, modules.length);
    check->modules_and_index = with_index(shelf, &modules);
    keep_settings_of(check, shelf);
    return found;
}
