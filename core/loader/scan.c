/* scan.c: finds the file of each module that conf.d asks for, and judges it before any code of it runs:
 * what it says of itself, and whether the ABI fits. */
#include "loader/inside.h"

#include <dirent.h>
#include <elf.h>
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
    {"belong", "find out who has changed it and install it again; then chown root and chmod go-w it and its folder"},
    {"writable", "find out who has changed it and install it again; then chown root and chmod go-w it and its folder"},
    {"link", "put the file itself into the folder of modules"},
    {"is there", "the link leads nowhere: put the file itself into the folder of modules"},
    {"regular", "install it again: only a file can be a module"},
    {"readable", "let the server's own user read it (chmod a+r), or install it again"},
    {"64-bit", "install the module's build for this machine"},
    {"ELF file", "install it again: it is damaged, or no module at all"},
    {"shared object", "install it again: it is a program or an object file, but no module"},
    {"architecture", "install the module's build for this machine"},
    {"the note", "install it again; if it stays so it is no module of c18n, or `strip` took its note: ask its author"},
    {"as large as", "install a newer version of the module: this one is older than ABI 0.1, or damaged"},
};

static const char *scan_todo(const char *rule, const struct candidate *candidate)
{
    const struct elf_facts *elf = &candidate->elf;
    if (elf->has_descriptor && (elf->major > C18N_ABI_MAJOR || elf->minor_needed > host_minor(candidate)))
        return "install a c18nd of that ABI, or a module that was built for this one";
    if (elf->has_descriptor && elf->major != C18N_ABI_MAJOR)
        return "install a newer version of the module, built for this host's ABI; " UNTIL_THEN;
    for (size_t i = 0; i < LENGTH_OF(todos); i++)
        if (strstr(rule, todos[i].word))
            return todos[i].todo;
    return TELL_AUTHOR;
}

static const char id_rule[] = "a module has one id: in its note, as the name of its file and as its section in conf.d";

static const char *scan_judge(struct candidate *candidate, const char *section)
{
    const char *rule = trust_file(candidate->loader, candidate->file);
    if (rule)
        return rule;
    candidate->scanned = true;
    rule = peek_elf(candidate->file, &candidate->elf);
    if (rule)
        return rule;
    const char *facts_rule = facts_parse(candidate->elf.note, candidate); /* also of another ABI: a refusal names it */
    rule = scan_abi(candidate);
    if (!rule)
        rule = facts_rule;
    if (!rule && strcmp(candidate->id, section) != 0)
        rule = id_rule;
    return rule;
}

/* conf_unbound says that there is no such module, with the nearest name. */
static void scan_missing(struct candidate *candidate)
{
    candidate->out = true;
    candidate->module.state = MODULE_LEFT_OUT;
    print_into(candidate->module.detail, sizeof candidate->module.detail, "there is no such module");
    print_into(candidate->module.advice, sizeof candidate->module.advice,
               "%s is not there: install its package, or take its file out of conf.d", candidate->file);
    if (!candidate->module.optional)
        candidate->loader->refused = true;
}

static void scan_say_machine(const char *lead, uint16_t machine, char *ret_words, size_t room)
{
    static const struct {
        uint16_t machine;
        const char *name;
    } known[] = {{EM_X86_64, "x86-64"},      {EM_AARCH64, "AArch64"}, {EM_386, "x86 of 32 bits"},
                 {EM_ARM, "ARM of 32 bits"}, {EM_RISCV, "RISC-V"},    {EM_PPC64, "PowerPC of 64 bits"},
                 {EM_S390, "S/390"}};
    const char *name = "some machine";
    for (size_t i = 0; i < LENGTH_OF(known); i++)
        if (known[i].machine == machine)
            name = known[i].name;
    print_into(ret_words, room, "%s%s (ELF machine %u)", lead, name, machine);
}

/* Under another name than its own. */
static void scan_refuse_name(struct candidate *candidate)
{
    char host[300], todo[300], *own = scan_path(candidate->loader, candidate->id);
    if (access(own, F_OK) == 0) {
        print_into(host, sizeof host, "%s, whose name that is", own);
        print_into(todo, sizeof todo, "keep only the one of the two that is right, as %s.so with the section %s",
                   candidate->id, candidate->id);
    } else {
        print_into(host, sizeof host, "the section %s in conf.d", candidate->module.self.id);
        print_into(todo, sizeof todo, "name the file %s.so and its section in conf.d %s", candidate->id, candidate->id);
    }
    refuse(candidate, &(struct refusal){.host = host, .rule = id_rule, .todo = todo});
    free(own);
}

static void scan_refuse(struct candidate *candidate, const char *rule)
{
    char has[300] = "", host[128] = "";
    uint16_t machine = candidate->elf.machine;
    if (rule == id_rule) {
        scan_refuse_name(candidate);
        return;
    }
    if (!candidate->scanned) {
        trust_say_file(candidate->file, has, sizeof has);
        trust_say_host(host, sizeof host);
    } else if (machine != 0 && machine != elf_host_machine()) {
        scan_say_machine("code for ", machine, has, sizeof has);
        scan_say_machine("", elf_host_machine(), host, sizeof host);
    }
    refuse(candidate, &(struct refusal){.has = *has ? has : NULL,
                                        .host = *host ? host : NULL,
                                        .rule = rule,
                                        .todo = scan_todo(rule, candidate)});
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
    scan_refuse(candidate, rule);
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
    if (!trust_folder(loader))
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
    if (!trust_file(search->loader, other->file) && !peek_facts(other->file, other) &&
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
