/*
 * ctl_seed.c: `c18nctl seed`: made-up people, communities and posts, as lines that go the way of an import.
 *
 * Every line is a pure function of the seed and its own number, so nothing is kept in memory, the same seed gives the
 * same lines. What an earlier run made is passed over by its ref, so a larger count adds to a smaller one. The lists of
 * words need no escaping in JSON.
 */
#include "base/codec.h"
#include "ctl/ctl_seed_words.h"
#include "ctl/ctl_take.h"

#include <inttypes.h>
#include <string.h>

enum {
    FIRST_SECOND = 1500000000, /* when the first person came */
    JOINS_MOST = 4,            /* communities of one person */
    SENTENCES_MOST = 7,
    LINE_MOST = 64 * 1024,
};
static const int64_t counts_most = 100000000;

enum seed_stage { SEED_FIRST, SEED_USERS, SEED_COMMUNITIES, SEED_MEMBERS, SEED_POSTS, SEED_END };

struct seed {
    int64_t users, communities, posts, number;
    enum seed_stage stage;
    int64_t at; /* within the stage */
    struct text line;
};

/* --- chance that is always the same --- */

struct chance {
    uint64_t state;
};

static struct chance chance_of(const struct seed *seed, enum seed_stage stage, int64_t at)
{
    const int64_t what[] = {seed->number, stage, at};
    return (struct chance){codec_hash(what, sizeof what, 0)};
}

/* splitmix64 */
static uint64_t chance_next(struct chance *chance)
{
    uint64_t value = chance->state += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

static int64_t chance_below(struct chance *chance, int64_t bound)
{
    return bound > 0 ? (int64_t)(chance_next(chance) % (uint64_t)bound) : 0;
}

static const char *chance_word(struct chance *chance, const char *const *words)
{
    int64_t count = 0;
    while (words[count])
        count++;
    return words[chance_below(chance, count)];
}

/* --- who belongs where --- */

static int64_t owner_of(const struct seed *seed, int64_t community)
{
    struct chance chance = chance_of(seed, SEED_COMMUNITIES, -1 - community);
    return chance_below(&chance, seed->users);
}

static int64_t joins_of(const struct seed *seed, int64_t user)
{
    struct chance chance = chance_of(seed, SEED_MEMBERS, user);
    return 1 + chance_below(&chance, JOINS_MOST);
}

static int64_t joined(const struct seed *seed, int64_t user, int64_t join)
{
    struct chance chance = chance_of(seed, SEED_MEMBERS, -1 - (user * JOINS_MOST + join));
    return chance_below(&chance, seed->communities);
}

static bool is_new_join(const struct seed *seed, int64_t user, int64_t join)
{
    int64_t community = joined(seed, user, join);
    bool new_join = join < joins_of(seed, user) && owner_of(seed, community) != user;
    for (int64_t before = 0; before < join; before++)
        new_join = new_join && joined(seed, user, before) != community;
    return new_join;
}

/* --- lines --- */

static void add_member(struct text *line, const char *name, const char *value)
{
    text_print(line, "%s\"%s\":", line->length > 1 ? "," : "", name);
    text_add_json(line, value, strlen(value));
}

static void add_number(struct text *line, const char *name, int64_t value)
{
    text_print(line, ",\"%s\":%" PRId64, name, value);
}

static void add_ref(struct text *line, const char *name, char kind, int64_t number)
{
    text_print(line, ",\"%s\":\"%c%" PRId64 "\"", name, kind, number);
}

static void write_user(struct seed *seed)
{
    struct text *line = &seed->line;
    struct chance chance = chance_of(seed, SEED_USERS, seed->at);
    const char *given = chance_word(&chance, seed_given), *family = chance_word(&chance, seed_family);
    add_member(line, "kind", "user");
    add_ref(line, "ref", 'u', seed->at);
    text_print(line, ",\"username\":\"seed%" PRId64 "_%" PRId64 "\"", seed->number, seed->at);
    text_print(line, ",\"name\":\"%s %s\"", given, family);
    text_print(line, ",\"email\":\"seed%" PRId64 ".%" PRId64 "@example.org\"", seed->number, seed->at);
    add_member(line, "location", chance_word(&chance, seed_places));
    add_number(line, "created_on", FIRST_SECOND + seed->at * 37 + chance_below(&chance, 37));
}

static void write_community(struct seed *seed)
{
    struct text *line = &seed->line;
    struct chance chance = chance_of(seed, SEED_COMMUNITIES, seed->at);
    const char *subject = chance_word(&chance, seed_subjects), *circle = chance_word(&chance, seed_circles);
    add_member(line, "kind", "community");
    add_ref(line, "ref", 'c', seed->at);
    text_print(line, ",\"name\":\"%s %s %" PRId64 "\"", subject, circle, seed->at);
    text_print(line, ",\"description\":\"%s, %s. Newcomers are welcome.\"", subject, circle);
    text_print(line, ",\"tags\":[\"%s\",\"%s\"]", subject, circle);
    add_ref(line, "by", 'u', owner_of(seed, seed->at));
    add_number(line, "created_on", FIRST_SECOND + seed->users * 37 + seed->at * 11);
}

static void write_membership(struct seed *seed)
{
    struct text *line = &seed->line;
    int64_t user = seed->at / JOINS_MOST, join = seed->at % JOINS_MOST;
    add_member(line, "kind", "member");
    add_ref(line, "community", 'c', joined(seed, user, join));
    add_ref(line, "user", 'u', user);
    add_number(line, "created_on", FIRST_SECOND + seed->users * 37 + seed->communities * 11 + seed->at);
}

static void write_content(struct chance *chance, struct text *content)
{
    int64_t sentences = 1 + chance_below(chance, SENTENCES_MOST);
    for (int64_t i = 0; i < sentences; i++) {
        const char *opener = chance_word(chance, seed_openers), *verb = chance_word(chance, seed_verbs);
        const char *thing = chance_word(chance, seed_things), *detail = chance_word(chance, seed_details);
        text_print(content, "%s%s %s %s %s.", i == 0 ? "" : i % 3 == 0 ? "\n\n" : " ", opener, verb, thing, detail);
    }
    if (chance_below(chance, 3) > 0)
        text_print(content, " %s", chance_word(chance, seed_closers));
}

static void write_post(struct seed *seed)
{
    struct text *line = &seed->line, content;
    struct chance chance = chance_of(seed, SEED_POSTS, seed->at);
    int64_t user = chance_below(&chance, seed->users);
    int64_t community = joined(seed, user, chance_below(&chance, joins_of(seed, user)));
    text_init(&content, NULL, LINE_MOST);
    write_content(&chance, &content);
    add_member(line, "kind", "post");
    add_ref(line, "ref", 'p', seed->at);
    add_ref(line, "community", 'c', community);
    add_ref(line, "by", 'u', user);
    add_member(line, "content", text_end(&content));
    add_number(line, "created_on", FIRST_SECOND + seed->users * 41 + seed->communities * 11 + seed->at * 13);
    text_free(&content);
}

/* --- stages --- */

static int64_t stage_size(const struct seed *seed, enum seed_stage stage)
{
    const int64_t sizes[] = {
        [SEED_FIRST] = 0,
        [SEED_USERS] = seed->users,
        [SEED_COMMUNITIES] = seed->communities,
        [SEED_MEMBERS] = seed->communities > 0 ? seed->users * JOINS_MOST : 0,
        [SEED_POSTS] = seed->posts,
    };
    return sizes[stage];
}

static void (*const writers[])(struct seed *seed) = {
    [SEED_USERS] = write_user,
    [SEED_COMMUNITIES] = write_community,
    [SEED_MEMBERS] = write_membership,
    [SEED_POSTS] = write_post,
};

static bool step(struct seed *seed)
{
    seed->at++;
    while (seed->stage < SEED_END && seed->at >= stage_size(seed, seed->stage)) {
        seed->stage++;
        seed->at = 0;
    }
    return seed->stage < SEED_END;
}

static int next_line(void *arg, const char **ret_line, size_t *ret_length)
{
    struct seed *seed = arg;
    do {
        if (!step(seed))
            return C18N_NOT_FOUND;
    } while (seed->stage == SEED_MEMBERS && !is_new_join(seed, seed->at / JOINS_MOST, seed->at % JOINS_MOST));
    seed->line.length = 0;
    text_add_char(&seed->line, '{');
    writers[seed->stage](seed);
    text_add_char(&seed->line, '}');
    *ret_line = text_end(&seed->line);
    *ret_length = seed->line.length;
    return seed->line.failed ? C18N_NO_MEMORY : C18N_OK;
}

/* --- the command --- */

static bool read_option(struct seed *seed, const char *name, const char *value)
{
    const struct {
        const char *name;
        int64_t *number;
    } options[] = {
        {"--users", &seed->users},
        {"--communities", &seed->communities},
        {"--posts", &seed->posts},
        {"--seed", &seed->number},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strcmp(options[i].name, name) == 0)
            return codec_integer(value, options[i].number) && *options[i].number >= 0 &&
                   *options[i].number <= counts_most;
    return false;
}

static bool read_options(struct ctl_call *call, struct seed *seed)
{
    bool good = call->argc > 1 && call->argc % 2 == 1;
    for (int i = 1; good && i < call->argc; i += 2)
        good = read_option(seed, call->argv[i], call->argv[i + 1]);
    return good;
}

int ctl_seed(struct ctl_call *call)
{
    struct seed seed = {.number = 1, .stage = SEED_FIRST};
    if (!read_options(call, &seed)) {
        ctl_say(call->error, "usage: seed --users N --communities N --posts N [--seed S]\n");
        return EXIT_USAGE;
    }
    if ((seed.communities > 0 && seed.users == 0) || (seed.posts > 0 && seed.communities == 0)) {
        ctl_say(call->error, "communities need users, and posts need communities\n");
        return EXIT_USAGE;
    }
    text_init(&seed.line, NULL, LINE_MOST);
    const struct ctl_source source = {.name = "seed", .next = next_line, .arg = &seed};
    int exit_code = ctl_take(call, &source, false);
    text_free(&seed.line);
    return exit_code;
}
