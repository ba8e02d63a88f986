/* The reader of ELF files: what a good file says, and that no damage leads it out of the bytes it was given. */
#include "base/platform.h"
#include "kit/check_elf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { FILE_MOST = 1 << 20 };

static unsigned char *file;
static size_t length;

/* A shared object with one of everything. */
static int build(void **state)
{
    (void)state;
    char folder[] = "/tmp/c18n-elf-XXXXXX", command[512], path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.so", folder);
    snprintf(command, sizeof command,
             "printf '%%s' 'extern int far(void); static int counted; __thread int mine; "
             "int shown(void) { return far() + counted++ + mine++; }' | "
             "cc -x c -shared -fPIC -Wl,-z,lazy -Wl,-rpath,/home/me -o %s -",
             path);
    assert_int_equal(system(command), 0);
    char *bytes;
    assert_int_equal(platform_read_file(path, FILE_MOST, &bytes, &length), 0);
    file = (unsigned char *)bytes;
    unlink(path);
    rmdir(folder);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    free(file);
    return 0;
}

static void says_what_is_in_it(void **state)
{
    (void)state;
    struct check_elf elf;
    struct arena *arena = arena_new(0);
    assert_null(check_elf_read(file, length, arena, &elf));
    assert_non_null(strstr(text_end(&elf.exported), "shown"));
    assert_non_null(strstr(text_end(&elf.globals), ".bss: counted (4 bytes)"));
    assert_non_null(strstr(text_end(&elf.globals), ".tbss: mine (4 bytes)"));
    assert_non_null(memmem(elf.undefined.at, elf.undefined.length, "far", 4));
    assert_string_equal(text_end(&elf.run_path), "/home/me");
    assert_false(elf.bind_now || elf.text_relocations || elf.runnable_stack || elf.writable_code || elf.instrumented);
    arena_free(arena);
}

/* Each read is from a block of just that size, so that a sanitizer sees a step over its end. */
static void read_copy(const unsigned char *bytes, size_t count)
{
    struct check_elf elf;
    struct arena *arena = arena_new(0);
    unsigned char *copy = malloc(count ? count : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, count);
    (void)check_elf_read(copy, count, arena, &elf);
    free(copy);
    arena_free(arena);
}

static void bears_a_file_that_ends_anywhere(void **state)
{
    (void)state;
    for (size_t count = 0; count < length; count += count < 256 ? 1 : 61)
        read_copy(file, count);
}

/* Of the head, the segments' and the sections' table every byte; they hold all offsets and sizes. */
static void bears_any_byte_changed(void **state)
{
    (void)state;
    uint64_t sections;
    memcpy(&sections, file + 40, sizeof sections); /* e_shoff */
    for (size_t at = 0; at < length; at += at < 1024 || at >= sections ? 1 : 97) {
        static const unsigned char values[] = {0x00, 0x7f, 0xff};
        unsigned char own = file[at];
        for (size_t i = 0; i < sizeof values; i++) {
            file[at] = values[i];
            read_copy(file, length);
        }
        file[at] = own;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_in_it),
        cmocka_unit_test(bears_a_file_that_ends_anywhere),
        cmocka_unit_test(bears_any_byte_changed),
    };
    return cmocka_run_group_tests(tests, build, drop);
}
