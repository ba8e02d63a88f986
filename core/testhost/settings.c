/* settings.c: the test's settings as a file of conf.d, at the start and for reloads. */
#include "testhost/inside.h"

#include "base/platform.h"

#include <stdio.h>
#include <string.h>

static bool has_section(const char *settings, const char *section)
{
    size_t length = strlen(section);
    for (const char *line = settings; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *word = line + strspn(line, " \t");
        if (strncmp(word, section, length) == 0 && word[length + strspn(word + length, " \t\n")] == '{')
            return true;
    }
    return false;
}

void settings_write(struct c18n_test *test, const char *settings)
{
    struct text text;
    const char *path = arena_print(test->arena, "%s/conf.d/50-test.conf", test->work_folder);
    test->settings = arena_print(test->arena, "%s\n", settings ? settings : "");
    text_init(&text, test->arena, 0);
    text_add_text(&text, test->settings);
    if (!has_section(test->settings, "core")) /* time stands: a limit a minute would be one for ever */
        text_add_text(&text, "core {\n    rate_limit = 0\n    socket_rate = 0\n}\n");
    for (size_t i = 0; i < test->placed.count; i++)
        if (!has_section(test->settings, test->placed.ids[i]))
            text_print(&text, "%s {\n}\n", test->placed.ids[i]);
    const char *whole = text_end(&text);
    if (platform_replace_file(path, whole, text.length, 0600) != C18N_OK)
        testhost_die("%s can't be written", path);
}

int c18n_test_reload(c18n_test *test, const char *settings, const char **ret_why)
{
    const char *before = test->settings;
    struct text why;
    if (test->bare)
        testhost_die("a bare host can't reload");
    text_init(&why, test->arena, 0);
    settings_write(test, settings);
    int code = server_reload(&test->server, &why);
    logged_aloud(test->logs); /* whatever the settings say */
    if (code == 0)
        return C18N_OK;
    settings_write(test, before);
    if (ret_why)
        *ret_why = text_end(&why);
    else
        fprintf(stderr, "c18n test host: the settings are refused\n%s", text_end(&why));
    return C18N_INVALID;
}
