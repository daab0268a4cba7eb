/* The sync engine's giving side: heads, leaves with their proof, envelopes to whom they are addressed, receipts.
 *
 * Does no I/O. What may be given is decided by tg_sync_shared and by the slots the store knows.
 */
#include "base/cleanup.h"
#include "node/sync_internal.h"

/* The log's head into msg; its note goes to the arena. False when there is nothing to say of it. */
static bool head_of(struct sync_step *step, const struct tg_log_id *log, struct tg_msg_head *ret_head)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    uint64_t size = 0;
    struct tg_hash root;
    if (ops->checkpoint_get(ops->ctx, log, &note)) return false;
    if (ops->checkpoint_verify(ops->ctx, log, tg_buf_view(&note), &size, &root) || size == 0) return false;
    void *copy = tg_arena_copy(step->effects->arena, note.data, note.bytes);
    if (!copy) return false;
    *ret_head = (struct tg_msg_head){
        .origin = log->origin, .epoch = log->epoch, .size = size, .checkpoint = tg_view_of(copy, note.bytes)};
    return true;
}

/* Whoever has seen it cosigned, shows it cosigned. */
static bool head_with_lines(struct sync_step *step, const struct tg_log_id *log, struct tg_msg_head *ret_head)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    TG_AUTO(tg_buf) struct tg_buf lines = {0};
    if (!head_of(step, log, ret_head)) return false;
    if (ops->cosignatures_get(ops->ctx, log, ret_head->size, &lines) || !lines.bytes) return true;
    void *copy = tg_arena_copy(step->effects->arena, lines.data, lines.bytes);
    if (copy) ret_head->cosignatures = tg_view_of(copy, lines.bytes);
    return true;
}

/* A peer reads from the first message whether we hold anything of its own log. */
static void peers_own_first(struct tg_log_id *logs, size_t count, const struct tg_hash *peer)
{
    size_t front = 0;
    for (size_t i = 0; i < count; i++) {
        if (!tg_hash_equal(&logs[i].origin, peer)) continue;
        struct tg_log_id held = logs[front];
        logs[front++] = logs[i];
        logs[i] = held;
    }
}

static void send_heads(struct sync_step *step, const struct sync_peer *peer, const struct tg_msg_head *heads,
                       size_t count)
{
    struct tg_msg msg = {.type = TG_MSG_HEADS};
    msg.heads = (struct tg_msg_heads){.heads = heads, .count = count};
    tg_sync_send(step, peer, TG_LANE_URGENT, &msg);
}

void tg_sync_send_heads(struct sync_step *step, struct sync_peer *peer)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    struct tg_log_id logs[TG_SYNC_LOGS_MAX];
    struct tg_msg_head heads[TG_HEADS_PER_MESSAGE_MAX];
    size_t count = 0, bytes = 0, total = ops->logs_list(ops->ctx, logs, TG_SYNC_LOGS_MAX);
    peers_own_first(logs, total, &peer->id);
    for (size_t i = 0; i < total; i++) {
        if (!tg_sync_shared(step->sync, peer, &logs[i].origin) ||
            !head_with_lines(step, &logs[i], &heads[count]))
            continue;
        bytes += heads[count].checkpoint.bytes + heads[count].cosignatures.bytes + TG_HEAD_MESSAGE_BYTES;
        count++;
        /* The next one may bring as many lines as there can be. */
        if (count < TG_HEADS_PER_MESSAGE_MAX && bytes < TG_FRAME_BYTES_MAX / 2) continue;
        send_heads(step, peer, heads, count);
        count = bytes = 0;
    }
    send_heads(step, peer, heads,
               count); /* none at all is an answer too: the peer waits for it at its start */
    peer->heads_sent_us = step->now_us;
    peer->heads_due = false;
}

/* Which of count leaves from start are addressed to the peer and held here. */
static size_t for_you_list(struct sync_step *step, const struct sync_peer *peer, const struct tg_log_id *log,
                           uint64_t start, uint32_t count, uint32_t *ret_offsets)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    size_t found = 0;
    uint64_t index = start;
    while (!ops->addressed_next(ops->ctx, log, &peer->id, index, &index) && index < start + count) {
        ret_offsets[found++] = (uint32_t)(index - start);
        index++;
    }
    return found;
}

static void send_leaves(struct sync_step *step, struct sync_peer *peer, enum tg_lane lane,
                        const struct tg_log_id *log, uint64_t start, uint32_t count)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    struct tg_msg_head head;
    if (!head_of(step, log, &head) || start >= head.size) return;
    if (count > head.size - start) count = (uint32_t)(head.size - start);
    TG_AUTO(tg_buf) struct tg_buf leaves = {0};
    TG_AUTO(tg_buf) struct tg_buf proof = {0};
    if (ops->leaves_get(ops->ctx, log, start, count, &leaves)) return;
    if (ops->consistency_get(ops->ctx, log, start + count, head.size, &proof)) return;
    uint32_t offsets[TG_LEAVES_PER_MESSAGE_MAX];
    struct tg_msg msg = {.type = TG_MSG_LEAVES};
    msg.leaves = (struct tg_msg_leaves){
        .origin = log->origin,
        .epoch = log->epoch,
        .start = start,
        .leaves = tg_buf_view(&leaves),
        .count = count,
        .for_you = offsets,
        .for_you_count = for_you_list(step, peer, log, start, count, offsets),
        .checkpoint = head.checkpoint,
        .consistency = tg_buf_view(&proof),
    };
    tg_sync_send(step, peer, lane, &msg);
}

void tg_sync_on_want_leaves(struct sync_step *step, struct sync_peer *peer,
                            const struct tg_msg_want_leaves *want)
{
    struct tg_log_id log = {.origin = want->origin, .epoch = want->epoch};
    if (!tg_sync_shared(step->sync, peer, &log.origin)) {
        tg_sync_odd(step, peer, "asked for leaves of an origin that is not shared with it");
        return;
    }
    send_leaves(step, peer, TG_LANE_BULK, &log, want->start, want->count);
}

/* One envelope in chunks. */
static void send_envelope(struct sync_step *step, struct sync_peer *peer, enum tg_lane lane,
                          enum tg_msg_type type, const struct tg_envelope_ref *ref, struct tg_view bytes,
                          const struct tg_envelope_extra *extra)
{
    struct tg_msg msg = {.type = type};
    for (uint64_t offset = 0; offset < bytes.bytes; offset += msg.env.chunk.bytes) {
        size_t left = bytes.bytes - (size_t)offset;
        bool first = offset == 0;
        msg.env = (struct tg_msg_env){
            .origin = ref->log.origin,
            .epoch = ref->log.epoch,
            .index = ref->index,
            .precedence = type == TG_MSG_FLASH ? extra->precedence : 0,
            .slots = extra->slots,
            .slot_count = first ? extra->slot_count : 0,
            .total_bytes = bytes.bytes,
            .offset = offset,
            .chunk = tg_view_of(bytes.data + offset,
                                left < TG_ENV_CHUNK_BYTES_MAX ? left : TG_ENV_CHUNK_BYTES_MAX),
            .withdrawn = extra->withdrawn,
            .withdrawn_count = first ? extra->withdrawn_count : 0,
        };
        tg_sync_send(step, peer, lane, &msg);
    }
}

void tg_sync_on_want_env(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_want_env *want)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    struct tg_envelope_ref ref = {.log = {.origin = want->origin, .epoch = want->epoch}, .index = want->from};
    if (!tg_sync_shared(step->sync, peer, &ref.log.origin)) {
        tg_sync_odd(step, peer, "asked for envelopes of an origin that is not shared with it");
        return;
    }
    uint64_t credit =
        want->credit_bytes < TG_SYNC_SERVE_BYTES_MAX ? want->credit_bytes : TG_SYNC_SERVE_BYTES_MAX;
    uint64_t sent = 0, upto = want->from;
    bool more = true;
    while (sent < credit && more) {
        more =
            !ops->addressed_next(ops->ctx, &ref.log, &peer->id, upto, &ref.index) && ref.index < want->until;
        if (!more) break;
        TG_AUTO(tg_buf) struct tg_buf bytes = {0};
        struct tg_envelope_extra extra = {0};
        if (!ops->envelope_get(ops->ctx, &ref, &peer->id, &bytes, &extra))
            send_envelope(step, peer, TG_LANE_BULK, TG_MSG_ENV, &ref, tg_buf_view(&bytes), &extra);
        sent += bytes.bytes;
        upto = ref.index + 1;
    }
    struct tg_log_state held = {0};
    if (!ops->log_state(ops->ctx, &ref.log, &held) && !more)
        upto = want->until < held.size ? want->until : held.size;
    if (!tg_sync_is_own(step->sync, &ref.log) && !tg_hash_equal(&peer->id, &want->origin)) {
        /* Of another's log we can only answer for what has come to us; the origin gets back what there is. */
        uint64_t come = held.env_upto > held.relay_upto ? held.env_upto : held.relay_upto;
        if (upto > come) upto = come;
    }
    struct tg_msg msg = {.type = TG_MSG_ENV_END};
    msg.env_end = (struct tg_msg_env_end){
        .origin = want->origin,
        .epoch = want->epoch,
        .upto = upto,
        .newest = ops->addressed_newest(ops->ctx, &ref.log, &peer->id, upto),
    };
    tg_sync_send(step, peer, TG_LANE_BULK, &msg);
}

/* Which leaves of that log the peer holds, as far as it has told; where it has told nothing: all before the index. */
static uint64_t leaves_told(struct sync_step *step, const struct sync_peer *peer, const struct sync_log *log,
                            uint64_t index)
{
    if (tg_sync_is_own(step->sync, &log->id)) return peer->own_size_known ? peer->own_size : index;
    uint64_t told = log->offers[tg_sync_peer_place(step->sync, peer)].size;
    return told ? told : index;
}

static void leaves_tell(struct sync_step *step, struct sync_peer *peer, struct sync_log *log, uint64_t size)
{
    if (!tg_sync_is_own(step->sync, &log->id))
        log->offers[tg_sync_peer_place(step->sync, peer)].size = size;
    else if (peer->own_size_known)
        peer->own_size = size;
}

void tg_sync_push(struct sync_step *step, struct sync_peer *peer, const struct tg_envelope_ref *ref)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    struct sync_log *log = tg_sync_log_find(step, &ref->log);
    uint64_t addressed = 0, index = ref->index;
    if (!log || ops->addressed_next(ops->ctx, &ref->log, &peer->id, index, &addressed) || addressed != index)
        return;
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    struct tg_envelope_extra extra = {0};
    if (ops->envelope_get(ops->ctx, ref, &peer->id, &bytes, &extra)) return;
    uint64_t from = leaves_told(step, peer, log, index);
    if (from <= index && index - from < TG_LEAVES_PER_MESSAGE_MAX)
        send_leaves(step, peer, TG_LANE_URGENT, &ref->log, from, (uint32_t)(index - from + 1));
    send_envelope(step, peer, TG_LANE_URGENT, TG_MSG_FLASH, ref, tg_buf_view(&bytes), &extra);
    if (from <= index) leaves_tell(step, peer, log, index + 1);
}

void tg_sync_push_own(struct sync_step *step, struct sync_peer *peer, uint64_t index)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    struct tg_envelope_ref ref = {
        .log = {.origin = step->sync->identity.node, .epoch = ops->own_epoch(ops->ctx)}, .index = index};
    tg_sync_push(step, peer, &ref);
}
