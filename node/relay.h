/* Relays: nodes that an origin's card names to carry its envelopes. They hold what they cannot read, and whom it is for.
 */
#ifndef TG_NODE_RELAY_H
#define TG_NODE_RELAY_H

#include "node/core.h"

/* Does the origin's newest card name that node? */
bool tg_relay_is(struct tg_node *node, const struct tg_hash *origin, const struct tg_hash *who);
/* Whether that peer is given every envelope of the log here: it is a relay of its origin, and we are the origin
 * or a relay of it ourselves. */
bool tg_relay_serves(struct tg_node *node, const struct tg_held_log *log, const struct tg_hash *peer);
/* First envelope held at or after from; TG_ENOENT. */
tg_err tg_relay_next(const struct tg_rtxn *txn, uint32_t number, uint64_t from, uint64_t *ret_index);
/* tg_sync_ops: our own urgent envelopes to push to a peer again. To a relay, those that somebody they are for has not
 * receipted. */
size_t tg_relay_urgent_unreceipted(void *ctx, const struct tg_hash *peer, uint64_t *ret_indexes, size_t max);

#endif
