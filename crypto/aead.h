/* Authenticated encryption: ChaCha20-Poly1305 for items, XChaCha20-Poly1305 for what stays at home.
 *
 * Neither commits to its key: whoever accepts keys from others compares a key commitment first.
 */
#ifndef TG_CRYPTO_AEAD_H
#define TG_CRYPTO_AEAD_H

#include "crypto/secret.h"

#define TG_AEAD_TAG_BYTES 16
#define TG_AEAD_NONCE_BYTES 12
#define TG_XAEAD_NONCE_BYTES 24

/* ciphertext has plaintext.bytes + TG_AEAD_TAG_BYTES; it may be the plaintext's own storage. */
void tg_aead_seal(const uint8_t key[static 32], const uint8_t nonce[static TG_AEAD_NONCE_BYTES],
                  struct tg_view aad, struct tg_view plaintext, uint8_t *ret_ciphertext);
/* TG_EITEM when it does not open (plaintext then holds nothing of use), TG_ESHORT below a tag's length. */
tg_err tg_aead_open(const uint8_t key[static 32], const uint8_t nonce[static TG_AEAD_NONCE_BYTES],
                    struct tg_view aad, struct tg_view ciphertext, uint8_t *ret_plaintext);
void tg_xaead_seal(const uint8_t key[static 32], const uint8_t nonce[static TG_XAEAD_NONCE_BYTES],
                   struct tg_view aad, struct tg_view plaintext, uint8_t *ret_ciphertext);
tg_err tg_xaead_open(const uint8_t key[static 32], const uint8_t nonce[static TG_XAEAD_NONCE_BYTES],
                     struct tg_view aad, struct tg_view ciphertext, uint8_t *ret_plaintext);

#endif
