/**
 * counters.h: counters that end a while after their first use.
 *
 * They stand in for cache.v1 when there is none or it fails, so a limit falls back to this process
 * and never to nothing. Bounded: when a place is full, the counter that would end first gives way.
 */
#ifndef AUTH_COUNTERS_H
#define AUTH_COUNTERS_H

#include <stdint.h>

struct auth_counters;

enum { AUTH_COUNTERS = 16384, AUTH_LOGINS_A_MINUTE = 5, AUTH_AUDITS_A_MINUTE = 60, AUTH_WINDOW_MS = 60000 };

struct auth_counters *auth_counters_new(void); /* NULL: no memory */
void auth_counters_free(struct auth_counters *counters);
/** Counts one more for `who` in `what`. Gives the count and how long its window still lasts. Any thread. */
void auth_counters_count(struct auth_counters *counters, const char *what, const char *who, const char *where,
                         int64_t now_ms, int64_t *ret_count, int64_t *ret_left_ms);

#endif
