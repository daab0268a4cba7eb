/* SHA-256 by the processor's own instructions, where it has them. Internal to crypto/ and its tests.
 *
 * Knows no format. [FIPS 180-4]
 */
#ifndef TG_CRYPTO_SHA256_H
#define TG_CRYPTO_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether this processor can. Asks cpuid, which is slow in virtual machines: once per process. */
bool tg_sha256_hardware_found(void);
/* Whether tg_sha256_init starts states that use it. Set by tg_crypto_init after its self-test; tests change it to
 * compare both ways. Not while other threads hash. */
bool tg_sha256_hardware_used(void);
void tg_sha256_hardware_use(bool use);

struct tg_sha256_hw {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
};
void tg_sha256_hw_init(struct tg_sha256_hw *hw);
void tg_sha256_hw_update(struct tg_sha256_hw *hw, const uint8_t *data, size_t bytes);
void tg_sha256_hw_final(struct tg_sha256_hw *hw, uint8_t ret_hash[static 32]);

#endif
