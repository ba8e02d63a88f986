/* Tests of core/ops/control*.c: a command runs in the server with its caller's descriptors, and only for friends. */
#include "fakes.h"

#include "ctl/ctl.h"
#include "ops/control_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static struct server server;
static sem_t begun;

/* Stands in for core/ctl: `echo` copies its input, `wait` waits until it is told to stop. */
int ctl_run(struct ctl_call *call)
{
    char bytes[64];
    if (strcmp(call->argv[0], "echo") == 0) {
        assert_null(call->argv[call->argc]);
        for (int i = 1; i < call->argc; i++)
            dprintf(call->out, "[%s]", call->argv[i]);
        ssize_t got = read(call->in, bytes, sizeof bytes);
        dprintf(call->out, "%.*s", (int)got, bytes);
        dprintf(call->error, "done");
        return 65;
    }
    sem_post(&begun);
    for (int i = 0; i < 4000 && !call->stopped(call); i++)
        usleep(5000);
    return call->stopped(call) ? 69 : 0;
}

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/c18n-control-XXXXXX");
    sem_init(&begun, 0, 0);
    server = (struct server){.state_dir = mkdtemp(folder)};
    struct text why;
    text_init(&why, NULL, 0);
    int code = control_listen(&server, &server.control, &why);
    text_free(&why);
    return code;
}

static int end(void **state)
{
    (void)state;
    __atomic_store_n(&server.stopping, true, __ATOMIC_RELEASE);
    control_close(server.control);
    return rmdir(folder); /* fails when the socket is left */
}

static void a_command_has_its_callers_descriptors(void **state)
{
    (void)state;
    int in[2], out[2], error[2], exit_code = -1;
    assert_int_equal(pipe(in) | pipe(out) | pipe(error), 0);
    assert_int_equal(write(in[1], "input", 5), 5);
    char *argv[] = {"echo", "a b", "", "c\nd", NULL};
    assert_int_equal(control_call(folder, 4, argv, (int[]){in[0], out[1], error[1]}, &exit_code), C18N_OK);
    assert_int_equal(exit_code, 65);
    char text[64] = "";
    assert_true(read(out[0], text, sizeof text - 1) > 0);
    assert_string_equal(text, "[a b][][c\nd]input");
    memset(text, 0, sizeof text);
    assert_true(read(error[0], text, sizeof text - 1) > 0);
    assert_string_equal(text, "done");
    close(out[1]);
    assert_int_equal(read(out[0], text, 1), 0); /* the server keeps no copy open */
    int all[] = {in[0], in[1], out[0], error[0], error[1]};
    for (size_t i = 0; i < 5; i++)
        close(all[i]);
}

static void the_socket_is_its_owners_alone(void **state)
{
    (void)state;
    char path[256];
    struct stat about;
    snprintf(path, sizeof path, "%s/control.sock", folder);
    assert_int_equal(stat(path, &about), 0);
    assert_true(S_ISSOCK(about.st_mode));
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void no_server_is_told_apart(void **state)
{
    (void)state;
    int exit_code = -1;
    char *argv[] = {"echo"};
    assert_int_equal(control_call("/tmp/there-is-no-such-folder-c18n", 1, argv, (int[]){0, 1, 2}, &exit_code),
                     C18N_NOT_FOUND);
    char longer[3000];
    memset(longer, 'x', sizeof longer);
    longer[0] = '/';
    longer[200] = '\0';
    assert_int_equal(control_call(longer, 1, argv, (int[]){0, 1, 2}, &exit_code), C18N_NOT_FOUND);
    char *large = malloc(CONTROL_BYTES + 1);
    memset(large, 'x', CONTROL_BYTES);
    large[CONTROL_BYTES] = '\0';
    argv[0] = large;
    assert_int_equal(control_call(folder, 1, argv, (int[]){0, 1, 2}, &exit_code), C18N_TOO_LARGE);
    assert_int_equal(control_call(folder, 0, argv, (int[]){0, 1, 2}, &exit_code), C18N_TOO_LARGE);
    assert_int_equal(exit_code, -1);
    free(large);
}

static void a_dead_servers_socket_is_replaced(void **state)
{
    (void)state;
    char place[] = "/tmp/c18n-control-dead-XXXXXX", path[256];
    struct server dead = {.state_dir = mkdtemp(place)};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(path, sizeof path, "%s/control.sock", place);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/control.sock", place);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd); /* the file stays */
    int exit_code;
    char *argv[] = {"echo"};
    assert_int_equal(control_call(place, 1, argv, (int[]){0, 1, 2}, &exit_code), C18N_NOT_FOUND);
    struct text why;
    text_init(&why, NULL, 0);
    assert_int_equal(control_listen(&dead, &dead.control, &why), C18N_OK);
    struct control *second = NULL;
    assert_int_equal(control_listen(&dead, &second, &why), C18N_BUSY); /* a living one is not */
    assert_non_null(strstr(text_end(&why), "control.sock"));
    assert_null(second);
    control_close(dead.control);
    control_close(NULL);
    assert_int_equal(rmdir(place), 0);
    text_free(&why);
}

static void a_long_folder_name_works(void **state)
{
    (void)state;
    char place[64] = "/tmp/c18n-control-long-XXXXXX", deep[400];
    assert_non_null(mkdtemp(place));
    snprintf(deep, sizeof deep, "%s/%0150d", place, 7);
    assert_int_equal(mkdir(deep, 0700), 0);
    struct server other = {.state_dir = deep};
    struct text why;
    text_init(&why, NULL, 0);
    assert_int_equal(control_listen(&other, &other.control, &why), C18N_OK);
    int exit_code = -1, null = open("/dev/null", O_RDWR);
    char *argv[] = {"echo"};
    assert_int_equal(control_call(deep, 1, argv, (int[]){null, null, null}, &exit_code), C18N_OK);
    assert_int_equal(exit_code, 65);
    close(null);
    control_close(other.control);
    assert_int_equal(rmdir(deep), 0);
    assert_int_equal(rmdir(place), 0);
}

static int raw_connection(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/control.sock", folder);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const struct control_ask asks[] = {
        {CONTROL_MAGIC, 1, 5}, /* without descriptors */
        {0x12345678, 1, 5},
        {CONTROL_MAGIC, 0, 0},
        {CONTROL_MAGIC, 100000, 5},
    };
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
        struct control_reply reply = {0};
        int fd = raw_connection();
        assert_int_equal(send(fd, &asks[i], sizeof asks[i], 0), sizeof asks[i]);
        assert_int_equal(recv(fd, &reply, sizeof reply, MSG_WAITALL), sizeof reply);
        assert_int_equal(reply.code, C18N_BAD_REQUEST);
        close(fd);
    }
}

struct caller {
    pthread_t thread;
    int code, exit_code;
};

static void *call_wait(void *arg)
{
    struct caller *caller = arg;
    char *argv[] = {"wait"};
    caller->code = control_call(folder, 1, argv, (int[]){0, 1, 2}, &caller->exit_code);
    return NULL;
}

static void the_ninth_at_once_is_refused_and_a_stop_ends_the_rest(void **state)
{
    (void)state;
    struct caller callers[8] = {0};
    for (int i = 0; i < 8; i++) {
        assert_int_equal(pthread_create(&callers[i].thread, NULL, call_wait, &callers[i]), 0);
        sem_wait(&begun);
    }
    int exit_code = -1;
    char *argv[] = {"wait"};
    assert_int_equal(control_call(folder, 1, argv, (int[]){0, 1, 2}, &exit_code), C18N_BUSY);
    assert_int_equal(exit_code, -1);
    __atomic_store_n(&server.stopping, true, __ATOMIC_RELEASE);
    for (int i = 0; i < 8; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].code, C18N_OK);
        assert_int_equal(callers[i].exit_code, 69);
    }
}

/* The test ends only when the command does: control_close waits for it. */
static void a_caller_that_is_gone_stops_its_command(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct caller caller = {0};
        call_wait(&caller);
        _exit(0);
    }
    sem_wait(&begun);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    struct caller again[8] = {0}; /* its place is free again: eight run at once */
    for (int i = 0; i < 7; i++) {
        assert_int_equal(pthread_create(&again[i].thread, NULL, call_wait, &again[i]), 0);
        sem_wait(&begun);
    }
    int exit_code = 0, code = C18N_BUSY;
    for (int i = 0; i < 200 && code == C18N_BUSY; i++) {
        int null = open("/dev/null", O_RDWR);
        char *argv[] = {"echo"};
        code = control_call(folder, 1, argv, (int[]){null, null, null}, &exit_code);
        close(null);
        usleep(5000);
    }
    assert_int_equal(code, C18N_OK);
    __atomic_store_n(&server.stopping, true, __ATOMIC_RELEASE);
    for (int i = 0; i < 7; i++)
        pthread_join(again[i].thread, NULL);
}

static void on_signal(int signal)
{
    (void)signal;
}

static void an_interrupted_caller_still_hears_the_end(void **state)
{
    (void)state;
    struct caller caller = {0};
    sigaction(SIGUSR2, &(struct sigaction){.sa_handler = on_signal}, NULL);
    assert_int_equal(pthread_create(&caller.thread, NULL, call_wait, &caller), 0);
    sem_wait(&begun);
    usleep(20000); /* so that it waits for its reply; earlier is no harm, but tests less */
    pthread_kill(caller.thread, SIGUSR2);
    pthread_join(caller.thread, NULL);
    assert_int_equal(caller.code, C18N_OK);
    assert_int_equal(caller.exit_code, 69);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_command_has_its_callers_descriptors, begin, end),
        cmocka_unit_test_setup_teardown(the_socket_is_its_owners_alone, begin, end),
        cmocka_unit_test_setup_teardown(no_server_is_told_apart, begin, end),
        cmocka_unit_test(a_dead_servers_socket_is_replaced),
        cmocka_unit_test(a_long_folder_name_works),
        cmocka_unit_test_setup_teardown(nonsense_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(the_ninth_at_once_is_refused_and_a_stop_ends_the_rest, begin, end),
        cmocka_unit_test_setup_teardown(an_interrupted_caller_still_hears_the_end, begin, end),
        cmocka_unit_test_setup_teardown(a_caller_that_is_gone_stops_its_command, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
