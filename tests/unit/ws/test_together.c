/* What leaves together: texts of one turn as lines, frames as one piece; compressed messages; each made once for all.
 */
#include "pair.h"
#include "ws/batch.h"
#include "ws/deflate.h"

#include <zlib.h>

static const struct ws_engine *engine;
static struct pair_lane lane;
static struct pair one, two;

static void begin(struct ws_opening opening)
{
    pair_lane_begin(&lane, engine, (struct ws_options){.max_message = 0});
    pair_begin_as(&one, &lane, opening);
    pair_begin_as(&two, &lane, opening);
}

static void end(void)
{
    pair_lane_end(&lane);
    close(one.client), close(two.client);
}

/* --- of one turn --- */

struct turn {                 /* what is sent to both in one turn */
    const char *const *texts; /* one that begins with '#' is binary */
    size_t count;
};

static void send_turn(void *arg)
{
    const struct turn *turn = arg;
    for (size_t i = 0; i < turn->count; i++) {
        const char *text = turn->texts[i];
        struct ws_message *message = ws_message_new(text[0] == '#' ? WS_BINARY : WS_TEXT, text, strlen(text));
        assert_int_equal(engine->send(one.socket, message), C18N_OK);
        assert_int_equal(engine->send(two.socket, message), C18N_OK);
        ws_message_unref(message);
    }
}

static void run_turn(const char *const *texts, size_t count)
{
    pair_run(&lane, send_turn, &(struct turn){texts, count});
}

static void expect_both(uint8_t first, const char *text)
{
    pair_expect_frame(&one, first, text, strlen(text));
    pair_expect_frame(&two, first, text, strlen(text));
}

static void test_lines(void **state)
{
    static const char *const texts[] = {"{1}", "{2}", "{3}", "#raw", "{4}", "", "{5}"};
    (void)state;
    begin((struct ws_opening){.lines = true});
    run_turn(texts, 3);
    expect_both(0x81, "{1}\n{2}\n{3}");
    run_turn(texts, 1);
    expect_both(0x81, "{1}");
    run_turn(texts, 7); /* what is no text breaks the run */
    expect_both(0x81, "{1}\n{2}\n{3}");
    expect_both(0x82, "#raw");
    expect_both(0x81, "{4}\n\n{5}");
    end();
}

static void test_frames(void **state)
{
    static const char *const texts[] = {"{1}", "#raw", "{2}"};
    (void)state;
    begin((struct ws_opening){.lines = false});
    run_turn(texts, 3);
    expect_both(0x81, "{1}");
    expect_both(0x82, "#raw");
    expect_both(0x81, "{2}");
    end();
}

/* More than one batch, and more than the socket takes at once: in order, and all of it. */
static void send_many(void *arg)
{
    int *count = arg;
    for (int i = 0; i < *count; i++) {
        char text[600];
        int length = snprintf(text, sizeof text, "%d:%*d", i, 500 - i % 400, 0);
        struct ws_message *message = ws_message_new(WS_TEXT, text, (size_t)length);
        assert_int_equal(engine->send(one.socket, message), C18N_OK);
        if (i % 3 == 0)
            assert_int_equal(engine->send(two.socket, message), C18N_OK);
        ws_message_unref(message);
    }
}

static void expect_numbers(struct pair *pair, int count, int step)
{
    int next = 0;
    while (next < count) {
        uint8_t first;
        size_t length;
        char *payload = pair_read_frame(pair, &first, &length), *line = payload;
        assert_int_equal(first, 0x81);
        for (; line; next += step) {
            assert_int_equal(strtol(line, NULL, 10), next);
            line = strchr(line, '\n');
            line = line ? line + 1 : NULL;
        }
        free(payload);
    }
}

static void test_many(void **state)
{
    static int count = 500;
    (void)state;
    for (int lines = 0; lines < 2; lines++) {
        begin((struct ws_opening){.lines = lines});
        for (int again = 0; again < 2; again++) {
            pair_run(&lane, send_many, &count);
            expect_numbers(&one, count, 1);
            expect_numbers(&two, count, 3);
        }
        end();
    }
}

/* --- compressed --- */

static char *inflated(const char *bytes, size_t length, size_t room, size_t *ret_length)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)length};
    char *text = malloc(room);
    assert_int_equal(inflateInit2(&stream, -15), Z_OK);
    stream.next_out = (Bytef *)text;
    stream.avail_out = (uInt)room;
    assert_int_equal(inflate(&stream, Z_SYNC_FLUSH), Z_OK);
    assert_int_equal(stream.avail_in, 0);
    *ret_length = room - stream.avail_out;
    inflateEnd(&stream);
    return text;
}

/* A message without its tail, as a client sends it. */
static size_t deflated(const char *text, size_t length, char *bytes, size_t room, int flush)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)length};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_out = (Bytef *)bytes;
    stream.avail_out = (uInt)room;
    int code = deflate(&stream, flush);
    assert_true(code == Z_OK || code == Z_STREAM_END);
    assert_int_equal(stream.avail_in, 0);
    size_t size = room - stream.avail_out;
    deflateEnd(&stream);
    if (flush == Z_SYNC_FLUSH)
        size -= 4;
    else
        bytes[size++] = 0; /* RFC 7692 7.2.3.4: a final block, and an empty one behind it */
    return size;
}

static void test_packed_echo(void **state)
{
    static char text[2000], bytes[3000];
    (void)state;
    begin((struct ws_opening){.deflate = true});
    one.echoes = true;
    memset(text, 'z', sizeof text);
    for (int flush = 0; flush < 2; flush++) {
        uint8_t first;
        size_t got, size = deflated(text, sizeof text, bytes, sizeof bytes, flush ? Z_SYNC_FLUSH : Z_FINISH);
        pair_write_frame(&one, 0x41, bytes, size / 2);
        pair_write_frame(&one, 0x80, bytes + size / 2, size - size / 2);
        char *frame = pair_read_frame(&one, &first, &got);
        assert_int_equal(first, 0xc1);
        assert_true(got < 50);
        bytes[0] = 0;
        memcpy(bytes, frame, got);
        memcpy(bytes + got, "\0\0\xff\xff", 4);
        free(frame);
        frame = inflated(bytes, got + 4, sizeof text + 1, &got);
        assert_int_equal(got, sizeof text);
        assert_memory_equal(frame, text, got);
        free(frame);
    }
    pair_write_frame(&one, 0x81, "short", 5); /* not worth it, and not compressed by the client either */
    pair_expect_frame(&one, 0x81, "short", 5);
    end();
}

/* Lines are merged first, then compressed; frames are compressed one by one. */
static void test_packed_together(void **state)
{
    static char texts[3][200], bytes[1000];
    static const char *const turn[] = {texts[0], texts[1], texts[2]};
    (void)state;
    for (int lines = 0; lines < 2; lines++) {
        begin((struct ws_opening){.deflate = true, .lines = lines});
        for (int i = 0; i < 3; i++)
            memset(texts[i], 'a' + i, sizeof texts[i] - 1);
        run_turn(turn, 3);
        for (int i = 0; i < (lines ? 1 : 3); i++) {
            uint8_t first;
            size_t got, length = lines ? 3 * sizeof texts[0] - 1 : sizeof texts[0] - 1;
            char *frame = pair_read_frame(&two, &first, &got);
            assert_int_equal(first, 0xc1);
            memcpy(bytes, frame, got);
            memcpy(bytes + got, "\0\0\xff\xff", 4);
            free(frame);
            frame = inflated(bytes, got + 4, length + 1, &got);
            assert_int_equal(got, length);
            assert_int_equal(frame[0], 'a' + i);
            assert_int_equal(frame[length - 1], lines ? 'c' : 'a' + i);
            free(frame);
        }
        end();
    }
}

/* W5: a bomb unpacks to no more than a message may be; what is no deflate, or unpacks to no UTF-8, is malformed. */
static void test_packed_faults(void **state)
{
    enum { BOMB = 60 << 20 };
    static char bytes[65536];
    char *zeros = calloc(1, BOMB);
    (void)state;
    const struct {
        const char *bytes;
        size_t length;
        int code;
    } rows[] = {
        {zeros, 65536 + 1, 1009},
        {zeros, BOMB, 1009},
        {"\xff\xfe", 2, 1007},
    };
    begin((struct ws_opening){.deflate = true});
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair;
        pair_begin_as(&pair, &lane, (struct ws_opening){.deflate = true});
        size_t size = deflated(rows[i].bytes, rows[i].length, bytes, sizeof bytes, Z_SYNC_FLUSH);
        pair_write_frame(&pair, 0xc1, bytes, size);
        pair_expect_close(&pair, rows[i].code);
        PAIR_WAIT(atomic_load(&pair.closed) == rows[i].code);
        close(pair.client);
    }
    pair_write_frame(&one, 0xc1, "\xff\xff\xff\xff", 4);
    pair_expect_close(&one, 1007);
    free(zeros);
    end();
}

/* --- made once --- */

static void test_packed_once(void **state)
{
    char text[500];
    struct ws_deflater *first = NULL, *second = NULL;
    (void)state;
    memset(text, 'x', sizeof text);
    struct ws_message *message = ws_message_new(WS_TEXT, text, sizeof text);
    struct ws_message *packed = ws_deflate_message(&first, message);
    assert_ptr_not_equal(packed, message);
    assert_ptr_equal(ws_deflate_message(&second, message), packed); /* another lane's */
    assert_null(second);
    ws_message_unref(message);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7919 >> 3 ^ i * i * 31 >> 2);
    message = ws_message_new(WS_BINARY, text, 100);
    assert_ptr_equal(ws_deflate_message(&first, message), message); /* it gets no smaller */
    ws_message_unref(message);
    ws_deflater_free(first);
}

static void test_batch_once(void **state)
{
    struct ws_batches batches = {.used = 0};
    struct ws_message *parts[20];
    (void)state;
    for (size_t i = 0; i < 20; i++)
        parts[i] = ws_message_new(WS_TEXT, "x", 1);
    struct ws_message *lines = ws_batch_of(&batches, parts, 3, true, NULL);
    struct ws_message *frames = ws_batch_of(&batches, parts, 3, false, NULL);
    assert_ptr_not_equal(lines, frames);
    assert_int_equal(ws_message_size(lines), 2 + 5);
    assert_int_equal(ws_message_size(frames), 3 * 3);
    assert_ptr_equal(ws_batch_of(&batches, parts, 3, true, NULL), lines);
    assert_ptr_equal(ws_batch_of(&batches, parts, 3, false, NULL), frames);
    assert_ptr_not_equal(ws_batch_of(&batches, parts + 1, 3, true, NULL), lines);
    assert_ptr_not_equal(ws_batch_of(&batches, parts, 2, true, NULL), lines);
    for (uint32_t i = 2; i < 20; i++) /* more than are kept */
        assert_non_null(ws_batch_of(&batches, parts, i, true, NULL));
    ws_batches_clear(&batches);
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(atomic_load(&parts[i]->references), 1);
        ws_message_unref(parts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_packed_echo),
        cmocka_unit_test(test_packed_together),
        cmocka_unit_test(test_packed_faults),
    };
    const struct CMUnitTest parts[] = {
        cmocka_unit_test(test_packed_once),
        cmocka_unit_test(test_batch_once),
    };
    static const char *const names[] = {"native", "libwebsockets"};
    int failed = cmocka_run_group_tests(parts, NULL, NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        engine = ws_engine_find(names[i]);
        if (engine)
            failed += cmocka_run_group_tests_name(names[i], tests, NULL, NULL);
    }
    return failed;
}
