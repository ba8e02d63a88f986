#include "api/range.h"

#include <string.h>
#include <strings.h>

/* Takes digits. A number that is too large for anything is as good as the largest. False: there are none. */
static bool take_number(const char **at, uint64_t *ret_number)
{
    uint64_t number = 0;
    const char *first = *at;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        uint64_t digit = (uint64_t)(**at - '0');
        number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : number * 10 + digit;
    }
    *ret_number = number;
    return *at > first;
}

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " \t");
}

static enum range_kind some(uint64_t from, uint64_t until, uint64_t *ret_from, uint64_t *ret_until)
{
    *ret_from = from;
    *ret_until = until;
    return RANGE_SOME;
}

/* "-500": the last so many. */
static enum range_kind suffix(uint64_t count, uint64_t size, uint64_t *ret_from, uint64_t *ret_until)
{
    if (count == 0 || size == 0)
        return RANGE_BEYOND;
    return some(count < size ? size - count : 0, size, ret_from, ret_until);
}

enum range_kind range_of(const char *header, uint64_t size, uint64_t *ret_from, uint64_t *ret_until)
{
    uint64_t first = 0, last = UINT64_MAX;
    if (!header || strncasecmp(header, "bytes=", 6) != 0)
        return RANGE_NONE;
    header += 6;
    skip_blanks(&header);
    bool has_first = take_number(&header, &first);
    if (*header++ != '-')
        return RANGE_NONE;
    bool has_last = take_number(&header, &last);
    skip_blanks(&header);
    if (*header != '\0' || (!has_first && !has_last)) /* several are passed over as a whole, which is allowed */
        return RANGE_NONE;
    if (!has_first)
        return suffix(last, size, ret_from, ret_until);
    if (!has_last)
        last = UINT64_MAX;
    if (first > last)
        return RANGE_NONE;
    return first >= size ? RANGE_BEYOND : some(first, last < size ? last + 1 : size, ret_from, ret_until);
}
