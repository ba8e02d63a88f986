/**
 * fakes.h: the rest of the server as core/ops sees it, small enough to be moved by hand. Each test
 * program of this folder includes it once; what it defines stands in for core's other parts.
 */
#ifndef OPS_FAKES_H
#define OPS_FAKES_H

#include "base/json.h"
#include "boot/server.h"
#include "c18n/providers/bus.h"
#include "c18n/providers/cache.h"
#include "c18n/providers/index.h"
#include "c18n/providers/storage.h"

#include <string.h>

/* --- routes --- */

static struct route fake_routes[8];
static size_t fake_route_count;
size_t api_route_count(const struct api *api)
{
    return (void)api, fake_route_count;
}
const struct route *api_route(const struct api *api, size_t number)
{
    return (void)api, &fake_routes[number];
}

size_t api_socket_count(const struct api *api)
{
    return (void)api, 0;
}
const struct route *api_socket(const struct api *api, size_t number)
{
    return (void)api, (void)number, NULL;
}

/* --- points and topics: one of the host's each --- */

static const c18n_point fake_point = {.name = "core.before_route", .help = "Before a handler"};
static const c18n_hook fake_hook = {.point = "core.before_route", .priority = 3, .route = "GET /polls/"};
void api_each_point(const struct api *api, api_point_seen point, api_hook_seen hook, void *arg)
{
    (void)api;
    point(arg, &fake_point);
    hook(arg, &fake_hook, "polls");
}
static const c18n_event_type fake_host_events[] = {{.name = "audit.csrf", .topic = "access", .help = "Refused"}};
const c18n_table *api_host_events(void)
{
    static const c18n_table table = C18N_ALL(fake_host_events);
    return &table;
}
const char *api_topic(size_t number)
{
    static const char *const topics[] = {"likes", "posts", "comments", "access"};
    return number < sizeof topics / sizeof *topics ? topics[number] : NULL;
}

/* --- modules --- */

static struct module fake_modules[4];
static size_t fake_module_count;
size_t loader_count(const struct loader *loader)
{
    return (void)loader, fake_module_count;
}
struct module *loader_at(const struct loader *loader, size_t number)
{
    return (void)loader, &fake_modules[number];
}
struct module *loader_of(const c18n_self *self)
{
    return (struct module *)(uintptr_t)self;
}

void loader_item(const c18n_table *table, size_t number, void *ret_item, size_t size)
{
    memset(ret_item, 0, size);
    memcpy(ret_item, (const char *)table->at + number * table->stride, size < table->stride ? size : table->stride);
}

bool loader_host_calls(const char *service)
{
    return strcmp(service, "storage.v1") == 0;
}
const c18n_service *loader_service(const struct loader *loader, const char *service)
{
    (void)loader;
    for (size_t i = 0; i < fake_module_count; i++) {
        for (size_t n = 0; n < 8 && fake_modules[i].provided[n].service; n++) {
            if (strcmp(fake_modules[i].provided[n].service, service) == 0)
                return &fake_modules[i].provided[n].entry;
        }
    }
    return NULL;
}

/* --- settings: every text is "value of NAME" --- */

const char *conf_text(const struct conf_section *section, const char *key)
{
    (void)section;
    return strcmp(key, "password") == 0 ? "hunter2" : "plain";
}
int64_t conf_integer(const struct conf_section *section, const char *key)
{
    return (void)section, (void)key, 42;
}
bool conf_boolean(const struct conf_section *section, const char *key)
{
    return (void)section, (void)key, true;
}
const char *conf_origin(const struct conf_section *section, const char *key)
{
    return (void)section, (void)key, "default";
}
bool conf_reloadable(const struct conf_section *section, const char *key)
{
    return (void)section, strcmp(key, "number") == 0;
}
size_t conf_list(const struct conf_section *section, const char *key, const char *const **ret_items)
{
    static const char *const items[] = {"a", "b"};
    (void)section, (void)key;
    *ret_items = items;
    return 2;
}

/* --- data --- */

static int fake_data_code;
static const char *fake_data_detail;
int data_state(const struct data *data, const char **ret_detail)
{
    (void)data;
    *ret_detail = fake_data_detail;
    return fake_data_code;
}
uint64_t data_position(const struct data *data)
{
    return (void)data, 77;
}
unsigned data_waiting(const struct data *data)
{
    return (void)data, 5;
}

/* --- HTTP: keeps what it was given --- */

static struct http_options fake_http;
static struct http_answer fake_answer;
static int fake_start_code, fake_stops;
int http_start(const struct http_options *options, struct http_server **ret_server, char ret_why[256])
{
    fake_http = *options;
    if (fake_start_code != C18N_OK)
        memcpy(ret_why, "127.0.0.1:1: taken", 19);
    else
        *ret_server = (struct http_server *)(void *)&fake_http;
    return fake_start_code;
}
void http_answer(struct http_request *request, const struct http_answer *answer)
{
    (void)request, fake_answer = *answer;
}
void http_drain(struct http_server *server)
{
    (void)server;
}
void http_stop(struct http_server *server)
{
    (void)server, fake_stops++;
}
void http_free(struct http_server *server)
{
    (void)server;
}
size_t http_in_flight(const struct http_server *server)
{
    return (void)server, 3;
}
size_t http_connections(const struct http_server *server)
{
    return (void)server, 9;
}
uint64_t http_refused_at_accept(const struct http_server *server)
{
    return (void)server, 1;
}

#endif
