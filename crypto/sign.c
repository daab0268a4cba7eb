/* Ed25519 over libsodium.
 *
 * Knows no format but the label in front. Keys that are not points of the prime-order subgroup are refused.
 */
#include "crypto/sign.h"

#include <sodium.h>

_Static_assert(crypto_sign_SECRETKEYBYTES == sizeof(struct tg_sign_secret), "secret key size");
_Static_assert(crypto_sign_BYTES == sizeof(struct tg_signature), "signature size");

void tg_sign_secret_from_seed(const uint8_t seed[static TG_SIGN_SEED_BYTES],
                              struct tg_sign_secret *ret_secret, struct tg_sign_public *ret_public)
{
    crypto_sign_seed_keypair(ret_public->bytes, ret_secret->bytes, seed);
}

void tg_sign_secret_release(struct tg_sign_secret *secret)
{
    if (secret != NULL) tg_wipe(secret, sizeof *secret);
}

tg_err tg_sign_public_check(const struct tg_sign_public *public_key)
{
    return crypto_core_ed25519_is_valid_point(public_key->bytes) == 1 ? TG_OK : TG_EKEY;
}

void tg_sign(const struct tg_sign_secret *secret, struct tg_view message, struct tg_signature *ret_signature)
{
    static const uint8_t nothing[1];
    const uint8_t *data = message.bytes > 0 ? message.data : nothing;
    crypto_sign_detached(ret_signature->bytes, NULL, data, message.bytes, secret->bytes);
}

tg_err tg_sign_verify(const struct tg_sign_public *public_key, struct tg_view message,
                      const struct tg_signature *signature)
{
    static const uint8_t nothing[1];
    const uint8_t *data = message.bytes > 0 ? message.data : nothing;
    const int refused = crypto_sign_verify_detached(signature->bytes, data, message.bytes, public_key->bytes);
    return refused == 0 ? TG_OK : TG_ESIGNATURE;
}

#define LABEL_BYTES_MAX 64

struct labelled {
    size_t bytes;
    uint8_t data[LABEL_BYTES_MAX + TG_SIGN_LABELLED_BYTES_MAX];
};

static tg_err label_put(const char *label, struct tg_view message, struct labelled *ret_labelled)
{
    const size_t label_bytes = strlen(label) + 1;
    if (label_bytes > LABEL_BYTES_MAX || message.bytes > TG_SIGN_LABELLED_BYTES_MAX) return TG_ELIMIT;
    memcpy(ret_labelled->data, label, label_bytes);
    if (message.bytes > 0) memcpy(ret_labelled->data + label_bytes, message.data, message.bytes);
    ret_labelled->bytes = label_bytes + message.bytes;
    return TG_OK;
}

tg_err tg_sign_labelled(const struct tg_sign_secret *secret, const char *label, struct tg_view message,
                        struct tg_signature *ret_signature)
{
    struct labelled labelled;
    const tg_err err = label_put(label, message, &labelled);
    if (err != TG_OK) return err;
    tg_sign(secret, tg_view_of(labelled.data, labelled.bytes), ret_signature);
    return TG_OK;
}

tg_err tg_sign_verify_labelled(const struct tg_sign_public *public_key, const char *label,
                               struct tg_view message, const struct tg_signature *signature)
{
    struct labelled labelled;
    const tg_err err = label_put(label, message, &labelled);
    if (err != TG_OK) return err;
    return tg_sign_verify(public_key, tg_view_of(labelled.data, labelled.bytes), signature);
}

static tg_err secret_sign(void *ctx, struct tg_view message, struct tg_signature *ret_signature)
{
    tg_sign(ctx, message, ret_signature);
    return TG_OK;
}

struct tg_signer tg_signer_of_secret(const struct tg_sign_secret *secret)
{
    /* The signer's context is not const because other signers' are not; secret_sign only reads. */
    void *ctx;
    memcpy(&ctx, &secret, sizeof ctx);
    return (struct tg_signer){.sign = secret_sign, .ctx = ctx};
}

tg_err tg_signer_sign(const struct tg_signer *signer, struct tg_view message,
                      struct tg_signature *ret_signature)
{
    return signer->sign(signer->ctx, message, ret_signature);
}

tg_err tg_signer_sign_labelled(const struct tg_signer *signer, const char *label, struct tg_view message,
                               struct tg_signature *ret_signature)
{
    struct labelled labelled;
    const tg_err err = label_put(label, message, &labelled);
    if (err != TG_OK) return err;
    return tg_signer_sign(signer, tg_view_of(labelled.data, labelled.bytes), ret_signature);
}
