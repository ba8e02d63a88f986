/* log_lines.c: one event, one line, whatever bytes came with it: a client can't forge a line of the log. */
#include "base/log_lines.h"
#include "base/platform.h"
#include "c18n/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *level_name(int level)
{
    static const char *const names[] = {"error", "warning", "notice", "info", "debug"};
    return level >= 0 && level <= C18N_LOG_DEBUG ? names[level] : "error";
}

static void add_time(struct text *line)
{
    int64_t now_ms = platform_wall_ms();
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    char digits[32];
    gmtime_r(&seconds, &utc);
    strftime(digits, sizeof digits, "%Y-%m-%dT%H:%M:%S", &utc);
    text_print(line, "%s.%03dZ", digits, (int)(now_ms % 1000));
}

/* Plain text, with what could break the line or a terminal written as \xNN. */
static void add_shown(struct text *line, const char *words, bool in_quotes)
{
    for (; *words; words++) {
        unsigned char byte = (unsigned char)*words;
        if (byte < 0x20 || byte == 0x7f || (in_quotes && (byte == '"' || byte == '\\')))
            text_print(line, "\\x%02x", byte);
        else
            text_add_char(line, (char)byte);
    }
}

static void add_member(struct text *line, const char *name, const char *value)
{
    text_print(line, ",\"%s\":", name);
    text_add_json(line, value ? value : "", value ? strlen(value) : 0);
}

void log_lines_message(struct text *line, enum log_format format, int level, const char *source, const char *message,
                       va_list values)
{
    char words[LOG_MESSAGE_LIMIT]; /* longer messages are cut */
    if (vsnprintf(words, sizeof words, message, values) < 0)
        words[0] = '\0';
    if (format == LOG_JSON) {
        text_add_text(line, "{\"time\":\"");
        add_time(line);
        text_add_char(line, '"');
        add_member(line, "level", level_name(level));
        add_member(line, "source", source);
        add_member(line, "message", words);
        text_add_text(line, "}\n");
        return;
    }
    add_time(line);
    text_print(line, " %-7s %s: ", level_name(level), source);
    add_shown(line, words, false);
    text_add_char(line, '\n');
}

static void access_json(struct text *line, const struct log_access *access)
{
    text_add_text(line, "{\"time\":\"");
    add_time(line);
    text_add_char(line, '"');
    add_member(line, "address", access->address);
    add_member(line, "user", access->user);
    add_member(line, "method", access->method);
    add_member(line, "path", access->path);
    add_member(line, "route", access->route);
    add_member(line, "request_id", access->request_id);
    text_print(line, ",\"status\":%d,\"bytes\":%llu,\"micros\":%lld}\n", access->status,
               (unsigned long long)access->bytes, (long long)access->micros);
}

static void add_column(struct text *line, const char *value)
{
    text_add_char(line, ' ');
    add_shown(line, value && *value ? value : "-", true);
}

void log_lines_access(struct text *line, enum log_format format, const struct log_access *access)
{
    if (format == LOG_JSON) {
        access_json(line, access);
        return;
    }
    add_time(line);
    add_column(line, access->address);
    add_column(line, access->user);
    text_add_text(line, " \"");
    add_shown(line, access->method ? access->method : "", true);
    add_column(line, access->path);
    text_print(line, "\" %d %llu %lld", access->status, (unsigned long long)access->bytes, (long long)access->micros);
    add_column(line, access->route);
    add_column(line, access->request_id);
    text_add_char(line, '\n');
}
