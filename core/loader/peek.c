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

bool loader_file_provides(const char *file, const char *service)
{
    struct candidate *candidate = calloc(1, sizeof *candidate);
    bool found = candidate && !peek_facts(file, candidate) &&
                 names_service(candidate->module.provides, LENGTH_OF(candidate->module.provides), service);
    free(candidate);
    return found;
}
