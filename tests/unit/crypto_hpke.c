/* HPKE base mode against the RFC's vectors, step by step. */
#include "crypto/hpke.h"
#include "vectors.h"

static void start(void)
{
    cr_assert_eq(tg_crypto_init(NULL), TG_OK);
}
TestSuite(crypto_hpke, .init = start);

Test(crypto_hpke, rfc9180_base_vectors_of_our_suite)
{
    json_t *json = vectors_load("rfc9180-hpke/dhkem-x25519-hkdf-sha256-chacha20poly1305.json");
    json_t *one;
    size_t i, base = 0;
    json_array_foreach(json, i, one)
    {
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, VECTORS_ARENA_BYTES);
        if (number_of(one, "mode") != 0 || number_of(one, "aead_id") != 3) continue;
        base++;
        struct tg_seal_public recipient;
        struct tg_key ephemeral, secret;
        struct tg_hpke_context sender, receiver;
        uint8_t enc[32], want[32];
        hex_into(one, "pkRm", recipient.bytes, 32);
        hex_into(one, "skEm", ephemeral.bytes, 32);
        hex_into(one, "skRm", secret.bytes, 32);
        const struct tg_view info = hex_of(&arena, one, "info");
        assert_err(tg_hpke_setup_sender(&recipient, &ephemeral, info, enc, &sender), TG_OK);
        hex_into(one, "enc", want, 32);
        assert_bytes(enc, want, 32, "enc");
        hex_into(one, "shared_secret", want, 32);
        assert_bytes(sender.shared_secret, want, 32, "shared secret");
        hex_into(one, "key", want, 32);
        assert_bytes(sender.key, want, 32, "key");
        hex_into(one, "exporter_secret", want, 32);
        assert_bytes(sender.exporter_secret, want, 32, "exporter secret");
        assert_bytes(sender.base_nonce, hex_of(&arena, one, "base_nonce").data, 12, "base nonce");
        assert_err(tg_hpke_setup_receiver(&secret, enc, info, &receiver), TG_OK);
        assert_bytes(&receiver, &sender, sizeof sender, "both sides agree");

        /* Single shot is the first encryption. */
        json_t *first = json_array_get(member(one, "encryptions"), 0);
        const struct tg_view plain = hex_of(&arena, first, "pt"), sealed = hex_of(&arena, first, "ct");
        const struct tg_view aad = hex_of(&arena, first, "aad");
        uint8_t *got = tg_arena_take(&arena, plain.bytes + TG_HPKE_TAG_BYTES);
        assert_err(tg_hpke_seal_with(&recipient, &ephemeral, info, aad, plain, enc, got), TG_OK);
        cr_assert_eq(sealed.bytes, plain.bytes + TG_HPKE_TAG_BYTES);
        assert_bytes(got, sealed.data, sealed.bytes, "ciphertext");
        uint8_t *opened = tg_arena_take(&arena, plain.bytes);
        assert_err(tg_hpke_open(&secret, enc, info, aad, sealed, opened), TG_OK);
        assert_bytes(opened, plain.data, plain.bytes, "plaintext");
        assert_err(tg_hpke_open(&secret, enc, aad, info, sealed, opened), TG_ESTANZA);
    }
    cr_assert_eq(base, 1);
    json_decref(json);
}

Test(crypto_hpke, refuses_recipient_and_sender_keys_of_small_order)
{
    const struct tg_seal_public zero = {{0}};
    const struct tg_key secret = {{3}};
    const uint8_t enc_zero[32] = {0}, sealed[16] = {0};
    uint8_t enc[32], out[16];
    assert_err(tg_hpke_seal_with(&zero, &secret, (struct tg_view){0}, (struct tg_view){0},
                                 (struct tg_view){0}, enc, out),
               TG_EKEY);
    assert_err(
        tg_hpke_open(&secret, enc_zero, (struct tg_view){0}, (struct tg_view){0}, TG_VIEW_ARRAY(sealed), out),
        TG_ESTANZA);
    assert_err(tg_seal_public_check(&zero), TG_EKEY);
}

Test(crypto_hpke, any_flipped_bit_is_refused)
{
    struct seeded seeded = {.seed = 9180};
    const struct tg_random random = seeded_random(&seeded);
    const struct tg_key secret = {{5, 6, 7}};
    const struct tg_view info = tg_view_str("info"), aad = tg_view_str("aad"),
                         plain = tg_view_str("forty bytes");
    struct tg_seal_public recipient;
    uint8_t wire[32 + 11 + 16], out[11];
    tg_seal_public_of(&secret, &recipient);
    assert_err(tg_hpke_seal(&recipient, info, aad, plain, &random, wire, wire + 32), TG_OK);
    for (size_t bit = 0; bit < 8 * sizeof wire; bit++) {
        if (bit == 255)
            continue; /* X25519 ignores the top bit of a coordinate, but enc is in the KEM's context */
        wire[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_err(tg_hpke_open(&secret, wire, info, aad, tg_view_of(wire + 32, sizeof wire - 32), out),
                   TG_ESTANZA);
        wire[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    wire[31] ^= 0x80;
    assert_err(tg_hpke_open(&secret, wire, info, aad, tg_view_of(wire + 32, sizeof wire - 32), out),
               TG_ESTANZA);
}
