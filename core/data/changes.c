#include "data/changes.h"

#include "base/crumb.h"
#include "base/json.h"
#include "base/log.h"
#include "c18n/log.h"
#include "data/index_rows.h"
#include "data/parts.h"
#include "data/splice.h"

void changes_begin(struct changes *changes, struct data_scope *scope, struct arena *arena, const c18n_event *event,
                   const struct module *module)
{
    *changes =
        (struct changes){.pub.host = event->host, .scope = scope, .arena = arena, .event = event, .module = module};
}

static int fail(struct changes *changes, int code)
{
    if (changes->failed == C18N_OK)
        changes->failed = code;
    return changes->failed;
}

static int refuse(struct changes *changes, const char *view, const char *what)
{
    log_line(C18N_LOG_ERROR, changes->module->self.id, "apply of %s changes %s: %s", changes->event->type,
             view ? view : "(null)", what);
    return fail(changes, C18N_INVALID);
}

static const c18n_doc *doc_of(struct changes *changes, const char *text, size_t length)
{
    return json_trusted(changes->pub.host, changes->arena, text, length);
}

/* Reads the record as it is; *ret_record NULL: there is none. Its bytes live until the next call on the storage. */
static int read_record(struct changes *changes, const c18n_doc **ret_record)
{
    c18n_bytes value;
    int code = scope_get(changes->scope, changes->view->slot, bytes_of(changes->id), &value);
    *ret_record = NULL;
    if (code != C18N_OK)
        return code == C18N_NOT_FOUND ? C18N_OK : code;
    *ret_record = doc_of(changes, value.at, value.length);
    return *ret_record ? C18N_OK : C18N_NO_MEMORY;
}

/* Adds what the view computes from the other members. */
static int derive(struct changes *changes, struct text *text)
{
    if (!changes->view->declared.derive)
        return C18N_OK;
    const c18n_doc *record = doc_of(changes, text->at, text->length);
    struct out *out = json_out_new(changes->pub.host, changes->arena);
    if (!record || !out)
        return C18N_NO_MEMORY;
    crumb_enter(changes->view->owner->self.id, "derive", changes->view->declared.name);
    changes->view->declared.derive(record, &out->pub);
    crumb_leave();
    size_t length;
    const char *derived = json_out_finish_text(out, &length);
    const c18n_doc *patch = derived ? doc_of(changes, derived, length) : NULL;
    if (!patch)
        return out->failed ? out->failed : C18N_NO_MEMORY;
    struct text whole;
    text_init(&whole, changes->arena, 0);
    splice_patch(record, patch, 0, &whole);
    *text = whole;
    return whole.failed ? C18N_NO_MEMORY : C18N_OK;
}

/* Puts the new text in the place of the old record and moves its index rows. */
static int store(struct changes *changes, const c18n_doc *old, struct text *text)
{
    struct index_sets before, after;
    int code = derive(changes, text);
    const c18n_doc *now = code == C18N_OK ? doc_of(changes, text->at, text->length) : NULL;
    if (!now)
        return code != C18N_OK ? code : C18N_NO_MEMORY;
    code = index_sets_of(changes->view, old, changes->id, changes->arena, &before);
    if (code == C18N_OK)
        code = index_sets_of(changes->view, now, changes->id, changes->arena, &after);
    if (code == C18N_OK)
        code =
            scope_put(changes->scope, changes->view->slot, bytes_of(changes->id), (c18n_bytes){text->at, text->length});
    if (code == C18N_OK)
        code = index_rows_update(changes->scope, changes->view, changes->id, &before, &after);
    if (code == C18N_EXISTS)
        log_line(C18N_LOG_DEBUG, changes->module->self.id, "%s: a unique index of %s holds another record's key",
                 changes->event->type, changes->view->declared.name);
    return code;
}

static int store_put(struct changes *changes, const c18n_doc *old)
{
    struct text text;
    for (size_t i = 0; i < changes->view->counter_count; i++)
        c18n_out_integer(&changes->out->pub, changes->view->counters[i].name, 0);
    size_t length;
    const char *written = json_out_finish_text(changes->out, &length);
    if (!written)
        return changes->out->failed ? changes->out->failed : C18N_NO_MEMORY;
    text_init(&text, changes->arena, 0);
    text.at = (char *)(uintptr_t)written;
    text.length = text.room = length;
    return store(changes, old, &text);
}

static int store_patch(struct changes *changes, const c18n_doc *old)
{
    size_t length;
    const char *written = json_out_finish_text(changes->out, &length);
    const c18n_doc *patch = written ? doc_of(changes, written, length) : NULL;
    if (!patch)
        return changes->out->failed ? changes->out->failed : C18N_NO_MEMORY;
    if (!old)
        return C18N_OK; /* a record that is not there stays absent */
    struct text text;
    text_init(&text, changes->arena, 0);
    splice_patch(old, patch, changes->event->position, &text);
    return text.failed ? C18N_NO_MEMORY : store(changes, old, &text);
}

/* Does the change that waits for its members. */
static int settle(struct changes *changes)
{
    enum waits waits = changes->waits;
    changes->waits = WAITS_NOTHING;
    if (changes->failed != C18N_OK || waits == WAITS_NOTHING)
        return changes->failed;
    const c18n_doc *old;
    int code = read_record(changes, &old);
    if (code == C18N_OK)
        code = waits == WAITS_PUT ? store_put(changes, old) : store_patch(changes, old);
    return code == C18N_OK ? C18N_OK : fail(changes, code);
}

int changes_finish(struct changes *changes)
{
    return settle(changes);
}

/* Every change begins so. *ret_skip: a rebuild of other views runs, and this one is as it should be. */
static int begin(struct changes *changes, const struct view *view, const char *view_name, const char *id,
                 bool *ret_skip)
{
    if (settle(changes) != C18N_OK)
        return changes->failed;
    if (!view)
        return refuse(changes, view_name, "there is no such view");
    if (!id || !*id)
        return refuse(changes, view_name, "the record has no id");
    changes->view = view;
    changes->id = arena_copy(changes->arena, id, strlen(id));
    *ret_skip = changes->scope->only && !changes->scope->only[view->number];
    return changes->id ? C18N_OK : fail(changes, C18N_NO_MEMORY);
}

/* Records belong to the module that declares their view: were others to write them, nobody could say from
 * one module's code what its records hold. */
static int begin_own(struct changes *changes, const char *view_name, const char *id, bool *ret_skip)
{
    const struct view *view = views_find(&changes->scope->data->views, view_name);
    if (view && view->owner != changes->module)
        return refuse(changes, view_name, "it is another module's view, where only counters may be added to");
    return begin(changes, view, view_name, id, ret_skip);
}

static struct out *begin_writing(struct changes *changes, const char *view, const char *id, enum waits waits)
{
    bool skip = false;
    if (begin_own(changes, view, id, &skip) != C18N_OK)
        return NULL;
    changes->out = json_out_new(changes->pub.host, changes->arena);
    if (!changes->out)
        fail(changes, C18N_NO_MEMORY);
    else if (!skip)
        changes->waits = waits;
    return changes->out;
}

c18n_out *changes_put(c18n_changes *pub, const char *view, const char *id)
{
    struct changes *changes = (struct changes *)(void *)pub;
    struct out *out = begin_writing(changes, view, id, WAITS_PUT);
    if (!out)
        return NULL;
    c18n_out_text(&out->pub, "_id", changes->id); /* first, so that the module's own can't replace them */
    c18n_out_integer(&out->pub, "_rev", (int64_t)changes->event->position);
    return &out->pub;
}

c18n_out *changes_patch(c18n_changes *pub, const char *view, const char *id)
{
    struct out *out = begin_writing((struct changes *)(void *)pub, view, id, WAITS_PATCH);
    return out ? &out->pub : NULL;
}

/* Most adds touch no index: then only the record is written. */
static int add_to(struct changes *changes, const struct view_counter *counter, int64_t delta)
{
    const c18n_doc *old;
    struct text text;
    int code = read_record(changes, &old);
    if (code != C18N_OK || !old)
        return code;
    text_init(&text, changes->arena, 0);
    code = splice_add(old, counter->name, delta, &text);
    if (code != C18N_OK)
        return code;
    if (counter->indexed || changes->view->declared.derive)
        return store(changes, old, &text);
    return scope_put(changes->scope, changes->view->slot, bytes_of(changes->id), (c18n_bytes){text.at, text.length});
}

int changes_add(c18n_changes *pub, const char *view, const char *id, const char *counter_name, int64_t delta)
{
    struct changes *changes = (struct changes *)(void *)pub;
    const struct view *found = views_find(&changes->scope->data->views, view);
    bool skip = false;
    if (!found && view)
        return settle(changes); /* its module is switched off: history may still tell of what it had */
    if (begin(changes, found, view, id, &skip) != C18N_OK)
        return changes->failed;
    const struct view_counter *counter = view_counter_find(changes->view, counter_name);
    if (!counter) {
        log_line(C18N_LOG_ERROR, changes->module->self.id,
                 "apply of %s adds to %s.%s, which the view does not declare; its counters are \"%s\"",
                 changes->event->type, view, counter_name, found->declared.counters ? found->declared.counters : "");
        return fail(changes, C18N_INVALID);
    }
    int code = skip ? C18N_OK : add_to(changes, counter, delta);
    return code == C18N_OK ? C18N_OK : fail(changes, code);
}

int changes_remove(c18n_changes *pub, const char *view, const char *id)
{
    struct changes *changes = (struct changes *)(void *)pub;
    struct index_sets before, none = {0};
    const c18n_doc *old = NULL;
    bool skip = false;
    if (begin_own(changes, view, id, &skip) != C18N_OK)
        return changes->failed;
    int code = skip ? C18N_OK : read_record(changes, &old);
    if (code == C18N_OK && old) {
        code = index_sets_of(changes->view, old, changes->id, changes->arena, &before);
        if (code == C18N_OK)
            code = scope_remove(changes->scope, changes->view->slot, bytes_of(changes->id));
        if (code == C18N_OK)
            code = index_rows_update(changes->scope, changes->view, changes->id, &before, &none);
    }
    return code == C18N_OK ? C18N_OK : fail(changes, code);
}
