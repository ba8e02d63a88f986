/* scan.c: makes a file's text fit for libconfuse.
 *
 * libconfuse reads the syntax; this pass does what it can't (docs/why/conf.md has the cases):
 * it blanks comments, since libconfuse counts lines wrongly after one; it finds every name that stands
 * where a section's or a key's name may stand, since libconfuse must be told all names before it
 * reads; and it notices a section that never ends, which libconfuse takes for whole. */
#include "conf/store.h"

#include <string.h>

struct scan {
    struct conf *conf;
    struct conf_scan *result;
    char *at;
    int line, depth;
    int open_line;
    char before; /* the token before: '=' '{' '}' ',' or 'w' for a word or string */
};

static bool scan_is_delimiter(char byte)
{
    return byte == '\0' || strchr(" \t\r\n\"'#(){}=+,", byte) != NULL;
}

/* Steps over one byte and keeps count of lines. */
static void scan_step(struct scan *scan)
{
    if (*scan->at == '\n')
        scan->line++;
    scan->at++;
}

static void scan_blank_line(struct scan *scan)
{
    for (; *scan->at && *scan->at != '\n'; scan->at++)
        *scan->at = ' ';
}

static void scan_blank_block(struct scan *scan)
{
    char *end = strstr(scan->at + 2, "*/");
    end = end ? end + 2 : scan->at + strlen(scan->at);
    while (scan->at < end) {
        if (*scan->at != '\n' && *scan->at != '\r')
            *scan->at = ' ';
        scan_step(scan);
    }
}

static void scan_string(struct scan *scan)
{
    char quote = *scan->at;
    scan_step(scan);
    while (*scan->at && *scan->at != quote) {
        if (*scan->at == '\\' && scan->at[1])
            scan_step(scan);
        scan_step(scan);
    }
    if (*scan->at)
        scan_step(scan);
    scan->before = 'w';
}

static void scan_variable(struct scan *scan) /* ${NAME}: its brace is none of ours */
{
    while (*scan->at && *scan->at != '}')
        scan_step(scan);
    if (*scan->at)
        scan_step(scan);
    scan->before = 'w';
}

static void scan_note_name(struct scan *scan, struct conf_scan_name *names, size_t *count, const char *word,
                           size_t length)
{
    size_t at = 0;
    while (at < *count && (strlen(names[at].name) != length || memcmp(names[at].name, word, length) != 0))
        at++;
    if (at == CONF_NAMES_MOST) {
        scan->result->too_many = true;
        return;
    }
    if (at == *count)
        names[(*count)++].name = conf_copy(scan->conf, word, length);
    names[at].line = scan->line;
}

static void scan_word(struct scan *scan)
{
    const char *word = scan->at;
    while (!scan_is_delimiter(*scan->at))
        scan->at++;
    size_t length = (size_t)(scan->at - word);
    struct conf_scan *result = scan->result;
    bool may_be_name =
        scan->before != '=' && scan->before != ',' && !memchr(word, '|', length); /* '|' is a path to libconfuse */
    if (scan->depth == 0 && may_be_name)
        scan_note_name(scan, result->sections, &result->section_count, word, length);
    else if (scan->depth == 1 && may_be_name)
        scan_note_name(scan, result->keys, &result->key_count, word, length);
    scan->before = 'w';
}

static void scan_mark(struct scan *scan)
{
    if (*scan->at == '{' && scan->depth++ == 0)
        scan->open_line = scan->line;
    if (*scan->at == '}' && scan->depth > 0)
        scan->depth--;
    if (*scan->at != '+')
        scan->before = *scan->at;
    scan_step(scan);
}

static bool scan_starts(const struct scan *scan, const char *with)
{
    return strncmp(scan->at, with, strlen(with)) == 0;
}

void conf_scan(struct conf *conf, struct conf_scan *result)
{
    struct scan scan = {.conf = conf, .result = result, .at = result->text, .line = 1};
    while (*scan.at) {
        if (*scan.at == '#' || scan_starts(&scan, "//"))
            scan_blank_line(&scan);
        else if (scan_starts(&scan, "/*"))
            scan_blank_block(&scan);
        else if (strchr(" \t\r\n", *scan.at))
            scan_step(&scan);
        else if (*scan.at == '"' || *scan.at == '\'')
            scan_string(&scan);
        else if (scan_starts(&scan, "${"))
            scan_variable(&scan);
        else if (scan_is_delimiter(*scan.at))
            scan_mark(&scan);
        else
            scan_word(&scan);
    }
    result->open_line = scan.depth > 0 ? scan.open_line : 0;
}
