/*
 * place.c: the folder of this process, with a folder of copies of the modules that tests ask for, since the loader
 * takes modules from one folder and no links out of it. The copies serve all test hosts that the process opens, one
 * after the other, as code stays loaded; only when a file has changed since are there others. All is removed at the end
 * of the process; a child of it may open hosts of its own there, too.
 */
#include "testhost/inside.h"

#include "base/platform.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPIES_MOST = 256, LEVELS_MOST = 4, COPY_STEP = 1 << 16 };

struct copy {
    char id[64];
    struct stat source;
};

static struct {
    char root[512];   /* "": none yet */
    char folder[544]; /* of the copies, in it */
    pid_t root_owner, folder_owner;
    struct copy copies[COPIES_MOST];
    size_t count;
} kept;

/* --- where the modules are --- */

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

struct sources {
    const char *testhost, *modules; /* folders */
};

/* Beside whatever this code is part of: TOP/core/libc18n-testhost.so in a build tree; PREFIX/LIB/libc18n-testhost.so or
 * PREFIX/bin/c18nctl in an installed one, which may have been moved since. */
static struct sources find_sources(struct arena *arena)
{
    static const struct {
        const char *testhost, *modules;
    } layouts[] = {{"testhost", "modules"},
                   {"c18n/testhost", "c18n/modules"},
                   {C18N_LIBRARY_SUBDIR "/c18n/testhost", C18N_LIBRARY_SUBDIR "/c18n/modules"}};
    Dl_info own;
    char *path = NULL;
    if (dladdr((void *)(uintptr_t)c18n_test_open, &own)) /* of a program that was found by PATH, only its name */
        path = realpath(strchr(own.dli_fname, '/') ? own.dli_fname : "/proc/self/exe", NULL);
    struct sources sources = {NULL, NULL};
    char *folder = path;
    for (int level = 0; folder && level < LEVELS_MOST && !sources.testhost; level++) {
        folder = dirname(folder);
        for (size_t i = 0; i < sizeof layouts / sizeof *layouts && !sources.testhost; i++) {
            const char *testhost = arena_print(arena, "%s/%s", folder, layouts[i].testhost);
            if (!is_folder(testhost))
                continue;
            sources.testhost = testhost;
            sources.modules = arena_print(arena, "%s/%s", folder, layouts[i].modules);
        }
    }
    free(path);
    return sources;
}

static const char *source_of(struct arena *arena, const struct sources *sources, const char *word)
{
    if (strchr(word, '/'))
        return word;
    const char *const folders[] = {sources->testhost, sources->modules};
    for (size_t i = 0; i < sizeof folders / sizeof *folders && folders[i]; i++) {
        const char *path = arena_print(arena, "%s/%s.so", folders[i], word);
        if (access(path, R_OK) == 0)
            return path;
    }
    testhost_die("no module %s in %s or %s; give the path of a .so file", word,
                 sources->testhost ? sources->testhost : "(no folder of the test host)",
                 sources->modules ? sources->modules : "(no folder of modules)");
}

/* --- copies --- */

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

void place_remove(const char *folder)
{
    (void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* At the end of the process, or when this library is unloaded. */
__attribute__((destructor)) static void place_end(void)
{
    if (kept.root[0] != '\0' && kept.root_owner == getpid())
        place_remove(kept.root);
    kept.root[0] = kept.folder[0] = '\0';
}

const char *place_root(void)
{
    if (kept.root[0] != '\0')
        return kept.root;
    const char *temporary = getenv("TMPDIR");
    int length = snprintf(kept.root, sizeof kept.root, "%s/c18n-test-XXXXXX", temporary ? temporary : "/tmp");
    kept.root_owner = getpid();
    if (length >= (int)sizeof kept.root || !mkdtemp(kept.root))
        testhost_die("no folder can be made in %s", temporary ? temporary : "/tmp");
    return kept.root;
}

static void begin_folder(void)
{
    snprintf(kept.folder, sizeof kept.folder, "%s/modules-XXXXXX", place_root());
    kept.folder_owner = getpid();
    kept.count = 0;
    if (!mkdtemp(kept.folder))
        testhost_die("no folder for modules can be made in %s", kept.root);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static const struct copy *copy_of(const char *id)
{
    for (size_t i = 0; i < kept.count; i++)
        if (strcmp(kept.copies[i].id, id) == 0)
            return &kept.copies[i];
    return NULL;
}

static bool copy_bytes(int from, int to)
{
    static char step[COPY_STEP];
    ssize_t got;
    while ((got = read(from, step, sizeof step)) > 0)
        if (write(to, step, (size_t)got) != got)
            return false;
    return got == 0;
}

static void copy_file(const char *from, const char *to)
{
    int source = open(from, O_RDONLY | O_CLOEXEC), target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool copied = source >= 0 && target >= 0 && copy_bytes(source, target);
    if (source >= 0)
        close(source);
    if (target >= 0 && close(target) < 0)
        copied = false;
    if (!copied)
        testhost_die("%s can't be copied to %s", from, to);
}

static void add_copy(const char *id, const char *source)
{
    struct copy *copy = &kept.copies[kept.count];
    char path[640];
    if (kept.count == COPIES_MOST || strlen(id) >= sizeof copy->id)
        testhost_die("too many modules, or too long a name: %s", id);
    if (stat(source, &copy->source) < 0)
        testhost_die("%s can't be found", source);
    snprintf(copy->id, sizeof copy->id, "%s", id);
    snprintf(path, sizeof path, "%s/%s.so", kept.folder, id);
    kept.count++;
    copy_file(source, path);
}

/* --- what is asked --- */

struct asked {
    const char *ids[TESTHOST_MODULES_MOST], *sources[TESTHOST_MODULES_MOST];
    size_t count;
};

static void ask(struct asked *asked, const char *id, const char *source)
{
    if (asked->count == TESTHOST_MODULES_MOST)
        testhost_die("at most %d modules", TESTHOST_MODULES_MOST);
    asked->ids[asked->count] = id;
    asked->sources[asked->count++] = source;
}

static const char *id_of(struct arena *arena, const char *word)
{
    const char *slash = strrchr(word, '/'), *name = slash ? slash + 1 : word;
    size_t length = strlen(name);
    bool is_file = length > 3 && strcmp(name + length - 3, ".so") == 0;
    return arena_copy(arena, name, is_file ? length - 3 : length);
}

static void ask_words(struct arena *arena, const struct sources *sources, const char *words, struct asked *asked)
{
    static const char between[] = " \n\t";
    for (words += strspn(words, between); *words; words += strspn(words, between)) {
        size_t length = strcspn(words, between);
        const char *word = arena_copy(arena, words, length);
        ask(asked, id_of(arena, word), source_of(arena, sources, word));
        words += length;
    }
}

/* Without these there is no server. */
static void ask_providers(struct arena *arena, const struct sources *sources, struct asked *asked)
{
    static const struct {
        const char *service, *id;
    } usual[] = {{"storage.v1", "storage_memory"},
                 {"bus.v1", "bus_local"},
                 {"cache.v1", "cache_memory"},
                 {"identity.v1", "people_memory"}};
    size_t count = asked->count;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        bool provided = false;
        for (size_t j = 0; j < count && !provided; j++)
            provided = loader_file_provides(asked->sources[j], usual[i].service);
        if (!provided)
            ask(asked, usual[i].id, source_of(arena, sources, usual[i].id));
    }
}

/* Must there be another folder? The new code of a file whose copy is loaded can only be loaded from another path; and
 * to the folder of its parent a child adds nothing. */
static bool folder_is_over(const struct asked *asked)
{
    struct stat now;
    if (kept.folder[0] == '\0')
        return true;
    for (size_t i = 0; i < asked->count; i++) {
        const struct copy *copy = copy_of(asked->ids[i]);
        if (!copy && kept.folder_owner != getpid())
            return true;
        if (copy && (stat(asked->sources[i], &now) < 0 || !same_file(&copy->source, &now)))
            return true;
    }
    return false;
}

void place_modules(struct arena *arena, const char *modules, bool bare, struct placed *ret_placed)
{
    struct asked asked = {.count = 0};
    struct sources sources = find_sources(arena);
    ask_words(arena, &sources, modules ? modules : "", &asked);
    if (!bare)
        ask_providers(arena, &sources, &asked);
    if (folder_is_over(&asked))
        begin_folder();
    for (size_t i = 0; i < asked.count; i++) {
        if (!copy_of(asked.ids[i]))
            add_copy(asked.ids[i], asked.sources[i]);
        ret_placed->ids[i] = asked.ids[i];
    }
    ret_placed->count = asked.count;
    ret_placed->folder = kept.folder;
}
