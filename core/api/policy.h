/**
 * policy.h: who may do it. The host's own policies and those of modules, found by name.
 *
 * The host's are decided from the caller alone, on any thread. A module's may read views, so they are
 * asked where a request has a scope.
 */
#ifndef API_POLICY_H
#define API_POLICY_H

#include "api/api.h"
#include "base/names.h"

/** Takes in all policies. 0, or 78 with a line a fault. */
int policies_compile(struct api *api, struct text *ret_why);
const struct policy *policy_find(const struct api *api, const char *name); /* NULL: nobody declares it */
void policy_offer_names(const struct api *api, struct names_nearest *search);
/** c18n_path: a parameter of the path; of a verb, a text member of what was sent, so that policies of routes serve
 * verbs too. "": there is none. */
const char *policy_path(const struct request *request, const char *name);
/** C18N_OK or why not. Without a token: C18N_UNAUTHENTICATED, unless the policy is asked for anonymous callers too. */
int policy_ask(const struct policy *policy, struct request *request) __attribute__((warn_unused_result));

#endif
