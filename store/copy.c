/* A copy of the log environment while it is written to: LMDB's own compacting copy, in a thread, through a pipe.
 * Knows no table.
 * Layout: docs/formats-store.md.
 *
 * The thread counts as a reader, because a map must not move under it. Whoever has to grow the map ends the copy first
 * (tg_copy_stop): it would wait for a thread that waits for it to empty the pipe.
 */
#include "store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "store/internal.h"

struct tg_store_copy {
    struct tg_env *env;
    int from; /* owner's end of the pipe; -1: stopped */
    int to;   /* the thread's */
    uint64_t bytes_max;
    /* Guarded by env->lock. */
    struct tg_rtxn reader; /* no transaction: the thread's is LMDB's own */
    int rc;
    bool over;      /* the thread has ended */
    bool abandoned; /* the owner wants no more of it */
};

/* ---- the thread ---- */

static void *walk(void *ctx)
{
    struct tg_store_copy *copy = ctx;
    struct tg_env *env = copy->env;
    int rc = mdb_env_copyfd2(env->mdb, copy->to, MDB_CP_COMPACT);
    pthread_mutex_lock(&env->lock);
    copy->rc = rc;
    copy->over = true;
    bool abandoned = copy->abandoned;
    /* Only now: the reader who meets the end of the pipe finds rc. */
    (void)close(copy->to);
    tg_env_reader_remove(env, &copy->reader);
    env->copy = NULL;
    pthread_cond_broadcast(&env->changed);
    pthread_mutex_unlock(&env->lock);
    if (abandoned) free(copy);
    return NULL;
}

/* Signals are the owner's business. */
static int start_quietly(struct tg_store_copy *copy)
{
    sigset_t all, before;
    pthread_t thread;
    (void)sigfillset(&all);
    int rc = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (rc) return rc;
    rc = pthread_create(&thread, NULL, walk, copy);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc) return rc;
    copy->reader.thread = thread;
    return pthread_detach(thread);
}

/* ---- the owner ---- */

static tg_err pipe_open(struct tg_store_copy *copy, struct tg_errmsg *em)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot make a pipe");
    copy->from = ends[0];
    copy->to = ends[1];
    (void)fcntl(copy->from, F_SETPIPE_SZ, TG_STORE_COPY_PIPE_BYTES); /* a wish: smaller is only slower */
    if (fcntl(copy->from, F_SETFL, O_NONBLOCK) == 0) return TG_OK;
    return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot prepare a pipe");
}

static tg_err start(struct tg_store_copy *copy, struct tg_errmsg *em)
{
    struct tg_env *env = copy->env;
    pthread_mutex_lock(&env->lock);
    /* One that was given up ends at its next write: a moment. */
    while (env->copy && env->copy->from < 0) pthread_cond_wait(&env->changed, &env->lock);
    bool other = env->copy != NULL;
    int rc = other ? 0 : start_quietly(copy);
    if (!other && !rc) {
        env->copy = copy;
        tg_env_reader_add(env, &copy->reader);
    }
    pthread_mutex_unlock(&env->lock);
    if (other) return tg_fail(em, TG_EBUSY, "a copy of '%s' is being made already: wait for it", env->path);
    return rc ? tg_fail_errno(em, TG_ESYSTEM, rc, "cannot start a thread") : TG_OK;
}

tg_err tg_store_copy_begin(struct tg_store *store, struct tg_store_copy **ret_copy, struct tg_errmsg *em)
{
    struct tg_store_copy *copy = calloc(1, sizeof *copy);
    if (!copy) return tg_fail(em, TG_ENOMEM, "out of memory for a copy");
    copy->env = &store->log;
    copy->from = copy->to = -1;
    copy->reader = (struct tg_rtxn){.store = store, .env = copy->env};
    copy->bytes_max = tg_env_used_bytes(copy->env);
    tg_err err = pipe_open(copy, em);
    if (!err) err = start(copy, em);
    if (!err) {
        *ret_copy = copy;
        return TG_OK;
    }
    if (copy->from >= 0) (void)close(copy->from);
    if (copy->to >= 0) (void)close(copy->to);
    free(copy);
    return err;
}

uint64_t tg_store_copy_bytes_max(const struct tg_store_copy *copy)
{
    return copy->bytes_max;
}

uint64_t tg_store_copy_bytes(struct tg_view front)
{
    uint64_t bytes = 0;
    return tg_damage_copy_bytes(front, &bytes) ? bytes : 0;
}

static tg_err ended(struct tg_store_copy *copy, struct tg_errmsg *em)
{
    pthread_mutex_lock(&copy->env->lock);
    int rc = copy->rc;
    pthread_mutex_unlock(&copy->env->lock);
    return rc == MDB_SUCCESS ? TG_OK : tg_mdb_fail(em, rc, "copy", copy->env->path);
}

tg_err tg_store_copy_read(struct tg_store_copy *copy, uint8_t *out, size_t max, size_t *ret_bytes,
                          bool *ret_end, struct tg_errmsg *em)
{
    if (copy->from < 0)
        return tg_fail(em, TG_EBUSY, "the store had to grow while '%s' was copied: begin again",
                       copy->env->path);
    ssize_t got;
    do {
        got = read(copy->from, out, max);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && errno != EAGAIN)
        return tg_fail_errno(em, TG_EIO, errno, "cannot read the copy of '%s'", copy->env->path);
    tg_err err = got == 0 ? ended(copy, em) : TG_OK;
    if (err) return err;
    *ret_bytes = got > 0 ? (size_t)got : 0;
    *ret_end = got == 0;
    return TG_OK;
}

void tg_copy_stop(struct tg_store_copy *copy)
{
    if (!copy || copy->from < 0) return;
    (void)close(copy->from); /* the thread's next write fails with EPIPE */
    copy->from = -1;
}

void tg_store_copy_free(struct tg_store_copy *copy)
{
    if (!copy) return;
    struct tg_env *env = copy->env;
    tg_copy_stop(copy);
    pthread_mutex_lock(&env->lock);
    copy->abandoned = true;
    bool over = copy->over;
    pthread_mutex_unlock(&env->lock);
    if (over) free(copy);
}

void tg_copy_settle(struct tg_env *env)
{
    pthread_mutex_lock(&env->lock);
    tg_copy_stop(env->copy);
    while (env->copy) pthread_cond_wait(&env->changed, &env->lock);
    pthread_mutex_unlock(&env->lock);
}
