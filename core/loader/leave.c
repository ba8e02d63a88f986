/* leave.c: what the operator or the server's own history asks to leave out, as if it had been refused. */
#include "loader/inside.h"

#include <stdlib.h>
#include <string.h>

struct leave {
    struct leave *next;
    char id[64], reason[256];
};

void loader_leave_out(struct loader *loader, const char *id, const char *reason)
{
    struct leave *leave = calloc(1, sizeof *leave);
    if (!leave)
        return; /* the module is tried once more, as before */
    print_into(leave->id, sizeof leave->id, "%s", id);
    print_into(leave->reason, sizeof leave->reason, "%s", reason);
    leave->next = loader->leaves;
    loader->leaves = leave;
}

/* Does a module that must be there need it, itself or by others? Each step goes one need further, so that as many
 * steps as there are modules are enough also where needs go round in a circle. */
static bool leave_is_relied_on(const struct candidate *candidate, size_t steps)
{
    const struct loader *loader = candidate->loader;
    if (!candidate->module.optional || refuse_is_vital(candidate))
        return true;
    for (size_t i = 0; steps > 0 && i < loader->count; i++) {
        const struct candidate *other = &loader->candidates[i];
        if (!other->out && graph_needs(other, candidate) && leave_is_relied_on(other, steps - 1))
            return true;
    }
    return false;
}

void leave_out_asked(struct loader *loader)
{
    for (struct leave *leave = loader->leaves; leave; leave = leave->next)
        for (size_t i = 0; i < loader->count; i++) {
            struct candidate *candidate = &loader->candidates[i];
            if (!candidate->out && strcmp(candidate->id, leave->id) == 0 &&
                !leave_is_relied_on(candidate, loader->count))
                refuse(candidate, &(struct refusal){.rule = leave->reason, .todo = ""}); /* optional: nobody is told */
        }
}

void leave_free(struct loader *loader)
{
    while (loader->leaves) {
        struct leave *next = loader->leaves->next;
        free(loader->leaves);
        loader->leaves = next;
    }
}
