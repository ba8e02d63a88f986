/**
 * config.h: a module's settings, declared once as a table.
 *
 * The table is the validation, the reference in docs/ and the answer to a wrong key. Values are
 * read with the functions below, by any thread, from check_config on; defaults are in place by then. A
 * name that the table does not have, or has with another type, is a bug of the module and asserts.
 * A reload changes values while requests run: read a value once where it must stay the same.
 */
#ifndef C18N_CONFIG_H
#define C18N_CONFIG_H

#include "abi.h"

/** The type of a setting. */
enum { C18N_SETTING_TEXT, C18N_SETTING_INTEGER, C18N_SETTING_BOOLEAN, C18N_SETTING_LIST };
/** Flags of a setting. */
enum {
    C18N_SETTING_RELOADABLE = 1, /**< a reload may change it; a change of any other one is refused. Since 0.2 */
    C18N_SETTING_SECRET = 2,     /**< is never printed, logged or shown */
};

/** A row of a module's table of settings: `NAME = value` in its section of conf.d. */
typedef struct c18n_setting {
    const char *name;
    uint32_t type;
    uint32_t flags;
    const char *otherwise; /**< the default, written as in a file: "10", "true", "a, b" */
    int64_t min, max;      /**< of an integer, or of a text's length; both 0: no bound */
    const char *unit;      /**< "seconds", "bytes"; NULL when there is none */
    const char *choices;   /**< "text json": the only values; NULL when free */
    const char *help;      /**< one sentence */
} c18n_setting;

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_config_family {
    c18n_family family;
    const char *(*text)(c18n_self *self, const char *name);
    int64_t (*integer)(c18n_self *self, const char *name);
    bool (*boolean)(c18n_self *self, const char *name);
    size_t (*list)(c18n_self *self, const char *name, const char *const **ret_items);
    const char *(*state_path)(c18n_self *self);
    void (*complain)(c18n_self *self, const char *name, const char *what);
} c18n_config_family;

/** A text setting; never NULL.
 *  Thread: any, from `check_config` on. Owner: process. Errors: none; a name that is not declared so asserts. Since
 *  0.1. */
static inline const char *c18n_setting_text(c18n_self *self, const char *name)
{
    return self->host->config->text(self, name);
}
/** An integer setting.
 *  Thread: any, from `check_config` on. Owner: none. Errors: none; a name that is not declared so asserts. Since 0.1.
 */
static inline int64_t c18n_setting_integer(c18n_self *self, const char *name)
{
    return self->host->config->integer(self, name);
}
/** A boolean setting.
 *  Thread: any, from `check_config` on. Owner: none. Errors: none; a name that is not declared so asserts. Since 0.1.
 */
static inline bool c18n_setting_boolean(c18n_self *self, const char *name)
{
    return self->host->config->boolean(self, name);
}
/** A list setting; gives the number of items.
 *  Thread: any, from `check_config` on. Owner: process. Errors: none; a name that is not declared so asserts. Since
 *  0.1. */
static inline size_t c18n_setting_list(c18n_self *self, const char *name, const char *const **ret_items)
{
    return self->host->config->list(self, name, ret_items);
}
/** The server's data folder (core.state_dir), an absolute path; it exists from `init` on.
 *  Thread: any, from `check_config` on. Owner: process. Errors: none. Since 0.1. */
static inline const char *c18n_state_path(c18n_self *self)
{
    return self->host->config->state_path(self);
}
/** In check_config: reports `FILE:LINE: key: what` for one setting; the start then fails with 78, a reload is refused.
 *  Thread: that of `check_config`. Owner: caller. Errors: none. Since 0.1. */
static inline void c18n_complain(c18n_self *self, const char *name, const char *what)
{
    self->host->config->complain(self, name, what);
}

#endif
