/* names.c: the nearest name, and words in space-separated lists. */
#include "api/names.h"

#include <string.h>

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

size_t names_distance(const char *a, const char *b)
{
    size_t a_length = strnlen(a, NAMES_LENGTH_MAX);
    size_t b_length = strnlen(b, NAMES_LENGTH_MAX);
    size_t row[NAMES_LENGTH_MAX + 1];
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t above = row[j];
            row[j] = smallest(above + 1, row[j - 1] + 1, corner + (a[i - 1] != b[j - 1]));
            corner = above;
        }
    }
    return row[b_length];
}

void names_offer(struct names_nearest *search, const char *candidate)
{
    size_t distance = names_distance(search->word, candidate);
    if (distance > strlen(search->word) / 2 || (search->nearest && distance >= search->distance))
        return;
    search->nearest = candidate;
    search->distance = distance;
}

bool names_listed(const char *list, const char *word, size_t length)
{
    while (list && *list != '\0') {
        size_t item = strcspn(list, " ");
        if (item == length && memcmp(list, word, length) == 0)
            return item > 0;
        list += item;
        list += strspn(list, " ");
    }
    return false;
}
