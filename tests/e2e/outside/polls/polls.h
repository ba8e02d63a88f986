/** polls.h: the service "polls.v1", for other modules, and what the files of this one share. */
#ifndef POLLS_POLLS_H
#define POLLS_POLLS_H

#include <c18n/module.h>

struct polls_service {
    uint32_t size;
    /** How many have voted. A request that may read views. C18N_NOT_FOUND: no such poll. */
    int (*votes)(c18n_self *self, c18n_request *rq, const char *poll, int64_t *ret_votes);
};
extern const struct polls_service polls_service;

struct polls {
    c18n_self *self;
}; /* the module's state */

#define POLLS_ENDING "open, ends_on" /* a poll has the member `open` until it is closed */

int polls_emit_opened(c18n_request *rq, const struct polls *polls, const char *community, const char *by,
                      char ret_id[C18N_ID_SIZE]) C18N_MUST_USE;
int polls_find(c18n_request *rq, const char *id, const c18n_doc **ret_poll) C18N_MUST_USE;
int polls_on_event(c18n_request *rq, const c18n_event *event, void *module);
int polls_close_ended(c18n_request *rq, void *module);
int polls_refuse_as_post(c18n_request *rq, const c18n_doc *post, void *module);
int polls_import(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module);
int polls_export(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module);

#endif
