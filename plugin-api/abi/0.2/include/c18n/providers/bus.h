/**
 * providers/bus.h: what "bus.v1" must do. One such module serves.
 *
 * A bus carries events from where they are emitted to consumers, in order of their partition, at
 * least once. It stores each consumer's offset and the dead letters.
 */
#ifndef C18N_PROVIDERS_BUS_H
#define C18N_PROVIDERS_BUS_H

#include "../abi.h"
#include "storage.h"

/** The functions of the service "bus.v1". */
typedef struct c18n_bus {
    uint32_t size;
    /** Hands an event over, inside the writer's transaction. An embedded bus, whose log is the history, does nothing.
     *  Thread: the writer's. Owner: host, until it returns. Errors: any code: the transaction is given up. Since 0.1.
     */
    int (*publish)(c18n_self *self, c18n_store *writer, const c18n_record *record);
    /** Hands out the records of some topics (space-separated) after position `after`, in order, on a reading
     *  connection, until `record` returns C18N_AGAIN.
     *  Thread: a consumer's. Owner: provider, a record until `record` returns; `arg` is passed on. Errors: record's, or
     *  the storage's. Since 0.1. */
    int (*fetch)(c18n_self *self, c18n_store *reader, const char *consumer, const char *topics, uint64_t after,
                 c18n_store_record record, void *arg);
    /** The consumer's stored offset; 0: none yet.
     *  Thread: a reader's or the writer's. Owner: host. Errors: the storage's. Since 0.1. */
    int (*offset)(c18n_self *self, c18n_store *store, const char *consumer, uint64_t *ret_position);
    /** Stores the offset in the current transaction of the writer.
     *  Thread: the writer's. Owner: host. Errors: C18N_EXISTS (it is already as far: the event was handled before), or
     *  the storage's. Since 0.1. */
    int (*advance)(c18n_self *self, c18n_store *writer, const char *consumer, uint64_t position);
    /** Keeps an event that can't be handled, with the reason, in the current transaction.
     *  Thread: the writer's. Owner: host. Errors: the storage's. Since 0.1. */
    int (*bury)(c18n_self *self, c18n_store *writer, const char *consumer, uint64_t position, const char *reason);
    /** Hands out dead letters: key "CONSUMER/POSITION", value the reason.
     *  Thread: a reader's. Owner: provider, a row until `row` returns; `arg` is passed on. Errors: row's, or the
     *  storage's. Since 0.1. */
    int (*dead)(c18n_self *self, c18n_store *reader, c18n_store_row row, void *arg);
    /** C18N_OK, or why it can't serve now, with a few words for /readyz.
     *  Thread: any; does not block. Owner: process, the words. Errors: any code: not ready. Since 0.1. */
    int (*state)(c18n_self *self, const char **ret_detail);
} c18n_bus;

#endif
