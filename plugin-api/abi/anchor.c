/* anchor.c: a library whose only use is its debug info: every struct that crosses the boundary is an argument of one of
 * its functions, so that abidw can write them all down. It compiles with the headers of every minor. */
#include <c18n/module.h>
#include <c18n/providers/bus.h>
#include <c18n/providers/cache.h>
#include <c18n/providers/index.h>
#include <c18n/providers/storage.h>
#if C18N_ABI_MINOR >= 3
#include <c18n/providers/conversations.h>
#include <c18n/providers/ownership.h>
#endif

#define SHOW(type)                                                                                                     \
    void anchor_##type(const struct type *it);                                                                         \
    void anchor_##type(const struct type *it)                                                                          \
    {                                                                                                                  \
        (void)it;                                                                                                      \
    }

/* what a module declares */
SHOW(c18n_module)
SHOW(c18n_setting)
SHOW(c18n_field)
SHOW(c18n_route)
SHOW(c18n_policy)
SHOW(c18n_event_type)
SHOW(c18n_consumer)
SHOW(c18n_view)
SHOW(c18n_point)
SHOW(c18n_hook)
SHOW(c18n_timer)
SHOW(c18n_metric)
SHOW(c18n_import)
SHOW(c18n_export)

/* what is passed to and fro */
SHOW(c18n_table)
SHOW(c18n_bytes)
SHOW(c18n_self)
SHOW(c18n_request_head)
SHOW(c18n_doc)
SHOW(c18n_out)
SHOW(c18n_event)
SHOW(c18n_changes)
SHOW(c18n_caller)
SHOW(c18n_page)
SHOW(c18n_search)
SHOW(c18n_person)
SHOW(c18n_identity)
SHOW(c18n_token)
SHOW(c18n_service)

/* what the host offers */
SHOW(c18n_host)
SHOW(c18n_family)
SHOW(c18n_mem_family)
SHOW(c18n_json_family)
SHOW(c18n_clock_family)
SHOW(c18n_log_family)
SHOW(c18n_config_family)
SHOW(c18n_metrics_family)
SHOW(c18n_services_family)
SHOW(c18n_http_family)
SHOW(c18n_auth_family)
SHOW(c18n_events_family)
SHOW(c18n_views_family)
SHOW(c18n_hooks_family)
SHOW(c18n_work_family)
SHOW(c18n_timer_family)
SHOW(c18n_audit_family)

/* what providers are */
SHOW(c18n_storage)
SHOW(c18n_record)
SHOW(c18n_range)
SHOW(c18n_bus)
SHOW(c18n_cache)
SHOW(c18n_index)
SHOW(c18n_index_field)
SHOW(c18n_index_query)

#if C18N_ABI_MINOR >= 3
/* sockets and blobs */
SHOW(c18n_socket)
SHOW(c18n_verb)
SHOW(c18n_publication)
SHOW(c18n_frames)
SHOW(c18n_sockets_family)
SHOW(c18n_blob_reply)
SHOW(c18n_blobs_family)
SHOW(c18n_list)
SHOW(c18n_ownership)
SHOW(c18n_conversations)
#endif
