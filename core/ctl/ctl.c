/* ctl.c: the commands that need the data, as one table: --help, the check of a name and the call all read it. */
#include "ctl/ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command {
    const char *name, *arguments, *does;
    int (*run)(struct ctl_call *call);
    bool needs_server;
} commands[] = {
    {"user", "create --email E --username N [--password-stdin] [--role R]...", "makes a person", ctl_user},
    {"token", "--user EMAIL [--ttl 1h]", "prints a token for scripts", ctl_token},
    {"import", "[--keep-going] FILE", "takes records in, a line each; - is standard input, .gz is unpacked",
     ctl_import},
    {"export", "FILE", "writes all records in the order of history; - is standard output, .gz is packed", ctl_export},
    {"seed", "--users N --communities N --posts N [--seed S]", "makes repeatable records up", ctl_seed},
    {"verify", "", "checks that history is whole and unchanged and that the views follow from it", ctl_verify},
    {"replay", "", "builds all views again from history", ctl_replay},
    {"epoch", "[--new]", "says which history clients' positions are of; another one, after a restore", ctl_epoch},
    {"reload", "", "makes the running server read conf.d anew: all of it holds, or nothing has changed", ctl_reload,
     true},
};

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

bool ctl_is_command(const char *name)
{
    return command_find(name) != NULL;
}

bool ctl_needs_server(const char *name)
{
    return ctl_is_command(name) && command_find(name)->needs_server;
}

int ctl_run(struct ctl_call *call)
{
    const struct command *command = call->argc > 0 ? command_find(call->argv[0]) : NULL;
    return command ? command->run(call) : EXIT_USAGE;
}

void ctl_usage(struct text *ret_text)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        text_print(ret_text, "  %s%s%s\n      %s\n", commands[i].name, *commands[i].arguments ? " " : "",
                   commands[i].arguments, commands[i].does);
}

static void write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* the reader has gone: there is nobody left to tell */
        bytes += written;
        length -= (size_t)written;
    }
}

void ctl_say(int fd, const char *format, ...)
{
    char *words = NULL;
    va_list values;
    va_start(values, format);
    int length = vasprintf(&words, format, values);
    va_end(values);
    if (length >= 0)
        write_all(fd, words, (size_t)length);
    free(length >= 0 ? words : NULL);
}
