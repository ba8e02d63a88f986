/* check_file.c: the file as it lies there. Nothing of it is run. */
#include "kit/check.h"
#include "kit/check_elf.h"

#include "base/platform.h"
#include "base/words.h"
#include "loader/inside.h"

#include <stdlib.h>

static void judge_exports(struct check *check, struct check_elf *elf)
{
    check_begin(check, CHECK_EXPORTS);
    if (elf->exported.length > 0 && elf->instrumented)
        check_note(check, CHECK_EXPORTS, "instrumented: not judged");
    else if (elf->exported.length > 0)
        check_fail(check, CHECK_EXPORTS, "it also exports %s", text_end(&elf->exported));
    else
        check_end(check, CHECK_EXPORTS, NULL);
}

static void judge_bind_now(struct check *check, struct check_elf *elf)
{
    check_begin(check, CHECK_BIND_NOW);
    if (!elf->bind_now)
        check_fail(check, CHECK_BIND_NOW,
                   "it is bound lazily: a missing symbol would end the server when it is first called");
    check_end(check, CHECK_BIND_NOW, NULL);
}

static void judge_code(struct check *check, struct check_elf *elf)
{
    const struct {
        bool is_so;
        const char *what;
    } faults[] = {{elf->text_relocations, "its code is relocated (DT_TEXTREL), so it must be made writable"},
                  {elf->runnable_stack, "it asks for a stack that can be run (PT_GNU_STACK)"},
                  {elf->writable_code, "a segment of it can be written and run"}};
    check_begin(check, CHECK_CODE);
    for (size_t i = 0; i < LENGTH_OF(faults); i++)
        if (faults[i].is_so)
            check_fail(check, CHECK_CODE, "%s", faults[i].what);
    check_end(check, CHECK_CODE, NULL);
}

/* Where packages put libraries. Everything else is somebody's own folder, which a server doesn't have. */
static bool is_system_folder(const char *folder, size_t length)
{
    static const char *const good[] = {"$ORIGIN", "${ORIGIN}", "/usr/", "/lib/", "/lib64/", "/opt/"};
    for (size_t i = 0; i < LENGTH_OF(good); i++)
        if (length >= strlen(good[i]) && strncmp(folder, good[i], strlen(good[i])) == 0)
            return true;
    return false;
}

static void judge_run_path(struct check *check, struct check_elf *elf)
{
    struct words words = {text_end(&elf->run_path), ":"};
    const char *folder;
    size_t length;
    check_begin(check, CHECK_RUN_PATH);
    while (words_next(&words, &folder, &length))
        if (!is_system_folder(folder, length))
            check_fail(check, CHECK_RUN_PATH, "it looks for libraries in %.*s", (int)length, folder);
    check_end(check, CHECK_RUN_PATH, NULL);
}

static void judge_globals(struct check *check, struct check_elf *elf)
{
    check_begin(check, CHECK_GLOBALS);
    if (elf->globals.length > 0 && elf->instrumented)
        check_note(check, CHECK_GLOBALS, "instrumented: not judged");
    else if (elf->globals.length > 0)
        check_fail(check, CHECK_GLOBALS, "%s", text_end(&elf->globals));
    else
        check_end(check, CHECK_GLOBALS, NULL);
}

/* Reads the file by the loader's own eyes, then by ours. */
static const char *read_file(struct check *check, const void *bytes, size_t length)
{
    struct candidate *candidate = check->candidate = arena_alloc(check->arena, sizeof *candidate);
    check->elf = arena_alloc(check->arena, sizeof *check->elf);
    if (!candidate || !check->elf)
        return "there is no memory";
    const char *rule = elf_read(bytes, length, &candidate->elf);
    if (!rule)
        rule = facts_parse(candidate->elf.note, candidate);
    if (!rule)
        rule = check_elf_read(bytes, length, check->arena, check->elf);
    if (rule)
        return rule;
    print_into(check->id, sizeof check->id, "%s", candidate->id);
    check_end(check, CHECK_FILE, "%s %s for ABI %u.%u, runs on %u.%u and later; this host has %d.%d", candidate->id,
              candidate->version, candidate->elf.major, candidate->elf.minor_built, candidate->elf.major,
              candidate->elf.minor_needed, C18N_ABI_MAJOR, C18N_ABI_MINOR);
    return NULL;
}

bool check_file(struct check *check)
{
    static void (*const judges[])(struct check *, struct check_elf *) = {judge_exports, judge_bind_now, judge_code,
                                                                         judge_run_path, judge_globals};
    char *bytes;
    size_t length;
    check_begin(check, CHECK_FILE);
    if (platform_read_file(check->file, MODULE_BYTES_MOST, &bytes, &length) != C18N_OK) {
        check_fail(check, CHECK_FILE, "it can't be read, or has more than 256 MiB");
        return false;
    }
    const char *rule = read_file(check, bytes, length);
    if (rule)
        check_fail(check, CHECK_FILE, "%s", rule);
    for (size_t i = 0; !rule && i < LENGTH_OF(judges); i++)
        judges[i](check, check->elf);
    free(bytes);
    return !rule;
}
