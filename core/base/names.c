/* names.c: the nearest of some names. */
#include "base/names.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t names_distance(const char *from, const char *to)
{
    size_t from_length = strnlen(from, NAMES_LENGTH_MAX), to_length = strnlen(to, NAMES_LENGTH_MAX);
    size_t rows[3][NAMES_LENGTH_MAX + 1];
    for (size_t j = 0; j <= to_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= from_length; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= to_length; j++) {
            size_t changed = above[j - 1] + (from[i - 1] != to[j - 1]);
            row[j] = least(changed, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                row[j] = least(row[j], second[j - 2] + 1);
        }
    }
    return rows[from_length % 3][to_length];
}

void names_offer(struct names_nearest *search, const char *candidate)
{
    size_t length = strlen(search->word), candidate_length = candidate ? strlen(candidate) : 0;
    if (candidate_length == 0 || candidate_length > NAMES_LENGTH_MAX || length > NAMES_LENGTH_MAX)
        return;
    size_t distance = names_distance(search->word, candidate);
    size_t bound = search->nearest ? search->distance : least(2 + length / 4, length);
    if (distance >= bound)
        return;
    search->nearest = candidate;
    search->distance = distance;
}
