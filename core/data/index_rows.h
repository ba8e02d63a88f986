/** index_rows.h: keeps the rows of a view's indexes in step with its records. Writer's thread. */
#ifndef DATA_INDEX_ROWS_H
#define DATA_INDEX_ROWS_H

#include "data/index_key.h"
#include "data/scope.h"

struct index_sets { /* a record's keys in every index of its view */
    struct index_keys of[VIEW_INDEXES_MOST];
};

int index_sets_of(const struct view *view, const c18n_doc *record, const char *id, struct arena *arena,
                  struct index_sets *ret_sets);
/** Takes out the rows that are no more and puts in the new ones. C18N_EXISTS: a unique key is another record's. */
int index_rows_update(struct data_scope *scope, const struct view *view, const char *id, const struct index_sets *old,
                      const struct index_sets *now);

#endif
