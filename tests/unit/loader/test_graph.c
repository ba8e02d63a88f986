/* Who can be there and in which order, from notes alone. */
#include "workshop.h"

enum { MODULES_MOST = 8 };

static const struct plan { /* modules in the order of conf.d, and what comes out */
    const char *name;
    const char
        *notes[MODULES_MOST]; /* facts; ids are a, b, c … in this order; a trailing '?' on the first letter: optional */
    const char *order;        /* "a b c"; those that are out are not in it */
    const char *words[3];     /* in the refusals; none: there are no refusals */
} plans[] = {
    {"nothing", {NULL}, "", {NULL}},
    {"conf.d's order when nothing is needed", {"", "", ""}, "a b c", {NULL}},
    {"what is needed comes first", {"needs: b.v1", "provides: b.v1; needs: c.v1", "provides: c.v1"}, "c b a", {NULL}},
    {"ties by conf.d", {"needs: d.v1", "", "needs: d.v1", "provides: d.v1"}, "b d a c", {NULL}},
    {"wants come first when there", {"wants: c.v1, nobody.v1", "", "provides: c.v1"}, "b c a", {NULL}},
    {"wants in a circle are wishes", {"provides: a.v1; wants: b.v1", "provides: b.v1; wants: a.v1"}, "a b", {NULL}},
    {"a want against a need gives way", {"provides: a.v1; wants: b.v1", "provides: b.v1; needs: a.v1"}, "a b", {NULL}},
    {"commas, blanks and both",
     {"needs: b.v1,c.v1   d.v1 ;", "provides: b.v1", "provides: c.v1", "provides: d.v1"},
     "b c d a",
     {NULL}},
    {"a missing need",
     {"needs: x.v1", ""},
     "b",
     {"a.so: refused", "x.v1, which it needs, must be provided", "install a module that provides it"}},
    {"what needs the refused goes too",
     {"needs: x.v1; provides: a.v1", "needs: a.v1; provides: b.v1", "needs: b.v1"},
     "",
     {"c.so: refused", "b, which provides b.v1 but can't be loaded itself", "set a right first: x.v1, which it needs"}},
    {"an optional one is left out in silence", {"?needs: x.v1; provides: a.v1", "?needs: a.v1", ""}, "c", {NULL}},
    {"a required one that needs an optional one",
     {"?needs: x.v1; provides: a.v1", "needs: a.v1"},
     "",
     {"b.so: refused", "a, which provides a.v1 but can't be loaded itself", NULL}},
    {"two storages",
     {"provides: storage.v1", "provides: storage.v1"},
     "a",
     {"b.so: refused", "a service has only one provider", "a, which provides storage.v1 too"}},
    {"two storages, one optional",
     {"?provides: storage.v1", "?provides: storage.v1"},
     "a",
     {"b.so: refused", "only one provider", NULL}},
    {"two caches, the first optional", {"?provides: cache.v1", "provides: cache.v1"}, "b", {NULL}},
    {"a conflict",
     {"provides: a.v1", "conflicts: a.v1"},
     "a",
     {"b.so: refused", "what it conflicts with must not be there", "a, which provides a.v1"}},
    {"a conflict with nobody", {"conflicts: z.v1", ""}, "a b", {NULL}},
    {"a circle",
     {"", "provides: b.v1; needs: c.v1", "provides: c.v1; needs: d.v1", "provides: d.v1; needs: b.v1"},
     "a",
     {"needs must not go round in a circle: ", "c -> d -> b -> c", NULL}},
    {"a circle of one", {"provides: a.v1; needs: a.v1", ""}, "b", {"circle: a -> a", NULL}},
    {"before a circle",
     {"needs: b.v1", "provides: b.v1; needs: c.v1", "provides: c.v1; needs: b.v1"},
     "",
     {"circle: ", " -> ", NULL}},
};

static const c18n_host host = {.size = sizeof host, .major = C18N_ABI_MAJOR, .minor = C18N_ABI_MINOR};

static void make_candidate(struct loader *loader, const char *facts)
{
    static const char *const ids[MODULES_MOST] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    struct candidate *candidate = &loader->candidates[loader->count];
    char note[256];
    bool optional = *facts == '?';
    snprintf(note, sizeof note, "abi: 0.1; id: %s; version: 1.0.0; %s", ids[loader->count], facts + optional);
    candidate->loader = loader;
    candidate->elf = (struct elf_facts){.major = 0, .minor_built = 1, .minor_needed = 1, .has_descriptor = true};
    candidate->module.optional = optional;
    candidate->module.self.id = ids[loader->count];
    assert_true(asprintf(&candidate->file, "%s.so", ids[loader->count]) > 0);
    assert_null(facts_parse(note, candidate));
    loader->count++;
}

static void free_candidates(struct loader *loader)
{
    for (size_t i = 0; i < loader->count; i++)
        free(loader->candidates[i].file);
    free(loader->candidates);
}

static void each_plan(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(plans); i++) {
        const struct plan *plan = &plans[i];
        struct text why, order;
        struct loader loader = {.host = &host, .module_dir = (char *)(uintptr_t) "/nowhere", .why = &why};
        text_init(&why, NULL, 0);
        text_init(&order, NULL, 0);
        loader.candidates = calloc(MODULES_MOST, sizeof *loader.candidates);
        loader.order = calloc(MODULES_MOST, sizeof *loader.order);
        for (size_t j = 0; plan->notes[j]; j++)
            make_candidate(&loader, plan->notes[j]);
        graph_settle(&loader);
        for (size_t j = 0; j < loader.order_count; j++)
            text_print(&order, "%s%s", j ? " " : "", loader.order[j]->id);
        print_message("%s\n", plan->name);
        assert_string_equal(text_end(&order), plan->order);
        assert_int_equal(loader.refused, plan->words[0] != NULL);
        for (size_t j = 0; j < LENGTH_OF(plan->words) && plan->words[j]; j++)
            workshop_expect_words(text_end(&why), plan->words[j]);
        if (!plan->words[0])
            assert_string_equal(text_end(&why), "");
        text_free(&why);
        text_free(&order);
        free_candidates(&loader);
        free(loader.order);
    }
}

static void reasons_are_given(void **state)
{
    (void)state;
    struct loader loader = {.host = &host, .module_dir = (char *)(uintptr_t) "/nowhere"};
    loader.candidates = calloc(MODULES_MOST, sizeof *loader.candidates);
    loader.order = calloc(MODULES_MOST, sizeof *loader.order);
    make_candidate(&loader, "needs: b.v1; wants: c.v1 d.v1");
    make_candidate(&loader, "provides: b.v1");
    make_candidate(&loader, "provides: c.v1");
    graph_settle(&loader);
    assert_string_equal(loader.order[0]->reason, "needs nothing");
    assert_string_equal(loader.order[2]->reason, "needs b.v1 (b), wants c.v1 (c)");
    free_candidates(&loader);
    free(loader.order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_plan), cmocka_unit_test(reasons_are_given)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
