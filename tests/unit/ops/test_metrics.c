/* Tests of core/ops/metrics.c and metrics_text.c: what is counted, and OpenMetrics' form. */
#include "fakes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const c18n_metric declared[] = {
    {"opened", C18N_METRIC_COUNTER, "Polls \"opened\"\nso far."},
    {"votes_total", C18N_METRIC_COUNTER, NULL},
    {"open-now", C18N_METRIC_GAUGE, "Open polls."},
};
static const c18n_module descriptor = {.id = "polls", .metrics = C18N_ALL(declared)};
static struct server server;

static int begin(void **state)
{
    (void)state;
    static const char *const paths[] = {"/posts/{id}", "/posts/{id}", "/a\"b\\c", "/users/"};
    for (size_t i = 0; i < 4; i++)
        fake_routes[i].declared.path = paths[i];
    fake_route_count = 4;
    fake_modules[0] = (struct module){.self = {.host = &server.host, .id = "polls"}, .descriptor = &descriptor};
    fake_modules[1] = (struct module){.self = {.host = &server.host, .id = "bare"}}; /* left out: no descriptor */
    fake_module_count = 2;
    server.api = (struct api *)(void *)&server;
    server.loader = (struct loader *)(void *)&server;
    server.data = (struct data *)(void *)&server;
    server.http = (struct http_server *)(void *)&server;
    server.started_ms = 1700000000500;
    return metrics_new(&server, &server.metrics);
}

static int end(void **state)
{
    (void)state;
    metrics_free(server.metrics);
    server.metrics = NULL;
    return 0;
}

static struct text written(void)
{
    struct text text;
    text_init(&text, NULL, 0);
    metrics_text(server.metrics, &text);
    text_end(&text);
    assert_false(text.failed);
    return text;
}

static void assert_has(const struct text *text, const char *line)
{
    if (!strstr(text->at, line))
        fail_msg("missing: %s in\n%s", line, text->at);
}

static void answers_are_counted_by_route_and_class(void **state)
{
    (void)state;
    metrics_answered(server.metrics, "/posts/{id}", 200, 250, 100); /* a bound belongs to its bucket */
    metrics_answered(server.metrics, "/posts/{id}", 201, 251, 100);
    metrics_answered(server.metrics, "/posts/{id}", 503, 9000000, 1);
    metrics_answered(server.metrics, "/nobody's", 404, 1, 0);
    metrics_answered(server.metrics, "", 99, -5, 0);
    metrics_answered(server.metrics, NULL, 404, 1, 0);
    struct text text = written();
    assert_has(&text, "\nc18n_http_request_seconds_bucket{route=\"/posts/{id}\",le=\"0.00025\"} 1\n");
    assert_has(&text, "\nc18n_http_request_seconds_bucket{route=\"/posts/{id}\",le=\"0.0005\"} 2\n");
    assert_has(&text, "\nc18n_http_request_seconds_bucket{route=\"/posts/{id}\",le=\"1.0\"} 2\n");
    assert_has(&text, "\nc18n_http_request_seconds_bucket{route=\"/posts/{id}\",le=\"5.0\"} 2\n");
    assert_has(&text, "\nc18n_http_request_seconds_bucket{route=\"/posts/{id}\",le=\"+Inf\"} 3\n");
    assert_has(&text, "\nc18n_http_request_seconds_count{route=\"/posts/{id}\"} 3\n");
    assert_has(&text, "\nc18n_http_request_seconds_sum{route=\"/posts/{id}\"} 9.000501\n");
    assert_has(&text, "\nc18n_http_request_seconds_count{route=\"other\"} 3\n");
    assert_has(&text, "\nc18n_http_request_seconds_count{route=\"/a\\\"b\\\\c\"} 0\n");
    assert_has(&text, "\nc18n_http_responses_total{class=\"2xx\"} 2\n");
    assert_has(&text, "\nc18n_http_responses_total{class=\"4xx\"} 2\n");
    assert_has(&text, "\nc18n_http_responses_total{class=\"5xx\"} 1\n");
    assert_has(&text, "\nc18n_http_sent_bytes_total 201\n");
    assert_has(&text, "c18n_http_in_flight 3\n");
    assert_has(&text, "\nc18n_http_connections 9\n");
    assert_has(&text, "\nc18n_http_refused_total 1\n");
    assert_has(&text, "\nc18n_writer_queue 5\n");
    assert_has(&text, "\nc18n_history_position 77\n");
    assert_has(&text, "\nprocess_start_time_seconds 1700000000.5\n");
    text_free(&text);
}

static void a_module_counts_what_it_declared(void **state)
{
    (void)state;
    c18n_self *self = &fake_modules[0].self;
    metrics_family.add(self, "opened", 2);
    metrics_family.add(self, "opened", 1);
    metrics_family.add(self, "votes_total", 4);
    metrics_family.set(self, "open-now", 10);
    metrics_family.add(self, "open-now", -3);
    struct text text = written();
    assert_has(&text, "# TYPE c18n_polls_opened counter\n# HELP c18n_polls_opened Polls \\\"opened\\\"\\nso far.\n"
                      "c18n_polls_opened_total 3\n");
    assert_has(&text, "# TYPE c18n_polls_votes counter\n# HELP c18n_polls_votes \nc18n_polls_votes_total 4\n");
    assert_has(&text,
               "# TYPE c18n_polls_open_now gauge\n# HELP c18n_polls_open_now Open polls.\nc18n_polls_open_now 7\n");
    text_free(&text);
}

/* A module's bug stops where it is. */
static int status_of(void (*misuse)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        misuse();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void add_undeclared(void)
{
    metrics_family.add(&fake_modules[0].self, "nothing", 1);
}
static void set_counter(void)
{
    metrics_family.set(&fake_modules[0].self, "opened", 1);
}
static void count_down(void)
{
    metrics_family.add(&fake_modules[0].self, "opened", -1);
}

static void wrong_uses_stop_at_once(void **state)
{
    (void)state;
    void (*const misuses[])(void) = {add_undeclared, set_counter, count_down};
    for (size_t i = 0; i < 3; i++)
        assert_true(WIFSIGNALED(status_of(misuses[i])));
}

/* Every line is a comment or a sample; a family's lines stand together and its type comes first; the end is marked. */
static void the_form_is_openmetrics(void **state)
{
    (void)state;
    struct text text = written();
    char family[128] = "";
    char seen[64][128];
    size_t families = 0;
    char *rest = text.at;
    for (char *line = strsep(&rest, "\n"); line && strcmp(line, "# EOF") != 0; line = strsep(&rest, "\n")) {
        char kind[16], name[128];
        if (sscanf(line, "# %15s %127s", kind, name) == 2) {
            if (strcmp(kind, "TYPE") == 0) {
                for (size_t i = 0; i < families; i++)
                    assert_string_not_equal(seen[i], name);
                assert_true(families < 64);
                memcpy(seen[families++], name, sizeof name);
                memcpy(family, name, sizeof family);
            }
            assert_string_equal(name, family);
            continue;
        }
        assert_memory_equal(line, family, strlen(family));
        char *value = strrchr(line, ' '), *end;
        assert_non_null(value);
        strtod(value + 1, &end);
        assert_int_equal(*end, '\0');
    }
    assert_non_null(rest);
    assert_string_equal(rest, "");
    assert_true(families > 10);
    text_free(&text);
}

enum { THREADS = 4, ANSWERS = 5000 };

static void *answer_many(void *arg)
{
    (void)arg;
    for (int i = 0; i < ANSWERS; i++) {
        metrics_answered(server.metrics, "/users/", 200, 10, 2);
        metrics_family.add(&fake_modules[0].self, "opened", 1);
    }
    return NULL;
}

static void no_add_is_lost(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, answer_many, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    struct text text = written();
    assert_has(&text, "c18n_http_request_seconds_count{route=\"/users/\"} 20000\n");
    assert_has(&text, "c18n_http_sent_bytes_total 40000\n");
    assert_has(&text, "c18n_polls_opened_total 20000\n");
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_are_counted_by_route_and_class, begin, end),
        cmocka_unit_test_setup_teardown(a_module_counts_what_it_declared, begin, end),
        cmocka_unit_test_setup_teardown(wrong_uses_stop_at_once, begin, end),
        cmocka_unit_test_setup_teardown(the_form_is_openmetrics, begin, end),
        cmocka_unit_test_setup_teardown(no_add_is_lost, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
