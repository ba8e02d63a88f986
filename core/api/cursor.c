/* cursor.c: sealing and opening.
 *
 * A key names the record at which a page ended, and that may be one that was passed over because the client may
 * not know of it. So the key is enciphered, with the MAC as the nonce: what is read must give that MAC again. */
#include "api/cursor.h"

#include "api/problem.h"
#include "api/query.h"
#include "api/state.h"
#include "base/codec.h"
#include "base/log.h"
#include "base/platform.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { MAC_SIZE = 16, NUMBER_SIZE = 8, KEY_FILE_MAX = 4096, CIPHER_KEY_ID = 1 };

/* --- the key --- */

void cursor_init(struct api *api)
{
    pthread_mutex_init(&api->cursor_lock, NULL);
}

void cursor_close(struct api *api)
{
    pthread_mutex_destroy(&api->cursor_lock);
    sodium_memzero(api->cursor_key, sizeof api->cursor_key);
}

static bool read_key(struct api *api, const char *path)
{
    char *bytes = NULL;
    size_t length = 0;
    if (platform_read_file(path, KEY_FILE_MAX, &bytes, &length) != C18N_OK)
        return false;
    bool whole = length == sizeof api->cursor_key;
    if (whole)
        memcpy(api->cursor_key, bytes, length);
    sodium_memzero(bytes, length);
    free(bytes);
    return whole;
}

/* A key that can't be kept is no reason to refuse pages: its cursors end with this process. */
static void find_key(struct api *api)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/cursor.key", api->server->state_dir);
    bool fits = length > 0 && (size_t)length < sizeof path;
    if (fits && read_key(api, path))
        return;
    platform_random(api->cursor_key, sizeof api->cursor_key);
    if (!fits || platform_replace_file(path, api->cursor_key, sizeof api->cursor_key, 0600) != C18N_OK)
        log_line(C18N_LOG_WARNING, "api", "%s can't be written: cursors will not outlive a restart", path);
}

static const uint8_t *key_of(struct api *api)
{
    if (__atomic_load_n(&api->cursor_ready, __ATOMIC_ACQUIRE))
        return api->cursor_key;
    pthread_mutex_lock(&api->cursor_lock);
    if (!api->cursor_ready) {
        find_key(api);
        __atomic_store_n(&api->cursor_ready, true, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&api->cursor_lock);
    return api->cursor_key;
}

/* --- the MAC --- */

static void cover(crypto_generichash_state *state, const void *bytes, size_t length)
{
    uint64_t count = length; /* so that no two lists of parts look the same */
    crypto_generichash_update(state, (const unsigned char *)&count, sizeof count);
    crypto_generichash_update(state, bytes, length);
}

static void cover_text(crypto_generichash_state *state, const char *text)
{
    cover(state, text, strlen(text));
}

static void cover_query(crypto_generichash_state *state, const struct request *request)
{
    for (size_t i = 0; i < request->query_count; i++) {
        const struct request_param *pair = &request->query[i];
        if (strcmp(pair->name, "limit") == 0 || strcmp(pair->name, "after") == 0)
            continue;
        cover_text(state, pair->name);
        cover_text(state, pair->value);
    }
}

/* The path's parameters stand for the path: they are decoded, so every spelling of it is the same. */
static void mac(struct request *request, enum cursor_kind kind, c18n_bytes key, uint8_t ret_mac[MAC_SIZE])
{
    crypto_generichash_state state;
    unsigned char kind_byte = (unsigned char)kind;
    crypto_generichash_init(&state, key_of(request->server->api), 32, MAC_SIZE);
    cover(&state, &kind_byte, 1);
    cover(&state, key.at, key.length);
    cover_text(&state, request->caller.user);
    cover_text(&state, request->route->declared.method);
    cover_text(&state, request->route->declared.path);
    for (size_t i = 0; i < request->param_count; i++)
        cover_text(&state, request->params[i].value);
    cover_query(&state, request);
    crypto_generichash_final(&state, ret_mac, MAC_SIZE);
}

/* --- sealing and opening --- */

/* Enciphers, and deciphers again, in place. Equal keys of one list give equal bytes, which tells nothing new. */
static void cipher(struct api *api, const uint8_t mac_bytes[MAC_SIZE], uint8_t *bytes, size_t length)
{
    unsigned char nonce[crypto_stream_xchacha20_NONCEBYTES] = {0}, key[crypto_stream_xchacha20_KEYBYTES];
    memcpy(nonce, mac_bytes, MAC_SIZE);
    crypto_kdf_derive_from_key(key, sizeof key, CIPHER_KEY_ID, "cursors.", key_of(api));
    crypto_stream_xchacha20_xor(bytes, bytes, length, nonce, key);
    sodium_memzero(key, sizeof key);
}

const char *cursor_seal(struct request *request, enum cursor_kind kind, c18n_bytes key)
{
    if (key.length > CURSOR_KEY_MAX)
        return NULL;
    uint8_t *bytes = arena_alloc(request->arena, key.length + MAC_SIZE);
    if (!bytes)
        return NULL;
    memcpy(bytes, key.at, key.length);
    mac(request, kind, key, bytes + key.length);
    cipher(request->server->api, bytes + key.length, bytes, key.length);
    struct text text;
    text_init(&text, request->arena, 0);
    text_add_base64url(&text, bytes, key.length + MAC_SIZE);
    return text.failed ? NULL : text_end(&text);
}

static bool unseal(struct request *request, enum cursor_kind kind, const char *cursor, c18n_bytes *ret_key)
{
    uint8_t expected[MAC_SIZE];
    size_t room = strlen(cursor), length;
    if (room > (CURSOR_KEY_MAX + MAC_SIZE) / 3 * 4 + 4)
        return false;
    uint8_t *bytes = arena_alloc(request->arena, room + 1);
    if (!bytes || !codec_base64url_decode(cursor, room, bytes, room, &length) || length <= MAC_SIZE)
        return false;
    c18n_bytes key = {bytes, length - MAC_SIZE};
    cipher(request->server->api, bytes + key.length, bytes, key.length);
    mac(request, kind, key, expected);
    if (!codec_same_secret(expected, bytes + key.length, MAC_SIZE))
        return false;
    *ret_key = key;
    return true;
}

int cursor_open(struct request *request, enum cursor_kind kind, c18n_bytes *ret_key)
{
    const char *cursor = query_find(request, "after");
    if (!cursor) {
        *ret_key = (c18n_bytes){NULL, 0};
        return C18N_OK;
    }
    if (unseal(request, kind, cursor, ret_key))
        return C18N_OK;
    problem_add_error(request, "after", "is no cursor of this list");
    return problem_note(request, C18N_BAD_REQUEST, "bad_cursor", "The cursor was not made by this list.");
}

const char *cursor_seal_number(struct request *request, enum cursor_kind kind, uint64_t number)
{
    uint8_t bytes[NUMBER_SIZE];
    for (size_t i = 0; i < NUMBER_SIZE; i++)
        bytes[i] = (uint8_t)(number >> (8 * (NUMBER_SIZE - 1 - i)));
    return cursor_seal(request, kind, (c18n_bytes){bytes, sizeof bytes});
}

int cursor_open_number(struct request *request, enum cursor_kind kind, uint64_t *ret_number)
{
    c18n_bytes key = {NULL, 0};
    uint64_t number = 0;
    int code = cursor_open(request, kind, &key);
    if (code != C18N_OK)
        return code;
    for (size_t i = 0; i < key.length; i++)
        number = number << 8 | ((const uint8_t *)key.at)[i];
    *ret_number = number;
    return C18N_OK;
}
