/**
 * fold.h: upper to lower case for `nocase` columns, in place, without changing any length.
 *
 * Latin, Greek and Cyrillic letters of one or two bytes: what names on keyboards have. It must never
 * change, for the keys in storage were made with it; so it uses no locale and no library's tables.
 */
#ifndef DATA_FOLD_H
#define DATA_FOLD_H

#include <stddef.h>

void fold_case(char *text, size_t length);

#endif
