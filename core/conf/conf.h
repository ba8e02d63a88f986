/**
 * conf.h: conf.d, read into sections and judged by settings tables.
 *
 * A folder of NN-name.conf files, read in name order, `NN-name.local.conf` after its `NN-name.conf`
 * and over it. Each file has sections `name { key = value }` (libconfuse's syntax). Two steps: conf_read takes the
 * text in, conf_bind judges one section by the table that its module declares. Faults are collected,
 * not returned one by one: FILE:LINE: key: what, did you mean …?
 *
 * Values are read by any thread without a lock, also while a reload changes them; what is given out lives as long as
 * the conf. Equal values are kept once, so reloads cost memory by the number of different values ever set.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/text.h"
#include "c18n/config.h"

enum { CONF_ORIGINS_MOST = 64 }; /* of core.origins */

struct conf;         /* all that was read */
struct conf_section; /* one module's settings, bound to its table */

struct conf *conf_new(void);
void conf_free(struct conf *conf);
/** Reads a folder and the --set overrides ("section.key=value"). Faults are added, never fatal before conf_faults. */
void conf_read(struct conf *conf, const char *folder, const char *const *sets, size_t set_count);
/** The names of sections that stand in the folder and are not `enabled = false`, in order of files. */
size_t conf_sections(const struct conf *conf, const char *const **ret_names);
bool conf_optional(const struct conf *conf, const char *section); /* `optional = true` */
/** Judges a section by its table. Every section also knows `enabled` and `optional`. Never NULL. */
struct conf_section *conf_bind(struct conf *conf, const char *section, const c18n_table *settings);
/** After all are bound: complains of sections that nobody bound (`known`: names for "did you mean"; `folder`: where
 *  modules were looked for). */
void conf_unbound(struct conf *conf, const char *folder, const char *const *known, size_t known_count);
void conf_complain(struct conf *conf, const char *section, const char *key,
                   const char *what); /* key NULL: the section */
size_t conf_fault_count(const struct conf *conf);
/** All faults, a line each, ordered by file and line. */
void conf_faults(const struct conf *conf, struct text *ret_lines);

const char *conf_text(const struct conf_section *section, const char *key);
int64_t conf_integer(const struct conf_section *section, const char *key);
bool conf_boolean(const struct conf_section *section, const char *key);
size_t conf_list(const struct conf_section *section, const char *key, const char *const **ret_items);
/** Where a value comes from ("conf.d/00-core.conf:12", "default", "--set"). */
const char *conf_origin(const struct conf_section *section, const char *key);

/** May a reload change it? */
bool conf_reloadable(const struct conf_section *section, const char *key);
/** The section's owner knows of no reload: none of its settings is reloadable. */
void conf_fix(struct conf_section *section);

/* A reload: `fresh`, just read, is to take the place of what holds. One thread, one at a time. */
/** Judges `fresh` by the tables of all that is bound. Its faults, also of what may not change now, are those of
 *  `fresh`, which must stay until one of the last two calls. Nobody reads the new values yet. */
void conf_propose(struct conf *holds, struct conf *fresh);
/** While on, the calling thread reads the proposed values, and its complaints are faults of `fresh`. */
void conf_try(struct conf *holds, bool on);
/** From now on every thread reads the new values. Can't fail. How many differ; "core.log_level, posts.most". */
size_t conf_take(struct conf *holds, struct text *ret_changed);
void conf_give_up(struct conf *holds); /* what holds goes on */

/** The core's own sections. */
extern const c18n_table conf_core_settings; /* section `core` */
extern const c18n_table conf_auth_settings; /* section `auth` */

#endif
