/* Proof for outsiders that an entry signed by a revoked key is its origin's all the same: the attestation, its place in
 * the log, and that it speaks of this log.
 *
 * Must not know: stores, peers, files. Format: docs/formats-evidence.md "Attestation part".
 */
#ifndef TG_PROTO_ATTEST_PROOF_H
#define TG_PROTO_ATTEST_PROOF_H

#include "base/bytes.h"
#include "crypto/checkpoint.h"
#include "proto/attest.h"
#include "proto/card.h"
#include "proto/envelope.h"

/* Views on loan. Nothing is there: note.data is NULL. */
struct tg_attest_proof {
    struct tg_view head;                /* manifest ‖ signature of the control entry, TG_HEAD_BYTES */
    struct tg_merkle_proof inclusion;   /* of it, in the tree of the checkpoint */
    struct tg_merkle_proof consistency; /* from the tree that is attested to that of the checkpoint */
    uint32_t item, count;               /* which statement of the control entry it is, of how many */
    struct tg_merkle_proof path;        /* of the statement, in the records root */
    struct tg_view note;                /* at most TG_NOTE_BYTES_MAX */
};

/* head ‖ paths ‖ note, appended. TG_EVALUE (a part is missing or of the wrong length), TG_ENOMEM. */
tg_err tg_attest_proof_encode(const struct tg_attest_proof *proof, struct tg_buf *out);
/* Shape alone; views into bytes. TG_ESHORT, TG_ETRAIL, TG_ELIMIT, TG_EVALUE. */
tg_err tg_attest_proof_decode(struct tg_view bytes, struct tg_attest_proof *ret_proof);

/* The whole rule, that of the nodes (node/attests.h), with public keys alone.
 *
 * newest      the newest card of the origin at hand: it says which key signs at the attestation's place
 * where       of the entry that is attested
 * checkpoint  of that log, verified
 *
 * TG_EKEY (by no key that the card lists there), TG_ESIGNATURE, TG_EPOSITION (of another log, does not cover the entry,
 * stands before what it speaks of, or behind the checkpoint), TG_EROOT (a path does not lead there), and what the
 * readers of manifests and notes say. */
tg_err tg_attest_proof_verify(const struct tg_attest_proof *proof, const struct tg_card *newest,
                              const struct tg_where *where, const struct tg_checkpoint *checkpoint,
                              struct tg_attest *ret_attest, struct tg_errmsg *em);

#endif
