/* check_work.c: what a module does without a client: timers, consumers, imports and exports; and whether its views come
 * out the same when they are built again. */
#include "kit/check_steps.h"

#include "base/platform.h"
#include "base/words.h"
#include "ctl/ctl.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- timers --- */

static void run_timers(struct world *world)
{
    const c18n_module *module = world->module->descriptor;
    for (uint32_t i = 0; i < module->timers.count; i++) {
        c18n_timer timer;
        loader_item(&module->timers, i, &timer, sizeof timer);
        check_doing(world->check, "the timer %s", timer.name);
        int code = c18n_test_timer(world->test, module->id, timer.name);
        if (code != C18N_OK)
            check_fail(world->check, CHECK_WORK, "the timer %s gave %d", timer.name, code);
    }
}

/* --- consumers: each is brought the newest event of every type, and all that it does is undone --- */

struct delivery {
    struct world *world;
    const c18n_consumer *consumer;
    const c18n_event *event;
    int code;
};

static int deliver(c18n_request *rq, void *arg)
{
    struct delivery *delivery = arg;
    delivery->code = delivery->consumer->handle(rq, delivery->event, delivery->world->module->self.state);
    return C18N_CONFLICT; /* undoes it */
}

static void run_consumer(struct world *world, const c18n_consumer *consumer)
{
    for (size_t i = 0; i < loader_count(world->server->loader); i++) {
        const c18n_module *module = loader_at(world->server->loader, i)->descriptor;
        for (uint32_t j = 0; j < module->events.count; j++) {
            c18n_event_type type;
            loader_item(&module->events, j, &type, sizeof type);
            struct delivery delivery = {.world = world, .consumer = consumer};
            if (!words_has(consumer->topics, type.topic, strlen(type.topic)) ||
                !(delivery.event = c18n_test_event(world->test, type.name, -1)))
                continue;
            check_doing(world->check, "the consumer %s, with an event %s", consumer->name, type.name);
            (void)c18n_test_write(world->test, world->check->id, deliver, &delivery);
            if (delivery.code != C18N_OK)
                check_fail(world->check, CHECK_WORK, "the consumer %s gave %d for an event %s", consumer->name,
                           delivery.code, type.name);
        }
    }
}

static void run_consumers(struct world *world)
{
    const c18n_module *module = world->module->descriptor;
    for (uint32_t i = 0; i < module->consumers.count; i++) {
        c18n_consumer consumer;
        loader_item(&module->consumers, i, &consumer, sizeof consumer);
        run_consumer(world, &consumer);
    }
}

/* --- imports and exports --- */

/* References are ids here, and the field table has them as texts. */
static const char *import_line(struct world *world, const c18n_import *import)
{
    struct text line;
    struct input_source *source = &world->source;
    text_init(&line, source->arena, 0);
    text_print(&line, "{\"kind\":\"%s\"", import->kind);
    for (uint32_t i = 0; i < import->fields.count; i++) {
        c18n_field field;
        loader_item(&import->fields, i, &field, sizeof field);
        const c18n_table one = {&field, 1, sizeof field};
        const char *object = input_valid(source, &one, INPUT_WHOLE);
        if (words_has(import->references, field.name, strlen(field.name)))
            text_print(&line, ",\"%s\":\"%s\"", field.name, source->id(source->arg, field.name));
        else if (object[1] != '}')
            text_print(&line, ",%.*s", (int)strlen(object) - 2, object + 1);
    }
    text_add_char(&line, '}');
    return text_end(&line);
}

static void run_imports(struct world *world)
{
    const c18n_module *module = world->module->descriptor;
    for (uint32_t i = 0; i < module->imports.count; i++) {
        c18n_import import;
        char id[C18N_ID_SIZE] = "";
        loader_item(&module->imports, i, &import, sizeof import);
        check_doing(world->check, "an import of a %s", import.kind);
        const char *line = import_line(world, &import);
        int code = c18n_test_import(world->test, line, id);
        if (code == C18N_ERROR)
            check_fail(world->check, CHECK_WORK, "an import of %s gave C18N_ERROR\nline: %s", import.kind, line);
        else if (code != C18N_OK && code != C18N_EXISTS)
            check_note(world->check, CHECK_WORK, "an import of %s was refused (%d), so it is half tried\nline: %s",
                       import.kind, code, line);
    }
}

static int never_stopped(struct ctl_call *call)
{
    (void)call;
    return 0;
}

static void run_export(struct world *world)
{
    char *argv[] = {"export", "-", NULL};
    char words[512] = "";
    int out = memfd_create("export", MFD_CLOEXEC), said = memfd_create("said", MFD_CLOEXEC);
    check_doing(world->check, "an export");
    struct ctl_call call = {.server = world->server,
                            .argc = 2,
                            .argv = argv,
                            .in = -1,
                            .out = out,
                            .error = said,
                            .stopped = never_stopped};
    if (out >= 0 && said >= 0 && ctl_export(&call) != 0 && pread(said, words, sizeof words - 1, 0) > 0)
        check_fail(world->check, CHECK_WORK, "an export fails: %s", words);
    close(out);
    close(said);
}

/* --- replay --- */

static int64_t real_us(void)
{
    return platform_system.monotonic_us(); /* the test host's own clock stands */
}

/* An apply that reads the real clock shows by the second, one that reads the host's by a move of it. */
static void let_time_pass(struct world *world, int64_t begun_us)
{
    enum { SECOND_US = 1100000 };
    int64_t left_us = SECOND_US - (real_us() - begun_us);
    if (left_us > 0)
        usleep((useconds_t)left_us);
    c18n_test_move(world->test, 3601);
}

void check_replay(struct plan *plan, int64_t begun_us)
{
    struct world *world = plan->world;
    size_t events = c18n_test_events(world->test, NULL);
    check_begin(world->check, CHECK_REPLAY);
    let_time_pass(world, begun_us);
    check_doing(world->check, "building all views again from %zu events", events);
    if (!c18n_test_replays_the_same(world->test))
        check_fail(world->check, CHECK_REPLAY, "after a replay of %zu events its views are other bytes", events);
    check_end(world->check, CHECK_REPLAY, "%s: %zu events", check_rules[CHECK_REPLAY].kept, events);
}

void check_work(struct plan *plan)
{
    struct world *world = plan->world;
    check_begin(world->check, CHECK_WORK);
    run_timers(world);
    run_consumers(world);
    run_imports(world);
    run_export(world);
    check_end(world->check, CHECK_WORK, NULL);
}
