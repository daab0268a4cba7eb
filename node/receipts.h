/* Receipts: those that we give, and those that peers gave us. The rest is in node/core.h; for node/ alone.
 */
#ifndef TG_NODE_RECEIPTS_H
#define TG_NODE_RECEIPTS_H

#include "node/core.h"

tg_err tg_receipts_new(struct tg_node *node);
void tg_receipts_free(struct tg_node *node);
/* The newest of every peer, from the store. */
tg_err tg_receipts_load(struct tg_node *node, struct tg_errmsg *em);
/* Verify and keep one that came. TG_EEXIST: it says nothing newer; any other failure was told to the operator. */
tg_err tg_receipts_take(struct tg_node *node, const struct tg_hash *by, struct tg_view note);
/* Those not yet stored, into a transaction that runs anyway. */
tg_err tg_receipts_store(struct tg_node *node, struct tg_wtxn *txn);
void tg_receipts_stored(struct tg_node *node);
/* An envelope of ours was committed: remember when it began, and whether it is urgent. */
void tg_receipts_committed(struct tg_node *node, uint64_t index, uint8_t precedence, int64_t begun_us);

/* tg_sync_ops */
tg_err tg_receipts_make(void *ctx, const struct tg_log_id *log, int64_t wall_ms, struct tg_buf *out);
size_t tg_receipts_urgent_unreceipted(void *ctx, const struct tg_hash *peer, uint64_t *ret_indexes,
                                      size_t max);

#endif
