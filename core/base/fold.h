/**
 * fold.h: capitals to small letters, in place, without changing any length.
 *
 * Latin, Greek and Cyrillic letters of one or two bytes: what names on keyboards have. No locale and no library's
 * tables, so the same text is folded alike everywhere and for ever. Bytes that are no UTF-8 stay. Any thread.
 */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include <stddef.h>

void fold_case(char *text, size_t length);
/** For keys in storage (`nocase` columns): what it does must never change, for stored keys were made with it. It leaves
 *  the accented capitals of Greek alone. */
void fold_key(char *text, size_t length);

#endif
