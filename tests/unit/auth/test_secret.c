/* test_secret.c: the secret file: made once, private, and refused when it isn't. */
#include "fakes.h"

#include "auth/secret.h"

#include <fcntl.h>
#include <sys/stat.h>

static char secret_path[128];

static void write_file(const char *content, mode_t mode)
{
    unlink(secret_path);
    int fd = open(secret_path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static int open_secret(struct auth_keys *ret_keys)
{
    struct text why;
    text_init(&why, NULL, 0);
    int code = auth_secret_open(secret_path, ret_keys, &why);
    assert_true(code == C18N_OK || why.length > 0);
    text_free(&why);
    return code;
}

static int use_folder(void **state)
{
    int code = fixture_open(state);
    snprintf(secret_path, sizeof secret_path, "%s/auth.secret", ((struct fixture *)*state)->folder);
    return code;
}

#define HEX_32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void test_made_once(void **state)
{
    struct fixture *fixture = *state;
    struct stat status;
    struct auth_keys again = {0};
    assert_int_equal(stat(secret_path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_size, 65);
    assert_int_equal(open_secret(&again), C18N_OK);
    assert_int_equal(again.count, 1);
    assert_int_equal(again.key[0].length, 32);
    assert_memory_equal(again.key[0].hidden, auth_terms(fixture->auth)->keys.key[0].hidden, 32);
    auth_keys_wipe(&again);
}

static void test_content(void **state)
{
    static const struct {
        const char *content;
        int code;
    } rows[] = {
        {HEX_32, C18N_OK},
        {HEX_32 "\n", C18N_OK},
        {HEX_32 HEX_32 "\n", C18N_OK},
        {"", C18N_INVALID},
        {"\n", C18N_INVALID},
        {HEX_32 "0", C18N_INVALID},
        {HEX_32 "\n\n", C18N_INVALID},
        {" " HEX_32, C18N_INVALID},
        {"00", C18N_INVALID},
        {"g" HEX_32 "0", C18N_INVALID},
        {"secret", C18N_INVALID},
        {HEX_32 HEX_32 "00", C18N_INVALID},
        {HEX_32 "\n" HEX_32 "\n", C18N_OK},
        {HEX_32 "\n" HEX_32 HEX_32, C18N_OK},
        {HEX_32 "\n" HEX_32 "\n" HEX_32 "\n" HEX_32 "\n", C18N_OK},
        {HEX_32 "\n" HEX_32 "\n" HEX_32 "\n" HEX_32 "\n" HEX_32 "\n", C18N_INVALID},
        {HEX_32 "\n\n" HEX_32 "\n", C18N_INVALID},
        {HEX_32 "\n" HEX_32 " \n", C18N_INVALID},
        {HEX_32 HEX_32 HEX_32 HEX_32 HEX_32, C18N_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct auth_keys keys = {0};
        write_file(rows[i].content, 0600);
        if (open_secret(&keys) != rows[i].code)
            fail_msg("row %zu", i);
        auth_keys_wipe(&keys);
    }
}

/* M4: who else can read it can sign in as anybody. The file is left as it is. */
static void test_others_may_read(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0660, 0644, 0666, 0610, 0601, 0620};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        struct stat status;
        struct auth_keys keys = {0};
        write_file(HEX_32 "\n", modes[i]);
        assert_int_equal(open_secret(&keys), C18N_INVALID);
        assert_int_equal(keys.count, 0);
        assert_int_equal(stat(secret_path, &status), 0);
        assert_int_equal(status.st_mode & 07777, modes[i]);
        fake_complaint[0] = '\0';
        auth_check_settings(&fixture->server);
        assert_non_null(strstr(fake_complaint, "auth.secret_file: "));
        assert_null(strstr(fake_complaint, "0001"));
    }
    write_file(HEX_32 "\n", 0400);
    fake_complaint[0] = '\0';
    auth_check_settings(&fixture->server);
    assert_string_equal(fake_complaint, "");
}

static void test_no_regular_file(void **state)
{
    char target[160];
    struct auth_keys keys = {0};
    (void)state;
    snprintf(target, sizeof target, "%s.target", secret_path);
    write_file(HEX_32, 0600);
    assert_int_equal(rename(secret_path, target), 0);
    assert_int_equal(symlink(target, secret_path), 0);
    assert_int_equal(open_secret(&keys), C18N_INVALID);
    unlink(target);
    assert_int_equal(open_secret(&keys), C18N_INVALID); /* also when it points nowhere: nothing is made through it */
    unlink(secret_path);
    assert_int_equal(mkdir(secret_path, 0700), 0);
    assert_int_equal(open_secret(&keys), C18N_INVALID);
    rmdir(secret_path);
}

static void test_folder_missing(void **state)
{
    struct auth_keys keys = {0};
    (void)state;
    snprintf(secret_path, sizeof secret_path, "/tmp/c18n-no-such-folder/auth.secret");
    assert_true(open_secret(&keys) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_made_once, use_folder, fixture_close),
        cmocka_unit_test_setup_teardown(test_content, use_folder, fixture_close),
        cmocka_unit_test_setup_teardown(test_others_may_read, use_folder, fixture_close),
        cmocka_unit_test_setup_teardown(test_no_regular_file, use_folder, fixture_close),
        cmocka_unit_test_setup_teardown(test_folder_missing, use_folder, fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
