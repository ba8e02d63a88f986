/* test_storage_faults.c: storage_sqlite when things go wrong: strangers, kills, full disks, damage. */
#include "storage_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *database_path(struct fixture *f, const char *suffix)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/c18n.db%s", f->provider.folder, suffix);
    return path;
}

/* --- history can't be changed --- */

#define REST_OF_A_RECORD                                                                                               \
    "time_ms, version, topic, type, actor, on_behalf_of, resource, key, request_id, subject, data, sealed, hash"       \
    " FROM history WHERE position = 1"

static void refuse_by_raw_connection(sqlite3 *db, const char *sql)
{
    char *why = NULL;
    assert_int_not_equal(sqlite3_exec(db, sql, NULL, NULL, &why), SQLITE_OK);
    assert_non_null(why);
    if (!strstr(why, "history is "))
        fail_msg("%s: %s", sql, why);
    sqlite3_free(why);
}

static void test_history_stays_for_other_tools_too(void **state)
{
    struct fixture *f = *state;
    append_committed(f, 1, "posts", "r");
    append_committed(f, 2, "posts", "r");
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(database_path(f, ""), &db), SQLITE_OK);
    const char *const attempts[] = {
        "UPDATE history SET topic = 'x'",
        "UPDATE history SET position = 9 WHERE position = 2",
        "DELETE FROM history",
        "DELETE FROM history WHERE position = 2",
        "REPLACE INTO history SELECT * FROM history WHERE position = 1",
        "INSERT OR REPLACE INTO history SELECT 3, event_id, " REST_OF_A_RECORD,
        "INSERT INTO history SELECT 7, x'00', " REST_OF_A_RECORD,
    };
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        refuse_by_raw_connection(db, attempts[i]);
    sqlite3_close(db);
    assert_int_equal(newest(f, f->reader), 2);
}

/* --- one process a folder --- */

/* A child has a test host of its own, in the same folder. */
static int connect_in_child(struct fixture *f)
{
    struct fixture child = {.provider = f->provider};
    c18n_store *store = NULL;
    fixture_start(&child);
    int code = child.storage->connect(storage_self(&child), C18N_STORE_WRITE, &store);
    const char *detail = NULL;
    if (code != C18N_BUSY || child.storage->state(storage_self(&child), &detail) != C18N_BUSY)
        return 1;
    char wanted[64];
    snprintf(wanted, sizeof wanted, "process %ld holds", (long)getppid());
    int result = strstr(detail, wanted) && c18n_test_logged(child.provider.test, wanted) ? 0 : 2;
    provider_stop(&child.provider);
    return result;
}

static int exit_code_of(pid_t child)
{
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void test_a_second_process_is_refused(void **state)
{
    struct fixture *f = *state;
    pid_t child = fork();
    if (child == 0)
        _exit(connect_in_child(f));
    assert_int_equal(exit_code_of(child), 0);
    append_committed(f, 1, "posts", "r"); /* ours goes on */
    fixture_disconnect(f);
    fixture_connect(f); /* and a stopped one lets go */
    assert_int_equal(newest(f, f->writer), 1);
}

static void test_files_are_private(void **state)
{
    struct fixture *f = *state;
    append_committed(f, 1, "posts", "r");
    const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        struct stat about;
        assert_int_equal(stat(database_path(f, suffixes[i]), &about), 0);
        assert_int_equal(about.st_mode & 0777, 0600);
    }
}

/* --- kills --- */

/* Says each committed position on the pipe; the parent kills it in the middle of the next. */
static void write_until_killed(struct fixture *f, int pipe_end)
{
    fixture_connect(f);
    uint64_t first = newest(f, f->writer) + 1;
    for (uint64_t position = first;; position++) {
        append_committed(f, position, "posts", "r");
        if (write(pipe_end, &position, sizeof position) != sizeof position)
            _exit(1);
    }
}

static uint64_t kill_a_writer(struct fixture *f)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        write_until_killed(f, ends[1]);
    }
    close(ends[1]);
    uint64_t acknowledged = 0, position = 0;
    for (int i = 0; i < 20 && read(ends[0], &position, sizeof position) == sizeof position; i++)
        acknowledged = position;
    kill(child, SIGKILL);
    while (read(ends[0], &position, sizeof position) == sizeof position)
        acknowledged = position;
    close(ends[0]);
    assert_int_equal(exit_code_of(child), 128 + SIGKILL);
    return acknowledged;
}

static void test_what_was_acknowledged_outlives_a_kill(void **state)
{
    struct fixture *f = *state;
    fixture_disconnect(f);
    for (int round = 0; round < 5; round++) {
        uint64_t acknowledged = kill_a_writer(f);
        assert_true(acknowledged > 0);
        fixture_connect(f);
        uint64_t found = newest(f, f->writer);
        assert_true(found == acknowledged || found == acknowledged + 1);
        fixture_disconnect(f);
    }
    fixture_connect(f);
}

/* --- no space, failed writes --- */

static int fill(struct fixture *f, uint64_t *position)
{
    static char page[60000];
    memset(page, 'x', sizeof page);
    for (int i = 0; i < 1000; i++) {
        c18n_record record = record_at(*position + 1, "posts", "r");
        record.data = (c18n_bytes){page, sizeof page};
        int code = f->storage->begin(f->writer);
        if (code != C18N_OK)
            return code;
        int item = f->storage->item_begin(f->writer);
        if (item == C18N_OK)
            item = f->storage->append(f->writer, &record);
        if (item == C18N_OK)
            item = f->storage->item_keep(f->writer);
        code = item == C18N_OK ? f->storage->commit(f->writer) : item;
        if (item != C18N_OK)
            f->storage->rollback(f->writer);
        if (code != C18N_OK)
            return code;
        (*position)++;
    }
    return C18N_OK;
}

static void count_fault(void *arg, const char *what)
{
    print_message("%s\n", what);
    ++*(int *)arg;
}

static void assert_sound(struct fixture *f)
{
    int faults = 0;
    assert_int_equal(f->storage->check(f->reader, count_fault, &faults), C18N_OK);
    assert_int_equal(faults, 0);
}

static void assert_state(struct fixture *f, int code)
{
    const char *detail = NULL;
    assert_int_equal(f->storage->state(storage_self(f), &detail), code);
}

static void test_largest_size(void **state)
{
    struct fixture *f = *state;
    fixture_disconnect(f);
    f->provider.settings = "storage_sqlite {\n    max_size = 1M\n}\n";
    fixture_connect(f);
    uint64_t position = 0;
    assert_int_equal(fill(f, &position), C18N_NO_SPACE);
    assert_state(f, C18N_NO_SPACE);
    assert_true(position > 5);
    assert_int_equal(newest(f, f->reader), position); /* reads go on */
    fixture_disconnect(f);
    f->provider.settings = NULL;
    fixture_connect(f);
    append_committed(f, position + 1, "posts", "r");
    assert_state(f, C18N_OK);
    assert_sound(f);
}

static void test_a_full_disk(void **state)
{
    struct fixture *f = *state;
    fixture_disconnect(f);
    if (mount("none", f->provider.folder, "tmpfs", 0, "size=1m") != 0) {
        fixture_connect(f);
        skip();
    }
    fixture_connect(f);
    uint64_t position = 0;
    assert_int_equal(fill(f, &position), C18N_NO_SPACE);
    assert_int_equal(fill(f, &position), C18N_NO_SPACE); /* and again, without harm */
    assert_state(f, C18N_NO_SPACE);
    assert_int_equal(newest(f, f->reader), position);
    assert_sound(f);
    assert_int_equal(mount("none", f->provider.folder, "tmpfs", MS_REMOUNT, "size=8m"), 0);
    append_committed(f, position + 1, "posts", "r"); /* by itself, with the same connection */
    assert_state(f, C18N_OK);
    assert_sound(f);
    fixture_disconnect(f);
    fixture_connect(f);
    assert_int_equal(newest(f, f->writer), position + 1);
    fixture_disconnect(f);
    assert_int_equal(umount(f->provider.folder), 0);
    fixture_connect(f);
}

static void test_the_timer_notices_room(void **state)
{
    struct fixture *f = *state;
    fixture_disconnect(f);
    if (mount("none", f->provider.folder, "tmpfs", 0, "size=1m") != 0) {
        fixture_connect(f);
        skip();
    }
    fixture_connect(f);
    uint64_t position = 0;
    assert_int_equal(fill(f, &position), C18N_NO_SPACE);
    assert_int_equal(mount("none", f->provider.folder, "tmpfs", MS_REMOUNT, "size=8m"), 0);
    assert_int_equal(c18n_test_timer(f->provider.test, storage_id, "checkpoint"), C18N_OK);
    assert_state(f, C18N_OK);
    fixture_disconnect(f);
    assert_int_equal(umount(f->provider.folder), 0);
    fixture_connect(f);
}

static void test_a_refused_write_is_not_kept(void **state)
{
    struct fixture *f = *state;
    append_committed(f, 1, "posts", "r");
    struct rlimit before, small = {1 << 18, 1 << 18};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    uint64_t position = 1;
    int code = fill(f, &position);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(code, C18N_IO);
    assert_state(f, C18N_IO);
    append_committed(f, position + 1, "posts", "r"); /* after opening and checking the file again */
    assert_state(f, C18N_OK);
    assert_int_equal(newest(f, f->reader), position + 1);
    assert_sound(f);
}

/* --- the log, damage, strangers --- */

static void test_the_log_stays_short(void **state)
{
    struct fixture *f = *state;
    fixture_disconnect(f);
    f->provider.settings = "storage_sqlite {\n    checkpoint_size = 256K\n}\n";
    fixture_connect(f);
    c18n_test_fail(f->provider.test, 0, 0); /* calls are counted from here on */
    uint64_t position = 0;
    assert_int_equal(fill(f, &position), C18N_OK); /* 60 MB */
    struct stat about;
    assert_int_equal(stat(database_path(f, "-wal"), &about), 0);
    assert_true(about.st_size < 4 << 20);
    assert_int_equal(c18n_test_calls(f->provider.test), 1); /* it asked for its timer, which did not come */
    f->provider.settings = NULL;
}

static void test_damage_is_found(void **state)
{
    struct fixture *f = *state;
    uint64_t position = 0;
    for (int i = 0; i < 40; i++)
        append_committed(f, ++position, "posts", "r");
    fixture_disconnect(f);
    int file = open(database_path(f, ""), O_RDWR);
    char junk[4096];
    memset(junk, 0xa5, sizeof junk);
    for (int page = 1; page < 6; page++) /* all but the first, which has the names */
        assert_int_equal(pwrite(file, junk, sizeof junk, page * 4096), sizeof junk);
    close(file);
    fixture_start(f);
    int code = f->storage->connect(storage_self(f), C18N_STORE_WRITE, &f->writer);
    int faults = 0;
    if (code == C18N_OK) {
        assert_int_equal(f->storage->check(f->writer, count_fault, &faults), C18N_OK);
        assert_true(faults > 0);
        uint8_t hash[32];
        assert_int_equal(f->storage->newest(f->writer, &position, hash), C18N_CORRUPT);
        assert_int_equal(f->storage->begin(f->writer), C18N_CORRUPT); /* nothing is written on it any more */
        assert_state(f, C18N_CORRUPT);
        f->storage->disconnect(f->writer);
    } else {
        assert_int_equal(code, C18N_CORRUPT);
    }
    provider_stop(&f->provider);
    unlink(database_path(f, ""));
    fixture_connect(f);
}

static void test_a_foreign_file_is_refused(void **state)
{
    struct fixture *f = *state;
    fixture_disconnect(f);
    unlink(database_path(f, ""));
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(database_path(f, ""), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE somebody(something)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    fixture_start(f);
    assert_int_equal(f->storage->connect(storage_self(f), C18N_STORE_WRITE, &f->writer), C18N_CORRUPT);
    assert_non_null(c18n_test_logged(f->provider.test, "no database of c18n"));
    assert_int_not_equal(access(database_path(f, "-wal"), F_OK), 0); /* and nothing was done to it */
    unlink(database_path(f, ""));
    provider_stop(&f->provider);
    fixture_connect(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_history_stays_for_other_tools_too),
        TEST(test_a_second_process_is_refused),
        TEST(test_files_are_private),
        TEST(test_what_was_acknowledged_outlives_a_kill),
        TEST(test_largest_size),
        TEST(test_a_full_disk),
        TEST(test_the_timer_notices_room),
        TEST(test_a_refused_write_is_not_kept),
        TEST(test_the_log_stays_short),
        TEST(test_damage_is_found),
        TEST(test_a_foreign_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
