/* test_cache.c: records in memory, and that nobody is ever given one that is out of date. */
#include "fixture.h"

#include <sched.h>

enum { SLOT = 7 };

static struct cache *cache;
static struct arena *arena;

static int open_cache(void **state)
{
    (void)state;
    cache = cache_new();
    arena = arena_new(0);
    return cache && arena ? 0 : -1;
}

static int close_cache(void **state)
{
    (void)state;
    cache_free(cache);
    arena_free(arena);
    return 0;
}

static void put(uint64_t since, const char *id, const char *record)
{
    cache_put(cache, since, SLOT, bytes_of(id), C18N_OK, bytes_of(record));
}

/* The record's text; NULL: it is not known. */
static const char *get(uint64_t since, const char *id)
{
    c18n_bytes record;
    int code = cache_get(cache, since, SLOT, bytes_of(id), arena, &record);
    assert_true(code == C18N_OK || code == C18N_AGAIN);
    return code == C18N_OK ? record.at : NULL;
}

static void it_tells_records_apart(void **state)
{
    (void)state;
    c18n_bytes record;
    assert_null(get(0, "a"));
    put(0, "a", "1");
    put(0, "b", "2");
    assert_string_equal(get(0, "a"), "1");
    assert_string_equal(get(0, "b"), "2");
    assert_null(get(0, "ab"));
    assert_int_equal(cache_get(cache, 0, SLOT + 1, bytes_of("a"), arena, &record), C18N_AGAIN);
    cache_put(cache, 0, SLOT, bytes_of("gone"), C18N_GONE, bytes_of("3"));
    assert_int_equal(cache_get(cache, 0, SLOT, bytes_of("gone"), arena, &record), C18N_GONE);
    assert_memory_equal(record.at, "3", 2);
    cache_put(cache, 0, SLOT, bytes_of("none"), C18N_NOT_FOUND, (c18n_bytes){0});
    assert_int_equal(cache_get(cache, 0, SLOT, bytes_of("none"), arena, &record), C18N_NOT_FOUND);
}

static void what_changes_is_unknown_until_it_is_committed(void **state)
{
    (void)state;
    uint64_t before = cache_now(cache);
    put(before, "a", "old");
    cache_change(cache, SLOT, bytes_of("a"));
    cache_change(cache, SLOT, bytes_of("a"));
    assert_null(get(before, "a"));
    put(before, "a", "old"); /* its snapshot is older than the commit to come */
    assert_null(get(before, "a"));
    cache_settle(cache, true);
    put(before, "a", "old");
    assert_null(get(before, "a"));
    assert_null(get(cache_now(cache), "a"));
    put(cache_now(cache), "a", "new");
    assert_null(get(before, "a")); /* nor does an old snapshot see the new one */
    assert_string_equal(get(cache_now(cache), "a"), "new");
}

static void nothing_is_known_while_a_commit_may_or_may_not_be(void **state)
{
    (void)state;
    put(cache_now(cache), "a", "1");
    cache_change(cache, SLOT, bytes_of("b"));
    cache_settle(cache, false);
    assert_null(get(cache_now(cache), "a"));
    put(cache_now(cache), "a", "1");
    assert_null(get(cache_now(cache), "a"));
    cache_change(cache, SLOT, bytes_of("b"));
    cache_settle(cache, true);
    put(cache_now(cache), "a", "1");
    assert_string_equal(get(cache_now(cache), "a"), "1");
}

static void a_large_transaction_empties_it(void **state)
{
    (void)state;
    char id[16];
    put(cache_now(cache), "a", "1");
    for (int i = 0; i <= CACHE_CHANGES_MOST; i++) {
        snprintf(id, sizeof id, "%d", i);
        cache_change(cache, SLOT, bytes_of(id));
    }
    assert_null(get(cache_now(cache), "a"));
    cache_settle(cache, true);
    assert_null(get(cache_now(cache), "a"));
    put(cache_now(cache), "a", "1");
    assert_string_equal(get(cache_now(cache), "a"), "1");
}

static void it_stays_within_its_size(void **state)
{
    (void)state;
    enum { COUNT = 3 * (CACHE_BYTES / 8192) };
    char *record = arena_alloc(arena, CACHE_RECORD_MOST + 1), id[16];
    memset(record, 'x', CACHE_RECORD_MOST);
    put(0, "long", record);
    assert_null(get(0, "long"));
    record[8192] = '\0';
    size_t kept = 0;
    for (int i = 0; i < COUNT; i++) {
        snprintf(id, sizeof id, "%d", i);
        put(0, id, record);
        (void)get(0, "0"); /* what is asked for stays */
        arena_reset(arena);
        record = memset(arena_alloc(arena, 8193), 'x', 8192);
    }
    for (int i = 0; i < COUNT; i++) {
        snprintf(id, sizeof id, "%d", i);
        kept += get(0, id) != NULL;
        arena_reset(arena);
    }
    assert_in_range(kept, COUNT / 4, COUNT / 3);
    assert_non_null(get(0, "0"));
}

/* --- with a writer --- */

/* In a scope without a connection: the record's number, or the code. */
static int cached_number(const char *id, int64_t *ret_number)
{
    struct request request;
    struct arena *memory = arena_new(0);
    const c18n_doc *record = NULL;
    request_init_internal(&request, &fixture.server, memory, &fixture.module.self);
    assert_int_equal(data_cached_begin(fixture.data, &request), C18N_OK);
    int code = c18n_get(request_pub(&request), "notes", id, &record);
    *ret_number = record ? c18n_integer(record, "n", -1) : -1;
    assert_int_equal(data_cached_end(&request), code != C18N_AGAIN);
    arena_free(memory);
    return code;
}

static void reads_fill_it_and_writes_empty_it(void **state)
{
    (void)state;
    char text[1024];
    int64_t number;
    assert_int_equal(cached_number("n1", &number), C18N_AGAIN);
    assert_int_equal(record_text("notes", "n1", text), C18N_NOT_FOUND);
    assert_int_equal(cached_number("n1", &number), C18N_NOT_FOUND);
    assert_int_equal(emit("notes.put", "n1", "{\"n\":1}"), C18N_OK);
    assert_int_equal(cached_number("n1", &number), C18N_AGAIN);
    assert_int_equal(record_text("notes", "n1", text), C18N_OK);
    assert_int_equal(cached_number("n1", &number), C18N_OK);
    assert_int_equal(number, 1);
    assert_int_equal(emit("notes.patch", "n1", "{\"deleted_on\":5,\"owner\":\"u1\"}"), C18N_OK);
    assert_int_equal(record_text("notes", "n1", text), C18N_GONE);
    assert_int_equal(cached_number("n1", &number), C18N_GONE);
    assert_int_equal(emit("notes.remove", "n1", "{}"), C18N_OK);
    assert_int_equal(record_text("notes", "n1", text), C18N_NOT_FOUND);
}

static int last_item(c18n_request *rq, const c18n_doc *record, void *arg)
{
    (void)rq, (void)record, (void)arg;
    return C18N_OK;
}

static void a_cached_scope_has_records_only(void **state)
{
    (void)state;
    struct request request;
    c18n_bytes value;
    const c18n_doc *record;
    request_init_internal(&request, &fixture.server, arena, &fixture.module.self);
    c18n_request *rq = request_pub(&request);
    assert_int_equal(data_cached_begin(fixture.data, &request), C18N_OK);
    assert_int_equal(c18n_each(rq, "notes", "likes desc", NULL, last_item, NULL), C18N_OK);
    assert_false(data_cached_end(&request));
    assert_int_equal(data_cached_begin(fixture.data, &request), C18N_OK);
    assert_int_equal(c18n_find(rq, "notes", "likes desc", NULL, &record), C18N_NOT_FOUND);
    assert_false(data_cached_end(&request));
    assert_int_equal(data_cached_begin(fixture.data, &request), C18N_OK);
    assert_int_equal(data_host_get(&request, "revoked", "x", &value), C18N_AGAIN);
    assert_false(data_cached_end(&request));
    assert_int_equal(data_cached_begin(fixture.data, &request), C18N_OK);
    (void)data_history(&request, "n1", 0, NULL, NULL);
    assert_false(data_cached_end(&request));
}

/* --- with many readers --- */

enum { ROUNDS = 200, READERS = 3 };

static int64_t acknowledged; /* these three are atomic */
static bool over;
static unsigned hits;

static int write_both(c18n_request *rq, void *arg)
{
    char data[32];
    snprintf(data, sizeof data, "{\"n\":%d}", *(int *)arg);
    int code = emit_text(rq, "notes.put", "n1", data);
    return code == C18N_OK ? emit_text(rq, "notes.put", "n2", data) : code;
}

/* Both records are of one commit, and of none before the newest that was acknowledged when the reading began. */
static bool judge(struct request *request, int64_t least)
{
    const c18n_doc *one, *two;
    if (c18n_get(request_pub(request), "notes", "n1", &one) != C18N_OK)
        return false;
    sched_yield(); /* here a commit may come between */
    if (c18n_get(request_pub(request), "notes", "n2", &two) != C18N_OK)
        return false;
    int64_t number = c18n_integer(one, "n", -1);
    if (number < least || number != c18n_integer(two, "n", -1))
        abort(); /* cmocka's own asserts are for the main thread */
    return true;
}

static void *read_both(void *arg)
{
    struct data_reader *reader = data_reader_open(fixture.data);
    struct arena *memory = arena_new(0);
    struct request request;
    (void)arg;
    while (!__atomic_load_n(&over, __ATOMIC_SEQ_CST)) {
        arena_reset(memory);
        request_init_internal(&request, &fixture.server, memory, &fixture.module.self);
        int64_t least = __atomic_load_n(&acknowledged, __ATOMIC_SEQ_CST);
        if (data_cached_begin(fixture.data, &request) != C18N_OK)
            abort();
        bool found = judge(&request, least);
        if (data_cached_end(&request)) {
            __atomic_fetch_add(&hits, found, __ATOMIC_SEQ_CST);
            continue;
        }
        least = __atomic_load_n(&acknowledged, __ATOMIC_SEQ_CST);
        if (data_read_begin(reader, &request) != C18N_OK || !judge(&request, least))
            abort();
        data_read_end(reader, &request);
    }
    arena_free(memory);
    data_reader_close(reader);
    return NULL;
}

/* Or they would meet an empty cache always. */
static void wait_for_a_hit(void)
{
    unsigned before = __atomic_load_n(&hits, __ATOMIC_SEQ_CST);
    for (int i = 0; i < 100 && __atomic_load_n(&hits, __ATOMIC_SEQ_CST) == before; i++)
        usleep(100);
}

static void nobody_reads_what_is_out_of_date(void **state)
{
    (void)state;
    pthread_t threads[READERS];
    int number = 0;
    assert_int_equal(work(write_both, &number), C18N_OK);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_both, NULL), 0);
    while (number < ROUNDS) {
        number++;
        assert_int_equal(work(write_both, &number), C18N_OK);
        __atomic_store_n(&acknowledged, number, __ATOMIC_SEQ_CST);
        if (number % 4 == 0)
            wait_for_a_hit();
    }
    assert_true(__atomic_load_n(&hits, __ATOMIC_SEQ_CST) > 0);
    __atomic_store_n(&over, true, __ATOMIC_SEQ_CST);
    for (int i = 0; i < READERS; i++)
        pthread_join(threads[i], NULL);
}

static int setup_both(void **state)
{
    return open_cache(state) || fixture_setup(state);
}

static int teardown_both(void **state)
{
    return fixture_teardown(state) || close_cache(state);
}

#define TEST(name)   cmocka_unit_test_setup_teardown(name, open_cache, close_cache)
#define SERVED(name) cmocka_unit_test_setup_teardown(name, setup_both, teardown_both)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_tells_records_apart),
        TEST(what_changes_is_unknown_until_it_is_committed),
        TEST(nothing_is_known_while_a_commit_may_or_may_not_be),
        TEST(a_large_transaction_empties_it),
        TEST(it_stays_within_its_size),
        SERVED(reads_fill_it_and_writes_empty_it),
        SERVED(a_cached_scope_has_records_only),
        SERVED(nobody_reads_what_is_out_of_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
