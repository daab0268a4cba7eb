/* HPKE base mode, single shot: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305 [RFC 9180].
 *
 * Knows no stanza: info, aad and plaintext are the caller's.
 */
#ifndef TG_CRYPTO_HPKE_H
#define TG_CRYPTO_HPKE_H

#include "base/world.h"
#include "crypto/secret.h"

#define TG_HPKE_ENC_BYTES 32
#define TG_HPKE_TAG_BYTES 16

/* X25519 public key. */
struct tg_seal_public {
    uint8_t bytes[32];
};

void tg_seal_public_of(const struct tg_key *secret, struct tg_seal_public *ret_public);
/* TG_EKEY for points of small order, to which anyone can open. Done when a key is enrolled. */
tg_err tg_seal_public_check(const struct tg_seal_public *public_key);

/* enc[32] and plaintext.bytes + 16 bytes of ciphertext. TG_EKEY when the recipient's key is of small order. */
tg_err tg_hpke_seal(const struct tg_seal_public *recipient, struct tg_view info, struct tg_view aad,
                    struct tg_view plaintext, const struct tg_random *random,
                    uint8_t ret_enc[static TG_HPKE_ENC_BYTES], uint8_t *ret_ciphertext);
/* As tg_hpke_seal with the ephemeral secret given: for vectors, and where randomness was drawn before. */
tg_err tg_hpke_seal_with(const struct tg_seal_public *recipient, const struct tg_key *ephemeral,
                         struct tg_view info, struct tg_view aad, struct tg_view plaintext,
                         uint8_t ret_enc[static TG_HPKE_ENC_BYTES], uint8_t *ret_ciphertext);
/* ciphertext.bytes - 16 bytes of plaintext. TG_ESTANZA when it does not open. */
tg_err tg_hpke_open(const struct tg_key *recipient_secret, const uint8_t enc[static TG_HPKE_ENC_BYTES],
                    struct tg_view info, struct tg_view aad, struct tg_view ciphertext,
                    uint8_t *ret_plaintext);

/* The steps in between, for vectors. */
struct tg_hpke_context {
    uint8_t shared_secret[32];
    uint8_t key[32];
    uint8_t base_nonce[12];
    uint8_t exporter_secret[32];
};
tg_err tg_hpke_setup_sender(const struct tg_seal_public *recipient, const struct tg_key *ephemeral,
                            struct tg_view info, uint8_t ret_enc[static TG_HPKE_ENC_BYTES],
                            struct tg_hpke_context *ret_context);
tg_err tg_hpke_setup_receiver(const struct tg_key *recipient_secret,
                              const uint8_t enc[static TG_HPKE_ENC_BYTES], struct tg_view info,
                              struct tg_hpke_context *ret_context);
void tg_hpke_context_release(struct tg_hpke_context *context);
TG_AUTO_DEFINE(tg_hpke_context, tg_hpke_context_release)

#endif
