/* ctl_reload.c: `c18nctl reload`: the running server reads conf.d anew; what has changed, or why nothing has. */
#include "ctl/ctl.h"

static int stopped(void *arg)
{
    struct ctl_call *call = arg;
    return call->stopped(call);
}

int ctl_reload(struct ctl_call *call)
{
    struct text words;
    if (call->argc != 1) {
        ctl_say(call->error, "usage: reload\n");
        return EXIT_USAGE;
    }
    if (!call->server->ask_reload) {
        ctl_say(call->error, "no server runs that could reload\n");
        return EXIT_NO_SERVICE;
    }
    text_init(&words, NULL, 0);
    int code = call->server->ask_reload(call->server, stopped, call, &words);
    if (code == 0)
        ctl_say(call->out, "reloaded: %s\n", text_end(&words));
    else
        ctl_say(call->error, "%s", text_end(&words));
    text_free(&words);
    return code;
}
