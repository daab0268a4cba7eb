/* Attestations in our log and others': which entries count although the key that signed them was revoked.
 *
 * For node/ alone. Format: docs/formats.md "Revocation and attestation".
 */
#ifndef TG_NODE_ATTESTS_H
#define TG_NODE_ATTESTS_H

#include "node/commit.h"
#include "node/core.h"
#include "proto/attest_proof.h"

/* Where an attestation stands: item 1.. of that control entry of its log. */
struct tg_attested {
    uint64_t entry;
    uint32_t item;
};
/* One that covers that entry of that log, by a key that signs at the attestation's own place as the card sees it. ret_attested
 * may be NULL. */
bool tg_attests_find(struct tg_node *node, const struct tg_card *card, const struct tg_log_id *id,
                     uint64_t index, struct tg_attested *ret_attested);
/* The key that signed that entry counts there: by the card's range, or, when that was closed before, by an attestation that
 * is held. NULL. On loan from the card. */
const struct tg_card_key *tg_attests_key(struct tg_node *node, const struct tg_card *card, uint32_t key_id,
                                         const struct tg_log_id *log, uint64_t index);
/* The attestations of a control entry, in the transaction that writes it: those that verify are kept, others passed over. */
tg_err tg_attests_put(struct tg_node *node, struct tg_wtxn *txn, const struct tg_stage *stage,
                      const struct tg_work *work);
/* The attestation by which that entry counts although the newest card has ended its key before; left as it is (none) when it
 * counts without, or when there is none. For the newest signed head; memory in the arena. TG_EBUSY: no signed head covers
 * the attestation yet. */
tg_err tg_attests_prove(struct tg_node *node, struct tg_rtxn *txn, const struct tg_held_log *log,
                        uint32_t key_id, uint64_t index, struct tg_arena *arena,
                        struct tg_attest_proof *ret_proof, struct tg_errmsg *em);
/* Attests entries from..until-1 of our log by a control entry. job: with done and ctx set; taken. */
tg_err tg_attests_make(struct tg_node *node, uint64_t from, uint64_t until, struct tg_publish *job,
                       struct tg_errmsg *em);

#endif
