/* check_declared.c: opens the module in a child and judges what it declares, before any of its stages has run. What the
 * host judges itself when it loads a module is not judged again here: check_running.c lets the host do it. */
#include "kit/check.h"
#include "kit/check_elf.h"

#include "api/formats.h"
#include "base/words.h"
#include "conf/conf.h"
#include "loader/inside.h"

#include <ctype.h>
#include <dlfcn.h>

/* --- names and help of every table, by where they stand in a row --- */

enum shape { FREE, WORD, DOTTED };

#define NOWHERE SIZE_MAX
static const struct declared {
    const char *table;
    size_t at, name, help; /* of the table in the descriptor; of the members in a row; NOWHERE: has none */
    const char *help_member;
    enum shape shape;
    bool once; /* a name stands in one row only */
} tables[] = {
    {"settings", offsetof(c18n_module, settings), offsetof(c18n_setting, name), offsetof(c18n_setting, help), ".help",
     WORD, true},
    {"policies", offsetof(c18n_module, policies), offsetof(c18n_policy, name), offsetof(c18n_policy, help), ".help",
     WORD, true},
    {"routes", offsetof(c18n_module, routes), offsetof(c18n_route, path), offsetof(c18n_route, does), ".does", FREE,
     false},
    {"events", offsetof(c18n_module, events), offsetof(c18n_event_type, name), offsetof(c18n_event_type, help), ".help",
     DOTTED, true},
    {"views", offsetof(c18n_module, views), offsetof(c18n_view, name), NOWHERE, "", WORD, true},
    {"consumers", offsetof(c18n_module, consumers), offsetof(c18n_consumer, name), NOWHERE, "", WORD, true},
    {"points", offsetof(c18n_module, points), offsetof(c18n_point, name), offsetof(c18n_point, help), ".help", DOTTED,
     true},
    {"hooks", offsetof(c18n_module, hooks), offsetof(c18n_hook, point), NOWHERE, "", DOTTED, false},
    {"timers", offsetof(c18n_module, timers), offsetof(c18n_timer, name), NOWHERE, "", WORD, true},
    {"metrics", offsetof(c18n_module, metrics), offsetof(c18n_metric, name), offsetof(c18n_metric, help), ".help", WORD,
     true},
    {"sockets", offsetof(c18n_module, sockets), offsetof(c18n_socket, path), offsetof(c18n_socket, does), ".does", FREE,
     true},
    {"verbs", offsetof(c18n_module, verbs), offsetof(c18n_verb, kind), offsetof(c18n_verb, does), ".does", WORD,
     false}, /* on other sockets it may stand again */
    {"imports", offsetof(c18n_module, imports), offsetof(c18n_import, kind), NOWHERE, "", WORD, true},
    {"exports", offsetof(c18n_module, exports), offsetof(c18n_export, event), NOWHERE, "", DOTTED, true},
};

static c18n_table table_at(const c18n_module *module, size_t at)
{
    c18n_table table;
    memcpy(&table, (const char *)module + at, sizeof table);
    return table;
}

static const char *text_at(const c18n_table *table, uint32_t row, size_t member)
{
    const char *text;
    memcpy(&text, (const char *)table->at + (size_t)row * table->stride + member, sizeof text);
    return text;
}

static bool is_word(const char *name, size_t length)
{
    return length > 0 && length < 64 && islower((unsigned char)name[0]) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") >= length;
}

static bool is_dotted(const char *name)
{
    const char *dot = strchr(name, '.');
    return dot && is_word(name, (size_t)(dot - name)) && is_word(dot + 1, strlen(dot + 1));
}

static bool is_shaped(enum shape shape, const char *name)
{
    return shape == FREE || (shape == WORD ? is_word(name, strlen(name)) : is_dotted(name));
}

static void judge_name(struct check *check, const struct declared *declared, const c18n_table *table, uint32_t row)
{
    const char *name = text_at(table, row, declared->name);
    if (!is_shaped(declared->shape, name))
        check_fail(check, CHECK_NAMES, "%s: \"%.80s\" must be %s of a-z, 0-9 and _", declared->table, name,
                   declared->shape == WORD ? "a word" : "two words with a dot between them, each");
    for (uint32_t i = 0; declared->once && i < row; i++)
        if (strcmp(text_at(table, i, declared->name), name) == 0)
            check_fail(check, CHECK_NAMES, "%s: \"%.80s\" stands there twice", declared->table, name);
}

static void judge_help(struct check *check, const struct declared *declared, const c18n_table *table, uint32_t row)
{
    const char *help = declared->help == NOWHERE ? "none" : text_at(table, row, declared->help);
    if (!help || help[strspn(help, " \t\n")] == '\0')
        check_fail(check, CHECK_WORDS, "%s: \"%.80s\" has no %s", declared->table, text_at(table, row, declared->name),
                   declared->help_member);
}

/* A point must begin with the module's id, since the loader looks for its module by that. For events and views it is a
 * custom: two modules that declare the same can't be loaded together. */
static void judge_prefixes(struct check *check, const c18n_module *module)
{
    const struct {
        size_t at, name;
        const char *table;
        bool must;
    } named[] = {{offsetof(c18n_module, points), offsetof(c18n_point, name), "points", true},
                 {offsetof(c18n_module, events), offsetof(c18n_event_type, name), "events", false},
                 {offsetof(c18n_module, views), offsetof(c18n_view, name), "views", false}};
    size_t length = strlen(check->id);
    for (size_t i = 0; i < LENGTH_OF(named); i++) {
        struct text others;
        c18n_table table = table_at(module, named[i].at);
        text_init(&others, check->arena, CHECK_WORDS_MOST);
        for (uint32_t row = 0; row < table.count; row++) {
            const char *name = text_at(&table, row, named[i].name);
            if (strncmp(name, check->id, length) != 0 || (name[length] != '\0' && !strchr("._", name[length])))
                text_print(&others, "%s%s", others.length ? ", " : "", name);
        }
        if (others.length > 0 && named[i].must)
            check_fail(check, CHECK_NAMES, "%s: must begin with \"%s.\": %s", named[i].table, check->id,
                       text_end(&others));
        else if (others.length > 0)
            check_note(check, CHECK_NAMES, "%s not named after the module, so no other module may have them: %s",
                       named[i].table, text_end(&others));
    }
}

/* --- field tables --- */

static const char *field_fault(const c18n_field *field)
{
    size_t length = strlen(field->name);
    if (length == 0 || length > 64 || !(isalpha((unsigned char)field->name[0]) || field->name[0] == '_') ||
        strspn(field->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != length)
        return "must be named by letters, digits and _";
    if (field->type > C18N_FIELD_OBJECT)
        return "is of a type that this host doesn't know";
    if (field->max != 0 && field->min > field->max)
        return "has a min above its max";
    if (field->format && !format_known(field->format))
        return "has a format that this host doesn't know";
    if (field->type == C18N_FIELD_LINK && (!field->link || field->link[0] != '/'))
        return "is a link without a path that begins with /";
    return NULL;
}

static void judge_fields(struct check *check, const char *where, const c18n_table *fields)
{
    if (fields->count > 0 && (!fields->at || fields->stride < sizeof(void *) || fields->count > TABLE_ROWS_MOST)) {
        check_fail(check, CHECK_NAMES, "%s: is no table of fields; make it by C18N_ALL", where);
        return;
    }
    for (uint32_t i = 0; i < fields->count; i++) {
        c18n_field field;
        loader_item(fields, i, &field, sizeof field);
        const char *fault = field.name ? field_fault(&field) : "has no name";
        if (fault)
            check_fail(check, CHECK_NAMES, "%s: field %s %s", where, field.name ? field.name : "?", fault);
        for (uint32_t j = 0; field.name && j < i; j++) {
            const char *other = text_at(fields, j, offsetof(c18n_field, name));
            if (other && strcmp(other, field.name) == 0)
                check_fail(check, CHECK_NAMES, "%s: field %s stands there twice", where, field.name);
        }
    }
}

static void judge_route(struct check *check, const c18n_route *route)
{
    char where[256];
    struct words words = {route->fails, " "};
    const char *status;
    size_t length;
    const struct {
        const char *what;
        const c18n_table *fields;
    } fields[] = {{"body", &route->body}, {"query", &route->query}, {"answer", &route->answer}};
    for (size_t i = 0; i < LENGTH_OF(fields); i++) {
        print_into(where, sizeof where, "route %s %s, .%s", route->method, route->path, fields[i].what);
        judge_fields(check, where, fields[i].fields);
    }
    while (words_next(&words, &status, &length))
        if (length != 3 || (*status != '4' && *status != '5') || strspn(status, "0123456789") < 3)
            check_fail(check, CHECK_NAMES, "route %s %s, .fails: \"%.*s\" is no status of 400 to 599", route->method,
                       route->path, (int)length, status);
}

static void judge_import(struct check *check, const c18n_import *import)
{
    char where[128];
    struct words words = {import->references, " "};
    const char *name;
    size_t length;
    print_into(where, sizeof where, "import %s, .fields", import->kind);
    judge_fields(check, where, &import->fields);
    while (words_next(&words, &name, &length)) {
        bool found = false;
        for (uint32_t i = 0; i < import->fields.count; i++) {
            const char *field = text_at(&import->fields, i, offsetof(c18n_field, name));
            found |= field && words_equal(name, length, field);
        }
        if (!found)
            check_fail(check, CHECK_NAMES, "import %s: references name \"%.*s\", which is no field of it", import->kind,
                       (int)length, name);
    }
}

static void judge_verb(struct check *check, const c18n_verb *verb)
{
    char where[128];
    print_into(where, sizeof where, "verb %s, .body", verb->kind);
    judge_fields(check, where, &verb->body);
    print_into(where, sizeof where, "verb %s, .answer", verb->kind);
    judge_fields(check, where, &verb->answer);
}

static void judge_rows(struct check *check, const c18n_module *module)
{
    for (uint32_t i = 0; i < module->routes.count; i++) {
        c18n_route route;
        loader_item(&module->routes, i, &route, sizeof route);
        judge_route(check, &route);
    }
    for (uint32_t i = 0; i < module->verbs.count; i++) {
        c18n_verb verb;
        loader_item(&module->verbs, i, &verb, sizeof verb);
        judge_verb(check, &verb);
    }
    for (uint32_t i = 0; i < module->events.count; i++) {
        c18n_event_type event;
        char where[128];
        loader_item(&module->events, i, &event, sizeof event);
        print_into(where, sizeof where, "event %s, .fields", event.name);
        judge_fields(check, where, &event.fields);
    }
    for (uint32_t i = 0; i < module->imports.count; i++) {
        c18n_import import;
        loader_item(&module->imports, i, &import, sizeof import);
        judge_import(check, &import);
    }
}

static void judge_tables(struct check *check, const c18n_module *module)
{
    check_begin(check, CHECK_WORDS);
    check_begin(check, CHECK_NAMES);
    for (size_t i = 0; i < LENGTH_OF(tables); i++) {
        c18n_table table = table_at(module, tables[i].at);
        for (uint32_t row = 0; row < table.count; row++) {
            judge_name(check, &tables[i], &table, row);
            judge_help(check, &tables[i], &table, row);
        }
    }
    judge_rows(check, module);
    judge_prefixes(check, module);
    check_end(check, CHECK_NAMES, NULL);
    if (!module->summary[0])
        check_fail(check, CHECK_WORDS, "its summary is empty");
    check_end(check, CHECK_WORDS, NULL);
}

/* The host's own judgement of a section that stands in no file: only the defaults. */
static void judge_settings(struct check *check, const c18n_module *module)
{
    struct conf *conf = conf_new();
    struct text faults;
    check_begin(check, CHECK_SETTINGS);
    if (!conf)
        return;
    conf_bind(conf, module->id, &module->settings);
    text_init(&faults, check->arena, CHECK_WORDS_MOST);
    conf_faults(conf, &faults);
    if (faults.length > 0)
        check_fail(check, CHECK_SETTINGS, "%s", text_end(&faults));
    check_end(check, CHECK_SETTINGS, NULL);
    conf_free(conf);
}

/* Its hooks only run where the modules of their points are: the parent has them loaded. */
static void note_company(struct check *check, const c18n_module *module)
{
    char *company = check->shared->company;
    company[0] = '\0';
    for (uint32_t i = 0; i < module->hooks.count; i++) {
        const char *point = text_at(&module->hooks, i, offsetof(c18n_hook, point));
        size_t used = strlen(company), length = strcspn(point, ".");
        if (!words_has(company, point, length))
            print_into(company + used, sizeof check->shared->company - used, "%.*s ", (int)length, point);
    }
}

/* --- opening --- */

/* A handle's own libraries are searched, not those of this program, which happen to be there too. */
static void judge_symbols(struct check *check, void *handle)
{
    struct check_elf *elf = check->elf;
    if (elf->instrumented) {
        check_note(check, CHECK_SYMBOLS, "instrumented: not judged");
        return;
    }
    const char *end = elf->undefined.at + elf->undefined.length;
    for (const char *name = elf->undefined.at; name < end; name += strlen(name) + 1)
        if (!dlsym(handle, name))
            check_fail(check, CHECK_SYMBOLS, "none of its libraries has %s", name);
    check_end(check, CHECK_SYMBOLS, NULL);
}

static const c18n_module *open_it(struct check *check)
{
    check_begin(check, CHECK_SYMBOLS);
    check_doing(check, "opening it (its constructors run)");
    void *handle = dlopen(check->file, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        check_fail(check, CHECK_SYMBOLS, "the dynamic linker doesn't take it: %s", dlerror());
        return NULL;
    }
    judge_symbols(check, handle);
    check_begin(check, CHECK_DESCRIPTOR);
    const c18n_module *found = dlsym(handle, C18N_TEXT_OF(C18N_MODULE_SYMBOL));
    const char *rule = found ? descriptor_check(found, check->candidate) : "it must export its descriptor";
    if (rule) {
        check_fail(check, CHECK_DESCRIPTOR, "%s", rule);
        return NULL;
    }
    if (found->views.count > 0 && !found->apply)
        check_fail(check, CHECK_DESCRIPTOR, "it declares views and no .apply, so nothing would ever be in them");
    check_end(check, CHECK_DESCRIPTOR, NULL);
    return found;
}

void check_declared(struct check *check, void *arg)
{
    static c18n_module module; /* of the host's own size, zero past what the module has; in the child only */
    (void)arg;
    const c18n_module *found = open_it(check);
    if (!found)
        return;
    memcpy(&module, found, found->size < sizeof module ? found->size : sizeof module);
    judge_tables(check, &module);
    judge_settings(check, &module);
    note_company(check, &module);
}
