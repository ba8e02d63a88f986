/* Lists in header fields. */
#include "ws/terms.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

bool ws_term_of_header(const struct http_request *request, const char *lower_name, struct ws_term *ret_all)
{
    struct text all;
    bool found = false;
    text_init(&all, request->arena, 0);
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, lower_name) != 0)
            continue;
        if (found)
            text_add_char(&all, ',');
        text_add_text(&all, request->headers[i].value);
        found = true;
    }
    if (!found || all.failed)
        return false;
    *ret_all = (struct ws_term){text_end(&all), all.length};
    return true;
}

static struct ws_term without_blanks(struct ws_term term)
{
    while (term.length > 0 && (term.at[0] == ' ' || term.at[0] == '\t'))
        term.at++, term.length--;
    while (term.length > 0 && (term.at[term.length - 1] == ' ' || term.at[term.length - 1] == '\t'))
        term.length--;
    return term;
}

/* Where the part ends: a mark within quotes, or behind a backslash there, is part of it. */
static size_t find_mark(const struct ws_term *term, char mark)
{
    bool quoted = false;
    for (size_t i = 0; i < term->length; i++) {
        if (term->at[i] == '"')
            quoted = !quoted;
        else if (quoted && term->at[i] == '\\')
            i++;
        else if (!quoted && term->at[i] == mark)
            return i;
    }
    return term->length;
}

bool ws_term_cut(struct ws_term *rest, char mark, struct ws_term *ret_part)
{
    if (!rest->at)
        return false;
    size_t end = find_mark(rest, mark);
    *ret_part = without_blanks((struct ws_term){rest->at, end});
    if (end < rest->length)
        *rest = (struct ws_term){rest->at + end + 1, rest->length - end - 1};
    else
        *rest = (struct ws_term){NULL, 0};
    return true;
}

bool ws_term_is(const struct ws_term *term, const char *word)
{
    return strlen(word) == term->length && strncasecmp(word, term->at, term->length) == 0;
}

bool ws_term_is_token(const struct ws_term *term)
{
    return http_is_token(term->at, term->length);
}

bool ws_term_lists(struct ws_term list, const char *word)
{
    struct ws_term item;
    while (ws_term_cut(&list, ',', &item))
        if (ws_term_is(&item, word))
            return true;
    return false;
}
