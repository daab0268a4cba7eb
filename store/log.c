/* Tables of the log environment, all but entries and scans.
 * Knows keys, lengths and order only.
 * Layout: store/layout.h, docs/formats-store.md.
 */
#include "store/internal.h"

static struct tg_view key_log(struct tg_key *key, uint32_t log)
{
    tg_wr_u32(tg_key_init(key), log);
    return tg_key_view(key);
}

static struct tg_view key_number(struct tg_key *key, uint64_t number)
{
    tg_wr_u64(tg_key_init(key), number);
    return tg_key_view(key);
}

static struct tg_view key_place(struct tg_key *key, uint32_t log, uint64_t index)
{
    struct tg_wr *wr = tg_key_init(key);
    tg_wr_u32(wr, log);
    tg_wr_u64(wr, index);
    return tg_key_view(key);
}

static struct tg_view key_by(struct tg_key *key, uint32_t log, const uint8_t node[static 32])
{
    struct tg_wr *wr = tg_key_init(key);
    tg_wr_u32(wr, log);
    tg_wr_put(wr, node, 32);
    return tg_key_view(key);
}

/* Number after the last of a table keyed by u64 number. */
static tg_err next_number(const struct tg_rtxn *txn, size_t table, uint64_t *ret_number)
{
    struct tg_view key, value;
    tg_err err = tg_row_last(txn, table, tg_view_of(NULL, 0), &key, &value);
    if (err == TG_ENOENT) {
        *ret_number = 0;
        return TG_OK;
    }
    if (err) return err;
    if (key.bytes != 8) return TG_EDAMAGED;
    *ret_number = tg_be64_get(key.data) + 1;
    return TG_OK;
}

/* ---- logs ---- */

static struct tg_view key_logname(struct tg_key *key, const uint8_t origin[static 32], uint32_t epoch)
{
    struct tg_wr *wr = tg_key_init(key);
    tg_wr_put(wr, origin, 32);
    tg_wr_u32(wr, epoch);
    return tg_key_view(key);
}

tg_err tg_store_log_find(const struct tg_rtxn *txn, const uint8_t origin[static 32], uint32_t epoch,
                         uint32_t *ret_log)
{
    struct tg_key key;
    struct tg_view value;
    tg_err err = tg_row_get(txn, TG_LOG_LOGS, key_logname(&key, origin, epoch), &value);
    if (err) return err;
    if (value.bytes != 4) return TG_EDAMAGED;
    *ret_log = tg_be32_get(value.data);
    return TG_OK;
}

tg_err tg_store_log_ensure(struct tg_wtxn *txn, const uint8_t origin[static 32], uint32_t epoch,
                           uint32_t *ret_log)
{
    tg_err err = tg_store_log_find(&txn->read, origin, epoch, ret_log);
    if (err != TG_ENOENT) return err;
    uint32_t log = 0;
    err = tg_store_log_count(&txn->read, &log);
    if (err) return err;
    struct tg_key by_number, by_name;
    struct tg_view number = key_log(&by_number, log);
    struct tg_view name = key_logname(&by_name, origin, epoch);
    err = tg_row_put(txn, TG_LOG_LOGS, name, number, MDB_NOOVERWRITE);
    if (!err) err = tg_row_put(txn, TG_LOG_LOGNAME, number, name, MDB_NOOVERWRITE);
    if (!err) *ret_log = log;
    return err;
}

tg_err tg_store_log_name(const struct tg_rtxn *txn, uint32_t log, uint8_t ret_origin[static 32],
                         uint32_t *ret_epoch)
{
    struct tg_key key;
    struct tg_view value;
    tg_err err = tg_row_get(txn, TG_LOG_LOGNAME, key_log(&key, log), &value);
    if (err) return err;
    if (value.bytes != 36) return TG_EDAMAGED;
    memcpy(ret_origin, value.data, 32);
    *ret_epoch = tg_be32_get(value.data + 32);
    return TG_OK;
}

tg_err tg_store_log_count(const struct tg_rtxn *txn, uint32_t *ret_count)
{
    uint64_t count = 0;
    tg_err err = tg_row_count(txn, TG_LOG_LOGNAME, &count);
    if (err) return err;
    if (count > UINT32_MAX) return TG_ELIMIT;
    *ret_count = (uint32_t)count;
    return TG_OK;
}

tg_err tg_store_log_held(const struct tg_rtxn *txn, uint32_t log, uint64_t *ret_size)
{
    struct tg_key prefix;
    struct tg_view key, value;
    tg_err err = tg_row_last(txn, TG_LOG_ENTRY, key_log(&prefix, log), &key, &value);
    if (err == TG_ENOENT) {
        *ret_size = 0;
        return TG_OK;
    }
    if (err) return err;
    if (key.bytes != 12) return TG_EDAMAGED;
    *ret_size = tg_be64_get(key.data + 4) + 1;
    return TG_OK;
}

/* ---- bytes by place ---- */

static const struct {
    enum tg_log_table table;
    size_t bytes_max;
} places[] = {
    [TG_PLACE_BODY] = {TG_LOG_BODY, TG_BODY_BYTES_MAX},
    [TG_PLACE_CKEY] = {TG_LOG_CKEY, TG_STORE_CKEY_BYTES_MAX},
    [TG_PLACE_WANTED] = {TG_LOG_WANTED, TG_STORE_BLOB_BYTES_MAX},
};

tg_err tg_store_place_put(struct tg_wtxn *txn, enum tg_store_place table, uint32_t log, uint64_t index,
                          struct tg_view value)
{
    if (value.bytes > places[table].bytes_max) return TG_ELIMIT;
    struct tg_key key;
    return tg_row_put(txn, places[table].table, key_place(&key, log, index), value, 0);
}

tg_err tg_store_place_get(const struct tg_rtxn *txn, enum tg_store_place table, uint32_t log, uint64_t index,
                          struct tg_view *ret_value)
{
    struct tg_key key;
    return tg_row_get(txn, places[table].table, key_place(&key, log, index), ret_value);
}

tg_err tg_store_place_del(struct tg_wtxn *txn, enum tg_store_place table, uint32_t log, uint64_t index)
{
    struct tg_key key;
    return tg_row_del(txn, places[table].table, key_place(&key, log, index));
}

tg_err tg_store_scan_place(const struct tg_rtxn *txn, enum tg_store_place table, uint32_t log,
                           uint64_t from_index, struct tg_store_scan *ret_scan)
{
    struct tg_key key;
    return tg_scan_begin(txn, places[table].table, key_place(&key, log, from_index), 4, ret_scan);
}

tg_err tg_store_place_next(struct tg_store_scan *scan, uint64_t *ret_index, struct tg_view *ret_value)
{
    struct tg_view key, value;
    if (scan->table != TG_LOG_BODY && scan->table != TG_LOG_CKEY && scan->table != TG_LOG_WANTED)
        return TG_EUSAGE;
    tg_err err = tg_scan_next_any(scan, &key, &value);
    if (err) return err;
    if (key.bytes != 12) return TG_EDAMAGED;
    *ret_index = tg_be64_get(key.data + 4);
    *ret_value = value;
    return TG_OK;
}

/* ---- tree ---- */

/* Subtrees are keyed by their last leaf, then level: those that one more leaf completes stand side by
 * side at the end of the log's range, so that an append dirties one page whatever the size of the tree. */
static tg_err key_tree(struct tg_key *key, uint32_t log, uint8_t level, uint64_t index)
{
    if (level > 63 || index > (UINT64_MAX >> level) - 1) return TG_ELIMIT;
    struct tg_wr *wr = tg_key_init(key);
    tg_wr_u32(wr, log);
    tg_wr_u64(wr, ((index + 1) << level) - 1);
    tg_wr_u8(wr, level);
    return TG_OK;
}

tg_err tg_store_tree_put(struct tg_wtxn *txn, uint32_t log, uint8_t level, uint64_t index,
                         const uint8_t hash[static 32])
{
    struct tg_key key;
    tg_err err = key_tree(&key, log, level, index);
    return err ? err : tg_row_put(txn, TG_LOG_TREE, tg_key_view(&key), tg_view_of(hash, 32), 0);
}

tg_err tg_store_tree_get(const struct tg_rtxn *txn, uint32_t log, uint8_t level, uint64_t index,
                         uint8_t ret_hash[static 32])
{
    struct tg_key key;
    struct tg_view value;
    tg_err err = key_tree(&key, log, level, index);
    if (!err) err = tg_row_get(txn, TG_LOG_TREE, tg_key_view(&key), &value);
    if (err) return err;
    if (value.bytes != 32) return TG_EDAMAGED;
    memcpy(ret_hash, value.data, 32);
    return TG_OK;
}

tg_err tg_store_frontier_put(struct tg_wtxn *txn, uint32_t log, uint64_t size, struct tg_view frontier)
{
    if (frontier.bytes > TG_STORE_FRONTIER_BYTES_MAX) return TG_ELIMIT;
    struct tg_key key;
    uint8_t head[8];
    tg_be64_put(head, size);
    return tg_row_put_joined(txn, TG_LOG_FRONTIER, key_log(&key, log), TG_VIEW_ARRAY(head), frontier, 0);
}

tg_err tg_store_frontier_get(const struct tg_rtxn *txn, uint32_t log, uint64_t *ret_size,
                             struct tg_view *ret_frontier)
{
    struct tg_key key;
    struct tg_view value;
    tg_err err = tg_row_get(txn, TG_LOG_FRONTIER, key_log(&key, log), &value);
    if (err) return err;
    if (value.bytes < 8) return TG_EDAMAGED;
    *ret_size = tg_be64_get(value.data);
    *ret_frontier = tg_view_of(value.data + 8, value.bytes - 8);
    return TG_OK;
}

/* ---- heads ---- */

static struct tg_view key_head(struct tg_key *key, uint32_t log, enum tg_store_head_kind kind)
{
    struct tg_wr *wr = tg_key_init(key);
    tg_wr_u32(wr, log);
    tg_wr_u8(wr, (uint8_t)kind);
    return tg_key_view(key);
}

tg_err tg_store_head_put(struct tg_wtxn *txn, uint32_t log, enum tg_store_head_kind kind,
                         const struct tg_store_head *head)
{
    if (head->note.bytes > TG_NOTE_BYTES_MAX) return TG_ELIMIT;
    struct tg_key key;
    uint8_t fixed[40];
    tg_be64_put(fixed, head->size);
    memcpy(fixed + 8, head->root, 32);
    return tg_row_put_joined(txn, TG_LOG_HEAD, key_head(&key, log, kind), TG_VIEW_ARRAY(fixed), head->note,
                             0);
}

tg_err tg_store_head_get(const struct tg_rtxn *txn, uint32_t log, enum tg_store_head_kind kind,
                         struct tg_store_head *ret_head)
{
    struct tg_key key;
    struct tg_view value;
    tg_err err = tg_row_get(txn, TG_LOG_HEAD, key_head(&key, log, kind), &value);
    if (err) return err;
    if (value.bytes < 40) return TG_EDAMAGED;
    ret_head->size = tg_be64_get(value.data);
    memcpy(ret_head->root, value.data + 8, 32);
    ret_head->note = tg_view_of(value.data + 40, value.bytes - 40);
    return TG_OK;
}

/* ---- bytes by (log#, node) ---- */

static const struct {
    enum tg_log_table table;
    size_t bytes_max;
} bys[] = {
    [TG_BY_COSIG] = {TG_LOG_COSIG, TG_NOTE_BYTES_MAX},
    [TG_BY_RECEIPT] = {TG_LOG_RECEIPT, TG_RECEIPT_BYTES_MAX},
};

tg_err tg_store_by_put(struct tg_wtxn *txn, enum tg_store_by table, uint32_t log,
                       const uint8_t node[static 32], struct tg_view value)
{
    if (value.bytes > bys[table].bytes_max) return TG_ELIMIT;
    struct tg_key key;
    return tg_row_put(txn, bys[table].table, key_by(&key, log, node), value, 0);
}

tg_err tg_store_by_get(const struct tg_rtxn *txn, enum tg_store_by table, uint32_t log,
                       const uint8_t node[static 32], struct tg_view *ret_value)
{
    struct tg_key key;
    return tg_row_get(txn, bys[table].table, key_by(&key, log, node), ret_value);
}

tg_err tg_store_scan_by(const struct tg_rtxn *txn, enum tg_store_by table, uint32_t log,
                        struct tg_store_scan *ret_scan)
{
    struct tg_key key;
    return tg_scan_begin(txn, bys[table].table, key_log(&key, log), 4, ret_scan);
}

tg_err tg_store_by_next(struct tg_store_scan *scan, uint8_t ret_node[static 32], struct tg_view *ret_value)
{
    if (scan->table != TG_LOG_COSIG && scan->table != TG_LOG_RECEIPT) return TG_EUSAGE;
    struct tg_view key, value;
    tg_err err = tg_scan_next_any(scan, &key, &value);
    if (err) return err;
    if (key.bytes != 36) return TG_EDAMAGED;
    memcpy(ret_node, key.data + 4, 32);
    *ret_value = value;
    return TG_OK;
}

/* ---- recipients ---- */

static struct tg_view key_recipient(struct tg_key *key, const uint8_t node[static 32], uint32_t log,
                                    uint64_t index)
{
    struct tg_wr *wr = tg_key_init(key);
    tg_wr_put(wr, node, 32);
    tg_wr_u32(wr, log);
    tg_wr_u64(wr, index);
    return tg_key_view(key);
}

tg_err tg_store_recipient_put(struct tg_wtxn *txn, const uint8_t node[static 32], uint32_t log,
                              uint64_t index, uint8_t slot)
{
    struct tg_key key;
    tg_err err =
        tg_row_put(txn, TG_LOG_RECIPIENT, key_recipient(&key, node, log, index), tg_view_of(&slot, 1), 0);
    if (err) return err;
    uint64_t last = 0;
    err = tg_store_chain_get(&txn->read, log, node, &last);
    if (err != TG_ENOENT && (err || last >= index)) return err;
    uint8_t value[8];
    tg_be64_put(value, index);
    return tg_row_put(txn, TG_LOG_CHAIN, key_by(&key, log, node), TG_VIEW_ARRAY(value), 0);
}

tg_err tg_store_recipient_get(const struct tg_rtxn *txn, const uint8_t node[static 32], uint32_t log,
                              uint64_t index, uint8_t *ret_slot)
{
    struct tg_key key;
    struct tg_view value;
    tg_err err = tg_row_get(txn, TG_LOG_RECIPIENT, key_recipient(&key, node, log, index), &value);
    if (err) return err;
    if (value.bytes != 1) return TG_EDAMAGED;
    *ret_slot = value.data[0];
    return TG_OK;
}

tg_err tg_store_chain_get(const struct tg_rtxn *txn, uint32_t log, const uint8_t node[static 32],
                          uint64_t *ret_index)
{
    struct tg_key key;
    struct tg_view value;
    tg_err err = tg_row_get(txn, TG_LOG_CHAIN, key_by(&key, log, node), &value);
    if (err) return err;
    if (value.bytes != 8) return TG_EDAMAGED;
    *ret_index = tg_be64_get(value.data);
    return TG_OK;
}

tg_err tg_store_scan_recipient(const struct tg_rtxn *txn, const uint8_t node[static 32], uint32_t log,
                               uint64_t from_index, struct tg_store_scan *ret_scan)
{
    struct tg_key key;
    return tg_scan_begin(txn, TG_LOG_RECIPIENT, key_recipient(&key, node, log, from_index), 36, ret_scan);
}

tg_err tg_store_recipient_next(struct tg_store_scan *scan, uint64_t *ret_index, uint8_t *ret_slot)
{
    struct tg_view key, value;
    tg_err err = tg_scan_next(scan, TG_LOG_RECIPIENT, &key, &value);
    if (err) return err;
    if (key.bytes != 44 || value.bytes != 1) return TG_EDAMAGED;
    *ret_index = tg_be64_get(key.data + 36);
    *ret_slot = value.data[0];
    return TG_OK;
}

/* ---- bytes by name ---- */

static const struct {
    enum tg_log_table table;
    size_t name_bytes; /* 0: any up to TG_STORE_NAMED_BYTES_MAX */
} nameds[] = {
    [TG_NAMED_META] = {TG_LOG_META, 0},
    [TG_NAMED_PEER] = {TG_LOG_PEER, 32},
    [TG_NAMED_WITHDRAWN] = {TG_LOG_WITHDRAWN, 32},
    [TG_NAMED_BLOCKED] = {TG_LOG_BLOCKED, 16},
};

static tg_err check_name(enum tg_store_named table, struct tg_view name)
{
    size_t exact = nameds[table].name_bytes;
    if (exact) return name.bytes == exact ? TG_OK : TG_EUSAGE;
    if (name.bytes == 0 || name.bytes > TG_STORE_NAMED_BYTES_MAX) return TG_EUSAGE;
    return tg_view_starts_with(name, "store/") ? TG_EDENIED : TG_OK;
}

tg_err tg_store_named_put(struct tg_wtxn *txn, enum tg_store_named table, struct tg_view name,
                          struct tg_view value)
{
    tg_err err = check_name(table, name);
    if (err) return err;
    if (value.bytes > TG_STORE_BLOB_BYTES_MAX) return TG_ELIMIT;
    return tg_row_put(txn, nameds[table].table, name, value, 0);
}

tg_err tg_store_named_get(const struct tg_rtxn *txn, enum tg_store_named table, struct tg_view name,
                          struct tg_view *ret_value)
{
    tg_err err = check_name(table, name);
    return err ? err : tg_row_get(txn, nameds[table].table, name, ret_value);
}

tg_err tg_store_named_del(struct tg_wtxn *txn, enum tg_store_named table, struct tg_view name)
{
    tg_err err = check_name(table, name);
    return err ? err : tg_row_del(txn, nameds[table].table, name);
}

tg_err tg_store_scan_named(const struct tg_rtxn *txn, enum tg_store_named table,
                           struct tg_store_scan *ret_scan)
{
    return tg_scan_begin(txn, nameds[table].table, tg_view_of(NULL, 0), 0, ret_scan);
}

tg_err tg_store_named_next(struct tg_store_scan *scan, struct tg_view *ret_name, struct tg_view *ret_value)
{
    if (scan->table != TG_LOG_META && scan->table != TG_LOG_PEER && scan->table != TG_LOG_WITHDRAWN &&
        scan->table != TG_LOG_BLOCKED)
        return TG_EUSAGE;
    struct tg_view name, value;
    tg_err err;
    do {
        err = tg_scan_next_any(scan, &name, &value);
    } while (!err && scan->table == TG_LOG_META && tg_view_starts_with(name, "store/"));
    if (err) return err;
    *ret_name = name;
    *ret_value = value;
    return TG_OK;
}

/* ---- bytes by number ---- */

static const enum tg_log_table numbereds[] = {
    [TG_NUMBERED_CONFLICT] = TG_LOG_CONFLICT,
    [TG_NUMBERED_WATCH] = TG_LOG_WATCH,
};

tg_err tg_store_numbered_append(struct tg_wtxn *txn, enum tg_store_numbered table, struct tg_view value,
                                uint64_t *ret_number)
{
    if (value.bytes > TG_STORE_BLOB_BYTES_MAX) return TG_ELIMIT;
    uint64_t number = 0;
    tg_err err = next_number(&txn->read, numbereds[table], &number);
    if (err) return err;
    struct tg_key key;
    err = tg_row_put(txn, numbereds[table], key_number(&key, number), value, MDB_NOOVERWRITE);
    if (!err) *ret_number = number;
    return err;
}

tg_err tg_store_numbered_get(const struct tg_rtxn *txn, enum tg_store_numbered table, uint64_t number,
                             struct tg_view *ret_value)
{
    struct tg_key key;
    return tg_row_get(txn, numbereds[table], key_number(&key, number), ret_value);
}

tg_err tg_store_numbered_del(struct tg_wtxn *txn, enum tg_store_numbered table, uint64_t number)
{
    struct tg_key key;
    return tg_row_del(txn, numbereds[table], key_number(&key, number));
}

tg_err tg_store_scan_numbered(const struct tg_rtxn *txn, enum tg_store_numbered table, uint64_t from_number,
                              struct tg_store_scan *ret_scan)
{
    struct tg_key key;
    return tg_scan_begin(txn, numbereds[table], key_number(&key, from_number), 0, ret_scan);
}

tg_err tg_store_numbered_next(struct tg_store_scan *scan, uint64_t *ret_number, struct tg_view *ret_value)
{
    if (scan->table != TG_LOG_CONFLICT && scan->table != TG_LOG_WATCH) return TG_EUSAGE;
    struct tg_view key, value;
    tg_err err = tg_scan_next_any(scan, &key, &value);
    if (err) return err;
    if (key.bytes != 8) return TG_EDAMAGED;
    *ret_number = tg_be64_get(key.data);
    *ret_value = value;
    return TG_OK;
}

/* ---- access log ---- */

tg_err tg_store_access_append(struct tg_wtxn *txn, int64_t time_ms, struct tg_view value,
                              uint64_t *ret_number)
{
    if (value.bytes > TG_STORE_ACCESS_BYTES_MAX) return TG_ELIMIT;
    uint64_t number = 0;
    tg_err err = next_number(&txn->read, TG_LOG_ACCESS, &number);
    if (err) return err;
    struct tg_key key;
    uint8_t time[8];
    tg_be64_put(time, (uint64_t)time_ms);
    err = tg_row_put_joined(txn, TG_LOG_ACCESS, key_number(&key, number), TG_VIEW_ARRAY(time), value,
                            MDB_APPEND);
    if (!err) *ret_number = number;
    return err;
}

tg_err tg_store_access_end(const struct tg_rtxn *txn, uint64_t *ret_number)
{
    return next_number(txn, TG_LOG_ACCESS, ret_number);
}

tg_err tg_store_access_get(const struct tg_rtxn *txn, uint64_t number, int64_t *ret_time_ms,
                           struct tg_view *ret_value)
{
    struct tg_key key;
    struct tg_view value;
    tg_err err = tg_row_get(txn, TG_LOG_ACCESS, key_number(&key, number), &value);
    if (err) return err;
    if (value.bytes < 8) return TG_EDAMAGED;
    *ret_time_ms = (int64_t)tg_be64_get(value.data);
    *ret_value = tg_view_of(value.data + 8, value.bytes - 8);
    return TG_OK;
}
