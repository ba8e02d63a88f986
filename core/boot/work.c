#include "boot/work.h"

#include "base/crumb.h"
#include "boot/families.h"
#include "boot/server.h"

#include <stdlib.h>

enum { WORK_ARENA = 16 * 1024 * 1024 };

struct work {
    struct task task; /* must stay first */
    struct server *server;
    c18n_self *self;
    void (*work)(c18n_request *rq, void *arg);
    void (*after)(void *arg);
    void *arg;
};

static void work_in_request(struct work *work, struct arena *arena, struct data_reader *reader)
{
    struct request request;
    request_init_internal(&request, work->server, arena, work->self);
    if (data_read_begin(reader, &request) != C18N_OK)
        return; /* the storage is down: /readyz says so, and the next turn tries again */
    crumb_enter(work->self->id, "work", NULL);
    work->work(request_pub(&request), work->arg);
    crumb_leave();
    data_read_end(reader, &request);
}

static void work_task(struct task *task, void *context)
{
    struct work *work = (struct work *)(void *)task;
    struct arena *arena = arena_new(WORK_ARENA);
    if (arena)
        work_in_request(work, arena, context);
    arena_free(arena);
    if (work->after)
        work->after(work->arg);
    free(work);
}

int work_run(struct server *server, c18n_self *self, void (*run)(c18n_request *rq, void *arg), void *arg,
             void (*after)(void *arg))
{
    if (!server->blocking)
        return C18N_UNAVAILABLE; /* its threads read, so they come after the storage, and go before it */
    struct work *work = calloc(1, sizeof *work);
    if (!work)
        return C18N_NO_MEMORY;
    *work =
        (struct work){.task.run = work_task, .server = server, .self = self, .work = run, .after = after, .arg = arg};
    if (pool_submit(server->blocking, &work->task))
        return C18N_OK;
    free(work);
    return C18N_AGAIN;
}

static int work_submit(c18n_self *self, void (*run)(c18n_request *rq, void *arg), void *arg)
{
    return work_run((struct server *)(uintptr_t)self->host, self, run, arg,
                    NULL); /* the host table is the server's head */
}

const c18n_work_family boot_work_family = {
    .family = {sizeof boot_work_family, C18N_ABI_MINOR},
    .submit = work_submit,
};
