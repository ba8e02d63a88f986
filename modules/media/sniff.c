/* sniff.c: a table of what files begin with. What a client says of its file is compared with this, and nothing else is
 * ever believed or served. */
#include "media.h"

#include <string.h>

const char *media_kind_name(enum media_kind kind)
{
    return kind == MEDIA_IMAGE ? "image" : kind == MEDIA_VIDEO ? "video" : "";
}

static const struct {
    const char *type;
    enum media_kind kind;
} types[] = {
    {"image/png", MEDIA_IMAGE},  {"image/jpeg", MEDIA_IMAGE}, {"image/gif", MEDIA_IMAGE},
    {"image/webp", MEDIA_IMAGE}, {"image/avif", MEDIA_IMAGE}, {"video/mp4", MEDIA_VIDEO},
    {"video/webm", MEDIA_VIDEO}, {"video/3gpp", MEDIA_VIDEO}, {"video/quicktime", MEDIA_VIDEO},
};

/* SVG is a program in the clothes of a picture, and is not among them. */
enum media_kind media_kind_of(const char *type, const char **ret_type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].type, type) == 0) {
            *ret_type = types[i].type;
            return types[i].kind;
        }
    return MEDIA_NONE;
}

/* Bytes at two places; the second may be none. */
static const struct {
    const char *type;
    struct {
        size_t at, length;
        const char *bytes;
    } parts[2];
} marks[] = {
    {"image/png", {{0, 8, "\x89PNG\r\n\x1a\n"}, {12, 4, "IHDR"}}},
    {"image/jpeg", {{0, 3, "\xff\xd8\xff"}, {0, 0, ""}}},
    {"image/gif", {{0, 6, "GIF87a"}, {0, 0, ""}}},
    {"image/gif", {{0, 6, "GIF89a"}, {0, 0, ""}}},
    {"image/webp", {{0, 4, "RIFF"}, {8, 4, "WEBP"}}},
    {"video/quicktime", {{4, 4, "moov"}, {0, 0, ""}}}, /* older than `ftyp` */
    {"video/quicktime", {{4, 4, "wide"}, {0, 0, ""}}},
    {"video/quicktime", {{4, 4, "mdat"}, {0, 0, ""}}},
};

static bool has(const uint8_t *head, size_t length, size_t at, const char *bytes, size_t count)
{
    return at + count <= length && memcmp(head + at, bytes, count) == 0;
}

static const char *by_mark(const uint8_t *head, size_t length)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (has(head, length, marks[i].parts[0].at, marks[i].parts[0].bytes, marks[i].parts[0].length) &&
            has(head, length, marks[i].parts[1].at, marks[i].parts[1].bytes, marks[i].parts[1].length))
            return marks[i].type;
    return NULL;
}

/* --- files of ISO boxes: `ftyp`, a brand, and others that they are compatible with --- */

/* In order of precedence: an AVIF also says mif1, which is no type of its own. */
static const struct {
    const char *brand, *type;
    bool first; /* only as the main brand */
} brands[] = {
    {"avif", "image/avif", false}, {"avis", "image/avif", false}, {"qt  ", "video/quicktime", true},
    {"3gp", "video/3gpp", true},   {"isom", "video/mp4", true},   {"iso2", "video/mp4", true},
    {"iso3", "video/mp4", true},   {"iso4", "video/mp4", true},   {"iso5", "video/mp4", true},
    {"iso6", "video/mp4", true},   {"mp41", "video/mp4", true},   {"mp42", "video/mp4", true},
    {"avc1", "video/mp4", true},   {"dash", "video/mp4", true},   {"M4V", "video/mp4", true},
    {"MSNV", "video/mp4", true},   {"f4v", "video/mp4", true},    {"cmfc", "video/mp4", true},
};

static bool says_brand(const uint8_t *head, size_t end, const char *brand, bool first)
{
    size_t length = strlen(brand);
    if (has(head, end, 8, brand, length))
        return true;
    for (size_t at = 16; !first && at + 4 <= end; at += 4)
        if (has(head, end, at, brand, length))
            return true;
    return false;
}

static const char *by_brand(const uint8_t *head, size_t length)
{
    if (!has(head, length, 4, "ftyp", 4))
        return NULL;
    size_t size = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    size_t end = size < length ? size : length;
    for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
        if (says_brand(head, end, brands[i].brand, brands[i].first))
            return brands[i].type;
    return NULL;
}

/* --- EBML: which kind of document stands in an element of its first header --- */

static const char *by_doctype(const uint8_t *head, size_t length)
{
    if (!has(head, length, 0, "\x1a\x45\xdf\xa3", 4))
        return NULL;
    for (size_t at = 4; at + 7 <= length; at++)
        if (memcmp(head + at, "\x42\x82\x84webm", 7) == 0)
            return "video/webm";
    return NULL;
}

const char *media_sniff(const uint8_t *head, size_t length)
{
    static const char *(*const ways[])(const uint8_t *head, size_t length) = {by_mark, by_brand, by_doctype};
    const char *type = NULL;
    for (size_t i = 0; i < sizeof ways / sizeof *ways && !type; i++)
        type = ways[i](head, length);
    return type;
}
