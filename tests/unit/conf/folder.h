/* A folder of configuration files for one test, and what reading it gives. */
#ifndef TEST_CONF_FOLDER_H
#define TEST_CONF_FOLDER_H

#include "conf/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct folder {
    char path[64];
    struct conf *conf;
    struct text faults;
};

static inline void folder_make(struct folder *folder)
{
    *folder = (struct folder){.path = "/tmp/c18n-conf-XXXXXX"};
    assert_non_null(mkdtemp(folder->path));
}

static inline void folder_write(const struct folder *folder, const char *name, const char *words)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(words, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static inline void folder_read_with(struct folder *folder, const char *const *sets, size_t set_count)
{
    folder->conf = conf_new();
    assert_non_null(folder->conf);
    conf_read(folder->conf, folder->path, sets, set_count);
}

/* All faults, with the folder's own path taken out of them. */
static inline void folder_expect(struct folder *folder, const char *expected)
{
    struct text lines;
    text_init(&lines, NULL, 0);
    text_init(&folder->faults, NULL, 0);
    conf_faults(folder->conf, &lines);
    size_t length = strlen(folder->path);
    for (const char *at = text_end(&lines); *at;) {
        if (strncmp(at, folder->path, length) == 0) {
            text_add_text(&folder->faults, "DIR");
            at += length;
        } else {
            text_add_char(&folder->faults, *at++);
        }
    }
    assert_string_equal(text_end(&folder->faults), expected);
    text_free(&lines);
    text_free(&folder->faults);
}

static inline void folder_end(struct folder *folder)
{
    conf_free(folder->conf);
    DIR *entries = opendir(folder->path);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder->path, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(path);
    }
    closedir(entries);
    rmdir(folder->path);
}

#endif
