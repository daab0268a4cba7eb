/* The machine's own clock and randomness, for those who may have the real world.
 *
 * Knows nobody who asks. Only node/ and cli/ hand these out; tests have their own.
 */
#include "base/world.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static int64_t clock_read(clockid_t which, int64_t per_second)
{
    struct timespec now;
    (void)clock_gettime(which, &now);
    return (int64_t)now.tv_sec * per_second + now.tv_nsec / (1000000000 / per_second);
}

static int64_t system_wall_ms(void *ctx)
{
    (void)ctx;
    return clock_read(CLOCK_REALTIME, 1000);
}

static int64_t system_mono_us(void *ctx)
{
    (void)ctx;
    return clock_read(CLOCK_MONOTONIC, 1000000);
}

const struct tg_clock *tg_clock_system(void)
{
    static const struct tg_clock clock = {.wall_ms = system_wall_ms, .mono_us = system_mono_us, .ctx = NULL};
    return &clock;
}

static void system_fill(void *ctx, void *out, size_t bytes)
{
    (void)ctx;
    uint8_t *at = out;
    while (bytes) {
        ssize_t got = getrandom(at, bytes < 256 ? bytes : 256, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) abort(); /* a node without randomness must not go on */
        at += got;
        bytes -= (size_t)got;
    }
}

const struct tg_random *tg_random_system(void)
{
    static const struct tg_random random = {.fill = system_fill, .ctx = NULL};
    return &random;
}
