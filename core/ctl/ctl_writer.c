/* ctl_writer.c: writing a stream, compressed or not, to a descriptor that may be a slow pipe. */
#include "ctl/ctl_lines.h"

#include "base/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { CHUNK = 64 * 1024, TURN_MS = 200, GZIP = 15 + 16 };

struct ctl_writer {
    struct ctl_call *call;
    int fd;
    int failed;
    bool compressed;
    bool is_file;
    z_stream deflate;
    size_t used;
    unsigned char chunk[CHUNK];
};

bool ctl_is_compressed(const char *name)
{
    size_t length = strlen(name);
    return length > 3 && strcmp(name + length - 3, ".gz") == 0;
}

struct ctl_writer *ctl_writer_open(struct ctl_call *call, int fd, bool compressed)
{
    struct ctl_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return NULL;
    struct stat about;
    writer->call = call;
    writer->fd = fd;
    writer->compressed = compressed;
    writer->is_file = fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
    if (!compressed ||
        deflateInit2(&writer->deflate, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY) == Z_OK)
        return writer;
    free(writer);
    return NULL;
}

void ctl_writer_free(struct ctl_writer *writer)
{
    if (!writer)
        return;
    if (writer->compressed)
        deflateEnd(&writer->deflate);
    free(writer);
}

/* A pipe that polls writable takes PIPE_BUF bytes without blocking, and no more is promised. */
static int write_out(struct ctl_writer *writer)
{
    const unsigned char *from = writer->chunk;
    size_t left = writer->used, turn = writer->is_file ? CHUNK : PIPE_BUF;
    while (left > 0) {
        struct pollfd wait = {.fd = writer->fd, .events = POLLOUT};
        if (writer->call->stopped(writer->call))
            return C18N_TIMEOUT;
        if (poll(&wait, 1, TURN_MS) <= 0)
            continue;
        ssize_t wrote = platform->write(writer->fd, from, left < turn ? left : turn);
        if (wrote < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (wrote < 0)
            return errno == ENOSPC || errno == EDQUOT ? C18N_NO_SPACE : C18N_IO;
        from += wrote;
        left -= (size_t)wrote;
    }
    writer->used = 0;
    return C18N_OK;
}

static int add_plain(struct ctl_writer *writer, const unsigned char *from, size_t left)
{
    int code = C18N_OK;
    while (left > 0 && code == C18N_OK) {
        size_t room = sizeof writer->chunk - writer->used, count = left < room ? left : room;
        memcpy(writer->chunk + writer->used, from, count);
        writer->used += count;
        from += count;
        left -= count;
        if (writer->used == sizeof writer->chunk)
            code = write_out(writer);
    }
    return code;
}

static int run_deflate(struct ctl_writer *writer, int flush)
{
    z_stream *stream = &writer->deflate;
    int code = C18N_OK, result = Z_OK;
    do {
        stream->next_out = writer->chunk + writer->used;
        stream->avail_out = (unsigned)(sizeof writer->chunk - writer->used);
        result = deflate(stream, flush);
        writer->used = sizeof writer->chunk - stream->avail_out;
        if (writer->used == sizeof writer->chunk)
            code = write_out(writer);
    } while (code == C18N_OK && (stream->avail_in > 0 || (flush == Z_FINISH && result == Z_OK)));
    return code;
}

int ctl_writer_add(struct ctl_writer *writer, const void *bytes, size_t length)
{
    if (writer->failed != C18N_OK)
        return writer->failed;
    if (!writer->compressed)
        return writer->failed = add_plain(writer, bytes, length);
    writer->deflate.next_in = (z_const Bytef *)bytes;
    writer->deflate.avail_in = (unsigned)length; /* a line; far below 4 GiB */
    return writer->failed = run_deflate(writer, Z_NO_FLUSH);
}

int ctl_writer_finish(struct ctl_writer *writer)
{
    if (writer->failed == C18N_OK && writer->compressed)
        writer->failed = run_deflate(writer, Z_FINISH);
    if (writer->failed == C18N_OK)
        writer->failed = write_out(writer);
    if (writer->failed == C18N_OK && writer->is_file && platform->sync(writer->fd) != 0)
        writer->failed = C18N_IO;
    return writer->failed;
}
