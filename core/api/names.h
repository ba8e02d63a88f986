/** names.h: helps people who mistyped a name. Pure functions. */
#ifndef API_NAMES_H
#define API_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum { NAMES_LENGTH_MAX = 64 }; /* longer words are compared by their first 64 bytes */

/** The number of letters to add, drop or change to get from one word to the other. */
size_t names_distance(const char *a, const char *b);

struct names_nearest { /* begin with {.word = …} */
    const char *word, *nearest;
    size_t distance;
};
/** Offers a candidate. `nearest` stays NULL while none is closer than half of the word. */
void names_offer(struct names_nearest *search, const char *candidate);

/** Is a word one of a space-separated list? NULL: no list, false. */
bool names_listed(const char *list, const char *word, size_t length);

#endif
