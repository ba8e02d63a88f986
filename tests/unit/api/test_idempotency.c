/* The same POST twice: done once, answered twice; another body under the same key is refused. */
#include "support.h"

#include "api/idempotency.h"
#include "api/reply.h"
#include "base/platform.h"

#include <stdlib.h>

FAKE_LOADER_ITEM
FAKE_FIND_HEADER

/* --- the host's table, in memory and in order --- */

static struct row {
    char *key, *value;
    size_t length;
} rows[256];
static size_t row_count;

static int find_row(const char *key)
{
    for (size_t i = 0; i < row_count; i++)
        if (strcmp(rows[i].key, key) == 0)
            return (int)i;
    return -1;
}

int data_host_get(struct request *request, const char *table, const char *key, c18n_bytes *ret_value)
{
    (void)request;
    assert_string_equal(table, "idempotency");
    int at = find_row(key);
    if (at < 0)
        return C18N_NOT_FOUND;
    *ret_value = (c18n_bytes){rows[at].value, rows[at].length};
    return C18N_OK;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->key, ((const struct row *)b)->key);
}

int data_host_remove(struct request *request, const char *table, const char *key)
{
    (void)request, (void)table;
    int at = find_row(key);
    if (at < 0)
        return C18N_OK;
    free(rows[at].key);
    free(rows[at].value);
    rows[at] = rows[--row_count];
    qsort(rows, row_count, sizeof *rows, compare);
    return C18N_OK;
}

int data_host_put(struct request *request, const char *table, const char *key, c18n_bytes value)
{
    assert_int_equal(data_host_remove(request, table, key), C18N_OK);
    assert_true(row_count < 256);
    struct row *row = &rows[row_count++];
    *row = (struct row){strdup(key), malloc(value.length + 1), value.length};
    memcpy(row->value, value.at, value.length);
    qsort(rows, row_count, sizeof *rows, compare);
    return C18N_OK;
}

int data_host_scan(struct request *request, const char *table, c18n_store_row each, void *arg)
{
    (void)request, (void)table;
    for (size_t i = 0; i < row_count; i++) {
        int code =
            each(arg, (c18n_bytes){rows[i].key, strlen(rows[i].key)}, (c18n_bytes){rows[i].value, rows[i].length});
        if (code != C18N_OK)
            return code == C18N_AGAIN ? C18N_OK : code;
    }
    return C18N_OK;
}

/* reply.c needs it; nothing here reads a record */
void data_note_read(struct request *request, const char *view, const char *id)
{
    (void)request, (void)view, (void)id;
}

/* --- a clock that the tests move --- */

static int64_t now_ms;
static int64_t fake_wall_ms(void)
{
    return now_ms;
}
static struct platform moved;

static struct world world;

static int setup(void **state)
{
    (void)state;
    moved = platform_system;
    moved.wall_ms = fake_wall_ms;
    platform = &moved;
    now_ms = INT64_C(1700000000000);
    world_open(&world);
    world.route.declared = (c18n_route){.method = "POST", .path = "/things/new"};
    world.http.method = "POST";
    world.request.caller.user = ID_A;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    while (row_count > 0)
        assert_int_equal(data_host_remove(NULL, "", rows[0].key), C18N_OK);
    world_close(&world);
    return 0;
}

/* Sends a POST; *ret_replayed tells whether the handler was spared. */
static int post(const char *key, const char *body, bool *ret_replayed)
{
    world.http.header_count = 0;
    if (key)
        world_header(&world, "idempotency-key", key);
    world.request.body = doc_of(&world, body);
    world.request.reply = (struct request_reply){.status = 0};
    world.request.problem_word = NULL;
    *ret_replayed = false;
    int code = idempotency_find(&world.request, ret_replayed);
    if (code != C18N_OK || *ret_replayed)
        return code;
    static int number;
    char *answer = arena_print(world.api.arena, "{\"made\":%d}", ++number);
    reply_body(&world.request, 200, answer, strlen(answer));
    assert_int_equal(reply_header(&world.request, "Location", "https://c18n.example/x"), C18N_OK);
    return idempotency_keep(&world.request);
}

static void gives_the_first_answer_again(void **state)
{
    (void)state;
    bool replayed;
    assert_int_equal(post("k1", "{\"a\":1}", &replayed), C18N_OK);
    assert_false(replayed);
    const char *first = reply_text(&world);
    assert_int_equal(post("k1", "{\"a\":1}", &replayed), C18N_OK);
    assert_true(replayed);
    assert_string_equal(reply_text(&world), first);
    assert_int_equal(world.request.reply.status, 200);
    assert_string_equal(world.request.reply.content_type, "application/json");
    assert_string_equal(reply_find(&world.request, "Location"), "https://c18n.example/x");
    assert_string_equal(reply_find(&world.request, "Idempotency-Replayed"), "true");
}

static void another_body_is_refused(void **state)
{
    (void)state;
    bool replayed;
    assert_int_equal(post("k1", "{\"a\":1}", &replayed), C18N_OK);
    assert_int_equal(post("k1", "{\"a\":2}", &replayed), C18N_INVALID);
    assert_string_equal(world.request.problem_word, "idempotency_key_reused");
    assert_int_equal(post("k1", "{\"a\":1}", &replayed), C18N_OK);
    assert_true(replayed);
}

static void keys_are_ones_own(void **state)
{
    (void)state;
    bool replayed;
    assert_int_equal(post("k1", "{\"a\":1}", &replayed), C18N_OK);
    world.request.caller.user = ID_B;
    assert_int_equal(post("k1", "{\"a\":2}", &replayed), C18N_OK);
    assert_false(replayed);
    world.request.caller.user = ID_A;
    world.route.declared.path = "/others/new";
    assert_int_equal(post("k1", "{\"a\":3}", &replayed), C18N_OK);
    assert_false(replayed);
    world.request.params[0] = (struct request_param){"thing", ID_A};
    world.request.param_count = 1;
    assert_int_equal(post("k1", "{\"a\":4}", &replayed), C18N_OK);
    assert_false(replayed);
}

static void not_everything_is_kept(void **state)
{
    (void)state;
    bool replayed;
    assert_int_equal(post(NULL, "{}", &replayed), C18N_OK);
    world.route.declared.flags = C18N_ROUTE_SESSION; /* has a token in it */
    assert_int_equal(post("k1", "{}", &replayed), C18N_OK);
    world.route.declared.flags = 0;
    world.request.caller.user = ""; /* anybody could ask for it again */
    assert_int_equal(post("k1", "{}", &replayed), C18N_OK);
    world.request.caller.user = ID_A;
    world.route.declared.method = "PUT";
    assert_int_equal(post("k1", "{}", &replayed), C18N_OK);
    assert_int_equal(row_count, 0);
}

static void cookies_are_never_kept(void **state)
{
    (void)state;
    world_header(&world, "idempotency-key", "k1");
    reply_body(&world.request, 200, "{}", 2);
    assert_int_equal(reply_header(&world.request, "Set-Cookie", "c18n_session=x"), C18N_OK);
    assert_int_equal(idempotency_keep(&world.request), C18N_OK);
    assert_int_equal(row_count, 0);
}

static void bad_keys(void **state)
{
    (void)state;
    bool replayed;
    char longer[300];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(post("", "{}", &replayed), C18N_BAD_REQUEST);
    assert_int_equal(post("a\tb", "{}", &replayed), C18N_BAD_REQUEST);
    assert_int_equal(post("\xc3\xa4", "{}", &replayed), C18N_BAD_REQUEST);
    assert_int_equal(post(longer, "{}", &replayed), C18N_BAD_REQUEST);
    assert_string_equal(world.request.problem_word, "bad_idempotency_key");
}

static void ends_after_a_day(void **state)
{
    (void)state;
    bool replayed;
    assert_int_equal(post("k1", "{\"a\":1}", &replayed), C18N_OK);
    now_ms += INT64_C(86399) * 1000;
    assert_int_equal(post("k1", "{\"a\":1}", &replayed), C18N_OK);
    assert_true(replayed);
    now_ms += 1000;
    assert_int_equal(post("k1", "{\"a\":2}", &replayed), C18N_OK); /* the key may be used anew */
    assert_false(replayed);
    assert_int_equal(post("k1", "{\"a\":2}", &replayed), C18N_OK);
    assert_true(replayed);
}

static void old_answers_are_swept(void **state)
{
    (void)state;
    bool replayed;
    char key[16];
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof key, "old-%d", i);
        assert_int_equal(post(key, "{}", &replayed), C18N_OK);
    }
    assert_int_equal(row_count, 40);
    now_ms += INT64_C(2) * 86400 * 1000;
    for (int i = 0; i < 5; i++) { /* each takes four old ones away */
        snprintf(key, sizeof key, "new-%d", i);
        assert_int_equal(post(key, "{}", &replayed), C18N_OK);
    }
    assert_int_equal(row_count, 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_the_first_answer_again),
        TEST(another_body_is_refused),
        TEST(keys_are_ones_own),
        TEST(not_everything_is_kept),
        TEST(cookies_are_never_kept),
        TEST(bad_keys),
        TEST(ends_after_a_day),
        TEST(old_answers_are_swept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
