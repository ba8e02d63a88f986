/* check_answers.c: is an answer what its route declares? The host's own words about a route, those of openapi.json, are
 * the measure for statuses; the field table is for members. */
#include "kit/check_answers.h"

#include "api/openapi.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/words.h"
#include "loader/loader.h"

#include <stdio.h>
#include <string.h>

/* --- statuses --- */

static bool is_declared(struct world *world, const struct route *route, int status)
{
    struct out *out = json_out_new(&world->server->host, world->source.arena);
    struct json_member responses, found;
    size_t length;
    char name[8];
    if (!out)
        return true;
    openapi_responses(world->server->api, route, &out->pub);
    const char *text = json_out_finish_text(out, &length);
    const c18n_doc *doc = text ? json_trusted(&world->server->host, world->source.arena, text, length) : NULL;
    if (!doc || !json_find(doc, "responses", &responses))
        return true;
    doc = json_trusted(&world->server->host, world->source.arena, responses.value, responses.value_length);
    snprintf(name, sizeof name, "%d", status);
    return !doc || json_find(doc, name, &found);
}

/* Without a search index there is no search; that is the host's answer. */
static bool is_host_fault(const c18n_test_answer *answer)
{
    return answer->status == 503 && strcmp(answer->problem, "search_unavailable") == 0;
}

bool answer_status(struct world *world, enum check_rule rule, const struct question *question,
                   const c18n_test_answer *answer)
{
    const c18n_route *route = &question->route->declared;
    const char *what = NULL;
    if (answer->status == 0)
        what = "it was left without an answer";
    else if (answer->status >= 500 && !is_host_fault(answer))
        what = "that is a fault of the server's side";
    else if (!is_declared(world, question->route, answer->status))
        what = "which is neither usual nor in its .fails";
    if (what)
        check_fail(world->check, rule, "%s %s as %s%s%s: %d %s, %s%s%.300s", route->method, route->path,
                   world_who(question->who), *question->what ? " " : "", question->what, answer->status,
                   answer->problem, what, question->body ? "\nbody: " : "", question->body ? question->body : "");
    return !what;
}

/* --- members --- */

static bool is_number(const struct json_member *member)
{
    return strchr("-0123456789", member->value[0]) != NULL;
}

static bool is_whole(const struct json_member *member)
{
    return is_number(member) && !memchr(member->value, '.', member->value_length);
}

static bool is_text(const struct json_member *member)
{
    return member->value[0] == '"';
}

static bool is_list(const struct json_member *member)
{
    return member->value[0] == '[';
}

static bool is_boolean(const struct json_member *member)
{
    return member->value[0] == 't' || member->value[0] == 'f';
}

static bool is_id(const struct json_member *member)
{
    char text[UUID_TEXT_SIZE];
    uint8_t id[16];
    if (member->value_length != UUID_TEXT_SIZE + 1)
        return false;
    memcpy(text, member->value + 1, UUID_TEXT_SIZE - 1);
    text[UUID_TEXT_SIZE - 1] = '\0';
    return codec_uuid_parse(text, id);
}

static bool is_link(const struct json_member *member)
{
    return member->value_length > 5 && strncmp(member->value + 1, "http", 4) == 0;
}

static bool is_anything(const struct json_member *member)
{
    return member->value_length > 0;
}

static const struct {
    bool (*fits)(const struct json_member *member);
    const char *what;
} types[] = {
    [C18N_FIELD_TEXT] = {is_text, "a text"},
    [C18N_FIELD_TEXTS] = {is_list, "a list of texts"},
    [C18N_FIELD_INTEGER] = {is_whole, "a whole number"},
    [C18N_FIELD_NUMBER] = {is_number, "a number"},
    [C18N_FIELD_BOOLEAN] = {is_boolean, "true or false"},
    [C18N_FIELD_TIME] = {is_whole, "a time in Unix seconds"},
    [C18N_FIELD_ID] = {is_id, "an id"},
    [C18N_FIELD_LINK] = {is_link, "an absolute URL"},
    [C18N_FIELD_OBJECT] = {is_anything, "anything"},
};

static bool find_field(const c18n_table *fields, const struct json_member *member, c18n_field *ret_field)
{
    for (uint32_t i = 0; i < fields->count; i++) {
        loader_item(fields, i, ret_field, sizeof *ret_field);
        if (words_equal(member->name, member->name_length, ret_field->name))
            return true;
    }
    return false;
}

/* Hooks of other modules may add members to a record that is shown. */
static bool find_added(const struct world *world, const struct json_member *member, c18n_field *ret_field)
{
    for (size_t i = 0; i < loader_count(world->server->loader); i++) {
        const c18n_table *hooks = &loader_at(world->server->loader, i)->descriptor->hooks;
        for (uint32_t j = 0; j < hooks->count; j++) {
            c18n_hook hook;
            loader_item(hooks, j, &hook, sizeof hook);
            if (find_field(&hook.fields, member, ret_field))
                return true;
        }
    }
    return false;
}

/* `name`: two words for who reads of it. */
static void judge_member(struct world *world, const char *const name[2], const c18n_table *fields,
                         const struct json_member *member)
{
    c18n_field field;
    const char *what = NULL;
    bool is_null = member->value_length == 4 && memcmp(member->value, "null", 4) == 0;
    if (!find_field(fields, member, &field) && !find_added(world, member, &field))
        what = "is not in its .answer";
    else if (is_null ? !(field.flags & C18N_NULLABLE) && field.type != C18N_FIELD_OBJECT
                     : field.type <= C18N_FIELD_OBJECT && !types[field.type].fits(member))
        what = is_null ? "is null, and not declared C18N_NULLABLE" : "is of another type than declared";
    if (what)
        check_fail(world->check, CHECK_ANSWERS, "%s %s: member %.*s %s: %.*s", name[0], name[1],
                   (int)member->name_length, member->name, what,
                   member->value_length > 80 ? 80 : (int)member->value_length, member->value);
}

static void judge_object(struct world *world, const struct route *route, const c18n_doc *doc)
{
    const char *const name[2] = {route->declared.method, route->declared.path};
    struct json_walk walk;
    struct json_member member;
    json_walk_begin(&walk, doc);
    while (json_walk_next(&walk, &member))
        judge_member(world, name, &route->declared.answer, &member);
}

void answer_ack(struct world *world, const c18n_verb *verb, const c18n_doc *ack)
{
    const char *const name[2] = {"the ack of", verb->kind};
    struct json_walk walk;
    struct json_member member;
    json_walk_begin(&walk, ack);
    while (json_walk_next(&walk, &member))
        if (!words_equal(member.name, member.name_length, "kind") &&
            !words_equal(member.name, member.name_length, "id"))
            judge_member(world, name, &verb->answer, &member);
}

static bool is_history(const c18n_route *route)
{
    return route->flags & C18N_ROUTE_PAGE && route->answer.count == 0; /* the events are the host's */
}

void answer_members(struct world *world, const struct question *question, const c18n_test_answer *answer)
{
    const c18n_route *route = &question->route->declared;
    if (answer->status != 200 || route->flags & C18N_ROUTE_STREAM || is_history(route))
        return;
    if (!(route->flags & C18N_ROUTE_PAGE) && answer->length > 0 && answer->body[0] == '[')
        check_fail(world->check, CHECK_ANSWERS, "%s %s: it answers an array, and its .flags have no C18N_ROUTE_PAGE",
                   route->method, route->path);
    if (!(route->flags & C18N_ROUTE_PAGE)) {
        judge_object(world, question->route, answer->doc);
        return;
    }
    if (answer->length == 0 || answer->body[0] != '[') {
        check_fail(world->check, CHECK_ANSWERS, "%s %s: it is declared a page, and answers no array", route->method,
                   route->path);
        return;
    }
    for (size_t i = 0; i < c18n_test_count(answer); i++)
        judge_object(world, question->route, c18n_test_item(answer, i));
}
