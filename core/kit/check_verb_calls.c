/* check_verb_calls.c: of the calls that a verb makes into the host one fails, the first, the second, … and of those
 * that `opened` makes. What the client is then told must be in order. */
#include "data/data.h"
#include "kit/check_calls.h"
#include "kit/check_steps.h"
#include "kit/check_talk.h"

#include <stdio.h>
#include <string.h>

static const char went_on[] = "insufficient_storage"; /* the test host's for who didn't look at what c18n_emit gave */

static void judge_failing(struct talk *talk, const struct talk_row *row, const struct talk_answer *answer, uint64_t nth,
                          const char *failed, size_t events)
{
    struct check *check = talk->world->check;
    const c18n_verb *verb = &row->verb->declared;
    bool answered = *answer->kind || answer->closed != 0 || verb->flags & C18N_VERB_SILENT;
    bool is_write = row->verb->run == C18N_CLASS_WRITE, is_ack = strcmp(answer->kind, "ack") == 0;
    char what[256];
    snprintf(what, sizeof what, "%s on %s when call %llu, %s, fails", verb->kind, row->path->declared.path,
             (unsigned long long)nth, failed);
    if (!answered)
        check_fail(check, CHECK_CALLS, "%s: no answer", what);
    else if (strcmp(failed, "c18n_emit") == 0 && is_write && (is_ack || strcmp(answer->code, went_on) == 0))
        check_fail(check, CHECK_CALLS, "%s: it went on as if the event were there; the answer is %s %s", what,
                   answer->kind, answer->code);
    else if (is_write && !is_ack && events > 0)
        check_fail(check, CHECK_CALLS, "%s: the answer is %s %s, and %zu events remain", what, answer->kind,
                   answer->code, events);
}

/* False: there were fewer calls, so it was an ordinary frame. */
static bool send_failing(struct talk *talk, struct talk_row *row, uint64_t nth)
{
    struct world *world = talk->world;
    struct talk_answer answer;
    char what[64];
    snprintf(what, sizeof what, "call %llu failing", (unsigned long long)nth);
    if (!talk_socket(talk, row->path, row->who))
        return false;
    const char *members = talk_input_again(talk, row);
    uint64_t before = data_position(world->server->data);
    c18n_test_fail(world->test, nth, C18N_UNAVAILABLE);
    bool sent = talk_send(talk, row, row->who, members, what, &answer);
    const char *failed = c18n_test_failed(world->test);
    c18n_test_fail(world->test, 0, C18N_OK);
    if (sent && failed)
        judge_failing(talk, row, &answer, nth, failed, calls_events_since(world, before));
    return sent && failed;
}

static void fail_verb(struct talk *talk, struct talk_row *row, struct tally *tally)
{
    uint64_t nth = 1;
    talk_make(talk, row);
    while (nth <= CALLS_MOST && !tally_is_over(tally) && send_failing(talk, row, nth)) {
        nth++;
        tally->runs++;
    }
    tally->cut += nth > CALLS_MOST || tally_is_over(tally);
}

/* Whatever a failing `opened` gives is in order, as long as the socket is closed or greeted. */
static void fail_opened(struct world *world, const struct live_path *path, struct tally *tally)
{
    bool failed = true;
    for (uint64_t nth = 1; failed && nth <= CALLS_MOST && !tally_is_over(tally); nth++) {
        check_doing(world->check, "connecting to %s, call %llu failing", path->declared.path, (unsigned long long)nth);
        c18n_test_fail(world->test, nth, C18N_UNAVAILABLE);
        c18n_test_socket *socket = c18n_test_connect(world->test, &world->people[ADA], path->declared.path, NULL);
        failed = c18n_test_failed(world->test) != NULL;
        c18n_test_fail(world->test, 0, C18N_OK);
        if (socket && c18n_test_closed(socket) == 0 && !c18n_test_received(socket))
            check_fail(world->check, CHECK_CALLS, "%s when call %llu fails: neither hello nor a close",
                       path->declared.path, (unsigned long long)nth);
        if (socket)
            c18n_test_hang_up(socket);
        tally->runs += failed;
    }
}

static void fail_all_opened(struct world *world, struct tally *tally)
{
    const struct live_path *path;
    for (size_t i = 0; (path = live_path_at(world->server->live, i)) != NULL; i++)
        if (path->module == world->module)
            fail_opened(world, path, tally);
}

void check_verb_calls(struct check *check, void *arg)
{
    static struct world world;
    (void)arg;
    check_begin(check, CHECK_CALLS);
    struct tally tally = tally_begin(check);
    struct plan *plan = check_world_made(check, CHECK_CALLS, &world);
    struct talk *talk = plan ? talk_new(&world) : NULL;
    size_t tried = 0;
    if (!talk)
        return;
    if (atomic_load(&check->shared->progress) == 0)
        fail_all_opened(&world, &tally);
    talk_all(talk, true, NULL);
    for (size_t i = atomic_load(&check->shared->progress); i < talk->count; i++) {
        atomic_store(&check->shared->progress, (unsigned)i);
        if (!talk->rows[i].judged)
            continue;
        if (!talk->rows[i].served)
            talk->rows[i].who = ROOT;
        fail_verb(talk, &talk->rows[i], &tally);
        tried++;
    }
    if (tally.cut > 0)
        check_note(check, CHECK_CALLS, "cut after %llu frames: %llu of %zu verbs not tried to the end",
                   (unsigned long long)tally.runs, (unsigned long long)tally.cut, tried);
    check_end(check, CHECK_CALLS, "%s: %llu frames of %zu verbs", check_rules[CHECK_CALLS].kept,
              (unsigned long long)tally.runs, tried);
    world_close(&world);
}
