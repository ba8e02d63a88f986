/* resume.c: a client that was away says how far it has come in each conversation, and gets what is missing. */
#include "messaging.h"

#include <string.h>

struct position {
    const char *key; /* a group's id, or that of the other person */
    uint64_t after;
};

/* What a client sends under `positions` has been judged as JSON, and is compact: {"KEY":7,"KEY":12}. */
struct scanner {
    c18n_request *rq;
    const char *at, *end;
};

static bool take(struct scanner *scanner, char byte)
{
    if (scanner->at == scanner->end || *scanner->at != byte)
        return false;
    scanner->at++;
    return true;
}

/* No id needs escapes, so a text with one is none. */
static bool take_key(struct scanner *scanner, const char **ret_key)
{
    const char *begin = scanner->at + 1;
    if (!take(scanner, '"'))
        return false;
    const char *quote = memchr(begin, '"', (size_t)(scanner->end - begin));
    if (!quote || quote - begin != C18N_ID_SIZE - 1 || memchr(begin, '\\', (size_t)(quote - begin)))
        return false;
    scanner->at = quote + 1;
    *ret_key = c18n_print(scanner->rq, "%.*s", (int)(quote - begin), begin);
    return *ret_key != NULL;
}

static bool take_number(struct scanner *scanner, uint64_t *ret_number)
{
    uint64_t number = 0;
    const char *begin = scanner->at;
    while (scanner->at < scanner->end && *scanner->at >= '0' && *scanner->at <= '9' && scanner->at - begin < 16)
        number = number * 10 + (uint64_t)(*scanner->at++ - '0');
    *ret_number = number;
    return scanner->at > begin;
}

/* The number of positions; -1: they are no positions, or too many. */
static int take_positions(c18n_request *rq, struct position *ret_positions)
{
    c18n_bytes raw = c18n_raw(c18n_body(rq), "positions");
    struct scanner scanner = {rq, raw.at, (const char *)raw.at + raw.length};
    int count = 0;
    if (!raw.at || !take(&scanner, '{'))
        return -1;
    if (take(&scanner, '}'))
        return 0;
    do {
        struct position position;
        if (count == MESSAGING_POSITIONS_MAX || !take_key(&scanner, &position.key) || !take(&scanner, ':') ||
            !take_number(&scanner, &position.after))
            return -1;
        ret_positions[count++] = position;
    } while (take(&scanner, ','));
    return take(&scanner, '}') ? count : -1;
}

/* A client that is ahead of the log has seen another one. */
static int resume(c18n_request *rq, const struct position *position)
{
    struct conversation conversation;
    uint64_t begin, last;
    int code = messaging_by_key(rq, position->key, &conversation);
    if (code == C18N_OK)
        code = messaging_may_listen(rq, &conversation, &begin);
    if (code != C18N_OK || (code = messaging_last(rq, conversation.id, &last)) != C18N_OK)
        return code;
    if (position->after > last)
        return C18N_NOT_FOUND;
    const char *channel =
        conversation.group ? conversation.group : messaging_channel(rq, conversation.me, conversation.peer);
    uint64_t after = position->after < begin ? begin : position->after;
    return channel ? c18n_resume(rq, channel, after) : C18N_NO_MEMORY;
}

static bool is_no(int code)
{
    return code == C18N_NOT_FOUND || code == C18N_FORBIDDEN || code == C18N_GONE;
}

static int resume_all(c18n_request *rq, const struct position *positions, int count, bool same_epoch, c18n_out *ack)
{
    c18n_out_text(ack, "epoch", c18n_epoch(rq));
    c18n_out_begin(ack, "conversations", '{');
    for (int i = 0; i < count; i++) {
        int code = same_epoch ? resume(rq, &positions[i]) : C18N_NOT_FOUND;
        if (code != C18N_OK && !is_no(code))
            return code;
        c18n_out_begin(ack, positions[i].key, '{');
        c18n_out_boolean(ack, "recovered", code == C18N_OK);
        c18n_out_end(ack);
    }
    c18n_out_end(ack);
    return c18n_reply_json(rq, 200, ack);
}

/** The verb `resume`. What can't be recovered the client reads anew by REST. */
int messaging_resume(c18n_request *rq, void *module)
{
    (void)module;
    struct position *positions = c18n_alloc(rq, MESSAGING_POSITIONS_MAX * sizeof *positions);
    if (!positions)
        return C18N_NO_MEMORY;
    int count = take_positions(rq, positions);
    if (count < 0)
        return c18n_fail_field(rq, C18N_INVALID, "positions", "must be an object of at most 1,000 ids and numbers");
    bool same_epoch = messaging_same(c18n_text(c18n_body(rq), "epoch"), c18n_epoch(rq));
    return resume_all(rq, positions, count, same_epoch, c18n_out_new(rq));
}
