/* Answers from the storage: conditions, ranges, and pieces that go out one by one. */
#include "support.h"

#include "api/answer.h"
#include "api/blob.h"
#include "api/dispatch.h"
#include "c18n/blobs.h"

#include <stdlib.h>

FAKE_FIND_HEADER

enum { SIZE = 2 * DATA_BLOB_PIECE + 1000 };

static struct world world;
static struct call *call;
static unsigned char stored[SIZE], received[SIZE];
static size_t stored_size;
static bool absent;
static char noted[128];

/* --- the storage --- */

int data_blob_size(struct request *request, const char *id, uint64_t *ret_size, uint8_t ret_sha256[32])
{
    (void)request;
    if (absent || strcmp(id, "media/b1") != 0)
        return C18N_NOT_FOUND;
    *ret_size = stored_size;
    crypto_hash_sha256(ret_sha256, stored, stored_size);
    return C18N_OK;
}
static int damage_at = -1; /* the byte that comes back otherwise; -1: none */
int data_blob_read(struct request *request, const char *id, uint64_t offset, size_t count, void *ret_bytes)
{
    (void)request, (void)id;
    if (absent)
        return C18N_NOT_FOUND;
    assert_true(count <= DATA_BLOB_PIECE && offset + count <= stored_size);
    assert_int_equal(offset / DATA_BLOB_PIECE,
                     (offset + count - 1) / DATA_BLOB_PIECE); /* of one piece of the storage */
    memcpy(ret_bytes, stored + offset, count);
    if (damage_at >= (int)offset && damage_at < (int)(offset + count))
        ((unsigned char *)ret_bytes)[damage_at - (int)offset] ^= 1;
    return C18N_OK;
}
int data_read_begin(struct data_reader *reader, struct request *request)
{
    (void)reader, (void)request;
    return C18N_OK;
}
void data_read_end(struct data_reader *reader, struct request *request)
{
    (void)reader, (void)request;
}
void data_note_read(struct request *request, const char *view, const char *id)
{
    snprintf(noted, sizeof noted, "%s %s %s", request->caller.user, view, id);
}
static char written[256];
int data_blob_write(struct request *request, const char *id, uint64_t offset, c18n_bytes piece)
{
    (void)request;
    snprintf(written, sizeof written, "write %s %d %d", id, (int)offset, (int)piece.length);
    return *id ? C18N_OK : C18N_INVALID;
}
int data_blob_finish(struct request *request, const char *id, uint64_t size, const uint8_t sha256[32])
{
    (void)request;
    snprintf(written, sizeof written, "finish %s %d %d", id, (int)size, sha256[0]);
    return C18N_OK;
}
int data_blob_remove(struct request *request, const char *id)
{
    (void)request;
    snprintf(written, sizeof written, "remove %s", id);
    return C18N_OK;
}

/* --- the loop, the pool and the client, each a step that the test takes --- */

static struct {
    bool begun, ended, complete, client_gone;
    uint64_t promised;
    size_t length, pieces;
    bool (*work)(struct call *call, struct data_reader *reader);
    void (*next)(struct call *call);
    void (*sent)(void *arg, bool gone);
    void *arg;
} out;

void answer_fill(struct call *of, struct http_answer *ret_answer)
{
    *ret_answer = (struct http_answer){.status = of->request.reply.status};
}
void dispatch_finish(struct call *of, int code)
{
    (void)of;
    out.ended = true;
    out.complete = code == C18N_OK;
}
void dispatch_hop(struct call *of, struct pool *pool, bool (*work)(struct call *call, struct data_reader *reader),
                  void (*next)(struct call *call))
{
    (void)of, (void)pool;
    out.work = work;
    out.next = next;
}
void http_stream_begin(struct http_request *request, const struct http_answer *answer)
{
    (void)request;
    assert_true(answer->sized);
    assert_null(answer->body);
    out.begun = true;
    out.promised = answer->body_length;
}
void http_stream_lend(struct http_request *request, const void *bytes, size_t length,
                      void (*sent)(void *arg, bool gone), void *arg)
{
    (void)request;
    memcpy(received + out.length, bytes, length);
    out.length += length;
    out.pieces++;
    out.sent = sent;
    out.arg = arg;
}

/* Plays loop, client and pool by turns until the end. */
static void send_all(void)
{
    call->code = C18N_OK;
    call->request.reply.send(&call->request);
    while (!out.ended) {
        assert_non_null(out.sent);
        out.work = NULL;
        out.sent(out.arg, out.client_gone);
        if (out.work) {
            assert_true(out.work(call, NULL));
            out.next(call);
        }
    }
}

/* --- asking --- */

static int setup(void **state)
{
    (void)state;
    static c18n_self self = {.id = "media"};
    world_open(&world);
    world.route.declared.flags = C18N_ROUTE_BLOB;
    world.request.head.self = &self;
    world.request.caller.user = ID_A;
    call = arena_alloc(world.api.arena, sizeof *call);
    call->magic = CALL_MAGIC;
    call->api = &world.api;
    for (size_t i = 0; i < SIZE; i++)
        stored[i] = (unsigned char)(i * 31 + i / 251);
    memset(&out, 0, sizeof out);
    stored_size = SIZE;
    absent = false;
    damage_at = -1;
    noted[0] = '\0';
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static int ask(const char *blob)
{
    const c18n_blob_reply reply = {
        .size = sizeof reply, .blob = blob, .content_type = "image/png", .name = "../a.png", .attachment = 1};
    call->request = world.request;
    return blobs_family.reply(request_pub(&call->request), &reply);
}

/* Asks with one header, and gives the status. */
static int ask_with(const char *name, const char *value)
{
    world.http.header_count = 0;
    memset(&out, 0, sizeof out);
    world_header(&world, name, value);
    int code = ask("b1");
    return code == C18N_PRECONDITION ? 412 : code == C18N_OK ? call->request.reply.status : code;
}

static const char *header_of(const char *name)
{
    return reply_find(&call->request, name);
}

static const char *etag(void)
{
    uint8_t sum[32];
    char hex[65];
    crypto_hash_sha256(sum, stored, stored_size);
    sodium_bin2hex(hex, sizeof hex, sum, sizeof sum);
    return arena_print(world.api.arena, "\"%s\"", hex);
}

/* --- */

static void a_whole_one_goes_piece_by_piece(void **state)
{
    (void)state;
    assert_int_equal(ask("b1"), C18N_OK);
    assert_int_equal(call->request.reply.status, 200);
    assert_string_equal(call->request.reply.content_type, "image/png");
    assert_string_equal(header_of("ETag"), etag());
    assert_string_equal(header_of("Accept-Ranges"), "bytes");
    assert_string_equal(header_of("Content-Security-Policy"), "sandbox");
    assert_string_equal(header_of("Content-Disposition"),
                        "attachment; filename=\"_._a.png\"; filename*=UTF-8''_._a.png");
    assert_null(header_of("Content-Range"));
    assert_string_equal(noted, ID_A " media b1");
    send_all();
    assert_int_equal(out.promised, SIZE);
    assert_int_equal(out.length, SIZE);
    assert_int_equal(out.pieces, 3);
    assert_memory_equal(received, stored, SIZE);
    assert_true(out.complete);
}

static void a_range_is_a_part(void **state)
{
    (void)state;
    assert_int_equal(ask_with("range", "bytes=262100-262200"), 206); /* over the edge of a piece */
    assert_string_equal(header_of("Content-Range"), "bytes 262100-262200/525288");
    send_all();
    assert_int_equal(out.promised, 101);
    assert_int_equal(out.pieces, 2);
    assert_memory_equal(received, stored + 262100, 101);
    assert_true(out.complete);
    assert_int_equal(ask_with("range", "bytes=-10"), 206);
    send_all();
    assert_memory_equal(received, stored + SIZE - 10, 10);
    assert_int_equal(ask_with("range", "bytes=0-1,5-6"), 200);
    assert_null(header_of("Content-Range"));
}

static void a_range_beyond_is_a_416(void **state)
{
    (void)state;
    assert_int_equal(ask_with("range", "bytes=525288-"), 416);
    assert_string_equal(header_of("Content-Range"), "bytes */525288");
    assert_null(header_of("ETag"));
    assert_null(header_of("Content-Disposition"));
    assert_null(call->request.reply.send);
    assert_non_null(strstr(call->request.reply.body, "\"range_not_satisfiable\""));
}

static void conditions_come_before_ranges(void **state)
{
    (void)state;
    assert_int_equal(ask_with("if-none-match", etag()), 304);
    assert_null(call->request.reply.send);
    assert_string_equal(header_of("ETag"), etag());
    assert_string_equal(noted, ID_A " media b1"); /* they know now that it is unchanged */
    world_header(&world, "range", "bytes=0-1");
    assert_int_equal(ask("b1"), C18N_OK);
    assert_int_equal(call->request.reply.status, 304);
    assert_int_equal(ask_with("if-none-match", arena_print(world.api.arena, "\"x\", W/%s", etag())), 304);
    assert_int_equal(ask_with("if-none-match", "*"), 304);
    assert_int_equal(ask_with("if-none-match", "\"x\""), 200);
    assert_int_equal(ask_with("if-match", "\"x\""), 412);
    assert_int_equal(ask_with("if-match", arena_print(world.api.arena, "W/%s", etag())),
                     412); /* weak ones are not equal */
    assert_int_equal(ask_with("if-match", arena_print(world.api.arena, "\"x\" , %s", etag())), 200);
    assert_int_equal(ask_with("if-match", "*"), 200);
}

static int if_range(const char *value)
{
    world.http.header_count = 0;
    world_header(&world, "range", "bytes=0-1");
    world_header(&world, "if-range", value);
    assert_int_equal(ask("b1"), C18N_OK);
    return call->request.reply.status;
}

static void if_range_wants_the_same_file(void **state)
{
    (void)state;
    assert_int_equal(if_range(etag()), 206);
    assert_int_equal(if_range("\"x\""), 200);
    assert_int_equal(if_range(arena_print(world.api.arena, "W/%s", etag())), 200);
    assert_int_equal(if_range("Wed, 25 Nov 2026 00:00:00 GMT"), 200); /* there is no Last-Modified to compare with */
}

static void head_has_the_size_and_no_bytes(void **state)
{
    (void)state;
    world.http.method = "HEAD";
    assert_int_equal(ask_with("range", "bytes=0-1"), 200); /* Range is GET's */
    assert_string_equal(noted, "");
    send_all();
    assert_int_equal(out.promised, SIZE);
    assert_int_equal(out.length, 0);
    assert_true(out.complete);
}

static void an_empty_one(void **state)
{
    (void)state;
    stored_size = 0;
    assert_int_equal(ask("b1"), C18N_OK);
    send_all();
    assert_int_equal(out.promised, 0);
    assert_true(out.complete);
    assert_int_equal(ask_with("range", "bytes=0-"), 416);
}

static void a_damaged_one_is_never_whole(void **state)
{
    (void)state;
    static const int places[] = {0, DATA_BLOB_PIECE + 5, SIZE - 1};
    for (size_t i = 0; i < 3; i++) {
        memset(&out, 0, sizeof out);
        damage_at = places[i];
        assert_int_equal(ask("b1"), C18N_OK);
        send_all();
        assert_int_equal(out.length, 2 * DATA_BLOB_PIECE); /* the last piece stays here */
        assert_false(out.complete);
    }
    stored_size = 1000; /* of one piece: it is known before anything leaves */
    damage_at = 7;
    assert_int_equal(ask("b1"), C18N_CORRUPT);
    assert_null(call->request.reply.send);
}

static void a_removed_one_is_cut(void **state)
{
    (void)state;
    assert_int_equal(ask("b1"), C18N_OK);
    absent = true;
    send_all();
    assert_int_equal(out.length, DATA_BLOB_PIECE);
    assert_false(out.complete);
    assert_int_equal(ask("b1"), C18N_NOT_FOUND);
    absent = false;
    assert_int_equal(ask("b2"), C18N_NOT_FOUND);
}

static void a_client_that_left_ends_it(void **state)
{
    (void)state;
    assert_int_equal(ask("b1"), C18N_OK);
    out.client_gone = true;
    send_all();
    assert_int_equal(out.pieces, 1);
    assert_false(out.complete);
}

static void caching_is_as_the_module_says(void **state)
{
    (void)state;
    const c18n_blob_reply reply = {
        .size = sizeof reply, .blob = "b1", .content_type = "video/mp4", .cache_seconds = 3600};
    call->request = world.request;
    assert_int_equal(blobs_family.reply(request_pub(&call->request), &reply), C18N_OK);
    assert_string_equal(header_of("Cache-Control"), "private, max-age=3600");
    assert_string_equal(header_of("Content-Disposition"), "inline");
}

static void only_its_routes_answer_one(void **state)
{
    (void)state;
    world.route.declared.flags = 0;
    assert_int_equal(ask("b1"), C18N_INVALID);
    world.route.declared.flags = C18N_ROUTE_BLOB;
    world.request.http = NULL;
    assert_int_equal(ask("b1"), C18N_INVALID);
}

static void each_module_has_its_own(void **state)
{
    (void)state;
    uint8_t sum[32] = {7};
    c18n_request *rq = request_pub(&world.request);
    char longest[66];
    memset(longest, 'x', sizeof longest);
    longest[65] = '\0';
    assert_int_equal(blobs_family.write(rq, "b9", 5, (c18n_bytes){"abc", 3}), C18N_OK);
    assert_string_equal(written, "write media/b9 5 3");
    assert_int_equal(blobs_family.finish(rq, "b9", 8, sum), C18N_OK);
    assert_string_equal(written, "finish media/b9 8 7");
    assert_int_equal(blobs_family.remove(rq, "b9"), C18N_OK);
    assert_string_equal(written, "remove media/b9");
    static const char *const bad[] = {NULL, ""};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(blobs_family.write(rq, bad[i], 0, (c18n_bytes){"abc", 3}), C18N_INVALID);
    assert_int_equal(blobs_family.write(rq, longest, 0, (c18n_bytes){"abc", 3}), C18N_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_one_goes_piece_by_piece),
        TEST(a_range_is_a_part),
        TEST(a_range_beyond_is_a_416),
        TEST(conditions_come_before_ranges),
        TEST(if_range_wants_the_same_file),
        TEST(head_has_the_size_and_no_bytes),
        TEST(an_empty_one),
        TEST(a_damaged_one_is_never_whole),
        TEST(a_removed_one_is_cut),
        TEST(a_client_that_left_ends_it),
        TEST(caching_is_as_the_module_says),
        TEST(only_its_routes_answer_one),
        TEST(each_module_has_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
