/* c18nctl: the operator's tool. Commands that need no data run here (ctl_local.h). The others go to the server
 * that holds the data folder; when none does, this process opens the data itself, without listeners. */
#include "base/crash.h"
#include "base/log.h"
#include "boot/server.h"
#include "ctl/ctl.h"
#include "ctl/ctl_local.h"
#include "kit/kit.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SETS_MOST = 256, GRACE_MS = 10000 };

static const struct ctl_local locals[] = {
    {"check", "", "reads settings and modules, says all that is wrong", ctl_check},
    {"modules", "[--graph[=dot] | --routes | --sockets | --hooks | --settings | --topics | --views | --forgive=ID]",
     "what is loaded, and why in this order", ctl_modules},
};

struct arguments {
    struct server_options options;
    const char *sets[SETS_MOST];
    int argc; /* of the command */
    char **argv;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static int is_stopped(struct ctl_call *call)
{
    (void)call;
    return interrupted;
}

static void say_usage(FILE *stream)
{
    struct text lines;
    text_init(&lines, NULL, 0);
    text_add_text(&lines, "Usage: c18nctl --conf DIR [--set section.key=value]... COMMAND\n"
                          "       c18nctl module COMMAND\n\n");
    for (size_t i = 0; i < sizeof locals / sizeof *locals; i++)
        text_print(&lines, "  %s%s%s\n      %s\n", locals[i].name, *locals[i].arguments ? " " : "", locals[i].arguments,
                   locals[i].does);
    ctl_usage(&lines);
    kit_usage(&lines);
    text_add_text(&lines, "\n  --conf DIR             folder of NN-module.conf files\n"
                          "  --set section.key=V    overrides one setting; may be given again\n"
                          "  --help, --version\n");
    fputs(text_end(&lines), stream);
    text_free(&lines);
}

static int usage_error(const char *why, const char *word)
{
    if (why)
        fprintf(stderr, "c18nctl: %s%s\n", why, word);
    say_usage(stderr);
    return EXIT_USAGE + 1;
}

/* Commands for those who write modules: they need no conf.d. */
static bool is_kit(const struct arguments *arguments)
{
    return strcmp(arguments->argv[0], "module") == 0;
}

/* `c18nctl reload --help`; the commands of the kit have words of their own. */
static bool asks_for_help(const struct arguments *arguments)
{
    return !is_kit(arguments) && strcmp(arguments->argv[arguments->argc - 1], "--help") == 0;
}

/* 0: go on; else the exit code plus one. */
static int arguments_read(int argc, char **argv, struct arguments *ret_arguments)
{
    static const struct option known[] = {{"conf", required_argument, NULL, 'c'},
                                          {"set", required_argument, NULL, 's'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'v'},
                                          {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "+", known, NULL)) != -1;) {
        if (option == 'c') {
            ret_arguments->options.conf_dir = optarg;
        } else if (option == 's' && ret_arguments->options.set_count < SETS_MOST) {
            ret_arguments->sets[ret_arguments->options.set_count++] = optarg;
        } else if (option == 'h') {
            say_usage(stdout);
            return 1;
        } else if (option == 'v') {
            puts("c18nctl " C18N_VERSION);
            return 1;
        } else {
            return usage_error(NULL, "");
        }
    }
    ret_arguments->options.sets = ret_arguments->sets;
    ret_arguments->argc = argc - optind;
    ret_arguments->argv = argv + optind;
    if (ret_arguments->argc == 0)
        return usage_error("a command is missing", "");
    if (asks_for_help(ret_arguments)) {
        say_usage(stdout);
        return 1;
    }
    if (!ret_arguments->options.conf_dir && !is_kit(ret_arguments))
        return usage_error("--conf DIR is missing", "");
    return 0;
}

/* --- where the data is, and whose --- */

/* Where the data is, from conf.d alone; a default where that is wrong, and then there are faults. NULL: no memory. */
static char *state_dir_of(const struct arguments *arguments, struct text *ret_faults)
{
    struct conf *conf = conf_new();
    if (!conf)
        return NULL;
    conf_read(conf, arguments->options.conf_dir, arguments->options.sets, arguments->options.set_count);
    const struct conf_section *core = conf_bind(conf, "core", &conf_core_settings);
    conf_faults(conf, ret_faults);
    char *state_dir = strdup(conf_text(core, "state_dir"));
    conf_free(conf);
    return state_dir;
}

/* What root makes in the folder of another user, the server can't open; and what that user may not read, it can't
 * either. So root does everything as the owner of the folder. */
static int become_owner(const char *state_dir, struct text *why)
{
    struct stat folder;
    if (geteuid() != 0 || stat(state_dir, &folder) < 0 || folder.st_uid == 0)
        return 0;
    if (setgroups(0, NULL) == 0 && setgid(folder.st_gid) == 0 && setuid(folder.st_uid) == 0)
        return 0;
    text_print(why, "c18nctl: can't become the owner of %s: %s\n", state_dir, strerror(errno));
    return EXIT_INTERNAL;
}

/* --- here, without data --- */

static const struct ctl_local *local_find(const char *name)
{
    for (size_t i = 0; i < sizeof locals / sizeof *locals; i++)
        if (strcmp(locals[i].name, name) == 0)
            return &locals[i];
    return NULL;
}

/* Prints what a command said, and gives its exit code. */
static int say_end(struct text *say, int code)
{
    if (fputs(text_end(say), stdout) < 0 || fflush(stdout) != 0)
        code = code ? code : EXIT_SYSTEM_IO;
    text_free(say);
    return code;
}

static int kit_run(const struct arguments *arguments, struct text *why)
{
    struct text say;
    text_init(&say, NULL, 0);
    int code = kit_module(arguments->argc, arguments->argv, &say, why);
    return say_end(&say, code);
}

static int local_run(const struct ctl_local *local, const struct arguments *arguments, struct text *why)
{
    struct server server = {0};
    struct text say, faults; /* what is wrong with conf.d is said below, with all else */
    text_init(&say, NULL, 0);
    text_init(&faults, NULL, 0);
    char *state_dir = state_dir_of(arguments, &faults);
    int code = state_dir && !faults.length ? become_owner(state_dir, why) : 0;
    free(state_dir);
    text_free(&faults);
    if (code == 0)
        code = server_load(&server, &arguments->options, why);
    if (code == 0)
        code = local->run(&server, arguments->argc, arguments->argv, &say, why);
    server_close(&server, 0);
    return say_end(&say, code);
}

/* --- with the data: in the server that holds it, else here --- */

static int own_run(const struct arguments *arguments, const char *state_dir, const int fds[3], struct text *why)
{
    struct server server = {0};
    const struct log_options log = {.format = LOG_TEXT, .level = C18N_LOG_WARNING, .access_path = ""};
    int code = become_owner(state_dir, why);
    if (code == 0)
        code = server_load(&server, &arguments->options, why);
    if (code == 0 && log_start(&log) != C18N_OK)
        code = EXIT_SYSTEM_IO;
    if (code == 0)
        code = server_open(&server, why);
    if (code == 0) {
        struct ctl_call call = {.server = &server,
                                .argc = arguments->argc,
                                .argv = arguments->argv,
                                .in = fds[0],
                                .out = fds[1],
                                .error = fds[2],
                                .stopped = is_stopped};
        code = ctl_run(&call);
    }
    server_close(&server, GRACE_MS);
    log_stop();
    return code;
}

/* Why a server didn't take the command. */
static int refusal_say(int code, const char *state_dir, struct text *why)
{
    static const struct {
        int code, exit_code;
        const char *words;
    } known[] = {
        {C18N_FORBIDDEN, EXIT_SYSTEM_IO, "only its owner and root may give commands there"},
        {C18N_BUSY, EXIT_NO_SERVICE, "the server is busy with other commands; try again when one has ended"},
        {C18N_TOO_LARGE, EXIT_USAGE, "the arguments are too long"},
        {C18N_UNAVAILABLE, EXIT_NO_SERVICE, "the server ended before the command did"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code) {
            text_print(why, "c18nctl: %s: %s\n", state_dir, known[i].words);
            return known[i].exit_code;
        }
    text_print(why, "c18nctl: %s: the server that holds it doesn't answer\n", state_dir);
    return EXIT_NO_SERVICE;
}

/* Nobody holds the data. What only a server can do stays undone, and a conf.d that is wrong may be why it was not
 * found. */
static int alone_run(const struct arguments *arguments, const char *state_dir, const int fds[3],
                     const struct text *faults, struct text *why)
{
    if (!ctl_needs_server(arguments->argv[0]))
        return own_run(arguments, state_dir, fds, why);
    if (faults->length)
        text_add(why, faults->at, faults->length);
    text_print(why, "c18nctl: no server holds %s\n", state_dir);
    return faults->length ? EXIT_CONFIG : EXIT_NO_SERVICE;
}

/* A server that runs judges conf.d itself, and is asked also when it is wrong. */
static int data_run_at(const struct arguments *arguments, const char *state_dir, const struct text *faults,
                       struct text *why)
{
    int fds[3] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
    int exit_code = ctl_open_file(arguments->argc, arguments->argv, fds);
    if (exit_code != 0)
        return exit_code;
    if (faults->length && !ctl_needs_server(arguments->argv[0])) {
        text_add(why, faults->at, faults->length);
        return EXIT_CONFIG;
    }
    exit_code = EXIT_INTERNAL;
    int code = control_call(state_dir, arguments->argc, arguments->argv, fds, &exit_code);
    if (code == C18N_NOT_FOUND)
        return alone_run(arguments, state_dir, fds, faults, why);
    return code == C18N_OK ? exit_code : refusal_say(code, state_dir, why);
}

static int data_run(const struct arguments *arguments, struct text *why)
{
    struct text faults;
    text_init(&faults, NULL, 0);
    char *state_dir = state_dir_of(arguments, &faults);
    int code = state_dir ? data_run_at(arguments, state_dir, &faults, why) : EXIT_INTERNAL;
    text_free(&faults);
    free(state_dir);
    return code;
}

static void process_prepare(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    crash_install("c18nctl"); /* tells; only a server's crashes are noted: docs/internals/attribution.md */
    umask(077);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* a core dump would hold keys and people's data */
    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int main(int argc, char **argv)
{
    static struct arguments arguments;
    struct text why;
    int early = arguments_read(argc, argv, &arguments);
    if (early)
        return early - 1;
    const struct ctl_local *local = local_find(arguments.argv[0]);
    if (!local && !is_kit(&arguments) && !ctl_is_command(arguments.argv[0]))
        return usage_error("unknown command: ", arguments.argv[0]) - 1;
    text_init(&why, NULL, 0);
    int code;
    if (is_kit(&arguments)) {
        code = kit_run(&arguments, &why); /* what it makes is its user's: the umask stays theirs */
    } else {
        process_prepare();
        code = local ? local_run(local, &arguments, &why) : data_run(&arguments, &why);
    }
    if (why.length)
        fputs(text_end(&why), stderr);
    text_free(&why);
    return code;
}
