/* epoch.c: which history clients' positions are of: an id in the data itself, made at its first start. After a restore,
 * history goes on from where the copy was made, and numbers that clients have seen come again for other things; so
 * `c18nctl epoch --new` belongs to it. */
#include "live/epoch.h"

#include "base/uuid.h"
#include "data/data.h"

#include <string.h>

static const char *const epoch_table = "meta", *const epoch_key = "epoch";

struct making {
    struct data_item item; /* must stay first */
    struct request request;
    char epoch[37];
};

static int put(struct data_item *item)
{
    struct making *making = (struct making *)(void *)item;
    return data_host_put(&making->request, epoch_table, epoch_key, (c18n_bytes){making->epoch, strlen(making->epoch)});
}

int live_epoch_make(struct server *server, char ret_epoch[37])
{
    struct arena *arena = arena_new(0);
    if (!arena)
        return C18N_NO_MEMORY;
    struct making making = {.item.run = put};
    request_init_internal(&making.request, server, arena, NULL);
    making.item.request = &making.request;
    uuid_new_text(0, making.epoch);
    int code = data_submit_wait(server->data, &making.item);
    if (code == C18N_OK)
        memcpy(ret_epoch, making.epoch, sizeof making.epoch);
    arena_free(arena);
    return code;
}

static int find(struct request *request, char ret_epoch[37])
{
    c18n_bytes kept;
    int code = data_host_get(request, epoch_table, epoch_key, &kept);
    if (code != C18N_OK)
        return code;
    if (kept.length != 36)
        return C18N_CORRUPT;
    memcpy(ret_epoch, kept.at, 36);
    ret_epoch[36] = '\0';
    return C18N_OK;
}

static int with_snapshot(struct server *server, struct data_reader *reader, char ret_epoch[37])
{
    struct arena *arena = arena_new(0);
    if (!arena)
        return C18N_NO_MEMORY;
    struct request request;
    request_init_internal(&request, server, arena, NULL);
    int code = data_read_begin(reader, &request);
    if (code == C18N_OK) {
        code = find(&request, ret_epoch);
        data_read_end(reader, &request);
    }
    arena_free(arena);
    return code;
}

int live_epoch_read(struct server *server, char ret_epoch[37])
{
    struct data_reader *reader = data_reader_open(server->data);
    if (!reader)
        return C18N_NO_MEMORY;
    int code = with_snapshot(server, reader, ret_epoch);
    data_reader_close(reader);
    return code;
}

int live_epoch_open(struct live *live)
{
    int code = live_epoch_read(live->server, live->epoch);
    return code == C18N_NOT_FOUND ? live_epoch_make(live->server, live->epoch) : code;
}
