/* ctl_verify.c: `c18nctl verify`: is the history what was written, and do the views follow from it? */
#include "ctl/ctl.h"

#include <inttypes.h>

struct faults {
    int fd;
    uint64_t count;
};

static void say_fault(void *arg, const char *what)
{
    struct faults *faults = arg;
    faults->count++;
    ctl_say(faults->fd, "%s\n", what);
}

int ctl_verify(struct ctl_call *call)
{
    if (call->argc != 1) {
        ctl_say(call->error, "usage: verify\n");
        return EXIT_USAGE;
    }
    struct faults faults = {.fd = call->error};
    uint64_t records = 0;
    int code = data_verify(call->server->data, say_fault, &faults, &records);
    if (faults.count > 0) {
        ctl_say(call->out, "%" PRIu64 " records read, %" PRIu64 " faults\n", records, faults.count);
        return EXIT_DATA;
    }
    if (code != C18N_OK) {
        ctl_say(call->error, "the history can't be verified: code %d after %" PRIu64 " records\n", code, records);
        return code == C18N_CORRUPT ? EXIT_DATA : EXIT_NO_SERVICE;
    }
    ctl_say(call->out, "%" PRIu64 " records, the history is sound\n", records);
    return 0;
}
