/* A blocked Bloom filter over tokens.
 * Knows nothing of runs; takes the bits of a token as random, which a keyed hash makes them.
 * Method: Putze, Sanders, Singler, "Cache-, hash- and space-efficient Bloom filters", 2007.
 */
#include "store/filter.h"

#include <stdlib.h>

enum { BITS_PER_TOKEN = 10, BLOCK_BITS = 512, PROBES = 6, PROBE_BITS = 9, CACHE_LINE_BYTES = 64 };

tg_err tg_filter_init(struct tg_filter *filter, uint64_t tokens)
{
    uint64_t blocks =
        tokens / BLOCK_BITS * BITS_PER_TOKEN + tokens % BLOCK_BITS * BITS_PER_TOKEN / BLOCK_BITS + 1;
    if (blocks > UINT32_MAX) return TG_ELIMIT;
    size_t bytes = (size_t)blocks * TG_FILTER_BLOCK_WORDS * sizeof(uint64_t);
    /* calloc: the pages of a large one are made as they are touched, not all at once. */
    uint8_t *memory = calloc(1, bytes + CACHE_LINE_BYTES);
    if (!memory) return TG_ENOMEM;
    size_t over = (uintptr_t)memory % CACHE_LINE_BYTES;
    void *words = memory + (over ? CACHE_LINE_BYTES - over : 0);
    *filter = (struct tg_filter){.words = words, .memory = memory, .blocks = blocks};
    return TG_OK;
}

void tg_filter_release(struct tg_filter *filter)
{
    free(filter->memory);
    *filter = (struct tg_filter){0};
}

void tg_filter_add(struct tg_filter *filter, const uint8_t token[static 16])
{
    uint64_t *block = tg_filter_block(filter, token);
    uint64_t bits = tg_token_bits(token, 1);
    for (int i = 0; i < PROBES; i++, bits >>= PROBE_BITS)
        block[(bits & (BLOCK_BITS - 1)) >> 6] |= UINT64_C(1) << (bits & 63);
}

bool tg_filter_may_hold(const struct tg_filter *filter, const uint8_t token[static 16])
{
    if (!filter->words) return false;
    const uint64_t *block = tg_filter_block(filter, token);
    uint64_t bits = tg_token_bits(token, 1);
    for (int i = 0; i < PROBES; i++, bits >>= PROBE_BITS)
        if (!(block[(bits & (BLOCK_BITS - 1)) >> 6] >> (bits & 63) & 1)) return false;
    return true;
}
