/**
 * list.h: an array that is being answered: items, the cursor of the next page, the first page's ETag.
 * Shared by page.c, reply_list.c, search.c and history.c. In the request's arena.
 */
#ifndef API_LIST_H
#define API_LIST_H

#include "request/request.h"

enum { LIST_MEMORY_MAX = 4 << 20 }; /* bytes of records and answer */

struct list {
    struct request *request;
    size_t used_before; /* of the arena */
    struct text text;
    size_t count, limit;
    const char *next;      /* cursor; NULL: this is the last page */
    const char *next_name; /* the parameter that it is the value of */
    bool first;            /* no cursor was given */
    int failed;            /* of an item: the whole list fails */
};

/** Takes the limit from the query. C18N_BAD_REQUEST. */
int list_begin(struct list *list, struct request *request) __attribute__((warn_unused_result));
/** The next item is written straight into list->text after this. */
void list_item(struct list *list);
/** The next item is a record, by a field table. C18N_AGAIN: it failed, which list_end will tell; walk no further. */
int list_record(struct list *list, const c18n_table *fields, const c18n_doc *record)
    __attribute__((warn_unused_result));
/** Has the list taken so much memory that it should end here, with a cursor? Large records make short pages
 *  rather than requests that fail. The caller sees to it that a page gets on by at least one record. */
bool list_is_full(const struct list *list);
/** Leaves a crumb (base/crumb.h): the module that asked for the list is called back. Ends with crumb_leave. */
void list_call(const struct request *request, const char *stage);
/** May the record be in the list? `keep` is the module's, or NULL. */
bool list_keeps(struct request *request, int (*keep)(c18n_request *rq, const c18n_doc *record, void *arg),
                const c18n_doc *record, void *arg);
/** Makes the reply: the array, Link, and on a first page the ETag or a 304. Or the code of an item that failed. */
int list_end(struct list *list) __attribute__((warn_unused_result));

#endif
