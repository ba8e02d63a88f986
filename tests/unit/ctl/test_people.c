/* test_people.c: `user create` and `token`: arguments, passwords, exit codes, and what is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/platform.h"
#include "ctl/ctl_people.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h> /* after c18n/http.h: it makes a macro of the word fail */

#define USER "01890a5d-ac96-774b-bcce-b302099a8057"

/* --- what stands behind the commands --- */

static char fake_email[64], fake_username[64], fake_password[512], fake_roles[64], fake_event[128];
static int fake_create_code, fake_lookup_code, fake_write_code, fake_valid_code;
static uint32_t fake_active;
static struct auth_claims fake_signed;
static c18n_self fake_self = {.id = "users"};

static int fake_create(c18n_self *self, c18n_request *rq, const char *email, const char *username, const char *password,
                       const char *roles, char ret_id[37])
{
    assert_ptr_equal(self, &fake_self);
    assert_ptr_equal(request_of(rq)->head.self, &fake_self); /* so that its events are its own */
    snprintf(fake_email, sizeof fake_email, "%s", email);
    snprintf(fake_username, sizeof fake_username, "%s", username);
    snprintf(fake_password, sizeof fake_password, "%s", password);
    snprintf(fake_roles, sizeof fake_roles, "%s", roles);
    memcpy(ret_id, USER, sizeof USER);
    return fake_create_code;
}
static int fake_lookup(c18n_self *self, c18n_request *rq, const char *name, char ret_id[37])
{
    (void)self, (void)rq, (void)name;
    memcpy(ret_id, USER, sizeof USER);
    return fake_lookup_code;
}
static int fake_person(c18n_self *self, c18n_request *rq, const char *user, c18n_person *ret_person)
{
    (void)self, (void)rq, (void)user;
    *ret_person = (c18n_person){.roles = " user ", .generation = 7, .active = fake_active};
    return C18N_OK;
}
static const c18n_identity fake_identity = {sizeof fake_identity, fake_person, fake_lookup, fake_create};
static c18n_service fake_service = {&fake_identity, &fake_self};
static bool fake_has_identity;

const c18n_service *loader_service(const struct loader *loader, const char *service)
{
    (void)loader;
    return fake_has_identity && strcmp(service, "identity.v1") == 0 ? &fake_service : NULL;
}
int data_submit_wait(struct data *data, struct data_item *item)
{
    (void)data;
    int code = item->run(item);
    return code == C18N_OK ? fake_write_code : code;
}
int data_emit_host(struct request *request, const char *type, const char *topic, const char *resource, const char *key,
                   c18n_out *data)
{
    (void)request, (void)key, (void)data;
    snprintf(fake_event, sizeof fake_event, "%s %s %s", type, topic, resource);
    return C18N_OK;
}
void request_init_internal(struct request *request, struct server *server, struct arena *arena, c18n_self *self)
{
    *request = (struct request){.head = {.host = &server->host, .self = self}, .server = server, .arena = arena};
}
int api_validate(struct request *request, const c18n_table *fields, const c18n_doc *input, const char *allow_extra,
                 const c18n_doc **ret_doc)
{
    static struct request_error error = {"email", "must be an e-mail address", NULL};
    assert_int_equal(fields->count, 4);
    (void)allow_extra;
    *ret_doc = input;
    if (fake_valid_code != C18N_OK)
        request->errors = &error;
    return fake_valid_code;
}
const char *auth_sign(struct auth *auth, struct arena *arena, const struct auth_claims *claims)
{
    (void)auth;
    fake_signed = *claims;
    return arena_copy(arena, "a.b.c", 5);
}
int64_t auth_default_ttl(const struct auth *auth)
{
    return auth ? 1 : 604800;
}

static char said[2][2048]; /* standard output, standard error */
void ctl_say(int fd, const char *format, ...)
{
    va_list values;
    char *to = said[fd];
    size_t length = strlen(to);
    va_start(values, format);
    vsnprintf(to + length, sizeof said[0] - length, format, values);
    va_end(values);
}

/* --- running one --- */

static struct server server;

static int run(int (*command)(struct ctl_call *), const char *input, char *const *argv)
{
    int pipe_ends[2], argc = 0;
    while (argv[argc])
        argc++;
    assert_int_equal(pipe(pipe_ends), 0);
    assert_int_equal(write(pipe_ends[1], input, strlen(input)), strlen(input));
    close(pipe_ends[1]);
    memset(said, 0, sizeof said);
    memset(fake_password, 0, sizeof fake_password);
    fake_event[0] = '\0';
    struct ctl_call call = {
        .server = &server, .argc = argc, .argv = (char **)(uintptr_t)argv, .in = pipe_ends[0], .out = 0, .error = 1};
    int code = command(&call);
    close(pipe_ends[0]);
    return code;
}
#define RUN(command, input, ...) run((command), (input), (char *const[]){__VA_ARGS__, NULL})
#define CREATE(input, ...)                                                                                             \
    RUN(ctl_user, (input), "user", "create", "--email", "ann@example.org", "--username", "ann", __VA_ARGS__)

static int reset(void **state)
{
    (void)state;
    server.host.json = &json_family;
    fake_create_code = fake_lookup_code = fake_write_code = fake_valid_code = C18N_OK;
    fake_active = 1;
    fake_has_identity = true;
    return 0;
}

static void test_create(void **state)
{
    (void)state;
    assert_int_equal(CREATE("correct horse\n", "--password-stdin", "--role", "admin", "--role", "moderator"), 0);
    assert_string_equal(fake_email, "ann@example.org");
    assert_string_equal(fake_username, "ann");
    assert_string_equal(fake_password, "correct horse");
    assert_string_equal(fake_roles, "admin moderator user");
    assert_string_equal(said[0], "created " USER " ann@example.org\n");
    assert_string_equal(said[1], "");
    assert_int_equal(CREATE("no line end", "--password-stdin", "--role", "user"), 0);
    assert_string_equal(fake_password, "no line end");
    assert_string_equal(fake_roles, "user");
    assert_int_equal(CREATE("dos line\r\nnext\n", "--password-stdin"), 0);
    assert_string_equal(fake_password, "dos line");
}

static void test_generated_password(void **state)
{
    char first[64];
    (void)state;
    assert_int_equal(RUN(ctl_user, "", "user", "create", "--email", "a@b", "--username", "a"), 0);
    assert_int_equal(strlen(fake_password), 20);
    snprintf(first, sizeof first, "%.40s\n", fake_password);
    assert_string_equal(strstr(said[0], "password ") + 9, first);
    assert_int_equal(RUN(ctl_user, "", "user", "create", "--email", "a@b", "--username", "a"), 0);
    assert_null(strstr(first, fake_password)); /* another one each time */
}

static void test_create_refused(void **state)
{
    char longest[512];
    (void)state;
    memset(longest, 'p', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(CREATE(longest, "--password-stdin"), EXIT_DATA);
    assert_string_equal(fake_password, "");
    fake_valid_code = C18N_INVALID;
    assert_int_equal(CREATE("correct horse\n", "--password-stdin"), EXIT_DATA);
    assert_string_equal(said[1], "user: email: must be an e-mail address\n");
    assert_string_equal(fake_password, "");
    fake_valid_code = C18N_OK;
    fake_create_code = C18N_CONFLICT;
    assert_int_equal(CREATE("correct horse\n", "--password-stdin"), EXIT_DATA);
    assert_string_equal(said[1], "user: there is one already\n");
    assert_string_equal(said[0], ""); /* no password is shown for an account that isn't there */
    fake_create_code = C18N_OK;
    fake_write_code = C18N_NO_SPACE;
    assert_int_equal(CREATE("correct horse\n", "--password-stdin"), EXIT_SYSTEM_IO);
    fake_write_code = C18N_UNAVAILABLE;
    assert_int_equal(CREATE("correct horse\n", "--password-stdin"), EXIT_NO_SERVICE);
    fake_write_code = C18N_ERROR;
    assert_int_equal(CREATE("correct horse\n", "--password-stdin"), EXIT_INTERNAL);
    fake_has_identity = false;
    assert_int_equal(CREATE("correct horse\n", "--password-stdin"), EXIT_NO_SERVICE);
}

static void test_usage(void **state)
{
    (void)state;
    assert_int_equal(RUN(ctl_user, "", "user"), EXIT_USAGE);
    assert_int_equal(RUN(ctl_user, "", "user", "delete"), EXIT_USAGE);
    assert_int_equal(RUN(ctl_user, "", "user", "create"), EXIT_USAGE);
    assert_int_equal(RUN(ctl_user, "", "user", "create", "--email", "a@b"), EXIT_USAGE);
    assert_int_equal(RUN(ctl_user, "", "user", "create", "--email"), EXIT_USAGE);
    assert_int_equal(CREATE("", "--email", "twice@example.org"), EXIT_USAGE);
    assert_int_equal(CREATE("", "--password-stdin", "--password-stdin"), EXIT_USAGE);
    assert_int_equal(CREATE("", "--password", "secret"), EXIT_USAGE); /* never on a command line */
    assert_int_equal(CREATE("", "stray"), EXIT_USAGE);
    assert_int_equal(RUN(ctl_token, "", "token"), EXIT_USAGE);
    assert_int_equal(RUN(ctl_token, "", "token", "--ttl", "1h"), EXIT_USAGE);
}

static void test_token(void **state)
{
    static const struct {
        const char *ttl;
        int64_t seconds;
    } rows[] = {
        {"3600", 3600}, {"90s", 90},  {"30m", 1800},     {"1h", 3600}, {"7d", 604800}, {"366d", 366 * 86400},
        {"0", 0},       {"367d", 0},  {"-1h", 0},        {"1w", 0},    {"1H", 0},      {"h", 0},
        {"", 0},        {"1h30m", 0}, {"9999999999", 0}, {"1.5h", 0},  {" 1h", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int code = RUN(ctl_token, "", "token", "--user", "ann@example.org", "--ttl", (char *)(uintptr_t)rows[i].ttl);
        if (code != (rows[i].seconds ? 0 : EXIT_USAGE))
            fail_msg("--ttl '%s': %d", rows[i].ttl, code);
        if (rows[i].seconds)
            assert_int_equal(fake_signed.expires - fake_signed.issued, rows[i].seconds);
    }
    assert_int_equal(RUN(ctl_token, "", "token", "--user", "ann@example.org"), 0);
    assert_string_equal(said[0], "a.b.c\n");
    assert_string_equal(fake_event, "audit.token_issued access " USER); /* on record */
    assert_string_equal(fake_signed.user, USER);
    assert_string_equal(fake_signed.on_behalf_of, "");
    assert_int_equal(fake_signed.generation, 7);
    assert_int_equal(fake_signed.expires - fake_signed.issued, 604800);
    assert_int_equal(strlen(fake_signed.session), 36);
}

static void test_token_refused(void **state)
{
    (void)state;
    fake_lookup_code = C18N_NOT_FOUND;
    assert_int_equal(RUN(ctl_token, "", "token", "--user", "nobody"), EXIT_DATA);
    assert_string_equal(said[1], "token: there is no such person\n");
    fake_lookup_code = C18N_OK;
    fake_active = 0;
    assert_int_equal(RUN(ctl_token, "", "token", "--user", "ann"), EXIT_DATA);
    assert_string_equal(said[0], "");
    fake_active = 1;
    fake_write_code = C18N_IO; /* what isn't on record isn't handed out */
    assert_int_equal(RUN(ctl_token, "", "token", "--user", "ann"), EXIT_SYSTEM_IO);
    assert_string_equal(said[0], "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_create, reset),         cmocka_unit_test_setup(test_generated_password, reset),
        cmocka_unit_test_setup(test_create_refused, reset), cmocka_unit_test_setup(test_usage, reset),
        cmocka_unit_test_setup(test_token, reset),          cmocka_unit_test_setup(test_token_refused, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
