#include "boot/blame.h"

#include "base/crash.h"
#include "base/crash_code.h"
#include "base/crash_record.h"
#include "base/log.h"
#include "boot/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { ACCUSED_MOST = 128, PATH_BYTES = 4096 };

struct accused {
    char id[64], last[96];             /* what ran at the newest crash */
    int64_t crashes_ms[BLAME_CRASHES]; /* the newest ones, oldest first */
    size_t count;
};

struct court {
    const char *module_dir;
    size_t count;
    struct accused at[ACCUSED_MOST];
};

/* --- the record --- */

static struct accused *accused_find(struct court *court, const char *id)
{
    for (size_t i = 0; i < court->count; i++)
        if (strcmp(court->at[i].id, id) == 0)
            return &court->at[i];
    if (court->count == ACCUSED_MOST || strlen(id) >= sizeof court->at->id || strchr(id, '/'))
        return NULL;
    struct accused *accused = &court->at[court->count++];
    snprintf(accused->id, sizeof accused->id, "%s", id);
    return accused;
}

/* Since when the module's file is what it is, as far as the file system knows. Not the time of its contents: a package
 * brings that along from where it was built. */
static int64_t file_changed_ms(const struct court *court, const char *id)
{
    char path[PATH_BYTES];
    struct stat file;
    int length = snprintf(path, sizeof path, "%s/%s.so", court->module_dir, id);
    if (length < 0 || length >= PATH_BYTES || stat(path, &file) < 0)
        return INT64_MAX; /* no file: the loader says so, and no crash is to blame */
    return (int64_t)file.st_ctim.tv_sec * 1000 + file.st_ctim.tv_nsec / 1000000;
}

static void accused_add(struct accused *accused, const struct crash_record *record)
{
    if (accused->count == BLAME_CRASHES)
        memmove(accused->crashes_ms, accused->crashes_ms + 1, --accused->count * sizeof *accused->crashes_ms);
    accused->crashes_ms[accused->count++] = record->at_ms;
    snprintf(accused->last, sizeof accused->last, "%s, %s", record->stage, record->route);
}

static void hear(void *arg, const struct crash_record *record)
{
    struct court *court = arg;
    struct accused *accused = accused_find(court, record->module);
    if (!accused)
        return;
    if (strcmp(record->signal, CRASH_FORGIVEN) == 0)
        accused->count = 0;
    else if (record->at_ms > file_changed_ms(court, accused->id))
        accused_add(accused, record);
}

/* --- the verdict --- */

static bool is_guilty(const struct accused *accused)
{
    const int64_t *crashes_ms = accused->crashes_ms;
    return accused->count == BLAME_CRASHES && crashes_ms[BLAME_CRASHES - 1] - crashes_ms[0] <= BLAME_WITHIN_MS;
}

static void say_when(const struct accused *accused, char ret_when[32])
{
    struct tm utc;
    time_t at = (time_t)(accused->crashes_ms[BLAME_CRASHES - 1] / 1000);
    if (!gmtime_r(&at, &utc) || strftime(ret_when, 32, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        *ret_when = '\0';
}

/* What to do comes first, since the loader cuts what is long. */
static void say_verdict(const struct accused *accused, struct text *ret_reason)
{
    char when[32];
    say_when(accused, when);
    text_print(ret_reason,
               "it crashed %d times in ten minutes; it is left out until its file is replaced, or c18nctl modules "
               "--forgive=%s. The last time: %s, %s",
               BLAME_CRASHES, accused->id, when, accused->last);
}

static void leave_out(struct server *server, const struct accused *accused)
{
    struct text reason;
    text_init(&reason, NULL, 0);
    say_verdict(accused, &reason);
    if (!reason.failed)
        loader_leave_out(server->loader, accused->id, text_end(&reason));
    text_free(&reason);
}

/* Whom the loader kept all the same. The start goes on, and it will likely be the next crash that is read about. */
static void warn(struct server *server, const struct accused *accused)
{
    char when[32];
    say_when(accused, when);
    const struct module *module = loader_find(server->loader, accused->id);
    if (module && module->state != MODULE_LEFT_OUT)
        log_line(C18N_LOG_WARNING, accused->id,
                 "crashed %d times in ten minutes, the last time %s, %s; it is started all the same, since it or what "
                 "needs it is not optional. Send the crash's report to its author; install another version of it, or "
                 "set enabled = false in its section; when the cause is gone: c18nctl modules --forgive=%s",
                 BLAME_CRASHES, when, accused->last, accused->id);
}

static void judge(struct server *server, const char *module_dir,
                  void (*each)(struct server *server, const struct accused *accused))
{
    struct court *court = calloc(1, sizeof *court);
    if (!court)
        return; /* all are tried once more, as before */
    court->module_dir = module_dir;
    (void)crash_record_each(server->state_dir, hear, court); /* what can't be read accuses nobody */
    for (size_t i = 0; i < court->count; i++)
        if (is_guilty(&court->at[i]))
            each(server, &court->at[i]);
    free(court);
}

void blame_leave_out(struct server *server, const char *module_dir)
{
    judge(server, module_dir, leave_out);
}

void blame_warn(struct server *server)
{
    char *module_dir = settings_module_dir(conf_text(server->core_settings, "module_dir"));
    if (module_dir)
        judge(server, module_dir, warn);
    free(module_dir);
}

/* --- for the crashes to come --- */

void blame_know_code(const struct server *server)
{
    for (size_t i = 0; i < loader_count(server->loader); i++) {
        const struct module *module = loader_at(server->loader, i);
        if (module->state != MODULE_LEFT_OUT)
            crash_code_add(module->self.id, module->file);
    }
}

int blame_note_crashes(struct server *server, struct text *ret_why)
{
    if (settings_make_state_dir(server, ret_why) != C18N_OK)
        return EXIT_SYSTEM_IO;
    int fd = crash_record_open(server->state_dir);
    if (fd < 0) {
        text_print(ret_why, "%s/crashes: %s\n", server->state_dir, strerror(errno));
        return EXIT_SYSTEM_IO;
    }
    crash_note_in(fd);
    return 0;
}
