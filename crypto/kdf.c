/* HMAC-SHA256 and HKDF-SHA256 on crypto/hash.h, because libsodium 1.0.18 has no HKDF.
 *
 * Knows no label of ours. [RFC 2104, RFC 5869].
 */
#include "crypto/kdf.h"

#include "crypto/secret.h"

#define BLOCK_BYTES 64

static void pad_start(struct tg_sha256 *state, const uint8_t key[static BLOCK_BYTES], uint8_t pad)
{
    uint8_t block[BLOCK_BYTES];
    for (size_t i = 0; i < sizeof block; i++) block[i] = key[i] ^ pad;
    tg_sha256_init(state);
    tg_sha256_update(state, TG_VIEW_ARRAY(block));
    tg_wipe(block, sizeof block);
}

void tg_hmac_init(struct tg_hmac *state, struct tg_view key)
{
    uint8_t block[BLOCK_BYTES] = {0};
    if (key.bytes > sizeof block) {
        struct tg_hash hash;
        tg_sha256_of(key, &hash);
        memcpy(block, hash.bytes, sizeof hash.bytes);
        tg_wipe(&hash, sizeof hash);
    } else if (key.bytes > 0) {
        memcpy(block, key.data, key.bytes);
    }
    pad_start(&state->inner, block, 0x36);
    pad_start(&state->outer, block, 0x5c);
    tg_wipe(block, sizeof block);
}

void tg_hmac_update(struct tg_hmac *state, struct tg_view data)
{
    tg_sha256_update(&state->inner, data);
}

void tg_hmac_final(struct tg_hmac *state, uint8_t ret_tag[static TG_HASH_BYTES])
{
    struct tg_hash hash;
    tg_sha256_final(&state->inner, &hash);
    tg_sha256_update(&state->outer, TG_VIEW_ARRAY(hash.bytes));
    tg_sha256_final(&state->outer, &hash);
    memcpy(ret_tag, hash.bytes, sizeof hash.bytes);
    tg_wipe(&hash, sizeof hash);
    tg_wipe(state, sizeof *state);
}

void tg_hmac_of(struct tg_view key, struct tg_view data, uint8_t ret_tag[static TG_HASH_BYTES])
{
    struct tg_hmac state;
    tg_hmac_init(&state, key);
    tg_hmac_update(&state, data);
    tg_hmac_final(&state, ret_tag);
}

void tg_hkdf_extract(struct tg_view salt, struct tg_view ikm, uint8_t ret_prk[static TG_HASH_BYTES])
{
    tg_hmac_of(salt, ikm, ret_prk);
}

tg_err tg_hkdf_expand(struct tg_view prk, struct tg_view info, uint8_t *out, size_t out_bytes)
{
    uint8_t block[TG_HASH_BYTES];
    struct tg_hmac keyed;

    if (out_bytes > TG_HKDF_BYTES_MAX) return TG_ELIMIT;
    tg_hmac_init(&keyed, prk);
    for (size_t at = 0; at < out_bytes;) {
        struct tg_hmac state = keyed;
        const uint8_t counter = (uint8_t)(at / TG_HASH_BYTES + 1);
        const size_t take = out_bytes - at < sizeof block ? out_bytes - at : sizeof block;
        if (at > 0) tg_hmac_update(&state, TG_VIEW_ARRAY(block));
        tg_hmac_update(&state, info);
        tg_hmac_update(&state, tg_view_of(&counter, 1));
        tg_hmac_final(&state, block);
        memcpy(out + at, block, take);
        at += take;
    }
    tg_wipe(&keyed, sizeof keyed);
    tg_wipe(block, sizeof block);
    return TG_OK;
}
