/* The rules of frames (W3, W4, W5): each alone, and however the bytes come. */
#include "frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MOST = 1000 };

#define KEY        "\0\0\0\0" /* a mask that changes nothing, so that rows can be read */
#define ROW(bytes) bytes, sizeof(bytes) - 1

struct row {
    const char *bytes;
    size_t length;
    const char *log;
};

static void expect(const struct row *row, bool deflate)
{
    struct frames_outcome outcome, judged;
    for (size_t piece = 1; piece <= row->length; piece++) {
        frames_run_as(row->bytes, row->length, piece, MOST, deflate, true, &judged);
        frames_run(row->bytes, row->length, piece, MOST, deflate, &outcome);
        if (strcmp(outcome.log, row->log) != 0)
            fail_msg("in pieces of %zu: %sinstead of %s", piece, outcome.log, row->log);
        assert_int_equal(judged.found, outcome.found);
        assert_int_equal(judged.fault, outcome.fault);
        assert_int_equal(judged.most_kept, 0);
    }
}

static const struct row good[] = {
    {ROW("\x81\x80" KEY), "text 0 0 \n"},
    {ROW("\x81\x82" KEY "Hi"), "text 0 2 4869\n"},
    {ROW("\x81\x82\x01\x02\x03\x04Hi"), "text 0 2 496b\n"},
    {ROW("\x82\x83" KEY "\xff\xfe\x00"), "binary 0 3 fffe00\n"},
    {ROW("\x01\x81" KEY "H\x80\x81" KEY "i"), "text 0 2 4869\n"},
    {ROW("\x01\x80" KEY "\x00\x80" KEY "\x80\x80" KEY), "text 0 0 \n"},
    {ROW("\x01\x81" KEY "\xc3\x80\x81" KEY "\xa9"), "text 0 2 c3a9\n"}, /* a character over two frames */
    {ROW("\x01\x81" KEY "H\x89\x81" KEY "p\x80\x81" KEY "i"), "ping 0 1 70\ntext 0 2 4869\n"},
    {ROW("\x8a\x80" KEY "\x81\x81" KEY "x"), "pong 0 0 \ntext 0 1 78\n"},
    {ROW("\x88\x80" KEY), "close 0 0 \n"},
    {ROW("\x88\x82" KEY "\x03\xe8"), "close 1000 0 \n"},
    {ROW("\x88\x84" KEY "\x0f\xa0ok"), "close 4000 2 6f6b\n"},
};

static const struct row faulty[] = {
    {ROW("\x81\x01H"), "fault 1002\n"},        /* not masked */
    {ROW("\x88\x00"), "fault 1002\n"},         /* nor is the close frame */
    {ROW("\xc1\x81" KEY "H"), "fault 1002\n"}, /* RSV1, which was not agreed on */
    {ROW("\xa1\x81" KEY "H"), "fault 1002\n"}, /* RSV2 */
    {ROW("\x91\x81" KEY "H"), "fault 1002\n"}, /* RSV3 */
    {ROW("\x83\x80" KEY), "fault 1002\n"},     /* reserved opcodes: the first and last… */
    {ROW("\x87\x80" KEY), "fault 1002\n"},     /* …of data */
    {ROW("\x8b\x80" KEY), "fault 1002\n"},     /* …of control */
    {ROW("\x8f\x80" KEY), "fault 1002\n"},
    {ROW("\x81\xfe\x00\x7d" KEY), "fault 1002\n"},             /* 125 in 16 bits */
    {ROW("\x81\xff\0\0\0\0\0\0\xff\xff" KEY), "fault 1002\n"}, /* 65,535 in 64 */
    {ROW("\x81\xff\x80\0\0\0\0\0\0\0" KEY), "fault 1002\n"},   /* a sign */
    {ROW("\x09\x80" KEY), "fault 1002\n"},                     /* a ping in fragments */
    {ROW("\x08\x80" KEY), "fault 1002\n"},                     /* a close in fragments */
    {ROW("\x89\xfe\x00\x7e" KEY), "fault 1002\n"},             /* a ping of 126 bytes */
    {ROW("\x88\xfe\x00\x7e" KEY), "fault 1002\n"},             /* a close of 126 bytes */
    {ROW("\x80\x81" KEY "H"), "fault 1002\n"},                 /* continues nothing */
    {ROW("\x00\x81" KEY "H"), "fault 1002\n"},
    {ROW("\x81\x81" KEY "H\x80\x81" KEY "i"), "text 0 1 48\nfault 1002\n"}, /* nor does it behind a whole message */
    {ROW("\x01\x81" KEY "H\x81\x81" KEY "i"), "fault 1002\n"},              /* a message within another */
    {ROW("\x01\x81" KEY "H\x02\x81" KEY "i"), "fault 1002\n"},
    {ROW("\x81\x81" KEY "\xff"), "fault 1007\n"},                 /* no UTF-8: at the first byte… */
    {ROW("\x81\x82" KEY "\xc0\x80"), "fault 1007\n"},             /* …overlong… */
    {ROW("\x81\x83" KEY "\xed\xa0\x80"), "fault 1007\n"},         /* …a surrogate… */
    {ROW("\x81\x84" KEY "\xf4\x90\x80\x80"), "fault 1007\n"},     /* …above U+10FFFF */
    {ROW("\x81\x81" KEY "\xc3"), "fault 1007\n"},                 /* ends within a character */
    {ROW("\x01\x81" KEY "\xc3\x80\x81" KEY "x"), "fault 1007\n"}, /* broken over frames */
    {ROW("\x01\x81" KEY "\xc3\x80\x80" KEY), "fault 1007\n"},
    {ROW("\x01\x85" KEY "\xce\xff"), "fault 1007\n"},     /* before the frame is whole */
    {ROW("\x88\x81" KEY "\x03"), "fault 1002\n"},         /* half a code */
    {ROW("\x88\x83" KEY "\x03\xe8\xff"), "fault 1007\n"}, /* a reason that is no UTF-8 */
    {ROW("\x88\x83" KEY "\x03\xe8\xc3"), "fault 1007\n"}, /* …that ends within a character */
    {ROW("\x82\xfe\x03\xe9" KEY), "fault 1009\n"},        /* 1,001 bytes: before any of them */
    {ROW("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" KEY), "fault 1009\n"},
    {ROW("\x02\x81" KEY "x\x80\xfe\x03\xe8" KEY), "fault 1009\n"}, /* over its fragments */
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        expect(&good[i], false);
}

static void test_faulty(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++)
        expect(&faulty[i], false);
}

static void test_close_codes(void **state)
{
    (void)state;
    for (int code = 0; code < 65536; code++) {
        char payload[2] = {(char)(code >> 8), (char)code}, frame[16];
        struct frames_outcome outcome;
        size_t length = frames_add(frame, 0x88, payload, 2);
        bool allowed =
            (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
        frames_run(frame, length, length, MOST, false, &outcome);
        assert_int_equal(outcome.fault, allowed ? 0 : 1002);
    }
}

static void test_packed(void **state)
{
    static const struct row rows[] = {
        {ROW("\xc1\x82" KEY "\xff\xfe"), "packed text 0 2 fffe\n"}, /* judged once it is unpacked */
        {ROW("\x42\x81" KEY "\x01\x80\x81" KEY "\x02"), "packed binary 0 2 0102\n"},
        {ROW("\x81\x81" KEY "x"), "text 0 1 78\n"},
        {ROW("\x01\x81" KEY "x\xc0\x81" KEY "y"), "fault 1002\n"}, /* RSV1 on a continuation */
        {ROW("\xc9\x80" KEY), "fault 1002\n"},                     /* …on a ping */
        {ROW("\xc8\x80" KEY), "fault 1002\n"},
        {ROW("\xe1\x81" KEY "x"), "fault 1002\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect(&rows[i], true);
}

/* Masks of every length and place: what was masked comes out as it was. */
static void test_lengths(void **state)
{
    static const size_t lengths[] = {0, 1, 7, 8, 9, 124, 125, 126, 127, 65535, 65536, 70000};
    static char payload[70000], frame[70014];
    (void)state;
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (char)('a' + i % 26);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (size_t piece = 1; piece < 100000; piece = piece * 7 + 1) {
            struct ws_reader reader;
            struct ws_found found = {.kind = WS_NOTHING};
            size_t length = frames_add(frame, 0x81, payload, lengths[i]);
            ws_reader_init(&reader, sizeof payload, false);
            for (size_t begin = 0; begin < length; begin += piece) {
                size_t size = length - begin < piece ? length - begin : piece, at = 0;
                assert_int_equal(found.kind, WS_NOTHING);
                found = ws_reader_next(&reader, frame + begin, size, &at);
                assert_int_equal(at, size);
            }
            assert_int_equal(found.kind, WS_FOUND_MESSAGE);
            assert_int_equal(found.length, lengths[i]);
            assert_memory_equal(found.bytes, payload, lengths[i]);
            ws_reader_free(&reader);
        }
}

/* W5: fragments without end. With bytes they reach the limit of a message; without, their number does. */
static void test_tiny_fragments(void **state)
{
    enum { COUNT = 100000 };
    static char bytes[COUNT * 7];
    struct frames_outcome outcome;
    (void)state;
    for (size_t size = 0; size < 2; size++) {
        size_t length = 0;
        for (int i = 0; i < COUNT; i++)
            length += frames_add(bytes + length, i == 0 ? 0x02 : 0x00, "x", size);
        frames_run(bytes, length, 1400, 65536, false, &outcome);
        assert_int_equal(outcome.fault, 1009);
        assert_true(outcome.most_kept <= 65536);
    }
}

/* As large as may be, in a single frame and in fragments. */
static void test_greatest(void **state)
{
    static char payload[MOST], bytes[2 * MOST];
    struct frames_outcome outcome;
    (void)state;
    size_t length = frames_add(bytes, 0x82, payload, MOST);
    frames_run(bytes, length, length, MOST, false, &outcome);
    assert_int_equal(outcome.fault, 0);
    assert_int_equal(outcome.found, 1);
    length = frames_add(bytes, 0x02, payload, MOST);
    length += frames_add(bytes + length, 0x80, payload, 0);
    frames_run(bytes, length, 13, MOST, false, &outcome);
    assert_int_equal(outcome.fault, 0);
    assert_int_equal(outcome.found, 1);
}

/* Between messages nothing is kept. */
static void test_idle_keeps_nothing(void **state)
{
    char frame[64], more[8];
    struct ws_reader reader;
    size_t at = 0;
    (void)state;
    size_t length = frames_add(frame, 0x81, "hello", 5);
    ws_reader_init(&reader, MOST, false);
    assert_int_equal(ws_reader_next(&reader, frame, length - 2, &at).kind, WS_NOTHING);
    assert_non_null(reader.kept);
    assert_int_equal(ws_reader_next(&reader, frame, length, &at).kind, WS_FOUND_MESSAGE);
    at = 0;
    assert_int_equal(ws_reader_next(&reader, more, 0, &at).kind, WS_NOTHING);
    assert_null(reader.kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),        cmocka_unit_test(test_faulty),
        cmocka_unit_test(test_close_codes), cmocka_unit_test(test_packed),
        cmocka_unit_test(test_lengths),     cmocka_unit_test(test_tiny_fragments),
        cmocka_unit_test(test_greatest),    cmocka_unit_test(test_idle_keeps_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
