/* One LMDB environment: made, opened, grown, closed. No no-sync flag and no WRITEMAP, ever.
 * Knows which tables there are, not what they mean.
 * Layout: store/layout.h.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "store/internal.h"

enum { ENV_FLAGS = MDB_NOTLS, ENV_MODE = 0600 };

static const char *const log_tables[] = {
#define TABLE_NAME(name, text) text,
    TG_LOG_TABLES(TABLE_NAME)};
static const char *const index_tables[] = {TG_INDEX_TABLES(TABLE_NAME)
#undef TABLE_NAME
};
_Static_assert((int)TG_LOG_TABLES_COUNT <= TG_DBIS_MAX && (int)TG_INDEX_DBIS <= TG_DBIS_MAX,
               "every table has its place");

size_t tg_env_tables(enum tg_env_role role)
{
    return role == TG_ROLE_LOG ? (size_t)TG_LOG_TABLES_COUNT : (size_t)TG_INDEX_DBIS;
}

void tg_env_table_name(enum tg_env_role role, size_t table, char out[static TG_TABLE_NAME_BYTES])
{
    if (role == TG_ROLE_INDEX && table >= TG_INDEX_TABLES_COUNT) {
        snprintf(out, TG_TABLE_NAME_BYTES, "run%02u", (unsigned)(table - TG_INDEX_TABLES_COUNT) % 100u);
        return;
    }
    snprintf(out, TG_TABLE_NAME_BYTES, "%s", (role == TG_ROLE_LOG ? log_tables : index_tables)[table]);
}

static const char *remedy_for(enum tg_env_role role)
{
    return role == TG_ROLE_LOG ? "restore the store from a backup or fetch it back from your peers"
                               : "it is derived: start with 'tamgad --discard-index'";
}

static size_t round_map(size_t bytes)
{
    if (bytes < TG_STORE_MAP_BYTES_MIN) bytes = TG_STORE_MAP_BYTES_MIN;
    if (bytes > TG_STORE_MAP_BYTES_MAX) bytes = TG_STORE_MAP_BYTES_MAX;
    return (bytes + 65535) & ~(size_t)65535;
}

/* A bare handle on path, with room for our tables. */
static tg_err open_mdb(const char *path, size_t map_bytes, unsigned flags, MDB_env **ret_mdb,
                       struct tg_errmsg *em)
{
    MDB_env *mdb = NULL;
    int rc = mdb_env_create(&mdb);
    if (rc != MDB_SUCCESS) return tg_mdb_fail(em, rc, "make a handle for", path);
    rc = mdb_env_set_maxdbs(mdb, TG_DBIS_MAX);
    /* One more than our own limit: the index keeps a transaction of its own. */
    if (rc == MDB_SUCCESS) rc = mdb_env_set_maxreaders(mdb, TG_STORE_READERS_MAX + 1);
    if (rc == MDB_SUCCESS) rc = mdb_env_set_mapsize(mdb, round_map(map_bytes));
    if (rc == MDB_SUCCESS) rc = mdb_env_open(mdb, path, flags, ENV_MODE);
    if (rc == MDB_SUCCESS) {
        *ret_mdb = mdb;
        return TG_OK;
    }
    mdb_env_close(mdb);
    return tg_mdb_fail(em, rc, "open environment", path);
}

static int put_format(MDB_txn *txn, MDB_dbi meta, enum tg_env_role role)
{
    uint8_t format[TG_FORMAT_BYTES];
    struct tg_wr wr = tg_wr_init(format, sizeof format);
    tg_wr_put(&wr, TG_FORMAT_MAGIC, 8);
    tg_wr_u32(&wr, TG_STORE_FORMAT_VERSION);
    tg_wr_u8(&wr, (uint8_t)role);
    MDB_val k = tg_mdb_val(tg_view_str(TG_FORMAT_NAME)), v = tg_mdb_val(tg_wr_view_of(&wr));
    return mdb_put(txn, meta, &k, &v, 0);
}

static int make_tables(MDB_txn *txn, enum tg_env_role role)
{
    MDB_dbi first = 0;
    for (size_t i = 0; i < tg_env_tables(role); i++) {
        char name[TG_TABLE_NAME_BYTES];
        tg_env_table_name(role, i, name);
        MDB_dbi dbi = 0;
        int rc = mdb_dbi_open(txn, name, MDB_CREATE, &dbi);
        if (rc != MDB_SUCCESS) return rc;
        if (i == 0) first = dbi;
    }
    return put_format(txn, first, role);
}

tg_err tg_env_create(const char *path, enum tg_env_role role, size_t map_bytes, struct tg_errmsg *em)
{
    if (mkdir(path, 0700) != 0) return tg_fail_errno(em, TG_EIO, errno, "cannot make folder '%s'", path);
    MDB_env *mdb = NULL;
    tg_err err = open_mdb(path, map_bytes < 1048576 ? 1048576 : map_bytes, ENV_FLAGS, &mdb, em);
    if (err) return err;
    MDB_txn *txn = NULL;
    int rc = mdb_txn_begin(mdb, NULL, 0, &txn);
    if (rc == MDB_SUCCESS) {
        rc = make_tables(txn, role);
        if (rc == MDB_SUCCESS)
            rc = mdb_txn_commit(txn);
        else
            mdb_txn_abort(txn);
    }
    mdb_env_close(mdb);
    if (rc != MDB_SUCCESS) return tg_mdb_fail(em, rc, "make the tables of", path);
    return tg_dir_sync(path, em);
}

static tg_err check_format(struct tg_env *env, MDB_txn *txn, MDB_dbi meta, struct tg_errmsg *em)
{
    MDB_val k = tg_mdb_val(tg_view_str(TG_FORMAT_NAME)), v;
    int rc = mdb_get(txn, meta, &k, &v);
    if (rc != MDB_SUCCESS || v.mv_size != TG_FORMAT_BYTES || memcmp(v.mv_data, TG_FORMAT_MAGIC, 8) != 0)
        return tg_fail(em, TG_EDAMAGED, "cannot open '%s': a database, but not one of Tamga; %s", env->path,
                       remedy_for(env->role));
    struct tg_rd rd = tg_rd_init(tg_mdb_view(v));
    (void)tg_rd_view(&rd, 8);
    uint32_t version = tg_rd_u32(&rd);
    uint8_t role = tg_rd_u8(&rd);
    if (version > TG_STORE_FORMAT_VERSION)
        return tg_fail(em, TG_EVERSION,
                       "cannot open '%s': written in store format %u, this program knows %u; use the newer "
                       "program",
                       env->path, (unsigned)version, (unsigned)TG_STORE_FORMAT_VERSION);
    if (version != TG_STORE_FORMAT_VERSION || role != (uint8_t)env->role)
        return tg_fail(em, TG_EDAMAGED, "cannot open '%s': not the environment that belongs here; %s",
                       env->path, remedy_for(env->role));
    return TG_OK;
}

static tg_err open_tables(struct tg_env *env, MDB_txn *txn, struct tg_errmsg *em)
{
    for (size_t i = 0; i < tg_env_tables(env->role); i++) {
        char name[TG_TABLE_NAME_BYTES];
        tg_env_table_name(env->role, i, name);
        int rc = mdb_dbi_open(txn, name, 0, &env->dbi[i]);
        if (rc != MDB_SUCCESS)
            return tg_fail(em, TG_EDAMAGED,
                           "cannot open '%s': table '%s' is missing or not readable (%s); %s", env->path,
                           name, mdb_strerror(rc), remedy_for(env->role));
        if (i == 0) {
            tg_err err = check_format(env, txn, env->dbi[0], em);
            if (err) return err;
        }
    }
    return TG_OK;
}

/* Handles opened in a read transaction stay good once it is committed. Nothing is written. */
static tg_err attach(struct tg_env *env, struct tg_errmsg *em)
{
    int stale = 0;
    (void)mdb_reader_check(env->mdb, &stale);
    MDB_txn *txn = NULL;
    int rc = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &txn);
    if (rc != MDB_SUCCESS) return tg_mdb_fail(em, rc, "read", env->path);
    tg_err err = open_tables(env, txn, em);
    if (err)
        mdb_txn_abort(txn);
    else
        (void)mdb_txn_commit(txn);
    return err;
}

static size_t map_for(uint64_t file_bytes, size_t wanted_bytes)
{
    uint64_t needed = file_bytes + file_bytes / 2;
    return needed > wanted_bytes ? (size_t)needed : wanted_bytes;
}

static tg_err check_file(struct tg_env *env, bool read_only, size_t *map_bytes, struct tg_errmsg *em)
{
    char data[TG_STORE_PATH_BYTES_MAX];
    tg_err err = tg_path_join(env->path, "data.mdb", data, sizeof data, em);
    bool is_short = false;
    if (!err) err = tg_damage_check(data, remedy_for(env->role), &is_short, em);
    if (!err && is_short && !read_only) err = tg_damage_extend(data, em);
    if (err) return err;
    struct stat st;
    if (stat(data, &st) != 0) return tg_fail_errno(em, TG_EIO, errno, "cannot look at '%s'", data);
    *map_bytes = map_for((uint64_t)st.st_size, *map_bytes);
    return TG_OK;
}

tg_err tg_env_open(struct tg_env *env, const char *path, enum tg_env_role role, size_t map_bytes,
                   bool read_only, struct tg_errmsg *em)
{
    memset(env, 0, sizeof *env);
    env->role = role;
    if (snprintf(env->path, sizeof env->path, "%s", path) >= (int)sizeof env->path)
        return tg_fail(em, TG_ELIMIT, "path too long: '%s'", path);
    tg_err err = check_file(env, read_only, &map_bytes, em);
    if (err) return err;
    err = open_mdb(path, map_bytes, ENV_FLAGS | (read_only ? MDB_RDONLY : 0), &env->mdb, em);
    if (err) return err;
    err = attach(env, em);
    if (err) {
        mdb_env_close(env->mdb);
        env->mdb = NULL;
        return err;
    }
    env->map_bytes = round_map(map_bytes);
    pthread_mutex_init(&env->lock, NULL);
    pthread_cond_init(&env->changed, NULL);
    return TG_OK;
}

void tg_env_close(struct tg_env *env)
{
    if (!env->mdb) return;
    mdb_env_close(env->mdb);
    env->mdb = NULL;
    pthread_mutex_destroy(&env->lock);
    pthread_cond_destroy(&env->changed);
}

uint64_t tg_env_used_bytes(const struct tg_env *env)
{
    MDB_envinfo info;
    MDB_stat stat;
    if (mdb_env_info(env->mdb, &info) != MDB_SUCCESS || mdb_env_stat(env->mdb, &stat) != MDB_SUCCESS)
        return 0;
    return ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

/* ---- readers and growth ---- */

static bool thread_reads(const struct tg_env *env, pthread_t thread)
{
    for (const struct tg_rtxn *it = env->readers; it; it = it->next)
        if (pthread_equal(it->thread, thread)) return true;
    return false;
}

static size_t readers_count(const struct tg_env *env)
{
    size_t count = 0;
    for (const struct tg_rtxn *it = env->readers; it; it = it->next) count++;
    return count;
}

void tg_env_reader_add(struct tg_env *env, struct tg_rtxn *txn)
{
    txn->next = env->readers;
    env->readers = txn;
}

void tg_env_reader_remove(struct tg_env *env, const struct tg_rtxn *txn)
{
    for (struct tg_rtxn **at = &env->readers; *at; at = &(*at)->next) {
        if (*at != txn) continue;
        *at = txn->next;
        return;
    }
}

/* Put the transaction among the readers. A thread that reads already never waits here: whoever grows the
 * map waits for it. */
static tg_err enlist(struct tg_rtxn *txn, struct tg_errmsg *em)
{
    struct tg_env *env = txn->env;
    tg_err err = TG_OK;
    pthread_mutex_lock(&env->lock);
    while (env->growing && !thread_reads(env, txn->thread)) pthread_cond_wait(&env->changed, &env->lock);
    if (readers_count(env) >= TG_STORE_READERS_MAX) {
        err = tg_fail(em, TG_ELIMIT, "too many open reads of '%s': end one first", env->path);
    } else {
        tg_env_reader_add(env, txn);
    }
    pthread_mutex_unlock(&env->lock);
    return err;
}

static void delist(struct tg_rtxn *txn)
{
    struct tg_env *env = txn->env;
    pthread_mutex_lock(&env->lock);
    tg_env_reader_remove(env, txn);
    pthread_cond_broadcast(&env->changed);
    pthread_mutex_unlock(&env->lock);
}

tg_err tg_env_read_begin(struct tg_store *store, struct tg_env *env, struct tg_rtxn **ret_txn,
                         struct tg_errmsg *em)
{
    struct tg_rtxn *txn = calloc(1, sizeof *txn);
    if (!txn) return tg_fail(em, TG_ENOMEM, "out of memory for a read transaction");
    *txn = (struct tg_rtxn){.store = store, .env = env, .thread = pthread_self()};
    tg_err err = enlist(txn, em);
    if (err) {
        free(txn);
        return err;
    }
    int rc = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &txn->txn);
    if (rc == MDB_SUCCESS) {
        *ret_txn = txn;
        return TG_OK;
    }
    delist(txn);
    free(txn);
    return tg_mdb_fail(em, rc, "begin to read", env->path);
}

void tg_store_read_end(struct tg_rtxn *txn)
{
    if (!txn) return;
    mdb_txn_abort(txn->txn);
    delist(txn);
    free(txn);
}

static tg_err grow_alone(struct tg_store *store, struct tg_env *env, struct tg_errmsg *em)
{
    size_t bytes = env->map_bytes * 2;
    if (bytes > TG_STORE_MAP_BYTES_MAX)
        return tg_fail(em, TG_ESPACE, "will not let '%s' grow over %llu GiB", env->path,
                       (unsigned long long)(TG_STORE_MAP_BYTES_MAX >> 30));
    int rc = mdb_env_set_mapsize(env->mdb, bytes);
    if (rc != MDB_SUCCESS) {
        /* The old map may be gone. */
        store->poisoned = true;
        return tg_fail(em, TG_EIO, "cannot grow the map of '%s' to %zu bytes: %s", env->path, bytes,
                       mdb_strerror(rc));
    }
    env->map_bytes = bytes;
    return TG_OK;
}

tg_err tg_env_grow(struct tg_store *store, struct tg_env *env, struct tg_errmsg *em)
{
    pthread_t self = pthread_self();
    tg_err err;
    pthread_mutex_lock(&env->lock);
    if (thread_reads(env, self)) {
        err = tg_fail(em, TG_EBUSY,
                      "cannot grow the map of '%s' while this thread reads: end the read, then write again",
                      env->path);
    } else {
        env->growing = true;
        tg_copy_stop(env->copy); /* it waits for this very thread to read it */
        while (env->readers) pthread_cond_wait(&env->changed, &env->lock);
        err = grow_alone(store, env, em);
        env->growing = false;
        pthread_cond_broadcast(&env->changed);
    }
    pthread_mutex_unlock(&env->lock);
    return err;
}
