/* ctl_check.c: `c18nctl check`. Reading conf.d and loading the modules is the check; what is left is to say
 * how it went. */
#include "ctl/ctl_local.h"

int ctl_check(struct server *server, int argc, char **argv, struct text *say, struct text *why)
{
    (void)argv;
    if (argc != 1) {
        text_add_text(why, "check takes no arguments\n");
        return EXIT_USAGE;
    }
    size_t count = loader_count(server->loader), left_out = 0;
    for (size_t i = 0; i < count; i++) {
        const struct module *module = loader_at(server->loader, i);
        if (module->state != MODULE_LEFT_OUT)
            continue;
        left_out++;
        text_print(say, "%s is optional and left out: %s\n", module->self.id, module->detail);
        if (*module->advice)
            text_print(say, "  %s\n", module->advice);
    }
    text_print(say, "no faults, %zu modules\n", count - left_out);
    return 0;
}
