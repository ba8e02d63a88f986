#include "live/table.h"

#include <stdlib.h>

enum { TABLE_BEGINS_WITH = 64 };

bool live_table_new(struct live_table *table)
{
    *table = (struct live_table){.buckets = calloc(TABLE_BEGINS_WITH, sizeof(struct live_entry *)),
                                 .bucket_count = TABLE_BEGINS_WITH};
    return table->buckets != NULL;
}

void live_table_free(struct live_table *table)
{
    free(table->buckets);
    *table = (struct live_table){0};
}

static void put(struct live_entry **buckets, size_t count, struct live_entry *entry)
{
    struct live_entry **bucket = &buckets[entry->hash & (count - 1)];
    entry->next = *bucket;
    *bucket = entry;
}

/* Without memory the chains just get longer. */
static void grow(struct live_table *table)
{
    size_t count = table->bucket_count * 2;
    struct live_entry **buckets = calloc(count, sizeof(struct live_entry *));
    if (!buckets)
        return;
    for (size_t i = 0; i < table->bucket_count; i++)
        for (struct live_entry *entry = table->buckets[i], *next; entry; entry = next) {
            next = entry->next;
            put(buckets, count, entry);
        }
    free(table->buckets);
    table->buckets = buckets;
    table->bucket_count = count;
}

void live_table_add(struct live_table *table, struct live_entry *entry)
{
    if (table->count++ >= table->bucket_count)
        grow(table);
    put(table->buckets, table->bucket_count, entry);
}

void live_table_remove(struct live_table *table, struct live_entry *entry)
{
    struct live_entry **at = &table->buckets[entry->hash & (table->bucket_count - 1)];
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    table->count--;
}
