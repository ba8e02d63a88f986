/*
 * place.c: the folder of this process, with a folder of copies of the modules that a test asks for, since the loader
 * takes modules from one folder and no links out of it. All is removed when a host is closed. The next one makes it
 * again by the same names, for the code stays loaded and is known by its path; only when a file has changed since must
 * its copy have another path. A child of the process may open hosts of its own there, too.
 */
#include "testhost/inside.h"

#include "base/platform.h"
#include "base/text.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
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
    char root[512];                  /* "": none yet */
    pid_t owner;                     /* who made it, and removes it */
    char folder[544];                /* of the copies, in it */
    struct copy copies[COPIES_MOST]; /* that are in it, or have been */
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
    testhost_die("no module %s in %s or %s; users, communities and posts come with the server (component runtime, into "
                 "the same prefix), of any other give the path of its .so file",
                 word, sources->testhost ? sources->testhost : "(no folder of the test host)",
                 sources->modules ? sources->modules : "(no folder of modules)");
}

/* --- copies --- */

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

/* A process that ends without closing its host, or an unloaded library, leaves nothing either. */
__attribute__((destructor)) static void place_end(void)
{
    place_remove("");
}

void place_remove(const char *folder)
{
    const char *removed = kept.owner == getpid() ? kept.root : folder;
    if (*removed)
        (void)nftw(removed, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_again(const char *folder)
{
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        testhost_die("%s can't be made: %s", folder, strerror(errno));
}

static void make_root(void)
{
    const char *temporary = getenv("TMPDIR");
    int length = snprintf(kept.root, sizeof kept.root, "%s/c18n-test-XXXXXX", temporary ? temporary : "/tmp");
    kept.owner = getpid();
    if (length >= (int)sizeof kept.root || !mkdtemp(kept.root))
        testhost_die("no folder can be made in %s", temporary ? temporary : "/tmp");
}

const char *place_root(void)
{
    if (kept.root[0] == '\0')
        make_root();
    else if (mkdir(kept.root, 0700) == 0)
        kept.owner = getpid();
    return kept.root;
}

static void begin_folder(void)
{
    snprintf(kept.folder, sizeof kept.folder, "%s/modules-XXXXXX", place_root());
    kept.count = 0;
    if (!mkdtemp(kept.folder))
        testhost_die("no folder for modules can be made in %s", kept.root);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static struct copy *copy_of(const char *id)
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

static struct copy *copy_new(const char *id)
{
    struct copy *copy = &kept.copies[kept.count];
    if (kept.count == COPIES_MOST || strlen(id) >= sizeof copy->id)
        testhost_die("too many modules, or too long a name: %s", id);
    snprintf(copy->id, sizeof copy->id, "%s", id);
    kept.count++;
    return copy;
}

static void bring(const char *id, const char *source)
{
    char path[640];
    struct stat there;
    struct copy *copy = copy_of(id);
    if (!copy)
        copy = copy_new(id);
    if (stat(source, &copy->source) < 0)
        testhost_die("%s can't be found", source);
    snprintf(path, sizeof path, "%s/%s.so", kept.folder, id);
    if (stat(path, &there) == 0 && there.st_size == copy->source.st_size)
        return; /* the parent's */
    unlink(path);
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

/* Words end at blanks; a backslash takes a blank into the word. NULL: there is none any more. */
static const char *next_word(struct arena *arena, const char **at)
{
    static const char blanks[] = " \n\t";
    struct text word;
    text_init(&word, arena, 0);
    for (*at += strspn(*at, blanks); **at && !strchr(blanks, **at); (*at)++) {
        *at += **at == '\\' && (*at)[1];
        text_add_char(&word, **at);
    }
    return word.length ? text_end(&word) : NULL;
}

static void ask_words(struct arena *arena, const struct sources *sources, const char *words, struct asked *asked)
{
    for (const char *word; (word = next_word(arena, &words)) != NULL;)
        ask(asked, id_of(arena, word), source_of(arena, sources, word));
}

/* Without these there is no server. */
static void ask_providers(struct arena *arena, const struct sources *sources, struct asked *asked)
{
    static const char *const services[] = {"storage.v1", "bus.v1", "cache.v1", "identity.v1"};
    static const char *const usual[] = {"storage_memory", "bus_local", "cache_memory", "people_memory"};
    enum { SERVICES = sizeof services / sizeof *services };
    uint32_t provided = 0;
    for (size_t i = 0; i < asked->count; i++)
        provided |= loader_file_provides(asked->sources[i], services, SERVICES);
    for (size_t i = 0; i < SERVICES; i++)
        if (!(provided & UINT32_C(1) << i))
            ask(asked, usual[i], source_of(arena, sources, usual[i]));
}

/* Has a file changed whose copy has been loaded? */
static bool has_changed(const struct asked *asked)
{
    struct stat now;
    for (size_t i = 0; i < asked->count; i++) {
        const struct copy *copy = copy_of(asked->ids[i]);
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
    place_root();
    if (kept.folder[0] == '\0' || has_changed(&asked))
        begin_folder();
    else
        make_again(kept.folder);
    for (size_t i = 0; i < asked.count; i++) {
        bring(asked.ids[i], asked.sources[i]);
        ret_placed->ids[i] = asked.ids[i];
    }
    ret_placed->count = asked.count;
    ret_placed->folder = kept.folder;
}
