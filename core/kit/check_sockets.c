/* check_sockets.c: every socket and every verb, by everybody, with valid input and with broken input; uploads that end
 * in all ways. What the module publishes meanwhile is seen by check_watch.c. */
#include "kit/check_answers.h"
#include "kit/check_steps.h"
#include "kit/check_talk.h"
#include "kit/check_watch.h"

#include <stdio.h>
#include <string.h>

/* --- answers --- */

static bool is_silent(const struct talk_row *row)
{
    return row->verb->declared.flags & C18N_VERB_SILENT;
}

/* What is wrong with an answer, whatever was asked; NULL: nothing. */
static const char *fault_of(const struct talk_row *row, const struct talk_answer *answer)
{
    if (answer->closed == WS_FAILED)
        return "the socket is closed for a fault of the server's side";
    if (answer->closed == 0 && !is_silent(row) && !*answer->kind)
        return "it was left without an answer";
    if (strcmp(answer->code, "internal") == 0 || strcmp(answer->code, "corrupt") == 0)
        return "that is a fault of the server's side";
    return NULL;
}

static bool judge(struct talk *talk, enum check_rule rule, const struct talk_row *row, enum who who, const char *what,
                  const struct talk_answer *answer)
{
    struct check *check = talk->world->check;
    const char *fault = fault_of(row, answer), *seen = check_watch_fault(talk->world);
    if (fault)
        check_fail(check, rule, "%s on %s as %s%s%s: %s%s%s, %s\nframe: %.300s", row->verb->declared.kind,
                   row->path->declared.path, world_who(who), *what ? " " : "", what, answer->kind,
                   *answer->code ? " " : "", answer->code, fault, answer->sent);
    if (seen)
        check_fail(check, CHECK_SOCKETS, "%s on %s as %s: %s\nframe: %.300s", row->verb->declared.kind,
                   row->path->declared.path, world_who(who), seen, answer->sent);
    return !fault && !seen;
}

static void judge_valid(struct talk *talk, struct talk_row *row, enum who who, const char *what,
                        const struct talk_answer *answer)
{
    if (row->judged && judge(talk, CHECK_SOCKETS, row, who, what, answer) && strcmp(answer->kind, "ack") == 0)
        answer_ack(talk->world, &row->verb->declared, answer->doc);
}

/* --- sockets --- */

static void judge_connecting(struct talk *talk, const struct live_path *path, enum who who)
{
    struct world *world = talk->world;
    c18n_test_answer answer;
    check_doing(world->check, "connecting to %s as %s", path->declared.path, world_who(who));
    c18n_test_socket *socket =
        c18n_test_connect(world->test, who == NOBODY ? NULL : &world->people[who], path->declared.path, &answer);
    if (!socket) {
        if (answer.status >= 500)
            check_fail(world->check, CHECK_SOCKETS, "%s as %s: %d %s, that is a fault of the server's side",
                       path->declared.path, world_who(who), answer.status, answer.problem);
        return;
    }
    if (c18n_test_closed(socket) == WS_FAILED)
        check_fail(world->check, CHECK_SOCKETS, "%s as %s: its `opened` made a mistake", path->declared.path,
                   world_who(who));
    c18n_test_hang_up(socket);
}

static void connect_all(struct talk *talk)
{
    const struct live_path *path;
    for (size_t i = 0; (path = live_path_at(talk->world->server->live, i)) != NULL; i++)
        for (unsigned who = NOBODY; path->module == talk->world->module && who < WHOS; who++)
            judge_connecting(talk, path, (enum who)who);
}

/* --- broken input --- */

static void break_verb(struct talk *talk, struct talk_row *row)
{
    struct world *world = talk->world;
    struct input_broken broken;
    struct talk_answer answer;
    enum who who = row->served ? row->who : ADA;
    const c18n_table *fields = &row->verb->declared.body;
    for (unsigned number = 0; input_broken(&world->source, fields, number, &broken); number++) {
        if (!broken.json || !talk_send(talk, row, who, broken.json, broken.what, &answer))
            continue;
        if (judge(talk, CHECK_BAD_INPUT, row, who, broken.what, &answer) && broken.must_refuse && !is_silent(row) &&
            strcmp(answer.kind, "nack") != 0)
            check_fail(world->check, CHECK_BAD_INPUT, "%s on %s %s: %s, and the table says no\nframe: %.300s",
                       row->verb->declared.kind, row->path->declared.path, broken.what, answer.kind, answer.sent);
    }
}

/* --- uploads --- */

enum { PIECE_BYTES = 64 * 1024, BYTES_MOST = 1024 * 1024 };

/* Announces one; how many bytes it then expects. 0: it was refused. */
static uint64_t announce(struct talk *talk, struct talk_row *row, c18n_test_socket **ret_socket)
{
    struct talk_answer answer;
    (void)check_watch_expected();
    if (!talk_send(talk, row, row->who, talk_input_again(talk, row), "an upload is announced", &answer) ||
        strcmp(answer.kind, "ready") != 0)
        return 0;
    *ret_socket = talk_socket(talk, row->path, row->who);
    return check_watch_expected();
}

static void send_bytes(struct talk *talk, c18n_test_socket *socket, uint64_t count)
{
    static const unsigned char bytes[PIECE_BYTES];
    for (uint64_t left = count; left > 0 && c18n_test_closed(socket) == 0;) {
        size_t piece = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
        check_doing(talk->world->check, "%zu bytes of an upload", piece);
        c18n_test_send_bytes(socket, bytes, piece);
        left -= piece;
    }
}

static const struct upload_way {
    const char *what;
    bool leaves;
    unsigned quarters; /* of the announced bytes, that are sent */
} upload_ways[] = {
    {"to its end", false, 4},
    {"and leaving at once", true, 0},
    {"and leaving in the middle", true, 2},
    {"and leaving after all", true, 4},
    {"and more than was announced", false, 8},
};

static void upload_each_way(struct talk *talk, struct talk_row *row)
{
    for (size_t i = 0; i < sizeof upload_ways / sizeof *upload_ways; i++) {
        const struct upload_way *way = &upload_ways[i];
        c18n_test_socket *socket;
        struct talk_answer answer;
        uint64_t count = announce(talk, row, &socket);
        if (count == 0 || count > BYTES_MOST)
            return;
        send_bytes(talk, socket, (count * way->quarters + 3) / 4);
        if (way->leaves)
            c18n_test_hang_up(socket);
        talk_receive(socket, arena_print(talk->world->source.arena, "check-%u", talk->sent), &answer);
        answer.sent = way->what;
        if (!way->leaves && way->quarters == 4)
            (void)judge(talk, CHECK_SOCKETS, row, row->who, way->what, &answer);
    }
}

/* --- all of it --- */

static void note_unserved(const struct talk *talk)
{
    for (size_t i = 0; i < talk->count; i++) {
        const struct talk_row *row = &talk->rows[i];
        if (row->judged && !row->served)
            check_note(talk->world->check, CHECK_SOCKETS,
                       "%s on %s: nobody got an ack, the last nack was %s; it is half tried", row->verb->declared.kind,
                       row->path->declared.path, row->last_code ? row->last_code : "none");
    }
}

static void break_all(struct talk *talk)
{
    struct check *check = talk->world->check;
    atomic_store(&check->shared->rule, CHECK_BAD_INPUT);
    for (size_t i = 0; i < talk->count; i++)
        if (talk->rows[i].judged)
            break_verb(talk, &talk->rows[i]);
    atomic_store(&check->shared->rule, CHECK_SOCKETS);
}

void check_sockets(struct talk *talk)
{
    struct check *check = talk->world->check;
    size_t served = 0, judged = 0;
    check_begin(check, CHECK_SOCKETS);
    connect_all(talk);
    talk_all(talk, false, judge_valid);
    break_all(talk);
    for (size_t i = 0; i < talk->count; i++) {
        struct talk_row *row = &talk->rows[i];
        judged += row->judged;
        served += row->judged && row->served;
        if (row->judged && row->served && row->verb->declared.flags & C18N_VERB_BYTES)
            upload_each_way(talk, row);
    }
    note_unserved(talk);
    check_end(check, CHECK_SOCKETS, "%s: %zu verbs, %zu of them to the end", check_rules[CHECK_SOCKETS].kept, judged,
              served);
}
