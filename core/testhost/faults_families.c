/*
 * faults_families.c: the modules' table with a question in front of each function that may fail: is it this call's
 * turn?
 *
 * A row a function, as modules call it. The host itself never goes through the table for these (it knows its own
 * functions), so whatever comes by here is a module, or code that a test runs as one.
 */
#include "testhost/inside.h"

#include "data/changes.h"
#include "data/parts.h"

#include <string.h>

typedef int (*work_function)(c18n_request *rq, void *arg);
typedef void (*errand_function)(c18n_request *rq, void *arg);
typedef int (*item_function)(c18n_request *rq, const c18n_doc *record, void *arg);

/* It would take a row for a call and indent the next one by it. */
/* clang-format off */
#define FAMILIES(row) \
    row(mem) row(json) row(services) row(http) row(auth) row(events) row(views) row(hooks) row(work) row(timer) \
    row(sockets) row(blobs)

#define CODE faults_code()

/* row(family, member, result, what it fails with, as modules call it, (parameters), (arguments)) */
#define FUNCTIONS(row) \
    row(mem, alloc, void *, starve(rq), "c18n_alloc", (c18n_request *rq, size_t size), (rq, size)) \
    row(mem, print, char *, starve(rq), "c18n_print", \
        (c18n_request *rq, const char *format, __builtin_va_list values), (rq, format, values)) \
    row(mem, fold, char *, starve(rq), "c18n_fold", (c18n_request *rq, const char *text), (rq, text)) \
    row(json, out_new, c18n_out *, starve(rq), "c18n_out_new", (c18n_request *rq), (rq)) \
    row(json, out_finish, const c18n_doc *, NULL, "c18n_out_finish", (c18n_out *out), (out)) \
    row(services, provide, int, CODE, "c18n_provide", \
        (c18n_self *self, const char *service, const void *functions), (self, service, functions)) \
    row(services, as, int, CODE, "c18n_as", \
        (c18n_self *self, c18n_request *rq, work_function work, void *arg), (self, rq, work, arg)) \
    row(http, set_header, int, CODE, "c18n_set_header", \
        (c18n_request *rq, const char *name, const char *value), (rq, name, value)) \
    row(http, reply_json, int, CODE, "c18n_reply_json", \
        (c18n_request *rq, int status, c18n_out *out), (rq, status, out)) \
    row(http, reply_record, int, CODE, "c18n_reply_record", \
        (c18n_request *rq, const char *at, const c18n_table *fields, const c18n_doc *record), \
        (rq, at, fields, record)) \
    row(http, reply_page, int, CODE, "c18n_reply_page", (c18n_request *rq, const c18n_page *page), (rq, page)) \
    row(http, reply_search, int, CODE, "c18n_reply_search", \
        (c18n_request *rq, const c18n_search *search), (rq, search)) \
    row(http, reply_list, int, CODE, "c18n_reply_list", (c18n_request *rq, const c18n_list *list), (rq, list)) \
    row(http, reply_history, int, CODE, "c18n_reply_history", \
        (c18n_request *rq, const char *resource), (rq, resource)) \
    row(http, stream_begin, int, CODE, "c18n_stream_begin", \
        (c18n_request *rq, const char *content_type), (rq, content_type)) \
    row(http, stream_write, int, CODE, "c18n_stream_write", \
        (c18n_request *rq, const void *bytes, size_t count), (rq, bytes, count)) \
    row(http, allowed, int, CODE, "c18n_allowed", (c18n_request *rq, const char *policy), (rq, policy)) \
    row(http, if_match, int, CODE, "c18n_if_match", (c18n_request *rq, const c18n_doc *record), (rq, record)) \
    row(auth, issue, int, CODE, "c18n_issue_token", \
        (c18n_request *rq, const char *user, int64_t generation, int64_t ttl, c18n_token *ret_token), \
        (rq, user, generation, ttl, ret_token)) \
    row(auth, set_cookie, int, CODE, "c18n_set_session_cookie", \
        (c18n_request *rq, const c18n_token *token), (rq, token)) \
    row(auth, clear_cookie, int, CODE, "c18n_clear_session_cookie", (c18n_request *rq), (rq)) \
    row(auth, revoke, int, CODE, "c18n_revoke_session", (c18n_request *rq), (rq)) \
    row(auth, csrf, const char *, NULL, "c18n_csrf_token", (c18n_request *rq), (rq)) \
    row(events, emit, int, doom_emit(rq), "c18n_emit", \
        (c18n_request *rq, const char *type, const char *resource, const char *key, c18n_out *data), \
        (rq, type, resource, key, data)) \
    row(events, transact, int, CODE, "c18n_transact", \
        (c18n_request *rq, work_function work, void *arg), (rq, work, arg)) \
    row(views, put, c18n_out *, doom_put(changes), "c18n_put", \
        (c18n_changes *changes, const char *view, const char *id), (changes, view, id)) \
    row(views, patch, c18n_out *, doom_put(changes), "c18n_patch", \
        (c18n_changes *changes, const char *view, const char *id), (changes, view, id)) \
    row(views, add, int, doom_change(changes), "c18n_add", \
        (c18n_changes *changes, const char *view, const char *id, const char *counter, int64_t delta), \
        (changes, view, id, counter, delta)) \
    row(views, remove, int, doom_change(changes), "c18n_remove", \
        (c18n_changes *changes, const char *view, const char *id), (changes, view, id)) \
    row(views, get, int, CODE, "c18n_get", \
        (c18n_request *rq, const char *view, const char *id, const c18n_doc **ret_doc), (rq, view, id, ret_doc)) \
    row(views, find, int, CODE, "c18n_find", \
        (c18n_request *rq, const char *view, const char *index, const char *const *match, const c18n_doc **ret_doc), \
        (rq, view, index, match, ret_doc)) \
    row(views, each, int, CODE, "c18n_each", \
        (c18n_request *rq, const char *view, const char *index, const char *const *match, \
         item_function item, void *arg), \
        (rq, view, index, match, item, arg)) \
    row(views, each_between, int, CODE, "c18n_each_between", \
        (c18n_request *rq, const char *view, const char *from, const char *until, bool reverse, \
         item_function item, void *arg), \
        (rq, view, from, until, reverse, item, arg)) \
    row(hooks, run, int, CODE, "c18n_run_hooks", \
        (c18n_request *rq, const char *point, const c18n_doc *subject), (rq, point, subject)) \
    row(work, submit, int, CODE, "c18n_submit", (c18n_self *self, errand_function work, void *arg), (self, work, arg)) \
    row(timer, now, int, CODE, "c18n_timer_now", (c18n_self *self, const char *name), (self, name)) \
    row(sockets, subscribe, int, CODE, "c18n_subscribe", \
        (c18n_request *rq, const char *channel, uint64_t after), (rq, channel, after)) \
    row(sockets, resume, int, CODE, "c18n_resume", \
        (c18n_request *rq, const char *channel, uint64_t after), (rq, channel, after)) \
    row(sockets, join, int, CODE, "c18n_join", \
        (c18n_request *rq, const char *user, const char *channel, uint64_t after), (rq, user, channel, after)) \
    row(sockets, leave, int, CODE, "c18n_leave", \
        (c18n_request *rq, const char *user, const char *channel, bool lost), (rq, user, channel, lost)) \
    row(sockets, publish, int, CODE, "c18n_publish", \
        (c18n_request *rq, const c18n_publication *publication, c18n_out *frame), (rq, publication, frame)) \
    row(sockets, add_frame, int, CODE, "c18n_add_frame", \
        (c18n_frames *frames, uint64_t number, c18n_out *frame), (frames, number, frame)) \
    row(sockets, expect_bytes, int, CODE, "c18n_expect_bytes", \
        (c18n_request *rq, uint64_t count, void *upload), (rq, count, upload)) \
    row(blobs, write, int, CODE, "c18n_blob_write", \
        (c18n_request *rq, const char *blob, uint64_t offset, c18n_bytes piece), (rq, blob, offset, piece)) \
    row(blobs, finish, int, CODE, "c18n_blob_finish", \
        (c18n_request *rq, const char *blob, uint64_t size, const uint8_t *sha256), (rq, blob, size, sha256)) \
    row(blobs, remove, int, CODE, "c18n_blob_remove", (c18n_request *rq, const char *blob), (rq, blob)) \
    row(blobs, size, int, CODE, "c18n_blob_size", \
        (c18n_request *rq, const char *blob, uint64_t *ret_size, uint8_t *ret_sha256), \
        (rq, blob, ret_size, ret_sha256)) \
    row(blobs, reply, int, CODE, "c18n_reply_blob", (c18n_request *rq, const c18n_blob_reply *reply), (rq, reply))
/* clang-format on */

/* The tables as the server made them, and with our functions in them. */
static struct {
#define FAMILY(name) const c18n_##name##_family *name;
    FAMILIES(FAMILY)
#undef FAMILY
    const void *(*query)(const c18n_host *host, const char *family, uint16_t need_minor);
} real;

static struct {
#define FAMILY(name) c18n_##name##_family name;
    FAMILIES(FAMILY)
#undef FAMILY
} wrapped;

/* What fails in earnest undoes the item, whatever the module then says; so does what fails here. A module that goes on
 * is known by a code that no call gave it. */
static int doom_emit(c18n_request *rq)
{
    struct data_scope *scope = request_of(rq)->scope;
    if (scope && scope->writing)
        scope->data->writer.doomed = C18N_NO_SPACE;
    return faults_code();
}

static int doom_change(c18n_changes *changes)
{
    struct changes *inside = (struct changes *)(void *)changes;
    if (inside->failed == C18N_OK)
        inside->failed = faults_code();
    return inside->failed;
}

static void *starve(c18n_request *rq)
{
    request_of(rq)->starved = true;
    return NULL;
}

static c18n_out *doom_put(c18n_changes *changes)
{
    (void)doom_change(changes);
    return NULL;
}

#define DEFINE(family, member, result, otherwise, name, parameters, arguments)                                         \
    static result asked_##family##_##member parameters                                                                 \
    {                                                                                                                  \
        return faults_hit(name) ? otherwise : real.family->member arguments;                                           \
    }
FUNCTIONS(DEFINE)

static int provide(c18n_self *self, const char *service, const void *functions)
{
    return asked_services_provide(self, service, retries_watch(service, functions));
}

static const void *query(const c18n_host *host, const char *name, uint16_t need_minor)
{
    static const struct {
        const char *name;
        const void *family;
    } ours[] = {
#define FAMILY(name) {"c18n." #name, &wrapped.name},
        FAMILIES(FAMILY)
#undef FAMILY
    };
    const void *found = real.query(host, name, need_minor);
    for (size_t i = 0; found && i < sizeof ours / sizeof *ours; i++)
        if (strcmp(ours[i].name, name) == 0)
            return ours[i].family;
    return found;
}

void faults_wrap(c18n_host *host)
{
#define FAMILY(name)                                                                                                   \
    real.name = host->name;                                                                                            \
    wrapped.name = *host->name;                                                                                        \
    host->name = &wrapped.name;
    FAMILIES(FAMILY)
#undef FAMILY
#define PUT(family, member, result, otherwise, name, parameters, arguments)                                            \
    wrapped.family.member = asked_##family##_##member;
    FUNCTIONS(PUT)
#undef PUT
    wrapped.services.provide = provide;
    real.query = host->query;
    host->query = query;
}
