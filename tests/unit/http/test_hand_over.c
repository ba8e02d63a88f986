/* A socket leaves HTTP for another protocol: with every byte, once, and out of all counts. */
#include "client.h"

#include "c18n/abi.h"

#define HOST "Host: x\r\n"
#define RAW  "GET /raw HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: other\r\n\r\n"

static struct site site;

static void begin(void)
{
    site_start(&site, (struct http_options){.listen = NULL});
    atomic_store(&site.raw_fd, -1);
    atomic_store(&site.raw_code, 1);
}

/* What is written on the descriptor comes to the client, what the client says comes there, and HTTP hears nothing. */
static void expect_talk(int client)
{
    char room[8] = "";
    SITE_WAIT(atomic_load(&site.raw_fd) >= 0);
    int fd = atomic_load(&site.raw_fd);
    SITE_WAIT(http_connections(site.server) == 0); /* the old handle is closed, the connection is not */
    client_say(client, "ping");
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&poller, 1, CLIENT_PATIENCE_MS), 1);
    assert_int_equal(read(fd, room, sizeof room), 4);
    assert_memory_equal(room, "ping", 4);
    assert_int_equal(write(fd, "pong", 4), 4);
    struct reply reply = client_read_until(client, "pong", 1);
    assert_string_equal(reply.text, "pong");
    reply_free(&reply);
    close(fd);
    reply = client_read_all(client, CLIENT_PATIENCE_MS);
    assert_true(reply.closed);
    reply_free(&reply);
    close(client);
}

static void test_with_what_came_behind(void **state)
{
    static const char early[] = "\x81\x80\0\0\0\0GET / no HTTP";
    (void)state;
    begin();
    int client = client_connect(&site);
    client_send(client, RAW, sizeof RAW - 1);
    struct reply reply = client_read_until(client, "raw:", 1);
    assert_string_equal(reply.text, "raw:");
    reply_free(&reply);
    expect_talk(client);
    atomic_store(&site.raw_fd, -1);

    char both[sizeof RAW - 1 + sizeof early];
    memcpy(both, RAW, sizeof RAW - 1);
    memcpy(both + sizeof RAW - 1, early, sizeof early);
    client = client_connect(&site);
    client_send(client, both, sizeof both);
    reply = client_read_until(client, "HTTP", 1);
    assert_int_equal(reply.length, 4 + sizeof early);
    assert_memory_equal(reply.text + 4, early, sizeof early);
    reply_free(&reply);
    expect_talk(client);
    assert_int_equal(atomic_load(&site.answered), 2);
    assert_int_equal(atomic_load(&site.last_status), 101);
    assert_int_equal(atomic_load(&site.refused), 0);
    assert_int_equal(http_in_flight(site.server), 0);
    site_end(&site);
}

/* Behind other requests: once their answers are out; and its head in pieces. */
static void test_behind_others(void **state)
{
    (void)state;
    begin();
    int client = client_connect(&site);
    client_say(client, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    struct reply reply = client_read_until(client, "hello", 1);
    reply_free(&reply);
    for (const char *at = RAW; *at; at++)
        client_send(client, at, 1);
    reply = client_read_until(client, "raw:", 1);
    assert_string_equal(reply.text, "raw:");
    reply_free(&reply);
    expect_talk(client);
    site_end(&site);
}

/* Refused: an earlier answer is not out yet, or nobody asked for another protocol. It is answered by HTTP then, and
 * what comes behind is HTTP. */
static void test_conflicts(void **state)
{
    static const char hello[] = "GET /hello HTTP/1.1\r\n" HOST "\r\n";
    static const char *const heads[] = {
        "GET /hello HTTP/1.1\r\n" HOST "\r\n" RAW,
        "GET /raw HTTP/1.1\r\n" HOST "\r\n",
    };
    (void)state;
    begin();
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        char all[512];
        atomic_store(&site.raw_code, 1);
        int length = snprintf(all, sizeof all, "%s%s", heads[i], hello);
        int client = client_connect(&site);
        client_send(client, all, (size_t)length);
        struct reply reply = client_read_until(client, "hello", i == 0 ? 2 : 1);
        assert_int_equal(atomic_load(&site.raw_code), C18N_CONFLICT);
        assert_non_null(strstr(reply.text, "HTTP/1.1 409"));
        reply_free(&reply);
        close(client);
    }
    SITE_WAIT(http_connections(site.server) == 0);
    site_end(&site);
}

/* An upgrade that nobody takes: requests behind it wait for its answer, and come through. */
static void test_passed_over(void **state)
{
    (void)state;
    begin();
    int client = client_connect(&site);
    client_say(client, "GET /later HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
                       "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    SITE_WAIT(site_has_later(&site));
    assert_int_equal(atomic_load(&site.handled), 1);
    site_answer_later(&site);
    struct reply reply = client_read_until(client, "hello", 1);
    assert_non_null(strstr(reply.text, "late"));
    reply_free(&reply);
    close(client);
    site_end(&site);
}

static void hand_over_late(struct task *task, void *context)
{
    struct site_late *late = (struct site_late *)task;
    (void)context;
    site_raw(&site, late->request);
    free(late);
}

/* While the server drains it was awaited, and is no more; a client that is gone has nothing to hand over. */
static void test_later(void **state)
{
    (void)state;
    begin();
    int client = client_connect(&site);
    client_say(client, "GET /later HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: other\r\n\r\nearly");
    SITE_WAIT(site_has_later(&site));
    http_drain(site.server);
    struct site_late *late = calloc(1, sizeof *late);
    *late = (struct site_late){.task = {.run = hand_over_late}, .request = site.later};
    loop_post(late->request->loop, &late->task);
    struct reply reply = client_read_until(client, "early", 1);
    assert_string_equal(reply.text, "raw:early");
    reply_free(&reply);
    expect_talk(client);
    SITE_WAIT(http_in_flight(site.server) == 0);

    site_end(&site);
}

static void test_of_nobody(void **state)
{
    (void)state;
    begin();
    int client = client_connect(&site);
    client_say(client, "GET /later HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: other\r\n\r\n");
    SITE_WAIT(site_has_later(&site));
    http_stop(site.server);
    struct site_late *late = calloc(1, sizeof *late);
    *late = (struct site_late){.task = {.run = hand_over_late}, .request = site.later};
    loop_post(late->request->loop, &late->task);
    SITE_WAIT(atomic_load(&site.raw_code) == C18N_GONE);
    SITE_WAIT(http_in_flight(site.server) == 0);
    close(client);
    site_end(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_with_what_came_behind),
        cmocka_unit_test(test_behind_others),
        cmocka_unit_test(test_conflicts),
        cmocka_unit_test(test_passed_over),
        cmocka_unit_test(test_later),
        cmocka_unit_test(test_of_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
