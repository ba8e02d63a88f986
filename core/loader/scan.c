/* scan.c: finds the file of each module that conf.d asks for, and judges it before any code of it runs:
 * whose it is, what it says of itself, whether the ABI fits. */
#include "loader/inside.h"

#include "base/platform.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char suffix[] = ".so";

static char *scan_path(const struct loader *loader, const char *id)
{
    char *path;
    if (asprintf(&path, "%s/%s%s", loader->module_dir, id, suffix) >= 0)
        return path;
    fputs("out of memory while looking for modules\n", stderr);
    abort();
}

/* NULL: nobody but root and us can have changed it. */
static const char *scan_trust(const struct stat *status)
{
    if (status->st_uid != 0 && status->st_uid != geteuid())
        return "it must belong to root or to the server's user";
    if (status->st_mode & S_IWOTH)
        return "it must not be writable by everybody";
    return NULL;
}

static void scan_parent(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
}

/* A link may lead to another file of the module folder, not out of it. */
static bool scan_is_inside(const char *folder, const char *real)
{
    size_t length = strlen(folder);
    return strncmp(real, folder, length) == 0 && real[length] == '/';
}

/* The file that `real` names, and the folder it lies in. */
static const char *scan_real_trust(char *real)
{
    struct stat status;
    if (stat(real, &status) < 0 || !S_ISREG(status.st_mode))
        return "it must be a regular file";
    const char *rule = scan_trust(&status);
    if (rule)
        return rule;
    scan_parent(real);
    if (stat(real, &status) < 0 || scan_trust(&status))
        return "its folder must belong to root or the server's user and not be writable by everybody";
    return NULL;
}

static const char *scan_file_trust(const struct loader *loader, const char *path)
{
    char *folder = realpath(loader->module_dir, NULL), *real = realpath(path, NULL);
    const char *rule;
    if (!folder || !real)
        rule = "it must be a file that can be found";
    else if (!scan_is_inside(folder, real))
        rule = "a link must not lead out of the module folder";
    else
        rule = scan_real_trust(real);
    free(folder);
    free(real);
    return rule;
}

/* The rule about versions and sizes, from the descriptor's frozen head. */
static const char *scan_abi(const struct candidate *candidate)
{
    const struct elf_facts *elf = &candidate->elf;
    if (elf->major != C18N_ABI_MAJOR)
        return "its ABI major must be the host's";
    if (elf->minor_needed > host_minor(candidate))
        return "it must not need a newer ABI minor than the host's";
    if (elf->size < offsetof(c18n_module, reload_abort) + sizeof(void (*)(c18n_self *)))
        return "its descriptor must be as large as that of ABI 0.1";
    if (elf->size > elf->symbol_size)
        return "its descriptor must not claim to be larger than it is";
    return NULL;
}

/* What to do about a broken rule, by a word of it. */
static const struct {
    const char *word, *todo;
} todos[] = {
    {"belong", "find out who wrote it, then chown root and chmod go-w the file and its folder"},
    {"writable", "find out who wrote it, then chown root and chmod go-w the file and its folder"},
    {"link", "put the file itself into the module folder"},
    {"found", "put the file itself into the module folder"},
    {"readable", "let the server's user read it (chmod a+r), or install it again"},
    {"regular", "install it again: only files are modules"},
    {"the id in its note", "give the file, its section in conf.d and C18N_MODULE one and the same id"},
    {"architecture", "install the build for this machine"},
};

static const char *scan_todo(const char *rule, const struct candidate *candidate)
{
    const struct elf_facts *elf = &candidate->elf;
    if (elf->has_descriptor && (elf->major > C18N_ABI_MAJOR || elf->minor_needed > host_minor(candidate)))
        return "install a c18nd of that ABI, or a module that was built for this one";
    for (size_t i = 0; i < LENGTH_OF(todos); i++)
        if (strstr(rule, todos[i].word))
            return todos[i].todo;
    return "build it again with the plugin-api of this host, or take it out of conf.d";
}

/* Reads the note and the head of a file, whoever asks. */
static const char *scan_read(const char *path, struct elf_facts *ret_facts)
{
    char *bytes;
    size_t length;
    if (platform_read_file(path, MODULE_BYTES_MOST, &bytes, &length) != C18N_OK)
        return "it must be a readable file of at most 256 MiB";
    const char *rule = elf_read((const unsigned char *)bytes, length, ret_facts);
    free(bytes);
    return rule;
}

static const char *scan_judge(struct candidate *candidate, const char *section)
{
    const char *rule = scan_file_trust(candidate->loader, candidate->file);
    if (rule)
        return rule;
    candidate->scanned = true;
    rule = scan_read(candidate->file, &candidate->elf);
    if (rule)
        return rule;
    const char *facts_rule = facts_parse(candidate->elf.note, candidate); /* also of another ABI: a refusal names it */
    rule = scan_abi(candidate);
    if (!rule)
        rule = facts_rule;
    if (!rule && strcmp(candidate->id, section) != 0)
        rule = "the id in its note must be the name of its file and of its section in conf.d";
    return rule;
}

/* conf_unbound says that there is no such module, with the nearest name. */
static void scan_missing(struct candidate *candidate)
{
    candidate->out = true;
    candidate->module.state = MODULE_LEFT_OUT;
    print_into(candidate->module.detail, sizeof candidate->module.detail, "there is no such module");
    if (!candidate->module.optional)
        candidate->loader->refused = true;
}

static void scan_one(struct loader *loader, struct candidate *candidate, const char *section)
{
    struct stat status;
    candidate->loader = loader;
    candidate->module.optional = conf_optional(loader->conf, section);
    candidate->module.descriptor = &candidate->descriptor;
    candidate->module.self.host = loader->host;
    candidate->module.self.id = section;
    candidate->file = scan_path(loader, section);
    candidate->module.file = candidate->file;
    candidate->module.reason = candidate->reason;
    candidate->descriptor =
        (c18n_module){.id = section, .version = candidate->version, .summary = "", .facts = candidate->elf.note};
    if (lstat(candidate->file, &status) < 0) {
        scan_missing(candidate);
        return;
    }
    const char *rule = scan_judge(candidate, section);
    if (!rule)
        return;
    char has[64];
    print_into(has, sizeof has, "code for ELF machine %u", candidate->elf.machine);
    char host[64];
    print_into(host, sizeof host, "ELF machine %u", elf_host_machine());
    bool other_machine = candidate->elf.machine != 0 && candidate->elf.machine != elf_host_machine();
    refuse(candidate, &(struct refusal){.has = other_machine ? has : NULL,
                                        .host = other_machine ? host : NULL,
                                        .rule = rule,
                                        .todo = scan_todo(rule, candidate)});
}

static bool scan_folder_trust(struct loader *loader)
{
    struct stat status;
    const char *rule;
    if (stat(loader->module_dir, &status) < 0)
        rule = strerror(errno);
    else
        rule = S_ISDIR(status.st_mode) ? scan_trust(&status) : "it must be a folder";
    if (!rule)
        return true;
    loader->refused = true;
    text_print(loader->why,
               "%s: refused as the folder of modules\n  it has and needs: modules, whose code becomes the server's\n"
               "  the host has:     core.module_dir, or the folder beside the program\n  the broken rule:  %s\n"
               "  what to do:       give the folder to root and chmod go-w it, or set core.module_dir\n",
               loader->module_dir, rule);
    return false;
}

static bool scan_is_asked(const char *section)
{
    return strcmp(section, "core") != 0 && strcmp(section, "auth") != 0;
}

void scan_candidates(struct loader *loader)
{
    const char *const *sections;
    size_t count = conf_sections(loader->conf, &sections);
    loader->candidates = calloc(count + 1, sizeof *loader->candidates);
    loader->order = calloc(count + 1, sizeof *loader->order);
    if (!loader->candidates || !loader->order) {
        loader->refused = true;
        return;
    }
    if (!scan_folder_trust(loader))
        return;
    for (size_t i = 0; i < count; i++)
        if (scan_is_asked(sections[i]))
            scan_one(loader, &loader->candidates[loader->count++], sections[i]);
}

void scan_folder(const struct loader *loader, void (*found)(void *arg, const char *id), void *arg)
{
    DIR *folder = opendir(loader->module_dir);
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        size_t length = strlen(entry->d_name);
        char id[256];
        if (length < sizeof suffix || strcmp(entry->d_name + length - (sizeof suffix - 1), suffix) != 0)
            continue;
        print_into(id, sizeof id, "%.*s", (int)(length - (sizeof suffix - 1)), entry->d_name);
        found(arg, id);
    }
    closedir(folder);
}

struct provider_search {
    const struct loader *loader;
    const char *service;
    char *ret_id;
    size_t room;
    bool found;
};

static void scan_is_provider(void *arg, const char *id)
{
    struct provider_search *search = arg;
    struct candidate *other = calloc(1, sizeof *other);
    if (!other)
        return;
    other->file = scan_path(search->loader, id);
    if (!scan_read(other->file, &other->elf) && !facts_parse(other->elf.note, other) &&
        names_service(other->module.provides, LENGTH_OF(other->module.provides), search->service)) {
        search->found = true;
        print_into(search->ret_id, search->room, "%s", other->id);
    }
    free(other->file);
    free(other);
}

bool scan_provider_of(const struct loader *loader, const char *service, char *ret_id, size_t room)
{
    struct provider_search search = {loader, service, ret_id, room, false};
    scan_folder(loader, scan_is_provider, &search);
    return search.found;
}
