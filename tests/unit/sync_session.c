/* Two engines and a link that comes and goes: each side sees each lane break and come back at its own moment, what was
 * under way is lost. Whatever happened, once the link stays up both have greeted each other and nothing is missing.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "node/sync.h"
#include "tests/unit/base_chance.h"

#define LEAVES 9
#define SEEDS 150
#define FLIPS 40
#define LEAVES_MAX 16
#define ENVELOPE_BYTES (2 * TG_ENV_CHUNK_BYTES_MAX + 1) /* in three pieces */
#define QUEUE_MAX 512
#define TICK_US 50000
/* Less than any idle period: only what the session itself does may help. Above what one lost question costs. */
#define HEAL_US (2 * TG_SYNC_ASK_TIMEOUT_US + 2000000)

struct message {
    enum tg_lane lane;
    size_t bytes;
    uint8_t data[];
};

/* What one node would be: a log of its own, a copy of the other's, and messages on the way to it. */
struct side {
    struct side *other;
    struct tg_hash id;
    struct tg_sync *sync;
    uint64_t own_size, held_size, env_upto;
    bool held[LEAVES_MAX]; /* the envelopes of the other's log; all of them are for us */
    bool up[TG_LANES];
    struct message *in[QUEUE_MAX];
    size_t in_count;
};

struct pair {
    struct side sides[2];
    struct chance chance;
    int64_t now_us;
};

/* ---- what the engines ask ---- */

static struct side *side_of(void *ctx)
{
    return ctx;
}

static bool is_own(struct side *side, const struct tg_log_id *log)
{
    return tg_hash_equal(&log->origin, &side->id);
}

static uint64_t size_of(struct side *side, const struct tg_log_id *log)
{
    return is_own(side, log) ? side->own_size : side->held_size;
}

static size_t peers_list(void *ctx, struct tg_hash *ret_ids, size_t max)
{
    (void)max;
    ret_ids[0] = side_of(ctx)->other->id;
    return 1;
}

static size_t logs_list(void *ctx, struct tg_log_id *ret_logs, size_t max)
{
    (void)max;
    ret_logs[0] = (struct tg_log_id){.origin = side_of(ctx)->id};
    ret_logs[1] = (struct tg_log_id){.origin = side_of(ctx)->other->id};
    return side_of(ctx)->held_size ? 2 : 1;
}

static tg_err log_state(void *ctx, const struct tg_log_id *log, struct tg_log_state *ret_state)
{
    struct side *side = ctx;
    uint64_t size = size_of(side, log);
    *ret_state = (struct tg_log_state){.size = size, .env_upto = is_own(side, log) ? size : side->env_upto};
    return TG_OK;
}

/* A checkpoint is its size in one byte. */
static tg_err checkpoint_get(void *ctx, const struct tg_log_id *log, struct tg_buf *out)
{
    uint8_t size = (uint8_t)size_of(side_of(ctx), log);
    return size ? tg_buf_put(out, &size, 1) : TG_ENOENT;
}

static tg_err checkpoint_verify(void *ctx, const struct tg_log_id *log, struct tg_view note,
                                uint64_t *ret_size, struct tg_hash *ret_root)
{
    (void)ctx;
    (void)log;
    *ret_size = note.data[0];
    *ret_root = (struct tg_hash){.bytes = {note.data[0]}};
    return TG_OK;
}

static tg_err root_at(void *ctx, const struct tg_log_id *log, uint64_t size, struct tg_hash *ret_root)
{
    (void)ctx;
    (void)log;
    *ret_root = (struct tg_hash){.bytes = {(uint8_t)size}};
    return TG_OK;
}

static tg_err leaves_get(void *ctx, const struct tg_log_id *log, uint64_t start, uint32_t count,
                         struct tg_buf *out)
{
    static const uint8_t leaf[TG_WIRE_LEAF_BYTES] = {1};
    tg_err err = start + count <= size_of(side_of(ctx), log) ? TG_OK : TG_ENOENT;
    for (uint32_t i = 0; !err && i < count; i++) err = tg_buf_put(out, leaf, sizeof leaf);
    return err;
}

static tg_err consistency_get(void *ctx, const struct tg_log_id *log, uint64_t old_size, uint64_t new_size,
                              struct tg_buf *out)
{
    (void)ctx;
    (void)log;
    (void)old_size;
    (void)new_size;
    (void)out;
    return TG_OK;
}

static tg_err leaves_verify(void *ctx, const struct tg_log_id *log, struct tg_view leaves, uint64_t size,
                            const struct tg_hash *root, struct tg_view consistency)
{
    (void)ctx;
    (void)log;
    (void)leaves;
    (void)size;
    (void)root;
    (void)consistency;
    return TG_OK;
}

static tg_err addressed_next(void *ctx, const struct tg_log_id *log, const struct tg_hash *peer,
                             uint64_t from, uint64_t *ret_index)
{
    struct side *side = ctx;
    if (!is_own(side, log) || !tg_hash_equal(peer, &side->other->id) || from >= side->own_size)
        return TG_ENOENT;
    *ret_index = from;
    return TG_OK;
}

static uint64_t addressed_newest(void *ctx, const struct tg_log_id *log, const struct tg_hash *peer,
                                 uint64_t upto)
{
    struct side *side = ctx;
    if (!is_own(side, log) || !tg_hash_equal(peer, &side->other->id)) return 0;
    return upto < side->own_size ? upto : side->own_size;
}

static tg_err envelope_get(void *ctx, const struct tg_envelope_ref *ref, const struct tg_hash *peer,
                           struct tg_buf *out, struct tg_envelope_extra *ret_extra)
{
    static const uint8_t envelope[ENVELOPE_BYTES];
    (void)peer;
    if (!is_own(ctx, &ref->log)) return TG_ENOENT;
    *ret_extra = (struct tg_envelope_extra){.slot_count = 0};
    return tg_buf_put(out, envelope, sizeof envelope);
}

static bool envelope_held(void *ctx, const struct tg_envelope_ref *ref)
{
    return is_own(ctx, &ref->log) || side_of(ctx)->held[ref->index];
}

static tg_err wanted_first(void *ctx, const struct tg_log_id *log, uint64_t *ret_index)
{
    struct side *side = ctx;
    for (uint64_t i = 0; !is_own(side, log) && i < side->held_size; i++) {
        if (side->held[i]) continue;
        *ret_index = i;
        return TG_OK;
    }
    return TG_ENOENT;
}

static tg_err receipt_make(void *ctx, const struct tg_log_id *log, int64_t wall_ms, struct tg_buf *out)
{
    (void)ctx;
    (void)log;
    (void)wall_ms;
    (void)out;
    return TG_OK;
}

static size_t urgent_unreceipted(void *ctx, const struct tg_hash *peer, uint64_t *ret_indexes, size_t max)
{
    (void)ctx;
    (void)peer;
    (void)ret_indexes;
    (void)max;
    return 0;
}

static void card_info(void *ctx, uint64_t *ret_serial, struct tg_hash *ret_hash)
{
    (void)ctx;
    *ret_serial = 1;
    *ret_hash = (struct tg_hash){.bytes = {0}};
}

static tg_err cosignatures_get(void *ctx, const struct tg_log_id *log, uint64_t size, struct tg_buf *out)
{
    (void)ctx;
    (void)log;
    (void)size;
    (void)out;
    return TG_OK;
}

static tg_err cosignatures_verify(void *ctx, const struct tg_log_id *log, uint64_t size,
                                  const struct tg_hash *root, struct tg_view lines)
{
    (void)ctx;
    (void)log;
    (void)size;
    (void)root;
    (void)lines;
    return TG_OK;
}

static tg_err fork_get(void *ctx, size_t i, struct tg_hash *ret_origin, uint32_t *ret_kind,
                       struct tg_buf *out)
{
    (void)ctx;
    (void)i;
    (void)ret_origin;
    (void)ret_kind;
    (void)out;
    return TG_ENOENT;
}

static tg_err fork_verify(void *ctx, uint32_t kind, struct tg_view evidence)
{
    (void)ctx;
    (void)kind;
    (void)evidence;
    return TG_EEXIST;
}

static bool is_frozen(void *ctx, const struct tg_hash *origin)
{
    (void)ctx;
    (void)origin;
    return false;
}

static bool relays(void *ctx, const struct tg_hash *origin, const struct tg_hash *who)
{
    (void)ctx;
    (void)origin;
    (void)who;
    return false;
}

static uint64_t cards_upto(void *ctx, const struct tg_hash *node)
{
    (void)ctx, (void)node;
    return 1;
}
static tg_err card_is(void *ctx, const struct tg_hash *node, uint64_t serial, const struct tg_hash *hash)
{
    (void)ctx, (void)node, (void)serial, (void)hash;
    return TG_OK;
}
static tg_err card_next(void *ctx, const struct tg_hash *node, uint64_t *serial, struct tg_buf *out)
{
    (void)ctx, (void)node, (void)serial, (void)out;
    return TG_ENOENT;
}

/* ---- the link ---- */

static void step(struct pair *pair, struct side *side, struct tg_sync_event event);

static void send(struct side *to, enum tg_lane lane, struct tg_view bytes)
{
    cr_assert(to->in_count < QUEUE_MAX, "the engines talk without end");
    struct message *message = malloc(sizeof *message + bytes.bytes);
    cr_assert_not_null(message);
    message->lane = lane;
    message->bytes = bytes.bytes;
    memcpy(message->data, bytes.data, bytes.bytes);
    to->in[to->in_count++] = message;
}

/* Everything on that lane that is on the way to that side. */
static void lose(struct side *to, enum tg_lane lane)
{
    size_t kept = 0;
    for (size_t i = 0; i < to->in_count; i++) {
        if (to->in[i]->lane == lane)
            free(to->in[i]);
        else
            to->in[kept++] = to->in[i];
    }
    to->in_count = kept;
}

static void deliver_one(struct pair *pair, struct side *side)
{
    if (!side->in_count) return;
    struct message *message = side->in[0];
    memmove(side->in, side->in + 1, --side->in_count * sizeof side->in[0]);
    if (side->up[message->lane])
        step(pair, side,
             (struct tg_sync_event){.kind = TG_SYNC_MESSAGE,
                                    .peer = side->other->id,
                                    .lane = message->lane,
                                    .message = tg_view_of(message->data, message->bytes)});
    free(message);
}

static void effect_do(struct pair *pair, struct side *side, const struct tg_sync_effect *effect)
{
    if (effect->kind == TG_EFFECT_SEND && side->up[effect->lane])
        send(side->other, effect->lane, effect->bytes);
    cr_assert(effect->kind != TG_EFFECT_DISCONNECT && effect->kind != TG_EFFECT_ODDITY &&
                  effect->kind != TG_EFFECT_FORK,
              "nobody here misbehaves");
    if (effect->kind == TG_EFFECT_STORE_CURSOR) side->env_upto = effect->index;
    if (effect->kind == TG_EFFECT_STORE_LEAVES) {
        side->held_size = effect->index + effect->bytes.bytes / TG_WIRE_LEAF_BYTES;
        step(pair, side, (struct tg_sync_event){.kind = TG_SYNC_LEAVES_STORED, .log = effect->log});
    }
    if (effect->kind == TG_EFFECT_STORE_ENVELOPE) {
        cr_expect_eq(effect->bytes.bytes, ENVELOPE_BYTES);
        side->held[effect->index] = true;
        step(pair, side,
             (struct tg_sync_event){
                 .kind = TG_SYNC_ENVELOPE_STORED, .log = effect->log, .index = effect->index});
    }
}

static void step(struct pair *pair, struct side *side, struct tg_sync_event event)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 16777216);
    struct tg_sync_effects effects;
    tg_sync_effects_init(&effects, &arena);
    event.now_us = pair->now_us;
    cr_assert_eq(tg_sync_step(side->sync, &event, &effects), TG_OK);
    for (size_t i = 0; i < effects.count; i++) effect_do(pair, side, &effects.items[i]);
}

static void lane_set(struct pair *pair, struct side *side, enum tg_lane lane, bool up)
{
    if (side->up[lane] == up) return;
    side->up[lane] = up;
    step(pair, side,
         (struct tg_sync_event){
             .kind = up ? TG_SYNC_LINK_UP : TG_SYNC_LINK_DOWN, .peer = side->other->id, .lane = lane});
}

static bool own_recovers(void *ctx)
{
    (void)ctx;
    return false;
}
static tg_err own_bare_next(void *ctx, const struct tg_log_id *log, uint64_t from, uint64_t *ret_first,
                            uint64_t *ret_end)
{
    (void)ctx, (void)log, (void)from, (void)ret_first, (void)ret_end;
    return TG_ENOENT;
}

static uint32_t own_epoch(void *ctx)
{
    (void)ctx;
    return 0;
}
static tg_err epoch_next(void *ctx, const struct tg_hash *id, uint32_t *epoch, struct tg_buf *out)
{
    (void)ctx, (void)id, (void)epoch, (void)out;
    return TG_ENOENT;
}
static tg_err closed_before(void *ctx, const struct tg_log_id *log, uint64_t below, uint64_t *ret_index)
{
    (void)ctx, (void)log, (void)below, (void)ret_index;
    return TG_ENOENT;
}
static tg_err reseal_give(void *ctx, const struct tg_envelope_ref *ref, const struct tg_hash *peer,
                          struct tg_buf *out)
{
    (void)ctx, (void)ref, (void)peer, (void)out;
    return TG_ENOENT;
}

/* ---- life ---- */

static void side_open(struct pair *pair, size_t at)
{
    struct side *side = &pair->sides[at];
    struct tg_sync_ops ops = {
        .ctx = side,
        .peers_list = peers_list,
        .logs_list = logs_list,
        .log_state = log_state,
        .checkpoint_get = checkpoint_get,
        .checkpoint_verify = checkpoint_verify,
        .root_at = root_at,
        .leaves_get = leaves_get,
        .consistency_get = consistency_get,
        .leaves_verify = leaves_verify,
        .addressed_next = addressed_next,
        .addressed_newest = addressed_newest,
        .envelope_get = envelope_get,
        .envelope_held = envelope_held,
        .wanted_first = wanted_first,
        .receipt_make = receipt_make,
        .urgent_unreceipted = urgent_unreceipted,
        .card_info = card_info,
        .relays = relays,
        .cosignatures_get = cosignatures_get,
        .cosignatures_verify = cosignatures_verify,
        .fork_get = fork_get,
        .fork_verify = fork_verify,
        .is_frozen = is_frozen,
        .own_recovers = own_recovers,
        .own_bare_next = own_bare_next,
        .cards_upto = cards_upto,
        .card_is = card_is,
        .card_next = card_next,
        .own_epoch = own_epoch,
        .epoch_next = epoch_next,
        .closed_before = closed_before,
        .reseal_give = reseal_give,
    };
    side->other = &pair->sides[1 - at];
    side->id = (struct tg_hash){.bytes = {(uint8_t)(at + 1)}};
    side->own_size = LEAVES;
    struct tg_sync_identity identity = {.node = side->id, .software = "test"};
    cr_assert_eq(tg_sync_new(&identity, &ops, &side->sync), TG_OK);
}

static void pair_open(struct pair *pair, uint64_t seed)
{
    *pair = (struct pair){.chance = {.state = seed}, .now_us = 1000000000};
    for (size_t at = 0; at < 2; at++) side_open(pair, at);
    for (size_t at = 0; at < 2; at++)
        step(pair, &pair->sides[at], (struct tg_sync_event){.kind = TG_SYNC_PEERS_CHANGED});
}

static void pair_close(struct pair *pair)
{
    for (size_t at = 0; at < 2; at++) {
        for (enum tg_lane lane = 0; lane < TG_LANES; lane++) lose(&pair->sides[at], lane);
        tg_sync_free(pair->sides[at].sync);
    }
}

/* One lane at one side changes, or a message arrives, or time passes. */
static void trouble(struct pair *pair)
{
    struct side *side = &pair->sides[chance_below(&pair->chance, 2)];
    enum tg_lane lane = (enum tg_lane)chance_below(&pair->chance, TG_LANES);
    switch (chance_below(&pair->chance, 5)) {
    case 0:
        lane_set(pair, side, lane, !side->up[lane]);
        break;
    case 1: /* as when the connection that died was not the one that is taken up: at once */
        lane_set(pair, side, lane, false);
        if (chance_below(&pair->chance, 2)) lose(side, lane);
        lane_set(pair, side, lane, true);
        break;
    case 2:
        pair->now_us += (int64_t)chance_below(&pair->chance, 300000);
        step(pair, side, (struct tg_sync_event){.kind = TG_SYNC_TICK});
        break;
    default:
        deliver_one(pair, side);
        break;
    }
}

/* The lanes come up in any order, and stay. */
static void calm(struct pair *pair)
{
    for (size_t up = 0; up < 2 * TG_LANES;) {
        struct side *side = &pair->sides[chance_below(&pair->chance, 2)];
        enum tg_lane lane = (enum tg_lane)chance_below(&pair->chance, TG_LANES);
        if (chance_below(&pair->chance, 3)) {
            deliver_one(pair, side);
            continue;
        }
        lane_set(pair, side, lane, true);
        up = 0;
        for (size_t at = 0; at < 2; at++) up += (size_t)pair->sides[at].up[0] + (size_t)pair->sides[at].up[1];
    }
    for (int64_t until = pair->now_us + HEAL_US; pair->now_us < until; pair->now_us += TICK_US) {
        for (size_t at = 0; at < 2; at++)
            step(pair, &pair->sides[at], (struct tg_sync_event){.kind = TG_SYNC_TICK});
        while (pair->sides[0].in_count || pair->sides[1].in_count)
            deliver_one(pair, &pair->sides[pair->sides[0].in_count ? 0 : 1]);
    }
}

static void commit(struct pair *pair, struct side *side, size_t count)
{
    struct tg_log_id own = {.origin = side->id};
    uint64_t first = side->own_size;
    side->own_size += count;
    if (!count) return;
    step(pair, side,
         (struct tg_sync_event){.kind = TG_SYNC_OWN_COMMITTED, .log = own, .index = first, .count = count});
}

static void expect_whole(struct pair *pair, uint64_t seed)
{
    for (size_t at = 0; at < 2; at++) {
        struct side *side = &pair->sides[at];
        struct tg_sync_peer_view view;
        cr_assert(tg_sync_peer(side->sync, &side->other->id, &view));
        cr_expect(view.greeted, "seed %llu: side %zu waits for a greeting", (unsigned long long)seed, at);
        cr_expect(view.enrolled_us);
        cr_expect_eq(side->held_size, side->other->own_size, "seed %llu: side %zu holds %llu of %llu leaves",
                     (unsigned long long)seed, at, (unsigned long long)side->held_size,
                     (unsigned long long)side->other->own_size);
        for (uint64_t i = 0; i < side->held_size; i++)
            cr_expect(side->held[i], "seed %llu: side %zu lacks envelope %llu", (unsigned long long)seed, at,
                      (unsigned long long)i);
        cr_expect(view.own_size_known, "seed %llu: side %zu does not know what of its log is held",
                  (unsigned long long)seed, at);
    }
}

Test(sync_session, heals_whatever_each_side_saw_of_the_link)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct pair pair;
        pair_open(&pair, seed);
        if (seed % 3) pair.sides[1].own_size = 0; /* a side without a log of its own says little by itself */
        for (size_t i = 0; i < FLIPS; i++) trouble(&pair);
        commit(&pair, &pair.sides[0], chance_below(&pair.chance, 3));
        calm(&pair);
        expect_whole(&pair, seed);
        pair_close(&pair);
    }
}

Test(sync_session, a_greeting_that_was_forgotten_is_said_again)
{
    struct pair pair;
    pair_open(&pair, 1);
    struct side *first = &pair.sides[0], *second = &pair.sides[1];
    for (enum tg_lane lane = 0; lane < TG_LANES; lane++) {
        lane_set(&pair, first, lane, true);
        lane_set(&pair, second, lane, true);
    }
    calm(&pair);
    /* The first sees its connection die and takes up the other one; its greeting comes over that. Only then does the
     * second see the death, and forgets the greeting with all else. */
    lane_set(&pair, first, TG_LANE_URGENT, false);
    lane_set(&pair, first, TG_LANE_URGENT, true);
    while (second->in_count) deliver_one(&pair, second);
    lane_set(&pair, second, TG_LANE_URGENT, false);
    lane_set(&pair, second, TG_LANE_URGENT, true);
    commit(&pair, first, 1);
    calm(&pair);
    expect_whole(&pair, 0);
    pair_close(&pair);
}

Test(sync_session, greetings_come_to_an_end)
{
    struct pair pair;
    pair_open(&pair, 1);
    for (enum tg_lane lane = 0; lane < TG_LANES; lane++)
        for (size_t at = 0; at < 2; at++) lane_set(&pair, &pair.sides[at], lane, true);
    size_t delivered = 0;
    for (; pair.sides[0].in_count || pair.sides[1].in_count; delivered++)
        deliver_one(&pair, &pair.sides[pair.sides[0].in_count ? 0 : 1]);
    cr_expect(delivered < 100, "%zu messages for one start", delivered);
    pair_close(&pair);
}
