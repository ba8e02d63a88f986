/* answer.c: what a client is told: acks, nacks, and what the host itself says. */
#include "live/inside.h"

#include "api/problem.h"
#include "base/text.h"

#include <string.h>

void live_answer_text(struct live_socket *socket, const char *json, size_t length)
{
    struct ws_message *message = ws_message_new(WS_TEXT, json, length);
    if (!message) {
        live_close(socket, WS_TRY_LATER, "out of memory", true);
        return;
    }
    live_send(socket, message);
    ws_message_unref(message);
}

static void begin(struct text *text, struct live_turn *turn, const char *kind)
{
    text_init(text, turn->request.arena, 0);
    text_print(text, "{\"kind\":\"%s\"", kind);
    if (!turn->id)
        return;
    text_add_text(text, ",\"id\":");
    text_add_json(text, turn->id, strlen(turn->id));
}

static void end(struct text *text, struct live_socket *socket)
{
    text_add_char(text, '}');
    if (text->failed)
        live_close(socket, WS_TRY_LATER, "out of memory", true);
    else
        live_answer_text(socket, text->at, text->length);
}

void live_answer(struct live_socket *socket, const char *kind, struct live_turn *turn)
{
    const struct request_reply *reply = &turn->request.reply;
    struct text text;
    begin(&text, turn, kind);
    if (reply->body && reply->body_length > 2 && reply->body[0] == '{') { /* its members, without the braces */
        text_add_char(&text, ',');
        text_add(&text, reply->body + 1, reply->body_length - 2);
    }
    end(&text, socket);
}

void live_answer_nack(struct live_socket *socket, struct live_turn *turn)
{
    const char *word, *detail;
    struct text text;
    problem_words(&turn->request, turn->code, &word, &detail);
    begin(&text, turn, "nack");
    text_print(&text, ",\"code\":\"%s\",\"detail\":", word);
    text_add_json(&text, detail, strlen(detail));
    if (turn->request.errors) {
        text_add_text(&text, ",\"errors\":");
        problem_write_errors(&text, turn->request.errors);
    }
    live_count_one(socket->lane->live, LIVE_NACKS);
    end(&text, socket);
}

void live_answer_refuse(struct live_socket *socket, struct live_turn *turn, int code, const char *word,
                        const char *detail)
{
    turn->code = problem_note(&turn->request, code, word, detail);
    live_answer_nack(socket, turn);
}
