/* ctl_import.c: `c18nctl import [--keep-going] FILE`. */
#include "ctl/ctl_lines.h"
#include "ctl/ctl_take.h"

#include <string.h>

static bool read_arguments(struct ctl_call *call, bool *ret_keep_going, const char **ret_file)
{
    for (int i = 1; i < call->argc; i++) {
        const char *argument = call->argv[i];
        if (strcmp(argument, "--keep-going") == 0)
            *ret_keep_going = true;
        else if (!*ret_file && strncmp(argument, "--", 2) != 0)
            *ret_file = argument;
        else
            return false;
    }
    return *ret_file;
}

static int next_line(void *arg, const char **ret_line, size_t *ret_length)
{
    return ctl_lines_next(arg, ret_line, ret_length);
}

int ctl_import(struct ctl_call *call)
{
    bool keep_going = false;
    const char *file = NULL;
    if (!read_arguments(call, &keep_going, &file)) {
        ctl_say(call->error, "usage: import [--keep-going] FILE\n");
        return EXIT_USAGE;
    }
    struct ctl_lines *lines = ctl_lines_open(call, call->in);
    if (!lines)
        return EXIT_INTERNAL;
    const struct ctl_source source = {.name = file, .next = next_line, .arg = lines};
    int exit_code = ctl_take(call, &source, keep_going);
    ctl_lines_close(lines);
    return exit_code;
}
