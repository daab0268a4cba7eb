/* Receipts: our signed statements to origins, and theirs to us.
 *
 * Cumulative, so the newest of a peer says all; the store keeps that one. Format: docs/formats.md "receipt".
 */
#include "node/receipts.h"

#include <stdlib.h>

#include "node/cards.h"
#include "node/heads.h"
#include "node/missing.h"
#include "proto/statement.h"

/* When one of our envelopes reached whom. */
struct sent {
    uint32_t epoch;
    uint64_t index;
    bool used;
    bool urgent;
    int64_t begun_us;
    struct {
        struct tg_hash by;
        int64_t us;
    } stored[TG_PEERS_MAX];
    size_t stored_count;
};

struct tg_receipts {
    struct tg_held_receipt *by[TG_RECEIPTS_HELD_MAX]; /* one for each partner and epoch of ours */
    bool dirty[TG_RECEIPTS_HELD_MAX];
    size_t count;
    struct sent *sent[TG_STORED_TIMES_MAX]; /* place index % max; made on first use */
    void (*on_receipt)(void *ctx, const struct tg_hash *by);
    void *ctx;
};

tg_err tg_receipts_new(struct tg_node *node)
{
    node->receipts = calloc(1, sizeof *node->receipts);
    return node->receipts ? TG_OK : TG_ENOMEM;
}

static void held_free(struct tg_held_receipt *held)
{
    if (!held) return;
    tg_arena_release(&held->arena);
    free(held);
}

void tg_receipts_free(struct tg_node *node)
{
    struct tg_receipts *receipts = node->receipts;
    if (!receipts) return;
    for (size_t i = 0; i < receipts->count; i++) held_free(receipts->by[i]);
    for (size_t i = 0; i < TG_STORED_TIMES_MAX; i++) free(receipts->sent[i]);
    free(receipts);
    node->receipts = NULL;
}

static size_t place_of(const struct tg_receipts *receipts, const struct tg_hash *by, uint32_t epoch)
{
    size_t at = 0;
    while (at < receipts->count &&
           (receipts->by[at]->receipt.epoch != epoch || !tg_hash_equal(&receipts->by[at]->by, by)))
        at++;
    return at;
}

const struct tg_held_receipt *tg_receipts_of_epoch(struct tg_node *node, const struct tg_hash *by,
                                                   uint32_t epoch)
{
    size_t at = place_of(node->receipts, by, epoch);
    return at < node->receipts->count ? node->receipts->by[at] : NULL;
}

const struct tg_held_receipt *tg_receipts_of(struct tg_node *node, const struct tg_hash *by)
{
    return tg_receipts_of_epoch(node, by, node->own_epoch);
}

/* Verified by the card of the one who gave it: the one that the receipt names, which may be an older one. */
static struct tg_held_receipt *receipt_open(struct tg_node *node, const struct tg_hash *by,
                                            struct tg_view note, struct tg_errmsg *em)
{
    TG_AUTO_FREE struct tg_card *older = NULL;
    const struct tg_card *card = tg_trust_card(node, by);
    uint64_t serial;
    if (card && tg_statement_number(note, "card ", &serial) && serial < card->serial &&
        !tg_cards_get(node, by, serial, &older))
        card = older;
    struct tg_held_receipt *held = card ? calloc(1, sizeof *held) : NULL;
    if (!held) return NULL;
    tg_arena_init(&held->arena, TG_MESSAGE_PARSE_BUDGET_BYTES);
    held->by = *by;
    void *copy = tg_arena_copy(&held->arena, note.data, note.bytes);
    held->note = tg_view_of(copy, note.bytes);
    tg_err err =
        copy ? tg_receipt_open(held->note, &card->store, &held->arena, &held->receipt, em) : TG_ENOMEM;
    bool ours = !err && memcmp(held->receipt.origin.bytes, node->id.bytes, 32) == 0;
    if (!err && !ours) err = tg_fail(em, TG_EPOSITION, "the receipt is for another origin's log");
    if (!err && held->receipt.epoch > node->own_epoch)
        err = tg_fail(em, TG_EEPOCH, "the receipt is for an epoch of our log that was not begun");
    if (!err) return held;
    held_free(held);
    return NULL;
}

static struct sent *sent_of(struct tg_receipts *receipts, uint32_t epoch, uint64_t index)
{
    struct sent *sent = receipts->sent[index % TG_STORED_TIMES_MAX];
    return sent && sent->used && sent->epoch == epoch && sent->index == index ? sent : NULL;
}

static bool has(const struct tg_receipt *receipt, uint64_t index)
{
    return tg_ranges_contain(receipt->have, receipt->have_count, index);
}

static void note_times(struct tg_node *node, const struct tg_held_receipt *held)
{
    int64_t now_us = tg_clock_mono_us(node->clock);
    for (size_t i = 0; i < TG_STORED_TIMES_MAX; i++) {
        struct sent *sent = node->receipts->sent[i];
        if (!sent || !sent->used || sent->epoch != held->receipt.epoch) continue;
        if (!has(&held->receipt, sent->index)) continue;
        bool known = false;
        for (size_t k = 0; k < sent->stored_count; k++)
            known |= tg_hash_equal(&sent->stored[k].by, &held->by);
        if (known || sent->stored_count == TG_PEERS_MAX) continue;
        sent->stored[sent->stored_count].by = held->by;
        sent->stored[sent->stored_count++].us = now_us - sent->begun_us;
    }
}

static tg_err keep(struct tg_receipts *receipts, struct tg_held_receipt *held, bool dirty)
{
    size_t at = place_of(receipts, &held->by, held->receipt.epoch);
    if (at == TG_RECEIPTS_HELD_MAX) return TG_ELIMIT;
    if (at == receipts->count) receipts->count++;
    held_free(receipts->by[at]);
    receipts->by[at] = held;
    receipts->dirty[at] = dirty;
    return TG_OK;
}

/* Its clock was ahead when it wrote that, and has been set back since: it says HELLO with the time that it has. */
static bool dated_ahead(struct tg_node *node, const struct tg_held_receipt *old)
{
    struct tg_sync_peer_view view;
    if (!tg_sync_peer(node->sync, &old->by, &view) || !view.greeted) return false;
    int64_t its_ms = tg_clock_wall_ms(node->clock) + view.skew_ms;
    return (int64_t)old->receipt.time * 1000 > its_ms + TG_SERVICE_SKEW_MS_MAX;
}

/* A peer that lost its store says so by a receipt that says less, and that is shown, not hidden; an older one that comes
 * late on a dying connection is not. */
static bool stale(struct tg_node *node, const struct tg_held_receipt *old,
                  const struct tg_held_receipt *fresh)
{
    if (!old) return false;
    bool older = fresh->receipt.time < old->receipt.time && !dated_ahead(node, old);
    return older || tg_view_equal(fresh->note, old->note);
}

tg_err tg_receipts_take(struct tg_node *node, const struct tg_hash *by, struct tg_view note)
{
    struct tg_errmsg em = {0};
    struct tg_held_receipt *held = receipt_open(node, by, note, &em);
    if (!held) {
        tg_event(node->events, TG_EV_PEER_ODD, TG_F_NODE("peer", by), TG_F_TEXT("why", em.text));
        return TG_EVALUE;
    }
    held->at_ms = tg_clock_wall_ms(node->clock);
    const struct tg_held_receipt *before = tg_receipts_of_epoch(node, by, held->receipt.epoch);
    tg_err err = stale(node, before, held) ? TG_EEXIST : keep(node->receipts, held, true);
    if (err) {
        held_free(held);
        return err;
    }
    note_times(node, held);
    if (node->receipts->on_receipt) node->receipts->on_receipt(node->receipts->ctx, by);
    return TG_OK;
}

void tg_receipts_observe(struct tg_node *node, void (*on_receipt)(void *ctx, const struct tg_hash *by),
                         void *ctx)
{
    node->receipts->on_receipt = on_receipt;
    node->receipts->ctx = ctx;
}

/* Stored value: u64 at_ms ‖ note. */
tg_err tg_receipts_store(struct tg_node *node, struct tg_wtxn *txn)
{
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < node->receipts->count; i++) {
        if (!node->receipts->dirty[i]) continue;
        const struct tg_held_receipt *held = node->receipts->by[i];
        const struct tg_log_id id = {.origin = node->id, .epoch = held->receipt.epoch};
        const struct tg_held_log *own = tg_held_find(node, &id);
        if (!own || !own->numbered) continue;
        uint8_t at[8];
        tg_be64_put(at, (uint64_t)held->at_ms);
        TG_AUTO(tg_buf) struct tg_buf value = {0};
        err = tg_buf_put(&value, at, sizeof at);
        if (!err) err = tg_buf_put_view(&value, held->note);
        if (!err) err = tg_store_by_put(txn, TG_BY_RECEIPT, own->number, held->by.bytes, tg_buf_view(&value));
    }
    return err;
}

void tg_receipts_stored(struct tg_node *node)
{
    for (size_t i = 0; i < node->receipts->count; i++) node->receipts->dirty[i] = false;
}

static tg_err load_of(struct tg_node *node, const struct tg_held_log *own, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_scan_by(txn, TG_BY_RECEIPT, own->number, &scan);
    struct tg_hash by;
    struct tg_view value;
    while (!err && !(err = tg_store_by_next(&scan, by.bytes, &value))) {
        if (value.bytes < 8) return tg_fail(em, TG_EDAMAGED, "a stored receipt is damaged");
        struct tg_held_receipt *held =
            receipt_open(node, &by, tg_view_of(value.data + 8, value.bytes - 8), em);
        if (!held) continue; /* of a node whose card is gone: of no use any more */
        held->at_ms = (int64_t)tg_be64_get(value.data);
        err = keep(node->receipts, held, false);
    }
    return err == TG_ENOENT ? TG_OK : err;
}

tg_err tg_receipts_load(struct tg_node *node, struct tg_errmsg *em)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < node->log_count && !err; i++)
        if (node->logs[i]->own && node->logs[i]->numbered) err = load_of(node, node->logs[i], em);
    return err;
}

const char *tg_receipts_code(struct tg_node *node, const struct tg_hash *by, uint32_t epoch, uint64_t index)
{
    const struct tg_held_receipt *held = tg_receipts_of_epoch(node, by, epoch);
    for (size_t i = 0; held && i < held->receipt.refused_count; i++)
        if (held->receipt.refused[i].index == index) return held->receipt.refused[i].code;
    return NULL;
}

enum tg_holding tg_receipts_holding(struct tg_node *node, const struct tg_hash *by, uint32_t epoch,
                                    uint64_t index, uint32_t item)
{
    const struct tg_held_receipt *held = tg_receipts_of_epoch(node, by, epoch);
    if (!held) return TG_HOLDING_WAITING;
    const struct tg_receipt *receipt = &held->receipt;
    for (size_t i = 0; i < receipt->withdrawn_count; i++)
        if (receipt->withdrawn[i].index == index && receipt->withdrawn[i].record == item)
            return TG_HOLDING_WITHDRAWN;
    const char *code = tg_receipts_code(node, by, epoch, index);
    if (code)
        return strcmp(code, TG_CODE_NOT_UNDERSTOOD) == 0 ? TG_HOLDING_NOT_UNDERSTOOD : TG_HOLDING_REFUSED;
    return has(receipt, index) ? TG_HOLDING_STORED : TG_HOLDING_WAITING;
}

int64_t tg_receipts_stored_us(struct tg_node *node, const struct tg_hash *by, uint32_t epoch, uint64_t index)
{
    const struct sent *sent = sent_of(node->receipts, epoch, index);
    for (size_t i = 0; sent && i < sent->stored_count; i++)
        if (tg_hash_equal(&sent->stored[i].by, by)) return sent->stored[i].us;
    return -1;
}

void tg_receipts_committed(struct tg_node *node, uint64_t index, uint8_t precedence, int64_t begun_us)
{
    struct sent **place = &node->receipts->sent[index % TG_STORED_TIMES_MAX];
    if (!*place) *place = calloc(1, sizeof **place);
    if (!*place) return; /* times are a courtesy; the receipt itself is what counts */
    **place = (struct sent){.epoch = node->own_epoch,
                            .index = index,
                            .used = true,
                            .urgent = precedence >= TG_SYNC_URGENT_PRECEDENCE,
                            .begun_us = begun_us};
}

size_t tg_receipts_urgent_unreceipted(void *ctx, const struct tg_hash *peer, uint64_t *ret_indexes,
                                      size_t max)
{
    struct tg_node *node = ctx;
    struct tg_held_log *own = tg_held_own(node);
    const struct tg_held_receipt *held = tg_receipts_of(node, peer);
    uint64_t from = own && own->size > TG_STORED_TIMES_MAX ? own->size - TG_STORED_TIMES_MAX : 0;
    size_t count = 0;
    for (uint64_t index = from; own && index < own->size && count < max; index++) {
        const struct sent *sent = sent_of(node->receipts, own->id.epoch, index);
        bool said =
            held && (has(&held->receipt, index) || tg_receipts_code(node, peer, own->id.epoch, index));
        if (sent && sent->urgent && !said) ret_indexes[count++] = index;
    }
    return count;
}

/* Where the last max of count begin: a receipt has a limit, and the newest is what its origin waits for. */
static size_t newest(size_t count, size_t max)
{
    return count > max ? count - max : 0;
}

tg_err tg_receipts_make(void *ctx, const struct tg_log_id *id, int64_t wall_ms, struct tg_buf *out)
{
    struct tg_node *node = ctx;
    struct tg_held_log *log = tg_held_find(node, id);
    if (!log || log->own) return TG_OK;
    size_t ranges = newest(log->have_count, TG_RECEIPT_RANGES_MAX);
    size_t refused = newest(log->refused_count, TG_RECEIPT_ITEMS_MAX);
    size_t withdrawn = newest(log->withdrawn_count, TG_RECEIPT_ITEMS_MAX);
    struct tg_range missing[TG_RECEIPT_MISSING_MAX];
    size_t missing_count = 0;
    tg_err err = tg_missing_ranges(node, log, log->size, missing, TG_RECEIPT_MISSING_MAX, &missing_count);
    if (err) return err;
    struct tg_receipt receipt = {
        .card_serial = node->card->serial,
        .epoch = id->epoch,
        .size = log->size,
        .root = log->root,
        .have = log->have + ranges,
        .have_count = log->have_count - ranges,
        .missing = missing,
        .missing_count = missing_count,
        .refused = log->refused + refused,
        .refused_count = log->refused_count - refused,
        .withdrawn = log->withdrawn + withdrawn,
        .withdrawn_count = log->withdrawn_count - withdrawn,
        .time = (uint64_t)(wall_ms / 1000),
    };
    memcpy(receipt.by.bytes, node->id.bytes, sizeof receipt.by.bytes);
    memcpy(receipt.origin.bytes, id->origin.bytes, sizeof receipt.origin.bytes);
    struct tg_signer signer = tg_vault_signer(node->vault, TG_VAULT_KEY_STORE);
    return tg_receipt_sign(&receipt, &node->card->store, &signer, out, NULL);
}
