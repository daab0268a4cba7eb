/* Background work on runs, in slices: merging runs of like size, purging postings of removed records, and clearing
 * away what merges leave.
 * Knows no token's meaning.
 * A merge is begun again after a restart: its output counts only once all of it is written.
 */
#include "store/index_internal.h"

void tg_job_release(struct tg_job *job)
{
    free(job->dead);
    tg_filter_release(&job->filter);
    *job = (struct tg_job){0};
}

/* ---- what to do next ---- */

/* The first run that is newer than all that jobs read. */
static size_t first_idle(const struct tg_index *index)
{
    if (index->jobs_count == 0) return 0;
    const struct tg_job *newest = &index->jobs[index->jobs_count - 1];
    return newest->first + newest->count;
}

/* The longest row of newest runs whose oldest is no larger than the rest together: sizes stay in powers
 * of two, each posting is moved about log2(runs) times. Measured by simulation: 1,000 equal flushes move
 * each posting 4.2 times and never leave more than TG_INDEX_RUNS_GOAL runs. */
static bool choose_merge(const struct tg_index *index, size_t *ret_first, size_t *ret_count)
{
    enum { WINDOW_MIN = 4 };
    size_t runs = index->runs_count, from = first_idle(index);
    uint64_t rest = 0;
    bool found = false;
    for (size_t i = runs; i-- > from; rest += index->runs[i].rows) {
        if (runs - i < WINDOW_MIN || index->runs[i].rows > rest) continue;
        *ret_first = i;
        *ret_count = runs - i;
        found = true;
    }
    if (found || runs - from <= TG_INDEX_RUNS_GOAL) return found;
    uint64_t least = UINT64_MAX;
    for (size_t i = from; i + 1 < runs; i++) {
        uint64_t rows = index->runs[i].rows + index->runs[i + 1].rows;
        if (rows >= least) continue;
        least = rows;
        *ret_first = i;
        *ret_count = 2;
    }
    return true;
}

static bool choose_purge(const struct tg_index *index, size_t *ret_run)
{
    for (size_t i = 0; i < index->runs_count; i++) {
        if (index->runs[i].dead == 0) continue;
        *ret_run = i;
        return true;
    }
    return false;
}

/* Removed records in the range of the inputs whose removal is on disk: those may be dropped for good. */
static tg_err snapshot_dead(const struct tg_index *index, struct tg_job *job)
{
    if (index->dead.count == 0) return TG_OK;
    TG_AUTO_FREE uint64_t *all = calloc(index->dead.count, sizeof *all);
    job->dead = calloc(index->dead.count, sizeof *job->dead);
    if (!all || !job->dead) return TG_ENOMEM;
    tg_numbers_list(&index->dead, all);
    uint64_t first = index->runs[job->first].first, last = index->runs[job->first + job->count - 1].last;
    for (size_t i = 0; i < index->dead.count; i++)
        if (all[i] >= first && all[i] <= last && !tg_numbers_has(&index->changes, all[i]))
            job->dead[job->dead_count++] = all[i];
    return TG_OK;
}

/* job->count stays 0 when there is nothing to do. A slot is left for the next flush. */
static tg_err plan(const struct tg_index *index, bool purge_too, struct tg_job *job)
{
    enum { SLOTS_MIN = 2 };
    size_t run = 0;
    if (purge_too && index->jobs_count == 0 && choose_purge(index, &run)) {
        job->first = run;
        job->count = 1;
        job->kind = TG_JOB_PURGE;
        return snapshot_dead(index, job);
    }
    if (tg_index_free_slots(index, &job->slot) < SLOTS_MIN) return TG_OK;
    if (!choose_merge(index, &job->first, &job->count)) return TG_OK;
    uint64_t rows = 0;
    for (size_t i = 0; i < job->count; i++) rows += index->runs[job->first + i].rows;
    job->kind = TG_JOB_MERGE;
    tg_err err = tg_filter_init(&job->filter, rows);
    return err ? err : snapshot_dead(index, job);
}

static tg_err begin_job(struct tg_index *index, bool purge_too, struct tg_errmsg *em)
{
    struct tg_job job = {0};
    tg_err err = index->jobs_count < TG_INDEX_JOBS_MAX ? plan(index, purge_too, &job) : TG_OK;
    if (err) {
        tg_job_release(&job);
        return tg_fail(em, err, "cannot merge runs of the index: %s", tg_err_text(err));
    }
    if (job.count) index->jobs[index->jobs_count++] = job;
    return TG_OK;
}

/* ---- one slice ---- */

struct slice {
    struct tg_index *index;
    struct tg_job *job; /* NULL: only what is left over is cleared away */
    size_t rows_max;
    struct tg_merge_state state; /* after the slice */
    size_t moved;                /* postings looked at */
    unsigned left;               /* the table that is emptied; TG_RUN_SLOTS: none */
    uint64_t emptied;            /* postings cleared away there */
    bool empty;                  /* it holds nothing now */
};

static bool is_dead(const struct tg_job *job, const uint8_t *posting)
{
    return job->dead_count &&
           tg_among(job->dead, job->dead_count, tg_load_be64(posting + TG_INDEX_TOKEN_BYTES));
}

/* One run being read. */
struct input {
    MDB_cursor *cursor;
    const uint8_t *at; /* the next posting; NULL: at its end */
    const uint8_t *end;
};

static tg_err input_block(struct tg_wtxn *txn, struct input *input, int rc, MDB_val block)
{
    input->at = input->end = NULL;
    if (rc == MDB_NOTFOUND) return TG_OK;
    if (rc != MDB_SUCCESS) return tg_wtxn_fail(txn, rc);
    if (block.mv_size == 0 || block.mv_size % TG_POSTING_BYTES) return TG_EDAMAGED;
    input->at = block.mv_data;
    input->end = input->at + block.mv_size;
    return TG_OK;
}

static tg_err input_begin(struct tg_wtxn *txn, unsigned slot, const uint8_t from[static TG_POSTING_BYTES],
                          struct input *input)
{
    int rc = mdb_cursor_open(txn->read.txn, txn->read.env->dbi[tg_run_table(slot)], &input->cursor);
    if (rc != MDB_SUCCESS) return tg_wtxn_fail(txn, rc);
    MDB_val key = tg_mdb_val(tg_view_of(from, TG_POSTING_BYTES)), block = {0};
    rc = mdb_cursor_get(input->cursor, &key, &block, MDB_SET_RANGE);
    tg_err err = input_block(txn, input, rc, block);
    if (err || !input->at) return err;
    size_t count = (size_t)(input->end - input->at) / TG_POSTING_BYTES;
    input->at += tg_block_lower_bound(input->at, count, from, TG_POSTING_BYTES) * TG_POSTING_BYTES;
    return input->at < input->end ? TG_OK : TG_EDAMAGED;
}

static tg_err input_advance(struct tg_wtxn *txn, struct input *input)
{
    input->at += TG_POSTING_BYTES;
    if (input->at < input->end) return TG_OK;
    MDB_val key, block = {0};
    int rc = mdb_cursor_get(input->cursor, &key, &block, MDB_NEXT);
    return input_block(txn, input, rc, block);
}

static struct input *smallest(struct input *inputs, size_t count)
{
    struct input *least = NULL;
    for (size_t i = 0; i < count; i++)
        if (inputs[i].at && (!least || memcmp(inputs[i].at, least->at, TG_POSTING_BYTES) < 0))
            least = &inputs[i];
    return least;
}

static tg_err merge_rows(struct tg_wtxn *txn, struct slice *it, struct input *inputs, struct tg_run_out *out)
{
    struct tg_job *job = it->job;
    for (it->moved = 0; it->moved < it->rows_max; it->moved++) {
        struct input *next = smallest(inputs, job->count);
        if (!next) {
            it->state.finished = true;
            return tg_run_out_flush(out);
        }
        tg_err err = TG_OK;
        if (!is_dead(job, next->at)) {
            tg_filter_add(&job->filter, next->at); /* twice, when a slice is repeated, does no harm */
            it->state.rows++;
            err = tg_run_out_put(out, next->at);
        }
        if (!err) err = input_advance(txn, next);
        if (err) return err;
    }
    return TG_OK;
}

static tg_err forget_dead_rows(struct tg_wtxn *txn, const struct tg_job *job)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < job->dead_count && !err; i++) {
        struct tg_key key;
        err = tg_row_del(txn, TG_INDEX_DEAD_TABLE, tg_key_u64(&key, job->dead[i]));
        if (err == TG_ENOENT) err = TG_OK;
    }
    return err;
}

static struct tg_run merged_run(const struct tg_index *index, const struct tg_job *job,
                                const struct tg_merge_state *state)
{
    return (struct tg_run){.first = index->runs[job->first].first,
                           .last = index->runs[job->first + job->count - 1].last,
                           .rows = state->rows,
                           .slot = job->slot};
}

/* The output counts from here on; what stands in the tables of the inputs is left over. */
static tg_err merge_finish(struct tg_wtxn *txn, const struct slice *it)
{
    const struct tg_job *job = it->job;
    for (size_t i = 0; i < job->count; i++) {
        const struct tg_run *input = &it->index->runs[job->first + i];
        struct tg_key key;
        tg_err err = tg_row_del(txn, TG_INDEX_RUNS_TABLE, tg_key_u64(&key, input->first));
        if (err) return err;
    }
    struct tg_run run = merged_run(it->index, job, &it->state);
    tg_err err = run.rows ? tg_run_meta_put(txn, &run) : TG_OK;
    return err ? err : forget_dead_rows(txn, job);
}

static tg_err open_inputs(struct tg_wtxn *txn, const struct slice *it, struct input *inputs)
{
    const struct tg_job *job = it->job;
    tg_err err = TG_OK;
    for (size_t i = 0; i < job->count && !err; i++)
        if (!it->state.done[i])
            err = input_begin(txn, it->index->runs[job->first + i].slot, it->state.at[i], &inputs[i]);
    return err;
}

static void close_inputs(struct slice *it, struct input *inputs, bool keep)
{
    for (size_t i = 0; i < it->job->count; i++) {
        if (keep && inputs[i].at) memcpy(it->state.at[i], inputs[i].at, TG_POSTING_BYTES);
        if (keep) it->state.done[i] = inputs[i].at == NULL;
        if (inputs[i].cursor) mdb_cursor_close(inputs[i].cursor);
    }
}

static tg_err merge_slice(struct tg_wtxn *txn, struct slice *it)
{
    const struct tg_job *job = it->job;
    it->state = job->state;
    struct input inputs[TG_INDEX_RUNS_MAX] = {0};
    struct tg_run_out out = {0};
    tg_err err = open_inputs(txn, it, inputs);
    if (!err) err = tg_run_out_begin(&out, txn, job->slot, it->state.block, &it->state.block_count);
    if (!err) err = merge_rows(txn, it, inputs, &out);
    close_inputs(it, inputs, !err);
    tg_run_out_end(&out);
    return !err && it->state.finished ? merge_finish(txn, it) : err;
}

/* ---- purging in place ---- */

/* The key that follows in byte order. */
static bool key_after(uint8_t key[static TG_POSTING_BYTES])
{
    for (size_t i = TG_POSTING_BYTES; i-- > 0;)
        if (++key[i] != 0) return true;
    return false;
}

static size_t keep_alive(const struct tg_job *job, MDB_val block, uint8_t *out)
{
    const uint8_t *data = block.mv_data;
    size_t kept = 0;
    for (size_t at = 0; at < block.mv_size; at += TG_POSTING_BYTES) {
        if (is_dead(job, data + at)) continue;
        memcpy(out + kept, data + at, TG_POSTING_BYTES);
        kept += TG_POSTING_BYTES;
    }
    return kept;
}

/* Write the block again without its dead, under the key of its new last posting. */
static tg_err purge_block(struct tg_wtxn *txn, const struct slice *it, MDB_cursor *cursor, MDB_val block,
                          uint64_t *ret_dropped)
{
    uint8_t kept[TG_BLOCK_POSTINGS_MAX * TG_POSTING_BYTES];
    if (block.mv_size > sizeof kept || block.mv_size % TG_POSTING_BYTES) return TG_EDAMAGED;
    size_t kept_bytes = keep_alive(it->job, block, kept);
    *ret_dropped = (block.mv_size - kept_bytes) / TG_POSTING_BYTES;
    if (*ret_dropped == 0) return TG_OK;
    int rc = mdb_cursor_del(cursor, 0);
    if (rc == MDB_SUCCESS && kept_bytes) {
        MDB_val key = tg_mdb_val(tg_view_of(kept + kept_bytes - TG_POSTING_BYTES, TG_POSTING_BYTES));
        MDB_val value = tg_mdb_val(tg_view_of(kept, kept_bytes));
        rc = mdb_cursor_put(cursor, &key, &value, MDB_NOOVERWRITE);
    }
    return rc == MDB_SUCCESS ? TG_OK : tg_wtxn_fail(txn, rc);
}

static tg_err purge_rows(struct tg_wtxn *txn, struct slice *it, MDB_cursor *cursor)
{
    uint8_t *at = it->state.at[0];
    for (it->moved = 0; it->moved < it->rows_max;) {
        MDB_val key = tg_mdb_val(tg_view_of(at, TG_POSTING_BYTES)), block;
        int rc = mdb_cursor_get(cursor, &key, &block, MDB_SET_RANGE);
        if (rc != MDB_SUCCESS && rc != MDB_NOTFOUND) return tg_wtxn_fail(txn, rc);
        it->state.finished = rc == MDB_NOTFOUND;
        if (it->state.finished) return TG_OK;
        if (key.mv_size != TG_POSTING_BYTES) return TG_EDAMAGED;
        memcpy(at, key.mv_data, TG_POSTING_BYTES);
        it->state.finished = !key_after(at);
        it->moved += block.mv_size / TG_POSTING_BYTES + 1;
        uint64_t dropped = 0;
        tg_err err = purge_block(txn, it, cursor, block, &dropped);
        if (err) return err;
        it->state.rows += dropped;
        if (it->state.finished) return TG_OK;
    }
    return TG_OK;
}

static tg_err purge_finish(struct tg_wtxn *txn, const struct slice *it)
{
    const struct tg_run *run = &it->index->runs[it->job->first];
    struct tg_key key;
    if (run->rows == it->state.rows) {
        tg_err err = tg_row_del(txn, TG_INDEX_RUNS_TABLE, tg_key_u64(&key, run->first));
        return err ? err : forget_dead_rows(txn, it->job);
    }
    return forget_dead_rows(txn, it->job);
}

static tg_err purge_slice(struct tg_wtxn *txn, struct slice *it)
{
    const struct tg_job *job = it->job;
    const struct tg_run *run = &it->index->runs[job->first];
    it->state = job->state;
    MDB_cursor *cursor = NULL;
    int rc = mdb_cursor_open(txn->read.txn, txn->read.env->dbi[tg_run_table(run->slot)], &cursor);
    if (rc != MDB_SUCCESS) return tg_wtxn_fail(txn, rc);
    tg_err err = purge_rows(txn, it, cursor);
    mdb_cursor_close(cursor);
    if (err) return err;
    /* The count on disk is right after every slice, so that a restart in between finds it sound. */
    struct tg_run left = *run;
    left.rows = run->rows - it->state.rows;
    if (left.rows == 0)
        it->state.finished = true;
    else if (it->state.rows > job->state.rows)
        err = tg_run_meta_put(txn, &left);
    return !err && it->state.finished ? purge_finish(txn, it) : err;
}

/* ---- clearing away ---- */

/* The smallest first: it gives its slot back soonest. */
static unsigned choose_left(const struct tg_index *index)
{
    unsigned chosen = TG_RUN_SLOTS;
    for (unsigned slot = 0; slot < TG_RUN_SLOTS; slot++)
        if (index->left[slot] && (chosen == TG_RUN_SLOTS || index->left[slot] < index->left[chosen]))
            chosen = slot;
    return chosen;
}

/* Somewhat more blocks than the slice writes, so that nothing piles up; their pages are used again by the next. */
static size_t blocks_to_clear(const struct slice *it)
{
    enum { BLOCKS_MORE = 64 };
    return it->rows_max / TG_BLOCK_POSTINGS_MAX + BLOCKS_MORE;
}

static tg_err clear_blocks(struct tg_wtxn *txn, struct slice *it, MDB_cursor *cursor)
{
    for (size_t blocks = blocks_to_clear(it); blocks > 0; blocks--) {
        MDB_val key, block;
        int rc = mdb_cursor_get(cursor, &key, &block, MDB_LAST);
        it->empty = rc == MDB_NOTFOUND;
        if (it->empty) return TG_OK;
        if (rc == MDB_SUCCESS) {
            it->emptied += block.mv_size / TG_POSTING_BYTES;
            rc = mdb_cursor_del(cursor, 0);
        }
        if (rc != MDB_SUCCESS) return tg_wtxn_fail(txn, rc);
    }
    return TG_OK;
}

static tg_err clear_slice(struct tg_wtxn *txn, struct slice *it)
{
    it->left = choose_left(it->index);
    it->emptied = 0;
    it->empty = false;
    if (it->left == TG_RUN_SLOTS) return TG_OK;
    MDB_cursor *cursor = NULL;
    int rc = mdb_cursor_open(txn->read.txn, txn->read.env->dbi[tg_run_table(it->left)], &cursor);
    if (rc != MDB_SUCCESS) return tg_wtxn_fail(txn, rc);
    tg_err err = clear_blocks(txn, it, cursor);
    mdb_cursor_close(cursor);
    return err;
}

static tg_err work_slice(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em)
{
    (void)em;
    struct slice *it = ctx;
    tg_err err = TG_OK;
    if (it->job) err = it->job->kind == TG_JOB_MERGE ? merge_slice(txn, it) : purge_slice(txn, it);
    return err ? err : clear_slice(txn, it);
}

/* ---- after the commit ---- */

static void replace_runs(struct tg_index *index, const struct tg_job *job, struct tg_run run)
{
    for (size_t i = 0; i < job->count; i++) tg_filter_release(&index->runs[job->first + i].filter);
    size_t after = job->first + job->count;
    size_t kept = run.rows ? 1 : 0;
    if (kept) index->runs[job->first] = run;
    memmove(&index->runs[job->first + kept], &index->runs[after],
            (index->runs_count - after) * sizeof index->runs[0]);
    index->runs_count -= job->count - kept;
}

static void finish_merge(struct tg_index *index, struct tg_job *job)
{
    struct tg_run run = merged_run(index, job, &job->state);
    if (run.rows) {
        run.filter = job->filter;
        job->filter = (struct tg_filter){0};
    }
    for (size_t i = 0; i < job->count; i++) {
        const struct tg_run *input = &index->runs[job->first + i];
        index->left[input->slot] = input->rows;
    }
    replace_runs(index, job, run);
}

/* Always the newest job: the positions of the others stay right. */
static void finish_job(struct tg_index *index)
{
    struct tg_job *job = &index->jobs[index->jobs_count - 1];
    if (job->kind == TG_JOB_MERGE) {
        finish_merge(index, job);
    } else {
        struct tg_run run = index->runs[job->first];
        run.rows -= job->state.rows;
        if (run.rows)
            index->runs[job->first].rows = run.rows;
        else
            replace_runs(index, job, run);
    }
    index->jobs_count--;
    tg_index_forget_dead(index, job->dead, job->dead_count);
    tg_job_release(job);
    tg_index_count_dead(index);
}

static void take_over(struct slice *it)
{
    struct tg_index *index = it->index;
    index->merged += it->moved;
    index->emptied += it->emptied;
    if (it->left < TG_RUN_SLOTS) {
        uint64_t *left = &index->left[it->left];
        *left = it->empty ? 0 : *left > it->emptied ? *left - it->emptied : 1;
    }
    if (!it->job) return;
    it->job->state = it->state;
    if (it->state.finished) finish_job(index);
}

/* *ret_more: something was done. */
static tg_err step(struct tg_store *store, size_t rows_max, bool purge_too, bool *ret_more,
                   struct tg_errmsg *em)
{
    struct tg_index *index = store->index;
    tg_err err = begin_job(index, purge_too, em);
    if (err) return err;
    struct slice it = {.index = index, .rows_max = rows_max};
    if (index->jobs_count) it.job = &index->jobs[index->jobs_count - 1];
    *ret_more = it.job || choose_left(index) < TG_RUN_SLOTS;
    if (!*ret_more) return TG_OK;
    tg_index_park(store);
    err = tg_store_run(store, &store->index_env, (uint64_t)rows_max * TG_POSTING_BYTES * 2, work_slice, &it,
                       em);
    if (!err) take_over(&it);
    return err;
}

tg_err tg_index_merge_step(struct tg_store *store, size_t rows_max, bool *ret_more, struct tg_errmsg *em)
{
    if (!store->index)
        return tg_fail(em, TG_EIO, "the index of '%s' is not open: restart the node", store->dir);
    if (rows_max == 0 || rows_max > TG_INDEX_MERGE_ROWS_MAX)
        return tg_fail(em, TG_EUSAGE, "a slice of a merge is 1 to %d postings", TG_INDEX_MERGE_ROWS_MAX);
    bool more = false;
    tg_err err = step(store, rows_max, true, &more, em);
    if (err) return err;
    size_t first = 0, count = 0;
    const struct tg_index *index = store->index;
    *ret_more = more && (index->jobs_count || choose_left(index) < TG_RUN_SLOTS ||
                         choose_purge(index, &first) || choose_merge(index, &first, &count));
    return TG_OK;
}

tg_err tg_merge_make_room(struct tg_store *store, struct tg_errmsg *em)
{
    const struct tg_index *index = store->index;
    unsigned slot;
    bool more = true;
    while ((index->runs_count >= TG_INDEX_RUNS_MAX || tg_index_free_slots(index, &slot) == 0) && more) {
        tg_err err = step(store, TG_INDEX_MERGE_ROWS_MAX, false, &more, em);
        if (err) return err;
    }
    return TG_OK;
}
