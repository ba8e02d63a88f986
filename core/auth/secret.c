#include "auth/secret.h"

#include "base/codec.h"
#include "base/platform.h"
#include "c18n/abi.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_BYTES = 32, SECRET_MOST = 64 };

/* Why a file can't hold the secret; NULL: it can. */
static const char *secret_fault(const struct stat *status)
{
    if (!S_ISREG(status->st_mode))
        return "is not a regular file";
    if (status->st_mode & (S_IRWXG | S_IRWXO))
        return "may be used by others than its owner; make a new secret, or `chmod 600` it if nobody has read it";
    if (status->st_uid != geteuid() && status->st_uid != 0)
        return "belongs to another user";
    return NULL;
}

int auth_secret_check(const char *path, struct text *ret_why)
{
    struct stat status;
    if (lstat(path, &status) != 0) {
        if (errno == ENOENT)
            return C18N_OK;
        text_print(ret_why, "%s: %s", path, strerror(errno));
        return C18N_INVALID;
    }
    const char *fault = secret_fault(&status);
    if (!fault)
        return C18N_OK;
    text_print(ret_why, "%s: %s", path, fault);
    return C18N_INVALID;
}

static int secret_make(const char *path, struct text *ret_why)
{
    unsigned char bytes[SECRET_BYTES];
    char line[2 * SECRET_BYTES + 2];
    platform_random(bytes, sizeof bytes);
    sodium_bin2hex(line, sizeof line, bytes, sizeof bytes);
    line[sizeof line - 2] = '\n';
    int code = platform_replace_file(path, line, sizeof line - 1, S_IRUSR | S_IWUSR);
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(line, sizeof line);
    if (code != C18N_OK)
        text_print(ret_why, "%s: can't be written", path);
    return code;
}

/* Whole bytes in hexadecimal; one line end may follow. */
static int secret_decode(const char *line, size_t length, struct secret *ret_key)
{
    unsigned char bytes[SECRET_MOST];
    if (length > 0 && line[length - 1] == '\n')
        length--;
    if (length % 2 != 0 || length / 2 < SECRET_BYTES || length / 2 > SECRET_MOST)
        return C18N_INVALID;
    if (!codec_hex_decode(line, length, bytes, sizeof bytes))
        return C18N_INVALID;
    int code = secret_set(ret_key, bytes, length / 2);
    sodium_memzero(bytes, sizeof bytes);
    return code;
}

int auth_secret_open(const char *path, struct secret *ret_key, struct text *ret_why)
{
    struct stat status;
    char *line;
    size_t length;
    int code = auth_secret_check(path, ret_why);
    if (code != C18N_OK)
        return code;
    if (lstat(path, &status) != 0 && (code = secret_make(path, ret_why)) != C18N_OK)
        return code;
    code = platform_read_file(path, 2 * SECRET_MOST + 2, &line, &length);
    if (code != C18N_OK) {
        text_print(ret_why, "%s: can't be read, or is too long", path);
        return code == C18N_TOO_LARGE ? C18N_INVALID : code;
    }
    code = secret_decode(line, length, ret_key);
    sodium_memzero(line, length);
    free(line);
    if (code == C18N_INVALID)
        text_print(ret_why, "%s: must hold %d to %d bytes in hexadecimal and nothing else", path, SECRET_BYTES,
                   SECRET_MOST);
    return code;
}
