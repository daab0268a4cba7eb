/* What a relay is given, and by whom.
 *
 * Knows no message: the sync engine asks through tg_sync_ops. Terms: docs/formats-wire.md "Relays".
 */
#include "node/relay.h"

#include "node/receipts.h"

bool tg_relay_is(struct tg_node *node, const struct tg_hash *origin, const struct tg_hash *who)
{
    const struct tg_card *card = tg_trust_card(node, origin);
    for (size_t i = 0; card && i < card->relay_count; i++)
        if (memcmp(card->relays[i].bytes, who->bytes, sizeof who->bytes) == 0) return true;
    return false;
}

bool tg_relay_serves(struct tg_node *node, const struct tg_held_log *log, const struct tg_hash *peer)
{
#ifdef TG_CONTROL_ANY_RELAY
    (void)peer;
    return log->own || tg_relay_is(node, &log->id.origin, &node->id);
#endif
    return tg_relay_is(node, &log->id.origin, peer) &&
           (log->own || tg_relay_is(node, &log->id.origin, &node->id));
}

tg_err tg_relay_next(const struct tg_rtxn *txn, uint32_t number, uint64_t from, uint64_t *ret_index)
{
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_store_entry entry;
    tg_err err = tg_store_scan_entries(txn, number, from, &scan);
    do {
        if (!err) err = tg_store_entry_next(&scan, ret_index, &entry);
    } while (!err && !entry.has_envelope);
    tg_store_scan_release(&scan); /* before the transaction ends */
    return err;
}

/* Has everybody whom it is for said that it has it, or what is wrong with it? */
static bool receipted_by_all(struct tg_node *node, struct tg_held_log *own, uint64_t index)
{
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    bool all = !tg_commit_audience_of(node, own, index, ids, &count, NULL);
    for (size_t i = 0; all && i < count; i++)
        all = tg_receipts_holding(node, &ids[i], own->id.epoch, index, 0) != TG_HOLDING_WAITING;
    return all;
}

size_t tg_relay_urgent_unreceipted(void *ctx, const struct tg_hash *peer, uint64_t *ret_indexes, size_t max)
{
    struct tg_node *node = ctx;
    struct tg_held_log *own = tg_held_own(node);
    size_t count = tg_receipts_urgent_unreceipted(ctx, peer, ret_indexes, max), kept = 0;
    if (!own || !tg_relay_serves(node, own, peer)) return count;
    for (size_t i = 0; i < count; i++)
        if (!receipted_by_all(node, own, ret_indexes[i])) ret_indexes[kept++] = ret_indexes[i];
    return kept;
}
