/* Hashes. SHA-256 wherever an outsider must recompute (docs/formats.md), BLAKE2b inside the key tree,
 * SipHash for keyed tokens.
 */
#ifndef TG_CRYPTO_HASH_H
#define TG_CRYPTO_HASH_H

#include "base/bytes.h"

#define TG_HASH_BYTES 32
#define TG_TOKEN_BYTES 16
#define TG_TOKEN_KEY_BYTES 16

struct tg_hash {
    uint8_t bytes[TG_HASH_BYTES];
};

/* Streaming SHA-256. */
struct tg_sha256 {
    _Alignas(16) uint8_t opaque[128];
};
void tg_sha256_init(struct tg_sha256 *state);
void tg_sha256_update(struct tg_sha256 *state, struct tg_view data);
void tg_sha256_final(struct tg_sha256 *state, struct tg_hash *ret_hash);

void tg_sha256_of(struct tg_view data, struct tg_hash *ret_hash);
/* SHA-256 of label ‖ 0x00 ‖ data: a hash of ours that can stand for nothing else. */
void tg_sha256_labelled(const char *label, struct tg_view data, struct tg_hash *ret_hash);

/* Keyed BLAKE2b with 32 or 64 bytes of output. */
void tg_blake2b(const uint8_t key[static 32], struct tg_view data, uint8_t *out, size_t out_bytes);

/* Key for tokens: whoever lacks it learns nothing from a token. */
struct tg_token_key {
    uint8_t bytes[TG_TOKEN_KEY_BYTES];
};
struct tg_token {
    uint8_t bytes[TG_TOKEN_BYTES];
};
/* SipHash-2-4-128 of type ‖ normal form. */
void tg_token_of(const struct tg_token_key *key, uint8_t type, struct tg_view normal_form,
                 struct tg_token *ret_token);
/* SipHash-2-4-64, for hash tables and name keys. */
uint64_t tg_siphash64(const struct tg_token_key *key, struct tg_view data);

static inline bool tg_hash_equal(const struct tg_hash *a, const struct tg_hash *b)
{
    return memcmp(a->bytes, b->bytes, TG_HASH_BYTES) == 0;
}

/* Once per process before anything else of crypto/: starts libsodium and self-tests that it refuses
 * points of mixed order. TG_EBUG with a message when the library cannot be trusted. */
tg_err tg_crypto_init(struct tg_errmsg *em);

#endif
