/* meddler: crashes in a hook on somebody else's route. For tests only. */
#include <c18n/module.h>

#include <string.h>

static int *volatile nowhere;

static int before_create(c18n_request *rq, const c18n_doc *subject, void *module)
{
    (void)rq, (void)module;
    if (strcmp(c18n_text(subject, "content"), "crash") == 0)
        *nowhere = 1;
    return C18N_OK;
}

static const c18n_hook hooks[] = {{"posts.before_create", 0, before_create}};

C18N_MODULE(meddler, "1.0.0", "Crashes in a hook", "needs: posts.v1", .hooks = C18N_ALL(hooks));
