/* Asking the index: tokens, times, rows; the delta and the runs as one.
 * Knows no token's meaning.
 * Layout: docs/formats-store.md.
 */
#include "store/index_internal.h"

/* ---- tokens ---- */

/* The chain of a token runs from the newest record to the oldest: turn it round behind what runs gave. */
static void delta_hits(const struct tg_delta *delta, uint32_t newest, struct tg_hits *hits)
{
    size_t live = 0;
    for (uint32_t at = newest; at; at = delta->postings[at - 1].next)
        live += !delta->recs[delta->postings[at - 1].rec].dead;
    size_t position = hits->count + live;
    for (uint32_t at = newest; at; at = delta->postings[at - 1].next) {
        const struct tg_delta_posting *posting = &delta->postings[at - 1];
        if (delta->recs[posting->rec].dead) continue;
        if (--position < hits->given_max) hits->recnos[position] = delta->base + posting->rec;
    }
    hits->count += live;
}

static tg_err find(struct tg_store *store, const struct tg_rtxn *txn, const uint8_t token[static 16],
                   struct tg_hits *hits)
{
    const struct tg_index *index = store->index;
    hits->count = 0;
    for (size_t i = 0; i < index->runs_count; i++) {
        if (!tg_filter_may_hold(&index->runs[i].filter, token)) continue;
        tg_err err = tg_run_lookup(store, txn, &index->runs[i], token, hits);
        if (err) return err;
    }
    uint32_t newest = tg_delta_find(&index->delta, token);
    if (newest) delta_hits(&index->delta, newest, hits);
    return TG_OK;
}

static tg_err find_failed(struct tg_store *store, tg_err err, struct tg_errmsg *em)
{
    return tg_fail(em, err, "cannot look up in index '%s': %s; rebuild it with 'tamga reindex'",
                   store->index_env.path, tg_err_text(err));
}

tg_err tg_index_lookup(struct tg_store *store, const uint8_t token[static 16], uint64_t *recnos,
                       size_t recnos_max, size_t *ret_count, struct tg_errmsg *em)
{
    const struct tg_rtxn *txn = NULL;
    tg_err err = tg_index_read(store, &txn, em);
    if (err) return err;
    struct tg_hits hits = {.recnos = recnos, .given_max = recnos_max};
    err = find(store, txn, token, &hits);
    if (err) return find_failed(store, err, em);
    *ret_count = hits.count;
    return TG_OK;
}

static void prefetch(const struct tg_index *index, const uint8_t *tokens, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *token = tokens + i * TG_INDEX_TOKEN_BYTES;
        tg_delta_prefetch(&index->delta, token);
        for (size_t run = 0; run < index->runs_count; run++)
            tg_filter_prefetch(&index->runs[run].filter, token);
    }
}

tg_err tg_index_lookup_batch(struct tg_store *store, const uint8_t *tokens, size_t tokens_count,
                             tg_index_hit on_hit, void *ctx, struct tg_errmsg *em)
{
    enum { GROUP = 16 };
    const struct tg_rtxn *txn = NULL;
    tg_err err = tg_index_read(store, &txn, em);
    if (err) return err;
    TG_AUTO_FREE uint64_t *recnos = calloc(TG_INDEX_HITS_MAX, sizeof *recnos);
    if (!recnos) return tg_fail(em, TG_ENOMEM, "out of memory for a batch of look-ups");
    struct tg_hits hits = {.recnos = recnos, .given_max = TG_INDEX_HITS_MAX};
    for (size_t i = 0; i < tokens_count; i++) {
        if (i % GROUP == 0)
            prefetch(store->index, tokens + i * TG_INDEX_TOKEN_BYTES,
                     tokens_count - i < GROUP ? tokens_count - i : GROUP);
        err = find(store, txn, tokens + i * TG_INDEX_TOKEN_BYTES, &hits);
        if (err) return find_failed(store, err, em);
        if (hits.count == 0) continue;
        err = on_hit(ctx, i, recnos, hits.count < hits.given_max ? hits.count : hits.given_max, hits.count);
        if (err) return err;
    }
    return TG_OK;
}

/* ---- times ---- */

struct timed {
    int64_t t;
    uint64_t recno;
};

/* Two ordered sources walked as one: rows on disk and an array from the delta. */
struct times_walk {
    MDB_cursor *cursor;
    bool begun, disk_done, newest_first;
    struct timed disk; /* the row on disk that is next, unless disk_done */
    struct timed *delta;
    size_t delta_count, delta_at;
    int64_t from, until;
};

static int compare_timed(const void *a, const void *b)
{
    struct timed x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    if (x.t != y.t) return x.t < y.t ? -1 : 1;
    return (x.recno > y.recno) - (x.recno < y.recno);
}

static tg_err times_of_delta(const struct tg_delta *delta, enum tg_index_clock clock, struct times_walk *walk)
{
    if (delta->recs_count == 0) return TG_OK;
    walk->delta = calloc(delta->recs_count, sizeof *walk->delta);
    if (!walk->delta) return TG_ENOMEM;
    for (size_t i = 0; i < delta->recs_count; i++) {
        const struct tg_index_rec *rec = &delta->recs[i].rec;
        int64_t t = clock == TG_INDEX_TIME ? rec->time : rec->expiry;
        if (delta->recs[i].dead || t == TG_INDEX_NO_TIME || t < walk->from || t >= walk->until) continue;
        walk->delta[walk->delta_count++] = (struct timed){t, delta->base + i};
    }
    if (walk->delta_count) qsort(walk->delta, walk->delta_count, sizeof *walk->delta, compare_timed);
    return TG_OK;
}

static int disk_seek(struct times_walk *walk, MDB_val *k, MDB_val *v)
{
    struct tg_key key;
    *k = tg_mdb_val(tg_key_time(&key, walk->newest_first ? walk->until : walk->from, 0));
    int rc = mdb_cursor_get(walk->cursor, k, v, MDB_SET_RANGE);
    if (!walk->newest_first) return rc;
    return mdb_cursor_get(walk->cursor, k, v, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
}

/* Next live row on disk in the range. */
static tg_err disk_next(const struct tg_index *index, struct times_walk *walk)
{
    for (;;) {
        MDB_val k, v;
        int rc = walk->begun ? mdb_cursor_get(walk->cursor, &k, &v, walk->newest_first ? MDB_PREV : MDB_NEXT)
                             : disk_seek(walk, &k, &v);
        walk->begun = true;
        walk->disk_done = rc == MDB_NOTFOUND;
        if (rc != MDB_SUCCESS) return walk->disk_done ? TG_OK : tg_mdb_err(rc);
        if (k.mv_size != 16) return TG_EDAMAGED;
        const uint8_t *bytes = k.mv_data;
        walk->disk = (struct timed){tg_time_of_key(tg_be64_get(bytes)), tg_be64_get(bytes + 8)};
        walk->disk_done = walk->disk.t < walk->from || walk->disk.t >= walk->until;
        if (walk->disk_done) return TG_OK;
        uint32_t change = 0;
        bool removed =
            tg_numbers_get(&index->changes, walk->disk.recno, &change) && (change & TG_CHANGE_REMOVED);
        if (!removed) return TG_OK;
    }
}

static const struct timed *delta_peek(const struct times_walk *walk)
{
    if (walk->delta_at == walk->delta_count) return NULL;
    return &walk->delta[walk->newest_first ? walk->delta_count - 1 - walk->delta_at : walk->delta_at];
}

static tg_err walk_times(const struct tg_index *index, struct times_walk *walk, tg_index_on_time on_time,
                         void *ctx)
{
    tg_err err = disk_next(index, walk);
    while (!err) {
        const struct timed *young = delta_peek(walk);
        if (!young && walk->disk_done) return TG_OK;
        bool take_young = young != NULL;
        if (young && !walk->disk_done)
            take_young = (compare_timed(young, &walk->disk) < 0) != walk->newest_first;
        struct timed next = take_young ? *young : walk->disk;
        err = on_time(ctx, next.t, next.recno);
        if (err) return err == TG_ENOENT ? TG_OK : err;
        if (take_young)
            walk->delta_at++;
        else
            err = disk_next(index, walk);
    }
    return err;
}

tg_err tg_index_times(struct tg_store *store, enum tg_index_clock clock, int64_t from, int64_t until,
                      bool newest_first, tg_index_on_time on_time, void *ctx, struct tg_errmsg *em)
{
    if (from >= until) return TG_OK;
    const struct tg_rtxn *txn = NULL;
    tg_err err = tg_index_read(store, &txn, em);
    if (err) return err;
    struct times_walk walk = {.newest_first = newest_first, .from = from, .until = until};
    size_t table = clock == TG_INDEX_TIME ? TG_INDEX_TIME_TABLE : TG_INDEX_EXPIRY_TABLE;
    err = times_of_delta(&store->index->delta, clock, &walk);
    if (!err) err = tg_mdb_err(mdb_cursor_open(txn->txn, txn->env->dbi[table], &walk.cursor));
    if (!err) {
        err = walk_times(store->index, &walk, on_time, ctx);
        mdb_cursor_close(walk.cursor);
    }
    free(walk.delta);
    return err;
}

/* ---- rows ---- */

static tg_err delta_row(const struct tg_delta *delta, uint8_t type, uint64_t recno, struct tg_view *ret_value)
{
    uint32_t rec = (uint32_t)(recno - delta->base);
    if (delta->recs[rec].dead) return TG_ENOENT;
    for (size_t i = tg_delta_rows_from(delta, rec); i < delta->rows_count && delta->rows[i].rec == rec; i++) {
        if (delta->rows[i].type != type) continue;
        *ret_value = tg_view_of(delta->row_bytes.data + delta->rows[i].at, delta->rows[i].bytes);
        return TG_OK;
    }
    return TG_ENOENT;
}

static bool is_removed(const struct tg_index *index, uint64_t recno)
{
    uint32_t change = 0;
    return tg_numbers_get(&index->changes, recno, &change) && (change & TG_CHANGE_REMOVED);
}

tg_err tg_index_row_get(struct tg_store *store, uint8_t type, uint64_t recno, struct tg_view *ret_value,
                        struct tg_errmsg *em)
{
    const struct tg_rtxn *txn = NULL;
    tg_err err = tg_index_read(store, &txn, em);
    if (err) return err;
    const struct tg_index *index = store->index;
    struct tg_key key;
    if (tg_delta_holds(&index->delta, recno))
        err = delta_row(&index->delta, type, recno, ret_value);
    else if (is_removed(index, recno))
        err = TG_ENOENT;
    else
        err = tg_row_get(txn, TG_INDEX_ROW_TABLE, tg_key_row(&key, type, recno), ret_value);
    if (err)
        return tg_fail(em, err, "no row of type %u for record number %llu", (unsigned)type,
                       (unsigned long long)recno);
    return TG_OK;
}

static tg_err rows_on_disk(const struct tg_index *index, const struct tg_rtxn *txn, uint8_t type,
                           uint64_t from_recno, tg_index_on_row on_row, void *ctx, bool *ret_ended)
{
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_key from;
    tg_err err = tg_scan_begin(txn, TG_INDEX_ROW_TABLE, tg_key_row(&from, type, from_recno), 1, &scan);
    while (!err) {
        struct tg_view key, value;
        err = tg_scan_next(&scan, TG_INDEX_ROW_TABLE, &key, &value);
        if (err) break;
        if (key.bytes != 9) return TG_EDAMAGED;
        uint64_t recno = tg_be64_get(key.data + 1);
        if (is_removed(index, recno)) continue;
        err = on_row(ctx, recno, value);
        *ret_ended = err != TG_OK;
    }
    return err == TG_ENOENT ? TG_OK : err;
}

static tg_err rows_in_delta(const struct tg_delta *delta, uint8_t type, uint64_t from_recno,
                            tg_index_on_row on_row, void *ctx)
{
    for (size_t i = 0; i < delta->rows_count; i++) {
        const struct tg_delta_row *row = &delta->rows[i];
        uint64_t recno = delta->base + row->rec;
        if (row->type != type || recno < from_recno || delta->recs[row->rec].dead) continue;
        tg_err err = on_row(ctx, recno, tg_view_of(delta->row_bytes.data + row->at, row->bytes));
        if (err) return err == TG_ENOENT ? TG_OK : err;
    }
    return TG_OK;
}

tg_err tg_index_rows(struct tg_store *store, uint8_t type, uint64_t from_recno, tg_index_on_row on_row,
                     void *ctx, struct tg_errmsg *em)
{
    const struct tg_rtxn *txn = NULL;
    tg_err err = tg_index_read(store, &txn, em);
    if (err) return err;
    bool ended = false;
    err = rows_on_disk(store->index, txn, type, from_recno, on_row, ctx, &ended);
    if (err || ended) return err;
    return rows_in_delta(&store->index->delta, type, from_recno, on_row, ctx);
}
