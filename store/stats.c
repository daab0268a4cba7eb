/* What the store holds and takes, in numbers.
 * Knows no table's meaning beyond its count.
 * Fields: store/store.h.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "store/index_internal.h"

static uint64_t file_bytes(const struct tg_env *env)
{
    char path[TG_STORE_PATH_BYTES_MAX];
    struct stat st;
    if (tg_path_join(env->path, "data.mdb", path, sizeof path, NULL) || stat(path, &st) != 0) return 0;
    return (uint64_t)st.st_size;
}

static tg_err count_log(const struct tg_rtxn *txn, struct tg_store_stats *stats)
{
    const struct {
        enum tg_log_table table;
        uint64_t *count;
    } counts[] = {
        {TG_LOG_LOGNAME, &stats->logs}, {TG_LOG_ENTRY, &stats->entries}, {TG_LOG_BODY, &stats->bodies},
        {TG_LOG_CARD, &stats->cards},   {TG_LOG_PEER, &stats->peers},    {TG_LOG_ACCESS, &stats->accesses},
        {TG_LOG_EARLY, &stats->early},  {TG_LOG_WANTED, &stats->wanted},
    };
    tg_err err = TG_OK;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0] && !err; i++)
        err = tg_row_count(txn, counts[i].table, counts[i].count);
    return err;
}

static void count_index(const struct tg_store *store, struct tg_store_stats *stats)
{
    const struct tg_index *index = store->index;
    if (!index) return;
    stats->records = tg_index_records(store);
    stats->dead = index->dead.count;
    stats->runs = index->runs_count;
    for (size_t i = 0; i < index->runs_count; i++) {
        stats->run_rows += index->runs[i].rows;
        stats->filter_bytes += tg_filter_bytes(&index->runs[i].filter);
    }
    for (size_t i = 0; i < index->jobs_count; i++)
        stats->filter_bytes += tg_filter_bytes(&index->jobs[i].filter);
    stats->merged_postings = index->merged;
    stats->emptied_postings = index->emptied;
    for (size_t slot = 0; slot < TG_RUN_SLOTS; slot++) stats->left_postings += index->left[slot];
    stats->delta_records = index->delta.recs_count;
    stats->delta_postings = index->delta.postings_count;
    stats->delta_bytes = tg_delta_bytes(&index->delta);
}

static uint64_t count_readers(struct tg_env *env)
{
    uint64_t count = 0;
    pthread_mutex_lock(&env->lock);
    for (const struct tg_rtxn *it = env->readers; it; it = it->next) count++;
    pthread_mutex_unlock(&env->lock);
    return count;
}

tg_err tg_store_stats(struct tg_store *store, struct tg_store_stats *ret_stats, struct tg_errmsg *em)
{
    struct tg_store_stats stats = {.readers = count_readers(&store->log)};
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(store, &txn, em);
    if (!err) err = count_log(txn, &stats);
    if (err) return tg_context(em, err, "cannot count what the store holds");
    stats.log_file_bytes = file_bytes(&store->log);
    stats.log_used_bytes = tg_env_used_bytes(&store->log);
    stats.log_map_bytes = store->log.map_bytes;
    if (store->index) {
        stats.index_file_bytes = file_bytes(&store->index_env);
        stats.index_used_bytes = tg_env_used_bytes(&store->index_env);
        stats.index_map_bytes = store->index_env.map_bytes;
    }
    count_index(store, &stats);
    *ret_stats = stats;
    return TG_OK;
}
