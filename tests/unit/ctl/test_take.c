/* test_take.c: taking lines in: references, running again, bad lines, and a storage that fails. */
#include "../data/fixture.h"

#include "ctl/ctl_take.h"

/* The module: a note may have a parent. A note called "here" is known already, "refused" is refused. */
static int take_note(c18n_request *rq, char ret_id[37], void *module)
{
    (void)module;
    const c18n_doc *line = request_of(rq)->body; /* what c18n_body gives */
    const char *title = c18n_text(line, "title"), *parent = c18n_text(line, "parent");
    if (strcmp(title, "here") == 0)
        return C18N_EXISTS;
    if (strcmp(title, "refused") == 0)
        return C18N_FORBIDDEN;
    snprintf(ret_id, 37, "id-of-%s", title);
    if (parent && strncmp(parent, "id-of-", 6) != 0)
        return C18N_ERROR; /* the reference was not resolved */
    return emit_text(rq, "notes.put", ret_id, parent ? "{\"title\":\"child\"}" : "{\"title\":\"root\"}");
}

static const c18n_import note_imports[] = {{"note", {0}, "parent", take_note}};

/* Field tables are judged in api's own tests. */
int api_validate(struct request *request, const c18n_table *fields, const c18n_doc *input, const char *allow_extra,
                 const c18n_doc **ret_doc)
{
    (void)request;
    (void)fields;
    (void)allow_extra;
    if (!c18n_text(input, "title"))
        return C18N_INVALID;
    *ret_doc = input;
    return C18N_OK;
}

static int setup(void **state)
{
    fixture_setup(state);
    fixture.descriptor.imports = (c18n_table)C18N_ALL(note_imports);
    return 0;
}

/* --- running --- */

struct run {
    const char *const *lines; /* ends with NULL */
    size_t at, times;         /* times: each line is given so often, with its turn's number for %d */
    char line[256];
    int fail_commit_at, fail_with; /* before this line the storage is told to fail */
    char said[8192], wrong[8192];
};

static int next_line(void *arg, const char **ret_line, size_t *ret_length)
{
    struct run *run = arg;
    const char *line = run->lines[run->times ? run->at / run->times : run->at];
    if (!line)
        return C18N_NOT_FOUND;
    if (run->fail_with && (int)run->at == run->fail_commit_at) {
        pthread_mutex_lock(&fixture.memory.lock);
        fixture.memory.fail_commit = run->fail_with;
        pthread_mutex_unlock(&fixture.memory.lock);
    }
    const char *number = strstr(line, "%d"); /* every %d becomes the number of the turn */
    size_t length = 0;
    int turn = run->times ? (int)(run->at % run->times) : 0;
    for (; number; number = strstr(line, "%d")) {
        length +=
            (size_t)snprintf(run->line + length, sizeof run->line - length, "%.*s%d", (int)(number - line), line, turn);
        line = number + 2;
    }
    length += (size_t)snprintf(run->line + length, sizeof run->line - length, "%s", line);
    run->at++;
    *ret_line = run->line;
    *ret_length = length;
    return C18N_OK;
}

static int never(struct ctl_call *call)
{
    (void)call;
    return 0;
}

/* ctl.c's, but without its other commands. */
void ctl_say(int fd, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vdprintf(fd, format, values);
    va_end(values);
}

static void read_back(FILE *file, char *ret_words, size_t room)
{
    rewind(file);
    ret_words[fread(ret_words, 1, room - 1, file)] = '\0';
    fclose(file);
}

static int take(struct run *run, bool keep_going)
{
    FILE *out = tmpfile(), *error = tmpfile();
    struct ctl_call call = {
        .server = &fixture.server, .in = -1, .out = fileno(out), .error = fileno(error), .stopped = never};
    const struct ctl_source source = {.name = "FILE", .next = next_line, .arg = run};
    int exit_code = ctl_take(&call, &source, keep_going);
    read_back(out, run->said, sizeof run->said);
    read_back(error, run->wrong, sizeof run->wrong);
    run->at = 0;
    return exit_code;
}

static void assert_counts(const struct run *run, int taken, int passed, int failed)
{
    char wanted[128];
    snprintf(wanted, sizeof wanted, "%-16s %12d %12d %12d\n", "all", taken, passed, failed);
    if (!strstr(run->said, wanted))
        fail_msg("%s%s", run->said, run->wrong);
}

/* --- tests --- */

static void test_a_line_sees_the_ones_in_flight(void **state)
{
    (void)state;
    /* Each line refers to the one just before it, far more of them than the ring has slots. */
    static char texts[1500][96];
    static const char *lines[1501];
    for (int i = 0; i < 1500; i++) {
        if (i == 0)
            snprintf(texts[i], sizeof texts[i], "{\"kind\":\"note\",\"ref\":\"r0\",\"title\":\"t0\"}");
        else
            snprintf(texts[i], sizeof texts[i],
                     "{\"kind\":\"note\",\"ref\":\"r%d\",\"title\":\"t%d\",\"parent\":\"r%d\"}", i, i, i - 1);
        lines[i] = texts[i];
    }
    struct run run = {.lines = lines};
    assert_int_equal(take(&run, false), 0);
    assert_counts(&run, 1500, 0, 0);
    assert_record("notes", "id-of-t1499", "{\"_id\":\"id-of-t1499\",\"title\":\"child\",\"likes\":0,\"reads\":0}");
    assert_int_equal(take(&run, false), 0); /* and again: nothing twice */
    assert_counts(&run, 0, 1500, 0);
    assert_int_equal(data_position(fixture.data), 1500);
}

static void test_files_know_only_their_own_refs(void **state)
{
    (void)state;
    const char *const one[] = {"{\"kind\":\"note\",\"ref\":\"a\",\"title\":\"one\"}", NULL};
    const char *const two[] = {"{\"kind\":\"note\",\"ref\":\"b\",\"title\":\"two\",\"parent\":\"a\"}", NULL};
    struct run first = {.lines = one}, second = {.lines = two};
    assert_int_equal(take(&first, false), 0);
    assert_int_equal(take(&second, false), EXIT_DATA);
    assert_string_equal(second.wrong, "FILE:1: parent: no line before this one has the ref \"a\"\n");
}

static void test_lines_without_ref_are_known_by_number(void **state)
{
    (void)state;
    const char *const lines[] = {"{\"kind\":\"note\",\"title\":\"n%d\"}", "", NULL};
    struct run run = {.lines = lines, .times = 10};
    assert_int_equal(take(&run, false), 0);
    assert_counts(&run, 10, 0, 0);
    assert_int_equal(take(&run, false), 0);
    assert_counts(&run, 0, 10, 0);
}

static const char *const mixed[] = {
    "{\"kind\":\"note\",\"ref\":\"a\",\"title\":\"a\"}",
    "{\"kind\":\"note\",\"ref\":\"b\",\"title\":\"refused\"}",
    "{\"kind\":\"note\",\"ref\":\"c\",\"title\":\"c\",\"parent\":\"a\"}",
    "{broken",
    "{\"kind\":\"song\",\"title\":\"d\"}",
    "{\"kind\":\"note\"}",
    "{\"kind\":\"note\",\"title\":\"here\"}",
    "{\"kind\":\"note\",\"ref\":\"e\",\"title\":\"here\"}",
    "{\"kind\":\"note\",\"ref\":\"\",\"title\":\"f\"}",
    "{\"kind\":\"note\",\"ref\":\"g\",\"title\":\"g\",\"parent\":7}",
    "{\"kind\":\"note\",\"ref\":\"h\",\"title\":\"h\",\"parent\":\"c\"}",
    NULL,
};

static void test_the_first_bad_line_ends_it(void **state)
{
    (void)state;
    struct run run = {.lines = mixed};
    assert_int_equal(take(&run, false), EXIT_DATA);
    assert_string_equal(run.wrong, "FILE:2: is not allowed\n");
    assert_counts(&run, 1, 0, 1); /* what came before stays, nothing after is taken in */
    assert_int_equal(data_position(fixture.data), 1);
}

static void test_keep_going_tells_all(void **state)
{
    (void)state;
    struct run run = {.lines = mixed};
    assert_int_equal(take(&run, true), EXIT_DATA);
    assert_counts(&run, 3, 1, 7);
    const char *const wanted[] = {"FILE:2: is not allowed\n",
                                  "FILE:4: is not valid JSON\n",
                                  "FILE:5: kind: no loaded module takes in records of kind \"song\"\n",
                                  "FILE:6: has a field that is wrong\n",
                                  "FILE:8: is here already, but not from this file\n",
                                  "FILE:9: ref: must have 1 to 200 bytes\n",
                                  "FILE:10: parent: is no reference\n"};
    const char *at = run.wrong;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        at = strstr(at, wanted[i]); /* in the lines' order */
        if (!at)
            fail_msg("%s is missing in\n%s", wanted[i], run.wrong);
    }
}

static void test_a_failed_commit_ends_it(void **state)
{
    (void)state;
    const char *const lines[] = {"{\"kind\":\"note\",\"ref\":\"r%d\",\"title\":\"t%d\"}", NULL};
    struct run run = {.lines = lines, .times = 2000, .fail_commit_at = 1000, .fail_with = C18N_NO_SPACE};
    assert_int_equal(take(&run, true), EXIT_SYSTEM_IO);
    const char *told = strstr(run.wrong, ": the disk is full\n");
    assert_non_null(told);
    assert_null(strstr(told + 1, "FILE:")); /* once, though many were in flight */
    uint64_t before = data_position(fixture.data);
    assert_true(before < 2000);
    run.fail_with = 0;
    assert_int_equal(take(&run, false), 0); /* space is there again: it goes on */
    assert_int_equal(data_position(fixture.data), 2000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_line_sees_the_ones_in_flight),
        TEST(test_files_know_only_their_own_refs),
        TEST(test_lines_without_ref_are_known_by_number),
        TEST(test_the_first_bad_line_ends_it),
        TEST(test_keep_going_tells_all),
        TEST(test_a_failed_commit_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
