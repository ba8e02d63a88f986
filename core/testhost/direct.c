/* direct.c: calling code of modules without a request of a client: services, transactions, imports. */
#include "testhost/inside.h"

#include "base/crumb.h"
#include "base/json.h"

#include <string.h>

struct module *testhost_module(struct c18n_test *test, const char *id)
{
    struct module *module = loader_find(test->server.loader, id);
    if (module && module->state != MODULE_LEFT_OUT)
        return module;
    testhost_die("no module %s is loaded", id);
}

c18n_self *c18n_test_self(c18n_test *test, const char *module)
{
    return &testhost_module(test, module)->self;
}

const c18n_module *c18n_test_descriptor(c18n_test *test, const char *module)
{
    return testhost_module(test, module)->descriptor;
}

const c18n_service *c18n_test_service(c18n_test *test, const char *service)
{
    return loader_service(test->server.loader, service);
}

/* --- transactions and snapshots --- */

struct request *testhost_request(struct c18n_test *test, c18n_self *self)
{
    struct request *request = arena_alloc(test->arena, sizeof *request);
    if (!request)
        testhost_die("out of memory");
    request_init_internal(request, &test->server, test->arena, self);
    return request;
}

struct turn {
    struct data_item item; /* must stay first */
    int (*work)(c18n_request *rq, void *arg);
    void *arg;
};

static int turn_run(struct data_item *item)
{
    struct turn *turn = (struct turn *)(void *)item;
    return turn->work(request_pub(item->request), turn->arg);
}

int testhost_write(struct c18n_test *test, struct request *request, int (*work)(c18n_request *rq, void *arg), void *arg)
{
    struct turn turn = {.item = {.request = request, .run = turn_run}, .work = work, .arg = arg};
    return data_submit_wait(test->server.data, &turn.item);
}

int testhost_read(struct c18n_test *test, struct request *request, int (*work)(c18n_request *rq, void *arg), void *arg)
{
    int code = data_read_begin(test->reader, request);
    if (code != C18N_OK)
        return code;
    code = work(request_pub(request), arg);
    data_read_end(test->reader, request);
    return code;
}

static struct request *request_as(c18n_test *test, const char *module)
{
    if (test->bare)
        testhost_die("a bare host has no transactions and no views");
    return testhost_request(test, module ? c18n_test_self(test, module) : NULL);
}

/* The test's own code, in the name of a module. */
struct borrowed {
    int (*work)(c18n_request *rq, void *arg);
    void *arg;
};

static int run_borrowed(c18n_request *rq, void *arg)
{
    const struct borrowed *borrowed = arg;
    const c18n_self *self = request_of(rq)->head.self;
    crumb_enter(self ? self->id : NULL, "test", NULL);
    int code = borrowed->work(rq, borrowed->arg);
    crumb_leave();
    return code;
}

int c18n_test_write(c18n_test *test, const char *module, int (*work)(c18n_request *rq, void *arg), void *arg)
{
    struct borrowed borrowed = {work, arg};
    int code = testhost_write(test, request_as(test, module), run_borrowed, &borrowed);
    settle(test);
    return code;
}

int c18n_test_read(c18n_test *test, const char *module, int (*work)(c18n_request *rq, void *arg), void *arg)
{
    struct borrowed borrowed = {work, arg};
    return testhost_read(test, request_as(test, module), run_borrowed, &borrowed);
}

/* --- imports --- */

struct import {
    c18n_import declared;
    struct module *module;
    char *id;
};

static struct import import_find(struct c18n_test *test, const char *kind)
{
    struct import import = {.module = NULL};
    for (size_t i = 0; kind && i < loader_count(test->server.loader); i++) {
        import.module = loader_at(test->server.loader, i);
        const c18n_table *table = &import.module->descriptor->imports;
        for (uint32_t j = 0; import.module->state != MODULE_LEFT_OUT && j < table->count; j++) {
            loader_item(table, j, &import.declared, sizeof import.declared);
            if (strcmp(import.declared.kind, kind) == 0)
                return import;
        }
    }
    testhost_die("no module takes in a line of kind \"%s\"", kind ? kind : "");
}

static int take(c18n_request *rq, void *arg)
{
    const struct import *import = arg;
    crumb_enter(import->module->self.id, "import", import->declared.kind);
    int code = import->declared.take(rq, import->id, import->module->self.state);
    crumb_leave();
    return code;
}

int c18n_test_import(c18n_test *test, const char *line, char ret_id[C18N_ID_SIZE])
{
    const c18n_doc *doc;
    const char *why = "", *text = c18n_test_json(test, "%s", line);
    if (json_parse(&test->server.host, test->arena, text, strlen(text), &doc, &why) != C18N_OK)
        testhost_die("%s: %s", text, why);
    struct import import = import_find(test, c18n_text(doc, "kind"));
    struct request *request = testhost_request(test, &import.module->self);
    int code = api_validate(request, &import.declared.fields, doc, "kind ref", &request->body);
    import.id = ret_id;
    request->event_time_ms = c18n_integer(doc, "created_on", 0) * 1000;
    if (code == C18N_OK)
        code = testhost_write(test, request, take, &import);
    settle(test);
    return code;
}
