/* The index: which records hold a token, when they were, what their rows say. Derived from the log; it
 * can be cleared and built again at any time.
 * Knows tokens, numbers and encrypted rows; never a selector, a name or a key.
 * Layout: docs/formats-store.md.
 *
 * A token is 16 bytes of a keyed hash (SipHash-2-4-128 of type ‖ normal form). Everything that is looked
 * up exactly is a token, identifiers too: the node makes one with a type of its own each for the record
 * id, the content digest and (origin, list, external id). So the disk shows no unkeyed digest of a
 * record, and one sorted structure with one filter serves them all. Two things that differ share a token
 * with probability 2^-128. The bits are used as they are by filter and hash table: unkeyed or chosen
 * tokens would be an attack on both.
 *
 * New records live in memory (the delta) and are found at once; tg_index_flush makes them durable as one
 * sorted run, together with the log positions that are then covered. Until then a crash forgets them:
 * the owner replays the log from tg_index_covered on.
 *
 * Thread: the store's owner, for everything here. Views live until the next call that adds, flushes,
 * merges, clears or closes.
 */
#ifndef TG_STORE_INDEX_H
#define TG_STORE_INDEX_H

#include "store/store.h"

#define TG_INDEX_TOKEN_BYTES 16

/* Where a record stands and what it is. recno is the record's number here, dense from 0, renumbered by
 * a reindex: never shown, never sent. */
struct tg_index_rec {
    uint32_t log;
    uint64_t index; /* of its envelope */
    uint16_t n;     /* record in the batch, 1.. */
    uint8_t kind;   /* the caller's */
    uint8_t flags;  /* the caller's: superseded, disputed… */
    int64_t time;   /* the caller's unit; TG_INDEX_NO_TIME: not in the time table */
    int64_t expiry; /* the same */
};
#define TG_INDEX_NO_TIME INT64_MIN

/* Encrypted by the caller. A record has at most one row of a type. */
struct tg_index_row {
    uint8_t type;
    struct tg_view value; /* ≤ TG_INDEX_ROW_BYTES_MAX */
};
/* Add one record to the delta; everything is copied. tokens: tokens_count × 16 bytes; repeats are fine.
 * TG_EBUSY the delta is full: flush first · TG_ELIMIT · TG_ENOMEM. */
tg_err tg_index_add(struct tg_store *store, const struct tg_index_rec *rec, const uint8_t *tokens,
                    size_t tokens_count, const struct tg_index_row *rows, size_t rows_count,
                    uint64_t *ret_recno, struct tg_errmsg *em);
/* Forget a record: from now on no lookup, scan or row shows it. On disk, its rows, times and place go
 * with the next flush, its postings with the merge steps that follow (see tg_index_merge_step).
 * TG_ENOENT unknown or removed before. */
tg_err tg_index_remove(struct tg_store *store, uint64_t recno, struct tg_errmsg *em);
/* Set the flags of a record; durable with the next flush. */
tg_err tg_index_flag(struct tg_store *store, uint64_t recno, uint8_t flags, struct tg_errmsg *em);

tg_err tg_index_get(struct tg_store *store, uint64_t recno, struct tg_index_rec *ret_rec,
                    struct tg_errmsg *em);
tg_err tg_index_row_get(struct tg_store *store, uint8_t type, uint64_t recno, struct tg_view *ret_value,
                        struct tg_errmsg *em);
/* Numbers given so far: recno 0 .. count-1, some of them removed. */
uint64_t tg_index_records(const struct tg_store *store);

/* Records that hold the token, ascending, each once: up to recnos_max into recnos; *ret_count is how many
 * there are in all and may be larger. A miss is TG_OK with 0 and, but for ≤ 1 % false positives, touches
 * no page. */
tg_err tg_index_lookup(struct tg_store *store, const uint8_t token[static 16], uint64_t *recnos,
                       size_t recnos_max, size_t *ret_count, struct tg_errmsg *em);
/* The same for tokens_count × 16 bytes, probing memory ahead. on_hit is called once for each token that
 * is held, in order of i; recnos is good for the call (≤ TG_INDEX_HITS_MAX of count). It must not change
 * the index; anything but TG_OK ends the batch and is returned. */
typedef tg_err (*tg_index_hit)(void *ctx, size_t i, const uint64_t *recnos, size_t given, size_t count);
tg_err tg_index_lookup_batch(struct tg_store *store, const uint8_t *tokens, size_t tokens_count,
                             tg_index_hit on_hit, void *ctx, struct tg_errmsg *em);

/* Records by time or by expiry, from ≤ t < until, ascending, or descending when newest_first; delta
 * included. TG_OK goes on, anything else ends and is returned, but for TG_ENOENT which ends with TG_OK. */
enum tg_index_clock { TG_INDEX_TIME, TG_INDEX_EXPIRY };
typedef tg_err (*tg_index_on_time)(void *ctx, int64_t t, uint64_t recno);
tg_err tg_index_times(struct tg_store *store, enum tg_index_clock clock, int64_t from, int64_t until,
                      bool newest_first, tg_index_on_time on_time, void *ctx, struct tg_errmsg *em);
/* All rows of a type from recno on, ascending, delta included. The same rules. */
typedef tg_err (*tg_index_on_row)(void *ctx, uint64_t recno, struct tg_view value);
tg_err tg_index_rows(struct tg_store *store, uint8_t type, uint64_t from_recno, tg_index_on_row on_row,
                     void *ctx, struct tg_errmsg *em);

/* Everything of that log below `next` is indexed. */
struct tg_index_position {
    uint32_t log;
    uint64_t next;
};
/* Delta, removals and flags to disk, in one transaction with the positions; synced. Call it between
 * envelopes, never between two records of one. With nothing new and no position it does nothing.
 * A failure leaves the delta as it was; TG_EIO poisons the store. Cost: a sort, then appends; about
 * 0.3 µs a posting. When TG_INDEX_RUNS_MAX runs exist it merges first, however long that takes: whoever
 * cannot wait adds nothing while tg_index_pressed says so. */
tg_err tg_index_flush(struct tg_store *store, const struct tg_index_position *positions, size_t count,
                      struct tg_errmsg *em);
/* Position covered on disk; 0 when the log is unknown to the index. */
tg_err tg_index_covered(struct tg_store *store, uint32_t log, uint64_t *ret_next, struct tg_errmsg *em);

/* The merge has fallen behind so far that little more should be added: there is work for merge steps. */
bool tg_index_pressed(const struct tg_store *store);
/* Postings that the next flush writes. */
uint64_t tg_index_delta_postings(const struct tg_store *store);

/* One slice of background work: at most about rows_max postings are moved and somewhat more cleared away,
 * whatever the size of the index; one commit. Merges runs of like size (≤ TG_INDEX_RUNS_GOAL remain), new
 * small ones before it goes on with large ones, and rewrites runs that still hold removed records.
 * *ret_more: call again when there is time. */
tg_err tg_index_merge_step(struct tg_store *store, size_t rows_max, bool *ret_more, struct tg_errmsg *em);

/* Small values of the caller about the index (which key made the tokens). Durable at once. */
tg_err tg_index_meta_put(struct tg_store *store, struct tg_view name, struct tg_view value,
                         struct tg_errmsg *em);
tg_err tg_index_meta_get(struct tg_store *store, struct tg_view name, struct tg_view *ret_value,
                         struct tg_errmsg *em);

/* Throw the whole index away and begin an empty one: a new environment takes the place of the old. */
tg_err tg_index_clear(struct tg_store *store, struct tg_errmsg *em);

#endif
