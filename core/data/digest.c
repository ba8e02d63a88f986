#include "data/digest.h"

#include "data/parts.h"

#include <sodium.h>

static void add(crypto_generichash_state *state, c18n_bytes bytes)
{
    uint64_t length = bytes.length;
    crypto_generichash_update(state, (const uint8_t *)&length, sizeof length);
    if (length > 0)
        crypto_generichash_update(state, bytes.at, length);
}

static int add_row(void *arg, c18n_bytes key, c18n_bytes value)
{
    add(arg, key);
    add(arg, value);
    return C18N_OK;
}

int digest_table(struct data_scope *scope, unsigned slot, uint8_t ret_digest[DIGEST])
{
    crypto_generichash_state state;
    c18n_range all = {0};
    crypto_generichash_init(&state, NULL, 0, DIGEST);
    int code = scope_scan(scope, slot, &all, add_row, &state);
    if (code == C18N_OK)
        crypto_generichash_final(&state, ret_digest, DIGEST);
    return code;
}

static int digest_all(struct data_scope *scope, uint8_t ret_digest[DIGEST])
{
    const struct views *views = &scope->data->views;
    crypto_generichash_state state;
    int code = C18N_OK;
    crypto_generichash_init(&state, NULL, 0, DIGEST);
    for (unsigned slot = SLOTS_OF_HOST; slot < views->slots && code == C18N_OK; slot++) {
        char name[96];
        uint8_t table[DIGEST];
        code = views_table_name(views, slot, "", name) ? digest_table(scope, slot, table) : C18N_INVALID;
        if (code != C18N_OK)
            break;
        add(&state, bytes_of(name));
        add(&state, (c18n_bytes){table, sizeof table});
    }
    if (code == C18N_OK)
        crypto_generichash_final(&state, ret_digest, DIGEST);
    return code;
}

int data_views_digest(struct data *data, uint8_t ret_digest[32])
{
    struct data_scope scope;
    int code = scope_connect(&scope, data, C18N_STORE_READ);
    if (code == C18N_OK)
        code = scope_begin(&scope);
    if (code == C18N_OK)
        code = scope_resolve(&scope, "");
    if (code == C18N_OK)
        code = digest_all(&scope, ret_digest);
    scope_end(&scope);
    scope_disconnect(&scope);
    return code;
}

/* --- where two tables part: rows in pairs, one at a time; only walked when digests differ --- */

struct row {
    struct arena *arena;
    c18n_bytes key, value;
    bool found;
};

static int take_row(void *arg, c18n_bytes key, c18n_bytes value)
{
    struct row *row = arg;
    row->key = (c18n_bytes){arena_copy(row->arena, key.at, key.length), key.length};
    row->value = (c18n_bytes){arena_copy(row->arena, value.at, value.length), value.length};
    row->found = row->key.at && row->value.at;
    return row->found ? C18N_AGAIN : C18N_NO_MEMORY;
}

static int next_row(struct data_scope *scope, unsigned slot, const struct text *from, struct arena *arena,
                    struct row *ret_row)
{
    c18n_range range = {.from = {from->at, from->length}};
    *ret_row = (struct row){.arena = arena};
    int code = scope_scan(scope, slot, &range, take_row, ret_row);
    return code == C18N_AGAIN ? C18N_OK : code;
}

static int order_of(c18n_bytes a, c18n_bytes b)
{
    int order = memcmp(a.at, b.at, a.length < b.length ? a.length : b.length);
    return order ? order : a.length < b.length ? -1 : a.length > b.length;
}

static bool rows_same(const struct row *a, const struct row *b)
{
    return a->found && b->found && order_of(a->key, b->key) == 0 && a->value.length == b->value.length &&
           memcmp(a->value.at, b->value.at, a->value.length) == 0;
}

int digest_first_difference(struct data_scope *a, struct data_scope *b, unsigned slot, struct arena *arena,
                            c18n_bytes *ret_key, c18n_bytes *ret_value)
{
    struct arena *rows = arena_new(64 * 1024 * 1024);
    struct text from;
    struct row left = {0}, right = {0};
    int code = rows ? C18N_OK : C18N_NO_MEMORY;
    text_init(&from, NULL, 0);
    while (code == C18N_OK) {
        arena_reset(rows);
        code = next_row(a, slot, &from, rows, &left);
        if (code == C18N_OK)
            code = next_row(b, slot, &from, rows, &right);
        if (code != C18N_OK || !rows_same(&left, &right))
            break;
        from.length = 0;
        text_add(&from, left.key.at, left.key.length);
        text_add_char(&from, '\0');
    }
    const struct row *first = !left.found || (right.found && order_of(right.key, left.key) < 0) ? &right : &left;
    *ret_key = *ret_value = (c18n_bytes){"", 0};
    if (code == C18N_OK && first->found) {
        *ret_key = (c18n_bytes){arena_copy(arena, first->key.at, first->key.length), first->key.length};
        *ret_value = (c18n_bytes){arena_copy(arena, first->value.at, first->value.length), first->value.length};
    }
    text_free(&from);
    arena_free(rows);
    return code;
}
