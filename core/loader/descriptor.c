/* descriptor.c: is the descriptor in memory what its note and the ABI promise? Asked in the probing child,
 * so that wild pointers are the child's death. */
#include "loader/inside.h"

#include <string.h>

/* Of each table: its smallest element, which is what the ABI had that brought it (rows that have grown since end where
 * `TABLE_UNTIL` says); the pointers that a row can't do without; and what to say of one that breaks this. */
#define TABLE(member, row, must, ...)              TABLE_OF("0.1", member, sizeof(row), must, __VA_ARGS__)
#define TABLE_SINCE(minor, member, row, must, ...) TABLE_OF(minor, member, sizeof(row), must, __VA_ARGS__)
#define TABLE_UNTIL(member, row, first_since, must, ...)                                                               \
    TABLE_OF("0.1", member, offsetof(row, first_since), must, __VA_ARGS__)
#define TABLE_OF(minor, member, least, must, ...)                                                                      \
    {                                                                                                                  \
        offsetof(c18n_module, member), least, {__VA_ARGS__},                                                           \
            "its table " #member " must have rows of at least ABI " minor "'s size, 4,096 at most",                    \
            "each row of its table " #member " must have " must                                                        \
    }
#define AT(row, member) (offsetof(row, member) + 1) /* 0 ends */
static const struct {
    size_t offset, stride_least, must[4];
    const char *size_rule, *row_rule;
} tables[] = {
    TABLE(settings, c18n_setting, "name and otherwise", AT(c18n_setting, name), AT(c18n_setting, otherwise)),
    TABLE(policies, c18n_policy, "name and check", AT(c18n_policy, name), AT(c18n_policy, check)),
    TABLE(routes, c18n_route, "method, path and handle", AT(c18n_route, method), AT(c18n_route, path),
          AT(c18n_route, handle)),
    TABLE(events, c18n_event_type, "name and topic", AT(c18n_event_type, name), AT(c18n_event_type, topic)),
    TABLE(views, c18n_view, "name", AT(c18n_view, name)),
    TABLE(consumers, c18n_consumer, "name, topics and handle", AT(c18n_consumer, name), AT(c18n_consumer, topics),
          AT(c18n_consumer, handle)),
    TABLE_UNTIL(points, c18n_point, renders, "name", AT(c18n_point, name)),
    TABLE_UNTIL(hooks, c18n_hook, route, "point", AT(c18n_hook, point)),
    TABLE(timers, c18n_timer, "name and run", AT(c18n_timer, name), AT(c18n_timer, run)),
    TABLE(metrics, c18n_metric, "name", AT(c18n_metric, name)),
    TABLE(imports, c18n_import, "kind and take", AT(c18n_import, kind), AT(c18n_import, take)),
    TABLE(exports, c18n_export, "event and give", AT(c18n_export, event), AT(c18n_export, give)),
    TABLE_SINCE("0.3", sockets, c18n_socket, "path", AT(c18n_socket, path)),
    TABLE_SINCE("0.3", verbs, c18n_verb, "kind, sockets and handle", AT(c18n_verb, kind), AT(c18n_verb, sockets),
                AT(c18n_verb, handle)),
};

static bool table_fits(const c18n_table *table, size_t stride_least)
{
    return table->count == 0 || (table->at && table->count <= TABLE_ROWS_MOST && table->stride >= stride_least);
}

/* Are all pointers there that the host will follow? */
static bool rows_are_whole(const c18n_table *table, const size_t *must)
{
    static const unsigned char nothing[sizeof(void *)];
    for (size_t i = 0; i < table->count; i++) {
        const char *row = (const char *)table->at + i * table->stride;
        for (const size_t *member = must; *member; member++)
            if (memcmp(row + *member - 1, nothing, sizeof nothing) == 0)
                return false;
    }
    return true;
}

static const char *table_rule(const c18n_module *descriptor, size_t number)
{
    c18n_table table;
    if (descriptor->size < tables[number].offset + sizeof table)
        return NULL; /* it is older than the table */
    memcpy(&table, (const char *)descriptor + tables[number].offset, sizeof table);
    if (!table_fits(&table, tables[number].stride_least))
        return tables[number].size_rule;
    return rows_are_whole(&table, tables[number].must) ? NULL : tables[number].row_rule;
}

/* A hook on a render point has `render` in place of `run`; which of the two it must be is known when its point is. */
static const char *hooks_rule(const c18n_module *descriptor)
{
    for (size_t i = 0; i < descriptor->hooks.count; i++) {
        c18n_hook hook;
        loader_item(&descriptor->hooks, i, &hook, sizeof hook);
        if (!hook.run && !hook.render)
            return "each row of its table hooks must have run or render";
    }
    return NULL;
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
    if (!same(descriptor->id, candidate->id))
        return "its note and its descriptor must have the same id";
    if (!same(descriptor->version, candidate->version))
        return "its note and its descriptor must have the same version";
    if (!same(descriptor->facts, elf->note))
        return "its note and its descriptor must have the same facts";
    if (!descriptor->summary)
        return "it must have a summary";
    if (descriptor->state_size > STATE_BYTES_MOST)
        return "its state must be at most 64 MiB";
    const char *rule = NULL;
    for (size_t i = 0; i < LENGTH_OF(tables) && !rule; i++)
        rule = table_rule(descriptor, i);
    return rule ? rule : hooks_rule(descriptor);
}
