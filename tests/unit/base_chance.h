/* Chance for property tests: the same numbers from the same seed, on every machine.
 *
 * Must not know what is tested. splitmix64 [Steele, Lea, Flood 2014].
 */
#ifndef TG_TESTS_UNIT_BASE_CHANCE_H
#define TG_TESTS_UNIT_BASE_CHANCE_H

#include <stddef.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

static inline uint64_t chance_u64(struct chance *chance)
{
    uint64_t mixed = chance->state += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

/* 0..below-1. */
static inline size_t chance_below(struct chance *chance, size_t below)
{
    return (size_t)(chance_u64(chance) % below);
}

static inline void chance_fill(struct chance *chance, uint8_t *out, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) out[i] = (uint8_t)chance_u64(chance);
}

#endif
