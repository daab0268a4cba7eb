/* Stories of the machine's clock and randomness behind their interfaces, and of a world made up for a test.
 *
 * Must not know the time.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/world.h"
#include "tests/unit/base_chance.h"

Test(clock, of_the_machine_stands_after_the_writing_of_this_test_and_never_goes_back)
{
    const struct tg_clock *clock = tg_clock_system();
    cr_assert_gt(tg_clock_wall_ms(clock), INT64_C(1700000000000));
    int64_t last = tg_clock_mono_us(clock);
    for (int i = 0; i < 10000; i++) {
        int64_t now = tg_clock_mono_us(clock);
        cr_assert_geq(now, last);
        last = now;
    }
}

Test(randomness, of_the_machine_fills_all_of_what_it_is_given_and_nothing_else)
{
    static uint8_t seen[1000];
    uint8_t bytes[1002];
    for (int round = 0; round < 64; round++) {
        memset(bytes, 0, sizeof bytes);
        tg_random_fill(tg_random_system(), bytes + 1, 1000);
        cr_assert(bytes[0] == 0 && bytes[1001] == 0);
        for (size_t i = 0; i < 1000; i++) seen[i] |= bytes[i + 1];
    }
    for (size_t i = 0; i < sizeof seen; i++) cr_assert_neq(seen[i], 0, "byte %zu is never set", i);
    tg_random_fill(tg_random_system(), bytes, 0);
}

static int64_t frozen_ms(void *ctx)
{
    return *(int64_t *)ctx;
}

static void seeded_fill(void *ctx, void *out, size_t bytes)
{
    chance_fill(ctx, out, bytes);
}

Test(world, can_be_made_up)
{
    int64_t now = 42;
    struct tg_clock clock = {.wall_ms = frozen_ms, .mono_us = frozen_ms, .ctx = &now};
    cr_assert_eq(tg_clock_wall_ms(&clock), 42);
    cr_assert_eq(tg_clock_mono_us(&clock), 42);
    uint8_t first[16], second[16];
    struct chance a = {.state = 1}, b = {.state = 1};
    tg_random_fill(&(struct tg_random){.fill = seeded_fill, .ctx = &a}, first, sizeof first);
    tg_random_fill(&(struct tg_random){.fill = seeded_fill, .ctx = &b}, second, sizeof second);
    cr_assert_arr_eq(first, second, 16);
}
