/* A courier file written: what a sync engine of its own would send over a link to that peer, sealed in blocks.
 *
 * Decides only where to begin: behind what the peer is known to hold. What may be given is the engine's decision.
 */
#include <stdlib.h>

#include "node/courier.h"
#include "node/engine.h"
#include "node/epochs.h"
#include "node/receipts.h"

enum phase { GREETING, LEAVES, ENVELOPES, WANTS, RECEIPTS, END };

struct out_log {
    uint64_t leaves_from, envelopes_from, until;
};

struct tg_courier_out {
    struct tg_node *node;
    struct tg_hash peer;
    struct tg_courier_header header;
    struct tg_courier_told told;
    struct tg_sync *sync;
    bool knows, header_written;
    enum phase phase;
    struct tg_courier_sent sent[TG_SYNC_LOGS_MAX];
    struct out_log logs[TG_SYNC_LOGS_MAX];
    size_t log_count, log_at;
    uint64_t progress_done, progress_total;
    /* Messages made and not yet in a block. */
    struct tg_arena arena;
    struct tg_view *pending;
    size_t pending_count, pending_at, pending_capacity;
    struct tg_buf body;
    uint32_t next_block;
    uint64_t messages;
};

/* ---- where to begin ---- */

/* Both follow that log: whom we no longer follow stays in the store. */
static bool shared(const struct tg_courier_out *out, const struct tg_hash *origin)
{
    if (tg_hash_equal(origin, &out->node->id)) return true;
    if (!tg_trust_find(out->node, origin)) return false;
    for (size_t i = 0; i < out->told.follow_count; i++)
        if (tg_hash_equal(&out->told.follows[i], origin)) return true;
    return tg_hash_equal(origin, &out->peer);
}

/* First envelope of our own log that the peer has not receipted: 0 when it never gave a receipt. */
static uint64_t unreceipted(struct tg_courier_out *out, const struct tg_log_id *log,
                            const struct tg_receipt *receipt)
{
    struct tg_sync_ops ops = tg_engine_ops(out->node);
    uint64_t index = 0;
    while (!ops.addressed_next(ops.ctx, log, &out->peer, index, &index)) {
        uint64_t next = index;
        for (size_t i = 0; i < receipt->have_count; i++)
            if (receipt->have[i].first <= index && index <= receipt->have[i].last)
                next = receipt->have[i].last + 1;
        for (size_t i = 0; i < receipt->refused_count; i++)
            if (receipt->refused[i].index == next) next++;
        if (next == index) return index;
        index = next;
    }
    return UINT64_MAX;
}

static void begin_own(struct tg_courier_out *out, const struct tg_held_log *held, struct out_log *log)
{
    const struct tg_held_receipt *receipt = tg_receipts_of_epoch(out->node, &out->peer, held->id.epoch);
    if (!receipt) return;
    log->leaves_from = receipt->receipt.size;
    log->envelopes_from = unreceipted(out, &held->id, &receipt->receipt);
}

static void begin_other(const struct tg_courier_out *out, const struct tg_held_log *held, struct out_log *log)
{
    for (size_t i = 0; i < out->told.want_count; i++) {
        if (!tg_log_id_equal(&out->told.wants[i].id, &held->id)) continue;
        log->leaves_from = out->told.wants[i].leaves;
        log->envelopes_from = out->told.wants[i].envelopes;
    }
}

static void logs_choose(struct tg_courier_out *out, bool from_start)
{
    struct tg_node *node = out->node;
    for (size_t i = 0; i < node->log_count; i++) {
        const struct tg_held_log *held = node->logs[i];
        bool theirs = tg_hash_equal(&held->id.origin, &out->peer);
        bool silent = held->own && node->start == TG_START_QUARANTINE;
        if (theirs || silent || !held->signed_size || !shared(out, &held->id.origin)) continue;
        const struct tg_prologue *end = tg_epochs_end(node, &held->id);
        if (end && held->signed_size > end->size) continue; /* nobody would take that head */
        struct out_log *log = &out->logs[out->log_count];
        *log = (struct out_log){.until = held->signed_size};
        if (!from_start && held->own) begin_own(out, held, log);
        if (!from_start && !held->own) begin_other(out, held, log);
        if (log->leaves_from > log->until) log->leaves_from = log->until;
        if (log->envelopes_from > log->until) log->envelopes_from = log->until;
        out->sent[out->log_count++] = (struct tg_courier_sent){.id = held->id};
        out->progress_total += 2 * log->until - log->leaves_from - log->envelopes_from;
    }
}

/* ---- life ---- */

/* What it told over a link that is up now is newer than what it told by courier. */
static void follows_learn(struct tg_courier_out *out)
{
    out->knows = out->told.follow_count > 0;
    size_t count = 0;
    struct tg_hash ids[TG_HELLO_ORIGINS_MAX];
    if (!tg_sync_follows(out->node->sync, &out->peer, ids, &count)) return;
    memcpy(out->told.follows, ids, count * sizeof *ids);
    out->told.follow_count = count;
    out->knows = true;
}

tg_err tg_courier_out_new(struct tg_node *node, const struct tg_peer *peer, bool from_start,
                          struct tg_courier_out **ret_out, struct tg_errmsg *em)
{
    struct tg_courier_out *out = calloc(1, sizeof *out);
    if (!out) return tg_fail(em, TG_ENOMEM, "out of memory");
    out->node = node;
    out->peer = peer->id;
    tg_arena_init(&out->arena, TG_ENGINE_STEP_BYTES_MAX);
    memcpy(out->header.from.bytes, node->id.bytes, sizeof out->header.from.bytes);
    memcpy(out->header.to.bytes, peer->id.bytes, sizeof out->header.to.bytes);
    out->header.made_ms = (uint64_t)tg_clock_wall_ms(node->clock);
    tg_random_fill(node->random, out->header.nonce, sizeof out->header.nonce);
    tg_err err = tg_courier_told_get(node, &peer->id, &out->told);
    if (err == TG_ENOENT) err = TG_OK;
    if (!err) err = tg_courier_engine_new(node, &out->sync);
    if (err) {
        tg_courier_out_free(out);
        return tg_fail(em, err, "cannot begin the file: %s", tg_err_text(err));
    }
    follows_learn(out);
    logs_choose(out, from_start);
    *ret_out = out;
    return TG_OK;
}

void tg_courier_out_free(struct tg_courier_out *out)
{
    if (!out) return;
    tg_sync_free(out->sync);
    tg_arena_release(&out->arena);
    tg_buf_release(&out->body);
    free(out);
}

size_t tg_courier_out_logs(const struct tg_courier_out *out, const struct tg_courier_sent **ret_logs)
{
    *ret_logs = out->sent;
    return out->log_count;
}

uint64_t tg_courier_out_messages(const struct tg_courier_out *out)
{
    return out->messages;
}

void tg_courier_out_progress(const struct tg_courier_out *out, uint64_t *ret_done, uint64_t *ret_total)
{
    *ret_done = out->progress_done;
    *ret_total = out->progress_total;
}

bool tg_courier_out_knows(const struct tg_courier_out *out)
{
    return out->knows;
}

/* ---- messages ---- */

static tg_err pend(struct tg_courier_out *out, struct tg_view message)
{
    if (out->pending_count == out->pending_capacity) {
        size_t capacity = out->pending_capacity ? 2 * out->pending_capacity : 64;
        struct tg_view *more = tg_arena_take_array(&out->arena, capacity, sizeof *more);
        if (!more) return TG_ENOMEM;
        if (out->pending_count) memcpy(more, out->pending, out->pending_count * sizeof *more);
        out->pending = more;
        out->pending_capacity = capacity;
    }
    out->pending[out->pending_count++] = message;
    return TG_OK;
}

static void pending_clear(struct tg_courier_out *out)
{
    tg_arena_clear(&out->arena);
    out->pending = NULL;
    out->pending_count = out->pending_at = out->pending_capacity = 0;
}

static tg_err pend_msg(struct tg_courier_out *out, const struct tg_msg *msg)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    tg_err err = tg_msg_encode(msg, &bytes, NULL);
    void *copy = err ? NULL : tg_arena_copy(&out->arena, bytes.data, bytes.bytes);
    if (!copy) return err ? err : TG_ENOMEM;
    return pend(out, tg_view_of(copy, bytes.bytes));
}

/* What the engine sends stands in the same arena. */
static tg_err step(struct tg_courier_out *out, const struct tg_sync_event *event)
{
    struct tg_sync_effects effects;
    tg_sync_effects_init(&effects, &out->arena);
    tg_err err = tg_sync_step(out->sync, event, &effects);
    for (size_t i = 0; i < effects.count && !err; i++)
        if (effects.items[i].kind == TG_EFFECT_SEND) err = pend(out, effects.items[i].bytes);
    return err;
}

/* As if the peer had said it. */
static tg_err hear(struct tg_courier_out *out, const struct tg_msg *msg)
{
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    tg_err err = tg_msg_encode(msg, &bytes, NULL);
    struct tg_sync_event event = tg_engine_event_now(out->node, TG_SYNC_MESSAGE);
    event.peer = out->peer;
    event.lane = TG_LANE_BULK;
    event.message = tg_buf_view(&bytes);
    return err ? err : step(out, &event);
}

/* Cards and prologues of whoever has begun a new epoch: without them its heads are not believed. */
static tg_err cards_tell(struct tg_courier_out *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < out->log_count && !err; i++) {
        const struct tg_log_id *id = &out->sent[i].id;
        struct tg_msg msg = {.type = TG_MSG_WANT_CARD};
        bool told = !id->epoch;
        for (size_t k = 0; k < i; k++)
            told = told || (out->sent[k].id.epoch && tg_hash_equal(&out->sent[k].id.origin, &id->origin));
        msg.want_card = (struct tg_msg_want_card){.node = id->origin};
        if (!told) err = hear(out, &msg);
    }
    return err;
}

/* ---- phases: each makes some messages, and goes on to the next when it has none left ---- */

static tg_err link_up(struct tg_courier_out *out)
{
    static const enum tg_lane lanes[] = {TG_LANE_BULK, TG_LANE_URGENT};
    struct tg_sync_event event = tg_engine_event_now(out->node, TG_SYNC_PEERS_CHANGED);
    tg_err err = step(out, &event);
    for (size_t i = 0; i < TG_LANES && !err; i++) {
        event = tg_engine_event_now(out->node, TG_SYNC_LINK_UP);
        event.peer = out->peer;
        event.lane = lanes[i];
        err = step(out, &event);
    }
    return err;
}

static tg_err greet(struct tg_courier_out *out)
{
    static const uint32_t suites[] = {1};
    struct tg_hash origins[TG_HELLO_ORIGINS_MAX];
    size_t count = 0;
    origins[count++] = out->peer;
    origins[count++] = out->node->id;
    for (size_t i = 0; i < out->told.follow_count && count < TG_HELLO_ORIGINS_MAX; i++)
        if (!tg_hash_equal(&out->told.follows[i], &out->peer) &&
            !tg_hash_equal(&out->told.follows[i], &out->node->id))
            origins[count++] = out->told.follows[i];
    struct tg_msg msg = {.type = TG_MSG_HELLO};
    msg.hello = (struct tg_msg_hello){.node = out->peer,
                                      .version_min = TG_WIRE_VERSION,
                                      .version_max = TG_WIRE_VERSION,
                                      .suites = suites,
                                      .suite_count = 1,
                                      .origins = origins,
                                      .origin_count = count,
                                      .time_ms = out->header.made_ms,
                                      .software = tg_view_str("courier"),
                                      .answer = true};
    out->phase = LEAVES;
    tg_err err = link_up(out);
    if (!err) err = hear(out, &msg);
    return err ? err : cards_tell(out);
}

static tg_err leaves(struct tg_courier_out *out)
{
    if (out->log_at == out->log_count) {
        out->log_at = 0;
        out->phase = ENVELOPES;
        return TG_OK;
    }
    struct out_log *log = &out->logs[out->log_at];
    struct tg_courier_sent *sent = &out->sent[out->log_at];
    uint64_t left = log->until - log->leaves_from;
    uint32_t count = left < TG_LEAVES_PER_MESSAGE_MAX ? (uint32_t)left : TG_LEAVES_PER_MESSAGE_MAX;
    if (!count) {
        out->log_at++;
        return TG_OK;
    }
    struct tg_msg msg = {.type = TG_MSG_WANT_LEAVES};
    msg.want_leaves = (struct tg_msg_want_leaves){
        .origin = sent->id.origin, .epoch = sent->id.epoch, .start = log->leaves_from, .count = count};
    size_t before = out->pending_count;
    tg_err err = hear(out, &msg);
    if (!err && out->pending_count == before) return TG_EDAMAGED; /* they are held, and cannot be given */
    log->leaves_from += count;
    sent->leaves += count;
    out->progress_done += count;
    return err;
}

/* Counts what was made, and finds out how far the engine has come. */
static tg_err envelopes_count(struct tg_courier_out *out, size_t first, uint64_t *ret_upto)
{
    for (size_t i = first; i < out->pending_count; i++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        struct tg_msg msg;
        tg_arena_init(&arena, TG_MESSAGE_PARSE_BUDGET_BYTES);
        tg_err err = tg_msg_decode(out->pending[i], &arena, &msg, NULL);
        if (err) return TG_EBUG;
        if (msg.type == TG_MSG_ENV && msg.env.offset == 0) out->sent[out->log_at].envelopes++;
        if (msg.type == TG_MSG_ENV_END) *ret_upto = msg.env_end.upto;
    }
    return TG_OK;
}

static tg_err envelopes(struct tg_courier_out *out)
{
    if (out->log_at == out->log_count) {
        out->log_at = 0;
        out->phase = WANTS;
        return TG_OK;
    }
    struct out_log *log = &out->logs[out->log_at];
    const struct tg_courier_sent *sent = &out->sent[out->log_at];
    if (log->envelopes_from >= log->until) {
        out->log_at++;
        return TG_OK;
    }
    struct tg_msg msg = {.type = TG_MSG_WANT_ENV};
    msg.want_env = (struct tg_msg_want_env){.origin = sent->id.origin,
                                            .epoch = sent->id.epoch,
                                            .from = log->envelopes_from,
                                            .until = log->until,
                                            .credit_bytes = TG_COURIER_BODY_BYTES_MAX};
    size_t before = out->pending_count;
    uint64_t upto = log->envelopes_from;
    tg_err err = hear(out, &msg);
    if (!err) err = envelopes_count(out, before, &upto);
    if (!err && upto <= log->envelopes_from) err = TG_EDAMAGED;
    out->progress_done += upto - log->envelopes_from;
    log->envelopes_from = upto;
    return err;
}

/* What we hold of every log that both may speak of: where the file back is to begin. */
static tg_err wants(struct tg_courier_out *out)
{
    struct tg_node *node = out->node;
    tg_err err = TG_OK;
    out->phase = RECEIPTS;
    for (size_t i = 0; i < node->log_count && !err; i++) {
        const struct tg_held_log *held = node->logs[i];
        if (held->own || !shared(out, &held->id.origin)) continue;
        struct tg_msg msg = {.type = TG_MSG_WANT_LEAVES};
        msg.want_leaves = (struct tg_msg_want_leaves){.origin = held->id.origin,
                                                      .epoch = held->id.epoch,
                                                      .start = held->size,
                                                      .count = TG_LEAVES_PER_MESSAGE_MAX};
        err = pend_msg(out, &msg);
        msg = (struct tg_msg){.type = TG_MSG_WANT_ENV};
        msg.want_env = (struct tg_msg_want_env){.origin = held->id.origin,
                                                .epoch = held->id.epoch,
                                                .from = held->env_upto,
                                                .until = INT64_MAX,
                                                .credit_bytes = 1};
        if (!err) err = pend_msg(out, &msg);
    }
    return err;
}

static tg_err receipts(struct tg_courier_out *out)
{
    struct tg_node *node = out->node;
    tg_err err = TG_OK;
    out->phase = END;
    for (size_t i = 0; i < node->log_count && !err; i++) {
        TG_AUTO(tg_buf) struct tg_buf note = {0};
        if (!tg_hash_equal(&node->logs[i]->id.origin, &out->peer)) continue;
        err = tg_receipts_make(node, &node->logs[i]->id, (int64_t)out->header.made_ms, &note);
        struct tg_msg msg = {.type = TG_MSG_RECEIPT};
        msg.receipt = (struct tg_msg_receipt){.note = tg_buf_view(&note)};
        if (!err && note.bytes) err = pend_msg(out, &msg);
    }
    return err;
}

static tg_err (*const phases[END])(struct tg_courier_out *out) = {
    [GREETING] = greet, [LEAVES] = leaves, [ENVELOPES] = envelopes, [WANTS] = wants, [RECEIPTS] = receipts,
};

/* ---- blocks ---- */

/* Fills the body; *ret_full: it takes no more, and there is more. */
static tg_err body_fill(struct tg_courier_out *out, bool *ret_full)
{
    while (out->pending_at < out->pending_count || out->phase != END) {
        if (out->pending_at == out->pending_count) {
            pending_clear(out);
            tg_err err = phases[out->phase](out);
            if (err) return err;
            continue;
        }
        tg_err err = tg_courier_message_put(&out->body, out->pending[out->pending_at]);
        *ret_full = err == TG_ELIMIT;
        if (err) return *ret_full ? TG_OK : err;
        out->pending_at++;
        out->messages++;
    }
    return TG_OK;
}

tg_err tg_courier_out_step(struct tg_courier_out *out, struct tg_buf *bytes, bool *ret_end,
                           struct tg_errmsg *em)
{
    *ret_end = false;
    if (!out->header_written) {
        uint8_t header[TG_COURIER_HEADER_BYTES];
        tg_courier_header_encode(&out->header, header);
        out->header_written = true;
        return tg_buf_put(bytes, header, sizeof header);
    }
    bool full = false;
    if (!tg_trust_find(out->node, &out->peer))
        return tg_fail(em, TG_EDENIED, "the addressee was removed from the peers meanwhile");
    tg_err err = body_fill(out, &full);
    struct tg_courier_block block = {
        .number = out->next_block, .last = !full, .messages = out->messages, .body = tg_buf_view(&out->body)};
    struct tg_signer signer = tg_vault_signer(out->node->vault, TG_VAULT_KEY_STORE);
    if (!err) err = tg_courier_block_seal(&out->header, &block, &signer, bytes);
    if (err) return tg_fail(em, err, "cannot write the file: %s", tg_err_text(err));
    tg_buf_clear(&out->body);
    out->next_block++;
    *ret_end = !full;
    return TG_OK;
}
