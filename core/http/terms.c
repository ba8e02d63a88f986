/* terms.c: on what terms clients are served: who may connect and how many, for which names, how much. Lanes look at one
 * that never changes; a reload gives them another. */
#include "http/server.h"

#include "c18n/abi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_MAX_BODY = 1024 * 1024, DEFAULT_MAX_CONNECTIONS = 16384 };

/* The caller's strings may end with its settings; ours live as long as the terms. */
static int copy_hosts(struct http_terms *terms, const struct http_options *options)
{
    char **hosts = calloc(options->host_count + 1, sizeof *hosts);
    terms->rules.hosts = (const char *const *)hosts;
    if (!hosts)
        return C18N_NO_MEMORY;
    for (size_t i = 0; i < options->host_count; i++) {
        hosts[i] = strdup(options->hosts[i]);
        if (!hosts[i])
            return C18N_NO_MEMORY;
        terms->rules.host_count++;
    }
    return C18N_OK;
}

int http_terms_new(const struct http_options *options, struct http_terms **ret_terms, char ret_why[256])
{
    const char *bad;
    struct http_terms *terms = calloc(1, sizeof *terms);
    snprintf(ret_why, 256, "out of memory");
    if (!terms)
        return C18N_NO_MEMORY;
    terms->rules.max_body = options->max_body > 0 ? options->max_body : DEFAULT_MAX_BODY;
    terms->max_connections = options->max_connections > 0 ? options->max_connections : DEFAULT_MAX_CONNECTIONS;
    terms->gzip = options->gzip;
    int code =
        http_cidr_list(options->frontends, options->frontend_count, &terms->frontends, &terms->frontend_count, &bad);
    if (code == C18N_INVALID)
        snprintf(ret_why, 256, "%.200s: no address or network", bad);
    if (code == C18N_OK)
        code = copy_hosts(terms, options);
    if (code == C18N_OK)
        *ret_terms = terms;
    else
        http_terms_free(terms);
    return code;
}

void http_terms_free(struct http_terms *terms)
{
    if (!terms)
        return;
    for (size_t i = 0; i < terms->rules.host_count; i++)
        free((char *)(uintptr_t)terms->rules.hosts[i]);
    free((char **)(uintptr_t)terms->rules.hosts);
    free(terms->frontends);
    free(terms);
}

bool http_terms_admit(const struct http_terms *terms, const struct sockaddr_storage *peer)
{
    return http_cidr_match(terms->frontends, terms->frontend_count, peer);
}
