/* SHA-256 with the SHA extensions of x86-64: about six times libsodium's, and hashing is half of what sealing costs.
 *
 * Knows no format. [FIPS 180-4; Intel SDM, SHA256RNDS2, SHA256MSG1, SHA256MSG2]
 */
#include "crypto/sha256.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"

#define BLOCK_BYTES 64

static bool hardware_used;

bool tg_sha256_hardware_used(void)
{
    return hardware_used;
}

void tg_sha256_hardware_use(bool use)
{
    hardware_used = use && tg_sha256_hardware_found();
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

bool tg_sha256_hardware_found(void)
{
    unsigned a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSSE3) == 0 || (c & bit_SSE4_1) == 0) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & (1u << 29)) != 0;
}

#define HARDWARE __attribute__((target("sha,ssse3,sse4.1")))

static HARDWARE __m128i load(const void *at)
{
    return _mm_loadu_si128((const __m128i *)at);
}

/* Four rounds; from the fifth time on the message schedule first. W[t-16], W[t-12], W[t-8], W[t-4] stand in a ring. */
#define ROUNDS(i)                                                                                     \
    do {                                                                                              \
        if ((i) >= 4) {                                                                               \
            const __m128i seventh = _mm_alignr_epi8(ring[((i) + 3) % 4], ring[((i) + 2) % 4], 4);     \
            const __m128i first = _mm_sha256msg1_epu32(ring[(i) % 4], ring[((i) + 1) % 4]);           \
            ring[(i) % 4] = _mm_sha256msg2_epu32(_mm_add_epi32(first, seventh), ring[((i) + 3) % 4]); \
        }                                                                                             \
        const __m128i words = _mm_add_epi32(ring[(i) % 4], load(constants + 4 * (i)));                \
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, words);                                              \
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(words, 0x0e));                     \
    } while (0)

static HARDWARE void compress(uint32_t state[static 8], const uint8_t *data, size_t blocks)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i badc = _mm_shuffle_epi32(load(state), 0xb1);
    const __m128i hgfe = _mm_shuffle_epi32(load(state + 4), 0x1b);
    __m128i abef = _mm_alignr_epi8(badc, hgfe, 8);
    __m128i cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);

    for (; blocks > 0; blocks--, data += BLOCK_BYTES) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i ring[4];
        for (int i = 0; i < 4; i++) ring[i] = _mm_shuffle_epi8(load(data + 16 * i), swap);
        ROUNDS(0);
        ROUNDS(1);
        ROUNDS(2);
        ROUNDS(3);
        ROUNDS(4);
        ROUNDS(5);
        ROUNDS(6);
        ROUNDS(7);
        ROUNDS(8);
        ROUNDS(9);
        ROUNDS(10);
        ROUNDS(11);
        ROUNDS(12);
        ROUNDS(13);
        ROUNDS(14);
        ROUNDS(15);
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
    const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}
#else
bool tg_sha256_hardware_found(void)
{
    return false;
}

/* Never reached: no state of this kind is started without the hardware. */
static void compress(uint32_t state[static 8], const uint8_t *data, size_t blocks)
{
    (void)state, (void)data, (void)blocks;
    assert(false);
}
#endif

void tg_sha256_hw_init(struct tg_sha256_hw *hw)
{
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(hw->state, start, sizeof start);
    hw->bytes = 0;
}

void tg_sha256_hw_update(struct tg_sha256_hw *hw, const uint8_t *data, size_t bytes)
{
    const size_t held = hw->bytes % BLOCK_BYTES;
    hw->bytes += bytes;
    if (held > 0) {
        const size_t room = BLOCK_BYTES - held;
        const size_t take = bytes < room ? bytes : room;
        memcpy(hw->block + held, data, take);
        if (take < room) return;
        compress(hw->state, hw->block, 1);
        data += take;
        bytes -= take;
    }
    compress(hw->state, data, bytes / BLOCK_BYTES);
    if (bytes % BLOCK_BYTES > 0) memcpy(hw->block, data + bytes - bytes % BLOCK_BYTES, bytes % BLOCK_BYTES);
}

void tg_sha256_hw_final(struct tg_sha256_hw *hw, uint8_t ret_hash[static 32])
{
    const uint64_t bits = hw->bytes * 8;
    size_t held = hw->bytes % BLOCK_BYTES;
    hw->block[held++] = 0x80;
    if (held > BLOCK_BYTES - 8) {
        memset(hw->block + held, 0, BLOCK_BYTES - held);
        compress(hw->state, hw->block, 1);
        held = 0;
    }
    memset(hw->block + held, 0, BLOCK_BYTES - 8 - held);
    tg_be64_put(hw->block + BLOCK_BYTES - 8, bits);
    compress(hw->state, hw->block, 1);
    for (size_t i = 0; i < 8; i++) tg_be32_put(ret_hash + 4 * i, hw->state[i]);
}
