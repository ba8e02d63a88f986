/**
 * media.h: what the files of this module share.
 *
 * media.c has every table and is the place to begin. Bytes go from the socket into the storage's blobs piece by piece
 * and never through this module's memory as a whole; a file is there when its last event is.
 */
#ifndef MEDIA_MEDIA_H
#define MEDIA_MEDIA_H

#include <c18n/module.h>

#include <sodium.h>

#include <pthread.h>

enum media_kind { MEDIA_NONE, MEDIA_IMAGE, MEDIA_VIDEO };
/** "image", "video". */
const char *media_kind_name(enum media_kind kind);

#define MEDIA_BY "by, created_on desc"

enum {
    MEDIA_CHUNK = 64 * 1024, /* what a client is told to send in a frame: the largest that is taken */
    MEDIA_HEAD = 128,        /* first bytes, by which the type is known */
    MEDIA_TAIL = 16,         /* last bytes of the frame before, for words that lie across the border */
    MEDIA_NAME_MAX = 4096,   /* characters */
};

/* --- sniff.c: what bytes are --- */

/** The type of a file by its first bytes; NULL: none that is taken. */
const char *media_sniff(const uint8_t *head, size_t length);
/** What a type is of; *ret_type is its own text, which lives for ever. MEDIA_NONE: it is none that is taken. */
enum media_kind media_kind_of(const char *type, const char **ret_type);

/* --- scan.c: files that are two things at once --- */

struct media_scan { /* all zero at the beginning */
    uint8_t tail[MEDIA_TAIL];
    size_t length;
};
/** Looks at the next bytes. True: a browser or an interpreter may take the file for a program. */
bool media_scan_finds(struct media_scan *scan, const uint8_t *bytes, size_t length);

/* --- uploads.c: those that are under way in this process --- */

struct media_upload {
    struct media_upload *next, **place; /* place: what points to it; NULL: it is in no list */
    char id[C18N_ID_SIZE], by[C18N_ID_SIZE];
    enum media_kind kind;
    const char *type; /* static */
    char *name;       /* NULL: none */
    uint64_t size, received;
    uint8_t sha256[32]; /* as declared */
    crypto_hash_sha256_state state;
    struct media_scan scan;
    uint8_t head[MEDIA_HEAD];
    size_t head_length;
    int64_t heard_us; /* the last time that bytes came. With the lock, like the next one */
    bool stopped;     /* it was given up, whatever comes */
};

struct media {
    c18n_self *self;
    pthread_mutex_t lock; /* guards the lists */
    struct media_upload *running;
    struct media_upload *ended; /* whose client left, or that failed: for sweep.c to take away what is left */
};

struct media_upload *media_upload_new(const char *by, const char *name);
void media_upload_free(struct media_upload *upload);
/** Among those that run. False: the person has that many already. */
bool media_upload_run(struct media *media, struct media_upload *upload, int64_t most);
/** Bytes have come. False: it was stopped meanwhile. */
bool media_upload_heard(struct media *media, struct media_upload *upload);
/** It has come to its end: it is in no list, and the caller's. */
void media_upload_leave(struct media *media, struct media_upload *upload);
/** It has failed: it is for sweep.c. */
void media_upload_end(struct media *media, struct media_upload *upload);
/** Takes all that have failed. */
struct media_upload *media_uploads_take_ended(struct media *media);
/** Stops those of which nothing was heard since. */
void media_uploads_stop(struct media *media, int64_t before_us);
/** Does it run, and was not stopped? */
bool media_uploads_has(struct media *media, const char *id);

/* --- upload.c: the verb --- */
int media_begin(c18n_request *rq, void *module);
int media_begin_image(c18n_request *rq, void *module);
int media_begin_video(c18n_request *rq, void *module);
int media_bytes(c18n_request *rq, c18n_bytes bytes, void *upload, void *module);
int media_done(c18n_request *rq, void *upload, void *module);
void media_dropped(c18n_self *self, void *upload);

/* --- sweep.c --- */
int media_sweep(c18n_request *rq, void *module);

/* --- access.c: policies --- */
int media_may_read(c18n_request *rq, void *module);
int media_may_delete(c18n_request *rq, void *module);
int media_may_look_back(c18n_request *rq, void *module);
/** The file that the path names, as image or as video. C18N_GONE also sets it. */
int media_path_file(c18n_request *rq, const c18n_doc **ret_file) C18N_MUST_USE;

/* --- file.c: routes --- */
int media_get(c18n_request *rq, void *module);
int media_delete(c18n_request *rq, void *module);
int media_history(c18n_request *rq, void *module);

/* --- apply.c --- */
int media_apply(const c18n_event *event, c18n_changes *changes);

#endif
