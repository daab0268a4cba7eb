/* The start rules: whether we may append to our own log, and if not, why and until when. For node/ alone.
 *
 * Rules: ARCHITECTURE.md "Start".
 */
#ifndef TG_NODE_START_H
#define TG_NODE_START_H

#include "node/core.h"

/* Compares the store with its mark, and finds out whether it was put back from a backup. fresh: the store was made just
 * now. A commit that a crash left is finished. */
tg_err tg_start_check(struct tg_node *node, bool fresh, struct tg_errmsg *em);
/* Entries of our own log that the mark says were signed; 0 without a mark. */
uint64_t tg_start_marked(const struct tg_node *node);
/* The operator takes it upon himself. */
tg_err tg_start_override(struct tg_node *node, struct tg_errmsg *em);
/* Goes on as far as the answers of peers and the time allow. */
tg_err tg_start_step(struct tg_node *node, struct tg_errmsg *em);

/* A peer has told which head of our own log it holds: one more that we need not wait for. */
void tg_start_answered(struct tg_node *node, const struct tg_hash *peer);
/* ... and it is longer than what we hold of that epoch. The head was verified by our own card. */
void tg_start_longer(struct tg_node *node, const struct tg_hash *peer, const struct tg_log_id *log,
                     uint64_t size);
/* ... and it is another one, signed by us: nothing is appended or fetched back until the operator has looked. */
void tg_start_forked(struct tg_node *node, const struct tg_hash *peer);
/* A partner has shown the prologue of an epoch of our own log that this store knew nothing of. */
void tg_start_epoch(struct tg_node *node, uint32_t epoch);
/* Our log goes on as that epoch, as the operator wants it. What was lost, or forked, is of the one before; in quarantine
 * the partners are waited for all the same: nobody may know more of the new epoch than we. */
tg_err tg_start_begin(struct tg_node *node, uint32_t epoch, struct tg_errmsg *em);

#endif
