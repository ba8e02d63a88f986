/**
 * posts.h: what the files of this module share.
 *
 * posts.c has every table and is the place to begin; each other file has one concept. A post belongs to
 * one community; who may read and write there is asked of the policies of module communities.
 */
#ifndef POSTS_POSTS_H
#define POSTS_POSTS_H

#include <c18n/module.h>

#define POSTS_CONTENT_MAX 40000 /* characters */

/* Indexes, as posts.c declares them. */
#define POSTS_NEW     "community, created_on desc"
#define POSTS_TOP     "community, likes desc"
#define POSTS_HOT     "community, hot desc"
#define POSTS_ACTIVE  "community, active_on desc"
#define POSTS_BY      "community, created_by, created_on desc"
#define POSTS_WAITING "waiting_in, created_on"
#define POST_TIMES_BY "community, created_by, created_on desc"

extern const c18n_table posts_fields;

/* access.c: who may see and change a post. The post of a request is the {post} of its path. */
int posts_path_post(c18n_request *rq, const c18n_doc **ret_post) C18N_MUST_USE;
bool posts_is_mine(c18n_request *rq, const c18n_doc *post);
bool posts_is_pending(const c18n_doc *post);
int posts_may_read(c18n_request *rq, void *module);
int posts_may_edit(c18n_request *rq, void *module);
int posts_may_look_back(c18n_request *rq, void *module);
int64_t posts_now(c18n_request *rq);

/* create.c */
int posts_create(c18n_request *rq, void *module);
int posts_reply(c18n_request *rq, const char *id) C18N_MUST_USE;
int posts_get(c18n_request *rq, void *module);

/* change.c */
int posts_update(c18n_request *rq, void *module);
int posts_delete(c18n_request *rq, void *module);
int posts_history(c18n_request *rq, void *module);

/* list.c, search.c */
int posts_list(c18n_request *rq, void *module);
int posts_search_community(c18n_request *rq, void *module);
int posts_search_all(c18n_request *rq, void *module);

/* queue.c */
int posts_queue(c18n_request *rq, void *module);
int posts_approve(c18n_request *rq, void *module);
int posts_reject(c18n_request *rq, void *module);

/* transfer.c */
int posts_import(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module);
int posts_export(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module);

/* apply.c */
int posts_apply(const c18n_event *event, c18n_changes *changes);
void posts_derive(const c18n_doc *post, c18n_out *out);

#endif
