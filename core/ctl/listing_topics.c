/* listing_topics.c: the topics, of each the types of events with their module, and who consumes it. */
#include "ctl/listing.h"

#include "base/words.h"

#include <string.h>

struct making {
    const struct server *server;
    c18n_out *out;
    const char *topic;
};

/* --- types of events --- */

static void add_types(const struct making *making, const char *module, const c18n_table *events)
{
    for (uint32_t i = 0; i < events->count; i++) {
        c18n_event_type type;
        loader_item(events, i, &type, sizeof type);
        if (strcmp(type.topic, making->topic) != 0)
            continue;
        json_out_begin(making->out, NULL, '{');
        json_out_text(making->out, "type", type.name);
        json_out_integer(making->out, "version", type.version ? type.version : 1);
        json_out_text(making->out, "module", module);
        json_out_text(making->out, "personal", type.personal);
        json_out_text(making->out, "help", type.help);
        json_out_end(making->out);
    }
}

static void add_all_types(const struct making *making)
{
    const struct loader *loader = making->server->loader;
    json_out_begin(making->out, "events", '[');
    add_types(making, "core", api_host_events());
    for (size_t i = 0; i < loader_count(loader); i++)
        if (listing_has(loader_at(loader, i)))
            add_types(making, loader_at(loader, i)->self.id, &loader_at(loader, i)->descriptor->events);
    json_out_end(making->out);
}

/* --- consumers --- */

static void add_consumers_of(const struct making *making, const struct module *module)
{
    for (uint32_t i = 0; i < module->descriptor->consumers.count; i++) {
        c18n_consumer consumer;
        loader_item(&module->descriptor->consumers, i, &consumer, sizeof consumer);
        if (!words_has(consumer.topics, making->topic, strlen(making->topic)))
            continue;
        json_out_begin(making->out, NULL, '{');
        json_out_text(making->out, "module", module->self.id);
        json_out_text(making->out, "name", consumer.name);
        json_out_end(making->out);
    }
}

static void add_consumers(const struct making *making)
{
    const struct loader *loader = making->server->loader;
    json_out_begin(making->out, "consumers", '[');
    for (size_t i = 0; i < loader_count(loader); i++)
        if (listing_has(loader_at(loader, i)))
            add_consumers_of(making, loader_at(loader, i));
    json_out_end(making->out);
}

/* --- topics that a loaded module or the host writes to or reads from, in the order of c18n/events.h --- */

static bool has_type(const c18n_table *events, const char *topic)
{
    for (uint32_t i = 0; i < events->count; i++) {
        c18n_event_type type;
        loader_item(events, i, &type, sizeof type);
        if (strcmp(type.topic, topic) == 0)
            return true;
    }
    return false;
}

static bool is_consumed(const struct module *module, const char *topic)
{
    for (uint32_t i = 0; i < module->descriptor->consumers.count; i++) {
        c18n_consumer consumer;
        loader_item(&module->descriptor->consumers, i, &consumer, sizeof consumer);
        if (words_has(consumer.topics, topic, strlen(topic)))
            return true;
    }
    return false;
}

static bool is_used(const struct loader *loader, const char *topic)
{
    bool used = has_type(api_host_events(), topic);
    for (size_t i = 0; i < loader_count(loader) && !used; i++) {
        const struct module *module = loader_at(loader, i);
        used = listing_has(module) && (has_type(&module->descriptor->events, topic) || is_consumed(module, topic));
    }
    return used;
}

void listing_make_topics(const struct server *server, c18n_out *out)
{
    for (size_t i = 0; api_topic(i); i++) {
        const struct making making = {server, out, api_topic(i)};
        if (!is_used(server->loader, making.topic))
            continue;
        json_out_begin(out, NULL, '{');
        json_out_text(out, "topic", making.topic);
        add_all_types(&making);
        add_consumers(&making);
        json_out_end(out);
    }
}

/* --- for eyes --- */

static void say_type(const json_t *event, struct text *say)
{
    const char *personal = listing_text(event, "personal");
    text_print(say, "  %s v%lld of %s%s%s; %s\n", listing_text(event, "type"),
               (long long)json_integer_value(json_object_get(event, "version")), listing_text(event, "module"),
               *personal ? ", seals " : "", personal, listing_text(event, "help"));
}

void listing_print_topics(const json_t *items, struct text *say)
{
    size_t i, j;
    const json_t *item, *part;
    json_array_foreach(items, i, item)
    {
        text_print(say, "%s:\n", listing_text(item, "topic"));
        json_array_foreach(json_object_get(item, "events"), j, part) say_type(part, say);
        json_array_foreach(json_object_get(item, "consumers"), j, part)
            text_print(say, "  consumed by %s: %s\n", listing_text(part, "module"), listing_text(part, "name"));
    }
}
