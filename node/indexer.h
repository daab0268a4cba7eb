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
/* Tokens of one record, as the index gets them. */
struct tg_gathered {
    struct tg_node *node;
    uint8_t tokens[TG_RECORD_TOKENS_MAX * TG_INDEX_TOKEN_BYTES];
    size_t count;
};
tg_err tg_indexer_gather(struct tg_node *node, const struct tg_record *record, const struct tg_placed *placed,
                         const struct tg_facets *facets, struct tg_gathered *to);
/* A batch that was just committed: index its records, raise notices, keep its withdrawals for later. */
tg_err tg_indexer_take_batch(struct tg_node *node, struct tg_work *work, struct tg_errmsg *em);
/* Once everything that was committed is indexed. */
tg_err tg_indexer_apply_withdrawals(struct tg_node *node, struct tg_errmsg *em);
/* Forget one record everywhere in the index. */
tg_err tg_indexer_forget(struct tg_node *node, uint64_t recno, struct tg_errmsg *em);
/* Flush when due, else a slice of merging. ret_more: there is more to do. */
tg_err tg_indexer_work(struct tg_node *node, bool *ret_more, struct tg_errmsg *em);
tg_err tg_indexer_flush(struct tg_node *node, struct tg_errmsg *em);

/* ---- apart.c: codes of records that are held and not read ---- */

tg_err tg_apart_save(struct tg_node *node, struct tg_errmsg *em);
tg_err tg_apart_load(struct tg_node *node, struct tg_errmsg *em);
/* Before everything is judged anew. */
void tg_apart_forget(struct tg_node *node);

#endif
