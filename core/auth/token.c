/* token.c: the one file that signs and verifies.
 *
 * libjwt by itself takes any token when the key is NULL, takes whatever algorithm the header names,
 * and never looks at the clock. So the token is taken apart here first: shape, header, algorithm.
 * Only then is libjwt asked for the signature, with a key that can't be NULL, and only claims of a
 * genuine token are read. */
#include "auth/token.h"

#include "auth/parts.h"
#include "base/codec.h"

#include <assert.h>
#include <jansson.h>
#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_ISSUER   "c18n"
#define TOKEN_AUDIENCE "c18n"

enum { TOKEN_PARTS = 3, TOKEN_HEADER_MEMBERS = 2, TOKEN_SIGNATURE_BYTES = 32 };

struct token_part {
    const char *at;
    size_t length;
};

static int token_refuse(const char **ret_reason, const char *reason)
{
    *ret_reason = reason;
    return C18N_UNAUTHENTICATED;
}

/* --- shape and header --- */

static bool token_split(const char *token, struct token_part ret_parts[TOKEN_PARTS])
{
    size_t length = strnlen(token, AUTH_MAX_TOKEN + 1);
    const char *end = token + length;
    if (length > AUTH_MAX_TOKEN)
        return false;
    for (int part = 0; part < TOKEN_PARTS; part++) {
        const char *dot = memchr(token, '.', (size_t)(end - token));
        const char *stop = dot ? dot : end;
        bool last = part == TOKEN_PARTS - 1;
        if (stop == token || last != !dot)
            return false;
        ret_parts[part] = (struct token_part){token, (size_t)(stop - token)};
        token = stop + 1;
    }
    return true;
}

/* A part as a JSON object. Duplicate members, trailing bytes and U+0000 are refused by the parser. */
static json_t *token_object(const struct token_part *part)
{
    char bytes[AUTH_MAX_TOKEN];
    size_t length;
    if (!codec_base64url_decode(part->at, part->length, bytes, sizeof bytes, &length))
        return NULL;
    json_t *object = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

static bool token_member_is(const json_t *object, const char *name, const char *value)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text && strcmp(text, value) == 0;
}

/* Exactly the header that auth_token_sign writes. What else JOSE allows (kid, jku, x5c, crit, b64, …) only
 * steers a verifier to another key or another reading, and we have one key and one reading. */
static const char *token_header_fault(const struct token_part *part)
{
    const char *fault = NULL;
    json_t *header = token_object(part);
    if (!header)
        return "the header is no strict base64url JSON object";
    if (!token_member_is(header, "alg", "HS256"))
        fault = "the algorithm is not HS256";
    else if (!token_member_is(header, "typ", "JWT"))
        fault = "the type is not JWT";
    else if (json_object_size(header) != TOKEN_HEADER_MEMBERS)
        fault = "the header has other members";
    json_decref(header);
    return fault;
}

static bool token_signed_by(const struct secret *key, const char *token)
{
    jwt_t *jwt = NULL;
    assert(key->hidden && key->length > 0);
    bool good = jwt_decode(&jwt, token, key->hidden, (int)key->length) == 0 && jwt_get_alg(jwt) == JWT_ALG_HS256;
    jwt_free(jwt);
    return good;
}

static bool token_signature_good(const struct auth_keys *keys, const char *token, const struct token_part *signature)
{
    unsigned char bytes[TOKEN_SIGNATURE_BYTES];
    size_t length;
    bool good = false;
    if (!codec_base64url_decode(signature->at, signature->length, bytes, sizeof bytes, &length) ||
        length != sizeof bytes)
        return false;
    for (size_t i = 0; i < keys->count && !good; i++)
        good = token_signed_by(&keys->key[i], token);
    return good;
}

/* --- claims --- */

static bool token_id(const json_t *object, const char *name, char ret_id[37])
{
    uint8_t bytes[16];
    const char *text = json_string_value(json_object_get(object, name));
    if (!text || !codec_uuid_parse(text, bytes))
        return false;
    memcpy(ret_id, text, 37);
    return true;
}

/* "1e308", "123" as text and 1.5 are no times: only a JSON integer is. */
static bool token_integer(const json_t *object, const char *name, int64_t *ret_value)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *ret_value = json_integer_value(value);
    return true;
}

static const char *token_read_claims(const json_t *body, struct auth_claims *ret_claims, int64_t *ret_not_before)
{
    const json_t *act = json_object_get(body, "act");
    if (!token_member_is(body, "iss", TOKEN_ISSUER))
        return "iss is not ours";
    if (!token_member_is(body, "aud", TOKEN_AUDIENCE))
        return "aud is not ours";
    if (!token_id(body, "sub", ret_claims->user))
        return "sub is no id";
    if (!token_id(body, "jti", ret_claims->session))
        return "jti is no id";
    if (act && !token_id(act, "sub", ret_claims->on_behalf_of))
        return "act.sub is no id";
    if (!token_integer(body, "exp", &ret_claims->expires))
        return "exp is no integer";
    if (!token_integer(body, "nbf", ret_not_before))
        return "nbf is no integer";
    if (!token_integer(body, "iat", &ret_claims->issued))
        return "iat is no integer";
    if (!token_integer(body, "ver", &ret_claims->generation))
        return "ver is no integer";
    return NULL;
}

static int token_judge(const json_t *body, int64_t now_s, struct auth_claims *ret_claims, const char **ret_reason)
{
    int64_t not_before;
    struct auth_claims claims = {0};
    const char *fault = token_read_claims(body, &claims, &not_before);
    if (fault)
        return token_refuse(ret_reason, fault);
    if (not_before > now_s + AUTH_SKEW_S)
        return token_refuse(ret_reason, "nbf is in the future");
    if (claims.issued > now_s + AUTH_SKEW_S)
        return token_refuse(ret_reason, "iat is in the future");
    if (claims.expires - claims.issued > AUTH_MAX_TTL_S)
        return token_refuse(ret_reason, "exp is too far from iat");
    *ret_claims = claims;
    if (claims.expires > now_s)
        return C18N_OK;
    *ret_reason = "exp is past";
    return C18N_TIMEOUT;
}

int auth_token_verify(const struct auth_keys *keys, const char *token, int64_t now_s, struct auth_claims *ret_claims,
                      const char **ret_reason)
{
    struct token_part parts[TOKEN_PARTS];
    if (!token_split(token, parts))
        return token_refuse(ret_reason, "not three parts of at most 4,096 bytes");
    const char *fault = token_header_fault(&parts[0]);
    if (fault)
        return token_refuse(ret_reason, fault);
    if (!token_signature_good(keys, token, &parts[2]))
        return token_refuse(ret_reason, "the signature is wrong");
    json_t *body = token_object(&parts[1]);
    if (!body)
        return token_refuse(ret_reason, "the claims are no strict JSON object");
    int code = token_judge(body, now_s, ret_claims, ret_reason);
    json_decref(body);
    return code;
}

/* --- signing --- */

static int token_fill(jwt_t *jwt, const struct auth_claims *claims)
{
    const struct {
        const char *name, *value;
    } texts[] = {
        {"iss", TOKEN_ISSUER},
        {"aud", TOKEN_AUDIENCE},
        {"sub", claims->user},
        {"jti", claims->session},
    };
    const struct {
        const char *name;
        int64_t value;
    } integers[] = {
        {"iat", claims->issued},
        {"nbf", claims->issued},
        {"exp", claims->expires},
        {"ver", claims->generation},
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        failed |= jwt_add_grant(jwt, texts[i].name, texts[i].value);
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        failed |= jwt_add_grant_int(jwt, integers[i].name, integers[i].value);
    if (!claims->on_behalf_of[0])
        return failed;
    char act[64];
    snprintf(act, sizeof act, "{\"act\":{\"sub\":\"%s\"}}", claims->on_behalf_of);
    return failed | jwt_add_grants_json(jwt, act);
}

const char *auth_token_sign(const struct auth_keys *keys, struct arena *arena, const struct auth_claims *claims)
{
    const struct secret *key = &keys->key[0];
    const char *signed_token = NULL;
    jwt_t *jwt = NULL;
    assert(keys->count > 0 && key->hidden && key->length > 0);
    if (jwt_new(&jwt) != 0)
        return NULL;
    if (token_fill(jwt, claims) == 0 && jwt_set_alg(jwt, JWT_ALG_HS256, key->hidden, (int)key->length) == 0) {
        char *text = jwt_encode_str(jwt);
        signed_token = text ? arena_copy(arena, text, strlen(text)) : NULL;
        free(text);
    }
    jwt_free(jwt);
    return signed_token;
}
