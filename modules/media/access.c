/* access.c: who may see a file: who sent it, admins, and everybody who may read a message that it stands in. */
#include "media.h"

#include <c18n/providers/conversations.h>

#include <string.h>

enum { PLACES_MAX = 1000 }; /* that are asked about, the latest of each conversation first */

static bool is_mine(c18n_request *rq, const c18n_doc *file)
{
    const char *by = c18n_text(file, "by");
    return c18n_who(rq)->admin || (by && strcmp(by, c18n_who(rq)->user) == 0);
}

int media_path_file(c18n_request *rq, const c18n_doc **ret_file)
{
    const c18n_doc *file;
    bool image = *c18n_path(rq, "image") != '\0';
    int code = c18n_get(rq, "media", c18n_path(rq, image ? "image" : "video"), &file);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    const char *kind = c18n_text(file, "kind");
    if (!kind || strcmp(kind, image ? "image" : "video") != 0)
        return C18N_NOT_FOUND;
    *ret_file = file;
    return code;
}

/* --- the places where it was sent --- */

struct asking {
    const c18n_service *service;
    unsigned asked;
};

static int ask_place(c18n_request *rq, const c18n_doc *place, void *arg)
{
    struct asking *asking = arg;
    const c18n_conversations *conversations = asking->service->functions;
    const char *conversation = c18n_text(place, "conversation");
    uint64_t seq = (uint64_t)c18n_integer(place, "seq", 0);
    int code =
        conversation ? conversations->may_read(asking->service->provider, rq, conversation, seq) : C18N_NOT_FOUND;
    if (code == C18N_OK)
        return C18N_EXISTS; /* one is enough */
    if (code != C18N_NOT_FOUND)
        return code;
    return ++asking->asked < PLACES_MAX ? C18N_OK : C18N_NOT_FOUND;
}

static int stands_where_they_read(c18n_request *rq, struct media *media, const c18n_doc *file)
{
    const char *id = c18n_text(file, "_id");
    struct asking asking = {.service = c18n_find_service(media->self, "conversations.v1")};
    const char *from = c18n_print(rq, "%s/", id), *until = c18n_print(rq, "%s0", id); /* '0' follows '/' */
    if (!asking.service || !asking.service->functions)
        return C18N_NOT_FOUND;
    if (!from || !until)
        return C18N_NO_MEMORY;
    int code = c18n_each_between(rq, "media_places", from, until, true, ask_place, &asking);
    if (code == C18N_EXISTS)
        return C18N_OK;
    return code == C18N_OK ? C18N_NOT_FOUND : code;
}

/* --- policies --- */

/** A deleted one is C18N_GONE to who might see it. */
int media_may_read(c18n_request *rq, void *module)
{
    const c18n_doc *file;
    int code = media_path_file(rq, &file);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    int known = is_mine(rq, file) ? C18N_OK : stands_where_they_read(rq, module, file);
    return known == C18N_OK ? code : known;
}

int media_may_delete(c18n_request *rq, void *module)
{
    const c18n_doc *file;
    int code = media_may_read(rq, module);
    if (code != C18N_OK || (code = media_path_file(rq, &file)) != C18N_OK)
        return code;
    return is_mine(rq, file) ? C18N_OK : C18N_FORBIDDEN;
}

/** As for deleting; history outlives the file. */
int media_may_look_back(c18n_request *rq, void *module)
{
    const c18n_doc *file;
    int code = media_may_read(rq, module);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    code = media_path_file(rq, &file);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    return is_mine(rq, file) ? C18N_OK : C18N_FORBIDDEN;
}
