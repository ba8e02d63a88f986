/* Records as answers: what is spliced, what is never shown, ETags and conditions. */
#include "support.h"

#include "api/etag.h"
#include "api/record.h"
#include "api/render.h"
#include "api/reply.h"

FAKE_LOADER_ITEM
FAKE_FIND_HEADER

static char noted[256];
void data_note_read(struct request *request, const char *view, const char *id)
{
    snprintf(noted, sizeof noted, "%s %s %s", request->caller.user, view, id);
}

static struct world world;
static const c18n_field fields[] = {
    C18N_ID("_id", 0),
    C18N_TEXT("name", 0),
    C18N_TEXT("about", C18N_NULLABLE),
    {.name = "owner", .type = C18N_FIELD_ID, .from = "created_by"},
    C18N_INTEGER("likes", 0),
    C18N_TEXT("password", C18N_SECRET),
    C18N_LINK("self", "/things/{_id}"),
    C18N_LINK("parts", "/things/{_id}/parts/{name}/"),
    C18N_LINK("parent", "/things/{parent}"),
};
static const c18n_table table = C18N_ALL(fields);

static int setup(void **state)
{
    (void)state;
    world_open(&world);
    noted[0] = '\0';
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static const char *render(const char *record)
{
    struct text text;
    text_init(&text, world.api.arena, 0);
    assert_int_equal(record_add(&world.request, &text, &table, doc_of(&world, record)), C18N_OK);
    return text_end(&text);
}

#define HERE "https://c18n.example/api/v1"

static void splices_members(void **state)
{
    (void)state;
    assert_string_equal(
        render("{\"_id\":\"" ID_A "\",\"_rev\":7,\"created_by\":\"" ID_B "\",\"likes\":3,\"name\":\"a \\\"b\\\"\","
               "\"password\":\"hash\",\"secret\":1}"),
        "{\"_id\":\"" ID_A "\",\"name\":\"a \\\"b\\\"\",\"about\":null,\"owner\":\"" ID_B "\",\"likes\":3,"
        "\"self\":\"" HERE "/things/" ID_A "\",\"parts\":\"" HERE "/things/" ID_A "/parts/a%20%22b%22/\"}");
}

static void leaves_out_what_is_not_there(void **state)
{
    (void)state;
    assert_string_equal(render("{}"), "{\"about\":null}");
    assert_string_equal(render("{\"name\":\"\",\"_id\":7}"), "{\"_id\":7,\"name\":\"\",\"about\":null}");
    assert_string_equal(render("{\"parent\":null,\"about\":\"x\"}"), "{\"about\":\"x\"}");
}

static void many_members(void **state)
{
    (void)state;
    struct text record;
    text_init(&record, world.api.arena, 0);
    text_add_char(&record, '{');
    for (int i = 0; i < 100; i++)
        text_print(&record, "\"x%d\":%d,", i, i);
    text_add_text(&record, "\"likes\":9}");
    assert_string_equal(render(text_end(&record)), "{\"about\":null,\"likes\":9}");
}

static void writes_into_an_open_object(void **state)
{
    (void)state;
    c18n_out *out = c18n_out_new(request_pub(&world.request));
    c18n_out_text(out, "token", "t");
    record_out(&world.request, out, &table, doc_of(&world, "{\"_id\":\"" ID_A "\",\"likes\":3}"));
    const c18n_doc *doc = c18n_out_finish(out);
    assert_string_equal(doc_text(&world, doc), "{\"token\":\"t\",\"_id\":\"" ID_A
                                               "\",\"about\":null,\"likes\":3,\"self\":\"" HERE "/things/" ID_A "\"}");
}

/* --- the whole answer --- */

static int answer(const char *record, const char *location)
{
    struct doc *doc = (struct doc *)(uintptr_t)doc_of(&world, record);
    doc->view = "things";
    world.request.reply = (struct request_reply){.status = 0};
    return reply_record(request_pub(&world.request), location, &table, &doc->pub);
}

static void has_etag_and_location(void **state)
{
    (void)state;
    assert_int_equal(answer("{\"_id\":\"" ID_A "\",\"_rev\":7}", "/things/" ID_A), C18N_OK);
    assert_int_equal(world.request.reply.status, 200);
    assert_null(reply_find(&world.request, "Location")); /* who reads is there already */
    assert_int_equal(strncmp(reply_find(&world.request, "ETag"), "\"7-", 3), 0);
    assert_null(strstr(reply_text(&world), "_rev"));
    assert_string_equal(noted, ""); /* nobody known asked */
}

static void who_changes_learns_where_it_is(void **state)
{
    (void)state;
    world.route.declared.method = "POST";
    assert_int_equal(answer("{\"_id\":\"" ID_A "\",\"_rev\":7}", "/things/" ID_A), C18N_OK);
    assert_string_equal(reply_find(&world.request, "Location"), HERE "/things/" ID_A);
}

static void reads_by_known_users_go_on_record(void **state)
{
    (void)state;
    world.request.caller.user = ID_B;
    assert_int_equal(answer("{\"_id\":\"" ID_A "\",\"_rev\":7}", NULL), C18N_OK);
    assert_string_equal(noted, ID_B " things " ID_A);
    noted[0] = '\0';
    world.http.method = "PATCH";
    assert_int_equal(answer("{\"_id\":\"" ID_A "\",\"_rev\":7}", NULL), C18N_OK);
    assert_string_equal(noted, "");
}

static void not_modified(void **state)
{
    (void)state;
    static const char record[] = "{\"_id\":\"" ID_A "\",\"_rev\":7,\"likes\":1}";
    assert_int_equal(answer(record, NULL), C18N_OK);
    char tag[64];
    snprintf(tag, sizeof tag, "\"x\", W/%s", reply_find(&world.request, "ETag"));
    world_header(&world, "if-none-match", tag);
    assert_int_equal(answer(record, NULL), C18N_OK);
    assert_int_equal(world.request.reply.status, 304);
    assert_null(world.request.reply.body);
    assert_non_null(reply_find(&world.request, "ETag"));
    assert_int_equal(answer("{\"_id\":\"" ID_A "\",\"_rev\":7,\"likes\":2}", NULL), C18N_OK); /* a like more */
    assert_int_equal(world.request.reply.status, 200);
    world.http.method = "PUT";
    assert_int_equal(answer(record, NULL), C18N_OK);
    assert_int_equal(world.request.reply.status, 200);
}

static void if_match_compares_the_revision(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int code;
    } rows[] = {
        {"\"7-0123456789abcdef\"", C18N_OK},
        {"\"7-anything\"", C18N_OK},
        {"*", C18N_OK},
        {"\"6-a\", \"7-b\"", C18N_OK},
        {"\"8-0123456789abcdef\"", C18N_PRECONDITION},
        {"\"77-a\"", C18N_PRECONDITION},
        {"", C18N_PRECONDITION},
        {"7-a", C18N_PRECONDITION},
        {"\"-a\"", C18N_PRECONDITION},
        {"\"7", C18N_PRECONDITION},
        {"\"x7-a\"", C18N_PRECONDITION},
        {"\"99999999999999999999999999-a\"", C18N_PRECONDITION},
    };
    const c18n_doc *record = doc_of(&world, "{\"_id\":\"" ID_A "\",\"_rev\":7}");
    assert_int_equal(etag_if_match(&world.request, record), C18N_OK);
    world.http.header_count = 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world.headers[0] = (struct http_header){"if-match", rows[i].value};
        assert_int_equal(etag_if_match(&world.request, record), rows[i].code);
    }
}

static void headers_are_judged(void **state)
{
    (void)state;
    assert_int_equal(reply_header(&world.request, "X-Thing", "fine"), C18N_OK);
    assert_int_equal(reply_header(&world.request, "X-Thing", "a\r\nSet-Cookie: b"), C18N_INVALID);
    assert_int_equal(reply_header(&world.request, "X Thing", "a"), C18N_INVALID);
    assert_int_equal(reply_header(&world.request, "", "a"), C18N_INVALID);
    assert_int_equal(reply_header(&world.request, "Content-Length", "5"), C18N_INVALID);
    assert_int_equal(reply_header(&world.request, "transfer-encoding", "chunked"), C18N_INVALID);
    for (int i = 0; i < 15; i++)
        assert_int_equal(reply_header(&world.request, "X-More", "a"), C18N_OK);
    assert_int_equal(reply_header(&world.request, "X-More", "a"), C18N_INVALID);
}

/* --- what hooks add --- */

static struct module adder = {.self = {.id = "adder"}};
static const char *added;
static int add_code;

static int add(c18n_request *rq, const c18n_doc *record, c18n_out *out, void *module)
{
    (void)module;
    assert_ptr_equal(request_of(rq)->head.self, &adder.self);
    assert_non_null(c18n_text(record, "_id"));
    c18n_out_doc(out, doc_of(&world, added), NULL);
    c18n_out *inner = c18n_out_new(rq);
    record_out(request_of(rq), inner, &table, record); /* bare, and so not without end */
    assert_null(strstr(doc_text(&world, c18n_out_finish(inner)), "extra"));
    return add_code;
}

static const c18n_field extra_fields[] = {C18N_TEXT("extra", C18N_NULLABLE), C18N_LINK("see", "/extras/{extra}")};

static void with_hook(void)
{
    static struct attached hook = {&adder, {"things.render", 0, NULL, NULL, C18N_ALL(extra_fields), add}};
    static struct hook_point point = {.hooks = &hook, .count = 1}, *points[] = {&point};
    point.declared = (c18n_point){"things.render", "", table};
    world.api.renders = points;
    world.api.render_count = 1;
    add_code = C18N_OK;
}

#define RECORD "{\"_id\":\"" ID_A "\",\"_rev\":7,\"about\":\"x\"}"
#define SHOWN  "{\"_id\":\"" ID_A "\",\"about\":\"x\",\"self\":\"" HERE "/things/" ID_A "\""

static void hooks_add_members(void **state)
{
    (void)state;
    with_hook();
    added = "{\"extra\":\"a b\"}";
    assert_string_equal(render(RECORD), SHOWN ",\"extra\":\"a b\",\"see\":\"" HERE "/extras/a%20b\"}");
    added = "{}";
    assert_string_equal(render(RECORD), SHOWN ",\"extra\":null}");
    struct out *out = json_out_new(&world.server.host, world.api.arena);
    record_out(&world.request, &out->pub, &table, doc_of(&world, RECORD));
    assert_string_equal(doc_text(&world, c18n_out_finish(&out->pub)), SHOWN ",\"extra\":null}");
}

static void a_tag_is_of_what_hooks_add_too(void **state)
{
    (void)state;
    char before[64];
    with_hook();
    added = "{\"extra\":\"a\"}";
    assert_int_equal(reply_record(request_pub(&world.request), NULL, &table, doc_of(&world, RECORD)), C18N_OK);
    snprintf(before, sizeof before, "%s", reply_find(&world.request, "ETag"));
    world.request.reply.header_count = 0;
    added = "{\"extra\":\"b\"}";
    assert_int_equal(reply_record(request_pub(&world.request), NULL, &table, doc_of(&world, RECORD)), C18N_OK);
    assert_string_not_equal(reply_find(&world.request, "ETag"), before);
    world_header(&world, "if-match", before); /* the record is the same */
    assert_int_equal(etag_if_match(&world.request, doc_of(&world, RECORD)), C18N_OK);
}

static void a_hook_that_fails_fails_the_answer(void **state)
{
    (void)state;
    struct text text;
    with_hook();
    text_init(&text, world.api.arena, 0);
    added = "{\"extra\":1,\"about\":\"forged\"}";
    assert_int_equal(record_add(&world.request, &text, &table, doc_of(&world, RECORD)), C18N_ERROR);
    added = "{}";
    add_code = C18N_FORBIDDEN;
    assert_int_equal(record_add(&world.request, &text, &table, doc_of(&world, RECORD)), C18N_FORBIDDEN);
    assert_int_equal(reply_record(request_pub(&world.request), NULL, &table, doc_of(&world, RECORD)), C18N_FORBIDDEN);
    struct out *out = json_out_new(&world.server.host, world.api.arena);
    record_out(&world.request, &out->pub, &table, doc_of(&world, RECORD));
    assert_int_equal(reply_json(request_pub(&world.request), 200, &out->pub), C18N_FORBIDDEN);
    assert_false(world.request.rendering);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(splices_members),
        TEST(leaves_out_what_is_not_there),
        TEST(many_members),
        TEST(writes_into_an_open_object),
        TEST(has_etag_and_location),
        TEST(who_changes_learns_where_it_is),
        TEST(reads_by_known_users_go_on_record),
        TEST(not_modified),
        TEST(if_match_compares_the_revision),
        TEST(headers_are_judged),
        TEST(hooks_add_members),
        TEST(a_tag_is_of_what_hooks_add_too),
        TEST(a_hook_that_fails_fails_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
