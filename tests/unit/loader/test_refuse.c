/* Every way in which a file can be no module for this host, and what is said of it. */
#include "workshop.h"

#include <elf.h>

static c18n_host host;

static int make_host(void **state)
{
    (void)state;
    host = workshop_host(NULL);
    return 0;
}

#define HEAD "#include <c18n/module.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
#define GOOD HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\")"

/* Modules named x that are wrong in one thing. */
static const struct wrong {
    const char *source, *rule;
} wrongs[] = {
    {HEAD "#undef C18N_ABI_MAJOR\n#define C18N_ABI_MAJOR 9\nC18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\")",
     "its ABI major must be the host's"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\", .minor_needed = 7)",
     "it must not need a newer ABI minor than the host's"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\", .size = 100)",
     "its descriptor must be as large as that of ABI 0.1"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\", .size = 100000)",
     "its descriptor must not claim to be larger than it is"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\", .magic = 1)",
     "it must export the symbol c18n_module_descriptor"},
    {HEAD "#undef C18N_MODULE_SYMBOL\n#define C18N_MODULE_SYMBOL other\nC18N_MODULE(x, \"1.2.3\", \"X\", \"provides: "
          "x.v1\")",
     "it must export the symbol c18n_module_descriptor"},
    {"__attribute__((visibility(\"default\"))) int c18n_module_descriptor[80] = {0x6e383163};",
     "it must carry the note that C18N_MODULE makes"},
    {HEAD "C18N_MODULE(y, \"1.2.3\", \"X\", \"provides: x.v1\")",
     "a module has one id: in its note, as the name of its file"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\", .facts = \"other\")",
     "its note and its descriptor must have the same facts"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\", .id = \"z\")",
     "its note and its descriptor must have the same id"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\", .minor_built = 5)",
     "note and descriptor must name the same ABI"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"provide: x.v1\")", "its note may only say abi, id, version"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"needs: Bad-Name\")",
     "its note must list at most 16 services under needs"},
    {HEAD "C18N_MODULE(x, \"\", \"X\", \"provides: x.v1\")", "its note must have a version"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: a.v1 b.v1 c.v1 d.v1 e.v1 f.v1 g.v1 h.v1 i.v1\")",
     "at most 8 services under provides"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\", .settings = {(void *)8, 1, 4})",
     "its table settings must have rows"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\", .routes = {0, 3, sizeof(c18n_route)})",
     "its table routes must have rows"},
    {HEAD "static const c18n_timer timers[] = {{\"t\", 10, 0}};"
          "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\", .timers = C18N_ALL(timers))",
     "each row of its table timers must have name and run"},
    {HEAD "static int take(c18n_request *r, const c18n_event *e, void *m) { return 0; }"
          "static const c18n_consumer list[] = {{\"a\", \"posts\", take}, {\"b\", 0, take}};"
          "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\", .consumers = C18N_ALL(list))",
     "each row of its table consumers must have name, topics and handle"},
    {HEAD "static const c18n_hook hooks[] = {{\"posts.before_create\"}};"
          "C18N_MODULE(x, \"1.2.3\", \"X\", \"\", .hooks = C18N_ALL(hooks))",
     "each row of its table hooks must have run or render"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\", .state_size = 1u << 30)",
     "its state must be at most 64 MiB"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\", .facts = (void *)16)",
     "must not crash: Segmentation fault"},
    {GOOD ";__attribute__((constructor)) static void run(void) { *(volatile int *)8 = 1; }",
     "must not crash: Segmentation fault"},
    {GOOD ";__attribute__((constructor)) static void run(void) { abort(); }", "must not crash: Aborted"},
    {GOOD ";__attribute__((constructor)) static void run(void) { for (;;) sleep(1); }",
     "must end: it still ran after 300 ms"},
    {GOOD ";__attribute__((constructor)) static void run(void) { _exit(0); }",
     "must not end the process: it exited with 0"},
    {GOOD ";int nobody_has_this(void);__attribute__((constructor)) static void run(void) { nobody_has_this(); }",
     "undefined symbol: nobody_has_this"},
    {HEAD "C18N_MODULE(x, \"1.2.3\", \"X\", \"needs: y.v1\")", "y.v1, which it needs, must be provided"},
};

static void expect_refusal(struct workshop *shop, const char *rule)
{
    char file[256];
    snprintf(file, sizeof file, "%s/x.so: refused\n", shop->modules);
    workshop_load_with(shop, &host);
    assert_int_equal(shop->code, 78);
    workshop_expect_words(workshop_why(shop), rule);
    workshop_expect_words(workshop_why(shop), file);
    workshop_expect_words(workshop_why(shop), "\n  it has and needs: ");
    workshop_expect_words(workshop_why(shop), "\n  the host has:     ");
    workshop_expect_words(workshop_why(shop), "\n  the broken rule:  ");
    workshop_expect_words(workshop_why(shop), "\n  what to do:       ");
    assert_int_equal(workshop_find(shop, "x")->state, MODULE_LEFT_OUT);
    assert_int_equal(conf_fault_count(shop->conf), 0);
    workshop_unload(shop);
}

/* The same file, and now the server may start without it. */
static void expect_left_out(struct workshop *shop, const char *rule)
{
    workshop_ask(shop, 10, "x", "optional = true");
    workshop_load_with(shop, &host);
    assert_int_equal(shop->code, 0);
    assert_string_equal(workshop_why(shop), "");
    const struct module *module = workshop_find(shop, "x");
    assert_int_equal(module->state, MODULE_LEFT_OUT);
    assert_string_equal(module->descriptor->id, "x");
    assert_int_equal(module->descriptor->routes.count, 0);
    workshop_expect_words(module->detail, rule);
    workshop_unload(shop);
}

static void wrong_modules_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(wrongs); i++) {
        struct workshop shop;
        workshop_make(&shop);
        if (strstr(wrongs[i].rule, "300 ms"))
            shop.probe_ms = 300;
        workshop_build(&shop, "x", wrongs[i].source);
        workshop_ask(&shop, 10, "x", "");
        expect_refusal(&shop, wrongs[i].rule);
        expect_left_out(&shop, wrongs[i].rule);
        workshop_end(&shop);
    }
}

/* Both versions, the module's and the ABI's: what an operator looks up first. */
static void a_newer_abi_is_refused_by_name(void **state)
{
    (void)state;
    struct workshop shop;
    workshop_make(&shop);
    workshop_build(&shop, "x",
                   "#include <c18n/module.h>\n#undef C18N_ABI_MINOR\n#define C18N_ABI_MINOR 77\n"
                   "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\")");
    workshop_ask(&shop, 10, "x", "");
    expect_refusal(&shop, "it has and needs: x 1.2.3, ABI 0.77, needs at least 0.77; provides x.v1\n");
    workshop_end(&shop);
}

static void good_module_is_loaded(void **state)
{
    (void)state;
    struct workshop shop;
    workshop_make(&shop);
    workshop_build(&shop, "x", GOOD);
    workshop_ask(&shop, 10, "x", "");
    workshop_load_with(&shop, &host);
    assert_string_equal(workshop_why(&shop), "");
    assert_int_equal(shop.code, 0);
    assert_int_equal(loader_count(shop.loader), 1);
    assert_int_equal(loader_at(shop.loader, 0)->state, MODULE_LOADED);
    assert_string_equal(loader_at(shop.loader, 0)->descriptor->version, "1.2.3");
    assert_ptr_equal(loader_of(&loader_at(shop.loader, 0)->self), loader_at(shop.loader, 0));
    workshop_end(&shop);
}

static size_t read_module(const struct workshop *shop, unsigned char **ret_bytes)
{
    char path[256];
    snprintf(path, sizeof path, "%s/x.so", shop->modules);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    *ret_bytes = malloc(1 << 20);
    size_t length = fread(*ret_bytes, 1, 1 << 20, file);
    fclose(file);
    return length;
}

/* Files whose bytes are the trouble, made from a good one. */
static void wrong_bytes_are_refused(void **state)
{
    (void)state;
    struct workshop shop;
    unsigned char *bytes;
    workshop_make(&shop);
    workshop_ask(&shop, 10, "x", "");
    workshop_build(&shop, "x", GOOD);
    size_t length = read_module(&shop, &bytes);
    workshop_write(shop.modules, "x.so", "just words", 10);
    expect_refusal(&shop, "it must be an ELF file");
    workshop_write(shop.modules, "x.so", "", 0);
    expect_refusal(&shop, "it must be an ELF file");
    workshop_write(shop.modules, "x.so", bytes, 200);
    expect_refusal(&shop, "it must carry the note");
    bytes[EI_CLASS] = ELFCLASS32;
    workshop_write(shop.modules, "x.so", bytes, length);
    expect_refusal(&shop, "it must be a 64-bit little-endian ELF file");
    bytes[EI_CLASS] = ELFCLASS64;
    bytes[offsetof(Elf64_Ehdr, e_machine)] ^= 1;
    workshop_write(shop.modules, "x.so", bytes, length);
    expect_refusal(&shop, "it must be built for this machine's architecture");
    bytes[offsetof(Elf64_Ehdr, e_machine)] ^= 1;
    bytes[offsetof(Elf64_Ehdr, e_type)] = ET_REL;
    workshop_write(shop.modules, "x.so", bytes, length);
    expect_refusal(&shop, "it must be a shared object");
    free(bytes);
    workshop_end(&shop);
}

/* No claim in a file makes elf_read look outside of it; the sanitizers watch. */
static void damaged_files_are_read_in_bounds(void **state)
{
    (void)state;
    struct workshop shop;
    unsigned char *bytes;
    struct elf_facts facts;
    workshop_make(&shop);
    workshop_build(&shop, "x", GOOD);
    size_t length = read_module(&shop, &bytes);
    assert_null(elf_read(bytes, length, &facts));
    for (size_t cut = 0; cut < length; cut += cut < 1024 ? 1 : 61) {
        unsigned char *exact = malloc(cut ? cut : 1); /* its end is guarded */
        memcpy(exact, bytes, cut);
        elf_read(exact, cut, &facts);
        free(exact);
    }
    unsigned seed = 1;
    for (int i = 0; i < 2000; i++) {
        unsigned char *exact = malloc(length), *at;
        memcpy(exact, bytes, length);
        for (int changes = 0; changes < 4; changes++) {
            seed = seed * 1664525u + 1013904223u;
            at = exact + (changes & 1 ? seed % length : seed % 1100); /* headers more often */
            *at = (unsigned char)(seed >> 24);
        }
        if (!elf_read(exact, length, &facts)) {
            struct candidate *candidate = calloc(1, sizeof *candidate);
            candidate->elf = facts;
            candidate->loader = &(struct loader){.host = &host};
            facts_parse(facts.note, candidate);
            free(candidate);
        }
        free(exact);
    }
    free(bytes);
    workshop_end(&shop);
}

static void untrusted_files_are_refused(void **state)
{
    (void)state;
    struct workshop shop;
    char path[256], other[256];
    workshop_make(&shop);
    workshop_ask(&shop, 10, "x", "");
    workshop_build(&shop, "x", GOOD);
    snprintf(path, sizeof path, "%s/x.so", shop.modules);
    snprintf(other, sizeof other, "%s/elsewhere.so", shop.path);
    assert_int_equal(chmod(path, 0646), 0);
    expect_refusal(&shop, "it must not be writable by everybody");
    assert_int_equal(chmod(path, 0644), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 12345, 0), 0);
        expect_refusal(&shop, "it must belong to root or to the server's own user");
        assert_int_equal(chown(path, 0, 0), 0);
    }
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink(other, path), 0);
    expect_refusal(&shop, "a link must not lead out of the folder of modules");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("nowhere.so", path), 0);
    expect_refusal(&shop, "it must be a file that is there");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0755), 0);
    expect_refusal(&shop, "it must be a regular file");
    assert_int_equal(rmdir(path), 0);
    workshop_end(&shop);
}

static void links_inside_the_folder_are_followed(void **state)
{
    (void)state;
    struct workshop shop;
    char from[256], to[256];
    workshop_make(&shop);
    workshop_ask(&shop, 10, "x", "");
    workshop_build(&shop, "x", GOOD);
    snprintf(from, sizeof from, "%s/x.so", shop.modules);
    snprintf(to, sizeof to, "%s/x-1.2.3", shop.modules);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(symlink("x-1.2.3", from), 0);
    workshop_load_with(&shop, &host);
    assert_string_equal(workshop_why(&shop), "");
    assert_int_equal(shop.code, 0);
    workshop_end(&shop);
}

static void untrusted_folders_are_refused(void **state)
{
    (void)state;
    struct workshop shop;
    workshop_make(&shop);
    workshop_ask(&shop, 10, "x", "optional = true");
    workshop_build(&shop, "x", GOOD);
    assert_int_equal(chmod(shop.modules, 0777), 0);
    workshop_load_with(&shop, &host);
    assert_int_equal(shop.code, 78);
    workshop_expect_words(workshop_why(&shop), "refused as the folder of modules");
    workshop_expect_words(workshop_why(&shop), "it must not be writable by everybody");
    workshop_unload(&shop);
    assert_int_equal(chmod(shop.modules, 0755), 0);
    char path[sizeof shop.modules];
    memcpy(path, shop.modules, sizeof path);
    snprintf(shop.modules, sizeof shop.modules, "%s/nowhere", shop.path);
    workshop_load_with(&shop, &host);
    assert_int_equal(shop.code, 78);
    workshop_expect_words(workshop_why(&shop), "No such file or directory");
    memcpy(shop.modules, path, sizeof path);
    workshop_end(&shop);
}

/* A section without a module is a fault of the configuration, with its line. */
static void unknown_modules_are_named_with_the_nearest(void **state)
{
    (void)state;
    struct workshop shop;
    struct text faults;
    workshop_make(&shop);
    workshop_build(&shop, "polls", HEAD "C18N_MODULE(polls, \"1.0.0\", \"X\", \"\")");
    workshop_ask(&shop, 10, "pols", "");
    workshop_ask(&shop, 20, "maybe", "optional = true");
    workshop_load_with(&shop, &host);
    assert_int_equal(shop.code, 78);
    text_init(&faults, NULL, 0);
    conf_faults(shop.conf, &faults);
    char expected[256];
    snprintf(expected, sizeof expected, "/10-pols.conf:1: pols: there is no such module in %s, did you mean polls?\n",
             shop.modules);
    workshop_expect_words(text_end(&faults), expected);
    assert_int_equal(conf_fault_count(shop.conf), 1);
    assert_string_equal(workshop_find(&shop, "maybe")->detail, "there is no such module");
    workshop_expect_words(workshop_find(&shop, "maybe")->advice, "/maybe.so is not there: install its package");
    text_free(&faults);
    workshop_end(&shop);
}

/* `optional` doesn't soften what holds the history. */
static void vital_modules_are_never_left_out(void **state)
{
    (void)state;
    struct workshop shop;
    workshop_make(&shop);
    workshop_build(&shop, "x",
                   HEAD "C18N_MODULE(x, \"1.0.0\", \"X\", \"provides: storage.v1\")"
                        ";__attribute__((constructor)) static void run(void) { abort(); }");
    workshop_ask(&shop, 10, "x", "optional = true");
    expect_refusal(&shop, "must not crash");
    workshop_end(&shop);
}

/* Also when all is well with it: whoever wrote `optional` is told that it won't be heeded. */
static void vital_modules_cant_be_optional(void **state)
{
    (void)state;
    static const char *const vital[] = {"storage.v1", "identity.v1", "auth.v1", "audit.v1"};
    for (size_t i = 0; i < LENGTH_OF(vital); i++) {
        struct workshop shop;
        struct text faults;
        char source[256];
        workshop_make(&shop);
        snprintf(source, sizeof source,
                 HEAD "static int init(c18n_self *s) { return c18n_provide(s, \"%s\", s); }"
                      "C18N_MODULE(x, \"1.0.0\", \"X\", \"provides: %s\", .init = init)",
                 vital[i], vital[i]);
        workshop_build(&shop, "x", source);
        workshop_ask(&shop, 10, "x", "optional = true");
        text_init(&faults, NULL, 0);
        workshop_load_with(&shop, &host);
        conf_faults(shop.conf, &faults);
        workshop_expect_words(text_end(&faults), "/10-x.conf:2: optional: can't be true: it provides what no server "
                                                 "is without\n");
        text_free(&faults);
        workshop_end(&shop);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_module_is_loaded),
        cmocka_unit_test(wrong_modules_are_refused),
        cmocka_unit_test(a_newer_abi_is_refused_by_name),
        cmocka_unit_test(wrong_bytes_are_refused),
        cmocka_unit_test(damaged_files_are_read_in_bounds),
        cmocka_unit_test(untrusted_files_are_refused),
        cmocka_unit_test(links_inside_the_folder_are_followed),
        cmocka_unit_test(untrusted_folders_are_refused),
        cmocka_unit_test(unknown_modules_are_named_with_the_nearest),
        cmocka_unit_test(vital_modules_are_never_left_out),
        cmocka_unit_test(vital_modules_cant_be_optional),
    };
    return cmocka_run_group_tests(tests, make_host, NULL);
}
