/* Attestations: what a revoked key has signed is the origin's all the same.
 *
 * Knows no log. Format: docs/formats.md "Revocation and attestation".
 */
#ifndef TG_PROTO_ATTEST_H
#define TG_PROTO_ATTEST_H

#include "crypto/identity.h"
#include "crypto/note.h"

struct tg_attest {
    struct tg_node_id origin;
    uint32_t epoch;
    uint64_t from, until; /* entries from..until-1 */
    struct tg_hash root; /* of the log's tree of size until: whoever has it has these entries and no others */
    uint64_t time;       /* unix seconds */
};
/* TG_EVALUE unless from < until. The note is appended. */
tg_err tg_attest_sign(const struct tg_attest *attest, const struct tg_note_key *envelope_key,
                      const struct tg_signer *signer, struct tg_buf *out, struct tg_errmsg *em);
/* Its text, before the key is known: by nobody yet. TG_EMAGIC, TG_EFORMAT, TG_EVALUE. */
tg_err tg_attest_peek(struct tg_view note, struct tg_attest *ret_attest, struct tg_errmsg *em);
/* Signed by that envelope key of the origin. Also TG_ESIGNATURE, TG_EKEY. */
tg_err tg_attest_open(struct tg_view note, const struct tg_note_key *envelope_key,
                      struct tg_attest *ret_attest, struct tg_errmsg *em);

#endif
