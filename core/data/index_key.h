/**
 * index_key.h: columns of a record as bytes whose memcmp order is the index's order.
 *
 * A column is a type byte (null < false < true < number < text), then a number as 8 bytes or a text
 * with 0x00 escaped and a terminator; `desc` inverts all its bits. At the end stands the id, inverted
 * when the last column is descending, so that "newest first" breaks ties by the newest id. A unique
 * index has no id in its keys.
 */
#ifndef DATA_INDEX_KEY_H
#define DATA_INDEX_KEY_H

#include "c18n/json.h"
#include "data/view.h"

enum { INDEX_ENTRIES_MOST = 256 }; /* of one record in one index: items of a list */
enum { INDEX_TEXT_MOST = 512 };    /* bytes of a text in a key; the rest becomes a hash */

struct index_keys {
    c18n_bytes *at;
    size_t count;
};

/** The keys of a record in an index: none when the first column is absent or null, one an item for a
 *  list, and none in a plain index for a softly deleted record. In the arena. `record` may be NULL: none. */
int index_keys(const struct view_index *index, const c18n_doc *record, const char *id, struct arena *arena,
               struct index_keys *ret_keys);
/** The first columns equal to `match` (texts, NULL-terminated), as the beginning of keys; appended to ret_key. */
int index_prefix(const struct view_index *index, const char *const *match, struct text *ret_key, size_t *ret_columns);
/** Appends a number as one column would be. */
void index_number(const struct view_column *column, double number, struct text *ret_key);
/** The smallest bytes greater than all that begin with these; false: there are none. Changes in place. */
bool index_successor(uint8_t *bytes, size_t *length);
/** Is the record softly deleted? */
bool record_is_deleted(const c18n_doc *record);

#endif
