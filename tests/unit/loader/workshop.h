/* A folder of modules and one of configuration for one test. Modules are compiled when the test runs. */
#ifndef TEST_LOADER_WORKSHOP_H
#define TEST_LOADER_WORKSHOP_H

#include "loader/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct workshop {
    char path[64];
    char modules[96], confs[96];
    struct conf *conf;
    struct loader *loader;
    struct text why;
    int code;
    char flags[128];          /* more for the compiler */
    void (*enter)(void *arg); /* at the rehearsal; NULL: nothing */
    void *enter_arg;
    bool unrehearsed;
    const char *leave_out;      /* asked of the loader; NULL: nothing */
    int64_t probe_ms, stage_ms; /* generous: the machine may be busy */
};

/* The loader's own families, and a log or NULL. They are constants of another file: hence no initialiser. */
static inline c18n_host workshop_host(const c18n_log_family *log)
{
    return (c18n_host){.size = sizeof(c18n_host),
                       .major = C18N_ABI_MAJOR,
                       .minor = C18N_ABI_MINOR,
                       .log = log,
                       .services = &services_family,
                       .config = &config_family};
}

static inline void workshop_make(struct workshop *shop)
{
    *shop = (struct workshop){.path = "/tmp/c18n-load-XXXXXX", .probe_ms = 30000, .stage_ms = 30000};
    assert_non_null(mkdtemp(shop->path));
    snprintf(shop->modules, sizeof shop->modules, "%s/modules", shop->path);
    snprintf(shop->confs, sizeof shop->confs, "%s/conf.d", shop->path);
    assert_int_equal(mkdir(shop->modules, 0755), 0);
    assert_int_equal(mkdir(shop->confs, 0755), 0);
}

static inline void workshop_write(const char *folder, const char *name, const void *bytes, size_t length)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0644), 0);
}

/* NN-ID.conf with these lines in its section. */
static inline void workshop_ask(const struct workshop *shop, int number, const char *id, const char *lines)
{
    char name[128], words[512];
    snprintf(name, sizeof name, "%02d-%s.conf", number, id);
    snprintf(words, sizeof words, "%s {\n%s\n}\n", id, lines);
    workshop_write(shop->confs, name, words, strlen(words));
}

/* Compiles ID.so from a source that may use the plugin API. */
static inline void workshop_build(const struct workshop *shop, const char *id, const char *source)
{
    static const char self[] = "tests/unit/loader/workshop.h";
    char name[128], command[1024], words[8256]; /* sources end without the last semicolon */
    int tree = (int)(strlen(__FILE__) - strlen(self));
    snprintf(name, sizeof name, "%s.c", id);
    snprintf(words, sizeof words, "%s;\n", source);
    workshop_write(shop->path, name, words, strlen(words));
    snprintf(
        command, sizeof command,
        "cc -std=c11 -w -shared -fPIC -fvisibility=hidden -I%.*splugin-api/include -Wl,-z,now -o %s/%s.so %s/%s.c %s",
        tree, __FILE__, shop->modules, id, shop->path, id, shop->flags);
    assert_int_equal(system(command), 0);
}

static inline void workshop_load_with(struct workshop *shop, const c18n_host *host)
{
    shop->conf = conf_new();
    conf_read(shop->conf, shop->confs, NULL, 0);
    text_init(&shop->why, NULL, 0);
    shop->loader = loader_new(host, shop->conf, shop->modules);
    assert_non_null(shop->loader);
    shop->loader->probe_ms = shop->probe_ms;
    shop->loader->stage_ms = shop->loader->start_stage_ms = shop->stage_ms;
    loader_on_rehearsal(shop->loader, shop->enter, shop->enter_arg);
    if (shop->unrehearsed)
        loader_unrehearsed(shop->loader);
    if (shop->leave_out)
        loader_leave_out(shop->loader, shop->leave_out, "left out for the test");
    shop->code = loader_load(shop->loader, &shop->why);
}

static inline const char *workshop_why(struct workshop *shop)
{
    return text_end(&shop->why);
}

static inline const struct module *workshop_find(const struct workshop *shop, const char *id)
{
    const struct module *module = loader_find(shop->loader, id);
    assert_non_null(module);
    return module;
}

static inline void workshop_expect_words(const char *all, const char *words)
{
    if (!strstr(all, words))
        print_error("expected \"%s\" in:\n%s\n", words, all);
    assert_non_null(strstr(all, words));
}

static inline void workshop_unload(struct workshop *shop)
{
    loader_free(shop->loader);
    conf_free(shop->conf);
    text_free(&shop->why);
    shop->loader = NULL;
    shop->conf = NULL;
}

static inline void workshop_empty(const char *folder)
{
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' && entry->d_type != DT_DIR)
            unlink(path);
    }
    closedir(entries);
}

static inline void workshop_end(struct workshop *shop)
{
    workshop_unload(shop);
    const char *const folders[] = {shop->modules, shop->confs, shop->path};
    for (size_t i = 0; i < LENGTH_OF(folders); i++) {
        workshop_empty(folders[i]);
        rmdir(folders[i]);
    }
}

#endif
