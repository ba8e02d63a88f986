/* Who has how many sockets: against a plain list of them. */
#include "live/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PEOPLE = 40, PATHS = 3, SOCKETS = 2000, STEPS = 40000 };

static void id_of(char ret_id[37], const char *kind, unsigned number)
{
    snprintf(ret_id, 37, "0190a5c0-0000-7000-8%.3s-%012u", kind, number);
}

static struct auth_claims claims_of(unsigned person, unsigned session, unsigned actor)
{
    struct auth_claims claims = {.expires = 1};
    id_of(claims.user, "aaa", person);
    id_of(claims.session, "bbb", session);
    if (actor > 0)
        id_of(claims.on_behalf_of, "aaa", actor);
    return claims;
}

static void a_person_has_so_many_and_no_more(void **state)
{
    struct live_tally *tally = live_tally_new();
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct auth_claims claims = claims_of(1, i, 0);
        assert_int_equal(live_tally_enter(tally, &claims, i % 2, 3), C18N_OK);
    }
    struct auth_claims another = claims_of(1, 9, 0), other = claims_of(2, 10, 0), first = claims_of(1, 0, 0);
    assert_int_equal(live_tally_enter(tally, &another, 0, 3), C18N_LIMITED);
    assert_false(live_tally_knows(tally, another.session)); /* it was not counted */
    assert_int_equal(live_tally_enter(tally, &other, 0, 3), C18N_OK);
    assert_int_equal(live_tally_enter(tally, &another, 0, 0), C18N_OK); /* no limit */
    assert_int_equal(live_tally_leave(tally, &another, 0), 2);
    assert_int_equal(live_tally_leave(tally, &first, 0), 1); /* of path 0; there is one more on path 1 */
    assert_int_equal(live_tally_enter(tally, &another, 0, 3), C18N_OK);
    live_tally_free(tally);
}

static void sessions_and_actors_are_known(void **state)
{
    struct live_tally *tally = live_tally_new();
    struct auth_claims acting = claims_of(1, 2, 3), fresh = claims_of(1, 4, 3);
    (void)state;
    assert_int_equal(live_tally_enter(tally, &acting, 0, 1), C18N_OK);
    assert_true(live_tally_knows(tally, acting.user) && live_tally_knows(tally, acting.session));
    assert_true(live_tally_knows(tally, acting.on_behalf_of));
    assert_int_equal(live_tally_renew(tally, &acting, &fresh), C18N_OK);
    assert_false(live_tally_knows(tally, acting.session));
    assert_true(live_tally_knows(tally, fresh.session) && live_tally_knows(tally, fresh.user));
    assert_int_equal(live_tally_leave(tally, &fresh, 0), 0);
    assert_false(live_tally_knows(tally, fresh.user) || live_tally_knows(tally, fresh.session) ||
                 live_tally_knows(tally, fresh.on_behalf_of));
    assert_false(live_tally_knows(tally, "no id"));
    live_tally_free(tally);
}

/* Sockets come and go by chance; the table grows and closes its gaps, and always knows what a list of all knows. */
static void a_long_walk(void **state)
{
    static struct {
        struct auth_claims claims;
        unsigned person, path;
        bool open;
    } sockets[SOCKETS];
    static uint32_t has[PEOPLE][PATHS];
    struct live_tally *tally = live_tally_new();
    (void)state;
    srand(18);
    for (int step = 0; step < STEPS; step++) {
        unsigned at = (unsigned)rand() % SOCKETS, person = (unsigned)rand() % PEOPLE, path = (unsigned)rand() % PATHS;
        if (sockets[at].open) {
            uint32_t left = --has[sockets[at].person][sockets[at].path];
            assert_int_equal(live_tally_leave(tally, &sockets[at].claims, sockets[at].path), left);
            assert_false(live_tally_knows(tally, sockets[at].claims.session));
        } else {
            sockets[at].claims = claims_of(person, at, rand() % 4 == 0 ? person + PEOPLE : 0);
            sockets[at].person = person;
            sockets[at].path = path;
            has[person][path]++;
            assert_int_equal(live_tally_enter(tally, &sockets[at].claims, path, 0), C18N_OK);
            assert_true(live_tally_knows(tally, sockets[at].claims.session));
        }
        sockets[at].open = !sockets[at].open;
    }
    for (unsigned at = 0; at < SOCKETS; at++)
        if (sockets[at].open)
            assert_int_equal(live_tally_leave(tally, &sockets[at].claims, sockets[at].path),
                             --has[sockets[at].person][sockets[at].path]);
    for (unsigned person = 0; person < 2 * PEOPLE; person++) {
        struct auth_claims claims = claims_of(person, 0, 0);
        assert_false(live_tally_knows(tally, claims.user));
    }
    live_tally_free(tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_has_so_many_and_no_more),
        cmocka_unit_test(sessions_and_actors_are_known),
        cmocka_unit_test(a_long_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
