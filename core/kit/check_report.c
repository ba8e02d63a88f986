/* check_report.c: what was found, kept in order, and the report that is made of it. */
#include "kit/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A finding goes to the parent as its result, its rule, its words and a NUL. */
static void report_send(const struct check *check, enum check_result result, enum check_rule rule, const char *words)
{
    char bytes[CHECK_WORDS_MOST + 4];
    int length = snprintf(bytes, sizeof bytes, "%c%c%s", (char)result, (char)('A' + rule), words);
    size_t size = length < 0 ? 0 : (size_t)length < sizeof bytes ? (size_t)length + 1 : sizeof bytes;
    for (size_t sent = 0; sent < size;) {
        ssize_t count = write(check->pipe_end, bytes + sent, size - sent);
        if (count <= 0)
            return; /* the parent has gone */
        sent += (size_t)count;
    }
}

/* A question that is asked by many in many ways fails in the same words. */
static bool is_said(const struct check *check, enum check_result result, enum check_rule rule, const char *words)
{
    for (const struct check_finding *finding = check->first; finding; finding = finding->next)
        if (finding->result == result && finding->rule == rule && strcmp(finding->words, words) == 0)
            return true;
    return false;
}

static void keep(struct check *check, enum check_result result, enum check_rule rule, const char *words)
{
    struct check_finding *finding = arena_alloc(check->arena, sizeof *finding);
    const char *copy = arena_copy(check->arena, words, strlen(words));
    if (!finding || !copy)
        return;
    *finding = (struct check_finding){.result = result, .rule = rule, .words = copy};
    if (check->last)
        check->last->next = finding;
    else
        check->first = finding;
    check->last = finding;
}

void check_add(struct check *check, enum check_result result, enum check_rule rule, const char *words)
{
    if (is_said(check, result, rule, words))
        return;
    check->failed[rule] += result == CHECK_FAILED;
    check->notes[rule] += result == CHECK_NOTE;
    if (check->pipe_end >= 0) {
        if (result != CHECK_OK && (result == CHECK_FAILED ? check->failed : check->notes)[rule] > CHECK_SAID_MOST)
            return;
        report_send(check, result, rule, words);
        keep(check, result, rule, words);
        return;
    }
    if (result == CHECK_OK && check->failed[rule] > 0)
        return; /* it failed in another child */
    keep(check, result, rule, words);
}

void check_begin(struct check *check, enum check_rule rule)
{
    check->failed[rule] = check->notes[rule] = 0;
    atomic_store(&check->shared->rule, (int)rule);
    check_doing(check, "%s", check_rules[rule].id);
}

void check_doing(struct check *check, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(check->shared->doing, sizeof check->shared->doing, format, values);
    va_end(values);
    atomic_fetch_add(&check->shared->beat, 1);
}

static void report_add(struct check *check, enum check_result result, enum check_rule rule, const char *format,
                       va_list values)
{
    char words[CHECK_WORDS_MOST];
    vsnprintf(words, sizeof words, format, values);
    check_add(check, result, rule, words);
}

void check_fail(struct check *check, enum check_rule rule, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    report_add(check, CHECK_FAILED, rule, format, values);
    va_end(values);
}

void check_note(struct check *check, enum check_rule rule, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    report_add(check, CHECK_NOTE, rule, format, values);
    va_end(values);
}

void check_end(struct check *check, enum check_rule rule, const char *format, ...)
{
    va_list values;
    const struct {
        size_t count;
        enum check_result result;
    } cut[] = {{check->failed[rule], CHECK_FAILED}, {check->notes[rule], CHECK_NOTE}};
    for (size_t i = 0; check->pipe_end >= 0 && i < sizeof cut / sizeof *cut; i++) {
        char words[64];
        snprintf(words, sizeof words, "… and %zu more", cut[i].count - CHECK_SAID_MOST);
        if (cut[i].count > CHECK_SAID_MOST)
            report_send(check, cut[i].result, rule, words);
    }
    if (check->failed[rule] > 0)
        return;
    if (!format) {
        check_add(check, CHECK_OK, rule, check_rules[rule].kept);
        return;
    }
    va_start(values, format);
    report_add(check, CHECK_OK, rule, format, values);
    va_end(values);
}

bool check_has_failed(const struct check *check)
{
    for (const struct check_finding *finding = check->first; finding; finding = finding->next)
        if (finding->result == CHECK_FAILED)
            return true;
    return false;
}

/* --- the report --- */

static const char *result_word(enum check_result result)
{
    return result == CHECK_OK ? "ok" : result == CHECK_NOTE ? "note" : "FAILED";
}

/* Lines after the first stand below its words. What a module says may hold anything, and goes to a terminal. */
static void print_words(struct text *ret_report, const char *words)
{
    for (; *words; words++) {
        bool is_control = ((unsigned char)*words < 0x20 && *words != '\n') || *words == 0x7f;
        text_add_char(ret_report, is_control ? '?' : *words);
        if (*words == '\n' && words[1] != '\0')
            text_print(ret_report, "%26s", "");
    }
    if (ret_report->length > 0 && ret_report->at[ret_report->length - 1] != '\n')
        text_add_char(ret_report, '\n');
}

static bool is_last_failure(const struct check_finding *finding)
{
    if (finding->result != CHECK_FAILED)
        return false;
    for (const struct check_finding *later = finding->next; later; later = later->next)
        if (later->result == CHECK_FAILED && later->rule == finding->rule)
            return false;
    return true;
}

static void count_rules(const struct check *check, size_t *ret_broken, size_t *ret_asked)
{
    bool asked[CHECK_RULES] = {false}, broken[CHECK_RULES] = {false};
    for (const struct check_finding *finding = check->first; finding; finding = finding->next) {
        asked[finding->rule] |= finding->result != CHECK_NOTE;
        broken[finding->rule] |= finding->result == CHECK_FAILED;
    }
    *ret_broken = *ret_asked = 0;
    for (size_t i = 0; i < CHECK_RULES; i++) {
        *ret_asked += asked[i];
        *ret_broken += broken[i];
    }
}

static void print_json(const struct check *check, struct text *ret_report)
{
    text_add_text(ret_report, "{\"file\":");
    text_add_json(ret_report, check->file, strlen(check->file));
    text_print(ret_report, ",\"fit\":%s,\"findings\":[", check_has_failed(check) ? "false" : "true");
    for (const struct check_finding *finding = check->first; finding; finding = finding->next) {
        const struct check_rule_words *rule = &check_rules[finding->rule];
        text_print(ret_report, "%s\n{\"rule\":\"%s\",\"result\":\"%s\",\"words\":", finding == check->first ? "" : ",",
                   rule->id, result_word(finding->result));
        text_add_json(ret_report, finding->words, strlen(finding->words));
        if (finding->result == CHECK_FAILED) {
            text_add_text(ret_report, ",\"todo\":");
            text_add_json(ret_report, rule->todo, strlen(rule->todo));
        }
        text_add_char(ret_report, '}');
    }
    text_add_text(ret_report, "\n]}\n");
}

void check_print(const struct check *check, struct text *ret_report)
{
    size_t broken, asked;
    if (check->json) {
        print_json(check, ret_report);
        return;
    }
    text_print(ret_report, "%s\n", check->file);
    for (const struct check_finding *finding = check->first; finding; finding = finding->next) {
        const struct check_rule_words *rule = &check_rules[finding->rule];
        text_print(ret_report, "  %-7s %-15s ", result_word(finding->result), rule->id);
        print_words(ret_report, finding->words);
        if (is_last_failure(finding))
            text_print(ret_report, "%26sto do: %s\n", "", rule->todo);
    }
    count_rules(check, &broken, &asked);
    if (broken > 0)
        text_print(ret_report, "%zu of %zu rules broken: not fit to ship. docs/modules/checking.md says why each is\n",
                   broken, asked);
    else
        text_print(ret_report, "%zu rules kept: fit to ship\n", asked);
}
