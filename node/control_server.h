/* The node's end of the control socket: accepts programs of this machine, cuts the stream into checked
 * messages, queues answers. Knows neither verbs nor roles. Frames: docs/formats-wire.md.
 */
#ifndef TG_NODE_CONTROL_SERVER_H
#define TG_NODE_CONTROL_SERVER_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/world.h"
#include "proto/control.h"

struct tg_control_server;

/* Who calls, as the kernel says (SO_PEERCRED at connect). */
struct tg_control_caller {
    uint64_t client; /* names the connection; never used again */
    uid_t uid;
    gid_t gid;
    pid_t pid;
};

/* Called from tg_control_server_handle, on its thread. Each may send to and close any client. */
struct tg_control_handler {
    /* A checked REQUEST. msg and its fields are on loan until the call returns. */
    void (*on_request)(void *ctx, const struct tg_control_caller *caller, const struct tg_control_msg *msg);
    /* The queue of a client that was refused with TG_EBUSY, or that asked by tg_control_server_want_more,
     * has room again: go on with the answer. */
    void (*on_writable)(void *ctx, const struct tg_control_caller *caller);
    /* The client is gone, for whatever reason; forget it. Not called for those that the server's _free
     * closes. */
    void (*on_closed)(void *ctx, const struct tg_control_caller *caller);
    /* May be NULL: a client was turned away or cut off; why is a line for the log. */
    void (*on_trouble)(void *ctx, const struct tg_control_caller *caller, const char *why);
    void *ctx;
};

/* Listens at path, mode 0666: who may do what is decided by role. A socket that nobody answers at is removed first.
 * TG_EBUSY a live node answers there; TG_ELIMIT path too long for a socket; TG_ESYSTEM. */
tg_err tg_control_server_new(const char *path, const struct tg_control_handler *handler,
                             const struct tg_clock *clock, struct tg_control_server **ret_server,
                             struct tg_errmsg *em);
/* Closes every client and removes the socket. NULL is allowed. */
void tg_control_server_free(struct tg_control_server *server);

/* What to poll for; returns how many were filled, at most TG_CONTROL_FDS_MAX. */
#define TG_CONTROL_FDS_MAX (TG_CONTROL_CLIENTS_MAX + 1)
size_t tg_control_server_fds(const struct tg_control_server *server,
                             struct pollfd fds[static TG_CONTROL_FDS_MAX]);
/* When the next time limit falls due (a client that stalls in the middle of a frame or reads nothing), in
 * milliseconds from now; -1: none. */
int tg_control_server_timeout_ms(const struct tg_control_server *server);
/* After the poll, with what tg_control_server_fds gave: accept, read, call the handler, write. Work in one
 * call is bounded: at most one message a client. */
void tg_control_server_handle(struct tg_control_server *server, const struct pollfd *fds, size_t count);
/* A whole message waits already in some client's buffer: poll with timeout 0. */
bool tg_control_server_pending(const struct tg_control_server *server);

/* Queue one or more whole frames (as tg_control_end left them); all or nothing; tries to write at once.
 * TG_EBUSY: over TG_CONTROL_QUEUE_BYTES_MAX waits, on_writable will be called; TG_ENOENT: client is gone;
 * TG_ENOMEM. An empty queue takes any one frame. */
tg_err tg_control_server_send(struct tg_control_server *server, uint64_t client, struct tg_view frames);
/* Call on_writable once at the next handle when the queue has room: for answers that are made in slices. */
void tg_control_server_want_more(struct tg_control_server *server, uint64_t client);
/* Take no further requests from the client until resumed: its answer is not finished. */
void tg_control_server_pause(struct tg_control_server *server, uint64_t client, bool paused);
/* Close after the queue is written; on_closed follows. */
void tg_control_server_close(struct tg_control_server *server, uint64_t client);

#endif
