/*
 * json_out.c: appending to a JSON text. Errors stick in `failed`; the first of two equal member
 * names stays. For that the names of all open objects are remembered by hash and place.
 */
#include "base/codec.h"
#include "base/json_internal.h"

#include <string.h>

struct json_written { /* a member's name inside the text */
    uint32_t hash, length;
    size_t at;
};

static struct out *out_of(c18n_out *pub)
{
    return (struct out *)(void *)pub;
}

void json_out_init(struct out *out, const c18n_host *host, struct arena *arena, char kind)
{
    *out = (struct out){.pub = {.host = host}, .arena = arena};
    text_init(&out->text, arena, 0);
    text_add_char(&out->text, kind);
    out->closers[out->depth++] = kind == '{' ? '}' : ']';
}

struct out *json_out_new(const c18n_host *host, struct arena *arena)
{
    struct out *out = arena_alloc(arena, sizeof *out);
    if (out)
        json_out_init(out, host, arena, '{');
    return out;
}

static bool fail(struct out *out, int code)
{
    if (!out->failed)
        out->failed = code;
    return false;
}

/* --- names --- */

static bool written_before(const struct out *out, uint32_t hash, const char *name, size_t length)
{
    for (uint32_t i = out->first_name[out->depth]; i < out->name_count; i++) {
        const struct json_written *before = &out->names[i];
        if (before->hash == hash && before->length == length && memcmp(out->text.at + before->at, name, length) == 0)
            return true;
    }
    return false;
}

static bool remember(struct out *out, uint32_t hash, size_t at, size_t length)
{
    if (out->name_count == out->name_room) {
        uint32_t room = out->name_room ? out->name_room * 2 : 16;
        struct json_written *names =
            arena_grow(out->arena, out->names, out->name_room * sizeof *names, room * sizeof *names);
        if (!names)
            return fail(out, C18N_NO_MEMORY);
        out->names = names;
        out->name_room = room;
    }
    out->names[out->name_count++] = (struct json_written){hash, (uint32_t)length, at};
    return true;
}

/* Writes `"name":`, unless the object has it already. The name is in its escaped form. */
static bool add_name(struct out *out, const char *name, size_t length)
{
    if (length > UINT32_MAX)
        return fail(out, C18N_TOO_LARGE);
    uint32_t hash = (uint32_t)codec_hash(name, length, 0);
    if (written_before(out, hash, name, length))
        return false;
    if (out->comma[out->depth])
        text_add_char(&out->text, ',');
    text_add_char(&out->text, '"');
    size_t at = out->text.length;
    text_add(&out->text, name, length);
    text_add(&out->text, "\":", 2);
    return remember(out, hash, at, length);
}

static bool needs_escapes(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)name[i];
        if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\')
            return true;
    }
    return false;
}

static bool add_any_name(struct out *out, const char *name)
{
    size_t length = strlen(name);
    if (!needs_escapes(name, length))
        return add_name(out, name, length);
    struct text escaped;
    text_init(&escaped, out->arena, 0);
    text_add_json(&escaped, name, length);
    return escaped.failed ? fail(out, C18N_NO_MEMORY) : add_name(out, escaped.at + 1, escaped.length - 2);
}

/* --- members --- */

static bool may_write(struct out *out)
{
    if (out->failed || out->skipping)
        return false;
    return out->depth ? true : fail(out, C18N_ERROR); /* written to after its end */
}

/* Comma and name before a value; false: the value is not to be written. */
static bool begin_value(struct out *out, const char *name)
{
    if (!may_write(out))
        return false;
    bool object = out->closers[out->depth - 1] == '}';
    if (object != (name != NULL))
        return fail(out, C18N_ERROR);
    if (object && !add_any_name(out, name))
        return false;
    if (!object && out->comma[out->depth])
        text_add_char(&out->text, ',');
    out->comma[out->depth] = true;
    return true;
}

void json_out_text(c18n_out *pub, const char *name, const char *value)
{
    struct out *out = out_of(pub);
    if (!begin_value(out, name))
        return;
    if (value)
        text_add_json(&out->text, value, strlen(value));
    else
        text_add_text(&out->text, "null");
}

void json_out_integer(c18n_out *pub, const char *name, int64_t value)
{
    if (begin_value(out_of(pub), name))
        text_add_integer(&out_of(pub)->text, value);
}

void json_out_number(c18n_out *pub, const char *name, double value)
{
    if (begin_value(out_of(pub), name))
        text_add_number(&out_of(pub)->text, value);
}

void json_out_boolean(c18n_out *pub, const char *name, bool value)
{
    if (begin_value(out_of(pub), name))
        text_add_text(&out_of(pub)->text, value ? "true" : "false");
}

void json_out_null(c18n_out *pub, const char *name)
{
    json_out_text(pub, name, NULL);
}

void json_out_raw(c18n_out *pub, const char *name, c18n_bytes json)
{
    if (json.at && begin_value(out_of(pub), name))
        text_add(&out_of(pub)->text, json.at, json.length);
}

static bool among(const char *words, const char *word, size_t length)
{
    while (words && *words) {
        size_t next = strcspn(words, " ");
        if (next == length && memcmp(words, word, length) == 0)
            return true;
        words += next + (words[next] == ' ');
    }
    return false;
}

void json_out_doc(c18n_out *pub, const c18n_doc *doc, const char *except)
{
    struct out *out = out_of(pub);
    struct json_walk walk;
    struct json_member member;
    if (!may_write(out))
        return;
    if (out->closers[out->depth - 1] != '}') {
        fail(out, C18N_ERROR);
        return;
    }
    json_walk_begin(&walk, doc);
    while (json_walk_next(&walk, &member)) {
        if (among(except, member.name, member.name_length) || !add_name(out, member.name, member.name_length))
            continue;
        text_add(&out->text, member.value, member.value_length);
        out->comma[out->depth] = true;
    }
}

/* --- nesting --- */

void json_out_begin(c18n_out *pub, const char *name, char kind)
{
    struct out *out = out_of(pub);
    if (out->skipping) {
        out->skipping++;
        return;
    }
    if (out->depth == sizeof out->closers)
        fail(out, C18N_TOO_LARGE);
    if (!begin_value(out, name)) {
        out->skipping = 1;
        return;
    }
    text_add_char(&out->text, kind);
    out->closers[out->depth++] = kind == '{' ? '}' : ']';
    out->comma[out->depth] = false;
    out->first_name[out->depth] = out->name_count;
}

static void close_innermost(struct out *out)
{
    out->name_count = out->first_name[out->depth];
    text_add_char(&out->text, out->closers[--out->depth]);
}

void json_out_end(c18n_out *pub)
{
    struct out *out = out_of(pub);
    if (out->skipping)
        out->skipping--;
    else if (out->depth > 1)
        close_innermost(out);
    else
        fail(out, C18N_ERROR);
}

const char *json_out_finish_text(struct out *out, size_t *ret_length)
{
    while (out->depth)
        close_innermost(out);
    const char *text = text_end(&out->text);
    if (out->text.failed)
        fail(out, C18N_NO_MEMORY);
    if (out->failed)
        return NULL;
    *ret_length = out->text.length;
    return text;
}

const c18n_doc *json_out_finish(c18n_out *pub)
{
    struct out *out = out_of(pub);
    size_t length;
    const char *text = json_out_finish_text(out, &length);
    if (!text || out->closers[0] != '}')
        return NULL;
    return json_trusted(pub->host, out->arena, text, length);
}
