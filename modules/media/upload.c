/* upload.c: the verb `media`: a file is announced, its bytes come, and it is there.
 *
 * Each piece is hashed and written by a WRITE of its own. Only the last step, when the hash was found to be the
 * declared one, finishes the blob and emits media.created: before it nobody sees anything, whatever breaks. */
#include "media.h"

#include <string.h>

static const c18n_field image_ack[] = {C18N_ID("_id", 0), C18N_LINK("url", "/images/{_id}")};
static const c18n_field video_ack[] = {C18N_ID("_id", 0), C18N_LINK("url", "/videos/{_id}")};

/* --- announcing --- */

static int refuse_type(c18n_request *rq)
{
    return c18n_fail(rq, C18N_UNSUPPORTED, "unsupported_type", "Files of this type are not taken here.");
}

static int judge_size(c18n_request *rq, const struct media *media, const struct media_upload *upload)
{
    int64_t most = c18n_setting_integer(media->self, upload->kind == MEDIA_IMAGE ? "max_image" : "max_video");
    if (upload->size <= (uint64_t)most)
        return C18N_OK;
    return c18n_fail(
        rq, C18N_TOO_LARGE, "too_large",
        c18n_print(rq, "The largest %s that is taken has %lld bytes.", media_kind_name(upload->kind), (long long)most));
}

/* The announced file as far as hooks and events tell of it. */
static c18n_out *describe(c18n_request *rq, const struct media_upload *upload)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_text(out, "kind", media_kind_name(upload->kind));
    c18n_out_text(out, "by", upload->by);
    c18n_out_text(out, "type", upload->type);
    c18n_out_integer(out, "size", (int64_t)upload->size);
    return out;
}

static int ask_hooks(c18n_request *rq, const struct media_upload *upload)
{
    c18n_out *out = describe(rq, upload);
    if (upload->name)
        c18n_out_text(out, "name", upload->name);
    const c18n_doc *subject = c18n_out_finish(out);
    return subject ? c18n_run_hooks(rq, "media.before_create", subject) : C18N_NO_MEMORY;
}

/* From the frame into the upload. `wanted` MEDIA_NONE: any kind. */
static int fill(c18n_request *rq, enum media_kind wanted, struct media_upload *upload)
{
    const c18n_doc *body = c18n_body(rq);
    const char *hash = c18n_text(body, "sha256");
    size_t length = 0;
    upload->kind = media_kind_of(c18n_text(body, "type"), &upload->type);
    upload->size = (uint64_t)c18n_integer(body, "size", 0);
    crypto_hash_sha256_init(&upload->state);
    c18n_new_id(C18N_HOST_OF(rq), 0, upload->id);
    if (upload->kind == MEDIA_NONE || (wanted != MEDIA_NONE && upload->kind != wanted))
        return refuse_type(rq);
    if (sodium_hex2bin(upload->sha256, sizeof upload->sha256, hash, strlen(hash), NULL, &length, NULL) != 0 ||
        length != sizeof upload->sha256)
        return c18n_fail_field(rq, C18N_INVALID, "sha256", "must be 64 hexadecimal digits");
    return C18N_OK;
}

/* Its row outlives this process: should it die, sweep.c of the next one finds what is left. */
static int announce(c18n_request *rq, struct media *media, struct media_upload *upload)
{
    int code = ask_hooks(rq, upload);
    if (code != C18N_OK)
        return code;
    if (!media_upload_run(media, upload, c18n_setting_integer(media->self, "uploads_per_user")))
        return c18n_fail(rq, C18N_LIMITED, "too_many_uploads", "You have that many uploads under way already.");
    code = c18n_emit(rq, "media.begun", upload->id, NULL, describe(rq, upload));
    if (code != C18N_OK)
        return code;
    c18n_out *out = c18n_out_new(rq);
    c18n_out_integer(out, "chunk", MEDIA_CHUNK);
    return c18n_reply_json(rq, 200, out);
}

static int begin(c18n_request *rq, struct media *media, enum media_kind wanted)
{
    struct media_upload *upload = media_upload_new(c18n_who(rq)->user, c18n_text(c18n_body(rq), "name"));
    if (!upload)
        return C18N_NO_MEMORY;
    int code = fill(rq, wanted, upload);
    if (code == C18N_OK)
        code = judge_size(rq, media, upload);
    if (code == C18N_OK)
        code = announce(rq, media, upload);
    if (code == C18N_OK)
        code = c18n_expect_bytes(rq, upload->size, upload);
    if (code == C18N_OK)
        return C18N_OK; /* it ends by media_done or media_dropped from here on */
    media_upload_leave(media, upload);
    media_upload_free(upload);
    return code;
}

int media_begin(c18n_request *rq, void *module)
{
    return begin(rq, module, MEDIA_NONE);
}

int media_begin_image(c18n_request *rq, void *module)
{
    return begin(rq, module, MEDIA_IMAGE);
}

int media_begin_video(c18n_request *rq, void *module)
{
    return begin(rq, module, MEDIA_VIDEO);
}

/* --- bytes --- */

/* The head is judged once: when it is complete, or the file is. */
static int judge_head(c18n_request *rq, struct media_upload *upload, c18n_bytes bytes)
{
    size_t room = MEDIA_HEAD - upload->head_length;
    size_t count = bytes.length < room ? bytes.length : room;
    if (count == 0)
        return C18N_OK;
    memcpy(upload->head + upload->head_length, bytes.at, count);
    upload->head_length += count;
    if (upload->head_length < MEDIA_HEAD && upload->head_length < upload->size)
        return C18N_OK;
    const char *sniffed = media_sniff(upload->head, upload->head_length);
    if (sniffed && strcmp(sniffed, upload->type) == 0)
        return C18N_OK;
    return c18n_fail(rq, C18N_UNSUPPORTED, "unsupported_type", "The file is not of the type that was declared.");
}

int media_bytes(c18n_request *rq, c18n_bytes bytes, void *of, void *module)
{
    struct media_upload *upload = of;
    if (!media_upload_heard(module, upload))
        return c18n_fail(rq, C18N_TIMEOUT, "upload_expired", "Nothing came of this upload for too long.");
    int code = judge_head(rq, upload, bytes);
    if (code != C18N_OK)
        return code;
    if (media_scan_finds(&upload->scan, bytes.at, bytes.length))
        return c18n_fail(rq, C18N_UNSUPPORTED, "unsupported_type", "The file is also a web page or a program.");
    crypto_hash_sha256_update(&upload->state, bytes.at, bytes.length);
    code = c18n_blob_write(rq, upload->id, upload->received, bytes);
    upload->received += bytes.length;
    return code;
}

/* --- the end --- */

static int record(c18n_request *rq, const struct media_upload *upload)
{
    char hex[2 * sizeof upload->sha256 + 1];
    const c18n_doc *file;
    c18n_out *data = describe(rq, upload);
    sodium_bin2hex(hex, sizeof hex, upload->sha256, sizeof upload->sha256);
    c18n_out_text(data, "sha256", hex);
    if (upload->name)
        c18n_out_text(data, "name", upload->name);
    int code = c18n_emit(rq, "media.created", upload->id, NULL, data);
    if (code == C18N_OK)
        code = c18n_get(rq, "media", upload->id, &file);
    return code == C18N_OK ? c18n_run_hooks(rq, "media.after_create", file) : code;
}

static int reply(c18n_request *rq, const struct media_upload *upload)
{
    const c18n_doc *file;
    const c18n_table image = C18N_ALL(image_ack), video = C18N_ALL(video_ack);
    int code = c18n_get(rq, "media", upload->id, &file);
    if (code != C18N_OK)
        return code;
    c18n_out *out = c18n_out_new(rq);
    c18n_out_record(rq, out, upload->kind == MEDIA_IMAGE ? image : video, file);
    return c18n_reply_json(rq, 200, out);
}

int media_done(c18n_request *rq, void *of, void *module)
{
    struct media *media = module;
    struct media_upload *upload = of;
    uint8_t sha256[32];
    if (!media_upload_heard(media, upload))
        return c18n_fail(rq, C18N_TIMEOUT, "upload_expired", "Nothing came of this upload for too long.");
    crypto_hash_sha256_final(&upload->state, sha256);
    if (sodium_memcmp(sha256, upload->sha256, sizeof sha256) != 0)
        return c18n_fail(rq, C18N_INVALID, "wrong_hash", "The bytes have another sha256 than was declared.");
    int code = c18n_blob_finish(rq, upload->id, upload->size, sha256);
    if (code == C18N_OK)
        code = record(rq, upload);
    if (code == C18N_OK)
        code = reply(rq, upload);
    if (code != C18N_OK)
        return code;
    c18n_metric_add(media->self, "created", 1);
    c18n_metric_add(media->self, "bytes", (int64_t)upload->size);
    media_upload_leave(media, upload);
    media_upload_free(upload);
    return C18N_OK;
}

void media_dropped(c18n_self *self, void *upload)
{
    media_upload_end(self->state, upload);
    if (c18n_timer_now(self, "uploads") != C18N_OK)
        return; /* the timer's own turn comes, or the next start */
}
