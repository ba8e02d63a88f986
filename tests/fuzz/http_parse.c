/*
 * Any bytes as requests. Beside what the sanitizers see: bytes that come in small reads are understood
 * like the same bytes in one read, and what is understood is within the limits.
 *
 * The first byte chooses the size of the reads.
 */
#include "../unit/http/pieces.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_rules rules = {.max_body = 1000};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, pieces;
    if (size < 2)
        return 0;
    pieces_run(&rules, (const char *)data + 1, size - 1, size, &whole);
    pieces_run(&rules, (const char *)data + 1, size - 1, 1 + data[0] % 32u, &pieces);
    assert(whole.requests == pieces.requests);
    assert(strcmp(whole.log, pieces.log) == 0);
    /* Not the same code always: a size that is over its limit shows later when a head comes at once. */
    assert((whole.status == 0) == (pieces.status == 0));
    return 0;
}
