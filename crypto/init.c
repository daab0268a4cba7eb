/* Starts libsodium and asks whether it, and the processor's SHA-256, can be trusted.
 *
 * Knows no format. Points and signature: C2SP/CCTV ed25519vectors, numbers 50 and 305.
 */
#include <sodium.h>

#include "crypto/hash.h"
#include "crypto/sha256.h"
#include "crypto/sign.h"

/* A point with a component of small order: the one that libsodium before 1.0.18-1+deb12u1 let pass. */
static const struct tg_sign_public mixed_order = {{
    0x10, 0xeb, 0x7c, 0x3a, 0xcf, 0xb2, 0xbe, 0xd3, 0xe0, 0xd6, 0xab, 0x89, 0xbf, 0x5a, 0x3d, 0x6a,
    0xfd, 0xdd, 0x11, 0x76, 0xce, 0x48, 0x12, 0xe3, 0x8d, 0x9f, 0xd4, 0x85, 0x05, 0x8f, 0xdb, 0x1f,
}};
static const struct tg_sign_public small_order = {{
    0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
    0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
}};
static const struct tg_sign_public honest = {{
    0xef, 0x75, 0xb2, 0x0e, 0x75, 0x40, 0xe3, 0xdf, 0xf7, 0x74, 0x04, 0x19, 0x36, 0x52, 0xba, 0x2b,
    0xd1, 0x3d, 0xf9, 0x9c, 0x15, 0x08, 0xee, 0xe1, 0x51, 0x5e, 0x27, 0xae, 0x25, 0xf2, 0x80, 0x76,
}};
static const struct tg_signature honest_signature = {{
    0xb6, 0x2c, 0xf8, 0x90, 0xde, 0x42, 0xc4, 0x13, 0xb1, 0x1b, 0x14, 0x11, 0xc9, 0xf0, 0x1f, 0x1c,
    0x4d, 0x77, 0xaa, 0x87, 0xef, 0x18, 0x22, 0x58, 0xd1, 0x25, 0x1f, 0x69, 0xaf, 0x2a, 0x35, 0x06,
    0x40, 0x65, 0x7f, 0x1c, 0xb0, 0x30, 0xf1, 0x25, 0x43, 0x54, 0x9b, 0xba, 0xbd, 0x84, 0x8d, 0xc6,
    0x40, 0x3d, 0x35, 0x4e, 0x7c, 0x99, 0xc4, 0xd0, 0xdc, 0xee, 0x9f, 0x63, 0xc9, 0x03, 0x3b, 0x00,
}};

static bool self_test(void)
{
    const struct tg_view message = tg_view_str("ed25519vectors 5");
    struct tg_signature bent = honest_signature;
    bent.bytes[5] ^= 1;
    return tg_sign_public_check(&mixed_order) != TG_OK && tg_sign_public_check(&small_order) != TG_OK &&
           tg_sign_public_check(&honest) == TG_OK &&
           tg_sign_verify(&honest, message, &honest_signature) == TG_OK &&
           tg_sign_verify(&honest, message, &bent) != TG_OK;
}

/* Both ways of hashing agree on every length around two blocks; else the hardware is left alone. */
static void hardware_try(void)
{
    uint8_t data[192];
    bool same = tg_sha256_hardware_found();
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 7);
    for (size_t bytes = 0; bytes <= sizeof data && same; bytes++) {
        struct tg_sha256_hw hw;
        uint8_t got[32], want[32];
        tg_sha256_hw_init(&hw);
        tg_sha256_hw_update(&hw, data, bytes / 3);
        tg_sha256_hw_update(&hw, data + bytes / 3, bytes - bytes / 3);
        tg_sha256_hw_final(&hw, got);
        crypto_hash_sha256(want, data, bytes);
        same = memcmp(got, want, sizeof got) == 0;
    }
    tg_sha256_hardware_use(same);
}

tg_err tg_crypto_init(struct tg_errmsg *em)
{
    if (sodium_init() < 0) return tg_fail(em, TG_EBUG, "cannot start libsodium");
    if (!self_test())
        return tg_fail(em, TG_EBUG,
                       "libsodium '%s' fails the self-test of points of mixed order: install the security "
                       "update (1.0.18-1+deb12u1 or later)",
                       sodium_version_string());
    hardware_try();
    return TG_OK;
}
