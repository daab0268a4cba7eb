/* A batch key sealed anew, to one that may read the batch and whose own stanza no longer opens.
 *
 * Knows no policy: who may ask is the caller's. Format: docs/formats-wire.md "RESEAL".
 */
#ifndef TG_PROTO_RESEAL_H
#define TG_PROTO_RESEAL_H

#include "proto/envelope.h"

/* Appended to out.
 *
 * keymat  what is held of the key, whole or with holes
 * hashes  leaves of the records root, all of them; needed when it has holes, else NULL
 * Errors: TG_EKEY the recipient's key is none, TG_ELIMIT, TG_ENOMEM
 */
tg_err tg_reseal_make(const struct tg_manifest *manifest, const struct tg_keymat *keymat,
                      const struct tg_hash *hashes, const struct tg_node_id *recipient,
                      const struct tg_seal_public *seal, const struct tg_random *random, struct tg_buf *out);

/* What came of it. Zero-initialise. Release wipes. */
struct tg_resealed {
    struct tg_keymat keymat;
    struct tg_hash *hashes; /* of all records, when keymat has holes; NULL; owned */
    struct tg_batch batch;  /* records that were erased at the sender are empty views with zero ids */
};
void tg_resealed_release(struct tg_resealed *resealed);
TG_AUTO_DEFINE(tg_resealed, tg_resealed_release)
/* On a verified envelope; batch in the arena. A key with holes is proven by the records root, a whole one by the key
 * commitment. TG_ESTANZA it was not sealed to us, TG_EFORMAT, and what tg_envelope_open_keymat returns. */
tg_err tg_reseal_open(const struct tg_envelope *envelope, const struct tg_vault *vault,
                      const struct tg_node_id *reader, struct tg_view sealed, struct tg_arena *arena,
                      struct tg_resealed *ret_resealed, struct tg_errmsg *em);

#endif
