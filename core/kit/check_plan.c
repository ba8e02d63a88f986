/* check_plan.c: the order of routes, and the ways to ask one. */
#include "kit/check_plan.h"

#include "api/api.h"
#include "base/words.h"

#include <stdlib.h>
#include <string.h>

static size_t depth_of(const struct plan_row *row)
{
    size_t depth = 0;
    for (const char *at = row->route->declared.path; (at = strchr(at, '{')) != NULL; at++)
        depth++;
    return depth;
}

/* What creates, what looks and changes, what deletes. */
static int stage_of(const struct plan_row *row)
{
    return plan_is(row, "POST") ? 0 : plan_is(row, "DELETE") ? 2 : 1;
}

static int row_order(const void *a, const void *b)
{
    const struct plan_row *first = a, *second = b;
    int by_stage = stage_of(first) - stage_of(second);
    int by_depth = (int)depth_of(first) - (int)depth_of(second);
    if (by_stage != 0)
        return by_stage;
    if (by_depth != 0)
        return stage_of(first) == 2 ? -by_depth : by_depth;
    return (int)first->route->number - (int)second->route->number;
}

/* A provider and a hook do their work in others' routes; one around all routes in all. */
static bool is_judged(const struct world *world, const struct route *route)
{
    const char *company = world->check->shared->company;
    if (!route->module || route->module == world->module || world->check->is_provider)
        return route->module != NULL;
    return words_has(company, "core", 4) || words_has(company, route->module->self.id, strlen(route->module->self.id));
}

static bool creates(const struct route *route)
{
    size_t length = strlen(route->declared.path);
    return strcmp(route->declared.method, "POST") == 0 && length > 4 &&
           strcmp(route->declared.path + length - 4, "/new") == 0;
}

struct plan *plan_new(struct world *world)
{
    struct plan *plan = arena_alloc(world->source.arena, sizeof *plan);
    if (!plan)
        return NULL;
    plan->world = world;
    for (size_t i = 0; i < api_route_count(world->server->api) && plan->count < WORLD_ROUTES_MOST; i++) {
        const struct route *route = api_route(world->server->api, i);
        if (route->module && (is_judged(world, route) || creates(route)))
            plan->rows[plan->count++] = (struct plan_row){.route = route, .judged = is_judged(world, route)};
    }
    qsort(plan->rows, plan->count, sizeof *plan->rows, row_order);
    return plan;
}

/* --- asking --- */

static bool names_user(const struct route *route)
{
    return strstr(route->declared.path, "{user}") != NULL;
}

static const char *user_of(const struct world *world, enum who who, bool for_other)
{
    enum who user = who == NOBODY ? ADA : who;
    if (for_other)
        user = user == BEN ? ADA : BEN;
    return world->people[user].id;
}

/* `kind` from INPUT_KINDS on: the ways of input_least_and. */
static struct question question_of(struct plan *plan, const struct plan_row *row, enum who who, unsigned kind,
                                   bool for_other)
{
    static const char *const words[INPUT_KINDS] = {"", "with the least that must be given", "with values as before"};
    struct world *world = plan->world;
    const c18n_route *route = &row->route->declared;
    world->user = user_of(world, who, for_other);
    if (kind >= INPUT_KINDS)
        return (struct question){.route = row->route,
                                 .who = who,
                                 .body = input_least_and(&world->source, &route->body, kind - INPUT_KINDS),
                                 .query = "",
                                 .what = "with the least and a little more"};
    return (struct question){.route = row->route,
                             .who = who,
                             .body = route->body.count ? input_valid(&world->source, &route->body, kind) : NULL,
                             .query = route->query.count ? input_query(&world->source, &route->query, kind) : "",
                             .what = route->body.count || route->query.count ? words[kind] : ""};
}

struct question plan_question(struct plan *plan, const struct plan_row *row)
{
    return question_of(plan, row, row->who, row->kind, row->for_other);
}

static void note_answer(struct plan *plan, struct plan_row *row, const struct question *question,
                        const c18n_test_answer *answer, unsigned kind, bool for_other)
{
    if (plan_succeeded(answer->status) && !row->served) {
        row->served = true;
        row->who = question->who;
        row->kind = kind;
        row->for_other = for_other;
    }
    if (question->who != NOBODY)
        row->last_status = answer->status;
    row->missing = plan->world->missing;
    world_learn(plan->world, question, answer);
    if (plan_succeeded(answer->status) && plan_is(row, "DELETE"))
        world_forget(plan->world, row->route);
}

static void ask_all(struct plan *plan, struct plan_row *row, unsigned kind, bool enough, plan_judge judge)
{
    for (unsigned other = 0; other <= names_user(row->route); other++)
        for (unsigned who = NOBODY; who < WHOS; who++) {
            if (enough && row->served)
                return;
            struct question question = question_of(plan, row, (enum who)who, kind, other);
            c18n_test_answer answer = world_ask(plan->world, &question);
            note_answer(plan, row, &question, &answer, kind, other);
            if (judge)
                judge(plan, row, &question, &answer);
        }
}

void plan_ask(struct plan *plan, struct plan_row *row, bool enough, plan_judge judge)
{
    const c18n_route *route = &row->route->declared;
    bool has_input = route->body.count > 0 || route->query.count > 0;
    for (unsigned kind = INPUT_WHOLE; kind < (has_input ? INPUT_KINDS : INPUT_LEAST); kind++)
        ask_all(plan, row, kind, enough, judge);
    for (unsigned kind = INPUT_KINDS; !row->served && !row->searched && !row->missing; kind++) {
        if (!input_least_and(&plan->world->source, &route->body, kind - INPUT_KINDS))
            return;
        ask_all(plan, row, kind, true, judge);
    }
}

/* --- a row that nobody was served --- */

static void ask_once(struct plan *plan, struct plan_row *row, struct question question)
{
    c18n_test_answer answer = world_ask(plan->world, &question);
    note_answer(plan, row, &question, &answer, row->kind, row->for_other);
}

static void begin_anew(struct plan *plan, const struct plan_row *except)
{
    world_begin_anew(plan->world);
    for (size_t i = 0; i < plan->count; i++) {
        struct plan_row *row = &plan->rows[i];
        if (row != except && row->served && creates(row->route))
            ask_once(plan, row, plan_question(plan, row));
    }
}

static void ask_everybody(struct plan *plan, struct plan_row *row)
{
    for (unsigned other = 0; other <= names_user(row->route); other++)
        for (unsigned who = ADA; who < WHOS; who++)
            ask_once(plan, row, question_of(plan, row, (enum who)who, INPUT_WHOLE, other));
}

/* What comes before may itself need something before it: a moderator is made of a member. */
static void ask_before(struct plan *plan, const struct plan_row *row, unsigned deep)
{
    enum { DEEPEST = 4 };
    if (!row->after || deep == DEEPEST)
        return;
    ask_before(plan, row->after, deep + 1);
    ask_everybody(plan, &plan->rows[row->after - plan->rows]);
}

void plan_prepare(struct plan *plan, const struct plan_row *row)
{
    begin_anew(plan, row);
    ask_before(plan, row, 0);
}

bool plan_search(struct plan *plan, struct plan_row *row, plan_judge judge)
{
    row->searched = true;
    if (plan->world->check->is_provider)
        return false;                                           /* it is not the routes that are checked */
    for (size_t i = 0; i <= plan->count && !row->served; i++) { /* the first time without any other */
        const struct plan_row *after = i > 0 ? &plan->rows[i - 1] : NULL;
        if (after && (after == row || !after->served || plan_is(after, "GET") || plan_is(after, "DELETE")))
            continue;
        row->after = after;
        plan_prepare(plan, row);
        plan_ask(plan, row, true, judge);
    }
    return row->served;
}
