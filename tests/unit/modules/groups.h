/** groups.h: groups of the cast's communities, and who has which role in them. After SPEAKER_FILE is defined. */
#ifndef TESTS_GROUPS_H
#define TESTS_GROUPS_H

#define SITE_MODULES "users communities usergroups " SPEAKER_FILE
#include "cast.h"

/** Roles in a group: of plain members of its community. They go on where enum role ends. */
enum group_role { JOINED = ROLES, HELPER, MAKER, ASKERS };

static c18n_test_person crew[ASKERS];

struct group {
    struct community community;
    char id[C18N_ID_SIZE];
};

/** Somebody in any role. */
static inline const c18n_test_person *who(int role)
{
    return role < ROLES ? &cast[role] : &crew[role];
}

/** For cmocka_run_group_tests, in place of site_open. */
static inline int groups_open(void **state)
{
    static const char *const names[ASKERS] = {[JOINED] = "joined", [HELPER] = "helper", [MAKER] = "maker"};
    if (cast_open(state) != 0)
        return 1;
    for (int role = JOINED; role < ASKERS; role++)
        crew[role] = c18n_test_person_new(test, names[role], "user");
    return 0;
}

/** Asks about a group: (JOINED, &group, "PUT", "/leave", NULL). */
static inline c18n_test_answer at(int role, const struct group *group, const char *method, const char *rest,
                                  const char *body)
{
    return ask(who(role), body, "%s /communities/%s/usergroups/%s%s", method, group->community.id, group->id, rest);
}

/** The same about somebody in it: "PUT", "admins" or "users", the person, and what comes behind. */
static inline c18n_test_answer about(int role, const struct group *group, const char *method, const char *what,
                                     const c18n_test_person *person, const char *rest)
{
    return at(role, group, method, json("/%s/%s%s", what, person->id, rest), NULL);
}

static inline void group_join(const struct group *group, int role)
{
    expect(200, about(MAKER, group, "PUT", "users", who(role), "/invite"));
    expect(200, at(role, group, "PUT", "/join", NULL));
}

/** A community whose plain members are also JOINED, HELPER and MAKER. */
static inline struct community groups_community(const char *visibility)
{
    struct community community = community_new(visibility);
    for (int role = JOINED; role < ASKERS; role++)
        community_join(&community, who(role));
    return community;
}

/** A group that only its maker is in. */
static inline struct group group_made(const struct community *community, const char *body)
{
    struct group group = {*community, ""};
    c18n_test_answer answer = ask(who(MAKER), body, "POST /communities/%s/usergroups/new", community->id);
    expect(200, answer);
    memcpy(group.id, c18n_text(answer.doc, "_id"), sizeof group.id);
    return group;
}

/** A group with all its roles. */
static inline struct group group_new(const struct community *community, const char *visibility)
{
    struct group group = group_made(community, json("{'name':'Cooks','visibility':'%s'}", visibility));
    group_join(&group, JOINED);
    group_join(&group, HELPER);
    expect(200, about(MAKER, &group, "PUT", "admins", who(HELPER), ""));
    return group;
}

static inline const char *group_role_of(const struct group *group, int role)
{
    const c18n_doc *membership = record("group_members", json("%s/%s", group->id, who(role)->id));
    return membership ? c18n_text(membership, "role") : "none";
}

static inline int64_t group_number(const struct group *group, const char *member)
{
    return c18n_integer(record("usergroups", group->id), member, -1);
}

/** What the newest event of a point's kind told; see speaker.c. */
static inline const c18n_doc *heard(const char *point)
{
    const c18n_event *event = c18n_test_event(test, json("speaker.%s", point), -1);
    assert_non_null(event);
    return event->data;
}

/** It was about this person in this group. */
static inline void assert_heard(const char *point, const struct group *group, int role, bool lost)
{
    const c18n_doc *subject = heard(point);
    assert_string_equal(c18n_text(subject, "group"), group->id);
    assert_string_equal(c18n_text(subject, "user"), who(role)->id);
    assert_int_equal(c18n_boolean(subject, "lost", !lost), lost);
}

#endif
