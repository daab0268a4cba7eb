/* Sorted runs: read, searched, written.
 * Knows postings as 24 bytes in order, nothing of merging.
 * Layout: docs/formats-store.md.
 */
#include "store/index_internal.h"

/* first recno u64 → last recno u64 ‖ postings u64 ‖ slot u8 */
enum { RUN_META_BYTES = 17 };

tg_err tg_run_meta_put(struct tg_wtxn *txn, const struct tg_run *run)
{
    uint8_t value[RUN_META_BYTES];
    struct tg_wr wr = tg_wr_init(value, sizeof value);
    tg_wr_u64(&wr, run->last);
    tg_wr_u64(&wr, run->rows);
    tg_wr_u8(&wr, (uint8_t)run->slot);
    struct tg_key key;
    return tg_row_put(txn, TG_INDEX_RUNS_TABLE, tg_key_u64(&key, run->first), tg_wr_view_of(&wr), 0);
}

/* ---- blocks ---- */

size_t tg_block_lower_bound(const uint8_t *block, size_t count, const uint8_t *wanted, size_t wanted_bytes)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(block + middle * TG_POSTING_BYTES, wanted, wanted_bytes) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool block_is_sound(MDB_val key, MDB_val block)
{
    const uint8_t *data = block.mv_data;
    return key.mv_size == TG_POSTING_BYTES && block.mv_size > 0 && block.mv_size % TG_POSTING_BYTES == 0 &&
           memcmp(data + block.mv_size - TG_POSTING_BYTES, key.mv_data, TG_POSTING_BYTES) == 0;
}

/* ---- searching ---- */

static void take_hit(const struct tg_index *index, uint64_t recno, struct tg_hits *hits)
{
    if (tg_numbers_has(&index->dead, recno)) return;
    if (hits->count < hits->given_max) hits->recnos[hits->count] = recno;
    hits->count++;
}

/* Postings of the token in one block. *ret_on: the next block may hold more. */
static void search_block(const struct tg_index *index, MDB_val block, const uint8_t token[static 16],
                         struct tg_hits *hits, bool *ret_on)
{
    const uint8_t *data = block.mv_data;
    size_t count = block.mv_size / TG_POSTING_BYTES;
    size_t i = tg_block_lower_bound(data, count, token, TG_INDEX_TOKEN_BYTES);
    for (; i < count; i++) {
        const uint8_t *posting = data + i * TG_POSTING_BYTES;
        if (memcmp(posting, token, TG_INDEX_TOKEN_BYTES) != 0) break;
        take_hit(index, tg_be64_get(posting + TG_INDEX_TOKEN_BYTES), hits);
    }
    *ret_on = i == count;
}

static tg_err run_cursor(struct tg_index *index, const struct tg_rtxn *txn, unsigned slot,
                         MDB_cursor **ret_cursor)
{
    if (!index->cursors[slot]) {
        int rc = mdb_cursor_open(txn->txn, txn->env->dbi[tg_run_table(slot)], &index->cursors[slot]);
        if (rc != MDB_SUCCESS) {
            index->cursors[slot] = NULL;
            return tg_mdb_err(rc);
        }
    }
    *ret_cursor = index->cursors[slot];
    return TG_OK;
}

tg_err tg_run_lookup(struct tg_store *store, const struct tg_rtxn *txn, const struct tg_run *run,
                     const uint8_t token[static 16], struct tg_hits *hits)
{
    MDB_cursor *cursor = NULL;
    tg_err err = run_cursor(store->index, txn, run->slot, &cursor);
    if (err) return err;
    /* Blocks are keyed by their last posting: the first key ≥ token ‖ 0 is where the token begins. */
    uint8_t from[TG_POSTING_BYTES] = {0};
    memcpy(from, token, TG_INDEX_TOKEN_BYTES);
    MDB_val key = tg_mdb_val(TG_VIEW_ARRAY(from)), block;
    int rc = mdb_cursor_get(cursor, &key, &block, MDB_SET_RANGE);
    bool on = true;
    while (rc == MDB_SUCCESS && on) {
        if (!block_is_sound(key, block)) return TG_EDAMAGED;
        search_block(store->index, block, token, hits, &on);
        if (on) rc = mdb_cursor_get(cursor, &key, &block, MDB_NEXT);
    }
    return rc == MDB_NOTFOUND ? TG_OK : tg_mdb_err(rc);
}

/* ---- loading ---- */

static tg_err fill_filter(MDB_cursor *cursor, struct tg_run *run)
{
    uint64_t rows = 0;
    MDB_val key, block;
    int rc = mdb_cursor_get(cursor, &key, &block, MDB_FIRST);
    for (; rc == MDB_SUCCESS; rc = mdb_cursor_get(cursor, &key, &block, MDB_NEXT)) {
        if (!block_is_sound(key, block)) return TG_EDAMAGED;
        const uint8_t *data = block.mv_data;
        for (size_t at = 0; at < block.mv_size; at += TG_POSTING_BYTES)
            tg_filter_add(&run->filter, data + at);
        rows += block.mv_size / TG_POSTING_BYTES;
        if (rows > run->rows) return TG_EDAMAGED;
    }
    if (rc != MDB_NOTFOUND) return tg_mdb_err(rc);
    return rows == run->rows ? TG_OK : TG_EDAMAGED;
}

tg_err tg_run_load_filter(const struct tg_rtxn *txn, struct tg_run *run, struct tg_errmsg *em)
{
    tg_err err = tg_filter_init(&run->filter, run->rows);
    if (err)
        return tg_fail(em, err, "out of memory for the filter of %llu postings",
                       (unsigned long long)run->rows);
    MDB_cursor *cursor = NULL;
    int rc = mdb_cursor_open(txn->txn, txn->env->dbi[tg_run_table(run->slot)], &cursor);
    if (rc == MDB_SUCCESS) {
        err = fill_filter(cursor, run);
        mdb_cursor_close(cursor);
    } else {
        err = tg_mdb_err(rc);
    }
    if (err) tg_filter_release(&run->filter);
    return err;
}

static tg_err run_decode(struct tg_view key, struct tg_view value, struct tg_run *ret_run)
{
    if (key.bytes != 8 || value.bytes != RUN_META_BYTES) return TG_EDAMAGED;
    struct tg_rd rd = tg_rd_init(value);
    *ret_run = (struct tg_run){.first = tg_be64_get(key.data)};
    ret_run->last = tg_rd_u64(&rd);
    ret_run->rows = tg_rd_u64(&rd);
    ret_run->slot = tg_rd_u8(&rd);
    /* A posting takes 24 bytes, so the map bounds how many there can be. */
    bool sound = ret_run->slot < TG_RUN_SLOTS && ret_run->last >= ret_run->first && ret_run->rows > 0 &&
                 ret_run->rows <= TG_STORE_MAP_BYTES_MAX / TG_POSTING_BYTES;
    return sound ? TG_OK : TG_EDAMAGED;
}

static tg_err check_next_run(const struct tg_index *index, const struct tg_run *run)
{
    if (index->runs_count == TG_INDEX_RUNS_MAX || run->last >= index->delta.base) return TG_EDAMAGED;
    for (size_t i = 0; i < index->runs_count; i++)
        if (index->runs[i].last >= run->first || index->runs[i].slot == run->slot) return TG_EDAMAGED;
    return TG_OK;
}

/* A wild count must not ask for wild memory: the table says how many blocks there are. */
static tg_err check_rows(const struct tg_rtxn *txn, const struct tg_run *run)
{
    uint64_t blocks = 0;
    tg_err err = tg_row_count(txn, tg_run_table(run->slot), &blocks);
    if (err) return err;
    return run->rows >= blocks && run->rows <= blocks * TG_BLOCK_POSTINGS_MAX ? TG_OK : TG_EDAMAGED;
}

tg_err tg_runs_load(struct tg_store *store, const struct tg_rtxn *txn, struct tg_errmsg *em)
{
    struct tg_index *index = store->index;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    tg_err err = tg_scan_begin(txn, TG_INDEX_RUNS_TABLE, tg_view_of(NULL, 0), 0, &scan);
    while (!err) {
        struct tg_view key, value;
        struct tg_run run = {0};
        err = tg_scan_next(&scan, TG_INDEX_RUNS_TABLE, &key, &value);
        if (!err) err = run_decode(key, value, &run);
        if (!err) err = check_next_run(index, &run);
        if (!err) err = check_rows(txn, &run);
        if (!err) err = tg_run_load_filter(txn, &run, em);
        if (!err) index->runs[index->runs_count++] = run;
    }
    return err == TG_ENOENT ? TG_OK : err;
}

/* ---- writing ---- */

tg_err tg_run_out_begin(struct tg_run_out *out, struct tg_wtxn *txn, unsigned slot, uint8_t *block,
                        size_t *block_count)
{
    *out = (struct tg_run_out){.txn = txn, .slot = slot, .block = block, .block_count = block_count};
    int rc = mdb_cursor_open(txn->read.txn, txn->read.env->dbi[tg_run_table(slot)], &out->cursor);
    return rc == MDB_SUCCESS ? TG_OK : tg_wtxn_fail(txn, rc);
}

tg_err tg_run_out_flush(struct tg_run_out *out)
{
    if (*out->block_count == 0) return TG_OK;
    struct tg_view block = tg_view_of(out->block, *out->block_count * TG_POSTING_BYTES);
    MDB_val key = tg_mdb_val(tg_view_of(block.data + block.bytes - TG_POSTING_BYTES, TG_POSTING_BYTES));
    MDB_val value = tg_mdb_val(block);
    int rc = mdb_cursor_put(out->cursor, &key, &value, MDB_APPEND);
    if (rc != MDB_SUCCESS) return tg_wtxn_fail(out->txn, rc);
    *out->block_count = 0;
    return TG_OK;
}

tg_err tg_run_out_put(struct tg_run_out *out, const uint8_t posting[static TG_POSTING_BYTES])
{
    memcpy(out->block + *out->block_count * TG_POSTING_BYTES, posting, TG_POSTING_BYTES);
    if (++*out->block_count < TG_BLOCK_POSTINGS_MAX) return TG_OK;
    return tg_run_out_flush(out);
}

void tg_run_out_end(struct tg_run_out *out)
{
    if (out->cursor) mdb_cursor_close(out->cursor);
    out->cursor = NULL;
}
