/* Keccak-f[1600] with 256 bits out, for the checksums of Ethereum addresses and onion services.
 *
 * Not for secrets or signatures: crypto/ has the hashes for those. [FIPS 202]
 */
#include "match/selector_impl.h"

#define RATE 136

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return bits == 0 ? value : value << bits | value >> (64 - bits);
}

static void theta(uint64_t a[25])
{
    uint64_t c[5];
    for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (int x = 0; x < 5; x++) {
        uint64_t d = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
        for (int y = 0; y < 25; y += 5) a[y + x] ^= d;
    }
}

static void rho_pi_chi(uint64_t a[25])
{
    static const uint8_t turns[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                      27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
    static const uint8_t lanes[24] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                      15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};
    uint64_t carried = a[1];
    for (int i = 0; i < 24; i++) {
        uint64_t next = a[lanes[i]];
        a[lanes[i]] = rotate(carried, turns[i]);
        carried = next;
    }
    for (int y = 0; y < 25; y += 5) {
        uint64_t row[5];
        memcpy(row, a + y, sizeof row);
        for (int x = 0; x < 5; x++) a[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
}

static void permute(uint64_t a[25])
{
    static const uint64_t constants[24] = {
        0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
        0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
        0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
        0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
        0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};
    for (int round = 0; round < 24; round++) {
        theta(a);
        rho_pi_chi(a);
        a[0] ^= constants[round];
    }
}

static void xor_byte(uint64_t a[25], size_t at, uint8_t byte)
{
    a[at / 8] ^= (uint64_t)byte << (8 * (at % 8));
}

void tg_keccak256(struct tg_view data, uint8_t pad, uint8_t out[static 32])
{
    uint64_t a[25] = {0};
    size_t at = 0;
    for (size_t i = 0; i < data.bytes; i++) {
        xor_byte(a, at++, data.data[i]);
        if (at < RATE) continue;
        permute(a);
        at = 0;
    }
    xor_byte(a, at, pad);
    xor_byte(a, RATE - 1, 0x80);
    permute(a);
    for (size_t i = 0; i < 32; i++) out[i] = (uint8_t)(a[i / 8] >> (8 * (i % 8)));
}
