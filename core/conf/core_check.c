/* core_check.c: what the table can't say of the core's own settings: addresses, networks, URLs. So `check`
 * names the line; the parts that use them would only fail when they start. */
#include "conf/store.h"

#include "base/codec.h"

#include <arpa/inet.h>
#include <string.h>

enum { ADDRESS_MOST = INET6_ADDRSTRLEN };

static bool is_ip(int family, const char *words, size_t length, unsigned char ret_address[16])
{
    char address[ADDRESS_MOST];
    if (length == 0 || length >= sizeof address)
        return false;
    memcpy(address, words, length);
    address[length] = '\0';
    return inet_pton(family, address, ret_address) == 1;
}

/* 127.0.0.1:8080, [::1]:8080, localhost:8080, unix:/run/c18n.sock */
static bool is_listen(const char *value)
{
    unsigned char ignored[16];
    int64_t port;
    if (strncmp(value, "unix:", 5) == 0)
        return value[5] != '\0';
    const char *colon = strrchr(value, ':');
    if (!colon || !codec_integer(colon + 1, &port) || port < 0 || port > 65535)
        return false;
    size_t length = (size_t)(colon - value);
    if (length > 2 && value[0] == '[' && value[length - 1] == ']')
        return is_ip(AF_INET6, value + 1, length - 2, ignored);
    return is_ip(AF_INET, value, length, ignored) || (length == 9 && memcmp(value, "localhost", length) == 0);
}

static bool is_listen_or_empty(const char *value)
{
    return *value == '\0' || is_listen(value);
}

/* 10.1.2.3/8 is refused: was 10.0.0.0/8 meant, or 10.1.2.3? */
static bool is_network(const char *value)
{
    unsigned char address[16];
    size_t length = strcspn(value, "/");
    int64_t bits, all = is_ip(AF_INET, value, length, address) ? 32 : is_ip(AF_INET6, value, length, address) ? 128 : 0;
    if (all == 0 || value[length] == '\0')
        return all != 0;
    if (!codec_integer(value + length + 1, &bits) || bits < 0 || bits > all)
        return false;
    for (int64_t bit = bits; bit < all; bit++)
        if (address[bit / 8] & (0x80 >> bit % 8))
            return false;
    return true;
}

/* The length of "https://host:port"; 0: it does not begin so. */
static size_t origin_length(const char *value)
{
    size_t scheme = strncmp(value, "https://", 8) == 0 ? 8 : strncmp(value, "http://", 7) == 0 ? 7 : 0;
    size_t host = scheme ? strcspn(value + scheme, "/?#@\\\"<> \t\r\n") : 0;
    return host ? scheme + host : 0;
}

static bool is_origin(const char *value)
{
    size_t length = origin_length(value);
    return length && (value[length] == '\0' || strcmp(value + length, "/") == 0);
}

static bool is_url_or_empty(const char *value)
{
    size_t length = origin_length(value);
    if (*value == '\0')
        return true;
    return length && (value[length] == '\0' || value[length] == '/') && !strpbrk(value + length, "?#@\\\"<> \t\r\n");
}

static const struct check {
    const char *key;
    bool (*fits)(const char *value);
    const char *what; /* it must be */
    size_t most;      /* items of a list; 0: no bound of its own */
} checks[] = {
    {"listen", is_listen, "ADDRESS:PORT, [IPv6]:PORT or unix:PATH", 0},
    {"operator_listen", is_listen_or_empty, "ADDRESS:PORT, [IPv6]:PORT or unix:PATH, or empty", 0},
    {"public_url", is_url_or_empty, "a URL like https://talk.example.org, without a query", 0},
    {"origins", is_origin, "like https://www.example.org", CONF_ORIGINS_MOST},
    {"frontends", is_network, "an address, or a network like 10.1.0.0/16 with only zeros behind its bits", 0},
};

static void check_value(struct conf_section *section, const struct check *check, const char *value)
{
    if (check->fits(value))
        return;
    const char *what = arena_print(section->conf->arena, "\"%s\" is not %s", value, check->what);
    conf_complain(section->conf, section->name, check->key, what ? what : check->what);
}

static void check_count(struct conf_section *section, const struct check *check, size_t count)
{
    if (check->most == 0 || count <= check->most)
        return;
    const char *what = arena_print(section->conf->arena, "has %zu items, may have %zu", count, check->most);
    conf_complain(section->conf, section->name, check->key, what ? what : "has too many items");
}

void conf_check_core(struct conf_section *section)
{
    for (size_t i = 0; i < section->setting_count; i++) {
        const struct conf_setting *setting = &section->settings[i];
        for (size_t j = 0; j < sizeof checks / sizeof *checks; j++) {
            if (strcmp(checks[j].key, setting->declared.name) != 0)
                continue;
            const struct conf_held *held = conf_held_of(section, setting);
            if (setting->declared.type == C18N_SETTING_TEXT)
                check_value(section, &checks[j], held->text);
            check_count(section, &checks[j], held->count);
            for (size_t item = 0; item < held->count; item++)
                check_value(section, &checks[j], held->items[item]);
        }
    }
}
