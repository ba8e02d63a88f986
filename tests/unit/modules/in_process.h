/**
 * in_process.h: a whole server in the test's own process, without sockets, for the tests of feature modules.
 *
 * It has a data folder of its own under /tmp and the built modules. A request goes the way of the gate (token, person,
 * policy, input, `prepare`, handler) on the test's thread, and for a WRITE on the writer's, inside its transaction.
 * Time stands still until a test moves it. One program has one server, since a process has one `platform`; what the
 * functions hand out lives until site_close. JSON is written with ' in place of ".
 */
#ifndef TESTS_IN_PROCESS_H
#define TESTS_IN_PROCESS_H

#include "boot/server.h" /* before cmocka, which has a macro `fail` */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** For cmocka_run_group_tests: starts the server, takes it apart again and removes its folder. */
int site_open(void **state);
int site_close(void **state);
struct server *site_server(void);
struct arena *site_arena(void); /* what a test hands out lives there */

/** Seconds since 1970. It begins at a round time and moves by these alone. */
int64_t clock_now(void);
void clock_move(int64_t seconds);

/** A request of the host itself, for code of `self`; NULL: nobody's. */
struct request *request_of_host(c18n_self *self);
/** Runs `work` inside a transaction of the writer, or on a snapshot. What it returned, or the commit's failure. */
int in_transaction(struct request *request, int (*work)(c18n_request *rq, void *arg), void *arg);
int in_snapshot(struct request *request, int (*work)(c18n_request *rq, void *arg), void *arg);

struct person {
    char id[C18N_ID_SIZE];
    const char *token; /* of the generation that they had when it was signed */
};
extern const struct person nobody; /* has no token */
/** Makes an account "NAME", NAME@example.org, with roles as "user admin". The name is new in this program. */
struct person person_new(const char *name, const char *roles);
/** Signs a token for the person as they are now. */
void person_sign(struct person *person);

struct answer {
    int status;
    const char *body;    /* JSON */
    const c18n_doc *doc; /* the body when it is an object, else {} */
    const char *problem; /* its `code` when the status says that it failed, else "" */
    const struct request *request;
};
/** Asks as somebody: ask(&ada, "{'name':'Cats'}", "POST /communities/new"). `body` NULL: none. The path is printed,
 *  is below /api/v1 and may have a query. */
struct answer ask(const struct person *as, const char *body, const char *method_and_path, ...)
    __attribute__((format(printf, 3, 4)));
/** The same with an If-Match header. */
struct answer ask_matching(const struct person *as, const char *if_match, const char *body, const char *method_and_path,
                           ...) __attribute__((format(printf, 4, 5)));
const char *answer_header(const struct answer *answer, const char *name); /* NULL: absent */
size_t answer_count(const struct answer *answer);                         /* items of an array */
const c18n_doc *answer_item(const struct answer *answer, size_t number);  /* an array's object */

/** Takes in a line of an import, with ids where a file has references. C18N_ codes, as the module gives them. */
int import_line(const char *line, char ret_id[C18N_ID_SIZE]);
/** A record as it is, also a deleted one; NULL: there is none. */
const c18n_doc *record(const char *view, const char *id);
/** How many events have these words in what the storage keeps of them unsealed. */
int history_shows(const char *words);
/** Builds all views from history again: are they the same bytes? */
bool views_come_out_the_same(void);
/** Text with its lifetime, and ' for ". */
const char *json(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
