/* view.c: compiles view declarations. Everything that could be wrong in one is found here, at the
 * start, so that no request meets it. */
#include "data/view.h"

#include "base/words.h"
#include "loader/loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const host_tables[SLOTS_OF_HOST] = {
    [SLOT_KEYS] = "keys",       [SLOT_REVOKED] = "revoked", [SLOT_IDEMPOTENCY] = "idempotency",
    [SLOT_IMPORTS] = "imports", [SLOT_META] = "meta",
};

/* "  unique a ,  b desc" → "a,b desc". False: longer than the room. */
static bool index_normalize(const char *declared, size_t length, char *ret_text, size_t room, bool *ret_unique)
{
    size_t used = 0;
    *ret_unique = false;
    for (size_t i = 0; i < length; i++) {
        char byte = declared[i];
        bool blank = byte == ' ' || byte == '\t' || byte == '\n';
        bool next_blank = i + 1 == length || strchr(" ,\t\n", declared[i + 1]);
        if (blank && (used == 0 || next_blank || ret_text[used - 1] == ','))
            continue;
        if (used + 1 >= room)
            return false;
        ret_text[used++] = blank ? ' ' : byte;
        if (used == 7 && memcmp(ret_text, "unique ", 7) == 0) {
            *ret_unique = true;
            used = 0;
        }
    }
    ret_text[used] = '\0';
    return used > 0;
}

static bool column_compile(struct arena *arena, const char *piece, size_t length, struct view_column *ret_column)
{
    const char *copy = arena_copy(arena, piece, length), *word;
    struct words words = {copy, " "};
    size_t word_length;
    *ret_column = (struct view_column){0};
    while (words_next(&words, &word, &word_length)) {
        if (!ret_column->name)
            ret_column->name = arena_copy(arena, word, word_length);
        else if (words_equal(word, word_length, "desc"))
            ret_column->descending = true;
        else if (words_equal(word, word_length, "nocase"))
            ret_column->nocase = true;
        else
            return false;
    }
    return ret_column->name != NULL;
}

static bool index_compile(struct arena *arena, const char *piece, size_t length, struct view_index *index)
{
    char normal[256];
    if (!index_normalize(piece, length, normal, sizeof normal, &index->unique))
        return false;
    index->declared = arena_copy(arena, normal, strlen(normal));
    struct words words = {index->declared, ","};
    const char *column;
    size_t column_length;
    while (words_next(&words, &column, &column_length)) {
        if (index->column_count == VIEW_COLUMNS_MOST ||
            !column_compile(arena, column, column_length, &index->columns[index->column_count]))
            return false;
        index->column_count++;
    }
    return index->column_count > 0;
}

static bool view_indexes(struct arena *arena, struct view *view)
{
    struct words words = {view->declared.indexes, ";"};
    const char *piece;
    size_t length;
    while (words_next(&words, &piece, &length)) {
        if (view->index_count == VIEW_INDEXES_MOST ||
            !index_compile(arena, piece, length, &view->indexes[view->index_count]))
            return false;
        view->index_count++;
    }
    return true;
}

static bool column_is_indexed(const struct view *view, const char *name)
{
    for (size_t i = 0; i < view->index_count; i++)
        for (size_t j = 0; j < view->indexes[i].column_count; j++)
            if (strcmp(view->indexes[i].columns[j].name, name) == 0)
                return true;
    return false;
}

static bool view_counters(struct arena *arena, struct view *view)
{
    struct words words = {view->declared.counters, " "};
    const char *word;
    size_t length;
    while (words_next(&words, &word, &length)) {
        if (view->counter_count == VIEW_COUNTERS_MOST)
            return false;
        const char *name = arena_copy(arena, word, length);
        if (!name)
            return false;
        view->counters[view->counter_count++] = (struct view_counter){name, column_is_indexed(view, name)};
    }
    return true;
}

static bool search_field(struct arena *arena, struct view *view, const char *word, size_t length, bool filter)
{
    const char *star = memchr(word, '*', length);
    const char *name = arena_copy(arena, word, star ? (size_t)(star - word) : length);
    if (!name || view->search_count == VIEW_SEARCH_MOST)
        return false;
    double weight = star ? strtod(star + 1, NULL) : 1.0;
    view->search[view->search_count++] = (struct view_search){name, weight > 0 ? weight : 1.0, filter};
    return true;
}

static bool view_searches(struct arena *arena, struct view *view)
{
    const char *const lists[] = {view->declared.search, view->declared.search ? view->declared.search_filters : NULL};
    for (size_t i = 0; i < 2; i++) {
        struct words words = {lists[i], " "};
        const char *word;
        size_t length;
        while (words_next(&words, &word, &length))
            if (!search_field(arena, view, word, length, i == 1))
                return false;
    }
    return true;
}

static bool name_is_good(const char *name)
{
    return name && *name && strlen(name) <= 48 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static int view_compile(struct arena *arena, struct view *view, struct text *ret_why)
{
    const c18n_view *declared = &view->declared;
    const char *wrong = !name_is_good(declared->name) ? "its name is not of [a-z0-9_]"
                        : !view_indexes(arena, view)  ? "its indexes can't be understood, or there are too many; "
                                                        "they are written as in \"community, created_on desc; unique "
                                                        "username nocase\""
                        : !view_counters(arena, view) ? "it has too many counters"
                        : !view_searches(arena, view) ? "it has too many fields for search"
                                                      : NULL;
    if (wrong) {
        text_print(ret_why, "%s: view %s: %s.\n", view->owner->self.id, or_empty(declared->name), wrong);
        return C18N_INVALID;
    }
    view->fingerprint = arena_print(arena, "%u|%s|%s|%s", declared->version, view->owner->self.id,
                                    or_empty(declared->indexes), or_empty(declared->counters));
    return view->fingerprint ? C18N_OK : C18N_NO_MEMORY;
}

static int view_order(const void *a, const void *b)
{
    return strcmp(((const struct view *)a)->declared.name, ((const struct view *)b)->declared.name);
}

/* Numbers and slots follow the names, so that they don't hang on the order of loading. */
static int views_number(struct views *views, struct arena *arena, struct text *ret_why)
{
    qsort(views->at, views->count, sizeof *views->at, view_order);
    unsigned slot = SLOTS_OF_HOST;
    for (size_t i = 0; i < views->count; i++) {
        struct view *view = &views->at[i];
        if (i > 0 && view_order(view - 1, view) == 0) {
            text_print(ret_why, "%s: view %s: module %s has one of that name.\n", view->owner->self.id,
                       view->declared.name, view[-1].owner->self.id);
            return C18N_INVALID;
        }
        view->number = (unsigned)i;
        view->slot = slot++;
        for (size_t j = 0; j < view->index_count; j++)
            view->indexes[j].slot = slot++;
    }
    views->slots = slot;
    bool *holds_records = arena_alloc(arena, slot * sizeof *holds_records);
    for (size_t i = 0; holds_records && i < views->count; i++)
        holds_records[views->at[i].slot] = true;
    views->holds_records = holds_records;
    return holds_records ? C18N_OK : C18N_NO_MEMORY;
}

int views_compile(const struct loader *loader, struct arena *arena, struct views *ret_views, struct text *ret_why)
{
    struct views views = {0};
    size_t count = 0;
    for (size_t i = 0; i < loader_count(loader); i++)
        count += loader_at(loader, i)->descriptor->views.count;
    views.at = arena_alloc(arena, (count + 1) * sizeof *views.at);
    if (!views.at)
        return C18N_NO_MEMORY;
    for (size_t i = 0; i < loader_count(loader); i++) {
        const struct module *module = loader_at(loader, i);
        for (size_t j = 0; j < module->descriptor->views.count; j++) {
            struct view *view = &views.at[views.count++];
            view->owner = module;
            loader_item(&module->descriptor->views, j, &view->declared, sizeof view->declared);
            int code = view_compile(arena, view, ret_why);
            if (code != C18N_OK)
                return code;
        }
    }
    int code = views_number(&views, arena, ret_why);
    if (code == C18N_OK)
        *ret_views = views;
    return code;
}

static int name_order(const void *name, const void *view)
{
    return strcmp(name, ((const struct view *)view)->declared.name);
}

const struct view *views_find(const struct views *views, const char *name)
{
    return name && views->count ? bsearch(name, views->at, views->count, sizeof *views->at, name_order) : NULL;
}

const struct view_index *view_index_find(const struct view *view, const char *declared)
{
    char normal[256];
    bool unique;
    if (!declared || !index_normalize(declared, strlen(declared), normal, sizeof normal, &unique))
        return NULL;
    for (size_t i = 0; i < view->index_count; i++)
        if (strcmp(view->indexes[i].declared, normal) == 0)
            return &view->indexes[i];
    return NULL;
}

const struct view_counter *view_counter_find(const struct view *view, const char *name)
{
    for (size_t i = 0; i < view->counter_count; i++)
        if (strcmp(view->counters[i].name, name) == 0)
            return &view->counters[i];
    return NULL;
}

bool views_table_name(const struct views *views, unsigned slot, const char *prefix, char ret_name[96])
{
    int length = -1;
    if (slot < SLOTS_OF_HOST)
        length = snprintf(ret_name, 96, "host.%s", host_tables[slot]);
    for (size_t i = 0; length < 0 && i < views->count; i++) {
        const struct view *view = &views->at[i];
        if (slot == view->slot)
            length = snprintf(ret_name, 96, "%sview.%s", prefix, view->declared.name);
        else if (slot > view->slot && slot <= view->slot + view->index_count)
            length = snprintf(ret_name, 96, "%sindex.%s.%u", prefix, view->declared.name, slot - view->slot - 1);
    }
    return length > 0 && length < 96;
}

int views_host_slot(const char *name)
{
    if (strncmp(name, "host.", 5) == 0)
        name += 5;
    for (int i = 0; i < SLOTS_OF_HOST; i++)
        if (strcmp(host_tables[i], name) == 0)
            return i;
    return -1;
}
