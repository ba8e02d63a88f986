/* in_process.c: the server, its clock, its people, and looking at what it stored. Asking it: in_process_ask.c. */
#include "in_process.h"

#include "base/platform.h"
#include "base/uuid.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { START_S = 1800000000, TOKEN_S = 366 * 86400 };

static struct {
    struct server server;
    struct arena *arena;
    struct data_reader *reader;
    char folder[64];
} site;

const struct person nobody = {.token = NULL};

/* --- time: the wall moves by hand; the monotonic clock stands, so that nothing is done because time passed --- */

static int64_t now_ms = START_S * INT64_C(1000); /* atomic: the writer's thread reads it too */

static int64_t wall_ms(void)
{
    return __atomic_load_n(&now_ms, __ATOMIC_RELAXED);
}
static int64_t monotonic_us(void)
{
    return INT64_C(3600000000);
}

int64_t clock_now(void)
{
    return wall_ms() / 1000;
}
void clock_move(int64_t seconds)
{
    __atomic_add_fetch(&now_ms, seconds * 1000, __ATOMIC_RELAXED);
}

/* --- the server --- */

static const char modules[] = "core { log_level = error }\n"
                              "storage_sqlite { }\nbus_local { }\ncache_memory { }\nindex_fts { }\n"
                              "users {\npassword_memory = 8\npassword_passes = 1\n}\ncommunities { }\nposts { }\n";

static void start(void)
{
    struct text why;
    const char *conf = arena_print(site.arena, "%s/conf.d", site.folder);
    const char *const sets[] = {arena_print(site.arena, "core.state_dir=%s/state", site.folder),
                                "core.module_dir=" MODULE_FOLDER};
    const struct server_options options = {.conf_dir = conf, .sets = sets, .set_count = 2};
    text_init(&why, site.arena, 0);
    if (server_load(&site.server, &options, &why) != 0 || server_open(&site.server, &why) != 0)
        fail_msg("%s", text_end(&why));
    site.reader = data_reader_open(site.server.data);
    assert_non_null(site.reader);
}

int site_open(void **state)
{
    static struct platform moved;
    (void)state;
    moved = platform_system;
    moved.wall_ms = wall_ms;
    moved.monotonic_us = monotonic_us;
    platform = &moved;
    site.arena = arena_new(0);
    memcpy(site.folder, "/tmp/c18n-test-XXXXXX", sizeof "/tmp/c18n-test-XXXXXX");
    assert_non_null(mkdtemp(site.folder));
    const char *conf = arena_print(site.arena, "%s/conf.d", site.folder);
    assert_int_equal(mkdir(conf, 0700), 0);
    const char *file = arena_print(site.arena, "%s/00-site.conf", conf);
    assert_int_equal(platform_replace_file(file, modules, sizeof modules - 1, 0600), C18N_OK);
    start();
    return 0;
}

int site_close(void **state)
{
    (void)state;
    data_reader_close(site.reader);
    server_close(&site.server, 0);
    const char *remove = arena_print(site.arena, "rm -rf '%s'", site.folder);
    int code = system(remove);
    arena_free(site.arena);
    platform = &platform_system;
    return code;
}

struct server *site_server(void)
{
    return &site.server;
}
struct arena *site_arena(void)
{
    return site.arena;
}

const char *json(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *text = arena_vprint(site.arena, format, values);
    va_end(values);
    for (char *quote = text; (quote = strchr(quote, '\''));)
        *quote = '"';
    return text;
}

/* --- transactions and snapshots --- */

struct request *request_of_host(c18n_self *self)
{
    struct request *request = arena_alloc(site.arena, sizeof *request);
    request_init_internal(request, &site.server, site.arena, self);
    return request;
}

struct turn {
    struct data_item item; /* first */
    int (*work)(c18n_request *rq, void *arg);
    void *arg;
    int code;
};

static int turn_run(struct data_item *item)
{
    struct turn *turn = (struct turn *)(void *)item;
    return turn->work(request_pub(item->request), turn->arg);
}

static void turn_done(struct data_item *item, int code)
{
    ((struct turn *)(void *)item)->code = code;
}

int in_transaction(struct request *request, int (*work)(c18n_request *rq, void *arg), void *arg)
{
    struct turn turn = {.item = {.request = request, .run = turn_run, .done = turn_done}, .work = work, .arg = arg};
    int code = data_submit_wait(site.server.data, &turn.item);
    return code == C18N_OK ? turn.code : code;
}

int in_snapshot(struct request *request, int (*work)(c18n_request *rq, void *arg), void *arg)
{
    assert_int_equal(data_read_begin(site.reader, request), C18N_OK);
    int code = work(request_pub(request), arg);
    data_read_end(site.reader, request);
    return code;
}

/* --- people --- */

struct account {
    const char *name, *roles;
    struct person *person;
};

static int create(c18n_request *rq, void *arg)
{
    const struct account *account = arg;
    const c18n_service *service = loader_service(site.server.loader, "identity.v1");
    const c18n_identity *identity = service->functions;
    request_of(rq)->head.self = service->provider;
    return identity->create(service->provider, rq, json("%s@example.org", account->name), account->name, NULL,
                            account->roles, account->person->id);
}

void person_sign(struct person *person)
{
    struct auth_claims claims = {.issued = clock_now(), .expires = clock_now() + TOKEN_S};
    claims.generation = c18n_integer(record("users", person->id), "generation", 0);
    memcpy(claims.user, person->id, sizeof claims.user);
    uuid_new_text(0, claims.session);
    person->token = auth_sign(site.server.auth, site.arena, &claims);
    assert_non_null(person->token);
}

struct person person_new(const char *name, const char *roles)
{
    struct person person = nobody;
    struct account account = {name, roles, &person};
    assert_int_equal(in_transaction(request_of_host(NULL), create, &account), C18N_OK);
    person_sign(&person);
    return person;
}

/* --- looking at what is stored --- */

struct look {
    const char *view, *id;
    const c18n_doc *found;
};

static int look_up(c18n_request *rq, void *arg)
{
    struct look *look = arg;
    int code = c18n_get(rq, look->view, look->id, &look->found);
    return code == C18N_GONE || code == C18N_NOT_FOUND ? C18N_OK : code;
}

const c18n_doc *record(const char *view, const char *id)
{
    struct look look = {.view = view, .id = id};
    assert_int_equal(in_snapshot(request_of_host(NULL), look_up, &look), C18N_OK);
    return look.found;
}

/* With SQLite itself, past the host: as somebody would who got hold of the file. */
int history_shows(const char *words)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    const char *sql = "SELECT count(*) FROM history WHERE instr(CAST(data AS TEXT) || actor || resource || key, ?)";
    const char *path = arena_print(site.arena, "%s/state/c18n.db", site.folder);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_bind_text(statement, 1, words, -1, SQLITE_STATIC), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return count;
}

bool views_come_out_the_same(void)
{
    uint8_t before[32], after[32];
    uint64_t events;
    assert_int_equal(data_views_digest(site.server.data, before), C18N_OK);
    assert_int_equal(data_replay(site.server.data, NULL, NULL, &events), C18N_OK);
    assert_int_equal(data_views_digest(site.server.data, after), C18N_OK);
    return events > 0 && memcmp(before, after, sizeof before) == 0;
}
