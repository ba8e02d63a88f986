/* test_consumers.c: at least once made exactly once; poison. */
#include "fixture.h"

static struct {
    pthread_mutex_t lock;
    unsigned handled;
    char order[2048];
    const char *poison; /* its resource */
    unsigned poison_tries;
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int count_note(c18n_request *rq, const c18n_event *event, void *module)
{
    (void)rq;
    (void)module;
    pthread_mutex_lock(&seen.lock);
    bool poison = seen.poison && strcmp(event->resource, seen.poison) == 0;
    seen.poison_tries += poison;
    seen.handled += !poison;
    if (!poison)
        strncat(strncat(seen.order, event->resource, 32), " ", 2);
    pthread_mutex_unlock(&seen.lock);
    if (poison)
        return C18N_CONFLICT;
    /* Its effect: a counter in a view, in the transaction that stores the offset. */
    return emit_text(rq, "notes.add", "total", "{\"counter\":\"likes\",\"delta\":1}");
}

static const c18n_consumer consumers[] = {{.name = "count", .topics = "posts", .handle = count_note}};

static int start(void **state)
{
    (void)state;
    seen.handled = seen.poison_tries = 0;
    seen.order[0] = '\0';
    seen.poison = NULL;
    fixture_init();
    fixture.descriptor.consumers = (c18n_table)C18N_ALL(consumers);
    assert_int_equal(fixture_open(), C18N_OK);
    assert_int_equal(data_start(fixture.data), C18N_OK);
    return 0;
}

static int64_t total(void)
{
    struct reading reading;
    const c18n_doc *record;
    read_begin(&reading);
    int64_t likes = c18n_get(reading.rq, "notes", "total", &record) == C18N_OK ? c18n_integer(record, "likes", -1) : -1;
    read_end(&reading);
    return likes;
}

static bool total_is_four(void)
{
    return total() == 4;
}
static bool total_is_two(void)
{
    return total() == 2;
}
static bool total_is_many(void)
{
    return total() == 201;
}

static unsigned handled(void)
{
    pthread_mutex_lock(&seen.lock);
    unsigned count = seen.handled;
    pthread_mutex_unlock(&seen.lock);
    return count;
}

static void every_event_of_the_topic_comes_in_order(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.put", "total", "{}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n1", "{}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n2", "{\"email\":\"sealed\"}"), C18N_OK);
    assert_int_equal(emit("notes.add", "n1", "{\"counter\":\"reads\",\"delta\":1}"),
                     C18N_OK); /* topic likes: not for it */
    assert_int_equal(emit("notes.remove", "n1", "{}"), C18N_OK);
    assert_true(comes_true(total_is_four));
    assert_string_equal(seen.order, "total n1 n2 n1 ");
}

static void batches_lose_and_repeat_nothing(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.put", "total", "{}"), C18N_OK);
    for (int i = 0; i < 200; i++)
        assert_int_equal(emit("notes.patch", "nobody", "{}"), C18N_OK);
    assert_true(comes_true(total_is_many));
}

static void a_restart_repeats_nothing(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.put", "total", "{}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n1", "{}"), C18N_OK);
    assert_true(comes_true(total_is_two));
    fixture_close();
    assert_int_equal(fixture_open(), C18N_OK);
    assert_int_equal(data_start(fixture.data), C18N_OK);
    assert_int_equal(emit("notes.put", "n2", "{}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n3", "{}"), C18N_OK);
    assert_true(comes_true(total_is_four));
    assert_int_equal(handled(), 4);
}

/* The events are there; the consumer's own commit is the one that fails. */
static void crash_while_consuming(bool anyway)
{
    fixture_close();
    fixture.descriptor.consumers = (c18n_table){0};
    assert_int_equal(fixture_open(), C18N_OK);
    assert_int_equal(data_start(fixture.data), C18N_OK);
    assert_int_equal(emit("notes.put", "total", "{}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n1", "{}"), C18N_OK);
    fixture_close();
    fixture.descriptor.consumers = (c18n_table)C18N_ALL(consumers);
    assert_int_equal(fixture_open(), C18N_OK);
    fixture.memory.fail_commit = C18N_IO;
    fixture.memory.commit_anyway = anyway;
    assert_int_equal(data_start(fixture.data), C18N_OK);
    assert_true(comes_true(total_is_two));
    usleep(300000); /* time for a second delivery, were there one */
    assert_int_equal(total(), 2);
}

static void a_lost_commit_is_done_again_once(void **state)
{
    (void)state;
    crash_while_consuming(false);
    assert_int_equal(handled(), 4); /* two were undone with their offset */
}

static void a_commit_whose_answer_was_lost_is_not_done_again(void **state)
{
    (void)state;
    crash_while_consuming(true);
    assert_int_equal(handled(), 2);
}

static int take_dead(void *arg, c18n_bytes key, c18n_bytes value)
{
    snprintf(arg, 200, "%.*s: %.*s", (int)key.length, (const char *)key.at, (int)value.length, (const char *)value.at);
    return C18N_OK;
}

static void poison_goes_to_the_dead_letters_and_blocks_nobody(void **state)
{
    (void)state;
    char dead[200] = "";
    seen.poison = "bad";
    assert_int_equal(emit("notes.put", "total", "{}"), C18N_OK);
    assert_int_equal(emit("notes.put", "bad", "{}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n1", "{}"), C18N_OK);
    assert_true(comes_true(total_is_two));
    pthread_mutex_lock(&seen.lock);
    assert_true(seen.poison_tries >= 5 && seen.poison_tries <= 6); /* once more when it came in a batch */
    pthread_mutex_unlock(&seen.lock);
    struct reading reading;
    read_begin(&reading);
    assert_int_equal(memory_dead(&fixture.memory_self, reading.request.scope->store, take_dead, dead), C18N_OK);
    read_end(&reading);
    char expected[200] = "";
    for (size_t i = 0; i < fixture.memory.committed.record_count; i++)
        if (strcmp(fixture.memory.committed.records[i].record.resource, "bad") == 0)
            snprintf(expected, sizeof expected, "notes.count/%zu: the consumer failed (-9)", i + 1);
    assert_string_equal(dead, expected);
}

/* It would wait for ever, and nobody would know. */
static void a_misspelt_topic_is_refused(void **state)
{
    (void)state;
    static const c18n_consumer deaf[] = {{.name = "deaf", .topics = "posts post", .handle = count_note}};
    struct kinds kinds;
    struct text why;
    text_init(&why, NULL, 0);
    c18n_table before = fixture.descriptor.consumers;
    fixture.descriptor.consumers = (c18n_table)C18N_ALL(deaf);
    assert_int_equal(kinds_compile(fixture.data->loader, fixture.data->arena, &kinds, &why), C18N_INVALID);
    assert_string_equal(text_end(&why), "notes: consumer deaf: post is no topic.\n");
    fixture.descriptor.consumers = before;
    text_free(&why);
}

#define WITH(setup, name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(start, every_event_of_the_topic_comes_in_order),
        WITH(start, batches_lose_and_repeat_nothing),
        WITH(start, a_restart_repeats_nothing),
        WITH(start, a_lost_commit_is_done_again_once),
        WITH(start, a_commit_whose_answer_was_lost_is_not_done_again),
        WITH(start, poison_goes_to_the_dead_letters_and_blocks_nobody),
        WITH(start, a_misspelt_topic_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
