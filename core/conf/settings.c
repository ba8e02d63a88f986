/* settings.c: the core's own sections, `core` and `auth`. conf.d/00-core.conf and conf.d/05-auth.conf
 * hold the same names at the same defaults; a test compares them. */
#include "conf/conf.h"

static const c18n_setting core_settings[] = {
    {.name = "listen", .type = C18N_SETTING_TEXT, .otherwise = "127.0.0.1:8080", .min = 1, .max = 200,
     .help = "Where the API listens: ADDRESS:PORT, [IPv6]:PORT or unix:PATH."},
    {.name = "operator_listen", .type = C18N_SETTING_TEXT, .otherwise = "127.0.0.1:8081", .max = 200,
     .help = "Where /healthz, /readyz, /metrics and /modules are; empty: nowhere."},
    {.name = "public_url", .type = C18N_SETTING_TEXT, .otherwise = "", .max = 500,
     .help = "What links in answers begin with; empty: made from listen."},
    {.name = "hosts", .type = C18N_SETTING_LIST, .otherwise = "", .min = 1, .max = 253,
     .help = "Names that the Host header may have besides loopback, listen and public_url; * allows any."},
    {.name = "origins", .type = C18N_SETTING_LIST, .otherwise = "", .min = 1, .max = 300,
     .help = "Origins of web pages that may change things, as https://name:port, besides public_url."},
    {.name = "frontends", .type = C18N_SETTING_LIST, .otherwise = "127.0.0.0/8, ::1/128", .min = 1, .max = 64,
     .help = "Addresses and networks that may connect; others are closed at accept."},
    {.name = "state_dir", .type = C18N_SETTING_TEXT, .otherwise = "/var/lib/c18n", .min = 1, .max = 1000,
     .help = "The folder of data and keys."},
    {.name = "module_dir", .type = C18N_SETTING_TEXT, .otherwise = "", .max = 1000,
     .help = "The folder of modules; empty: the build tree's own beside the program, else the installed one."},
    {.name = "threads", .type = C18N_SETTING_INTEGER, .otherwise = "0", .min = 0, .max = 64,
     .help = "Event threads; 0: one a processor core."},
    {.name = "max_connections", .type = C18N_SETTING_INTEGER, .otherwise = "8192", .min = 1, .max = 1000000,
     .help = "Connections at a time over all threads."},
    {.name = "max_body", .type = C18N_SETTING_INTEGER, .otherwise = "1M", .min = 1024, .max = INT64_C(1) << 30, .unit = "bytes",
     .help = "The largest body of a request."},
    {.name = "rate_limit", .type = C18N_SETTING_INTEGER, .otherwise = "600", .min = 0,
     .max = 10000000, .help = "Requests a minute an identity; 0: no limit."},
    {.name = "queue_limit", .type = C18N_SETTING_INTEGER, .otherwise = "8192", .min = 16, .max = 1000000,
     .help = "Writes that may wait; beyond, clients get 503 with Retry-After."},
    {.name = "gzip", .type = C18N_SETTING_BOOLEAN, .otherwise = "true", .help = "Are answers of 1 KiB and more compressed?"},
    {.name = "log_format", .type = C18N_SETTING_TEXT, .otherwise = "text", .choices = "text json",
     .help = "The form of the log's lines."},
    {.name = "log_level", .type = C18N_SETTING_TEXT, .otherwise = "notice",
     .choices = "error warning notice info debug", .help = "The most talkative level that is written."},
    {.name = "access_log", .type = C18N_SETTING_TEXT, .otherwise = "", .max = 1000,
     .help = "A line a request: a file, - for standard error; empty: none."},
};

static const c18n_setting auth_settings[] = {
    {.name = "token_ttl", .type = C18N_SETTING_INTEGER, .otherwise = "7d", .min = 60,
     .max = 31536000, .unit = "seconds", .help = "How long a token is good."},
    {.name = "secret_file", .type = C18N_SETTING_TEXT, .otherwise = "", .max = 1000,
     .help = "The key that signs tokens, in a file that only the server may read; empty: auth.secret in state_dir, made at the "
             "first start."},
};

const c18n_table conf_core_settings = C18N_ALL(core_settings);
const c18n_table conf_auth_settings = C18N_ALL(auth_settings);
