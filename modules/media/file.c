/* file.c: a file is read, deleted, looked back upon. */
#include "media.h"

static const char *path_id(c18n_request *rq)
{
    const char *image = c18n_path(rq, "image");
    return *image ? image : c18n_path(rq, "video");
}

/* Always an attachment: shown inside of pages all the same, but by itself it opens nothing in the site's origin. */
int media_get(c18n_request *rq, void *module)
{
    struct media *media = module;
    const c18n_doc *file;
    int code = media_path_file(rq, &file);
    if (code != C18N_OK)
        return code;
    const c18n_blob_reply reply = {
        .size = sizeof reply,
        .blob = path_id(rq),
        .content_type = c18n_text(file, "type"),
        .name = c18n_text(file, "name"),
        .attachment = 1,
        .cache_seconds = c18n_setting_integer(media->self, "cache_seconds"),
    };
    return c18n_reply_blob(rq, &reply);
}

/* The bytes go, the record and its history stay. */
int media_delete(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = path_id(rq);
    const c18n_doc *file;
    int code = media_path_file(rq, &file);
    if (code != C18N_OK || (code = c18n_run_hooks(rq, "media.before_delete", file)) != C18N_OK)
        return code;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_raw(data, "kind", c18n_raw(file, "kind"));
    c18n_out_raw(data, "by", c18n_raw(file, "by"));
    if ((code = c18n_emit(rq, "media.deleted", id, NULL, data)) != C18N_OK ||
        (code = c18n_blob_remove(rq, id)) != C18N_OK ||
        (code = c18n_run_hooks(rq, "media.after_delete", file)) != C18N_OK)
        return code;
    return c18n_reply_empty(rq);
}

int media_history(c18n_request *rq, void *module)
{
    (void)module;
    return c18n_reply_history(rq, path_id(rq));
}
