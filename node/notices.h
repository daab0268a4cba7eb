/* Notices: what people who watch are told. The rest is in node/core.h; for node/ alone.
 */
#ifndef TG_NODE_NOTICES_H
#define TG_NODE_NOTICES_H

#include "node/core.h"

tg_err tg_notices_new(struct tg_node *node);
void tg_notices_free(struct tg_node *node);
/* other may be NULL. The text names values as their origin wrote them; whoever shows it escapes it. */
void tg_notices_raise(struct tg_node *node, enum tg_notice_kind kind, const struct tg_hash *id,
                      const struct tg_hash *other, const char *text);
/* The same with all that is known; cursor and at_ms are filled in here. */
void tg_notices_put(struct tg_node *node, const struct tg_notice *notice);
/* The same, unless one of that kind about the two is listed already: false then. */
bool tg_notices_put_once(struct tg_node *node, const struct tg_notice *notice);
/* Notices that concern a withdrawn record go with it. */
void tg_notices_forget(struct tg_node *node, const struct tg_hash *id);

/* A crash between an envelope's commit and its notices loses none: who commits it owes them, within its transaction; once
 * they were raised the debt is paid, which is written with the notices themselves. What is owed at a start is noticed
 * again, after the index is loaded (renotice.c). */
tg_err tg_notices_owe(struct tg_wtxn *txn, uint32_t log, uint64_t index);
void tg_notices_paid(struct tg_node *node, uint32_t log, uint64_t index);
tg_err tg_notices_repair(struct tg_node *node, struct tg_errmsg *em);
/* While set, a notice that is there already is not raised again. */
void tg_notices_repeat(struct tg_node *node, bool repeating);

/* At start. What a former key-encryption key had sealed is sealed anew. */
tg_err tg_notices_load(struct tg_node *node, struct tg_errmsg *em);
/* Whether that was done: no row needs a former one any more. */
bool tg_notices_sealed_anew(const struct tg_node *node);
/* Whether a transaction should be made for them alone: a moment after the last one, at once when one has to go or is
 * urgent. Nobody is told before. */
bool tg_notices_due(const struct tg_node *node);
#define TG_OWED_NAME_BYTES 48
void tg_notices_owed_name(uint32_t log, uint64_t index, char out[static TG_OWED_NAME_BYTES]);

/* What is new into, what is gone out of, a transaction; then, once it is durable, _stored, which tells who watches. */
tg_err tg_notices_store(struct tg_node *node, struct tg_wtxn *txn);
void tg_notices_stored(struct tg_node *node);
/* All that is new, durably and now: for who asks what there is. */
tg_err tg_notices_flush(struct tg_node *node, struct tg_errmsg *em);
/* The transaction failed for want of space: try again in a moment. */
void tg_notices_not_stored(struct tg_node *node);

#endif
