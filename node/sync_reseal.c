/* The sync engine's part for keys that are missing: asks for them one peer after the other, newest first, and gives them.
 *
 * Does no I/O; who may have a key is decided by the node (tg_sync_ops.reseal_give), what a key is worth by its commit.
 * Newest first, because a withdrawal stands above what it withdraws: it is known before that is opened.
 */
#include "base/cleanup.h"
#include "node/sync_internal.h"

static void send_reseal(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_reseal *reseal)
{
    struct tg_msg msg = {.type = TG_MSG_RESEAL, .reseal = *reseal};
    tg_sync_send(step, peer, TG_LANE_BULK, &msg);
}

/* ---- giving ---- */

static bool over_rate(const struct sync_step *step, struct sync_peer *peer)
{
    if (step->now_us - peer->reseal_since_us >= 1000000) {
        peer->reseal_since_us = step->now_us;
        peer->reseal_count = 0;
    }
    return ++peer->reseal_count > TG_SYNC_RESEALS_PER_SECOND_MAX;
}

static void on_wanted(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_reseal *wanted)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    const struct tg_envelope_ref ref = {.log = {.origin = wanted->origin, .epoch = wanted->epoch},
                                        .index = wanted->index};
    struct tg_msg_reseal answer = {
        .origin = wanted->origin, .epoch = wanted->epoch, .index = wanted->index, .kind = TG_RESEAL_REFUSED};
    TG_AUTO(tg_buf) struct tg_buf sealed = {0};
    tg_err err = TG_EAUDIENCE;
    if (over_rate(step, peer)) {
        answer.why = TG_RESEAL_LATER;
        send_reseal(step, peer, &answer);
        return;
    }
    if (tg_sync_shared(step->sync, peer, &ref.log.origin))
        err = ops->reseal_give(ops->ctx, &ref, &peer->id, &sealed);
    if (err == TG_EAUDIENCE) tg_sync_odd(step, peer, "asked for a key of an envelope that it may not read");
    answer.why = err == TG_OK ? 0 : err == TG_EAUDIENCE ? TG_RESEAL_NOT_YOURS : TG_RESEAL_NOT_HELD;
    if (!err) answer.kind = TG_RESEAL_KEY;
    answer.sealed = tg_buf_view(&sealed);
    if (err == TG_OK) peer->resealed++;
    send_reseal(step, peer, &answer);
}

/* ---- asking ---- */

static struct sync_peer *askable(const struct sync_step *step, const struct sync_log *log, size_t place)
{
    struct sync_peer *peer = step->sync->peers[place];
    bool there = peer && tg_sync_ready(peer, TG_LANE_BULK) && log->offers[place].size;
    return there ? peer : NULL;
}

/* What is still on its way of our own log is waited for: a withdrawal may be among it. */
static bool fetching(const struct sync_step *step, const struct sync_log *log)
{
    if (!tg_sync_is_own(step->sync, &log->id)) return false;
    if (log->envs_asked || log->leaves_asked || log->storing || log->leaves_storing) return true;
    for (size_t i = 0; i < TG_PEERS_MAX; i++)
        if (askable(step, log, i) && log->offers[i].size > log->held.size) return true;
    return false;
}

/* Everybody whose key it could be was asked: a second time keys with holes are taken too, then there is a rest. */
static void next_peer(struct sync_step *step, struct sync_log *log)
{
    struct sync_reseal *state = &log->reseal;
    state->below = UINT64_MAX;
    state->place++;
    if (state->place < TG_PEERS_MAX) return;
    state->place = 0;
    state->holed = !state->holed;
    if (!state->holed) state->rest_until_us = step->now_us + TG_SYNC_RESEAL_AGAIN_US;
}

static void ask_one(struct sync_step *step, struct sync_log *log, struct sync_peer *peer, uint64_t index)
{
    const struct tg_msg_reseal wanted = {
        .origin = log->id.origin, .epoch = log->id.epoch, .index = index, .kind = TG_RESEAL_WANTED};
    send_reseal(step, peer, &wanted);
    log->reseal.below = index;
    log->reseal.asked++;
    log->reseal.deadline_us = step->now_us + TG_SYNC_ASK_TIMEOUT_US;
}

void tg_sync_reseal_ask(struct sync_step *step, struct sync_log *log)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    struct sync_reseal *state = &log->reseal;
    uint64_t index;
    if (state->asked && step->now_us >= state->deadline_us) {
        state->asked = 0;
        next_peer(step, log);
    }
    if (state->rest_until_us > step->now_us || ops->closed_before(ops->ctx, &log->id, UINT64_MAX, &index) ||
        fetching(step, log))
        return;
    while (state->asked < TG_SYNC_RESEAL_WINDOW && state->rest_until_us <= step->now_us) {
        struct sync_peer *peer = askable(step, log, state->place);
        bool more = peer && !ops->closed_before(ops->ctx, &log->id, state->below, &index);
        if (!more && state->asked) return; /* the next one is asked for what this one did not give */
        if (more)
            ask_one(step, log, peer, index);
        else
            next_peer(step, log);
    }
}

static void on_key(struct sync_step *step, struct sync_peer *peer, struct sync_log *log,
                   const struct tg_msg_reseal *key)
{
    void *copy = tg_arena_copy(step->effects->arena, key->sealed.data, key->sealed.bytes);
    struct tg_sync_effect *effect = copy ? tg_sync_effect_add(step, TG_EFFECT_STORE_KEY) : NULL;
    if (!effect) {
        step->err = TG_ENOMEM;
        return;
    }
    effect->peer = peer->id;
    effect->log = log->id;
    effect->index = key->index;
    effect->bytes = tg_view_of(copy, key->sealed.bytes);
}

static void answered(struct sync_step *step, struct sync_log *log)
{
    if (log->reseal.asked) log->reseal.asked--;
    log->reseal.deadline_us = step->now_us + TG_SYNC_ASK_TIMEOUT_US;
    tg_sync_reseal_ask(step, log);
}

void tg_sync_on_reseal(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_reseal *reseal)
{
    if (reseal->kind == TG_RESEAL_WANTED) {
        on_wanted(step, peer, reseal);
        return;
    }
    const struct tg_log_id id = {.origin = reseal->origin, .epoch = reseal->epoch};
    struct sync_log *log = tg_sync_shared(step->sync, peer, &id.origin) ? tg_sync_log_find(step, &id) : NULL;
    bool expected = log && log->reseal.asked && log->reseal.place == tg_sync_peer_place(step->sync, peer);
    if (!expected) return; /* late: another was asked meanwhile */
    bool usable =
        reseal->kind == TG_RESEAL_KEY && (reseal->sealed.bytes == TG_STANZA_BYTES || log->reseal.holed);
    if (usable)
        on_key(step, peer, log, reseal); /* answered when it is stored */
    else
        answered(step, log);
}

void tg_sync_key_stored(struct sync_step *step, const struct tg_sync_event *event)
{
    struct sync_log *log = tg_sync_log_find(step, &event->log);
    if (!log) return;
    log->receipt_due = true;
    answered(step, log);
}
