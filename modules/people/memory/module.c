/*
 * module.c: just enough of a directory of people for tests that don't load `users`: identity.v1 over one view.
 */
#include <c18n/module.h>

#include <string.h>

static const c18n_field person_fields[] = {
    C18N_TEXT("email", 0, .help = "In small letters"),
    C18N_TEXT("username", 0),
    C18N_TEXT("roles", 0, .help = "Separated by spaces"),
};
static const c18n_event_type events[] = {
    {"people_memory.created", "users", .fields = C18N_ALL(person_fields), .help = "A test's person came to be"},
};
static const c18n_view views[] = {
    {"people_memory", .version = 1, .indexes = "unique username nocase; unique email", .help = "A test's people"},
};

static int apply(const c18n_event *event, c18n_changes *changes)
{
    if (!c18n_event_is(event, "people_memory.created"))
        return C18N_OK;
    c18n_out_doc(c18n_put(changes, "people_memory", event->resource), event->data, NULL);
    return C18N_OK;
}

/* --- identity.v1 --- */

static int person(c18n_self *self, c18n_request *rq, const char *user, c18n_person *ret_person)
{
    const c18n_doc *record;
    (void)self;
    int code = c18n_get(rq, "people_memory", user, &record);
    if (code != C18N_OK)
        return code;
    const char *roles = c18n_print(rq, " %s ", c18n_text(record, "roles"));
    if (!roles)
        return C18N_NO_MEMORY;
    *ret_person = (c18n_person){.roles = roles, .active = 1};
    return C18N_OK;
}

static int lookup(c18n_self *self, c18n_request *rq, const char *name, char ret_id[37])
{
    const char *const match[] = {name, NULL};
    const c18n_doc *record;
    (void)self;
    int code =
        c18n_find(rq, "people_memory", strchr(name, '@') ? "unique email" : "unique username nocase", match, &record);
    if (code == C18N_OK)
        memcpy(ret_id, c18n_text(record, "_id"), C18N_ID_SIZE);
    return code;
}

struct creation {
    const char *email, *username, *roles, *id;
};

static int emit_created(c18n_request *rq, void *arg)
{
    const struct creation *creation = arg;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "email", creation->email);
    c18n_out_text(data, "username", creation->username);
    c18n_out_text(data, "roles", creation->roles);
    return c18n_emit(rq, "people_memory.created", creation->id, NULL, data);
}

static int create(c18n_self *self, c18n_request *rq, const char *email, const char *username, const char *password,
                  const char *roles, char ret_id[37])
{
    char id[C18N_ID_SIZE];
    (void)password; /* nobody logs in here: a test signs its people's tokens */
    c18n_new_id(self->host, 0, id);
    struct creation creation = {c18n_fold(rq, email), username, roles, id};
    int code = creation.email ? c18n_as(self, rq, emit_created, &creation) : C18N_NO_MEMORY;
    if (code == C18N_OK)
        memcpy(ret_id, id, sizeof id);
    return code;
}

static const c18n_identity functions = {.size = sizeof functions, .person = person, .lookup = lookup, .create = create};

static int init(c18n_self *self)
{
    return c18n_provide(self, "identity.v1", &functions);
}

C18N_MODULE(people_memory, "1.0.0", "A test's people", "provides: identity.v1", .events = C18N_ALL(events),
            .views = C18N_ALL(views), .apply = apply, .init = init);
