/* probe.c: opens each file in a child process first, so that a constructor's crash is the child's, and the dynamic
 * linker's own words about a missing symbol come back (libltdl would only say "file not found"). */
#include "loader/inside.h"

#include <dlfcn.h>
#include <string.h>

enum { ANSWER_FINE = 'f', ANSWER_LINKER = 'l', ANSWER_RULE = 'r' };

static void probe_main(void *arg, int answer_end)
{
    const struct candidate *candidate = arg;
    void *handle = dlopen(candidate->file, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *words = dlerror();
        trial_end(answer_end, ANSWER_LINKER, words ? words : "unknown error");
    }
    const c18n_module *descriptor = dlsym(handle, C18N_TEXT_OF(C18N_MODULE_SYMBOL));
    const char *rule = descriptor ? descriptor_check(descriptor, candidate) : "it must export its descriptor";
    trial_end(answer_end, rule ? ANSWER_RULE : ANSWER_FINE, rule ? rule : "");
}

/* The linker begins with the file's name, which the refusal has already. */
static const char *without_file(const char *words, const char *file)
{
    size_t length = strlen(file);
    return strncmp(words, file, length) == 0 && strncmp(words + length, ": ", 2) == 0 ? words + length + 2 : words;
}

/* What the linker lacks, by a word of its own, and who can help. */
static const struct {
    const char *word, *todo;
} todos[] = {
    {"undefined symbol", "use the module's build for this version of c18n and of the libraries that it links with, or "
                         "report it to its author; " UNTIL_THEN},
    {"cannot open shared object file", "install the package that has this library (`ldd` on the file lists all that "
                                       "are not found); " UNTIL_THEN},
};

static void probe_refuse_unlinked(struct candidate *candidate, char *words)
{
    char rule[TRIAL_ANSWER_ROOM + 64];
    const char *todo = TELL_AUTHOR;
    for (size_t i = 0; i < LENGTH_OF(todos); i++)
        if (strstr(words, todos[i].word))
            todo = todos[i].todo;
    print_plainly(words);
    print_into(rule, sizeof rule, "the dynamic linker must take it: %s", without_file(words, candidate->file));
    refuse(candidate, &(struct refusal){.rule = rule, .todo = todo});
}

static void probe_refuse_dead(struct candidate *candidate, const struct trial *trial)
{
    struct text rule;
    text_init(&rule, NULL, 0);
    trial_death(trial, "opening it, which runs its constructors,", &rule);
    refuse(candidate, &(struct refusal){.host = TRIED_FIRST, .rule = text_end(&rule), .todo = TELL_AUTHOR});
    text_free(&rule);
}

static void probe_judge(struct candidate *candidate, struct trial *trial)
{
    if (!trial->answered)
        probe_refuse_dead(candidate, trial);
    else if (*trial->answer == ANSWER_LINKER)
        probe_refuse_unlinked(candidate, trial->answer + 1);
    else if (*trial->answer != ANSWER_FINE)
        refuse(candidate, &(struct refusal){.rule = trial->answer + 1, .todo = TELL_AUTHOR});
}

static void probe_one(struct candidate *candidate)
{
    struct trial trial;
    candidate->probed = true;
    if (trial_run(probe_main, candidate, candidate->loader->probe_ms, &trial))
        probe_judge(candidate, &trial);
    else
        refuse(candidate, &(struct refusal){.rule = "it must be tried in a child process first, and none can be "
                                                    "started",
                                            .todo = "see which limit on processes or memory is reached, and raise it"});
}

bool probe_candidates(struct loader *loader)
{
    bool taken_out = false;
    for (size_t i = 0; i < loader->order_count; i++) {
        if (loader->order[i]->probed)
            continue;
        probe_one(loader->order[i]);
        taken_out |= loader->order[i]->out;
    }
    return taken_out;
}
