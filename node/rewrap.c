/* Batch keys wrapped anew under the current key-encryption key, a few in each turn of the loop.
 *
 * Pass after pass over all of them, until one finds none under a former key: that one is the proof that nothing is left.
 * Row: docs/formats-store.md "rewrap".
 */
#include "node/rewrap.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "node/notices.h"

#define ROW_NAME "rewrap"
#define ROW_BYTES 33

struct tg_rewrap {
    bool active;
    uint32_t log; /* next place to look at */
    uint64_t index;
    uint64_t looked, wrapped, lost; /* in this pass */
    bool done;
};

/* One key that was read and is to be written. */
struct fresh {
    uint32_t log;
    uint64_t index;
    struct tg_buf value;
};
struct slice {
    struct tg_node *node;
    struct tg_rewrap after; /* where the pass stands behind the slice */
    struct fresh items[TG_REWRAP_SLICE_KEYS];
    size_t count;
};

tg_err tg_rewrap_new(struct tg_node *node)
{
    node->rewrap = calloc(1, sizeof *node->rewrap);
    return node->rewrap ? TG_OK : TG_ENOMEM;
}

void tg_rewrap_free(struct tg_node *node)
{
    free(node->rewrap);
    node->rewrap = NULL;
}

/* ---- the row ---- */

static void row_encode(const struct tg_node *node, const struct tg_rewrap *rewrap,
                       uint8_t out[static ROW_BYTES])
{
    struct tg_wr wr = tg_wr_init(out, ROW_BYTES);
    tg_wr_u32(&wr, tg_vault_wrap_id(node->vault));
    tg_wr_u8(&wr, rewrap->done);
    tg_wr_u32(&wr, rewrap->log);
    tg_wr_u64(&wr, rewrap->index);
    tg_wr_u64(&wr, rewrap->looked);
    tg_wr_u32(&wr, (uint32_t)(rewrap->wrapped ? 1 : 0));
    tg_wr_u32(&wr, (uint32_t)rewrap->lost);
}

/* Of a change to another key: begin anew. */
static tg_err row_decode(const struct tg_node *node, struct tg_view value, struct tg_rewrap *rewrap)
{
    struct tg_rd rd = tg_rd_init(value);
    bool same = tg_rd_u32(&rd) == tg_vault_wrap_id(node->vault);
    struct tg_rewrap held = {.active = true};
    held.done = tg_rd_u8(&rd) != 0;
    held.log = tg_rd_u32(&rd);
    held.index = tg_rd_u64(&rd);
    held.looked = tg_rd_u64(&rd);
    held.wrapped = tg_rd_u32(&rd);
    held.lost = tg_rd_u32(&rd);
    if (tg_rd_end(&rd)) return TG_EDAMAGED;
    if (same) *rewrap = held;
    return TG_OK;
}

tg_err tg_rewrap_load(struct tg_node *node, struct tg_errmsg *em)
{
    struct tg_rewrap *rewrap = node->rewrap;
    if (!tg_vault_wrap_former(node->vault)) return TG_OK;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_view value;
    rewrap->active = true;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_named_get(txn, TG_NAMED_META, tg_view_str(ROW_NAME), &value);
    if (!err) err = row_decode(node, value, rewrap);
    return err == TG_ENOENT ? TG_OK : err;
}

bool tg_rewrap_due(const struct tg_node *node)
{
    return node->rewrap->active && !node->rewrap->done && !node->space.low;
}

/* ---- a slice ---- */

static tg_err one_wrap(struct slice *slice, struct tg_view held)
{
    struct tg_node *node = slice->node;
    struct fresh *fresh = &slice->items[slice->count];
    const struct tg_held_log *log = tg_held_by_number(node, slice->after.log);
    if (held.bytes < 8 || !log) return TG_EDAMAGED;
    struct tg_view wrapped = tg_view_of(held.data + 8, held.bytes - 8);
#ifdef TG_CONTROL_NO_REWRAP
    return TG_OK;
#endif
    if (tg_vault_wrap_current(node->vault, wrapped)) return TG_OK;
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
    struct tg_where where = {.suite = TG_SUITE_1, .epoch = log->id.epoch, .index = slice->after.index};
    memcpy(where.origin.bytes, log->id.origin.bytes, sizeof where.origin.bytes);
    tg_err err = tg_vault_unwrap(node->vault, &where, wrapped, &keymat);
    if (err == TG_EKEY) {
        slice->after.lost++;
        return TG_OK;
    }
    if (!err) err = tg_buf_put(&fresh->value, held.data, 8);
    if (!err) err = tg_vault_wrap(node->vault, &where, &keymat, node->random, &fresh->value);
    if (err) return err;
    fresh->log = slice->after.log;
    fresh->index = slice->after.index;
    slice->after.wrapped++;
    slice->count++;
    return TG_OK;
}

/* Of one log, from where the pass stands. TG_ENOENT: to its end. */
static tg_err log_read(struct slice *slice, const struct tg_rtxn *txn, size_t *looks)
{
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_view value;
    tg_err err = tg_store_scan_place(txn, TG_PLACE_CKEY, slice->after.log, slice->after.index, &scan);
    while (!err && *looks < TG_REWRAP_SLICE_KEYS) {
        err = tg_store_place_next(&scan, &slice->after.index, &value);
        if (err) break;
        err = one_wrap(slice, value);
        slice->after.index++;
        slice->after.looked++;
        (*looks)++;
    }
    tg_store_scan_release(&scan);
    return err;
}

static tg_err slice_read(struct slice *slice, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    uint32_t logs = 0;
    size_t looks = 0;
    tg_err err = tg_store_read_begin(slice->node->store, &txn, em);
    if (!err) err = tg_store_log_count(txn, &logs);
    while (!err && looks < TG_REWRAP_SLICE_KEYS && slice->after.log < logs) {
        err = log_read(slice, txn, &looks);
        if (err != TG_ENOENT) continue;
        err = TG_OK;
        slice->after.log++;
        slice->after.index = 0;
    }
    if (err || slice->after.log < logs) return err;
    /* The end of a pass: one that found nothing old was the last. */
    bool clean = !slice->after.wrapped && tg_notices_sealed_anew(slice->node);
    slice->after.done = clean;
    slice->after.log = 0;
    slice->after.wrapped = 0;
    if (!clean) slice->after.looked = slice->after.lost = 0;
    return TG_OK;
}

static tg_err slice_write(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    const struct slice *slice = ctx;
    uint8_t row[ROW_BYTES];
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < slice->count; i++)
        err = tg_store_place_put(txn, TG_PLACE_CKEY, slice->items[i].log, slice->items[i].index,
                                 tg_buf_view(&slice->items[i].value));
    row_encode(slice->node, &slice->after, row);
    return err ? err : tg_store_named_put(txn, TG_NAMED_META, tg_view_str(ROW_NAME), TG_VIEW_ARRAY(row));
}

tg_err tg_rewrap_work(struct tg_node *node, struct tg_errmsg *em)
{
    if (!tg_rewrap_due(node)) return TG_OK;
    struct slice *slice = calloc(1, sizeof *slice);
    if (!slice) return TG_ENOMEM;
    slice->node = node;
    slice->after = *node->rewrap;
    tg_err err = slice_read(slice, em);
    if (err) err = tg_fail(em, err, "cannot wrap a stored batch key anew: %s", tg_err_text(err));
    /* What is only looked at is not worth a sync, but for the end. */
    if (!err && (slice->count || slice->after.done))
        err = tg_store_write(node->store, slice_write, slice, em);
    if (!err) *node->rewrap = slice->after;
    for (size_t i = 0; i < TG_REWRAP_SLICE_KEYS; i++) tg_buf_release(&slice->items[i].value);
    free(slice);
    if (!err && node->rewrap->done)
        tg_event(node->events, TG_EV_REWRAPPED, TG_F_NUM("keys", node->rewrap->looked));
    return err == TG_ESPACE ? TG_OK : err;
}

struct tg_rewrap_state tg_rewrap_state(struct tg_node *node)
{
    const struct tg_rewrap *rewrap = node->rewrap;
    struct tg_store_stats stats;
    struct tg_rewrap_state state = {.wrap_id = tg_vault_wrap_id(node->vault),
                                    .former = tg_vault_wrap_former(node->vault),
                                    .looked = rewrap->looked,
                                    .lost = rewrap->lost,
                                    .done = rewrap->done};
    if (!tg_store_stats(node->store, &stats, NULL)) state.total = stats.bodies;
    return state;
}
