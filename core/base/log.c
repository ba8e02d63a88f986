/*
 * log.c: the ring and the one thread that writes.
 *
 * A slot holds a finished line of the heap. Taking a slot and filling it is two atomic steps, so a
 * writer never waits; a full ring, or more than RING_BYTES in it, drops the line and counts it. The
 * thread writes only what poll says will not block, so that a stop is never held up by a blocked reader.
 */
#include "base/log.h"
#include "base/log_lines.h"
#include "base/platform.h"
#include "base/thread.h"
#include "c18n/abi.h"
#include "c18n/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RING_SLOTS = 8192, RING_BYTES = 8 * 1024 * 1024 };
enum { STOP_GRACE_MS = 2000, POLL_MS = 100 };

enum { TO_ERROR, TO_ACCESS };
struct slot {
    atomic_size_t turn; /* number of the next step on this slot: N to fill, N + 1 to empty */
    char *line;
    uint32_t length;
    uint32_t to;
};

static struct {
    struct slot slots[RING_SLOTS];
    atomic_size_t head; /* next to fill */
    size_t tail;        /* next to empty; the thread's own */
    atomic_size_t bytes;
    _Atomic uint64_t dropped;
    atomic_int level, format;
    atomic_bool running, stopping, reopen, access;
    sem_t ready;
    pthread_t thread;
    char *access_path;
    int access_fd; /* the thread's own; STDERR_FILENO for "-", -1 none */
    int64_t give_up_us;
} ring = {.level = C18N_LOG_NOTICE};

/* --- filling: any thread --- */

static bool claim(size_t *ret_number)
{
    size_t number = atomic_load_explicit(&ring.head, memory_order_relaxed);
    for (;;) {
        size_t turn = atomic_load_explicit(&ring.slots[number % RING_SLOTS].turn, memory_order_acquire);
        if (turn < number)
            return false; /* still full from the round before */
        if (turn > number)
            number = atomic_load_explicit(&ring.head, memory_order_relaxed);
        else if (atomic_compare_exchange_weak_explicit(&ring.head, &number, number + 1, memory_order_relaxed,
                                                       memory_order_relaxed))
            break;
    }
    *ret_number = number;
    return true;
}

static void drop(char *line)
{
    free(line);
    atomic_fetch_add_explicit(&ring.dropped, 1, memory_order_relaxed);
}

static void put(char *line, size_t length, uint32_t to)
{
    size_t number;
    if (atomic_fetch_add(&ring.bytes, length) + length > RING_BYTES || !claim(&number)) {
        atomic_fetch_sub(&ring.bytes, length);
        drop(line);
        return;
    }
    struct slot *slot = &ring.slots[number % RING_SLOTS];
    slot->line = line;
    slot->length = (uint32_t)length;
    slot->to = to;
    atomic_store_explicit(&slot->turn, number + 1, memory_order_release);
    sem_post(&ring.ready);
}

/* --- emptying: the thread --- */

static bool given_up(void)
{
    return atomic_load(&ring.stopping) && platform->monotonic_us() > ring.give_up_us;
}

/* A pipe that polls as writable takes PIPE_BUF bytes without blocking. A line that can't be written is counted. */
static void write_out(int fd, const char *line, size_t length)
{
    while (length && !given_up()) {
        struct pollfd wait = {.fd = fd, .events = POLLOUT};
        if (poll(&wait, 1, POLL_MS) <= 0)
            continue;
        ssize_t sent = platform->write(fd, line, length < PIPE_BUF ? length : PIPE_BUF);
        if (sent < 0 && errno != EINTR && errno != EAGAIN)
            break;
        if (sent > 0) {
            line += sent;
            length -= (size_t)sent;
        }
    }
    if (length)
        atomic_fetch_add_explicit(&ring.dropped, 1, memory_order_relaxed);
}

static int open_access(const char *path)
{
    if (!*path)
        return -1;
    if (strcmp(path, "-") == 0)
        return STDERR_FILENO;
    return platform->open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

static void close_access(void)
{
    if (ring.access_fd >= 0 && ring.access_fd != STDERR_FILENO)
        platform->close(ring.access_fd);
    ring.access_fd = -1;
}

/* The old file stays in use when the new one can't be opened: better a line in the wrong file than none. */
static void reopen_access(void)
{
    int fd = open_access(ring.access_path);
    if (fd < 0 && *ring.access_path) {
        log_line(C18N_LOG_ERROR, "log", "%s: can't be opened again: %s", ring.access_path, strerror(errno));
        return;
    }
    close_access();
    ring.access_fd = fd;
}

static bool empty_one(void)
{
    struct slot *slot = &ring.slots[ring.tail % RING_SLOTS];
    if (atomic_load_explicit(&slot->turn, memory_order_acquire) != ring.tail + 1)
        return false;
    int fd = slot->to == TO_ACCESS ? ring.access_fd : STDERR_FILENO;
    if (fd >= 0)
        write_out(fd, slot->line, slot->length);
    free(slot->line);
    atomic_fetch_sub(&ring.bytes, slot->length);
    atomic_store_explicit(&slot->turn, ring.tail + RING_SLOTS, memory_order_release);
    ring.tail++;
    return true;
}

static void *write_lines(void *arg)
{
    (void)arg;
    for (;;) {
        while (sem_wait(&ring.ready) < 0 && errno == EINTR)
            ;
        if (atomic_exchange(&ring.reopen, false))
            reopen_access();
        while (empty_one())
            ;
        if (atomic_load(&ring.stopping))
            return NULL;
    }
}

/* --- life --- */

int log_start(const struct log_options *options)
{
    char *path = strdup(options->access_path ? options->access_path : "");
    if (!path)
        return C18N_NO_MEMORY;
    int fd = open_access(path);
    if (fd < 0 && *path) {
        free(path);
        return C18N_IO;
    }
    for (size_t i = 0; i < RING_SLOTS; i++)
        atomic_init(&ring.slots[i].turn, i);
    atomic_store(&ring.head, 0);
    ring.tail = 0;
    ring.access_path = path;
    ring.access_fd = fd;
    atomic_store(&ring.access, *path != '\0');
    atomic_store(&ring.level, options->level);
    atomic_store(&ring.format, options->format);
    atomic_store(&ring.stopping, false);
    sem_init(&ring.ready, 0, 0);
    int code = thread_start(&ring.thread, "log", write_lines, NULL);
    atomic_store(&ring.running, code == C18N_OK);
    if (code != C18N_OK) {
        close_access();
        free(path);
    }
    return code;
}

void log_change(int level, enum log_format format)
{
    atomic_store(&ring.level, level);
    atomic_store(&ring.format, format);
}

void log_reopen(void)
{
    if (!atomic_load(&ring.running))
        return;
    atomic_store(&ring.reopen, true);
    sem_post(&ring.ready);
}

/* The caller sees to it that no other thread logs any more. */
void log_stop(void)
{
    if (!atomic_exchange(&ring.running, false))
        return;
    ring.give_up_us = platform->monotonic_us() + STOP_GRACE_MS * 1000;
    atomic_store(&ring.stopping, true);
    sem_post(&ring.ready);
    pthread_join(ring.thread, NULL);
    while (empty_one())
        ;
    sem_destroy(&ring.ready);
    close_access();
    free(ring.access_path);
    ring.access_path = NULL;
}

uint64_t log_dropped(void)
{
    return atomic_load(&ring.dropped);
}

/* --- lines --- */

/* Before log_start and after log_stop there is no thread, and nothing that a slow write could hold up. */
static void write_at_once(const struct text *line)
{
    if (!line->failed && platform->write(STDERR_FILENO, line->at, line->length) < 0)
        atomic_fetch_add_explicit(&ring.dropped, 1, memory_order_relaxed);
}

static void hand_over(struct text *line, uint32_t to)
{
    if (line->failed) {
        drop(line->at);
    } else if (atomic_load(&ring.running)) {
        put(line->at, line->length, to);
    } else {
        write_at_once(line);
        free(line->at);
    }
}

void log_vline(int level, const char *source, const char *format, va_list values)
{
    if (level > atomic_load(&ring.level))
        return;
    struct text line;
    text_init(&line, NULL, LOG_LINE_LIMIT);
    log_lines_message(&line, (enum log_format)atomic_load(&ring.format), level, source, format, values);
    hand_over(&line, TO_ERROR);
}

void log_line(int level, const char *source, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    log_vline(level, source, format, values);
    va_end(values);
}

void log_access_line(const struct log_access *access)
{
    if (!atomic_load(&ring.running) || !atomic_load(&ring.access))
        return;
    struct text line;
    text_init(&line, NULL, LOG_LINE_LIMIT);
    log_lines_access(&line, (enum log_format)atomic_load(&ring.format), access);
    hand_over(&line, TO_ACCESS);
}
