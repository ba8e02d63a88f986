/* test_sockets.c: sockets, as a module's tests have them: who may connect, verbs, deliveries, uploads, the end. */
#include "probe_site.h"

#include <stdlib.h>

static c18n_test_person ben, root;

static int room_open(void **state)
{
    (void)state;
    test = c18n_test_open(&(c18n_test_options){.modules = ROOM_FILE, .seed = 7, .fail_in = "room"}, NULL);
    if (!test)
        return 1;
    ada = c18n_test_person_new(test, "ada", "user");
    ben = c18n_test_person_new(test, "ben", "user");
    root = c18n_test_person_new(test, "root", "user admin");
    return 0;
}

#define ROOM(name) cmocka_unit_test_setup_teardown(name, room_open, probe_close)

/* Connected, and past hello. */
static c18n_test_socket *enter(const c18n_test_person *as, const char *path)
{
    c18n_test_answer answer;
    c18n_test_socket *socket = c18n_test_connect(test, as, path, &answer);
    assert_int_equal(answer.status, 101);
    assert_non_null(socket);
    const c18n_doc *hello = c18n_test_received(socket);
    assert_non_null(hello);
    assert_string_equal(c18n_text(hello, "kind"), "hello");
    assert_string_equal(c18n_text(hello, "user"), as->id);
    return socket;
}

static const c18n_doc *expect(c18n_test_socket *socket, const char *kind)
{
    const c18n_doc *frame = c18n_test_received(socket);
    assert_non_null(frame);
    if (strcmp(c18n_text(frame, "kind"), kind) != 0)
        print_error("%s\n", frame->text); /* says why */
    assert_string_equal(c18n_text(frame, "kind"), kind);
    return frame;
}

static void expect_nack(c18n_test_socket *socket, const char *code)
{
    assert_string_equal(c18n_text(expect(socket, "nack"), "code"), code);
}

static void expect_line(c18n_test_socket *socket, const char *text, int64_t seq)
{
    const c18n_doc *frame = expect(socket, "said");
    assert_string_equal(c18n_text(frame, "text"), text);
    assert_int_equal(c18n_integer(frame, "seq", 0), seq);
}

static void test_who_may_connect(void **state)
{
    (void)state;
    c18n_test_answer answer;
    assert_null(c18n_test_connect(test, NULL, "/room", &answer));
    assert_int_equal(answer.status, 401);
    assert_string_equal(answer.problem, "unauthenticated");
    assert_null(c18n_test_connect(test, NULL, "/room", NULL));
    c18n_test_socket *socket = enter(&ada, "/room");
    assert_null(c18n_test_received(socket));
    assert_int_equal(c18n_test_closed(socket), 0);
    c18n_test_hang_up(socket);
    assert_int_equal(c18n_test_closed(socket), 1006);
    assert_int_equal(c18n_test_metric(test, "room", "closed"), 1);
    c18n_test_send(socket, "{'id':'1','kind':'say','text':'gone'}"); /* nobody hears it */
    assert_null(c18n_test_received(socket));
    assert_int_equal(c18n_test_events(test, "room.said"), 0);
}

static void test_what_is_said_is_heard(void **state)
{
    (void)state;
    c18n_test_socket *hers = enter(&ada, "/room"), *his = enter(&ben, "/room"), *again = enter(&ada, "/room");
    c18n_test_send(hers, "{'id':'a1','kind':'say','text':'%s'}", "hello");
    const c18n_doc *ack = expect(hers, "ack");
    assert_string_equal(c18n_text(ack, "id"), "a1");
    assert_int_equal(c18n_integer(ack, "seq", 0), 1);
    assert_null(c18n_test_received(hers));
    expect_line(his, "hello", 1);
    expect_line(again, "hello", 1);
    assert_int_equal(c18n_test_ask(test, &ben, "{'text':'by post'}", "POST /room/say").status, 200);
    expect_line(hers, "by post", 2);
    expect_line(his, "by post", 2);
    assert_int_equal(c18n_test_events(test, "room.said"), 2);
    assert_true(c18n_test_replays_the_same(test));
    c18n_test_hang_up(hers);
    assert_int_equal(c18n_test_metric(test, "room", "left"), 1);
}

static void test_what_is_no_verb_is_refused(void **state)
{
    (void)state;
    c18n_test_socket *socket = enter(&ada, "/room");
    c18n_test_send(socket, "{'id':'1','kind':'say'}");
    expect_nack(socket, "invalid_field");
    c18n_test_send(socket, "{'id':'2','kind':'kick','text':'%s'}", ben.id);
    expect_nack(socket, "forbidden");
    c18n_test_send(socket, "{'id':'3','kind':'file','size':1}"); /* taken at the door */
    assert_string_equal(c18n_text(expect(socket, "nack"), "id"), "3");
    c18n_test_send(socket, "{'id':");
    expect_nack(socket, "bad_json");
    assert_int_equal(c18n_test_closed(socket), 0);
    c18n_test_send(socket, "\xff");
    assert_int_equal(c18n_test_closed(socket), 1007);
}

static void test_who_missed_something_hears_it(void **state)
{
    (void)state;
    for (int i = 1; i <= 300; i++)
        assert_int_equal(
            c18n_test_ask(test, &ben, c18n_test_json(test, "{'text':'line %d'}", i), "POST /room/say").status, 200);
    c18n_test_socket *socket = enter(&ada, "/room");
    c18n_test_send(socket, "{'id':'1','kind':'since','seq':10}");
    expect(socket, "ack");
    for (int i = 11; i <= 300; i++)
        expect_line(socket, c18n_test_json(test, "line %d", i), i);
    assert_null(c18n_test_received(socket));
    c18n_test_ask(test, &ben, "{'text':'now'}", "POST /room/say");
    expect_line(socket, "now", 301);
}

static void test_a_silent_verb(void **state)
{
    (void)state;
    c18n_test_socket *hers = enter(&ada, "/room"), *his = enter(&ben, "/room");
    c18n_test_send(hers, "{'kind':'wave'}");
    assert_null(c18n_test_received(hers));
    expect(his, "waved");
}

static void test_who_is_thrown_out(void **state)
{
    (void)state;
    c18n_test_socket *his = enter(&ben, "/room"), *boss = enter(&root, "/room");
    c18n_test_send(boss, "{'id':'1','kind':'kick','text':'%s'}", ben.id);
    expect(boss, "ack");
    assert_int_equal(c18n_test_closed(his), 4403);
}

/* --- uploads --- */

static void test_uploads_end_once(void **state)
{
    (void)state;
    c18n_test_socket *socket = enter(&ada, "/room/door");
    c18n_test_send(socket, "{'id':'1','kind':'file','size':5}");
    assert_string_equal(c18n_text(expect(socket, "ready"), "id"), "1");
    c18n_test_send_bytes(socket, "\1\2", 2);
    assert_null(c18n_test_received(socket));
    c18n_test_send_bytes(socket, "\3\4\5", 3);
    assert_int_equal(c18n_integer(expect(socket, "ack"), "sum", 0), 15);
    assert_int_equal(c18n_test_metric(test, "room", "dropped"), 0);
    c18n_test_send(socket, "{'id':'2','kind':'file','size':2}");
    expect(socket, "ready");
    c18n_test_send_bytes(socket, "zz", 2);
    expect_nack(socket, "no_such_file");
    assert_int_equal(c18n_test_metric(test, "room", "dropped"), 1);
    c18n_test_send(socket, "{'id':'3','kind':'file','size':2}");
    expect(socket, "ready");
    c18n_test_send_bytes(socket, "\1", 1);
    c18n_test_hang_up(socket);
    assert_int_equal(c18n_test_metric(test, "room", "dropped"), 2);
    socket = enter(&ada, "/room/door");
    c18n_test_send(socket, "{'id':'4','kind':'file','size':2}");
    c18n_test_send_bytes(socket, "\1\1\1", 3);
    assert_int_equal(c18n_test_closed(socket), 1009);
    assert_int_equal(c18n_test_metric(test, "room", "dropped"), 3);
}

/* --- time, failures, and the same twice --- */

static void test_a_token_expires(void **state)
{
    (void)state;
    c18n_test_socket *hers = enter(&ada, "/room"), *fresh = enter(&ben, "/room");
    c18n_test_move(test, 365 * 86400);
    assert_int_equal(c18n_test_closed(hers), 0);
    c18n_test_person_sign(test, &ben);
    c18n_test_send(fresh, "{'id':'1','kind':'auth','token':'%s'}", ben.token);
    expect(fresh, "ack");
    c18n_test_move(test, 2 * 86400);
    assert_int_equal(c18n_test_closed(hers), 4401);
    assert_int_equal(c18n_test_closed(fresh), 0);
}

static void test_each_call_of_a_verb_fails_in_turn(void **state)
{
    (void)state;
    static const char *const functions[] = {"c18n_get",     "c18n_out_new",   "c18n_print",   "c18n_emit",
                                            "c18n_put",     "c18n_put",       "c18n_out_new", "c18n_publish",
                                            "c18n_out_new", "c18n_reply_json"};
    c18n_test_socket *hers = enter(&ada, "/room"), *his = enter(&ben, "/room");
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        c18n_test_fail(test, i + 1, C18N_UNAVAILABLE);
        c18n_test_send(hers, "{'id':'1','kind':'say','text':'x'}");
        assert_string_equal(c18n_test_failed(test), functions[i]);
        expect_nack(hers, "unavailable");
        assert_null(c18n_test_received(his));
    }
    c18n_test_fail(test, 0, 0);
    assert_int_equal(c18n_test_events(test, "room.said"), 0);
    c18n_test_send(hers, "{'id':'1','kind':'say','text':'at last'}");
    expect(hers, "ack");
    expect_line(his, "at last", 1);
}

/* It is tried again when time has passed. */
static void test_catching_up_fails_at_first(void **state)
{
    (void)state;
    assert_int_equal(c18n_test_ask(test, &ben, "{'text':'before'}", "POST /room/say").status, 200);
    c18n_test_socket *socket = enter(&ada, "/room");
    c18n_test_fail(test, 5, C18N_IO);
    c18n_test_send(socket, "{'id':'1','kind':'since','seq':0}");
    assert_string_equal(c18n_test_failed(test), "c18n_each_between");
    c18n_test_fail(test, 0, 0);
    expect(socket, "ack");
    assert_null(c18n_test_received(socket));
    c18n_test_move(test, 1);
    expect_line(socket, "before", 1);
}

static void test_many_sockets_twice_the_same(void **state)
{
    (void)state;
    const char *seen[2] = {"", ""};
    for (int run = 0; run < 2; run++) {
        c18n_test_socket *sockets[20];
        for (size_t i = 0; i < 20; i++)
            sockets[i] = enter(i % 2 ? &ada : &ben, i % 3 ? "/room" : "/room/door");
        for (int i = 0; i < 40; i++)
            c18n_test_send(sockets[i % 20], "{'id':'%d','kind':'say','text':'%d'}", i, i);
        const char *all = "";
        for (size_t i = 0; i < 20; i++)
            for (const c18n_doc *frame; (frame = c18n_test_received(sockets[i])) != NULL;)
                all = c18n_test_json(test, "%s%s\n", all, frame->text);
        seen[run] = strdup(all);
        probe_close(state);
        assert_int_equal(room_open(state), 0);
    }
    assert_string_equal(seen[0], seen[1]);
    free((void *)(uintptr_t)seen[0]);
    free((void *)(uintptr_t)seen[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROOM(test_who_may_connect),
        ROOM(test_what_is_said_is_heard),
        ROOM(test_what_is_no_verb_is_refused),
        ROOM(test_who_missed_something_hears_it),
        ROOM(test_a_silent_verb),
        ROOM(test_who_is_thrown_out),
        ROOM(test_uploads_end_once),
        ROOM(test_a_token_expires),
        ROOM(test_each_call_of_a_verb_fails_in_turn),
        ROOM(test_catching_up_fails_at_first),
        ROOM(test_many_sockets_twice_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
