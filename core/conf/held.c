/* held.c: the values that hold, each kept once, and reading them from any thread without a lock. */
#include "conf/store.h"

#include <assert.h>
#include <string.h>

/* --- keeping: what was once given out stays where it is, so equal values must be one --- */

static bool held_same_items(const struct conf_held *a, const struct conf_held *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

static bool held_same(const struct conf_held *a, const struct conf_held *b)
{
    return a->integer == b->integer && a->boolean == b->boolean && strcmp(a->text, b->text) == 0 &&
           held_same_items(a, b);
}

static const char **held_copy_items(struct arena *arena, const struct conf_held *held)
{
    const char **items = arena_alloc(arena, (held->count + 1) * sizeof *items);
    for (size_t i = 0; items && i < held->count; i++) {
        items[i] = arena_copy(arena, held->items[i], strlen(held->items[i]));
        if (!items[i])
            return NULL;
    }
    return items;
}

const struct conf_held *conf_held_keep(struct conf *conf, struct conf_setting *setting, const struct conf_held *held)
{
    for (const struct conf_held *known = setting->values; known; known = known->before)
        if (held_same(known, held))
            return known;
    struct conf_held *kept = arena_alloc(conf->arena, sizeof *kept);
    if (!kept)
        return NULL;
    *kept = *held;
    kept->before = setting->values;
    kept->text = arena_copy(conf->arena, held->text, strlen(held->text));
    kept->items = held_copy_items(conf->arena, held);
    if (!kept->text || !kept->items)
        return NULL;
    setting->values = kept;
    return kept;
}

const struct conf_origin *conf_origin_keep(struct conf *conf, struct conf_setting *setting, const char *words)
{
    for (const struct conf_origin *known = setting->origins; known; known = known->before)
        if (strcmp(known->words, words) == 0)
            return known;
    struct conf_origin *kept = arena_alloc(conf->arena, sizeof *kept);
    const char *copy = kept ? arena_copy(conf->arena, words, strlen(words)) : NULL;
    if (!copy)
        return NULL;
    *kept = (struct conf_origin){setting->origins, copy};
    setting->origins = kept;
    return kept;
}

/* --- reading; asking for what the table doesn't have is a bug of the asker --- */

const struct conf_held *conf_held_of(const struct conf_section *section, const struct conf_setting *setting)
{
    if (conf_is_trying(section->conf) && setting->proposed) /* in this order: only that thread may look */
        return setting->proposed;
    return atomic_load_explicit(&setting->held, memory_order_acquire);
}

static const struct conf_held *held_find(const struct conf_section *section, const char *key, uint32_t type)
{
    const struct conf_setting *found = NULL;
    for (size_t i = 0; i < section->setting_count && !found; i++)
        if (strcmp(section->settings[i].declared.name, key) == 0 && section->settings[i].declared.type == type)
            found = &section->settings[i];
    assert(found && "a setting that the module's table does not declare with this type");
    return conf_held_of(section, found);
}

const char *conf_text(const struct conf_section *section, const char *key)
{
    return held_find(section, key, C18N_SETTING_TEXT)->text;
}

int64_t conf_integer(const struct conf_section *section, const char *key)
{
    return held_find(section, key, C18N_SETTING_INTEGER)->integer;
}

bool conf_boolean(const struct conf_section *section, const char *key)
{
    return held_find(section, key, C18N_SETTING_BOOLEAN)->boolean;
}

size_t conf_list(const struct conf_section *section, const char *key, const char *const **ret_items)
{
    const struct conf_held *held = held_find(section, key, C18N_SETTING_LIST);
    *ret_items = held->items;
    return held->count;
}

static const struct conf_setting *held_setting(const struct conf_section *section, const char *key)
{
    for (size_t i = 0; i < section->setting_count; i++)
        if (strcmp(section->settings[i].declared.name, key) == 0)
            return &section->settings[i];
    return NULL;
}

const char *conf_origin(const struct conf_section *section, const char *key)
{
    const struct conf_setting *setting = held_setting(section, key);
    return setting ? atomic_load_explicit(&setting->origin, memory_order_acquire)->words : "default";
}

bool conf_reloadable(const struct conf_section *section, const char *key)
{
    const struct conf_setting *setting = held_setting(section, key);
    return setting && !section->fixed && (setting->declared.flags & C18N_SETTING_RELOADABLE);
}
