/**
 * check_world.h: the test host with the module in it, people who ask, and what has been made so far, so that a path
 * such as /communities/{community}/posts/{post} can be filled. In a child process; one thread; one world at a time.
 */
#ifndef KIT_CHECK_WORLD_H
#define KIT_CHECK_WORLD_H

#include "c18n/testhost.h"
#include "kit/check.h"
#include "kit/check_input.h"
#include "request/request.h"
#include "request/server.h"

enum { WORLD_KNOWN_MOST = 256, WORLD_ROUTES_MOST = 1024 };

enum who { NOBODY, ADA, BEN, ROOT, WHOS }; /* ROOT is an admin */

struct world_known {
    const char *name, *value;
};

struct world {
    struct check *check;
    c18n_test *test;
    struct server *server;
    struct module *module;
    c18n_test_person people[WHOS]; /* NOBODY's stays empty */
    unsigned people_made;
    const char *user; /* whose id stands for {user}; NULL: ADA's */
    struct input_source source;
    struct world_known ids[WORLD_KNOWN_MOST], values[WORLD_KNOWN_MOST];
    size_t id_count, value_count;
    bool failed_at_open; /* the call that was to fail in a stage has failed */
    bool failing;        /* calls are made to fail: nobody may be made anew */
    const char *missing; /* the parameter for which there was no id, of the last path; NULL: there was one for each */
};

struct world_options {
    const struct world_setting { /* of the module, besides those that were given by --set; NULL: none */
        const char *name, *value;
    } * settings;
    size_t setting_count;
    bool searches;     /* with an index, when there is one */
    uint64_t fail_nth; /* of the calls in init and start */
};
/** Starts a test host with the module and what it needs, and people. False: it can't; *ret_why says why. */
bool world_open(struct check *check, const struct world_options *options, struct world *ret_world,
                const char **ret_why);
/** The settings as conf.d would have them. */
const char *world_settings(struct check *check, struct arena *arena, const struct world_options *options);
void world_close(struct world *world);

/** The words for who asks. */
const char *world_who(enum who who);

/* --- asking --- */

struct question {
    const struct route *route;
    enum who who;
    const char *body;  /* NULL: none */
    const char *query; /* "" none */
    const char *what;  /* "with \"title\" left out", for the report */
    bool unknown_ids;  /* the path's parameters are ids of nothing */
};
/** Its path below /api/v1, with its query; in the world's arena. */
const char *world_path(struct world *world, const struct question *question);
/** Asks, as a fresh person when the one we had is known no more. */
c18n_test_answer world_ask(struct world *world, const struct question *question);

/* --- what has been made --- */

/** Learns ids and values from what a route was asked and answered. */
void world_learn(struct world *world, const struct question *question, const c18n_test_answer *answer);
/** Something has this id: `name` stands for it in fields and paths from here on. */
void world_know(struct world *world, const char *name, const char *id);
/** After a DELETE: what its path named last is no more. */
void world_forget(struct world *world, const struct route *route);
/** What was made before is out of sight, and the people are others. */
void world_begin_anew(struct world *world);

#endif
