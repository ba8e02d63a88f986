/* check_catch_up.c: the log of each channel with numbers, read as the host reads it for who missed something: whole,
 * from the middle, in small pieces, and with failures on the way. */
#include "kit/check_steps.h"
#include "kit/check_watch.h"

#include "auth/auth.h"
#include "base/crumb.h"
#include "base/json_internal.h"
#include "loader/loader.h"

#include <inttypes.h>
#include <string.h>

enum { ENOUGH = 3, STEPS = 20 }; /* frames of a piece; pieces of a log */

/* What the module writes into: it stands where the host's own would. */
struct frames {
    c18n_frames pub; /* must stay first */
    c18n_host host;  /* the modules' table, but for add_frame */
    c18n_sockets_family family;
    uint64_t after, newest, room;
    bool fails, went_on, gap, unkind;
};

static struct frames *frames_of(c18n_frames *frames)
{
    return (struct frames *)(void *)frames;
}

static int add_frame(c18n_frames *pub, uint64_t number, c18n_out *frame)
{
    struct frames *frames = frames_of(pub);
    const c18n_doc *doc = frame ? json_out_finish(frame) : NULL;
    frames->went_on |= frames->room == 0;
    if (!doc)
        return C18N_NO_MEMORY;
    frames->unkind |= !c18n_text(doc, "kind");
    if (frames->fails)
        return C18N_NO_MEMORY;
    if (number != frames->newest + 1) {
        frames->gap = true;
        return C18N_INVALID;
    }
    frames->newest = number;
    frames->room -= frames->room > 0;
    return frames->room == 0 ? C18N_AGAIN : C18N_OK;
}

/* --- one read --- */

struct reading {
    struct world *world;
    const char *channel;
    struct frames frames;
    enum who who;
    int code;
};

static void begin_frames(struct reading *reading, uint64_t after, uint64_t room)
{
    struct frames *frames = &reading->frames;
    *frames = (struct frames){.host = reading->world->server->host, .after = after, .newest = after, .room = room};
    frames->family = *frames->host.sockets;
    frames->family.add_frame = add_frame;
    frames->host.sockets = &frames->family;
    frames->pub.host = &frames->host;
}

/* The request is the person's, as when the host asks. */
static int assume(struct reading *reading, struct request *request)
{
    struct auth *auth = reading->world->server->auth;
    const char *token = reading->world->people[reading->who].token, *reason;
    struct auth_claims claims;
    int code = auth_verify(auth, token, &claims, &reason);
    if (code == C18N_OK)
        code = auth_assume(auth, request, &claims, token);
    return code == C18N_OK ? auth_person(auth, request, true) : code;
}

static int read_log(c18n_request *rq, void *arg)
{
    struct reading *reading = arg;
    const struct module *module = reading->world->module;
    reading->code = assume(reading, request_of(rq));
    if (reading->code != C18N_OK)
        return C18N_OK;
    crumb_enter(module->self.id, "catch_up", NULL);
    reading->code = module->descriptor->catch_up(rq, reading->channel, reading->frames.after, &reading->frames.pub,
                                                 module->self.state);
    crumb_leave();
    return C18N_OK;
}

static void read_from(struct reading *reading, uint64_t after, uint64_t room, bool fails)
{
    struct world *world = reading->world;
    begin_frames(reading, after, room);
    reading->frames.fails = fails;
    check_doing(world->check, "catch_up of channel \"%s\" after %" PRIu64 " as %s", reading->channel, after,
                world_who(reading->who));
    (void)c18n_test_read(world->test, world->check->id, read_log, reading);
}

/* --- judging --- */

static void fail(const struct reading *reading, const char *what)
{
    check_fail(reading->world->check, CHECK_CATCH_UP, "channel \"%s\", after number %" PRIu64 ": %s", reading->channel,
               reading->frames.after, what);
}

static void judge(const struct reading *reading, uint64_t newest)
{
    const struct frames *frames = &reading->frames;
    if (frames->gap)
        fail(reading, "it added a number that is not the next one");
    if (frames->unkind)
        fail(reading, "a frame has no `kind`");
    if (frames->went_on)
        fail(reading, "c18n_add_frame gave C18N_AGAIN, and it added more");
    if (reading->code != C18N_OK && !frames->gap)
        fail(reading, "it gave an error, though it did not when asked from the beginning");
    else if (frames->newest < newest && frames->room > 0 && !frames->gap)
        check_fail(reading->world->check, CHECK_CATCH_UP,
                   "channel \"%s\", after number %" PRIu64 ": it ends at %" PRIu64 ", and %" PRIu64 " was published",
                   reading->channel, frames->after, frames->newest, newest);
}

/* False: this person may not listen. */
static bool read_in_all_ways(struct reading *reading, uint64_t newest)
{
    const uint64_t step = newest / STEPS > ENOUGH ? newest / STEPS : ENOUGH;
    read_from(reading, 0, UINT64_MAX, false);
    if (reading->code == C18N_FORBIDDEN || reading->code == C18N_NOT_FOUND)
        return false;
    if (reading->code != C18N_OK && !reading->frames.gap)
        fail(reading, "it gave an error");
    else
        judge(reading, newest);
    for (uint64_t after = 0; after < newest && reading->code == C18N_OK && !reading->frames.gap; after += step) {
        read_from(reading, after, ENOUGH, false);
        judge(reading, newest);
    }
    read_from(reading, newest, UINT64_MAX, false);
    judge(reading, newest);
    if (newest == 0)
        return true;
    read_from(reading, newest - 1, UINT64_MAX, true);
    if (reading->code == C18N_OK)
        fail(reading, "c18n_add_frame failed, and it gave C18N_OK");
    return true;
}

/* A call that fails while the log is read, and a log that then seems to end: the client would take it for whole. */
static void fail_calls(struct reading *reading, uint64_t newest)
{
    enum { CALLS_MOST = 200 };
    struct world *world = reading->world;
    bool failed = true;
    for (uint64_t nth = 1; failed && nth <= CALLS_MOST; nth++) {
        c18n_test_fail(world->test, nth, C18N_UNAVAILABLE);
        read_from(reading, 0, UINT64_MAX, false);
        const char *function = c18n_test_failed(world->test);
        c18n_test_fail(world->test, 0, C18N_OK);
        failed = function != NULL;
        if (failed && reading->code == C18N_OK && reading->frames.newest < newest)
            check_fail(world->check, CHECK_CATCH_UP,
                       "channel \"%s\", when call %" PRIu64 ", %s, fails: it gave C18N_OK, and ends at %" PRIu64
                       " of %" PRIu64,
                       reading->channel, nth, function, reading->frames.newest, newest);
    }
}

/* False: none of the people may listen. */
static bool check_log(struct world *world, const struct watch_log *log)
{
    static struct reading reading;
    bool heard = false;
    for (unsigned who = ADA; who < WHOS; who++) {
        reading = (struct reading){.world = world, .channel = log->channel, .who = (enum who)who};
        if (!read_in_all_ways(&reading, log->newest))
            continue;
        if (!heard)
            fail_calls(&reading, log->newest);
        heard = true;
    }
    return heard;
}

void check_catch_up(struct world *world)
{
    static struct watch_log logs[WATCH_LOGS_MOST];
    size_t count = check_watch_logs(world, logs), heard = 0;
    check_begin(world->check, CHECK_CATCH_UP);
    for (size_t i = 0; i < count; i++)
        heard += check_log(world, &logs[i]);
    if (count > 0 && heard == 0)
        check_note(world->check, CHECK_CATCH_UP, "none of the people may listen to any of %zu channels", count);
    check_end(world->check, CHECK_CATCH_UP, "%s: %zu channels", check_rules[CHECK_CATCH_UP].kept, heard);
}
