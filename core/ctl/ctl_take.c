/* ctl_take.c: the pipeline from lines to the writer: a ring of slots, and the counts. */
#include "ctl/ctl_take.h"

#include "base/platform.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct timespec nap = {.tv_nsec = 2000000};

static int new_take(struct ctl_call *call, const struct ctl_source *source, bool keep_going, struct take **ret_take)
{
    struct take *take = calloc(1, sizeof *take);
    if (!take)
        return C18N_NO_MEMORY;
    take->call = call;
    take->source = source;
    take->keep_going = keep_going;
    pthread_mutex_init(&take->lock, NULL);
    pthread_cond_init(&take->finished, NULL);
    ctl_progress_begin(&take->progress, call->error, "lines");
    *ret_take = take;
    return take_kinds_load(take);
}

static void take_free(struct take *take)
{
    for (size_t i = 0; take && i < CTL_TAKE_FLIGHT; i++)
        arena_free(take->slots[i].arena);
    if (take) {
        pthread_mutex_destroy(&take->lock);
        pthread_cond_destroy(&take->finished);
    }
    free(take);
}

/* --- the writer's thread --- */

/* Without --keep-going nothing after a bad line may be taken in, also of what waits in line already. */
static int slot_run(struct data_item *item)
{
    struct take_slot *slot = (struct take_slot *)item;
    if (slot->take->broken) {
        slot->outcome = TAKE_NOT_TRIED;
        return slot->code = C18N_AGAIN;
    }
    slot->code = take_line_run(slot);
    if (slot->code != C18N_OK)
        slot->outcome = TAKE_FAILED;
    slot->take->broken = slot->code != C18N_OK && !slot->take->keep_going;
    return slot->code;
}

static void slot_done(struct data_item *item, int code)
{
    struct take_slot *slot = (struct take_slot *)item;
    struct take *take = slot->take;
    if (code != slot->code) { /* the group's commit failed, which no line can go on from */
        slot->commit = code;
        slot->outcome = TAKE_FAILED;
        take->broken = true;
    }
    pthread_mutex_lock(&take->lock);
    slot->finished = true;
    pthread_cond_signal(&take->finished);
    pthread_mutex_unlock(&take->lock);
}

/* --- telling, in the lines' order --- */

static int exit_of(int code)
{
    return code == C18N_NO_SPACE || code == C18N_IO ? EXIT_SYSTEM_IO : EXIT_NO_SERVICE;
}

static bool is_fatal(int code)
{
    return code == C18N_NO_SPACE || code == C18N_IO || code == C18N_UNAVAILABLE || code == C18N_CORRUPT;
}

static void tell_failed(struct take *take, struct take_slot *slot)
{
    if (slot->kind)
        slot->kind->failed++;
    else
        take->unknown++;
    ctl_progress_clear(&take->progress);
    ctl_say(take->call->error, "%s:%" PRIu64 ": %s\n", take->source->name, slot->number, take_line_why(slot));
    int fatal = slot->commit != C18N_OK ? slot->commit : is_fatal(slot->code) ? slot->code : C18N_OK;
    if (fatal != C18N_OK)
        take->exit_code = exit_of(fatal);
    else if (!take->keep_going)
        take->exit_code = EXIT_DATA;
}

static void tell(struct take *take, struct take_slot *slot)
{
    if (slot->outcome == TAKE_TAKEN)
        slot->kind->taken++;
    else if (slot->outcome == TAKE_PASSED)
        slot->kind->passed++;
    else if (slot->outcome == TAKE_FAILED && take->exit_code == 0) /* else only what ended the import is told */
        tell_failed(take, slot);
}

/* Waits for the oldest line in flight. */
static void harvest(struct take *take)
{
    struct take_slot *slot = &take->slots[take->head % CTL_TAKE_FLIGHT];
    pthread_mutex_lock(&take->lock);
    while (!slot->finished)
        pthread_cond_wait(&take->finished, &take->lock);
    pthread_mutex_unlock(&take->lock);
    tell(take, slot);
    take->head++;
}

/* --- the reading thread --- */

static struct take_slot *next_slot(struct take *take)
{
    if (take->tail - take->head == CTL_TAKE_FLIGHT)
        harvest(take);
    struct take_slot *slot = &take->slots[take->tail % CTL_TAKE_FLIGHT];
    struct arena *arena = slot->arena ? slot->arena : arena_new(CTL_TAKE_ARENA);
    if (!arena)
        return NULL;
    arena_reset(arena);
    *slot = (struct take_slot){.arena = arena, .take = take, .number = take->lines};
    slot->item = (struct data_item){.request = &slot->request, .run = slot_run, .done = slot_done};
    return slot;
}

/* A full queue: the clients' own writes come first; ours wait for the oldest of them. */
static int submit(struct take *take, struct take_slot *slot)
{
    int code = C18N_AGAIN;
    while ((code = data_submit(take->call->server->data, &slot->item)) == C18N_AGAIN) {
        if (take->head < take->tail)
            harvest(take);
        else
            nanosleep(&nap, NULL);
    }
    return code;
}

static void fail_slot(struct take_slot *slot, int code)
{
    slot->code = code;
    slot->outcome = TAKE_FAILED;
    slot->finished = true;
}

static void take_line(struct take *take, const char *line, size_t length, int read_code)
{
    struct take_slot *slot = next_slot(take);
    if (!slot) {
        take->exit_code = EXIT_INTERNAL;
        return;
    }
    int code = C18N_TOO_LARGE;
    if (read_code == C18N_OK)
        code = take_line_prepare(slot, line, length);
    else
        slot->why = "is longer than 4 MiB";
    bool stops = code != C18N_OK && !take->keep_going;
    if (code == C18N_OK)
        code = submit(take, slot);
    if (code != C18N_OK)
        fail_slot(slot, code);
    take->tail++;
    while (stops && take->head < take->tail)
        harvest(take);
}

static void name_scope(struct take *take, const char *line, size_t length)
{
    unsigned char hash[(CTL_TAKE_SCOPE - 1) / 2];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)line, length, NULL, 0);
    sodium_bin2hex(take->scope, sizeof take->scope, hash, sizeof hash);
}

static void take_next(struct take *take, const char *line, size_t length, int code)
{
    take->lines++;
    if (code == C18N_OK && length == 0)
        return; /* an empty line is no record */
    if (!take->scope[0])
        name_scope(take, line, length);
    take_line(take, line, length, code);
    ctl_progress_at(&take->progress, take->lines);
}

static const struct {
    int code, exit;
    const char *words;
} endings[] = {
    {C18N_CORRUPT, EXIT_DATA, "the compressed data is damaged or cut off"},
    {C18N_IO, EXIT_SYSTEM_IO, "can't be read"},
    {C18N_NO_MEMORY, EXIT_INTERNAL, "there is no memory to read it"},
    {C18N_TIMEOUT, EXIT_NO_SERVICE, "stopped; run it again to go on"},
};

static void tell_ending(struct take *take, int code)
{
    ctl_progress_clear(&take->progress);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (endings[i].code == code) {
            ctl_say(take->call->error, "%s:%" PRIu64 ": %s\n", take->source->name, take->lines + 1, endings[i].words);
            take->exit_code = endings[i].exit;
        }
    }
}

static void take_all(struct take *take)
{
    int code = C18N_OK;
    while (take->exit_code == 0 && (code == C18N_OK || code == C18N_TOO_LARGE)) {
        const char *line = "";
        size_t length = 0;
        code = take->call->stopped(take->call) ? C18N_TIMEOUT : take->source->next(take->source->arg, &line, &length);
        if (code == C18N_OK || code == C18N_TOO_LARGE)
            take_next(take, line, length, code);
    }
    while (take->head < take->tail)
        harvest(take);
    if (take->exit_code == 0)
        tell_ending(take, code);
}

int ctl_take(struct ctl_call *call, const struct ctl_source *source, bool keep_going)
{
    struct take *take = NULL;
    int exit_code = EXIT_INTERNAL;
    if (new_take(call, source, keep_going, &take) == C18N_OK) {
        take_all(take);
        ctl_progress_clear(&take->progress);
        take_kinds_say(take);
        exit_code = take->exit_code;
        uint64_t failed = take->unknown;
        for (size_t i = 0; i < take->kind_count; i++)
            failed += take->kinds[i].failed;
        if (exit_code == 0 && failed > 0)
            exit_code = EXIT_DATA;
    }
    take_free(take);
    return exit_code;
}
