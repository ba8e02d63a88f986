/**
 * ops.h: what the operator sees: metrics, the operators' listener, the control socket, systemd.
 */
#ifndef OPS_OPS_H
#define OPS_OPS_H

#include "api/api.h"

/* metrics.c: counters, gauges and a latency histogram a route. Lock-free adds; OpenMetrics text. */
struct metrics;
int metrics_new(struct server *server, struct metrics **ret_metrics); /* after api_new: a histogram a route */
void metrics_free(struct metrics *metrics);
void metrics_answered(struct metrics *metrics, const char *route, int status, int64_t micros, uint64_t bytes);
/** What a module's metric is now; false: it declares none of that name. */
bool metrics_value(c18n_self *self, const char *name, int64_t *ret_value);
void metrics_reloaded(struct metrics *metrics, bool taken); /* a reload has ended */
void metrics_text(struct metrics *metrics, struct text *ret_text);
extern const c18n_metrics_family metrics_family;

/* listener.c: /healthz /readyz /metrics, and the lists of ctl/listing.h as /modules… */
int ops_listen(struct server *server, const char *address, struct text *ret_why);
void ops_close(struct server *server); /* also when nothing listens */
void ops_readyz_json(struct server *server, struct text *ret_json, bool *ret_ready);

/* systemd.c: READY=1, STOPPING=1, RELOADING=1, WATCHDOG=1; LISTEN_FDS */
void systemd_notify(const char *state);
size_t systemd_sockets(int ret_fds[8]);
int64_t systemd_watchdog_us(void); /* how often WATCHDOG=1 is awaited; 0: never */

/* control.c: STATE_DIR/control.sock (0600). A client sends its arguments and its standard input, output and error
 * as descriptors; the command runs here, on a thread of its own, and its exit code goes back. */
struct control;
int control_listen(struct server *server, struct control **ret_control, struct text *ret_why);
void control_close(struct control *control);
/** The client's side. C18N_NOT_FOUND: no server holds this folder. *ret_exit: the command's exit code. */
int control_call(const char *state_dir, int argc, char **argv, const int fds[3], int *ret_exit);

#endif
