/* What the files of the index share: runs, the standing read transaction, the job at work.
 * Knows no token's meaning.
 * Layout: store/layout.h.
 */
#ifndef TG_STORE_INDEX_INTERNAL_H
#define TG_STORE_INDEX_INTERNAL_H

#include "store/delta.h"
#include "store/filter.h"
#include "store/internal.h"

#define TG_REC_BYTES 32

/* One sorted run: postings of records first..last in blocks keyed by their last posting. */
struct tg_run {
    uint64_t first, last; /* recnos; runs are disjoint and ascending */
    uint64_t rows;
    uint64_t dead; /* removed records in that range whose postings may still stand here */
    unsigned slot; /* table "run<slot>" */
    struct tg_filter filter;
};

/* Where a merge stands; copied before a slice and taken over once the slice is committed. */
struct tg_merge_state {
    uint8_t at[TG_INDEX_RUNS_MAX][TG_POSTING_BYTES]; /* next posting of each input, inclusive */
    bool done[TG_INDEX_RUNS_MAX];
    uint8_t block[TG_BLOCK_POSTINGS_MAX * TG_POSTING_BYTES]; /* begun, not yet written */
    size_t block_count;
    uint64_t rows;
    bool finished;
};

enum tg_job_kind { TG_JOB_MERGE, TG_JOB_PURGE };
struct tg_job {
    enum tg_job_kind kind;
    size_t first, count; /* inputs in runs[]; stays right, as new runs only come at the end */
    unsigned slot;       /* output of a merge */
    uint64_t *dead;      /* ascending: what is dropped on the way */
    size_t dead_count;
    struct tg_filter filter; /* of the output */
    struct tg_merge_state state;
};

/* Values of `changes`. */
enum { TG_CHANGE_REMOVED = 0x100, TG_CHANGE_FLAGS = 0x200 };

struct tg_index {
    struct tg_delta delta;
    struct tg_numbers changes; /* flushed records: removed or flagged since the last flush */
    struct tg_numbers dead;    /* removed records that a run may still name, unflushed ones too */
    struct tg_run runs[TG_INDEX_RUNS_MAX];
    size_t runs_count;
    bool row_types[256]; /* with rows on disk */
    /* A later job is on newer runs and goes first, so that a large merge never keeps small runs waiting. */
    struct tg_job jobs[TG_INDEX_JOBS_MAX];
    size_t jobs_count;
    /* Tables that no run names any more: about how many postings still stand there. Emptied a little with every
     * slice: to drop a large table at once takes long, and its pages would burden every commit that follows. */
    uint64_t left[TG_RUN_SLOTS];
    uint64_t merged,
        emptied; /* postings moved or looked through, and postings cleared away, since the start */
    /* One read transaction stands between writes, with a cursor a run. */
    struct tg_rtxn read;
    bool reading;
    MDB_cursor *cursors[TG_RUN_SLOTS];
};

static inline size_t tg_run_table(unsigned slot)
{
    return (size_t)TG_INDEX_TABLES_COUNT + slot;
}

/* index.c */
/* The standing transaction, at the newest state. */
tg_err tg_index_read(struct tg_store *store, const struct tg_rtxn **ret_txn, struct tg_errmsg *em);
/* Let go of it; before every write. */
void tg_index_park(struct tg_store *store);
/* Slots that no run, no job and nothing left over uses, and the first of them (TG_RUN_SLOTS: none). */
size_t tg_index_free_slots(const struct tg_index *index, unsigned *ret_first);
/* Set run->dead anew from the dead that are flushed. */
void tg_index_count_dead(struct tg_index *index);
bool tg_index_covered_by_run(const struct tg_index *index, uint64_t recno);
/* Forget those dead that were purged (ascending) and those that no run covers any more. */
void tg_index_forget_dead(struct tg_index *index, const uint64_t *purged, size_t purged_count);
/* Is number among count ascending numbers? */
bool tg_among(const uint64_t *numbers, size_t count, uint64_t number);
/* Rec of a flushed record; TG_ENOENT once removed. */
tg_err tg_index_rec_read(const struct tg_rtxn *txn, uint64_t recno, struct tg_index_rec *ret_rec);
void tg_rec_encode(const struct tg_index_rec *rec, uint8_t out[static TG_REC_BYTES]);

/* runs.c */
struct tg_hits {
    uint64_t *recnos;
    size_t given_max;
    size_t count;
};
/* Postings of the token in one run, dead ones left out. */
tg_err tg_run_lookup(struct tg_store *store, const struct tg_rtxn *txn, const struct tg_run *run,
                     const uint8_t token[static 16], struct tg_hits *hits);
/* Fill the filter from the run's table, checking order and count. */
tg_err tg_run_load_filter(const struct tg_rtxn *txn, struct tg_run *run, struct tg_errmsg *em);
tg_err tg_run_meta_put(struct tg_wtxn *txn, const struct tg_run *run);
tg_err tg_runs_load(struct tg_store *store, const struct tg_rtxn *txn, struct tg_errmsg *em);
/* Append postings to a run's table, block by block. */
struct tg_run_out {
    struct tg_wtxn *txn;
    MDB_cursor *cursor;
    unsigned slot;
    uint8_t *block; /* TG_BLOCK_POSTINGS_MAX postings, the caller's */
    size_t *block_count;
};
tg_err tg_run_out_begin(struct tg_run_out *out, struct tg_wtxn *txn, unsigned slot, uint8_t *block,
                        size_t *block_count);
tg_err tg_run_out_put(struct tg_run_out *out, const uint8_t posting[static TG_POSTING_BYTES]);
tg_err tg_run_out_flush(struct tg_run_out *out);
void tg_run_out_end(struct tg_run_out *out);
/* First posting ≥ wanted in a block of count. */
size_t tg_block_lower_bound(const uint8_t *block, size_t count, const uint8_t *wanted, size_t wanted_bytes);

/* merge.c */
void tg_job_release(struct tg_job *job);
/* Merge until one more run may stand. */
tg_err tg_merge_make_room(struct tg_store *store, struct tg_errmsg *em);

/* keys */
static inline struct tg_view tg_key_u64(struct tg_key *key, uint64_t number)
{
    tg_wr_u64(tg_key_init(key), number);
    return tg_key_view(key);
}
static inline struct tg_view tg_key_row(struct tg_key *key, uint8_t type, uint64_t recno)
{
    struct tg_wr *wr = tg_key_init(key);
    tg_wr_u8(wr, type);
    tg_wr_u64(wr, recno);
    return tg_key_view(key);
}
static inline struct tg_view tg_key_time(struct tg_key *key, int64_t t, uint64_t recno)
{
    struct tg_wr *wr = tg_key_init(key);
    tg_wr_u64(wr, tg_time_key(t));
    tg_wr_u64(wr, recno);
    return tg_key_view(key);
}

#endif
