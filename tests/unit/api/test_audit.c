/* Audit: an item of its own, that never waits where it must not, and is never lost without a word. */
#include "support.h"

FAKE_LOADER_ITEM

static struct world world;
static struct data_item *queued;
static struct task *pooled;
static int submit_code, wait_code, emit_code, waited;
static bool pool_full;
static char emitted[512];

int data_submit(struct data *data, struct data_item *item)
{
    (void)data;
    if (submit_code == C18N_OK)
        queued = item;
    return submit_code;
}
int data_submit_wait(struct data *data, struct data_item *item)
{
    (void)data;
    waited++;
    if (wait_code != C18N_OK)
        return wait_code;
    int code = item->run(item);
    item->done(item, code);
    return code;
}
bool pool_submit(struct pool *pool, struct task *task)
{
    (void)pool;
    if (!pool_full)
        pooled = task;
    return !pool_full;
}
int data_emit_host(struct request *request, const char *type, const char *topic, const char *resource, const char *key,
                   c18n_out *data)
{
    const c18n_doc *doc = c18n_out_finish(data);
    assert_null(key);
    snprintf(emitted, sizeof emitted, "%s %s %s by %s for %s in %s: %.*s", type, topic, resource, request->caller.user,
             request->caller.on_behalf_of ? request->caller.on_behalf_of : "-", request->request_id, (int)doc->length,
             doc->text);
    return emit_code;
}

static int setup(void **state)
{
    (void)state;
    world_open(&world);
    world.server.blocking = (struct pool *)(void *)&world;
    world.request.caller.user = ID_A;
    world.request.caller.on_behalf_of = ID_B;
    queued = NULL;
    pooled = NULL;
    submit_code = wait_code = emit_code = waited = 0;
    pool_full = false;
    emitted[0] = '\0';
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return 0;
}

static void note(const char *resource, const char *detail)
{
    audit_family.note(request_pub(&world.request), "login_failed", resource, detail);
}

#define EXPECTED                                                                                                       \
    "audit.login_failed access " ID_B " by " ID_A " for " ID_B " in request-1: {\"detail\":\"wrong password\"}"

static void outlives_the_request(void **state)
{
    (void)state;
    note(ID_B, "wrong password");
    assert_non_null(queued);
    world_close(&world); /* the request and its memory are gone */
    int code = queued->run(queued);
    queued->done(queued, code);
    assert_int_equal(code, C18N_OK);
    assert_string_equal(emitted, EXPECTED);
}

static void a_full_queue_waits_on_the_pool(void **state)
{
    (void)state;
    submit_code = C18N_AGAIN;
    note(ID_B, "wrong password");
    assert_int_equal(waited, 0); /* not on this thread, which may be the writer's */
    assert_non_null(pooled);
    pooled->run(pooled, NULL);
    assert_int_equal(waited, 1);
    assert_string_equal(emitted, EXPECTED);
    world_close(&world);
}

/* What can't be kept is logged and given back: the sanitizer would tell of a leak. */
static void what_is_refused_is_given_back(void **state)
{
    (void)state;
    submit_code = C18N_UNAVAILABLE;
    note("", NULL);
    submit_code = C18N_AGAIN;
    pool_full = true;
    note(ID_B, "wrong password");
    pool_full = false;
    wait_code = C18N_UNAVAILABLE;
    note(ID_B, "wrong password");
    pooled->run(pooled, NULL);
    submit_code = C18N_OK;
    emit_code = C18N_NO_SPACE;
    note(ID_B, "wrong password");
    queued->done(queued, queued->run(queued));
    world_close(&world);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(outlives_the_request),
        TEST(a_full_queue_waits_on_the_pool),
        TEST(what_is_refused_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
