/* Between the sync engine and the node: its reads answered, its effects carried out. For node/ alone.
 */
#ifndef TG_NODE_ENGINE_H
#define TG_NODE_ENGINE_H

#include "node/core.h"

tg_err tg_engine_new(struct tg_node *node);
void tg_engine_free(struct tg_node *node);
/* One event through the engine, effects carried out: messages sent, writes queued. */
tg_err tg_engine_event(struct tg_node *node, const struct tg_sync_event *event);
/* What a step of an engine wants done. */
tg_err tg_engine_carry_out(struct tg_node *node, const struct tg_sync_effect *effect);
/* An event with the moment filled in. */
struct tg_sync_event tg_engine_event_now(struct tg_node *node, enum tg_sync_event_kind kind);
tg_err tg_engine_tick(struct tg_node *node);
/* Peers were enrolled or removed. */
tg_err tg_node_peers_changed(struct tg_node *node);
/* Messages that the transport was too busy to take. */
bool tg_engine_sending(const struct tg_node *node);
void tg_engine_resend(struct tg_node *node);

/* The engine's reads, for tg_sync_new (engine_ops.c). */
struct tg_sync_ops tg_engine_ops(struct tg_node *node);

#endif
