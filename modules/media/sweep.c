/* sweep.c: takes away what uploads left behind that came to nothing: in this process, or in one that died.
 *
 * Whether an upload came to something is asked at the writer, where nothing moves: its row is there until media.created
 * or media.abandoned, so what was ever acknowledged is never taken. */
#include "media.h"

#include <string.h>

enum { AT_ONCE = 256 }; /* rows of one turn */

static int abandon(c18n_request *rq, void *arg)
{
    const char *id = arg;
    const c18n_doc *row, *file;
    int code = c18n_get(rq, "uploads", id, &row);
    if (code != C18N_OK)
        return code == C18N_NOT_FOUND ? C18N_OK : code; /* it was finished, or was never announced durably */
    code = c18n_get(rq, "media", id, &file);
    if (code != C18N_NOT_FOUND)
        return code == C18N_OK || code == C18N_GONE ? C18N_ERROR : code;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_raw(data, "by", c18n_raw(row, "by"));
    if ((code = c18n_blob_remove(rq, id)) != C18N_OK)
        return code;
    return c18n_emit(rq, "media.abandoned", id, NULL, data);
}

static int abandon_one(c18n_request *rq, struct media *media, char *id)
{
    int code = c18n_transact(rq, abandon, id);
    if (code == C18N_OK)
        c18n_metric_add(media->self, "abandoned", 1);
    return code;
}

/* Those of this process that failed. What can't be taken away now is found by its row later. */
static void sweep_ended(c18n_request *rq, struct media *media)
{
    struct media_upload *next;
    for (struct media_upload *upload = media_uploads_take_ended(media); upload; upload = next) {
        next = upload->next;
        (void)abandon_one(rq, media, upload->id);
        media_upload_free(upload);
    }
}

struct rows {
    struct media *media;
    size_t count;
    char ids[AT_ONCE][C18N_ID_SIZE];
};

static int take_row(c18n_request *rq, const c18n_doc *row, void *arg)
{
    (void)rq;
    struct rows *rows = arg;
    const char *id = c18n_text(row, "_id");
    if (!id || media_uploads_has(rows->media, id))
        return C18N_OK;
    memccpy(rows->ids[rows->count++], id, '\0', C18N_ID_SIZE - 1);
    return rows->count == AT_ONCE ? C18N_AGAIN : C18N_OK;
}

static int sweep_rows(c18n_request *rq, struct media *media)
{
    struct rows *rows = c18n_alloc(rq, sizeof *rows);
    if (!rows)
        return C18N_NO_MEMORY;
    rows->media = media;
    int code = c18n_each_between(rq, "uploads", NULL, NULL, false, take_row, rows);
    for (size_t i = 0; i < rows->count && (code == C18N_OK || code == C18N_AGAIN); i++)
        code = abandon_one(rq, media, rows->ids[i]);
    return code == C18N_AGAIN ? C18N_OK : code;
}

int media_sweep(c18n_request *rq, void *module)
{
    struct media *media = module;
    int64_t patience_us = c18n_setting_integer(media->self, "patience") * 1000000;
    media_uploads_stop(media, c18n_monotonic_us(C18N_HOST_OF(rq)) - patience_us);
    sweep_ended(rq, media);
    return sweep_rows(rq, media);
}
