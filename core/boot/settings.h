/**
 * settings.h: what follows from the core's settings but isn't one: absolute folders, the public URL,
 * the names that Host may have.
 */
#ifndef BOOT_SETTINGS_H
#define BOOT_SETTINGS_H

#include "base/text.h"

struct http_options;
struct log_options;
struct server;

/** Where something lies in the tree that this program stands in, which may have been moved: TOP/built in a build tree
 *  (TOP/core/c18nd), TOP/installed in an installed one (TOP/sbin/c18nd). Malloc'd; NULL: no memory, or no /proc. */
char *settings_beside(const char *built, const char *installed);
/** core.module_dir; when empty, those of the tree, built or installed, that the program stands in. Malloc'd. */
char *settings_module_dir(const char *configured);
/** Fills server->state_dir (absolute, not made yet) and server->public_url. C18N_NO_MEMORY. */
int settings_derive(struct server *server);
/** Makes the data folder (0700). C18N_ code with words. */
int settings_make_state_dir(struct server *server, struct text *ret_why);
/** Fills what of the API's listener a reload may change. Also the names that a Host header may have: of the public URL,
 *  of core.listen, core.hosts and loopback's own names; none when core.hosts has "*". Ended by settings_http_free. */
void settings_http(const struct server *server, struct http_options *ret_options);
void settings_http_free(struct http_options *options);
/** core.log_level and core.log_format. */
void settings_log(const struct server *server, struct log_options *ret_options);

#endif
