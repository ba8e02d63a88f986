/* refuse.c: the words of an answer to what never became a request: too long, too slow, not HTTP. */
#include "api/problem.h"

void api_refuse(void *arg, struct http_request *http, int status, const char *code, const char *detail,
                struct http_answer *ret_answer)
{
    (void)arg;
    struct text text;
    text_init(&text, http->arena, 0);
    problem_write(&text, status, code, detail ? detail : problem_title(status), http->request_id, NULL);
    const char *body = text_end(&text);
    ret_answer->status = status;
    ret_answer->route = "";
    if (text.failed)
        return; /* the bare status says enough */
    ret_answer->content_type = "application/problem+json";
    ret_answer->body = body;
    ret_answer->body_length = text.length;
}
