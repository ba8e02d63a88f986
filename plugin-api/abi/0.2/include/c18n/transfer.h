/**
 * transfer.h: import and export of NDJSON, a line a record.
 *
 * The host reads the file, checks each line against the field table, resolves references, passes
 * over what was taken in before, and counts. A module says what one line means.
 */
#ifndef C18N_TRANSFER_H
#define C18N_TRANSFER_H

#include "abi.h"
#include "events.h"
#include "fields.h"
#include "json.h"
#include "mem.h"

/** A kind of line that a module takes in. */
typedef struct c18n_import {
    const char *kind;  /**< "post" */
    c18n_table fields; /**< c18n_field[] of the line, besides `kind` and `ref` */
    /** Members that hold references, "community by": the host replaces each by the id it stands for. */
    const char *references;
    /** Takes one line in, as a WRITE request (body: the line, references resolved; the time of events is set from
     *  created_on). Sets ret_id to the new id; "" when the kind has no `ref`.
     *  Thread: request's: the writer's. Owner: request; `module` is c18n_self.state. Errors: C18N_EXISTS (was here
     *  already, passed over); any other: the line is refused, with what c18n_fail said. Since 0.1. */
    int (*take)(c18n_request *rq, char ret_id[37], void *module);
} c18n_import;

/** A kind of line that a module gives. */
typedef struct c18n_export {
    const char *event; /**< the event type that begins such a record: "posts.created" */
    /** Writes the line's members for the event's record as it is now (`kind` first). Called in the order of history, so
     *  that references come first.
     *  Thread: request's. Owner: request; `module` is c18n_self.state. Errors: C18N_NOT_FOUND (gone, no line); any
     *  other ends the export. Since 0.1. */
    int (*give)(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module);
} c18n_export;

#endif
