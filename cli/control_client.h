/* A program's end of the control socket: connect, send requests, receive answers with a time limit.
 *
 * Knows no verb. Frames: docs/formats-wire.md.
 */
#ifndef TG_CLI_CONTROL_CLIENT_H
#define TG_CLI_CONTROL_CLIENT_H

#include "base/cleanup.h"
#include "proto/control.h"

struct tg_control_client;

/* TG_EUNREACHABLE when no node listens there, with how to start it; TG_EDENIED when the socket is closed to
 * this user; TG_ELIMIT path too long. */
tg_err tg_control_client_connect(const char *path, struct tg_control_client **ret_client,
                                 struct tg_errmsg *em);
/* NULL is allowed. */
void tg_control_client_free(struct tg_control_client *client);
TG_AUTO_PTR_DEFINE(tg_control_client, tg_control_client_free)

/* To be polled for reading; what was read before does not show in it, so receive with timeout 0 until TG_EBUSY first. */
int tg_control_client_fd(const struct tg_control_client *client);

/* Send whole frames (as tg_control_end left them). Waits as long as the node takes the bytes, at most
 * timeout_ms without any progress; -1: no limit. Frames of answers that arrive meanwhile are kept.
 * TG_EUNREACHABLE: the node went away; TG_EBUSY: no progress in time. */
tg_err tg_control_client_send(struct tg_control_client *client, struct tg_view frames, int timeout_ms,
                              struct tg_errmsg *em);

/* The next message of the answer. arena is cleared first; ret_msg lives until it is cleared again.
 * timeout_ms  for the next whole message; -1: no limit; 0: only what is there
 * TG_EBUSY: nothing in time (nothing is lost, call again); TG_EUNREACHABLE: the node went away or sent what
 * is not a message. A FAIL message is received like any other: TG_OK. */
tg_err tg_control_client_receive(struct tg_control_client *client, struct tg_arena *arena, int timeout_ms,
                                 struct tg_control_msg *ret_msg, struct tg_errmsg *em);

/* One request, and the FAIL of the answer turned into its error: sends, then hands every ROW, PROGRESS and
 * ASK to on_message (may be NULL) until DONE. ret_done may be NULL; it lives as long as arena.
 * on_message returns TG_OK to go on; anything else ends the call with it. */
tg_err tg_control_client_call(struct tg_control_client *client, struct tg_view frames, int timeout_ms,
                              tg_err (*on_message)(void *ctx, const struct tg_control_msg *msg), void *ctx,
                              struct tg_arena *arena, struct tg_control_msg *ret_done, struct tg_errmsg *em);

#endif
