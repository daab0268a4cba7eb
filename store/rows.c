/* Rows of any table: get, put, delete, last, scan; LMDB's answers in our words.
 * Knows no layout.
 * Tables: store/layout.h.
 */
#include <errno.h>

#include "store/internal.h"

static const struct {
    int rc;
    tg_err err;
} mdb_errors[] = {
    {MDB_SUCCESS, TG_OK},
    {MDB_NOTFOUND, TG_ENOENT},
    {MDB_KEYEXIST, TG_EEXIST},
    {MDB_MAP_FULL, TG_ESPACE},
    {MDB_TXN_FULL, TG_ELIMIT},
    {MDB_READERS_FULL, TG_ELIMIT},
    {MDB_BAD_VALSIZE, TG_ELIMIT},
    {MDB_CORRUPTED, TG_EDAMAGED},
    {MDB_PAGE_NOTFOUND, TG_EDAMAGED},
    {MDB_INVALID, TG_EDAMAGED},
    {MDB_PANIC, TG_EIO},
    {MDB_VERSION_MISMATCH, TG_EVERSION},
    {MDB_BAD_TXN, TG_EBUG},
    {MDB_BAD_DBI, TG_EBUG},
    {MDB_BAD_RSLOT, TG_EBUG},
    {EINVAL, TG_EBUG},
    {ENOMEM, TG_ENOMEM},
    {ENOSPC, TG_ESPACE},
    {EACCES, TG_EDENIED},
};

tg_err tg_mdb_err(int rc)
{
    for (size_t i = 0; i < sizeof mdb_errors / sizeof mdb_errors[0]; i++)
        if (mdb_errors[i].rc == rc) return mdb_errors[i].err;
    return TG_EIO;
}

tg_err tg_mdb_fail(struct tg_errmsg *em, int rc, const char *what, const char *path)
{
    return tg_fail(em, tg_mdb_err(rc), "cannot %s '%s': %s", what, path, mdb_strerror(rc));
}

tg_err tg_wtxn_fail(struct tg_wtxn *txn, int rc)
{
    if (txn->rc == MDB_SUCCESS) txn->rc = rc;
    return tg_mdb_err(rc);
}

tg_err tg_row_get(const struct tg_rtxn *txn, size_t table, struct tg_view key, struct tg_view *ret_value)
{
    MDB_val k = tg_mdb_val(key), v;
    int rc = mdb_get(txn->txn, txn->env->dbi[table], &k, &v);
    if (rc != MDB_SUCCESS) return tg_mdb_err(rc);
    *ret_value = tg_mdb_view(v);
    return TG_OK;
}

tg_err tg_row_put(struct tg_wtxn *txn, size_t table, struct tg_view key, struct tg_view value, unsigned flags)
{
    MDB_val k = tg_mdb_val(key), v = tg_mdb_val(value);
    int rc = mdb_put(txn->read.txn, txn->read.env->dbi[table], &k, &v, flags);
    if (rc == MDB_SUCCESS) return TG_OK;
    /* Asked for with NOOVERWRITE, "exists" is an answer, not a failure. */
    if (rc == MDB_KEYEXIST && (flags & MDB_NOOVERWRITE)) return TG_EEXIST;
    return tg_wtxn_fail(txn, rc);
}

tg_err tg_row_put_joined(struct tg_wtxn *txn, size_t table, struct tg_view key, struct tg_view head,
                         struct tg_view tail, unsigned flags)
{
    TG_AUTO(tg_buf) struct tg_buf value = {0};
    tg_err err = tg_buf_reserve(&value, head.bytes + tail.bytes);
    if (!err) err = tg_buf_put_view(&value, head);
    if (!err && tail.bytes) err = tg_buf_put_view(&value, tail);
    return err ? err : tg_row_put(txn, table, key, tg_buf_view(&value), flags);
}

tg_err tg_row_del(struct tg_wtxn *txn, size_t table, struct tg_view key)
{
    MDB_val k = tg_mdb_val(key);
    int rc = mdb_del(txn->read.txn, txn->read.env->dbi[table], &k, NULL);
    if (rc == MDB_SUCCESS) return TG_OK;
    return rc == MDB_NOTFOUND ? TG_ENOENT : tg_wtxn_fail(txn, rc);
}

static bool begins_with(MDB_val key, struct tg_view prefix)
{
    return key.mv_size >= prefix.bytes &&
           (prefix.bytes == 0 || memcmp(key.mv_data, prefix.data, prefix.bytes) == 0);
}

/* Stand on the last row below the first key that no longer begins with prefix. */
static int seek_last(MDB_cursor *cursor, struct tg_view prefix, MDB_val *k, MDB_val *v)
{
    uint8_t after[TG_KEY_BYTES_MAX];
    size_t bytes = prefix.bytes;
    if (bytes > sizeof after) return EINVAL;
    if (bytes) memcpy(after, prefix.data, bytes);
    while (bytes > 0 && ++after[bytes - 1] == 0) bytes--;
    if (bytes == 0) return mdb_cursor_get(cursor, k, v, MDB_LAST);
    *k = (MDB_val){.mv_size = bytes, .mv_data = after};
    int rc = mdb_cursor_get(cursor, k, v, MDB_SET_RANGE);
    if (rc == MDB_NOTFOUND) return mdb_cursor_get(cursor, k, v, MDB_LAST);
    return rc == MDB_SUCCESS ? mdb_cursor_get(cursor, k, v, MDB_PREV) : rc;
}

tg_err tg_row_last(const struct tg_rtxn *txn, size_t table, struct tg_view prefix, struct tg_view *ret_key,
                   struct tg_view *ret_value)
{
    MDB_cursor *cursor = NULL;
    int rc = mdb_cursor_open(txn->txn, txn->env->dbi[table], &cursor);
    if (rc != MDB_SUCCESS) return tg_mdb_err(rc);
    MDB_val k, v;
    rc = seek_last(cursor, prefix, &k, &v);
    mdb_cursor_close(cursor);
    if (rc != MDB_SUCCESS) return tg_mdb_err(rc);
    if (!begins_with(k, prefix)) return TG_ENOENT;
    *ret_key = tg_mdb_view(k);
    *ret_value = tg_mdb_view(v);
    return TG_OK;
}

tg_err tg_row_count(const struct tg_rtxn *txn, size_t table, uint64_t *ret_count)
{
    MDB_stat stat;
    int rc = mdb_stat(txn->txn, txn->env->dbi[table], &stat);
    if (rc != MDB_SUCCESS) return tg_mdb_err(rc);
    *ret_count = stat.ms_entries;
    return TG_OK;
}

tg_err tg_scan_begin(const struct tg_rtxn *txn, size_t table, struct tg_view from, size_t prefix_bytes,
                     struct tg_store_scan *ret_scan)
{
    struct tg_store_scan scan = {.table = (uint8_t)table, .prefix_bytes = (uint8_t)prefix_bytes};
    if (prefix_bytes > sizeof scan.prefix) return TG_EBUG;
    if (prefix_bytes) memcpy(scan.prefix, from.data, prefix_bytes);
    MDB_cursor *cursor = NULL;
    int rc = mdb_cursor_open(txn->txn, txn->env->dbi[table], &cursor);
    if (rc != MDB_SUCCESS) return tg_mdb_err(rc);
    MDB_val k = tg_mdb_val(from), v;
    rc = mdb_cursor_get(cursor, &k, &v, from.bytes ? MDB_SET_RANGE : MDB_FIRST);
    if (rc != MDB_SUCCESS && rc != MDB_NOTFOUND) {
        mdb_cursor_close(cursor);
        return tg_mdb_err(rc);
    }
    scan.ahead = rc == MDB_SUCCESS;
    if (rc == MDB_NOTFOUND) {
        mdb_cursor_close(cursor);
        cursor = NULL;
    }
    scan.cursor = cursor;
    *ret_scan = scan;
    return TG_OK;
}

tg_err tg_scan_next_any(struct tg_store_scan *scan, struct tg_view *ret_key, struct tg_view *ret_value)
{
    if (!scan->cursor) return TG_ENOENT;
    MDB_val k, v;
    int rc = mdb_cursor_get(scan->cursor, &k, &v, scan->ahead ? MDB_GET_CURRENT : MDB_NEXT);
    scan->ahead = false;
    if (rc == MDB_SUCCESS && begins_with(k, tg_view_of(scan->prefix, scan->prefix_bytes))) {
        *ret_key = tg_mdb_view(k);
        *ret_value = tg_mdb_view(v);
        return TG_OK;
    }
    tg_store_scan_release(scan);
    return rc == MDB_SUCCESS ? TG_ENOENT : tg_mdb_err(rc);
}

tg_err tg_scan_next(struct tg_store_scan *scan, size_t table, struct tg_view *ret_key,
                    struct tg_view *ret_value)
{
    if (scan->table != table) return TG_EUSAGE;
    return tg_scan_next_any(scan, ret_key, ret_value);
}

void tg_store_scan_release(struct tg_store_scan *scan)
{
    if (scan->cursor) mdb_cursor_close(scan->cursor);
    scan->cursor = NULL;
    scan->ahead = false;
}
