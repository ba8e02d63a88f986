/**
 * record.h: between an event, as modules see it, and a record, as storage keeps it.
 *
 * The difference is the sealed part. So that a replay makes the same bytes, an event's data has the
 * same order from its first moment as when it comes back: open members first, then the sealed ones.
 */
#ifndef DATA_RECORD_H
#define DATA_RECORD_H

#include "c18n/events.h"
#include "data/scope.h"

/** Fills the data of event and record from `data`; members named in `personal` (NULL: none) are sealed for `subject`.
 *  The event's and the record's event_id must be set. In the arena. */
int record_seal(struct data_scope *scope, struct arena *arena, const c18n_doc *data, const char *personal,
                const char *subject, c18n_event *event, c18n_record *record);
/** The event of a stored record, unsealed. Text is the record's own or the arena's. */
int record_event(struct data_scope *scope, struct arena *arena, const c18n_record *record, c18n_event *ret_event);
int record_copy(struct arena *arena, const c18n_record *record, c18n_record *ret_copy);

#endif
