/** table.h: things found by a hash of their own: channels, people. Chained, grows, never fails to add. One thread at a
 *  time. */
#ifndef LIVE_TABLE_H
#define LIVE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct live_entry { /* must stay first in what is found */
    struct live_entry *next;
    uint64_t hash;
};
struct live_table {
    struct live_entry **buckets;
    size_t bucket_count, count;
};

bool live_table_new(struct live_table *table);  /* false: no memory */
void live_table_free(struct live_table *table); /* not what is in it */
void live_table_add(struct live_table *table, struct live_entry *entry);
void live_table_remove(struct live_table *table, struct live_entry *entry);

/** The first entry at or after `entry` in its chain that has this hash; the caller compares the rest, and goes on with
 *  entry->next. */
static inline struct live_entry *live_table_next(struct live_entry *entry, uint64_t hash)
{
    while (entry && entry->hash != hash)
        entry = entry->next;
    return entry;
}
static inline struct live_entry *live_table_first(const struct live_table *table, uint64_t hash)
{
    return live_table_next(table->buckets[hash & (table->bucket_count - 1)], hash);
}

#endif
