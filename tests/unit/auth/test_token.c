/* test_token.c: rows A2 to A5 of the fault catalogue: only what auth_sign makes is taken, and only in its time. */
#include "fakes.h"

static const struct secret *signing_key(const struct fixture *fixture)
{
    return &auth_terms(fixture->auth)->keys.key[0];
}

/* What a forger puts together: header and claims as JSON, with a signature by `key`. */
static const char *forge_parts(struct arena *arena, const char *header, const char *claims, const void *key,
                               size_t key_length)
{
    unsigned char signature[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    struct text text;
    text_init(&text, arena, 0);
    text_add_base64url(&text, header, strlen(header));
    text_add_char(&text, '.');
    text_add_base64url(&text, claims, strlen(claims));
    crypto_auth_hmacsha256_init(&state, key, key_length);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text.at, text.length);
    crypto_auth_hmacsha256_final(&state, signature);
    text_add_char(&text, '.');
    text_add_base64url(&text, signature, sizeof signature);
    return text_end(&text);
}

#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define CLAIMS_WITH(times)                                                                                             \
    "{\"iss\":\"c18n\",\"aud\":\"c18n\",\"sub\":\"" USER "\",\"jti\":\"" SESSION "\",\"ver\":3," times "}"
#define TIMES "\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800003600"

/* Signed with the right key, so that nothing but the rule of the row can refuse it. */
static int verify_parts(struct fixture *fixture, const char *header, const char *claims, const char **ret_reason)
{
    struct auth_claims found;
    const char *token =
        forge_parts(fixture->arena, header, claims, signing_key(fixture)->hidden, signing_key(fixture)->length);
    return auth_verify(fixture->auth, token, &found, ret_reason);
}

static void test_round_trip(void **state)
{
    struct fixture *fixture = *state;
    const char *reason;
    struct auth_claims claims = fixture_claims(), found;
    memcpy(claims.on_behalf_of, ADMIN, sizeof claims.on_behalf_of);
    assert_int_equal(auth_verify(fixture->auth, fixture_token(fixture, &claims), &found, &reason), C18N_OK);
    assert_memory_equal(&found, &claims, sizeof found);
    assert_int_equal(verify_parts(fixture, HEADER, CLAIMS_WITH(TIMES), &reason), C18N_OK);
    assert_int_equal(verify_parts(fixture, "{\"typ\":\"JWT\",\"alg\":\"HS256\"}", CLAIMS_WITH(TIMES), &reason),
                     C18N_OK);
}

static void test_headers(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"none\",\"typ\":\"JWT\"}",
        "{\"alg\":\"None\",\"typ\":\"JWT\"}",
        "{\"alg\":\"nOnE\",\"typ\":\"JWT\"}",
        "{\"alg\":\"\",\"typ\":\"JWT\"}",
        "{\"alg\":null,\"typ\":\"JWT\"}",
        "{\"alg\":[\"HS256\"],\"typ\":\"JWT\"}",
        "{\"alg\":\"hs256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS384\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS512\",\"typ\":\"JWT\"}",
        "{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
        "{\"typ\":\"JWT\"}",
        "{\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWE\"}",
        "{\"alg\":\"HS256\",\"typ\":\"jwt\"}",
        "{\"alg\":\"HS256\",\"typ\":null}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"crit\":[\"exp\"]}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"b64\":false}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"b64\":false,\"crit\":[\"b64\"]}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"jku\":\"http://127.0.0.1:1/k\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"x5u\":\"http://127.0.0.1:1/k\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"x5c\":[\"AA\"]}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"../../../dev/null\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"' OR 1=1 --\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"enc\":\"A128GCM\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"zip\":\"DEF\"}",
        "{\"alg\":\"none\",\"alg\":\"HS256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS256\",\"alg\":\"HS256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS256\\u0000\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\"} ",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\"}{}",
        "\xef\xbb\xbf{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
        "[\"HS256\",\"JWT\"]",
        "\"HS256\"",
        "null",
        "{",
        "",
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        const char *reason = NULL;
        int expected = strcmp(headers[i], HEADER " ") == 0 ? C18N_OK : C18N_UNAUTHENTICATED; /* blanks are JSON */
        if (verify_parts(fixture, headers[i], CLAIMS_WITH(TIMES), &reason) != expected)
            fail_msg("taken: %s", headers[i]);
        if (expected != C18N_OK)
            assert_non_null(reason);
    }
}

static void test_claims(void **state)
{
    static const char *const claims[] = {
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000000"), /* no exp */
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":null"),
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":\"1800003600\""),
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800003600.5"),
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1e308"),
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1e999"),
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":9223372036854775807"),
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":9223372036854775808"),
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":-1"),
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":0"),
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":[1800003600]"),
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1799999999"),
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800000000"), /* ends this very second */
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1,\"exp\":1800003600"),
        CLAIMS_WITH("\"iat\":1800000061,\"nbf\":1800000000,\"exp\":1800003600"),
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":1800000061,\"exp\":1800003600"),
        CLAIMS_WITH("\"iat\":1800000000,\"nbf\":\"now\",\"exp\":1800003600"),
        CLAIMS_WITH("\"iat\":1800000000,\"exp\":1800003600"),
        CLAIMS_WITH("\"nbf\":1800000000,\"exp\":1800003600"),
        CLAIMS_WITH("\"iat\":0,\"nbf\":0,\"exp\":1800003600"), /* longer than any token lives */
        CLAIMS_WITH(TIMES ",\"act\":\"" ADMIN "\""),
        CLAIMS_WITH(TIMES ",\"act\":{}"),
        CLAIMS_WITH(TIMES ",\"act\":{\"sub\":\"admin\"}"),
        CLAIMS_WITH(TIMES) "x",
        CLAIMS_WITH(TIMES) CLAIMS_WITH(TIMES),
        "[" CLAIMS_WITH(TIMES) "]",
        "{\"aud\":\"c18n\",\"sub\":\"" USER "\",\"jti\":\"" SESSION "\",\"ver\":3," TIMES "}",
        "{\"iss\":\"C18N\",\"aud\":\"c18n\",\"sub\":\"" USER "\",\"jti\":\"" SESSION "\",\"ver\":3," TIMES "}",
        "{\"iss\":\"https://idp.example.org\",\"aud\":\"c18n\",\"sub\":\"" USER "\",\"jti\":\"" SESSION
        "\",\"ver\":3," TIMES "}",
        "{\"iss\":\"c18n\",\"sub\":\"" USER "\",\"jti\":\"" SESSION "\",\"ver\":3," TIMES "}",
        "{\"iss\":\"c18n\",\"aud\":[\"c18n\",\"other\"],\"sub\":\"" USER "\",\"jti\":\"" SESSION "\",\"ver\":3," TIMES
        "}",
        "{\"iss\":\"c18n\",\"aud\":\"other\",\"sub\":\"" USER "\",\"jti\":\"" SESSION "\",\"ver\":3," TIMES "}",
        "{\"iss\":\"c18n\",\"aud\":\"c18n\",\"sub\":\"admin\",\"jti\":\"" SESSION "\",\"ver\":3," TIMES "}",
        "{\"iss\":\"c18n\",\"aud\":\"c18n\",\"sub\":\"\",\"jti\":\"" SESSION "\",\"ver\":3," TIMES "}",
        "{\"iss\":\"c18n\",\"aud\":\"c18n\",\"sub\":\"01890A5D-AC96-774B-BCCE-B302099A8057\",\"jti\":\"" SESSION
        "\",\"ver\":3," TIMES "}",
        "{\"iss\":\"c18n\",\"aud\":\"c18n\",\"sub\":\"" USER "\",\"ver\":3," TIMES "}",
        "{\"iss\":\"c18n\",\"aud\":\"c18n\",\"sub\":\"" USER "\",\"jti\":7,\"ver\":3," TIMES "}",
        "{\"iss\":\"c18n\",\"aud\":\"c18n\",\"sub\":\"" USER "\",\"jti\":\"" SESSION "\"," TIMES "}",
        "{\"iss\":\"c18n\",\"aud\":\"c18n\",\"sub\":\"" USER "\",\"jti\":\"" SESSION "\",\"ver\":true," TIMES "}",
        "",
        "{}",
        "null",
        "{\"a\":1",
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        const char *reason = NULL;
        int code = verify_parts(fixture, HEADER, claims[i], &reason);
        if (code != C18N_UNAUTHENTICATED && code != C18N_TIMEOUT)
            fail_msg("taken: %s", claims[i]);
        assert_non_null(reason);
    }
}

static void test_skew(void **state)
{
    struct fixture *fixture = *state;
    const char *reason;
    assert_int_equal(
        verify_parts(fixture, HEADER, CLAIMS_WITH("\"iat\":1800000060,\"nbf\":1800000060,\"exp\":1800003600"), &reason),
        C18N_OK);
    assert_int_equal(
        verify_parts(fixture, HEADER, CLAIMS_WITH("\"iat\":1700000000,\"nbf\":1700000000,\"exp\":1700003600"), &reason),
        C18N_TIMEOUT);
    assert_string_equal(reason, "exp is past");
}

/* A2: shapes that are not header.claims.signature in strict base64url. */
static void test_shapes(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    struct auth_claims claims = fixture_claims(), found;
    const char *good = fixture_token(fixture, &claims), *reason;
    const char *first = strchr(good, '.'), *second = strchr(first + 1, '.');
    int head = (int)(first - good), unsigned_length = (int)(second - good), body = (int)(second - first - 1);
    const char *const shapes[] = {
        "",
        ".",
        "..",
        "...",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        arena_print(arena, "%.*s.", unsigned_length, good),   /* empty signature */
        arena_print(arena, "%.*s", unsigned_length, good),    /* no signature */
        arena_print(arena, "%.*s.AA", unsigned_length, good), /* short one */
        arena_print(arena, "%sA", good),
        arena_print(arena, "%s=", good), /* trailing, padding */
        arena_print(arena, "%s.", good),
        arena_print(arena, "%s.AA", good),
        arena_print(arena, "%s.AA.AA", good), /* JWE has five */
        arena_print(arena, " %s", good),
        arena_print(arena, "%s ", good),
        arena_print(arena, "%s\n", good),
        arena_print(arena, "\"%s\"", good),
        arena_print(arena, "%.*s==.%s", head, good, first + 1),
        arena_print(arena, "%.*s..%s", head, good, second + 1),
        arena_print(arena, ".%s", first + 1),
        arena_print(arena, "{\"payload\":\"%.*s\",\"protected\":\"%.*s\",\"signature\":\"%s\"}", body, first + 1, head,
                    good, second + 1),
        arena_print(arena, "{\"payload\":\"%.*s\",\"signatures\":[{\"protected\":\"%.*s\",\"signature\":\"%s\"}]}",
                    body, first + 1, head, good, second + 1),
        arena_print(arena, "%s%05000d", good, 0),
    };
    assert_int_equal(auth_verify(fixture->auth, good, &found, &reason), C18N_OK);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (auth_verify(fixture->auth, shapes[i], &found, &reason) != C18N_UNAUTHENTICATED)
            fail_msg("taken: %s", shapes[i]);
}

/* The last character of a base64url text may hold bits that say nothing. Set, they make a second spelling. */
static void test_every_changed_character(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims(), found;
    const char *good = fixture_token(fixture, &claims), *reason;
    for (size_t i = 0; good[i]; i++) {
        char *changed = arena_copy(fixture->arena, good, strlen(good));
        for (const char *with = "AQgwZz09-_+/."; *with; with++) {
            changed[i] = *with;
            if (*with != good[i] && auth_verify(fixture->auth, changed, &found, &reason) == C18N_OK)
                fail_msg("taken with character %zu changed to %c", i, *with);
        }
    }
}

/* A3: other keys, and the keys that careless verifiers end up with. */
static void test_keys(void **state)
{
    static const char pem[] =
        "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK\n-----END PUBLIC KEY-----\n";
    const struct {
        const void *at;
        size_t length;
    } keys[] = {{"", 0}, {"\0", 1}, {"secret", 6}, {"null", 4}, {pem, sizeof pem - 1}};
    struct fixture *fixture = *state;
    struct auth_claims found;
    const char *reason;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *token = forge_parts(fixture->arena, HEADER, CLAIMS_WITH(TIMES), keys[i].at, keys[i].length);
        assert_int_equal(auth_verify(fixture->auth, token, &found, &reason), C18N_UNAUTHENTICATED);
        assert_string_equal(reason, "the signature is wrong");
    }
    const char *token = forge_parts(fixture->arena, HEADER, CLAIMS_WITH(TIMES), signing_key(fixture)->hidden,
                                    signing_key(fixture)->length - 1);
    assert_int_equal(auth_verify(fixture->auth, token, &found, &reason), C18N_UNAUTHENTICATED);
}

/* A4: a header of 64 KiB is refused before anything reads it. */
static void test_huge(void **state)
{
    struct fixture *fixture = *state;
    char *kid = arena_alloc(fixture->arena, 65537);
    const char *reason;
    memset(kid, 'k', 65536);
    const char *header = arena_print(fixture->arena, "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", kid);
    assert_int_equal(verify_parts(fixture, header, CLAIMS_WITH(TIMES), &reason), C18N_UNAUTHENTICATED);
    assert_string_equal(reason, "not three parts of at most 4,096 bytes");
}

/* S8: a clock that goes back brings no token that was seen dead to life. */
static void test_never_revives(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims(), found;
    const char *token = fixture_token(fixture, &claims), *reason;
    assert_int_equal(auth_verify(fixture->auth, token, &found, &reason), C18N_OK);
    fake_ms += INT64_C(3600) * 1000;
    assert_int_equal(auth_verify(fixture->auth, token, &found, &reason), C18N_TIMEOUT);
    fake_ms -= INT64_C(1800) * 1000;
    assert_true(auth_revoked_has(fixture->auth->revoked, claims.session));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_round_trip), FIXTURE_TEST(test_headers), FIXTURE_TEST(test_claims),
        FIXTURE_TEST(test_skew),       FIXTURE_TEST(test_shapes),  FIXTURE_TEST(test_every_changed_character),
        FIXTURE_TEST(test_keys),       FIXTURE_TEST(test_huge),    FIXTURE_TEST(test_never_revives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
