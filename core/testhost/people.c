/* people.c: a test's people, made by whoever provides identity.v1. */
#include "testhost/inside.h"

#include "base/crumb.h"
#include "base/uuid.h"

#include <string.h>

enum { TOKEN_S = 366 * 86400 };

struct account {
    struct c18n_test *test;
    const c18n_service *identity;
    const char *name, *roles;
    c18n_test_person *person;
    int64_t generation;
};

static int create(c18n_request *rq, void *arg)
{
    const struct account *account = arg;
    const c18n_identity *functions = account->identity->functions;
    c18n_self *provider = account->identity->provider;
    request_of(rq)->head.self = provider; /* the host asks: what is emitted is the provider's */
    crumb_enter(provider->id, "service", "identity.v1");
    int code = functions->create(provider, rq, c18n_test_json(account->test, "%s@example.org", account->name),
                                 account->name, NULL, account->roles, account->person->id);
    crumb_leave();
    return code;
}

static int look_up(c18n_request *rq, void *arg)
{
    struct account *account = arg;
    const c18n_identity *functions = account->identity->functions;
    c18n_self *provider = account->identity->provider;
    c18n_person person = {.generation = 0};
    crumb_enter(provider->id, "service", "identity.v1");
    int code = functions->person(provider, rq, account->person->id, &person);
    crumb_leave();
    account->generation = person.generation;
    return code;
}

static struct account account_of(c18n_test *test, c18n_test_person *person)
{
    const c18n_service *identity = loader_service(test->server.loader, "identity.v1");
    if (!identity)
        testhost_die("no module knows people: a bare host has none");
    return (struct account){.test = test, .identity = identity, .person = person};
}

void c18n_test_person_sign(c18n_test *test, c18n_test_person *person)
{
    struct account account = account_of(test, person);
    int code = testhost_read(test, testhost_request(test, NULL), look_up, &account);
    if (code != C18N_OK)
        testhost_die("nobody has the id %s (%d)", person->id, code);
    struct auth_claims claims = {
        .generation = account.generation, .issued = c18n_test_now(test), .expires = c18n_test_now(test) + TOKEN_S};
    memcpy(claims.user, person->id, sizeof claims.user);
    uuid_new_text(0, claims.session);
    person->token = auth_sign(test->server.auth, test->arena, &claims);
}

c18n_test_person c18n_test_person_new(c18n_test *test, const char *name, const char *roles)
{
    c18n_test_person person = {.token = NULL};
    struct account account = account_of(test, &person);
    account.name = name;
    account.roles = roles;
    int code = testhost_write(test, testhost_request(test, NULL), create, &account);
    if (code != C18N_OK)
        testhost_die("the person %s can't be made (%d): is the name taken?", name, code);
    c18n_test_person_sign(test, &person);
    settle(test);
    return person;
}
