/* permessage-deflate, a message at a time. */
#include "ws/deflate.h"

#include "c18n/abi.h"
#include "ws/message.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { WINDOW = -15 /* of 32 KiB, without zlib's own head */, LEAST = 64 /* bytes: smaller ones are not worth it */ };

/* How a compressed message ends, and what is left out of it when it is sent (7.2.1). */
static const char tail[4] = {0, 0, (char)0xff, (char)0xff};

struct ws_deflater {
    z_stream out, in;
    bool has_out, has_in;
};

static struct ws_deflater *get(struct ws_deflater **deflater)
{
    if (!*deflater)
        *deflater = calloc(1, sizeof **deflater);
    return *deflater;
}

static z_stream *get_out(struct ws_deflater **deflater)
{
    struct ws_deflater *own = get(deflater);
    if (!own)
        return NULL;
    if (!own->has_out)
        own->has_out =
            deflateInit2(&own->out, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    return own->has_out && deflateReset(&own->out) == Z_OK ? &own->out : NULL;
}

static z_stream *get_in(struct ws_deflater **deflater)
{
    struct ws_deflater *own = get(deflater);
    if (!own)
        return NULL;
    if (!own->has_in)
        own->has_in = inflateInit2(&own->in, WINDOW) == Z_OK;
    return own->has_in && inflateReset(&own->in) == Z_OK ? &own->in : NULL;
}

void ws_deflater_free(struct ws_deflater *deflater)
{
    if (!deflater)
        return;
    if (deflater->has_out)
        deflateEnd(&deflater->out);
    if (deflater->has_in)
        inflateEnd(&deflater->in);
    free(deflater);
}

/* --- out --- */

/* NULL: it gets no smaller, or there is no memory. */
static struct ws_message *compress_message(z_stream *stream, const struct ws_message *message)
{
    struct ws_message *packed = ws_message_make(message->length); /* one byte less, and the tail, fit in here */
    if (!packed)
        return NULL;
    stream->next_in = (Bytef *)(uintptr_t)message->payload;
    stream->avail_in = message->length;
    stream->next_out = (Bytef *)packed->payload;
    stream->avail_out = message->length;
    bool whole = deflate(stream, Z_SYNC_FLUSH) == Z_OK && stream->avail_in == 0 && stream->avail_out > 0;
    if (!whole) {
        ws_message_unref(packed);
        return NULL;
    }
    packed->length = message->length - stream->avail_out - (uint32_t)sizeof tail;
    ws_message_frame(packed, message->opcode, true);
    return packed;
}

struct ws_message *ws_deflate_message(struct ws_deflater **deflater, struct ws_message *message)
{
    struct ws_message *packed = atomic_load_explicit(&message->packed, memory_order_acquire), *none = NULL;
    if (packed)
        return packed;
    if ((message->opcode != WS_TEXT && message->opcode != WS_BINARY) || message->length < LEAST)
        return message;
    z_stream *stream = get_out(deflater);
    packed = stream ? compress_message(stream, message) : NULL;
    if (!packed)
        packed = message;
    if (atomic_compare_exchange_strong_explicit(&message->packed, &none, packed, memory_order_acq_rel,
                                                memory_order_acquire))
        return packed;
    if (packed != message) /* another lane was faster */
        ws_message_unref(packed);
    return none;
}

/* --- in --- */

struct output {
    char *bytes;
    size_t length, room, most;
};

static int make_room(struct output *output)
{
    if (output->length < output->room)
        return C18N_OK;
    if (output->room > output->most)
        return C18N_TOO_LARGE;
    size_t room = output->room ? output->room * 4 : 1024;
    if (room > output->most)
        room = output->most + 1; /* a byte more shows that it is too large */
    char *bytes = realloc(output->bytes, room);
    if (!bytes)
        return C18N_NO_MEMORY;
    output->bytes = bytes;
    output->room = room;
    return C18N_OK;
}

/* All of `bytes`, unless the stream ends in it: what comes behind a final block begins another stream (7.2.3.5). */
static int inflate_some(z_stream *stream, const char *bytes, size_t length, struct output *output)
{
    stream->next_in = (Bytef *)(uintptr_t)bytes;
    stream->avail_in = (uInt)length;
    for (;;) {
        int code = make_room(output);
        if (code != C18N_OK)
            return code;
        stream->next_out = (Bytef *)output->bytes + output->length;
        stream->avail_out = (uInt)(output->room - output->length);
        int result = inflate(stream, Z_SYNC_FLUSH);
        output->length = output->room - stream->avail_out;
        if (output->length > output->most)
            return C18N_TOO_LARGE;
        if (result == Z_STREAM_END && stream->avail_in > 0 && inflateReset(stream) == Z_OK)
            continue;
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return result == Z_MEM_ERROR ? C18N_NO_MEMORY : C18N_INVALID;
        if (stream->avail_out > 0 || result == Z_STREAM_END)
            return stream->avail_in == 0 ? C18N_OK : C18N_INVALID;
    }
}

int ws_inflate(struct ws_deflater **deflater, const char *bytes, size_t length, size_t most, char **ret_bytes,
               size_t *ret_length)
{
    z_stream *stream = get_in(deflater);
    struct output output = {.most = most};
    if (!stream)
        return C18N_NO_MEMORY;
    int code = inflate_some(stream, bytes, length, &output);
    if (code == C18N_OK)
        code = inflate_some(stream, tail, sizeof tail, &output);
    if (code != C18N_OK) {
        free(output.bytes);
        return code;
    }
    *ret_bytes = output.bytes;
    *ret_length = output.length;
    return C18N_OK;
}
