/* peek.c: what a file says of itself, for who must know before it stands in a module folder. */
#include "loader/inside.h"

#include "base/platform.h"

#include <stdlib.h>

bool loader_file_provides(const char *file, const char *service)
{
    char *bytes;
    size_t length;
    struct candidate *candidate = calloc(1, sizeof *candidate);
    if (!candidate || platform_read_file(file, MODULE_BYTES_MOST, &bytes, &length) != C18N_OK) {
        free(candidate);
        return false;
    }
    const char(*provides)[48] = candidate->module.provides;
    bool found = !elf_read((const unsigned char *)bytes, length, &candidate->elf) &&
                 !facts_parse(candidate->elf.note, candidate) &&
                 names_service(provides, LENGTH_OF(candidate->module.provides), service);
    free(bytes);
    free(candidate);
    return found;
}
