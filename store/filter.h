/* A blocked Bloom filter over tokens: "certainly not" without touching a page.
 * Knows nothing of runs. 512-bit blocks, 6 bits a token in one block, 10 bits of memory a token: 0.96 %
 * false positives when full (Poisson mixture over the load of blocks).
 */
#ifndef TG_STORE_FILTER_H
#define TG_STORE_FILTER_H

#include "base/bytes.h"

#define TG_FILTER_BLOCK_WORDS 8 /* of 64 bits: one cache line */

struct tg_filter {
    uint64_t *words; /* NULL: holds nothing, answers false */
    void *memory;    /* words begin at its first whole cache line */
    uint64_t blocks;
};

/* Empty, with room for that many tokens. TG_ENOMEM. */
tg_err tg_filter_init(struct tg_filter *filter, uint64_t tokens);
void tg_filter_release(struct tg_filter *filter);
static inline uint64_t tg_filter_bytes(const struct tg_filter *filter)
{
    return filter->blocks * TG_FILTER_BLOCK_WORDS * 8;
}

/* Filters live in memory only, so bits are taken in the machine's own order, in one load. */
static inline uint64_t tg_token_bits(const uint8_t token[static 16], size_t half)
{
    uint64_t bits;
    memcpy(&bits, token + 8 * half, sizeof bits);
    return bits;
}
/* The token's first 4 bytes choose the block, so that postings in order fill a filter from front to back; its last 8
 * the bits in it. */
static inline uint64_t *tg_filter_block(const struct tg_filter *filter, const uint8_t token[static 16])
{
    uint64_t block = (tg_be32_get(token) * filter->blocks) >> 32;
    return filter->words + block * TG_FILTER_BLOCK_WORDS;
}
static inline void tg_filter_prefetch(const struct tg_filter *filter, const uint8_t token[static 16])
{
    if (filter->words) __builtin_prefetch(tg_filter_block(filter, token));
}
void tg_filter_add(struct tg_filter *filter, const uint8_t token[static 16]);
bool tg_filter_may_hold(const struct tg_filter *filter, const uint8_t token[static 16]);

#endif
