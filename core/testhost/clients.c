/* clients.c: sockets as a test has them: connected, sent on, received from; and when nothing is under way on them. */
#include "testhost/clients.h"

#include "base/json.h"
#include "live/socket.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* --- a step on the loop's thread, waited for --- */

struct step {
    struct task task; /* must stay first */
    void (*work)(struct step *step);
    c18n_test_socket *client;
    struct client_frame frame; /* that is sent */
    struct c18n_test *test;
    bool busy;
    pthread_mutex_t lock; /* guards `done` */
    pthread_cond_t changed;
    bool done;
};

static void step_run(struct task *task, void *context)
{
    struct step *step = (struct step *)(void *)task;
    (void)context;
    if (step->work)
        step->work(step);
    pthread_mutex_lock(&step->lock);
    step->done = true;
    pthread_cond_signal(&step->changed); /* under the lock: the waiter's stack holds the step */
    pthread_mutex_unlock(&step->lock);
}

static void step_begin(struct step *step)
{
    step->task.run = step_run;
    pthread_mutex_init(&step->lock, NULL);
    pthread_cond_init(&step->changed, NULL);
}

static void step_wait(struct step *step)
{
    pthread_mutex_lock(&step->lock);
    while (!step->done)
        pthread_cond_wait(&step->changed, &step->lock);
    pthread_mutex_unlock(&step->lock);
    pthread_cond_destroy(&step->changed);
    pthread_mutex_destroy(&step->lock);
}

static void on_loop(struct step *step)
{
    step_begin(step);
    loop_post(step->test->server.loops[0], &step->task);
    step_wait(step);
}

/* --- is anything under way? --- */

static void look_around(struct step *step)
{
    for (const c18n_test_socket *client = step->test->clients; client; client = client->next_of_test)
        step->busy |= engine_is_busy(client);
    const struct live *live = step->test->server.live;
    for (size_t i = 0; i < live->lane_count; i++)
        for (const struct live_socket *socket = live->lanes[i].sockets; socket; socket = socket->next)
            step->busy |= !socket->greeted || socket->references > 1 || socket->in_flight > 0;
}

static void sweep(struct step *step)
{
    const struct live *live = step->test->server.live;
    for (size_t i = 0; i < live->lane_count; i++)
        live_sweep(&live->lanes[i]);
}

void clients_sweep(struct c18n_test *test)
{
    if (test->clients)
        on_loop(&(struct step){.test = test, .work = sweep});
}

static int write_nothing(c18n_request *rq, void *arg)
{
    (void)rq, (void)arg;
    return C18N_OK;
}

/* What a commit brings about is on its way to the loop when the writer has been through once more; whoever is away at
 * a pool in a socket's name is counted there. */
bool clients_are_busy(struct c18n_test *test)
{
    struct step look = {.test = test, .work = look_around};
    if (!test->clients)
        return false;
    (void)testhost_write(test, testhost_request(test, NULL), write_nothing, NULL);
    on_loop(&look);
    return look.busy;
}

/* --- what a test does --- */

c18n_test_socket *c18n_test_connect(c18n_test *test, const c18n_test_person *as, const char *path,
                                    c18n_test_answer *ret_answer)
{
    c18n_test_socket *client = arena_alloc(test->arena, sizeof *client);
    if (!client)
        testhost_die("out of memory");
    client->test = test;
    client->last_got = &client->first_got;
    pthread_mutex_init(&client->lock, NULL);
    client->next_of_test = test->clients;
    test->clients = client;
    engine_expect(client);
    c18n_test_answer answer = ask_handshake(test, as, path);
    engine_expect(NULL);
    if (ret_answer)
        *ret_answer = answer;
    return answer.status == 101 ? client : NULL;
}

static void take(struct step *step)
{
    engine_take(step->client, &step->frame);
}

static void leave(struct step *step)
{
    engine_lose(step->client);
}

static void act(c18n_test_socket *client, void (*work)(struct step *step), int opcode, const void *bytes, size_t length)
{
    struct c18n_test *test = client->test;
    struct step *step = arena_alloc(test->arena, sizeof *step); /* a frame may wait */
    if (!step)
        testhost_die("out of memory");
    *step = (struct step){.test = test, .client = client, .work = work, .frame = {NULL, opcode, bytes, length}};
    on_loop(step);
    settle(test);
}

void client_send_at_once(c18n_test_socket *client, const char *text)
{
    struct step *step = arena_alloc(client->test->arena, sizeof *step);
    if (!step)
        testhost_die("out of memory");
    *step = (struct step){.test = client->test, .client = client, .work = take};
    step->frame = (struct client_frame){NULL, WS_TEXT, text, strlen(text)};
    step_begin(step);
    loop_post(step->test->server.loops[0], &step->task);
}

void c18n_test_send(c18n_test_socket *socket, const char *frame, ...)
{
    va_list values;
    va_start(values, frame);
    const char *text = arena_vprint(socket->test->arena, frame, values);
    va_end(values);
    if (!text)
        testhost_die("out of memory");
    text = c18n_test_json(socket->test, "%s", text);
    act(socket, take, WS_TEXT, text, strlen(text));
}

void c18n_test_send_bytes(c18n_test_socket *socket, const void *bytes, size_t count)
{
    act(socket, take, WS_BINARY, arena_copy(socket->test->arena, bytes, count), count);
}

void c18n_test_hang_up(c18n_test_socket *socket)
{
    act(socket, leave, 0, NULL, 0);
}

static struct got_frame *next_got(c18n_test_socket *client)
{
    pthread_mutex_lock(&client->lock);
    struct got_frame *frame = client->first_got;
    if (frame && !(client->first_got = frame->next))
        client->last_got = &client->first_got;
    pthread_mutex_unlock(&client->lock);
    return frame;
}

const c18n_doc *c18n_test_received(c18n_test_socket *socket)
{
    struct c18n_test *test = socket->test;
    struct got_frame *frame = next_got(socket);
    const c18n_doc *doc;
    const char *why = "";
    if (!frame)
        return NULL;
    size_t length = frame->message->length;
    const char *text = arena_copy(test->arena, frame->message->payload, length);
    ws_message_unref(frame->message);
    free(frame);
    if (json_parse(&test->server.host, test->arena, text, length, &doc, &why) != C18N_OK)
        testhost_die("a socket got what is no JSON object: %s: %s", text, why);
    return doc;
}

int c18n_test_closed(c18n_test_socket *socket)
{
    pthread_mutex_lock(&socket->lock);
    int code = socket->code;
    pthread_mutex_unlock(&socket->lock);
    return code;
}

void clients_free(struct c18n_test *test)
{
    for (c18n_test_socket *client = test->clients; client; client = client->next_of_test) {
        for (struct got_frame *frame; (frame = next_got(client));) {
            ws_message_unref(frame->message);
            free(frame);
        }
        pthread_mutex_destroy(&client->lock);
    }
}
