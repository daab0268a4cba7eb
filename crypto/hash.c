/* Hashes over libsodium, and over the processor's SHA-256 where it has one (crypto/sha256.h).
 *
 * Knows no format of ours beyond "label and a zero byte in front". See docs/formats.md "Notation".
 */
#include "crypto/hash.h"

#include <assert.h>
#include <sodium.h>

#include "crypto/sha256.h"

_Static_assert(crypto_hash_sha256_BYTES == TG_HASH_BYTES, "SHA-256 size");
_Static_assert(crypto_shorthash_siphashx24_BYTES == TG_TOKEN_BYTES, "token size");
_Static_assert(crypto_shorthash_siphash24_KEYBYTES == TG_TOKEN_KEY_BYTES, "token key size");

/* What struct tg_sha256 holds. Which way a state goes is decided when it is started. */
struct state {
    union {
        crypto_hash_sha256_state sodium;
        struct tg_sha256_hw hw;
    };
    bool hardware;
};
_Static_assert(sizeof(struct state) <= sizeof(struct tg_sha256), "SHA-256 state fits");

static struct state *state_of(struct tg_sha256 *state)
{
    return (struct state *)(void *)state->opaque;
}

void tg_sha256_init(struct tg_sha256 *opaque)
{
    struct state *state = state_of(opaque);
    state->hardware = tg_sha256_hardware_used();
    if (state->hardware)
        tg_sha256_hw_init(&state->hw);
    else
        crypto_hash_sha256_init(&state->sodium);
}

void tg_sha256_update(struct tg_sha256 *opaque, struct tg_view data)
{
    struct state *state = state_of(opaque);
    if (data.bytes == 0) return;
    if (state->hardware)
        tg_sha256_hw_update(&state->hw, data.data, data.bytes);
    else
        crypto_hash_sha256_update(&state->sodium, data.data, data.bytes);
}

void tg_sha256_final(struct tg_sha256 *opaque, struct tg_hash *ret_hash)
{
    struct state *state = state_of(opaque);
    if (state->hardware)
        tg_sha256_hw_final(&state->hw, ret_hash->bytes);
    else
        crypto_hash_sha256_final(&state->sodium, ret_hash->bytes);
}

void tg_sha256_of(struct tg_view data, struct tg_hash *ret_hash)
{
    struct tg_sha256 state;
    tg_sha256_init(&state);
    tg_sha256_update(&state, data);
    tg_sha256_final(&state, ret_hash);
}

void tg_sha256_labelled(const char *label, struct tg_view data, struct tg_hash *ret_hash)
{
    struct tg_sha256 state;
    tg_sha256_init(&state);
    tg_sha256_update(&state, tg_view_of(label, strlen(label) + 1));
    tg_sha256_update(&state, data);
    tg_sha256_final(&state, ret_hash);
}

void tg_blake2b(const uint8_t key[static 32], struct tg_view data, uint8_t *out, size_t out_bytes)
{
    assert(out_bytes == 32 || out_bytes == 64);
    crypto_generichash_blake2b(out, out_bytes, data.data, data.bytes, key, 32);
}

/* libsodium's SipHash takes one piece. Normal forms are short; one that does not fit here stands as its hash. */
#define TOKEN_STACK_BYTES 2048

void tg_token_of(const struct tg_token_key *key, uint8_t type, struct tg_view normal_form,
                 struct tg_token *ret_token)
{
    uint8_t message[TOKEN_STACK_BYTES];
    size_t bytes = normal_form.bytes;
    message[0] = type;
    if (bytes < sizeof message) {
        if (bytes > 0) memcpy(message + 1, normal_form.data, bytes);
        bytes += 1;
    } else {
        /* 0xff is in no UTF-8, so no normal form that fits can look like this. */
        struct tg_hash hash;
        tg_sha256_of(normal_form, &hash);
        message[1] = 0xff;
        memcpy(message + 2, hash.bytes, sizeof hash.bytes);
        bytes = 2 + sizeof hash.bytes;
    }
    crypto_shorthash_siphashx24(ret_token->bytes, message, bytes, key->bytes);
}

uint64_t tg_siphash64(const struct tg_token_key *key, struct tg_view data)
{
    uint64_t hash;
    uint8_t bytes[8];
    static const uint8_t nothing[1];
    crypto_shorthash_siphash24(bytes, data.bytes > 0 ? data.data : nothing, data.bytes, key->bytes);
    memcpy(&hash, bytes, sizeof hash);
    return hash;
}
