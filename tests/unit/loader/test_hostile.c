/* What lies in the folder of modules to harm: names that talk to the terminal, and files that never end. */
#include "workshop.h"

static c18n_host host;

#define HEAD "#include <c18n/module.h>\n"

static int make(void **state)
{
    struct workshop *shop = malloc(sizeof *shop);
    host = workshop_host(NULL);
    assert_non_null(shop);
    workshop_make(shop);
    workshop_ask(shop, 10, "x", "");
    *state = shop;
    return 0;
}

static int drop(void **state)
{
    workshop_end(*state);
    free(*state);
    return 0;
}

static void expect_plain_refusal(struct workshop *shop, const char *rule)
{
    workshop_load_with(shop, &host);
    assert_int_equal(shop->code, 78);
    const char *why = workshop_why(shop);
    workshop_expect_words(why, rule);
    for (; *why; why++)
        assert_true(*why == '\n' || (unsigned char)*why >= ' ');
    workshop_unload(shop);
}

static void a_note_cant_steer_the_terminal(void **state)
{
    workshop_build(*state, "x", HEAD "C18N_MODULE(x, \"1\\033[2J\", \"X\", \"\")");
    expect_plain_refusal(*state, "its note must have a version of printable ASCII");
    workshop_build(*state, "x", HEAD "C18N_MODULE(x, \"1.0\", \"X\", \"id: y\\033[2J\")");
    expect_plain_refusal(*state, "its note must have an id of a-z, 0-9 and _");
    workshop_build(*state, "x", HEAD "C18N_MODULE(x, \"1.0\", \"X\", \"needs: y\\033.v1\")");
    expect_plain_refusal(*state, "its note must list at most 16 services under needs");
}

static void a_librarys_name_cant_either(void **state)
{
    struct workshop *shop = *state;
    char command[512];
    snprintf(command, sizeof command,
             "echo 'int odd;' | cc -shared -fPIC -x c -o %s/libodd.so -Wl,-soname,\"$(printf 'odd\\033[2J.so')\" -",
             shop->path);
    assert_int_equal(system(command), 0);
    snprintf(shop->flags, sizeof shop->flags, "-L%s -Wl,--no-as-needed -lodd", shop->path);
    workshop_build(shop, "x", HEAD "C18N_MODULE(x, \"1.0\", \"X\", \"\")");
    expect_plain_refusal(shop, "the dynamic linker must take it: odd?[2J.so");
}

/* The folder is searched for who provides what lacks; whoever opened a pipe would wait for ever. */
static void a_pipe_is_not_opened(void **state)
{
    struct workshop *shop = *state;
    char path[256];
    snprintf(path, sizeof path, "%s/pipe.so", shop->modules);
    assert_int_equal(mkfifo(path, 0644), 0);
    workshop_build(shop, "x", HEAD "C18N_MODULE(x, \"1.0\", \"X\", \"needs: y.v1\")");
    alarm(60);
    expect_plain_refusal(shop, "y.v1, which it needs, must be provided");
    snprintf(path, sizeof path, "%s/x.so", shop->modules);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0644), 0);
    expect_plain_refusal(shop, "it must be a regular file");
    alarm(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_note_cant_steer_the_terminal, make, drop),
        cmocka_unit_test_setup_teardown(a_librarys_name_cant_either, make, drop),
        cmocka_unit_test_setup_teardown(a_pipe_is_not_opened, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
