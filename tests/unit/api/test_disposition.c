/* Content-Disposition with names as attackers choose them (U3). */
#include "api/disposition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static struct arena *arena;

static const struct {
    const char *name, *expected;
} rows[] = {
    {NULL, "attachment"},
    {"", "attachment"},
    {"cat.png", "attachment; filename=\"cat.png\"; filename*=UTF-8''cat.png"},
    {"my cat (1).png", "attachment; filename=\"my cat (1).png\"; filename*=UTF-8''my%20cat%20%281%29.png"},
    {"Äpfel.png", "attachment; filename=\"_pfel.png\"; filename*=UTF-8''%C3%84pfel.png"},
    {"猫.mp4", "attachment; filename=\"_.mp4\"; filename*=UTF-8''%E7%8C%AB.mp4"},
    {"😀.gif", "attachment; filename=\"_.gif\"; filename*=UTF-8''%F0%9F%98%80.gif"},
    {"../../etc/passwd", "attachment; filename=\"_._.._etc_passwd\"; filename*=UTF-8''_._.._etc_passwd"},
    {"..\\..\\boot.ini", "attachment; filename=\"_._.._boot.ini\"; filename*=UTF-8''_._.._boot.ini"},
    {".bashrc", "attachment; filename=\"_bashrc\"; filename*=UTF-8''_bashrc"},
    {"C:\\x", "attachment; filename=\"C__x\"; filename*=UTF-8''C__x"},
    {"a\"; filename=\"evil.exe", "attachment; filename=\"a_; filename=_evil.exe\"; "
                                 "filename*=UTF-8''a_%3B%20filename%3D_evil.exe"},
    {"a\r\nSet-Cookie: x=1", "attachment; filename=\"a__Set-Cookie_ x=1\"; filename*=UTF-8''a__Set-Cookie_%20x%3D1"},
    {"invoice\xe2\x80\xaegpj.exe", "attachment; filename=\"invoice_gpj.exe\"; filename*=UTF-8''invoice_gpj.exe"},
    {"a\xe2\x81\xa6"
     "b\xef\xbb\xbf"
     "c\xc2\x85",
     "attachment; filename=\"a_b_c_\"; filename*=UTF-8''a_b_c_"},
    {"a%41.png", "attachment; filename=\"a_41.png\"; filename*=UTF-8''a%2541.png"},
    {"a'b.png", "attachment; filename=\"a'b.png\"; filename*=UTF-8''a%27b.png"},
    {"bad\xff\xfe.png", "attachment; filename=\"bad__.png\"; filename*=UTF-8''bad__.png"},
};

static void every_name_is_made_safe(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(disposition_make(arena, true, rows[i].name), rows[i].expected);
    assert_string_equal(disposition_make(arena, false, "a.png"), "inline; filename=\"a.png\"; filename*=UTF-8''a.png");
}

/* 4 KiB of one character; the ending stays, and no character is cut in two. */
static void a_long_name_is_cut_before_its_ending(void **state)
{
    static const char *const characters[] = {"x", "\xc3\xa4", "\xe7\x8c\xab", "\xf0\x9f\x98\x80"};
    (void)state;
    for (size_t i = 0; i < sizeof characters / sizeof *characters; i++) {
        char name[5000] = "";
        for (size_t at = 0, step = strlen(characters[i]); at + step < 4096; at += step)
            memcpy(name + at, characters[i], step + 1);
        strcat(name, ".webm");
        const char *made = disposition_make(arena, true, name);
        assert_in_range(strlen(made), 180, 1024);
        assert_string_equal(made + strlen(made) - 5, ".webm");
        assert_non_null(strstr(made, ".webm\"; filename*=UTF-8''"));
        size_t bytes = 0;
        for (const char *at = strstr(made, "UTF-8''") + 7; *at; at += *at == '%' ? 3 : 1)
            bytes++;
        assert_in_range(bytes, 176, 180);
        if (i > 0)
            assert_int_equal((bytes - 5) % strlen(characters[i]), 0);
    }
    const char *no_ending = disposition_make(
        arena, true,
        "a.this is no ending of a file name but a sentence that goes on and on and on and on and on and on "
        "and on and on and on and on and on and on and on and on and on and on and on and on and on and on");
    assert_int_equal(strcspn(no_ending + strlen("attachment; filename=\""), "\""), 180);
}

static int setup(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    return arena ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_made_safe),
        cmocka_unit_test(a_long_name_is_cut_before_its_ending),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
