/* test_writer.c: group commit, items that fail, the queue. */
#include "fixture.h"

enum { GROUP = 20 };

/* Holds the writer, so that what is submitted meanwhile becomes one group. */
struct gate {
    struct data_item item; /* must stay first */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool entered, open, done;
};

static int gate_run(struct data_item *item)
{
    struct gate *gate = (struct gate *)(void *)item;
    pthread_mutex_lock(&gate->lock);
    gate->entered = true;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->open)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
    return C18N_OK;
}

static void gate_done(struct data_item *item, int code)
{
    struct gate *gate = (struct gate *)(void *)item;
    (void)code;
    pthread_mutex_lock(&gate->lock);
    gate->done = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

static void gate_close(struct gate *gate)
{
    *gate = (struct gate){.item = {.run = gate_run, .done = gate_done}};
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->changed, NULL);
    assert_int_equal(data_submit(fixture.data, &gate->item), C18N_OK);
    pthread_mutex_lock(&gate->lock);
    while (!gate->entered)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void gate_open(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->done)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static int do_nothing(c18n_request *rq, void *arg)
{
    (void)rq;
    (void)arg;
    return C18N_OK;
}

/* After this, all that was submitted before is done. */
static void settle(void)
{
    (void)work(do_nothing, NULL);
}

static void one_bad_item_leaves_its_group_alone(void **state)
{
    (void)state;
    struct gate gate;
    struct write writes[GROUP];
    static const char *const good = "{\"author\":\"ann\"}", *const bad = "{\"view\":\"nothing\"}";
    char ids[GROUP][8];
    gate_close(&gate);
    unsigned before = memory_count(&fixture.memory, &fixture.memory.commits);
    for (int i = 0; i < GROUP; i++) {
        snprintf(ids[i], sizeof ids[i], "n%02d", i);
        writes[i] = (struct write){.type = "notes.put", .resource = ids[i], .data = i == 7 ? bad : good};
        write_begin(&writes[i]);
        assert_int_equal(data_submit(fixture.data, &writes[i].item), C18N_OK);
    }
    gate_open(&gate);
    settle();
    assert_true(memory_count(&fixture.memory, &fixture.memory.commits) - before <=
                4); /* the gate's, the group's, settle's: not one an item */
    for (int i = 0; i < GROUP; i++) {
        assert_true(writes[i].done);
        assert_int_equal(writes[i].told, i == 7 ? C18N_INVALID : C18N_OK);
        char text[1024];
        assert_int_equal(record_text("notes", ids[i], text), i == 7 ? C18N_NOT_FOUND : C18N_OK);
        arena_free(writes[i].arena);
    }
    assert_int_equal(data_position(fixture.data), GROUP - 1); /* no hole in the positions */
    struct write check = {.type = "notes.put", .resource = "x", .data = good};
    assert_int_equal(write_wait(&check), C18N_OK);
}

static int emit_then_refuse(c18n_request *rq, void *arg)
{
    int code = emit_text(rq, "notes.put", "n1", "{}");
    return code == C18N_OK ? *(int *)arg : code;
}

static int swallow_a_failure(c18n_request *rq, void *arg)
{
    (void)arg;
    (void)emit_text(rq, "notes.put", "n1", "{}");
    (void)emit_text(rq, "notes.add", "n1", "{\"counter\":\"nothing\",\"delta\":1}");
    return C18N_OK;
}

static void an_item_that_fails_leaves_nothing(void **state)
{
    (void)state;
    int code = C18N_CONFLICT;
    char text[1024];
    assert_int_equal(work(emit_then_refuse, &code), C18N_CONFLICT);
    assert_int_equal(record_text("notes", "n1", text), C18N_NOT_FOUND);
    assert_int_equal(work(swallow_a_failure, NULL), C18N_INVALID);
    assert_int_equal(record_text("notes", "n1", text), C18N_NOT_FOUND);
    assert_int_equal(data_position(fixture.data), 0);
}

static int go_on_without_memory(c18n_request *rq, void *arg)
{
    (void)arg;
    assert_null(c18n_alloc(rq, SIZE_MAX / 2));
    return emit_text(rq, "notes.put", "starved", "{\"author\":\"ann\"}");
}

static int emit_what_has_no_writer(c18n_request *rq, void *arg)
{
    int *ret_code = arg;
    assert_null(c18n_alloc(rq, SIZE_MAX / 2)); /* as c18n_out_new would have failed */
    *ret_code = c18n_emit(rq, "notes.put", "starved", NULL, NULL);
    return C18N_OK;
}

static void what_had_no_memory_is_undone(void **state)
{
    (void)state;
    char text[1024];
    int emitted = C18N_OK;
    assert_int_equal(work(go_on_without_memory, NULL), C18N_NO_MEMORY);
    assert_int_equal(work(emit_what_has_no_writer, &emitted), C18N_NO_MEMORY);
    assert_int_equal(emitted, C18N_NO_MEMORY); /* an event without its data is worse than none */
    assert_int_equal(record_text("notes", "starved", text), C18N_NOT_FOUND);
    assert_int_equal(work(do_nothing, NULL), C18N_OK);
}

static int read_own_write(c18n_request *rq, void *arg)
{
    const c18n_doc *record;
    int code = emit_text(rq, "notes.put", "n1", "{\"title\":\"mine\"}");
    if (code == C18N_OK)
        code = c18n_get(rq, "notes", "n1", &record);
    if (code == C18N_OK)
        snprintf(arg, 16, "%s", c18n_text(record, "title"));
    return code;
}

static void a_write_reads_itself(void **state)
{
    (void)state;
    char title[16] = "";
    assert_int_equal(work(read_own_write, title), C18N_OK);
    assert_string_equal(title, "mine");
}

static void the_queue_is_bounded(void **state)
{
    (void)state;
    enum { LIMIT = 512 };
    static struct write writes[LIMIT + 1];
    struct gate gate;
    gate_close(&gate);
    for (int i = 0; i <= LIMIT; i++) {
        writes[i] = (struct write){.work = do_nothing};
        write_begin(&writes[i]);
        assert_int_equal(data_submit(fixture.data, &writes[i].item), i < LIMIT ? C18N_OK : C18N_AGAIN);
    }
    gate_open(&gate);
    settle();
    for (int i = 0; i <= LIMIT; i++) {
        assert_int_equal(writes[i].done, i < LIMIT);
        arena_free(writes[i].arena);
    }
}

static void draining_takes_nothing_new_and_finishes_what_waits(void **state)
{
    (void)state;
    struct write write = {.type = "notes.put", .resource = "n1", .data = "{}"};
    struct gate gate;
    gate_close(&gate);
    write_begin(&write);
    assert_int_equal(data_submit(fixture.data, &write.item), C18N_OK);
    gate_open(&gate);
    data_drain(fixture.data);
    assert_int_equal(write.told, C18N_OK);
    assert_true(write.done);
    arena_free(write.arena);
    assert_int_equal(emit("notes.put", "n2", "{}"), C18N_UNAVAILABLE);
    assert_int_equal(data_position(fixture.data), 1);
}

static int put_in_transaction(c18n_request *rq, void *arg)
{
    return emit_text(rq, "notes.put", arg, "{}");
}

static void transact_refreshes_what_is_read(void **state)
{
    (void)state;
    static char id[] = "n1", bad[] = "";
    struct reading reading;
    const c18n_doc *record;
    read_begin(&reading);
    assert_int_equal(c18n_get(reading.rq, "notes", "n1", &record), C18N_NOT_FOUND);
    assert_int_equal(c18n_transact(reading.rq, put_in_transaction, id), C18N_OK);
    assert_int_equal(c18n_get(reading.rq, "notes", "n1", &record), C18N_OK);
    assert_int_equal(c18n_transact(reading.rq, put_in_transaction, bad), C18N_INVALID);
    assert_int_equal(c18n_emit(reading.rq, "notes.put", "n2", NULL, NULL), C18N_ERROR); /* not in a transaction */
    read_end(&reading);
}

static int count_row(void *arg, c18n_bytes key, c18n_bytes value)
{
    (void)key;
    (void)value;
    ++*(int *)arg;
    return C18N_OK;
}

static int host_rows(c18n_request *rq, void *arg)
{
    struct request *request = request_of(rq);
    c18n_bytes value;
    int rows = 0;
    (void)arg;
    assert_int_equal(data_host_get(request, "idempotency", "a", &value), C18N_NOT_FOUND);
    assert_int_equal(data_host_put(request, "idempotency", "a", (c18n_bytes){"1", 1}), C18N_OK);
    assert_int_equal(data_host_put(request, "host.idempotency", "b", (c18n_bytes){"2", 1}), C18N_OK);
    assert_int_equal(data_host_get(request, "idempotency", "b", &value), C18N_OK);
    assert_memory_equal(value.at, "2", 1);
    assert_int_equal(data_host_remove(request, "idempotency", "a"), C18N_OK);
    assert_int_equal(data_host_scan(request, "idempotency", count_row, &rows), C18N_OK);
    assert_int_equal(rows, 1);
    assert_int_equal(data_host_put(request, "nothing", "a", value), C18N_INVALID);
    return C18N_OK;
}

static void the_host_keeps_rows_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(work(host_rows, NULL), C18N_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_bad_item_leaves_its_group_alone),
        TEST(an_item_that_fails_leaves_nothing),
        TEST(what_had_no_memory_is_undone),
        TEST(a_write_reads_itself),
        TEST(the_queue_is_bounded),
        TEST(draining_takes_nothing_new_and_finishes_what_waits),
        TEST(transact_refreshes_what_is_read),
        TEST(the_host_keeps_rows_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
