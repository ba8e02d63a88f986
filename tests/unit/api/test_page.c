/* Pages over a fake of an index: limits, cursors, what is passed over. */
#include "list_site.h"

static int asked; /* how often records were handed out */
static char matched[128];
static int64_t since;

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

static c18n_page page_of(int (*keep)(c18n_request *rq, const c18n_doc *record, void *arg))
{
    return (c18n_page){.size = sizeof(c18n_page),
                       .view = "things",
                       .index = "n",
                       .match = {"a", "b"},
                       .fields = C18N_ALL(fields),
                       .keep = keep,
                       .since = 5};
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
    asked = 0;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(walks_all_pages),
        TEST(a_full_last_page_has_no_next),
        TEST(limits_hold),
        TEST(what_is_not_kept_is_passed_over),
        TEST(passing_over_is_bounded),
        TEST(another_record_instead),
        TEST(unchanged_first_pages),
        TEST(large_records_make_short_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
