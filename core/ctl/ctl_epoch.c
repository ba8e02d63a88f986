/* ctl_epoch.c: `c18nctl epoch`: which history clients' positions are of; after a restore it is another one. */
#include "ctl/ctl.h"
#include "live/epoch.h"

#include <string.h>

static int make(struct ctl_call *call, char ret_epoch[37])
{
    if (call->server->loops) {
        ctl_say(call->error, "clients of the running server have its epoch: stop it first\n");
        return EXIT_NO_SERVICE;
    }
    int code = live_epoch_make(call->server, ret_epoch);
    if (code != C18N_OK)
        ctl_say(call->error, "no epoch could be written: code %d\n", code);
    return code == C18N_OK ? 0 : EXIT_SYSTEM_IO;
}

static int show(struct ctl_call *call, char ret_epoch[37])
{
    int code = live_epoch_read(call->server, ret_epoch);
    if (code == C18N_NOT_FOUND)
        ctl_say(call->error, "there is no epoch yet: the server makes it at its first start\n");
    else if (code != C18N_OK)
        ctl_say(call->error, "the epoch can't be read: code %d\n", code);
    return code == C18N_OK ? 0 : EXIT_DATA;
}

int ctl_epoch(struct ctl_call *call)
{
    char epoch[37];
    bool anew = call->argc == 2 && strcmp(call->argv[1], "--new") == 0;
    if (call->argc != 1 && !anew) {
        ctl_say(call->error, "usage: epoch [--new]\n");
        return EXIT_USAGE;
    }
    int code = anew ? make(call, epoch) : show(call, epoch);
    if (code == 0)
        ctl_say(call->out, "%s\n", epoch);
    return code;
}
