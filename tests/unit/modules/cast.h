/** cast.h: a person in every role that there is in a community, and communities in which they have it. */
#ifndef TESTS_CAST_H
#define TESTS_CAST_H

#include "site.h"

enum role { NOBODY, OUTSIDER, BANNED, MEMBER, MODERATOR, OWNER, ADMIN, ROLES };

static c18n_test_person cast[ROLES];

struct community {
    char id[C18N_ID_SIZE];
};

/** For cmocka_run_group_tests, in place of site_open. */
static inline int cast_open(void **state)
{
    static const char *const names[ROLES] = {
        [OUTSIDER] = "outsider",   [BANNED] = "banned", [MEMBER] = "member",
        [MODERATOR] = "moderator", [OWNER] = "owner",   [ADMIN] = "admin",
    };
    if (site_open(state) != 0)
        return 1;
    for (int role = OUTSIDER; role < ROLES; role++)
        cast[role] = c18n_test_person_new(test, names[role], role == ADMIN ? "user admin" : "user");
    return 0;
}

/** Whoever is invited may join, however closed the community is. */
static inline void community_join(const struct community *community, const c18n_test_person *person)
{
    expect(200, ask(&cast[OWNER], NULL, "POST /communities/%s/users/%s/invite", community->id, person->id));
    expect(200, ask(person, NULL, "PUT /communities/%s/subscribe", community->id));
}

/** An empty community of the cast: "public", "restricted" or "private". */
static inline struct community community_new(const char *visibility)
{
    struct community community;
    c18n_test_answer answer =
        ask(&cast[OWNER], json("{'name':'Cats','visibility':'%s'}", visibility), "POST /communities/new");
    expect(200, answer);
    memcpy(community.id, c18n_text(answer.doc, "_id"), sizeof community.id);
    community_join(&community, &cast[MEMBER]);
    community_join(&community, &cast[MODERATOR]);
    expect(200, ask(&cast[OWNER], NULL, "PUT /communities/%s/moderators/%s", community.id, cast[MODERATOR].id));
    expect(200, ask(&cast[OWNER], "{}", "PUT /communities/%s/bans/%s", community.id, cast[BANNED].id));
    return community;
}

static inline void community_set(const struct community *community, const char *settings)
{
    expect(200, ask(&cast[OWNER], settings, "PATCH /communities/%s/settings", community->id));
}

static inline int64_t community_counts(const struct community *community, const char *counter)
{
    return c18n_integer(record("communities", community->id), counter, -1);
}

#endif
