/* The sync engine: sessions, timers, and which message goes to which part.
 *
 * Does no I/O and reads no clock. Serving is in sync_serve.c, fetching in sync_fetch.c.
 */
#include "node/sync.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "node/sync_internal.h"

void tg_sync_effects_init(struct tg_sync_effects *effects, struct tg_arena *arena)
{
    *effects = (struct tg_sync_effects){.arena = arena};
}

struct tg_sync_effect *tg_sync_effect_add(struct sync_step *step, enum tg_sync_effect_kind kind)
{
    struct tg_sync_effects *effects = step->effects;
    if (effects->count == effects->capacity) {
        size_t capacity = effects->capacity ? effects->capacity * 2 : 16;
        struct tg_sync_effect *items = tg_arena_take_array(effects->arena, capacity, sizeof *items);
        if (!items) {
            step->err = TG_ENOMEM;
            return NULL;
        }
        if (effects->count) memcpy(items, effects->items, effects->count * sizeof *items);
        effects->items = items;
        effects->capacity = capacity;
    }
    struct tg_sync_effect *effect = &effects->items[effects->count++];
    *effect = (struct tg_sync_effect){.kind = kind};
    return effect;
}

struct sync_peer *tg_sync_peer_find(struct tg_sync *sync, const struct tg_hash *id)
{
    for (size_t i = 0; i < TG_PEERS_MAX; i++)
        if (sync->peers[i] && tg_hash_equal(&sync->peers[i]->id, id)) return sync->peers[i];
    return NULL;
}

size_t tg_sync_peer_place(const struct tg_sync *sync, const struct sync_peer *peer)
{
    size_t place = 0;
    while (place < TG_PEERS_MAX && sync->peers[place] != peer) place++;
    return place;
}

struct sync_log *tg_sync_log_find(struct sync_step *step, const struct tg_log_id *id)
{
    struct tg_sync *sync = step->sync;
    for (size_t i = 0; i < sync->log_count; i++)
        if (tg_log_id_equal(&sync->logs[i]->id, id)) return sync->logs[i];
    if (sync->log_count == TG_SYNC_LOGS_MAX) return NULL;
    struct sync_log *log = calloc(1, sizeof *log);
    if (!log || sync->ops.log_state(sync->ops.ctx, id, &log->held)) {
        free(log);
        step->err = TG_ENOMEM;
        return NULL;
    }
    log->id = *id;
    log->from_origin.next = log->from_origin.stored = log->held.env_upto;
    log->from_relays.next = log->from_relays.stored = log->held.relay_upto;
    log->reseal.below = UINT64_MAX;
    sync->logs[sync->log_count++] = log;
    return log;
}

bool tg_sync_is_own(const struct tg_sync *sync, const struct tg_log_id *id)
{
    return tg_hash_equal(&id->origin, &sync->identity.node);
}

bool tg_sync_follows_leaves(const struct tg_sync *sync, const struct tg_log_id *id)
{
    return !tg_sync_is_own(sync, id) || sync->ops.own_recovers(sync->ops.ctx);
}

static bool follows(const struct sync_peer *peer, const struct tg_hash *origin)
{
    for (size_t i = 0; i < peer->follow_count; i++)
        if (tg_hash_equal(&peer->follows[i], origin)) return true;
    return false;
}

bool tg_sync_shared(const struct tg_sync *sync, const struct sync_peer *peer, const struct tg_hash *origin)
{
    bool we_follow = tg_hash_equal(origin, &sync->identity.node) ||
                     tg_sync_peer_find((struct tg_sync *)(uintptr_t)sync, origin) != NULL;
    bool it_follows = tg_hash_equal(origin, &peer->id) || follows(peer, origin);
    return we_follow && it_follows;
}

bool tg_sync_ready(const struct sync_peer *peer, enum tg_lane lane)
{
    return peer->greeted && peer->up[lane];
}

void tg_sync_send(struct sync_step *step, const struct sync_peer *peer, enum tg_lane lane,
                  const struct tg_msg *msg)
{
    TG_AUTO(tg_buf) struct tg_buf frame = {0};
    tg_err err = tg_msg_encode(msg, &frame, NULL);
    void *bytes = err ? NULL : tg_arena_copy(step->effects->arena, frame.data, frame.bytes);
    struct tg_sync_effect *effect = bytes ? tg_sync_effect_add(step, TG_EFFECT_SEND) : NULL;
    if (!effect) {
        step->err = err ? err : TG_ENOMEM;
        return;
    }
    effect->peer = peer->id;
    effect->lane = lane;
    effect->bytes = tg_view_of(bytes, frame.bytes);
}

void tg_sync_odd(struct sync_step *step, struct sync_peer *peer, const char *what)
{
    peer->oddities++;
    struct tg_sync_effect *effect = tg_sync_effect_add(step, TG_EFFECT_ODDITY);
    if (!effect) return;
    effect->peer = peer->id;
    effect->bytes = tg_view_str(what); /* always a literal */
}

tg_err tg_sync_new(const struct tg_sync_identity *identity, const struct tg_sync_ops *ops,
                   struct tg_sync **ret_sync)
{
    struct tg_sync *sync = calloc(1, sizeof *sync);
    if (!sync) return TG_ENOMEM;
    sync->identity = *identity;
    sync->ops = *ops;
    (void)snprintf(sync->software, sizeof sync->software, "%s", identity->software);
    *ret_sync = sync;
    return TG_OK;
}

void tg_sync_assembly_drop(struct tg_assembly *assembly)
{
    assembly->active = false;
    tg_buf_release(&assembly->bytes);
}

static void peer_free(struct sync_peer *peer)
{
    for (size_t lane = 0; lane < TG_LANES; lane++) tg_sync_assembly_drop(&peer->assembly[lane]);
    free(peer);
}

void tg_sync_free(struct tg_sync *sync)
{
    if (!sync) return;
    for (size_t i = 0; i < TG_PEERS_MAX; i++)
        if (sync->peers[i]) peer_free(sync->peers[i]);
    for (size_t i = 0; i < sync->log_count; i++) free(sync->logs[i]);
    free(sync);
}

/* A session that is over: nothing asked on it will be answered. */
static void session_forget(struct tg_sync *sync, struct sync_peer *peer)
{
    size_t place = tg_sync_peer_place(sync, peer);
    for (size_t i = 0; i < sync->log_count; i++) {
        struct sync_log *log = sync->logs[i];
        log->offers[place] = (struct sync_offer){0};
        if (log->leaves_asked && log->leaves_peer == place) log->leaves_asked = false;
        if (log->envs_asked && log->envs_peer == place) log->envs_asked = false;
        if (log->reseal.place == place)
            log->reseal = (struct sync_reseal){.below = UINT64_MAX, .holed = log->reseal.holed};
    }
    for (size_t lane = 0; lane < TG_LANES; lane++) tg_sync_assembly_drop(&peer->assembly[lane]);
    peer->greeted = false;
    peer->own_size_known = false;
}

static bool listed(const struct tg_hash *ids, size_t count, const struct tg_hash *id)
{
    for (size_t i = 0; i < count; i++)
        if (tg_hash_equal(&ids[i], id)) return true;
    return false;
}

static void send_hello(struct sync_step *step, struct sync_peer *peer, bool answer)
{
    static const uint32_t suites[] = {1};
    struct tg_sync *sync = step->sync;
    struct tg_hash origins[TG_PEERS_MAX + 1];
    origins[0] = sync->identity.node;
    size_t count = 1 + sync->ops.peers_list(sync->ops.ctx, origins + 1, TG_PEERS_MAX);
    struct tg_msg msg = {.type = TG_MSG_HELLO};
    msg.hello = (struct tg_msg_hello){
        .node = sync->identity.node,
        .version_min = TG_WIRE_VERSION,
        .version_max = TG_WIRE_VERSION,
        .suites = suites,
        .suite_count = 1,
        .origins = origins,
        .origin_count = count,
        .time_ms = (uint64_t)(step->wall_ms > 0 ? step->wall_ms : 0),
        .software = tg_view_str(sync->software),
        .answer = answer,
    };
    memcpy(msg.hello.boot, sync->identity.boot, sizeof msg.hello.boot);
    tg_be64_put(msg.hello.nonce, ++sync->nonce);
    sync->ops.card_info(sync->ops.ctx, &msg.hello.card_serial, &msg.hello.card_hash);
    tg_sync_send(step, peer, TG_LANE_URGENT, &msg);
    peer->hello_sent_us = step->now_us;
}

/* Those who greeted us know from our HELLO whose logs we follow; now these are others. */
static void follows_changed(struct sync_step *step)
{
    for (size_t i = 0; i < TG_PEERS_MAX; i++) {
        struct sync_peer *peer = step->sync->peers[i];
        if (peer && tg_sync_ready(peer, TG_LANE_URGENT)) send_hello(step, peer, false);
    }
}

/* Peers that went, go; peers that came get a place. */
static void peers_reload(struct sync_step *step)
{
    struct tg_sync *sync = step->sync;
    struct tg_hash ids[TG_PEERS_MAX];
    size_t count = sync->ops.peers_list(sync->ops.ctx, ids, TG_PEERS_MAX);
    for (size_t i = 0; i < TG_PEERS_MAX; i++) {
        if (!sync->peers[i] || listed(ids, count, &sync->peers[i]->id)) continue;
        session_forget(sync, sync->peers[i]);
        peer_free(sync->peers[i]);
        sync->peers[i] = NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (tg_sync_peer_find(sync, &ids[i])) continue;
        struct sync_peer *peer = calloc(1, sizeof *peer);
        if (!peer) {
            step->err = TG_ENOMEM;
            return;
        }
        peer->id = ids[i];
        sync->peers[tg_sync_peer_place(sync, NULL)] = peer;
    }
    follows_changed(step);
}

static void push_unreceipted(struct sync_step *step, struct sync_peer *peer)
{
    uint64_t indexes[TG_SYNC_URGENT_PUSH_MAX];
    struct tg_sync *sync = step->sync;
    size_t count = sync->ops.urgent_unreceipted(sync->ops.ctx, &peer->id, indexes, TG_SYNC_URGENT_PUSH_MAX);
    for (size_t i = 0; i < count; i++) tg_sync_push_own(step, peer, indexes[i]);
}

static void say_bye(struct sync_step *step, struct sync_peer *peer, enum tg_bye_reason reason,
                    const char *text)
{
    struct tg_msg msg = {.type = TG_MSG_BYE};
    msg.bye = (struct tg_msg_bye){.reason = reason, .text = tg_view_str(text)};
    tg_sync_send(step, peer, TG_LANE_URGENT, &msg);
    struct tg_sync_effect *effect = tg_sync_effect_add(step, TG_EFFECT_DISCONNECT);
    if (effect) effect->peer = peer->id;
}

/* The last one may have gone down with a connection, and a start may have judged anew what was not understood. */
static void receipts_due(struct sync_step *step, const struct sync_peer *peer)
{
    for (size_t i = 0; i < step->sync->log_count; i++) {
        struct sync_log *log = step->sync->logs[i];
        if (!log->held.size) continue;
        if (tg_hash_equal(&log->id.origin, &peer->id) || tg_sync_relayed_by(step, &log->id.origin, &peer->id))
            log->receipt_due = true;
    }
}

static void on_hello(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_hello *hello)
{
    if (!tg_hash_equal(&hello->node, &peer->id)) {
        tg_sync_odd(step, peer, "says another node id than its key's");
        say_bye(step, peer, TG_BYE_NOT_TRUSTED, "the node id is not the one of your key");
        return;
    }
    if (hello->version_min > TG_WIRE_VERSION || hello->version_max < TG_WIRE_VERSION) {
        tg_sync_odd(step, peer, "has no protocol version in common with us");
        say_bye(step, peer, TG_BYE_VERSION, "no protocol version in common");
        return;
    }
    if (!hello->answer || !peer->greeted) {
        session_forget(step->sync, peer);
        peer->greeted = true;
        peer->since_us = step->now_us;
    }
    peer->skew_ms = (int64_t)hello->time_ms - step->wall_ms;
    peer->follow_count = hello->origin_count;
    memcpy(peer->follows, hello->origins, hello->origin_count * sizeof *hello->origins);
    (void)snprintf(peer->software, sizeof peer->software, "%.*s", TG_VIEW_PRINT(hello->software));
    tg_sync_on_hello_card(step, peer, hello);
    /* Each side may see the link break at another moment, and forget the other's HELLO that had come just before:
     * so it is said again. Whoever answers has also forgotten which heads it was told: so they are said again. */
    if (!hello->answer) send_hello(step, peer, true);
    tg_sync_send_heads(step, peer);
    tg_sync_send_forks(step, peer);
    push_unreceipted(step, peer);
    receipts_due(step, peer);
}

static void on_link(struct sync_step *step, struct sync_peer *peer, enum tg_lane lane, bool up)
{
    peer->up[lane] = up;
    if (!up || lane == TG_LANE_URGENT) session_forget(step->sync, peer);
    /* The bulk lane alone going down ends the session too: both sides begin anew on the urgent lane. */
    bool greet = up ? peer->up[TG_LANE_URGENT] : lane == TG_LANE_BULK && peer->up[TG_LANE_URGENT];
    if (greet) send_hello(step, peer, false);
}

/* Messages of an ungreeted peer are ignored: they belong to a session that is over. */
static void dispatch(struct sync_step *step, struct sync_peer *peer, enum tg_lane lane,
                     const struct tg_msg *msg)
{
    if (msg->type == TG_MSG_HELLO) {
        on_hello(step, peer, &msg->hello);
        return;
    }
    if (!peer->greeted) return;
    switch (msg->type) {
    case TG_MSG_HEADS:
        tg_sync_on_heads(step, peer, &msg->heads);
        break;
    case TG_MSG_WANT_LEAVES:
        tg_sync_on_want_leaves(step, peer, &msg->want_leaves);
        break;
    case TG_MSG_LEAVES:
        tg_sync_on_leaves(step, peer, &msg->leaves);
        break;
    case TG_MSG_WANT_ENV:
        tg_sync_on_want_env(step, peer, &msg->want_env);
        break;
    case TG_MSG_ENV:
    case TG_MSG_FLASH:
        tg_sync_on_env(step, peer, lane, &msg->env);
        break;
    case TG_MSG_ENV_END:
        tg_sync_on_env_end(step, peer, &msg->env_end);
        break;
    case TG_MSG_RESEAL:
        tg_sync_on_reseal(step, peer, &msg->reseal);
        break;
    case TG_MSG_RECEIPT:
        tg_sync_on_receipt(step, peer, &msg->receipt);
        break;
    case TG_MSG_COSIGN:
        tg_sync_on_cosign(step, peer, &msg->cosign);
        break;
    case TG_MSG_FORK:
        tg_sync_on_fork(step, peer, &msg->fork);
        break;
    case TG_MSG_CONFLICT:
        tg_sync_on_conflict(step, peer, &msg->conflict);
        break;
    case TG_MSG_CARD:
        tg_sync_on_card(step, peer, &msg->card);
        break;
    case TG_MSG_WANT_CARD:
        tg_sync_on_want_card(step, peer, &msg->want_card);
        break;
    case TG_MSG_BYE:
        session_forget(step->sync, peer);
        break;
    case TG_MSG_UNKNOWN: /* newer than this node: ignored, as the protocol says */
    case TG_MSG_HELLO:
    case TG_MSG_CREDIT:
    case TG_MSG_PING:
    case TG_MSG_PONG:
        break;
    }
}

static void on_message(struct sync_step *step, struct sync_peer *peer, const struct tg_sync_event *event)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_MESSAGE_PARSE_BUDGET_BYTES);
    struct tg_msg msg;
    if (tg_msg_decode(event->message, &arena, &msg, NULL)) {
        tg_sync_odd(step, peer, "sent a message that does not decode");
        return;
    }
    dispatch(step, peer, event->lane, &msg);
}

static void heads_due_everywhere(struct tg_sync *sync)
{
    for (size_t i = 0; i < TG_PEERS_MAX; i++)
        if (sync->peers[i]) sync->peers[i]->heads_due = true;
}

static void send_due(struct sync_step *step)
{
    struct tg_sync *sync = step->sync;
    for (size_t i = 0; i < TG_PEERS_MAX; i++) {
        struct sync_peer *peer = sync->peers[i];
        if (!peer || !tg_sync_ready(peer, TG_LANE_URGENT)) continue;
        int64_t quiet_us = step->now_us - peer->heads_sent_us;
        bool changed = peer->heads_due && quiet_us >= TG_SYNC_HEADS_CHANGE_US;
        if (changed || quiet_us >= TG_SYNC_HEADS_IDLE_US) tg_sync_send_heads(step, peer);
    }
    for (size_t i = 0; i < sync->log_count; i++) {
        struct sync_log *log = sync->logs[i];
        tg_sync_receipt_again(step, log);
        bool rested = step->now_us - log->receipt_sent_us >= TG_SYNC_RECEIPT_US;
        if (log->receipt_now || (log->receipt_due && rested)) tg_sync_send_receipt(step, log);
    }
}

/* A HELLO, or its answer, went down with a connection that was dying. */
static void hello_again(struct sync_step *step)
{
    for (size_t i = 0; i < TG_PEERS_MAX; i++) {
        struct sync_peer *peer = step->sync->peers[i];
        bool waits = peer && peer->up[TG_LANE_URGENT] && !peer->greeted;
        if (waits && step->now_us - peer->hello_sent_us >= TG_SYNC_HELLO_AGAIN_US)
            send_hello(step, peer, false);
    }
}

static void on_tick(struct sync_step *step)
{
    hello_again(step);
    tg_sync_cards_tick(step);
    send_due(step);
    for (size_t i = 0; i < step->sync->log_count; i++) {
        tg_sync_cursor(step, step->sync->logs[i]);
        tg_sync_fetch(step, step->sync->logs[i]);
        tg_sync_reseal_ask(step, step->sync->logs[i]);
    }
}

static void on_own_committed(struct sync_step *step, const struct tg_sync_event *event)
{
    struct tg_sync *sync = step->sync;
    struct sync_log *log = tg_sync_log_find(step, &event->log);
    if (!log) return;
    (void)sync->ops.log_state(sync->ops.ctx, &log->id, &log->held);
    heads_due_everywhere(sync);
    for (size_t i = 0; event->precedence >= TG_SYNC_URGENT_PRECEDENCE && i < TG_PEERS_MAX; i++) {
        if (!sync->peers[i] || !tg_sync_ready(sync->peers[i], TG_LANE_URGENT)) continue;
        for (uint64_t k = 0; k < event->count; k++) tg_sync_push_own(step, sync->peers[i], event->index + k);
    }
    send_due(step);
}

static void on_leaves_stored(struct sync_step *step, const struct tg_sync_event *event)
{
    struct sync_log *log = tg_sync_log_find(step, &event->log);
    if (!log) return;
    log->leaves_storing = false;
    (void)step->sync->ops.log_state(step->sync->ops.ctx, &log->id, &log->held);
    if (!event->result) heads_due_everywhere(step->sync);
    log->receipt_due = true;
    if (event->result == TG_ESPACE) { /* asked for again, but not at once */
        log->leaves_asked = true;
        log->leaves_deadline_us = step->now_us + TG_SYNC_ASK_TIMEOUT_US;
    }
    tg_sync_fetch(step, log);
}

static void on_envelope_stored(struct sync_step *step, const struct tg_sync_event *event)
{
    struct sync_log *log = tg_sync_log_find(step, &event->log);
    if (!log) return;
    if (log->storing) log->storing--;
    if (event->result == TG_ESPACE) log->envs_unstored = true;
    (void)step->sync->ops.log_state(step->sync->ops.ctx, &log->id, &log->held);
    log->receipt_due = true;
    if (event->precedence >= TG_SYNC_URGENT_PRECEDENCE) {
        log->receipt_now = true;
        tg_sync_relay_on(step, &(struct tg_envelope_ref){.log = event->log, .index = event->index});
    }
    send_due(step);
    tg_sync_cursor(step, log);
    tg_sync_fetch(step, log);
}

/* Whether a head of that origin's was doubted that the peer at that place showed. */
static bool doubted_at(const struct tg_sync *sync, const struct tg_hash *origin, size_t place)
{
    bool doubted = false;
    for (size_t i = 0; i < sync->log_count; i++)
        doubted = doubted ||
                  (tg_hash_equal(&sync->logs[i]->id.origin, origin) && sync->logs[i]->offers[place].doubted);
    return doubted;
}

/* Whoever said what it holds of our log spoke of another one, and whose heads were doubted may be believed now: each says
 * so again when it is greeted. */
static void epoch_began(struct sync_step *step, const struct tg_log_id *log)
{
    const bool own = tg_sync_is_own(step->sync, log);
    for (size_t i = 0; i < TG_PEERS_MAX; i++) {
        struct sync_peer *peer = step->sync->peers[i];
        if (!peer || (!own && !doubted_at(step->sync, &log->origin, i))) continue;
        if (own) peer->own_size_known = false;
        if (tg_sync_ready(peer, TG_LANE_URGENT)) send_hello(step, peer, false);
    }
}

static void on_holding_changed(struct sync_step *step, const struct tg_sync_event *event)
{
    for (size_t i = 0; i < step->sync->log_count; i++) {
        struct sync_log *log = step->sync->logs[i]; /* of whichever epoch */
        if (tg_hash_equal(&log->id.origin, &event->log.origin)) log->receipt_now = log->held.size > 0;
    }
    send_due(step);
}

/* What is known of the others' clocks was measured by the one that we had; they measure ours when we say HELLO. */
static void on_clock_set(struct sync_step *step, const struct tg_sync_event *event)
{
    for (size_t i = 0; i < TG_PEERS_MAX; i++) {
        struct sync_peer *peer = step->sync->peers[i];
        if (!peer) continue;
        peer->skew_ms -= event->ahead_ms;
        if (peer->greeted && tg_sync_ready(peer, TG_LANE_URGENT)) send_hello(step, peer, true);
    }
}

static void on_peer_event(struct sync_step *step, const struct tg_sync_event *event)
{
    struct sync_peer *peer = tg_sync_peer_find(step->sync, &event->peer);
    if (!peer) return;
    if (event->kind == TG_SYNC_MESSAGE)
        on_message(step, peer, event);
    else
        on_link(step, peer, event->lane, event->kind == TG_SYNC_LINK_UP);
}

tg_err tg_sync_step(struct tg_sync *sync, const struct tg_sync_event *event, struct tg_sync_effects *effects)
{
    struct sync_step step = {
        .sync = sync, .effects = effects, .now_us = event->now_us, .wall_ms = event->wall_ms, .err = TG_OK};
    switch (event->kind) {
    case TG_SYNC_LINK_UP:
    case TG_SYNC_LINK_DOWN:
    case TG_SYNC_MESSAGE:
        on_peer_event(&step, event);
        break;
    case TG_SYNC_TICK:
        on_tick(&step);
        break;
    case TG_SYNC_PEERS_CHANGED:
        peers_reload(&step);
        break;
    case TG_SYNC_CLOCK_SET:
        on_clock_set(&step, event);
        break;
    case TG_SYNC_OWN_COMMITTED:
        on_own_committed(&step, event);
        break;
    case TG_SYNC_LEAVES_STORED:
        on_leaves_stored(&step, event);
        break;
    case TG_SYNC_ENVELOPE_STORED:
        on_envelope_stored(&step, event);
        break;
    case TG_SYNC_COSIGNED:
        tg_sync_cosigned(&step, event);
        break;
    case TG_SYNC_FORK_KEPT:
        tg_sync_fork_kept(&step, event);
        break;
    case TG_SYNC_KEY_STORED:
        tg_sync_key_stored(&step, event);
        break;
    case TG_SYNC_HOLDING_CHANGED:
        on_holding_changed(&step, event);
        break;
    case TG_SYNC_EPOCH_TAKEN:
        if (!event->result) epoch_began(&step, &event->log);
        tg_sync_on_epoch_taken(&step, event);
        break;
    case TG_SYNC_CARD_TAKEN:
        tg_sync_on_card_taken(&step, event);
        break;
    }
    return step.err;
}

static uint64_t leaves_behind(const struct tg_sync *sync, const struct sync_peer *peer)
{
    size_t place = tg_sync_peer_place(sync, peer);
    uint64_t sum = 0;
    for (size_t i = 0; i < sync->log_count; i++) {
        const struct sync_log *log = sync->logs[i];
        if (!tg_hash_equal(&log->id.origin, &peer->id)) continue;
        if (log->offers[place].size > log->held.size) sum += log->offers[place].size - log->held.size;
    }
    return sum;
}

bool tg_sync_peer(const struct tg_sync *sync, const struct tg_hash *id, struct tg_sync_peer_view *ret_view)
{
    const struct sync_peer *peer = tg_sync_peer_find((struct tg_sync *)(uintptr_t)sync, id);
    if (!peer) return false;
    *ret_view = (struct tg_sync_peer_view){
        .up = {peer->up[0], peer->up[1]},
        .greeted = peer->greeted,
        .enrolled_us = peer->greeted && follows(peer, &sync->identity.node),
        .since_us = peer->since_us,
        .skew_ms = peer->skew_ms,
        .own_size = peer->own_size,
        .own_size_known = peer->own_size_known,
        .oddities = peer->oddities,
        .resealed = peer->resealed,
        .leaves_behind = leaves_behind(sync, peer),
    };
    (void)snprintf(ret_view->software, sizeof ret_view->software, "%.63s", peer->software);
    return true;
}

bool tg_sync_follows(const struct tg_sync *sync, const struct tg_hash *id, struct tg_hash *ret_ids,
                     size_t *ret_count)
{
    const struct sync_peer *peer = tg_sync_peer_find((struct tg_sync *)(uintptr_t)sync, id);
    if (!peer || !peer->greeted) return false;
    memcpy(ret_ids, peer->follows, peer->follow_count * sizeof *ret_ids);
    *ret_count = peer->follow_count;
    return true;
}
