/* HPKE base mode for the one suite we use [RFC 9180 §4.1, §5.1, §6.1].
 *
 * Knows no stanza. Verified against the RFC's vectors in tests/unit/crypto_hpke.c.
 */
#include "crypto/hpke.h"

#include <assert.h>
#include <sodium.h>

#include "base/cursor.h"
#include "crypto/aead.h"
#include "crypto/kdf.h"

#define INFO_BYTES_MAX 256

static const uint8_t kem_suite[] = {'K', 'E', 'M', 0x00, 0x20};
static const uint8_t hpke_suite[] = {'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, 0x00, 0x03};

void tg_seal_public_of(const struct tg_key *secret, struct tg_seal_public *ret_public)
{
    crypto_scalarmult_base(ret_public->bytes, secret->bytes);
}

tg_err tg_seal_public_check(const struct tg_seal_public *public_key)
{
    static const uint8_t any_scalar[32] = {1};
    uint8_t shared[32];
    /* Clamping makes any scalar a multiple of eight, so small orders, and only they, give zero. */
    return crypto_scalarmult(shared, any_scalar, public_key->bytes) == 0 ? TG_OK : TG_EKEY;
}

/* LabeledExtract with the label's parts streamed; an empty salt is RFC 5869's zeros. */
static void labelled_extract(struct tg_view suite, struct tg_view salt, const char *label, struct tg_view ikm,
                             uint8_t ret_prk[static 32])
{
    struct tg_hmac hmac;
    tg_hmac_init(&hmac, salt);
    tg_hmac_update(&hmac, tg_view_str("HPKE-v1"));
    tg_hmac_update(&hmac, suite);
    tg_hmac_update(&hmac, tg_view_str(label));
    tg_hmac_update(&hmac, ikm);
    tg_hmac_final(&hmac, ret_prk);
}

static void labelled_expand(struct tg_view suite, const uint8_t prk[static 32], const char *label,
                            struct tg_view info, uint8_t *out, uint16_t out_bytes)
{
    uint8_t storage[INFO_BYTES_MAX];
    struct tg_wr wr = tg_wr_init(storage, sizeof storage);
    tg_wr_u16(&wr, out_bytes);
    tg_wr_str(&wr, "HPKE-v1");
    tg_wr_view(&wr, suite);
    tg_wr_str(&wr, label);
    tg_wr_view(&wr, info);
    /* Both callers' infos are of fixed size and fit. */
    assert(wr.err == TG_OK);
    const tg_err err = tg_hkdf_expand(tg_view_of(prk, 32), tg_wr_view_of(&wr), out, out_bytes);
    assert(err == TG_OK);
    (void)err;
}

/* DH of both keys and their encodings → shared secret; TG_EKEY when dh is all zero [RFC 9180 §7.1.4]. */
static tg_err kem_derive(const struct tg_key *secret, const uint8_t other[static 32],
                         const uint8_t enc[static 32], const uint8_t recipient[static 32],
                         uint8_t ret_shared[static 32])
{
    uint8_t dh[32], prk[32], context[64];
    if (crypto_scalarmult(dh, secret->bytes, other) != 0) return TG_EKEY;
    memcpy(context, enc, 32);
    memcpy(context + 32, recipient, 32);
    labelled_extract(TG_VIEW_ARRAY(kem_suite), (struct tg_view){0}, "eae_prk", TG_VIEW_ARRAY(dh), prk);
    labelled_expand(TG_VIEW_ARRAY(kem_suite), prk, "shared_secret", TG_VIEW_ARRAY(context), ret_shared, 32);
    tg_wipe(dh, sizeof dh);
    tg_wipe(prk, sizeof prk);
    return TG_OK;
}

/* KeySchedule of mode base: empty psk and psk_id. */
static void key_schedule(struct tg_view info, struct tg_hpke_context *context)
{
    const struct tg_view suite = TG_VIEW_ARRAY(hpke_suite);
    const struct tg_view empty = {0};
    uint8_t schedule[1 + 32 + 32] = {0};
    uint8_t secret[32];
    const struct tg_view schedule_view = TG_VIEW_ARRAY(schedule);

    labelled_extract(suite, empty, "psk_id_hash", empty, schedule + 1);
    labelled_extract(suite, empty, "info_hash", info, schedule + 33);
    labelled_extract(suite, TG_VIEW_ARRAY(context->shared_secret), "secret", empty, secret);
    labelled_expand(suite, secret, "key", schedule_view, context->key, sizeof context->key);
    labelled_expand(suite, secret, "base_nonce", schedule_view, context->base_nonce,
                    sizeof context->base_nonce);
    labelled_expand(suite, secret, "exp", schedule_view, context->exporter_secret,
                    sizeof context->exporter_secret);
    tg_wipe(secret, sizeof secret);
}

void tg_hpke_context_release(struct tg_hpke_context *context)
{
    if (context != NULL) tg_wipe(context, sizeof *context);
}

tg_err tg_hpke_setup_sender(const struct tg_seal_public *recipient, const struct tg_key *ephemeral,
                            struct tg_view info, uint8_t ret_enc[static TG_HPKE_ENC_BYTES],
                            struct tg_hpke_context *ret_context)
{
    TG_AUTO(tg_hpke_context) struct tg_hpke_context context = {0};
    uint8_t enc[TG_HPKE_ENC_BYTES];
    crypto_scalarmult_base(enc, ephemeral->bytes);
    const tg_err err = kem_derive(ephemeral, recipient->bytes, enc, recipient->bytes, context.shared_secret);
    if (err != TG_OK) return err;
    key_schedule(info, &context);
    memcpy(ret_enc, enc, sizeof enc);
    *ret_context = context;
    return TG_OK;
}

tg_err tg_hpke_setup_receiver(const struct tg_key *recipient_secret,
                              const uint8_t enc[static TG_HPKE_ENC_BYTES], struct tg_view info,
                              struct tg_hpke_context *ret_context)
{
    TG_AUTO(tg_hpke_context) struct tg_hpke_context context = {0};
    struct tg_seal_public own;
    tg_seal_public_of(recipient_secret, &own);
    const tg_err err = kem_derive(recipient_secret, enc, enc, own.bytes, context.shared_secret);
    if (err != TG_OK) return err;
    key_schedule(info, &context);
    *ret_context = context;
    return TG_OK;
}

tg_err tg_hpke_seal_with(const struct tg_seal_public *recipient, const struct tg_key *ephemeral,
                         struct tg_view info, struct tg_view aad, struct tg_view plaintext,
                         uint8_t ret_enc[static TG_HPKE_ENC_BYTES], uint8_t *ret_ciphertext)
{
    TG_AUTO(tg_hpke_context) struct tg_hpke_context context = {0};
    const tg_err err = tg_hpke_setup_sender(recipient, ephemeral, info, ret_enc, &context);
    if (err != TG_OK) return err;
    tg_aead_seal(context.key, context.base_nonce, aad, plaintext, ret_ciphertext);
    return TG_OK;
}

tg_err tg_hpke_seal(const struct tg_seal_public *recipient, struct tg_view info, struct tg_view aad,
                    struct tg_view plaintext, const struct tg_random *random,
                    uint8_t ret_enc[static TG_HPKE_ENC_BYTES], uint8_t *ret_ciphertext)
{
    TG_AUTO(tg_key) struct tg_key ephemeral;
    tg_random_fill(random, ephemeral.bytes, sizeof ephemeral.bytes);
    return tg_hpke_seal_with(recipient, &ephemeral, info, aad, plaintext, ret_enc, ret_ciphertext);
}

tg_err tg_hpke_open(const struct tg_key *recipient_secret, const uint8_t enc[static TG_HPKE_ENC_BYTES],
                    struct tg_view info, struct tg_view aad, struct tg_view ciphertext,
                    uint8_t *ret_plaintext)
{
    TG_AUTO(tg_hpke_context) struct tg_hpke_context context = {0};
    if (tg_hpke_setup_receiver(recipient_secret, enc, info, &context) != TG_OK) return TG_ESTANZA;
    const tg_err err = tg_aead_open(context.key, context.base_nonce, aad, ciphertext, ret_plaintext);
    return err == TG_OK ? TG_OK : TG_ESTANZA;
}
