/**
 * loader.h: from .so files to started modules.
 *
 * scan (ELF notes of every file, no code runs) → graph (what conf.d asks for, in an order in which
 * needs come first) → probe (a child process opens each file, so that a crash or an unresolved
 * symbol is the child's) → load (libltdl, bound now, local, resident) → rehearsal (a child process runs check_config
 * and init of all, for the same reason) → the stages.
 */
#ifndef LOADER_LOADER_H
#define LOADER_LOADER_H

#include "base/text.h"
#include "c18n/module.h"
#include "conf/conf.h"

struct module {                    /* one loaded module */
    c18n_self self;                /* what the module itself is given: must stay first */
    const c18n_module *descriptor; /* a copy of the host's own size, zero-filled past what the module has */
    const char *file;              /* absolute path of its .so; lives as long as the loader */
    char provides[8][48], needs[16][48], wants[16][48], conflicts[8][48]; /* service ids; "" ends */
    const char *reason; /* why it stands at this place: "needs communities.v1 (communities)" */
    bool optional;
    int state;        /* MODULE_… */
    char detail[256]; /* why it is not running */
    char advice[512]; /* optional and left out: what the host has, and what to do; "" when detail says it */
    struct conf_section *settings;
    struct provided {
        const char *service;
        c18n_service entry;
    } provided[8];
};
enum { MODULE_LOADED, MODULE_READY, MODULE_STARTED, MODULE_LEFT_OUT };

struct loader;
/** `host` is the table that modules get. */
struct loader *loader_new(const c18n_host *host, struct conf *conf, const char *module_dir);
/** Before loader_load: asks for this module to be left out, with `reason` as its detail. Heeded for a module that is
 *  optional and that nothing needs which isn't; any other is loaded all the same. Texts are copied. */
void loader_leave_out(struct loader *loader, const char *id, const char *reason);
/** Before loader_load: `enter` is called in the child process in which init is rehearsed, before any module's: it makes
 *  there what init may ask the host's table for. */
void loader_on_rehearsal(struct loader *loader, void (*enter)(void *arg), void *arg);
/** Before loader_load: there is no rehearsal. For a host that wants to see a module's init fail or crash in its own
 *  process, as under a debugger. */
void loader_unrehearsed(struct loader *loader);
/** All up to and with check_config; init is rehearsed. Messages, one paragraph a refusal, go to ret_why. 0 or an exit
 *  code (78). Modules that are left out because they are optional are reported by module.detail. */
int loader_load(struct loader *loader, struct text *ret_why);
int loader_init(struct loader *loader, struct text *ret_why);  /* init of each, in order */
int loader_start(struct loader *loader, struct text *ret_why); /* start of each */
void loader_drain(struct loader *loader);                      /* reverse order */
void loader_stop(struct loader *loader);
void loader_free(struct loader *loader);

size_t loader_count(const struct loader *loader);
struct module *loader_at(const struct loader *loader, size_t number);    /* in load order */
struct module *loader_find(const struct loader *loader, const char *id); /* NULL: none of this id was asked for */
/** The module whose service it is; NULL: nobody. */
const c18n_service *loader_service(const struct loader *loader, const char *service);
/** Which of these services does the note of a file, anywhere, say that the module provides? Bit N is service N; at
 * most 32. Runs none of its code. */
uint32_t loader_file_provides(const char *file, const char *const *services, size_t count);
bool loader_host_calls(const char *service);     /* is it one that the host itself calls, such as storage.v1? */
struct module *loader_of(const c18n_self *self); /* self is inside a struct module */

/** Walks a descriptor's table by stride: item N, as long as the host knows it. `size` sizeof(the host's element). */
void loader_item(const c18n_table *table, size_t number, void *ret_item, size_t size);

extern const c18n_services_family services_family; /* but for `as`, which needs a request: boot/families.c */
extern const c18n_config_family config_family;

#endif
