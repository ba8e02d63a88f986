#include "api/disposition.h"

#include "base/codec.h"
#include "base/text.h"

#include <string.h>

enum { NAME_MOST = 180, ENDING_MOST = 16 }; /* bytes; most file systems end at 255 */

static uint32_t code_point(const char *at, size_t length)
{
    const unsigned char *byte = (const unsigned char *)at;
    switch (length) {
    case 1:
        return byte[0];
    case 2:
        return (uint32_t)(byte[0] & 0x1f) << 6 | (byte[1] & 0x3f);
    case 3:
        return (uint32_t)(byte[0] & 0x0f) << 12 | (uint32_t)(byte[1] & 0x3f) << 6 | (byte[2] & 0x3f);
    default:
        return 0x10000; /* no harmful one lies there */
    }
}

static bool is_harmful(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } harmful[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {'/', '/'},       {'\\', '\\'},     {':', ':'},       {'*', '*'},
        {'?', '?'},       {'"', '"'},       {'<', '<'},       {'>', '>'},       {'|', '|'},       {0x61c, 0x61c},
        {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
    };
    for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++)
        if (point >= harmful[i].first && point <= harmful[i].last)
            return true;
    return false;
}

/* The name as it may be saved; still any language's. */
static void clean(const char *name, struct text *out)
{
    size_t left = strlen(name), length;
    for (; left > 0; name += length, left -= length) {
        length = codec_utf8_step(name, left);
        bool whole = length > 0;
        length = whole ? length : 1;
        if (!whole || is_harmful(code_point(name, length)) || (out->length == 0 && *name == '.'))
            text_add_char(out, '_');
        else
            text_add(out, name, length);
    }
}

/* How many bytes from `at` on are whole characters within `most`. */
static size_t whole_within(const char *at, size_t most)
{
    while (most > 0 && ((unsigned char)at[most] & 0xc0) == 0x80)
        most--;
    return most;
}

static void add_shortened(const struct text *name, struct text *out)
{
    const char *dot = name->length > 0 ? memrchr(name->at, '.', name->length) : NULL;
    size_t ending = dot ? (size_t)(name->at + name->length - dot) : 0;
    if (ending > ENDING_MOST)
        ending = 0;
    if (name->length <= NAME_MOST) {
        text_add(out, name->at, name->length);
        return;
    }
    text_add(out, name->at, whole_within(name->at, NAME_MOST - ending));
    text_add(out, name->at + name->length - ending, ending);
}

/* For clients that know only this form. */
static void add_plain(struct text *out, const struct text *name)
{
    text_add_text(out, "; filename=\"");
    for (size_t i = 0; i < name->length; i++) {
        unsigned char byte = (unsigned char)name->at[i];
        if ((byte & 0xc0) != 0x80) /* one character, one mark */
            text_add_char(out, byte < 0x80 && byte != '%' ? (char)byte : '_');
    }
    text_add_char(out, '"');
}

/* RFC 8187. */
static void add_extended(struct text *out, const struct text *name)
{
    static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~";
    text_add_text(out, "; filename*=UTF-8''");
    for (size_t i = 0; i < name->length; i++) {
        if (strchr(kept, name->at[i]))
            text_add_char(out, name->at[i]);
        else
            text_print(out, "%%%02X", (unsigned)(unsigned char)name->at[i]);
    }
}

const char *disposition_make(struct arena *arena, bool attachment, const char *name)
{
    struct text out, whole, shown;
    text_init(&out, arena, 0);
    text_init(&whole, arena, 0);
    text_init(&shown, arena, 0);
    text_add_text(&out, attachment ? "attachment" : "inline");
    if (name && *name) {
        clean(name, &whole);
        add_shortened(&whole, &shown);
        if (whole.failed || shown.failed)
            return NULL;
        add_plain(&out, &shown);
        add_extended(&out, &shown);
    }
    return out.failed ? NULL : text_end(&out);
}
