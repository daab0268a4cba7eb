/* The indexer: records to tokens, rows, names; convergences on the way. The rest is in node/core.h; for node/ alone.
 */
#ifndef TG_NODE_INDEXER_H
#define TG_NODE_INDEXER_H

#include "node/core.h"

struct tg_work;

tg_err tg_indexer_new(struct tg_node *node);
void tg_indexer_free(struct tg_node *node);
/* Names from the rows, then everything of the log that the index does not cover yet. */
tg_err tg_indexer_load(struct tg_node *node, struct tg_errmsg *em);
/* A batch that was just committed: index its records, raise notices, keep its withdrawals for later. */
tg_err tg_indexer_take_batch(struct tg_node *node, struct tg_work *work, struct tg_errmsg *em);
/* Once everything that was committed is indexed. */
tg_err tg_indexer_apply_withdrawals(struct tg_node *node, struct tg_errmsg *em);
/* Forget one record everywhere in the index. */
tg_err tg_indexer_forget(struct tg_node *node, uint64_t recno, struct tg_errmsg *em);
/* Flush when due, else a slice of merging. ret_more: there is more to do. */
tg_err tg_indexer_work(struct tg_node *node, bool *ret_more, struct tg_errmsg *em);
tg_err tg_indexer_flush(struct tg_node *node, struct tg_errmsg *em);

#endif
