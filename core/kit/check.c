/* check.c: `c18nctl module check FILE.so`: its arguments, and the steps in their order of trust: the file, what it
 * declares, how it runs. */
#include "kit/check.h"

#include "kit/kit.h"

#include "base/codec.h"
#include "base/exits.h"
#include "boot/settings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, BUDGET_MS = 60000, RUNS_MOST = 20000 };

static const char usage[] =
    "Usage: c18nctl module check FILE.so [--with MODULE.so | --with DIR]… [--set SECTION.KEY=VALUE]…\n"
    "                                    [--patience SECONDS] [--json]\n\n"
    "Will a server take this module, and does it bear what a server does to it? Says what was tried and what to do\n"
    "about what is broken; ends with 0 when nothing is. No server, no conf.d and no data are needed.\n\n"
    "  --with      a module that it needs, or a folder of such. Otherwise they are looked for beside FILE.so\n"
    "              and where this program's own modules are\n"
    "  --set       a setting of it, or of one that it needs\n"
    "  --patience  so long may one thing take before it counts as hanging: 20\n"
    "  --json      the report as JSON\n";

/* --- arguments --- */

static bool take_with(struct check *check, const char *value)
{
    if (check->with_count == CHECK_WITH_MOST || access(value, R_OK) < 0) {
        text_print(check->why, "c18nctl module check: --with %s: it can't be read\n", value);
        return false;
    }
    check->with[check->with_count++] = value;
    return true;
}

static bool take_set(struct check *check, const char *value)
{
    const char *dot = strchr(value, '.'), *equals = strchr(value, '=');
    if (check->set_count == CHECK_SETS_MOST || !dot || !equals || dot > equals) {
        text_print(check->why, "c18nctl module check: --set %s: SECTION.KEY=VALUE is wanted\n", value);
        return false;
    }
    check->sets[check->set_count++] = value;
    return true;
}

static bool take_patience(struct check *check, const char *value)
{
    int64_t seconds;
    if (!codec_integer(value, &seconds) || seconds < 1 || seconds > 3600) {
        text_print(check->why, "c18nctl module check: --patience %s: 1 to 3600 seconds are wanted\n", value);
        return false;
    }
    check->patience_ms = seconds * 1000;
    return true;
}

static const struct {
    const char *name;
    bool (*take)(struct check *check, const char *value);
} arguments[] = {{"--with", take_with}, {"--set", take_set}, {"--patience", take_patience}};

static bool take_named(struct check *check, const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        if (strcmp(name, arguments[i].name) == 0 && value)
            return arguments[i].take(check, value);
    text_print(check->why, "c18nctl module check: %s: %s\n\n%s", name,
               value ? "is unknown" : "is unknown or lacks a value", usage);
    return false;
}

static bool take_arguments(struct check *check, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            check->json = true;
        else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            if (!take_named(check, argv[i], i + 1 < argc ? argv[i + 1] : NULL))
                return false;
            i++;
        } else if (!check->file)
            check->file = argv[i];
        else
            return take_named(check, argv[i], "");
    }
    if (!check->file)
        text_print(check->why, "c18nctl module check: a FILE.so is missing\n\n%s", usage);
    return check->file != NULL;
}

/* --- the steps --- */

static void check_all(struct check *check)
{
    if (!check_file(check))
        return;
    if (!check_child(check, check_declared, NULL))
        text_add_text(check->why, "c18nctl module check: no child process can be started\n");
    else if (check->failed[CHECK_SYMBOLS] == 0 && check->failed[CHECK_DESCRIPTOR] == 0)
        check_running(check);
}

static int check_path(struct check *check)
{
    struct stat status;
    char *real = realpath(check->file, NULL);
    if (real && stat(real, &status) == 0 && S_ISREG(status.st_mode) && access(real, R_OK) == 0)
        check->file = arena_copy(check->arena, real, strlen(real));
    else
        text_print(check->why, "c18nctl module check: %s: it can't be read, or is no file\n", check->file);
    free(real);
    return check->why->length == 0 ? 0 : EXIT_SYSTEM_IO;
}

/* The checked module runs on the test host, which a server alone doesn't have. */
static int check_host(struct check *check)
{
    char *folder = settings_beside("testhost", KIT_TESTHOST_SUBDIR);
    struct stat status;
    if (!folder || stat(folder, &status) < 0)
        text_add_text(check->why,
                      "c18nctl module check: the test host's modules are not here; install c18n's -dev files "
                      "(component `dev`)\n");
    free(folder);
    return check->why->length == 0 ? 0 : EXIT_SYSTEM_IO;
}

static int check_in_arena(struct check *check, int argc, char **argv, struct text *say)
{
    if (!take_arguments(check, argc, argv))
        return EXIT_USAGE;
    int code = check_path(check);
    if (code == 0)
        code = check_host(check);
    if (code != 0)
        return code;
    check_all(check);
    if (check->why->length > 0)
        return EXIT_INTERNAL;
    check_print(check, say);
    return check_has_failed(check) ? 1 : 0;
}

int kit_check(int argc, char **argv, struct text *say, struct text *why)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        text_add_text(say, usage);
        return 0;
    }
    struct check check = {.arena = arena_new(CHECK_MEMORY_MOST),
                          .patience_ms = PATIENCE_MS,
                          .budget_ms = BUDGET_MS,
                          .runs_most = RUNS_MOST,
                          .pipe_end = -1,
                          .why = why};
    check.shared = mmap(NULL, sizeof *check.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int code = EXIT_INTERNAL;
    if (check.arena && check.shared != MAP_FAILED)
        code = check_in_arena(&check, argc, argv, say);
    if (check.shared != MAP_FAILED)
        munmap(check.shared, sizeof *check.shared);
    arena_free(check.arena);
    return code;
}
