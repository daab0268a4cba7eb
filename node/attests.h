/* Attestations in our log and others': which entries count although the key that signed them was revoked.
 *
 * For node/ alone. Format: docs/formats.md "Revocation and attestation".
 */
#ifndef TG_NODE_ATTESTS_H
#define TG_NODE_ATTESTS_H

#include "node/commit.h"
#include "node/core.h"

/* The key that signed that entry counts there: by the card's range, or, when that was closed before, by an attestation that
 * is held. NULL. On loan from the card. */
const struct tg_card_key *tg_attests_key(struct tg_node *node, const struct tg_card *card, uint32_t key_id,
                                         const struct tg_log_id *log, uint64_t index);
/* The attestations of a control entry, in the transaction that writes it: those that verify are kept, others passed over. */
tg_err tg_attests_put(struct tg_node *node, struct tg_wtxn *txn, const struct tg_stage *stage,
                      const struct tg_work *work);
/* Attests entries from..until-1 of our log by a control entry. job: with done and ctx set; taken. */
tg_err tg_attests_make(struct tg_node *node, uint64_t from, uint64_t until, struct tg_publish *job,
                       struct tg_errmsg *em);

#endif
