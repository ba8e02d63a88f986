/*
 * words.c: a person's words as an expression of FTS5.
 *
 * Every word becomes a quoted string, so nothing that a person writes is ever syntax: AND, NEAR, *, ^, quotes and
 * column names are searched for like anything else. Words stand side by side, which FTS5 takes as "all of these" and
 * where it passes over a word that has no letter or digit.
 */
#include "index.h"

#include <string.h>

static const char blanks[] = " \t\r\n\f\v";

static void add_hex(sqlite3_str *text, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sqlite3_str_appendf(text, "%02x", (unsigned char)bytes[i]);
}

/* A value matched whole is one token of hexadecimal digits; `z`, which is none, keeps name and value apart. */
static void add_filter_token(sqlite3_str *text, const char *name, const char *value, size_t length)
{
    add_hex(text, name, strlen(name));
    sqlite3_str_appendchar(text, 1, 'z');
    add_hex(text, value, length);
}

void words_add_filter(sqlite3_str *text, const char *name, const char *values)
{
    while (*values) {
        size_t length = strcspn(values, "\n");
        if (length > 0 && length <= INDEX_FILTER_LONGEST) {
            add_filter_token(text, name, values, length);
            sqlite3_str_appendchar(text, 1, ' ');
        }
        values += length + (values[length] == '\n');
    }
}

/* "{c0 c2} : " for the fields asked for; false: the collection has none of them. */
static bool add_columns(sqlite3_str *text, const struct collection *collection, const char *in)
{
    bool any = false;
    sqlite3_str_appendall(text, "{");
    for (int i = 0; i < collection->column_count; i++) {
        const char *field = collection->columns[i].field;
        size_t length = strlen(field);
        bool wanted = !in;
        for (const char *at = in; at && *at && !wanted; at += strspn(at, " ")) {
            size_t span = strcspn(at, " ");
            wanted = span == length && memcmp(at, field, length) == 0;
            at += span;
        }
        if (wanted)
            sqlite3_str_appendf(text, "%sc%d", any ? " " : "", i);
        any = any || wanted;
    }
    sqlite3_str_appendall(text, "} : ");
    return any;
}

static void add_words(sqlite3_str *text, const char *words)
{
    sqlite3_str_appendall(text, "(");
    int count = 0;
    words += strspn(words, blanks);
    while (*words && count++ < INDEX_WORDS_MOST) {
        size_t length = strcspn(words, blanks);
        sqlite3_str_appendf(text, "\"%.*w\" ", (int)length, words);
        words += length;
        words += strspn(words, blanks);
    }
    sqlite3_str_appendall(text, "*)"); /* the last one may go on */
}

static bool has_words(const char *words)
{
    return words && words[strspn(words, blanks)] != '\0';
}

/* "": everything matches. */
char *words_expression(const struct collection *collection, const c18n_index_query *query)
{
    sqlite3_str *text = sqlite3_str_new(NULL);
    bool filtered = query->filter_name && query->filter_value;
    if (filtered) {
        sqlite3_str_appendall(text, "{filters} : \"");
        add_filter_token(text, query->filter_name, query->filter_value, strlen(query->filter_value));
        sqlite3_str_appendall(text, "\"");
    }
    if (has_words(query->words)) {
        sqlite3_str_appendall(text, filtered ? " AND " : "");
        if (add_columns(text, collection, query->in)) {
            add_words(text, query->words);
        } else {
            sqlite3_str_reset(text);
            sqlite3_str_appendall(text, "{filters} : \"z\""); /* no such field: no document has this token */
        }
    }
    if (sqlite3_str_errcode(text) == SQLITE_OK && sqlite3_str_length(text) == 0) {
        sqlite3_free(sqlite3_str_finish(text));
        return sqlite3_mprintf("");
    }
    return sqlite3_str_finish(text);
}

char *words_weights(const struct collection *collection)
{
    sqlite3_str *text = sqlite3_str_new(NULL);
    sqlite3_str_appendall(text, "bm25(0.0, 0.0"); /* the id and the filters */
    for (int i = 0; i < INDEX_COLUMNS; i++)
        sqlite3_str_appendf(text, ", %!.15g", i < collection->column_count ? collection->columns[i].weight : 0.0);
    sqlite3_str_appendall(text, ")");
    return sqlite3_str_finish(text);
}
