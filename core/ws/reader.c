/* From bytes to messages. A head is judged when it is whole, a payload while it comes. */
#include "ws/reader.h"

#include "ws/message.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

void ws_reader_init(struct ws_reader *reader, size_t max_message, bool deflate)
{
    *reader = (struct ws_reader){.max_message = max_message, .deflate = deflate};
}

static void drop_kept(struct ws_reader *reader)
{
    free(reader->kept);
    reader->kept = NULL;
    reader->kept_length = reader->kept_room = 0;
}

void ws_reader_free(struct ws_reader *reader)
{
    drop_kept(reader);
}

static struct ws_found fault(int code, const char *why)
{
    return (struct ws_found){.kind = WS_FOUND_FAULT, .code = code, .why = why};
}

static const struct ws_found nothing = {.kind = WS_NOTHING};

static bool is_control(const struct ws_reader *reader)
{
    return reader->opcode & 8;
}

/* --- the head --- */

static size_t head_size(const uint8_t *head, size_t have)
{
    if (have < 2)
        return 2;
    unsigned length = head[1] & 127u;
    return 2 + (length == 126 ? 2u : length == 127 ? 8u : 0u) + 4;
}

/* What the first two bytes alone say. NULL: they are good. */
static const char *judge_first(const struct ws_reader *reader)
{
    const uint8_t *head = reader->head;
    unsigned opcode = head[0] & 15u;
    bool last = head[0] & 0x80, control = opcode & 8;
    if (head[0] & 0x30)
        return "a reserved bit is set";
    if (head[0] & 0x40 && (!reader->deflate || opcode == WS_CONTINUATION || control))
        return "a reserved bit is set";
    if ((opcode > WS_BINARY && opcode < WS_CLOSE) || opcode > WS_PONG)
        return "a reserved opcode";
    if (!(head[1] & 0x80))
        return "a frame without a mask";
    if (control && !last)
        return "a control frame in fragments";
    if (control && (head[1] & 127) > WS_MAX_CONTROL)
        return "a control frame of more than 125 bytes";
    if (opcode == WS_CONTINUATION && !reader->in_message)
        return "nothing to continue";
    if (!control && opcode != WS_CONTINUATION && reader->in_message)
        return "a new message within another";
    return NULL;
}

/* The shortest form only (5.2). */
static bool read_length(const uint8_t *head, uint64_t *ret_length)
{
    unsigned form = head[1] & 127u, bytes = form == 126 ? 2 : form == 127 ? 8 : 0;
    uint64_t length = bytes ? 0 : form;
    for (unsigned i = 0; i < bytes; i++)
        length = length << 8 | head[2 + i];
    *ret_length = length;
    return (bytes != 2 || length > WS_MAX_CONTROL) && (bytes != 8 || (length > UINT16_MAX && length <= INT64_MAX));
}

/* What can't be compressed grows a little by it, so as much may come for a message of the greatest length. */
static size_t most(const struct ws_reader *reader)
{
    return reader->packed ? reader->max_message + reader->max_message / 256 + 64 : reader->max_message;
}

static void begin_message(struct ws_reader *reader)
{
    reader->in_message = true;
    reader->message_opcode = reader->opcode;
    reader->packed = reader->head[0] & 0x40;
    reader->utf8 = (struct ws_utf8){.left = 0};
    reader->empty = 0;
}

static struct ws_found begin_frame(struct ws_reader *reader)
{
    const uint8_t *head = reader->head;
    uint64_t length;
    if (!read_length(head, &length))
        return fault(WS_PROTOCOL, "a length that is not in its shortest form");
    reader->opcode = head[0] & 15;
    reader->last = head[0] & 0x80;
    memcpy(reader->mask, head + reader->head_length - 4, 4);
    reader->mask_at = 0;
    reader->left = length;
    reader->in_payload = true;
    reader->head_length = 0;
    if (is_control(reader)) {
        reader->control_length = 0;
        return nothing;
    }
    if (reader->opcode != WS_CONTINUATION)
        begin_message(reader);
    if (length > most(reader) - reader->kept_length)
        return fault(WS_TOO_LARGE, "a message that is too large");
    if (length == 0 && !reader->last && ++reader->empty > reader->max_message)
        return fault(WS_TOO_LARGE, "a message of too many fragments");
    return nothing;
}

/* A byte at a time is fine: heads are short. WS_NOTHING with in_payload: the head is whole. */
static struct ws_found take_head(struct ws_reader *reader, const char *bytes, size_t length, size_t *at)
{
    while (*at < length) {
        reader->head[reader->head_length++] = (uint8_t)bytes[(*at)++];
        if (reader->head_length == 2) {
            const char *why = judge_first(reader);
            if (why)
                return fault(WS_PROTOCOL, why);
        }
        if (reader->head_length == head_size(reader->head, reader->head_length))
            return begin_frame(reader);
    }
    return nothing;
}

/* --- the payload --- */

static void unmask(struct ws_reader *reader, char *bytes, size_t length)
{
    uint8_t mask[8];
    uint64_t eight, key;
    size_t at = 0;
    for (unsigned i = 0; i < sizeof mask; i++)
        mask[i] = reader->mask[(reader->mask_at + i) & 3];
    memcpy(&key, mask, sizeof key);
    for (; at + sizeof eight <= length; at += sizeof eight) {
        memcpy(&eight, bytes + at, sizeof eight);
        eight ^= key;
        memcpy(bytes + at, &eight, sizeof eight);
    }
    for (size_t i = 0; at < length; at++, i++)
        bytes[at] = (char)((uint8_t)bytes[at] ^ mask[i & 3]);
    reader->mask_at = (uint8_t)((reader->mask_at + length) & 3);
}

static bool keep(struct ws_reader *reader, const char *bytes, size_t length)
{
    size_t wanted = reader->kept_length + length;
    if (reader->judges) {
        reader->kept_length = wanted;
        return true;
    }
    if (wanted > reader->kept_room) {
        size_t room = reader->kept_room ? reader->kept_room : FIRST_ROOM;
        while (room < wanted)
            room *= 2;
        if (room > reader->max_message && wanted <= reader->max_message)
            room = reader->max_message;
        char *kept = realloc(reader->kept, room);
        if (!kept)
            return false;
        reader->kept = kept;
        reader->kept_room = room;
    }
    if (length)
        memcpy(reader->kept + reader->kept_length, bytes, length);
    reader->kept_length = wanted;
    return true;
}

static bool is_text(const struct ws_reader *reader)
{
    return reader->message_opcode == WS_TEXT && !reader->packed;
}

static struct ws_found end_message(struct ws_reader *reader, char *bytes, size_t length)
{
    if (is_text(reader) && !ws_utf8_is_whole(&reader->utf8))
        return fault(WS_MALFORMED, "text that is no UTF-8");
    reader->in_message = false;
    return (struct ws_found){.kind = WS_FOUND_MESSAGE,
                             .opcode = reader->message_opcode,
                             .packed = reader->packed,
                             .bytes = bytes,
                             .length = length};
}

/* A piece of a message; `ends`: of its frame. */
static struct ws_found take_data(struct ws_reader *reader, char *bytes, size_t length, bool ends)
{
    if (is_text(reader) && !ws_utf8_take(&reader->utf8, bytes, length))
        return fault(WS_MALFORMED, "text that is no UTF-8");
    bool whole = ends && reader->last;
    if (whole && reader->kept_length == 0)
        return end_message(reader, bytes, length);
    if (!keep(reader, bytes, length))
        return fault(WS_FAILED, "no memory");
    if (!whole)
        return nothing;
    reader->given = true;
    return end_message(reader, reader->kept, reader->kept_length);
}

/* RFC 6455 7.4, and what IANA has registered since (1012 to 1014). */
static bool is_close_code(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static struct ws_found end_close(const struct ws_found *control)
{
    struct ws_found found = *control;
    struct ws_utf8 utf8 = {.left = 0};
    if (found.length == 0)
        return found;
    if (found.length == 1)
        return fault(WS_PROTOCOL, "half a close code");
    found.code = (uint8_t)found.bytes[0] << 8 | (uint8_t)found.bytes[1];
    found.bytes += 2;
    found.length -= 2;
    if (!is_close_code((unsigned)found.code))
        return fault(WS_PROTOCOL, "a close code that must not be sent");
    if (!ws_utf8_take(&utf8, found.bytes, found.length) || !ws_utf8_is_whole(&utf8))
        return fault(WS_MALFORMED, "a reason that is no UTF-8");
    return found;
}

static struct ws_found take_control(struct ws_reader *reader, const char *bytes, size_t length, bool ends)
{
    if (length)
        memcpy(reader->control + reader->control_length, bytes, length);
    reader->control_length = (uint8_t)(reader->control_length + length);
    if (!ends)
        return nothing;
    struct ws_found found = {
        .kind = WS_FOUND_CONTROL, .opcode = reader->opcode, .bytes = reader->control, .length = reader->control_length};
    return reader->opcode == WS_CLOSE ? end_close(&found) : found;
}

static struct ws_found take_payload(struct ws_reader *reader, char *bytes, size_t length, size_t *at)
{
    size_t take = length - *at < reader->left ? length - *at : (size_t)reader->left;
    char *piece = bytes + *at;
    unmask(reader, piece, take);
    *at += take;
    reader->left -= take;
    bool ends = reader->left == 0;
    reader->in_payload = !ends;
    return is_control(reader) ? take_control(reader, piece, take, ends) : take_data(reader, piece, take, ends);
}

struct ws_found ws_reader_next(struct ws_reader *reader, char *bytes, size_t length, size_t *at)
{
    if (reader->given) { /* the last message was given from what was kept */
        drop_kept(reader);
        reader->given = false;
    }
    while (*at < length || (reader->in_payload && reader->left == 0)) {
        struct ws_found found =
            reader->in_payload ? take_payload(reader, bytes, length, at) : take_head(reader, bytes, length, at);
        if (found.kind != WS_NOTHING)
            return found;
    }
    return nothing;
}
