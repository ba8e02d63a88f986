/* listing_sockets.c: where clients connect, and what they may send there: a verb stands under each socket that takes
 * it.
 */
#include "base/words.h"
#include "ctl/listing.h"

#include <string.h>

/* --- as JSON --- */

static const char *class_word(uint32_t run)
{
    static const char *const words[] = {[C18N_CLASS_DEFAULT] = "write",
                                        [C18N_CLASS_INLINE] = "inline",
                                        [C18N_CLASS_READ] = "read",
                                        [C18N_CLASS_WRITE] = "write"};
    return run < sizeof words / sizeof *words && words[run] ? words[run] : "?";
}

static const char *answer_word(uint32_t flags)
{
    return flags & C18N_VERB_SILENT ? "none" : flags & C18N_VERB_BYTES ? "ready, then an ack" : "ack";
}

static void add_verb(const struct module *module, const c18n_verb *verb, c18n_out *out)
{
    json_out_begin(out, NULL, '{');
    json_out_text(out, "verb", verb->kind);
    json_out_text(out, "policy", verb->allow);
    json_out_text(out, "class", class_word(verb->run));
    json_out_text(out, "answer", answer_word(verb->flags));
    json_out_text(out, "module", module->self.id);
    json_out_text(out, "does", verb->does);
    json_out_end(out);
}

static void add_verbs_of(const struct module *module, const char *path, c18n_out *out)
{
    for (uint32_t i = 0; i < module->descriptor->verbs.count; i++) {
        c18n_verb verb;
        loader_item(&module->descriptor->verbs, i, &verb, sizeof verb);
        if (words_has(verb.sockets, path, strlen(path)))
            add_verb(module, &verb, out);
    }
}

static void add_sockets_of(const struct server *server, const struct module *module, c18n_out *out)
{
    for (uint32_t i = 0; i < module->descriptor->sockets.count; i++) {
        c18n_socket socket;
        loader_item(&module->descriptor->sockets, i, &socket, sizeof socket);
        json_out_begin(out, NULL, '{');
        json_out_text(out, "socket", socket.path);
        json_out_text(out, "policy", socket.allow);
        json_out_boolean(out, "delivers", socket.flags & C18N_SOCKET_DELIVERS);
        json_out_text(out, "module", module->self.id);
        json_out_text(out, "does", socket.does);
        json_out_begin(out, "verbs", '[');
        for (size_t j = 0; j < loader_count(server->loader); j++)
            if (listing_has(loader_at(server->loader, j)))
                add_verbs_of(loader_at(server->loader, j), socket.path, out);
        json_out_end(out);
        json_out_end(out);
    }
}

void listing_make_sockets(const struct server *server, c18n_out *out)
{
    for (size_t i = 0; i < loader_count(server->loader); i++)
        if (listing_has(loader_at(server->loader, i)))
            add_sockets_of(server, loader_at(server->loader, i), out);
}

/* --- for eyes --- */

static void say_verb(const json_t *verb, struct text *say)
{
    text_print(say, "  %-24s %-20s %-9s %-18s %-14s %s\n", listing_text(verb, "verb"), listing_text(verb, "policy"),
               listing_text(verb, "class"), listing_text(verb, "answer"), listing_text(verb, "module"),
               listing_text(verb, "does"));
}

void listing_print_sockets(const json_t *items, struct text *say)
{
    size_t i, j;
    const json_t *item, *verb;
    json_array_foreach(items, i, item)
    {
        text_print(say, "%-26s %-20s %-28s %-14s %s\n", listing_text(item, "socket"), listing_text(item, "policy"),
                   json_is_true(json_object_get(item, "delivers")) ? "delivers" : "answers only",
                   listing_text(item, "module"), listing_text(item, "does"));
        json_array_foreach(json_object_get(item, "verbs"), j, verb) say_verb(verb, say);
    }
}
