/* test_index_fts.c: index.v1 in FTS5: words, accents, prefixes, weights, filters, batches, and people's own syntax. */
#include "provider.h"

#include <c18n/providers/index.h>

#include <fcntl.h>
#include <unistd.h>

struct fixture {
    struct provider provider;
    const c18n_index *index;
    c18n_self *self;
};

static void connect_index(struct fixture *f)
{
    provider_start(&f->provider, "index_fts");
    f->index = c18n_test_service(f->provider.test, "index.v1")->functions;
    f->self = c18n_test_self(f->provider.test, "index_fts");
}

static int open_index(void **ret_state)
{
    struct fixture *f = calloc(1, sizeof *f);
    provider_make(&f->provider);
    connect_index(f);
    *ret_state = f;
    return 0;
}

static int close_index(void **state)
{
    struct fixture *f = *state;
    provider_remove(&f->provider);
    free(f);
    return 0;
}

static void put(struct fixture *f, const char *id, const char *name, const char *about, const char *community)
{
    const c18n_index_field fields[] = {
        {"name", name, 5, 0}, {"about", about, 1, 0}, {"community", community, 0, 1}, {"absent", NULL, 1, 0}};
    assert_int_equal(f->index->put(f->self, "users", id, fields, 4), C18N_OK);
}

static void fill(struct fixture *f)
{
    assert_int_equal(f->index->begin(f->self), C18N_OK);
    put(f, "u1",
        "Jos\xc3\xa9 Nu\xc3\xb1"
        "ez",
        "bakes bread", "c1");
    put(f, "u2", "Ann Baker", "likes jose and AND OR NEAR", "c1\nc2");
    put(f, "u3",
        "Stra\xc3\x9f"
        "e",
        "foo-bar c++ \"quoted\"", "C1");
    put(f, "u4", "\xe6\x97\xa5\xe6\x9c\xac \xd0\x9c\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0", "", "c1 c2");
    assert_int_equal(f->index->end(f->self, 10), C18N_OK);
}

static int hear(void *arg, const char *id)
{
    char *words = arg;
    strncat(words, id, 200);
    strncat(words, " ", 2);
    return C18N_OK;
}

static void assert_hits(struct fixture *f, const char *words, const char *in, const char *community, const char *wanted)
{
    char found[1024] = "";
    c18n_index_query query = {.size = sizeof query,
                              .collection = "users",
                              .words = words,
                              .in = in,
                              .limit = 10,
                              .filter_name = community ? "community" : NULL,
                              .filter_value = community};
    assert_int_equal(f->index->search(f->self, &query, hear, found), C18N_OK);
    if (strcmp(found, wanted) != 0)
        fail_msg("%s: found %s instead of %s", words ? words : "nothing", found, wanted);
}

static void test_words_accents_prefixes(void **state)
{
    struct fixture *f = *state;
    assert_hits(f, "jose", NULL, NULL, ""); /* empty so far */
    fill(f);
    assert_hits(f, "JOSE", NULL, NULL, "u1 u2 "); /* the name weighs more */
    assert_hits(f, "jos\xc3\xa9", NULL, NULL, "u1 u2 ");
    assert_hits(f, "nun jos", NULL, NULL, ""); /* only the last one is a prefix */
    assert_hits(f, "jose nun", NULL, NULL, "u1 ");
    assert_hits(f, "  bak  ", NULL, NULL, "u2 u1 ");
    assert_hits(f, "jose", "name", NULL, "u1 ");
    assert_hits(f, "jose", "about name", NULL, "u1 u2 ");
    assert_hits(f, "jose", "nofield", NULL, "");
    assert_hits(f, "\xd0\xbc\xd0\xbe\xd1\x81", NULL, NULL, "u4 ");
    assert_hits(f, "nobody", NULL, NULL, "");
}

static void test_filters_match_whole(void **state)
{
    struct fixture *f = *state;
    fill(f);
    assert_hits(f, "jose", NULL, "c1", "u1 u2 ");
    assert_hits(f, "jose", NULL, "c2", "u2 ");
    assert_hits(f, "jose", NULL, "c", "");
    assert_hits(f, NULL, NULL, "c1 c2", "u4 ");
    assert_hits(f, NULL, NULL, "C1", "u3 ");
    assert_hits(f, NULL, NULL, "c1\" OR \"", "");
    assert_hits(f, NULL, NULL, NULL, "u4 u3 u2 u1 ");
    assert_hits(f, "", NULL, NULL, "u4 u3 u2 u1 ");
    assert_hits(f, "636f", NULL, NULL, ""); /* the tokens of filters are no words */
}

static void test_nothing_is_syntax(void **state)
{
    struct fixture *f = *state;
    fill(f);
    assert_hits(f, "AND", NULL, NULL, "u2 ");
    assert_hits(f, "jose OR", NULL, NULL, "u2 ");
    assert_hits(f, "foo-bar", NULL, NULL, "u3 ");
    assert_hits(f, "\"quoted\"", NULL, NULL, "u3 ");
    assert_hits(f, "c++", NULL, NULL, "u3 ");
    assert_hits(f, "! foo ... ba", NULL, NULL, "u3 "); /* words without a letter are passed over */
    assert_hits(f, "...", NULL, NULL, "");
    assert_hits(f, "foo ...", NULL, NULL, "u3 ");
    const char *const odd[] = {
        "\"",    "\"\"", "*",       "^foo", "name:jose", "NEAR(a b)",        "(",   ")", "{name} : jose", "a\" OR \"b",
        "-jose", "'",    "jose'--", "\\",   "%",         "\xf0\x9f\x8d\x9e", "\x01"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        char found[1024] = "";
        c18n_index_query query = {.size = sizeof query, .collection = "users", .words = odd[i], .limit = 10};
        if (f->index->search(f->self, &query, hear, found) != C18N_OK)
            fail_msg("%s: %s", odd[i], c18n_test_logged(f->provider.test, ""));
    }
    assert_hits(f, "name:jose", NULL, NULL, "");
    char *many = calloc(1, 20001);
    memset(many, 'a', 20000);
    for (int i = 1; i < 20000; i += 2)
        many[i] = ' ';
    assert_hits(f, many, NULL, NULL, ""); /* a thousand words are as good as a few */
    free(many);
}

static void test_pages(void **state)
{
    struct fixture *f = *state;
    fill(f);
    char first[64] = "", second[64] = "";
    c18n_index_query query = {.size = sizeof query, .collection = "users", .words = "jose", .limit = 1};
    assert_int_equal(f->index->search(f->self, &query, hear, first), C18N_OK);
    query.offset = 1;
    assert_int_equal(f->index->search(f->self, &query, hear, second), C18N_OK);
    assert_string_equal(first, "u1 ");
    assert_string_equal(second, "u2 ");
}

static uint64_t position_of(struct fixture *f)
{
    uint64_t position = 99;
    assert_int_equal(f->index->position(f->self, &position), C18N_OK);
    return position;
}

static void test_changes_and_removals(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(position_of(f), 0);
    fill(f);
    assert_int_equal(position_of(f), 10);
    assert_int_equal(f->index->begin(f->self), C18N_OK);
    put(f, "u1", "Pepe", "sells bread", "c2");
    assert_int_equal(f->index->remove(f->self, "users", "u2"), C18N_OK);
    assert_int_equal(f->index->remove(f->self, "users", "nobody"), C18N_OK);
    assert_int_equal(f->index->remove(f->self, "nothing", "u1"), C18N_OK);
    assert_hits(f, "jose", NULL, NULL, "u1 u2 "); /* not before the end */
    assert_int_equal(f->index->end(f->self, 12), C18N_OK);
    assert_hits(f, "jose", NULL, NULL, "");
    assert_hits(f, "pepe", NULL, "c2", "u1 ");
    assert_hits(f, "bread", NULL, "c1", "");
}

static void test_a_batch_given_up_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    fill(f);
    const c18n_index_field field = {"title", "secret", 1, 0};
    assert_int_equal(f->index->begin(f->self), C18N_OK);
    assert_int_equal(f->index->put(f->self, "posts", "p1", &field, 1), C18N_OK);
    put(f, "u9", "Secret", "", "c1");
    assert_int_equal(f->index->begin(f->self), C18N_OK); /* the next batch, without an end of the last */
    assert_int_equal(f->index->put(f->self, "posts", "p2", &field, 1), C18N_OK);
    assert_int_equal(f->index->end(f->self, 11), C18N_OK);
    assert_hits(f, "secret", NULL, NULL, "");
    char found[64] = "";
    c18n_index_query query = {.size = sizeof query, .collection = "posts", .words = "secret", .limit = 10};
    assert_int_equal(f->index->search(f->self, &query, hear, found), C18N_OK);
    assert_string_equal(found, "p2 ");
}

static void test_it_is_kept_and_can_be_emptied(void **state)
{
    struct fixture *f = *state;
    fill(f);
    provider_stop(&f->provider);
    connect_index(f);
    assert_int_equal(position_of(f), 10);
    assert_hits(f, "jose", NULL, NULL, "u1 u2 ");
    assert_int_equal(f->index->reset(f->self), C18N_OK);
    assert_int_equal(position_of(f), 0);
    assert_hits(f, "jose", NULL, NULL, "");
    fill(f);
    assert_hits(f, "jose", "name", NULL, "u1 ");
}

static void test_a_ruined_file_is_made_anew(void **state)
{
    struct fixture *f = *state;
    fill(f);
    provider_stop(&f->provider);
    char path[128], junk[4096];
    memset(junk, 0x5a, sizeof junk);
    snprintf(path, sizeof path, "%s/index.db", f->provider.folder);
    int file = open(path, O_WRONLY);
    assert_int_equal(pwrite(file, junk, sizeof junk, 0), sizeof junk);
    close(file);
    connect_index(f);
    assert_int_equal(position_of(f), 0);
    fill(f);
    assert_hits(f, "jose", NULL, NULL, "u1 u2 ");
}

static void test_damage_is_told_and_mended_at_the_next_start(void **state)
{
    struct fixture *f = *state;
    fill(f);
    provider_stop(&f->provider);
    char path[128], junk[4096];
    memset(junk, 0x5a, sizeof junk);
    snprintf(path, sizeof path, "%s/index.db", f->provider.folder);
    int file = open(path, O_WRONLY);
    for (int page = 5; page < 60 && lseek(file, 0, SEEK_END) > page * 4096; page++)
        assert_int_equal(pwrite(file, junk, sizeof junk, page * 4096), sizeof junk);
    close(file);
    connect_index(f);
    char found[64] = "";
    const char *detail = NULL;
    c18n_index_query query = {.size = sizeof query, .collection = "users", .words = "jose", .limit = 10};
    assert_int_equal(f->index->search(f->self, &query, hear, found), C18N_UNAVAILABLE);
    assert_int_equal(f->index->state(f->self, &detail), C18N_CORRUPT);
    assert_int_equal(f->index->begin(f->self), C18N_CORRUPT);
    provider_stop(&f->provider);
    connect_index(f);
    assert_int_equal(position_of(f), 0);
    assert_int_equal(f->index->state(f->self, &detail), C18N_OK);
    fill(f);
    assert_hits(f, "jose", NULL, NULL, "u1 u2 ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_index, close_index)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_words_accents_prefixes),
        TEST(test_filters_match_whole),
        TEST(test_nothing_is_syntax),
        TEST(test_pages),
        TEST(test_changes_and_removals),
        TEST(test_a_batch_given_up_leaves_nothing),
        TEST(test_it_is_kept_and_can_be_emptied),
        TEST(test_a_ruined_file_is_made_anew),
        TEST(test_damage_is_told_and_mended_at_the_next_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
