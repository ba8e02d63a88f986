/* check_routes.c: every route, asked by everybody, with valid input and with broken input. */
#include "kit/check_answers.h"
#include "kit/check_steps.h"

#include "loader/loader.h"

#include <stdio.h>
#include <string.h>

/* --- valid input --- */

static void judge_valid(struct plan *plan, struct plan_row *row, const struct question *question,
                        const c18n_test_answer *answer)
{
    if (row->judged && answer_status(plan->world, CHECK_ROUTES, question, answer))
        answer_members(plan->world, question, answer);
}

static void note_unserved(struct plan *plan, const struct plan_row *row)
{
    const c18n_route *route = &row->route->declared;
    if (row->missing)
        check_note(plan->world->check, CHECK_ROUTES, "%s %s: no route makes a {%s}, so it was asked for none that is",
                   route->method, route->path, row->missing);
    else
        check_note(plan->world->check, CHECK_ROUTES,
                   "%s %s: nobody got a 2xx, the last answer was %d; it is half tried", route->method, route->path,
                   row->last_status);
}

/* In order, then backwards: what one route needs, another one may only make later, or have ended by then. */
static void ask_valid(struct plan *plan)
{
    for (size_t i = 0; i < 2 * plan->count; i++) {
        struct plan_row *row = &plan->rows[i < plan->count ? i : 2 * plan->count - 1 - i];
        if (!row->served && !plan_is(row, "DELETE")) /* their turn is after the broken input */
            plan_ask(plan, row, !row->judged, judge_valid);
    }
    for (size_t i = 0; i < plan->count; i++)
        if (plan->rows[i].judged && !plan->rows[i].served && !plan_is(&plan->rows[i], "DELETE"))
            plan_search(plan, &plan->rows[i], judge_valid);
}

void check_deletes(struct plan *plan)
{
    atomic_store(&plan->world->check->shared->rule, CHECK_ROUTES);
    size_t judged = 0, served = 0;
    for (size_t i = 0; i < plan->count; i++) {
        struct plan_row *row = &plan->rows[i];
        if (plan_is(row, "DELETE"))
            plan_ask(plan, row, !row->judged, judge_valid);
        if (row->judged && !row->served)
            plan_search(plan, row, judge_valid);
        judged += row->judged;
        served += row->judged && row->served;
        if (row->route->module == plan->world->module && !row->served)
            note_unserved(plan, row);
    }
    check_end(plan->world->check, CHECK_ROUTES, "%s: %zu routes, %zu of them to the end",
              check_rules[CHECK_ROUTES].kept, judged, served);
    check_end(plan->world->check, CHECK_ANSWERS, NULL);
}

/* --- broken input --- */

static void judge_broken(struct plan *plan, const struct question *question, bool must_refuse)
{
    struct world *world = plan->world;
    c18n_test_answer answer = world_ask(world, question);
    const c18n_route *route = &question->route->declared;
    if (answer_status(world, CHECK_BAD_INPUT, question, &answer) && must_refuse && plan_succeeded(answer.status))
        check_fail(world->check, CHECK_BAD_INPUT, "%s %s %s: %d, and the table says no\nbody: %.300s", route->method,
                   route->path, question->what, answer.status, question->body ? question->body : "");
}

static void break_body(struct plan *plan, const struct plan_row *row)
{
    struct input_broken broken;
    const c18n_table *fields = &row->route->declared.body;
    for (unsigned number = 0; input_broken(&plan->world->source, fields, number, &broken); number++) {
        struct question question = plan_question(plan, row);
        if (!broken.json)
            continue;
        question.body = broken.json;
        question.what = broken.what;
        judge_broken(plan, &question, broken.must_refuse);
    }
    static const char *const bodies[] = {"{}", "[]", "null", "{\"a\":", ""};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct question question = plan_question(plan, row);
        question.body = bodies[i];
        question.what = i == 0 ? "with an empty object" : *bodies[i] ? "with what is no object" : "with an empty body";
        judge_broken(plan, &question, i > 0 && *bodies[i]);
    }
}

static void break_query(struct plan *plan, const struct plan_row *row)
{
    static const char *const values[] = {"", "%22%27%3Cseventeen%3E%00", "-9223372036854775808", "a%2Cb%2C%2C",
                                         "%f0%9f%90%88"};
    const c18n_table *fields = &row->route->declared.query;
    char query[256];
    for (uint32_t i = 0; i < fields->count * (sizeof values / sizeof *values); i++) {
        c18n_field field;
        struct question question = plan_question(plan, row);
        loader_item(fields, i / (sizeof values / sizeof *values), &field, sizeof field);
        snprintf(query, sizeof query, "%.64s=%s", field.name, values[i % (sizeof values / sizeof *values)]);
        question.query = query;
        question.what = query;
        judge_broken(plan, &question, false);
    }
}

static void break_page(struct plan *plan, const struct plan_row *row)
{
    static const struct {
        const char *query;
        bool must_refuse;
    } pages[] = {{"limit=1", false},  {"limit=0", true},      {"limit=101", true},
                 {"limit=abc", true}, {"after=forged", true}, {"check_unknown=1", true}};
    bool is_page = row->route->declared.flags & C18N_ROUTE_PAGE;
    for (size_t i = 0; i < sizeof pages / sizeof *pages && is_page; i++) {
        struct question question = plan_question(plan, row);
        question.query = pages[i].query;
        question.what = pages[i].query;
        judge_broken(plan, &question, pages[i].must_refuse);
    }
}

static void break_ids(struct plan *plan, const struct plan_row *row)
{
    for (unsigned who = NOBODY; who < WHOS && strchr(row->route->declared.path, '{'); who++) {
        struct question question = plan_question(plan, row);
        question.who = (enum who)who;
        question.unknown_ids = true;
        question.what = "with ids of nothing";
        judge_broken(plan, &question, false);
    }
}

void check_routes(struct plan *plan)
{
    struct check *check = plan->world->check;
    check_begin(check, CHECK_ANSWERS);
    check_begin(check, CHECK_ROUTES);
    ask_valid(plan);
    check_begin(check, CHECK_BAD_INPUT);
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_row *row = &plan->rows[i];
        if (!row->judged)
            continue;
        break_ids(plan, row);
        if (row->route->declared.body.count > 0)
            break_body(plan, row);
        break_query(plan, row);
        break_page(plan, row);
    }
}
