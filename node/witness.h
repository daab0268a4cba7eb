/* Witnessing: what this node cosigns of others' logs, and the cosignatures that it has seen of any log. For node/ alone.
 *
 * A log's witnesses are those that its origin's newest card lists. Rules: ARCHITECTURE.md "Witnesses and forks".
 */
#ifndef TG_NODE_WITNESS_H
#define TG_NODE_WITNESS_H

#include "node/core.h"

tg_err tg_witness_new(struct tg_node *node);
void tg_witness_free(struct tg_node *node);
/* What was kept, into memory; after tg_held_load. */
tg_err tg_witness_load(struct tg_node *node, struct tg_errmsg *em);

/* Whether cosignature lines over the checkpoint of that size may be believed; root NULL: as it is held here.
 * Lines of keys that are not those of the log's witnesses are passed over. TG_EFORMAT malformed, or two lines of one
 * key; TG_ESIGNATURE a witness's line fails; TG_EVALUE one is dated too far ahead; TG_EPOSITION no root is given and
 * the size is above what is held: that cannot be said yet. */
tg_err tg_witness_check(struct tg_node *node, const struct tg_log_id *id, uint64_t size,
                        const struct tg_hash *root, struct tg_view lines, struct tg_errmsg *em);
/* Keep the newest of each witness. Lines above what is held wait for the leaves. */
tg_err tg_witness_take(struct tg_node *node, const struct tg_log_id *id, uint64_t size,
                       const struct tg_hash *root, struct tg_view lines);
/* That peer says that the log's head has that size. An origin that shows its head is cosigned anew, for freshness. */
void tg_witness_shown(struct tg_node *node, const struct tg_hash *peer, const struct tg_log_id *id,
                      uint64_t size);
/* Lines that stand over the checkpoint of exactly that size; appended. */
tg_err tg_witness_lines(struct tg_node *node, const struct tg_log_id *id, uint64_t size, struct tg_buf *out);

/* Cosign what is due, make durable what came in; at most every TG_WITNESS_STORE_US. Nothing that was cosigned leaves
 * before the store says so. Errors are the store's: final. */
tg_err tg_witness_work(struct tg_node *node, struct tg_errmsg *em);

/* How a place of a log stands. */
struct tg_witness_view {
    const char *state;                  /* local, published, settled; static */
    size_t witnesses, cosigned, needed; /* n of them, so many cover the place, k have to */
    bool excluded; /* settled excludes a second history; with fewer than three witnesses it only shows one */
    int64_t newest_ms; /* newest cosignature of the log at all; 0: none */
    bool stale;        /* older than three intervals */
    const char
        *missing; /* "KG, UZ": who does not cover the place; in the node's storage until the next call */
};
/* size: leaves up to and with the place. */
struct tg_witness_view tg_witness_view(struct tg_node *node, const struct tg_held_log *log, uint64_t size);
/* "settled, 2 of 3 witnesses, not UZ (equivocation detected, not excluded)"; brief: without what is in brackets. In the
 * node's storage until the next call. */
const char *tg_witness_text(struct tg_node *node, const struct tg_held_log *log, uint64_t size, bool brief);

#endif
