/* Keys of one batch: where it stands, what its content key derives, and what is kept of the key.
 *
 * Knows no manifest and no body. Format: docs/formats.md "Keys of a batch", docs/formats-keys.md.
 */
#ifndef TG_CRYPTO_BATCHKEY_H
#define TG_CRYPTO_BATCHKEY_H

#include "crypto/identity.h"
#include "crypto/keytree.h"

#define TG_SUITE_1 1

/* The place that every key of a batch is bound to. */
struct tg_where {
    uint16_t suite;
    struct tg_node_id origin;
    uint32_t epoch;
    uint64_t index;
};
#define TG_WHERE_BYTES 46
void tg_where_encode(const struct tg_where *where, uint8_t out[static TG_WHERE_BYTES]);

/* Key commitment and root of the key tree. */
void tg_batchkey_derive(const struct tg_key *ck, const struct tg_where *where, struct tg_hash *ret_commitment,
                        struct tg_key *ret_tree_root);

/* What a holder keeps to read a batch: the content key, or after a withdrawal the set without the erased
 * records. Zero-initialised holds nothing. Release wipes. */
struct tg_keymat {
    bool whole; /* ck is there, set is not */
    struct tg_key ck;
    struct tg_keyset set;
};
void tg_keymat_init_whole(struct tg_keymat *keymat, const struct tg_key *ck);
void tg_keymat_release(struct tg_keymat *keymat);
TG_AUTO_DEFINE(tg_keymat, tg_keymat_release)
/* Erase record i (leaf i). From then on neither ck nor anything above that leaf exists in keymat. */
tg_err tg_keymat_erase(struct tg_keymat *keymat, const struct tg_where *where, unsigned record);
/* The set that derives the leaves; checks ck against the commitment first (TG_ECOMMIT). A punctured set was
 * made from a checked ck. */
tg_err tg_keymat_set(const struct tg_keymat *keymat, const struct tg_where *where,
                     const struct tg_hash *commitment, struct tg_keyset *ret_set);
/* Plain encoding, before wrapping: 01 ‖ CK, or 02 ‖ set. */
tg_err tg_keymat_encode(const struct tg_keymat *keymat, struct tg_buf *out);
tg_err tg_keymat_decode(struct tg_view bytes, struct tg_keymat *ret_keymat);

#endif
