/* Whoever was shown a record here is told when its origin withdraws or corrects it: found in the access log, beside the
 * node's work. For node/ alone.
 *
 * Each node tells its own users. What is still to be looked up outlives a crash: docs/formats-store.md "tell".
 */
#ifndef TG_NODE_TELL_READERS_H
#define TG_NODE_TELL_READERS_H

#include "node/core.h"

tg_err tg_tell_new(struct tg_node *node);
void tg_tell_free(struct tg_node *node);
/* At start. */
tg_err tg_tell_load(struct tg_node *node, struct tg_errmsg *em);

/* kind: TG_NOTICE_WITHDRAWAL or _CORRECTION; by: id of the record that withdraws or replaces; why may be "". Out of memory nobody is told: the record is gone or marked all the same. */
void tg_tell_readers(struct tg_node *node, enum tg_notice_kind kind, const struct tg_place *place,
                     const struct tg_hash *by, const char *why);
/* The places of the record that this one replaces, when both are of one origin. */
void tg_tell_correction(struct tg_node *node, const struct tg_record *record, const struct tg_placed *placed);

/* Rows to be written or taken away; with the notices' own transaction, see notices.h. */
bool tg_tell_dirty(const struct tg_node *node);
tg_err tg_tell_store(struct tg_node *node, struct tg_wtxn *txn);
void tg_tell_stored(struct tg_node *node);

/* There are entries to look through. */
bool tg_tell_due(const struct tg_node *node);
/* A slice of the access log, from the newest entry back; at its end notices. */
tg_err tg_tell_work(struct tg_node *node, struct tg_errmsg *em);

#endif
