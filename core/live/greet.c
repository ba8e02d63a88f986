/* greet.c: the first that happens on a socket: the module's `opened`, and then `hello`.
 *
 * The gate has asked for the person before the socket was counted anywhere, so that a commit in between would have told
 * nobody: the turn asks once more. Until hello is out nothing is read from the client. */
#include "live/inside.h"

#include "base/text.h"

#include <string.h>

static int run_opened(struct live_turn *turn)
{
    const struct live_path *path = turn->socket->path;
    struct request *request = &turn->request;
    if (!path->declared.opened)
        return C18N_OK;
    c18n_self *before = request_lend(request, &path->module->self, "opened", path->route.called);
    int code = path->declared.opened(request_pub(request), path->module->self.state);
    request_return(request, before);
    return code;
}

static void say_hello(struct live_socket *socket, struct live_turn *turn)
{
    const struct live *live = socket->lane->live;
    struct text text;
    text_init(&text, turn->request.arena, 0);
    text_print(&text, "{\"kind\":\"hello\",\"epoch\":\"%s\",\"user\":\"%s\",\"server\":", live->epoch,
               socket->claims.user);
    text_add_json(&text, live->url, strlen(live->url));
    text_print(&text, ",\"expires\":%lld}", (long long)socket->claims.expires);
    if (text.failed)
        live_close(socket, WS_TRY_LATER, "out of memory", true);
    else
        live_answer_text(socket, text.at, text.length);
}

static void greeted(struct live_turn *turn)
{
    struct live_socket *socket = turn->socket;
    socket->greeting = false;
    socket->opened = turn->code == C18N_OK;
    if (!socket->ws) { /* the client did not wait */
        live_leave(socket);
    } else if (turn->code != C18N_OK) {
        live_close_for(socket, turn->code);
    } else {
        say_hello(socket, turn);
        socket->greeted = true;
        live_listen_opened(socket, &turn->request);
    }
    live_turn_free(turn);
}

void live_greet(struct live_socket *socket)
{
    struct live_turn *turn = live_turn_new(socket, &socket->path->module->self);
    if (!turn || live_listen_begin(socket) != C18N_OK) {
        if (turn)
            live_turn_free(turn);
        live_close(socket, WS_TRY_LATER, "out of memory", true);
        return;
    }
    socket->greeting = true;
    turn->request.route = &socket->path->route;
    turn->work = run_opened;
    turn->end = greeted;
    if (socket->path->declared.opened)
        live_turn_read(turn);
    else
        live_turn_inline(turn);
}
