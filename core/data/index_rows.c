#include "data/index_rows.h"

int index_sets_of(const struct view *view, const c18n_doc *record, const char *id, struct arena *arena,
                  struct index_sets *ret_sets)
{
    for (size_t i = 0; i < view->index_count; i++) {
        int code = index_keys(&view->indexes[i], record, id, arena, &ret_sets->of[i]);
        if (code != C18N_OK)
            return code;
    }
    return C18N_OK;
}

static bool same(c18n_bytes a, c18n_bytes b)
{
    return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

static bool keys_have(const struct index_keys *keys, c18n_bytes key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (same(keys->at[i], key))
            return true;
    return false;
}

static int put_key(struct data_scope *scope, const struct view_index *index, c18n_bytes key, c18n_bytes id)
{
    c18n_bytes holder;
    int code = index->unique ? scope_get(scope, index->slot, key, &holder) : C18N_NOT_FOUND;
    if (code == C18N_NOT_FOUND)
        return scope_put(scope, index->slot, key, id);
    return code != C18N_OK || same(holder, id) ? code : C18N_EXISTS;
}

static int update_one(struct data_scope *scope, const struct view_index *index, c18n_bytes id,
                      const struct index_keys *old, const struct index_keys *now)
{
    int code = C18N_OK;
    for (size_t i = 0; i < old->count && code == C18N_OK; i++)
        if (!keys_have(now, old->at[i]))
            code = scope_remove(scope, index->slot, old->at[i]);
    for (size_t i = 0; i < now->count && code == C18N_OK; i++)
        if (!keys_have(old, now->at[i]))
            code = put_key(scope, index, now->at[i], id);
    return code;
}

int index_rows_update(struct data_scope *scope, const struct view *view, const char *id, const struct index_sets *old,
                      const struct index_sets *now)
{
    int code = C18N_OK;
    for (size_t i = 0; i < view->index_count && code == C18N_OK; i++)
        code = update_one(scope, &view->indexes[i], bytes_of(id), &old->of[i], &now->of[i]);
    return code;
}
