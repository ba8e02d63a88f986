/* check_talk.c: frames and answers: who is connected, what is sent, and finding the answer among what is received. */
#include "kit/check_talk.h"

#include "loader/loader.h"
#include "testhost/clients.h"

#include <string.h>

/* --- rows --- */

static void add_rows(struct talk *talk, const struct live_verb *verb)
{
    const struct live_path *path;
    for (size_t i = 0; (path = live_path_at(talk->world->server->live, i)) != NULL; i++)
        if (verb->paths & UINT64_C(1) << path->number && talk->count < TALK_VERBS_MOST)
            talk->rows[talk->count++] =
                (struct talk_row){.path = path, .verb = verb, .judged = verb->module == talk->world->module};
}

struct talk *talk_new(struct world *world)
{
    struct talk *talk = arena_alloc(world->source.arena, sizeof *talk);
    const struct live_verb *verb;
    if (!talk)
        return NULL;
    talk->world = world;
    for (size_t i = 0; (verb = live_verb_at(world->server->live, i)) != NULL; i++)
        add_rows(talk, verb);
    return talk;
}

/* --- connecting --- */

c18n_test_socket *talk_socket(struct talk *talk, const struct live_path *path, enum who who)
{
    struct world *world = talk->world;
    c18n_test_socket **socket = &talk->sockets[path->number][who];
    c18n_test_answer answer;
    struct talk_answer hello;
    if (*socket && c18n_test_closed(*socket) == 0)
        return *socket;
    check_doing(world->check, "connecting to %s as %s", path->declared.path, world_who(who));
    *socket = c18n_test_connect(world->test, who == NOBODY ? NULL : &world->people[who], path->declared.path, &answer);
    if (*socket)
        talk_receive(*socket, NULL, &hello);
    return *socket;
}

/* --- frames --- */

static const char *user_of(const struct world *world, enum who who, bool for_other)
{
    enum who user = who == NOBODY ? ADA : who;
    if (for_other)
        user = user == BEN ? ADA : BEN;
    return world->people[user].id;
}

const char *talk_input(struct talk *talk, const struct talk_row *row, enum who who, unsigned way, bool for_other)
{
    struct world *world = talk->world;
    const c18n_table *fields = &row->verb->declared.body;
    world->user = user_of(world, who, for_other);
    if (way < INPUT_KINDS)
        return way == INPUT_WHOLE || fields->count > 0 ? input_valid(&world->source, fields, (enum input_kind)way)
                                                       : NULL;
    return input_least_and(&world->source, fields, way - INPUT_KINDS);
}

const char *talk_input_again(struct talk *talk, const struct talk_row *row)
{
    return talk_input(talk, row, row->who, row->way, row->for_other);
}

/* The frame with that id is the answer; the others are deliveries. */
void talk_receive(c18n_test_socket *socket, const char *id, struct talk_answer *ret_answer)
{
    const c18n_doc *frame;
    *ret_answer = (struct talk_answer){.kind = "", .code = ""};
    while ((frame = c18n_test_received(socket)) != NULL) {
        const char *kind = c18n_text(frame, "kind"), *answers = c18n_text(frame, "id"), *code;
        if (!kind || !(id ? answers && strcmp(answers, id) == 0 : !answers && strcmp(kind, "nack") == 0))
            continue;
        ret_answer->kind = kind;
        ret_answer->doc = frame;
        code = c18n_text(frame, "code");
        ret_answer->code = code && strcmp(kind, "nack") == 0 ? code : "";
    }
    ret_answer->closed = c18n_test_closed(socket);
}

/* The test host takes ' for ", and there are values with one. */
static const char *frame_of(struct arena *arena, const char *id, const char *kind, const char *members)
{
    struct text out;
    text_init(&out, arena, 0);
    text_print(&out, "{\"id\":\"%s\",\"kind\":\"%s\"%s", id, kind, members[1] == '}' ? "" : ",");
    for (const char *at = members + 1; *at; at++)
        if (*at == '\'')
            text_add_text(&out, "\\u0027");
        else
            text_add_char(&out, *at);
    return text_end(&out);
}

bool talk_send(struct talk *talk, const struct talk_row *row, enum who who, const char *members, const char *what,
               struct talk_answer *ret_answer)
{
    struct world *world = talk->world;
    struct arena *arena = world->source.arena;
    const char *kind = row->verb->declared.kind;
    bool silent = row->verb->declared.flags & C18N_VERB_SILENT;
    c18n_test_socket **known = &talk->sockets[row->path->number][who], *socket;
    if (*known && row->verb->declared.flags & C18N_VERB_BYTES)
        c18n_test_hang_up(*known); /* one upload at a time */
    socket = talk_socket(talk, row->path, who);
    if (!socket)
        return false;
    const char *id = arena_print(arena, "check-%u", ++talk->sent);
    const char *frame = frame_of(arena, id, kind, members);
    check_doing(world->check, "the verb %s on %s as %s%s%s", kind, row->path->declared.path, world_who(who),
                *what ? ", " : "", what);
    c18n_test_send(socket, "%s", frame);
    talk_receive(socket, silent ? NULL : id, ret_answer);
    ret_answer->sent = frame;
    return true;
}

size_t talk_send_at_once(struct talk *talk, const struct talk_row *row, enum who who)
{
    enum { WAYS_MOST = 8 };
    c18n_test_socket *socket = talk_socket(talk, row->path, who);
    const char *members;
    size_t sent = 0;
    for (unsigned way = 0; socket && way < WAYS_MOST && (members = talk_input(talk, row, who, way, true));
         way++, sent++) {
        const char *id = arena_print(talk->world->source.arena, "check-%u", ++talk->sent);
        client_send_at_once(socket, frame_of(talk->world->source.arena, id, row->verb->declared.kind, members));
    }
    return sent;
}

/* --- every verb, in every way --- */

static void note_answer(struct talk *talk, struct talk_row *row, const struct talk_answer *answer)
{
    const char *id = answer->doc ? c18n_text(answer->doc, "_id") : NULL;
    if (strcmp(answer->kind, "ack") == 0 || strcmp(answer->kind, "ready") == 0 ||
        (row->verb->declared.flags & C18N_VERB_SILENT && answer->closed == 0))
        row->served = true;
    else if (*answer->code)
        row->last_code = answer->code;
    if (id)
        world_know(talk->world, row->verb->declared.kind, id);
    row->makes |= id != NULL;
}

void talk_make(struct talk *talk, const struct talk_row *except)
{
    for (size_t i = 0; i < talk->count; i++) {
        struct talk_row *row = &talk->rows[i];
        struct talk_answer answer;
        if (row != except && row->makes && talk_send(talk, row, row->who, talk_input_again(talk, row), "", &answer))
            note_answer(talk, row, &answer);
    }
}

static bool names_user(const c18n_table *fields)
{
    for (uint32_t i = 0; i < fields->count; i++) {
        c18n_field field;
        loader_item(fields, i, &field, sizeof field);
        if (strcmp(field.name, "user") == 0)
            return true;
    }
    return false;
}

static void ask_once(struct talk *talk, struct talk_row *row, struct talk_row tried, talk_judge judge)
{
    struct talk_answer answer;
    bool before = row->served;
    const char *members = talk_input(talk, row, tried.who, tried.way, tried.for_other);
    if (!talk_send(talk, row, tried.who, members, "", &answer))
        return;
    note_answer(talk, row, &answer);
    if (row->served && !before) {
        row->who = tried.who;
        row->way = tried.way;
        row->for_other = tried.for_other;
    }
    if (judge)
        judge(talk, row, tried.who, "", &answer);
}

/* The rare ways only as long as nobody was served. */
static void ask_row(struct talk *talk, struct talk_row *row, bool enough, talk_judge judge)
{
    const unsigned others = names_user(&row->verb->declared.body) ? 2 : 1;
    talk_make(talk, row);
    for (unsigned way = 0; talk_input(talk, row, ADA, way, false); way++)
        for (unsigned turn = 0; turn < others * WHOS; turn++) {
            if (row->served && (enough || way >= INPUT_KINDS))
                return;
            const struct talk_row tried = {.who = (enum who)(turn / others), .way = way, .for_other = turn % others};
            ask_once(talk, row, tried, judge);
        }
}

/* Twice: what one verb needs, another one may only make later. */
void talk_all(struct talk *talk, bool enough, talk_judge judge)
{
    for (size_t i = 0; i < 2 * talk->count; i++) {
        struct talk_row *row = &talk->rows[i % talk->count];
        if (i < talk->count || !row->served)
            ask_row(talk, row, enough || !row->judged, judge);
    }
}
