/* test_media.c: images and videos: what is taken for what, who may, what is left of what failed, calls that fail. */
#define SITE_MODULES "users media"
#include "site.h"

#include <sodium.h>
#include <stdio.h>

static const char GIF[] = "GIF89a of a cat that moves";
static c18n_test_person ann, bob, root;
static c18n_test_socket *socket_of_ann;

static int open_site(void **state)
{
    if (site_open(state) != 0)
        return 1;
    ann = c18n_test_person_new(test, "ann", "user");
    bob = c18n_test_person_new(test, "bob", "user");
    root = c18n_test_person_new(test, "root", "user admin");
    return 0;
}

static c18n_test_socket *connect_as(const c18n_test_person *person, const char *path)
{
    c18n_test_socket *made = c18n_test_connect(test, person, path, NULL);
    assert_non_null(made);
    assert_string_equal(c18n_text(c18n_test_received(made), "kind"), "hello");
    return made;
}

static int connect_ann(void **state)
{
    (void)state;
    socket_of_ann = connect_as(&ann, "/images/send");
    return 0;
}

static int hang_up(void **state)
{
    (void)state;
    c18n_test_hang_up(socket_of_ann);
    c18n_test_settle(test);
    return 0;
}

/* --- uploads --- */

struct file {
    const void *bytes;
    size_t length;
    const char *type, *name;
};

static const struct file cat = {GIF, sizeof GIF - 1, "image/gif", "my secret cat.gif"};

/* Announces; the answer. */
static const c18n_doc *announce(c18n_test_socket *socket, const struct file *file)
{
    unsigned char sum[32];
    char hex[65];
    crypto_hash_sha256(sum, file->bytes, file->length);
    sodium_bin2hex(hex, sizeof hex, sum, sizeof sum);
    c18n_test_send(socket, "{'id':'1','kind':'media','name':'%s','type':'%s','size':%d,'sha256':'%s'}", file->name,
                   file->type, (int)file->length, hex);
    return c18n_test_received(socket);
}

static bool is(const c18n_doc *frame, const char *kind)
{
    return frame && strcmp(c18n_text(frame, "kind"), kind) == 0;
}

/* A whole upload; its last answer. */
static const c18n_doc *upload(c18n_test_socket *socket, const struct file *file)
{
    const c18n_doc *answer = announce(socket, file);
    if (!is(answer, "ready"))
        return answer;
    c18n_test_send_bytes(socket, file->bytes, file->length);
    return c18n_test_received(socket);
}

struct sent {
    char id[C18N_ID_SIZE];
};

static struct sent sent(c18n_test_socket *socket, const struct file *file)
{
    struct sent made;
    const c18n_doc *ack = upload(socket, file);
    assert_true(is(ack, "ack"));
    memcpy(made.id, c18n_text(ack, "_id"), sizeof made.id);
    return made;
}

static void assert_nack(const char *code, const c18n_doc *answer)
{
    assert_true(is(answer, "nack"));
    assert_string_equal(c18n_text(answer, "code"), code);
}

static size_t events(const char *type)
{
    return c18n_test_events(test, type);
}

static void test_a_file_is_sent(void **state)
{
    (void)state;
    struct sent file = sent(socket_of_ann, &cat);
    const c18n_doc *made = record("media", file.id);
    assert_string_equal(c18n_text(made, "kind"), "image");
    assert_string_equal(c18n_text(made, "type"), "image/gif");
    assert_string_equal(c18n_text(made, "name"), cat.name);
    assert_string_equal(c18n_text(made, "by"), ann.id);
    assert_int_equal(c18n_integer(made, "size", 0), cat.length);
    assert_int_equal(c18n_integer(made, "created_on", 0), c18n_test_now(test));
    assert_null(record("uploads", file.id));
    c18n_test_answer answer = ask(&ann, NULL, "GET /images/%s", file.id);
    expect(200, answer);
    assert_int_equal(answer.length, cat.length);
    assert_memory_equal(answer.body, GIF, cat.length);
    assert_string_equal(c18n_test_header(&answer, "Content-Disposition"),
                        "attachment; filename=\"my secret cat.gif\"; filename*=UTF-8''my%20secret%20cat.gif");
    expect(404, ask(&ann, NULL, "GET /videos/%s", file.id));
    answer = c18n_test_ask_with(test, &ann, "Range: bytes=0-5", NULL, "GET /images/%s", file.id);
    expect(206, answer);
    assert_int_equal(answer.length, 6);
    assert_memory_equal(answer.body, "GIF89a", 6);
}

static void test_its_name_is_personal(void **state)
{
    (void)state;
    sent(socket_of_ann, &cat);
    assert_int_equal(c18n_test_history_shows(test, "secret cat"), 0);
    assert_string_equal(c18n_text(c18n_test_event(test, "media.created", -1)->data, "name"), cat.name);
    assert_true(c18n_test_replays_the_same(test));
}

/* --- what is taken for what --- */

#define FILE_OF(bytes, type)                                                                                           \
    {                                                                                                                  \
        bytes, sizeof(bytes) - 1, type, "x"                                                                            \
    }
static const struct {
    struct file file;
    bool taken;
} files[] = {
    {FILE_OF("\x89PNG\r\n\x1a\n\0\0\0\rIHDR....", "image/png"), true},
    {FILE_OF("\x89PNG\r\n\x1a\n\0\0\0\rIDAT....", "image/png"), false},
    {FILE_OF("\xff\xd8\xff\xe0..JFIF", "image/jpeg"), true},
    {FILE_OF("\xff\xd8\xff", "image/jpeg"), true},
    {FILE_OF("\xff\xd8", "image/jpeg"), false},
    {FILE_OF("GIF87a", "image/gif"), true},
    {FILE_OF("GIF88a", "image/gif"), false},
    {FILE_OF("RIFF....WEBPVP8 ", "image/webp"), true},
    {FILE_OF("RIFF....WAVEfmt ", "image/webp"), false},
    {FILE_OF("\0\0\0\x1c"
             "ftypavif\0\0\0\0avifmif1miaf",
             "image/avif"),
     true},
    {FILE_OF("\0\0\0\x20"
             "ftypmif1\0\0\0\0mif1avifmiafMA1B",
             "image/avif"),
     true}, /* by a brand that it is compatible with */
    {FILE_OF("\0\0\0\x18"
             "ftypheic\0\0\0\0mif1heic",
             "image/avif"),
     false},
    {FILE_OF("\0\0\0\x14"
             "ftypmif1\0\0\0\0mif1avif",
             "image/avif"),
     false}, /* behind the end of the box */
    {FILE_OF("<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"), false},
    {FILE_OF("GIF89a <svg onload=alert(1)>", "image/gif"), false},
    {FILE_OF("GIF89a <SCRIPT>alert(1)", "image/gif"), false},
    {FILE_OF("GIF89a <?php system(1)", "image/gif"), false},
    {FILE_OF("GIF89a <!DOCTYPE html>", "image/gif"), false},
    {FILE_OF("GIF89a <iframe src=x>", "image/gif"), false},
    {FILE_OF("GIF89a <svg\x90\x91 <html\x01 <?phpx <scrip <", "image/gif"), true}, /* chance, and no words */
    {FILE_OF("GIF89a", "image/png"), false},
    {FILE_OF("GIF89a", "image/svg+xml"), false},
    {FILE_OF("GIF89a", "text/html"), false},
};

static void test_bytes_tell_the_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t before = events("media.created");
        const c18n_doc *answer = upload(socket_of_ann, &files[i].file);
        if (is(answer, files[i].taken ? "ack" : "nack") &&
            (files[i].taken || strcmp(c18n_text(answer, "code"), "unsupported_type") == 0) &&
            events("media.created") == before + files[i].taken)
            continue;
        fail_msg("file %d: %s", (int)i, answer ? c18n_text(answer, "kind") : "nothing");
    }
}

static const struct {
    struct file file;
    bool taken;
} videos[] = {
    {FILE_OF("\0\0\0\x18"
             "ftypisom\0\0\2\0isomavc1",
             "video/mp4"),
     true},
    {FILE_OF("\0\0\0\x14"
             "ftypM4V \0\0\2\0isom",
             "video/mp4"),
     true},
    {FILE_OF("\0\0\0\x14"
             "ftypqt  \0\0\2\0qt  ",
             "video/quicktime"),
     true},
    {FILE_OF("\0\0\0\x14"
             "ftypqt  \0\0\2\0qt  ",
             "video/mp4"),
     false},
    {FILE_OF("\0\0\0\x08wide\0\0\0\0mdat", "video/quicktime"), true},
    {FILE_OF("\0\0\0\x14"
             "ftyp3gp4\0\0\2\0isom",
             "video/3gpp"),
     true},
    {FILE_OF("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1\x42\x82\x84webm", "video/webm"), true},
    {FILE_OF("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1\x42\x82\x88matroska", "video/webm"), false},
    {FILE_OF("GIF89a", "image/gif"), false}, /* no video */
};

static void test_of_videos_too(void **state)
{
    (void)state;
    c18n_test_socket *socket = connect_as(&ann, "/videos/send");
    for (size_t i = 0; i < sizeof videos / sizeof *videos; i++) {
        const c18n_doc *answer = upload(socket, &videos[i].file);
        if (!is(answer, videos[i].taken ? "ack" : "nack"))
            fail_msg("video %d: %s", (int)i, answer ? c18n_text(answer, "kind") : "nothing");
    }
    c18n_test_hang_up(socket);
}

/* --- what fails leaves nothing --- */

static void test_a_failed_one_is_taken_away(void **state)
{
    (void)state;
    size_t begun = events("media.begun"), created = events("media.created"), abandoned = events("media.abandoned");
    c18n_test_send(socket_of_ann, "{'id':'1','kind':'media','type':'image/gif','size':26,'sha256':'%064d'}", 0);
    assert_true(is(c18n_test_received(socket_of_ann), "ready"));
    c18n_test_send_bytes(socket_of_ann, GIF, 10);
    c18n_test_send_bytes(socket_of_ann, GIF + 10, 16);
    assert_nack("wrong_hash", c18n_test_received(socket_of_ann));
    c18n_test_settle(test);
    assert_int_equal(events("media.begun"), begun + 1);
    assert_int_equal(events("media.created"), created);
    assert_int_equal(events("media.abandoned"), abandoned + 1);
    assert_null(record("uploads", c18n_test_event(test, "media.begun", -1)->resource));
    assert_true(c18n_test_replays_the_same(test));
}

static void test_a_client_that_left(void **state)
{
    (void)state;
    size_t abandoned = events("media.abandoned");
    c18n_test_socket *socket = connect_as(&ann, "/images/send");
    assert_true(is(announce(socket, &cat), "ready"));
    c18n_test_send_bytes(socket, GIF, 10);
    c18n_test_hang_up(socket);
    c18n_test_settle(test);
    assert_int_equal(events("media.abandoned"), abandoned + 1);
    assert_int_equal(c18n_test_timer(test, "media", "uploads"), C18N_OK); /* once is enough */
    assert_int_equal(events("media.abandoned"), abandoned + 1);
}

static void test_one_that_stands_still(void **state)
{
    (void)state;
    size_t abandoned = events("media.abandoned");
    assert_true(is(announce(socket_of_ann, &cat), "ready"));
    c18n_test_send_bytes(socket_of_ann, GIF, 10);
    c18n_test_move(test, 119);
    assert_int_equal(events("media.abandoned"), abandoned);
    c18n_test_send_bytes(socket_of_ann, GIF + 10, 1);
    c18n_test_move(test, 119); /* it was heard of since */
    assert_int_equal(events("media.abandoned"), abandoned);
    c18n_test_move(test, 10);
    assert_int_equal(events("media.abandoned"), abandoned + 1);
    c18n_test_send_bytes(socket_of_ann, GIF + 11, cat.length - 11);
    assert_nack("upload_expired", c18n_test_received(socket_of_ann));
    sent(socket_of_ann, &cat);
}

static void test_limits(void **state)
{
    (void)state;
    c18n_test_socket *sockets[4];
    struct file huge = cat;
    for (size_t i = 0; i < 4; i++) {
        sockets[i] = connect_as(&ann, "/images/send");
        assert_true(is(announce(sockets[i], &cat), "ready"));
    }
    assert_nack("too_many_uploads", announce(socket_of_ann, &cat));
    c18n_test_socket *other = connect_as(&bob, "/images/send");
    sent(other, &cat);
    for (size_t i = 0; i < 4; i++)
        c18n_test_hang_up(sockets[i]);
    sent(socket_of_ann, &cat);
    huge.length = 10485761;
    huge.bytes = calloc(1, huge.length);
    assert_non_null(huge.bytes);
    assert_nack("too_large", announce(other, &huge));
    assert_int_equal(c18n_test_closed(other), 1009);
    free((void *)(uintptr_t)huge.bytes);
}

/* --- who may --- */

enum { SENDER, OTHER, ADMIN, NOBODY, ROLES };

static void test_policies_by_role(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int there[ROLES], deleted[ROLES];
    } rows[] = {
        {"GET /images/%s", {200, 404, 200, 401}, {410, 404, 410, 401}},
        {"GET /videos/%s", {404, 404, 404, 401}, {404, 404, 404, 401}},
        {"GET /images/%s/history", {200, 404, 200, 401}, {200, 404, 200, 401}},
        {"DELETE /images/%s", {200, 404, 200, 401}, {410, 404, 410, 401}},
        {"DELETE /videos/%s", {404, 404, 404, 401}, {404, 404, 404, 401}},
    };
    const c18n_test_person *const who[ROLES] = {&ann, &bob, &root, NULL};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int role = 0; role < ROLES; role++) {
            struct sent file = sent(socket_of_ann, &cat), gone = sent(socket_of_ann, &cat);
            expect(200, ask(&ann, NULL, "DELETE /images/%s", gone.id));
            char line[128];
            snprintf(line, sizeof line, rows[i].line, file.id);
            c18n_test_answer there = ask(who[role], NULL, "%s", line);
            snprintf(line, sizeof line, rows[i].line, gone.id);
            c18n_test_answer deleted = ask(who[role], NULL, "%s", line);
            if (there.status != rows[i].there[role] || deleted.status != rows[i].deleted[role])
                fail_msg("%s as %d: %d, deleted %d", rows[i].line, role, there.status, deleted.status);
        }
}

static void test_what_is_deleted_is_gone_for_good(void **state)
{
    (void)state;
    struct sent file = sent(socket_of_ann, &cat);
    expect(200, ask(&ann, NULL, "DELETE /images/%s", file.id));
    assert_int_equal(c18n_integer(record("media", file.id), "deleted_on", 0), c18n_test_now(test));
    assert_null(c18n_text(record("media", file.id), "name"));
    c18n_test_answer history = ask(&ann, NULL, "GET /images/%s/history", file.id);
    assert_int_equal(c18n_test_count(&history), 3);
    assert_true(c18n_test_replays_the_same(test));
}

/* --- any call into the host may fail --- */

static void test_calls_that_fail(void **state)
{
    (void)state;
    static const int codes[] = {C18N_NO_MEMORY, C18N_IO};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        uint64_t nth = 0;
        do {
            size_t created = events("media.created");
            c18n_test_socket *socket = connect_as(&ann, "/images/send");
            c18n_test_fail(test, ++nth, codes[i]);
            const c18n_doc *answer = upload(socket, &cat);
            bool acked = is(answer, "ack");
            assert_true(acked || is(answer, "nack"));
            assert_int_equal(events("media.created"), created + acked);
            c18n_test_hang_up(socket);
            c18n_test_settle(test);
        } while (c18n_test_failed(test));
        c18n_test_fail(test, 0, 0);
        assert_in_range(nth, 20, 200);
    }
    assert_int_equal(c18n_test_timer(test, "media", "uploads"), C18N_OK);
    for (size_t i = 0; i < events("media.begun"); i++)
        assert_null(record("uploads", c18n_test_event(test, "media.begun", (int64_t)i)->resource));
    assert_true(c18n_test_replays_the_same(test));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, connect_ann, hang_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_file_is_sent),
        TEST(test_its_name_is_personal),
        TEST(test_bytes_tell_the_type),
        TEST(test_of_videos_too),
        TEST(test_a_failed_one_is_taken_away),
        TEST(test_a_client_that_left),
        TEST(test_one_that_stands_still),
        TEST(test_limits),
        TEST(test_policies_by_role),
        TEST(test_what_is_deleted_is_gone_for_good),
        TEST(test_calls_that_fail),
    };
    return cmocka_run_group_tests(tests, open_site, site_close);
}
