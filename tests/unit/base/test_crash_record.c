/* Tests of core/base/crash_record.c and crash_line.c: what is written is read again, whatever else is in the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/crash_line.h"
#include "base/crash_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANY = 4000 };

static char folder[64], path[96];

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/c18n-record-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/crashes", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void put(const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

struct read {
    size_t count;
    char newest[512];
};

static void take(void *arg, const struct crash_record *record)
{
    struct read *read = arg;
    read->count++;
    snprintf(read->newest, sizeof read->newest, "%lld|%s|%s|%s|%s", (long long)record->at_ms, record->module,
             record->stage, record->signal, record->route);
}

static struct read read_all(void)
{
    struct read read = {.count = 0};
    assert_int_equal(crash_record_each(folder, take, &read), 0);
    return read;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    assert_int_equal(read_all().count, 0); /* no file is no fault */
    int fd = crash_record_open(folder);
    assert_true(fd >= 0);
    assert_int_equal(read_all().count, 0);
    crash_record_write(fd, &(struct crash_record){1700000000123, "posts", "hook", "SIGSEGV", "a\tb\nc"});
    assert_string_equal(read_all().newest, "1700000000123|posts|hook|SIGSEGV|a?b?c");
    crash_record_write(fd, &(struct crash_record){-5, "core", NULL, "hang", NULL});
    assert_string_equal(read_all().newest, "-5|core|-|hang|-");
    assert_int_equal(crash_record_forgive(folder, "posts", 7), 0);
    assert_string_equal(read_all().newest, "7|posts|-|forgiven|-");
    assert_int_equal(read_all().count, 3);
    close(fd);
}

static void broken_lines_are_passed_over(void **state)
{
    (void)state;
    put("\n\t\t\t\t\nx\tposts\thandle\tSIGSEGV\t-\n12x\ta\tb\tc\td\n99999999999999999999\ta\tb\tc\td\n1\ta\tb\tc\n"
        "3\tposts\thandle\tSIGSEGV\tGET /\twith a tab\n4\tposts\thandle\tSIGSEGV\tbroken o");
    assert_string_equal(read_all().newest, "3|posts|handle|SIGSEGV|GET /\twith a tab");
    assert_int_equal(read_all().count, 1);
}

static void a_long_file_keeps_its_newest_lines(void **state)
{
    struct stat before, after;
    (void)state;
    int fd = crash_record_open(folder);
    for (int i = 0; i < MANY; i++)
        crash_record_write(fd, &(struct crash_record){i, "posts", "handle", "SIGSEGV", "GET /posts"});
    fstat(fd, &before);
    assert_true(before.st_size > CRASH_RECORDS_MOST);
    int again = crash_record_open(folder);
    fstat(fd, &after);
    assert_true(after.st_size <= CRASH_RECORDS_KEPT && after.st_size > CRASH_RECORDS_KEPT / 2);
    assert_string_equal(read_all().newest, "3999|posts|handle|SIGSEGV|GET /posts");
    crash_record_write(fd, &(struct crash_record){MANY, "posts", "handle", "SIGSEGV", "GET /"});
    assert_string_equal(read_all().newest, "4000|posts|handle|SIGSEGV|GET /"); /* by the older descriptor, too */
    close(fd);
    close(again);
}

static void what_cant_be_opened_is_said(void **state)
{
    (void)state;
    assert_int_equal(crash_record_open("/there/is/no/such/folder"), -1);
    assert_int_equal(errno, ENOENT);
    assert_true(crash_record_forgive("/there/is/no/such/folder", "posts", 0) < 0);
    char long_name[5000];
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_int_equal(crash_record_open(long_name), -1);
}

static void a_line_has_bounds(void **state)
{
    struct crash_line line = {.length = 0};
    (void)state;
    crash_line_hex(&line, UINTPTR_MAX);
    crash_line_number(&line, INT64_MIN);
    crash_line_number(&line, 0);
    assert_memory_equal(line.at, "0xffffffffffffffff-92233720368547758080", line.length);
    for (size_t i = 0; i < sizeof line.at; i++)
        crash_line_add(&line, "ab");
    assert_int_equal(line.length, sizeof line.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_lines_are_passed_over, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_file_keeps_its_newest_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cant_be_opened_is_said, setup, teardown),
        cmocka_unit_test(a_line_has_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
