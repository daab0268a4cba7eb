/* Names of all tables and the shapes of their keys: the one file that fixes what stands on the disk.
 * Knows no transaction.
 * Described for strangers in docs/formats-store.md; change both, and TG_STORE_FORMAT_VERSION.
 */
#ifndef TG_STORE_LAYOUT_H
#define TG_STORE_LAYOUT_H

#include "base/cursor.h"
#include "base/limits.h"
#include "store/store.h"

/* X(enum name, name in LMDB) */
#define TG_LOG_TABLES(X)                                                               \
    X(META, "meta")                                                                    \
    X(LOGS, "logs")           /* origin 32 ‖ epoch u32 → log# u32 */               \
    X(LOGNAME, "logname")     /* log# u32 → origin 32 ‖ epoch u32 */               \
    X(ENTRY, "entry")         /* log# u32 ‖ index u64 → entry */                   \
    X(EARLY, "early")         /* the same */                                           \
    X(BODY, "body")           /* log# ‖ index → bytes */                           \
    X(CKEY, "ckey")           /* log# ‖ index → bytes */                           \
    X(WANTED, "wanted")       /* log# ‖ index → bytes */                           \
    X(TREE, "tree")           /* log# ‖ last leaf u64 ‖ level u8 → hash 32 */    \
    X(FRONTIER, "frontier")   /* log# → size u64 ‖ bytes */                        \
    X(HEAD, "head")           /* log# ‖ kind u8 → size u64 ‖ root 32 ‖ note */ \
    X(COSIG, "cosig")         /* log# ‖ node 32 → bytes */                         \
    X(RECEIPT, "receipt")     /* log# ‖ node 32 → bytes */                         \
    X(RECIPIENT, "recipient") /* node 32 ‖ log# ‖ index → slot u8 */             \
    X(CHAIN, "chain")         /* log# ‖ node 32 → index u64 */                     \
    X(PEER, "peer")           /* node 32 → bytes */                                  \
    X(WITHDRAWN, "withdrawn") /* record id 32 → bytes */                             \
    X(BLOCKED, "blocked")     /* hash 16 → bytes */                                  \
    X(CONFLICT, "conflict")   /* number u64 → bytes */                               \
    X(WATCH, "watch")         /* number u64 → bytes */                               \
    X(CARD, "card")           /* node 32 ‖ serial u64 → hash 32 ‖ text */        \
    X(CARDHASH, "cardhash")   /* hash 32 → node 32 ‖ serial u64 */                 \
    X(ACCESS, "access")       /* number u64 → time i64 ‖ bytes */

#define TG_INDEX_TABLES(X)                                                                      \
    X(META, "meta")                                                                             \
    X(REC, "rec")         /* recno u64 → place and times 32, or nothing once removed */       \
    X(ROW, "row")         /* type u8 ‖ recno u64 → bytes */                                 \
    X(TIME, "time")       /* time, order-preserving u64 ‖ recno u64 → nothing */            \
    X(EXPIRY, "expiry")   /* the same */                                                        \
    X(COVERED, "covered") /* log# u32 → next index u64 */                                     \
    X(RUNS, "runs")       /* first recno u64 → last recno u64 ‖ postings u64 ‖ slot u8 */ \
    X(DEAD, "dead")       /* recno u64 → nothing: removed, postings may still stand in a run */

enum tg_log_table {
#define TG_LOG_TABLE_ENUM(name, text) TG_LOG_##name,
    TG_LOG_TABLES(TG_LOG_TABLE_ENUM)
#undef TG_LOG_TABLE_ENUM
        TG_LOG_TABLES_COUNT
};
enum tg_index_table {
#define TG_INDEX_TABLE_ENUM(name, text) TG_INDEX_##name##_TABLE,
    TG_INDEX_TABLES(TG_INDEX_TABLE_ENUM)
#undef TG_INDEX_TABLE_ENUM
        TG_INDEX_TABLES_COUNT
};
/* Tables "run00".. : one sorted run each, in use or empty. Two more than runs may stand, for the output of
 * a merge and of a flush. */
#define TG_RUN_SLOTS (TG_INDEX_RUNS_MAX + 2)
#define TG_INDEX_DBIS (TG_INDEX_TABLES_COUNT + TG_RUN_SLOTS)
#define TG_DBIS_MAX 64

/* The row "store/format" of both `meta` tables: magic 8 ‖ version u32 ‖ role u8. */
#define TG_FORMAT_NAME "store/format"
#define TG_FORMAT_MAGIC "TAMGAS\0\0"
#define TG_FORMAT_BYTES 13
enum tg_env_role { TG_ROLE_LOG = 1, TG_ROLE_INDEX = 2 };

#define TG_STORE_LOCK_NAME "store.lock"
#define TG_STORE_LOG_NAME "log"
#define TG_STORE_INDEX_NAME "index"
#define TG_STORE_INDEX_NEW_NAME "index.new"

#define TG_KEY_BYTES_MAX 64
/* A key being put together, or the key of a row. */
struct tg_key {
    uint8_t bytes[TG_KEY_BYTES_MAX];
    struct tg_wr wr;
};
static inline struct tg_wr *tg_key_init(struct tg_key *key)
{
    key->wr = tg_wr_init(key->bytes, sizeof key->bytes);
    return &key->wr;
}
static inline struct tg_view tg_key_view(const struct tg_key *key)
{
    return tg_wr_view_of(&key->wr);
}

/* Signed times sort as unsigned bytes once the sign is turned. */
static inline uint64_t tg_time_key(int64_t t)
{
    return (uint64_t)t ^ (UINT64_C(1) << 63);
}
static inline int64_t tg_time_of_key(uint64_t key)
{
    return (int64_t)(key ^ (UINT64_C(1) << 63));
}

/* tg_be64_get in one load: a posting is compared and moved by the million. */
static inline uint64_t tg_load_be64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}
static inline void tg_store_be64(uint8_t *at, uint64_t value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    memcpy(at, &value, sizeof value);
}

#define TG_POSTING_BYTES 24      /* token 16 ‖ recno u64 */
#define TG_BLOCK_POSTINGS_MAX 83 /* two blocks fill one LMDB page of 4,096 bytes */

#endif
