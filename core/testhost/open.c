/* open.c: putting a test host together and taking it apart. It is server_load and server_open on folders of its own;
 * what differs from the daemon is what it does not open (sockets, the timers' thread) and what it puts in place of the
 * world (world.c). */
#include "testhost/clients.h"

#include "base/log.h"
#include "boot/settings.h"
#include "c18n/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct c18n_test *opened;
static char *last_why; /* malloc'd */

_Noreturn void testhost_die(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fputs("c18n test host: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    abort();
}

/* --- folders --- */

static void make_folders(struct c18n_test *test, const char *data)
{
    test->work_folder = arena_print(test->arena, "%s/host-XXXXXX", place_root());
    if (!mkdtemp(test->work_folder) || mkdir(arena_print(test->arena, "%s/conf.d", test->work_folder), 0700) < 0)
        testhost_die("%s: no folder for settings can be made", test->work_folder);
    test->data_folder = data ? data : arena_print(test->arena, "%s/data", test->work_folder);
}

/* --- the server --- */

static void wrap(c18n_host *host)
{
    timers_wrap(host);
    logged_wrap(host);
    faults_wrap(host);
}

static int load(struct c18n_test *test, const c18n_test_options *options, struct text *ret_why)
{
    place_modules(test->arena, options->modules, test->bare, &test->placed);
    settings_write(test, options->settings);
    const char *const sets[] = {arena_print(test->arena, "core.state_dir=%s", test->data_folder),
                                arena_print(test->arena, "core.module_dir=%s", test->placed.folder)};
    const struct server_options server = {.conf_dir = arena_print(test->arena, "%s/conf.d", test->work_folder),
                                          .sets = sets,
                                          .set_count = sizeof sets / sizeof *sets,
                                          .wrap = wrap,
                                          .bare = test->bare,
                                          .unrehearsed = true};
    return server_load(&test->server, &server, ret_why);
}

/* What server_open does before there is data. */
static int open_bare(struct c18n_test *test, struct text *ret_why)
{
    struct server *server = &test->server;
    if (settings_make_state_dir(server, ret_why) != C18N_OK)
        return EXIT_SYSTEM_IO;
    if (metrics_new(server, &server->metrics) != C18N_OK)
        return EXIT_INTERNAL;
    if (timers_declare(test) != C18N_OK)
        return EXIT_INTERNAL;
    int code = loader_init(server->loader, ret_why);
    return code == 0 ? loader_start(server->loader, ret_why) : code;
}

/* The one event thread that requests begin on; server_close takes it apart. */
static int open_loop(struct server *server)
{
    server->loops = calloc(1, sizeof(struct loop *));
    if (!server->loops || !(server->loops[0] = loop_new(0)))
        return C18N_NO_MEMORY;
    int code = loop_start(server->loops[0]);
    server->loop_count = code == C18N_OK;
    return code;
}

static int open_whole(struct c18n_test *test, struct text *ret_why)
{
    struct server *server = &test->server;
    server->pool_threads = 1;
    int code = server_open(server, ret_why);
    if (code != 0)
        return code;
    const c18n_service *storage = loader_service(server->loader, "storage.v1");
    const c18n_storage *functions = storage->functions;
    test->reader = data_reader_open(server->data);
    if (!test->reader || functions->connect(storage->provider, C18N_STORE_READ, &test->store) != C18N_OK ||
        open_loop(server) != C18N_OK || live_start(server->live, &testhost_engine) != C18N_OK ||
        timers_declare(test) != C18N_OK) {
        text_add_text(ret_why, "The test host gets no reading connection or no thread.\n");
        return EXIT_INTERNAL;
    }
    settle(test);
    return 0;
}

static void close_test(struct c18n_test *test)
{
    const c18n_service *storage = test->store ? loader_service(test->server.loader, "storage.v1") : NULL;
    if (storage)
        ((const c18n_storage *)storage->functions)->disconnect(test->store);
    data_reader_close(test->reader);
    server_close(&test->server, 0);
    clients_free(test);
    log_change(C18N_LOG_NOTICE, LOG_TEXT);
    world_end();
    place_remove(test->work_folder);
    free(test->timers);
    arena_free(test->arena);
    free(test);
    opened = NULL;
}

static void say_why(const struct text *why, const char **ret_why)
{
    last_why = strndup(why->at ? why->at : "", why->length);
    if (ret_why)
        *ret_why = last_why ? last_why : "out of memory";
    else
        fprintf(stderr, "c18n test host: the modules can't be started\n%s", last_why ? last_why : "");
}

static struct c18n_test *make_test(const c18n_test_options *options)
{
    if (opened && opened->owner == getpid()) /* a child forgets its parent's */
        testhost_die("a process has one test host at a time");
    struct c18n_test *test = calloc(1, sizeof *test);
    struct arena *arena = test ? arena_new(0) : NULL;
    if (!arena)
        testhost_die("out of memory");
    test->owner = getpid();
    test->arena = arena;
    test->bare = options->bare != 0;
    test->logs = options->log != 0;
    make_folders(test, options->folder);
    return test;
}

static void begin_world(const struct c18n_test *test, const c18n_test_options *options)
{
    world_begin(options->now_ms, options->seed);
    logged_begin();
    logged_aloud(test->logs);
    faults_count_in(options->fail_in);
    faults_set(options->fail_nth, options->fail_code);
}

c18n_test *c18n_test_open(const c18n_test_options *options, const char **ret_why)
{
    struct text why;
    struct c18n_test *test = opened = make_test(options);
    free(last_why);
    last_why = NULL;
    text_init(&why, NULL, 0);
    begin_world(test, options);
    int code = load(test, options, &why);
    if (code == 0)
        code = test->bare ? open_bare(test, &why) : open_whole(test, &why);
    if (code != 0) {
        close_test(test);
        say_why(&why, ret_why);
        test = NULL;
    }
    text_free(&why);
    return test;
}

void c18n_test_close(c18n_test *test)
{
    if (test && test != opened)
        testhost_die("it is closed already");
    if (test)
        close_test(test);
}

const char *c18n_test_folder(c18n_test *test)
{
    return test->data_folder;
}
