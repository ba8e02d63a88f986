/* ctl_token.c: `token --user EMAIL [--ttl 1h]` prints a token to act as somebody. Whoever may run it holds the server's
 * secret anyway; the history tells of it all the same. */
#include "base/codec.h"
#include "base/platform.h"
#include "base/uuid.h"
#include "ctl/ctl_people.h"

#include <string.h>

enum { TOKEN_ROOM = 4096, TTL_DIGITS_MOST = 9, TTL_MOST_S = 366 * 86400 };

struct token_make {
    const char *user;
    int64_t ttl_s; /* 0: auth.token_ttl */
    char token[TOKEN_ROOM];
};

/* "3600", "90s", "30m", "1h", "7d". */
static bool ttl_parse(const char *text, int64_t *ret_seconds)
{
    static const struct {
        const char *unit;
        int64_t seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    char digits[TTL_DIGITS_MOST + 1] = "";
    int64_t number;
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length > TTL_DIGITS_MOST)
        return false;
    memcpy(digits, text, length);
    if (!codec_integer(digits, &number))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(text + length, units[i].unit) != 0)
            continue;
        *ret_seconds = number * units[i].seconds;
        return *ret_seconds > 0 && *ret_seconds <= TTL_MOST_S;
    }
    return false;
}

static int token_claims(struct ctl_people *people, const struct token_make *make, struct auth_claims *ret_claims)
{
    c18n_person person;
    c18n_request *rq = request_pub(&people->request);
    int64_t ttl_s = make->ttl_s > 0 ? make->ttl_s : auth_default_ttl(people->call->server->auth);
    *ret_claims = (struct auth_claims){.issued = platform_wall_ms() / 1000};
    int code = people->identity->lookup(people->self, rq, make->user, ret_claims->user);
    if (code == C18N_OK)
        code = people->identity->person(people->self, rq, ret_claims->user, &person);
    if (code != C18N_OK)
        return code;
    if (!person.active)
        return C18N_GONE; /* nobody would take its token */
    uuid_new_text(0, ret_claims->session);
    ret_claims->generation = person.generation;
    ret_claims->expires = ret_claims->issued + ttl_s;
    return C18N_OK;
}

static int token_record(struct ctl_people *people, const struct auth_claims *claims)
{
    c18n_out *out = c18n_out_new(request_pub(&people->request));
    c18n_out_text(out, "session", claims->session);
    c18n_out_integer(out, "expires", claims->expires);
    return data_emit_host(&people->request, "audit.token_issued", "access", claims->user, NULL, out);
}

static int token_work(struct ctl_people *people, void *arg)
{
    struct token_make *make = arg;
    struct auth_claims claims;
    int code = token_claims(people, make, &claims);
    if (code == C18N_OK)
        code = token_record(people, &claims);
    if (code != C18N_OK)
        return code;
    const char *token = auth_sign(people->call->server->auth, people->request.arena, &claims);
    if (!token)
        return C18N_NO_MEMORY;
    size_t length = strlen(token);
    if (length >= sizeof make->token)
        return C18N_TOO_LARGE;
    memcpy(make->token, token, length + 1);
    return C18N_OK;
}

int ctl_token(struct ctl_call *call)
{
    const char *ttl = NULL;
    struct token_make make = {.ttl_s = 0};
    struct ctl_option options[] = {
        {.name = "--user", .values = &make.user, .most = 1},
        {.name = "--ttl", .values = &ttl, .most = 1},
    };
    if (!ctl_options(call, 1, options, sizeof options / sizeof *options))
        return EXIT_USAGE;
    if (!make.user) {
        ctl_say(call->error, "token: --user EMAIL [--ttl 1h]\n");
        return EXIT_USAGE;
    }
    if (ttl && !ttl_parse(ttl, &make.ttl_s)) {
        ctl_say(call->error, "token: --ttl must be like 90s, 30m, 1h or 7d, at most 366d\n");
        return EXIT_USAGE;
    }
    int exit_code = ctl_people_run(call, token_work, &make);
    if (exit_code == 0)
        ctl_say(call->out, "%s\n", make.token);
    return exit_code;
}
