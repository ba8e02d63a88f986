/*
 * catch_up.c: one client that missed everything: how fast does it get N messages of a room?
 *
 *     catch_up PORT TOKEN ROOM N
 *
 * Every stamp must follow the one before it. Prints one line of JSON.
 */
#include "client.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char epoch[64];
static long messages, faults;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void take_line(const char *line, size_t length)
{
    static const char member[] = "\"epoch\":\"", seq[] = "\"seq\":";
    const char *found = memmem(line, length, member, sizeof member - 1);
    if (memmem(line, length, "\"message\"", 9)) {
        const char *number = memmem(line, length, seq, sizeof seq - 1);
        messages++;
        faults += !number || strtol(number + sizeof seq - 1, NULL, 10) != messages;
    } else if (!epoch[0] && found) {
        snprintf(epoch, sizeof epoch, "%.36s", found + sizeof member - 1);
    }
}

static void take_text(struct client *client, const char *text, size_t length)
{
    (void)client;
    while (length > 0) {
        const char *end = memchr(text, '\n', length);
        size_t line = end ? (size_t)(end - text) : length, step = line + (end != NULL);
        take_line(text, line);
        text += step;
        length -= step;
    }
}

static void turn(struct client *client)
{
    struct pollfd wait = {client->fd, POLLIN, 0};
    if (poll(&wait, 1, 10000) != 1)
        die("nothing comes");
    client_receive(client, take_text);
}

int main(int count, char **words)
{
    char headers[2200], text[512];
    struct client client = {0};
    if (count != 5)
        return 64;
    snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\nSec-WebSocket-Protocol: c18n.v1.ndjson\r\n",
             words[2]);
    client.fd = client_connect(atoi(words[1]), "/api/v1/messages/receive", headers);
    while (!epoch[0])
        turn(&client);
    long wanted = strtol(words[4], NULL, 10);
    double from = now_s();
    client_send(&client, text,
                (size_t)snprintf(text, sizeof text,
                                 "{\"id\":\"r\",\"kind\":\"resume\",\"epoch\":\"%s\",\"positions\":{\"%s\":0}}", epoch,
                                 words[3]));
    while (messages < wanted)
        turn(&client);
    printf("{\"messages\": %.0f, \"faults\": %ld}\n", (double)messages / (now_s() - from), faults);
    return faults != 0;
}
