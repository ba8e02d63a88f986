/* departures.c: whose account ends, leaves all communities: members are people who could come in. */
#include "communities.h"

#include <string.h>

/* More of one person's memberships than anybody has; what is beyond stays counted. It bounds one transaction. */
enum { DEPARTURES_MAX = 1000 };

struct departures {
    size_t count;
    char communities[DEPARTURES_MAX][C18N_ID_SIZE];
};

static int note_membership(c18n_request *rq, const c18n_doc *membership, void *arg)
{
    (void)rq;
    struct departures *departures = arg;
    const char *community = c18n_text(membership, "community");
    if (departures->count == DEPARTURES_MAX)
        return C18N_EXISTS;
    size_t length = community ? strlen(community) : 0;
    if (length > 0 && length < C18N_ID_SIZE)
        memcpy(departures->communities[departures->count++], community, length + 1);
    return C18N_OK;
}

/** Hook: after a deactivation. An owner leaves too: the community keeps their name until an admin hands it over. */
int communities_after_user(c18n_request *rq, const c18n_doc *user, void *module)
{
    (void)module;
    const char *id = c18n_text(user, "_id");
    const char *const match[] = {id, NULL};
    struct departures *departures = c18n_alloc(rq, sizeof *departures);
    if (!departures)
        return C18N_NO_MEMORY;
    int code = c18n_each(rq, "memberships", MEMBERSHIPS_OF_USER, match, note_membership, departures);
    if (code == C18N_EXISTS)
        code = C18N_OK;
    for (size_t i = 0; code == C18N_OK && i < departures->count; i++)
        code = communities_depart(rq, departures->communities[i], id);
    return code;
}
