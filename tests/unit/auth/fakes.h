/* fakes.h: what auth needs of the rest of core, small enough to see through. Each test program includes it once. */
#ifndef AUTH_TEST_FAKES_H
#define AUTH_TEST_FAKES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "api/api.h"
#include "auth/cookie.h"
#include "auth/csrf.h"
#include "auth/parts.h"
#include "auth/revocation.h"
#include "auth/token.h"
#include "base/codec.h"
#include "base/json.h"
#include "boot/server.h"
#include "c18n/audit.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h> /* after c18n/http.h: it makes a macro of the word fail */

#define USER          "01890a5d-ac96-774b-bcce-b302099a8057"
#define ADMIN         "01890a5d-ac96-774b-bcce-b302099a8058"
#define SESSION       "01890a5d-ac96-774b-bcce-b302099a8059"
#define OTHER_SESSION "01890a5d-ac96-774b-bcce-b302099a805a"

/* --- time: moves only when a test says so --- */

static int64_t fake_ms;
static struct platform fake_platform;
static int64_t fake_wall(void)
{
    return fake_ms;
}
static int64_t fake_monotonic(void)
{
    return fake_ms * 1000;
}
static inline int64_t fake_now(void)
{
    return fake_ms / 1000;
}

/* --- settings --- */

static int64_t fake_rate_limit, fake_ttl = 604800;
static const char *fake_secret_file = "";
static const char *fake_origins[] = {"https://app.example.org"};
static char fake_complaint[512];

const char *conf_text(const struct conf_section *section, const char *key)
{
    (void)section;
    return strcmp(key, "secret_file") == 0 ? fake_secret_file : "";
}
int64_t conf_integer(const struct conf_section *section, const char *key)
{
    (void)section;
    return strcmp(key, "rate_limit") == 0 ? fake_rate_limit : strcmp(key, "token_ttl") == 0 ? fake_ttl : 0;
}
size_t conf_list(const struct conf_section *section, const char *key, const char *const **ret_items)
{
    (void)section;
    *ret_items = fake_origins;
    return strcmp(key, "origins") == 0;
}
void conf_complain(struct conf *conf, const char *section, const char *key, const char *what)
{
    (void)conf;
    snprintf(fake_complaint, sizeof fake_complaint, "%s.%s: %s", section, key, what);
}

/* --- services, loops, HTTP --- */

static c18n_service fake_identity_service, fake_cache_service;
static bool fake_has_cache;

const c18n_service *loader_service(const struct loader *loader, const char *service)
{
    (void)loader;
    if (strcmp(service, "identity.v1") == 0)
        return &fake_identity_service;
    return fake_has_cache && strcmp(service, "cache.v1") == 0 ? &fake_cache_service : NULL;
}
static bool fake_on_loop;
struct loop *loop_here(void)
{
    return fake_on_loop ? (struct loop *)(void *)&fake_on_loop : NULL;
}
unsigned loop_number(const struct loop *loop)
{
    return loop ? 0 : 1;
}

const char *http_find_header(const struct http_request *request, const char *lower_name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcmp(request->headers[i].name, lower_name) == 0)
            return request->headers[i].value;
    return NULL;
}

/* --- people --- */

struct fake_person {
    const char *id, *roles;
    int64_t generation;
    uint32_t active;
    int asked;
};
static struct fake_person fake_people[] = {{USER, " user ", 3, 1, 0}, {ADMIN, " admin user ", 1, 1, 0}};
static int fake_person_code;
static void (*fake_while_reading)(void); /* what happens between the read and its end */
static c18n_self fake_identity_self;

static int fake_person_read(c18n_self *self, c18n_request *rq, const char *user, c18n_person *ret_person)
{
    assert_ptr_equal(self, &fake_identity_self);
    assert_ptr_equal(request_of(rq)->head.self, &fake_identity_self);
    if (fake_person_code != C18N_OK)
        return fake_person_code;
    for (size_t i = 0; i < sizeof fake_people / sizeof *fake_people; i++) {
        struct fake_person *person = &fake_people[i];
        if (strcmp(person->id, user) != 0)
            continue;
        person->asked++;
        *ret_person = (c18n_person){.roles = person->roles, .generation = person->generation, .active = person->active};
        if (fake_while_reading)
            fake_while_reading();
        return C18N_OK;
    }
    return C18N_NOT_FOUND;
}
static const c18n_identity fake_identity = {.size = sizeof fake_identity, .person = fake_person_read};

/* --- data: one table of text --- */

static struct fake_row {
    char key[64], value[32];
} fake_rows[256];
static size_t fake_row_count;
static char fake_event[256];
static int fake_emit_code;

int data_host_put(struct request *request, const char *table, const char *key, c18n_bytes value)
{
    (void)request;
    assert_string_equal(table, "revoked");
    struct fake_row *row = &fake_rows[fake_row_count++];
    snprintf(row->key, sizeof row->key, "%s", key);
    snprintf(row->value, sizeof row->value, "%.*s", (int)value.length, (const char *)value.at);
    return C18N_OK;
}
int data_host_get(struct request *request, const char *table, const char *key, c18n_bytes *ret_value)
{
    (void)request;
    assert_string_equal(table, "revoked");
    for (size_t i = 0; i < fake_row_count; i++)
        if (strcmp(fake_rows[i].key, key) == 0) {
            *ret_value = (c18n_bytes){fake_rows[i].value, strlen(fake_rows[i].value)};
            return C18N_OK;
        }
    return C18N_NOT_FOUND;
}
int data_host_remove(struct request *request, const char *table, const char *key)
{
    (void)request, (void)table;
    for (size_t i = 0; i < fake_row_count; i++)
        if (strcmp(fake_rows[i].key, key) == 0)
            fake_rows[i--] = fake_rows[--fake_row_count];
    return C18N_OK;
}
int data_host_scan(struct request *request, const char *table, c18n_store_row row, void *arg)
{
    (void)request, (void)table;
    int code = C18N_OK;
    for (size_t i = 0; i < fake_row_count && code == C18N_OK; i++)
        code = row(arg, (c18n_bytes){fake_rows[i].key, strlen(fake_rows[i].key)},
                   (c18n_bytes){fake_rows[i].value, strlen(fake_rows[i].value)});
    return code == C18N_AGAIN ? C18N_OK : code;
}
int data_emit_host(struct request *request, const char *type, const char *topic, const char *resource, const char *key,
                   c18n_out *data)
{
    (void)request;
    const c18n_doc *doc = c18n_out_finish(data);
    snprintf(fake_event, sizeof fake_event, "%s %s %s %s %.*s", type, topic, resource, key, (int)doc->length,
             doc->text);
    return fake_emit_code;
}
struct data_reader *data_reader_open(struct data *data)
{
    return (struct data_reader *)(void *)data;
}
void data_reader_close(struct data_reader *reader)
{
    (void)reader;
}
int data_read_begin(struct data_reader *reader, struct request *request)
{
    return reader && request ? C18N_OK : C18N_ERROR;
}
void data_read_end(struct data_reader *reader, struct request *request)
{
    (void)reader, (void)request;
}

void request_init_internal(struct request *request, struct server *server, struct arena *arena, c18n_self *self)
{
    *request = (struct request){.head = {.host = &server->host, .self = self}, .server = server, .arena = arena};
}

/* --- one server, one request --- */

static int fake_audits;
static char fake_audit[256];
static void fake_note(c18n_request *rq, const char *action, const char *resource, const char *detail)
{
    (void)rq, (void)resource;
    fake_audits++;
    snprintf(fake_audit, sizeof fake_audit, "%s: %s", action, detail);
}
static const c18n_audit_family fake_audit_family = {.note = fake_note};

struct fixture {
    struct server server;
    struct auth *auth;
    struct arena *arena;
    struct http_request http;
    struct http_header headers[16];
    struct request request;
    struct route route;
    char folder[64];
};

static inline void fixture_request(struct fixture *fixture)
{
    arena_reset(fixture->arena);
    fixture->http = (struct http_request){
        .arena = fixture->arena, .method = "GET", .address = "127.0.0.1", .headers = fixture->headers};
    fixture->route = (struct route){.run = C18N_CLASS_READ};
    fixture->request = (struct request){.head = {.host = &fixture->server.host},
                                        .server = &fixture->server,
                                        .arena = fixture->arena,
                                        .http = &fixture->http,
                                        .route = &fixture->route,
                                        .request_id = "r1",
                                        .caller = {.user = "", .roles = "", .session = "", .token = ""}};
}

static inline void fixture_header(struct fixture *fixture, const char *name, const char *value)
{
    fixture->headers[fixture->http.header_count++] = (struct http_header){name, value};
}

static inline int fixture_open(void **state)
{
    static struct fixture fixture;
    struct text why;
    fake_platform = platform_system;
    fake_platform.wall_ms = fake_wall;
    fake_platform.monotonic_us = fake_monotonic;
    platform = &fake_platform;
    fake_ms = INT64_C(1800000000) * 1000;
    fake_identity_service = (c18n_service){&fake_identity, &fake_identity_self};
    fixture = (struct fixture){0};
    fixture.server.host = (c18n_host){.audit = &fake_audit_family, .json = &json_family, .mem = &mem_family};
    fixture.server.public_url = strdup("http://127.0.0.1:8080");
    snprintf(fixture.folder, sizeof fixture.folder, "/tmp/c18n-auth-XXXXXX");
    assert_non_null(mkdtemp(fixture.folder));
    fixture.server.state_dir = fixture.folder;
    fixture.arena = arena_new(1 << 20);
    text_init(&why, NULL, 0);
    int code = auth_open(&fixture.server, NULL, &fixture.auth, &why);
    if (code != C18N_OK)
        fprintf(stderr, "auth_open: %d %s\n", code, text_end(&why));
    text_free(&why);
    fixture.server.auth = fixture.auth;
    fixture_request(&fixture);
    fake_row_count = 0;
    fake_audits = 0;
    fake_rate_limit = 0;
    fake_has_cache = fake_on_loop = false;
    fake_person_code = fake_emit_code = C18N_OK;
    fake_while_reading = NULL;
    fake_people[0] = (struct fake_person){USER, " user ", 3, 1, 0};
    fake_people[1] = (struct fake_person){ADMIN, " admin user ", 1, 1, 0};
    *state = &fixture;
    return code;
}

static inline int fixture_close(void **state)
{
    struct fixture *fixture = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/auth.secret", fixture->folder);
    unlink(path);
    rmdir(fixture->folder);
    auth_close(fixture->auth);
    arena_free(fixture->arena);
    free(fixture->server.public_url);
    platform = &platform_system;
    return 0;
}

static inline struct auth_claims fixture_claims(void)
{
    struct auth_claims claims = {
        .user = USER, .session = SESSION, .generation = 3, .issued = fake_now(), .expires = fake_now() + 3600};
    return claims;
}

/* A token of this server. On the heap of the process, freed by the arena's end. */
static inline const char *fixture_token(struct fixture *fixture, const struct auth_claims *claims)
{
    const char *token = auth_sign(fixture->auth, fixture->arena, claims);
    assert_non_null(token);
    return token;
}

static inline void fixture_bearer(struct fixture *fixture, const struct auth_claims *claims)
{
    fixture_header(fixture, "authorization", arena_print(fixture->arena, "Bearer %s", fixture_token(fixture, claims)));
}

#define FIXTURE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

#endif
