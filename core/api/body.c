/* body.c: content types, and what each is parsed by. */
#include "api/body.h"

#include "api/fields.h"
#include "api/form.h"
#include "api/problem.h"
#include "api/state.h"
#include "base/json.h"

#include <string.h>
#include <strings.h>

enum { FORM_PAIRS_MAX = 256 };

static int take_json(struct request *request, const c18n_table *fields)
{
    const c18n_doc *input;
    const char *why = NULL;
    const struct http_request *http = request->http;
    int code = json_parse(request->head.host, request->arena, http->body, http->body_length, &input, &why);
    if (code == C18N_BAD_REQUEST)
        return problem_note(request, code, why, "The body is not a JSON object that is taken here.");
    if (code != C18N_OK)
        return code;
    return fields_judge(request, fields, input, NULL, FIELDS_JSON, &request->body);
}

static int take_form(struct request *request, const c18n_table *fields)
{
    const c18n_doc *input;
    const char *why = NULL;
    size_t count;
    struct request_param *pairs = arena_alloc(request->arena, FORM_PAIRS_MAX * sizeof *pairs);
    if (!pairs)
        return C18N_NO_MEMORY;
    const struct http_request *http = request->http;
    int code = form_parse(request->arena, http->body, http->body_length, pairs, FORM_PAIRS_MAX, &count, &why);
    if (code == C18N_BAD_REQUEST)
        return problem_note(request, code, "bad_form", why);
    if (code == C18N_OK)
        code = form_doc(request, fields, pairs, count, &input);
    return code == C18N_OK ? fields_judge(request, fields, input, NULL, FIELDS_TEXT, &request->body) : code;
}

static const struct {
    const char *name;
    int (*take)(struct request *request, const c18n_table *fields);
} types[] = {
    {"application/json", take_json},
    {"application/x-www-form-urlencoded", take_form},
};

/* After the type: nothing, or a charset that is UTF-8. */
static bool parameters_fit(const char *rest)
{
    rest += strspn(rest, " \t");
    if (*rest == '\0')
        return true;
    rest += 1 + strspn(rest + 1, " \t");
    if (strncasecmp(rest, "charset=", 8) != 0)
        return *rest == '\0';
    rest += 8;
    size_t quote = *rest == '"';
    bool utf8 = strncasecmp(rest + quote, "utf-8", 5) == 0 && (!quote || rest[6] == '"');
    return utf8 && rest[5 + 2 * quote] == '\0';
}

static bool type_is(const char *type, const char *name)
{
    size_t length = strlen(name);
    if (strncasecmp(type, name, length) != 0)
        return false;
    char after = type[length];
    return (after == '\0' || after == ';' || after == ' ' || after == '\t') && parameters_fit(type + length);
}

static bool is_encoded(const struct http_request *http)
{
    const char *encoding = http_find_header(http, "content-encoding");
    return encoding && strcasecmp(encoding, "identity") != 0;
}

int body_judge(struct request *request)
{
    const c18n_table *fields = &request->route->declared.body;
    if (request->http->body_length == 0)
        return fields->count == 0 ? C18N_OK
                                  : fields_judge(request, fields, request->body, NULL, FIELDS_JSON, &request->body);
    if (is_encoded(request->http)) /* a few bytes of gzip can be gigabytes of text */
        return problem_note(request, C18N_UNSUPPORTED, "unsupported_encoding", "The body must not be compressed.");
    const char *type = http_find_header(request->http, "content-type");
    for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
        if (type_is(type, types[i].name))
            return types[i].take(request, fields);
    return problem_note(request, C18N_UNSUPPORTED, NULL,
                        "The body must be application/json or application/x-www-form-urlencoded.");
}
