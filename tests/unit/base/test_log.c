/* Tests of core/base/log.c: levels, forms, forged lines, a full ring, files that are rotated; and secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "c18n/abi.h"
#include "c18n/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int saved_error = -1;
static char path[] = "/tmp/c18n-log-XXXXXX";

/* Standard error goes into a file while `run` runs. Gives what was written. */
static char *captured(void (*run)(void))
{
    char name[] = "/tmp/c18n-stderr-XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    unlink(name);
    saved_error = dup(STDERR_FILENO);
    dup2(fd, STDERR_FILENO);
    run();
    dup2(saved_error, STDERR_FILENO);
    close(saved_error);
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)size + 1);
    assert_int_equal(pread(fd, text, (size_t)size, 0), size);
    close(fd);
    return text;
}

static char *contents(const char *name)
{
    int fd = open(name, O_RDONLY);
    assert_true(fd >= 0);
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)size + 1);
    assert_int_equal(pread(fd, text, (size_t)size, 0), size);
    close(fd);
    return text;
}

static void write_text_lines(void)
{
    assert_int_equal(log_start(&(struct log_options){.format = LOG_TEXT, .level = C18N_LOG_NOTICE, .access_path = ""}),
                     C18N_OK);
    log_line(C18N_LOG_NOTICE, "boot", "hello %d", 7);
    log_line(C18N_LOG_INFO, "boot", "too talkative");
    log_line(C18N_LOG_ERROR, "http", "evil\n2026-01-01T00:00:00.000Z notice  boot: forged\x1b[2J");
    log_access_line(&(struct log_access){.method = "GET", .path = "/nobody/wants/it", .status = 200});
    log_stop();
}

static void text_lines_can_not_be_forged(void **state)
{
    (void)state;
    char *text = captured(write_text_lines);
    assert_non_null(strstr(text, "Z notice  boot: hello 7\n"));
    assert_null(strstr(text, "talkative"));
    assert_null(strstr(text, "nobody"));
    assert_non_null(strstr(text, "Z error   http: evil\\x0a2026"));
    assert_non_null(strstr(text, "\\x1b[2J\n"));
    int lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    assert_int_equal(lines, 2);
    free(text);
}

static void write_json_lines(void)
{
    assert_int_equal(log_start(&(struct log_options){.format = LOG_JSON, .level = C18N_LOG_DEBUG, .access_path = "-"}),
                     C18N_OK);
    log_line(C18N_LOG_DEBUG, "x", "quote \" and \xff");
    log_access_line(&(struct log_access){.method = "GET",
                                         .path = "/a\"b",
                                         .request_id = "r",
                                         .address = "::1",
                                         .user = NULL,
                                         .route = "/a",
                                         .status = 404,
                                         .bytes = 12,
                                         .micros = 34});
    log_stop();
}

static void json_lines_are_json(void **state)
{
    (void)state;
    char *text = captured(write_json_lines);
    assert_non_null(
        strstr(text, "\"level\":\"debug\",\"source\":\"x\",\"message\":\"quote \\\" and \xef\xbf\xbd\"}\n"));
    assert_non_null(strstr(text,
                           "\"address\":\"::1\",\"user\":\"\",\"method\":\"GET\",\"path\":\"/a\\\"b\",\"route\":\"/a\","
                           "\"request_id\":\"r\",\"status\":404,\"bytes\":12,\"micros\":34}\n"));
    free(text);
}

static void access_lines_follow_a_rotation(void **state)
{
    (void)state;
    char old[64];
    int fd = mkstemp(path);
    close(fd);
    snprintf(old, sizeof old, "%s.1", path);
    assert_int_equal(log_start(&(struct log_options){.format = LOG_TEXT, .level = C18N_LOG_ERROR, .access_path = path}),
                     C18N_OK);
    log_access_line(&(struct log_access){.method = "GET", .path = "/first", .status = 200, .bytes = 1, .micros = 2});
    for (int i = 0; i < 500; i++) {
        struct stat about;
        if (stat(path, &about) == 0 && about.st_size > 0)
            break;
        usleep(10000);
    }
    assert_int_equal(rename(path, old), 0);
    log_reopen();
    for (int i = 0; i < 500 && access(path, F_OK) != 0; i++)
        usleep(10000);
    log_access_line(&(struct log_access){.method = "PUT", .path = "/second\"", .status = 500, .user = "u"});
    log_stop();
    char *before = contents(old), *after = contents(path);
    assert_non_null(strstr(before, " - - \"GET /first\" 200 1 2 - -\n"));
    assert_non_null(strstr(after, " - u \"PUT /second\\x22\" 500 0 0 - -\n"));
    assert_null(strstr(after, "first"));
    free(before);
    free(after);
    unlink(old);
    unlink(path);
}

static void a_log_that_can_not_be_opened_says_so(void **state)
{
    (void)state;
    assert_int_equal(log_start(&(struct log_options){.access_path = "/nowhere/at/all"}), C18N_IO);
    log_stop(); /* nothing to stop */
}

static int blocked_pipe[2];

static void *write_many(void *arg)
{
    (void)arg;
    for (int i = 0; i < 6000; i++)
        log_line(C18N_LOG_ERROR, "test", "line %d of a log that nobody reads", i);
    return NULL;
}

static void write_to_nobody(void)
{
    dup2(blocked_pipe[1], STDERR_FILENO);
    uint64_t before = log_dropped();
    assert_int_equal(log_start(&(struct log_options){.level = C18N_LOG_ERROR, .access_path = ""}), C18N_OK);
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, write_many, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL); /* no writer is held up */
    assert_true(log_dropped() > before);
    uint64_t dropped = log_dropped();
    log_stop(); /* gives up what can't be written */
    assert_true(log_dropped() > dropped);
}

static void a_blocked_reader_holds_nobody_up(void **state)
{
    (void)state;
    assert_int_equal(pipe(blocked_pipe), 0);
    free(captured(write_to_nobody));
    close(blocked_pipe[0]);
    close(blocked_pipe[1]);
}

static void secrets_are_kept_and_wiped(void **state)
{
    (void)state;
    struct secret secret = {NULL, 0};
    assert_int_equal(secret_set(&secret, "", 0), C18N_INVALID);
    assert_int_equal(secret_set(&secret, "hush", 4), C18N_OK);
    assert_memory_equal(secret.hidden, "hush", 4);
    assert_int_equal(secret_set(&secret, "another", 7), C18N_OK);
    assert_int_equal(secret.length, 7);
    secret_wipe(&secret);
    assert_null(secret.hidden);
    secret_wipe(&secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_lines_can_not_be_forged),     cmocka_unit_test(json_lines_are_json),
        cmocka_unit_test(access_lines_follow_a_rotation),   cmocka_unit_test(a_log_that_can_not_be_opened_says_so),
        cmocka_unit_test(a_blocked_reader_holds_nobody_up), cmocka_unit_test(secrets_are_kept_and_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
