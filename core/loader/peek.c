/* peek.c: what a file says of itself, by its bytes alone. */
#include "loader/inside.h"

#include "base/platform.h"

#include <stdlib.h>

const char *peek_elf(const char *path, struct elf_facts *ret_facts)
{
    char *bytes;
    size_t length;
    if (platform_read_file(path, MODULE_BYTES_MOST, &bytes, &length) != C18N_OK)
        return "it must be a readable file of at most 256 MiB";
    const char *rule = elf_read((const unsigned char *)bytes, length, ret_facts);
    free(bytes);
    return rule;
}

const char *peek_facts(const char *path, struct candidate *candidate)
{
    const char *rule = peek_elf(path, &candidate->elf);
    return rule ? rule : facts_parse(candidate->elf.note, candidate);
}

uint32_t loader_file_provides(const char *file, const char *const *services, size_t count)
{
    struct candidate *candidate = calloc(1, sizeof *candidate);
    uint32_t found = 0;
    bool readable = candidate && !peek_facts(file, candidate);
    for (size_t i = 0; i < count && readable; i++)
        if (names_service(candidate->module.provides, LENGTH_OF(candidate->module.provides), services[i]))
            found |= UINT32_C(1) << i;
    free(candidate);
    return found;
}
