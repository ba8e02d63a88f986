/* batch.c: many dummy people at once, told about as it goes. The same seed makes the same people. */
#include "users.h"

#include <inttypes.h>
#include <string.h>

#define GROUP 250 /* people a transaction: a line of progress each */

static const char *const first_names[] = {"Ada",  "Bela",   "Chloé", "Dmitri", "Elif", "Femi", "Grete", "Hana",
                                          "Inés", "Jürgen", "Kofi",  "Łucja",  "Mei",  "Nils", "Omar",  "Priya"};
static const char *const last_names[] = {"Abara",  "Berg",   "Costa",  "Dvořák", "Eriksen", "Fischer",
                                         "García", "Haddad", "Ito",    "Jensen", "Kaur",    "Lindqvist",
                                         "Müller", "Novak",  "Okafor", "Park"};
static const char *const places[] = {"Accra", "Bergen", "Córdoba", "Delhi", "Edinburgh", "Florence", "Graz", "Hanoi"};

struct batch {
    int64_t seed, wanted, created;
    int64_t number; /* of the next name to try */
};

/* splitmix64: spreads a seed and a number over all bits. */
static uint64_t mix(uint64_t seed, uint64_t number)
{
    uint64_t bits = seed * UINT64_C(0x9e3779b97f4a7c15) + number * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
    return bits ^ (bits >> 31);
}

/* Letters with accents are among them on purpose: what is built on dummies should meet some. */
static const c18n_doc *dummy_profile(c18n_request *rq, uint64_t bits)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_text(out, "name", c18n_print(rq, "%s %s", first_names[bits & 15], last_names[(bits >> 4) & 15]));
    c18n_out_text(out, "location", places[(bits >> 8) & 7]);
    return c18n_out_finish(out);
}

static int create_dummy(c18n_request *rq, const struct batch *batch)
{
    const char *username = c18n_print(rq, "dummy-%" PRId64 "-%" PRId64, batch->seed, batch->number + 1);
    const char *email = username ? c18n_print(rq, "%s@example.invalid", username) : NULL;
    const c18n_doc *taken, *profile = dummy_profile(rq, mix((uint64_t)batch->seed, (uint64_t)batch->number));
    if (!email || !profile)
        return C18N_NO_MEMORY;
    int code = users_find(rq, USERS_BY_USERNAME, username, &taken);
    if (code != C18N_NOT_FOUND)
        return code == C18N_OK || code == C18N_GONE ? C18N_EXISTS : code; /* an earlier batch of that seed */
    /* No hash: nobody knows a password of theirs, and a hash each would take hours for a large batch. */
    const struct users_account account = {.username = username, .email = email, .roles = "user", .profile = profile};
    char id[C18N_ID_SIZE];
    return users_create(rq, &account, id);
}

static int create_group(c18n_request *rq, void *arg)
{
    struct batch *batch = arg;
    for (int64_t left = GROUP; left > 0 && batch->created < batch->wanted; batch->number++) {
        int code = create_dummy(rq, batch);
        if (code != C18N_OK && code != C18N_EXISTS)
            return code;
        if (code == C18N_OK) {
            batch->created++;
            left--;
        }
    }
    return C18N_OK;
}

static int write_line(c18n_request *rq, const char *line)
{
    return line ? c18n_stream_write(rq, line, strlen(line)) : C18N_NO_MEMORY;
}

/* A group is durable before its line goes out. A client that leaves ends it after the group that is running. */
int users_batch(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_doc *body = c18n_body(rq);
    struct batch batch = {.seed = c18n_integer(body, "seed", 1), .wanted = c18n_integer(body, "count", 0)};
    int code = c18n_stream_begin(rq, "application/x-ndjson");
    while (code == C18N_OK && batch.created < batch.wanted) {
        struct batch next = batch; /* what failed is undone, and so not counted */
        if ((code = c18n_transact(rq, create_group, &next)) != C18N_OK)
            return code;
        batch = next;
        code = write_line(rq, c18n_print(rq, "{\"created\": %" PRId64 "}\n", batch.created));
    }
    if (code != C18N_OK)
        return code;
    return write_line(rq, c18n_print(rq, "{\"done\": true, \"created\": %" PRId64 "}\n", batch.created));
}
