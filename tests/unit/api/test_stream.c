/* Streams: a handler on one thread, the loop on another, and a client that leaves. */
#include "support.h"

#include "api/call.h"
#include "api/stream.h"

#include <pthread.h>
#include <unistd.h>

FAKE_FIND_HEADER

/* --- a loop: one thread that runs what is posted --- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct task *posted;
static bool ending, loop_is_here;

void loop_post(struct loop *loop, struct task *task)
{
    (void)loop;
    pthread_mutex_lock(&lock);
    assert_null(posted);
    posted = task;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}
struct loop *loop_here(void)
{
    return loop_is_here ? (struct loop *)(void *)&posted : NULL;
}

static void *loop_main(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    while (!ending || posted) {
        struct task *task = posted;
        posted = NULL;
        if (!task) {
            pthread_cond_wait(&changed, &lock);
            continue;
        }
        pthread_mutex_unlock(&lock);
        task->run(task, NULL);
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

/* --- http --- */

static char begun_type[64], received[256 << 10];
static size_t received_length, pieces, largest;
static bool client_gone;

void http_stream_begin(struct http_request *request, const struct http_answer *answer)
{
    (void)request;
    snprintf(begun_type, sizeof begun_type, "%d %s", answer->status, answer->content_type);
}
void http_stream_write(struct http_request *request, const void *bytes, size_t length,
                       void (*done)(void *arg, bool gone), void *arg)
{
    (void)request;
    pieces++;
    largest = length > largest ? length : largest;
    if (!client_gone) {
        memcpy(received + received_length, bytes, length);
        received_length += length;
    }
    done(arg, client_gone);
}
void http_stream_end(struct http_request *request, bool complete)
{
    (void)request, (void)complete;
}
void http_answer(struct http_request *request, const struct http_answer *answer)
{
    (void)request, (void)answer;
}

/* --- */

static struct world world;
static struct call *call;
static pthread_t loop;

static int setup(void **state)
{
    (void)state;
    world_open(&world);
    ending = client_gone = false;
    received_length = pieces = largest = 0;
    begun_type[0] = '\0';
    world.route.declared.flags = C18N_ROUTE_STREAM;
    call = arena_alloc(world.api.arena, sizeof *call);
    call->request = world.request;
    call->magic = CALL_MAGIC;
    call->api = &world.api;
    return pthread_create(&loop, NULL, loop_main, NULL);
}

static int teardown(void **state)
{
    (void)state;
    pthread_mutex_lock(&lock);
    ending = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(loop, NULL);
    world_close(&world);
    return 0;
}

static c18n_request *rq(void)
{
    return request_pub(&call->request);
}

static void pieces_arrive_in_order(void **state)
{
    (void)state;
    char line[16];
    assert_int_equal(stream_begin(rq(), "application/x-ndjson"), C18N_OK);
    assert_string_equal(begun_type, "200 application/x-ndjson");
    for (int i = 0; i < 100; i++) {
        snprintf(line, sizeof line, "%d\n", i);
        assert_int_equal(stream_write(rq(), line, strlen(line)), C18N_OK);
    }
    received[received_length] = '\0';
    assert_int_equal(strncmp(received, "0\n1\n2\n", 6), 0);
    assert_non_null(strstr(received, "\n99\n"));
    assert_true(call->request.reply.streaming);
}

static void large_writes_are_cut(void **state)
{
    (void)state;
    static char large[200 << 10];
    memset(large, 'x', sizeof large);
    assert_int_equal(stream_begin(rq(), "text/plain"), C18N_OK);
    assert_int_equal(stream_write(rq(), large, sizeof large), C18N_OK);
    assert_int_equal(received_length, sizeof large);
    assert_int_equal(pieces, 4);
    assert_int_equal(largest, 64 << 10);
}

static void a_client_that_left(void **state)
{
    (void)state;
    assert_int_equal(stream_begin(rq(), "text/plain"), C18N_OK);
    client_gone = true;
    assert_int_equal(stream_write(rq(), "x", 1), C18N_GONE);
}

static void only_where_it_may(void **state)
{
    (void)state;
    assert_int_equal(stream_write(rq(), "x", 1), C18N_INVALID); /* not begun */
    loop_is_here = true;                                        /* it would wait for itself */
    assert_int_equal(stream_begin(rq(), "text/plain"), C18N_INVALID);
    loop_is_here = false;
    world.route.declared.flags = 0;
    assert_int_equal(stream_begin(rq(), "text/plain"), C18N_INVALID);
    world.route.declared.flags = C18N_ROUTE_STREAM;
    assert_int_equal(stream_begin(rq(), "text/plain"), C18N_OK);
    assert_int_equal(stream_begin(rq(), "text/plain"), C18N_INVALID); /* twice */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pieces_arrive_in_order),
        TEST(large_writes_are_cut),
        TEST(a_client_that_left),
        TEST(only_where_it_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
