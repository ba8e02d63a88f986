/* test_cache_memory.c: cache.v1 in memory: what it keeps, what it forgets, and many threads at once. */
#include "provider.h"

#include <c18n/providers/cache.h>

#include <pthread.h>

struct fixture {
    struct provider provider;
    const c18n_cache *cache;
    c18n_self *self;
};

static int open_cache(void **ret_state)
{
    struct fixture *f = calloc(1, sizeof *f);
    provider_make(&f->provider);
    f->provider.settings = "cache_memory {\n    size = 1M\n    max_value = 16K\n}\n";
    provider_start(&f->provider, "cache_memory");
    f->cache = c18n_test_service(f->provider.test, "cache.v1")->functions;
    f->self = c18n_test_self(f->provider.test, "cache_memory");
    *ret_state = f;
    return 0;
}

static int close_cache(void **state)
{
    struct fixture *f = *state;
    provider_remove(&f->provider);
    free(f);
    return 0;
}

static void pass(struct fixture *f, int64_t ms)
{
    c18n_test_move_ms(f->provider.test, ms);
}

static void assert_value(struct fixture *f, const char *key, const char *wanted)
{
    char buffer[64];
    size_t length = 0;
    int code = f->cache->get(f->self, text(key), buffer, sizeof buffer, &length);
    assert_int_equal(code, wanted ? C18N_OK : C18N_NOT_FOUND);
    if (wanted) {
        assert_int_equal(length, strlen(wanted));
        assert_memory_equal(buffer, wanted, length);
    }
}

static void test_values(void **state)
{
    struct fixture *f = *state;
    assert_value(f, "a", NULL);
    assert_int_equal(f->cache->put(f->self, text("a"), text("one"), 0), C18N_OK);
    assert_value(f, "a", "one");
    assert_int_equal(f->cache->put(f->self, text("a"), text("another"), 0), C18N_OK);
    assert_value(f, "a", "another");
    char buffer[3];
    size_t length = 0;
    assert_int_equal(f->cache->get(f->self, text("a"), buffer, sizeof buffer, &length), C18N_TOO_LARGE);
    assert_int_equal(length, strlen("another"));
    assert_int_equal(f->cache->put(f->self, text("empty"), (c18n_bytes){0}, 0), C18N_OK);
    assert_value(f, "empty", "");
    assert_int_equal(f->cache->remove(f->self, text("a")), C18N_OK);
    assert_int_equal(f->cache->remove(f->self, text("a")), C18N_OK);
    assert_value(f, "a", NULL);
}

static void test_time_to_live(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(f->cache->put(f->self, text("a"), text("one"), 100), C18N_OK);
    pass(f, 99);
    assert_value(f, "a", "one");
    pass(f, 1);
    assert_value(f, "a", NULL);
    assert_int_equal(f->cache->put(f->self, text("a"), text("x"), -1), C18N_INVALID);
    assert_int_equal(f->cache->put(f->self, text("a"), text("x"), INT64_MAX), C18N_OK);
    pass(f, 1000000);
    assert_value(f, "a", "x");
}

static void test_what_was_used_last_stays(void **state)
{
    struct fixture *f = *state;
    char value[1000], key[32], buffer[1000];
    size_t length = 0;
    memset(value, 'v', sizeof value);
    assert_int_equal(f->cache->put(f->self, text("used"), text("kept"), 0), C18N_OK);
    for (int i = 0; i < 5000; i++) { /* five times what fits */
        snprintf(key, sizeof key, "key %d", i);
        assert_int_equal(f->cache->put(f->self, text(key), (c18n_bytes){value, sizeof value}, 0), C18N_OK);
        assert_value(f, "used", "kept");
    }
    int found = 0;
    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof key, "key %d", i);
        found += f->cache->get(f->self, text(key), buffer, sizeof buffer, &length) == C18N_OK;
    }
    assert_true(found > 700 && found <= 1048);
    assert_value(f, "key 0", NULL);
}

static void test_limits(void **state)
{
    struct fixture *f = *state;
    char *large = calloc(1, (1 << 14) + 1);
    assert_int_equal(f->cache->put(f->self, text("a"), (c18n_bytes){large, 1 << 14}, 0), C18N_OK);
    assert_int_equal(f->cache->put(f->self, text("a"), (c18n_bytes){large, (1 << 14) + 1}, 0), C18N_TOO_LARGE);
    assert_int_equal(f->cache->put(f->self, (c18n_bytes){large, 1025}, text("x"), 0), C18N_INVALID);
    assert_int_equal(f->cache->put(f->self, text(""), text("x"), 0), C18N_INVALID);
    free(large);
}

static void test_counters_have_a_window(void **state)
{
    struct fixture *f = *state;
    int64_t value = 0, left = 0;
    assert_int_equal(f->cache->count(f->self, text("a"), 2, 1000, &value, &left), C18N_OK);
    assert_true(value == 2 && left == 1000);
    pass(f, 400);
    assert_int_equal(f->cache->count(f->self, text("a"), 3, 1000, &value, &left), C18N_OK);
    assert_true(value == 5 && left == 600); /* the window is the first use's */
    pass(f, 600);
    assert_int_equal(f->cache->count(f->self, text("a"), 1, 1000, &value, &left), C18N_OK);
    assert_true(value == 1 && left == 1000);
    assert_int_equal(f->cache->count(f->self, text("a"), INT64_MAX, 1000, &value, &left), C18N_OK);
    assert_true(value == INT64_MAX); /* and no overflow */
    assert_int_equal(f->cache->count(f->self, text("a"), 1, 0, &value, &left), C18N_INVALID);
    assert_value(f, "a", NULL); /* a counter is no value */
}

static void test_leases(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(f->cache->lease(f->self, text("p1"), "ann", 1000), C18N_OK);
    assert_int_equal(f->cache->lease(f->self, text("p1"), "bob", 1000), C18N_BUSY);
    assert_int_equal(f->cache->lease(f->self, text("p1"), "annie", 1000), C18N_BUSY);
    pass(f, 900);
    assert_int_equal(f->cache->lease(f->self, text("p1"), "ann", 1000), C18N_OK); /* renewed */
    pass(f, 900);
    assert_int_equal(f->cache->lease(f->self, text("p1"), "bob", 1000), C18N_BUSY);
    assert_int_equal(f->cache->release(f->self, text("p1"), "bob"), C18N_BUSY);
    pass(f, 100);
    assert_int_equal(f->cache->lease(f->self, text("p1"), "bob", 1000), C18N_OK); /* run out */
    assert_int_equal(f->cache->release(f->self, text("p1"), "bob"), C18N_OK);
    assert_int_equal(f->cache->release(f->self, text("p1"), "bob"), C18N_NOT_FOUND);
    assert_int_equal(f->cache->lease(f->self, text("p1"), "", 1000), C18N_INVALID);
}

enum { THREADS = 4, TURNS = 5000 };

static void *count_up(void *arg)
{
    struct fixture *f = arg;
    char key[16], buffer[16];
    size_t length = 0;
    int64_t value = 0, left = 0;
    for (int i = 0; i < TURNS; i++) {
        snprintf(key, sizeof key, "k%d", i % 100);
        (void)f->cache->put(f->self, text(key), text(key), 0);
        if (f->cache->get(f->self, text(key), buffer, sizeof buffer, &length) == C18N_OK &&
            memcmp(buffer, key, length) != 0)
            return arg;
        (void)f->cache->count(f->self, text("all"), 1, 1000000, &value, &left);
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, f), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed = f;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    int64_t value = 0, left = 0;
    assert_int_equal(f->cache->count(f->self, text("all"), 0, 1000, &value, &left), C18N_OK);
    assert_int_equal(value, THREADS * TURNS);
}

static int count_kept(const c18n_cache *cache, c18n_self *self, int count)
{
    char key[32], buffer[1000];
    size_t length;
    int found = 0;
    for (int i = 0; i < count; i++) {
        snprintf(key, sizeof key, "key %d", i);
        found += cache->get(self, text(key), buffer, sizeof buffer, &length) == C18N_OK;
    }
    return found;
}

/* Settings change while it serves: a smaller cache pushes out at once what has no room any more. */
static void test_a_reload_takes_another_size(void **state)
{
    enum { COUNT = 3000 };
    char value[1000] = "", key[32];
    (void)state;
    c18n_test *test = c18n_test_open(
        &(c18n_test_options){.modules = "cache_memory", .settings = "cache_memory {\n    size = 8M\n}\n"}, NULL);
    const c18n_cache *cache = c18n_test_service(test, "cache.v1")->functions;
    c18n_self *self = c18n_test_self(test, "cache_memory");
    for (int i = 0; i < COUNT; i++) {
        snprintf(key, sizeof key, "key %d", i);
        assert_int_equal(cache->put(self, text(key), (c18n_bytes){value, sizeof value}, 0), C18N_OK);
    }
    assert_int_equal(count_kept(cache, self, COUNT), COUNT);
    assert_int_equal(c18n_test_reload(test, "cache_memory {\n    size = 1M\n    max_value = 1024\n}\n", NULL), C18N_OK);
    int kept = count_kept(cache, self, COUNT);
    assert_true(kept > 700 && kept <= 1048);
    char large[1025] = "";
    assert_int_equal(cache->put(self, text("large"), (c18n_bytes){large, sizeof large}, 0), C18N_TOO_LARGE);
    c18n_test_close(test);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_cache, close_cache)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values),
        TEST(test_time_to_live),
        TEST(test_what_was_used_last_stays),
        TEST(test_limits),
        TEST(test_counters_have_a_window),
        TEST(test_leases),
        TEST(test_many_threads),
        cmocka_unit_test(test_a_reload_takes_another_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
