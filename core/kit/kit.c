/* kit.c: `c18nctl module …`: its commands as one table. */
#include "kit/kit.h"

#include "base/exits.h"
#include "base/names.h"

#include <string.h>

static const struct kit_command {
    const char *name;
    const char *arguments; /* as --help shows them */
    const char *does;
    int (*run)(int argc, char **argv, struct text *say, struct text *why);
} commands[] = {
    {"new", "NAME [--at DIR]", "a folder NAME, in DIR or here: a module that builds, passes its tests and packages",
     kit_new},
    {"check", "FILE.so [--with MODULE.so | DIR]…",
     "will a server take this module, and does it bear what a server does to it?", kit_check},
};
static const size_t command_count = sizeof commands / sizeof *commands;

void kit_usage(struct text *ret_text)
{
    for (size_t i = 0; i < command_count; i++)
        text_print(ret_text, "  module %s %s\n      %s\n", commands[i].name, commands[i].arguments, commands[i].does);
}

static int kit_usage_error(const char *word, struct text *why)
{
    struct names_nearest search = {.word = word};
    for (size_t i = 0; word && i < command_count; i++)
        names_offer(&search, commands[i].name);
    if (!word)
        text_add_text(why, "c18nctl module: a command is missing\n");
    else if (search.nearest)
        text_print(why, "c18nctl module: unknown command: %s; is it \"%s\"?\n", word, search.nearest);
    else
        text_print(why, "c18nctl module: unknown command: %s\n", word);
    kit_usage(why);
    return EXIT_USAGE;
}

int kit_module(int argc, char **argv, struct text *say, struct text *why)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    for (size_t i = 0; name && i < command_count; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1, say, why);
    if (!name || strcmp(name, "--help") != 0)
        return kit_usage_error(name, why);
    text_add_text(say, "Usage: c18nctl module COMMAND\n\n");
    kit_usage(say);
    return 0;
}
