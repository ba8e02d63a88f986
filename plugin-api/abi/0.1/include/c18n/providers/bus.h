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

typedef struct c18n_bus {
    uint32_t size;
    /** Hands an event over, inside the writer's transaction. An embedded bus, whose log is the history, does nothing.
     */
    int (*publish)(c18n_self *self, c18n_store *writer, const c18n_record *record);
    /** Hands out the records of some topics (space-separated) after the consumer's offset, in order,
     *  on a reading connection, until `record` returns C18N_AGAIN. */
    int (*fetch)(c18n_self *self, c18n_store *reader, const char *consumer, const char *topics, uint64_t after,
                 c18n_store_record record, void *arg);
    /** The consumer's stored offset; 0: none yet. */
    int (*offset)(c18n_self *self, c18n_store *store, const char *consumer, uint64_t *ret_position);
    /** Stores the offset in the current transaction of the writer. C18N_EXISTS: it is already as far: the event was
     * handled before. */
    int (*advance)(c18n_self *self, c18n_store *writer, const char *consumer, uint64_t position);
    /** Keeps an event that can't be handled, with the reason, in the current transaction. */
    int (*bury)(c18n_self *self, c18n_store *writer, const char *consumer, uint64_t position, const char *reason);
    /** Hands out dead letters: key "CONSUMER/POSITION", value the reason. */
    int (*dead)(c18n_self *self, c18n_store *reader, c18n_store_row row, void *arg);
    /** C18N_OK, or why it can't serve now, with a few words for /readyz, which live until the process ends. Any thread,
     *  does not block. */
    int (*state)(c18n_self *self, const char **ret_detail);
} c18n_bus;

#endif
