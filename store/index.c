/* The index: opened, asked for single records, added to, closed.
 * Knows no token's meaning.
 * Layout: docs/formats-store.md.
 */
#include "store/index_internal.h"

/* ---- the standing read transaction ---- */

static tg_err renew(struct tg_index *index)
{
    int rc = mdb_txn_renew(index->read.txn);
    if (rc != MDB_SUCCESS) return tg_mdb_err(rc);
    for (size_t i = 0; i < TG_RUN_SLOTS && rc == MDB_SUCCESS; i++)
        if (index->cursors[i]) rc = mdb_cursor_renew(index->read.txn, index->cursors[i]);
    if (rc != MDB_SUCCESS) mdb_txn_reset(index->read.txn);
    return tg_mdb_err(rc);
}

tg_err tg_index_read(struct tg_store *store, const struct tg_rtxn **ret_txn, struct tg_errmsg *em)
{
    struct tg_index *index = store->index;
    if (!index) return tg_fail(em, TG_EIO, "the index of '%s' is not open: restart the node", store->dir);
    tg_err err = TG_OK;
    if (!index->reading && index->read.txn) {
        err = renew(index);
    } else if (!index->reading) {
        index->read = (struct tg_rtxn){.store = store, .env = &store->index_env, .thread = pthread_self()};
        err = tg_mdb_err(mdb_txn_begin(store->index_env.mdb, NULL, MDB_RDONLY, &index->read.txn));
        if (err) index->read.txn = NULL;
    }
    if (err) return tg_fail(em, err, "cannot read index '%s'", store->index_env.path);
    index->reading = true;
    *ret_txn = &index->read;
    return TG_OK;
}

void tg_index_park(struct tg_store *store)
{
    struct tg_index *index = store->index;
    if (!index || !index->reading) return;
    mdb_txn_reset(index->read.txn);
    index->reading = false;
}

/* ---- opening ---- */

static tg_err load_base(struct tg_index *index, const struct tg_rtxn *txn)
{
    struct tg_view key, value;
    tg_err err = tg_row_last(txn, TG_INDEX_REC_TABLE, tg_view_of(NULL, 0), &key, &value);
    if (err == TG_ENOENT) return TG_OK;
    if (err) return err;
    if (key.bytes != 8) return TG_EDAMAGED;
    index->delta.base = tg_be64_get(key.data) + 1;
    return TG_OK;
}

static tg_err load_dead(struct tg_index *index, const struct tg_rtxn *txn)
{
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    tg_err err = tg_scan_begin(txn, TG_INDEX_DEAD_TABLE, tg_view_of(NULL, 0), 0, &scan);
    struct tg_view key, value;
    while (!err) {
        err = tg_scan_next(&scan, TG_INDEX_DEAD_TABLE, &key, &value);
        if (!err) err = key.bytes == 8 ? tg_numbers_put(&index->dead, tg_be64_get(key.data), 0) : TG_EDAMAGED;
    }
    return err == TG_ENOENT ? TG_OK : err;
}

/* Which types have rows: one seek a type. */
static tg_err load_row_types(struct tg_index *index, const struct tg_rtxn *txn)
{
    for (unsigned type = 0; type < 256; type++) {
        TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
        struct tg_key from;
        struct tg_view key, value;
        tg_err err = tg_scan_begin(txn, TG_INDEX_ROW_TABLE, tg_key_row(&from, (uint8_t)type, 0), 0, &scan);
        if (!err) err = tg_scan_next(&scan, TG_INDEX_ROW_TABLE, &key, &value);
        if (err) return err == TG_ENOENT ? TG_OK : err;
        if (key.bytes != 9 || key.data[0] < type) return TG_EDAMAGED;
        type = key.data[0];
        index->row_types[type] = true;
    }
    return TG_OK;
}

/* What a merge left that was cut off, or that was not cleared away yet. */
static tg_err load_left(struct tg_index *index, const struct tg_rtxn *txn)
{
    bool named[TG_RUN_SLOTS] = {false};
    for (size_t i = 0; i < index->runs_count; i++) named[index->runs[i].slot] = true;
    tg_err err = TG_OK;
    for (unsigned slot = 0; slot < TG_RUN_SLOTS && !err; slot++) {
        uint64_t blocks = 0;
        if (!named[slot]) err = tg_row_count(txn, tg_run_table(slot), &blocks);
        index->left[slot] = blocks * TG_BLOCK_POSTINGS_MAX;
    }
    return err;
}

static tg_err load(struct tg_store *store, struct tg_errmsg *em)
{
    const struct tg_rtxn *txn = NULL;
    tg_err err = tg_index_read(store, &txn, em);
    if (!err) err = load_base(store->index, txn);
    if (!err) err = load_dead(store->index, txn);
    if (!err) err = load_row_types(store->index, txn);
    if (!err) err = tg_runs_load(store, txn, em);
    if (!err) err = load_left(store->index, txn);
    if (!err) tg_index_count_dead(store->index);
    if (err == TG_EDAMAGED)
        return tg_fail(em, err, "cannot open index '%s': damaged; start with 'tamgad --discard-index'",
                       store->index_env.path);
    return err;
}

tg_err tg_index_open(struct tg_store *store, struct tg_errmsg *em)
{
    store->index = calloc(1, sizeof *store->index);
    if (!store->index) return tg_fail(em, TG_ENOMEM, "out of memory for an index");
    tg_err err = load(store, em);
    if (err) tg_index_close(store);
    return err;
}

void tg_index_close(struct tg_store *store)
{
    struct tg_index *index = store->index;
    if (!index) return;
    for (size_t i = 0; i < TG_RUN_SLOTS; i++)
        if (index->cursors[i]) mdb_cursor_close(index->cursors[i]);
    if (index->read.txn) mdb_txn_abort(index->read.txn);
    for (size_t i = 0; i < index->runs_count; i++) tg_filter_release(&index->runs[i].filter);
    for (size_t i = 0; i < index->jobs_count; i++) tg_job_release(&index->jobs[i]);
    tg_delta_release(&index->delta);
    tg_numbers_release(&index->changes);
    tg_numbers_release(&index->dead);
    free(index);
    store->index = NULL;
}

/* ---- runs and slots ---- */

size_t tg_index_free_slots(const struct tg_index *index, unsigned *ret_first)
{
    bool used[TG_RUN_SLOTS] = {false};
    for (size_t i = 0; i < index->runs_count; i++) used[index->runs[i].slot] = true;
    for (size_t i = 0; i < index->jobs_count; i++)
        if (index->jobs[i].kind == TG_JOB_MERGE) used[index->jobs[i].slot] = true;
    size_t count = 0;
    *ret_first = TG_RUN_SLOTS;
    for (unsigned slot = TG_RUN_SLOTS; slot-- > 0;) {
        if (used[slot] || index->left[slot]) continue;
        *ret_first = slot;
        count++;
    }
    return count;
}

bool tg_index_pressed(const struct tg_store *store)
{
    unsigned first;
    return store->index && tg_index_free_slots(store->index, &first) < TG_INDEX_SLOTS_SPARE;
}

uint64_t tg_index_delta_postings(const struct tg_store *store)
{
    return store->index ? store->index->delta.postings_count : 0;
}

static struct tg_run *run_of(struct tg_index *index, uint64_t recno)
{
    for (size_t i = 0; i < index->runs_count; i++)
        if (recno >= index->runs[i].first && recno <= index->runs[i].last) return &index->runs[i];
    return NULL;
}

bool tg_index_covered_by_run(const struct tg_index *index, uint64_t recno)
{
    for (size_t i = 0; i < index->runs_count; i++)
        if (recno >= index->runs[i].first && recno <= index->runs[i].last) return true;
    return false;
}

void tg_index_count_dead(struct tg_index *index)
{
    for (size_t i = 0; i < index->runs_count; i++) index->runs[i].dead = 0;
    for (size_t i = 0; i < index->dead.capacity; i++) {
        if (index->dead.keys[i] == 0) continue;
        uint64_t recno = index->dead.keys[i] - 1;
        struct tg_run *run = run_of(index, recno);
        if (run && !tg_numbers_has(&index->changes, recno)) run->dead++;
    }
}

bool tg_among(const uint64_t *numbers, size_t count, uint64_t number)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && numbers[low] == number;
}

void tg_index_forget_dead(struct tg_index *index, const uint64_t *purged, size_t purged_count)
{
    struct tg_numbers kept = {0};
    for (size_t i = 0; i < index->dead.capacity; i++) {
        if (index->dead.keys[i] == 0) continue;
        uint64_t recno = index->dead.keys[i] - 1;
        bool pending = tg_numbers_has(&index->changes, recno);
        if (!pending && (tg_among(purged, purged_count, recno) || !tg_index_covered_by_run(index, recno)))
            continue;
        if (tg_numbers_put(&kept, recno, 0)) {
            /* Out of memory: the larger set is still right. */
            tg_numbers_release(&kept);
            return;
        }
    }
    tg_numbers_release(&index->dead);
    index->dead = kept;
}

/* ---- one record ---- */

void tg_rec_encode(const struct tg_index_rec *rec, uint8_t out[static TG_REC_BYTES])
{
    struct tg_wr wr = tg_wr_init(out, TG_REC_BYTES);
    tg_wr_u32(&wr, rec->log);
    tg_wr_u64(&wr, rec->index);
    tg_wr_u16(&wr, rec->n);
    tg_wr_u8(&wr, rec->kind);
    tg_wr_u8(&wr, rec->flags);
    tg_wr_u64(&wr, (uint64_t)rec->time);
    tg_wr_u64(&wr, (uint64_t)rec->expiry);
}

tg_err tg_index_rec_read(const struct tg_rtxn *txn, uint64_t recno, struct tg_index_rec *ret_rec)
{
    struct tg_key key;
    struct tg_view value;
    tg_err err = tg_row_get(txn, TG_INDEX_REC_TABLE, tg_key_u64(&key, recno), &value);
    if (err) return err;
    if (value.bytes == 0) return TG_ENOENT;
    if (value.bytes != TG_REC_BYTES) return TG_EDAMAGED;
    struct tg_rd rd = tg_rd_init(value);
    ret_rec->log = tg_rd_u32(&rd);
    ret_rec->index = tg_rd_u64(&rd);
    ret_rec->n = tg_rd_u16(&rd);
    ret_rec->kind = tg_rd_u8(&rd);
    ret_rec->flags = tg_rd_u8(&rd);
    ret_rec->time = (int64_t)tg_rd_u64(&rd);
    ret_rec->expiry = (int64_t)tg_rd_u64(&rd);
    return TG_OK;
}

static tg_err no_record(uint64_t recno, struct tg_errmsg *em)
{
    return tg_fail(em, TG_ENOENT, "no record number %llu in the index", (unsigned long long)recno);
}

tg_err tg_index_get(struct tg_store *store, uint64_t recno, struct tg_index_rec *ret_rec,
                    struct tg_errmsg *em)
{
    struct tg_index *index = store->index;
    const struct tg_rtxn *txn = NULL;
    tg_err err = tg_index_read(store, &txn, em);
    if (err) return err;
    if (tg_delta_holds(&index->delta, recno)) {
        const struct tg_delta_rec *held = &index->delta.recs[recno - index->delta.base];
        if (held->dead) return no_record(recno, em);
        *ret_rec = held->rec;
        return TG_OK;
    }
    if (tg_numbers_has(&index->dead, recno)) return no_record(recno, em);
    struct tg_index_rec rec;
    err = tg_index_rec_read(txn, recno, &rec);
    if (err == TG_ENOENT) return no_record(recno, em);
    if (err) return tg_fail(em, err, "cannot read record number %llu", (unsigned long long)recno);
    uint32_t change = 0;
    if (tg_numbers_get(&index->changes, recno, &change)) {
        /* Removed, and no run covers it. */
        if (change & TG_CHANGE_REMOVED) return no_record(recno, em);
        if (change & TG_CHANGE_FLAGS) rec.flags = (uint8_t)change;
    }
    *ret_rec = rec;
    return TG_OK;
}

uint64_t tg_index_records(const struct tg_store *store)
{
    const struct tg_index *index = store->index;
    return index ? index->delta.base + index->delta.recs_count : 0;
}

tg_err tg_index_add(struct tg_store *store, const struct tg_index_rec *rec, const uint8_t *tokens,
                    size_t tokens_count, const struct tg_index_row *rows, size_t rows_count,
                    uint64_t *ret_recno, struct tg_errmsg *em)
{
    struct tg_index *index = store->index;
    if (!index) return tg_fail(em, TG_EIO, "the index of '%s' is not open: restart the node", store->dir);
    tg_err err = tg_delta_add(&index->delta, rec, tokens, tokens_count, rows, rows_count);
    if (err == TG_EBUSY) return tg_fail(em, err, "the delta of the index is full: flush it first");
    if (err) return tg_fail(em, err, "cannot index a record: %s", tg_err_text(err));
    *ret_recno = index->delta.base + index->delta.recs_count - 1;
    return TG_OK;
}

/* ---- changes to a record ---- */

tg_err tg_index_remove(struct tg_store *store, uint64_t recno, struct tg_errmsg *em)
{
    struct tg_index_rec rec;
    tg_err err = tg_index_get(store, recno, &rec, em);
    if (err) return err;
    struct tg_index *index = store->index;
    if (tg_delta_holds(&index->delta, recno)) {
        tg_delta_kill(&index->delta, (uint32_t)(recno - index->delta.base));
        return TG_OK;
    }
    err = tg_numbers_put(&index->changes, recno, TG_CHANGE_REMOVED);
    if (!err) err = tg_numbers_put(&index->dead, recno, 0);
    return err ? tg_fail(em, err, "cannot remove record number %llu", (unsigned long long)recno) : TG_OK;
}

tg_err tg_index_flag(struct tg_store *store, uint64_t recno, uint8_t flags, struct tg_errmsg *em)
{
    struct tg_index_rec rec;
    tg_err err = tg_index_get(store, recno, &rec, em);
    if (err) return err;
    struct tg_index *index = store->index;
    if (tg_delta_holds(&index->delta, recno)) {
        index->delta.recs[recno - index->delta.base].rec.flags = flags;
        return TG_OK;
    }
    err = tg_numbers_put(&index->changes, recno, TG_CHANGE_FLAGS | flags);
    return err ? tg_fail(em, err, "cannot flag record number %llu", (unsigned long long)recno) : TG_OK;
}

/* ---- small values ---- */

tg_err tg_index_covered(struct tg_store *store, uint32_t log, uint64_t *ret_next, struct tg_errmsg *em)
{
    const struct tg_rtxn *txn = NULL;
    tg_err err = tg_index_read(store, &txn, em);
    if (err) return err;
    uint8_t key[4];
    tg_be32_put(key, log);
    struct tg_view value;
    err = tg_row_get(txn, TG_INDEX_COVERED_TABLE, TG_VIEW_ARRAY(key), &value);
    if (!err && value.bytes != 8) err = TG_EDAMAGED;
    if (err && err != TG_ENOENT) return tg_fail(em, err, "cannot read what the index covers");
    *ret_next = err ? 0 : tg_be64_get(value.data);
    return TG_OK;
}

struct meta_put {
    struct tg_view name, value;
};

static tg_err meta_put(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    const struct meta_put *it = ctx;
    return tg_row_put(txn, TG_INDEX_META_TABLE, it->name, it->value, 0);
}

tg_err tg_index_meta_put(struct tg_store *store, struct tg_view name, struct tg_view value,
                         struct tg_errmsg *em)
{
    if (name.bytes == 0 || name.bytes > TG_STORE_NAMED_BYTES_MAX || tg_view_starts_with(name, "store/"))
        return tg_fail(em, TG_EUSAGE, "not a name for a value of the index: '%.*s'", TG_VIEW_PRINT(name));
    if (value.bytes > TG_STORE_BLOB_BYTES_MAX) return tg_fail(em, TG_ELIMIT, "value of the index too large");
    struct meta_put it = {.name = name, .value = value};
    tg_index_park(store);
    return tg_store_run(store, &store->index_env, 0, meta_put, &it, em);
}

tg_err tg_index_meta_get(struct tg_store *store, struct tg_view name, struct tg_view *ret_value,
                         struct tg_errmsg *em)
{
    const struct tg_rtxn *txn = NULL;
    tg_err err = tg_index_read(store, &txn, em);
    if (!err) err = tg_row_get(txn, TG_INDEX_META_TABLE, name, ret_value);
    return err ? tg_fail(em, err, "no value '%.*s' in the index", TG_VIEW_PRINT(name)) : TG_OK;
}
