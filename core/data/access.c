#include "data/access.h"

#include "base/condition.h"
#include "base/json.h"
#include "base/log.h"
#include "base/platform.h"
#include "c18n/log.h"
#include "data/parts.h"

#include <stdio.h>
#include <stdlib.h>

enum { ACCESS_ARENA = 4 * 1024 * 1024 };

struct access_read {
    struct access_read *next;
    char line[]; /* "VIEW ID USER SECONDS" */
};

int access_open(struct access *access)
{
    access->tail = &access->head;
    pthread_mutex_init(&access->lock, NULL);
    return condition_init(&access->room);
}

static void free_reads(struct access_read *reads)
{
    while (reads) {
        struct access_read *next = reads->next;
        free(reads);
        reads = next;
    }
}

void access_close(struct access *access)
{
    free_reads(access->head);
    access->head = NULL;
    pthread_cond_destroy(&access->room);
    pthread_mutex_destroy(&access->lock);
}

static struct access_read *read_new(const char *user, const char *view, const char *id)
{
    long long seconds = platform_wall_ms() / 1000;
    int length = snprintf(NULL, 0, "%s %s %s %lld", view, id, user, seconds);
    struct access_read *read = malloc(sizeof *read + (size_t)length + 1);
    if (read) {
        read->next = NULL;
        snprintf(read->line, (size_t)length + 1, "%s %s %s %lld", view, id, user, seconds);
    }
    return read;
}

/* Waits for room. The writer never waits for itself, and nobody for a disk that takes nothing. */
static bool has_room(struct data *data)
{
    struct access *access = &data->access;
    while (access->count >= ACCESS_MOST && !writer_is_here(data) && !access->closed &&
           writer_state(&data->writer) == C18N_OK)
        condition_wait(&access->room, &access->lock, ACCESS_AFTER_MS);
    return access->count < ACCESS_MOST || writer_is_here(data);
}

bool access_note(struct data *data, const char *user, const char *view, const char *id, bool may_wait)
{
    struct access *access = &data->access;
    struct access_read *read = read_new(*user ? user : "anonymous", view, id);
    bool fills_an_event = false;
    pthread_mutex_lock(&access->lock);
    if (!may_wait && access->count >= ACCESS_MOST) {
        pthread_mutex_unlock(&access->lock);
        free(read);
        return false;
    }
    if (read && has_room(data)) {
        if (access->count++ == 0)
            access->since_us = platform_monotonic_us();
        *access->tail = read;
        access->tail = &read->next;
        read = NULL;
        fills_an_event = access->count == ACCESS_OF_EVENT;
    } else {
        access->lost++;
    }
    pthread_mutex_unlock(&access->lock);
    free(read);
    if (fills_an_event)
        writer_wake(data); /* an idle writer would sleep on while many readers fill the buffer and then wait for it */
    return true;
}

void data_note_access(struct data *data, const char *user, const char *view, const char *id)
{
    (void)access_note(data, user, view, id, true);
}

bool access_due(struct access *access, bool draining)
{
    pthread_mutex_lock(&access->lock);
    bool due = access->count > 0 && (draining || access->count >= ACCESS_OF_EVENT ||
                                     platform_monotonic_us() - access->since_us >= ACCESS_AFTER_MS * INT64_C(1000));
    pthread_mutex_unlock(&access->lock);
    return due;
}

/* --- writing them --- */

struct access_write {
    struct data_item item; /* must stay first */
    struct request request;
    struct data *data;
    struct arena *arena;
    struct access_read *reads; /* taken out of the buffer */
    unsigned count;
};

static int emit_some(struct access_write *write, const struct access_read **at)
{
    struct out *out = json_out_new(write->data->host, write->arena);
    if (!out)
        return C18N_NO_MEMORY;
    c18n_out_begin(&out->pub, "reads", '[');
    for (unsigned i = 0; i < ACCESS_OF_EVENT && *at; i++, *at = (*at)->next)
        c18n_out_text(&out->pub, NULL, (*at)->line);
    c18n_out_end(&out->pub);
    return data_emit_host(&write->request, "access.read", "access", "access", NULL, &out->pub);
}

static int access_run(struct data_item *item)
{
    struct access_write *write = (struct access_write *)(void *)item;
    int code = C18N_OK;
    for (const struct access_read *at = write->reads; at && code == C18N_OK;)
        code = emit_some(write, &at);
    return code;
}

/* What could not be written goes back to the front, as far as there is room. */
static void put_back(struct access *access, struct access_write *write)
{
    struct access_read **end = &write->reads;
    while (*end)
        end = &(*end)->next;
    pthread_mutex_lock(&access->lock);
    *end = access->head;
    if (!access->head)
        access->tail = end;
    access->head = write->reads;
    access->count += write->count;
    access->since_us = platform_monotonic_us();
    pthread_mutex_unlock(&access->lock);
    write->reads = NULL;
}

static void access_done(struct data_item *item, int code)
{
    struct access_write *write = (struct access_write *)(void *)item;
    struct access *access = &write->data->access;
    uint64_t lost = 0;
    if (code != C18N_OK) {
        put_back(access, write);
    } else {
        pthread_mutex_lock(&access->lock);
        lost = access->lost;
        access->lost = 0;
        pthread_cond_broadcast(&access->room);
        pthread_mutex_unlock(&access->lock);
    }
    if (lost > 0)
        log_line(C18N_LOG_ERROR, "data", "%llu reads could not be recorded while nothing could be written",
                 (unsigned long long)lost);
    free_reads(write->reads);
    arena_free(write->arena);
    free(write);
}

struct data_item *access_item(struct data *data)
{
    struct access *access = &data->access;
    struct access_write *write = calloc(1, sizeof *write);
    struct arena *arena = arena_new(ACCESS_ARENA);
    if (!write || !arena) {
        free(write);
        arena_free(arena);
        return NULL;
    }
    write->data = data;
    write->arena = arena;
    request_init_internal(&write->request, data->server, arena, NULL);
    write->item = (struct data_item){.request = &write->request, .run = access_run, .done = access_done};
    pthread_mutex_lock(&access->lock);
    write->reads = access->head;
    write->count = access->count;
    access->head = NULL;
    access->tail = &access->head;
    access->count = 0;
    pthread_mutex_unlock(&access->lock);
    return &write->item;
}
