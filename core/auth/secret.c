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

void auth_keys_wipe(struct auth_keys *keys)
{
    while (keys->count > 0)
        secret_wipe(&keys->key[--keys->count]);
}

static int secret_add(struct auth_keys *keys, const char *line, size_t length)
{
    unsigned char bytes[SECRET_MOST];
    if (length % 2 != 0 || length / 2 < SECRET_BYTES || length / 2 > SECRET_MOST || keys->count == AUTH_KEYS_MOST)
        return C18N_INVALID;
    if (!codec_hex_decode(line, length, bytes, sizeof bytes))
        return C18N_INVALID;
    keys->key[keys->count] = (struct secret){0};
    int code = secret_set(&keys->key[keys->count], bytes, length / 2);
    sodium_memzero(bytes, sizeof bytes);
    keys->count += code == C18N_OK;
    return code;
}

/* Whole bytes in hexadecimal, a key a line; one line end may follow the last. */
static int secret_decode(const char *lines, size_t length, struct auth_keys *ret_keys)
{
    struct auth_keys keys = {0};
    const char *end = lines + length;
    int code = length > 0 ? C18N_OK : C18N_INVALID;
    while (code == C18N_OK && lines < end) {
        const char *stop = memchr(lines, '\n', (size_t)(end - lines));
        stop = stop ? stop : end;
        code = secret_add(&keys, lines, (size_t)(stop - lines));
        lines = stop + 1;
    }
    if (code == C18N_OK)
        *ret_keys = keys;
    else
        auth_keys_wipe(&keys);
    return code;
}

int auth_secret_open(const char *path, struct auth_keys *ret_keys, struct text *ret_why)
{
    struct stat status;
    char *lines;
    size_t length;
    int code = auth_secret_check(path, ret_why);
    if (code != C18N_OK)
        return code;
    if (lstat(path, &status) != 0 && (code = secret_make(path, ret_why)) != C18N_OK)
        return code;
    code = platform_read_file(path, AUTH_KEYS_MOST * (2 * SECRET_MOST + 1) + 1, &lines, &length);
    if (code != C18N_OK) {
        text_print(ret_why, "%s: can't be read, or is too long", path);
        return code == C18N_TOO_LARGE ? C18N_INVALID : code;
    }
    code = secret_decode(lines, length, ret_keys);
    sodium_memzero(lines, length);
    free(lines);
    if (code == C18N_INVALID)
        text_print(ret_why, "%s: must hold 1 to %d lines of %d to %d bytes in hexadecimal, and nothing else", path,
                   AUTH_KEYS_MOST, SECRET_BYTES, SECRET_MOST);
    return code;
}
