/* AEADs over libsodium.
 *
 * Knows neither keys' origin nor nonces' policy; callers use each (key, nonce) once.
 */
#include "crypto/aead.h"

#include <sodium.h>

void tg_aead_seal(const uint8_t key[static 32], const uint8_t nonce[static TG_AEAD_NONCE_BYTES],
                  struct tg_view aad, struct tg_view plaintext, uint8_t *ret_ciphertext)
{
    crypto_aead_chacha20poly1305_ietf_encrypt(ret_ciphertext, NULL, plaintext.data, plaintext.bytes, aad.data,
                                              aad.bytes, NULL, nonce, key);
}

tg_err tg_aead_open(const uint8_t key[static 32], const uint8_t nonce[static TG_AEAD_NONCE_BYTES],
                    struct tg_view aad, struct tg_view ciphertext, uint8_t *ret_plaintext)
{
    if (ciphertext.bytes < TG_AEAD_TAG_BYTES) return TG_ESHORT;
    const int refused = crypto_aead_chacha20poly1305_ietf_decrypt(
        ret_plaintext, NULL, NULL, ciphertext.data, ciphertext.bytes, aad.data, aad.bytes, nonce, key);
    return refused == 0 ? TG_OK : TG_EITEM;
}

void tg_xaead_seal(const uint8_t key[static 32], const uint8_t nonce[static TG_XAEAD_NONCE_BYTES],
                   struct tg_view aad, struct tg_view plaintext, uint8_t *ret_ciphertext)
{
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret_ciphertext, NULL, plaintext.data, plaintext.bytes,
                                               aad.data, aad.bytes, NULL, nonce, key);
}

tg_err tg_xaead_open(const uint8_t key[static 32], const uint8_t nonce[static TG_XAEAD_NONCE_BYTES],
                     struct tg_view aad, struct tg_view ciphertext, uint8_t *ret_plaintext)
{
    if (ciphertext.bytes < TG_AEAD_TAG_BYTES) return TG_ESHORT;
    const int refused = crypto_aead_xchacha20poly1305_ietf_decrypt(
        ret_plaintext, NULL, NULL, ciphertext.data, ciphertext.bytes, aad.data, aad.bytes, nonce, key);
    return refused == 0 ? TG_OK : TG_EITEM;
}
