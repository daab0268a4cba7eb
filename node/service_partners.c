/* What was given to and got from each partner, and what waits: the detail of `peer.list`.
 *
 * Counts from tables and receipts, opens no envelope. Contract: docs/control.md.
 */
#include "node/service_internal.h"

/* Envelopes of ours that are addressed to a partner and that its receipt does not speak of. */
struct owed {
    uint64_t count, overdue;
    int64_t since_ms; /* the oldest one's; 0: none */
};

static bool receipted(const struct tg_receipt *receipt, uint64_t index)
{
    if (tg_ranges_contain(receipt->have, receipt->have_count, index)) return true;
    for (size_t i = 0; i < receipt->refused_count; i++)
        if (receipt->refused[i].index == index) return true;
    return false;
}

static void owed_add(const struct tg_rtxn *txn, const struct tg_held_log *own, uint64_t index, int64_t due_ms,
                     struct owed *owed)
{
    struct tg_view wrapped;
    int64_t stored_ms = 0;
    owed->count++;
    if (tg_lookup_key(txn, own->number, index, &stored_ms, &wrapped)) return;
    if (!owed->since_ms || stored_ms < owed->since_ms) owed->since_ms = stored_ms;
    if (stored_ms <= due_ms) owed->overdue++;
}

/* From..until of our log: what lies between two ranges that the partner says it has. */
static tg_err owed_between(const struct tg_rtxn *txn, const struct tg_held_log *own,
                           const struct tg_peer *peer, const struct tg_receipt *receipt, uint64_t from,
                           uint64_t until, int64_t due_ms, struct owed *owed)
{
    struct tg_store_scan scan = {0};
    uint64_t index = 0;
    uint8_t slot;
    tg_err err = tg_store_scan_recipient(txn, peer->id.bytes, own->number, from, &scan);
    while (!err && owed->count < TG_SERVICE_COUNTED_MAX) {
        if (tg_store_recipient_next(&scan, &index, &slot) || index >= until) break;
        if (!receipt || !receipted(receipt, index)) owed_add(txn, own, index, due_ms, owed);
    }
    tg_store_scan_release(&scan);
    return err == TG_ENOENT ? TG_OK : err;
}

static tg_err owed_count(const struct tg_rtxn *txn, const struct tg_held_log *own, const struct tg_peer *peer,
                         const struct tg_receipt *receipt, int64_t due_ms, struct owed *ret_owed)
{
    uint64_t from = 0;
    tg_err err = TG_OK;
    for (size_t i = 0; receipt && i < receipt->have_count && !err; i++) {
        const struct tg_range *range = &receipt->have[i];
        if (range->first > from)
            err = owed_between(txn, own, peer, receipt, from, range->first, due_ms, ret_owed);
        from = range->last + 1;
    }
    return err ? err : owed_between(txn, own, peer, receipt, from, UINT64_MAX, due_ms, ret_owed);
}

static bool withdrawn_there(const struct tg_receipt *receipt, const struct tg_withdrawal *ours)
{
    for (size_t i = 0; receipt && i < receipt->withdrawn_count; i++)
        if (receipt->withdrawn[i].index == ours->index && receipt->withdrawn[i].record == ours->record)
            return true;
    return false;
}

/* The partner was sent the record and has not told its end yet. */
static bool open_at(const struct tg_rtxn *txn, const struct tg_held_log *own, const struct tg_hash *peer,
                    const struct tg_receipt *receipt, const struct tg_withdrawal *ours)
{
    uint8_t slot;
    return !withdrawn_there(receipt, ours) &&
           !tg_store_recipient_get(txn, peer->bytes, own->number, ours->index, &slot);
}

static uint64_t withdrawals_open(const struct tg_rtxn *txn, const struct tg_held_log *own,
                                 const struct tg_peer *peer, const struct tg_receipt *receipt)
{
    uint64_t open = 0;
    for (size_t i = 0; i < own->withdrawn_count; i++)
        open += open_at(txn, own, &peer->id, receipt, &own->withdrawn[i]);
    return open;
}

static bool withdrawal_open(struct tg_node *node, const struct tg_rtxn *txn, const struct tg_held_log *own,
                            const struct tg_withdrawal *ours)
{
    for (size_t i = 0; i < node->peer_count; i++) {
        const struct tg_hash *peer = &node->peers[i]->id;
        const struct tg_held_receipt *held = tg_receipts_of(node, peer);
        if (open_at(txn, own, peer, held ? &held->receipt : NULL, ours)) return true;
    }
    return false;
}

/* "TJ-4 enewer, TJ-9 not-understood, and 3 more": the newest first. */
#define REFS_SHOWN 5
static tg_err refs_text(struct tg_node *node, const struct tg_receipt *receipt, struct tg_buf *out)
{
    tg_err err = TG_OK;
    struct tg_log_id own = {.origin = node->id, .epoch = receipt->epoch};
    for (size_t i = 0; i < receipt->refused_count && i < REFS_SHOWN && !err; i++) {
        const struct tg_refusal *refusal = &receipt->refused[receipt->refused_count - 1 - i];
        char ref[TG_REF_TEXT_BYTES];
        tg_lookup_place_text(node, &own, refusal->index, 1, 1, ref);
        err = tg_buf_putf(out, "%s%s %s", i ? ", " : "", ref, refusal->code);
    }
    if (err || receipt->refused_count <= REFS_SHOWN) return err;
    return tg_buf_putf(out, ", and %zu more", receipt->refused_count - REFS_SHOWN);
}

/* "evalue 3, enewer 1": what it refused of ours, by reason. */
static tg_err codes_text(const struct tg_receipt *receipt, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; receipt && i < receipt->refused_count && !err; i++) {
        size_t same = 0, before = 0;
        for (size_t k = 0; k < receipt->refused_count; k++) {
            bool equal = strcmp(receipt->refused[k].code, receipt->refused[i].code) == 0;
            same += equal;
            before += equal && k < i;
        }
        if (!before)
            err = tg_buf_putf(out, "%s%s %zu", out->bytes ? ", " : "", receipt->refused[i].code, same);
    }
    return err;
}

/* The partner's own logs, as far as they are not here or were refused here. */
static tg_err theirs_put(struct tg_call *call, const struct tg_peer *peer, struct tg_control_out *row,
                         struct tg_errmsg *em)
{
    uint64_t missing = 0, refused = 0, newer = 0;
    tg_err err = TG_OK;
    for (size_t i = 0; i < call->node->log_count && !err; i++) {
        const struct tg_held_log *log = call->node->logs[i];
        uint64_t gaps = 0, early = 0;
        if (!tg_hash_equal(&log->id.origin, &peer->id)) continue;
        if (log->numbered) err = tg_log_gaps(call, log, &gaps, &early, em);
        missing += gaps;
        for (size_t k = 0; k < log->refused_count; k++) {
            bool kept = strcmp(log->refused[k].code, TG_CODE_NOT_UNDERSTOOD) == 0;
            newer += kept;
            refused += !kept;
        }
    }
    tg_control_put_number(row, "missing", (int64_t)missing);
    tg_control_put_number(row, "we_refused", (int64_t)refused);
    tg_control_put_number(row, "we_not_understood", (int64_t)newer);
    return err;
}

static tg_err ours_count(struct tg_call *call, const struct tg_peer *peer, int64_t due_ms,
                         struct owed *ret_owed, uint64_t *ret_open, struct tg_errmsg *em)
{
    const struct tg_held_log *own = tg_held_own(call->node);
    const struct tg_held_receipt *held = tg_receipts_of(call->node, &peer->id);
    const struct tg_receipt *receipt = held ? &held->receipt : NULL;
    if (!own || !own->numbered) return TG_OK;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(call->node->store, &txn, em);
    if (!err) err = owed_count(txn, own, peer, receipt, due_ms, ret_owed);
    if (!err) *ret_open = withdrawals_open(txn, own, peer, receipt);
    return err;
}

tg_err tg_partner_withdrawals(const struct tg_service *service, const struct tg_peer *peer,
                              uint64_t *ret_open, struct tg_errmsg *em)
{
    const struct tg_held_log *own = tg_held_own(service->node);
    const struct tg_held_receipt *held = tg_receipts_of(service->node, &peer->id);
    *ret_open = 0;
    if (!own || !own->numbered || !own->withdrawn_count) return TG_OK;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(service->node->store, &txn, em);
    if (!err) *ret_open = withdrawals_open(txn, own, peer, held ? &held->receipt : NULL);
    return err;
}

tg_err tg_partner_put(struct tg_call *call, const struct tg_peer *peer, struct tg_control_out *row,
                      struct tg_errmsg *em)
{
    int64_t overdue_ms = tg_control_number(call->msg, "overdue_ms", TG_SERVICE_OVERDUE_MS);
    const struct tg_held_receipt *held = tg_receipts_of(call->node, &peer->id);
    struct owed owed = {0};
    uint64_t open = 0;
    TG_AUTO(tg_buf) struct tg_buf codes = {0}, refs = {0};
    tg_err err = ours_count(call, peer, tg_service_now_ms(call->service) - overdue_ms, &owed, &open, em);
    if (!err) err = codes_text(held ? &held->receipt : NULL, &codes);
    if (!err && held) err = refs_text(call->node, &held->receipt, &refs);
    if (err) return err;
    tg_control_put_number(row, "waiting", (int64_t)owed.count);
    tg_control_put_number(row, "waiting_since_ms", owed.since_ms);
    tg_control_put_number(row, "overdue", (int64_t)owed.overdue);
    tg_control_put_number(row, "withdrawals_open", (int64_t)open);
    tg_control_put_view(row, "refused_codes", tg_buf_view(&codes));
    tg_control_put_view(row, "refused_refs", tg_buf_view(&refs));
    tg_control_put_number(row, "receipt_ms", held ? held->at_ms : 0);
    return theirs_put(call, peer, row, em);
}

tg_err tg_withdrawals_count(struct tg_node *node, uint64_t *ret_count, uint64_t *ret_open,
                            struct tg_errmsg *em)
{
    const struct tg_held_log *own = tg_held_own(node);
    *ret_count = *ret_open = 0;
    if (!own || !own->numbered) return TG_OK;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (err) return err;
    *ret_count = own->withdrawn_count;
    for (size_t i = 0; i < own->withdrawn_count; i++)
        *ret_open += withdrawal_open(node, txn, own, &own->withdrawn[i]);
    return TG_OK;
}
