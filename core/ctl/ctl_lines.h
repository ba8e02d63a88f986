/**
 * ctl_lines.h: lines of a file that may be compressed, read and written as a stream.
 *
 * A descriptor is the caller's: a pipe of somebody who does nothing may be on its other end, so waiting is done in
 * short turns between which `stopped` is asked. Used by one thread.
 */
#ifndef CTL_CTL_LINES_H
#define CTL_CTL_LINES_H

#include "ctl/ctl.h"

enum { CTL_LINE_MOST = 4 * 1024 * 1024 }; /* bytes of one line */

/* --- reading --- */
struct ctl_lines;
/** gzip is told by its first bytes, not by a name. NULL: no memory. */
struct ctl_lines *ctl_lines_open(struct ctl_call *call, int fd);
void ctl_lines_close(struct ctl_lines *lines); /* takes NULL; leaves the descriptor open */
/**
 * The next line without its end; lives until the next call. C18N_NOT_FOUND: there is none. C18N_TOO_LARGE: it is longer
 * than CTL_LINE_MOST and passed over. C18N_CORRUPT: the compressed stream is damaged or cut off.
 * C18N_IO, C18N_NO_MEMORY; C18N_TIMEOUT: `stopped`.
 */
int ctl_lines_next(struct ctl_lines *lines, const char **ret_line, size_t *ret_length);

/* --- writing --- */
struct ctl_writer;
struct ctl_writer *ctl_writer_open(struct ctl_call *call, int fd, bool compressed); /* NULL: no memory */
void ctl_writer_free(struct ctl_writer *writer); /* takes NULL; writes nothing more */
/** Failure sticks: C18N_IO, C18N_NO_SPACE, C18N_TIMEOUT (`stopped`). */
int ctl_writer_add(struct ctl_writer *writer, const void *bytes, size_t length);
int ctl_writer_finish(struct ctl_writer *writer); /* all that is buffered, to the disk when it is one */

bool ctl_is_compressed(const char *name); /* "….gz" */

#endif
