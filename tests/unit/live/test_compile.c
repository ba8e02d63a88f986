/* Tables of sockets and verbs: what they compile to, and everything that is refused, in words. */
#include "live/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* after c18n/http.h: it makes a macro of the word fail */

/* --- two modules, whose tables each test fills --- */

static struct module modules[2];
static c18n_module descriptors[2];
static size_t module_count;

size_t loader_count(const struct loader *loader)
{
    return (void)loader, module_count;
}
struct module *loader_at(const struct loader *loader, size_t number)
{
    return (void)loader, &modules[number];
}
void loader_item(const c18n_table *table, size_t number, void *ret_item, size_t size)
{
    memset(ret_item, 0, size);
    memcpy(ret_item, (const char *)table->at + number * table->stride, table->stride < size ? table->stride : size);
}

static int done(c18n_request *rq, void *module)
{
    return (void)rq, (void)module, C18N_OK;
}
static int take_bytes(c18n_request *rq, c18n_bytes bytes, void *upload, void *module)
{
    return (void)rq, (void)bytes, (void)upload, (void)module, C18N_OK;
}
static int take_done(c18n_request *rq, void *upload, void *module)
{
    return (void)rq, (void)upload, (void)module, C18N_OK;
}
static void drop(c18n_self *self, void *upload)
{
    (void)self, (void)upload;
}

static const c18n_policy policies[] = {{"member", done, "Members", 0}, {"anyone", done, "All", 1}};
static const c18n_socket two[] = {{"/all", "member", C18N_SOCKET_DELIVERS, done, NULL, "All"},
                                  {"/send", "user", 0, NULL, NULL, "Send"}};

#define TABLE(array) ((c18n_table){(array), sizeof(array) / sizeof *(array), sizeof *(array)})

/* --- compiling --- */

static struct server server;
static struct live live;
static struct text why;

static int setup(void **state)
{
    (void)state;
    server = (struct server){.host = {.size = sizeof(c18n_host), .mem = &mem_family, .json = &json_family},
                             .public_url = (char *)(uintptr_t) "https://c18n.example"};
    live = (struct live){.server = &server, .arena = arena_new(0)};
    text_init(&why, NULL, 0);
    memset(modules, 0, sizeof modules);
    memset(descriptors, 0, sizeof descriptors);
    module_count = 2;
    for (size_t i = 0; i < 2; i++) {
        descriptors[i].id = modules[i].self.id = i == 0 ? "first" : "second";
        modules[i].descriptor = &descriptors[i];
    }
    descriptors[0].policies = TABLE(policies);
    descriptors[0].sockets = TABLE(two);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    api_free(server.api);
    arena_free(live.arena);
    text_free(&why);
    return 0;
}

static int compile(void)
{
    int code = api_new(&server, &server.api, &why);
    return code != 0 ? code : live_compile(&live, &why);
}

static void refused_with(const char *words)
{
    assert_int_equal(compile(), 78);
    assert_string_equal(text_end(&why), words);
}

/* --- what is taken --- */

static void a_module_without_sockets_has_none(void **state)
{
    (void)state;
    descriptors[0].sockets = (c18n_table){NULL, 0, 0}; /* as the loader makes them of older modules */
    assert_int_equal(compile(), 0);
    assert_true(live.path_count == 0 && live.verb_count == 0);
    assert_null(live_path_at(&live, 0));
}

static void verbs_know_where_they_are_taken(void **state)
{
    static const c18n_socket other[] = {{"/other", "user", 0, NULL, NULL, NULL}};
    static const c18n_verb verbs[] = {{"say", "/other /all", done, "member"},
                                      {"look", "/send", done, "user", C18N_CLASS_INLINE, C18N_VERB_SILENT}};
    (void)state;
    descriptors[1].sockets = TABLE(other);
    descriptors[1].verbs = TABLE(verbs);
    assert_int_equal(compile(), 0);
    assert_int_equal(live.path_count, 3);
    assert_string_equal(live_path_at(&live, 2)->declared.path, "/other");
    assert_ptr_equal(live_path_at(&live, 2)->module, &modules[1]);
    assert_string_equal(live_path_at(&live, 1)->declared.path, "/send");
    assert_ptr_equal(live_path_at(&live, 0)->declared.opened, done);
    const struct live_verb *say = live_verb_at(&live, 0), *look = live_verb_at(&live, 1);
    assert_true(say->paths == 5 && say->run == C18N_CLASS_WRITE && look->paths == 2);
    assert_string_equal(say->policy->declared.name, "member");
    assert_string_equal(say->route.called, "verb say");
    assert_null(live_verb_at(&live, 2));
}

/* A shorter row, as an older module's, and one of a host to come that is longer. */
static void rows_are_walked_by_their_stride(void **state)
{
    static const struct {
        c18n_verb verb;
        const char *of_a_later_minor;
    } longer[] = {{{"say", "/all", done, "user"}, "x"}, {{"see", "/all", done, "user"}, "y"}};
    (void)state;
    descriptors[0].verbs = (c18n_table){longer, 2, sizeof *longer};
    assert_int_equal(compile(), 0);
    assert_string_equal(live_verb_at(&live, 1)->declared.kind, "see");
}

static void one_kind_may_be_on_different_sockets(void **state)
{
    static const c18n_verb first[] = {{"say", "/all", done, "user"}}, second[] = {{"say", "/send", done, "user"}};
    (void)state;
    descriptors[0].verbs = TABLE(first);
    descriptors[1].verbs = TABLE(second);
    assert_int_equal(compile(), 0);
}

static void a_verb_may_be_of_a_socket_that_is_not_there(void **state)
{
    static const c18n_verb verbs[] = {{"say", "/elsewhere", done, "user"}};
    (void)state;
    descriptors[1].verbs = TABLE(verbs);
    strcpy(modules[1].wants[0], "elsewhere.v1");
    assert_int_equal(compile(), 0);
    assert_true(live_verb_at(&live, 0)->paths == 0);
}

/* --- what is refused --- */

static void sockets_are_refused(void **state)
{
    static const c18n_route route[] = {{"GET", "/all", done, "user"}};
    static const struct {
        c18n_socket socket;
        const char *words;
    } cases[] = {
        {{"/x", NULL}, "second: socket /x: it has no policy; say who may use it (.allow)\n"},
        {{"/x", "membr"}, "second: socket /x: nobody declares the policy \"membr\", did you mean \"member\"?\n"},
        {{"/x", "anyone"}, "second: socket /x: a socket is somebody's; its policy is asked without a token, too\n"},
        {{"/x/{id}", "user"}, "second: socket /x/{id}: it needs a path that begins with / and has no parameters\n"},
        {{"x", "user"}, "second: socket x: it needs a path that begins with / and has no parameters\n"},
        {{NULL, "user"}, "second: socket ?: it needs a path that begins with / and has no parameters\n"},
        {{"/send", "user"}, "second: socket /send: first has the same route (/send)\n"},
    };
    teardown(state);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setup(state);
        descriptors[1].sockets = (c18n_table){&cases[i].socket, 1, sizeof cases[i].socket};
        refused_with(cases[i].words);
        teardown(state);
    }
    setup(state);
    descriptors[1].routes = TABLE(route);
    refused_with("first: socket /all: second has the same route (/all)\n");
}

static const c18n_field named_id[] = {C18N_TEXT("id", 0)}, twice[] = {C18N_TEXT("a", 0), C18N_TEXT("a", 0)},
                        odd[] = {C18N_TEXT("a", 0, .format = "odd")};
static const struct {
    c18n_verb verb;
    const char *words;
} bad_verbs[] = {
    {{"Say", "/all", done, "user"},
     "second: verb \"Say\": a kind is 1 to 32 of a-z, 0-9 and _, and begins with a letter\n"},
    {{NULL, "/all", done, "user"},
     "second: verb \"?\": a kind is 1 to 32 of a-z, 0-9 and _, and begins with a letter\n"},
    {{"hello", "/all", done, "user"}, "second: verb \"hello\": this kind is the host's own\n"},
    {{"say", "/all", NULL, "user"}, "second: verb \"say\": it needs a handler\n"},
    {{"say", "/all", done, NULL}, "second: verb \"say\": it has no policy; say who may use it (.allow)\n"},
    {{"say", "/all", done, "usr"},
     "second: verb \"say\": nobody declares the policy \"usr\", did you mean \"user\"?\n"},
    {{"say", "/all", done, "nobodys_own"}, "second: verb \"say\": nobody declares the policy \"nobodys_own\"\n"},
    {{"say", "/all", done, "user", C18N_CLASS_BLOCKING},
     "second: verb \"say\": its class must be INLINE, READ or WRITE\n"},
    {{"say", "/all", done, "user", 17}, "second: verb \"say\": its class must be INLINE, READ or WRITE\n"},
    {{"say", "/all", done, "member", C18N_CLASS_INLINE},
     "second: verb \"say\": an INLINE verb can't have a policy that reads views\n"},
    {{"say", "/all", done, "user", C18N_CLASS_READ, C18N_VERB_SILENT},
     "second: verb \"say\": a SILENT verb must be INLINE\n"},
    {{"say", "/all", done, "user", .flags = C18N_VERB_SILENT}, "second: verb \"say\": a SILENT verb must be INLINE\n"},
    {{"say", "/all", done, "user", C18N_CLASS_INLINE, C18N_VERB_SILENT | C18N_VERB_BYTES, .bytes = take_bytes,
      .done = take_done, .dropped = drop},
     "second: verb \"say\": a SILENT verb is not answered, so that no BYTES can follow\n"},
    {{"say", "/all", done, "user", .flags = C18N_VERB_BYTES, .bytes = take_bytes, .done = take_done},
     "second: verb \"say\": a BYTES verb needs .bytes, .done and .dropped\n"},
    {{"say", "/al", done, "user"}, "second: verb \"say\": no module has the socket /al\n"},
    {{"say", NULL, done, "user"}, "second: verb \"say\": it says no socket where it is taken (.sockets)\n"},
    {{"say", " ", done, "user"}, "second: verb \"say\": it says no socket where it is taken (.sockets)\n"},
    {{"say", "/all", done, "user", .body = C18N_ALL(named_id)},
     "second: verb \"say\": `id` and `kind` are the frame's own, and no fields of a verb\n"},
    {{"say", "/all", done, "user", .body = C18N_ALL(twice)}, "second: verb \"say\": a field is declared twice\n"},
    {{"say", "/all", done, "user", .answer = C18N_ALL(odd)},
     "second: verb \"say\": a field has a format that this host does not know\n"},
};

static void verbs_are_refused(void **state)
{
    teardown(state);
    for (size_t i = 0; i < sizeof bad_verbs / sizeof *bad_verbs; i++) {
        setup(state);
        descriptors[1].verbs = (c18n_table){&bad_verbs[i].verb, 1, sizeof bad_verbs[i].verb};
        refused_with(bad_verbs[i].words);
        teardown(state);
    }
    setup(state);
}

static void two_of_one_kind_on_one_socket_are_refused(void **state)
{
    static const c18n_verb first[] = {{"say", "/all /send", done, "user"}}, second[] = {{"say", "/send", done, "user"}};
    (void)state;
    descriptors[0].verbs = TABLE(first);
    descriptors[1].verbs = TABLE(second);
    refused_with("second: verb \"say\": first has the same on one of its sockets\n");
}

static void all_faults_are_told_at_once(void **state)
{
    static const c18n_verb verbs[] = {
        {"say", "/al", done, "user"}, {"see", "/all", done, NULL}, {"go", "/all", done, "user"}};
    (void)state;
    descriptors[1].verbs = TABLE(verbs);
    refused_with("second: verb \"say\": no module has the socket /al\n"
                 "second: verb \"see\": it has no policy; say who may use it (.allow)\n");
}

static void there_is_room_for_64_sockets(void **state)
{
    static c18n_socket many[63];
    static char paths[63][8];
    (void)state;
    for (int i = 0; i < 63; i++) {
        paths[i][0] = '/';
        paths[i][1] = (char)('a' + i / 26);
        paths[i][2] = (char)('a' + i % 26);
        many[i] = (c18n_socket){paths[i], "user"};
    }
    descriptors[1].sockets = (c18n_table){many, 62, sizeof *many};
    assert_int_equal(compile(), 0);
    api_free(server.api);
    server.api = NULL;
    descriptors[1].sockets.count = 63;
    refused_with("The modules have 65 sockets; there is room for 64.\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_module_without_sockets_has_none),
        TEST(verbs_know_where_they_are_taken),
        TEST(rows_are_walked_by_their_stride),
        TEST(one_kind_may_be_on_different_sockets),
        TEST(a_verb_may_be_of_a_socket_that_is_not_there),
        TEST(sockets_are_refused),
        TEST(verbs_are_refused),
        TEST(two_of_one_kind_on_one_socket_are_refused),
        TEST(all_faults_are_told_at_once),
        TEST(there_is_room_for_64_sockets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
