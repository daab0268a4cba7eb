/* HMAC-SHA256 and HKDF-SHA256 [RFC 2104, RFC 5869].
 *
 * Knows no label of ours; callers bring their own info. Used by HPKE, batch keys and the vault.
 */
#ifndef TG_CRYPTO_KDF_H
#define TG_CRYPTO_KDF_H

#include "crypto/hash.h"

#define TG_HKDF_BYTES_MAX (255 * TG_HASH_BYTES)

/* Streaming HMAC-SHA256 with a key of any length. */
struct tg_hmac {
    struct tg_sha256 inner;
    struct tg_sha256 outer;
};
void tg_hmac_init(struct tg_hmac *state, struct tg_view key);
void tg_hmac_update(struct tg_hmac *state, struct tg_view data);
/* Wipes the state. */
void tg_hmac_final(struct tg_hmac *state, uint8_t ret_tag[static TG_HASH_BYTES]);

void tg_hmac_of(struct tg_view key, struct tg_view data, uint8_t ret_tag[static TG_HASH_BYTES]);
/* PRK = HMAC(salt, ikm); an empty salt is 32 zero bytes. */
void tg_hkdf_extract(struct tg_view salt, struct tg_view ikm, uint8_t ret_prk[static TG_HASH_BYTES]);
/* TG_ELIMIT over TG_HKDF_BYTES_MAX, out untouched. */
tg_err tg_hkdf_expand(struct tg_view prk, struct tg_view info, uint8_t *out, size_t out_bytes);

#endif
