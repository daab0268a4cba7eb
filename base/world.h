/* The world as a parameter: time and randomness. Everything below node/ takes these and never asks the
 * system, so that a whole federation runs in one test from one seed.
 */
#ifndef TG_BASE_WORLD_H
#define TG_BASE_WORLD_H

#include <stddef.h>
#include <stdint.h>

struct tg_clock {
    /* Milliseconds since 1970-01-01T00:00Z; may jump. */
    int64_t (*wall_ms)(void *ctx);
    /* Microseconds on a clock that never goes back. */
    int64_t (*mono_us)(void *ctx);
    void *ctx;
};
struct tg_random {
    void (*fill)(void *ctx, void *out, size_t bytes);
    void *ctx;
};
static inline int64_t tg_clock_wall_ms(const struct tg_clock *clock)
{
    return clock->wall_ms(clock->ctx);
}
static inline int64_t tg_clock_mono_us(const struct tg_clock *clock)
{
    return clock->mono_us(clock->ctx);
}
static inline void tg_random_fill(const struct tg_random *random, void *out, size_t bytes)
{
    random->fill(random->ctx, out, bytes);
}

/* The machine's own clock and getrandom(2); static storage. */
const struct tg_clock *tg_clock_system(void);
const struct tg_random *tg_random_system(void);

#endif
