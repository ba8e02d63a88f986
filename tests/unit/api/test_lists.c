/* Pages, searches and histories over a fake of the data. */
#include "support.h"

#include "api/cursor.h"
#include "api/query.h"
#include "api/reply.h"

#include <jansson.h>
#include <stdlib.h>

FAKE_LOADER_ITEM
FAKE_FIND_HEADER

static struct world world;
static size_t record_count; /* records "0000" … of the only view */
static int asked;           /* how often records were handed out */
static char matched[128];
static int64_t since;

static size_t padding; /* bytes that make each record large */

static const c18n_doc *record(size_t number)
{
    if (padding > 0)
        return doc_of(&world, arena_print(world.api.arena, "{\"_id\":\"%04zu\",\"n\":%zu,\"pad\":\"%0*d\"}", number, number,
                                          (int)padding, 0));
    return doc_of(&world, arena_print(world.api.arena, "{\"_id\":\"%04zu\",\"n\":%zu}", number, number));
}

int data_page(struct request *request, const struct data_page *page)
{
    (void)request;
    size_t start = page->after.at ? strtoul((const char *)page->after.at, NULL, 10) + 1 : 0;
    matched[0] = '\0';
    since = page->since;
    for (const char *const *match = page->match; *match; match++)
        strcat(strcat(matched, *match), ";");
    for (size_t i = start; i < record_count; i++) {
        char key[32];
        asked++;
        snprintf(key, sizeof key, "%04zu", i);
        int code = page->item(page->arg, record(i), (c18n_bytes){key, 5});
        if (code != C18N_OK)
            return code == C18N_AGAIN ? C18N_OK : code;
    }
    return C18N_OK;
}

void data_note_access(struct data *data, const char *user, const char *view, const char *id)
{
    (void)data, (void)user, (void)view, (void)id;
}

static const c18n_field fields[] = {C18N_INTEGER("n", 0)};

static int setup(void **state)
{
    (void)state;
    world_open(&world);
    cursor_init(&world.api);
    world.api.cursor_ready = true;
    world.request.caller.user = ID_A;
    record_count = 0;
    padding = 0;
    asked = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cursor_close(&world.api);
    world_close(&world);
    return 0;
}

/* --- pages --- */

static void ask_for(const char *limit, const char *after)
{
    world.request.query_count = 0;
    world.request.reply = (struct request_reply){.status = 0};
    if (limit)
        world.request.query[world.request.query_count++] = (struct request_param){"limit", limit};
    if (after)
        world.request.query[world.request.query_count++] = (struct request_param){"after", after};
}

/* The cursor of the Link header; NULL: there is none. */
static const char *next_cursor(void)
{
    const char *link = reply_find(&world.request, "Link");
    if (!link)
        return NULL;
    assert_int_equal(strncmp(link, "<https://c18n.example/api/v1/things?", 36), 0);
    assert_non_null(strstr(link, ">; rel=\"next\""));
    const char *cursor = strstr(link, "after=") + 6;
    return arena_copy(world.api.arena, cursor, strcspn(cursor, ">"));
}

static size_t items(json_int_t *ret_first, json_int_t *ret_last)
{
    json_t *json = json_loadb(world.request.reply.body, world.request.reply.body_length, 0, NULL);
    assert_true(json_is_array(json));
    size_t count = json_array_size(json);
    *ret_first = count ? json_integer_value(json_object_get(json_array_get(json, 0), "n")) : -1;
    *ret_last = count ? json_integer_value(json_object_get(json_array_get(json, count - 1), "n")) : -1;
    json_decref(json);
    return count;
}

static c18n_page page_of(int (*keep)(c18n_request *rq, const c18n_doc *record, void *arg))
{
    return (c18n_page){.size = sizeof(c18n_page), .view = "things", .index = "n", .match = {"a", "b"},
                       .fields = C18N_ALL(fields), .keep = keep, .since = 5};
}

static void walks_all_pages(void **state)
{
    (void)state;
    json_int_t first, last;
    size_t total = 0, pages = 0;
    const char *after = NULL;
    c18n_page page = page_of(NULL);
    record_count = 25;
    do {
        ask_for(NULL, after);
        assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_OK);
        size_t count = items(&first, &last);
        assert_int_equal(first, total);
        total += count;
        assert_int_equal(last, total - 1);
        assert_int_equal(reply_find(&world.request, "ETag") != NULL, after == NULL); /* first pages only */
        after = next_cursor();
        pages++;
    } while (after);
    assert_int_equal(total, 25);
    assert_int_equal(pages, 3);
    assert_string_equal(matched, "a;b;");
    assert_int_equal(since, 5);
}

static void a_full_last_page_has_no_next(void **state)
{
    (void)state;
    c18n_page page = page_of(NULL);
    record_count = 10;
    ask_for("10", NULL);
    assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_OK);
    assert_null(next_cursor());
    record_count = 0;
    ask_for(NULL, NULL);
    assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_OK);
    assert_string_equal(reply_text(&world), "[]");
    assert_null(next_cursor());
}

static void limits_hold(void **state)
{
    (void)state;
    static const char *const bad[] = {"101", "0", "-1", "abc", "100abc", ""};
    c18n_page page = page_of(NULL);
    json_int_t first, last;
    record_count = 500;
    for (size_t i = 0; i < 6; i++) {
        ask_for(bad[i], NULL);
        assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_BAD_REQUEST);
        assert_string_equal(world.request.problem_word, "limit_out_of_range");
    }
    ask_for("100", NULL);
    assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_OK);
    assert_int_equal(items(&first, &last), 100);
    ask_for("5", "forged");
    assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_BAD_REQUEST);
}

static int keep_sevenths(c18n_request *rq, const c18n_doc *doc, void *arg)
{
    (void)rq, (void)arg;
    return c18n_integer(doc, "n", 0) % 7 == 0 ? C18N_OK : C18N_NOT_FOUND;
}

static void what_is_not_kept_is_passed_over(void **state)
{
    (void)state;
    c18n_page page = page_of(keep_sevenths);
    json_int_t first, last;
    record_count = 100;
    ask_for(NULL, NULL);
    assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_OK);
    assert_int_equal(items(&first, &last), 10);
    assert_int_equal(last, 63);
    ask_for(NULL, next_cursor());
    assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_OK);
    assert_int_equal(items(&first, &last), 5);
    assert_int_equal(first, 70);
    assert_null(next_cursor());
}

static int keep_nothing(c18n_request *rq, const c18n_doc *doc, void *arg)
{
    (void)rq, (void)doc, (void)arg;
    return C18N_NOT_FOUND;
}

static void passing_over_is_bounded(void **state)
{
    (void)state;
    c18n_page page = page_of(keep_nothing);
    json_int_t first, last;
    record_count = 2500;
    ask_for(NULL, NULL);
    assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_OK);
    assert_int_equal(asked, 1000);
    assert_int_equal(items(&first, &last), 0);
    ask_for(NULL, next_cursor());
    assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_OK);
    assert_int_equal(asked, 2000);
    ask_for(NULL, next_cursor());
    assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_OK);
    assert_null(next_cursor());
}

static const c18n_doc *next_record(c18n_request *rq, const c18n_doc *doc, void *arg)
{
    (void)rq, (void)arg;
    int64_t number = c18n_integer(doc, "n", 0);
    return number % 2 ? NULL : record((size_t)number + 100);
}

static void another_record_instead(void **state)
{
    (void)state;
    c18n_page page = page_of(NULL);
    json_int_t first, last;
    page.instead = next_record;
    record_count = 5;
    ask_for(NULL, NULL);
    assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_OK);
    assert_int_equal(items(&first, &last), 3);
    assert_int_equal(first, 100);
    assert_int_equal(last, 104);
}

static void unchanged_first_pages(void **state)
{
    (void)state;
    c18n_page page = page_of(NULL);
    record_count = 3;
    ask_for(NULL, NULL);
    assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_OK);
    world_header(&world, "if-none-match", reply_find(&world.request, "ETag"));
    ask_for(NULL, NULL);
    assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_OK);
    assert_int_equal(world.request.reply.status, 304);
    record_count = 4;
    ask_for(NULL, NULL);
    assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_OK);
    assert_int_equal(world.request.reply.status, 200);
}

/* A request has a limit of memory. Pages get shorter before they meet it, and none gets lost. */
static void large_records_make_short_pages(void **state)
{
    (void)state;
    json_int_t first, last;
    size_t total = 0, pages = 0;
    const char *after = NULL;
    c18n_page page = page_of(NULL);
    record_count = 30;
    padding = 300000;
    do {
        ask_for("100", after);
        assert_int_equal(reply_page(request_pub(&world.request), &page), C18N_OK);
        size_t count = items(&first, &last);
        assert_int_equal(first, total);
        total += count;
        after = next_cursor();
        pages++;
    } while (after);
    assert_int_equal(total, 30);
    assert_in_range(pages, 2, 4);
}

/* --- searches --- */

static size_t hit_count;
static int index_code;
static c18n_index_query last_query;

static int index_search(c18n_self *self, const c18n_index_query *query, int (*hit)(void *arg, const char *id), void *arg)
{
    (void)self;
    char id[32];
    last_query = *query;
    for (size_t i = query->offset; i < hit_count && i < query->offset + query->limit; i++) {
        snprintf(id, sizeof id, "%04zu", i);
        int code = hit(arg, id);
        if (code != C18N_OK)
            return code;
    }
    return index_code;
}

static const c18n_index functions = {.size = sizeof functions, .search = index_search};
static const c18n_service service = {.functions = &functions};
static const c18n_service *served = &service;

const c18n_service *data_index(const struct data *data)
{
    (void)data;
    return served;
}
uint64_t data_position(const struct data *data)
{
    (void)data;
    return 42;
}
static uint64_t waited_for;
int data_index_wait(struct data *data, uint64_t position, int64_t wait_ms)
{
    (void)data;
    assert_int_equal(wait_ms, 500);
    waited_for = position;
    return C18N_TIMEOUT; /* an index that is behind still answers */
}

/* Every third record is softly deleted. */
static int view_get(c18n_request *rq, const char *view, const char *id, const c18n_doc **ret_record)
{
    (void)rq;
    size_t number = strtoul(id, NULL, 10);
    assert_string_equal(view, "things");
    *ret_record = record(number);
    return number % 3 == 2 ? C18N_GONE : C18N_OK;
}

static const c18n_views_family fake_views = {.get = view_get};

static int search(const char *limit, const char *after)
{
    c18n_search declared = {.size = sizeof declared, .view = "things", .query = "bread", .in = "name",
                            .filter_name = "community", .filter_value = ID_A, .fields = C18N_ALL(fields)};
    world.server.host.views = &fake_views;
    ask_for(limit, after);
    return reply_search(request_pub(&world.request), &declared);
}

static void searches_page_by_page(void **state)
{
    (void)state;
    json_int_t first, last;
    hit_count = 20; /* 14 of them are there */
    index_code = C18N_OK;
    assert_int_equal(search(NULL, NULL), C18N_OK);
    assert_true(waited_for == 42);
    assert_string_equal(last_query.words, "bread");
    assert_string_equal(last_query.filter_value, ID_A);
    assert_int_equal(items(&first, &last), 10);
    assert_int_equal(last, 13);
    assert_int_equal(search(NULL, next_cursor()), C18N_OK);
    assert_int_equal(items(&first, &last), 4);
    assert_int_equal(first, 15);
    assert_null(next_cursor());
}

static void searches_are_not_endless(void **state)
{
    (void)state;
    json_int_t first, last;
    size_t pages = 0, total = 0;
    const char *after = NULL;
    hit_count = 5000;
    do {
        assert_int_equal(search("100", after), C18N_OK);
        total += items(&first, &last);
        after = next_cursor();
        pages++;
    } while (after && pages < 100);
    assert_true(pages <= 8);
    assert_true(total <= 800);
}

static void search_is_down(void **state)
{
    (void)state;
    hit_count = 0;
    index_code = C18N_UNAVAILABLE;
    assert_int_equal(search(NULL, NULL), C18N_UNAVAILABLE);
    assert_string_equal(world.request.problem_word, "search_unavailable");
    served = NULL;
    assert_int_equal(search(NULL, NULL), C18N_UNAVAILABLE);
    served = &service;
    index_code = C18N_OK;
    assert_int_equal(search(NULL, NULL), C18N_OK);
    assert_string_equal(reply_text(&world), "[]");
}

/* --- histories --- */

int data_history(struct request *request, const char *resource, uint64_t after,
                 int (*item)(void *arg, const c18n_event *event), void *arg)
{
    (void)request;
    for (uint64_t i = after + 1; i <= record_count; i++) {
        c18n_event event = {.position = i, .event_id = ID_B, .type = "things.made", .topic = "things", .actor = ID_A,
                            .resource = resource, .key = resource, .request_id = "", .time_ms = 1700000000042,
                            .data = doc_of(&world, arena_print(world.api.arena, "{\"n\":%d}", (int)i)), .version = 2};
        int code = item(arg, &event);
        if (code != C18N_OK)
            return code == C18N_AGAIN ? C18N_OK : code;
    }
    return C18N_OK;
}

static void histories(void **state)
{
    (void)state;
    record_count = 3;
    ask_for("2", NULL);
    assert_int_equal(reply_history(request_pub(&world.request), ID_A), C18N_OK);
    assert_string_equal(reply_text(&world),
                        "[{\"event_id\":\"" ID_B "\",\"type\":\"things.made\",\"version\":2,\"time\":1700000000.042,\"actor\":\""
                        ID_A "\",\"on_behalf_of\":null,\"data\":{\"n\":1}},{\"event_id\":\"" ID_B "\",\"type\":\"things.made\","
                        "\"version\":2,\"time\":1700000000.042,\"actor\":\"" ID_A "\",\"on_behalf_of\":null,\"data\":{\"n\":2}}]");
    ask_for("2", next_cursor());
    assert_int_equal(reply_history(request_pub(&world.request), ID_A), C18N_OK);
    assert_non_null(strstr(reply_text(&world), "\"data\":{\"n\":3}}]"));
    assert_null(next_cursor());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(walks_all_pages), TEST(a_full_last_page_has_no_next), TEST(limits_hold), TEST(what_is_not_kept_is_passed_over),
        TEST(passing_over_is_bounded), TEST(another_record_instead), TEST(unchanged_first_pages),
        TEST(large_records_make_short_pages), TEST(searches_page_by_page),
        TEST(searches_are_not_endless), TEST(search_is_down), TEST(histories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
