/* Keys sealed anew: given to those who may read an envelope, and taken where ours no longer opens. For node/ alone.
 *
 * Bytes: proto/reseal.h; who asks whom and when: node/sync_reseal.c.
 */
#ifndef TG_NODE_RESEAL_H
#define TG_NODE_RESEAL_H

#include "node/commit.h"

/* The key of that envelope sealed to the peer's newest card, appended. TG_ENOENT envelope, key or card is not here;
 * TG_EAUDIENCE the peer is neither its origin nor in its audience. */
tg_err tg_reseal_give(struct tg_node *node, const struct tg_envelope_ref *ref, const struct tg_hash *peer,
                      struct tg_buf *out);

/* An own envelope that is held and whose key is missing, opened by its stanza to the recovery key; its key is written with
 * the next group. TG_ESTANZA it was sealed to another recovery key; TG_EEXIST its key is here; TG_ENOENT, and what
 * tg_envelope_open_recovery says. */
tg_err tg_reseal_recover(struct tg_node *node, struct tg_held_log *log, uint64_t index,
                         const struct tg_key *recovery, struct tg_errmsg *em);

/* The envelope as it is held (work->log, index), into work->bytes; its slots. TG_EEXIST: its key is here already. */
tg_err tg_reseal_load(struct tg_node *node, struct tg_work *work);
/* One that came, in a commit group: opened against the envelope that is held; then written. */
void tg_reseal_prepare(struct tg_node *node, struct tg_work *work);
tg_err tg_reseal_write(struct tg_group *group, struct tg_wtxn *txn, struct tg_work *work);

#endif
