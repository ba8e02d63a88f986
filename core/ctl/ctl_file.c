/* ctl_file.c: opens the file of an import or export, in c18nctl: its folder, its rights, its messages. */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const struct {
    const char *command;
    int flags;
    int place; /* in fds */
} files[] = {
    {"import", O_RDONLY, 0},
    {"export", O_WRONLY | O_CREAT | O_TRUNC, 1},
};

/* The one argument that is no option. NULL: there are none or several, of which the command itself will complain. */
static const char *file_of(int argc, char **argv)
{
    const char *file = NULL;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0)
            continue;
        if (file)
            return NULL;
        file = argv[i];
    }
    return file;
}

int ctl_open_file(int argc, char **argv, int fds[3])
{
    const char *file = argc > 0 ? file_of(argc, argv) : NULL;
    for (size_t i = 0; file && i < sizeof files / sizeof *files; i++) {
        if (strcmp(files[i].command, argv[0]) != 0 || strcmp(file, "-") == 0)
            continue;
        int fd = open(file, files[i].flags | O_CLOEXEC | O_NOCTTY, 0600); /* an export has people's data in it */
        if (fd < 0) {
            ctl_say(fds[2], "%s: %s\n", file, strerror(errno));
            return EXIT_SYSTEM_IO;
        }
        fds[files[i].place] = fd; /* open until the process ends */
    }
    return 0;
}
