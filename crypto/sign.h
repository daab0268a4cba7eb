/* Ed25519 over exact bytes, and the seam through which others sign without holding a key.
 *
 * Knows no format. Public keys of small or mixed order are refused, always.
 */
#ifndef TG_CRYPTO_SIGN_H
#define TG_CRYPTO_SIGN_H

#include "base/limits.h"
#include "crypto/secret.h"

#define TG_SIGN_SEED_BYTES 32

struct tg_sign_public {
    uint8_t bytes[32];
};
/* Expanded secret key (seed ‖ public key). Lives in guarded memory or under TG_AUTO(tg_sign_secret). */
struct tg_sign_secret {
    uint8_t bytes[64];
};
struct tg_signature {
    uint8_t bytes[TG_SIGNATURE_BYTES];
};

void tg_sign_secret_from_seed(const uint8_t seed[static TG_SIGN_SEED_BYTES],
                              struct tg_sign_secret *ret_secret, struct tg_sign_public *ret_public);
void tg_sign_secret_release(struct tg_sign_secret *secret);
TG_AUTO_DEFINE(tg_sign_secret, tg_sign_secret_release)

/* TG_EKEY for anything but a canonical point of the prime-order subgroup. Done when a key is enrolled. */
tg_err tg_sign_public_check(const struct tg_sign_public *public_key);

void tg_sign(const struct tg_sign_secret *secret, struct tg_view message, struct tg_signature *ret_signature);
/* TG_ESIGNATURE. Policy: libsodium's, i.e. cofactorless, canonical S, no R or A of small order. */
tg_err tg_sign_verify(const struct tg_sign_public *public_key, struct tg_view message,
                      const struct tg_signature *signature);

/* The same over label ‖ 0x00 ‖ message; message at most TG_SIGN_LABELLED_BYTES_MAX (else TG_ELIMIT). */
#define TG_SIGN_LABELLED_BYTES_MAX 1024
tg_err tg_sign_labelled(const struct tg_sign_secret *secret, const char *label, struct tg_view message,
                        struct tg_signature *ret_signature);
tg_err tg_sign_verify_labelled(const struct tg_sign_public *public_key, const char *label,
                               struct tg_view message, const struct tg_signature *signature);

/* Whoever can sign with one key: a vault (crypto/vault.h), a root key file, a test. */
struct tg_signer {
    tg_err (*sign)(void *ctx, struct tg_view message, struct tg_signature *ret_signature);
    void *ctx;
};
/* A signer over a secret on loan. */
struct tg_signer tg_signer_of_secret(const struct tg_sign_secret *secret);
tg_err tg_signer_sign(const struct tg_signer *signer, struct tg_view message,
                      struct tg_signature *ret_signature);
tg_err tg_signer_sign_labelled(const struct tg_signer *signer, const char *label, struct tg_view message,
                               struct tg_signature *ret_signature);

#endif
