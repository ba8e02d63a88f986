/** storage_fixture.h: a storage with a writer and a reader, and short ways to say what tests say often. */
#ifndef TESTS_STORAGE_FIXTURE_H
#define TESTS_STORAGE_FIXTURE_H

#include "provider.h"

#include <c18n/providers/storage.h>

struct fixture {
    struct provider provider; /* must stay first */
    const c18n_storage *storage;
    c18n_store *writer, *reader;
};

/* The module under test, "storage_sqlite", and what is loaded with it. */
static const char *storage_id = "storage_sqlite", *storage_modules = "storage_sqlite";

static inline c18n_self *storage_self(struct fixture *f)
{
    return c18n_test_self(f->provider.test, storage_id);
}

/** Without connections. */
static inline void fixture_start(struct fixture *f)
{
    provider_start(&f->provider, storage_modules);
    f->storage = c18n_test_service(f->provider.test, "storage.v1")->functions;
}

static inline void fixture_connect(struct fixture *f)
{
    fixture_start(f);
    assert_int_equal(f->storage->connect(storage_self(f), C18N_STORE_WRITE, &f->writer), C18N_OK);
    assert_int_equal(f->storage->connect(storage_self(f), C18N_STORE_READ, &f->reader), C18N_OK);
}

static inline void fixture_disconnect(struct fixture *f)
{
    f->storage->disconnect(f->reader);
    f->storage->disconnect(f->writer);
    f->reader = f->writer = NULL; /* so that a test that fails here still comes to its teardown */
    provider_stop(&f->provider);
}

static inline int fixture_open(void **ret_state)
{
    struct fixture *f = calloc(1, sizeof *f);
    provider_make(&f->provider);
    fixture_connect(f);
    *ret_state = f;
    return 0;
}

static inline int fixture_close(void **state)
{
    struct fixture *f = *state;
    fixture_disconnect(f);
    provider_remove(&f->provider);
    free(f);
    return 0;
}

/** A record whose event_id and hash say its position. */
static inline c18n_record record_at(uint64_t position, const char *topic, const char *resource)
{
    c18n_record record = {
        .position = position,
        .time_ms = 1500000000000 + (int64_t)position,
        .version = 1,
        .topic = topic,
        .type = "posts.created",
        .actor = "system",
        .on_behalf_of = "",
        .resource = resource,
        .key = resource,
        .request_id = "",
        .subject = "",
        .data = text("{\"a\":1}"),
    };
    memcpy(record.event_id, &position, sizeof position);
    memset(record.hash, (int)position, sizeof record.hash);
    return record;
}

static inline void append_committed(struct fixture *f, uint64_t position, const char *topic, const char *resource)
{
    c18n_record record = record_at(position, topic, resource);
    assert_int_equal(f->storage->begin(f->writer), C18N_OK);
    assert_int_equal(f->storage->append(f->writer, &record), C18N_OK);
    assert_int_equal(f->storage->commit(f->writer), C18N_OK);
}

static inline uint64_t newest(struct fixture *f, c18n_store *store)
{
    uint64_t position = 0;
    uint8_t hash[32];
    assert_int_equal(f->storage->newest(store, &position, hash), C18N_OK);
    if (position > 0)
        assert_int_equal(hash[31], (uint8_t)position);
    return position;
}

static inline void assert_value(struct fixture *f, c18n_store *store, uint32_t table, const char *key,
                                const char *value)
{
    c18n_bytes found = {0};
    int code = f->storage->get(store, table, text(key), &found);
    if (!value) {
        assert_int_equal(code, C18N_NOT_FOUND);
        return;
    }
    assert_int_equal(code, C18N_OK);
    assert_int_equal(found.length, strlen(value));
    assert_memory_equal(found.at, value, found.length);
}

#endif
