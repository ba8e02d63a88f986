/* kit_new.c: `c18nctl module new`: copies the template that lies beside this program, with the module's name in it. */
#include "kit/kit.h"

#include "base/exits.h"
#include "base/platform.h"
#include "base/words.h"
#include "boot/settings.h"
#include "kit/kit_new.h"

#include "c18n/abi.h"

#include <errno.h>
#include <fts.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MOST = 48, TEMPLATE_FILE_MOST = 256 << 10 };

/* --- names --- */

/* A module's id is a section in conf.d, the file NAME.so, a target of CMake, and the beginning of names in C. */
static const struct {
    const char *names, *why;
} taken[] = {
    {"alignas alignof auto bool break case char const constexpr continue default do double else enum extern false "
     "float for goto if inline int long nullptr register restrict return short signed sizeof static static_assert "
     "struct switch thread_local true typedef typeof typeof_unqual union unsigned void volatile while",
     "it is a word of C"},
    {"asm class linux i386 main namespace template this unix", "compilers take it for something else"},
    {"all clean edit_cache help install package package_source rebuild_cache test", "CMake has a target of that name"},
    {"c18n people_memory storage_memory " KIT_TAKEN_IDS, "it is a part of c18n"},
};

static bool name_refused(const char *name, struct text *why, const char *reason)
{
    text_print(why, "c18nctl module new: \"%s\" can't be a module's name: %s. Take one like \"polls\".\n", name,
               reason);
    return false;
}

bool kit_name_judge(const char *name, struct text *why)
{
    static const char small[] = "abcdefghijklmnopqrstuvwxyz", all[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    size_t length = strlen(name);
    if (strspn(name, small) == 0 || strspn(name, all) != length)
        return name_refused(name, why, "it has small letters, digits and _, and begins with a letter");
    if (length > NAME_MOST)
        return name_refused(name, why, "it is too long");
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (words_has(taken[i].names, name, length))
            return name_refused(name, why, taken[i].why);
    return true;
}

/* --- copying --- */

struct copy {
    const char *name; /* of the module */
    char *source;     /* the template */
    char *target;     /* the folder that is made */
    struct text *why;
};

static int copy_failed(const struct copy *copy, const char *path, int error)
{
    text_print(copy->why, "c18nctl module new: %s: %s. Nothing was made.\n", path, strerror(error));
    return C18N_IO;
}

/* Puts the module's name in place of each NAME: in the names of the template's files, and inside of them. */
static void copy_named(const struct copy *copy, const char *from, struct text *ret_text)
{
    for (const char *found; (found = strstr(from, "NAME")) != NULL; from = found + strlen("NAME")) {
        text_add(ret_text, from, (size_t)(found - from));
        text_add_text(ret_text, copy->name);
    }
    text_add_text(ret_text, from);
}

static int copy_file(const struct copy *copy, const char *from, const char *to)
{
    char *bytes;
    size_t length;
    struct text words;
    if (platform_read_file(from, TEMPLATE_FILE_MOST, &bytes, &length) != C18N_OK)
        return copy_failed(copy, from, EIO);
    text_init(&words, NULL, 0);
    copy_named(copy, bytes, &words);
    free(bytes);
    int code = words.failed ? C18N_NO_MEMORY : platform_replace_file(to, words.at, words.length, 0666);
    text_free(&words);
    if (code == C18N_OK)
        return C18N_OK;
    return copy_failed(copy, to, code == C18N_NO_SPACE ? ENOSPC : code == C18N_NO_MEMORY ? ENOMEM : EIO);
}

static int copy_entry(const struct copy *copy, const FTSENT *entry)
{
    struct text path;
    int code = C18N_OK;
    text_init(&path, NULL, 0);
    text_add_text(&path, copy->target);
    copy_named(copy, entry->fts_path + strlen(copy->source), &path);
    const char *to = text_end(&path);
    if (path.failed)
        code = copy_failed(copy, copy->target, ENOMEM);
    else if (entry->fts_info == FTS_D && mkdir(to, 0777) < 0)
        code = copy_failed(copy, to, errno);
    else if (entry->fts_info == FTS_F)
        code = copy_file(copy, entry->fts_path, to);
    else if (entry->fts_info != FTS_D && entry->fts_info != FTS_DP)
        code = copy_failed(copy, entry->fts_path, entry->fts_errno ? entry->fts_errno : EINVAL);
    text_free(&path);
    return code;
}

/* The first entry is the template itself: the folder that it becomes is made there, or found to be taken. */
static int copy_all(const struct copy *copy, bool *ret_made)
{
    char *const roots[] = {copy->source, NULL};
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL); /* some install trees of symbolic links */
    int code = walk ? C18N_OK : copy_failed(copy, copy->source, errno);
    for (FTSENT *entry; code == C18N_OK && (entry = fts_read(walk)) != NULL;) {
        code = copy_entry(copy, entry);
        *ret_made = *ret_made || code == C18N_OK;
    }
    if (walk)
        fts_close(walk);
    return code;
}

/* Takes a half-made folder away again: this run made it, and nobody else knows of it. */
static void copy_undo(const struct copy *copy)
{
    char *const roots[] = {copy->target, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *entry; walk && (entry = fts_read(walk)) != NULL;)
        if (entry->fts_info != FTS_D)
            remove(entry->fts_path);
    if (walk)
        fts_close(walk);
}

/* --- the command --- */

int kit_new_from(char *source, const char *name, const char *at, struct text *say, struct text *why)
{
    struct stat status;
    struct copy copy = {.name = name, .source = source, .why = why};
    bool made = false;
    if (!kit_name_judge(name, why))
        return EXIT_USAGE;
    if (stat(source, &status) < 0 || !S_ISDIR(status.st_mode)) {
        text_print(why, "c18nctl module new: %s: the template isn't there; it comes with the -dev package\n", source);
        return EXIT_SYSTEM_IO;
    }
    if (stat(at, &status) < 0 || !S_ISDIR(status.st_mode)) {
        text_print(why, "c18nctl module new: %s: no such folder; --at takes the one that %s/ is made in\n", at, name);
        return EXIT_SYSTEM_IO;
    }
    if (asprintf(&copy.target, "%s%s%s", strcmp(at, ".") == 0 ? "" : at, strcmp(at, ".") == 0 ? "" : "/", name) < 0)
        return EXIT_INTERNAL;
    int code = copy_all(&copy, &made);
    if (code != C18N_OK && made)
        copy_undo(&copy);
    if (code == C18N_OK)
        text_print(say,
                   "%s/ has a module that works. README.md there says what is what; begin with:\n\n"
                   "    cd %s\n"
                   "    cmake -B build\n"
                   "    cmake --build build\n"
                   "    ctest --test-dir build --output-on-failure\n",
                   copy.target, copy.target);
    free(copy.target);
    return code == C18N_OK ? 0 : EXIT_SYSTEM_IO;
}

int kit_new(int argc, char **argv, struct text *say, struct text *why)
{
    static const struct option known[] = {{"at", required_argument, NULL, 'a'}, {NULL, 0, NULL, 0}};
    const char *at = ".";
    bool understood = true;
    optind = 0; /* main has used getopt for its own options */
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        understood = understood && option == 'a';
        at = option == 'a' ? optarg : at;
    }
    if (!understood || argc - optind != 1) {
        text_add_text(why, "Usage: c18nctl module new NAME [--at DIR]\n");
        return EXIT_USAGE;
    }
    char *source = settings_beside("template", KIT_TEMPLATE_SUBDIR);
    if (!source)
        return EXIT_INTERNAL;
    int code = kit_new_from(source, argv[optind], at, say, why);
    free(source);
    return code;
}
