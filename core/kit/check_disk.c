/* check_disk.c: a storage whose disk takes no more: writes are refused in order, reads go on, and when there is room
 * again nothing that was acknowledged is lost. The disk is full by a limit on the size of this process's files. */
#include "kit/check_answers.h"
#include "kit/check_steps.h"

#include "loader/inside.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FULL_BYTES = 4096, WRITES = 8, RECOVERY_TURNS = 60, RECOVERY_STEP_US = 50000 };

static const struct plan_row *row_that(const struct plan *plan, const char *method)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_row *row = &plan->rows[i];
        uint32_t run = row->route->run;
        if (row->served && plan_is(row, method) && !(row->route->declared.flags & C18N_ROUTE_SESSION) &&
            (run == C18N_CLASS_WRITE || run == C18N_CLASS_READ))
            return row;
    }
    return NULL;
}

static int ask_row(struct plan *plan, const struct plan_row *row, const char *what)
{
    struct question question = plan_question(plan, row);
    question.what = what;
    return world_ask(plan->world, &question).status;
}

static void limit_files(bool full)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = full ? FULL_BYTES : limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* How many writes were refused. */
static size_t write_on_full_disk(struct plan *plan, const struct plan_row *writing, const struct plan_row *reading)
{
    struct check *check = plan->world->check;
    size_t refused = 0;
    limit_files(true);
    for (int i = 0; i < WRITES; i++) {
        int status = ask_row(plan, writing, "on a full disk");
        refused += status == 503 || status == 507;
        if (!plan_succeeded(status) && status != 503 && status != 507)
            check_fail(check, CHECK_DISK, "POST %s on a full disk: %d, which is neither 507 nor 503",
                       writing->route->declared.path, status);
    }
    int status = reading ? ask_row(plan, reading, "on a full disk") : 200;
    if (status != 200)
        check_fail(check, CHECK_DISK, "GET %s on a full disk: %d", reading->route->declared.path, status);
    limit_files(false);
    return refused;
}

static bool recovers(struct plan *plan, const struct plan_row *writing)
{
    for (int i = 0; i < RECOVERY_TURNS; i++) {
        if (plan_succeeded(ask_row(plan, writing, "when there is room again")))
            return true;
        usleep(RECOVERY_STEP_US);
    }
    return false;
}

void check_disk(struct check *check, void *arg)
{
    static struct world world;
    (void)arg;
    check_begin(check, CHECK_DISK);
    signal(SIGXFSZ, SIG_IGN); /* a write that is too much gives an error then */
    struct plan *plan = check_world_made(check, CHECK_DISK, &world);
    const struct plan_row *writing = plan ? row_that(plan, "POST") : NULL;
    if (!writing) {
        check_note(check, CHECK_DISK, "no module with a route that writes was found: not tried");
        return;
    }
    size_t refused = write_on_full_disk(plan, writing, row_that(plan, "GET"));
    if (refused > 0 && !recovers(plan, writing))
        check_fail(check, CHECK_DISK, "writes are still refused when there is room again");
    if (!c18n_test_replays_the_same(world.test))
        check_fail(check, CHECK_DISK, "after that, a replay makes other views");
    check_end(check, CHECK_DISK, "%s: %zu of %d writes were refused", check_rules[CHECK_DISK].kept, refused, WRITES);
    world_close(&world);
}

bool check_has_disk(const struct check *check)
{
    return names_service(check->candidate->module.provides, LENGTH_OF(check->candidate->module.provides), "storage.v1");
}
