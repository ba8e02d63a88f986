/** chat.h: people who write to each other in groups and directly, for the tests of messaging. */
#ifndef TESTS_CHAT_H
#define TESTS_CHAT_H

#define SPEAKER_FILE "messaging"
#include "groups.h"

struct message {
    char id[C18N_ID_SIZE];
};

/** Somebody writes in a group. */
static inline c18n_test_answer say(int role, const struct group *group, const char *body)
{
    return ask(who(role), body, "POST /usergroups/%s/messages/new", group->id);
}

/** Somebody writes to somebody. */
static inline c18n_test_answer write_to(int role, int peer, const char *body)
{
    return ask(who(role), body, "POST /users/%s/messages/new", who(peer)->id);
}

static inline struct message message_of(c18n_test_answer answer)
{
    struct message message;
    expect(200, answer);
    memcpy(message.id, c18n_text(answer.doc, "_id"), sizeof message.id);
    return message;
}

static inline struct message said(int role, const struct group *group, const char *words)
{
    return message_of(say(role, group, json("{'content':'%s'}", words)));
}

static inline struct message written(int role, int peer, const char *words)
{
    return message_of(write_to(role, peer, json("{'content':'%s'}", words)));
}

/** Asks about a message in a group: (JOINED, &group, &message, "PUT", "/like", NULL). */
static inline c18n_test_answer of_message(int role, const struct group *group, const struct message *message,
                                          const char *method, const char *rest, const char *body)
{
    return ask(who(role), body, "%s /usergroups/%s/messages/%s%s", method, group->id, message->id, rest);
}

/** The caller's conversation with a group or a person, out of GET /conversations; NULL: it is not among them. */
static inline const c18n_doc *conversation(int role, const char *id)
{
    c18n_test_answer answer = ask(who(role), NULL, "GET /conversations?limit=100");
    expect(200, answer);
    for (size_t i = 0; i < c18n_test_count(&answer); i++)
        if (strcmp(c18n_text(c18n_test_item(&answer, i), "_id"), id) == 0)
            return c18n_test_item(&answer, i);
    return NULL;
}

static inline int64_t number(const c18n_doc *doc, const char *member)
{
    assert_non_null(doc);
    return c18n_integer(doc, member, -1);
}

static inline void assert_text(const char *text, const c18n_doc *doc, const char *member)
{
    assert_non_null(doc);
    const char *found = c18n_text(doc, member);
    assert_string_equal(found ? found : "(none)", text);
}

static inline void assert_problem(const char *code, int status, c18n_test_answer answer)
{
    assert_string_equal(answer.problem, code);
    expect(status, answer);
}

#endif
