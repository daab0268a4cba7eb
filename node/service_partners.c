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

/* ---- what is owed, one by one ---- */

static bool receipted(const struct tg_receipt *receipt, uint64_t index)
{
    if (tg_ranges_contain(receipt->have, receipt->have_count, index)) return true;
    for (size_t i = 0; i < receipt->refused_count; i++)
        if (receipt->refused[i].index == index) return true;
    return false;
}

int64_t tg_owed_due_ms(const struct tg_node *node, const struct tg_owed *owed, int64_t given_ms)
{
    static const int64_t limits[] = {TG_OVERDUE_ROUTINE_MS, TG_OVERDUE_PRIORITY_MS, TG_OVERDUE_IMMEDIATE_MS,
                                     TG_OVERDUE_FLASH_MS};
    const size_t at = owed->precedence < sizeof limits / sizeof limits[0] ? owed->precedence : 0;
    if (!owed->since_ms) return 0;
    if (given_ms >= 0) return owed->since_ms + given_ms;
    if (owed->deadline_ms) return owed->deadline_ms;
    return owed->since_ms +
           (node->overdue_seconds[at] ? (int64_t)node->overdue_seconds[at] * 1000 : limits[at]);
}

/* One that its receipt does not speak of. */
static tg_err owed_one(const struct tg_rtxn *txn, const struct tg_held_log *own,
                       const struct tg_receipt *receipt, uint64_t index, tg_on_owed on_owed, void *ctx)
{
    struct tg_owed owed = {.epoch = own->id.epoch, .index = index};
    struct tg_view wrapped;
    struct tg_store_entry entry;
    struct tg_manifest manifest;
    tg_err err = tg_store_entry_get(txn, own->number, index, &entry);
    if (err || !entry.has_envelope) return err == TG_ENOENT ? TG_OK : err;
    if (!tg_manifest_parse(tg_view_of(entry.manifest, TG_MANIFEST_BYTES), &manifest, NULL))
        owed.precedence = (uint8_t)manifest.precedence;
    (void)tg_lookup_key(txn, own->number, index, &owed.since_ms, &wrapped);
    owed.named = receipt && tg_ranges_contain(receipt->missing, receipt->missing_count, index);
    return on_owed(ctx, &owed);
}

/* From..until of our log: what lies between two ranges that the partner says it has. */
static tg_err owed_between(const struct tg_rtxn *txn, const struct tg_held_log *own,
                           const struct tg_peer *peer, const struct tg_receipt *receipt, uint64_t from,
                           uint64_t until, tg_on_owed on_owed, void *ctx)
{
    struct tg_store_scan scan = {0};
    uint64_t index = 0;
    uint8_t slot;
    tg_err err = tg_store_scan_recipient(txn, peer->id.bytes, own->number, from, &scan);
    while (!err) {
        if (tg_store_recipient_next(&scan, &index, &slot) || index >= until) break;
        if (!receipt || !receipted(receipt, index)) err = owed_one(txn, own, receipt, index, on_owed, ctx);
    }
    tg_store_scan_release(&scan);
    return err;
}

/* What the partner says of that log of ours; NULL. */
static const struct tg_receipt *receipt_for(struct tg_node *node, const struct tg_hash *by,
                                            const struct tg_held_log *own)
{
    const struct tg_held_receipt *held = tg_receipts_of_epoch(node, by, own->id.epoch);
    return held ? &held->receipt : NULL;
}

static tg_err owed_of(struct tg_node *node, const struct tg_held_log *own, const struct tg_peer *peer,
                      tg_on_owed on_owed, void *ctx, struct tg_errmsg *em)
{
    const struct tg_receipt *receipt = receipt_for(node, &peer->id, own);
    uint64_t from = 0;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    for (size_t i = 0; receipt && i < receipt->have_count && !err; i++) {
        const struct tg_range *range = &receipt->have[i];
        if (range->first > from)
            err = owed_between(txn, own, peer, receipt, from, range->first, on_owed, ctx);
        from = range->last + 1;
    }
    return err ? err : owed_between(txn, own, peer, receipt, from, UINT64_MAX, on_owed, ctx);
}

/* Ours, with something in it. */
static bool own_numbered(const struct tg_held_log *log)
{
    return log->own && log->numbered;
}

tg_err tg_owed_each(struct tg_node *node, const struct tg_peer *peer, tg_on_owed on_owed, void *ctx,
                    struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < node->log_count && !err; i++) {
        if (own_numbered(node->logs[i])) err = owed_of(node, node->logs[i], peer, on_owed, ctx, em);
        if (err == TG_ENOENT) err = TG_OK;
    }
    return err;
}

/* Ascending by index, then record. */
static bool withdrawn_there(const struct tg_receipt *receipt, uint64_t index, uint32_t record)
{
    size_t low = 0, high = receipt ? receipt->withdrawn_count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct tg_withdrawal *at = &receipt->withdrawn[middle];
        if (at->index == index && at->record == record) return true;
        if (at->index < index || (at->index == index && at->record < record))
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* The partner was sent the record and has not told its end yet. */
static bool open_at(const struct tg_rtxn *txn, const struct tg_held_log *own, const struct tg_hash *peer,
                    const struct tg_receipt *receipt, uint64_t index, uint32_t record)
{
    uint8_t slot;
    return !withdrawn_there(receipt, index, record) &&
           !tg_store_recipient_get(txn, peer->bytes, own->number, index, &slot);
}

static uint64_t withdrawals_open(const struct tg_rtxn *txn, const struct tg_held_log *own,
                                 const struct tg_peer *peer, const struct tg_receipt *receipt)
{
    uint64_t open = 0;
    for (size_t i = 0; i < own->withdrawn_count; i++)
        open += open_at(txn, own, &peer->id, receipt, own->withdrawn[i].index, own->withdrawn[i].record);
    return open;
}

static bool withdrawal_open(struct tg_node *node, const struct tg_rtxn *txn, const struct tg_held_log *own,
                            const struct tg_withdrawal *ours)
{
    for (size_t i = 0; i < node->peer_count; i++) {
        const struct tg_hash *peer = &node->peers[i]->id;
        if (open_at(txn, own, peer, receipt_for(node, peer, own), ours->index, ours->record)) return true;
    }
    return false;
}

struct ending {
    struct tg_node *node;
    const struct tg_rtxn *txn;
    const struct tg_held_log *own;
    const struct tg_peer *peer;
    const struct tg_receipt *receipt;
    tg_on_owed on_owed;
    void *ctx;
};

/* Of the withdrawal record; 0: it sets none, or is not indexed yet. */
static int64_t deadline_of(struct tg_node *node, const struct tg_hash *by)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_found found;
    uint64_t recno;
    size_t count = 0;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    if (tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(by->bytes), &recno, 1, &count, NULL) || !count ||
        tg_lookup_open(node, recno, &arena, &found, NULL) || found.record->kind != TG_KIND_WITHDRAWAL)
        return 0;
    return found.record->withdrawal->deadline_ms;
}

static tg_err ending_one(void *ctx, const struct tg_withdrawn *withdrawn)
{
    const struct ending *ending = ctx;
    if (!open_at(ending->txn, ending->own, &ending->peer->id, ending->receipt, withdrawn->index,
                 withdrawn->item))
        return TG_OK;
    struct tg_owed owed = {.epoch = ending->own->id.epoch,
                           .index = withdrawn->index,
                           .item = withdrawn->item,
                           .precedence = TG_IMMEDIATE,
                           .since_ms = withdrawn->at_ms,
                           .deadline_ms = deadline_of(ending->node, &withdrawn->by)};
    return ending->on_owed(ending->ctx, &owed);
}

tg_err tg_owed_withdrawals_each(struct tg_node *node, const struct tg_peer *peer, tg_on_owed on_owed,
                                void *ctx, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    for (size_t i = 0; i < node->log_count && !err; i++) {
        const struct tg_held_log *own = node->logs[i];
        struct ending ending = {
            .node = node, .txn = txn, .own = own, .peer = peer, .on_owed = on_owed, .ctx = ctx};
        if (!own_numbered(own) || !own->withdrawn_count) continue;
        ending.receipt = receipt_for(node, &peer->id, own);
        err = tg_withdrawn_each(txn, own, ending_one, &ending);
        if (err == TG_ENOENT) err = TG_OK;
    }
    return err;
}

/* ---- and counted ---- */

struct adding {
    const struct tg_node *node;
    struct owed *owed;
    int64_t now_ms, given_ms;
};

static tg_err owed_add(void *ctx, const struct tg_owed *one)
{
    struct adding *adding = ctx;
    struct owed *owed = adding->owed;
    owed->count++;
    if (one->since_ms && (!owed->since_ms || one->since_ms < owed->since_ms)) owed->since_ms = one->since_ms;
    const int64_t due_ms = tg_owed_due_ms(adding->node, one, adding->given_ms);
    if (due_ms && due_ms <= adding->now_ms) owed->overdue++;
    return owed->count < TG_SERVICE_COUNTED_MAX ? TG_OK : TG_ENOENT;
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

tg_err tg_partner_withdrawals(const struct tg_service *service, const struct tg_peer *peer,
                              uint64_t *ret_open, struct tg_errmsg *em)
{
    struct tg_node *node = service->node;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    *ret_open = 0;
    for (size_t i = 0; i < node->log_count && !err; i++)
        if (own_numbered(node->logs[i]))
            *ret_open +=
                withdrawals_open(txn, node->logs[i], peer, receipt_for(node, &peer->id, node->logs[i]));
    return err;
}

tg_err tg_partner_put(struct tg_call *call, const struct tg_peer *peer, struct tg_control_out *row,
                      struct tg_errmsg *em)
{
    const struct tg_held_receipt *held = tg_receipts_of(call->node, &peer->id);
    struct owed owed = {0};
    uint64_t open = 0;
    TG_AUTO(tg_buf) struct tg_buf codes = {0}, refs = {0};
    struct adding adding = {.node = call->node,
                            .owed = &owed,
                            .now_ms = tg_service_now_ms(call->service),
                            .given_ms = tg_control_number(call->msg, "overdue_ms", -1)};
    tg_err err = tg_owed_each(call->node, peer, owed_add, &adding, em);
    if (!err) err = tg_partner_withdrawals(call->service, peer, &open, em);
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
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    *ret_count = *ret_open = 0;
    for (size_t i = 0; i < node->log_count && !err; i++) {
        const struct tg_held_log *own = node->logs[i];
        if (!own_numbered(own)) continue;
        *ret_count += own->withdrawn_count;
        for (size_t k = 0; k < own->withdrawn_count; k++)
            *ret_open += withdrawal_open(node, txn, own, &own->withdrawn[k]);
    }
    return err;
}
