/**
 * fixture.h: a heart that beats in memory: one module ("notes") whose events say themselves what
 * they change, the storage of memory_storage.h, and helpers to write and read.
 *
 * The loader's functions are defined here, so that no .so is needed.
 */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H

#include "memory_storage.h"

#include "base/json.h"
#include "base/platform.h"
#include "boot/server.h"
#include "data/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static int on_note(const c18n_event *event, c18n_changes *changes)
{
    const char *view = c18n_text(event->data, "view");
    if (!view)
        view = "notes";
    if (strcmp(event->type, "notes.put") == 0)
        c18n_out_doc(c18n_put(changes, view, event->resource), event->data, "view");
    else if (strcmp(event->type, "notes.patch") == 0)
        c18n_out_doc(c18n_patch(changes, view, event->resource), event->data, "view");
    else if (strcmp(event->type, "notes.add") == 0)
        return c18n_add(changes, view, event->resource, c18n_text(event->data, "counter"),
                        c18n_integer(event->data, "delta", 0));
    else if (strcmp(event->type, "notes.remove") == 0)
        return c18n_remove(changes, view, event->resource);
    else if (strcmp(event->type, "notes.two") == 0) { /* a put and adds in one event */
        c18n_out_text(c18n_put(changes, view, event->resource), "title", "two");
        int code = c18n_add(changes, view, event->resource, "likes", 2);
        return code == C18N_OK ? c18n_add(changes, view, event->resource, "likes", 3) : code;
    }
    return C18N_OK;
}

static void derive_hot(const c18n_doc *record, c18n_out *out)
{
    c18n_out_integer(out, "hot", 10 * c18n_integer(record, "likes", 0) + c18n_integer(record, "base", 0));
}

static const c18n_event_type note_events[] = {
    {.name = "notes.put", .topic = "posts", .personal = "email phone", .subject = "resource"},
    {.name = "notes.patch", .topic = "posts", .personal = "email phone", .subject = "owner"},
    {.name = "notes.add", .topic = "likes"},
    {.name = "notes.remove", .topic = "posts"},
    {.name = "notes.two", .topic = "posts"},
};

static c18n_view note_views[] = {
    {.name = "notes",
     .version = 1,
     .indexes = "author, created_on desc; created_on desc; unique slug nocase; tags, created_on; likes desc",
     .counters = "likes reads",
     .search = "title*3 body tags",
     .search_filters = "author"},
    {.name = "ranked", .version = 1, .indexes = "hot desc", .counters = "likes", .derive = derive_hot},
};

struct fixture {
    struct server server; /* its head is the host table */
    struct memory memory;
    c18n_self memory_self;
    c18n_service storage, bus, index;
    c18n_module descriptor;
    struct module module;
    struct data *data;
    char folder[64];
    struct text why;
};

static struct fixture fixture;

size_t loader_count(const struct loader *loader)
{
    (void)loader;
    return 1;
}

struct module *loader_at(const struct loader *loader, size_t number)
{
    (void)loader;
    assert(number == 0);
    return &fixture.module;
}

const c18n_service *loader_service(const struct loader *loader, const char *service)
{
    (void)loader;
    return strcmp(service, "storage.v1") == 0 ? &fixture.storage
           : strcmp(service, "bus.v1") == 0   ? &fixture.bus
           : fixture.index.functions          ? &fixture.index
                                              : NULL;
}

void loader_item(const c18n_table *table, size_t number, void *ret_item, size_t size)
{
    assert(number < table->count && table->stride == size);
    memcpy(ret_item, (const char *)table->at + number * size, size);
}

void request_init_internal(struct request *request, struct server *server, struct arena *arena, c18n_self *self)
{
    *request = (struct request){.head = {&server->host, self}, .server = server, .arena = arena, .request_id = "r1"};
    request->caller = (c18n_caller){.user = "system", .roles = " ", .session = "", .token = ""};
}

static inline void fixture_init(void)
{
    memset(&fixture, 0, sizeof fixture);
    c18n_host *host = &fixture.server.host;
    *host = (c18n_host){.size = sizeof *host,
                        .mem = &mem_family,
                        .json = &json_family,
                        .events = &events_family,
                        .views = &views_family};
    memory_init(&fixture.memory);
    fixture.memory_self = (c18n_self){.host = host, .id = "memory", .state = &fixture.memory};
    fixture.storage = (c18n_service){&memory_storage, &fixture.memory_self};
    fixture.bus = (c18n_service){&memory_bus, &fixture.memory_self};
    fixture.descriptor =
        (c18n_module){.id = "notes", .events = C18N_ALL(note_events), .views = C18N_ALL(note_views), .apply = on_note};
    fixture.module = (struct module){.self = {.host = host, .id = "notes"}, .descriptor = &fixture.descriptor};
    snprintf(fixture.folder, sizeof fixture.folder, "/tmp/c18n-test-data-XXXXXX");
    assert_non_null(mkdtemp(fixture.folder));
    note_views[0].version = 1;
}

static inline int fixture_open(void)
{
    struct data_options options = {
        .host = &fixture.server.host, .loader = NULL, .state_dir = fixture.folder, .queue_limit = 512};
    text_init(&fixture.why, NULL, 0);
    int code = data_open(&options, &fixture.data, &fixture.why);
    fixture.server.data = fixture.data;
    text_free(&fixture.why);
    return code;
}

static inline void fixture_close(void)
{
    data_drain(fixture.data);
    data_close(fixture.data);
    fixture.data = fixture.server.data = NULL;
}

static inline int fixture_setup(void **state)
{
    (void)state;
    fixture_init();
    assert_int_equal(fixture_open(), C18N_OK);
    assert_int_equal(data_start(fixture.data), C18N_OK);
    return 0;
}

static inline int fixture_teardown(void **state)
{
    (void)state;
    char path[128];
    if (fixture.data)
        fixture_close();
    memory_free(&fixture.memory);
    static const char *const files[] = {"master.key", "checkpoint"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", fixture.folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(fixture.folder);
    return 0;
}

/* --- writing --- */

struct write {
    struct data_item item; /* must stay first */
    struct request request;
    struct arena *arena;
    int (*work)(c18n_request *rq, void *arg);
    void *arg;
    const char *type, *resource, *data;
    int64_t at_ms;
    int told; /* what `done` was given */
    bool done;
};

static inline int emit_text(c18n_request *rq, const char *type, const char *resource, const char *data)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_doc(out, json_trusted(rq ? C18N_HOST_OF(rq) : NULL, request_of(rq)->arena, data, strlen(data)), NULL);
    return c18n_emit(rq, type, resource, NULL, out);
}

static inline int write_run(struct data_item *item)
{
    struct write *write = (struct write *)(void *)item;
    c18n_request *rq = request_pub(item->request);
    if (write->work)
        return write->work(rq, write->arg);
    if (write->at_ms)
        c18n_emit_at(rq, write->at_ms);
    return emit_text(rq, write->type, write->resource, write->data);
}

static inline void write_done(struct data_item *item, int code)
{
    struct write *write = (struct write *)(void *)item;
    write->told = code;
    write->done = true;
}

static inline void write_begin(struct write *write)
{
    write->arena = arena_new(1024 * 1024);
    request_init_internal(&write->request, &fixture.server, write->arena, &fixture.module.self);
    write->request.caller.user = "u1";
    write->item = (struct data_item){.request = &write->request, .run = write_run, .done = write_done};
}

static inline int write_wait(struct write *write)
{
    write_begin(write);
    int code = data_submit_wait(fixture.data, &write->item);
    arena_free(write->arena);
    return code;
}

static inline int emit(const char *type, const char *resource, const char *data)
{
    struct write write = {.type = type, .resource = resource, .data = data};
    return write_wait(&write);
}

static inline int emit_at(const char *type, const char *resource, const char *data, int64_t at_ms)
{
    struct write write = {.type = type, .resource = resource, .data = data, .at_ms = at_ms};
    return write_wait(&write);
}

static inline int work(int (*run)(c18n_request *rq, void *arg), void *arg)
{
    struct write write = {.work = run, .arg = arg};
    return write_wait(&write);
}

/* --- reading --- */

struct reading {
    struct data_reader *reader;
    struct request request;
    struct arena *arena;
    c18n_request *rq;
};

static inline void read_begin(struct reading *reading)
{
    reading->reader = data_reader_open(fixture.data);
    assert_non_null(reading->reader);
    reading->arena = arena_new(32 * 1024 * 1024);
    request_init_internal(&reading->request, &fixture.server, reading->arena, &fixture.module.self);
    assert_int_equal(data_read_begin(reading->reader, &reading->request), C18N_OK);
    reading->rq = request_pub(&reading->request);
}

static inline void read_end(struct reading *reading)
{
    data_read_end(reading->reader, &reading->request);
    data_reader_close(reading->reader);
    arena_free(reading->arena);
}

/* The record's text without `_rev`, or what c18n_get said. */
static inline int record_text(const char *view, const char *id, char ret_text[1024])
{
    struct reading reading;
    const c18n_doc *record = NULL;
    read_begin(&reading);
    int code = c18n_get(reading.rq, view, id, &record);
    ret_text[0] = '\0';
    if (record)
        snprintf(ret_text, 1024, "%.*s", (int)record->length, record->text);
    read_end(&reading);
    char *revision = strstr(ret_text, ",\"_rev\":");
    if (revision) {
        size_t length = 8 + strspn(revision + 8, "0123456789");
        memmove(revision, revision + length, strlen(revision + length) + 1);
    }
    return code;
}

#define assert_record(view, id, expected)                                                                              \
    do {                                                                                                               \
        char text_[1024];                                                                                              \
        assert_int_equal(record_text(view, id, text_), C18N_OK);                                                       \
        assert_string_equal(text_, expected);                                                                          \
    } while (0)

/* Waits, at most 5 s, for something that another thread brings about. */
static inline bool comes_true(bool (*is_true)(void))
{
    for (int i = 0; i < 500 && !is_true(); i++)
        usleep(10000);
    return is_true();
}

#endif
