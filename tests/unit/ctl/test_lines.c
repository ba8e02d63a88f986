/* test_lines.c: lines in and out: plain, gzip, in many pieces, too long, cut off, and stopped. */
#include "ctl/ctl_lines.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static int turns_left; /* until `stopped` says so; -1: never */

static int stopped(struct ctl_call *call)
{
    (void)call;
    return turns_left == 0 || (turns_left > 0 && --turns_left == 0);
}

static struct ctl_call call = {.stopped = stopped};

static int forget_turns(void **state)
{
    (void)state;
    turns_left = -1;
    return 0;
}

static int file_with(const void *bytes, size_t length)
{
    char path[] = "/tmp/c18n-lines-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, bytes, length), length);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void assert_next(struct ctl_lines *lines, const char *wanted)
{
    const char *line = NULL;
    size_t length = 0;
    assert_int_equal(ctl_lines_next(lines, &line, &length), C18N_OK);
    assert_int_equal(length, strlen(wanted));
    assert_memory_equal(line, wanted, length);
}

static void assert_ends(struct ctl_lines *lines, int code)
{
    const char *line = NULL;
    size_t length = 0;
    assert_int_equal(ctl_lines_next(lines, &line, &length), code);
}

static void test_plain_lines(void **state)
{
    (void)state;
    const char text[] = "one\r\n\ntwo\nthree without an end";
    int fd = file_with(text, strlen(text));
    struct ctl_lines *lines = ctl_lines_open(&call, fd);
    assert_next(lines, "one");
    assert_next(lines, "");
    assert_next(lines, "two");
    assert_next(lines, "three without an end");
    assert_ends(lines, C18N_NOT_FOUND);
    assert_ends(lines, C18N_NOT_FOUND);
    ctl_lines_close(lines);
    close(fd);
}

/* Only the file's own first bytes are a mark; elsewhere they are somebody's text. */
static void test_a_byte_order_mark_is_no_part_of_the_first_line(void **state)
{
    (void)state;
    const char text[] = "\xEF\xBB\xBFone\r\n\xEF\xBB\xBFtwo\n", *only = "\xEF\xBB\xBF";
    int fd = file_with(text, strlen(text));
    struct ctl_lines *lines = ctl_lines_open(&call, fd);
    assert_next(lines, "one");
    assert_next(lines, "\xEF\xBB\xBFtwo");
    assert_ends(lines, C18N_NOT_FOUND);
    ctl_lines_close(lines);
    close(fd);
    fd = file_with(only, strlen(only));
    lines = ctl_lines_open(&call, fd);
    assert_next(lines, "");
    assert_ends(lines, C18N_NOT_FOUND);
    ctl_lines_close(lines);
    close(fd);
}

static void test_empty_and_one_byte(void **state)
{
    (void)state;
    for (size_t length = 0; length < 2; length++) {
        int fd = file_with("x", length);
        struct ctl_lines *lines = ctl_lines_open(&call, fd);
        if (length > 0)
            assert_next(lines, "x");
        assert_ends(lines, C18N_NOT_FOUND);
        ctl_lines_close(lines);
        close(fd);
    }
}

/* Line number N, of a length that makes lines lie across the edges of buffers. */
static size_t line_of(int number, char *ret_line)
{
    size_t length = (size_t)(number * 7919 % 3000);
    memset(ret_line, 'a' + number % 26, length);
    return length;
}

enum { MANY = 500 };

static void write_many(struct ctl_writer *writer)
{
    static char line[3001];
    for (int i = 0; i < MANY; i++) {
        size_t length = line_of(i, line);
        line[length] = '\n';
        assert_int_equal(ctl_writer_add(writer, line, length + 1), C18N_OK);
    }
    assert_int_equal(ctl_writer_finish(writer), C18N_OK);
    ctl_writer_free(writer);
}

static void assert_many(struct ctl_lines *lines)
{
    static char wanted[3001];
    for (int i = 0; i < MANY; i++) {
        const char *line = NULL;
        size_t length = 0;
        assert_int_equal(ctl_lines_next(lines, &line, &length), C18N_OK);
        assert_int_equal(length, line_of(i, wanted));
        assert_memory_equal(line, wanted, length);
    }
}

static void there_and_back(bool compressed)
{
    int fd = file_with("", 0);
    write_many(ctl_writer_open(&call, fd, compressed));
    off_t size = lseek(fd, 0, SEEK_END);
    assert_true(compressed ? size < 100000 : size > 500000);
    lseek(fd, 0, SEEK_SET);
    struct ctl_lines *lines = ctl_lines_open(&call, fd);
    assert_many(lines);
    assert_ends(lines, C18N_NOT_FOUND);
    ctl_lines_close(lines);
    close(fd);
}

static void test_there_and_back(void **state)
{
    (void)state;
    there_and_back(false);
    there_and_back(true);
}

static void test_several_streams_in_one_file(void **state)
{
    (void)state;
    int fd = file_with("", 0);
    write_many(ctl_writer_open(&call, fd, true));
    write_many(ctl_writer_open(&call, fd, true));
    lseek(fd, 0, SEEK_SET);
    struct ctl_lines *lines = ctl_lines_open(&call, fd);
    assert_many(lines);
    assert_many(lines);
    assert_ends(lines, C18N_NOT_FOUND);
    ctl_lines_close(lines);
    close(fd);
}

static int last_code(int fd)
{
    const char *line = NULL;
    size_t length = 0;
    int code = C18N_OK;
    struct ctl_lines *lines = ctl_lines_open(&call, fd);
    while (code == C18N_OK)
        code = ctl_lines_next(lines, &line, &length);
    ctl_lines_close(lines);
    return code;
}

static void test_damaged_streams(void **state)
{
    (void)state;
    int fd = file_with("", 0);
    write_many(ctl_writer_open(&call, fd, true));
    off_t size = lseek(fd, 0, SEEK_END);
    char byte = 0;
    assert_int_equal(pread(fd, &byte, 1, size - 6), 1); /* of the check sum */
    byte = (char)(byte ^ 1);
    assert_int_equal(pwrite(fd, &byte, 1, size - 6), 1);
    lseek(fd, 0, SEEK_SET);
    assert_int_equal(last_code(fd), C18N_CORRUPT);
    assert_int_equal(ftruncate(fd, size / 2), 0);
    lseek(fd, 0, SEEK_SET);
    assert_int_equal(last_code(fd), C18N_CORRUPT);
    assert_int_equal(ftruncate(fd, 2), 0);
    lseek(fd, 0, SEEK_SET);
    assert_int_equal(last_code(fd), C18N_CORRUPT);
    close(fd);
}

static void test_a_line_too_long_is_passed_over(void **state)
{
    (void)state;
    size_t most = CTL_LINE_MOST;
    char *text = malloc(2 * most + 100);
    memset(text, 'x', 2 * most + 100);
    memcpy(text, "before\n", 7);
    text[7 + most + 50] = '\n';
    memcpy(text + 7 + most + 51, "after\n", 6);
    int fd = file_with(text, 7 + most + 51 + 6);
    struct ctl_lines *lines = ctl_lines_open(&call, fd);
    assert_next(lines, "before");
    assert_ends(lines, C18N_TOO_LARGE);
    assert_next(lines, "after");
    assert_ends(lines, C18N_NOT_FOUND);
    ctl_lines_close(lines);
    close(fd);
    free(text);
}

static void test_a_silent_pipe_can_be_left(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "half a li", 9), 9);
    struct ctl_lines *lines = ctl_lines_open(&call, ends[0]);
    turns_left = 3;
    assert_ends(lines, C18N_TIMEOUT);
    turns_left = -1;
    assert_int_equal(write(ends[1], "ne\n", 3), 3);
    assert_next(lines, "half a line");
    ctl_lines_close(lines);
    close(ends[0]);
    close(ends[1]);
}

static void test_a_full_pipe_can_be_left(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct ctl_writer *writer = ctl_writer_open(&call, ends[1], false);
    char *text = calloc(1, 1 << 20);
    turns_left = 100;
    assert_int_equal(ctl_writer_add(writer, text, 1 << 20), C18N_TIMEOUT);
    turns_left = -1;
    assert_int_equal(ctl_writer_finish(writer), C18N_TIMEOUT); /* it stays failed */
    ctl_writer_free(writer);
    free(text);
    close(ends[0]);
    close(ends[1]);
}

static void test_a_full_disk_is_told(void **state)
{
    (void)state;
    int fd = open("/dev/full", O_WRONLY);
    if (fd < 0)
        skip();
    struct ctl_writer *writer = ctl_writer_open(&call, fd, true);
    assert_int_equal(ctl_writer_add(writer, "x\n", 2), C18N_OK);
    assert_int_equal(ctl_writer_finish(writer), C18N_NO_SPACE);
    ctl_writer_free(writer);
    close(fd);
    assert_true(ctl_is_compressed("a.ndjson.gz"));
    assert_false(ctl_is_compressed(".gz"));
    assert_false(ctl_is_compressed("-"));
}

#define TEST(name) cmocka_unit_test_setup(name, forget_turns)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_plain_lines),
        TEST(test_a_byte_order_mark_is_no_part_of_the_first_line),
        TEST(test_empty_and_one_byte),
        TEST(test_there_and_back),
        TEST(test_several_streams_in_one_file),
        TEST(test_damaged_streams),
        TEST(test_a_line_too_long_is_passed_over),
        TEST(test_a_silent_pipe_can_be_left),
        TEST(test_a_full_pipe_can_be_left),
        TEST(test_a_full_disk_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
