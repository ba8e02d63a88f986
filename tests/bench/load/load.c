/*
 * load.c: many WebSocket clients in one thread, for tests/bench/live: those who listen check, those who send wait.
 *
 *     load --port P --tokens FILE [--protocol c18n|plain|centrifuge] [--rooms R] [--subscribers S] [--senders K]
 *          [--outstanding N] [--seconds T] [--rate M] [--idle] [--handshakes]
 *
 * FILE has a line a client: TOKEN ROOM. The first S of a room's lines listen, the next K send. What is sent has a stamp
 * "#SENDER:COUNT:MICROSECONDS#" in it, so that order, completeness and delay are checked alike for every server,
 * whatever else its messages look like. Prints one line of JSON; 1 when anything was lost, doubled or out of order.
 */
#include "client.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOMS_MAX = 1024, SLOTS = 1 << 20 };

static struct {
    int port, rooms, subscribers, senders, outstanding, size;
    double seconds, rate;
    const char *tokens, *protocol;
    bool idle, handshakes;
} options = {
    .rooms = 1, .subscribers = 1, .senders = 1, .outstanding = 4, .size = 200, .seconds = 5, .protocol = "c18n"};

static struct client *clients;
static int client_count, poller;
static char (*rooms)[64];
static uint64_t delivered, faults, acked, nacked, bytes_in;
static uint32_t delays[SLOTS]; /* by microsecond */
static bool measuring;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Where a client connects: with the plain servers the path says what it is. */
static int connect_client(const char *room, const char *token, bool sends)
{
    char path[128], headers[2200] = "";
    if (strcmp(options.protocol, "c18n") == 0) {
        snprintf(path, sizeof path, "/api/v1/messages/%s", sends ? "send" : "receive");
        snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\nSec-WebSocket-Protocol: c18n.v1.ndjson\r\n",
                 token);
    } else if (strcmp(options.protocol, "centrifuge") == 0) {
        snprintf(path, sizeof path, "/connection/websocket");
    } else {
        snprintf(path, sizeof path, "/%s/%s", room, sends ? "send" : "listen");
    }
    return client_connect(options.port, path, headers);
}

/* Centrifuge's clients say who they are and what they listen to; the others' servers know. */
static void greet(struct client *client)
{
    char text[256];
    if (strcmp(options.protocol, "centrifuge") != 0)
        return;
    client_send(client, text, (size_t)snprintf(text, sizeof text, "{\"id\":1,\"connect\":{}}"));
    if (client->sender < 0)
        client_send(
            client, text,
            (size_t)snprintf(text, sizeof text, "{\"id\":2,\"subscribe\":{\"channel\":\"%s\"}}", rooms[client->room]));
}

/* --- sending --- */

static void send_next(struct client *client)
{
    static char filler[512], text[2048];
    if (!filler[0])
        memset(filler, 'x', sizeof filler - 1);
    char stamp[64];
    int used =
        snprintf(stamp, sizeof stamp, "#%02d:%08u:%lld#", client->sender, ++client->sent, (long long)(now_s() * 1e6));
    bool centrifuge = strcmp(options.protocol, "centrifuge") == 0;
    int length = centrifuge
                     ? snprintf(text, sizeof text,
                                "{\"id\":%u,\"publish\":{\"channel\":\"%s\",\"data\":{\"content\":\"%s%.*s\"}}}",
                                client->sent + 2, rooms[client->room], stamp, options.size - used, filler)
                     : snprintf(text, sizeof text,
                                "{\"id\":\"%d-%u\",\"kind\":\"message\",\"group\":\"%s\",\"content\":\"%s%.*s\"}",
                                (int)getpid(), /* an id is for ever: the next round's are others */
                                client->sent, rooms[client->room], stamp, options.size - used, filler);
    client_send(client, text, (size_t)length);
}

/* --- receiving --- */

static void take_stamp(struct client *client, const char *stamp)
{
    unsigned sender = (unsigned)atoi(stamp + 1) % SENDERS_MAX;
    uint32_t count = (uint32_t)strtoul(stamp + 4, NULL, 10);
    if (count != client->seen[sender] + 1)
        faults++;
    client->seen[sender] = count;
    if (!measuring)
        return;
    delivered++;
    if (options.rate > 0) {
        double delay = now_s() * 1e6 - strtod(stamp + 13, NULL);
        delays[delay < 0 ? 0 : delay >= SLOTS ? SLOTS - 1 : (size_t)delay]++;
    }
}

static void take_line(struct client *client, const char *line, size_t length)
{
    const char *stamp = memchr(line, '#', length);
    if (stamp && client->sender < 0) {
        take_stamp(client, stamp);
    } else if (client->sender >= 0 && (memmem(line, length, "\"ack\"", 5) || memmem(line, length, "\"publish\"", 9))) {
        client->acked++;
        acked += measuring;
    } else if (memmem(line, length, "\"nack\"", 6) || memmem(line, length, "\"error\"", 7)) {
        if (nacked++ == 0)
            fprintf(stderr, "load: %.*s\n", (int)length, line);
    } else if (length == 2 && memcmp(line, "{}", 2) == 0) {
        client_send(client, "{}", 2); /* centrifuge's ping */
    }
}

static void take_text(struct client *client, const char *text, size_t length)
{
    while (length > 0) {
        const char *end = memchr(text, '\n', length);
        size_t line = end ? (size_t)(end - text) : length;
        take_line(client, text, line);
        size_t step = line + (end != NULL);
        text += step;
        length -= step;
    }
}

/* --- runs --- */

static void turn(int wait_ms)
{
    struct epoll_event events[512];
    int count = epoll_wait(poller, events, 512, wait_ms);
    for (int i = 0; i < count; i++)
        bytes_in += client_receive(events[i].data.ptr, take_text);
}

static void open_clients(void)
{
    FILE *file = fopen(options.tokens, "r");
    char token[2048], room[64];
    static int in_room[ROOMS_MAX];
    if (!file)
        die(options.tokens);
    rooms = calloc(ROOMS_MAX, sizeof *rooms);
    int most = options.rooms * (options.subscribers + options.senders), known = 0;
    clients = calloc((size_t)most, sizeof *clients);
    while (client_count < most && fscanf(file, "%2047s %63s", token, room) == 2) {
        int number = 0;
        while (number < known && strcmp(rooms[number], room) != 0)
            number++;
        if (number == known)
            strcpy(rooms[known++], room);
        struct client *client = &clients[client_count++];
        int place = in_room[number]++;
        client->room = number;
        client->sender = place < options.subscribers ? -1 : place - options.subscribers;
        client->fd = connect_client(room, token, client->sender >= 0);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        epoll_ctl(poller, EPOLL_CTL_ADD, client->fd, &event);
        greet(client);
        turn(0);
    }
    fclose(file);
    double until = now_s() + 2; /* for hello, subscriptions, presence */
    while (now_s() < until)
        turn(10);
    for (int i = 0; i < client_count; i++)
        clients[i].acked = 0;
}

static void run_senders(double seconds)
{
    double from = now_s(), until = from + seconds;
    double due = from, step = options.rate > 0 ? 1 / options.rate : 0;
    int next = 0;
    for (double now = from; now < until; now = now_s()) {
        if (options.rate > 0) {
            for (; due <= now; due += step) {
                do
                    next = (next + 1) % client_count;
                while (clients[next].sender < 0);
                send_next(&clients[next]);
            }
        } else {
            for (int i = 0; i < client_count; i++)
                while (clients[i].sender >= 0 && clients[i].sent - clients[i].acked < (uint32_t)options.outstanding)
                    send_next(&clients[i]);
        }
        turn(options.rate > 0 ? 0 : 1);
    }
}

/* What has been sent and has not come. */
static uint64_t missing(void)
{
    uint64_t count = 0;
    for (int i = 0; i < client_count; i++)
        for (int j = 0; j < client_count && clients[i].sender >= 0; j++)
            if (clients[j].sender < 0 && clients[j].room == clients[i].room &&
                clients[j].seen[clients[i].sender] < clients[i].sent)
                count += clients[i].sent - clients[j].seen[clients[i].sender];
    return count;
}

/* As long as anything comes at least every five seconds. */
static void wait_for_rest(void)
{
    double heard = now_s();
    uint64_t before = bytes_in;
    while (missing() > 0 && now_s() - heard < 5) {
        for (int i = 0; i < 100; i++)
            turn(1);
        if (bytes_in != before)
            heard = now_s();
        before = bytes_in;
    }
}

static double percentile(double share)
{
    uint64_t total = 0, sum = 0;
    for (size_t i = 0; i < SLOTS; i++)
        total += delays[i];
    for (size_t i = 0; i < SLOTS; i++)
        if ((double)(sum += delays[i]) >= share * (double)total)
            return (double)i;
    return 0;
}

static int run_rooms(void)
{
    open_clients();
    run_senders(1); /* warm up */
    measuring = true;
    double from = now_s();
    run_senders(options.seconds);
    double took = now_s() - from;
    measuring = false;
    wait_for_rest();
    uint64_t lost = missing();
    printf("{\"deliveries\": %.0f, \"messages\": %.0f, \"faults\": %llu, \"lost\": %llu, \"nacked\": %llu, \"p50_us\": "
           "%.0f, "
           "\"p99_us\": %.0f, \"megabytes\": %.1f}\n",
           (double)delivered / took, (double)acked / took, (unsigned long long)faults, (unsigned long long)lost,
           (unsigned long long)nacked, percentile(0.5), percentile(0.99), (double)bytes_in / 1e6);
    return faults || lost || nacked;
}

static int run_handshakes(void)
{
    char token[2048], room[64];
    FILE *file = fopen(options.tokens, "r");
    if (!file || fscanf(file, "%2047s %63s", token, room) != 2)
        die(options.tokens);
    fclose(file);
    uint64_t count = 0;
    struct linger hard = {1, 0}; /* no ports in TIME_WAIT */
    double from = now_s(), took;
    while ((took = now_s() - from) < options.seconds) {
        int fds[32];
        for (int i = 0; i < 32; i++)
            fds[i] = connect_client(room, token, false);
        for (int i = 0; i < 32; i++) {
            setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
            close(fds[i]);
        }
        count += 32;
    }
    printf("{\"handshakes\": %.0f}\n", (double)count / took);
    return 0;
}

static _Noreturn void run_idle(void)
{
    open_clients();
    printf("{\"open\": %d}\n", client_count);
    fflush(stdout);
    for (;;) /* until we are ended */
        turn(1000);
}

static void read_options(int count, char **words)
{
    static const struct option known[] = {
        {"port", 1, NULL, 'p'},        {"tokens", 1, NULL, 't'},      {"protocol", 1, NULL, 'c'},
        {"rooms", 1, NULL, 'r'},       {"senders", 1, NULL, 'k'},     {"seconds", 1, NULL, 'd'},
        {"subscribers", 1, NULL, 's'}, {"outstanding", 1, NULL, 'o'}, {"rate", 1, NULL, 'm'},
        {"idle", 0, NULL, 'i'},        {"handshakes", 0, NULL, 'h'},  {NULL, 0, NULL, 0}};
    int letter;
    while ((letter = getopt_long(count, words, "", known, NULL)) != -1) {
        switch (letter) {
        case 'p':
            options.port = atoi(optarg);
            break;
        case 't':
            options.tokens = optarg;
            break;
        case 'c':
            options.protocol = optarg;
            break;
        case 'r':
            options.rooms = atoi(optarg);
            break;
        case 'k':
            options.senders = atoi(optarg);
            break;
        case 'd':
            options.seconds = strtod(optarg, NULL);
            break;
        case 's':
            options.subscribers = atoi(optarg);
            break;
        case 'o':
            options.outstanding = atoi(optarg);
            break;
        case 'm':
            options.rate = strtod(optarg, NULL);
            break;
        case 'i':
            options.idle = true;
            break;
        case 'h':
            options.handshakes = true;
            break;
        default:
            exit(64);
        }
    }
}

int main(int count, char **words)
{
    read_options(count, words);
    poller = epoll_create1(0);
    if (options.handshakes)
        return run_handshakes();
    if (options.idle)
        run_idle();
    return run_rooms();
}
