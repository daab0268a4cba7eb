/* Whatever the size of the index, a step and a flush do a bounded amount of work. */
#include "store_help.h"

enum { BLOCK_POSTINGS = 83, SLICE = 500, RUN_POSTINGS = 2000 };

static struct tg_store_stats stats_of(struct tg_store *store)
{
    struct tg_store_stats stats;
    help_ok(tg_store_stats(store, &stats, &help_em));
    return stats;
}

/* One record of `count` tokens, from `first` on, as a run of its own. */
static void add_run(struct tg_store *store, uint64_t first, size_t count)
{
    static uint8_t tokens[TG_INDEX_TOKENS_MAX * 16];
    struct tg_index_rec rec = {.log = 1, .index = first, .n = 1, .time = 5, .expiry = TG_INDEX_NO_TIME};
    uint64_t recno;
    for (size_t i = 0; i < count; i++) help_token(first + i, tokens + i * 16);
    help_ok(tg_index_add(store, &rec, tokens, count, NULL, 0, &recno, &help_em));
    uint64_t merged = stats_of(store).merged_postings;
    help_ok(tg_index_flush(store, NULL, 0, &help_em));
    cr_assert_eq(stats_of(store).merged_postings, merged, "a flush merges nothing");
}

static bool step(struct tg_store *store, size_t rows_max)
{
    struct tg_store_stats before = stats_of(store);
    bool more = false;
    help_ok(tg_index_merge_step(store, rows_max, &more, &help_em));
    struct tg_store_stats after = stats_of(store);
    cr_assert_leq(after.merged_postings - before.merged_postings, rows_max + BLOCK_POSTINGS);
    cr_assert_leq(after.emptied_postings - before.emptied_postings, rows_max + 65 * BLOCK_POSTINGS);
    return more;
}

static void check_all(struct tg_store *store, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        uint8_t token[16];
        uint64_t recno;
        size_t found = 0;
        help_token(i, token);
        help_ok(tg_index_lookup(store, token, &recno, 1, &found, &help_em));
        cr_assert_eq(found, 1, "token %zu", (size_t)i);
    }
}

Test(store_index_bounds, a_step_does_no_more_for_a_large_index_than_for_a_small_one)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    uint64_t count = 0, steps = 0, runs_max = 0;
    for (int run = 0; run < 100; run++, count += RUN_POSTINGS) {
        add_run(store, count, RUN_POSTINGS);
        /* 10,000 postings a run: what merges of this size need. */
        for (int i = 0; i < 20; i++) (void)step(store, SLICE);
        if (stats_of(store).runs > runs_max) runs_max = stats_of(store).runs;
        cr_assert(!tg_index_pressed(store));
    }
    cr_assert_leq(runs_max, 2 * TG_INDEX_RUNS_GOAL);
    while (step(store, SLICE)) steps++;
    struct tg_store_stats stats = stats_of(store);
    cr_assert_leq(stats.runs, TG_INDEX_RUNS_GOAL);
    cr_assert_eq(stats.run_rows, count);
    cr_assert_eq(stats.left_postings, 0, "all is cleared away");
    check_all(store, count);
    tg_store_close(store);
}

Test(store_index_bounds, new_small_runs_do_not_wait_for_a_large_merge)
{
    enum { LARGE = 8000, LITTLE = 10, RUNS = 60 };
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    uint64_t count = 0;
    for (int run = 0; run < 4; run++, count += LARGE) add_run(store, count, LARGE);
    cr_assert(step(store, SLICE), "a merge of 32,000 postings has begun");
    for (int run = 0; run < RUNS; run++, count += LITTLE) {
        add_run(store, count, LITTLE);
        (void)step(store, SLICE / 5);
        cr_assert_leq(stats_of(store).runs, 2 * TG_INDEX_RUNS_GOAL);
    }
    cr_assert_lt(stats_of(store).left_postings, LARGE, "the large runs still stand");
    while (step(store, SLICE)) {
    }
    check_all(store, count);
    tg_store_close(store);
}

Test(store_index_bounds, says_that_it_is_pressed_long_before_a_flush_has_to_merge)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    uint64_t count = 0;
    for (; !tg_index_pressed(store); count += 4) add_run(store, count, 4);
    cr_assert_gt(count, 4 * TG_INDEX_RUNS_GOAL);
    for (int run = 0; run < TG_INDEX_SLOTS_SPARE - 3; run++, count += 4) add_run(store, count, 4);
    cr_assert(step(store, SLICE), "there is work for whoever waits");
    while (step(store, SLICE)) {
    }
    cr_assert(!tg_index_pressed(store));
    check_all(store, count);
    tg_store_close(store);
}

Test(store_index_bounds, clears_away_after_a_restart_what_a_merge_left)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    uint64_t count = 0;
    for (int run = 0; run < 5; run++, count += 8000) add_run(store, count, 8000);
    while (stats_of(store).runs > 1) (void)step(store, 5000);
    cr_assert_gt(stats_of(store).left_postings, 8000);
    tg_store_close(store);
    store = help_open(place.store, NULL);
    cr_assert_gt(stats_of(store).left_postings, 8000, "it is known again");
    while (step(store, SLICE)) {
    }
    cr_assert_eq(stats_of(store).left_postings, 0);
    check_all(store, count);
    tg_store_close(store);
}
