/* What the files of store/ share and nobody else sees: environments, transactions, rows.
 * Knows no table's meaning.
 * Layout: store/layout.h.
 */
#ifndef TG_STORE_INTERNAL_H
#define TG_STORE_INTERNAL_H

#include <lmdb.h>
#include <pthread.h>

#include "store/layout.h"
#include "store/log.h"

struct tg_index;
struct tg_store_copy;

/* One LMDB environment. */
struct tg_env {
    MDB_env *mdb;
    enum tg_env_role role;
    char path[TG_STORE_PATH_BYTES_MAX];
    MDB_dbi dbi[TG_DBIS_MAX]; /* by table */
    size_t map_bytes;
    /* Growing the map needs the moment without readers: guarded by lock. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct tg_rtxn *readers;    /* open ones */
    struct tg_store_copy *copy; /* a thread that copies this environment, or NULL */
    bool growing;
};

struct tg_rtxn {
    struct tg_store *store;
    struct tg_env *env;
    MDB_txn *txn;
    pthread_t thread;
    struct tg_rtxn *next;
};
struct tg_wtxn {
    struct tg_rtxn read;
    int rc; /* first refusal by LMDB; with it the transaction cannot commit */
};

struct tg_store {
    char dir[TG_STORE_PATH_BYTES_MAX];
    struct tg_store_options options;
    struct tg_store_hooks hooks; /* complete: no NULL function */
    int lock_fd;
    bool poisoned;
    bool writing;
    struct tg_env log;
    struct tg_env index_env;
    struct tg_index *index;
};

/* dir.c: folders, lock, file system. */
extern const struct tg_store_hooks tg_store_system_hooks;
tg_err tg_dir_check_fs(const struct tg_store_hooks *hooks, const char *dir, struct tg_errmsg *em);
tg_err tg_dir_check_space(const struct tg_store_hooks *hooks, const char *dir, uint64_t wanted_bytes,
                          struct tg_errmsg *em);
tg_err tg_dir_lock(const char *dir, bool create, int *ret_fd, struct tg_errmsg *em);
/* Remove a folder that holds nothing but what an environment or a store consists of. */
tg_err tg_dir_remove_env(const char *path, struct tg_errmsg *em);
tg_err tg_dir_remove_store(const char *path, struct tg_errmsg *em);
/* Both must exist. */
tg_err tg_dir_exchange(const char *a, const char *b, struct tg_errmsg *em);
bool tg_dir_exists(const char *path);
bool tg_dir_is_empty(const char *path);

/* damage.c: is this data file whole? Reads it before LMDB may map it; changes nothing.
 * *ret_short: sound, but LMDB left pages at its end unwritten. */
tg_err tg_damage_check(const char *data_path, const char *remedy, bool *ret_short, struct tg_errmsg *em);
/* Give a sound but short file its full length, so that the next opening need not look closer. */
tg_err tg_damage_extend(const char *data_path, struct tg_errmsg *em);
/* How long a compacting copy becomes that begins so; false: more of it is needed (two pages), or it is none. */
bool tg_damage_copy_bytes(struct tg_view front, uint64_t *ret_bytes);

/* env.c */
tg_err tg_env_create(const char *path, enum tg_env_role role, size_t map_bytes, struct tg_errmsg *em);
tg_err tg_env_open(struct tg_env *env, const char *path, enum tg_env_role role, size_t map_bytes,
                   bool read_only, struct tg_errmsg *em);
void tg_env_close(struct tg_env *env);
tg_err tg_env_grow(struct tg_store *store, struct tg_env *env, struct tg_errmsg *em);
uint64_t tg_env_used_bytes(const struct tg_env *env);
/* With env->lock held. */
void tg_env_reader_add(struct tg_env *env, struct tg_rtxn *txn);
void tg_env_reader_remove(struct tg_env *env, const struct tg_rtxn *txn);
/* Put name of its n-th table into out. */
#define TG_TABLE_NAME_BYTES 16
size_t tg_env_tables(enum tg_env_role role);
void tg_env_table_name(enum tg_env_role role, size_t table, char out[static TG_TABLE_NAME_BYTES]);

/* copy.c: end a copy that runs, without waiting (NULL is fine); wait for its thread. Owner only. */
void tg_copy_stop(struct tg_store_copy *copy);
void tg_copy_settle(struct tg_env *env);

/* store.c */
uint64_t tg_store_reserve(const struct tg_store_options *options);
/* Begin, fn, commit, with growth; needs_bytes is free space asked for on top of the reserve. */
tg_err tg_store_run(struct tg_store *store, struct tg_env *env, uint64_t needs_bytes, tg_store_fn fn,
                    void *ctx, struct tg_errmsg *em);
tg_err tg_env_read_begin(struct tg_store *store, struct tg_env *env, struct tg_rtxn **ret_txn,
                         struct tg_errmsg *em);

/* rows.c: LMDB's answers as ours. */
tg_err tg_mdb_err(int rc);
tg_err tg_mdb_fail(struct tg_errmsg *em, int rc, const char *what, const char *path);
tg_err tg_row_get(const struct tg_rtxn *txn, size_t table, struct tg_view key, struct tg_view *ret_value);
/* flags: MDB_NOOVERWRITE, MDB_APPEND. */
tg_err tg_row_put(struct tg_wtxn *txn, size_t table, struct tg_view key, struct tg_view value,
                  unsigned flags);
/* head ‖ tail as one value, joined in a copy first: both may be views of this very transaction. */
tg_err tg_row_put_joined(struct tg_wtxn *txn, size_t table, struct tg_view key, struct tg_view head,
                         struct tg_view tail, unsigned flags);
tg_err tg_row_del(struct tg_wtxn *txn, size_t table, struct tg_view key);
/* Last row of the table, or the last whose key begins with prefix. */
tg_err tg_row_last(const struct tg_rtxn *txn, size_t table, struct tg_view prefix, struct tg_view *ret_key,
                   struct tg_view *ret_value);
tg_err tg_row_count(const struct tg_rtxn *txn, size_t table, uint64_t *ret_count);
/* Rows whose key begins with the first prefix_bytes of from, beginning at from. */
tg_err tg_scan_begin(const struct tg_rtxn *txn, size_t table, struct tg_view from, size_t prefix_bytes,
                     struct tg_store_scan *ret_scan);
/* TG_ENOENT at the end; TG_EUSAGE when the scan walks another table. */
tg_err tg_scan_next(struct tg_store_scan *scan, size_t table, struct tg_view *ret_key,
                    struct tg_view *ret_value);
tg_err tg_scan_next_any(struct tg_store_scan *scan, struct tg_view *ret_key, struct tg_view *ret_value);
/* Write functions refuse through this, so that a forgotten check cannot commit. */
tg_err tg_wtxn_fail(struct tg_wtxn *txn, int rc);

/* index.c */
tg_err tg_index_open(struct tg_store *store, struct tg_errmsg *em);
void tg_index_close(struct tg_store *store);

static inline MDB_val tg_mdb_val(struct tg_view view)
{
    union {
        const uint8_t *in;
        void *out;
    } data = {.in = view.data};
    return (MDB_val){.mv_size = view.bytes, .mv_data = data.out};
}
static inline struct tg_view tg_mdb_view(MDB_val val)
{
    return tg_view_of(val.mv_data, val.mv_size);
}

#endif
