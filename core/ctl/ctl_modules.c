/* ctl_modules.c: `c18nctl modules`: what is loaded and why, as one of the lists of listing.h; and forgiving a module.
 */
#include "base/crash_record.h"
#include "base/platform.h"
#include "ctl/ctl_local.h"
#include "ctl/listing.h"

#include <errno.h>
#include <string.h>

/* A module that was left out for its crashes gets another chance at the server's next start. */
static int forgive(const struct server *server, const char *id, struct text *say, struct text *why)
{
    if (crash_record_forgive(server->state_dir, id, platform_wall_ms()) != C18N_OK) {
        text_print(why, "modules: %s/crashes: %s\n", server->state_dir, strerror(errno));
        return EXIT_SYSTEM_IO;
    }
    text_print(say, "%s: what it did up to now is forgiven; start the server again\n", id);
    return 0;
}

static int forgive_named(const struct server *server, const char *id, struct text *say, struct text *why)
{
    if (loader_find(server->loader, id))
        return forgive(server, id, say, why);
    text_print(why, "modules: there is no module %s in conf.d\n", id);
    return EXIT_USAGE;
}

/* "--graph=dot", "--graph", "" … The list that is meant, and how it is printed (NULL: as usual). NULL: none. */
static const struct listing *chosen(const char *option, void (**ret_print)(const json_t *items, struct text *say))
{
    *ret_print = NULL;
    if (strcmp(option, "--graph=dot") == 0) {
        *ret_print = listing_print_digraph;
        return listing_find("graph");
    }
    if (*option == '\0')
        return listing_find("");
    return strncmp(option, "--", 2) == 0 && option[2] ? listing_find(option + 2) : NULL;
}

static int usage_error(struct text *why)
{
    text_add_text(why, "modules takes one of --graph=dot, --forgive=ID, ");
    for (size_t i = 1; i < listing_count; i++)
        text_print(why, "--%s, ", listings[i].name);
    text_add_text(why, "or nothing\n");
    return EXIT_USAGE;
}

int ctl_modules(struct server *server, int argc, char **argv, struct text *say, struct text *why)
{
    static const char forgiving[] = "--forgive=";
    void (*print)(const json_t *items, struct text *say);
    const char *option = argc > 1 ? argv[1] : "";
    if (argc == 2 && strncmp(option, forgiving, sizeof forgiving - 1) == 0)
        return forgive_named(server, option + sizeof forgiving - 1, say, why);
    const struct listing *listing = argc == 1 || (argc == 2 && *option) ? chosen(option, &print) : NULL;
    if (!listing)
        return usage_error(why);
    return listing_say(server, listing, print, say) ? 0 : EXIT_INTERNAL;
}
