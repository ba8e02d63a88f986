/* Pages of a list that a module has put together: keys as cursors, order, limits. */
#include "list_site.h"

enum { MOST = 4097 };

static const c18n_doc *given[MOST];
static const char *keys[MOST];

/* Items 0 … count - 1, with keys "k0000" …, in steps of `step`. */
static c18n_list list_of(uint32_t count, uint32_t step)
{
    for (uint32_t i = 0; i < count; i++) {
        given[i] = record(i * step);
        keys[i] = arena_print(world.api.arena, "k%05u", i * step);
    }
    return (c18n_list){
        .size = sizeof(c18n_list), .count = count, .items = given, .keys = keys, .fields = C18N_ALL(fields)};
}

static int ask(const char *limit, const char *after, const c18n_list *list)
{
    ask_for(limit, after);
    return reply_list(request_pub(&world.request), list);
}

static void walks_all_pages(void **state)
{
    (void)state;
    json_int_t first, last;
    size_t total = 0, pages = 0;
    const char *after = NULL;
    c18n_list list = list_of(25, 1);
    do {
        assert_int_equal(ask(NULL, after, &list), C18N_OK);
        size_t count = items(&first, &last);
        assert_int_equal(first, total);
        total += count;
        assert_int_equal(last, total - 1);
        assert_int_equal(reply_find(&world.request, "ETag") != NULL, after == NULL);
        after = next_cursor();
        pages++;
    } while (after);
    assert_int_equal(total, 25);
    assert_int_equal(pages, 3);
}

static void the_last_page_has_no_next(void **state)
{
    (void)state;
    json_int_t first, last;
    c18n_list list = list_of(10, 1);
    assert_int_equal(ask("10", NULL, &list), C18N_OK);
    assert_int_equal(items(&first, &last), 10);
    assert_null(next_cursor());
    list.count = 0;
    assert_int_equal(ask(NULL, NULL, &list), C18N_OK);
    assert_string_equal(reply_text(&world), "[]");
    assert_null(next_cursor());
}

static void what_moves_meanwhile_neither_hides_nor_doubles(void **state)
{
    (void)state;
    json_int_t first, last;
    c18n_list list = list_of(20, 10);
    assert_int_equal(ask("5", NULL, &list), C18N_OK); /* 0 … 40 */
    const char *after = next_cursor();
    list = list_of(200, 1); /* others came between, and behind the cursor's own */
    assert_int_equal(ask("5", after, &list), C18N_OK);
    assert_int_equal(items(&first, &last), 5);
    assert_int_equal(first, 41);
    list = list_of(10, 30); /* the cursor's item is gone */
    assert_int_equal(ask("5", after, &list), C18N_OK);
    assert_int_equal(items(&first, &last), 5);
    assert_int_equal(first, 60);
    list = list_of(2, 1); /* nothing is left behind it */
    assert_int_equal(ask("5", after, &list), C18N_OK);
    assert_string_equal(reply_text(&world), "[]");
}

static void an_empty_key_is_a_key(void **state)
{
    (void)state;
    json_int_t first, last;
    c18n_list list = list_of(3, 1);
    keys[0] = "";
    assert_int_equal(ask("1", NULL, &list), C18N_OK);
    assert_int_equal(ask("1", next_cursor(), &list), C18N_OK);
    assert_int_equal(items(&first, &last), 1);
    assert_int_equal(first, 1);
}

static void limits_and_cursors_are_judged(void **state)
{
    (void)state;
    static const char *const bad[] = {"101", "0", "-1", "abc"};
    json_int_t first, last;
    c18n_list list = list_of(300, 1);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(ask(bad[i], NULL, &list), C18N_BAD_REQUEST);
        assert_string_equal(world.request.problem_word, "limit_out_of_range");
    }
    assert_int_equal(ask("100", NULL, &list), C18N_OK);
    assert_int_equal(items(&first, &last), 100);
    const char *after = next_cursor();
    assert_int_equal(ask("5", "forged", &list), C18N_BAD_REQUEST);
    world.request.caller.user = ID_B;
    assert_int_equal(ask("5", after, &list), C18N_BAD_REQUEST);
    world.request.caller.user = ID_A;
    ask_for("5", NULL);
    const char *index = cursor_seal(&world.request, CURSOR_INDEX, (c18n_bytes){"k00001", 7});
    assert_int_equal(ask("5", index, &list), C18N_BAD_REQUEST); /* another kind */
}

static void large_items_make_short_pages(void **state)
{
    (void)state;
    json_int_t first, last;
    static const c18n_field all[] = {C18N_INTEGER("n", 0), C18N_TEXT("pad", 0)};
    padding = 1 << 20;
    c18n_list list = list_of(9, 1);
    list.fields = (c18n_table)C18N_ALL(all);
    assert_int_equal(ask("9", NULL, &list), C18N_OK);
    size_t count = items(&first, &last);
    assert_in_range(count, 1, 6);
    assert_non_null(next_cursor());
}

static const c18n_doc *show_twice_as_much(c18n_request *rq, const c18n_doc *item, void *arg)
{
    (void)rq;
    ++*(size_t *)arg;
    return c18n_integer(item, "n", 0) < 300 ? record((size_t)c18n_integer(item, "n", 0) * 2) : NULL;
}

static void only_what_a_page_shows_is_made(void **state)
{
    (void)state;
    json_int_t first, last;
    size_t made = 0;
    c18n_list list = list_of(400, 1);
    list.show = show_twice_as_much;
    list.arg = &made;
    assert_int_equal(ask("5", NULL, &list), C18N_OK);
    assert_int_equal(items(&first, &last), 5);
    assert_int_equal(last, 8);
    assert_int_equal(made, 5);
    list.items += 299;
    list.keys += 299;
    list.count = 2;
    assert_int_equal(ask("5", NULL, &list), C18N_NO_MEMORY); /* the second one can't be made */
}

static void a_module_may_page_by_itself(void **state)
{
    (void)state;
    json_int_t first, last;
    c18n_list list = list_of(3, 1);
    list.keys = NULL;
    assert_int_equal(ask("2", "7", &list), C18N_OK); /* what `after` and the limit mean it has heeded itself */
    assert_int_equal(items(&first, &last), 3);
    assert_null(next_cursor());
    list.next = "before=42";
    assert_int_equal(ask("2", "7", &list), C18N_OK);
    const char *link = reply_find(&world.request, "Link");
    assert_string_equal(link, "<https://c18n.example/api/v1/things?limit=2&after=7&before=42>; rel=\"next\"");
    list.next = "after=9";
    assert_int_equal(ask("2", "7", &list), C18N_OK);
    link = reply_find(&world.request, "Link");
    assert_string_equal(link, "<https://c18n.example/api/v1/things?limit=2&after=9>; rel=\"next\"");
    list.next = "nonsense";
    assert_int_equal(ask("2", NULL, &list), C18N_INVALID);
}

static void a_module_that_errs_is_told(void **state)
{
    (void)state;
    c18n_list list = list_of(MOST, 1);
    assert_int_equal(ask(NULL, NULL, &list), C18N_INVALID);
    list.count = MOST - 1;
    assert_int_equal(ask(NULL, NULL, &list), C18N_OK);
    keys[7] = keys[6];
    assert_int_equal(ask(NULL, NULL, &list), C18N_INVALID);
    keys[7] = NULL;
    assert_int_equal(ask(NULL, NULL, &list), C18N_INVALID);
    keys[7] = arena_print(world.api.arena, "k00007%0*d", CURSOR_KEY_MAX - 6, 0);
    assert_int_equal(ask(NULL, NULL, &list), C18N_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(walks_all_pages),
        TEST(the_last_page_has_no_next),
        TEST(what_moves_meanwhile_neither_hides_nor_doubles),
        TEST(an_empty_key_is_a_key),
        TEST(limits_and_cursors_are_judged),
        TEST(large_items_make_short_pages),
        TEST(only_what_a_page_shows_is_made),
        TEST(a_module_may_page_by_itself),
        TEST(a_module_that_errs_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
