/* check_world.c: people, ids, and asking as one of the people. */
#include "kit/check_world.h"

#include "api/api.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/words.h"
#include "loader/loader.h"

#include <stdio.h>
#include <string.h>

static const char unknown_id[] = "01900000-0000-7000-8000-00000000dead";

/* --- people --- */

static const struct {
    const char *name, *roles, *words;
} casts[WHOS] = {
    [NOBODY] = {NULL, NULL, "nobody"},
    [ADA] = {"ada", "user", "a user"},
    [BEN] = {"ben", "user", "another user"},
    [ROOT] = {"root", "user admin", "an admin"},
};

const char *world_who(enum who who)
{
    return casts[who].words;
}

static void make_person(struct world *world, enum who who)
{
    char name[32];
    snprintf(name, sizeof name, "%s%u", casts[who].name, ++world->people_made);
    world->people[who] = c18n_test_person_new(world->test, name, casts[who].roles);
}

void world_begin_anew(struct world *world)
{
    world->id_count = 0;
    for (enum who who = ADA; who < WHOS; who++)
        make_person(world, who);
}

/* --- ids --- */

static const struct world_known *known_find(const struct world_known *known, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    return NULL;
}

/* The first one stays: what hangs on it was made under it. */
static void known_add(struct world *world, struct world_known *known, size_t *count, const char *name, size_t length,
                      const char *value)
{
    const char *copy = arena_copy(world->source.arena, name, length);
    if (!copy || known_find(known, *count, copy) || *count == WORLD_KNOWN_MOST)
        return;
    known[(*count)++] = (struct world_known){copy, arena_copy(world->source.arena, value, strlen(value))};
}

/* NULL: nothing of that name has been made. */
static const char *world_id(struct world *world, const char *name)
{
    if (strcmp(name, "user") == 0 || strcmp(name, "by") == 0)
        return world->user ? world->user : world->people[ADA].id;
    const struct world_known *known = known_find(world->ids, world->id_count, name);
    return known ? known->value : NULL;
}

static const char *source_id(void *arg, const char *name)
{
    const char *id = world_id(arg, name);
    return id ? id : unknown_id;
}

static const char *source_value(void *arg, const char *name)
{
    struct world *world = arg;
    const struct world_known *known = known_find(world->values, world->value_count, name);
    return known ? known->value : NULL;
}

/* A route's path without its last parameter and a last "new": the collection that it is about. */
static size_t collection_length(const char *path)
{
    size_t length = strlen(path);
    if (length > 0 && path[length - 1] == '/')
        length--;
    return length >= 4 && strncmp(path + length - 4, "/new", 4) == 0 ? length - 4 : length;
}

/* The last literal part: "posts" of "/communities/{community}/posts". */
static const char *last_part(const char *path, size_t length, size_t *ret_length)
{
    size_t from = length;
    while (from > 0 && path[from - 1] != '/')
        from--;
    *ret_length = length - from;
    return path + from;
}

/* For each parameter that follows a collection of that name in some route: "posts" → "post". */
static void learn_for(struct world *world, const char *part, size_t part_length, const char *id)
{
    for (size_t i = 0; i < api_route_count(world->server->api); i++) {
        const char *path = api_route(world->server->api, i)->declared.path;
        for (const char *at = path; (at = strchr(at, '{')) != NULL; at++) {
            size_t length;
            const char *before = last_part(path, (size_t)(at - path) - 1, &length);
            if (length == part_length && strncmp(before, part, length) == 0)
                known_add(world, world->ids, &world->id_count, at + 1, strcspn(at + 1, "}"), id);
        }
    }
}

static void learn_ids(struct world *world, const struct question *question, const c18n_doc *doc)
{
    const char *path = question->route->declared.path, *id = c18n_text(doc, "_id");
    size_t length;
    const char *part = last_part(path, collection_length(path), &length);
    if (id && *part != '{')
        learn_for(world, part, length, id);
}

/* Texts that were taken and are asked for again: a name and a password, to log in. */
static void learn_values(struct world *world, const char *body)
{
    const c18n_doc *doc;
    const char *why;
    struct json_walk walk;
    struct json_member member;
    if (!body || json_parse(&world->server->host, world->source.arena, body, strlen(body), &doc, &why) != C18N_OK)
        return;
    json_walk_begin(&walk, doc);
    while (json_walk_next(&walk, &member)) {
        const char *value = json_unescape(world->source.arena, member.value, member.value_length);
        if (value)
            known_add(world, world->values, &world->value_count, member.name, member.name_length, value);
    }
}

void world_learn(struct world *world, const struct question *question, const c18n_test_answer *answer)
{
    if (answer->status < 200 || answer->status > 299)
        return;
    if (strcmp(question->route->declared.method, "POST") == 0) {
        learn_ids(world, question, answer->doc);
        learn_values(world, question->body);
    } else if (answer->length > 0 && answer->body[0] == '[' && c18n_test_count(answer) > 0) {
        learn_ids(world, question, c18n_test_item(answer, 0));
    }
}

void world_know(struct world *world, const char *name, const char *id)
{
    size_t kept = 0;
    for (size_t i = 0; i < world->id_count; i++)
        if (strcmp(world->ids[i].name, name) != 0)
            world->ids[kept++] = world->ids[i];
    world->id_count = kept;
    known_add(world, world->ids, &world->id_count, name, strlen(name), id);
}

void world_forget(struct world *world, const struct route *route)
{
    const char *last = strrchr(route->declared.path, '{');
    size_t kept = 0, length = last ? strcspn(last + 1, "}") : 0;
    for (size_t i = 0; i < world->id_count; i++)
        if (!last || !words_equal(last + 1, length, world->ids[i].name))
            world->ids[kept++] = world->ids[i];
    world->id_count = kept;
}

/* --- opening --- */

/* One section as conf.d would have it: what --set says of it, then what the step wants. */
static void add_section(struct check *check, const char *section, size_t length, const struct world_options *options,
                        struct text *out)
{
    bool is_own = words_equal(section, length, check->id), is_core = words_equal(section, length, "core");
    text_print(out, "%.*s {\n%s", (int)length, section, is_core ? "    rate_limit = 0\n    socket_rate = 0\n" : "");
    for (size_t i = 0; i < check->set_count; i++) {
        const char *set = check->sets[i], *equals = strchr(set, '=');
        bool overridden = false;
        if (strncmp(set, section, length) != 0 || set[length] != '.')
            continue;
        const char *key = set + length + 1;
        for (size_t j = 0; is_own && j < options->setting_count; j++)
            overridden |= words_equal(key, (size_t)(equals - key), options->settings[j].name);
        if (!overridden)
            text_print(out, "    %.*s = \"%s\"\n", (int)(equals - key), key, equals + 1);
    }
    for (size_t i = 0; is_own && i < options->setting_count; i++)
        text_print(out, "    %s = \"%s\"\n", options->settings[i].name, options->settings[i].value);
    text_add_text(out, "}\n");
}

const char *world_settings(struct check *check, struct arena *arena, const struct world_options *options)
{
    struct text out;
    text_init(&out, arena, 0);
    add_section(check, "core", 4, options, &out);
    add_section(check, check->id, strlen(check->id), options, &out);
    for (size_t i = 0; i < check->set_count; i++) {
        const char *section = check->sets[i];
        size_t length = strcspn(section, ".");
        bool done = words_equal(section, length, "core") || words_equal(section, length, check->id);
        for (size_t j = 0; j < i; j++)
            done |= strncmp(check->sets[j], section, length + 1) == 0;
        if (!done)
            add_section(check, section, length, options, &out);
    }
    return text_end(&out);
}

bool world_open(struct check *check, const struct world_options *options, struct world *ret_world, const char **ret_why)
{
    struct world *world = ret_world;
    *world = (struct world){.check = check, .source = {.arena = arena_new(0), .id = source_id, .known = source_value}};
    world->source.arg = world;
    const c18n_test_options host = {.modules = options->searches ? check->modules_and_index : check->modules,
                                    .settings = world_settings(check, world->source.arena, options),
                                    /* of a provider: what others do on it is undone */
                                    .fail_in = check->is_provider ? NULL : check->id,
                                    .fail_nth = options->fail_nth,
                                    .fail_code = C18N_UNAVAILABLE};
    world->test = c18n_test_open(&host, ret_why);
    if (!world->test) {
        arena_free(world->source.arena);
        return false;
    }
    world->failed_at_open = c18n_test_failed(world->test) != NULL;
    c18n_test_fail(world->test, 0, C18N_OK);
    /* The table that modules get is the head of their server (request/server.h). */
    world->server = (struct server *)(uintptr_t)c18n_test_self(world->test, check->id)->host;
    world->module = loader_find(world->server->loader, check->id);
    world->source.now = c18n_test_now(world->test);
    for (enum who who = ADA; who < WHOS; who++)
        make_person(world, who);
    return true;
}

void world_close(struct world *world)
{
    atomic_store(&world->check->shared->rule, CHECK_DRAIN); /* whose fault it is when this crashes */
    check_doing(world->check, "drain and stop");
    c18n_test_close(world->test);
    arena_free(world->source.arena);
    world->test = NULL;
}

/* --- asking --- */

static bool param_is_text(const struct route *route, uint32_t number)
{
    return route->free_text & 1u << number;
}

/* What may stand in a path as it is. */
static bool is_plain(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    return *text != '\0' && strspn(text, plain) == strlen(text);
}

static const char *param_value(struct world *world, const struct question *question, const char *name, uint32_t number)
{
    uint8_t bytes[16];
    const char *value = question->unknown_ids ? unknown_id : world_id(world, name);
    if (param_is_text(question->route, number)) {
        value = value ? value : source_value(world, name);
        return value && is_plain(value) ? value : "check";
    }
    if (value && codec_uuid_parse(value, bytes))
        return value;
    world->missing = name;
    return unknown_id;
}

const char *world_path(struct world *world, const struct question *question)
{
    struct text out;
    uint32_t number = 0;
    text_init(&out, world->source.arena, 0);
    world->missing = NULL;
    for (const char *at = question->route->declared.path; *at; at++) {
        if (*at != '{') {
            text_add_char(&out, *at);
            continue;
        }
        size_t length = strcspn(at, "}");
        const char *name = arena_copy(world->source.arena, at + 1, length - 1);
        text_add_text(&out, param_value(world, question, name, number++));
        at += length;
    }
    text_print(&out, "%s%s", *question->query ? "?" : "", question->query);
    return text_end(&out);
}

static c18n_test_answer ask_once(struct world *world, const struct question *question, const char *path)
{
    const c18n_test_person *as = question->who == NOBODY ? NULL : &world->people[question->who];
    return c18n_test_ask(world->test, as, question->body, "%s %s", question->route->declared.method, path);
}

c18n_test_answer world_ask(struct world *world, const struct question *question)
{
    const c18n_route *route = &question->route->declared;
    check_doing(world->check, "%s %s as %s%s%s", route->method, route->path, world_who(question->who),
                *question->what ? ", " : "", question->what);
    if (route->flags & C18N_ROUTE_LOGIN)
        c18n_test_move(world->test, 61); /* they are counted by the minute */
    c18n_test_answer answer = ask_once(world, question, world_path(world, question));
    if (answer.status != 401 || question->who == NOBODY || world->failing || route->flags & C18N_ROUTE_LOGIN)
        return answer;
    make_person(world, question->who); /* logged out, or gone, by what was asked before */
    return ask_once(world, question, world_path(world, question));
}
