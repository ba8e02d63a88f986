/* Tests of core/base/crash.c and thread.c: what a dying process says and notes. Each crash is a child's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/crash.h"
#include "base/crash_code.h"
#include "base/crash_record.h"
#include "base/thread.h"

#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[64];

struct end { /* of a child */
    int status;
    char said[65536];
    struct crash_record record;
    char text[4][256];
    size_t records;
};

static void take(void *arg, const struct crash_record *record)
{
    struct end *end = arg;
    const char *const words[] = {record->module, record->stage, record->signal, record->route};
    for (size_t i = 0; i < 4; i++)
        snprintf(end->text[i], sizeof end->text[i], "%s", words[i]);
    end->record = (struct crash_record){record->at_ms, end->text[0], end->text[1], end->text[2], end->text[3]};
    end->records++;
}

/* cmocka has handlers of its own, by which a child would go on as a second runner of tests. */
static void forget_handlers(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        signal(numbers[i], SIG_DFL);
}

/* Runs `crash` in a child that has the handler. */
static void run(void (*crash)(void), struct end *ret_end)
{
    int ends[2];
    *ret_end = (struct end){.status = 0};
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        forget_handlers();
        crash_install("tested");
        crash_note_in(crash_record_open(folder));
        crash();
        _exit(99);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got; length + 1 < sizeof ret_end->said; length += (size_t)got)
        if ((got = read(ends[0], ret_end->said + length, sizeof ret_end->said - 1 - length)) <= 0)
            break;
    close(ends[0]);
    assert_int_equal(waitpid(child, &ret_end->status, 0), child);
    assert_int_equal(crash_record_each(folder, take, ret_end), 0);
}

static void assert_died_of(const struct end *end, int number)
{
    assert_true(WIFSIGNALED(end->status));
    assert_int_equal(WTERMSIG(end->status), number);
}

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/c18n-crash-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    char path[96];
    (void)state;
    snprintf(path, sizeof path, "%s/crashes", folder);
    unlink(path);
    return rmdir(folder);
}

/* --- ways to die --- */

static int *volatile nowhere = (int *)4096; /* not NULL, of which a sanitizer would speak first */

static void touch(void)
{
    crumb_enter("posts", "handle", "GET /posts/{post}");
    *nowhere = 1;
}

static void touch_without_a_module(void)
{
    *nowhere = 1;
}

static void give_up(void)
{
    crumb_enter("posts", "hook", "users.\tafter\n");
    abort();
}

static void *touch_on_a_thread(void *arg)
{
    (void)arg;
    touch();
    return NULL;
}

static void touch_elsewhere(void)
{
    pthread_t thread;
    if (thread_start(&thread, "elsewhere", touch_on_a_thread, NULL) == 0)
        pthread_join(thread, NULL);
}

static int deeper(volatile char *above)
{
    volatile char here[2048];
    here[0] = *above;
    return nowhere ? deeper(here) + here[0] : 0; /* never ends */
}

static void *overflow(void *arg)
{
    volatile char bottom[1] = {0};
    crumb_enter("posts", "apply", "posts.created");
    return deeper(bottom) ? arg : NULL;
}

static void overflow_elsewhere(void)
{
    pthread_t thread;
    if (thread_start(&thread, "deep", overflow, NULL) == 0)
        pthread_join(thread, NULL);
}

static void in_a_child(void)
{
    pid_t child = fork();
    if (child == 0)
        touch();
    waitpid(child, NULL, 0);
    _exit(0);
}

static sem_t waiting;

static void *wait_for_ever(void *arg)
{
    crumb_enter("polls", "handle", "GET /polls");
    sem_post(&waiting);
    for (;;)
        pause();
    return arg;
}

static void interrupted(void)
{
    pthread_t thread;
    sem_init(&waiting, 0, 0);
    if (thread_start(&thread, "stuck", wait_for_ever, NULL) != 0)
        return;
    sem_wait(&waiting);
    crash_interrupt(thread);
    pthread_join(thread, NULL);
}

static void accused(void)
{
    crash_accuse(&(struct crumb){"polls", "handle", "GET /polls"});
}

static void sent_by_others(void)
{
    crumb_enter("posts", "handle", "GET /");
    kill(getpid(), SIGBUS);
}

static void with_a_broken_trail(void)
{
    crumb_enter("posts", "handle", (const char *)nowhere);
    abort();
}

/* --- what is said and noted --- */

static void assert_told(void (*crash)(void), int number, const char *name, const char *thread,
                        struct crash_record noted)
{
    struct end *end = malloc(sizeof *end);
    char line[256];
    assert_non_null(end);
    run(crash, end);
    assert_died_of(end, number);
    snprintf(line, sizeof line, "tested: crash: %s", name);
    assert_non_null(strstr(end->said, line));
    snprintf(line, sizeof line, " on the thread %s\n", thread);
    assert_non_null(strstr(end->said, line));
    snprintf(line, sizeof line, "tested: crash: guilty: the module %s, which was running\n", noted.module);
    if (strcmp(noted.module, CRASH_CORE) == 0)
        snprintf(line, sizeof line, "tested: crash: guilty: the host itself\n");
    assert_non_null(strstr(end->said, line));
    snprintf(line, sizeof line, "running: %s, stage %s, %s\n", noted.module, noted.stage, noted.route);
    assert_non_null(strstr(end->said, line));
    assert_non_null(strstr(end->said, "tested: crash: backtrace, innermost call first\n"));
    assert_string_equal(end->record.module, noted.module);
    assert_string_equal(end->record.stage, noted.stage);
    assert_string_equal(end->record.signal, name);
    assert_string_equal(end->record.route, noted.route);
    assert_true(llabs(end->record.at_ms - (int64_t)time(NULL) * 1000) < 60000);
    free(end);
}

static void every_end_is_told_and_noted(void **state)
{
    const struct crash_record posts = {.module = "posts", .stage = "handle", .route = "GET /posts/{post}"};
    const struct crash_record polls = {.module = "polls", .stage = "handle", .route = "GET /polls"};
    (void)state;
    assert_told(touch, SIGSEGV, "SIGSEGV", "base_test_crash", posts);
    assert_told(touch_elsewhere, SIGSEGV, "SIGSEGV", "elsewhere", posts);
    assert_told(touch_without_a_module, SIGSEGV, "SIGSEGV", "base_test_crash",
                (struct crash_record){0, "core", "-", "", "-"});
    assert_told(sent_by_others, SIGBUS, "SIGBUS", "base_test_crash",
                (struct crash_record){0, "posts", "handle", "", "GET /"});
    assert_told(interrupted, SIGABRT, "hang", "stuck", polls);
    assert_told(accused, SIGABRT, "hang", "base_test_crash", polls);
}

static void nobodys_name_makes_a_line_of_its_own(void **state)
{
    (void)state;
    assert_told(give_up, SIGABRT, "SIGABRT", "base_test_crash",
                (struct crash_record){0, "posts", "hook", "", "users.?after?"});
}

static void a_stack_that_ran_out_is_told_from_another(void **state)
{
    (void)state;
    assert_told(overflow_elsewhere, SIGSEGV, "SIGSEGV", "deep",
                (struct crash_record){0, "posts", "apply", "", "posts.created"});
}

static void a_childs_crash_is_its_parents_to_tell(void **state)
{
    struct end *before = calloc(1, sizeof *before), *end = malloc(sizeof *end);
    (void)state;
    assert_non_null(before);
    assert_non_null(end);
    assert_int_equal(crash_record_each(folder, take, before), 0);
    run(in_a_child, end);
    assert_int_equal(end->status, 0);
    assert_null(strstr(end->said, "crash:"));
    assert_int_equal(end->records, before->records);
    free(before);
    free(end);
}

static void a_step_that_crashes_is_passed_over(void **state)
{
    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* its runtime blocks all signals while a handler runs, so that a crash in there ends the process */
#endif
    struct end *end = malloc(sizeof *end);
    assert_non_null(end);
    run(with_a_broken_trail, end);
    assert_died_of(end, SIGSEGV); /* of the report itself */
    assert_null(strstr(end->said, "running:"));
    assert_non_null(strstr(end->said, "tested: crash: backtrace, innermost call first\n"));
    free(end);
}

static void code_is_known_by_its_file(void **state)
{
    const char *module = NULL;
    (void)state;
    crash_code_init();
    assert_int_equal(crash_code_owner((const void *)(uintptr_t)code_is_known_by_its_file, &module), OWNER_CORE);
    assert_int_equal(crash_code_owner(&folder, &module), OWNER_LIBRARY); /* data, so nobody's code */
    assert_int_equal(crash_code_owner(NULL, &module), OWNER_LIBRARY);
    crash_code_add("nothing", "/there/is/no/such/file.so");
    assert_null(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_end_is_told_and_noted),
        cmocka_unit_test(nobodys_name_makes_a_line_of_its_own),
        cmocka_unit_test(a_stack_that_ran_out_is_told_from_another),
        cmocka_unit_test(a_childs_crash_is_its_parents_to_tell),
        cmocka_unit_test(a_step_that_crashes_is_passed_over),
        cmocka_unit_test(code_is_known_by_its_file),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
