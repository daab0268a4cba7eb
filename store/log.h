/* Tables of the log environment: what cannot be derived.
 * Knows keys, lengths and order; what the bytes mean is the caller's business.
 * Layout: docs/formats-store.md. A log number (log#) stands for one (origin, epoch).
 *
 * Common to all: _put inserts or replaces, _get gives a view that lives as long as the transaction
 * (TG_ENOENT when there is none), _del of something absent is TG_ENOENT. Every read may also answer
 * TG_EDAMAGED (a stored value has a shape that was never written) and every write TG_ELIMIT (larger
 * than its limit). Reads inside a write go through tg_wtxn_read(txn).
 */
#ifndef TG_STORE_LOG_H
#define TG_STORE_LOG_H

#include "base/limits.h"
#include "store/store.h"

#define TG_STORE_LEAF_BYTES 33

/* ---- logs ---- */

/* Number of the log of (origin, epoch); ENOENT when it has none yet. */
tg_err tg_store_log_find(const struct tg_rtxn *txn, const uint8_t origin[static 32], uint32_t epoch,
                         uint32_t *ret_log);
/* The same, giving it the next number (dense, from 0) when it has none. */
tg_err tg_store_log_ensure(struct tg_wtxn *txn, const uint8_t origin[static 32], uint32_t epoch,
                           uint32_t *ret_log);
tg_err tg_store_log_name(const struct tg_rtxn *txn, uint32_t log, uint8_t ret_origin[static 32],
                         uint32_t *ret_epoch);
/* How many logs there are: numbers 0 .. count-1. */
tg_err tg_store_log_count(const struct tg_rtxn *txn, uint32_t *ret_count);
/* Leaves held: one more than the last entry's index, 0 for an empty or unknown log. */
tg_err tg_store_log_held(const struct tg_rtxn *txn, uint32_t log, uint64_t *ret_size);

/* ---- entries ---- */

/* One recipient and the number of its stanza. */
struct tg_store_slot {
    uint8_t node[TG_STORE_NODE_BYTES];
    uint8_t slot;
};
/* One place of a log. With has_envelope the manifest, signature, slots and stanzas are there, else only
 * the leaf. All pointers are views: into the transaction when read, borrowed for the call when written. */
struct tg_store_entry {
    uint8_t state; /* the caller's */
    bool has_envelope;
    const uint8_t *leaf;      /* TG_STORE_LEAF_BYTES */
    const uint8_t *manifest;  /* TG_MANIFEST_BYTES, or NULL */
    const uint8_t *signature; /* TG_SIGNATURE_BYTES, or NULL */
    struct tg_view slots;     /* encoded; count and access below; build with tg_store_slots_encode */
    struct tg_view stanzas;
};
#define TG_STORE_SLOT_BYTES 33
static inline size_t tg_store_slots_count(struct tg_view slots)
{
    return slots.bytes / TG_STORE_SLOT_BYTES;
}
/* i < count. */
struct tg_store_slot tg_store_slots_at(struct tg_view slots, size_t i);
/* Append the encoded form of count slots (≤ TG_STANZAS_MAX) to out. */
tg_err tg_store_slots_encode(const struct tg_store_slot *slots, size_t count, struct tg_buf *out);
/* A recipient of whom it is known that there is a stanza for it, and not which. */
#define TG_STORE_SLOT_UNKNOWN 255
/* Slot of one node; ENOENT. */
tg_err tg_store_slots_find(struct tg_view slots, const uint8_t node[static 32], uint8_t *ret_slot);

/* Next entry of a log. TG_EPOSITION unless index = tg_store_log_held: a log has no holes. */
tg_err tg_store_entry_append(struct tg_wtxn *txn, uint32_t log, uint64_t index,
                             const struct tg_store_entry *entry);
/* Another content for an entry that is there: the envelope of a bare leaf, a new state. TG_EHASH when
 * the leaf differs: what the tree covers is never rewritten. */
tg_err tg_store_entry_replace(struct tg_wtxn *txn, uint32_t log, uint64_t index,
                              const struct tg_store_entry *entry);
tg_err tg_store_entry_state(struct tg_wtxn *txn, uint32_t log, uint64_t index, uint8_t state);
tg_err tg_store_entry_get(const struct tg_rtxn *txn, uint32_t log, uint64_t index,
                          struct tg_store_entry *ret_entry);

/* An envelope that arrived above the held size (FLASH), same shape; its body and ckey stand in their own
 * tables at the same place. Moved with entry_append/entry_replace + early_del once its leaf is held. */
tg_err tg_store_early_put(struct tg_wtxn *txn, uint32_t log, uint64_t index,
                          const struct tg_store_entry *entry);
tg_err tg_store_early_get(const struct tg_rtxn *txn, uint32_t log, uint64_t index,
                          struct tg_store_entry *ret_entry);
tg_err tg_store_early_del(struct tg_wtxn *txn, uint32_t log, uint64_t index);

/* ---- bytes by place (log#, index) ---- */

enum tg_store_place {
    TG_PLACE_BODY,   /* body of an envelope, ≤ TG_BODY_BYTES_MAX */
    TG_PLACE_CKEY,   /* wrapped or punctured batch key, ≤ TG_STORE_CKEY_BYTES_MAX */
    TG_PLACE_WANTED, /* envelope addressed to us but not held: the caller's note, may be empty */
};
tg_err tg_store_place_put(struct tg_wtxn *txn, enum tg_store_place table, uint32_t log, uint64_t index,
                          struct tg_view value);
tg_err tg_store_place_get(const struct tg_rtxn *txn, enum tg_store_place table, uint32_t log, uint64_t index,
                          struct tg_view *ret_value);
tg_err tg_store_place_del(struct tg_wtxn *txn, enum tg_store_place table, uint32_t log, uint64_t index);

/* ---- the Merkle tree of a log; hashing is the caller's ---- */

/* Hash of the complete subtree over leaves [index·2^level, (index+1)·2^level). */
tg_err tg_store_tree_put(struct tg_wtxn *txn, uint32_t log, uint8_t level, uint64_t index,
                         const uint8_t hash[static 32]);
tg_err tg_store_tree_get(const struct tg_rtxn *txn, uint32_t log, uint8_t level, uint64_t index,
                         uint8_t ret_hash[static 32]);
/* The caller's frontier (right edge of the tree) at that size, ≤ TG_STORE_FRONTIER_BYTES_MAX. */
tg_err tg_store_frontier_put(struct tg_wtxn *txn, uint32_t log, uint64_t size, struct tg_view frontier);
tg_err tg_store_frontier_get(const struct tg_rtxn *txn, uint32_t log, uint64_t *ret_size,
                             struct tg_view *ret_frontier);

/* ---- heads ---- */

enum tg_store_head_kind {
    TG_HEAD_TREE,   /* what our tree says: the pending head of a commit; note empty */
    TG_HEAD_SIGNED, /* newest signed one: published by us, or verified from the origin */
    TG_HEAD_SEEN,   /* newest signed one that anybody showed us, also above what we hold */
};
struct tg_store_head {
    uint64_t size;
    uint8_t root[TG_STORE_HASH_BYTES];
    struct tg_view note; /* text of the signed note, ≤ TG_NOTE_BYTES_MAX; view into the transaction */
};
tg_err tg_store_head_put(struct tg_wtxn *txn, uint32_t log, enum tg_store_head_kind kind,
                         const struct tg_store_head *head);
tg_err tg_store_head_get(const struct tg_rtxn *txn, uint32_t log, enum tg_store_head_kind kind,
                         struct tg_store_head *ret_head);

/* ---- bytes by (log#, node) ---- */

enum tg_store_by {
    TG_BY_COSIG,   /* newest cosignature line or note of that witness */
    TG_BY_RECEIPT, /* newest receipt of that node */
};
tg_err tg_store_by_put(struct tg_wtxn *txn, enum tg_store_by table, uint32_t log,
                       const uint8_t node[static 32], struct tg_view value);
tg_err tg_store_by_get(const struct tg_rtxn *txn, enum tg_store_by table, uint32_t log,
                       const uint8_t node[static 32], struct tg_view *ret_value);

/* ---- recipients ---- */

/* Envelope (log, index) has this recipient, in stanza slot. Also moves the chain forward: chain is the
 * last index of that log sealed to the recipient (TG_ENOENT: none yet). */
tg_err tg_store_recipient_put(struct tg_wtxn *txn, const uint8_t node[static 32], uint32_t log,
                              uint64_t index, uint8_t slot);
tg_err tg_store_recipient_get(const struct tg_rtxn *txn, const uint8_t node[static 32], uint32_t log,
                              uint64_t index, uint8_t *ret_slot);
tg_err tg_store_chain_get(const struct tg_rtxn *txn, uint32_t log, const uint8_t node[static 32],
                          uint64_t *ret_index);

/* ---- bytes by name ---- */

enum tg_store_named {
    TG_NAMED_META,      /* name of 1..64 characters; names beginning "store/" are the store's own */
    TG_NAMED_PEER,      /* node id 32 */
    TG_NAMED_WITHDRAWN, /* record id 32: withdrawn, never to come back */
    TG_NAMED_BLOCKED,   /* hash of (origin, list, external id), 16: not to be imported again */
};
tg_err tg_store_named_put(struct tg_wtxn *txn, enum tg_store_named table, struct tg_view name,
                          struct tg_view value);
tg_err tg_store_named_get(const struct tg_rtxn *txn, enum tg_store_named table, struct tg_view name,
                          struct tg_view *ret_value);
tg_err tg_store_named_del(struct tg_wtxn *txn, enum tg_store_named table, struct tg_view name);

/* ---- bytes by number, numbered by the store (dense from 0, never reused unless the last is deleted) ---- */

enum tg_store_numbered {
    TG_NUMBERED_CONFLICT, /* fork proofs */
    TG_NUMBERED_WATCH,    /* standing queries */
};
tg_err tg_store_numbered_append(struct tg_wtxn *txn, enum tg_store_numbered table, struct tg_view value,
                                uint64_t *ret_number);
tg_err tg_store_numbered_get(const struct tg_rtxn *txn, enum tg_store_numbered table, uint64_t number,
                             struct tg_view *ret_value);
tg_err tg_store_numbered_del(struct tg_wtxn *txn, enum tg_store_numbered table, uint64_t number);

/* ---- cards: kept for ever ---- */

/* TG_EEXIST when (node, serial) holds another text; the same text again is TG_OK. hash is the one other
 * cards and manifests cite. */
tg_err tg_store_card_put(struct tg_wtxn *txn, const uint8_t node[static 32], uint64_t serial,
                         const uint8_t hash[static 32], struct tg_view text);
tg_err tg_store_card_get(const struct tg_rtxn *txn, const uint8_t node[static 32], uint64_t serial,
                         struct tg_view *ret_text);
tg_err tg_store_card_latest(const struct tg_rtxn *txn, const uint8_t node[static 32], uint64_t *ret_serial,
                            struct tg_view *ret_text);
tg_err tg_store_card_by_hash(const struct tg_rtxn *txn, const uint8_t hash[static 32],
                             uint8_t ret_node[static 32], uint64_t *ret_serial, struct tg_view *ret_text);

/* ---- the access log: append only ---- */

/* Numbered densely from 0, whatever the clock does. value ≤ TG_STORE_ACCESS_BYTES_MAX. */
tg_err tg_store_access_append(struct tg_wtxn *txn, int64_t time_ms, struct tg_view value,
                              uint64_t *ret_number);
/* The number that the next entry will have. */
tg_err tg_store_access_end(const struct tg_rtxn *txn, uint64_t *ret_number);
/* The view lives as long as the transaction. TG_ENOENT. */
tg_err tg_store_access_get(const struct tg_rtxn *txn, uint64_t number, int64_t *ret_time_ms,
                           struct tg_view *ret_value);

/* ---- scans ---- */

/* Walks one table in key order. Begin with one of tg_store_scan_*, call the matching _next until it
 * answers TG_ENOENT, release before the transaction ends. A zero-initialised scan may be released. */
struct tg_store_scan {
    void *cursor;
    uint8_t prefix[40];
    uint8_t prefix_bytes;
    uint8_t table;
    bool ahead; /* the cursor already stands on the next row */
};
void tg_store_scan_release(struct tg_store_scan *scan);
TG_AUTO_DEFINE(tg_store_scan, tg_store_scan_release)

/* Entries, early entries, bytes by place: of one log, from index on. */
tg_err tg_store_scan_entries(const struct tg_rtxn *txn, uint32_t log, uint64_t from_index,
                             struct tg_store_scan *ret_scan);
tg_err tg_store_scan_early(const struct tg_rtxn *txn, uint32_t log, uint64_t from_index,
                           struct tg_store_scan *ret_scan);
tg_err tg_store_entry_next(struct tg_store_scan *scan, uint64_t *ret_index, struct tg_store_entry *ret_entry);
tg_err tg_store_scan_place(const struct tg_rtxn *txn, enum tg_store_place table, uint32_t log,
                           uint64_t from_index, struct tg_store_scan *ret_scan);
tg_err tg_store_place_next(struct tg_store_scan *scan, uint64_t *ret_index, struct tg_view *ret_value);
/* Envelopes of one log that have this recipient, from index on. */
tg_err tg_store_scan_recipient(const struct tg_rtxn *txn, const uint8_t node[static 32], uint32_t log,
                               uint64_t from_index, struct tg_store_scan *ret_scan);
tg_err tg_store_recipient_next(struct tg_store_scan *scan, uint64_t *ret_index, uint8_t *ret_slot);
/* Cosignatures or receipts of one log, by node. */
tg_err tg_store_scan_by(const struct tg_rtxn *txn, enum tg_store_by table, uint32_t log,
                        struct tg_store_scan *ret_scan);
tg_err tg_store_by_next(struct tg_store_scan *scan, uint8_t ret_node[static 32], struct tg_view *ret_value);
/* All of a table by name; all of a table by number, from number on. */
tg_err tg_store_scan_named(const struct tg_rtxn *txn, enum tg_store_named table,
                           struct tg_store_scan *ret_scan);
tg_err tg_store_named_next(struct tg_store_scan *scan, struct tg_view *ret_name, struct tg_view *ret_value);
tg_err tg_store_scan_numbered(const struct tg_rtxn *txn, enum tg_store_numbered table, uint64_t from_number,
                              struct tg_store_scan *ret_scan);
tg_err tg_store_numbered_next(struct tg_store_scan *scan, uint64_t *ret_number, struct tg_view *ret_value);
/* Cards of all nodes, or (node not NULL) of one, by node and serial. */
tg_err tg_store_scan_cards(const struct tg_rtxn *txn, const uint8_t *node, struct tg_store_scan *ret_scan);
tg_err tg_store_card_next(struct tg_store_scan *scan, uint8_t ret_node[static 32], uint64_t *ret_serial,
                          struct tg_view *ret_text);

#endif
