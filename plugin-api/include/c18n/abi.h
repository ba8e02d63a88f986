/**
 * abi.h: what the host and a module must agree on before any code of the module runs.
 *
 * Read this first. It has the version numbers, the result codes, the sized tables and the host's
 * table of function families. Nothing here needs more than stdint, stddef and stdbool.
 *
 * Each function, and each function pointer that a module or the host fills in, ends its comment with one line:
 *   Thread     who may call it. "request's", "the doc's", "the writer's": the thread that runs the request which the
 *              handle came with, while it runs. "any": any thread, at any time.
 *   Owner      of what crosses. "request": what is handed out belongs to the host and lives as long as the request; so
 *              for "process", "the doc", "provider". "caller", "host": only what that side passes crosses; it keeps it,
 *              and the other has copied what it needs when it returns. "none": no pointer crosses but the handle.
 *   Errors     what it gives when it fails: a code below, negative, and out-parameters (`ret_…`) stay untouched.
 *   Since      the ABI that brought it.
 * A bug of the module (an undeclared name, a call in the wrong class) gives C18N_INVALID or C18N_ERROR and a line in
 * the log that names the module; it is never the client's fault, who gets a 500. C18N_INVALID becomes a 422 when
 * something says what is wrong with the input: c18n_fail_field, c18n_fail with words, or the host's own checks.
 *
 * Rules of growth: a minor only appends members at the end of a struct; it never reorders,
 * retypes or changes meaning or thread. Every struct that crosses the boundary therefore tells its
 * size, and every array tells its stride (c18n_table).
 */
#ifndef C18N_ABI_H
#define C18N_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How every descriptor begins: "c18n" in memory, little endian. */
#define C18N_ABI_MAGIC UINT32_C(0x6e383163)
/** The ABI of these headers: a module is built with one, and says so in its descriptor. */
#define C18N_ABI_MAJOR 0
#define C18N_ABI_MINOR 3

/** The lowest minor that a module runs on. A module that uses nothing newer may define it lower, before it includes
 *  module.h, so that older hosts take it; what is newer it then asks for by `query`. */
#ifndef C18N_MINOR_NEEDED
#define C18N_MINOR_NEEDED C18N_ABI_MINOR
#endif

/** For the compiler: a result that must be looked at, a format that its values must fit. */
#define C18N_MUST_USE                     __attribute__((warn_unused_result))
#define C18N_PRINTF(format_at, values_at) __attribute__((format(printf, format_at, values_at)))

/** Result codes. Zero is success, errors are negative; api/problem.c maps each to its HTTP answer. */
enum {
    C18N_OK = 0,
    C18N_ERROR = -1,           /**< a fault of ours: 500 */
    C18N_NO_MEMORY = -2,       /**< 503 */
    C18N_INVALID = -3,         /**< a field is wrong: 422, once c18n_fail_field has said which; or a call was: 500 */
    C18N_BAD_REQUEST = -4,     /**< 400 */
    C18N_UNAUTHENTICATED = -5, /**< 401 */
    C18N_FORBIDDEN = -6,       /**< 403 */
    C18N_NOT_FOUND = -7,       /**< absent, or the caller may not know of it: 404 */
    C18N_GONE = -8,            /**< deleted: 410 */
    C18N_CONFLICT = -9,        /**< 409 */
    C18N_PRECONDITION = -10,   /**< If-Match failed: 412 */
    C18N_TOO_LARGE = -11,      /**< 413 */
    C18N_LIMITED = -12,        /**< 429 */
    C18N_UNAVAILABLE = -13,    /**< a provider is down: 503 */
    C18N_NO_SPACE = -14,       /**< disk full: 507 */
    C18N_EXISTS = -15,         /**< the same key is there already */
    C18N_AGAIN = -16,          /**< not now; call again later */
    C18N_CORRUPT = -17,        /**< stored bytes are not what was written */
    C18N_IO = -18,             /**< the operating system refused a read or write */
    C18N_TIMEOUT = -19,
    C18N_UNSUPPORTED = -20,
    C18N_BUSY = -21, /**< another process holds it */
};

/** An array whose element type may grow in a later minor. Make one with C18N_ALL(array). */
typedef struct c18n_table {
    const void *at;
    uint32_t count;
    uint32_t stride;
} c18n_table;

/** Makes a c18n_table of a whole array. */
/* clang-format off: it takes an initializer in a macro for a block */
#define C18N_ALL(array)                                                                                                \
    {                                                                                                                  \
        (array), (uint32_t)(sizeof(array) / sizeof *(array)), (uint32_t)sizeof *(array)                                \
    }
/* clang-format on */

/** Some bytes; not NUL-terminated. */
typedef struct c18n_bytes {
    const void *at;
    size_t length;
} c18n_bytes;

typedef struct c18n_host c18n_host;       /* the host's tables, below */
typedef struct c18n_self c18n_self;       /* a loaded module, as the module sees itself */
typedef struct c18n_request c18n_request; /* one unit of work, see http.h */
typedef struct c18n_doc c18n_doc;         /* a JSON object, see json.h */
typedef struct c18n_out c18n_out;         /* a JSON writer, see json.h */
typedef struct c18n_event c18n_event;     /* what happened, see events.h */
typedef struct c18n_changes c18n_changes; /* what apply writes into, see views.h */

/**
 * What the host offers. A module never calls a host symbol by name: every handle that it is given
 * begins with a pointer to this struct, and the inline functions of the other headers go through
 * it. So a module needs no globals and has no undefined host symbol.
 */
struct c18n_host {
    uint32_t size;  /**< of this struct in the running host */
    uint16_t major; /**< ABI of the running host */
    uint16_t minor;
    /** Finds a family by name, such as "c18n.http", with at least the given minor.
     *  Thread: any. Owner: process. Errors: NULL (the host lacks it). Since 0.1. */
    const void *(*query)(const c18n_host *host, const char *family, uint16_t need_minor);
    const struct c18n_mem_family *mem;
    const struct c18n_json_family *json;
    const struct c18n_clock_family *clock;
    const struct c18n_log_family *log;
    const struct c18n_config_family *config;
    const struct c18n_metrics_family *metrics;
    const struct c18n_services_family *services;
    const struct c18n_http_family *http;
    const struct c18n_auth_family *auth;
    const struct c18n_events_family *events;
    const struct c18n_views_family *views;
    const struct c18n_hooks_family *hooks;
    const struct c18n_work_family *work;
    const struct c18n_timer_family *timer;
    const struct c18n_audit_family *audit;
    const struct c18n_sockets_family *sockets; /**< since 0.3 */
    const struct c18n_blobs_family *blobs;     /**< since 0.3 */
};

/** Every family begins so. */
typedef struct c18n_family {
    uint32_t size;
    uint16_t minor;
} c18n_family;

/** A loaded module. The host makes it before `init` and it lives as long as the process. */
struct c18n_self {
    const c18n_host *host;
    const char *id;
    void *state; /**< zeroed, of the descriptor's state_size; shared by all threads */
};

#endif
