#include "data/index_key.h"

#include "base/codec.h"
#include "base/fold.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

enum { TYPE_NULL = 1, TYPE_FALSE, TYPE_TRUE, TYPE_NUMBER, TYPE_TEXT };
enum { TEXT_HASH = 16 };

static void invert(struct text *key, size_t from)
{
    for (size_t i = from; i < key->length && !key->failed; i++)
        key->at[i] = (char)~key->at[i];
}

/* A long text keeps its beginning, which orders, and a hash of the whole, which tells apart. */
static void add_long_text(struct text *key, const char *text, size_t length)
{
    uint64_t hash = codec_hash(text, length, 0);
    text_add(key, text, INDEX_TEXT_MOST - TEXT_HASH);
    text_add_hex(key, &hash, sizeof hash);
}

static void add_text(struct text *key, const char *text, size_t length, bool nocase)
{
    text_add_char(key, TYPE_TEXT);
    size_t start = key->length;
    if (length > INDEX_TEXT_MOST)
        add_long_text(key, text, length);
    else
        for (size_t i = 0; i < length; i++) {
            text_add_char(key, text[i]);
            if (text[i] == '\0')
                text_add_char(key, (char)0xff);
        }
    if (nocase && !key->failed)
        fold_key(key->at + start, key->length - start);
    text_add(key, "\0\1", 2);
}

static void add_number(struct text *key, double number)
{
    uint64_t bits;
    number += 0.0; /* -0 and 0 are one */
    memcpy(&bits, &number, sizeof bits);
    bits = bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
    char bytes[9] = {TYPE_NUMBER};
    for (int i = 0; i < 8; i++)
        bytes[i + 1] = (char)(bits >> (56 - 8 * i));
    text_add(key, bytes, sizeof bytes);
}

void index_number(const struct view_column *column, double number, struct text *ret_key)
{
    size_t start = ret_key->length;
    add_number(ret_key, number);
    if (column->descending)
        invert(ret_key, start);
}

static void add_quoted(struct text *key, const char *value, size_t length, bool nocase)
{
    if (!memchr(value, '\\', length)) {
        add_text(key, value + 1, length - 2, nocase);
        return;
    }
    const char *text = json_unescape(key->arena, value, length);
    if (text)
        add_text(key, text, strlen(text), nocase);
    else
        key->failed = true;
}

/* One column from a JSON value; NULL: absent. What is no scalar sorts as null. */
static void add_column(const struct view_column *column, const char *value, size_t length, struct text *key)
{
    size_t start = key->length;
    char first = value ? value[0] : 'n';
    if (first == '"')
        add_quoted(key, value, length, column->nocase);
    else if (first == '-' || (first >= '0' && first <= '9'))
        add_number(key, strtod(value, NULL));
    else
        text_add_char(key, first == 't' ? TYPE_TRUE : first == 'f' ? TYPE_FALSE : TYPE_NULL);
    if (column->descending)
        invert(key, start);
}

struct columns { /* of one record */
    const struct view_index *index;
    struct json_member values[VIEW_COLUMNS_MOST]; /* value NULL: absent */
    const char *id;
    struct arena *arena;
};

/* `item` stands in the place of the list in column `list`. */
static int add_key(const struct columns *columns, size_t list, const char *item, size_t item_length,
                   struct index_keys *keys)
{
    const struct view_index *index = columns->index;
    struct text key;
    text_init(&key, columns->arena, 0);
    text_reserve(&key, 96);
    for (size_t i = 0; i < index->column_count; i++) {
        const struct json_member *value = &columns->values[i];
        if (i == list)
            add_column(&index->columns[i], item, item_length, &key);
        else
            add_column(&index->columns[i], value->value, value->value_length, &key);
    }
    size_t end = key.length;
    if (!index->unique)
        text_add_text(&key, columns->id);
    if (index->columns[index->column_count - 1].descending)
        invert(&key, end);
    if (key.failed)
        return C18N_NO_MEMORY;
    keys->at[keys->count++] = (c18n_bytes){key.at, key.length};
    return C18N_OK;
}

static int add_list(const struct columns *columns, size_t list, struct index_keys *keys)
{
    struct json_walk walk;
    const char *item;
    size_t length;
    keys->at = arena_alloc(columns->arena, INDEX_ENTRIES_MOST * sizeof *keys->at);
    if (!keys->at)
        return C18N_NO_MEMORY;
    json_items_begin(&walk, columns->values[list].value, columns->values[list].value_length);
    while (keys->count < INDEX_ENTRIES_MOST && json_items_next(&walk, &item, &length)) {
        int code = add_key(columns, list, item, length, keys);
        if (code != C18N_OK)
            return code;
    }
    return C18N_OK;
}

bool record_is_deleted(const c18n_doc *record)
{
    struct json_member member;
    return json_find(record, "deleted_on", &member) && member.value[0] != 'n';
}

int index_keys(const struct view_index *index, const c18n_doc *record, const char *id, struct arena *arena,
               struct index_keys *ret_keys)
{
    struct columns columns = {.index = index, .id = id, .arena = arena};
    size_t list = VIEW_COLUMNS_MOST;
    *ret_keys = (struct index_keys){0};
    if (!record || (!index->unique && record_is_deleted(record)))
        return C18N_OK;
    for (size_t i = 0; i < index->column_count; i++) {
        if (!json_find(record, index->columns[i].name, &columns.values[i]))
            columns.values[i] = (struct json_member){0};
        const char *value = columns.values[i].value;
        if (i == 0 && (!value || value[0] == 'n'))
            return C18N_OK;
        if (value && value[0] == '[' && list == VIEW_COLUMNS_MOST)
            list = i;
    }
    if (list < VIEW_COLUMNS_MOST)
        return add_list(&columns, list, ret_keys);
    ret_keys->at = arena_alloc(arena, sizeof *ret_keys->at);
    return ret_keys->at ? add_key(&columns, list, NULL, 0, ret_keys) : C18N_NO_MEMORY;
}

int index_prefix(const struct view_index *index, const char *const *match, struct text *ret_key, size_t *ret_columns)
{
    size_t column = 0;
    for (; match && match[column]; column++) {
        if (column == index->column_count)
            return C18N_INVALID;
        size_t start = ret_key->length;
        add_text(ret_key, match[column], strlen(match[column]), index->columns[column].nocase);
        if (index->columns[column].descending)
            invert(ret_key, start);
    }
    *ret_columns = column;
    return ret_key->failed ? C18N_NO_MEMORY : C18N_OK;
}

bool index_successor(uint8_t *bytes, size_t *length)
{
    while (*length > 0 && bytes[*length - 1] == 0xff)
        --*length;
    if (*length == 0)
        return false;
    bytes[*length - 1]++;
    return true;
}
