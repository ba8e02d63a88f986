/* secret.c: bytes that stay out of core dumps, and on this machine's memory as far as it lets us. */
#include "base/log.h"
#include "c18n/abi.h"

#include <string.h>
#include <sys/mman.h>

/* Pages of its own: MADV_DONTDUMP works on whole pages. */
static void *hidden_pages(size_t length)
{
    void *pages = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
    if (madvise(pages, length, MADV_DONTDUMP) < 0) {
        munmap(pages, length);
        return NULL;
    }
    (void)mlock(pages, length); /* refused beyond RLIMIT_MEMLOCK: then the secret may be swapped, but works */
    return pages;
}

int secret_set(struct secret *secret, const void *bytes, size_t length)
{
    if (!length)
        return C18N_INVALID;
    unsigned char *pages = hidden_pages(length);
    if (!pages)
        return C18N_NO_MEMORY;
    memcpy(pages, bytes, length);
    secret_wipe(secret);
    *secret = (struct secret){.hidden = pages, .length = length};
    return C18N_OK;
}

void secret_wipe(struct secret *secret)
{
    if (!secret->hidden)
        return;
    explicit_bzero(secret->hidden, secret->length);
    munmap(secret->hidden, secret->length);
    *secret = (struct secret){NULL, 0};
}
