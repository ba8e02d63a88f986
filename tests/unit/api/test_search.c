/* Searches over a fake of an index, and histories over a fake of the events. */
#include "list_site.h"

static size_t hit_count;
static int index_code;
static c18n_index_query last_query;

static int index_search(c18n_self *self, const c18n_index_query *query, int (*hit)(void *arg, const char *id),
                        void *arg)
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
static c18n_self provider = {.id = "index"};
static const c18n_service service = {.functions = &functions, .provider = &provider};
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

const c18n_views_family views_family = {.get = view_get};

static int search(const char *limit, const char *after)
{
    c18n_search declared = {.size = sizeof declared,
                            .view = "things",
                            .query = "bread",
                            .in = "name",
                            .filter_name = "community",
                            .filter_value = ID_A,
                            .fields = C18N_ALL(fields)};
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
        c18n_event event = {.position = i,
                            .event_id = ID_B,
                            .type = "things.made",
                            .topic = "things",
                            .actor = ID_A,
                            .resource = resource,
                            .key = resource,
                            .request_id = "",
                            .time_ms = 1700000000042,
                            .data = doc_of(&world, arena_print(world.api.arena, "{\"n\":%d}", (int)i)),
                            .version = 2};
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
    assert_string_equal(
        reply_text(&world),
        "[{\"event_id\":\"" ID_B "\",\"type\":\"things.made\",\"version\":2,\"time\":1700000000.042,\"actor\":\"" ID_A
        "\",\"on_behalf_of\":null,\"data\":{\"n\":1}},{\"event_id\":\"" ID_B "\",\"type\":\"things.made\","
        "\"version\":2,\"time\":1700000000.042,\"actor\":\"" ID_A "\",\"on_behalf_of\":null,\"data\":{\"n\":2}}]");
    ask_for("2", next_cursor());
    assert_int_equal(reply_history(request_pub(&world.request), ID_A), C18N_OK);
    assert_non_null(strstr(reply_text(&world), "\"data\":{\"n\":3}}]"));
    assert_null(next_cursor());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(searches_page_by_page),
        TEST(searches_are_not_endless),
        TEST(search_is_down),
        TEST(histories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
