/*
 * ctl_export.c: `c18nctl export FILE`. Walks the events in order, on one snapshot, and lets the module of each event
 * that begins a record write it as it is now. In that order a reference always comes before its use.
 */
#include "base/crumb.h"
#include "base/json.h"
#include "ctl/ctl_lines.h"
#include "ctl/ctl_progress.h"

#include <inttypes.h>
#include <string.h>

enum { EXPORTS_MOST = 64, LINE_ARENA = 64 * 1024 * 1024 };

struct giver {
    c18n_export declared;
    struct module *module;
};

struct export
{
    struct ctl_call *call;
    struct giver givers[EXPORTS_MOST];
    size_t giver_count;
    struct ctl_writer *writer;
    struct arena *arena; /* of one line */
    struct data_scope *scope;
    struct ctl_progress progress;
    uint64_t events, lines;
    const char *faulty; /* the event type whose record could not be written */
};

static void load_givers(struct export *export)
{
    struct loader *loader = export->call->server->loader;
    for (size_t i = 0; i < loader_count(loader); i++) {
        struct module *module = loader_at(loader, i);
        if (module->state == MODULE_LEFT_OUT || !module->descriptor)
            continue;
        for (size_t n = 0; n < module->descriptor->exports.count && export->giver_count < EXPORTS_MOST; n++) {
            struct giver *giver = &export->givers[export->giver_count++];
            loader_item(&module->descriptor->exports, n, &giver->declared, sizeof giver->declared);
            giver->module = module;
        }
    }
}

static int write_line(struct export *export, const struct giver *giver, const c18n_event *event)
{
    struct request request;
    arena_reset(export->arena);
    request_init_internal(&request, export->call->server, export->arena, &giver->module->self);
    request.scope = export->scope;
    struct out *out = json_out_new(&export->call->server->host, export->arena);
    if (!out)
        return C18N_NO_MEMORY;
    crumb_enter(giver->module->self.id, "export", giver->declared.event);
    int code = giver->declared.give(request_pub(&request), event, &out->pub, giver->module->self.state);
    crumb_leave();
    if (code != C18N_OK)
        return code == C18N_NOT_FOUND ? C18N_OK : code;
    size_t length = 0;
    const char *line = json_out_finish_text(out, &length);
    code = line ? ctl_writer_add(export->writer, line, length) : C18N_NO_MEMORY;
    if (code == C18N_OK)
        code = ctl_writer_add(export->writer, "\n", 1);
    export->lines += code == C18N_OK;
    return code;
}

static int give_event(void *arg, const c18n_event *event)
{
    struct export *export = arg;
    int code = C18N_OK;
    for (size_t i = 0; i < export->giver_count && code == C18N_OK; i++)
        if (strcmp(export->givers[i].declared.event, event->type) == 0) {
            code = write_line(export, &export->givers[i], event);
            if (code != C18N_OK)
                export->faulty = export->givers[i].declared.event;
        }
    export->events++;
    ctl_progress_at(&export->progress, export->events);
    if (code == C18N_OK && export->call->stopped(export->call))
        code = C18N_TIMEOUT;
    return code;
}

static int walk(struct export *export)
{
    struct request request;
    struct arena *arena = arena_new(0);
    struct data_reader *reader = data_reader_open(export->call->server->data);
    int code = reader && arena ? C18N_OK : C18N_NO_MEMORY;
    if (code == C18N_OK) {
        request_init_internal(&request, export->call->server, arena, NULL);
        code = data_read_begin(reader, &request);
    }
    if (code == C18N_OK) {
        export->scope = request.scope;
        code = data_events(&request, 0, give_event, export);
        data_read_end(reader, &request);
    }
    data_reader_close(reader);
    arena_free(arena);
    return code == C18N_OK ? ctl_writer_finish(export->writer) : code;
}

static const struct {
    int code, exit;
    const char *words;
} endings[] = {
    {C18N_NO_SPACE, EXIT_SYSTEM_IO, "the disk is full"},
    {C18N_IO, EXIT_SYSTEM_IO, "can't be written"},
    {C18N_TIMEOUT, EXIT_NO_SERVICE, "stopped; the file is not whole"},
    {C18N_CORRUPT, EXIT_DATA, "the history is damaged: run c18nctl verify"},
};

static int tell_ending(struct export *export, const char *file, int code)
{
    ctl_progress_clear(&export->progress);
    if (code == C18N_OK) {
        ctl_say(export->call->error, "%" PRIu64 " lines written\n", export->lines);
        return 0;
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (endings[i].code == code) {
            ctl_say(export->call->error, "%s: %s\n", file, endings[i].words);
            return endings[i].exit;
        }
    }
    ctl_say(export->call->error, "%s: failed at event %" PRIu64 " (%s) with code %d\n", file, export->events,
            export->faulty ? export->faulty : "reading", code);
    return EXIT_INTERNAL;
}

int ctl_export(struct ctl_call *call)
{
    if (call->argc != 2 || strncmp(call->argv[1], "--", 2) == 0) {
        ctl_say(call->error, "usage: export FILE\n");
        return EXIT_USAGE;
    }
    const char *file = call->argv[1];
    struct export export = {.call = call, .arena = arena_new(LINE_ARENA)};
    export.writer = ctl_writer_open(call, call->out, ctl_is_compressed(file));
    load_givers(&export);
    ctl_progress_begin(&export.progress, call->error, "events");
    int code = export.arena && export.writer ? walk(&export) : C18N_NO_MEMORY;
    ctl_writer_free(export.writer);
    arena_free(export.arena);
    return tell_ending(&export, file, code);
}
