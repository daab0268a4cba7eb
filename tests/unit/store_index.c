/* The index against a plain oracle, its edges, its filter. */
#include "store_help.h"

#include "store/filter.h"

/* ---- an oracle: every record in an array, every question answered by looking at all ---- */

enum {
    ORACLE_RECORDS_MAX = 6000,
    ORACLE_TOKENS_MAX = 6,
    VOCABULARY = 400, /* few tokens, so that many records share one */
    ROW_TYPES = 3,
};
struct oracle_rec {
    struct tg_index_rec rec;
    uint64_t tokens[ORACLE_TOKENS_MAX];
    size_t tokens_count;
    bool has_row[ROW_TYPES];
    bool dead, flushed;
};
struct oracle {
    struct oracle_rec recs[ORACLE_RECORDS_MAX];
    size_t count;
    uint64_t covered, next;
};

static bool oracle_holds(const struct oracle_rec *it, uint64_t token)
{
    for (size_t i = 0; i < it->tokens_count; i++)
        if (it->tokens[i] == token) return true;
    return false;
}

static void row_bytes(uint64_t recno, uint8_t type, uint8_t out[24])
{
    struct help_rng rng = {recno * 8 + type};
    for (int i = 0; i < 3; i++) tg_be64_put(out + 8 * i, help_next(&rng));
}

/* Rows of type 1 may be empty. */
static struct tg_view row_of(uint64_t recno, uint8_t type, uint8_t storage[24])
{
    row_bytes(recno, type, storage);
    return tg_view_of(storage, type == 1 ? 0 : 8 + recno % 17);
}

static int64_t random_time(struct help_rng *rng)
{
    if (help_below(rng, 8) == 0) return TG_INDEX_NO_TIME;
    return (int64_t)help_below(rng, 200) - 100;
}

static void add_one(struct tg_store *store, struct oracle *oracle, struct help_rng *rng)
{
    if (oracle->count == ORACLE_RECORDS_MAX) return;
    struct oracle_rec *it = &oracle->recs[oracle->count];
    *it = (struct oracle_rec){.rec = {.log = (uint32_t)help_below(rng, 3),
                                      .index = oracle->next++,
                                      .n = (uint16_t)(1 + help_below(rng, 1024)),
                                      .kind = (uint8_t)help_next(rng),
                                      .flags = (uint8_t)help_next(rng),
                                      .time = random_time(rng),
                                      .expiry = random_time(rng)}};
    uint8_t tokens[ORACLE_TOKENS_MAX * 16], storage[ROW_TYPES][24];
    it->tokens_count = help_below(rng, ORACLE_TOKENS_MAX + 1);
    for (size_t i = 0; i < it->tokens_count; i++) {
        it->tokens[i] = help_below(rng, help_below(rng, 4) ? VOCABULARY : 3);
        help_token(it->tokens[i], tokens + i * 16);
    }
    struct tg_index_row rows[ROW_TYPES];
    size_t rows_count = 0;
    for (uint8_t type = 0; type < ROW_TYPES; type++) {
        it->has_row[type] = help_below(rng, 2);
        if (!it->has_row[type]) continue;
        rows[rows_count++] = (struct tg_index_row){.type = (uint8_t)(type * 100),
                                                   .value = row_of(oracle->count, type, storage[type])};
    }
    uint64_t recno = UINT64_MAX;
    help_ok(tg_index_add(store, &it->rec, tokens, it->tokens_count, rows, rows_count, &recno, &help_em));
    cr_assert_eq(recno, oracle->count);
    oracle->count++;
}

static void remove_one(struct tg_store *store, struct oracle *oracle, struct help_rng *rng)
{
    if (oracle->count == 0) return;
    uint64_t recno = help_below(rng, oracle->count);
    tg_err err = tg_index_remove(store, recno, NULL);
    cr_assert_eq(err, oracle->recs[recno].dead ? TG_ENOENT : TG_OK);
    oracle->recs[recno].dead = true;
}

static void flag_one(struct tg_store *store, struct oracle *oracle, struct help_rng *rng)
{
    if (oracle->count == 0) return;
    uint64_t recno = help_below(rng, oracle->count);
    uint8_t flags = (uint8_t)help_next(rng);
    tg_err err = tg_index_flag(store, recno, flags, NULL);
    cr_assert_eq(err, oracle->recs[recno].dead ? TG_ENOENT : TG_OK);
    if (!err) oracle->recs[recno].rec.flags = flags;
}

static void flush(struct tg_store *store, struct oracle *oracle)
{
    struct tg_index_position position = {.log = 7, .next = oracle->next};
    help_ok(tg_index_flush(store, &position, 1, &help_em));
    oracle->covered = oracle->next;
}

/* ---- comparing ---- */

static void check_token(struct tg_store *store, const struct oracle *oracle, uint64_t token)
{
    static uint64_t recnos[ORACLE_RECORDS_MAX];
    uint8_t bytes[16];
    size_t count = 0, at = 0;
    help_token(token, bytes);
    help_ok(tg_index_lookup(store, bytes, recnos, ORACLE_RECORDS_MAX, &count, &help_em));
    for (uint64_t i = 0; i < oracle->count; i++) {
        if (oracle->recs[i].dead || !oracle_holds(&oracle->recs[i], token)) continue;
        cr_assert_lt(at, count, "token %zu lacks record %zu", (size_t)token, (size_t)i);
        cr_assert_eq(recnos[at++], i);
    }
    cr_assert_eq(at, count);
}

static void check_record(struct tg_store *store, const struct oracle *oracle, uint64_t recno)
{
    const struct oracle_rec *it = &oracle->recs[recno];
    struct tg_index_rec rec = {0};
    tg_err err = tg_index_get(store, recno, &rec, NULL);
    cr_assert_eq(err, it->dead ? TG_ENOENT : TG_OK);
    if (!err) {
        cr_assert(rec.log == it->rec.log && rec.index == it->rec.index && rec.n == it->rec.n);
        cr_assert(rec.kind == it->rec.kind && rec.flags == it->rec.flags);
        cr_assert(rec.time == it->rec.time && rec.expiry == it->rec.expiry);
    }
    for (uint8_t type = 0; type < ROW_TYPES; type++) {
        uint8_t storage[24];
        struct tg_view value;
        err = tg_index_row_get(store, (uint8_t)(type * 100), recno, &value, NULL);
        cr_assert_eq(err, !it->dead && it->has_row[type] ? TG_OK : TG_ENOENT);
        if (!err) cr_assert(tg_view_equal(value, row_of(recno, type, storage)));
    }
}

struct walk {
    const struct oracle *oracle;
    enum tg_index_clock clock;
    int64_t from, until, last_t;
    uint64_t last_recno, count, stop_after;
    bool newest_first;
};

static int64_t clock_of(const struct oracle_rec *it, enum tg_index_clock clock)
{
    return clock == TG_INDEX_TIME ? it->rec.time : it->rec.expiry;
}

static tg_err on_time(void *ctx, int64_t t, uint64_t recno)
{
    struct walk *walk = ctx;
    cr_assert_lt(recno, walk->oracle->count);
    const struct oracle_rec *it = &walk->oracle->recs[recno];
    cr_assert(!it->dead);
    cr_assert_eq(clock_of(it, walk->clock), t);
    cr_assert(t >= walk->from && t < walk->until);
    bool later = t > walk->last_t || (t == walk->last_t && recno > walk->last_recno);
    if (walk->count) cr_assert_eq(later, !walk->newest_first, "in order");
    walk->last_t = t;
    walk->last_recno = recno;
    return ++walk->count == walk->stop_after ? TG_ENOENT : TG_OK;
}

static void check_times(struct tg_store *store, const struct oracle *oracle, struct help_rng *rng)
{
    struct walk walk = {.oracle = oracle,
                        .clock = help_below(rng, 2) ? TG_INDEX_TIME : TG_INDEX_EXPIRY,
                        .from = (int64_t)help_below(rng, 220) - 110,
                        .newest_first = help_below(rng, 2)};
    walk.until = walk.from + (int64_t)help_below(rng, 120);
    if (help_below(rng, 4) == 0) {
        walk.from = INT64_MIN;
        walk.until = INT64_MAX;
    }
    uint64_t expected = 0;
    for (uint64_t i = 0; i < oracle->count; i++) {
        int64_t t = clock_of(&oracle->recs[i], walk.clock);
        expected += !oracle->recs[i].dead && t != TG_INDEX_NO_TIME && t >= walk.from && t < walk.until;
    }
    if (help_below(rng, 4) == 0 && expected > 3) walk.stop_after = expected = 3;
    help_ok(tg_index_times(store, walk.clock, walk.from, walk.until, walk.newest_first, on_time, &walk,
                           &help_em));
    cr_assert_eq(walk.count, expected);
}

struct rows_walk {
    const struct oracle *oracle;
    uint64_t next;
    uint8_t type;
};

static tg_err on_row(void *ctx, uint64_t recno, struct tg_view value)
{
    struct rows_walk *walk = ctx;
    while (walk->next < walk->oracle->count &&
           (walk->oracle->recs[walk->next].dead || !walk->oracle->recs[walk->next].has_row[walk->type]))
        walk->next++;
    cr_assert_eq(walk->next, recno);
    uint8_t storage[24];
    cr_assert(tg_view_equal(value, row_of(recno, walk->type, storage)));
    walk->next++;
    return TG_OK;
}

static void check_rows(struct tg_store *store, const struct oracle *oracle, struct help_rng *rng)
{
    struct rows_walk walk = {.oracle = oracle,
                             .next = help_below(rng, oracle->count + 1),
                             .type = (uint8_t)help_below(rng, ROW_TYPES)};
    help_ok(tg_index_rows(store, (uint8_t)(walk.type * 100), walk.next, on_row, &walk, &help_em));
    for (; walk.next < oracle->count; walk.next++)
        cr_assert(oracle->recs[walk.next].dead || !oracle->recs[walk.next].has_row[walk.type]);
}

struct batch_walk {
    const struct oracle *oracle;
    const uint64_t *tokens;
    size_t next;
};

static size_t oracle_count(const struct oracle *oracle, uint64_t token)
{
    size_t count = 0;
    for (uint64_t i = 0; i < oracle->count; i++)
        count += !oracle->recs[i].dead && oracle_holds(&oracle->recs[i], token);
    return count;
}

static tg_err on_hit(void *ctx, size_t i, const uint64_t *recnos, size_t given, size_t count)
{
    struct batch_walk *walk = ctx;
    for (; walk->next < i; walk->next++)
        cr_assert_eq(oracle_count(walk->oracle, walk->tokens[walk->next]), 0);
    walk->next++;
    cr_assert_eq(oracle_count(walk->oracle, walk->tokens[i]), count);
    cr_assert_eq(given, count < TG_INDEX_HITS_MAX ? count : TG_INDEX_HITS_MAX);
    for (size_t k = 1; k < given; k++) cr_assert_lt(recnos[k - 1], recnos[k]);
    return TG_OK;
}

static void check_batch(struct tg_store *store, const struct oracle *oracle, struct help_rng *rng)
{
    enum { BATCH_MAX = 40 };
    uint64_t tokens[BATCH_MAX];
    uint8_t bytes[BATCH_MAX * 16];
    size_t count = help_below(rng, BATCH_MAX + 1);
    for (size_t i = 0; i < count; i++) {
        tokens[i] = help_below(rng, 2 * VOCABULARY); /* half of them in no record */
        help_token(tokens[i], bytes + i * 16);
    }
    struct batch_walk walk = {.oracle = oracle, .tokens = tokens};
    help_ok(tg_index_lookup_batch(store, bytes, count, on_hit, &walk, &help_em));
    for (; walk.next < count; walk.next++) cr_assert_eq(oracle_count(oracle, tokens[walk.next]), 0);
}

static void check_some(struct tg_store *store, const struct oracle *oracle, struct help_rng *rng)
{
    cr_assert_eq(tg_index_records(store), oracle->count);
    for (int i = 0; i < 5; i++) check_token(store, oracle, help_below(rng, VOCABULARY));
    for (int i = 0; i < 5 && oracle->count; i++) check_record(store, oracle, help_below(rng, oracle->count));
    check_times(store, oracle, rng);
    check_rows(store, oracle, rng);
    check_batch(store, oracle, rng);
    uint64_t next = 99;
    help_ok(tg_index_covered(store, 7, &next, &help_em));
    cr_assert_eq(next, oracle->covered);
}

static void check_all(struct tg_store *store, const struct oracle *oracle, struct help_rng *rng)
{
    check_some(store, oracle, rng);
    for (uint64_t token = 0; token < VOCABULARY; token++) check_token(store, oracle, token);
    for (uint64_t recno = 0; recno < oracle->count; recno++) check_record(store, oracle, recno);
}

static void merge_slices(struct tg_store *store, struct help_rng *rng, int slices)
{
    bool more = true;
    for (int i = 0; i < slices && more; i++)
        help_ok(tg_index_merge_step(store, 1 + help_below(rng, 300), &more, &help_em));
}

static void merge_fully(struct tg_store *store)
{
    bool more = true;
    while (more) help_ok(tg_index_merge_step(store, 20000, &more, &help_em));
}

static void one_world(uint64_t seed)
{
    HELP_PLACE(place);
    struct help_rng rng = {seed};
    struct oracle *oracle = calloc(1, sizeof *oracle);
    struct tg_store_options options = {.index_map_bytes = 65536};
    struct tg_store *store = help_new(&place, &options);
    for (int step = 0; step < 250; step++) {
        switch (help_below(&rng, 10)) {
        case 0:
        case 1:
        case 2:
            for (uint64_t i = help_below(&rng, 60); i > 0; i--) add_one(store, oracle, &rng);
            break;
        case 3:
            for (uint64_t i = help_below(&rng, 20); i > 0; i--) remove_one(store, oracle, &rng);
            break;
        case 4:
            flag_one(store, oracle, &rng);
            break;
        case 5:
        case 6:
        case 7:
            flush(store, oracle);
            break;
        case 8:
            merge_slices(store, &rng, 4);
            break;
        default:
            /* A restart; what was not flushed would be replayed, here it is flushed before. */
            if (help_below(&rng, 4)) break;
            flush(store, oracle);
            tg_store_close(store);
            store = help_open(place.store, &options);
            break;
        }
        check_some(store, oracle, &rng);
    }
    check_all(store, oracle, &rng);
    flush(store, oracle);
    check_all(store, oracle, &rng);
    merge_fully(store);
    check_all(store, oracle, &rng);
    struct tg_store_stats stats;
    help_ok(tg_store_stats(store, &stats, &help_em));
    cr_assert_eq(stats.dead, 0, "merged fully, nothing of the removed is left");
    cr_assert_leq(stats.runs, TG_INDEX_RUNS_GOAL);
    uint64_t live = 0;
    for (uint64_t i = 0; i < oracle->count; i++) {
        const struct oracle_rec *it = &oracle->recs[i];
        for (size_t k = 0; k < it->tokens_count && !it->dead; k++) {
            bool first = true;
            for (size_t before = 0; before < k; before++) first &= it->tokens[before] != it->tokens[k];
            live += first;
        }
    }
    cr_assert_eq(stats.run_rows, live, "every posting stands once");
    tg_store_close(store);
    store = help_open(place.store, NULL);
    check_all(store, oracle, &rng);
    tg_store_close(store);
    free(oracle);
}

Test(store_index, answers_like_an_oracle_whatever_happens)
{
    for (uint64_t seed = 1; seed <= 8; seed++) one_world(seed);
}

/* ---- single stories ---- */

static uint64_t add_plain(struct tg_store *store, uint64_t token)
{
    struct tg_index_rec rec = {.index = token, .time = 5, .expiry = 6};
    uint8_t bytes[16];
    uint64_t recno = 0;
    help_token(token, bytes);
    struct tg_index_row row = {.type = 9, .value = tg_view_str("encrypted name")};
    help_ok(tg_index_add(store, &rec, bytes, 1, &row, 1, &recno, &help_em));
    return recno;
}

static size_t count_of(struct tg_store *store, uint64_t token)
{
    uint8_t bytes[16];
    uint64_t recno = 0;
    size_t count = 0;
    help_token(token, bytes);
    help_ok(tg_index_lookup(store, bytes, &recno, 1, &count, &help_em));
    return count;
}

Test(store_index, forgets_what_was_not_flushed_and_says_up_to_where_it_knows)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    (void)add_plain(store, 1);
    struct tg_index_position positions[2] = {{.log = 0, .next = 10}, {.log = 3, .next = 77}};
    help_ok(tg_index_flush(store, positions, 2, &help_em));
    (void)add_plain(store, 2);
    cr_assert_eq(count_of(store, 2), 1);
    tg_store_close(store);
    store = help_open(place.store, NULL);
    cr_assert_eq(count_of(store, 1), 1);
    cr_assert_eq(count_of(store, 2), 0);
    cr_assert_eq(add_plain(store, 2), 1, "its number is given again");
    uint64_t next = 0;
    help_ok(tg_index_covered(store, 3, &next, &help_em));
    cr_assert_eq(next, 77);
    help_ok(tg_index_covered(store, 1, &next, &help_em));
    cr_assert_eq(next, 0);
    tg_store_close(store);
}

Test(store_index, can_move_its_position_without_a_record)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    struct tg_index_position position = {.log = 0, .next = 10};
    help_ok(tg_index_flush(store, &position, 1, &help_em));
    help_ok(tg_index_flush(store, NULL, 0, &help_em));
    tg_store_close(store);
    store = help_open(place.store, NULL);
    uint64_t next = 0;
    help_ok(tg_index_covered(store, 0, &next, &help_em));
    cr_assert_eq(next, 10);
    tg_store_close(store);
}

/* Is the text anywhere in live pages? Copying an environment with compaction leaves only those. */
static bool live_pages_hold(struct tg_store *store, uint64_t token)
{
    struct tg_store_stats stats;
    help_ok(tg_store_stats(store, &stats, &help_em));
    return count_of(store, token) || stats.run_rows != 0 || stats.dead != 0;
}

Test(store_index, purges_the_last_posting_of_a_run_and_the_run_with_it)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    uint64_t recno = add_plain(store, 1);
    help_ok(tg_index_flush(store, NULL, 0, &help_em));
    help_ok(tg_index_remove(store, recno, &help_em));
    cr_assert_eq(count_of(store, 1), 0, "at once");
    bool more = true;
    help_ok(tg_index_merge_step(store, 10, &more, &help_em));
    cr_assert(!more, "a removal that is not on disk must not be purged: it may yet be forgotten");
    tg_store_close(store);
    store = help_open(place.store, NULL);
    cr_assert_eq(count_of(store, 1), 1, "forgotten, as it was not flushed");
    help_ok(tg_index_remove(store, recno, &help_em));
    help_ok(tg_index_flush(store, NULL, 0, &help_em));
    struct tg_view value;
    cr_assert_eq(tg_index_row_get(store, 9, recno, &value, NULL), TG_ENOENT);
    merge_fully(store);
    cr_assert(!live_pages_hold(store, 1));
    tg_store_close(store);
    store = help_open(place.store, NULL);
    cr_assert(!live_pages_hold(store, 1));
    cr_assert_eq(tg_index_records(store), 1, "numbers are not given twice");
    tg_store_close(store);
}

Test(store_index, takes_up_a_purge_again_after_a_restart)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    for (uint64_t i = 0; i < 2000; i++) (void)add_plain(store, i);
    help_ok(tg_index_flush(store, NULL, 0, &help_em));
    for (uint64_t i = 0; i < 2000; i += 2) help_ok(tg_index_remove(store, i, &help_em));
    help_ok(tg_index_flush(store, NULL, 0, &help_em));
    bool more = false;
    for (int round = 0; round < 3; round++) {
        help_ok(tg_index_merge_step(store, 200, &more, &help_em));
        cr_assert(more);
        tg_store_close(store);
        store = help_open(place.store, NULL);
        for (uint64_t i = 0; i < 2000; i += 97) cr_assert_eq(count_of(store, i), i % 2);
    }
    merge_fully(store);
    struct tg_store_stats stats;
    help_ok(tg_store_stats(store, &stats, &help_em));
    cr_assert_eq(stats.run_rows, 1000);
    cr_assert_eq(stats.dead, 0);
    tg_store_close(store);
}

/* Two removals in one run, one of them on disk: only that one may be purged. */
Test(store_index, purges_nothing_whose_removal_may_yet_be_forgotten)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    for (uint64_t i = 0; i < 10; i++) (void)add_plain(store, i);
    help_ok(tg_index_flush(store, NULL, 0, &help_em));
    help_ok(tg_index_remove(store, 3, &help_em));
    help_ok(tg_index_flush(store, NULL, 0, &help_em));
    help_ok(tg_index_remove(store, 4, &help_em));
    merge_fully(store);
    cr_assert(count_of(store, 3) == 0 && count_of(store, 4) == 0);
    tg_store_close(store);
    store = help_open(place.store, NULL);
    cr_assert_eq(count_of(store, 3), 0);
    cr_assert_eq(count_of(store, 4), 1, "the removal was forgotten, the record is whole");
    tg_store_close(store);
}

Test(store_index, begins_a_merge_again_that_a_restart_cut_off)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    for (uint64_t i = 0; i < 2000; i++) {
        (void)add_plain(store, i);
        if (i % 500 == 499) help_ok(tg_index_flush(store, NULL, 0, &help_em));
    }
    for (int round = 0; round < 3; round++) {
        bool more = false;
        for (int slice = 0; slice < 4; slice++) help_ok(tg_index_merge_step(store, 300, &more, &help_em));
        cr_assert(more);
        tg_store_close(store);
        store = help_open(place.store, NULL);
    }
    merge_fully(store);
    struct tg_store_stats stats;
    help_ok(tg_store_stats(store, &stats, &help_em));
    cr_assert(stats.runs == 1 && stats.run_rows == 2000);
    for (uint64_t i = 0; i < 2000; i++) cr_assert_eq(count_of(store, i), 1);
    tg_store_close(store);
}

Test(store_index, merges_by_itself_when_nobody_does)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    for (uint64_t i = 0; i < 3 * TG_INDEX_RUNS_MAX; i++) {
        (void)add_plain(store, i);
        help_ok(tg_index_flush(store, NULL, 0, &help_em));
        struct tg_store_stats stats;
        help_ok(tg_store_stats(store, &stats, &help_em));
        cr_assert_leq(stats.runs, TG_INDEX_RUNS_MAX);
    }
    for (uint64_t i = 0; i < 3 * TG_INDEX_RUNS_MAX; i++) cr_assert_eq(count_of(store, i), 1);
    tg_store_close(store);
}

Test(store_index, keeps_to_its_limits)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    struct tg_index_rec rec = {0};
    uint64_t recno = 42;
    uint8_t *tokens = calloc(TG_INDEX_TOKENS_MAX + 1, 16);
    for (uint64_t i = 0; i <= TG_INDEX_TOKENS_MAX; i++) help_token(i, tokens + 16 * i);
    cr_assert_eq(tg_index_add(store, &rec, tokens, TG_INDEX_TOKENS_MAX + 1, NULL, 0, &recno, NULL),
                 TG_ELIMIT);
    cr_assert_eq(recno, 42);
    help_ok(tg_index_add(store, &rec, tokens, TG_INDEX_TOKENS_MAX, NULL, 0, &recno, &help_em));
    struct tg_index_row rows[TG_INDEX_ROWS_MAX + 1] = {0};
    for (uint8_t i = 0; i <= TG_INDEX_ROWS_MAX; i++) rows[i].type = i;
    cr_assert_eq(tg_index_add(store, &rec, NULL, 0, rows, TG_INDEX_ROWS_MAX + 1, &recno, NULL), TG_ELIMIT);
    rows[1].type = 0;
    cr_assert_eq(tg_index_add(store, &rec, NULL, 0, rows, 2, &recno, NULL), TG_EUSAGE, "one row a type");
    rows[1].type = 1;
    rows[1].value = tg_view_of(tokens, TG_INDEX_ROW_BYTES_MAX);
    uint8_t *large = calloc(1, TG_INDEX_ROW_BYTES_MAX + 1);
    rows[1].value = tg_view_of(large, TG_INDEX_ROW_BYTES_MAX + 1);
    cr_assert_eq(tg_index_add(store, &rec, NULL, 0, rows, 2, &recno, NULL), TG_ELIMIT);
    rows[1].value.bytes--;
    help_ok(tg_index_add(store, &rec, NULL, 0, rows, 2, &recno, &help_em));
    tg_err err = TG_OK;
    size_t added = 0;
    while (!(err = tg_index_add(store, &rec, NULL, 0, NULL, 0, &recno, NULL))) added++;
    cr_assert_eq(err, TG_EBUSY);
    cr_assert_eq(added, TG_INDEX_DELTA_RECORDS_MAX - 2);
    help_ok(tg_index_flush(store, NULL, 0, &help_em));
    help_ok(tg_index_add(store, &rec, NULL, 0, NULL, 0, &recno, &help_em));
    bool more = false;
    cr_assert_eq(tg_index_merge_step(store, 0, &more, NULL), TG_EUSAGE);
    cr_assert_eq(tg_index_merge_step(store, TG_INDEX_MERGE_ROWS_MAX + 1, &more, NULL), TG_EUSAGE);
    tg_store_close(store);
    free(tokens);
    free(large);
}

Test(store_index, gives_as_many_as_there_is_room_for_and_counts_the_rest)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    uint64_t recnos[3] = {9, 9, 9};
    uint8_t token[16];
    size_t count = 0;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100; i++) (void)add_plain(store, 5);
        help_token(5, token);
        help_ok(tg_index_lookup(store, token, recnos, 2, &count, &help_em));
        cr_assert_eq(count, 100 * (size_t)(round + 1));
        cr_assert(recnos[0] == 0 && recnos[1] == 1 && recnos[2] == 9);
        help_ok(tg_index_flush(store, NULL, 0, &help_em));
        help_ok(tg_index_lookup(store, token, recnos, 2, &count, &help_em));
        cr_assert_eq(count, 100 * (size_t)(round + 1));
    }
    tg_store_close(store);
}

Test(store_index, keeps_the_callers_small_values_until_it_is_cleared)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    struct tg_view value;
    cr_assert_eq(tg_index_meta_get(store, tg_view_str("key"), &value, NULL), TG_ENOENT);
    help_ok(tg_index_meta_put(store, tg_view_str("key"), tg_view_str("print"), &help_em));
    cr_assert_eq(tg_index_meta_put(store, tg_view_str("store/format"), tg_view_str("x"), NULL), TG_EUSAGE);
    tg_store_close(store);
    store = help_open(place.store, NULL);
    help_ok(tg_index_meta_get(store, tg_view_str("key"), &value, &help_em));
    cr_assert(tg_view_equal_str(value, "print"));
    help_ok(tg_index_clear(store, &help_em));
    cr_assert_eq(tg_index_meta_get(store, tg_view_str("key"), &value, NULL), TG_ENOENT);
    tg_store_close(store);
}

static tg_err stop_here(void *ctx, size_t i, const uint64_t *recnos, size_t given, size_t count)
{
    (void)recnos, (void)given, (void)count;
    *(size_t *)ctx = i;
    return TG_EVALUE;
}

Test(store_index, ends_a_batch_where_the_caller_says)
{
    HELP_PLACE(place);
    struct tg_store *store = help_new(&place, NULL);
    (void)add_plain(store, 3);
    uint8_t tokens[5 * 16];
    for (uint64_t i = 0; i < 5; i++) help_token(i, tokens + 16 * i);
    size_t at = 0;
    cr_assert_eq(tg_index_lookup_batch(store, tokens, 5, stop_here, &at, NULL), TG_EVALUE);
    cr_assert_eq(at, 3);
    tg_store_close(store);
}

/* ---- filter ---- */

Test(store_index, filter_never_denies_what_it_holds_and_seldom_confirms_what_it_does_not)
{
    static const uint64_t sizes[] = {1, 10, 1000, 200000};
    for (size_t s = 0; s < 4; s++) {
        struct tg_filter filter = {0};
        cr_assert_eq(tg_filter_init(&filter, sizes[s]), TG_OK);
        uint8_t token[16];
        for (uint64_t i = 0; i < sizes[s]; i++) {
            help_token(i, token);
            tg_filter_add(&filter, token);
        }
        for (uint64_t i = 0; i < sizes[s]; i++) {
            help_token(i, token);
            cr_assert(tg_filter_may_hold(&filter, token));
        }
        uint64_t wrong = 0, tries = 400000;
        for (uint64_t i = 0; i < tries; i++) {
            help_token(1000000 + i, token);
            wrong += tg_filter_may_hold(&filter, token);
        }
        cr_assert_leq(tg_filter_bytes(&filter) * 8, sizes[s] * 10 + 512, "10 bits a token, and a block");
        if (sizes[s] >= 1000)
            cr_assert_lt(wrong * 100, tries, "%llu of %llu", (unsigned long long)wrong,
                         (unsigned long long)tries);
        tg_filter_release(&filter);
    }
    struct tg_filter none = {0};
    uint8_t token[16] = {0};
    cr_assert(!tg_filter_may_hold(&none, token));
}
