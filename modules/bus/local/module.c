/*
 * module.c: the bus of one machine. Its log is the history itself, so publishing is nothing, fetching is reading on,
 * and what remains are the consumers' offsets and the dead letters: two tables of the storage that serves. With one
 * machine there is also one owner of all conversations, which is why ownership.v1 is here.
 */
#include <c18n/module.h>
#include <c18n/providers/bus.h>
#include <c18n/providers/ownership.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONSUMER_LONGEST = 100 };

static const char offsets[] = "bus.offsets"; /* CONSUMER -> position in decimal */
static const char letters[] = "bus.dead";    /* CONSUMER/POSITION -> reason */

struct bus_state {
    const c18n_storage *storage;
    c18n_self *provider; /* of the storage */
};

static c18n_bytes bytes_of(const char *text)
{
    return (c18n_bytes){text, strlen(text)};
}

/* --- the log --- */

static int publish(c18n_self *self, c18n_store *writer, const c18n_record *record)
{
    (void)self;
    (void)writer;
    (void)record;
    return C18N_OK;
}

struct filter {
    const char *topics;
    c18n_store_record record;
    void *arg;
};

static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);
    while (*words) {
        size_t span = strcspn(words, " ");
        if (span == length && memcmp(words, word, length) == 0)
            return true;
        words += span + strspn(words + span, " ");
    }
    return false;
}

static int pass_on(void *arg, const c18n_record *record)
{
    const struct filter *filter = arg;
    return has_word(filter->topics, record->topic) ? filter->record(filter->arg, record) : C18N_OK;
}

static int fetch(c18n_self *self, c18n_store *reader, const char *consumer, const char *topics, uint64_t after,
                 c18n_store_record record, void *arg)
{
    (void)consumer;
    const struct bus_state *state = self->state;
    struct filter filter = {topics, record, arg};
    return state->storage->history(reader, after, pass_on, &filter);
}

/* --- offsets --- */

static bool is_consumer(const char *consumer)
{
    size_t length = strlen(consumer);
    return length > 0 && length <= CONSUMER_LONGEST;
}

static int parse_position(c18n_bytes value, uint64_t *ret_position)
{
    char digits[24];
    if (value.length == 0 || value.length >= sizeof digits)
        return C18N_CORRUPT;
    memcpy(digits, value.at, value.length);
    digits[value.length] = '\0';
    if (strspn(digits, "0123456789") != value.length)
        return C18N_CORRUPT;
    *ret_position = strtoull(digits, NULL, 10);
    return C18N_OK;
}

static int offset(c18n_self *self, c18n_store *store, const char *consumer, uint64_t *ret_position)
{
    const struct bus_state *state = self->state;
    uint32_t table = 0;
    c18n_bytes value = {0};
    int code = state->storage->table(store, offsets, &table);
    if (code == C18N_OK)
        code = state->storage->get(store, table, bytes_of(consumer), &value);
    if (code == C18N_OK)
        return parse_position(value, ret_position);
    if (code == C18N_NOT_FOUND)
        *ret_position = 0;
    return code == C18N_NOT_FOUND ? C18N_OK : code;
}

static int advance(c18n_self *self, c18n_store *writer, const char *consumer, uint64_t position)
{
    const struct bus_state *state = self->state;
    if (!is_consumer(consumer))
        return C18N_INVALID;
    uint64_t reached = 0;
    int code = offset(self, writer, consumer, &reached);
    if (code != C18N_OK)
        return code;
    if (reached >= position)
        return C18N_EXISTS;
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, position);
    uint32_t table = 0;
    code = state->storage->table(writer, offsets, &table);
    return code == C18N_OK ? state->storage->put(writer, table, bytes_of(consumer), bytes_of(digits)) : code;
}

/* --- dead letters --- */

static int bury(c18n_self *self, c18n_store *writer, const char *consumer, uint64_t position, const char *reason)
{
    const struct bus_state *state = self->state;
    if (!is_consumer(consumer))
        return C18N_INVALID;
    char key[CONSUMER_LONGEST + 24];
    snprintf(key, sizeof key, "%s/%" PRIu64, consumer, position);
    uint32_t table = 0;
    int code = state->storage->table(writer, letters, &table);
    if (code == C18N_OK)
        code = state->storage->put(writer, table, bytes_of(key), bytes_of(reason));
    if (code == C18N_OK)
        c18n_log(self, C18N_LOG_WARNING, "dead letter %s: %s", key, reason);
    return code;
}

static int dead(c18n_self *self, c18n_store *reader, c18n_store_row row, void *arg)
{
    const struct bus_state *state = self->state;
    uint32_t table = 0;
    int code = state->storage->table(reader, letters, &table);
    if (code != C18N_OK)
        return code == C18N_NOT_FOUND ? C18N_OK : code;
    return state->storage->scan(reader, table, &(c18n_range){0}, row, arg);
}

static int tell_state(c18n_self *self, const char **ret_detail)
{
    const struct bus_state *state = self->state;
    return state->storage->state(state->provider, ret_detail);
}

static const c18n_bus bus = {
    .size = sizeof bus,
    .publish = publish,
    .fetch = fetch,
    .offset = offset,
    .advance = advance,
    .bury = bury,
    .dead = dead,
    .state = tell_state,
};

/* --- ownership --- */

/* There is no other server that a conversation could belong to. */
static int owner(c18n_self *self, const char *conversation, char *ret_url, size_t room)
{
    (void)self;
    (void)conversation;
    if (room == 0)
        return C18N_TOO_LARGE;
    ret_url[0] = '\0';
    return C18N_OK;
}

static const c18n_ownership ownership = {
    .size = sizeof ownership,
    .owner = owner,
};

static int init(c18n_self *self)
{
    struct bus_state *state = self->state;
    const c18n_service *service = c18n_find_service(self, "storage.v1");
    if (!service || !service->functions)
        return C18N_UNAVAILABLE;
    state->storage = service->functions;
    state->provider = service->provider;
    int code = c18n_provide(self, "bus.v1", &bus);
    return code == C18N_OK ? c18n_provide(self, "ownership.v1", &ownership) : code;
}

C18N_MODULE(bus_local, "1.0.0", "The event log of one machine as the bus",
            "provides: bus.v1, ownership.v1; needs: storage.v1", .state_size = sizeof(struct bus_state), .init = init);
