/* Killed at any moment, the store holds what it acknowledged, the index claims nothing it does not hold.
 *
 * A child works on the store and acknowledges each step through a pipe; the parent kills it with SIGKILL
 * after some acknowledgements and some instructions more, opens the store and compares; then the next child
 * goes on from there. What is in entry i, and which records are removed by then, follows from i alone.
 */
#include <signal.h>

#include "store_help.h"

enum { ROUNDS = 120, REMOVE_EVERY = 5, REMOVE_LATER = 20, SHARED_TOKEN = 1000000 };

/* The child's word: so many entries are committed, so many are covered by the index. */
struct ack {
    uint64_t held, covered;
};

/* ---- the child ---- */

struct batch {
    uint64_t first, count;
};

static void body_of(uint64_t index, uint8_t out[64])
{
    struct help_rng rng = {index};
    for (int i = 0; i < 8; i++) tg_be64_put(out + 8 * i, help_next(&rng));
}

static tg_err append_batch(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    const struct batch *batch = ctx;
    for (uint64_t i = batch->first; i < batch->first + batch->count; i++) {
        uint8_t leaf[33] = {1}, body[64];
        tg_be64_put(leaf + 1, i);
        body_of(i, body);
        struct tg_store_entry entry = {.leaf = leaf};
        tg_err err = tg_store_entry_append(txn, 0, i, &entry);
        if (!err) err = tg_store_place_put(txn, TG_PLACE_BODY, 0, i, TG_VIEW_ARRAY(body));
        if (err) return err;
    }
    struct tg_store_head head = {.size = batch->first + batch->count};
    return tg_store_head_put(txn, 0, TG_HEAD_TREE, &head);
}

static tg_err index_one(struct tg_store *store, uint64_t i)
{
    struct tg_index_rec rec = {.index = i, .time = (int64_t)i, .expiry = TG_INDEX_NO_TIME};
    uint8_t tokens[32];
    uint64_t recno = 0;
    help_token(i, tokens);
    help_token(SHARED_TOKEN, tokens + 16);
    struct tg_index_row row = {.type = 1, .value = TG_VIEW_ARRAY(tokens)};
    tg_err err = tg_index_add(store, &rec, tokens, 2, &row, 1, &recno, NULL);
    if (!err && recno != i) err = TG_EBUG;
    if (!err && i >= REMOVE_LATER && (i - REMOVE_LATER) % REMOVE_EVERY == 0)
        err = tg_index_remove(store, i - REMOVE_LATER, NULL);
    return err;
}

static tg_err held_of(struct tg_store *store, uint64_t *ret_held)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(store, &txn, NULL);
    return err ? err : tg_store_log_held(txn, 0, ret_held);
}

/* Dies here now and then, whatever the machine's pace: what was just committed is then never acknowledged. */
static void perhaps_die(struct help_rng *rng)
{
    if (help_below(rng, 40) == 0) raise(SIGKILL);
}

static tg_err one_step(struct tg_store *store, struct help_rng *rng, struct ack *ack, uint64_t *indexed)
{
    struct tg_index_position position = {.log = 0};
    struct batch batch = {.first = ack->held, .count = 1 + help_below(rng, 30)};
    tg_err err = tg_store_write(store, append_batch, &batch, NULL);
    if (err) return err;
    perhaps_die(rng);
    ack->held += batch.count;
    for (; *indexed < ack->held && !err; ++*indexed) err = index_one(store, *indexed);
    if (err || help_below(rng, 3)) return err;
    position.next = *indexed;
    err = tg_index_flush(store, &position, 1, NULL);
    if (err) return err;
    perhaps_die(rng);
    ack->covered = *indexed;
    bool more = true;
    for (uint64_t i = help_below(rng, 4); i > 0 && more && !err; i--)
        err = tg_index_merge_step(store, 1 + help_below(rng, 200), &more, NULL);
    return err;
}

static void work_until_killed(const char *dir, int acks, uint64_t seed)
{
    struct help_rng rng = {seed};
    struct tg_store *store = NULL;
    struct ack ack = {0};
    struct tg_store_options options = {.log_map_bytes = 65536, .index_map_bytes = 65536};
    if (tg_store_open(dir, &options, &store, NULL) || held_of(store, &ack.held) ||
        tg_index_covered(store, 0, &ack.covered, NULL))
        _exit(3);
    uint64_t indexed = ack.covered;
    for (;;) {
        if (write(acks, &ack, sizeof ack) != sizeof ack) _exit(4);
        if (one_step(store, &rng, &ack, &indexed)) _exit(5);
    }
}

/* ---- the parent ---- */

static struct ack run_and_kill(const char *dir, struct help_rng *rng)
{
    int ends[2];
    struct ack ack = {0}, next;
    cr_assert_eq(pipe(ends), 0);
    uint64_t seed = help_next(rng);
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        close(ends[0]);
        work_until_killed(dir, ends[1], seed);
    }
    close(ends[1]);
    bool alive = true;
    for (uint64_t i = 1 + help_below(rng, 12); i > 0 && alive; i--) {
        alive = read(ends[0], &next, sizeof next) == sizeof next;
        if (alive) ack = next;
    }
    for (volatile uint64_t i = help_below(rng, 2000000); i > 0; i--) continue;
    kill(child, SIGKILL);
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the child ended by itself: %d", status);
    while (read(ends[0], &next, sizeof next) == sizeof next) ack = next;
    close(ends[0]);
    return ack;
}

static void check_log(struct tg_store *store, uint64_t held)
{
    struct tg_rtxn *txn = NULL;
    help_ok(tg_store_read_begin(store, &txn, &help_em));
    struct tg_store_head head = {0};
    if (held) cr_assert_eq(tg_store_head_get(txn, 0, TG_HEAD_TREE, &head), TG_OK);
    cr_assert_eq(head.size, held, "entries and head are one transaction");
    for (uint64_t i = 0; i < held; i++) {
        struct tg_store_entry entry;
        struct tg_view body;
        uint8_t expected[64];
        cr_assert_eq(tg_store_entry_get(txn, 0, i, &entry), TG_OK);
        cr_assert_eq(tg_be64_get(entry.leaf + 1), i);
        cr_assert_eq(tg_store_place_get(txn, TG_PLACE_BODY, 0, i, &body), TG_OK);
        body_of(i, expected);
        cr_assert(tg_view_equal(body, TG_VIEW_ARRAY(expected)));
    }
    tg_store_read_end(txn);
}

static bool is_alive(uint64_t i, uint64_t covered)
{
    return i < covered && !(i % REMOVE_EVERY == 0 && i + REMOVE_LATER < covered);
}

static void check_index(struct tg_store *store, uint64_t covered)
{
    cr_assert_eq(tg_index_records(store), covered);
    uint8_t token[16];
    uint64_t recno = 0, alive = 0;
    size_t count = 0;
    for (uint64_t i = 0; i < covered + 40; i++) {
        struct tg_view row;
        help_token(i, token);
        help_ok(tg_index_lookup(store, token, &recno, 1, &count, &help_em));
        cr_assert_eq(count, is_alive(i, covered), "record %zu of %zu", (size_t)i, (size_t)covered);
        cr_assert_eq(tg_index_row_get(store, 1, i, &row, NULL), is_alive(i, covered) ? TG_OK : TG_ENOENT);
        alive += is_alive(i, covered);
    }
    help_token(SHARED_TOKEN, token);
    help_ok(tg_index_lookup(store, token, &recno, 1, &count, &help_em));
    cr_assert_eq(count, alive);
}

Test(store_crash, holds_what_it_acknowledged_after_a_kill_at_any_moment)
{
    HELP_PLACE(place);
    struct help_rng rng = {20240630};
    help_ok(tg_store_create(place.store, NULL, &help_em));
    uint64_t unacknowledged = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct ack ack = run_and_kill(place.store, &rng);
        struct tg_store *store = help_open(place.store, NULL);
        uint64_t held = 0, covered = 0;
        help_ok(held_of(store, &held));
        help_ok(tg_index_covered(store, 0, &covered, &help_em));
        cr_assert_geq(held, ack.held, "acknowledged is durable");
        cr_assert_geq(covered, ack.covered);
        cr_assert_leq(covered, held, "the index never claims what the log does not hold");
        unacknowledged += held != ack.held || covered != ack.covered;
        check_log(store, held);
        check_index(store, covered);
        tg_store_close(store);
    }
    cr_assert_gt(unacknowledged, 0, "some kills fell between a commit and its acknowledgement");
}

/* Killed while it is being made, a store is either not there or whole. */
Test(store_crash, is_made_whole_or_not_at_all)
{
    struct help_rng rng = {7};
    for (int round = 0; round < 60; round++) {
        HELP_PLACE(place);
        pid_t child = fork();
        cr_assert(child >= 0);
        if (child == 0) _exit(tg_store_create(place.store, NULL, NULL) ? 3 : 0);
        for (volatile uint64_t i = help_below(&rng, 30000000); i > 0; i--) continue;
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        struct tg_store *store = NULL;
        struct tg_errmsg em = {0};
        tg_err err = tg_store_open(place.store, NULL, &store, &em);
        cr_assert(err == TG_OK || err == TG_ENOENT, "%s", em.text);
        if (err) help_ok(tg_store_create(place.store, NULL, &help_em));
        tg_store_close(store);
    }
}

/* The same for an index that is thrown away: old, or new and empty, and the store opens. */
Test(store_crash, clears_the_index_whole_or_not_at_all)
{
    HELP_PLACE(place);
    struct help_rng rng = {8};
    size_t cleared = 0;
    help_ok(tg_store_create(place.store, NULL, &help_em));
    for (int round = 0; round < 40; round++) {
        int ends[2];
        uint8_t said;
        cr_assert_eq(pipe(ends), 0);
        pid_t child = fork();
        cr_assert(child >= 0);
        if (child == 0) {
            struct tg_store *store = NULL;
            if (tg_store_open(place.store, NULL, &store, NULL) || write(ends[1], "o", 1) != 1 ||
                tg_index_clear(store, NULL) || write(ends[1], "c", 1) != 1)
                _exit(3);
            for (;;) pause();
        }
        close(ends[1]);
        cr_assert_eq(read(ends[0], &said, 1), 1, "it is open");
        if (round == 39) cr_assert_eq(read(ends[0], &said, 1), 1, "this one may finish");
        for (volatile uint64_t i = help_below(&rng, 8000000); i > 0; i--) continue;
        kill(child, SIGKILL);
        close(ends[0]);
        waitpid(child, NULL, 0);
        struct tg_store *store = help_open(place.store, NULL);
        uint64_t covered = 0;
        help_ok(tg_index_covered(store, 0, &covered, &help_em));
        cr_assert(covered == 0 || covered == 12);
        cleared += round && covered == 0;
        if (covered == 0)
            for (uint64_t i = 0; i < 12; i++) cr_assert_eq(index_one(store, i), TG_OK);
        struct tg_index_position position = {.log = 0, .next = 12};
        help_ok(tg_index_flush(store, &position, 1, &help_em));
        check_index(store, 12);
        tg_store_close(store);
    }
    cr_assert(cleared > 0, "at least once it was in time");
}
