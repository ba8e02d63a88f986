/** chat_sockets.h: people of a group who are connected, and what they hear: for the tests of messaging on sockets. */
#ifndef TESTS_CHAT_SOCKETS_H
#define TESTS_CHAT_SOCKETS_H

#include "chat.h"

static struct community community;
static struct group group;
static c18n_test_socket *open_sockets[16];
static size_t open_count;

static inline c18n_test_socket *connected(int role)
{
    c18n_test_socket *socket = c18n_test_connect(test, who(role), "/socket", NULL);
    assert_non_null(socket);
    assert_text("hello", c18n_test_received(socket), "kind");
    assert_true(open_count < sizeof open_sockets / sizeof *open_sockets);
    open_sockets[open_count++] = socket;
    return socket;
}

static inline int begin(void **state)
{
    (void)state;
    group = group_new(&community, "open");
    open_count = 0;
    return 0;
}

/* Nobody is left, and nobody remembers anybody: each test begins in silence. */
static inline int end(void **state)
{
    (void)state;
    for (size_t i = 0; i < open_count; i++)
        c18n_test_hang_up(open_sockets[i]);
    c18n_test_move(test, 60);
    c18n_test_move(test, 60);
    return 0;
}

/* The next frame, but who comes and goes where the test is not about that. */
static inline const c18n_doc *received(c18n_test_socket *socket, bool presence)
{
    const c18n_doc *frame;
    do
        frame = c18n_test_received(socket);
    while (frame && !presence && strcmp(c18n_text(frame, "kind"), "presence") == 0);
    return frame;
}

static inline void assert_silent(c18n_test_socket *socket)
{
    const c18n_doc *frame = received(socket, false);
    if (frame)
        fail_msg("it got %.*s", (int)frame->length, frame->text);
}

/* The next frame is of this kind. */
static inline const c18n_doc *next(c18n_test_socket *socket, const char *kind)
{
    const c18n_doc *frame = received(socket, strcmp(kind, "presence") == 0);
    assert_text(kind, frame, "kind");
    return frame;
}

/* The answer to what was just sent. */
static inline const c18n_doc *acked(c18n_test_socket *socket, const char *id)
{
    const c18n_doc *frame = next(socket, "ack");
    assert_text(id, frame, "id");
    return frame;
}

static inline void nacked(c18n_test_socket *socket, const char *code)
{
    assert_text(code, next(socket, "nack"), "code");
}

static inline void assert_message(const c18n_doc *frame, int64_t seq, const char *content)
{
    assert_text("message", frame, "kind");
    assert_text(content, frame, "content");
    assert_int_equal(number(frame, "seq"), seq);
}

#define SAY  "{'id':'%s','kind':'message','group':'%s','content':'%s'}"
#define TELL "{'id':'%s','kind':'message','user':'%s','content':'%s'}"

static inline void resume(c18n_test_socket *socket, const char *epoch, const char *key, int after)
{
    c18n_test_send(socket, "{'id':'again','kind':'resume','epoch':'%s','positions':{'%s':%d}}", epoch, key, after);
}

/* How the answer to `resume` ends: "recovered":true or false of the one that was asked for. */
static inline void assert_recovered(c18n_test_socket *socket, bool recovered)
{
    c18n_bytes raw = c18n_raw(acked(socket, "again"), "conversations");
    const char *wanted = recovered ? "\"recovered\":true" : "\"recovered\":false";
    assert_true(memmem(raw.at, raw.length, wanted, strlen(wanted)) != NULL);
}

static inline const char *epoch(void)
{
    c18n_test_socket *socket = c18n_test_connect(test, who(JOINED), "/socket", NULL);
    const char *text = c18n_text(c18n_test_received(socket), "epoch");
    c18n_test_hang_up(socket);
    return text;
}

static inline int open_all(void **state)
{
    if (groups_open(state) != 0)
        return 1;
    community = groups_community("public");
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
