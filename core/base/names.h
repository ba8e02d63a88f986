/** names.h: helps people who mistyped a name. Pure functions. */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <stddef.h>

enum { NAMES_LENGTH_MAX = 64 }; /* longer words are like no other */

/** The number of letters to add, drop, change or swap with their neighbour to get from one word to the other, both of
 *  at most NAMES_LENGTH_MAX bytes. */
size_t names_distance(const char *from, const char *to);

struct names_nearest { /* begin with {.word = …} */
    const char *word, *nearest;
    size_t distance;
};
/** Offers a candidate; NULL and "" are passed over. `nearest` stays NULL while none is close: one letter off in a short
 *  word, more in a long one. The first of equally near ones stays. */
void names_offer(struct names_nearest *search, const char *candidate);

#endif
