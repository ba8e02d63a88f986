/**
 * person.h: what identity.v1 said of a person, kept until that person changes.
 *
 * Shared by all threads. An answer read before a commit must not be kept after it. So whoever means to
 * keep one takes the person's epoch before the snapshot begins, and auth_persons_put keeps nothing when
 * the epoch has moved since.
 */
#ifndef AUTH_PERSON_H
#define AUTH_PERSON_H

#include "base/arena.h"
#include "c18n/auth.h"

struct auth_persons;

enum { AUTH_PERSONS_ENTRIES = 8192, AUTH_PERSONS_ROLES = 160 };

struct auth_persons *auth_persons_new(void); /* NULL: no memory */
void auth_persons_free(struct auth_persons *persons);
uint64_t auth_persons_epoch(struct auth_persons *persons, const char *user);
/** The roles are copied into the arena. C18N_NOT_FOUND: not known here. C18N_NO_MEMORY. */
int auth_persons_get(struct auth_persons *persons, const char *user, struct arena *arena, c18n_person *ret_person);
void auth_persons_put(struct auth_persons *persons, const char *user, uint64_t epoch, const c18n_person *person);
/** The person has changed: forgets what is known and refuses what is being read. */
void auth_persons_drop(struct auth_persons *persons, const char *user);

#endif
