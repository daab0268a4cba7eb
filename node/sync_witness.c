/* The sync engine's part in witnessing: cosignatures and fork proofs in and out, and heads that contradict each other.
 *
 * Does no I/O. What may be believed is asked of the node (tg_sync_ops).
 */
#include "base/cleanup.h"
#include "node/sync_internal.h"

static struct tg_view keep(struct sync_step *step, struct tg_view bytes)
{
    void *copy = tg_arena_copy(step->effects->arena, bytes.data, bytes.bytes);
    if (!copy) step->err = TG_ENOMEM;
    return tg_view_of(copy, copy ? bytes.bytes : 0);
}

/* ---- cosignatures ---- */

static void odd_lines(struct sync_step *step, struct sync_peer *peer, tg_err why)
{
    if (why == TG_EFORMAT)
        tg_sync_odd(step, peer, "sent cosignatures that are malformed, or two of one witness");
    else if (why == TG_ESIGNATURE)
        tg_sync_odd(step, peer, "sent a cosignature that its witness's card does not verify");
    else
        tg_sync_odd(step, peer, "sent a cosignature that is dated in the future");
}

static void cosignatures_effect(struct sync_step *step, const struct tg_log_id *log, uint64_t size,
                                const struct tg_hash *root, struct tg_view lines)
{
    struct tg_view copy = keep(step, lines);
    struct tg_hash *kept = root ? tg_arena_copy(step->effects->arena, root->bytes, sizeof root->bytes) : NULL;
    struct tg_sync_effect *effect = copy.bytes ? tg_sync_effect_add(step, TG_EFFECT_COSIGNATURES) : NULL;
    if (!effect) return;
    effect->log = *log;
    effect->index = size;
    effect->bytes = copy;
    effect->root = kept;
}

bool tg_sync_head_lines(struct sync_step *step, struct sync_peer *peer, const struct tg_log_id *log,
                        struct tg_msg_head *head, const struct tg_hash *root)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    if (!head->cosignatures.bytes) return true;
    tg_err err = ops->cosignatures_verify(ops->ctx, log, head->size, root, head->cosignatures);
    if (!err) return true;
    odd_lines(step, peer, err);
    head->cosignatures = tg_view_of(NULL, 0);
    return err == TG_EVALUE; /* a clock that is wrong somewhere must not stop what its node has to say */
}

void tg_sync_head_shown(struct sync_step *step, const struct sync_peer *peer, const struct tg_log_id *log,
                        const struct tg_msg_head *head, const struct tg_hash *root)
{
    struct tg_sync_effect *effect = tg_sync_effect_add(step, TG_EFFECT_HEAD_SHOWN);
    if (!effect) return;
    effect->peer = peer->id;
    effect->log = *log;
    effect->index = head->size;
    if (head->cosignatures.bytes) cosignatures_effect(step, log, head->size, root, head->cosignatures);
}

void tg_sync_on_cosign(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_cosign *cosign)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    struct tg_log_id log = {.origin = cosign->origin, .epoch = cosign->epoch};
    if (!tg_sync_shared(step->sync, peer, &log.origin)) return; /* enrolled there, no longer here */
    tg_err err = ops->cosignatures_verify(ops->ctx, &log, cosign->size, NULL, cosign->line);
    if (err && err != TG_EPOSITION)
        odd_lines(step, peer, err);
    else
        cosignatures_effect(step, &log, cosign->size, NULL, cosign->line);
}

void tg_sync_cosigned(struct sync_step *step, const struct tg_sync_event *event)
{
    struct tg_sync *sync = step->sync;
    struct tg_msg msg = {.type = TG_MSG_COSIGN};
    msg.cosign = (struct tg_msg_cosign){
        .origin = event->log.origin, .epoch = event->log.epoch, .size = event->index, .line = event->message};
    for (size_t i = 0; i < TG_PEERS_MAX; i++) {
        struct sync_peer *peer = sync->peers[i];
        if (!peer || !tg_sync_ready(peer, TG_LANE_URGENT)) continue;
        if (!event->message.bytes)
            peer->heads_due = true; /* the head with the lines of all */
        else if (tg_sync_shared(sync, peer, &event->log.origin))
            tg_sync_send(step, peer, TG_LANE_URGENT, &msg);
    }
}

/* ---- forks ---- */

static void send_fork(struct sync_step *step, const struct sync_peer *peer, uint32_t kind,
                      struct tg_view evidence)
{
    struct tg_msg msg = {.type = TG_MSG_FORK};
    msg.fork = (struct tg_msg_fork){.kind = kind, .evidence = evidence};
    tg_sync_send(step, peer, TG_LANE_URGENT, &msg);
}

void tg_sync_fork_kept(struct sync_step *step, const struct tg_sync_event *event)
{
    for (size_t i = 0; i < TG_PEERS_MAX; i++) {
        const struct sync_peer *peer = step->sync->peers[i];
        if (peer && tg_sync_ready(peer, TG_LANE_URGENT) &&
            tg_sync_shared(step->sync, peer, &event->log.origin))
            send_fork(step, peer, (uint32_t)event->count, event->message);
    }
}

void tg_sync_send_forks(struct sync_step *step, const struct sync_peer *peer)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    struct tg_hash origin;
    uint32_t kind;
    TG_AUTO(tg_buf) struct tg_buf evidence = {0};
    for (size_t i = 0; !ops->fork_get(ops->ctx, i, &origin, &kind, &evidence); i++) {
        if (tg_sync_shared(step->sync, peer, &origin)) send_fork(step, peer, kind, tg_buf_view(&evidence));
        tg_buf_clear(&evidence);
    }
}

void tg_sync_on_fork(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_fork *fork)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    tg_err err = ops->fork_verify(ops->ctx, fork->kind, fork->evidence);
    if (err == TG_EEXIST || err == TG_ENEWER) return;
    if (err) {
        tg_sync_odd(step, peer, "sent a fork proof that proves nothing");
        return;
    }
    struct tg_view evidence = keep(step, fork->evidence);
    struct tg_sync_effect *effect = evidence.bytes ? tg_sync_effect_add(step, TG_EFFECT_FORK_SHOWN) : NULL;
    if (!effect) return;
    effect->peer = peer->id;
    effect->index = fork->kind;
    effect->bytes = evidence;
}

/* Given back to whoever showed it, now and then; who of the two holds more can prove what is wrong, so both show their
 * heads. */
void tg_sync_send_conflict(struct sync_step *step, struct sync_peer *peer, const struct tg_log_id *log,
                           struct tg_view checkpoint)
{
    struct sync_log *known = tg_sync_log_find(step, log);
    struct sync_offer *offer = known ? &known->offers[tg_sync_peer_place(step->sync, peer)] : NULL;
    if (!offer || step->now_us < offer->conflict_until_us) return;
    offer->conflict_until_us = step->now_us + TG_SYNC_HEADS_IDLE_US;
    struct tg_msg msg = {.type = TG_MSG_CONFLICT};
    msg.conflict = (struct tg_msg_conflict){.origin = log->origin, .epoch = log->epoch, .note = checkpoint};
    tg_sync_send(step, peer, TG_LANE_URGENT, &msg);
    peer->heads_due = true;
}

void tg_sync_on_conflict(struct sync_step *step, struct sync_peer *peer,
                         const struct tg_msg_conflict *conflict)
{
    struct tg_sync_ops *ops = &step->sync->ops;
    struct tg_log_id log = {.origin = conflict->origin, .epoch = conflict->epoch};
    uint64_t size = 0;
    struct tg_hash root;
    if (!tg_sync_shared(step->sync, peer, &log.origin)) return;
    if (ops->checkpoint_verify(ops->ctx, &log, conflict->note, &size, &root)) {
        tg_sync_odd(step, peer, "sent a checkpoint that its origin's card does not verify");
        return;
    }
    peer->heads_due = true;
    struct tg_sync_effect *effect = tg_sync_effect_add(step, TG_EFFECT_CONFLICT);
    if (!effect) return;
    effect->peer = peer->id;
    effect->log = log;
    effect->index = size;
}
