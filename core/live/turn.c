/* turn.c: takes work in the name of a socket's person to its thread, and back to the lane.
 *
 *   INLINE  on the loop; by way of the pool when no cache knows the person
 *   READ    pool of reads: snapshot, person, policy, work
 *   WRITE   writer: person, policy, work, in one transaction
 *
 * What dispatch.c is for requests of HTTP. A full pool or queue ends a turn at once, with C18N_AGAIN. */
#include "live/inside.h"

#include "api/problem.h"

#include <string.h>

enum { TURN_MEMORY_MAX = 8 << 20 };

/* --- life --- */

int live_request_init(struct request *request, struct live_socket *socket, struct arena *arena, c18n_self *self)
{
    struct server *server = socket->lane->live->server;
    request_init_internal(request, server, arena, self);
    request->socket = socket;
    request->address = socket->address;
    request->caller = request_nobody;
    if (!request->body)
        return C18N_NO_MEMORY;
    return auth_assume(server->auth, request, &socket->claims, socket->token);
}

struct live_turn *live_turn_new(struct live_socket *socket, c18n_self *self)
{
    struct arena *arena = arena_new(TURN_MEMORY_MAX);
    struct live_turn *turn = arena ? arena_alloc(arena, sizeof *turn) : NULL;
    if (!turn || live_request_init(&turn->request, socket, arena, self) != C18N_OK) {
        arena_free(arena);
        return NULL;
    }
    turn->magic = LIVE_TURN_MAGIC;
    turn->socket = live_socket_ref(socket);
    socket->in_flight++;
    return turn;
}

void live_turn_free(struct live_turn *turn)
{
    struct live_socket *socket = turn->socket;
    assert(turn->magic == LIVE_TURN_MAGIC);
    turn->magic = 0;
    socket->in_flight--;
    arena_free(turn->request.arena);
    live_flow(socket);
    live_socket_unref(socket);
}

/* --- hops --- */

static struct live_turn *turn_of_task(struct task *task)
{
    struct live_turn *turn = (struct live_turn *)(void *)((char *)task - offsetof(struct live_turn, task));
    assert(turn->magic == LIVE_TURN_MAGIC);
    return turn;
}

static void landed(struct task *task, void *context)
{
    (void)context;
    struct live_turn *turn = turn_of_task(task);
    turn->next(turn);
}

static void go_back(struct live_turn *turn)
{
    turn->task.run = landed;
    loop_post(turn->socket->lane->loop, &turn->task);
}

static void to_pool(struct live_turn *turn, void (*run)(struct task *task, void *context),
                    void (*next)(struct live_turn *turn))
{
    turn->task.run = run;
    turn->next = next;
    if (pool_submit(turn->request.server->reads, &turn->task))
        return;
    turn->code = C18N_AGAIN;
    turn->end(turn);
}

/* --- the steps --- */

static int ask_person(struct live_turn *turn, bool may_read)
{
    return auth_person(turn->request.server->auth, &turn->request, may_read);
}

static int ask_policy_and_work(struct live_turn *turn)
{
    int code = turn->policy ? policy_ask(turn->policy, &turn->request) : C18N_OK;
    return code == C18N_OK && turn->work ? turn->work(turn) : code;
}

/* As in dispatch.c. */
static void heed_fault(struct live_turn *turn)
{
    int fault = data_read_fault(&turn->request, turn->code);
    if (fault == C18N_OK)
        return;
    turn->code = fault;
    problem_forget(&turn->request);
}

/* --- READ --- */

static void read_at_pool(struct task *task, void *context)
{
    struct live_turn *turn = turn_of_task(task);
    turn->code = data_read_begin(context, &turn->request);
    if (turn->code == C18N_OK) {
        turn->code = ask_person(turn, true);
        if (turn->code == C18N_OK)
            turn->code = ask_policy_and_work(turn);
        heed_fault(turn);
        data_read_end(context, &turn->request);
    }
    go_back(turn);
}

static void end(struct live_turn *turn)
{
    turn->end(turn);
}

void live_turn_read(struct live_turn *turn)
{
    to_pool(turn, read_at_pool, end);
}

/* --- INLINE --- */

static void inline_known(struct live_turn *turn)
{
    if (turn->code == C18N_OK)
        turn->code = ask_policy_and_work(turn);
    turn->end(turn);
}

static void person_at_pool(struct task *task, void *context)
{
    struct live_turn *turn = turn_of_task(task);
    turn->code = data_read_begin(context, &turn->request);
    if (turn->code == C18N_OK) {
        turn->code = ask_person(turn, true);
        data_read_end(context, &turn->request);
    }
    go_back(turn);
}

void live_turn_inline(struct live_turn *turn)
{
    turn->code = ask_person(turn, false);
    if (turn->code == C18N_AGAIN)
        to_pool(turn, person_at_pool, inline_known);
    else
        inline_known(turn);
}

/* --- WRITE --- */

static struct live_turn *turn_of_item(struct data_item *item)
{
    return (struct live_turn *)(void *)((char *)item - offsetof(struct live_turn, item));
}

/* What an earlier run left behind, when the writer had to undo its group and try again. */
static void forget_run(struct live_turn *turn)
{
    turn->request.reply = (struct request_reply){.status = 0};
    problem_forget(&turn->request);
    live_upload_forget(turn);
}

static int at_writer(struct data_item *item)
{
    struct live_turn *turn = turn_of_item(item);
    forget_run(turn);
    int code = ask_person(turn, true);
    if (code == C18N_OK)
        code = ask_policy_and_work(turn);
    turn->ran = code == C18N_OK;
    return code;
}

static void written(struct data_item *item, int code)
{
    struct live_turn *turn = turn_of_item(item);
    if (turn->ran && code != C18N_OK) /* what the handler may have noted on its way isn't why */
        problem_forget(&turn->request);
    turn->code = code;
    live_upload_note(turn);
    turn->next = end;
    go_back(turn);
}

void live_turn_write(struct live_turn *turn)
{
    turn->item = (struct data_item){.request = &turn->request, .run = at_writer, .done = written};
    int code = data_submit(turn->request.server->data, &turn->item); /* once it is taken the turn is the writer's */
    if (code == C18N_OK)
        return;
    turn->code = code;
    turn->end(turn);
}
