/* Addresses, networks and URLs of the section core. */
#include "folder.h"

static const struct judged {
    const char *set;
    const char *fault; /* NULL: it is right */
} judged[] = {
    {"core.listen=127.0.0.1:0", NULL},
    {"core.listen=[::1]:8080", NULL},
    {"core.listen=localhost:8080", NULL},
    {"core.listen=unix:/run/c18n.sock", NULL},
    {"core.listen=8080", "listen: \"8080\" is not ADDRESS:PORT, [IPv6]:PORT or unix:PATH"},
    {"core.listen=127.0.0.1:65536", "listen: \"127.0.0.1:65536\" is not ADDRESS:PORT, [IPv6]:PORT or unix:PATH"},
    {"core.listen=::1:80", "listen: \"::1:80\" is not ADDRESS:PORT, [IPv6]:PORT or unix:PATH"},
    {"core.listen=unix:", "listen: \"unix:\" is not ADDRESS:PORT, [IPv6]:PORT or unix:PATH"},
    {"core.listen=", "listen: has 0 characters, must have 1 to 200"},
    {"core.operator_listen=", NULL},
    {"core.operator_listen=host:80",
     "operator_listen: \"host:80\" is not ADDRESS:PORT, [IPv6]:PORT or unix:PATH, or empty"},
    {"core.public_url=https://talk.example.org:8443/a", NULL},
    {"core.public_url=", NULL},
    {"core.public_url=talk.example.org",
     "public_url: \"talk.example.org\" is not a URL like https://talk.example.org, without a query"},
    {"core.public_url=http://", "public_url: \"http://\" is not a URL like https://talk.example.org, without a query"},
    {"core.public_url=http://a/?b",
     "public_url: \"http://a/?b\" is not a URL like https://talk.example.org, without a query"},
    {"core.public_url=javascript:x",
     "public_url: \"javascript:x\" is not a URL like https://talk.example.org, without a query"},
    {"core.origins=https://a.org,http://b.org:81", NULL},
    {"core.origins=https://a.org/x", "origins: \"https://a.org/x\" is not like https://www.example.org"},
    {"core.origins=*", "origins: \"*\" is not like https://www.example.org"},
    {"core.frontends=10.0.0.0/8,::/0,192.0.2.1", NULL},
    {"core.frontends=10.1.2.3/8",
     "frontends: \"10.1.2.3/8\" is not an address, or a network like 10.1.0.0/16 with only zeros behind its bits"},
    {"core.frontends=10.0.0.0/33",
     "frontends: \"10.0.0.0/33\" is not an address, or a network like 10.1.0.0/16 with only zeros behind its bits"},
    {"core.frontends=localhost",
     "frontends: \"localhost\" is not an address, or a network like 10.1.0.0/16 with only zeros behind its bits"},
};

static void each_set_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(judged); i++) {
        struct folder folder;
        char expected[256] = "";
        folder_make(&folder);
        folder_write(&folder, "00-core.conf", "core { }\n");
        folder_read_with(&folder, &judged[i].set, 1);
        conf_bind(folder.conf, "core", &conf_core_settings);
        if (judged[i].fault)
            snprintf(expected, sizeof expected, "--set core.%s\n", judged[i].fault);
        folder_expect(&folder, expected);
        folder_end(&folder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_set_is_judged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
