/* ctl_lines.c: reading lines: bytes from a descriptor, inflated when they are gzip, cut at line feeds. */
#include "ctl/ctl_lines.h"

#include "base/platform.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CHUNK = 64 * 1024, TURN_MS = 200, GZIP_ONLY = 15 + 16 };

struct ctl_lines {
    struct ctl_call *call;
    int fd;
    bool begun, ended; /* of the descriptor's bytes */
    bool compressed;
    bool given;     /* the first line */
    bool in_member; /* of the gzip stream: its trailer has not come */
    z_stream inflate;
    struct text line; /* a line that lies across two chunks */
    size_t at, end;   /* of `chunk` */
    unsigned char raw[CHUNK], chunk[CHUNK];
};

struct ctl_lines *ctl_lines_open(struct ctl_call *call, int fd)
{
    struct ctl_lines *lines = calloc(1, sizeof *lines);
    if (!lines)
        return NULL;
    lines->call = call;
    lines->fd = fd;
    text_init(&lines->line, NULL, CTL_LINE_MOST);
    return lines;
}

void ctl_lines_close(struct ctl_lines *lines)
{
    if (!lines)
        return;
    if (lines->compressed)
        inflateEnd(&lines->inflate);
    text_free(&lines->line);
    free(lines);
}

/* --- bytes --- */

static int read_some(struct ctl_lines *lines, unsigned char *at, size_t room, size_t *ret_count)
{
    for (;;) {
        struct pollfd wait = {.fd = lines->fd, .events = POLLIN};
        if (lines->call->stopped(lines->call))
            return C18N_TIMEOUT;
        if (poll(&wait, 1, TURN_MS) <= 0)
            continue;
        ssize_t got = platform->read(lines->fd, at, room);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            return C18N_IO;
        lines->ended = got == 0;
        *ret_count = (size_t)got;
        return C18N_OK;
    }
}

/* The first two bytes may come one by one. */
static int begin(struct ctl_lines *lines)
{
    size_t have = 0, count = 0;
    int code = C18N_OK;
    while (have < 2 && !lines->ended && code == C18N_OK) {
        code = read_some(lines, lines->raw + have, sizeof lines->raw - have, &count);
        have += code == C18N_OK ? count : 0;
    }
    if (code != C18N_OK)
        return code;
    lines->begun = true;
    if (have < 2 || lines->raw[0] != 0x1f || lines->raw[1] != 0x8b) {
        memcpy(lines->chunk, lines->raw, have);
        lines->end = have;
        return C18N_OK;
    }
    if (inflateInit2(&lines->inflate, GZIP_ONLY) != Z_OK)
        return C18N_NO_MEMORY;
    lines->compressed = lines->in_member = true;
    lines->inflate.next_in = lines->raw;
    lines->inflate.avail_in = (unsigned)have;
    return C18N_OK;
}

/* A file may be several gzip streams, one after the other. */
static int inflate_some(struct ctl_lines *lines)
{
    z_stream *stream = &lines->inflate;
    if (!lines->in_member && stream->avail_in > 0) {
        if (inflateReset(stream) != Z_OK)
            return C18N_CORRUPT;
        lines->in_member = true;
    }
    stream->next_out = lines->chunk;
    stream->avail_out = sizeof lines->chunk;
    int result = stream->avail_in > 0 ? inflate(stream, Z_NO_FLUSH) : Z_BUF_ERROR;
    lines->end = sizeof lines->chunk - stream->avail_out;
    if (result == Z_STREAM_END)
        lines->in_member = false;
    else if (result == Z_MEM_ERROR)
        return C18N_NO_MEMORY;
    else if (result != Z_OK && result != Z_BUF_ERROR)
        return C18N_CORRUPT;
    return C18N_OK;
}

static int fill_inflated(struct ctl_lines *lines)
{
    size_t count = 0;
    int code = C18N_OK;
    while (code == C18N_OK && lines->end == 0) {
        code = inflate_some(lines);
        if (code != C18N_OK || lines->end > 0)
            return code;
        if (lines->inflate.avail_in > 0)
            continue;
        if (lines->ended)
            return lines->in_member ? C18N_CORRUPT : C18N_OK;
        code = read_some(lines, lines->raw, sizeof lines->raw, &count);
        lines->inflate.next_in = lines->raw;
        lines->inflate.avail_in = code == C18N_OK ? (unsigned)count : 0;
    }
    return code;
}

/* Afterwards end == 0 means that nothing comes any more. */
static int fill(struct ctl_lines *lines)
{
    lines->at = lines->end = 0;
    int code = lines->begun ? C18N_OK : begin(lines);
    if (code != C18N_OK || lines->end > 0)
        return code;
    if (lines->compressed)
        return fill_inflated(lines);
    return lines->ended ? C18N_OK : read_some(lines, lines->chunk, sizeof lines->chunk, &lines->end);
}

/* --- lines --- */

/* Files from Windows end lines with CR LF, and may begin with a byte order mark. */
static void give(struct ctl_lines *lines, const char *line, size_t length, const char **ret_line, size_t *ret_length)
{
    size_t mark = !lines->given && length >= 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    lines->given = true;
    line += mark;
    length -= mark;
    *ret_line = line;
    *ret_length = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
}

/* What lies across chunks is gathered; past the limit the rest is read and dropped. */
static int finish_gathered(struct ctl_lines *lines, bool at_end, const char **ret_line, size_t *ret_length)
{
    struct text *line = &lines->line;
    if (line->failed) {
        text_free(line);
        text_init(line, NULL, CTL_LINE_MOST);
        return C18N_TOO_LARGE;
    }
    if (at_end && line->length == 0)
        return C18N_NOT_FOUND;
    give(lines, line->at ? line->at : "", line->length, ret_line, ret_length);
    line->length = 0; /* the bytes stay until more is added */
    return C18N_OK;
}

int ctl_lines_next(struct ctl_lines *lines, const char **ret_line, size_t *ret_length)
{
    for (;;) {
        const char *from = (const char *)lines->chunk + lines->at;
        size_t left = lines->end - lines->at;
        const char *feed = left > 0 ? memchr(from, '\n', left) : NULL;
        size_t length = feed ? (size_t)(feed - from) : left;
        lines->at += feed ? length + 1 : length;
        if (feed && lines->line.length == 0 && !lines->line.failed) {
            give(lines, from, length, ret_line, ret_length);
            return C18N_OK;
        }
        text_add(&lines->line, from, length);
        if (feed)
            return finish_gathered(lines, false, ret_line, ret_length);
        int code = fill(lines);
        if (code != C18N_OK)
            return code;
        if (lines->end == 0)
            return finish_gathered(lines, true, ret_line, ret_length);
    }
}
