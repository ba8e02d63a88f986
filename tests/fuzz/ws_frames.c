/*
 * Any bytes as a client's frames. Beside what the sanitizers see: bytes that come in small reads mean the same as in
 * one read; that no more is kept than a message may be long, and nothing where a codec keeps it.
 *
 * The first byte chooses the size of the reads, and whether permessage-deflate was agreed on.
 */
#include "../unit/ws/frames.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 500 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frames_outcome whole, pieces, judged;
    if (size < 2)
        return 0;
    bool deflate = data[0] & 0x80;
    frames_run(data + 1, size - 1, size, MOST, deflate, &whole);
    frames_run(data + 1, size - 1, 1 + data[0] % 32u, MOST, deflate, &pieces);
    frames_run_as(data + 1, size - 1, 1 + data[0] % 32u, MOST, deflate, true, &judged);
    assert(whole.found == pieces.found && whole.fault == pieces.fault);
    assert(strcmp(whole.log, pieces.log) == 0);
    assert(whole.found == judged.found && whole.fault == judged.fault && judged.most_kept == 0);
    assert(whole.most_kept <= 2 * MOST && pieces.most_kept <= 2 * MOST);
    return 0;
}
