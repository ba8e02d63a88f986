/* uploads.c: the uploads of this process, by which sweep.c tells those that live from those that died with another. */
#include "media.h"

#include <stdlib.h>
#include <string.h>

struct media_upload *media_upload_new(const char *by, const char *name)
{
    struct media_upload *upload = calloc(1, sizeof *upload);
    if (upload && name && !(upload->name = strdup(name))) {
        free(upload);
        return NULL;
    }
    if (upload)
        memccpy(upload->by, by, '\0', sizeof upload->by - 1);
    return upload;
}

void media_upload_free(struct media_upload *upload)
{
    if (!upload)
        return;
    free(upload->name);
    free(upload);
}

static void put_into(struct media_upload **list, struct media_upload *upload)
{
    upload->next = *list;
    upload->place = list;
    if (upload->next)
        upload->next->place = &upload->next;
    *list = upload;
}

static void take_out(struct media_upload *upload)
{
    if (!upload->place)
        return;
    *upload->place = upload->next;
    if (upload->next)
        upload->next->place = upload->place;
    upload->place = NULL;
}

static int64_t now_us(const struct media *media)
{
    return c18n_monotonic_us(media->self->host);
}

bool media_upload_run(struct media *media, struct media_upload *upload, int64_t most)
{
    int64_t count = 0;
    pthread_mutex_lock(&media->lock);
    for (const struct media_upload *other = media->running; other; other = other->next)
        count += strcmp(other->by, upload->by) == 0;
    upload->heard_us = now_us(media);
    if (count < most)
        put_into(&media->running, upload);
    pthread_mutex_unlock(&media->lock);
    return count < most;
}

bool media_upload_heard(struct media *media, struct media_upload *upload)
{
    pthread_mutex_lock(&media->lock);
    upload->heard_us = now_us(media);
    bool goes_on = !upload->stopped;
    pthread_mutex_unlock(&media->lock);
    return goes_on;
}

void media_upload_leave(struct media *media, struct media_upload *upload)
{
    pthread_mutex_lock(&media->lock);
    take_out(upload);
    pthread_mutex_unlock(&media->lock);
}

void media_upload_end(struct media *media, struct media_upload *upload)
{
    pthread_mutex_lock(&media->lock);
    take_out(upload);
    put_into(&media->ended, upload);
    pthread_mutex_unlock(&media->lock);
}

struct media_upload *media_uploads_take_ended(struct media *media)
{
    pthread_mutex_lock(&media->lock);
    struct media_upload *ended = media->ended;
    media->ended = NULL;
    pthread_mutex_unlock(&media->lock);
    return ended;
}

void media_uploads_stop(struct media *media, int64_t before_us)
{
    pthread_mutex_lock(&media->lock);
    for (struct media_upload *upload = media->running; upload; upload = upload->next)
        upload->stopped |= upload->heard_us < before_us;
    pthread_mutex_unlock(&media->lock);
}

bool media_uploads_has(struct media *media, const char *id)
{
    bool found = false;
    pthread_mutex_lock(&media->lock);
    for (const struct media_upload *upload = media->running; upload && !found; upload = upload->next)
        found = !upload->stopped && strcmp(upload->id, id) == 0;
    pthread_mutex_unlock(&media->lock);
    return found;
}
