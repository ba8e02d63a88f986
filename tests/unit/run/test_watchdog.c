/* Tests of core/run/watchdog.c: a call that is long is told once, with its name, and told again when it is over. That
 * one which doesn't end ends the process is tested with a real server: tests/fault/test_blame.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/crumb.h"
#include "base/log.h"
#include "c18n/log.h"
#include "run/task.h"
#include "run/watchdog.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SHORT_CALLS = 2000 };

struct work {
    struct task task; /* must stay first */
    atomic_bool go_on, done;
};

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void long_call(struct task *task, void *context)
{
    struct work *work = (struct work *)(void *)task;
    (void)context;
    crumb_enter("posts", "handle", "GET /posts");
    crumb_enter("polls", "hook", "posts.before");
    while (!atomic_load(&work->go_on))
        nap();
    crumb_leave();
    crumb_leave();
    atomic_store(&work->done, true);
}

/* Together longer than what is told, and told of none. */
static void short_calls(struct task *task, void *context)
{
    struct work *work = (struct work *)(void *)task;
    (void)context;
    for (int i = 0; i < SHORT_CALLS; i++) {
        crumb_enter("users", "policy", "user");
        crumb_leave();
        if (i % 20 == 0)
            nap();
    }
    atomic_store(&work->done, true);
}

/* Reads what the log writes until the word is in it. */
static void read_until(int fd, char *said, size_t room, const char *word)
{
    size_t length = strlen(said);
    while (!strstr(said, word)) {
        ssize_t got = read(fd, said + length, room - 1 - length);
        assert_true(got > 0);
        length += (size_t)got;
        said[length] = '\0';
    }
}

static void long_calls_are_told(void **state)
{
    static char said[65536];
    const struct log_options options = {.format = LOG_TEXT, .level = C18N_LOG_INFO, .access_path = ""};
    struct work quick = {.task.run = short_calls}, slow = {.task.run = long_call};
    int ends[2], error = dup(STDERR_FILENO);
    (void)state;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    assert_int_equal(log_start(&options), 0);
    struct watchdog *watchdog = watchdog_start();
    struct loop *loop = loop_new(0);
    assert_non_null(watchdog);
    assert_int_equal(loop_start(loop), 0);

    loop_post(loop, &quick.task);
    loop_post(loop, &slow.task);
    read_until(ends[0], said, sizeof said, "polls: hook posts.before keeps an event thread for over 50 ms");
    assert_true(atomic_load(&quick.done));
    assert_false(atomic_load(&slow.done));
    atomic_store(&slow.go_on, true);
    read_until(ends[0], said, sizeof said, "polls: hook posts.before kept its event thread for about ");
    assert_null(strstr(said, "users"));
    assert_null(strstr(strstr(said, "keeps") + 1, "keeps")); /* once */

    loop_stop(loop);
    loop_join(loop);
    loop_free(loop);
    watchdog_stop(watchdog);
    watchdog_stop(NULL);
    log_stop();
    dup2(error, STDERR_FILENO);
    close(error);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_calls_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
