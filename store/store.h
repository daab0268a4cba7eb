/* The store: two LMDB environments under one folder, `log` (truth) and `index` (derived).
 * Knows bytes, not alerts; no clock, no randomness, no keys.
 * Layout of every table: docs/formats-store.md; log tables: store/log.h; index: store/index.h.
 *
 * Threads: one thread owns the store (opens, writes, uses the index, closes). Read transactions of the
 * log may be begun and ended on any thread; they never wait for the writer, except for the moment in
 * which a map is moved to grow. Every view that a transaction hands out dies with the transaction.
 */
#ifndef TG_STORE_STORE_H
#define TG_STORE_STORE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/cleanup.h"

#define TG_STORE_NODE_BYTES 32 /* a node id */
#define TG_STORE_HASH_BYTES 32
#define TG_STORE_FORMAT_VERSION 1

struct tg_store;
struct tg_rtxn; /* reads the log as it was when the transaction began */
struct tg_wtxn; /* writes the log; exists only inside tg_store_write */

/* The outside world of the store, replaceable in tests. A NULL function means the system's own. */
struct tg_store_hooks {
    /* Bytes that may still be written in the file system of dir. */
    tg_err (*free_bytes)(void *ctx, const char *dir, uint64_t *ret_bytes);
    /* statfs(2) type of dir. */
    tg_err (*fs_type)(void *ctx, const char *dir, uint64_t *ret_type);
    /* True makes the coming commit fail as if the disk had refused it. */
    bool (*commit_fails)(void *ctx);
    void *ctx;
};

/* Zero-initialised is the normal case. */
struct tg_store_options {
    bool read_only;         /* nothing is written; tg_store_write and tg_index_flush answer TG_EDENIED */
    bool discard_index;     /* throw the index environment away, also a damaged one, and start it empty */
    size_t log_map_bytes;   /* address space to begin with; 0: TG_STORE_MAP_BYTES */
    size_t index_map_bytes; /* the same; maps grow by themselves */
    uint64_t reserve_bytes; /* free disk below which no transaction begins; 0: TG_STORE_RESERVE_BYTES */
    const struct tg_store_hooks *hooks; /* borrowed until close; NULL: the system */
};

/* Make a new, empty store: built in '<dir>.new', synced, renamed to dir, parent synced.
 * TG_EEXIST unless dir is missing or an empty folder; TG_EDENIED on a network file system; TG_ESPACE. */
tg_err tg_store_create(const char *dir, const struct tg_store_options *options, struct tg_errmsg *em);

/* Open a store. options may be NULL.
 * TG_ENOENT no such folder · TG_EBUSY in use by another process · TG_EVERSION made by a newer version ·
 * TG_EDAMAGED a file is missing, empty, cut off or not ours; nothing is changed on disk in any of these.
 * A missing index environment is made anew (the index is derived). */
tg_err tg_store_open(const char *dir, const struct tg_store_options *options, struct tg_store **ret_store,
                     struct tg_errmsg *em);
/* NULL is fine. All read transactions must have ended. What the delta of the index holds is forgotten. */
void tg_store_close(struct tg_store *store);
TG_AUTO_PTR_DEFINE(tg_store, tg_store_close)

/* A commit or a sync failed: nothing more will be written. The owner should end the process. */
bool tg_store_poisoned(const struct tg_store *store);

/* One read transaction of the log. At most TG_STORE_READERS_MAX at a time (TG_ELIMIT).
 * Keep it short: pages it can see are not reused, and a map cannot grow while it is open. */
tg_err tg_store_read_begin(struct tg_store *store, struct tg_rtxn **ret_txn, struct tg_errmsg *em);
void tg_store_read_end(struct tg_rtxn *txn);
TG_AUTO_PTR_DEFINE(tg_rtxn, tg_store_read_end)
/* The reading side of a write transaction: sees what was written so far. */
const struct tg_rtxn *tg_wtxn_read(const struct tg_wtxn *txn);

/* What a write transaction does. Must be repeatable: it runs again from the start when the map had to
 * grow, so it changes nothing but the transaction until tg_store_write has returned. TG_OK commits,
 * anything else aborts. */
typedef tg_err (*tg_store_fn)(struct tg_wtxn *txn, void *ctx, struct tg_errmsg *em);

/* Begin, run, commit; synced when it returns TG_OK. Callers batch: one call is two syncs however much
 * fn writes.
 *
 * Errors: fn's own; the transaction is gone
 *         TG_ESPACE   less than the reserve is free; nothing was tried
 *         TG_EBUSY    the map must grow and this very thread has a read transaction open
 *         TG_EIO      the commit failed or failed before: the store is poisoned
 *         TG_EDENIED  the store is read-only        TG_EUSAGE  called from inside fn
 * Thread: owner only.
 */
tg_err tg_store_write(struct tg_store *store, tg_store_fn fn, void *ctx, struct tg_errmsg *em);

/* As tg_store_write, for what is small and must not wait: may go on until a quarter of the reserve is left. */
tg_err tg_store_write_spare(struct tg_store *store, tg_store_fn fn, void *ctx, struct tg_errmsg *em);

/* What the file system of the store has free, and the reserve. TG_EIO. */
tg_err tg_store_space(const struct tg_store *store, uint64_t *ret_free_bytes, uint64_t *ret_reserve_bytes);

struct tg_store_stats {
    uint64_t log_file_bytes, log_used_bytes, log_map_bytes;
    uint64_t index_file_bytes, index_used_bytes, index_map_bytes;
    uint64_t logs, entries, bodies, cards, peers, accesses, early, wanted;
    uint64_t records;                           /* ever numbered, delta included */
    uint64_t dead;                              /* removed and not yet purged from every run */
    uint64_t runs, run_rows;                    /* flushed postings */
    uint64_t left_postings;                     /* about: of merged runs, not yet cleared away */
    uint64_t merged_postings, emptied_postings; /* looked at by merges, cleared away; since the start */
    uint64_t filter_bytes;
    uint64_t delta_records, delta_postings, delta_bytes;
    uint64_t readers; /* open read transactions */
};
/* Thread: owner. */
tg_err tg_store_stats(struct tg_store *store, struct tg_store_stats *ret_stats, struct tg_errmsg *em);

#endif
