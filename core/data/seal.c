#include "data/seal.h"

#include "base/platform.h"
#include "data/parts.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

/* One master, a key a purpose. */
static int derive_key(const uint8_t master[KEY], const char *purpose, struct secret *ret_key)
{
    uint8_t key[KEY];
    crypto_generichash(key, sizeof key, (const uint8_t *)purpose, strlen(purpose), master, KEY);
    int code = secret_set(ret_key, key, sizeof key);
    sodium_memzero(key, sizeof key);
    return code;
}

static int take_master(struct seal *seal, const void *bytes)
{
    int code = derive_key(bytes, "c18n wrapping of subjects' keys", &seal->wrapping);
    return code == C18N_OK ? derive_key(bytes, "c18n checkpoint", &seal->checkpoint) : code;
}

static int make_master(struct seal *seal, const char *path, struct text *ret_why)
{
    uint8_t master[KEY];
    platform_random(master, sizeof master);
    int code = platform_replace_file(path, master, sizeof master, 0600);
    if (code != C18N_OK)
        text_print(ret_why, "%s: can't be written.\n", path);
    else
        code = take_master(seal, master);
    sodium_memzero(master, sizeof master);
    return code;
}

static int read_master(struct seal *seal, const char *path, struct text *ret_why)
{
    char *bytes;
    size_t length;
    int code = platform_read_file(path, KEY, &bytes, &length);
    if (code != C18N_OK || length != KEY) {
        text_print(ret_why, "%s: must be a file of %d bytes that the server can read.\n", path, KEY);
        if (code == C18N_OK)
            free(bytes);
        return C18N_CORRUPT;
    }
    code = take_master(seal, bytes);
    sodium_memzero(bytes, length);
    free(bytes);
    return code;
}

int seal_open(struct seal *seal, const char *state_dir, bool fresh, struct text *ret_why)
{
    struct text path;
    struct stat status;
    if (sodium_init() < 0)
        return C18N_ERROR;
    text_init(&path, NULL, 0);
    text_print(&path, "%s/master.key", state_dir);
    const char *name = text_end(&path);
    int code;
    if (stat(name, &status) == 0) {
        code = (status.st_mode & 077) == 0 ? read_master(seal, name, ret_why) : C18N_FORBIDDEN;
        if (code == C18N_FORBIDDEN)
            text_print(ret_why, "%s: others may read it; chmod 600.\n", name);
    } else if (fresh) {
        code = make_master(seal, name, ret_why);
    } else {
        text_print(ret_why, "%s: is missing, and there is a history that needs it.\n", name);
        code = C18N_CORRUPT;
    }
    text_free(&path);
    return code;
}

void seal_close(struct seal *seal)
{
    secret_wipe(&seal->wrapping);
    secret_wipe(&seal->checkpoint);
}

/* nonce || ciphertext || tag */
static bool encrypt(const uint8_t *key, c18n_bytes text, c18n_bytes additional, uint8_t *ret_bytes)
{
    platform_random(ret_bytes, NONCE);
    return crypto_aead_xchacha20poly1305_ietf_encrypt(ret_bytes + NONCE, NULL, text.at, text.length, additional.at,
                                                      additional.length, NULL, ret_bytes, key) == 0;
}

static bool decrypt(const uint8_t *key, c18n_bytes sealed, c18n_bytes additional, uint8_t *ret_text)
{
    const uint8_t *bytes = sealed.at;
    return sealed.length >= NONCE + TAG &&
           crypto_aead_xchacha20poly1305_ietf_decrypt(ret_text, NULL, NULL, bytes + NONCE, sealed.length - NONCE,
                                                      additional.at, additional.length, bytes, key) == 0;
}

/* C18N_NOT_FOUND: there never was one; C18N_GONE: it was destroyed. */
static int find_key(struct data_scope *scope, const char *subject, uint8_t ret_key[KEY])
{
    c18n_bytes row;
    int code = scope_get(scope, SLOT_KEYS, bytes_of(subject), &row);
    if (code != C18N_OK)
        return code;
    if (row.length == 0)
        return C18N_GONE;
    if (row.length != NONCE + KEY + TAG)
        return C18N_CORRUPT;
    return decrypt(scope->data->seal.wrapping.hidden, row, bytes_of(subject), ret_key) ? C18N_OK : C18N_CORRUPT;
}

static int make_key(struct data_scope *scope, const char *subject, uint8_t ret_key[KEY])
{
    uint8_t row[NONCE + KEY + TAG];
    platform_random(ret_key, KEY);
    if (!encrypt(scope->data->seal.wrapping.hidden, (c18n_bytes){ret_key, KEY}, bytes_of(subject), row))
        return C18N_ERROR;
    return scope_put(scope, SLOT_KEYS, bytes_of(subject), (c18n_bytes){row, sizeof row});
}

int seal_text(struct data_scope *scope, struct arena *arena, const char *subject, const uint8_t event_id[16],
              c18n_bytes text, c18n_bytes *ret_sealed)
{
    uint8_t key[KEY];
    size_t length = NONCE + text.length + TAG;
    uint8_t *bytes = arena_alloc(arena, length);
    if (!bytes)
        return C18N_NO_MEMORY;
    int code = find_key(scope, subject, key);
    if (code == C18N_NOT_FOUND)
        code = make_key(scope, subject, key);
    if (code == C18N_OK && !encrypt(key, text, (c18n_bytes){event_id, 16}, bytes))
        code = C18N_ERROR;
    if (code == C18N_OK)
        *ret_sealed = (c18n_bytes){bytes, length};
    sodium_memzero(key, sizeof key);
    return code;
}

int seal_open_text(struct data_scope *scope, struct arena *arena, const char *subject, const uint8_t event_id[16],
                   c18n_bytes sealed, c18n_bytes *ret_text)
{
    uint8_t key[KEY];
    if (sealed.length < NONCE + TAG)
        return C18N_CORRUPT;
    size_t length = sealed.length - NONCE - TAG;
    uint8_t *text = arena_alloc(arena, length + 1);
    if (!text)
        return C18N_NO_MEMORY;
    int code = find_key(scope, subject, key);
    if (code == C18N_OK && !decrypt(key, sealed, (c18n_bytes){event_id, 16}, text))
        code = C18N_CORRUPT;
    sodium_memzero(key, sizeof key);
    if (code == C18N_OK)
        *ret_text = (c18n_bytes){text, length};
    return code == C18N_NOT_FOUND ? C18N_GONE : code;
}

int seal_destroy(struct data_scope *scope, const char *subject)
{
    return scope_put(scope, SLOT_KEYS, bytes_of(subject), (c18n_bytes){"", 0});
}
