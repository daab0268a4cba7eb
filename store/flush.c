/* The delta to disk: one sorted run, the rows of its records, removals, flags and positions, in one
 * transaction.
 * Knows no token's meaning.
 * Layout: docs/formats-store.md.
 */
#include "store/index_internal.h"

/* 24 bytes of a posting as numbers that compare like the bytes. */
struct sorted_posting {
    uint64_t high, low;
    uint64_t recno;
};
/* A row of `time` or `expiry`. */
struct sorted_time {
    int64_t t;
    uint64_t recno;
};

struct flush {
    struct tg_index *index;
    const struct tg_index_position *positions;
    size_t positions_count;
    struct sorted_posting *postings;
    size_t postings_count;
    struct sorted_time *times, *expiries;
    size_t times_count, expiries_count;
    struct tg_run run; /* rows 0: no run */
};

/* ---- sorting ---- */

static int compare_postings(const void *a, const void *b)
{
    struct sorted_posting x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    if (x.high != y.high) return x.high < y.high ? -1 : 1;
    if (x.low != y.low) return x.low < y.low ? -1 : 1;
    return (x.recno > y.recno) - (x.recno < y.recno);
}

/* Tokens are evenly spread, so one scatter by their first bits leaves buckets of a few postings; one
 * that is large (a token that many records share) is sorted by comparison. */
static void sort_bucket(struct sorted_posting *postings, size_t count)
{
    enum { INSERTION_MAX = 24 };
    if (count > INSERTION_MAX) {
        qsort(postings, count, sizeof *postings, compare_postings);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct sorted_posting moving = postings[i];
        size_t at = i;
        for (; at > 0 && compare_postings(&postings[at - 1], &moving) > 0; at--)
            postings[at] = postings[at - 1];
        postings[at] = moving;
    }
}

static unsigned bucket_bits(size_t count)
{
    unsigned bits = 1;
    while (bits < 20 && (count >> bits) > 4) bits++;
    return bits;
}

static size_t bucket_of(const uint8_t token[static 16], unsigned bits)
{
    return (size_t)(tg_load_be64(token) >> (64 - bits));
}

/* Scatter the delta's live postings into out by bucket; ends[b] becomes the end of bucket b. */
static size_t scatter(const struct tg_delta *delta, unsigned bits, uint32_t *ends, struct sorted_posting *out)
{
    uint32_t total = 0;
    for (size_t i = 0; i < delta->postings_count; i++)
        if (!delta->recs[delta->postings[i].rec].dead) ends[bucket_of(delta->postings[i].token, bits)]++;
    for (size_t b = 0; b < (size_t)1 << bits; b++) {
        uint32_t count = ends[b];
        ends[b] = total;
        total += count;
    }
    for (size_t i = 0; i < delta->postings_count; i++) {
        const struct tg_delta_posting *posting = &delta->postings[i];
        if (delta->recs[posting->rec].dead) continue;
        out[ends[bucket_of(posting->token, bits)]++] = (struct sorted_posting){
            .high = tg_load_be64(posting->token),
            .low = tg_load_be64(posting->token + 8),
            .recno = delta->base + posting->rec,
        };
    }
    return total;
}

static tg_err sort_postings(struct flush *it)
{
    const struct tg_delta *delta = &it->index->delta;
    if (delta->postings_count == 0) return TG_OK;
    unsigned bits = bucket_bits(delta->postings_count);
    size_t buckets = (size_t)1 << bits;
    TG_AUTO_FREE uint32_t *ends = calloc(buckets, sizeof *ends);
    it->postings = calloc(delta->postings_count, sizeof *it->postings);
    if (!ends || !it->postings) return TG_ENOMEM;
    it->postings_count = scatter(delta, bits, ends, it->postings);
    size_t begin = 0;
    for (size_t b = 0; b < buckets; b++) {
        sort_bucket(it->postings + begin, ends[b] - begin);
        begin = ends[b];
    }
    return TG_OK;
}

static int compare_times(const void *a, const void *b)
{
    struct sorted_time x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    if (x.t != y.t) return x.t < y.t ? -1 : 1;
    return (x.recno > y.recno) - (x.recno < y.recno);
}

static tg_err sort_times(struct flush *it)
{
    const struct tg_delta *delta = &it->index->delta;
    if (delta->recs_count == 0) return TG_OK;
    it->times = calloc(delta->recs_count, sizeof *it->times);
    it->expiries = calloc(delta->recs_count, sizeof *it->expiries);
    if (!it->times || !it->expiries) return TG_ENOMEM;
    for (size_t i = 0; i < delta->recs_count; i++) {
        const struct tg_index_rec *rec = &delta->recs[i].rec;
        if (delta->recs[i].dead) continue;
        if (rec->time != TG_INDEX_NO_TIME)
            it->times[it->times_count++] = (struct sorted_time){rec->time, delta->base + i};
        if (rec->expiry != TG_INDEX_NO_TIME)
            it->expiries[it->expiries_count++] = (struct sorted_time){rec->expiry, delta->base + i};
    }
    if (it->times_count) qsort(it->times, it->times_count, sizeof *it->times, compare_times);
    if (it->expiries_count) qsort(it->expiries, it->expiries_count, sizeof *it->expiries, compare_times);
    return TG_OK;
}

/* ---- writing ---- */

static void encode_posting(const struct sorted_posting *posting, uint8_t out[static TG_POSTING_BYTES])
{
    tg_store_be64(out, posting->high);
    tg_store_be64(out + 8, posting->low);
    tg_store_be64(out + 16, posting->recno);
}

static tg_err write_run(struct tg_wtxn *txn, struct flush *it)
{
    if (it->run.rows == 0) return TG_OK;
    uint8_t block[TG_BLOCK_POSTINGS_MAX * TG_POSTING_BYTES];
    size_t block_count = 0;
    struct tg_run_out out;
    tg_err err = tg_run_out_begin(&out, txn, it->run.slot, block, &block_count);
    for (size_t i = 0; i < it->postings_count && !err; i++) {
        uint8_t posting[TG_POSTING_BYTES];
        encode_posting(&it->postings[i], posting);
        err = tg_run_out_put(&out, posting);
    }
    if (!err) err = tg_run_out_flush(&out);
    tg_run_out_end(&out);
    return err ? err : tg_run_meta_put(txn, &it->run);
}

static tg_err write_recs(struct tg_wtxn *txn, const struct tg_delta *delta)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < delta->recs_count && !err; i++) {
        uint8_t value[TG_REC_BYTES];
        struct tg_key key;
        tg_rec_encode(&delta->recs[i].rec, value);
        err = tg_row_put(txn, TG_INDEX_REC_TABLE, tg_key_u64(&key, delta->base + i),
                         tg_view_of(value, delta->recs[i].dead ? 0 : sizeof value), MDB_APPEND);
    }
    return err;
}

/* Type by type, so that keys ascend. */
static tg_err write_rows(struct tg_wtxn *txn, const struct tg_delta *delta)
{
    bool types[256] = {false};
    for (size_t i = 0; i < delta->rows_count; i++) types[delta->rows[i].type] = true;
    tg_err err = TG_OK;
    for (unsigned type = 0; type < 256; type++) {
        for (size_t i = 0; types[type] && i < delta->rows_count && !err; i++) {
            const struct tg_delta_row *row = &delta->rows[i];
            if (row->type != type || delta->recs[row->rec].dead) continue;
            struct tg_key key;
            err = tg_row_put(txn, TG_INDEX_ROW_TABLE, tg_key_row(&key, row->type, delta->base + row->rec),
                             tg_view_of(delta->row_bytes.data + row->at, row->bytes), 0);
        }
    }
    return err;
}

static tg_err write_times(struct tg_wtxn *txn, size_t table, const struct sorted_time *times, size_t count)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && !err; i++) {
        struct tg_key key;
        err = tg_row_put(txn, table, tg_key_time(&key, times[i].t, times[i].recno), tg_view_of("", 0), 0);
    }
    return err;
}

static tg_err del_if_there(struct tg_wtxn *txn, size_t table, struct tg_view key)
{
    tg_err err = tg_row_del(txn, table, key);
    return err == TG_ENOENT ? TG_OK : err;
}

/* Everything of the record but its postings, which the merge purges. */
static tg_err write_removal(struct tg_wtxn *txn, const struct tg_index *index, uint64_t recno,
                            const struct tg_index_rec *rec)
{
    struct tg_key key;
    tg_err err = del_if_there(txn, TG_INDEX_TIME_TABLE, tg_key_time(&key, rec->time, recno));
    if (!err) err = del_if_there(txn, TG_INDEX_EXPIRY_TABLE, tg_key_time(&key, rec->expiry, recno));
    for (unsigned type = 0; type < 256 && !err; type++)
        if (index->row_types[type])
            err = del_if_there(txn, TG_INDEX_ROW_TABLE, tg_key_row(&key, (uint8_t)type, recno));
    if (!err) err = tg_row_put(txn, TG_INDEX_REC_TABLE, tg_key_u64(&key, recno), tg_view_of("", 0), 0);
    if (!err && tg_index_covered_by_run(index, recno))
        err = tg_row_put(txn, TG_INDEX_DEAD_TABLE, tg_key_u64(&key, recno), tg_view_of("", 0), 0);
    return err;
}

static tg_err write_changes(struct tg_wtxn *txn, const struct tg_index *index)
{
    const struct tg_numbers *changes = &index->changes;
    tg_err err = TG_OK;
    for (size_t i = 0; i < changes->capacity && !err; i++) {
        if (changes->keys[i] == 0) continue;
        uint64_t recno = changes->keys[i] - 1;
        struct tg_index_rec rec;
        err = tg_index_rec_read(&txn->read, recno, &rec);
        if (err) return err == TG_ENOENT ? TG_EDAMAGED : err;
        if (changes->values[i] & TG_CHANGE_REMOVED) {
            err = write_removal(txn, index, recno, &rec);
            continue;
        }
        uint8_t value[TG_REC_BYTES];
        struct tg_key key;
        rec.flags = (uint8_t)changes->values[i];
        tg_rec_encode(&rec, value);
        err = tg_row_put(txn, TG_INDEX_REC_TABLE, tg_key_u64(&key, recno), TG_VIEW_ARRAY(value), 0);
    }
    return err;
}

static tg_err write_positions(struct tg_wtxn *txn, const struct flush *it)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < it->positions_count && !err; i++) {
        uint8_t key[4], value[8];
        tg_be32_put(key, it->positions[i].log);
        tg_be64_put(value, it->positions[i].next);
        err = tg_row_put(txn, TG_INDEX_COVERED_TABLE, TG_VIEW_ARRAY(key), TG_VIEW_ARRAY(value), 0);
    }
    return err;
}

static tg_err write_flush(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    struct flush *it = ctx;
    const struct tg_delta *delta = &it->index->delta;
    tg_err err = write_changes(txn, it->index);
    if (!err) err = write_recs(txn, delta);
    if (!err) err = write_rows(txn, delta);
    if (!err) err = write_times(txn, TG_INDEX_TIME_TABLE, it->times, it->times_count);
    if (!err) err = write_times(txn, TG_INDEX_EXPIRY_TABLE, it->expiries, it->expiries_count);
    if (!err) err = write_run(txn, it);
    return err ? err : write_positions(txn, it);
}

/* ---- the whole ---- */

static void flush_release(struct flush *it)
{
    free(it->postings);
    free(it->times);
    free(it->expiries);
    tg_filter_release(&it->run.filter);
}

static tg_err plan_run(struct flush *it)
{
    if (it->postings_count == 0) return TG_OK;
    const struct tg_delta *delta = &it->index->delta;
    it->run.first = delta->base;
    it->run.last = delta->base + delta->recs_count - 1;
    it->run.rows = it->postings_count;
    if (tg_index_free_slots(it->index, &it->run.slot) == 0) return TG_EBUG;
    tg_err err = tg_filter_init(&it->run.filter, it->run.rows);
    for (size_t i = 0; i < it->postings_count && !err; i++) {
        uint8_t posting[TG_POSTING_BYTES];
        encode_posting(&it->postings[i], posting);
        tg_filter_add(&it->run.filter, posting);
    }
    return err;
}

static uint64_t bytes_to_come(const struct flush *it)
{
    const struct tg_delta *delta = &it->index->delta;
    return 2 * (it->postings_count * TG_POSTING_BYTES + delta->row_bytes.bytes +
                delta->recs_count * (TG_REC_BYTES + 64) + it->index->changes.count * 4096);
}

/* Memory follows the disk once the commit stands. */
static void take_over(struct flush *it)
{
    struct tg_index *index = it->index;
    for (size_t i = 0; i < index->delta.rows_count; i++) index->row_types[index->delta.rows[i].type] = true;
    if (it->run.rows) {
        index->runs[index->runs_count++] = it->run;
        it->run = (struct tg_run){0};
    }
    tg_delta_clear(&index->delta, index->delta.base + index->delta.recs_count);
    bool changed = index->changes.count > 0;
    tg_numbers_release(&index->changes);
    if (!changed) return;
    tg_index_forget_dead(index, NULL, 0);
    tg_index_count_dead(index);
}

static tg_err flush_now(struct tg_store *store, struct flush *it, struct tg_errmsg *em)
{
    tg_err err = sort_postings(it);
    if (!err) err = sort_times(it);
    if (!err) err = plan_run(it);
    if (err) return tg_fail(em, err, "cannot flush the index of '%s': %s", store->dir, tg_err_text(err));
    tg_index_park(store);
    err = tg_store_run(store, &store->index_env, bytes_to_come(it), write_flush, it, em);
    if (!err) take_over(it);
    return err;
}

tg_err tg_index_flush(struct tg_store *store, const struct tg_index_position *positions, size_t count,
                      struct tg_errmsg *em)
{
    struct tg_index *index = store->index;
    if (!index) return tg_fail(em, TG_EIO, "the index of '%s' is not open: restart the node", store->dir);
    if (index->delta.recs_count == 0 && index->changes.count == 0 && count == 0) return TG_OK;
    tg_err err = tg_merge_make_room(store, em);
    if (err) return err;
    struct flush it = {.index = index, .positions = positions, .positions_count = count};
    err = flush_now(store, &it, em);
    flush_release(&it);
    return err;
}
