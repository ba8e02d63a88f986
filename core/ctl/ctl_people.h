/**
 * ctl_people.h: what `user` and `token` share: options of a command line, and work in a transaction as the
 * module that knows the people. The thread of the command; it waits until the work is durable.
 */
#ifndef CTL_CTL_PEOPLE_H
#define CTL_CTL_PEOPLE_H

#include "c18n/auth.h"
#include "ctl/ctl.h"

struct ctl_option {
    const char *name;    /* "--role" */
    const char **values; /* room for `most`; NULL: a flag, without a value */
    size_t most, count;
};

/** Reads what stands from argv[from] on. False: something is wrong, and was said. */
bool ctl_options(struct ctl_call *call, int from, struct ctl_option *options, size_t count);

struct ctl_people {
    struct data_item item; /* must stay first */
    struct request request;
    struct ctl_call *call;
    const c18n_identity *identity;
    c18n_self *self; /* first argument of its functions */
    int (*work)(struct ctl_people *people, void *arg);
    void *arg;
};

/** Runs `work` as a WRITE request. C18N_OK gives 0, else a sysexits code, and why was said. What `work` keeps must be
 *  copied out of the request's arena. */
int ctl_people_run(struct ctl_call *call, int (*work)(struct ctl_people *people, void *arg), void *arg);

#endif
