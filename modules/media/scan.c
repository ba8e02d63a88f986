/* scan.c: a picture by its first bytes may be a web page or a script by the rest of them. No browser of today runs it
 * as it is served (nosniff, attachment, sandbox), and no server of ours; a copy of it elsewhere may be run all the
 * same.
 *
 * Words that compressed bytes hold by chance must be rare: each is six bytes at least, one of 10^8 files of 10 MB. */
#include "media.h"

#include <ctype.h>
#include <string.h>

/* In any case. ' ' stands for a blank, a line end or '>'. */
static const char *const words[] = {"<html ", "<script", "<svg ", "<?php ", "<iframe", "<!doctype html", "<body "};

static bool is_word(const uint8_t *at, size_t length, const char *word)
{
    for (; *word; word++, at++, length--) {
        if (length == 0)
            return false;
        bool same = *word == ' ' ? (*at == '>' || isspace(*at)) : tolower(*at) == *word;
        if (!same)
            return false;
    }
    return true;
}

/* "<svg " has five bytes only: the sixth is text, too. */
static bool goes_on_as_text(const uint8_t *at, size_t length)
{
    return length > 5 && (isprint(at[5]) || isspace(at[5]));
}

static bool says_a_word(const uint8_t *at, size_t length)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(at, length, words[i]) && goes_on_as_text(at, length))
            return true;
    return false;
}

static bool finds(const uint8_t *bytes, size_t length)
{
    for (const uint8_t *at = bytes, *end = bytes + length; (at = memchr(at, '<', (size_t)(end - at))); at++)
        if (says_a_word(at, (size_t)(end - at)))
            return true;
    return false;
}

static void keep_tail(struct media_scan *scan, const uint8_t *bytes, size_t length)
{
    size_t fresh = length < MEDIA_TAIL ? length : MEDIA_TAIL;
    size_t kept = scan->length + fresh <= MEDIA_TAIL ? scan->length : MEDIA_TAIL - fresh;
    memmove(scan->tail, scan->tail + scan->length - kept, kept);
    memcpy(scan->tail + kept, bytes + length - fresh, fresh);
    scan->length = kept + fresh;
}

bool media_scan_finds(struct media_scan *scan, const uint8_t *bytes, size_t length)
{
    uint8_t border[2 * MEDIA_TAIL];
    size_t behind = length < MEDIA_TAIL ? length : MEDIA_TAIL;
    memcpy(border, scan->tail, scan->length);
    memcpy(border + scan->length, bytes, behind);
    bool found = finds(border, scan->length + behind) || finds(bytes, length);
    keep_tail(scan, bytes, length);
    return found;
}
