/* What was addressed to us and is not here; signed notes of what its origin, or who said that it has it, does not give.
 *
 * Knows no message. Rows: docs/formats-store.md "wanted", "withheld"; notes: docs/formats-evidence.md "Withholding".
 */
#include "node/missing.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/text.h"
#include "proto/withholding.h"

/* ---- the table `wanted` ---- */

#define WANT_BYTES 49
#define WANT_TOLD 1
#define WANT_CHAINED 2

static void want_encode(const struct tg_want *want, uint8_t out[static WANT_BYTES])
{
    struct tg_wr wr = tg_wr_init(out, WANT_BYTES);
    tg_wr_u8(&wr, (uint8_t)((want->told ? WANT_TOLD : 0) | (want->chained ? WANT_CHAINED : 0)));
    tg_wr_put(&wr, want->teller.bytes, sizeof want->teller.bytes);
    tg_wr_u64(&wr, want->by);
    tg_wr_u64(&wr, (uint64_t)want->since_ms);
}

tg_err tg_want_decode(struct tg_view value, struct tg_want *ret_want)
{
    struct tg_want want = {.told = false};
    if (value.bytes) {
        struct tg_rd rd = tg_rd_init(value);
        uint8_t flags = tg_rd_u8(&rd);
        want.told = flags & WANT_TOLD;
        want.chained = flags & WANT_CHAINED;
        tg_rd_copy(&rd, want.teller.bytes, sizeof want.teller.bytes);
        want.by = tg_rd_u64(&rd);
        want.since_ms = (int64_t)tg_rd_u64(&rd);
        if (tg_rd_end(&rd) || flags > (WANT_TOLD | WANT_CHAINED)) return TG_EDAMAGED;
    }
    *ret_want = want;
    return TG_OK;
}

tg_err tg_want_put(struct tg_wtxn *txn, uint32_t number, uint64_t index, const struct tg_want *want)
{
    const struct tg_rtxn *read = tg_wtxn_read(txn);
    struct tg_store_entry entry;
    struct tg_view held;
    struct tg_want kept = {.told = false};
    tg_err err = tg_store_entry_get(read, number, index, &entry);
    if (err == TG_ENOENT) err = tg_store_early_get(read, number, index, &entry);
    if (err && err != TG_ENOENT) return err;
    if (!err && entry.has_envelope) return TG_OK;
    err = tg_store_place_get(read, TG_PLACE_WANTED, number, index, &held);
    if (!err) err = tg_want_decode(held, &kept);
    if (err && err != TG_ENOENT) return err;
    bool more = err || (want->told && !kept.told) || (want->chained && !kept.chained);
    if (!more) return TG_OK;
    if (!kept.since_ms) kept.since_ms = want->since_ms;
    if (want->told && !kept.told) kept.teller = want->teller;
    if (want->chained && !kept.chained) kept.by = want->by;
    kept.told |= want->told;
    kept.chained |= want->chained;
    uint8_t value[WANT_BYTES];
    want_encode(&kept, value);
    return tg_store_place_put(txn, TG_PLACE_WANTED, number, index, TG_VIEW_ARRAY(value));
}

tg_err tg_missing_ranges(struct tg_node *node, const struct tg_held_log *log, uint64_t size,
                         struct tg_range *ret_ranges, size_t max, size_t *ret_count)
{
    size_t count = 0;
    *ret_count = 0;
    if (!log->numbered) return TG_OK;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_view value;
    uint64_t index;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (!err) err = tg_store_scan_place(txn, TG_PLACE_WANTED, log->number, 0, &scan);
    for (size_t looks = 0; !err && looks < TG_RECEIPT_MISSING_LOOKS_MAX; looks++) {
        err = tg_store_place_next(&scan, &index, &value);
        if (err || index >= size) break;
        bool joins = count && ret_ranges[count - 1].last + 1 == index;
        if (!joins && count == max) break;
        if (joins)
            ret_ranges[count - 1].last = index;
        else
            ret_ranges[count++] = (struct tg_range){.first = index, .last = index};
    }
    tg_store_scan_release(&scan);
    if (err && err != TG_ENOENT) return err;
    *ret_count = count;
    return TG_OK;
}

/* ---- notes ---- */

#define NAME_BYTES 48
#define VALUE_HEAD_BYTES (8 + 1 + WANT_BYTES + 32)

static void name_of(uint32_t log, uint64_t index, char out[static NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "withheld/%" PRIu32 "/%020" PRIu64, log, index);
}

static bool name_parse(struct tg_view name, struct tg_withheld *withheld)
{
    struct tg_rd rd = tg_rd_init(name);
    uint64_t log;
    if (!tg_view_equal_str(tg_rd_until(&rd, '/'), "withheld") || rd.err) return false;
    if (tg_text_u64(tg_rd_until(&rd, '/'), UINT32_MAX, &log) || rd.err) return false;
    withheld->log = (uint32_t)log;
    while (rd.left > 1 && *rd.at == '0')
        (void)tg_rd_u8(&rd); /* the name has leading zeros, so that it sorts */
    return !tg_text_u64(tg_view_of(rd.at, rd.left), UINT64_MAX, &withheld->index);
}

static tg_err value_decode(struct tg_view value, struct tg_withheld *withheld)
{
    struct tg_rd rd = tg_rd_init(value);
    withheld->at_ms = (int64_t)tg_rd_u64(&rd);
    withheld->chained = tg_rd_u8(&rd) != 0;
    struct tg_view want = tg_rd_view(&rd, WANT_BYTES);
    tg_rd_copy(&rd, withheld->asked.bytes, sizeof withheld->asked.bytes);
    if (rd.err || tg_want_decode(want, &withheld->want)) return TG_EDAMAGED;
    withheld->note = tg_view_of(rd.at, rd.left);
    return TG_OK;
}

/* Found in one reading and written in one transaction. */
struct finding {
    struct tg_node *node;
    const struct tg_sync_effect *effect;
    const struct tg_held_log *log;
    struct tg_withheld items[TG_WITHHELD_TURN_MAX];
    struct tg_buf values[TG_WITHHELD_TURN_MAX];
    size_t count;
};

static tg_err leaf_get(const struct tg_rtxn *txn, uint32_t number, uint64_t index,
                       uint8_t out[static TG_WITHHOLDING_LEAF_BYTES])
{
    struct tg_store_entry entry;
    tg_err err = tg_store_entry_get(txn, number, index, &entry);
    if (!err) memcpy(out, entry.leaf, TG_WITHHOLDING_LEAF_BYTES);
    return err;
}

/* Signed over the newest head that the origin signed and whose leaves are all here. */
static tg_err note_make(const struct finding *finding, const struct tg_rtxn *txn,
                        const struct tg_withheld *one, struct tg_buf *out)
{
    struct tg_node *node = finding->node;
    const struct tg_held_log *log = finding->log;
    struct tg_store_head head;
    tg_err err = tg_store_head_get(txn, log->number, TG_HEAD_SIGNED, &head);
    if (err) return err;
    struct tg_withholding held = {.card_serial = node->card->serial,
                                  .epoch = log->id.epoch,
                                  .size = head.size,
                                  .missing = one->index,
                                  .chained = one->chained,
                                  .later = one->want.by,
                                  .answers = finding->effect->size,
                                  .upto = finding->effect->index,
                                  .time = (uint64_t)(one->at_ms / 1000)};
    if (held.upto > head.size) held.upto = head.size;
    memcpy(held.by.bytes, node->id.bytes, sizeof held.by.bytes);
    memcpy(held.origin.bytes, log->id.origin.bytes, sizeof held.origin.bytes);
    memcpy(held.root.bytes, head.root, sizeof head.root);
    memcpy(held.teller.bytes, one->want.teller.bytes, sizeof held.teller.bytes);
    memcpy(held.asked.bytes, one->asked.bytes, sizeof held.asked.bytes);
    err = leaf_get(txn, log->number, held.missing, held.leaf);
    if (!err && held.chained) err = leaf_get(txn, log->number, held.later, held.later_leaf);
    struct tg_signer signer = tg_vault_signer(node->vault, TG_VAULT_KEY_STORE);
    return err ? err : tg_withholding_sign(&held, &node->card->store, &signer, out, NULL);
}

/* Must that peer have it? The origin, if it sealed it to us or says that it did; another, if it said that it has it. */
static bool must_have(const struct finding *finding, const struct tg_want *want)
{
    const struct tg_hash *peer = &finding->effect->peer;
    bool by_origin = tg_hash_equal(peer, &finding->log->id.origin);
    return (want->chained && by_origin) || (want->told && tg_hash_equal(&want->teller, peer));
}

static bool noted(const struct tg_rtxn *txn, uint32_t log, uint64_t index)
{
    char name[NAME_BYTES];
    struct tg_view value;
    name_of(log, index, name);
    return !tg_store_named_get(txn, TG_NAMED_META, tg_view_str(name), &value);
}

static tg_err value_make(struct finding *finding, const struct tg_rtxn *txn, const struct tg_withheld *one)
{
    uint8_t head[VALUE_HEAD_BYTES];
    struct tg_buf *value = &finding->values[finding->count];
    tg_be64_put(head, (uint64_t)one->at_ms);
    head[8] = one->chained;
    want_encode(&one->want, head + 9);
    memcpy(head + 9 + WANT_BYTES, one->asked.bytes, sizeof one->asked.bytes);
    tg_err err = tg_buf_put(value, head, sizeof head);
    if (!err) err = note_make(finding, txn, one, value);
    if (!err) finding->items[finding->count++] = *one;
    return err;
}

static tg_err find(struct finding *finding, const struct tg_rtxn *txn)
{
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_withheld one = {.log = finding->log->number,
                              .at_ms = tg_clock_wall_ms(finding->node->clock),
                              .asked = finding->effect->peer};
    struct tg_view value;
    tg_err err =
        tg_store_scan_place(txn, TG_PLACE_WANTED, finding->log->number, finding->effect->from, &scan);
    while (!err && finding->count < TG_WITHHELD_TURN_MAX) {
        err = tg_store_place_next(&scan, &one.index, &value);
        if (err || one.index >= finding->effect->index) break;
        err = tg_want_decode(value, &one.want);
        one.chained = one.want.chained && tg_hash_equal(&one.asked, &finding->log->id.origin);
        /* What was named since was not in all of the questions. */
        bool asked = one.want.since_ms <= finding->effect->since_ms;
        if (!err && asked && must_have(finding, &one.want) && !noted(txn, one.log, one.index))
            err = value_make(finding, txn, &one);
        if (err != TG_EVALUE) continue;
        tg_buf_clear(&finding->values[finding->count]); /* above the newest signed head: with the next one */
        err = TG_OK;
    }
    tg_store_scan_release(&scan);
    return err == TG_ENOENT ? TG_OK : err;
}

static tg_err keep_txn(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    const struct finding *finding = ctx;
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < finding->count; i++) {
        char name[NAME_BYTES];
        name_of(finding->items[i].log, finding->items[i].index, name);
        err = tg_store_named_put(txn, TG_NAMED_META, tg_view_str(name), tg_buf_view(&finding->values[i]));
    }
    return err;
}

static tg_err find_all(struct finding *finding)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(finding->node->store, &txn, NULL);
    return err ? err : find(finding, txn);
}

tg_err tg_withheld_take(struct tg_node *node, const struct tg_sync_effect *effect)
{
    struct finding *finding = calloc(1, sizeof *finding);
    if (!finding) return TG_ENOMEM;
    finding->node = node;
    finding->effect = effect;
    finding->log = tg_held_find(node, &effect->log);
    tg_err err = finding->log && finding->log->numbered ? find_all(finding) : TG_ENOENT;
    if (!err && finding->count) err = tg_store_write_spare(node->store, keep_txn, finding, NULL);
    for (size_t i = 0; i < TG_WITHHELD_TURN_MAX; i++) {
        if (!err && i < finding->count)
            tg_event(node->events, TG_EV_WITHHELD, TG_F_NODE("peer", &effect->peer),
                     TG_F_NODE("origin", &effect->log.origin), TG_F_NUM("index", finding->items[i].index));
        tg_buf_release(&finding->values[i]);
    }
    free(finding);
    return err == TG_ENOENT || err == TG_ESPACE ? TG_OK : err; /* found again at its next answers */
}

tg_err tg_withheld_each(struct tg_node *node, tg_err (*each)(void *ctx, const struct tg_withheld *withheld),
                        void *ctx, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_view name, value;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_scan_named(txn, TG_NAMED_META, &scan);
    while (!err && !(err = tg_store_named_next(&scan, &name, &value))) {
        struct tg_withheld withheld = {0};
        if (!name_parse(name, &withheld)) continue;
        err = value_decode(value, &withheld);
        if (!err) err = each(ctx, &withheld);
    }
    tg_store_scan_release(&scan);
    return err == TG_ENOENT ? TG_OK : err;
}

bool tg_withheld_here(struct tg_node *node, const struct tg_withheld *withheld)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_store_entry entry;
    if (tg_store_read_begin(node->store, &txn, NULL)) return false;
    return !tg_store_entry_get(txn, withheld->log, withheld->index, &entry) && entry.has_envelope;
}

struct counting {
    struct tg_node *node;
    uint64_t count;
};

static tg_err count_one(void *ctx, const struct tg_withheld *withheld)
{
    struct counting *counting = ctx;
    counting->count += !tg_withheld_here(counting->node, withheld);
    return TG_OK;
}

tg_err tg_withheld_count(struct tg_node *node, uint64_t *ret_count, struct tg_errmsg *em)
{
    struct counting counting = {.node = node};
    tg_err err = tg_withheld_each(node, count_one, &counting, em);
    *ret_count = counting.count;
    return err;
}
