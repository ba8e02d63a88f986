#include "boot/settings.h"

#include "base/log.h"
#include "boot/server.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool settings_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static char *settings_format(const char *format, ...)
{
    char *text = NULL;
    va_list values;
    va_start(values, format);
    int length = vasprintf(&text, format, values);
    va_end(values);
    return length < 0 ? NULL : text;
}

char *settings_beside(const char *built, const char *installed)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return NULL;
    program[length] = '\0';
    char *name = strrchr(program, '/');
    *name = '\0';
    char *folder = strrchr(program, '/');
    if (!folder)
        return NULL;
    *folder = '\0';
    return settings_format("%s/%s", program, strcmp(folder + 1, "core") == 0 ? built : installed);
}

char *settings_module_dir(const char *configured)
{
    if (*configured)
        return realpath(configured, NULL) ?: strdup(configured);
    char *beside = settings_beside("modules", C18N_MODULE_SUBDIR);
    if (beside && settings_is_folder(beside))
        return beside;
    free(beside);
    return strdup(C18N_MODULE_DIR);
}

/* An absolute form of a path that may not exist yet. */
static char *settings_absolute(const char *path)
{
    char here[PATH_MAX];
    if (*path == '/')
        return strdup(path);
    return getcwd(here, sizeof here) ? settings_format("%s/%s", here, path) : NULL;
}

int settings_derive(struct server *server)
{
    const char *url = conf_text(server->core_settings, "public_url");
    const char *listen = conf_text(server->core_settings, "listen");
    server->state_dir = settings_absolute(conf_text(server->core_settings, "state_dir"));
    if (*url)
        server->public_url = strdup(url);
    else if (strncmp(listen, "unix:", 5) == 0)
        server->public_url = strdup("http://localhost");
    else
        server->public_url = settings_format("http://%s", listen);
    if (!server->state_dir || !server->public_url)
        return C18N_NO_MEMORY;
    for (size_t end = strlen(server->public_url); end && server->public_url[end - 1] == '/'; end--)
        server->public_url[end - 1] = '\0';
    return C18N_OK;
}

int settings_make_state_dir(struct server *server, struct text *ret_why)
{
    if (mkdir(server->state_dir, 0700) == 0 || (errno == EEXIST && settings_is_folder(server->state_dir)))
        return C18N_OK;
    text_print(ret_why, "core.state_dir: %s: %s. Make the folder, or give another one.\n", server->state_dir,
               strerror(errno));
    return C18N_IO;
}

/* The host of "http://name:port/…" or "name:port", without the port and the brackets of IPv6. */
static char *settings_host_part(const char *address)
{
    const char *scheme = strstr(address, "://");
    const char *start = scheme ? scheme + 3 : address;
    if (*start == '[') {
        const char *close = strchr(start, ']');
        return close ? strndup(start + 1, (size_t)(close - start - 1)) : NULL;
    }
    return strndup(start, strcspn(start, ":/"));
}

static char **settings_hosts(const struct server *server, size_t *ret_count)
{
    const char *const *configured;
    size_t configured_count = conf_list(server->core_settings, "hosts", &configured);
    const char *const loopback[] = {"localhost", "127.0.0.1", "::1"};
    size_t loopback_count = sizeof loopback / sizeof *loopback, count = 0;
    *ret_count = 0;
    for (size_t i = 0; i < configured_count; i++)
        if (strcmp(configured[i], "*") == 0)
            return NULL;
    char **hosts = calloc(configured_count + loopback_count + 2, sizeof *hosts);
    if (!hosts)
        return NULL;
    for (size_t i = 0; i < configured_count; i++)
        hosts[count++] = strdup(configured[i]);
    for (size_t i = 0; i < loopback_count; i++)
        hosts[count++] = strdup(loopback[i]);
    hosts[count++] = settings_host_part(server->public_url);
    hosts[count++] = settings_host_part(conf_text(server->core_settings, "listen"));
    *ret_count = count;
    return hosts;
}

void settings_http(const struct server *server, struct http_options *ret_options)
{
    const struct conf_section *core = server->core_settings;
    ret_options->hosts = (const char *const *)settings_hosts(server, &ret_options->host_count);
    ret_options->frontend_count = conf_list(core, "frontends", &ret_options->frontends);
    ret_options->max_body = (size_t)conf_integer(core, "max_body");
    ret_options->max_connections = (size_t)conf_integer(core, "max_connections");
    ret_options->gzip = conf_boolean(core, "gzip");
}

void settings_http_free(struct http_options *options)
{
    char **hosts = (char **)(uintptr_t)options->hosts;
    for (size_t i = 0; i < options->host_count; i++)
        free(hosts[i]);
    free(hosts);
    options->hosts = NULL;
}

void settings_log(const struct server *server, struct log_options *ret_options)
{
    static const char *const levels[] = {"error", "warning", "notice", "info", "debug"};
    ret_options->format = strcmp(conf_text(server->core_settings, "log_format"), "json") == 0 ? LOG_JSON : LOG_TEXT;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp(conf_text(server->core_settings, "log_level"), levels[i]) == 0)
            ret_options->level = (int)i;
}
