/* rehearse.c: check_config and init of all modules in a child process first. They may touch no file and no network, so
 * that nothing is done twice. One that crashes, hangs or fails there is refused like any other; then the rest is
 * rehearsed anew, until a rehearsal goes through. */
#include "loader/inside.h"

enum { ANSWER_DONE = '.', ANSWER_RULE = '-' };

static void rehearse_check_configs(struct loader *loader, int answer_end)
{
    for (size_t i = 0; i < loader->order_count; i++) {
        open_check_config(loader->order[i]);
        trial_step(answer_end);
    }
}

static void rehearse_inits(struct loader *loader, int answer_end)
{
    for (size_t i = 0; i < loader->order_count; i++) {
        stage_init(loader->order[i]);
        if (loader->order[i]->out)
            trial_end(answer_end, ANSWER_RULE, loader->order[i]->module.detail);
        trial_step(answer_end);
    }
}

/* With wrong settings there is no init, here as in the server: a module may rely on what its check_config checks. */
static void rehearse_main(void *arg, int answer_end)
{
    struct loader *loader = arg;
    loader->rehearses = true;
    if (loader->enter_rehearsal)
        loader->enter_rehearsal(loader->rehearsal_arg);
    rehearse_check_configs(loader, answer_end);
    if (conf_fault_count(loader->conf) == 0)
        rehearse_inits(loader, answer_end);
    trial_end(answer_end, ANSWER_DONE, "");
}

static void rehearse_say_dead(const struct trial *trial, const char *stage, struct text *ret_rule)
{
    char deed[32];
    print_into(deed, sizeof deed, "its stage %s", stage);
    trial_death(trial, deed, ret_rule);
}

static void rehearse_say_failed(const struct trial *trial, struct text *ret_rule)
{
    text_add_text(ret_rule, trial->answer + 1);
    trial_last_words(trial, ret_rule);
}

static const char *rehearse_todo(const struct trial *trial)
{
    if (trial->late)
        return "init and check_config must not wait for the network, a file or a lock: send its author "
               "this; " UNTIL_THEN;
    if (!trial->answered)
        return TELL_AUTHOR;
    return *trial->last_words
               ? "set right what it says there, or send its author this; " UNTIL_THEN
               : "compare its settings with its documentation; if they are right, send its author this; " UNTIL_THEN;
}

/* The steps that were done tell whose turn it was: first each module's check_config, then each one's init. */
static void rehearse_refuse(struct loader *loader, const struct trial *trial)
{
    struct text rule;
    bool in_init = trial->steps >= loader->order_count;
    struct candidate *candidate = loader->order[trial->steps % loader->order_count];
    text_init(&rule, NULL, 0);
    if (trial->answered)
        rehearse_say_failed(trial, &rule);
    else
        rehearse_say_dead(trial, in_init ? "init" : "check_config", &rule);
    refuse(candidate, &(struct refusal){.host = TRIED_FIRST, .rule = text_end(&rule), .todo = rehearse_todo(trial)});
    text_free(&rule);
}

/* Returns whether a module was taken out. Without a child there is no rehearsal; the real stages are watched, too. */
static bool rehearse_once(struct loader *loader)
{
    struct trial trial;
    if (loader->order_count == 0 || !trial_run(rehearse_main, loader, loader->stage_ms, &trial))
        return false;
    if (trial.answered && *trial.answer == ANSWER_DONE)
        return false;
    rehearse_refuse(loader, &trial);
    return true;
}

void rehearse_candidates(struct loader *loader)
{
    while (!loader->unrehearsed && rehearse_once(loader))
        graph_settle(loader); /* what needs the one that went goes, too */
}
