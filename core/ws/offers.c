/*
 * Offers of permessage-deflate. Each is taken as a whole or declined: a parameter that is unknown, has a wrong value or
 * comes twice declines it (RFC 7692 7.1), and so does a limit on our window, which would cost a compression of its own
 * for that one client.
 */
#include "ws/offers.h"

enum { MOST_PARAMETERS = 16 };

struct parameter {
    struct ws_term name, value;
    bool has_value;
};

/* A quoted value stands for a token (RFC 6455 9.1). */
static bool read_value(struct ws_term *value)
{
    if (value->length >= 2 && value->at[0] == '"' && value->at[value->length - 1] == '"')
        *value = (struct ws_term){value->at + 1, value->length - 2};
    return ws_term_is_token(value);
}

static bool read_parameter(struct ws_term part, struct parameter *ret_parameter)
{
    *ret_parameter = (struct parameter){.has_value = false};
    if (!ws_term_cut(&part, '=', &ret_parameter->name) || !ws_term_is_token(&ret_parameter->name))
        return false;
    if (!part.at)
        return true;
    ret_parameter->has_value = true;
    ret_parameter->value = part;
    while (ret_parameter->value.length > 0 && ret_parameter->value.at[0] == ' ')
        ret_parameter->value.at++, ret_parameter->value.length--;
    return read_value(&ret_parameter->value);
}

/* 8 to 15, without a zero in front. */
static bool is_window(const struct ws_term *value)
{
    const char *at = value->at;
    if (value->length == 1)
        return at[0] == '8' || at[0] == '9';
    return value->length == 2 && at[0] == '1' && at[1] >= '0' && at[1] <= '5';
}

/* Its number, for telling doubles; -1: not one that we keep. */
static int judge_parameter(const struct parameter *parameter)
{
    static const char *const known[] = {"server_no_context_takeover", "client_no_context_takeover",
                                        "client_max_window_bits"};
    for (int i = 0; i < 3; i++) {
        if (!ws_term_is(&parameter->name, known[i]))
            continue;
        if (parameter->has_value && (i < 2 || !is_window(&parameter->value)))
            return -1;
        return i;
    }
    return -1;
}

/* False: malformed. *ret_kept: an offer that we keep. */
static bool judge_offer(struct ws_term offer, bool *ret_kept)
{
    struct ws_term name, part;
    struct parameter parameter;
    unsigned seen = 0, count = 0;
    if (!ws_term_cut(&offer, ';', &name) || !ws_term_is_token(&name))
        return false;
    bool kept = ws_term_is(&name, "permessage-deflate");
    while (ws_term_cut(&offer, ';', &part)) {
        if (++count > MOST_PARAMETERS || !read_parameter(part, &parameter))
            return false;
        int number = judge_parameter(&parameter);
        if (number < 0 || seen & 1u << number)
            kept = false;
        else
            seen |= 1u << number;
    }
    *ret_kept = kept;
    return true;
}

bool ws_offers_judge(struct ws_term offers, bool *ret_deflate)
{
    struct ws_term offer;
    bool deflate = false;
    while (ws_term_cut(&offers, ',', &offer)) {
        bool kept;
        if (!judge_offer(offer, &kept))
            return false;
        deflate = deflate || kept;
    }
    *ret_deflate = deflate;
    return true;
}
