#include "base/crash_code.h"

#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { CODES_MOST = 256 };

static struct {
    struct code {
        char module[64]; /* "" the program's own */
        uintptr_t start, end;
    } at[CODES_MOST];
    size_t count;
} codes;

struct wanted {
    const char *module, *file; /* file "": the program, as the linker names it */
};

static void add_segment(const char *module, uintptr_t start, size_t size)
{
    if (codes.count == CODES_MOST)
        return; /* its crashes are then named by their crumbs */
    struct code *code = &codes.at[codes.count];
    snprintf(code->module, sizeof code->module, "%s", module);
    code->start = start;
    code->end = start + size;
    codes.count++;
}

static int take_object(struct dl_phdr_info *object, size_t size, void *arg)
{
    const struct wanted *wanted = arg;
    (void)size;
    if (strcmp(object->dlpi_name, wanted->file) != 0)
        return 0;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && segment->p_flags & PF_X)
            add_segment(wanted->module, object->dlpi_addr + segment->p_vaddr, segment->p_memsz);
    }
    return 1;
}

void crash_code_init(void)
{
    codes.count = 0;
    dl_iterate_phdr(take_object, &(struct wanted){"", ""});
}

void crash_code_add(const char *module, const char *file)
{
    dl_iterate_phdr(take_object, &(struct wanted){module, file});
}

enum crash_owner crash_code_owner(const void *address, const char **ret_module)
{
    uintptr_t at = (uintptr_t)address;
    for (size_t i = 0; i < codes.count; i++) {
        const struct code *code = &codes.at[i];
        if (at < code->start || at >= code->end)
            continue;
        if (code->module[0] == '\0')
            return OWNER_CORE;
        *ret_module = code->module;
        return OWNER_MODULE;
    }
    return OWNER_LIBRARY;
}
