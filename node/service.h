/* The service: answers every verb of the control socket from a node.
 *
 * Knows no socket: requests come in through the handler, frames leave through the port, so that tests and the
 * simulation drive it as programs do. Contract with callers: docs/control.md. Thread: the node's only.
 */
#ifndef TG_NODE_SERVICE_H
#define TG_NODE_SERVICE_H

#include "node/config_roles.h"
#include "node/control_server.h"
#include "node/node.h"
#include "node/transport_zmq.h"

struct tg_service;

/* Where answers go: the control server, or a test. Same meaning as tg_control_server_send and its neighbours. */
struct tg_service_port {
    tg_err (*send)(void *ctx, uint64_t client, struct tg_view frames);
    void (*pause)(void *ctx, uint64_t client, bool paused);
    void *ctx;
};
struct tg_service_port tg_service_port_of_server(struct tg_control_server *server);

struct tg_service_options {
    struct tg_node *node;           /* borrowed until _free */
    const struct tg_config *config; /* roles; borrowed until _free */
    const char *config_path;        /* the file it was read from; NULL: from none. Borrowed */
    uid_t owner;                    /* who runs the node */
    const char *version;            /* text for `status`; borrowed */
    /* How it stands with a peer's link (tg_transport_zmq_link); NULL: told by the sync engine alone. */
    tg_err (*link)(void *ctx, const struct tg_hash *peer, struct tg_transport_link *ret_link);
    void *link_ctx;
};
/* Becomes the node's one observer of receipts and notices. TG_ENOMEM. */
tg_err tg_service_new(const struct tg_service_options *options, struct tg_service **ret_service);
/* Ends what runs without answers. Before the node is freed, and behind its last tg_node_work. NULL is allowed. */
void tg_service_free(struct tg_service *service);
TG_AUTO_PTR_DEFINE(tg_service, tg_service_free)

/* What the control server calls; ctx is the service. */
struct tg_control_handler tg_service_handler(struct tg_service *service);
/* Once, before the first request: the server needs the handler first. */
void tg_service_attach(struct tg_service *service, const struct tg_service_port *port);

/* One slice of every answer that is not finished; after tg_node_work, whose commits and receipts some wait for. */
void tg_service_tick(struct tg_service *service);
/* When tick is wanted again, in milliseconds from now; 0: at once; -1: when something happens. */
int tg_service_timeout_ms(const struct tg_service *service);
/* Verb `stop` was answered: end the process. */
bool tg_service_stopping(const struct tg_service *service);

#endif
