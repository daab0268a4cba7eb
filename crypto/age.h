/* age files: a stream of bytes encrypted to X25519 recipients [age-encryption.org/v1, C2SP age].
 *
 * Knows no file system: the header is built and read from memory, the payload chunk by chunk, so that any part of it
 * can be read without the others. Not supported, and refused: armor, and recipients of other types (they are passed
 * over). A passphrase (scrypt) opens, but nothing is encrypted to one.
 */
#ifndef TG_CRYPTO_AGE_H
#define TG_CRYPTO_AGE_H

#include "base/limits.h"
#include "base/world.h"
#include "crypto/secret.h"

#define TG_AGE_CHUNK_BYTES 65536                      /* of plaintext */
#define TG_AGE_SEALED_BYTES (TG_AGE_CHUNK_BYTES + 16) /* the same with its tag */
/* "age1..." and "AGE-SECRET-KEY-1...", each with a NUL. */
#define TG_AGE_RECIPIENT_TEXT_BYTES 63
#define TG_AGE_IDENTITY_TEXT_BYTES 75

struct tg_age_recipient {
    uint8_t bytes[32];
};

/* Keys as text: Bech32, one case throughout [BIP 173]. TG_EFORMAT, TG_EKEY (no point of full order). */
tg_err tg_age_recipient_parse(struct tg_view text, struct tg_age_recipient *ret_recipient,
                              struct tg_errmsg *em);
void tg_age_recipient_format(const struct tg_age_recipient *recipient,
                             char out[static TG_AGE_RECIPIENT_TEXT_BYTES]);
tg_err tg_age_identity_parse(struct tg_view text, struct tg_key *ret_identity, struct tg_errmsg *em);
void tg_age_identity_format(const struct tg_key *identity, char out[static TG_AGE_IDENTITY_TEXT_BYTES]);
void tg_age_recipient_of(const struct tg_key *identity, struct tg_age_recipient *ret_recipient);

/* Header and nonce appended; what follows is sealed with the key that comes back. TG_EVALUE no recipient, TG_ELIMIT
 * more than TG_AGE_RECIPIENTS_MAX, TG_EKEY. */
tg_err tg_age_header_make(const struct tg_age_recipient *recipients, size_t count,
                          const struct tg_random *random, struct tg_buf *out, struct tg_key *ret_payload_key,
                          struct tg_errmsg *em);

/* What may open a file. Borrowed. */
struct tg_age_keys {
    const struct tg_key *identities;
    size_t identity_count;
    struct tg_view
        passphrase; /* of a file that was encrypted to one; no bytes: none. Costs up to 1 GiB and seconds */
};
/* front: the file's first bytes, TG_AGE_HEADER_BYTES_MAX or all of them. The payload begins at *ret_bytes.
 *
 * Errors: TG_EMAGIC not an age file, or an armored one · TG_EVERSION · TG_EFORMAT, TG_ESHORT, TG_ELIMIT the header ·
 * TG_ESTANZA no key opens it · TG_EHASH the header was changed. Nothing is returned then.
 */
tg_err tg_age_header_open(struct tg_view front, const struct tg_age_keys *keys,
                          struct tg_key *ret_payload_key, size_t *ret_bytes, struct tg_errmsg *em);

/* Chunks and plain bytes of a payload of that many bytes. Every chunk but the last is full; the last is empty only when
 * it is the only one. TG_ESHORT, TG_EFORMAT. */
tg_err tg_age_layout(uint64_t payload_bytes, uint64_t *ret_chunks, uint64_t *ret_plain_bytes);
/* ret_sealed has room for plain.bytes + 16; it may be the plaintext's own storage. */
void tg_age_chunk_seal(const struct tg_key *payload_key, uint64_t number, bool last, struct tg_view plain,
                       uint8_t *ret_sealed);
/* TG_EITEM: it is damaged, stands elsewhere, or is (not) the last. ret_plain: sealed.bytes - 16. */
tg_err tg_age_chunk_open(const struct tg_key *payload_key, uint64_t number, bool last, struct tg_view sealed,
                         uint8_t *ret_plain);

#endif
