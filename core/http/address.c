/* Who is asked (Host), and who asks (X-Forwarded-For of a frontend). */
#include "http/parse.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool bad_host(struct http_message *message)
{
    return http_message_refuse(message, 400, "bad_host", "The Host header is malformed.");
}

/* Length of the name without ":port". */
static size_t name_length(const char *host, size_t length)
{
    const char *bracket = host[0] == '[' ? memchr(host, ']', length) : NULL;
    size_t from = bracket ? (size_t)(bracket - host) : 0;
    const char *colon = memchr(host + from, ':', length - from);
    return colon ? (size_t)(colon - host) : length;
}

/* "" or ":80". */
static bool is_port(const char *text, size_t length)
{
    return length == 0 || (length <= 6 && text[0] == ':' && strspn(text + 1, "0123456789") >= length - 1);
}

static bool is_name(const char *host, size_t length)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (host[0] != '[')
        return length > 0 && strspn(host, letters) == length;
    if (length < 4 || length - 2 >= sizeof text || host[length - 1] != ']')
        return false;
    memcpy(text, host + 1, length - 2);
    text[length - 2] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

static bool is_served(const struct http_rules *rules, const char *host, size_t length, size_t name)
{
    for (size_t i = 0; i < rules->host_count; i++) {
        size_t served = strlen(rules->hosts[i]);
        if ((served == length || served == name) && strncasecmp(rules->hosts[i], host, served) == 0)
            return true;
    }
    return rules->host_count == 0;
}

bool http_host_judge(struct http_message *message, const char *host, size_t length)
{
    size_t name = name_length(host, length);
    if (length > 255 || !is_name(host, name) || !is_port(host + name, length - name))
        return bad_host(message);
    if (!is_served(message->rules, host, length, name))
        return http_message_refuse(message, 421, "unknown_host", "This server does not serve that host.");
    message->request->host = host;
    return true;
}

/* Only the last entry was written by the frontend itself; whatever stands left of it anybody may have sent. */
bool http_address_judge(struct http_message *message)
{
    const char *list = message->known[HTTP_FORWARDED_FOR];
    unsigned char address[sizeof(struct in6_addr)];
    if (!list)
        return true;
    if (message->known_count[HTTP_FORWARDED_FOR] > 1 || strlen(list) > HTTP_MAX_FORWARDED)
        return http_message_refuse(message, 400, "bad_forwarded_for",
                                   "X-Forwarded-For must come once, with at most 1 KiB.");
    const char *comma = strrchr(list, ',');
    const char *last = comma ? comma + 1 : list;
    last += strspn(last, " \t");
    if (inet_pton(AF_INET, last, address) != 1 && inet_pton(AF_INET6, last, address) != 1)
        return http_message_refuse(message, 400, "bad_forwarded_for", "X-Forwarded-For must end with an address.");
    message->request->address = last;
    return true;
}
