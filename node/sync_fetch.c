/* The sync engine's asking side: which leaves and envelopes are missing, whom to ask, what came back.
 *
 * Does no I/O. Leaves are stored only under a signed head, envelopes only behind their leaf; an urgent envelope
 * may come before its leaf and is then held as early.
 */
#include "base/cleanup.h"
#include "node/sync_internal.h"

static uint64_t head_size_checked(struct sync_step *step, struct sync_peer *peer, const struct tg_log_id *log,
                                  struct tg_view checkpoint, struct tg_hash *ret_root)
{
    uint64_t size = 0;
    tg_err err = step->sync->ops.checkpoint_verify(step->sync->ops.ctx, log, checkpoint, &size, ret_root);
    if (!err) return size;
    struct sync_log *held = tg_sync_log_find(step, log);
    struct sync_offer *offer = held ? &held->offers[tg_sync_peer_place(step->sync, peer)] : NULL;
    if (offer && !offer->doubted) {
        offer->doubted =
            true; /* until it has shown the card that this head is signed by, or the log's prologue */
        tg_sync_ask_cards(step, peer, &log->origin);
    } else if (err == TG_EEPOCH) {
        tg_sync_ask_cards(step, peer, &log->origin);
        tg_sync_odd(step, peer, "showed a head of an epoch that was not begun, or of one beyond its end");
    } else {
        tg_sync_odd(step, peer, "sent a checkpoint that its origin's card does not verify");
    }
    return 0;
}

static void report_fork(struct sync_step *step, struct sync_peer *peer, const struct tg_log_id *log,
                        uint64_t size, struct tg_view checkpoint)
{
    void *note = tg_arena_copy(step->effects->arena, checkpoint.data, checkpoint.bytes);
    struct tg_sync_effect *effect = note ? tg_sync_effect_add(step, TG_EFFECT_FORK) : NULL;
    if (!effect) return;
    effect->peer = peer->id;
    effect->log = *log;
    effect->index = size;
    effect->note = tg_view_of(note, checkpoint.bytes);
    tg_sync_send_conflict(step, peer, log, checkpoint);
}

/* A peer says which head of our own log it holds. */
static void on_own_head(struct sync_step *step, struct sync_peer *peer, struct sync_log *log, uint64_t size,
                        const struct tg_hash *root, const struct tg_msg_head *head)
{
    struct tg_view checkpoint = head->checkpoint;
    bool newest = log->id.epoch == step->sync->ops.own_epoch(step->sync->ops.ctx);
    if (newest) {
        peer->own_size = size;
        peer->own_size_known = true;
    }
    struct tg_hash held_root;
    if (size <= log->held.size) {
        bool same = !step->sync->ops.root_at(step->sync->ops.ctx, &log->id, size, &held_root) &&
                    tg_hash_equal(&held_root, root);
        if (!same) report_fork(step, peer, &log->id, size, checkpoint);
        if (same) tg_sync_head_shown(step, peer, &log->id, head, root);
    }
    if (!newest && size <= log->held.size)
        return; /* of one that goes on no more: no answer to the start rules */
    void *note = tg_arena_copy(step->effects->arena, checkpoint.data, checkpoint.bytes);
    enum tg_sync_effect_kind kind = size > log->held.size ? TG_EFFECT_ROLLED_BACK : TG_EFFECT_OWN_HEAD_SEEN;
    struct tg_sync_effect *effect = note ? tg_sync_effect_add(step, kind) : NULL;
    if (!effect) return;
    effect->peer = peer->id;
    effect->log = log->id;
    effect->index = size;
    effect->note = tg_view_of(note, checkpoint.bytes);
}

static void on_head(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_head *told)
{
    struct tg_msg_head lines_checked = *told, *head = &lines_checked;
    struct tg_log_id id = {.origin = head->origin, .epoch = head->epoch};
    if (!tg_sync_shared(step->sync, peer, &id.origin)) return; /* enrolled there, no longer here */
    struct sync_log *log = tg_sync_log_find(step, &id);
    struct tg_hash root;
    if (!log || !head->size) return;
    if (head_size_checked(step, peer, &id, head->checkpoint, &root) != head->size) return;
    if (!tg_sync_head_lines(step, peer, &id, head, &root)) return;
    struct sync_offer *offer = &log->offers[tg_sync_peer_place(step->sync, peer)];
    if (head->size > offer->size) {
        offer->size = head->size;
        offer->rest_until_us = 0;
    }
    if (tg_sync_is_own(step->sync, &id)) {
        on_own_head(step, peer, log, head->size, &root, head);
        tg_sync_fetch(step, log);
        return;
    }
    struct tg_hash held_root;
    bool comparable = head->size <= log->held.size &&
                      !step->sync->ops.root_at(step->sync->ops.ctx, &id, head->size, &held_root);
    if (comparable && !tg_hash_equal(&held_root, &root)) {
        report_fork(step, peer, &id, head->size, head->checkpoint);
        return;
    }
    tg_sync_head_shown(step, peer, &id, head, &root);
    tg_sync_fetch(step, log);
}

void tg_sync_on_heads(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_heads *heads)
{
    struct tg_log_id own = {.origin = step->sync->identity.node,
                            .epoch = step->sync->ops.own_epoch(step->sync->ops.ctx)};
    bool own_named = false;
    for (size_t i = 0; i < heads->count; i++) {
        const struct tg_log_id id = {.origin = heads->heads[i].origin, .epoch = heads->heads[i].epoch};
        own_named = own_named || tg_log_id_equal(&id, &own);
        on_head(step, peer, &heads->heads[i]);
    }
    if (own_named || peer->own_size_known) return;
    peer->own_size = 0; /* it holds nothing of ours, and has said so by its silence */
    peer->own_size_known = true;
    struct tg_sync_effect *effect = tg_sync_effect_add(step, TG_EFFECT_OWN_HEAD_SEEN);
    if (!effect) return;
    effect->peer = peer->id;
    effect->log = own;
}

void tg_sync_on_leaves(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_leaves *leaves)
{
    struct tg_log_id id = {.origin = leaves->origin, .epoch = leaves->epoch};
    struct sync_log *log = tg_sync_shared(step->sync, peer, &id.origin) ? tg_sync_log_find(step, &id) : NULL;
    if (!log || !tg_sync_follows_leaves(step->sync, &id)) return;
    if (step->sync->ops.is_frozen(step->sync->ops.ctx, &id.origin)) return;
    if (log->leaves_asked && log->leaves_peer == tg_sync_peer_place(step->sync, peer))
        log->leaves_asked = false;
    uint64_t end = leaves->start + leaves->count;
    if (log->leaves_storing || leaves->start > log->held.size || end <= log->held.size)
        return; /* stale or pushed twice */
    size_t skip = (size_t)(log->held.size - leaves->start);
    struct tg_view fresh = tg_view_of(leaves->leaves.data + skip * TG_WIRE_LEAF_BYTES,
                                      (leaves->count - skip) * TG_WIRE_LEAF_BYTES);
    struct tg_hash root;
    uint64_t size = head_size_checked(step, peer, &id, leaves->checkpoint, &root);
    if (!size) return;
    struct tg_sync_ops *ops = &step->sync->ops;
    if (end > size || ops->leaves_verify(ops->ctx, &id, fresh, size, &root, leaves->consistency)) {
        tg_sync_odd(step, peer, "sent leaves that do not lead to the signed head");
        tg_sync_send_conflict(step, peer, &id, leaves->checkpoint);
        log->leaves_asked = true; /* not again at once: it would be the same */
        log->leaves_peer = tg_sync_peer_place(step->sync, peer);
        log->leaves_deadline_us = step->now_us + TG_SYNC_ASK_TIMEOUT_US;
        return;
    }
    void *copy = tg_arena_copy(step->effects->arena, fresh.data, fresh.bytes);
    void *note = tg_arena_copy(step->effects->arena, leaves->checkpoint.data, leaves->checkpoint.bytes);
    uint64_t *wanted = tg_arena_take_array(step->effects->arena, leaves->for_you_count, sizeof *wanted);
    struct tg_sync_effect *effect =
        copy && note && wanted ? tg_sync_effect_add(step, TG_EFFECT_STORE_LEAVES) : NULL;
    if (!effect) {
        step->err = TG_ENOMEM;
        return;
    }
    effect->peer = peer->id;
    effect->log = id;
    effect->index = log->held.size;
    effect->size = size;
    effect->bytes = tg_view_of(copy, fresh.bytes);
    effect->note = tg_view_of(note, leaves->checkpoint.bytes);
    /* Of our own log everything is for us; which envelopes are missing is known without being told. */
    size_t for_us = tg_sync_is_own(step->sync, &id) ? 0 : leaves->for_you_count;
    for (size_t i = 0; i < for_us; i++) {
        uint64_t index = leaves->start + leaves->for_you[i];
#ifndef TG_CONTROL_NO_WANTED
        if (index >= log->held.size) wanted[effect->wanted_count++] = index;
#else
        (void)index;
#endif
    }
    effect->wanted = wanted;
    log->leaves_storing = true;
}

/* Does this chunk begin or continue the envelope of that lane? */
static bool assembly_take(struct tg_assembly *assembly, const struct tg_msg_env *env)
{
    if (env->offset == 0) {
        tg_buf_clear(&assembly->bytes);
        assembly->active = true;
        assembly->ref = (struct tg_envelope_ref){.log = {.origin = env->origin, .epoch = env->epoch},
                                                 .index = env->index};
        assembly->total_bytes = env->total_bytes;
        assembly->slot_count = env->slot_count;
        assembly->withdrawn_count = env->withdrawn_count;
        if (env->slot_count) memcpy(assembly->slots, env->slots, env->slot_count * sizeof *env->slots);
        if (env->withdrawn_count)
            memcpy(assembly->withdrawn, env->withdrawn, env->withdrawn_count * sizeof *env->withdrawn);
    }
    bool continues = assembly->active && env->index == assembly->ref.index &&
                     env->epoch == assembly->ref.log.epoch &&
                     tg_hash_equal(&env->origin, &assembly->ref.log.origin) &&
                     env->total_bytes == assembly->total_bytes && env->offset == assembly->bytes.bytes;
    if (!continues || tg_buf_put_view(&assembly->bytes, env->chunk)) {
        assembly->active = false;
        return false;
    }
    return true;
}

static void hand_to_store(struct sync_step *step, struct sync_peer *peer, enum tg_lane lane,
                          struct sync_log *log, struct tg_assembly *assembly)
{
    struct tg_arena *arena = step->effects->arena;
    void *bytes = tg_arena_copy(arena, assembly->bytes.data, assembly->bytes.bytes);
    struct tg_msg_slot *slots = tg_arena_copy(arena, assembly->slots, assembly->slot_count * sizeof *slots);
    bool by_origin = tg_hash_equal(&peer->id, &log->id.origin);
    size_t withdrawn_count = by_origin ? assembly->withdrawn_count : 0;
    uint32_t *withdrawn = tg_arena_copy(arena, assembly->withdrawn, withdrawn_count * sizeof *withdrawn);
    struct tg_sync_effect *effect =
        bytes && slots && withdrawn ? tg_sync_effect_add(step, TG_EFFECT_STORE_ENVELOPE) : NULL;
    if (!effect) {
        step->err = TG_ENOMEM;
        return;
    }
    effect->peer = peer->id;
    effect->log = log->id;
    effect->index = assembly->ref.index;
    effect->bytes = tg_view_of(bytes, assembly->bytes.bytes);
    effect->slots = slots;
    effect->slot_count = assembly->slot_count;
    effect->withdrawn = withdrawn;
    effect->withdrawn_count = withdrawn_count;
    effect->urgent = lane == TG_LANE_URGENT;
    log->storing++;
}

static void envelope_whole(struct sync_step *step, struct sync_peer *peer, enum tg_lane lane,
                           struct tg_assembly *assembly)
{
    struct sync_log *log = tg_sync_log_find(step, &assembly->ref.log);
    if (!log) return;
    if (step->sync->ops.envelope_held(step->sync->ops.ctx, &assembly->ref)) {
        if (lane == TG_LANE_URGENT)
            log->receipt_now = true; /* it asks because our receipt did not reach it */
        return;
    }
    bool early_allowed = lane == TG_LANE_URGENT && !tg_sync_is_own(step->sync, &log->id);
    if (assembly->ref.index >= log->held.size && !early_allowed) {
        tg_sync_odd(step, peer, "sent an envelope before its leaf");
        return;
    }
    hand_to_store(step, peer, lane, log, assembly);
}

void tg_sync_on_env(struct sync_step *step, struct sync_peer *peer, enum tg_lane lane,
                    const struct tg_msg_env *env)
{
    if (!tg_sync_shared(step->sync, peer, &env->origin)) {
        tg_sync_odd(step, peer, "sent an envelope of an origin that is not shared with it");
        return;
    }
    if (step->sync->ops.is_frozen(step->sync->ops.ctx, &env->origin)) return;
    struct tg_assembly *assembly = &peer->assembly[lane];
    if (!assembly_take(assembly, env)) {
        tg_sync_odd(step, peer, "sent a chunk that continues nothing");
        return;
    }
    struct sync_log *log = tg_sync_log_find(step, &assembly->ref.log);
    if (log && lane == TG_LANE_BULK) log->envs_deadline_us = step->now_us + TG_SYNC_ASK_TIMEOUT_US;
    if (assembly->bytes.bytes < assembly->total_bytes) return;
    assembly->active = false;
    envelope_whole(step, peer, lane, assembly);
    tg_buf_clear(&assembly->bytes);
}

/* The end of the chain: what came before it tells of itself when it is opened. */
static void want_newest(struct sync_step *step, const struct sync_peer *peer, struct sync_log *log,
                        uint64_t index)
{
    struct tg_envelope_ref ref = {.log = log->id, .index = index};
    bool held = step->sync->ops.envelope_held(step->sync->ops.ctx, &ref);
#ifdef TG_CONTROL_NO_WANTED
    held = true;
#endif
    if (held || index >= log->held.size) return;
    struct tg_sync_effect *effect = tg_sync_effect_add(step, TG_EFFECT_STORE_WANTED);
    if (!effect) return;
    effect->peer = peer->id;
    effect->log = log->id;
    effect->index = index;
}

static bool is_origin(const struct sync_log *log, const struct sync_peer *peer)
{
    return tg_hash_equal(&peer->id, &log->id.origin);
}

/* A relay of another's log. */
static bool is_relay(const struct sync_step *step, const struct sync_log *log, const struct sync_peer *peer)
{
    return !tg_sync_is_own(step->sync, &log->id) && tg_sync_relayed_by(step, &log->id.origin, &peer->id);
}

/* How far that peer was asked: the origin and its relays are believed as such, others each for itself. */
static uint64_t *cursor_of(const struct sync_step *step, struct sync_log *log, const struct sync_peer *peer)
{
    if (is_origin(log, peer)) return &log->from_origin.next;
    if (is_relay(step, log, peer)) return &log->from_relays.next;
    return &log->offers[tg_sync_peer_place(step->sync, peer)].env_cursor;
}

/* Where to go on with that peer: what the origin has sent all of is asked of nobody. */
static uint64_t next_envelope(const struct sync_step *step, struct sync_log *log,
                              const struct sync_peer *peer)
{
    uint64_t next = *cursor_of(step, log, peer);
    return next > log->from_origin.next ? next : log->from_origin.next;
}

/* Everything of ours below upto was sent, it says. What was named there and is not here it did not
 * give. Nothing gets lost between its answer and the envelopes before it; but its own queue may have been full,
 * so once is not enough. True: it is to be asked once more. */
static bool count_denial(struct sync_step *step, const struct sync_peer *peer, struct sync_log *log,
                         struct sync_offer *offer, uint64_t upto)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    uint64_t wanted;
#ifdef TG_CONTROL_NO_DENIALS
    return false;
#endif
    bool absent = !ops->wanted_first(ops->ctx, &log->id, &wanted) && wanted < upto;
    if (!absent || offer->denied_index != wanted) offer->denied_times = 0;
    if (!absent) return false;
    offer->denied_index = wanted;
    if (wanted < log->envs_from) return true;            /* it was not asked for that */
    if (log->storing || log->envs_unstored) return true; /* it may be on its way to the store */
    bool first = !offer->denied_times;
    if (first) offer->denied_since_ms = step->wall_ms;
    if (first || log->envs_from > offer->denied_from) offer->denied_from = log->envs_from;
    if (first || upto < offer->denied_upto) offer->denied_upto = upto;
    if (++offer->denied_times % TG_SYNC_DENIALS_TOLD) return offer->denied_times < TG_SYNC_DENIALS_TOLD;
    struct tg_sync_effect *effect = tg_sync_effect_add(step, TG_EFFECT_WITHHELD);
    if (!effect) return false;
    effect->peer = peer->id;
    effect->log = log->id;
    effect->from = offer->denied_from;
    effect->index = offer->denied_upto;
    effect->since_ms = offer->denied_since_ms;
    effect->size = offer->denied_times;
    return false;
}

void tg_sync_on_env_end(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_env_end *end)
{
    struct tg_log_id id = {.origin = end->origin, .epoch = end->epoch};
    struct sync_log *log = tg_sync_log_find(step, &id);
    size_t place = tg_sync_peer_place(step->sync, peer);
    if (!log || !log->envs_asked || log->envs_peer != place) return;
    log->envs_asked = false;
    struct sync_offer *offer = &log->offers[place];
    uint64_t upto = end->upto < log->held.size ? end->upto : log->held.size;
    /* An answer that moves nothing on is not asked for again at once. */
    if (upto <= next_envelope(step, log, peer)) offer->rest_until_us = step->now_us + TG_SYNC_ASK_TIMEOUT_US;
    uint64_t *cursor = cursor_of(step, log, peer);
    if (upto > *cursor) *cursor = upto;
    bool by_origin = is_origin(log, peer), own = tg_sync_is_own(step->sync, &id);
    bool carries = by_origin || is_relay(step, log, peer);
    if (carries && end->newest) want_newest(step, peer, log, end->newest - 1);
    if (!own && count_denial(step, peer, log, offer, upto) && !by_origin) {
        *cursor = offer->denied_index;
        offer->rest_until_us = step->now_us + TG_SYNC_ASK_TIMEOUT_US;
    }
    tg_sync_cursor(step, log);
    tg_sync_fetch(step, log);
}

/* Up to the first one that is wanted. Back to it when it was lost; again: it is time to ask once more. */
static bool cursor_move(struct sync_log *log, struct sync_cursor *cursor, uint64_t wanted, bool again)
{
    uint64_t upto = wanted < cursor->next ? wanted : cursor->next;
    bool lost = upto < cursor->next && !log->envs_asked && !log->storing;
    if (lost && again) cursor->next = upto;
    if (upto <= cursor->stored) return false;
    cursor->stored = upto;
    return true;
}

void tg_sync_cursor(struct sync_step *step, struct sync_log *log)
{
    if (tg_sync_is_own(step->sync, &log->id)) return;
    struct tg_sync_ops *ops = &step->sync->ops;
    uint64_t wanted;
    if (ops->wanted_first(ops->ctx, &log->id, &wanted)) wanted = UINT64_MAX;
    uint64_t asked =
        log->from_origin.next > log->from_relays.next ? log->from_origin.next : log->from_relays.next;
    bool again = step->now_us >= log->again_us;
    bool moved = cursor_move(log, &log->from_origin, wanted, again);
    moved = cursor_move(log, &log->from_relays, wanted, again) || moved;
    if (again && wanted < asked && !log->envs_asked && !log->storing)
        log->again_us = step->now_us + TG_SYNC_ASK_TIMEOUT_US;
    if (!moved) return;
    struct tg_sync_effect *effect = tg_sync_effect_add(step, TG_EFFECT_STORE_CURSOR);
    if (!effect) return;
    effect->log = log->id;
    effect->index = log->from_origin.stored;
    effect->size = log->from_relays.stored;
}

/* The origin itself if it can be asked and has more than `above`, else a relay of it, else whoever has. TG_PEERS_MAX:
 * nobody. */
static size_t whom_to_ask(const struct sync_step *step, struct sync_log *log, uint64_t above,
                          bool for_envelopes)
{
    const struct tg_sync *sync = step->sync;
    size_t found = TG_PEERS_MAX;
    for (size_t i = 0; i < TG_PEERS_MAX; i++) {
        const struct sync_peer *peer = sync->peers[i];
        const struct sync_offer *offer = &log->offers[i];
        if (!peer || !tg_sync_ready(peer, TG_LANE_BULK) || offer->size <= above) continue;
        bool done = for_envelopes && next_envelope(step, log, peer) >= log->held.size;
        if (done || (for_envelopes && offer->rest_until_us > step->now_us)) continue;
        if (is_origin(log, peer)) return i;
        if (found == TG_PEERS_MAX || is_relay(step, log, peer)) found = i;
    }
    return found;
}

static void ask_leaves(struct sync_step *step, struct sync_log *log)
{
    struct tg_sync *sync = step->sync;
    if (log->leaves_asked && step->now_us >= log->leaves_deadline_us) log->leaves_asked = false;
    if (log->leaves_asked || log->leaves_storing) return;
    size_t place = whom_to_ask(step, log, log->held.size, false);
    if (place == TG_PEERS_MAX) return;
    uint64_t missing = log->offers[place].size - log->held.size;
    struct tg_msg msg = {.type = TG_MSG_WANT_LEAVES};
    msg.want_leaves = (struct tg_msg_want_leaves){
        .origin = log->id.origin,
        .epoch = log->id.epoch,
        .start = log->held.size,
        .count = missing < TG_LEAVES_PER_MESSAGE_MAX ? (uint32_t)missing : TG_LEAVES_PER_MESSAGE_MAX,
    };
    tg_sync_send(step, sync->peers[place], TG_LANE_BULK, &msg);
    log->leaves_asked = true;
    log->leaves_peer = place;
    log->leaves_deadline_us = step->now_us + TG_SYNC_ASK_TIMEOUT_US;
}

/* Where the asking goes on, and at whom. */
struct ask {
    size_t place;
    uint64_t from, until;
};

static bool choose(const struct sync_step *step, struct sync_log *log, struct ask *ret_ask)
{
    ret_ask->place = whom_to_ask(step, log, 0, true);
    if (ret_ask->place == TG_PEERS_MAX) return false;
    ret_ask->from = next_envelope(step, log, step->sync->peers[ret_ask->place]);
    ret_ask->until = log->held.size;
    return true;
}

/* Of our own log: the next run of envelopes that are missing, at any peer that has not been asked for it. */
static bool choose_own(const struct sync_step *step, struct sync_log *log, struct ask *ret_ask)
{
    const struct tg_sync *sync = step->sync;
    for (size_t i = 0; i < TG_PEERS_MAX; i++) {
        const struct sync_peer *peer = sync->peers[i];
        struct sync_offer *offer = &log->offers[i];
        if (!peer || !tg_sync_ready(peer, TG_LANE_BULK) || offer->rest_until_us > step->now_us) continue;
        if (sync->ops.own_bare_next(sync->ops.ctx, &log->id, offer->env_cursor, &ret_ask->from,
                                    &ret_ask->until))
            continue;
        ret_ask->place = i;
        if (ret_ask->from >= offer->size) continue;
        offer->env_cursor = ret_ask->from;
        return true;
    }
    return false;
}

static void ask_envelopes(struct sync_step *step, struct sync_log *log)
{
    struct tg_sync *sync = step->sync;
    struct ask ask;
    if (log->envs_asked && step->now_us >= log->envs_deadline_us) {
        log->envs_asked = false;
        tg_sync_assembly_drop(&sync->peers[log->envs_peer]->assembly[TG_LANE_BULK]);
    }
    if (log->envs_asked || log->storing > TG_SYNC_STORING_MAX) return;
    bool own = tg_sync_is_own(sync, &log->id);
    if (!(own ? choose_own(step, log, &ask) : choose(step, log, &ask))) return;
    struct tg_msg msg = {.type = TG_MSG_WANT_ENV};
    msg.want_env = (struct tg_msg_want_env){
        .origin = log->id.origin,
        .epoch = log->id.epoch,
        .from = ask.from,
        .until = ask.until,
        .credit_bytes = TG_SYNC_SERVE_BYTES_MAX,
    };
    tg_sync_send(step, sync->peers[ask.place], TG_LANE_BULK, &msg);
    log->envs_asked = true;
    log->envs_from = ask.from;
    log->envs_unstored = false;
    log->envs_peer = ask.place;
    log->envs_deadline_us = step->now_us + TG_SYNC_ASK_TIMEOUT_US;
}

void tg_sync_fetch(struct sync_step *step, struct sync_log *log)
{
    if (step->sync->ops.is_frozen(step->sync->ops.ctx, &log->id.origin)) return;
    if (tg_sync_follows_leaves(step->sync, &log->id)) ask_leaves(step, log);
    ask_envelopes(step, log);
}
