/* test_views.c: put, patch, add, remove; indexes; reading along them. */
#include "fixture.h"

static void puts_and_reads_a_record(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.put", "n1", "{\"title\":\"Bread\",\"author\":\"ann\",\"_id\":\"other\",\"_rev\":99}"),
                     C18N_OK);
    assert_record("notes", "n1", "{\"_id\":\"n1\",\"title\":\"Bread\",\"author\":\"ann\",\"likes\":0,\"reads\":0}");
    char text[1024];
    assert_int_equal(record_text("notes", "absent", text), C18N_NOT_FOUND);
    assert_int_equal(record_text("notes", "", text), C18N_NOT_FOUND);
    assert_int_equal(record_text("nothing", "n1", text), C18N_INVALID);
}

static void a_put_replaces_and_counters_start_again(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.put", "n1", "{\"title\":\"a\"}"), C18N_OK);
    assert_int_equal(emit("notes.add", "n1", "{\"counter\":\"likes\",\"delta\":7}"), C18N_OK);
    assert_record("notes", "n1", "{\"_id\":\"n1\",\"title\":\"a\",\"likes\":7,\"reads\":0}");
    assert_int_equal(emit("notes.put", "n1", "{\"body\":\"b\"}"), C18N_OK);
    assert_record("notes", "n1", "{\"_id\":\"n1\",\"body\":\"b\",\"likes\":0,\"reads\":0}");
}

static void patches_keep_change_add_and_take_away(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.put", "n1", "{\"title\":\"a\",\"body\":\"b\",\"nested\":{\"x\":[1,\"}\"]}}"), C18N_OK);
    assert_int_equal(
        emit("notes.patch", "n1", "{\"body\":null,\"title\":\"c\",\"new\":true,\"gone\":null,\"_id\":\"x\"}"), C18N_OK);
    assert_record("notes", "n1",
                  "{\"_id\":\"n1\",\"title\":\"c\",\"nested\":{\"x\":[1,\"}\"]},\"likes\":0,\"reads\":0,\"new\":true}");
    assert_int_equal(emit("notes.patch", "absent", "{\"title\":\"c\"}"), C18N_OK);
    char text[1024];
    assert_int_equal(record_text("notes", "absent", text), C18N_NOT_FOUND);
}

static int revision_of(const char *id)
{
    struct reading reading;
    const c18n_doc *record;
    read_begin(&reading);
    assert_int_equal(c18n_get(reading.rq, "notes", id, &record), C18N_OK);
    int revision = (int)c18n_integer(record, "_rev", -1);
    assert_string_equal(((const struct doc *)(const void *)record)->view, "notes");
    read_end(&reading);
    return revision;
}

static void the_revision_moves_with_patches_but_not_with_counters(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.put", "n1", "{}"), C18N_OK);
    assert_int_equal(revision_of("n1"), 1);
    assert_int_equal(emit("notes.add", "n1", "{\"counter\":\"likes\",\"delta\":1}"), C18N_OK);
    assert_int_equal(revision_of("n1"), 1);
    assert_int_equal(emit("notes.patch", "n1", "{\"title\":\"x\"}"), C18N_OK);
    assert_int_equal(revision_of("n1"), 3);
}

static void bad_changes_undo_the_item(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.put", "n1", "{}"), C18N_OK);
    assert_int_equal(emit("notes.add", "n1", "{\"counter\":\"shares\",\"delta\":1}"), C18N_INVALID);
    assert_int_equal(emit("notes.put", "n2", "{\"view\":\"nothing\"}"), C18N_INVALID);
    assert_int_equal(emit("notes.add", "n1", "{\"counter\":\"likes\",\"delta\":9223372036854775807}"), C18N_OK);
    assert_int_equal(emit("notes.add", "n1", "{\"counter\":\"likes\",\"delta\":1}"), C18N_INVALID);
    assert_int_equal(emit("notes.nothing", "n1", "{}"), C18N_INVALID);
    assert_int_equal(emit("notes.put", "", "{}"), C18N_INVALID);
    assert_int_equal(data_position(fixture.data), 2);
    assert_record("notes", "n1", "{\"_id\":\"n1\",\"likes\":9223372036854775807,\"reads\":0}");
}

static void only_counters_cross_modules(void **state)
{
    (void)state;
    struct module other = {.self = {.host = fixture.module.self.host, .id = "other"},
                           .descriptor = &fixture.descriptor};
    struct view *view = (struct view *)(uintptr_t)views_find(&fixture.data->views, "notes");
    assert_int_equal(emit("notes.put", "n1", "{\"title\":\"mine\"}"), C18N_OK);
    view->owner = &other;
    assert_int_equal(emit("notes.put", "n1", "{\"title\":\"yours\"}"), C18N_INVALID);
    assert_int_equal(emit("notes.patch", "n1", "{\"title\":\"yours\"}"), C18N_INVALID);
    assert_int_equal(emit("notes.remove", "n1", "{}"), C18N_INVALID);
    assert_int_equal(emit("notes.add", "n1", "{\"counter\":\"likes\",\"delta\":3}"), C18N_OK);
    view->owner = &fixture.module;
    assert_record("notes", "n1", "{\"_id\":\"n1\",\"title\":\"mine\",\"likes\":3,\"reads\":0}");
}

/* Its module is switched off. History still tells of what it had, and the server must start. */
static void counters_of_an_absent_view_are_passed_over(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.add", "n1", "{\"view\":\"nothing\",\"counter\":\"likes\",\"delta\":1}"), C18N_OK);
    assert_int_equal(data_position(fixture.data), 1);
}

static void changes_of_one_event_see_each_other(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.two", "n1", "{}"), C18N_OK);
    assert_record("notes", "n1", "{\"_id\":\"n1\",\"title\":\"two\",\"likes\":5,\"reads\":0}");
    assert_int_equal(emit("notes.remove", "n1", "{}"), C18N_OK);
    assert_int_equal(emit("notes.remove", "n1", "{}"), C18N_OK);
    char text[1024];
    assert_int_equal(record_text("notes", "n1", text), C18N_NOT_FOUND);
    assert_int_equal(emit("notes.add", "n1", "{\"counter\":\"likes\",\"delta\":1}"), C18N_OK); /* stays absent */
}

static void derived_members_follow_every_change(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.put", "r1", "{\"view\":\"ranked\",\"base\":4}"), C18N_OK);
    assert_record("ranked", "r1", "{\"_id\":\"r1\",\"base\":4,\"likes\":0,\"hot\":4}");
    assert_int_equal(emit("notes.add", "r1", "{\"view\":\"ranked\",\"counter\":\"likes\",\"delta\":2}"), C18N_OK);
    assert_record("ranked", "r1", "{\"_id\":\"r1\",\"base\":4,\"likes\":2,\"hot\":24}");
    assert_int_equal(emit("notes.patch", "r1", "{\"view\":\"ranked\",\"base\":1}"), C18N_OK);
    assert_record("ranked", "r1", "{\"_id\":\"r1\",\"base\":1,\"likes\":2,\"hot\":21}");
}

/* --- indexes --- */

struct ids {
    char text[512];
};

static int add_id(c18n_request *rq, const c18n_doc *record, void *arg)
{
    struct ids *ids = arg;
    (void)rq;
    strcat(ids->text, c18n_text(record, "_id"));
    strcat(ids->text, " ");
    return C18N_OK;
}

static void assert_ids(const char *view, const char *index, const char *const *match, const char *expected)
{
    struct reading reading;
    struct ids ids = {""};
    read_begin(&reading);
    assert_int_equal(c18n_each(reading.rq, view, index, match, add_id, &ids), C18N_OK);
    assert_string_equal(ids.text, expected);
    read_end(&reading);
}

static void indexes_order_and_follow_changes(void **state)
{
    (void)state;
    static const char *const ann[] = {"ann", NULL}, *const bob[] = {"bob", NULL};
    assert_int_equal(emit("notes.put", "n1", "{\"author\":\"ann\",\"created_on\":10}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n2", "{\"author\":\"ann\",\"created_on\":30}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n3", "{\"author\":\"bob\",\"created_on\":20}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n4", "{\"author\":\"ann\",\"created_on\":30}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n5", "{\"author\":\"annette\",\"created_on\":30}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n6", "{\"author\":null,\"created_on\":1}"), C18N_OK);
    assert_ids("notes", "author, created_on desc", ann, "n4 n2 n1 ");
    assert_ids("notes", " author,created_on   desc ", bob, "n3 ");
    assert_ids("notes", "author, created_on desc", NULL, "n4 n2 n1 n5 n3 ");
    assert_ids("notes", "created_on desc", NULL, "n5 n4 n2 n3 n1 n6 ");
    assert_int_equal(emit("notes.patch", "n2", "{\"author\":\"bob\"}"), C18N_OK);
    assert_int_equal(emit("notes.remove", "n4", "{}"), C18N_OK);
    assert_ids("notes", "author, created_on desc", ann, "n1 ");
    assert_ids("notes", "author, created_on desc", bob, "n2 n3 ");
    assert_int_equal(emit("notes.add", "n1", "{\"counter\":\"likes\",\"delta\":2}"), C18N_OK);
    assert_int_equal(emit("notes.add", "n3", "{\"counter\":\"likes\",\"delta\":3}"), C18N_OK);
    assert_ids("notes", "likes desc", NULL, "n3 n1 n6 n5 n2 ");
}

static void lists_have_an_entry_an_item(void **state)
{
    (void)state;
    static const char *const bread[] = {"bread", NULL}, *const soup[] = {"soup", NULL}, *const none[] = {"x", NULL};
    assert_int_equal(emit("notes.put", "n1", "{\"tags\":[\"bread\",\"soup\",\"bread\"],\"created_on\":1}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n2", "{\"tags\":[\"bread\"],\"created_on\":2}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n3", "{\"tags\":[],\"created_on\":3}"), C18N_OK);
    assert_ids("notes", "tags, created_on", bread, "n1 n2 ");
    assert_ids("notes", "tags, created_on", soup, "n1 ");
    assert_ids("notes", "tags, created_on", none, "");
    assert_int_equal(emit("notes.patch", "n1", "{\"tags\":[\"soup\"]}"), C18N_OK);
    assert_ids("notes", "tags, created_on", bread, "n2 ");
}

static void unique_indexes_refuse_and_ignore_case(void **state)
{
    (void)state;
    struct reading reading;
    const c18n_doc *record;
    static const char *const slug[] = {"SOUPE À L'OIGNON", NULL}, *const free_slug[] = {"other", NULL};
    assert_int_equal(emit("notes.put", "n1", "{\"slug\":\"Soupe à l'oignon\"}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n2", "{\"slug\":\"soupe À L'Oignon\"}"), C18N_EXISTS);
    assert_int_equal(emit("notes.put", "n2", "{\"title\":\"none\"}"), C18N_OK);
    assert_int_equal(emit("notes.patch", "n2", "{\"slug\":\"SOUPE À L'OIGNON\",\"title\":\"lost\"}"), C18N_EXISTS);
    assert_record("notes", "n2", "{\"_id\":\"n2\",\"title\":\"none\",\"likes\":0,\"reads\":0}");
    assert_int_equal(emit("notes.patch", "n1", "{\"slug\":\"SOUPE à l'oignon\"}"), C18N_OK); /* its own */
    read_begin(&reading);
    assert_int_equal(c18n_find(reading.rq, "notes", "unique slug nocase", slug, &record), C18N_OK);
    assert_string_equal(c18n_text(record, "_id"), "n1");
    assert_int_equal(c18n_find(reading.rq, "notes", "slug nocase", free_slug, &record), C18N_NOT_FOUND);
    assert_int_equal(c18n_find(reading.rq, "notes", "slug", free_slug, &record), C18N_INVALID);
    read_end(&reading);
}

static void soft_deletion_keeps_the_unique_key_and_leaves_the_lists(void **state)
{
    (void)state;
    struct reading reading;
    const c18n_doc *record = NULL;
    static const char *const ann[] = {"ann", NULL}, *const slug[] = {"s", NULL};
    assert_int_equal(
        emit("notes.put", "n1", "{\"author\":\"ann\",\"slug\":\"s\",\"created_on\":1,\"deleted_on\":null}"), C18N_OK);
    assert_ids("notes", "author, created_on desc", ann, "n1 ");
    assert_int_equal(emit("notes.patch", "n1", "{\"deleted_on\":5}"), C18N_OK);
    assert_ids("notes", "author, created_on desc", ann, "");
    assert_int_equal(emit("notes.put", "n2", "{\"slug\":\"s\"}"), C18N_EXISTS);
    read_begin(&reading);
    assert_int_equal(c18n_find(reading.rq, "notes", "slug nocase", slug, &record), C18N_GONE);
    assert_non_null(record);
    record = NULL;
    assert_int_equal(c18n_get(reading.rq, "notes", "n1", &record), C18N_GONE);
    assert_int_equal(c18n_integer(record, "deleted_on", 0), 5);
    read_end(&reading);
    assert_int_equal(emit("notes.patch", "n1", "{\"deleted_on\":null}"), C18N_OK);
    assert_ids("notes", "author, created_on desc", ann, "n1 ");
}

/* --- pages --- */

enum { MANY = 1000 };

static int emit_many(c18n_request *rq, void *arg)
{
    int code = C18N_OK;
    (void)arg;
    for (int i = 0; i < MANY && code == C18N_OK; i++) {
        char id[16], data[96];
        snprintf(id, sizeof id, "n%04d", i);
        snprintf(data, sizeof data, "{\"author\":\"%s\",\"created_on\":%d,\"tags\":[\"t\"]}", i % 3 ? "ann" : "bob",
                 i / 2);
        code = emit_text(rq, "notes.put", id, data);
    }
    return code;
}

struct page_of {
    int limit, count, last;
    bool ascending;
    char key[256];
    size_t key_length;
};

static int take_item(void *arg, const c18n_doc *record, c18n_bytes key)
{
    struct page_of *page = arg;
    if (page->count == page->limit)
        return C18N_AGAIN;
    int number = atoi(c18n_text(record, "_id") + 1);
    assert_true(page->last < 0 || (page->ascending ? number > page->last : number < page->last));
    page->last = number;
    page->count++;
    memcpy(page->key, key.at, key.length);
    page->key_length = key.length;
    return C18N_OK;
}

static int page_through(struct reading *reading, const char *index, const char *const *match, bool ascending,
                        int64_t since)
{
    struct page_of page = {.limit = 10, .last = -1, .ascending = ascending};
    int total = 0;
    for (;;) {
        char key[256];
        memcpy(key, page.key, sizeof key);
        struct data_page ask = {.view = "notes",
                                .index = index,
                                .match = match,
                                .since = since,
                                .after = {key, page.key_length},
                                .item = take_item,
                                .arg = &page};
        page.count = 0;
        assert_int_equal(data_page(&reading->request, &ask), C18N_OK);
        total += page.count;
        if (page.count < page.limit)
            return total;
    }
}

static void pages_meet_every_record_once_in_both_directions(void **state)
{
    (void)state;
    static const char *const ann[] = {"ann", NULL}, *const tag[] = {"t", NULL};
    struct reading reading;
    assert_int_equal(work(emit_many, NULL), C18N_OK);
    read_begin(&reading);
    assert_int_equal(page_through(&reading, "created_on desc", NULL, false, 0), MANY);
    assert_int_equal(page_through(&reading, "author, created_on desc", ann, false, 0), 666);
    assert_int_equal(page_through(&reading, "tags, created_on", tag, true, 0), MANY);
    assert_int_equal(page_through(&reading, "created_on desc", NULL, false, 450), 100);
    assert_int_equal(page_through(&reading, "tags, created_on", tag, true, 450), 100);
    assert_int_equal(page_through(&reading, "created_on desc", NULL, false, 10000), 0);
    struct page_of page = {.limit = 1, .last = -1};
    struct data_page unknown = {.view = "notes", .index = "created_on", .item = take_item, .arg = &page};
    assert_int_equal(data_page(&reading.request, &unknown), C18N_INVALID);
    read_end(&reading);
}

static void a_failed_read_is_remembered_for_the_request(void **state)
{
    (void)state;
    struct reading reading;
    struct page_of page = {.limit = 10, .last = -1};
    struct data_page ask = {.view = "notes", .index = "created_on desc", .item = take_item, .arg = &page};
    read_begin(&reading);
    fixture.memory.fail_scan = C18N_IO;
    assert_int_equal(data_page(&reading.request, &ask), C18N_IO);
    fixture.memory.fail_scan = C18N_OK;
    assert_int_equal(data_page(&reading.request, &ask), C18N_OK);
    assert_int_equal(data_read_fault(&reading.request, C18N_OK), C18N_IO); /* whatever was made of it */
    data_read_end(reading.reader, &reading.request);
    assert_int_equal(data_read_begin(reading.reader, &reading.request), C18N_OK);
    assert_int_equal(data_read_fault(&reading.request, C18N_OK), C18N_OK);
    read_end(&reading);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(puts_and_reads_a_record),
        TEST(a_put_replaces_and_counters_start_again),
        TEST(patches_keep_change_add_and_take_away),
        TEST(the_revision_moves_with_patches_but_not_with_counters),
        TEST(bad_changes_undo_the_item),
        TEST(only_counters_cross_modules),
        TEST(counters_of_an_absent_view_are_passed_over),
        TEST(changes_of_one_event_see_each_other),
        TEST(derived_members_follow_every_change),
        TEST(indexes_order_and_follow_changes),
        TEST(lists_have_an_entry_an_item),
        TEST(unique_indexes_refuse_and_ignore_case),
        TEST(soft_deletion_keeps_the_unique_key_and_leaves_the_lists),
        TEST(pages_meet_every_record_once_in_both_directions),
        TEST(a_failed_read_is_remembered_for_the_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
