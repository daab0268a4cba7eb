/* Sets of indexes as runs: whatever is added and taken away, they hold what a plain table of flags holds. */
#include "node/ranges.h"
#include "vectors.h"

#define INDEXES 200

static void compare(const struct tg_ranges *ranges, const bool *flags, uint64_t seed)
{
    uint64_t total = 0;
    for (uint64_t i = 0; i < INDEXES; i++) total += flags[i];
    cr_assert_eq(tg_ranges_total(ranges), total, "seed %d", (int)seed);
    for (size_t i = 1; i < ranges->count; i++)
        cr_assert_gt(ranges->items[i].first, ranges->items[i - 1].last + 1, "runs touch, seed %d", (int)seed);
    for (uint64_t from = 0; from <= INDEXES; from++) {
        struct tg_range run;
        uint64_t next = from, end, below = 0;
        while (next < INDEXES && !flags[next]) next++;
        for (end = next; end < INDEXES && flags[end]; end++) continue;
        bool found = tg_ranges_next(ranges, from, &run);
        cr_assert_eq(found, next < INDEXES);
        cr_assert(!found || (run.first == next && run.last + 1 == end), "seed %d from %d", (int)seed,
                  (int)from);
        uint64_t before = from;
        while (before && !flags[before - 1]) before--;
        found = tg_ranges_before(ranges, from, &below);
        cr_assert_eq(found, before != 0);
        cr_assert(!found || below == before - 1, "seed %d below %d", (int)seed, (int)from);
    }
}

Test(ranges, hold_what_a_table_of_flags_holds)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct seeded seeded = {.seed = seed};
        struct tg_ranges ranges = {.items = NULL};
        bool flags[INDEXES + 1] = {false};
        for (int step = 0; step < 300; step++) {
            uint64_t index = seeded_below(&seeded, INDEXES);
            bool add = seeded_below(&seeded, 5) < 3;
            flags[index] = add;
            cr_assert_eq(add ? tg_ranges_add(&ranges, index) : tg_ranges_remove(&ranges, index), TG_OK);
            if (step % 20 == 0) compare(&ranges, flags, seed);
        }
        compare(&ranges, flags, seed);
        tg_ranges_release(&ranges);
    }
}
