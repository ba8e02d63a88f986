#include "data/splice.h"

#include "base/codec.h"
#include "base/json.h"

#include <string.h>

static bool member_is(const struct json_member *member, const char *name)
{
    return strlen(name) == member->name_length && memcmp(member->name, name, member->name_length) == 0;
}

static bool member_in(const c18n_doc *doc, const struct json_member *member, struct json_member *ret_found)
{
    struct json_walk walk;
    json_walk_begin(&walk, doc);
    while (json_walk_next(&walk, ret_found))
        if (ret_found->name_length == member->name_length &&
            memcmp(ret_found->name, member->name, member->name_length) == 0)
            return true;
    return false;
}

static bool is_null(const struct json_member *member)
{
    return member->value[0] == 'n';
}

static void add_name(struct text *text, const char *name, size_t length)
{
    if (!text->failed && text->at[text->length - 1] != '{')
        text_add_char(text, ',');
    text_add_char(text, '"');
    text_add(text, name, length);
    text_add(text, "\":", 2);
}

static void add_member(struct text *text, const struct json_member *member)
{
    add_name(text, member->name, member->name_length);
    text_add(text, member->value, member->value_length);
}

static void patch_own(const c18n_doc *record, const c18n_doc *patch, uint64_t revision, struct text *text)
{
    struct json_walk walk;
    struct json_member own, other;
    json_walk_begin(&walk, record);
    while (json_walk_next(&walk, &own)) {
        if (member_is(&own, "_rev") && revision > 0) {
            add_name(text, own.name, own.name_length);
            text_add_integer(text, (int64_t)revision);
        } else if (member_is(&own, "_id") || member_is(&own, "_rev") || !member_in(patch, &own, &other)) {
            add_member(text, &own);
        } else if (!is_null(&other)) {
            add_member(text, &other);
        }
    }
}

void splice_patch(const c18n_doc *record, const c18n_doc *patch, uint64_t revision, struct text *ret_text)
{
    struct json_walk walk;
    struct json_member other, own;
    text_reserve(ret_text, record->length + patch->length + 24);
    text_add_char(ret_text, '{');
    patch_own(record, patch, revision, ret_text);
    json_walk_begin(&walk, patch);
    while (json_walk_next(&walk, &other))
        if (!is_null(&other) && !member_is(&other, "_id") && !member_is(&other, "_rev") &&
            !member_in(record, &other, &own))
            add_member(ret_text, &other);
    text_add_char(ret_text, '}');
}

static bool integer_of(const struct json_member *member, int64_t *ret_value)
{
    char digits[24];
    if (member->value_length >= sizeof digits)
        return false;
    memcpy(digits, member->value, member->value_length);
    digits[member->value_length] = '\0';
    return codec_integer(digits, ret_value);
}

int splice_add(const c18n_doc *record, const char *counter, int64_t delta, struct text *ret_text)
{
    struct json_member member;
    int64_t value = 0;
    bool there = json_find(record, counter, &member);
    if (there && !is_null(&member) && !integer_of(&member, &value))
        return C18N_INVALID;
    if (__builtin_add_overflow(value, delta, &value))
        return C18N_INVALID;
    const char *end = record->text + record->length;
    text_reserve(ret_text, record->length + strlen(counter) + 24);
    if (there) {
        text_add(ret_text, record->text, (size_t)(member.value - record->text));
        text_add_integer(ret_text, value);
        text_add(ret_text, member.value + member.value_length, (size_t)(end - member.value) - member.value_length);
    } else {
        text_add(ret_text, record->text, record->length - 1);
        add_name(ret_text, counter, strlen(counter));
        text_add_integer(ret_text, value);
        text_add_char(ret_text, '}');
    }
    return ret_text->failed ? C18N_NO_MEMORY : C18N_OK;
}
