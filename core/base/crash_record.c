#include "base/crash_record.h"

#include "base/crash_line.h"
#include "base/platform.h"
#include "c18n/abi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, READ_MOST = 1024 * 1024, FIELDS = 5 };

static bool path_of(const char *state_dir, char ret_path[PATH_BYTES])
{
    int length = snprintf(ret_path, PATH_BYTES, "%s/crashes", state_dir);
    errno = ENAMETOOLONG;
    return length > 0 && length < PATH_BYTES;
}

/* --- writing --- */

void crash_record_write(int fd, const struct crash_record *record)
{
    const char *const words[] = {record->module, record->stage, record->signal, record->route};
    struct crash_line line = {.length = 0};
    crash_line_number(&line, record->at_ms);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        crash_line_add(&line, "\t");
        crash_line_word(&line, words[i]);
    }
    crash_line_add(&line, "\n");
    crash_line_write(&line, fd);
}

/* In place, since another process may have the file open. A kill between the two steps loses what was kept: the price
 * is that a module gets another chance. */
static void shorten(int fd, const char *path)
{
    char *bytes;
    size_t length;
    if (lseek(fd, 0, SEEK_END) <= CRASH_RECORDS_MOST)
        return;
    if (platform_read_file(path, READ_MOST, &bytes, &length) != C18N_OK) {
        length = 0; /* too long to be ours */
        bytes = NULL;
    }
    const char *kept = length > CRASH_RECORDS_KEPT ? bytes + length - CRASH_RECORDS_KEPT : bytes;
    const char *line = kept ? strchr(kept, '\n') : NULL;
    if (ftruncate(fd, 0) == 0 && line)
        (void)platform->write(fd, line + 1, strlen(line + 1));
    free(bytes);
}

int crash_record_open(const char *state_dir)
{
    char path[PATH_BYTES];
    if (!path_of(state_dir, path))
        return -1;
    int fd = platform->open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        shorten(fd, path);
    return fd;
}

int crash_record_forgive(const char *state_dir, const char *module, int64_t now_ms)
{
    int fd = crash_record_open(state_dir);
    if (fd < 0)
        return C18N_IO;
    crash_record_write(fd, &(struct crash_record){now_ms, module, NULL, CRASH_FORGIVEN, NULL});
    int code = platform->sync(fd) == 0 ? C18N_OK : C18N_IO;
    platform->close(fd);
    return code;
}

/* --- reading --- */

/* Cuts the line into its fields. False: it isn't whole, as after a power cut. */
static bool cut(char *line, struct crash_record *ret_record)
{
    char *fields[FIELDS] = {line}, *end;
    for (size_t i = 1; i < FIELDS; i++) {
        char *tab = strchr(fields[i - 1], '\t');
        if (!tab)
            return false;
        *tab = '\0';
        fields[i] = tab + 1;
    }
    errno = 0;
    *ret_record = (struct crash_record){strtoll(fields[0], &end, 10), fields[1], fields[2], fields[3], fields[4]};
    return errno == 0 && *end == '\0' && end != fields[0];
}

int crash_record_each(const char *state_dir, void (*each)(void *arg, const struct crash_record *record), void *arg)
{
    char path[PATH_BYTES], *bytes;
    size_t length;
    if (!path_of(state_dir, path))
        return C18N_IO;
    int code = platform_read_file(path, READ_MOST, &bytes, &length);
    if (code != C18N_OK)
        return code == C18N_NOT_FOUND ? C18N_OK : code;
    for (char *line = bytes, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        struct crash_record record;
        *end = '\0';
        if (cut(line, &record))
            each(arg, &record);
    }
    free(bytes);
    return C18N_OK;
}
