#include "data/chain.h"

#include "base/codec.h"
#include "base/platform.h"
#include "base/text.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { MAC = crypto_generichash_BYTES };

static void hash_number(crypto_generichash_state *state, uint64_t number)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
    crypto_generichash_update(state, bytes, sizeof bytes);
}

static void hash_bytes(crypto_generichash_state *state, c18n_bytes bytes)
{
    hash_number(state, bytes.length);
    if (bytes.length > 0)
        crypto_generichash_update(state, bytes.at, bytes.length);
}

void chain_hash(const uint8_t before[CHAIN_HASH], const c18n_record *record, uint8_t ret_hash[CHAIN_HASH])
{
    const char *const texts[] = {record->topic,    record->type, record->actor,      record->on_behalf_of,
                                 record->resource, record->key,  record->request_id, record->subject};
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, CHAIN_HASH);
    crypto_generichash_update(&state, before, CHAIN_HASH);
    hash_number(&state, record->position);
    crypto_generichash_update(&state, record->event_id, sizeof record->event_id);
    hash_number(&state, (uint64_t)record->time_ms);
    hash_number(&state, record->version);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        hash_bytes(&state, (c18n_bytes){texts[i], strlen(texts[i])});
    hash_bytes(&state, record->data);
    hash_bytes(&state, record->sealed);
    crypto_generichash_final(&state, ret_hash, CHAIN_HASH);
}

/* --- the checkpoint: two lines, "POSITION HASH" and "MAC", both in hex but the position --- */

static void checkpoint_path(const char *state_dir, struct text *ret_path)
{
    text_init(ret_path, NULL, 0);
    text_print(ret_path, "%s/checkpoint", state_dir);
    text_end(ret_path);
}

static void checkpoint_line(const struct chain_point *point, struct text *ret_line)
{
    text_init(ret_line, NULL, 0);
    text_print(ret_line, "%llu ", (unsigned long long)point->position);
    text_add_hex(ret_line, point->hash, CHAIN_HASH);
    text_add_char(ret_line, '\n');
}

static void sign(const struct text *line, const struct secret *key, uint8_t ret_mac[MAC])
{
    crypto_generichash(ret_mac, MAC, (const uint8_t *)line->at, line->length, key->hidden, key->length);
}

int checkpoint_write(const char *state_dir, const struct secret *key, const struct chain_point *point)
{
    struct text line, path;
    uint8_t mac[MAC];
    checkpoint_line(point, &line);
    checkpoint_path(state_dir, &path);
    int code = line.failed || path.failed ? C18N_NO_MEMORY : C18N_OK;
    if (code == C18N_OK) {
        sign(&line, key, mac);
        text_add_hex(&line, mac, sizeof mac);
        text_add_char(&line, '\n');
        code = line.failed ? C18N_NO_MEMORY : platform_replace_file(path.at, line.at, line.length, 0600);
    }
    text_free(&line);
    text_free(&path);
    return code;
}

/* Takes a point from a file's text; whether it is ours the signature says. */
static bool checkpoint_parse(const char *bytes, size_t length, struct chain_point *ret_point, const char **ret_mac)
{
    char *end;
    ret_point->position = strtoull(bytes, &end, 10);
    const char *hash = end + 1;
    *ret_mac = hash + 2 * CHAIN_HASH + 1;
    return *end == ' ' && length == (size_t)(hash - bytes) + 2 * CHAIN_HASH + 1 + 2 * MAC + 1 &&
           codec_hex_decode(hash, 2 * CHAIN_HASH, ret_point->hash, CHAIN_HASH);
}

int checkpoint_read(const char *state_dir, const struct secret *key, struct chain_point *ret_point)
{
    struct text path, line;
    struct chain_point point;
    uint8_t mac[MAC], found[MAC];
    const char *signature;
    char *bytes;
    size_t length;
    checkpoint_path(state_dir, &path);
    int code = path.failed ? C18N_NO_MEMORY : platform_read_file(path.at, 1024, &bytes, &length);
    text_free(&path);
    if (code != C18N_OK)
        return code;
    code = C18N_CORRUPT;
    if (checkpoint_parse(bytes, length, &point, &signature) && codec_hex_decode(signature, 2 * MAC, found, MAC)) {
        checkpoint_line(&point, &line);
        sign(&line, key, mac);
        if (codec_same_secret(mac, found, MAC)) {
            *ret_point = point;
            code = C18N_OK;
        }
        text_free(&line);
    }
    free(bytes);
    return code;
}
