/* world.c: time stands until the test moves it, and randomness is a function of the seed. */
#include "testhost/inside.h"

#include "base/platform.h"
#include "base/uuid.h"

#include <sodium.h>

enum { BEGINNING_S = 1800000000, UP_SINCE_S = 3600 };

static struct {
    struct platform platform;
    _Atomic int64_t now_ms, up_us;
    unsigned char key[crypto_generichash_BYTES];
    _Atomic uint64_t drawn;
} world;

static int64_t wall_ms(void)
{
    return atomic_load(&world.now_ms);
}

static int64_t monotonic_us(void)
{
    return atomic_load(&world.up_us);
}

/* Each draw is a stream of its own, whose key says how many there were before. */
static void random_bytes(void *ret_bytes, size_t count)
{
    unsigned char seed[randombytes_SEEDBYTES];
    uint64_t number = atomic_fetch_add(&world.drawn, 1);
    crypto_generichash(seed, sizeof seed, (const unsigned char *)&number, sizeof number, world.key, sizeof world.key);
    randombytes_buf_deterministic(ret_bytes, count, seed);
}

/* --- libsodium's own randomness, which salts and nonces of modules come from --- */

static const char *sodium_name(void)
{
    return "c18n-testhost";
}

static uint32_t sodium_random(void)
{
    uint32_t number;
    random_bytes(&number, sizeof number);
    return number;
}

static void sodium_fill(void *const ret_bytes, const size_t count)
{
    random_bytes(ret_bytes, count);
}

static randombytes_implementation sodium_seeded = {
    .implementation_name = sodium_name, .random = sodium_random, .buf = sodium_fill};

void world_begin(int64_t now_ms, uint64_t seed)
{
    if (sodium_init() < 0)
        testhost_die("libsodium can't be used");
    atomic_store(&world.now_ms, now_ms ? now_ms : BEGINNING_S * INT64_C(1000));
    atomic_store(&world.up_us, UP_SINCE_S * INT64_C(1000000));
    atomic_store(&world.drawn, 0);
    crypto_generichash(world.key, sizeof world.key, (const unsigned char *)&seed, sizeof seed, NULL, 0);
    world.platform = platform_system;
    world.platform.wall_ms = wall_ms;
    world.platform.monotonic_us = monotonic_us;
    world.platform.random_bytes = random_bytes;
    platform = &world.platform;
    randombytes_set_implementation(&sodium_seeded);
    uuid_begin_anew();
}

void world_end(void)
{
    platform = &platform_system;
    randombytes_set_implementation(&randombytes_sysrandom_implementation);
    uuid_begin_anew();
}

int64_t world_now_ms(void)
{
    return wall_ms();
}

void world_move(int64_t milliseconds)
{
    atomic_fetch_add(&world.now_ms, milliseconds);
    atomic_fetch_add(&world.up_us, milliseconds * 1000);
}

int64_t c18n_test_now(c18n_test *test)
{
    (void)test;
    return wall_ms() / 1000;
}
