/* The store as a whole: made, opened, written to, counted, closed.
 * Knows no table's meaning, no clock.
 * Layout: docs/formats-store.md.
 */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/internal.h"

#include "store/index.h"

/* ---- creation ---- */

static struct tg_store_hooks complete_hooks(const struct tg_store_options *options)
{
    struct tg_store_hooks hooks = tg_store_system_hooks;
    const struct tg_store_hooks *given = options->hooks;
    if (!given) return hooks;
    if (given->free_bytes) hooks.free_bytes = given->free_bytes;
    if (given->fs_type) hooks.fs_type = given->fs_type;
    if (given->commit_fails) hooks.commit_fails = given->commit_fails;
    hooks.ctx = given->ctx;
    return hooks;
}

uint64_t tg_store_reserve(const struct tg_store_options *options)
{
    return options->reserve_bytes ? options->reserve_bytes : TG_STORE_RESERVE_BYTES;
}

static size_t map_or_default(size_t bytes)
{
    return bytes ? bytes : (size_t)TG_STORE_MAP_BYTES;
}

static tg_err parent_of(const char *dir, char *out, size_t out_bytes, struct tg_errmsg *em)
{
    char copy[TG_STORE_PATH_BYTES_MAX];
    if (snprintf(copy, sizeof copy, "%s", dir) >= (int)sizeof copy ||
        snprintf(out, out_bytes, "%s", dirname(copy)) >= (int)out_bytes)
        return tg_fail(em, TG_ELIMIT, "path too long: '%s'", dir);
    return TG_OK;
}

/* What an earlier creation left when it was cut off; never what a living one is making. */
static tg_err remove_leftover(const char *path, struct tg_errmsg *em)
{
    if (!tg_dir_exists(path)) return TG_OK;
    int fd = -1;
    tg_err err = tg_dir_is_empty(path) ? TG_OK : tg_dir_lock(path, true, &fd, em);
    if (!err) err = tg_dir_remove_store(path, em);
    if (fd >= 0) close(fd);
    return err ? tg_context(em, err, "cannot use '%s'", path) : TG_OK;
}

static tg_err make_part(const char *dir, const char *name, enum tg_env_role role, size_t map_bytes,
                        struct tg_errmsg *em)
{
    char path[TG_STORE_PATH_BYTES_MAX];
    tg_err err = tg_path_join(dir, name, path, sizeof path, em);
    return err ? err : tg_env_create(path, role, map_bytes, em);
}

static tg_err fill_new(const char *path, const struct tg_store_options *options, int *lock_fd,
                       struct tg_errmsg *em)
{
    if (mkdir(path, 0700) != 0) return tg_fail_errno(em, TG_EIO, errno, "cannot make folder '%s'", path);
    tg_err err = tg_dir_lock(path, true, lock_fd, em);
    if (!err)
        err = make_part(path, TG_STORE_LOG_NAME, TG_ROLE_LOG, map_or_default(options->log_map_bytes), em);
    if (!err)
        err =
            make_part(path, TG_STORE_INDEX_NAME, TG_ROLE_INDEX, map_or_default(options->index_map_bytes), em);
    return err ? err : tg_dir_sync(path, em);
}

static tg_err create_at(const char *dir, const char *parent, const struct tg_store_options *options,
                        struct tg_errmsg *em)
{
    char fresh[TG_STORE_PATH_BYTES_MAX];
    if (snprintf(fresh, sizeof fresh, "%s.new", dir) >= (int)sizeof fresh)
        return tg_fail(em, TG_ELIMIT, "path too long: '%s'", dir);
    tg_err err = remove_leftover(fresh, em);
    if (err) return err;
    int lock_fd = -1;
    err = fill_new(fresh, options, &lock_fd, em);
    if (!err && rename(fresh, dir) != 0)
        err = tg_fail_errno(em, TG_EIO, errno, "cannot rename '%s' to '%s'", fresh, dir);
    if (!err)
        err = tg_dir_sync(parent, em);
    else
        (void)tg_dir_remove_store(fresh, NULL);
    if (lock_fd >= 0) close(lock_fd);
    return err;
}

tg_err tg_store_create(const char *dir, const struct tg_store_options *options, struct tg_errmsg *em)
{
    static const struct tg_store_options none;
    if (!options) options = &none;
    struct tg_store_hooks hooks = complete_hooks(options);
    char parent[TG_STORE_PATH_BYTES_MAX];
    tg_err err = parent_of(dir, parent, sizeof parent, em);
    if (err) return err;
    if (!tg_dir_exists(parent))
        return tg_fail(em, TG_ENOENT, "cannot make store '%s': no folder '%s'", dir, parent);
    if (tg_dir_exists(dir) && !tg_dir_is_empty(dir))
        return tg_fail(em, TG_EEXIST, "will not make store '%s': it exists and is not empty", dir);
    err = tg_dir_check_fs(&hooks, parent, em);
    if (!err) err = tg_dir_check_space(&hooks, parent, tg_store_reserve(options), em);
    return err ? err : create_at(dir, parent, options, em);
}

/* ---- opening ---- */

static tg_err part_path(const struct tg_store *store, const char *name,
                        char out[static TG_STORE_PATH_BYTES_MAX], struct tg_errmsg *em)
{
    return tg_path_join(store->dir, name, out, TG_STORE_PATH_BYTES_MAX, em);
}

static tg_err open_log(struct tg_store *store, struct tg_errmsg *em)
{
    char path[TG_STORE_PATH_BYTES_MAX];
    tg_err err = part_path(store, TG_STORE_LOG_NAME, path, em);
    if (err) return err;
    return tg_env_open(&store->log, path, TG_ROLE_LOG, map_or_default(store->options.log_map_bytes),
                       store->options.read_only, em);
}

/* A new, empty index environment takes the place of the one at path, if there is one. */
static tg_err renew_index(struct tg_store *store, const char *path, struct tg_errmsg *em)
{
    char fresh[TG_STORE_PATH_BYTES_MAX];
    tg_err err = part_path(store, TG_STORE_INDEX_NEW_NAME, fresh, em);
    if (!err) err = tg_dir_remove_env(fresh, em);
    if (!err) err = tg_env_create(fresh, TG_ROLE_INDEX, map_or_default(store->options.index_map_bytes), em);
    if (err) return err;
    if (!tg_dir_exists(path)) {
        if (rename(fresh, path) != 0)
            return tg_fail_errno(em, TG_EIO, errno, "cannot rename '%s' to '%s'", fresh, path);
        return tg_dir_sync(store->dir, em);
    }
    err = tg_dir_exchange(fresh, path, em);
    if (!err) err = tg_dir_sync(store->dir, em);
    return err ? err : tg_dir_remove_env(fresh, em);
}

static tg_err open_index(struct tg_store *store, bool discard, struct tg_errmsg *em)
{
    char path[TG_STORE_PATH_BYTES_MAX];
    tg_err err = part_path(store, TG_STORE_INDEX_NAME, path, em);
    if (err) return err;
    bool renew = discard || !tg_dir_exists(path);
    if (renew && store->options.read_only)
        return tg_fail(em, TG_EDENIED, "cannot make a new index in '%s': the store is read-only", store->dir);
    if (renew) err = renew_index(store, path, em);
    if (!err)
        err = tg_env_open(&store->index_env, path, TG_ROLE_INDEX,
                          map_or_default(store->options.index_map_bytes), store->options.read_only, em);
    return err ? err : tg_index_open(store, em);
}

static tg_err open_parts(struct tg_store *store, struct tg_errmsg *em)
{
    if (!tg_dir_exists(store->dir))
        return tg_fail(em, TG_ENOENT, "cannot open store '%s': no such folder; make one with 'tamga init'",
                       store->dir);
    tg_err err = tg_dir_check_fs(&store->hooks, store->dir, em);
    if (!err) err = tg_dir_lock(store->dir, false, &store->lock_fd, em);
    if (!err) err = open_log(store, em);
    return err ? err : open_index(store, store->options.discard_index, em);
}

tg_err tg_store_open(const char *dir, const struct tg_store_options *options, struct tg_store **ret_store,
                     struct tg_errmsg *em)
{
    static const struct tg_store_options none;
    TG_AUTO_PTR(tg_store) struct tg_store *store = calloc(1, sizeof *store);
    if (!store) return tg_fail(em, TG_ENOMEM, "out of memory for a store");
    store->lock_fd = -1;
    store->options = options ? *options : none;
    store->hooks = complete_hooks(&store->options);
    if (snprintf(store->dir, sizeof store->dir, "%s", dir) >= (int)sizeof store->dir)
        return tg_fail(em, TG_ELIMIT, "path too long: '%s'", dir);
    tg_err err = open_parts(store, em);
    if (err) return err;
    *ret_store = tg_steal_ptr(&store);
    return TG_OK;
}

void tg_store_close(struct tg_store *store)
{
    if (!store) return;
    tg_index_close(store);
    tg_env_close(&store->index_env);
    if (store->log.mdb) tg_copy_settle(&store->log);
    tg_env_close(&store->log);
    if (store->lock_fd >= 0) close(store->lock_fd);
    free(store);
}

tg_err tg_index_clear(struct tg_store *store, struct tg_errmsg *em)
{
    if (store->options.read_only)
        return tg_fail(em, TG_EDENIED, "cannot clear the index of '%s': the store is read-only", store->dir);
    if (store->poisoned)
        return tg_fail(em, TG_EIO, "cannot clear the index of '%s': an earlier write failed; restart",
                       store->dir);
    tg_err err = tg_dir_check_space(&store->hooks, store->dir, tg_store_reserve(&store->options), em);
    if (err) return err;
    tg_index_close(store);
    tg_env_close(&store->index_env);
    err = open_index(store, true, em);
    /* Without an index nothing of the index can be asked; the owner must not go on. */
    if (err) store->poisoned = true;
    return err;
}

/* ---- transactions ---- */

bool tg_store_poisoned(const struct tg_store *store)
{
    return store->poisoned;
}

tg_err tg_store_read_begin(struct tg_store *store, struct tg_rtxn **ret_txn, struct tg_errmsg *em)
{
    return tg_env_read_begin(store, &store->log, ret_txn, em);
}

const struct tg_rtxn *tg_wtxn_read(const struct tg_wtxn *txn)
{
    return &txn->read;
}

static tg_err may_write(struct tg_store *store, struct tg_env *env, uint64_t wanted_bytes,
                        struct tg_errmsg *em)
{
    if (store->options.read_only)
        return tg_fail(em, TG_EDENIED, "cannot write to '%s': the store is open for reading only", env->path);
    if (store->poisoned)
        return tg_fail(em, TG_EIO, "will not write to '%s': an earlier write failed; restart the node",
                       env->path);
    if (store->writing) return tg_fail(em, TG_EUSAGE, "cannot write to '%s' from inside a write", env->path);
    return tg_dir_check_space(&store->hooks, env->path, wanted_bytes, em);
}

static bool nobody_reads(struct tg_env *env)
{
    pthread_mutex_lock(&env->lock);
    bool nobody = env->readers == NULL;
    pthread_mutex_unlock(&env->lock);
    return nobody;
}

/* Grow before it hurts: half full and nobody reading. */
static tg_err grow_ahead(struct tg_store *store, struct tg_env *env, struct tg_errmsg *em)
{
    if (tg_env_used_bytes(env) < env->map_bytes / 2 || env->map_bytes * 2 > TG_STORE_MAP_BYTES_MAX ||
        !nobody_reads(env))
        return TG_OK;
    return tg_env_grow(store, env, em);
}

static tg_err poison(struct tg_store *store, struct tg_env *env, const char *why, struct tg_errmsg *em)
{
    store->poisoned = true;
    return tg_fail(em, TG_EIO, "commit to '%s' failed: %s; restart the node", env->path, why);
}

/* One attempt. *ret_full: the map was too small, nothing happened. */
static tg_err run_once(struct tg_store *store, struct tg_env *env, tg_store_fn fn, void *ctx, bool *ret_full,
                       struct tg_errmsg *em)
{
    struct tg_wtxn txn = {.read = {.store = store, .env = env, .thread = pthread_self()}, .rc = MDB_SUCCESS};
    int rc = mdb_txn_begin(env->mdb, NULL, 0, &txn.read.txn);
    if (rc != MDB_SUCCESS) {
        if (rc != ENOMEM) return poison(store, env, mdb_strerror(rc), em);
        return tg_mdb_fail(em, rc, "begin to write", env->path);
    }
    tg_err err = fn(&txn, ctx, em);
    if (txn.rc != MDB_SUCCESS) err = tg_mdb_fail(em, txn.rc, "write to", env->path);
    if (err) {
        mdb_txn_abort(txn.read.txn);
        *ret_full = txn.rc == MDB_MAP_FULL;
        return err;
    }
    if (store->hooks.commit_fails(store->hooks.ctx)) {
        mdb_txn_abort(txn.read.txn);
        return poison(store, env, "refused", em);
    }
    rc = mdb_txn_commit(txn.read.txn);
    *ret_full = rc == MDB_MAP_FULL;
    if (*ret_full) return TG_ESPACE;
    return rc == MDB_SUCCESS ? TG_OK : poison(store, env, mdb_strerror(rc), em);
}

static tg_err run_with(struct tg_store *store, struct tg_env *env, uint64_t wanted_bytes, tg_store_fn fn,
                       void *ctx, struct tg_errmsg *em)
{
    tg_err err = may_write(store, env, wanted_bytes, em);
    if (!err) err = grow_ahead(store, env, em);
    while (!err) {
        bool full = false;
        store->writing = true;
        err = run_once(store, env, fn, ctx, &full, em);
        store->writing = false;
        if (!full) return err;
        err = tg_env_grow(store, env, em);
    }
    return err;
}

tg_err tg_store_run(struct tg_store *store, struct tg_env *env, uint64_t needs_bytes, tg_store_fn fn,
                    void *ctx, struct tg_errmsg *em)
{
    return run_with(store, env, tg_store_reserve(&store->options) + needs_bytes, fn, ctx, em);
}

tg_err tg_store_write_spare(struct tg_store *store, tg_store_fn fn, void *ctx, struct tg_errmsg *em)
{
    uint64_t wanted_bytes = tg_store_reserve(&store->options) / TG_STORE_SPARE_PARTS;
    return run_with(store, &store->log, wanted_bytes, fn, ctx, em);
}

tg_err tg_store_space(const struct tg_store *store, uint64_t *ret_free_bytes, uint64_t *ret_reserve_bytes)
{
    *ret_reserve_bytes = tg_store_reserve(&store->options);
    return store->hooks.free_bytes(store->hooks.ctx, store->dir, ret_free_bytes);
}

tg_err tg_store_write(struct tg_store *store, tg_store_fn fn, void *ctx, struct tg_errmsg *em)
{
    return tg_store_run(store, &store->log, 0, fn, ctx, em);
}
