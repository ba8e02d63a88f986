/* ctl_replay.c: `c18nctl replay`: builds all views again from the events, and says whether they came out the same. */
#include "ctl/ctl.h"
#include "ctl/ctl_progress.h"

#include <inttypes.h>
#include <string.h>

static void show(void *arg, uint64_t position)
{
    ctl_progress_at(arg, position);
}

static int fail(struct ctl_call *call, const char *what, int code)
{
    ctl_say(call->error, "%s: failed with code %d\n", what, code);
    return code == C18N_NO_SPACE || code == C18N_IO ? EXIT_SYSTEM_IO
           : code == C18N_CORRUPT                   ? EXIT_DATA
                                                    : EXIT_NO_SERVICE;
}

static int replay(struct ctl_call *call, uint64_t *ret_events)
{
    struct ctl_progress progress;
    ctl_progress_begin(&progress, call->error, "events");
    int code = data_replay(call->server->data, show, &progress, ret_events);
    ctl_progress_clear(&progress);
    return code;
}

int ctl_replay(struct ctl_call *call)
{
    struct data *data = call->server->data;
    uint8_t before[32], after[32];
    uint64_t events = 0, position = data_position(data);
    if (call->argc != 1) {
        ctl_say(call->error, "usage: replay\n");
        return EXIT_USAGE;
    }
    int code = data_views_digest(data, before);
    if (code != C18N_OK)
        return fail(call, "reading the views", code);
    code = replay(call, &events);
    if (code != C18N_OK)
        return fail(call, "building the views", code);
    code = data_views_digest(data, after);
    if (code != C18N_OK)
        return fail(call, "reading the views", code);
    ctl_say(call->out, "%" PRIu64 " events replayed\n", events);
    if (data_position(data) != position) {
        ctl_say(call->out, "others wrote meanwhile, so the views were not compared\n");
        return 0;
    }
    if (memcmp(before, after, sizeof before) == 0) {
        ctl_say(call->out, "the views are the same bytes as before\n");
        return 0;
    }
    ctl_say(call->out, "the views were not what the events say; now they are\n"); /* what it is run for: no failure */
    return 0;
}
