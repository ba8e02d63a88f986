/*
 * uuid.c: UUIDv7. After the 48 bits of milliseconds come 52 bits of a sequence that only grows (it
 * follows the wall clock in microseconds, so that it also grows over a restart) and 22 random bits.
 * So ids of one time keep the order in which they were made, as imports at past times need.
 */
#include "base/uuid.h"
#include "base/codec.h"
#include "base/platform.h"

#include <stdatomic.h>
#include <string.h>

enum { RANDOM_OF_ID = 3, RANDOM_STOCK = 256 * RANDOM_OF_ID };

static _Atomic int64_t latest_ms, latest_sequence;
static _Atomic unsigned beginnings; /* how often uuid_begin_anew was called */

/* Raises a mark to `value`, or by `step` when it is there already; gives what the mark became. */
static int64_t raise(_Atomic int64_t *mark, int64_t value, int64_t step)
{
    int64_t before = atomic_load(mark), after;
    do
        after = value > before ? value : before + step;
    while (!atomic_compare_exchange_weak(mark, &before, after));
    return after;
}

/* A system call an id costs more than the rest of the id. These bits only keep ids of two servers apart, they are no
 * secret, so a thread may keep some. */
static void take_random(uint8_t ret_bytes[RANDOM_OF_ID])
{
    static _Thread_local uint8_t stock[RANDOM_STOCK];
    static _Thread_local size_t left;
    static _Thread_local unsigned of_beginning;
    unsigned beginning = atomic_load_explicit(&beginnings, memory_order_relaxed);
    if (left == 0 || of_beginning != beginning) {
        of_beginning = beginning;
        platform_random(stock, sizeof stock);
        left = sizeof stock;
    }
    left -= RANDOM_OF_ID;
    memcpy(ret_bytes, stock + left, RANDOM_OF_ID);
}

void uuid_new(int64_t at_ms, uint8_t ret_id[16])
{
    int64_t now_ms = platform_wall_ms();
    uint64_t time = (uint64_t)(at_ms ? at_ms : raise(&latest_ms, now_ms, 0));
    uint64_t sequence = (uint64_t)raise(&latest_sequence, now_ms * 1000, 1);
    uint8_t random[RANDOM_OF_ID];
    take_random(random);
    for (int i = 0; i < 6; i++)
        ret_id[i] = (uint8_t)(time >> (40 - 8 * i));
    ret_id[6] = (uint8_t)(0x70 | (sequence >> 48 & 0x0f));
    ret_id[7] = (uint8_t)(sequence >> 40);
    ret_id[8] = (uint8_t)(0x80 | (sequence >> 34 & 0x3f));
    for (int i = 0; i < 4; i++)
        ret_id[9 + i] = (uint8_t)(sequence >> (26 - 8 * i));
    ret_id[13] = (uint8_t)((sequence & 3) << 6 | (random[0] & 0x3f));
    ret_id[14] = random[1];
    ret_id[15] = random[2];
}

void uuid_new_text(int64_t at_ms, char ret_text[37])
{
    uint8_t id[16];
    uuid_new(at_ms, id);
    codec_uuid_text(id, ret_text);
}

void uuid_begin_anew(void)
{
    atomic_store(&latest_ms, 0);
    atomic_store(&latest_sequence, 0);
    atomic_fetch_add(&beginnings, 1);
}
