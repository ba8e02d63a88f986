/* judge.c: one value by one row of a settings table: type, range, choices. */
#include "conf/store.h"

#include "base/codec.h"

#include <confuse.h>
#include <inttypes.h>
#include <string.h>

enum { SHOWN_MOST = 60, ITEMS_MOST = 1024, WORDS_MOST = 64 };

/* Suffixes that multiply, for settings of a unit. */
static const struct {
    const char *unit;
    char suffix;
    int64_t factor;
} suffixes[] = {
    {"bytes", 'K', INT64_C(1) << 10},
    {"bytes", 'M', INT64_C(1) << 20},
    {"bytes", 'G', INT64_C(1) << 30},
    {"seconds", 's', 1},
    {"seconds", 'm', 60},
    {"seconds", 'h', 3600},
    {"seconds", 'd', 86400},
};

/* The value as a message may show it: never a secret, never endless. */
static void judge_show(const c18n_setting *declared, const char *value, struct text *ret_what)
{
    if (declared->flags & C18N_SETTING_SECRET) {
        text_add_text(ret_what, "the value");
        return;
    }
    size_t length = strlen(value);
    bool whole = length <= SHOWN_MOST;
    if (!whole)
        for (length = SHOWN_MOST; length && ((unsigned char)value[length] & 0xC0) == 0x80; length--)
            ;
    text_add_json(ret_what, value, length);
    if (!whole)
        text_add_text(ret_what, "…");
}

static int64_t judge_factor(const c18n_setting *declared, char suffix)
{
    for (size_t i = 0; declared->unit && i < sizeof suffixes / sizeof *suffixes; i++)
        if (suffixes[i].suffix == suffix && strcmp(suffixes[i].unit, declared->unit) == 0)
            return suffixes[i].factor;
    return 0;
}

static bool judge_number(const c18n_setting *declared, const char *value, int64_t *ret_integer)
{
    char digits[24];
    size_t length = strlen(value);
    int64_t factor = length > 1 ? judge_factor(declared, value[length - 1]) : 0;
    length -= factor ? 1 : 0;
    if (length == 0 || length >= sizeof digits)
        return false;
    memcpy(digits, value, length);
    digits[length] = '\0';
    int64_t number;
    return codec_integer(digits, &number) && !__builtin_mul_overflow(number, factor ? factor : 1, ret_integer);
}

static bool judge_has_bounds(const c18n_setting *declared)
{
    return declared->min != 0 || declared->max != 0;
}

static bool judge_integer(struct conf *conf, const struct conf_value *value, const c18n_setting *declared,
                          struct conf_held *ret_held, struct text *ret_what)
{
    (void)conf;
    if (!judge_number(declared, value->items[0], &ret_held->integer)) {
        judge_show(declared, value->items[0], ret_what);
        text_add_text(ret_what, " is not a whole number");
        if (judge_factor(declared, 'K'))
            text_add_text(ret_what, " of bytes (4096, 64K, 1M, 2G)");
        else if (judge_factor(declared, 's'))
            text_add_text(ret_what, " of seconds (90, 15m, 12h, 7d)");
        return false;
    }
    if (!judge_has_bounds(declared) || (ret_held->integer >= declared->min && ret_held->integer <= declared->max))
        return true;
    judge_show(declared, value->items[0], ret_what);
    text_print(ret_what, " is out of range, %" PRId64 " to %" PRId64, declared->min, declared->max);
    return false;
}

static bool judge_boolean(struct conf *conf, const struct conf_value *value, const c18n_setting *declared,
                          struct conf_held *ret_held, struct text *ret_what)
{
    (void)conf;
    int answer = cfg_parse_boolean(value->items[0]);
    if (answer < 0) {
        judge_show(declared, value->items[0], ret_what);
        text_add_text(ret_what, " is not true or false");
        return false;
    }
    ret_held->boolean = answer != 0;
    return true;
}

/* Cuts "text json" into its words. */
static size_t judge_words(struct conf *conf, const char *words, const char **ret_words)
{
    size_t count = 0;
    while (*words && count < WORDS_MOST) {
        words += strspn(words, " ");
        size_t length = strcspn(words, " ");
        if (length)
            ret_words[count++] = conf_copy(conf, words, length);
        words += length;
    }
    return count;
}

static bool judge_choice(struct conf *conf, const c18n_setting *declared, const char *value, struct text *ret_what)
{
    const char *choices[WORDS_MOST];
    size_t count = declared->choices ? judge_words(conf, declared->choices, choices) : 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(choices[i], value) == 0)
            return true;
    if (count == 0)
        return true;
    judge_show(declared, value, ret_what);
    text_print(ret_what, " is none of: %s%s", declared->choices, conf_suggest(conf, value, choices, count));
    return false;
}

static bool judge_characters(const c18n_setting *declared, const char *value, struct text *ret_what)
{
    if (!codec_utf8_valid(value, strlen(value))) {
        text_add_text(ret_what, "is not UTF-8 text");
        return false;
    }
    int64_t count = (int64_t)codec_utf8_count(value);
    if (!judge_has_bounds(declared) || (count >= declared->min && count <= declared->max))
        return true;
    text_print(ret_what, "has %" PRId64 " characters, must have %" PRId64 " to %" PRId64, count, declared->min,
               declared->max);
    return false;
}

static bool judge_text(struct conf *conf, const struct conf_value *value, const c18n_setting *declared,
                       struct conf_held *ret_held, struct text *ret_what)
{
    ret_held->text = value->items[0];
    return judge_characters(declared, ret_held->text, ret_what) &&
           judge_choice(conf, declared, ret_held->text, ret_what);
}

/* "a, b" of a default or --set, into its items; blanks around an item don't count. */
static const struct conf_value *judge_split(struct conf *conf, const struct conf_value *value)
{
    struct conf_value *split = conf_alloc(conf, sizeof *split);
    *split = (struct conf_value){.key = value->key, .place = value->place};
    for (const char *at = value->items[0]; *at;) {
        at += strspn(at, " \t");
        size_t length = strcspn(at, ","), kept = length;
        while (kept && strchr(" \t", at[kept - 1]))
            kept--;
        if (kept || at[length] == ',')
            conf_value_item(conf, split, conf_copy(conf, at, kept));
        at += length + (at[length] == ',');
    }
    return split;
}

static bool judge_list(struct conf *conf, const struct conf_value *value, const c18n_setting *declared,
                       struct conf_held *ret_held, struct text *ret_what)
{
    if (value->commas)
        value = judge_split(conf, value);
    ret_held->items = value->items;
    ret_held->count = value->count;
    if (value->count > ITEMS_MOST) {
        text_print(ret_what, "has more than %d items", ITEMS_MOST);
        return false;
    }
    for (size_t i = 0; i < value->count; i++) {
        if (value->items[i][0] == '\0') {
            text_print(ret_what, "item %zu is empty", i + 1);
            return false;
        }
        if (!judge_characters(declared, value->items[i], ret_what) ||
            !judge_choice(conf, declared, value->items[i], ret_what))
            return false;
    }
    return true;
}

static bool (*const judges[])(struct conf *, const struct conf_value *, const c18n_setting *, struct conf_held *,
                              struct text *) = {
    [C18N_SETTING_TEXT] = judge_text,
    [C18N_SETTING_INTEGER] = judge_integer,
    [C18N_SETTING_BOOLEAN] = judge_boolean,
    [C18N_SETTING_LIST] = judge_list,
};

bool conf_judge(struct conf *conf, const struct conf_value *value, const c18n_setting *declared,
                struct conf_held *ret_held, struct text *ret_what)
{
    uint32_t type = declared->type;
    if (type >= sizeof judges / sizeof *judges) {
        text_print(ret_what, "is of a type that this host doesn't know (%u)", type);
        return false;
    }
    if (type != C18N_SETTING_LIST && value->count != 1) {
        text_print(ret_what, "takes one value, not a list of %zu", value->count);
        return false;
    }
    return judges[type](conf, value, declared, ret_held, ret_what);
}
