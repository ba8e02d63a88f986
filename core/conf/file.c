/* file.c: one file, read by libconfuse. Every value is taken as text with its line; what it ought to
 * be is judged later, when the module that owns the section is known. */
#include "conf/store.h"

#include "base/codec.h"
#include "base/platform.h"
#include "c18n/abi.h"

#include <confuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct conf *conf;
    struct conf_place place;
    const char *base; /* the file that this one overrides; NULL: none */
    const struct conf_scan *scan;
    cfg_t *root;
    const cfg_t *group;           /* the section that is being read, as libconfuse sees it */
    struct conf_section *section; /* and as we see it; NULL: refused */
    struct conf_value *value;     /* the newest */
    bool failed;
};

/* libconfuse's callbacks carry nothing of ours. Its lexer is one for the process, so that reading is one
 * thread's work anyway; the pointer is there only while cfg_parse_buf runs. */
static _Thread_local struct reading *current;

static struct conf_place file_place(const struct reading *reading, int line)
{
    return (struct conf_place){reading->place.file, reading->place.file_number, line};
}

static void file_error(cfg_t *cfg, const char *format, va_list values)
{
    char words[256];
    vsnprintf(words, sizeof words, format, values);
    if (!current->failed) /* what libconfuse says after the first is about the same spot */
        conf_fault(current->conf, file_place(current, cfg->line), "%s", words);
    current->failed = true;
}

static bool file_section_name_fits(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return name[length] == '\0' && length > 0 && length <= CONF_NAME_MOST && name[0] >= 'a';
}

/* May the section stand here? It becomes known, too. */
static struct conf_section *file_section_admit(struct reading *reading, const char *name, struct conf_place place)
{
    struct conf *conf = reading->conf;
    struct conf_section *known = conf_section_find(conf, name);
    if (!file_section_name_fits(name)) {
        conf_fault(conf, place, "%s: is no name of a section: a-z, then a-z, 0-9 and _", name);
        return NULL;
    }
    if (reading->base) {
        if (known && known->present && strcmp(known->place.file, reading->base) == 0)
            return known;
        conf_fault(conf, place, "%s: is not in %s, which this file overrides", name, reading->base);
        return NULL;
    }
    if (known && known->present) {
        conf_fault(conf, place, "%s: stands already in %s:%d", name, known->place.file, known->place.line);
        return NULL;
    }
    struct conf_section *section = conf_section_get(conf, name);
    section->present = true;
    section->place = place;
    return section;
}

/* The root keeps the line of the opening brace while libconfuse is inside a section. */
static void file_section_begin(struct reading *reading, const cfg_t *group)
{
    if (reading->group == group)
        return;
    reading->group = group;
    reading->value = NULL;
    reading->section = file_section_admit(reading, group->name, file_place(reading, reading->root->line));
}

static int file_value_read(cfg_t *group, cfg_opt_t *option, const char *item, void *ret_item)
{
    struct reading *reading = current;
    file_section_begin(reading, group);
    if (reading->section) {
        if (option->nvalues == 1 || !reading->value) /* "=" begins anew; "+=" and further items of a list go on */
            reading->value = conf_value_add(reading->section, option->name, file_place(reading, group->line));
        conf_value_item(reading->conf, reading->value, item);
    }
    *(const char **)ret_item = item;
    return 0;
}

/* libconfuse tells nothing of `key = {}`; the mark "to be reset at the next value" is left on it. */
static void file_take_empty_lists(struct reading *reading, const cfg_t *group)
{
    for (size_t i = 0; i < reading->scan->key_count; i++)
        if ((group->opts[i].flags & CFGF_RESET) && reading->section)
            conf_value_add(reading->section, group->opts[i].name, file_place(reading, reading->scan->keys[i].line));
}

static int file_section_end(cfg_t *root, cfg_opt_t *option)
{
    const cfg_t *group = cfg_opt_getnsec(option, cfg_opt_size(option) - 1);
    root->line = current->scan->sections[option - root->opts].line; /* for one without any value */
    file_section_begin(current, group);
    file_take_empty_lists(current, group);
    root->line = group->line;
    return 0;
}

/* Every key may stand in every section: what belongs where is for conf_bind to say. */
static cfg_t *file_options(const struct conf_scan *scan, cfg_opt_t *keys, cfg_opt_t *sections)
{
    for (size_t i = 0; i < scan->key_count; i++)
        keys[i] = (cfg_opt_t)CFG_STR_LIST_CB(scan->keys[i].name, NULL, CFGF_NONE, file_value_read);
    for (size_t i = 0; i < scan->section_count; i++) {
        sections[i] = (cfg_opt_t)CFG_SEC(scan->sections[i].name, keys, CFGF_MULTI);
        sections[i].validcb = file_section_end;
    }
    keys[scan->key_count] = (cfg_opt_t)CFG_END();
    sections[scan->section_count] = (cfg_opt_t)CFG_END();
    return cfg_init(sections, CFGF_NONE);
}

static void file_parse(struct reading *reading, const struct conf_scan *scan)
{
    reading->scan = scan;
    cfg_opt_t keys[CONF_NAMES_MOST + 1], sections[CONF_NAMES_MOST + 1];
    reading->root = file_options(scan, keys, sections);
    if (!reading->root) {
        conf_fault(reading->conf, reading->place, "can't be read: out of memory");
        return;
    }
    cfg_set_error_function(reading->root, file_error);
    current = reading;
    int code = cfg_parse_buf(reading->root, scan->text);
    current = NULL;
    if (code == CFG_SUCCESS && scan->open_line > 0)
        conf_fault(reading->conf, file_place(reading, scan->open_line),
                   "the section that begins here never ends: } is missing");
    else if (code != CFG_SUCCESS && !reading->failed)
        conf_fault(reading->conf, reading->place, "is not in the syntax of conf.d");
    cfg_free(reading->root);
}

static bool file_is_text(struct reading *reading, const char *bytes, size_t length)
{
    if (memchr(bytes, '\0', length) || !codec_utf8_valid(bytes, length)) {
        conf_fault(reading->conf, reading->place, "is not UTF-8 text");
        return false;
    }
    return true;
}

void conf_file_read(struct conf *conf, const char *path, const char *base)
{
    struct reading reading = {.conf = conf, .base = base};
    reading.place = (struct conf_place){conf_copy(conf, path, strlen(path)), ++conf->file_count, 0};
    struct conf_scan scan = {0};
    size_t length;
    int code = platform_read_file(path, CONF_FILE_BYTES_MOST, &scan.text, &length);
    if (code != C18N_OK) {
        conf->unread = true;
        conf_fault(conf, reading.place, code == C18N_TOO_LARGE ? "is larger than 256 KiB" : "can't be read");
        return;
    }
    if (file_is_text(&reading, scan.text, length)) {
        conf_scan(conf, &scan);
        if (scan.too_many)
            conf_fault(conf, reading.place, "has more than %d different names", CONF_NAMES_MOST);
        else
            file_parse(&reading, &scan);
    }
    free(scan.text);
}
