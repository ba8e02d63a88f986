/**
 * list_site.h: records to list and answers to look at, for the tests of pages and searches. Included by one
 * file of each program.
 */
#ifndef TEST_API_LIST_SITE_H
#define TEST_API_LIST_SITE_H

#include "support.h"

#include "api/cursor.h"
#include "api/query.h"
#include "api/reply.h"

#include <jansson.h>
#include <stdlib.h>

FAKE_LOADER_ITEM
FAKE_FIND_HEADER

static struct world world;
static size_t record_count; /* records "0000" … of the only view */

static size_t padding; /* bytes that make each record large */

static const c18n_doc *record(size_t number)
{
    if (padding > 0)
        return doc_of(&world, arena_print(world.api.arena, "{\"_id\":\"%04zu\",\"n\":%zu,\"pad\":\"%0*d\"}", number,
                                          number, (int)padding, 0));
    return doc_of(&world, arena_print(world.api.arena, "{\"_id\":\"%04zu\",\"n\":%zu}", number, number));
}

void data_note_read(struct request *request, const char *view, const char *id)
{
    (void)request, (void)view, (void)id;
}

static const c18n_field fields[] = {C18N_INTEGER("n", 0)};

static int setup(void **state)
{
    (void)state;
    world_open(&world);
    cursor_init(&world.api);
    world.api.cursor_ready = true;
    world.request.caller.user = ID_A;
    record_count = 0;
    padding = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cursor_close(&world.api);
    world_close(&world);
    return 0;
}

/* --- asking and looking at the answer --- */

static void ask_for(const char *limit, const char *after)
{
    world.request.query_count = 0;
    world.request.reply = (struct request_reply){.status = 0};
    if (limit)
        world.request.query[world.request.query_count++] = (struct request_param){"limit", limit};
    if (after)
        world.request.query[world.request.query_count++] = (struct request_param){"after", after};
}

/* The cursor of the Link header; NULL: there is none. */
static const char *next_cursor(void)
{
    const char *link = reply_find(&world.request, "Link");
    if (!link)
        return NULL;
    assert_int_equal(strncmp(link, "<https://c18n.example/api/v1/things?", 36), 0);
    assert_non_null(strstr(link, ">; rel=\"next\""));
    const char *cursor = strstr(link, "after=") + 6;
    return arena_copy(world.api.arena, cursor, strcspn(cursor, ">"));
}

static size_t items(json_int_t *ret_first, json_int_t *ret_last)
{
    json_t *json = json_loadb(world.request.reply.body, world.request.reply.body_length, 0, NULL);
    assert_true(json_is_array(json));
    size_t count = json_array_size(json);
    *ret_first = count ? json_integer_value(json_object_get(json_array_get(json, 0), "n")) : -1;
    *ret_last = count ? json_integer_value(json_object_get(json_array_get(json, count - 1), "n")) : -1;
    json_decref(json);
    return count;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
