/* What a day brings without anybody's doing: deadlines of disputes that pass, alerts that are not read, reviews that come near. For node/ alone.
 *
 * Each is told once, also over a restart: what was told is known by the time up to which it was told, which goes to
 * disk with the notices.
 */
#ifndef TG_NODE_REMINDERS_H
#define TG_NODE_REMINDERS_H

#include "node/core.h"

struct tg_dispute;

tg_err tg_reminders_new(struct tg_node *node);
void tg_reminders_free(struct tg_node *node);
/* Once the index is there. */
tg_err tg_reminders_load(struct tg_node *node, struct tg_errmsg *em);
/* A dispute came in that is to be decided by then. */
tg_err tg_reminders_deadline(struct tg_node *node, const struct tg_hash *dispute, int64_t deadline_ms);
/* An alert of ours was committed. */
tg_err tg_reminders_alert(struct tg_node *node, const struct tg_record *alert, uint64_t created);
/* Tells what is due; cheap when nothing is. */
tg_err tg_reminders_work(struct tg_node *node, struct tg_errmsg *em);
/* Into a transaction that runs anyway. */
tg_err tg_reminders_store(struct tg_node *node, struct tg_wtxn *txn);
void tg_reminders_stored(struct tg_node *node);

#endif
