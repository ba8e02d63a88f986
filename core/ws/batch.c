/* Messages that leave together. */
#include "ws/batch.h"

#include "ws/deflate.h"

#include <string.h>

static struct ws_message *find(const struct ws_batches *batches, struct ws_message *const *parts, uint32_t count,
                               bool lines, bool packed)
{
    for (unsigned i = 0; i < batches->used; i++) {
        const struct ws_batch *batch = &batches->kept[(batches->newest + WS_BATCHES - i) % WS_BATCHES];
        if (batch->count == count && batch->lines == lines && batch->packed == packed &&
            memcmp(batch->parts, parts, count * sizeof *parts) == 0)
            return batch->whole;
    }
    return NULL;
}

/* One message, a line each: every receiver takes it apart at the newlines, of which JSON has none of its own. */
static struct ws_message *merge_lines(struct ws_message *const *parts, uint32_t count)
{
    size_t length = count - 1, at = 0;
    for (uint32_t i = 0; i < count; i++)
        length += parts[i]->length;
    struct ws_message *whole = ws_message_make(length);
    if (!whole)
        return NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            whole->payload[at++] = '\n';
        memcpy(whole->payload + at, parts[i]->payload, parts[i]->length);
        at += parts[i]->length;
    }
    ws_message_frame(whole, WS_TEXT, false);
    return whole;
}

static struct ws_message *join_frames(struct ws_message *const *parts, uint32_t count, struct ws_deflater **deflater)
{
    const struct ws_message *sent[WS_BATCH_MOST];
    size_t length = 0, at = 0;
    for (uint32_t i = 0; i < count; i++) {
        sent[i] = deflater ? ws_deflate_message(deflater, parts[i]) : parts[i];
        length += ws_message_size(sent[i]);
    }
    struct ws_message *whole = ws_message_make(length);
    if (!whole)
        return NULL;
    for (uint32_t i = 0; i < count; i++) {
        size_t size;
        const char *bytes = ws_message_bytes(sent[i], &size);
        memcpy(whole->payload + at, bytes, size);
        at += size;
    }
    return whole;
}

static void forget(struct ws_batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++)
        ws_message_unref(batch->parts[i]);
    ws_message_unref(batch->whole);
}

static struct ws_batch *make_place(struct ws_batches *batches)
{
    batches->newest = (batches->newest + 1) % WS_BATCHES;
    struct ws_batch *batch = &batches->kept[batches->newest];
    if (batches->used == WS_BATCHES)
        forget(batch);
    else
        batches->used++;
    return batch;
}

struct ws_message *ws_batch_of(struct ws_batches *batches, struct ws_message *const *parts, uint32_t count, bool lines,
                               struct ws_deflater **deflater)
{
    struct ws_message *whole = find(batches, parts, count, lines, deflater != NULL);
    if (whole)
        return whole;
    whole = lines ? merge_lines(parts, count) : join_frames(parts, count, deflater);
    if (!whole)
        return NULL;
    struct ws_batch *batch = make_place(batches);
    batch->count = count;
    batch->lines = lines;
    batch->packed = deflater != NULL;
    batch->whole = whole;
    for (uint32_t i = 0; i < count; i++)
        batch->parts[i] = ws_message_ref(parts[i]);
    return whole;
}

void ws_batches_clear(struct ws_batches *batches)
{
    for (; batches->used > 0; batches->used--) {
        forget(&batches->kept[batches->newest]);
        batches->newest = (batches->newest + WS_BATCHES - 1) % WS_BATCHES;
    }
}
