/**
 * view.h: the bytes of a file that may be anything. Every offset in it is a claim, and these two check it: there is no
 * other way to its bytes. Pure functions; what they give points into the view.
 */
#ifndef LOADER_VIEW_H
#define LOADER_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct view {
    const unsigned char *bytes;
    size_t length;
};

/** `length` bytes from `offset` on; NULL: the file hasn't that many. */
static inline const unsigned char *view_slice(const struct view *file, uint64_t offset, uint64_t length)
{
    if (offset > file->length || length > file->length - offset)
        return NULL;
    return file->bytes + offset;
}

/** Copies a struct out, wherever it is aligned. False: the file hasn't that many bytes. */
static inline bool view_take(const struct view *file, uint64_t offset, void *ret_struct, size_t size)
{
    const unsigned char *bytes = view_slice(file, offset, size);
    if (bytes)
        memcpy(ret_struct, bytes, size);
    return bytes != NULL;
}

#endif
