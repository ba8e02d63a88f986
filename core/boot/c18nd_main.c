/* c18nd: the daemon. The main thread is the control thread: it waits for signals and does nothing else. */
#include "base/crash.h"
#include "base/log.h"
#include "boot/blame.h"
#include "boot/reload.h"
#include "boot/server.h"
#include "boot/settings.h"

#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { SETS_MOST = 256, GRACE_MS = 10000, FREED_KEPT = 64 * 1024 * 1024 };

static const char usage[] = "Usage: c18nd --conf DIR [--set section.key=value]... [--check]\n"
                            "\n"
                            "Runs the server with the modules that stand in DIR.\n"
                            "\n"
                            "  --conf DIR             folder of NN-module.conf files\n"
                            "  --set section.key=V    overrides one setting; may be given again\n"
                            "  --check                reads settings and modules, says what is wrong, and ends\n"
                            "  --help, --version\n";

struct arguments {
    struct server_options options;
    const char *sets[SETS_MOST];
    bool check;
};

static int arguments_say(FILE *stream, const char *words, int exit_code)
{
    fputs(words, stream);
    return exit_code + 1;
}

/* 0: go on; else the exit code plus one. */
static int arguments_read(int argc, char **argv, struct arguments *ret_arguments)
{
    static const struct option known[] = {{"conf", required_argument, NULL, 'c'}, {"set", required_argument, NULL, 's'},
                                          {"check", no_argument, NULL, 'k'},      {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'v'},    {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        if (option == 'c')
            ret_arguments->options.conf_dir = optarg;
        else if (option == 's' && ret_arguments->options.set_count < SETS_MOST)
            ret_arguments->sets[ret_arguments->options.set_count++] = optarg;
        else if (option == 'k')
            ret_arguments->check = true;
        else if (option == 'h')
            return arguments_say(stdout, usage, 0);
        else if (option == 'v')
            return arguments_say(stdout, "c18nd " C18N_VERSION "\n", 0);
        else
            return arguments_say(stderr, usage, EXIT_USAGE);
    }
    ret_arguments->options.sets = ret_arguments->sets;
    if (ret_arguments->options.conf_dir && optind == argc)
        return 0;
    if (optind < argc)
        fprintf(stderr, "c18nd: what is %s?\n", argv[optind]);
    else
        fputs("c18nd: --conf DIR is missing\n", stderr);
    return arguments_say(stderr, usage, EXIT_USAGE);
}

/* Requests' arenas come and go by the 100 KiB. Left alone, glibc gives each back to the system and is given it
 * anew, page by page, which costs a page of ten an eighth of its time. */
static void keep_freed_memory(void)
{
    mallopt(M_TRIM_THRESHOLD, FREED_KEPT);
    mallopt(M_MMAP_THRESHOLD, FREED_KEPT / 16);
}

static void process_prepare(sigset_t *ret_signals)
{
    keep_freed_memory();
    crash_install("c18nd");
    umask(077);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* a core dump would hold keys and people's data */
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(ret_signals);
    sigaddset(ret_signals, SIGTERM);
    sigaddset(ret_signals, SIGINT);
    sigaddset(ret_signals, SIGHUP);
    sigaddset(ret_signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, ret_signals, NULL); /* before any thread: only this one takes them */
}

static int start_log(const struct server *server, struct text *ret_why)
{
    struct log_options options = {.access_path = conf_text(server->core_settings, "access_log"),
                                  .level = C18N_LOG_INFO};
    settings_log(server, &options);
    int code = log_start(&options);
    if (code == C18N_IO) {
        text_print(ret_why, "core.access_log: %s: %s\n", options.access_path, strerror(errno));
        return EXIT_CONFIG;
    }
    if (code != C18N_OK)
        text_print(ret_why, "The log can't be started: out of memory.\n");
    return code == C18N_OK ? 0 : EXIT_INTERNAL;
}

/* Until SIGTERM or SIGINT. SIGHUP and SIGUSR1 open the access log anew, as log rotation wants; SIGHUP reloads, too. */
static void wait_for_the_end(struct server *server, const sigset_t *signals)
{
    int64_t awaited_us = systemd_watchdog_us();
    const struct timespec beat =
        awaited_us > 0 && awaited_us < 10000000 /* twice as often as systemd wants it */
            ? (struct timespec){.tv_sec = awaited_us / 2000000, .tv_nsec = awaited_us / 2 % 1000000 * 1000}
            : (struct timespec){.tv_sec = 5};
    for (;;) {
        int got = sigtimedwait(signals, NULL, &beat);
        if (got == SIGTERM || got == SIGINT)
            return;
        if (got == SIGHUP || got == SIGUSR1)
            log_reopen();
        if (got == SIGHUP)
            reload_begin(server);
        reload_look(server);
        if (got < 0 && errno == EAGAIN)
            systemd_notify("WATCHDOG=1");
    }
}

static int run(struct server *server, const struct arguments *arguments, const sigset_t *signals, struct text *ret_why)
{
    int code = server_load(server, &arguments->options, ret_why);
    if (code != 0 || arguments->check)
        return code;
    code = start_log(server, ret_why);
    if (code == 0)
        code = blame_note_crashes(server, ret_why);
    if (code == 0) {
        blame_warn(server);
        code = server_open(server, ret_why);
    }
    if (code == 0)
        code = server_listen(server, ret_why);
    if (code != 0)
        return code;
    systemd_notify("READY=1");
    wait_for_the_end(server, signals);
    log_line(C18N_LOG_NOTICE, "core", "stopping");
    systemd_notify("STOPPING=1");
    return 0;
}

int main(int argc, char **argv)
{
    static struct server server;
    struct arguments arguments = {.check = false};
    sigset_t signals;
    struct text why;
    int early = arguments_read(argc, argv, &arguments);
    if (early)
        return early - 1;
    process_prepare(&signals);
    text_init(&why, NULL, 0);
    int code = run(&server, &arguments, &signals, &why);
    server_close(&server, GRACE_MS);
    log_stop();
    if (why.length)
        fputs(text_end(&why), stderr);
    text_free(&why);
    return code;
}
