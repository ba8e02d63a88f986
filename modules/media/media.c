/* media.c: the tables of the module: settings, sockets, verbs, policies, routes, events, views. Begin here. */
#include "media.h"

static const c18n_setting settings[] = {
    {"max_image", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "10M", 1, INT64_C(1) << 32, "bytes", NULL,
     "The largest image that is taken."},
    {"max_video", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "100M", 1, INT64_C(1) << 40, "bytes", NULL,
     "The largest video that is taken."},
    {"uploads_per_user", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "4", 1, 1000, NULL, NULL,
     "How many uploads a person may have under way at a time."},
    {"patience", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "120", 1, 86400, "seconds", NULL,
     "An upload of which nothing came for so long is given up."},
    {"cache_seconds", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "0", 0, 31536000, "seconds", NULL,
     "How long a person's own browser may show a file without asking again whether they still may see it."},
};

static const c18n_socket sockets[] = {
    {"/images/send", "user", .does = "Send images"},
    {"/videos/send", "user", .does = "Send videos"},
};

static const c18n_field upload_body[] = {
    C18N_TEXT("name", C18N_NULLABLE | C18N_MULTILINE, .max = MEDIA_NAME_MAX,
              .help = "The file's name; is only handed back to who saves it"),
    C18N_TEXT("type", C18N_REQUIRED, .min = 1, .max = 100, .help = "As image/png; must be what the bytes are"),
    C18N_INTEGER("size", C18N_REQUIRED, .min = 1, .max = INT64_C(1) << 40, .help = "In bytes"),
    C18N_TEXT("sha256", C18N_REQUIRED, .min = 64, .max = 64, .help = "Of all its bytes, in hexadecimal digits"),
};
static const c18n_field upload_answer[] = {
    C18N_INTEGER("chunk", 0, .help = "In the first answer, of kind ready: bytes that a binary frame may have"),
    C18N_ID("_id", 0),
    C18N_TEXT("url", 0, .format = "uri", .help = "Where it is"),
};

/* One verb, whose socket says what is taken there. */
#define UPLOAD(paths, begin, words)                                                                                    \
    {                                                                                                                  \
        "media", paths, begin, "user", C18N_CLASS_WRITE, C18N_VERB_BYTES, C18N_ALL(upload_body),                       \
            C18N_ALL(upload_answer), media_bytes, media_done, media_dropped, words                                     \
    }
static const c18n_verb verbs[] = {
    UPLOAD("/images/send", media_begin_image, "Send an image: its bytes follow in binary frames"),
    UPLOAD("/videos/send", media_begin_video, "Send a video: its bytes follow in binary frames"),
    UPLOAD("/socket", media_begin, "Send an image or a video: its bytes follow in binary frames"),
};

static const c18n_policy policies[] = {
    {"media_reader", media_may_read, "who sent it, and who may read a message that has it"},
    {"media_sender", media_may_delete, "who sent it"},
    {"media_history", media_may_look_back, "who sent it, also once it is deleted"},
};

#define IMAGE "/images/{image}"
#define VIDEO "/videos/{video}"
static const c18n_route routes[] = {
    {"GET", IMAGE, media_get, .allow = "media_reader", .flags = C18N_ROUTE_BLOB, .does = "An image",
     .fails = "404 410"},
    {"GET", VIDEO, media_get, .allow = "media_reader", .flags = C18N_ROUTE_BLOB, .does = "A video", .fails = "404 410"},
    {"DELETE", IMAGE, media_delete, .allow = "media_sender", .does = "Delete an image", .fails = "404 410"},
    {"DELETE", VIDEO, media_delete, .allow = "media_sender", .does = "Delete a video", .fails = "404 410"},
    {"GET", IMAGE "/history", media_history, .allow = "media_history", .flags = C18N_ROUTE_PAGE,
     .does = "All that happened to an image, oldest first", .fails = "404"},
    {"GET", VIDEO "/history", media_history, .allow = "media_history", .flags = C18N_ROUTE_PAGE,
     .does = "All that happened to a video, oldest first", .fails = "404"},
};

#define FILE_DATA                                                                                                      \
    C18N_TEXT("kind", 0, .choices = "image video"), C18N_ID("by", 0), C18N_TEXT("type", 0), C18N_INTEGER("size", 0)
static const c18n_field begun_data[] = {FILE_DATA};
static const c18n_field created_data[] = {FILE_DATA, C18N_TEXT("sha256", 0), C18N_TEXT("name", C18N_MULTILINE)};
static const c18n_field abandoned_data[] = {C18N_ID("by", 0)};
static const c18n_field deleted_data[] = {C18N_TEXT("kind", 0, .choices = "image video"), C18N_ID("by", 0)};

static const c18n_event_type events[] = {
    {"media.begun", "media", 1, NULL, NULL, C18N_ALL(begun_data), "An upload was announced"},
    {"media.created", "media", 1, "name", "by", C18N_ALL(created_data), "An image or video was sent"},
    {"media.abandoned", "media", 1, NULL, NULL, C18N_ALL(abandoned_data), "An upload came to nothing"},
    {"media.deleted", "media", 1, NULL, NULL, C18N_ALL(deleted_data), "An image or video was deleted"},
};

static const c18n_view views[] = {
    {"media", .version = 1, .indexes = MEDIA_BY, .help = "Images and videos; the bytes are a blob of the same id"},
    {"media_places", .version = 1, .help = "In which messages they stand; id MEDIA/CONVERSATION/SEQ"},
    {"uploads", .version = 1, .help = "Uploads that have not come to an end"},
};

/* docs/modules/hooks.md has these words, too. */
static const c18n_point points[] = {
    {"media.before_create",
     "Before a file's bytes are taken. Subject: kind, by, type, size and name, as they were announced"},
    {"media.after_create", "A file is there, its bytes are what was announced. Subject: its record"},
    {"media.before_delete", "Before a file is deleted. Subject: its record"},
    {"media.after_delete", "A file was deleted. Subject: its record as it was"},
};

static const c18n_timer timers[] = {{"uploads", 2000, media_sweep}};

static const c18n_metric metrics[] = {
    {"created", C18N_METRIC_COUNTER, "Images and videos that were taken"},
    {"bytes", C18N_METRIC_COUNTER, "Bytes of them"},
    {"abandoned", C18N_METRIC_COUNTER, "Uploads that came to nothing"},
};

static int init(c18n_self *self)
{
    struct media *media = self->state;
    media->self = self;
    if (sodium_init() < 0 || pthread_mutex_init(&media->lock, NULL) != 0)
        return C18N_ERROR;
    return c18n_provide(self, "media.v1", NULL);
}

/* What failed last. Its rows are found at the next start. */
static void drain(c18n_self *self)
{
    struct media_upload *next;
    for (struct media_upload *upload = media_uploads_take_ended(self->state); upload; upload = next) {
        next = upload->next;
        media_upload_free(upload);
    }
}

C18N_MODULE(media, "1.0.0", "Images and videos", "provides: media.v1; needs: users.v1; wants: conversations.v1",
            .state_size = sizeof(struct media), .settings = C18N_ALL(settings), .policies = C18N_ALL(policies),
            .routes = C18N_ALL(routes), .events = C18N_ALL(events), .views = C18N_ALL(views), .apply = media_apply,
            .points = C18N_ALL(points), .timers = C18N_ALL(timers), .metrics = C18N_ALL(metrics), .init = init,
            .drain = drain, .sockets = C18N_ALL(sockets), .verbs = C18N_ALL(verbs));
