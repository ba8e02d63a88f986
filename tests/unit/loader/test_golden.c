/* What an operator reads when a module is refused, word for word: a file in golden/ for each class of refusals. With
 * C18N_GOLDEN=write in the environment they are written anew: read the difference before you commit it. */
#include "goldens.h"

enum { HANG_MS = 500, WORDS_MOST = 4096 };

static c18n_host host;

static void host_log(c18n_self *self, int level, const char *format, va_list values)
{
    (void)level;
    fprintf(stderr, "%s: ", self->id);
    vfprintf(stderr, format, values);
    fputs("\n", stderr);
}

static const c18n_log_family log_family = {.family = {sizeof log_family, C18N_ABI_MINOR}, .line = host_log};

static int make_host(void **state)
{
    (void)state;
    host = workshop_host(&log_family);
    return 0;
}

/* --- a case --- */

static void build(struct workshop *shop, const struct golden *golden, const char *service)
{
    char source[WORDS_MOST];
    workshop_make(shop);
    if (golden->hangs)
        shop->probe_ms = shop->stage_ms = HANG_MS;
    if (golden->prepare)
        golden->prepare(shop);
    snprintf(source, sizeof source, "#define SERVICE \"%s\"\n%s", service, golden->polls);
    workshop_build(shop, "polls", source);
    shop->flags[0] = '\0';
    if (golden->other)
        workshop_build(shop, "other", golden->other);
    if (golden->spoil)
        golden->spoil(shop);
}

static void ask_if_there(const struct workshop *shop, int number, const char *id, const char *lines)
{
    char path[256];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s.so", shop->modules, id);
    if (lstat(path, &status) == 0)
        workshop_ask(shop, number, id, lines);
}

static void load(struct workshop *shop, const char *lines)
{
    ask_if_there(shop, 10, "polls", lines);
    ask_if_there(shop, 20, "other", lines);
    ask_if_there(shop, 30, "surveys", lines);
    ask_if_there(shop, 40, "needy", lines);
    workshop_load_with(shop, &host);
}

static const char *out_of(const struct golden *golden)
{
    return golden->out ? golden->out : "polls";
}

/* --- the words --- */

static void replace(char *words, const char *from, const char *to)
{
    char rest[WORDS_MOST];
    for (char *at = words; (at = strstr(at, from)) != NULL; at += strlen(to)) {
        snprintf(rest, sizeof rest, "%s", at + strlen(from));
        snprintf(at, WORDS_MOST - (size_t)(at - words), "%s%s", to, rest);
    }
}

/* What differs from run to run, host to host and minor to minor. */
static void make_plain(const struct workshop *shop, char *words)
{
    char from[128];
    replace(words, shop->modules, "MODULES");
    replace(words, shop->path, "ELSEWHERE");
    snprintf(from, sizeof from, " %d.%d", C18N_ABI_MAJOR, C18N_ABI_MINOR);
    replace(words, from, " {ABI}");
    snprintf(from, sizeof from, "9.%d", C18N_ABI_MINOR);
    replace(words, from, "9.{MINOR}");
    snprintf(from, sizeof from, "uid %u", (unsigned)geteuid());
    replace(words, from, "uid {UID}");
    snprintf(from, sizeof from, " (ELF machine %u)", elf_host_machine());
    char *machine = strstr(words, from);
    if (machine) {
        char *line = machine, rest[WORDS_MOST];
        while (line > words && strncmp(line, "     ", 5) != 0)
            line--;
        snprintf(rest, sizeof rest, "%s", machine + strlen(from));
        snprintf(line, WORDS_MOST - (size_t)(line - words), "     {MACHINE}%s", rest);
    }
}

static void golden_path(const char *name, char ret_path[512])
{
    int folder = (int)(strlen(__FILE__) - strlen("test_golden.c"));
    snprintf(ret_path, 512, "%.*sgolden/%s", folder, __FILE__, name);
}

static void expect_golden(const char *name, const char *words)
{
    char path[512], file[128], expected[WORDS_MOST] = "";
    const char *wish = getenv("C18N_GOLDEN");
    bool writes = wish && strcmp(wish, "write") == 0;
    snprintf(file, sizeof file, "%s.txt", name);
    golden_path(file, path);
    FILE *stream = fopen(path, writes ? "w" : "r");
    if (!stream)
        print_error("%s is missing: run this test with C18N_GOLDEN=write\n", path);
    assert_non_null(stream);
    if (writes)
        fputs(words, stream);
    else
        assert_true(fread(expected, 1, sizeof expected - 1, stream) > 0);
    fclose(stream);
    if (!writes)
        assert_string_equal(words, expected);
}

/* --- the tests --- */

static void each_refusal_word_for_word(const struct golden *golden)
{
    struct workshop shop;
    char words[WORDS_MOST];
    build(&shop, golden, "polls.v1");
    load(&shop, "");
    assert_int_equal(shop.code, 78);
    assert_int_equal(workshop_find(&shop, out_of(golden))->state, MODULE_LEFT_OUT);
    snprintf(words, sizeof words, "%s", workshop_why(&shop));
    make_plain(&shop, words);
    expect_golden(golden->name, words);
    workshop_end(&shop);
}

/* The same with `optional = true`: it goes, what needs it goes, and nothing is complained of. */
static void each_left_out_when_optional(const struct golden *golden)
{
    struct workshop shop;
    build(&shop, golden, "polls.v1");
    workshop_build(&shop, "needy", HEAD "C18N_MODULE(needy, \"1.0.0\", \"Needy\", \"needs: polls.v1\")");
    load(&shop, "optional = true");
    assert_string_equal(workshop_why(&shop), "");
    assert_int_equal(shop.code, 0);
    assert_int_equal(workshop_find(&shop, out_of(golden))->state, MODULE_LEFT_OUT);
    assert_string_not_equal(workshop_find(&shop, out_of(golden))->detail, "");
    workshop_expect_words(workshop_find(&shop, out_of(golden))->advice, "; to do: ");
    int expected = golden->polls_stays ? MODULE_LOADED : MODULE_LEFT_OUT;
    assert_int_equal(workshop_find(&shop, "needy")->state, expected);
    assert_int_equal(conf_fault_count(shop.conf), 0);
    workshop_end(&shop);
}

/* And what a server can't be without stays required. */
static void each_refused_when_vital(const struct golden *golden, const char *service)
{
    struct workshop shop;
    build(&shop, golden, service);
    load(&shop, "optional = true");
    assert_int_equal(shop.code, 78);
    workshop_expect_words(workshop_why(&shop), "/polls.so: refused\n");
    workshop_end(&shop);
}

static void each_golden(void **state)
{
    (void)state;
    static const char *const vital[] = {"storage.v1", "identity.v1", "auth.v1", "audit.v1"};
    for (size_t i = 0; i < LENGTH_OF(goldens); i++) {
        const struct golden *golden = &goldens[i];
        print_message("%s\n", golden->name);
        if (golden->as_root && geteuid() != 0) {
            print_message("not tried: only root can give a file away\n");
            continue;
        }
        each_refusal_word_for_word(golden);
        each_left_out_when_optional(golden);
        if (!golden->unread && !golden->out)
            each_refused_when_vital(golden, vital[i % LENGTH_OF(vital)]);
    }
}

static void no_golden_file_is_without_a_test(void **state)
{
    (void)state;
    char path[512], name[128];
    golden_path("", path);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        bool known = entry->d_name[0] == '.';
        for (size_t i = 0; i < LENGTH_OF(goldens) && !known; i++) {
            snprintf(name, sizeof name, "%s.txt", goldens[i].name);
            known = strcmp(entry->d_name, name) == 0;
        }
        if (!known)
            print_error("%s%s belongs to no row of goldens.h\n", path, entry->d_name);
        assert_true(known);
    }
    closedir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_golden),
        cmocka_unit_test(no_golden_file_is_without_a_test),
    };
    return cmocka_run_group_tests(tests, make_host, NULL);
}
