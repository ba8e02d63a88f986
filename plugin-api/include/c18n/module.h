/**
 * module.h: the one header that a module includes, and the macro that declares it.
 *
 *     C18N_MODULE(polls, "1.0.0", "Polls in communities", "needs: communities.v1",
 *                 .routes = C18N_ALL(routes), .views = C18N_ALL(views), .apply = on_event);
 *
 * The facts are one line of `word: ids;` parts: provides, needs, wants, conflicts. `needs` must be
 * there and come first; `wants` come first when they are there. They stand in the descriptor and
 * in an ELF note, so that the loader decides order and compatibility before any code of the module
 * runs, and package tools can read them.
 */
#ifndef C18N_MODULE_H
#define C18N_MODULE_H

#include "abi.h"
#include "audit.h"
#include "auth.h"
#include "blobs.h"
#include "clock.h"
#include "config.h"
#include "events.h"
#include "fields.h"
#include "hooks.h"
#include "http.h"
#include "json.h"
#include "log.h"
#include "mem.h"
#include "metrics.h"
#include "services.h"
#include "sockets.h"
#include "timer.h"
#include "transfer.h"
#include "views.h"
#include "work.h"

/**
 * The descriptor. The first 16 bytes are frozen for all time: they are read before anything else
 * about the module is believed.
 */
typedef struct c18n_module {
    uint32_t magic;        /**< C18N_ABI_MAGIC */
    uint16_t major;        /**< C18N_ABI_MAJOR it was built with */
    uint16_t minor_built;  /**< C18N_ABI_MINOR it was built with */
    uint16_t minor_needed; /**< the lowest minor that it runs on */
    uint16_t reserved;
    uint32_t size; /**< sizeof(c18n_module) it was built with */

    const char *id; /**< [a-z][a-z0-9_]*, also its section in conf.d */
    const char *version;
    const char *summary;
    const char *facts;
    size_t state_size; /**< of c18n_self.state */

    c18n_table settings;  /**< c18n_setting[] */
    c18n_table policies;  /**< c18n_policy[] */
    c18n_table routes;    /**< c18n_route[] */
    c18n_table events;    /**< c18n_event_type[] */
    c18n_table views;     /**< c18n_view[] */
    c18n_apply apply;     /**< what any event changes in own views; sees events of all modules */
    c18n_table consumers; /**< c18n_consumer[] */
    c18n_table points;    /**< c18n_point[] that it runs */
    c18n_table hooks;     /**< c18n_hook[] on points of any module */
    c18n_table timers;    /**< c18n_timer[] */
    c18n_table metrics;   /**< c18n_metric[] */
    c18n_table imports;   /**< c18n_import[] */
    c18n_table exports;   /**< c18n_export[] */

    /* Stages, in this order. NULL: nothing to do. Not C18N_OK stops the start; of a module that conf.d calls optional
     * it leaves the module out, and then nothing of its tables is used. */
    /** Judges settings that only the module can judge, by c18n_complain. Asked again for a reload.
     *  Thread: control; the reload's. Owner: host. Errors: any code, or a complaint: the start ends. Since 0.1. */
    int (*check_config)(c18n_self *self);
    /** Fills the state and provides services; touches no file and no network: it is rehearsed in a child process.
     *  Thread: control. Owner: module: `state` is its own. Errors: any code: not started. Since 0.1. */
    int (*init)(c18n_self *self);
    /** Opens what is needed; modules that it needs have started.
     *  Thread: control. Owner: module: `state` is its own. Errors: any code: `stop` is called. Since 0.1. */
    int (*start)(c18n_self *self);
    /** No requests, consumers or timers run any more: lets go of what waits.
     *  Thread: control. Owner: module: `state` is its own. Errors: none. Since 0.1. */
    void (*drain)(c18n_self *self);
    /** Closes, in reverse order; also after a failed start.
     *  Thread: control. Owner: module: it frees what `start` made. Errors: none. Since 0.1. */
    void (*stop)(c18n_self *self);
    /* A reload, while requests are served: every module prepares, then all commit or all abort. On a thread of the
     * reload's, one stage after the other, of modules built with 0.2 or later. In prepare, c18n_setting_… on this
     * thread give the proposed values (in check_config, which is asked first, too); all other threads see the old ones
     * until commit. */
    /** Makes what the new settings need, and changes nothing yet.
     *  Thread: the reload's. Owner: module: keeps what it made. Errors: any code: no, all abort. Since 0.1. */
    int (*reload_prepare)(c18n_self *self);
    /** Takes the new into use: settings have changed for all threads.
     *  Thread: the reload's. Owner: module: frees the old when nobody reads it any more. Errors: none. Since 0.1. */
    void (*reload_commit)(c18n_self *self);
    /** Somebody said no; only of modules that prepared.
     *  Thread: the reload's. Owner: module: frees what prepare made. Errors: none. Since 0.1. */
    void (*reload_abort)(c18n_self *self);

    /* Since 0.3 */
    c18n_table sockets;     /**< c18n_socket[] */
    c18n_table verbs;       /**< c18n_verb[] */
    c18n_catch_up catch_up; /**< reads the logs of this module's channels; NULL: its channels are none */
} c18n_module;

/** The ELF note: its type, and how its text is put together. */
#define C18N_NOTE_TYPE   1
#define C18N_TEXT_OF_(x) #x
#define C18N_TEXT_OF(x)  C18N_TEXT_OF_(x)
#define C18N_FACTS_(module, module_version, facts_text)                                                                \
    "abi: " C18N_TEXT_OF(C18N_ABI_MAJOR) "." C18N_TEXT_OF(C18N_ABI_MINOR) "; id: " #module                             \
                                                                          "; version: " module_version "; " facts_text

/** The symbol that the loader looks for. */
#define C18N_MODULE_SYMBOL c18n_module_descriptor

/** Declares the module of this shared object: the ELF note and the one exported symbol. Once a module. Since 0.1. */
#define C18N_MODULE(module, module_version, module_summary, facts_text, ...)                                           \
    __attribute__((section(".note.c18n"), used, aligned(4))) static const struct {                                     \
        uint32_t name_size, text_size, type;                                                                           \
        char name[8];                                                                                                  \
        char text[(sizeof(C18N_FACTS_(module, module_version, facts_text)) + 3u) & ~(size_t)3u];                       \
    } c18n_module_note = {5, sizeof(c18n_module_note.text), C18N_NOTE_TYPE, "c18n",                                    \
                          C18N_FACTS_(module, module_version, facts_text)};                                            \
    __attribute__((visibility("default"))) extern const c18n_module C18N_MODULE_SYMBOL;                                \
    const c18n_module C18N_MODULE_SYMBOL = {.magic = C18N_ABI_MAGIC,                                                   \
                                            .major = C18N_ABI_MAJOR,                                                   \
                                            .minor_built = C18N_ABI_MINOR,                                             \
                                            .minor_needed = C18N_MINOR_NEEDED,                                         \
                                            .size = sizeof(c18n_module),                                               \
                                            .id = #module,                                                             \
                                            .version = module_version,                                                 \
                                            .summary = module_summary,                                                 \
                                            .facts = C18N_FACTS_(module, module_version, facts_text),                  \
                                            __VA_ARGS__}

#endif
