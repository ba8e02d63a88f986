/* query.c: declared parameters and the page's own two. */
#include "api/query.h"

#include "api/fields.h"
#include "api/form.h"
#include "api/problem.h"
#include "api/state.h"
#include "base/codec.h"

#include <string.h>

const char *query_find(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->query_count; i++)
        if (strcmp(request->query[i].name, name) == 0)
            return request->query[i].value;
    return NULL;
}

int query_limit(struct request *request, size_t *ret_limit)
{
    const char *text = query_find(request, "limit");
    int64_t limit = PAGE_LIMIT_DEFAULT;
    if (text && (!codec_integer(text, &limit) || limit < 1 || limit > PAGE_LIMIT_MAX)) {
        problem_add_error(request, "limit", "must be a whole number from 1 to 100");
        return problem_note(request, C18N_BAD_REQUEST, "limit_out_of_range", "The limit must be from 1 to 100.");
    }
    *ret_limit = (size_t)limit;
    return C18N_OK;
}

/* The page's own parameters are judged by their own rules, so they are left out here. */
static size_t declared_only(const struct request *request, bool page, struct request_param *ret_pairs)
{
    size_t count = 0;
    for (size_t i = 0; i < request->query_count; i++) {
        const char *name = request->query[i].name;
        if (!page || (strcmp(name, "limit") != 0 && strcmp(name, "after") != 0))
            ret_pairs[count++] = request->query[i];
    }
    return count;
}

static bool page_parameter_twice(const struct request *request)
{
    size_t limits = 0, afters = 0;
    for (size_t i = 0; i < request->query_count; i++) {
        limits += strcmp(request->query[i].name, "limit") == 0;
        afters += strcmp(request->query[i].name, "after") == 0;
    }
    return limits > 1 || afters > 1;
}

static int judge_declared(struct request *request, bool page)
{
    struct request_param pairs[API_QUERY_MAX];
    const c18n_table *fields = &request->route->declared.query;
    const c18n_doc *input, *judged;
    size_t count = declared_only(request, page, pairs);
    if (count == 0 && fields->count == 0)
        return C18N_OK;
    int code = form_doc(request, fields, pairs, count, &input);
    if (code == C18N_OK)
        code = fields_judge(request, fields, input, NULL, FIELDS_TEXT, &judged);
    if (code != C18N_INVALID)
        return code;
    bool unknown = request->problem_word != NULL;
    return problem_note(request, C18N_BAD_REQUEST, unknown ? "unknown_parameter" : "invalid_parameter",
                        unknown ? "A parameter of the query is unknown." : "A parameter of the query is not valid.");
}

int query_judge(struct request *request)
{
    bool page = request->route->declared.flags & C18N_ROUTE_PAGE;
    const char *query = request->http->query, *why = NULL;
    size_t limit;
    if (*query != '\0') {
        int code = form_parse(request->arena, query, strlen(query), request->query, API_QUERY_MAX,
                              &request->query_count, &why);
        if (code != C18N_OK)
            return code == C18N_BAD_REQUEST ? problem_note(request, code, "bad_query", why) : code;
    }
    int code = judge_declared(request, page);
    if (code != C18N_OK || !page)
        return code;
    if (page_parameter_twice(request))
        return problem_note(request, C18N_BAD_REQUEST, "invalid_parameter", "A parameter is given twice.");
    return query_limit(request, &limit);
}
