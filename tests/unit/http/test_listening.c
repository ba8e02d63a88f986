/* Who may connect (C4), on which terms, where it listens, descriptors that run out (P4). */
#include "client.h"

#include "c18n/abi.h"

#include <sys/stat.h>

#define HOST       "Host: x\r\n"
#define HELLO      "GET /hello HTTP/1.1\r\n" HOST "\r\n"
#define HELLO_LAST "GET /hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"

static struct site site;

static void expect_hello(int fd)
{
    client_say(fd, HELLO_LAST);
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_body(&reply), "hello");
    reply_free(&reply);
    close(fd);
}

static void test_frontends(void **state)
{
    static const char *const only[] = {"10.0.0.0/8", "127.0.0.2"};
    (void)state;
    site_start(&site, (struct http_options){.frontends = only, .frontend_count = 2});
    expect_hello(client_connect_from(http_listening(site.server), "127.0.0.2"));
    int fd = client_connect_from(http_listening(site.server), "127.0.0.3");
    client_say(fd, HELLO);
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_true(reply.closed);
    assert_int_equal(reply.length, 0);
    assert_int_equal(http_refused_at_accept(site.server), 1);
    assert_int_equal(atomic_load(&site.handled), 1);
    reply_free(&reply);
    close(fd);
    site_end(&site);
}

static void test_faulty_options(void **state)
{
    static const struct {
        const char *listen, *frontend, *why;
        int code;
    } rows[] = {
        {"127.0.0.1", "127.0.0.1", "127.0.0.1: must be ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH", C18N_INVALID},
        {"127.0.0.1:99999", "127.0.0.1", "127.0.0.1:99999: must be ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH",
         C18N_INVALID},
        {"somewhere:80", "127.0.0.1", "somewhere:80: must be ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH", C18N_INVALID},
        {"192.0.2.1:0", "127.0.0.1", "192.0.2.1:0: cannot assign requested address", C18N_IO},
        {"127.0.0.1:0", "nonsense", "nonsense: no address or network", C18N_INVALID},
        {"unix:/nowhere/at/all", "127.0.0.1", "unix:/nowhere/at/all: no such file or directory", C18N_IO},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *frontends[] = {rows[i].frontend};
        int code = site_try(
            &site, (struct http_options){.listen = rows[i].listen, .frontends = frontends, .frontend_count = 1});
        assert_int_equal(code, rows[i].code);
        assert_string_equal(site.why, rows[i].why);
        site_end(&site);
    }
}

static void test_port_in_use(void **state)
{
    struct site second;
    char why[256];
    (void)state;
    site_start(&site, (struct http_options){.listen = NULL});
    assert_int_equal(site_try(&second, (struct http_options){.listen = http_listening(site.server)}), C18N_BUSY);
    snprintf(why, sizeof why, "%s: address already in use", http_listening(site.server));
    assert_string_equal(second.why, why);
    site_end(&second);
    expect_hello(client_connect(&site));
    site_end(&site);
}

static void test_ipv6(void **state)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    (void)state;
    if (site_try(&site, (struct http_options){.listen = "[::1]:0"})) { /* machines without IPv6 */
        site_end(&site);
        skip();
    }
    assert_memory_equal(http_listening(site.server), "[::1]:", 6);
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    address.sin6_port = htons((uint16_t)strtoul(http_listening(site.server) + 6, NULL, 10));
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    expect_hello(fd);
    site_end(&site);
}

static int connect_local(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void test_unix_socket(void **state)
{
    char folder[] = "/tmp/http-test-XXXXXX", listen[64];
    struct stat entry;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(listen, sizeof listen, "unix:%s/s", folder);
    for (int round = 0; round < 2; round++) {
        site_start(&site, (struct http_options){.listen = listen});
        assert_string_equal(http_listening(site.server), listen);
        for (int i = 0; i < 5; i++)
            expect_hello(connect_local(listen + 5));
        struct site second;
        assert_int_equal(site_try(&second, (struct http_options){.listen = listen}), C18N_BUSY);
        site_end(&second);
        expect_hello(connect_local(listen + 5));
        site_end(&site);
        assert_int_equal(stat(listen + 5, &entry), -1);    /* cleaned up */
        struct sockaddr_un left = {.sun_family = AF_UNIX}; /* as a server that died leaves it */
        snprintf(left.sun_path, sizeof left.sun_path, "%s", listen + 5);
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        assert_int_equal(bind(fd, (struct sockaddr *)&left, sizeof left), 0);
        close(fd);
    }
    unlink(listen + 5);
    rmdir(folder);
}

/* What has begun goes on as it began; connections live on; what comes next is judged anew. */
static void test_other_terms(void **state)
{
    static const char *const before[] = {"x"}, *const after[] = {"y"}, *const elsewhere[] = {"10.0.0.0/8"};
    char why[256];
    struct http_terms *terms;
    (void)state;
    site_start(&site, (struct http_options){.hosts = before, .host_count = 1, .max_body = 1000});
    int half = client_connect(&site), kept = client_connect(&site);
    client_say(half, HELLO "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    client_say(kept, HELLO);
    struct reply reply = client_read_until(half, "hello", 1); /* what came with it was read in the same turn */
    reply_free(&reply);
    reply = client_read_until(kept, "hello", 1);
    reply_free(&reply);
    const struct http_options options = {
        .hosts = after, .host_count = 1, .max_body = 1, .frontends = elsewhere, .frontend_count = 1};
    assert_int_equal(http_terms_new(&options, &terms, why), C18N_OK);
    http_commit(site.server, terms);
    client_say(half, "2\r\nbc\r\n0\r\n\r\n");
    reply = client_read_until(half, "abc", 1);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    client_say(kept, "POST /echo HTTP/1.1\r\nHost: y\r\nContent-Length: 1\r\n\r\nd");
    reply = client_read_until(kept, "\r\n\r\nd", 1);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    client_say(kept, HELLO);
    reply = client_read_all(kept, CLIENT_PATIENCE_MS);
    assert_int_equal(reply.status, 421);
    reply_free(&reply);
    client_say(half, "POST /echo HTTP/1.1\r\nHost: y\r\nContent-Length: 2\r\n\r\nde");
    reply = client_read_all(half, CLIENT_PATIENCE_MS);
    assert_int_equal(reply.status, 413);
    reply_free(&reply);
    int stranger = client_connect(&site);
    reply = client_read_all(stranger, CLIENT_PATIENCE_MS);
    assert_true(reply.closed && reply.length == 0);
    reply_free(&reply);
    close(half), close(kept), close(stranger);
    site_end(&site);
    const char *const wrong[] = {"10.0.0.0/8", "nowhere"};
    assert_int_equal(http_terms_new(&(struct http_options){.frontends = wrong, .frontend_count = 2}, &terms, why),
                     C18N_INVALID);
    assert_string_equal(why, "nowhere: no address or network");
}

static void test_inherited(void **state)
{
    int fds[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        fds[i] = platform->listen((struct sockaddr *)&address, sizeof address, 16, 0);
        assert_true(fds[i] >= 0);
    }
    site_start(&site, (struct http_options){.inherited = fds, .inherited_count = 2});
    for (int i = 0; i < 2; i++) {
        struct sockaddr_in address;
        socklen_t length = sizeof address;
        char listening[64];
        getsockname(fds[i], (struct sockaddr *)&address, &length);
        snprintf(listening, sizeof listening, "127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
        if (i == 0)
            assert_string_equal(http_listening(site.server), listening);
        for (int j = 0; j < 5; j++)
            expect_hello(client_connect_from(listening, "127.0.0.1"));
    }
    site_end(&site);
}

static void test_too_many(void **state)
{
    (void)state;
    site_start(&site, (struct http_options){.max_connections = 3});
    int fds[3];
    for (int i = 0; i < 3; i++)
        fds[i] = client_connect(&site);
    SITE_WAIT(http_connections(site.server) == 3);
    int fd = client_connect(&site);
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_int_equal(reply.status, 503);
    assert_true(reply.closed);
    reply_free(&reply);
    close(fd);
    for (int i = 0; i < 3; i++)
        expect_hello(fds[i]);
    SITE_WAIT(http_connections(site.server) == 0);
    expect_hello(client_connect(&site));
    site_end(&site);
}

/* P4: accept fails as long as descriptors are short; giving up the reserve lets one through. */
static atomic_int short_of, accepts;
static struct platform scarce;

static int scarce_accept(int fd, struct sockaddr_storage *ret_peer, socklen_t *ret_length)
{
    atomic_fetch_add(&accepts, 1);
    if (atomic_load(&short_of) > 0) {
        atomic_fetch_sub(&short_of, 1);
        errno = EMFILE;
        return -1;
    }
    return platform_system.accept(fd, ret_peer, ret_length);
}

static void test_no_descriptors(void **state)
{
    (void)state;
    scarce = platform_system;
    scarce.accept = scarce_accept;
    platform = &scarce;
    site_start(&site, (struct http_options){.header_ms = 200});
    atomic_store(&short_of, 1);
    int fd = client_connect(&site);
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_int_equal(reply.status, 503);
    assert_true(reply.closed);
    reply_free(&reply);
    close(fd);
    expect_hello(client_connect(&site)); /* after the pause */
    atomic_store(&short_of, INT32_MAX);  /* not even the reserve helps */
    atomic_store(&accepts, 0);
    fd = client_connect(&site);
    site_pause(500);
    assert_true(atomic_load(&accepts) > 0 && atomic_load(&accepts) < 20); /* no spinning */
    atomic_store(&short_of, 0);
    expect_hello(fd);
    site_end(&site);
    platform = &platform_system;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frontends), cmocka_unit_test(test_faulty_options), cmocka_unit_test(test_port_in_use),
        cmocka_unit_test(test_ipv6),      cmocka_unit_test(test_unix_socket),    cmocka_unit_test(test_other_terms),
        cmocka_unit_test(test_inherited), cmocka_unit_test(test_too_many),       cmocka_unit_test(test_no_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
