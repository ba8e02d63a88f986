/* server.c: where a conversation's own server is: the shortest way for who writes there much. */
#include "messaging.h"

#include <string.h>

enum { URL_SIZE = 512 };

static bool is_socket_url(const char *url)
{
    return strncmp(url, "ws://", 5) == 0 || strncmp(url, "wss://", 6) == 0;
}

int messaging_check_config(c18n_self *self)
{
    const char *url = c18n_setting_text(self, "advertise");
    if (*url && !is_socket_url(url))
        c18n_complain(self, "advertise", "must begin with ws:// or wss://");
    return C18N_OK;
}

/* The public URL, as the host writes links: http://… becomes ws://…, and https://… wss://… */
static const char *own_url(c18n_request *rq, const struct messaging *messaging)
{
    static const c18n_field link[] = {C18N_LINK("url", "/socket")};
    const char *advertised = c18n_setting_text(messaging->self, "advertise");
    if (*advertised)
        return advertised;
    c18n_out *out = c18n_out_new(rq);
    const c18n_doc *nothing = c18n_out_finish(c18n_out_new(rq));
    if (!out || !nothing)
        return NULL;
    c18n_out_record(rq, out, (c18n_table)C18N_ALL(link), nothing);
    const c18n_doc *doc = c18n_out_finish(out);
    const char *url = doc ? c18n_text(doc, "url") : NULL;
    return url && strncmp(url, "http", 4) == 0 ? c18n_print(rq, "ws%s", url + 4) : NULL;
}

/** GET …/server */
int messaging_server(c18n_request *rq, void *module)
{
    const struct messaging *messaging = module;
    const c18n_ownership *ownership = messaging->ownership->functions;
    struct conversation conversation;
    char owner[URL_SIZE] = "";
    int code = messaging_which(rq, &conversation);
    if (code == C18N_OK)
        code = ownership->owner(messaging->ownership->provider, conversation.id, owner, sizeof owner);
    if (code != C18N_OK)
        return code;
    const char *url = *owner ? owner : own_url(rq, messaging);
    if (!url)
        return C18N_NO_MEMORY;
    c18n_out *answer = c18n_out_new(rq);
    c18n_out_text(answer, "url", url);
    return c18n_reply_json(rq, 200, answer);
}
