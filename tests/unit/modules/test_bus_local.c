/* test_bus_local.c: bus.v1 over the history of storage_sqlite. */
#include "storage_fixture.h"

#include <c18n/providers/bus.h>
#include <c18n/providers/ownership.h>

struct bus_fixture {
    struct fixture storage; /* must stay first: the storage's helpers take it */
    c18n_self *self;
    const c18n_bus *bus;
};

static int open_bus(void **ret_state)
{
    struct bus_fixture *f = calloc(1, sizeof *f);
    storage_modules = "storage_sqlite bus_local";
    provider_make(&f->storage.provider);
    fixture_connect(&f->storage);
    f->self = c18n_test_self(f->storage.provider.test, "bus_local");
    f->bus = c18n_test_service(f->storage.provider.test, "bus.v1")->functions;
    *ret_state = f;
    return 0;
}

struct heard {
    char words[256];
    int most, count;
};

static int hear_record(void *arg, const c18n_record *record)
{
    struct heard *heard = arg;
    size_t used = strlen(heard->words);
    snprintf(heard->words + used, sizeof heard->words - used, "%d:%s ", (int)record->position, record->topic);
    return ++heard->count == heard->most ? C18N_AGAIN : C18N_OK;
}

static void assert_fetches(struct bus_fixture *f, const char *topics, uint64_t after, int most, const char *wanted)
{
    struct heard heard = {.most = most};
    assert_int_equal(f->bus->fetch(f->self, f->storage.reader, "users.mail", topics, after, hear_record, &heard),
                     C18N_OK);
    assert_string_equal(heard.words, wanted);
}

static void test_topics_after_an_offset(void **state)
{
    struct bus_fixture *f = *state;
    const char *const topics[] = {"posts", "users", "postscripts", "posts"};
    for (uint64_t i = 0; i < 4; i++)
        append_committed(&f->storage, i + 1, topics[i], "r");
    assert_fetches(f, "posts", 0, 0, "1:posts 4:posts ");
    assert_fetches(f, "users  posts", 1, 0, "2:users 4:posts ");
    assert_fetches(f, "posts users", 0, 2, "1:posts 2:users ");
    assert_fetches(f, "", 0, 0, "");
    assert_fetches(f, "post", 0, 0, "");
}

static uint64_t offset_of(struct bus_fixture *f, c18n_store *store, const char *consumer)
{
    uint64_t position = 99;
    assert_int_equal(f->bus->offset(f->self, store, consumer, &position), C18N_OK);
    return position;
}

static void test_offsets_go_with_the_transaction(void **state)
{
    struct bus_fixture *f = *state;
    c18n_self *self = f->self;
    c18n_store *writer = f->storage.writer;
    assert_int_equal(offset_of(f, f->storage.reader, "users.mail"), 0);
    assert_int_equal(f->storage.storage->begin(writer), C18N_OK);
    assert_int_equal(f->bus->advance(self, writer, "users.mail", 7), C18N_OK);
    f->storage.storage->rollback(writer);
    assert_int_equal(offset_of(f, writer, "users.mail"), 0);
    assert_int_equal(f->storage.storage->begin(writer), C18N_OK);
    assert_int_equal(f->bus->advance(self, writer, "users.mail", 7), C18N_OK);
    assert_int_equal(f->bus->advance(self, writer, "users.mail", 7), C18N_EXISTS);
    assert_int_equal(f->bus->advance(self, writer, "users.mail", 3), C18N_EXISTS);
    assert_int_equal(f->bus->advance(self, writer, "users.mail", UINT64_MAX), C18N_OK);
    assert_int_equal(f->bus->advance(self, writer, "", 1), C18N_INVALID);
    assert_int_equal(f->storage.storage->commit(writer), C18N_OK);
    assert_true(offset_of(f, f->storage.reader, "users.mail") == UINT64_MAX);
    assert_int_equal(offset_of(f, f->storage.reader, "posts.other"), 0);
}

static int hear_letter(void *arg, c18n_bytes key, c18n_bytes value)
{
    struct heard *heard = arg;
    size_t used = strlen(heard->words);
    snprintf(heard->words + used, sizeof heard->words - used, "%.*s=%.*s;", (int)key.length, (const char *)key.at,
             (int)value.length, (const char *)value.at);
    return C18N_OK;
}

static void test_dead_letters(void **state)
{
    struct bus_fixture *f = *state;
    struct heard none = {0}, one = {0};
    assert_int_equal(f->bus->dead(f->self, f->storage.reader, hear_letter, &none), C18N_OK);
    assert_string_equal(none.words, "");
    assert_int_equal(f->storage.storage->begin(f->storage.writer), C18N_OK);
    assert_int_equal(f->bus->bury(f->self, f->storage.writer, "users.mail", 12, "no address"), C18N_OK);
    assert_int_equal(f->storage.storage->commit(f->storage.writer), C18N_OK);
    assert_int_equal(f->bus->dead(f->self, f->storage.reader, hear_letter, &one), C18N_OK);
    assert_string_equal(one.words, "users.mail/12=no address;");
}

static void test_a_wrong_offset_is_damage(void **state)
{
    struct bus_fixture *f = *state;
    uint32_t table = 0;
    uint64_t position = 0;
    assert_int_equal(f->storage.storage->table(f->storage.writer, "bus.offsets", &table), C18N_OK);
    assert_int_equal(f->storage.storage->put(f->storage.writer, table, text("users.mail"), text("12x")), C18N_OK);
    assert_int_equal(f->bus->offset(f->self, f->storage.reader, "users.mail", &position), C18N_CORRUPT);
}

static void test_state_is_the_storages(void **state)
{
    struct bus_fixture *f = *state;
    const char *detail = NULL;
    assert_int_equal(f->bus->state(f->self, &detail), C18N_OK);
    assert_string_equal(detail, "serving");
    assert_int_equal(f->bus->publish(f->self, f->storage.writer, NULL), C18N_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_bus, fixture_close)

static void test_every_conversation_is_this_servers(void **state)
{
    struct bus_fixture *f = *state;
    const c18n_service *service = c18n_test_service(f->storage.provider.test, "ownership.v1");
    const c18n_ownership *ownership = service->functions;
    char url[] = "http://elsewhere";
    assert_int_equal(ownership->owner(service->provider, "any", url, 0), C18N_TOO_LARGE);
    assert_string_equal(url, "http://elsewhere");
    assert_int_equal(ownership->owner(service->provider, "any", url, 1), C18N_OK);
    assert_string_equal(url, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_topics_after_an_offset), TEST(test_offsets_go_with_the_transaction),
        TEST(test_dead_letters),           TEST(test_a_wrong_offset_is_damage),
        TEST(test_state_is_the_storages),  TEST(test_every_conversation_is_this_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
