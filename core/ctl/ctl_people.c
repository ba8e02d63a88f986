#include "ctl/ctl_people.h"

#include "base/crumb.h"

#include <string.h>

enum { PEOPLE_MEMORY_MAX = 4 << 20 };

/* --- options --- */

static struct ctl_option *option_find(struct ctl_option *options, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(options[i].name, name) == 0)
            return &options[i];
    return NULL;
}

bool ctl_options(struct ctl_call *call, int from, struct ctl_option *options, size_t count)
{
    for (int i = from; i < call->argc; i++) {
        struct ctl_option *option = option_find(options, count, call->argv[i]);
        if (!option) {
            ctl_say(call->error, "%s: unknown argument: %s\n", call->argv[0], call->argv[i]);
            return false;
        }
        if (option->count == (option->values ? option->most : 1)) {
            ctl_say(call->error, "%s: %s is given too often\n", call->argv[0], option->name);
            return false;
        }
        if (option->values && ++i == call->argc) {
            ctl_say(call->error, "%s: %s needs a value\n", call->argv[0], option->name);
            return false;
        }
        if (option->values)
            option->values[option->count] = call->argv[i];
        option->count++;
    }
    return true;
}

/* --- work --- */

static const struct {
    int code, exit;
    const char *words; /* when the work left no better ones */
} outcomes[] = {
    {C18N_INVALID, EXIT_DATA, "not valid"},
    {C18N_BAD_REQUEST, EXIT_DATA, "not valid"},
    {C18N_CONFLICT, EXIT_DATA, "there is one already"},
    {C18N_EXISTS, EXIT_DATA, "there is one already"},
    {C18N_NOT_FOUND, EXIT_DATA, "there is no such person"},
    {C18N_GONE, EXIT_DATA, "the account is deactivated"},
    {C18N_FORBIDDEN, EXIT_DATA, "a module forbids it"},
    {C18N_UNAVAILABLE, EXIT_NO_SERVICE, "the storage takes no writes now"},
    {C18N_AGAIN, EXIT_NO_SERVICE, "the server is busy"},
    {C18N_BUSY, EXIT_NO_SERVICE, "the server is busy"},
    {C18N_NO_SPACE, EXIT_SYSTEM_IO, "the disk is full"},
    {C18N_IO, EXIT_SYSTEM_IO, "the disk failed"},
};

static int say_outcome(struct ctl_people *people, int code)
{
    const struct request *request = &people->request;
    struct ctl_call *call = people->call;
    const char *words = "failed; the log says why";
    int exit_code = EXIT_INTERNAL;
    if (code == C18N_OK)
        return 0;
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        if (outcomes[i].code == code) {
            words = outcomes[i].words;
            exit_code = outcomes[i].exit;
        }
    }
    for (const struct request_error *error = request->errors; error; error = error->next)
        ctl_say(call->error, "%s: %s: %s\n", call->argv[0], error->field, error->detail);
    if (!request->errors)
        ctl_say(call->error, "%s: %s\n", call->argv[0], request->problem_detail ? request->problem_detail : words);
    return exit_code;
}

static int people_run(struct data_item *item)
{
    struct ctl_people *people = (struct ctl_people *)(void *)item;
    crumb_enter(people->self->id, "people", "identity.v1");
    int code = people->work(people, people->arg);
    crumb_leave();
    return code;
}

static void people_done(struct data_item *item, int code)
{
    (void)item, (void)code; /* data_submit_wait gives the code */
}

int ctl_people_run(struct ctl_call *call, int (*work)(struct ctl_people *people, void *arg), void *arg)
{
    struct ctl_people people = {.call = call, .work = work, .arg = arg};
    const c18n_service *service = loader_service(call->server->loader, "identity.v1");
    if (!service || !service->functions) {
        ctl_say(call->error, "%s: no loaded module knows people (identity.v1)\n", call->argv[0]);
        return EXIT_NO_SERVICE;
    }
    struct arena *arena = arena_new(PEOPLE_MEMORY_MAX);
    if (!arena)
        return EXIT_INTERNAL;
    people.identity = service->functions;
    people.self = service->provider;
    request_init_internal(&people.request, call->server, arena, service->provider);
    people.item = (struct data_item){.request = &people.request, .run = people_run, .done = people_done};
    int exit_code = say_outcome(&people, data_submit_wait(call->server->data, &people.item));
    arena_free(arena);
    return exit_code;
}
