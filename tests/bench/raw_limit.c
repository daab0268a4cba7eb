/* What the disk alone can do: the same bytes appended with a sync a batch, plainly and through LMDB.
 *
 * usage: raw_limit FOLDER COMMITS BYTES_EACH
 * Knows nothing of Tamga. Prints one line a way: name, commits, bytes, seconds, median and 99th percentile of one
 * commit in microseconds. The files are removed.
 */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define REWRITTEN 16 /* places written in turn */
#define MAP_BYTES 17179869184U

struct task {
    const char *folder;
    size_t commits, bytes;
    uint8_t *data;
    double *us; /* of each commit */
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "raw_limit: %s: %s\n", what, why);
    exit(1);
}

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Other bytes in every commit, so that nothing below can share them. */
static void refill(struct task *task, size_t commit)
{
    uint64_t state = commit + 1;
    for (size_t at = 0; at + 8 <= task->bytes; at += 512) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        memcpy(task->data + at, &state, sizeof state);
    }
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void report(const struct task *task, const char *name, double seconds)
{
    qsort(task->us, task->commits, sizeof *task->us, by_value);
    printf("%s\t%zu\t%zu\t%.6f\t%.1f\t%.1f\n", name, task->commits, task->commits * task->bytes, seconds,
           task->us[task->commits / 2], task->us[task->commits * 99 / 100]);
}

static void path_of(const struct task *task, const char *name, char out[static PATH_BYTES])
{
    int bytes = snprintf(out, PATH_BYTES, "%s/%s", task->folder, name);
    if (bytes < 0 || bytes >= PATH_BYTES) die(task->folder, "path too long");
}

/* Blocks that the file has already: no change of size, so nothing but the data goes to disk. */
static void rewrite_plain(struct task *task)
{
    char path[PATH_BYTES];
    path_of(task, "raw.bin", path);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) die(path, strerror(errno));
    for (size_t i = 0; i < REWRITTEN; i++)
        if (write(fd, task->data, task->bytes) != (ssize_t)task->bytes) die(path, strerror(errno));
    if (fsync(fd) != 0) die(path, strerror(errno));
    double begun = now_us();
    for (size_t i = 0; i < task->commits; i++) {
        refill(task, i);
        double from = now_us();
        off_t at = (off_t)(i % REWRITTEN * task->bytes);
        if (pwrite(fd, task->data, task->bytes, at) != (ssize_t)task->bytes || fdatasync(fd) != 0)
            die(path, strerror(errno));
        task->us[i] = now_us() - from;
    }
    report(task, "rewrite", (now_us() - begun) / 1e6);
    close(fd);
    unlink(path);
}

static void append_plain(struct task *task)
{
    char path[PATH_BYTES];
    path_of(task, "raw.bin", path);
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) die(path, strerror(errno));
    double begun = now_us();
    for (size_t i = 0; i < task->commits; i++) {
        refill(task, i);
        double from = now_us();
        if (write(fd, task->data, task->bytes) != (ssize_t)task->bytes || fdatasync(fd) != 0)
            die(path, strerror(errno));
        task->us[i] = now_us() - from;
    }
    report(task, "fdatasync", (now_us() - begun) / 1e6);
    close(fd);
    unlink(path);
}

static void must(const char *what, int rc)
{
    if (rc != MDB_SUCCESS) die(what, mdb_strerror(rc));
}

static void put_one(MDB_env *env, MDB_dbi dbi, struct task *task, size_t i)
{
    MDB_txn *txn;
    uint64_t number = __builtin_bswap64(i);
    MDB_val key = {.mv_size = sizeof number, .mv_data = &number};
    MDB_val value = {.mv_size = task->bytes, .mv_data = task->data};
    must("begin", mdb_txn_begin(env, NULL, 0, &txn));
    must("put", mdb_put(txn, dbi, &key, &value, MDB_APPEND));
    must("commit", mdb_txn_commit(txn));
}

static void append_lmdb(struct task *task)
{
    char path[PATH_BYTES], lock[PATH_BYTES];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    path_of(task, "raw.mdb", path);
    path_of(task, "raw.mdb-lock", lock);
    must("create", mdb_env_create(&env));
    must("map", mdb_env_set_mapsize(env, MAP_BYTES));
    must("open", mdb_env_open(env, path, MDB_NOSUBDIR, 0600));
    must("begin", mdb_txn_begin(env, NULL, 0, &txn));
    must("table", mdb_dbi_open(txn, NULL, 0, &dbi));
    must("commit", mdb_txn_commit(txn));
    double begun = now_us();
    for (size_t i = 0; i < task->commits; i++) {
        refill(task, i);
        double from = now_us();
        put_one(env, dbi, task, i);
        task->us[i] = now_us() - from;
    }
    report(task, "lmdb", (now_us() - begun) / 1e6);
    mdb_env_close(env);
    unlink(path);
    unlink(lock);
}

int main(int argc, char **argv)
{
    if (argc != 4) die("usage", "raw_limit FOLDER COMMITS BYTES_EACH");
    struct task task = {
        .folder = argv[1], .commits = strtoul(argv[2], NULL, 10), .bytes = strtoul(argv[3], NULL, 10)};
    if (task.commits == 0 || task.bytes == 0) die("usage", "COMMITS and BYTES_EACH are at least 1");
    task.data = calloc(1, task.bytes);
    task.us = calloc(task.commits, sizeof *task.us);
    if (task.data == NULL || task.us == NULL) die("memory", strerror(errno));
    append_plain(&task);
    rewrite_plain(&task);
    append_lmdb(&task);
    free(task.data);
    free(task.us);
    return 0;
}
