/** words.h: walks "likes shares" and "community, created_on desc; unique username": lists inside a text. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct words {
    const char *at; /* NULL: nothing to walk */
    const char *separators;
};

/** The next non-empty piece between separators, without blanks around it. */
static inline bool words_next(struct words *words, const char **ret_word, size_t *ret_length)
{
    while (words->at && *words->at) {
        const char *word = words->at + strspn(words->at, " ");
        size_t length = strcspn(word, words->separators);
        words->at = word + length + (word[length] != '\0');
        while (length > 0 && word[length - 1] == ' ')
            length--;
        if (length > 0) {
            *ret_word = word;
            *ret_length = length;
            return true;
        }
    }
    return false;
}

static inline bool words_equal(const char *word, size_t length, const char *text)
{
    return strlen(text) == length && memcmp(word, text, length) == 0;
}

/** Is a name among space-separated words? NULL: no list, false. */
static inline bool words_has(const char *list, const char *name, size_t name_length)
{
    struct words words = {list, " "};
    const char *word;
    size_t length;
    while (words_next(&words, &word, &length))
        if (length == name_length && memcmp(word, name, length) == 0)
            return true;
    return false;
}

#endif
