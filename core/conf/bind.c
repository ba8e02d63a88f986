/* bind.c: a section meets the table of the module that owns it. */
#include "conf/store.h"

#include <string.h>

/* What every section knows. They are taken when the folder has been read, before any table is known. */
static const c18n_setting common[] = {
    {.name = "enabled", .type = C18N_SETTING_BOOLEAN, .otherwise = "true", .help = "Is the module loaded?"},
    {.name = "optional",
     .type = C18N_SETTING_BOOLEAN,
     .otherwise = "false",
     .help = "Does the server start without it when it can't be loaded?"},
};
enum { COMMON_COUNT = sizeof common / sizeof *common };

static void bind_complain(struct conf_section *section, const struct conf_value *value, const char *what)
{
    if (value->place.file_number == CONF_FILE_OF_SETS)
        conf_fault(section->conf, value->place, "%s.%s: %s", section->name, value->key, what);
    else
        conf_fault(section->conf, value->place, "%s: %s", value->key, what);
}

static const char *bind_origin(struct conf *conf, const struct conf_value *value)
{
    if (value->place.file_number == CONF_FILE_OF_SETS)
        return "--set";
    const char *origin = arena_print(conf->arena, "%s:%d", value->place.file, value->place.line);
    return origin ? origin : value->place.file;
}

struct judged { /* the best value of a key so far */
    struct conf_held held;
    const char *origin;
};

/* Judges every value of a key, also those that are overridden; the last one that is right holds. */
static void bind_key(struct conf_section *section, const c18n_setting *declared, struct judged *judged)
{
    for (const struct conf_value *value = section->values; value; value = value->next) {
        if (strcmp(value->key, declared->name) != 0)
            continue;
        struct text what;
        struct conf_held held = judged->held;
        text_init(&what, section->conf->arena, 0);
        if (conf_judge(section->conf, value, declared, &held, &what))
            *judged = (struct judged){held, bind_origin(section->conf, value)};
        else
            bind_complain(section, value, text_end(&what));
    }
}

static void bind_default(struct conf_section *section, const c18n_setting *declared, struct judged *ret_judged)
{
    struct conf_value value = {.key = declared->name, .place = section->place, .commas = true};
    struct text what;
    text_init(&what, section->conf->arena, 0);
    conf_value_item(section->conf, &value, declared->otherwise ? declared->otherwise : "");
    *ret_judged = (struct judged){.held.text = "", .origin = "default"};
    if (!conf_judge(section->conf, &value, declared, &ret_judged->held, &what))
        conf_fault(section->conf, section->place, "%s: the module's own default is wrong: %s", value.key,
                   text_end(&what));
}

static void bind_setting(struct conf_section *section, struct conf_setting *setting)
{
    struct conf *conf = section->conf;
    struct judged judged;
    bind_default(section, &setting->declared, &judged);
    bind_key(section, &setting->declared, &judged);
    atomic_init(&setting->held, conf_held_keep(conf, setting, &judged.held));
    atomic_init(&setting->origin, conf_origin_keep(conf, setting, judged.origin));
    conf_need(atomic_load(&setting->held));
    conf_need(atomic_load(&setting->origin));
}

void conf_section_settle(struct conf_section *section)
{
    bool *const answers[COMMON_COUNT] = {&section->enabled, &section->optional};
    for (size_t i = 0; i < COMMON_COUNT; i++) {
        struct judged judged;
        bind_default(section, &common[i], &judged);
        bind_key(section, &common[i], &judged);
        *answers[i] = judged.held.boolean;
    }
}

/* The element may be shorter than ours (an older module) or longer (a newer one). */
static c18n_setting bind_row(const c18n_table *table, size_t number)
{
    c18n_setting row = {0};
    size_t size = table->stride < sizeof row ? table->stride : sizeof row;
    memcpy(&row, (const char *)table->at + number * table->stride, size);
    return row;
}

static bool bind_knows(const char *const *names, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], key) == 0)
            return true;
    return false;
}

static void bind_unknown_keys(struct conf_section *section)
{
    struct conf *conf = section->conf;
    size_t count = COMMON_COUNT + section->setting_count;
    const char **names = conf_alloc(conf, count * sizeof *names);
    for (size_t i = 0; i < section->setting_count; i++)
        names[i] = section->settings[i].declared.name;
    for (size_t i = 0; i < COMMON_COUNT; i++)
        names[section->setting_count + i] = common[i].name;
    for (const struct conf_value *value = section->values; value; value = value->next) {
        if (bind_knows(names, count, value->key))
            continue;
        const char *suggestion = conf_suggest(conf, value->key, names, count);
        const char *what = arena_print(conf->arena, "is no setting of %s%s", section->name, suggestion);
        bind_complain(section, value, what ? what : "is unknown");
    }
}

struct conf_section *conf_bind(struct conf *conf, const char *name, const c18n_table *settings)
{
    struct conf_section *section = conf_section_get(conf, name);
    if (section->bound)
        return section;
    section->bound = true;
    section->table = settings;
    section->setting_count = settings->count;
    section->settings = conf_alloc(conf, settings->count * sizeof *section->settings);
    for (size_t i = 0; i < settings->count; i++) {
        section->settings[i].declared = bind_row(settings, i);
        bind_setting(section, &section->settings[i]);
    }
    bind_unknown_keys(section);
    if (settings == &conf_core_settings)
        conf_check_core(section);
    return section;
}

void conf_unbound(struct conf *conf, const char *folder, const char *const *known, size_t known_count)
{
    for (struct conf_section *section = conf->sections; section; section = section->next) {
        if (!section->present || !section->enabled || section->bound || section->optional || section->complained)
            continue;
        if (bind_knows(known, known_count, section->name))
            continue; /* it was refused for reasons that the loader gives */
        section->complained = true;
        conf_fault(conf, section->place, "%s: there is no such module in %s%s", section->name, folder,
                   conf_suggest(conf, section->name, known, known_count));
    }
}

const struct conf_value *conf_last_value(const struct conf_section *section, const char *key)
{
    const struct conf_value *last = NULL;
    for (const struct conf_value *value = section->values; value; value = value->next)
        if (strcmp(value->key, key) == 0)
            last = value;
    return last;
}

void conf_complain(struct conf *conf, const char *name, const char *key, const char *what)
{
    struct conf_section *section = conf_section_get(conf_meant(conf), name);
    const struct conf_value *value = key ? conf_last_value(section, key) : NULL;
    if (value)
        bind_complain(section, value, what);
    else
        conf_fault(section->conf, section->place, "%s%s%s: %s", name, key ? "." : "", key ? key : "", what);
}

void conf_fix(struct conf_section *section)
{
    section->fixed = true;
}
