/* facts.c: the line of facts in a module's note, "abi: 0.1; id: polls; version: 1.0.0; needs: a.v1, b.v1". */
#include "loader/inside.h"

#include <stdio.h>
#include <string.h>

static const char blanks[] = " ,\t\n";
static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

struct part { /* one `word: ids` */
    char word[16];
    char ids[1024];
};

/* Cuts the next part off; false: there is none. What is too long or has no colon gives an empty word. */
static bool part_next(const char **at, struct part *ret_part)
{
    *at += strspn(*at, " ;\n\t");
    if (!**at)
        return false;
    size_t length = strcspn(*at, ";"), word_length = strcspn(*at, ":;");
    *ret_part = (struct part){0};
    if (word_length < length && word_length < sizeof ret_part->word && length - word_length <= sizeof ret_part->ids) {
        memcpy(ret_part->word, *at, word_length);
        const char *ids = *at + word_length + 1;
        size_t ids_length = length - word_length - 1;
        while (ids_length && strchr(blanks, *ids)) {
            ids++;
            ids_length--;
        }
        memcpy(ret_part->ids, ids, ids_length);
    }
    *at += length;
    return true;
}

static bool service_fits(const char *service, size_t length)
{
    return length > 0 && length < 48 && *service >= 'a' && *service <= 'z' &&
           strspn(service, "abcdefghijklmnopqrstuvwxyz0123456789_.") >= length;
}

static bool take_services(const char *ids, char (*ret_services)[48], size_t room)
{
    size_t count = 0;
    while (*(ids += strspn(ids, blanks))) {
        size_t length = strcspn(ids, blanks);
        if (count == room || !service_fits(ids, length))
            return false;
        memset(ret_services[count], 0, sizeof *ret_services);
        memcpy(ret_services[count++], ids, length);
        ids += length;
    }
    return true;
}

static bool take_word(const char *ids, char *ret_word, size_t room)
{
    size_t length = strcspn(ids, blanks);
    if (length == 0 || length >= room || ids[length + strspn(ids + length, blanks)] != '\0')
        return false;
    memcpy(ret_word, ids, length);
    ret_word[length] = '\0';
    return true;
}

static bool take_abi(const char *ids, struct candidate *candidate)
{
    unsigned major, minor;
    char rest;
    if (sscanf(ids, "%u.%u%c", &major, &minor, &rest) != 2)
        return false;
    return major == candidate->elf.major && minor == candidate->elf.minor_built;
}

/* What breaks its rule is not kept: a refusal says what is kept, to a terminal. */
static bool take_id(const char *ids, struct candidate *candidate)
{
    char id[sizeof candidate->id];
    if (!take_word(ids, id, sizeof id) || *id < 'a' || *id > 'z' || id[strspn(id, letters)] != '\0')
        return false;
    memcpy(candidate->id, id, sizeof id);
    return true;
}

static bool take_version(const char *ids, struct candidate *candidate)
{
    char version[sizeof candidate->version];
    if (!take_word(ids, version, sizeof version))
        return false;
    for (const char *at = version; *at; at++)
        if (*at < '!' || *at > '~')
            return false;
    memcpy(candidate->version, version, sizeof version);
    return true;
}

static bool take_provides(const char *ids, struct candidate *candidate)
{
    return take_services(ids, candidate->module.provides, LENGTH_OF(candidate->module.provides));
}

static bool take_needs(const char *ids, struct candidate *candidate)
{
    return take_services(ids, candidate->module.needs, LENGTH_OF(candidate->module.needs));
}

static bool take_wants(const char *ids, struct candidate *candidate)
{
    return take_services(ids, candidate->module.wants, LENGTH_OF(candidate->module.wants));
}

static bool take_conflicts(const char *ids, struct candidate *candidate)
{
    return take_services(ids, candidate->module.conflicts, LENGTH_OF(candidate->module.conflicts));
}

static const struct word {
    const char *word;
    bool (*take)(const char *ids, struct candidate *candidate);
    const char *rule; /* what it breaks when it can't be taken */
} words[] = {
    {"abi", take_abi, "note and descriptor must name the same ABI"},
    {"id", take_id, "its note must have an id of a-z, 0-9 and _"},
    {"version", take_version, "its note must have a version of printable ASCII"},
    {"provides", take_provides, "its note must list at most 8 services under provides, each like name.v1"},
    {"needs", take_needs, "its note must list at most 16 services under needs, each like name.v1"},
    {"wants", take_wants, "its note must list at most 16 services under wants, each like name.v1"},
    {"conflicts", take_conflicts, "its note must list at most 8 services under conflicts, each like name.v1"},
};

static const struct word *word_find(const char *name)
{
    for (size_t i = 0; i < LENGTH_OF(words); i++)
        if (strcmp(words[i].word, name) == 0)
            return &words[i];
    return NULL;
}

const char *facts_parse(const char *note, struct candidate *candidate)
{
    struct part part;
    for (const char *at = note; part_next(&at, &part);) {
        const struct word *word = word_find(part.word);
        if (!word && candidate->elf.minor_built > host_minor(candidate))
            continue; /* a newer minor may say more than we know */
        if (!word)
            return "its note may only say abi, id, version, provides, needs, wants and conflicts";
        if (!word->take(part.ids, candidate))
            return word->rule;
    }
    return *candidate->id && *candidate->version ? NULL : "its note must have an id and a version";
}
