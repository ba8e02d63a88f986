/* ctl_user.c: `user create --email E --username N [--password-stdin] [--role R]…` */
#include "base/json.h"
#include "base/platform.h"
#include "ctl/ctl_people.h"

#include <sodium.h>
#include <string.h>

enum { ROLES_MOST = 8, PASSWORD_MOST = 256, GENERATED_BYTES = 15 };

struct user_create {
    const char *email, *username, *roles[ROLES_MOST];
    size_t role_count;
    char password[PASSWORD_MOST + 3]; /* and a line end */
    char id[37];
};

/* The rules of a new account, as POST /users/new has them. */
static const c18n_field user_fields[] = {
    C18N_TEXT("email", C18N_REQUIRED, .max = 254, .format = "email"),
    C18N_TEXT("username", C18N_REQUIRED, .min = 1, .max = 64, .format = "username"),
    C18N_TEXT("password", C18N_REQUIRED | C18N_SECRET, .min = 8, .max = PASSWORD_MOST),
    C18N_TEXTS("roles", C18N_REQUIRED, .choices = "user admin analytics moderator premium api_developer"),
};

/* --- the password --- */

/* A line of standard input, without its end. False: too long, or the descriptor fails. */
static bool password_read(int fd, char *ret_password, size_t room)
{
    size_t length = 0;
    while (length < room && !memchr(ret_password, '\n', length)) {
        ssize_t count = platform->read(fd, ret_password + length, room - length);
        if (count < 0)
            return false;
        if (count == 0)
            break;
        length += (size_t)count;
    }
    if (length == room)
        return false;
    ret_password[length] = '\0';
    ret_password[strcspn(ret_password, "\r\n")] = '\0';
    return true;
}

/* 120 bits, in characters that survive a terminal and a shell. */
static void password_make(char *ret_password, size_t room)
{
    unsigned char bytes[GENERATED_BYTES];
    platform_random(bytes, sizeof bytes);
    sodium_bin2base64(ret_password, room, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof bytes);
}

/* --- the transaction --- */

static int user_validate(struct request *request, const struct user_create *create)
{
    static const c18n_table fields = C18N_ALL(user_fields);
    const c18n_doc *judged;
    c18n_out *out = c18n_out_new(request_pub(request));
    c18n_out_text(out, "email", create->email);
    c18n_out_text(out, "username", create->username);
    c18n_out_text(out, "password", create->password);
    c18n_out_begin(out, "roles", '[');
    for (size_t i = 0; i < create->role_count; i++)
        c18n_out_text(out, NULL, create->roles[i]);
    c18n_out_end(out);
    const c18n_doc *account = c18n_out_finish(out);
    return account ? api_validate(request, &fields, account, NULL, &judged) : C18N_NO_MEMORY;
}

static int user_create_work(struct ctl_people *people, void *arg)
{
    struct user_create *create = arg;
    struct text roles;
    int code = user_validate(&people->request, create);
    if (code != C18N_OK)
        return code;
    text_init(&roles, people->request.arena, 0);
    for (size_t i = 0; i < create->role_count; i++)
        text_print(&roles, i == 0 ? "%s" : " %s", create->roles[i]);
    const char *words = text_end(&roles);
    if (roles.failed)
        return C18N_NO_MEMORY;
    return people->identity->create(people->self, request_pub(&people->request), create->email, create->username,
                                    create->password, words, create->id);
}

static bool role_is_given(const struct user_create *create, const char *role)
{
    for (size_t i = 0; i < create->role_count; i++)
        if (strcmp(create->roles[i], role) == 0)
            return true;
    return false;
}

/* --- the command --- */

static int user_create_run(struct ctl_call *call, struct user_create *create, bool from_stdin)
{
    if (!role_is_given(create, "user") && create->role_count < ROLES_MOST)
        create->roles[create->role_count++] = "user"; /* everybody has it */
    if (!from_stdin) {
        password_make(create->password, sizeof create->password);
    } else if (!password_read(call->in, create->password, sizeof create->password)) {
        ctl_say(call->error, "user: the password must be one line of at most %d bytes on standard input\n",
                PASSWORD_MOST);
        return EXIT_DATA;
    }
    int exit_code = ctl_people_run(call, user_create_work, create);
    if (exit_code == 0)
        ctl_say(call->out, "created %s %s\n", create->id, create->email);
    if (exit_code == 0 && !from_stdin)
        ctl_say(call->out, "password %s\n", create->password); /* this once: only its hash is kept */
    return exit_code;
}

static int user_create(struct ctl_call *call)
{
    struct user_create create = {.role_count = 0};
    struct ctl_option options[] = {
        {.name = "--email", .values = &create.email, .most = 1},
        {.name = "--username", .values = &create.username, .most = 1},
        {.name = "--role", .values = create.roles, .most = ROLES_MOST},
        {.name = "--password-stdin"},
    };
    if (!ctl_options(call, 2, options, sizeof options / sizeof *options))
        return EXIT_USAGE;
    if (!create.email || !create.username) {
        ctl_say(call->error, "user: --email and --username are needed\n");
        return EXIT_USAGE;
    }
    create.role_count = options[2].count;
    int exit_code = user_create_run(call, &create, options[3].count > 0);
    sodium_memzero(create.password, sizeof create.password);
    return exit_code;
}

int ctl_user(struct ctl_call *call)
{
    if (call->argc >= 2 && strcmp(call->argv[1], "create") == 0)
        return user_create(call);
    ctl_say(call->error, "user: create --email E --username N [--password-stdin] [--role R]...\n");
    return EXIT_USAGE;
}
