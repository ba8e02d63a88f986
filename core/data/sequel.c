#include "data/sequel.h"

#include "data/parts.h"

int data_after_commit(struct request *request, struct data_sequel *sequel)
{
    struct data_scope *scope = request->scope;
    struct data_item *item = scope && scope->writing ? scope->data->writer.running : NULL;
    if (!item)
        return C18N_INVALID;
    sequel->next = item->sequels;
    item->sequels = sequel;
    return C18N_OK;
}

static struct data_sequel *oldest_first(struct data_sequel *sequel)
{
    struct data_sequel *first = NULL;
    while (sequel) {
        struct data_sequel *next = sequel->next;
        sequel->next = first;
        first = sequel;
        sequel = next;
    }
    return first;
}

void sequels_end(struct data_item *item, bool durable)
{
    struct data_sequel *sequel = oldest_first(item->sequels);
    item->sequels = NULL;
    while (sequel) {
        struct data_sequel *next = sequel->next; /* it may be gone once it was called */
        if (durable)
            sequel->happen(sequel);
        else
            sequel->drop(sequel);
        sequel = next;
    }
}
