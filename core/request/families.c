/* families.c: the families json and mem. What they make lives in the request's arena. */
#include "base/fold.h"
#include "base/json_internal.h"
#include "request/request.h"

#include <string.h>

/* A module that goes on with NULL would write less than it means to, so its request is marked. */
static void *given(struct request *request, void *memory)
{
    request->starved |= memory == NULL;
    return memory;
}

static c18n_out *out_new(c18n_request *rq)
{
    struct request *request = request_of(rq);
    struct out *out = given(request, json_out_new(request->head.host, request->arena));
    return out ? &out->pub : NULL;
}

const c18n_json_family json_family = {
    .family = {sizeof json_family, 1},
    .text = json_doc_text,
    .integer = json_doc_integer,
    .number = json_doc_number,
    .boolean = json_doc_boolean,
    .has = json_doc_has,
    .texts = json_doc_texts,
    .raw = json_doc_raw,
    .out_new = out_new,
    .out_text = json_out_text,
    .out_integer = json_out_integer,
    .out_number = json_out_number,
    .out_boolean = json_out_boolean,
    .out_null = json_out_null,
    .out_raw = json_out_raw,
    .out_doc = json_out_doc,
    .out_begin = json_out_begin,
    .out_end = json_out_end,
    .out_finish = json_out_finish,
};

static void *mem_alloc(c18n_request *rq, size_t size)
{
    return given(request_of(rq), arena_alloc(request_of(rq)->arena, size));
}

static char *mem_print(c18n_request *rq, const char *format, va_list values)
{
    return given(request_of(rq), arena_vprint(request_of(rq)->arena, format, values));
}

static char *mem_fold(c18n_request *rq, const char *text)
{
    size_t length = strlen(text);
    char *folded = given(request_of(rq), arena_copy(request_of(rq)->arena, text, length));
    if (folded)
        fold_case(folded, length);
    return folded;
}

const c18n_mem_family mem_family = {
    .family = {sizeof mem_family, 1},
    .alloc = mem_alloc,
    .print = mem_print,
    .fold = mem_fold,
};
