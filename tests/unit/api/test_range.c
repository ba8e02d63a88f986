/* What a Range header asks for: RFC 9110, 14.1.2 and 14.2. */
#include "api/range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    const char *header;
    uint64_t size;
    enum range_kind kind;
    uint64_t from, until;
} rows[] = {
    {"bytes=0-0", 1000, RANGE_SOME, 0, 1},
    {"bytes=0-499", 1000, RANGE_SOME, 0, 500},
    {"bytes=500-999", 1000, RANGE_SOME, 500, 1000},
    {"bytes=500-", 1000, RANGE_SOME, 500, 1000},
    {"bytes=0-", 1000, RANGE_SOME, 0, 1000},
    {"bytes=999-999", 1000, RANGE_SOME, 999, 1000},
    {"bytes=0-5000", 1000, RANGE_SOME, 0, 1000},
    {"bytes=-500", 1000, RANGE_SOME, 500, 1000},
    {"bytes=-1", 1000, RANGE_SOME, 999, 1000},
    {"bytes=-5000", 1000, RANGE_SOME, 0, 1000},
    {"BYTES= 1-2 ", 1000, RANGE_SOME, 1, 3},
    {"bytes=007-08", 1000, RANGE_SOME, 7, 9},
    {"bytes=5-18446744073709551615", 1000, RANGE_SOME, 5, 1000},
    {"bytes=5-99999999999999999999999999", 1000, RANGE_SOME, 5, 1000},
    {"bytes=-99999999999999999999999999", 1000, RANGE_SOME, 0, 1000},
    {"bytes=1000-", 1000, RANGE_BEYOND, 0, 0},
    {"bytes=1000-1001", 1000, RANGE_BEYOND, 0, 0},
    {"bytes=99999999999999999999999999-", 1000, RANGE_BEYOND, 0, 0},
    {"bytes=-0", 1000, RANGE_BEYOND, 0, 0},
    {"bytes=0-", 0, RANGE_BEYOND, 0, 0},
    {"bytes=-5", 0, RANGE_BEYOND, 0, 0},
    {NULL, 1000, RANGE_NONE, 0, 0},
    {"", 1000, RANGE_NONE, 0, 0},
    {"bytes", 1000, RANGE_NONE, 0, 0},
    {"bytes=", 1000, RANGE_NONE, 0, 0},
    {"bytes=-", 1000, RANGE_NONE, 0, 0},
    {"bytes=5", 1000, RANGE_NONE, 0, 0},
    {"bytes=5-4", 1000, RANGE_NONE, 0, 0},
    {"bytes=0-1,5-6", 1000, RANGE_NONE, 0, 0}, /* several: the whole */
    {"bytes=0-1,", 1000, RANGE_NONE, 0, 0},
    {"bytes=0x1-2", 1000, RANGE_NONE, 0, 0},
    {"bytes=+1-2", 1000, RANGE_NONE, 0, 0},
    {"bytes=1--2", 1000, RANGE_NONE, 0, 0},
    {"bytes=1 -2", 1000, RANGE_NONE, 0, 0},
    {"bytes=1-2;x", 1000, RANGE_NONE, 0, 0},
    {"bytes =1-2", 1000, RANGE_NONE, 0, 0},
    {"lines=1-2", 1000, RANGE_NONE, 0, 0},
};

static void each_header_means_what_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t from = 0, until = 0;
        enum range_kind kind = range_of(rows[i].header, rows[i].size, &from, &until);
        if (kind != rows[i].kind || from != rows[i].from || until != rows[i].until)
            fail_msg("%s of %d: %d, %d to %d", rows[i].header ? rows[i].header : "none", (int)rows[i].size, (int)kind,
                     (int)from, (int)until);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_header_means_what_it_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
