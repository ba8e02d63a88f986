/* request.c: requests that come from the host itself. Those of clients begin in dispatch.c. */
#include "request/request.h"

#include "base/json.h"
#include "request/server.h"

const c18n_caller request_nobody = {.user = "", .roles = " ", .session = "", .token = ""};

void request_init_internal(struct request *request, struct server *server, struct arena *arena, c18n_self *self)
{
    *request = (struct request){
        .head = {.host = &server->host, .self = self},
        .server = server,
        .arena = arena,
        .caller = {.user = "system", .roles = " admin ", .session = "", .token = "", .admin = 1},
        .request_id = "",
        .body = json_trusted(&server->host, arena, "{}", 2),
    };
}
