/* descriptor.c: is the descriptor in memory what its note and the ABI promise? Asked in the probing child,
 * so that wild pointers are the child's death. */
#include "loader/inside.h"

#include <string.h>

/* The smallest element of each table: what ABI 0.1 has; and what to say of a table that has smaller ones. */
#define TABLE(member, row)                                                                                             \
    {offsetof(c18n_module, member), sizeof(row),                                                                       \
     "its table " #member " must have rows of at least ABI 0.1's size, 4,096 at most"}
static const struct {
    size_t offset, stride_least;
    const char *rule;
} tables[] = {
    TABLE(settings, c18n_setting), TABLE(policies, c18n_policy),   TABLE(routes, c18n_route),
    TABLE(events, c18n_event_type), TABLE(views, c18n_view),       TABLE(consumers, c18n_consumer),
    TABLE(points, c18n_point),     TABLE(hooks, c18n_hook),        TABLE(timers, c18n_timer),
    TABLE(metrics, c18n_metric),   TABLE(imports, c18n_import),    TABLE(exports, c18n_export),
};

static bool table_fits(const c18n_module *descriptor, size_t number)
{
    c18n_table table;
    memcpy(&table, (const char *)descriptor + tables[number].offset, sizeof table);
    if (table.count == 0)
        return true;
    return table.at && table.count <= TABLE_ROWS_MOST && table.stride >= tables[number].stride_least;
}

static bool same(const char *in_descriptor, const char *in_note)
{
    return in_descriptor && strcmp(in_descriptor, in_note) == 0;
}

const char *descriptor_check(const c18n_module *descriptor, const struct candidate *candidate)
{
    const struct elf_facts *elf = &candidate->elf;
    if (descriptor->magic != C18N_ABI_MAGIC || descriptor->major != elf->major ||
        descriptor->minor_needed != elf->minor_needed || descriptor->size != elf->size)
        return "its descriptor must not change while it is loaded";
    if (!same(descriptor->id, candidate->id) || !same(descriptor->version, candidate->version) ||
        !same(descriptor->facts, elf->note))
        return "note and descriptor must say the same: id, version, facts";
    if (!descriptor->summary)
        return "it must have a summary";
    if (descriptor->state_size > STATE_BYTES_MOST)
        return "its state must be at most 64 MiB";
    for (size_t i = 0; i < LENGTH_OF(tables); i++)
        if (!table_fits(descriptor, i))
            return tables[i].rule;
    return NULL;
}
