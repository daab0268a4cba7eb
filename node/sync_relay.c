/* The sync engine where a link is cut: envelopes and receipts that go by a relay, a node that the origin's card names.
 *
 * Does no I/O. A relay carries what it cannot read; it is told whom an envelope is for, and nothing of what it says.
 */
#include "base/cleanup.h"
#include "node/sync_internal.h"
#include "proto/receipt.h"

bool tg_sync_relayed_by(const struct sync_step *step, const struct tg_hash *origin, const struct tg_hash *who)
{
    return step->sync->ops.relays(step->sync->ops.ctx, origin, who);
}

static bool relayed_by_us(const struct sync_step *step, const struct tg_hash *origin)
{
    return tg_sync_relayed_by(step, origin, &step->sync->identity.node);
}

void tg_sync_relay_on(struct sync_step *step, const struct tg_envelope_ref *ref)
{
    struct tg_sync *sync = step->sync;
    if (tg_sync_is_own(sync, &ref->log) || !relayed_by_us(step, &ref->log.origin)) return;
    for (size_t i = 0; i < TG_PEERS_MAX; i++) {
        struct sync_peer *peer = sync->peers[i];
        if (!peer || !tg_sync_ready(peer, TG_LANE_URGENT)) continue;
        if (tg_hash_equal(&peer->id, &ref->log.origin) || !tg_sync_shared(sync, peer, &ref->log.origin))
            continue;
        tg_sync_push(step, peer, ref);
    }
}

/* ---- receipts ---- */

static void receipt_send(struct sync_step *step, const struct sync_peer *peer, struct tg_view note)
{
    struct tg_msg msg = {.type = TG_MSG_RECEIPT};
    msg.receipt = (struct tg_msg_receipt){.note = note};
    tg_sync_send(step, peer, TG_LANE_URGENT, &msg);
}

/* Who brings a receipt to that origin: itself, else its relays. */
static size_t ways_to(const struct sync_step *step, const struct tg_hash *origin,
                      const struct sync_peer *ret_ways[static TG_PEERS_MAX])
{
    struct tg_sync *sync = step->sync;
    const struct sync_peer *direct = tg_sync_peer_find(sync, origin);
    size_t count = 0;
    if (!direct) return 0;
    if (tg_sync_ready(direct, TG_LANE_URGENT)) {
        ret_ways[count++] = direct;
        return count;
    }
    for (size_t i = 0; i < TG_PEERS_MAX; i++)
        if (sync->peers[i] && tg_sync_ready(sync->peers[i], TG_LANE_URGENT) &&
            tg_sync_relayed_by(step, origin, &sync->peers[i]->id))
            ret_ways[count++] = sync->peers[i];
    return count;
}

void tg_sync_send_receipt(struct sync_step *step, struct sync_log *log)
{
    struct tg_sync *sync = step->sync;
    const struct sync_peer *ways[TG_PEERS_MAX];
    size_t count = ways_to(step, &log->id.origin, ways);
    if (!count) return; /* stays due until there is one */
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    log->receipt_due = false;
    log->receipt_now = false;
    log->receipt_sent_us = step->now_us;
    log->receipt_by_relay = !tg_hash_equal(&ways[0]->id, &log->id.origin);
    if (sync->ops.receipt_make(sync->ops.ctx, &log->id, step->wall_ms, &note) || !note.bytes) return;
    for (size_t i = 0; i < count; i++) receipt_send(step, ways[i], tg_buf_view(&note));
}

void tg_sync_receipt_again(struct sync_step *step, struct sync_log *log)
{
    if (log->receipt_by_relay && step->now_us - log->receipt_sent_us >= TG_SYNC_RELAYED_RECEIPT_US)
        log->receipt_due = true;
}

static void receipt_keep(struct sync_step *step, const struct tg_hash *by, struct tg_view note)
{
    void *copy = tg_arena_copy(step->effects->arena, note.data, note.bytes);
    struct tg_sync_effect *effect = copy ? tg_sync_effect_add(step, TG_EFFECT_RECEIPT) : NULL;
    if (!effect) {
        step->err = TG_ENOMEM;
        return;
    }
    effect->peer = *by;
    effect->note = tg_view_of(copy, note.bytes);
}

/* Ours by its writer or by a relay of ours; another's by its writer, if we are the origin's relay. */
void tg_sync_on_receipt(struct sync_step *step, struct sync_peer *peer, const struct tg_msg_receipt *receipt)
{
    struct tg_sync *sync = step->sync;
    struct tg_node_id by_id, origin_id;
    struct tg_hash by, origin;
    uint32_t epoch;
    if (tg_receipt_peek(receipt->note, &by_id, &origin_id, &epoch)) {
        tg_sync_odd(step, peer, "sent a receipt that cannot be read");
        return;
    }
    memcpy(by.bytes, by_id.bytes, sizeof by.bytes);
    memcpy(origin.bytes, origin_id.bytes, sizeof origin.bytes);
    bool ours = tg_hash_equal(&origin, &sync->identity.node), its_own = tg_hash_equal(&by, &peer->id);
    if (ours && (its_own || tg_sync_relayed_by(step, &origin, &peer->id))) {
        receipt_keep(step, &by, receipt->note);
        return;
    }
    if (ours || !its_own || !relayed_by_us(step, &origin)) {
        tg_sync_odd(step, peer, "sent a receipt that is not its own, or not for us");
        return;
    }
    const struct sync_peer *to = tg_sync_peer_find(sync, &origin);
    if (to && tg_sync_ready(to, TG_LANE_URGENT)) receipt_send(step, to, receipt->note);
}
