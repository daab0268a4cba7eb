/* Entries of a log, early entries, and cards.
 * Knows where the parts of an entry stand, not what they say.
 * Layout: docs/formats-store.md.
 */
#include "store/internal.h"

/* state u8 ‖ flags u8 ‖ leaf 33 [‖ manifest 256 ‖ signature 64 ‖ slots u16 ‖ slots × 33 ‖ stanzas] */
enum {
    FLAG_ENVELOPE = 1,
    BARE_BYTES = 2 + TG_STORE_LEAF_BYTES,
    SEALED_BYTES_MIN = BARE_BYTES + TG_MANIFEST_BYTES + TG_SIGNATURE_BYTES + 2,
};

/* ---- slots ---- */

struct tg_store_slot tg_store_slots_at(struct tg_view slots, size_t i)
{
    struct tg_store_slot slot;
    const uint8_t *at = slots.data + i * TG_STORE_SLOT_BYTES;
    memcpy(slot.node, at, TG_STORE_NODE_BYTES);
    slot.slot = at[TG_STORE_NODE_BYTES];
    return slot;
}

tg_err tg_store_slots_encode(const struct tg_store_slot *slots, size_t count, struct tg_buf *out)
{
    if (count > TG_STANZAS_MAX) return TG_ELIMIT;
    tg_err err = tg_buf_reserve(out, count * TG_STORE_SLOT_BYTES);
    for (size_t i = 0; i < count && !err; i++) {
        err = tg_buf_put(out, slots[i].node, TG_STORE_NODE_BYTES);
        if (!err) err = tg_buf_put(out, &slots[i].slot, 1);
    }
    return err;
}

tg_err tg_store_slots_find(struct tg_view slots, const uint8_t node[static 32], uint8_t *ret_slot)
{
    for (size_t i = 0; i < tg_store_slots_count(slots); i++) {
        const uint8_t *at = slots.data + i * TG_STORE_SLOT_BYTES;
        if (memcmp(at, node, TG_STORE_NODE_BYTES) != 0) continue;
        *ret_slot = at[TG_STORE_NODE_BYTES];
        return TG_OK;
    }
    return TG_ENOENT;
}

/* ---- one entry's bytes ---- */

static tg_err entry_bytes(const struct tg_store_entry *entry, size_t *ret_bytes)
{
    *ret_bytes = BARE_BYTES;
    if (!entry->leaf) return TG_EUSAGE;
    if (!entry->has_envelope) return TG_OK;
    if (!entry->manifest || !entry->signature || entry->slots.bytes % TG_STORE_SLOT_BYTES) return TG_EUSAGE;
    if (tg_store_slots_count(entry->slots) > TG_STANZAS_MAX ||
        entry->stanzas.bytes > (size_t)TG_STANZAS_MAX * TG_STANZA_BYTES)
        return TG_ELIMIT;
    *ret_bytes = SEALED_BYTES_MIN + entry->slots.bytes + entry->stanzas.bytes;
    return TG_OK;
}

static void entry_encode(const struct tg_store_entry *entry, uint8_t *out, size_t bytes)
{
    struct tg_wr wr = tg_wr_init(out, bytes);
    tg_wr_u8(&wr, entry->state);
    tg_wr_u8(&wr, entry->has_envelope ? FLAG_ENVELOPE : 0);
    tg_wr_put(&wr, entry->leaf, TG_STORE_LEAF_BYTES);
    if (!entry->has_envelope) return;
    tg_wr_put(&wr, entry->manifest, TG_MANIFEST_BYTES);
    tg_wr_put(&wr, entry->signature, TG_SIGNATURE_BYTES);
    tg_wr_u16(&wr, (uint16_t)tg_store_slots_count(entry->slots));
    if (entry->slots.bytes) tg_wr_view(&wr, entry->slots);
    if (entry->stanzas.bytes) tg_wr_view(&wr, entry->stanzas);
}

static tg_err entry_decode(struct tg_view value, struct tg_store_entry *ret_entry)
{
    struct tg_store_entry entry = {0};
    struct tg_rd rd = tg_rd_init(value);
    entry.state = tg_rd_u8(&rd);
    uint8_t flags = tg_rd_u8(&rd);
    entry.leaf = tg_rd_view(&rd, TG_STORE_LEAF_BYTES).data;
    entry.has_envelope = flags & FLAG_ENVELOPE;
    if (entry.has_envelope) {
        entry.manifest = tg_rd_view(&rd, TG_MANIFEST_BYTES).data;
        entry.signature = tg_rd_view(&rd, TG_SIGNATURE_BYTES).data;
        uint16_t slots = tg_rd_u16(&rd);
        entry.slots = tg_rd_view(&rd, (size_t)slots * TG_STORE_SLOT_BYTES);
        entry.stanzas = tg_rd_view(&rd, rd.left);
    }
    if ((flags & ~FLAG_ENVELOPE) || tg_rd_end(&rd)) return TG_EDAMAGED;
    *ret_entry = entry;
    return TG_OK;
}

static struct tg_view key_place(struct tg_key *key, uint32_t log, uint64_t index)
{
    struct tg_wr *wr = tg_key_init(key);
    tg_wr_u32(wr, log);
    tg_wr_u64(wr, index);
    return tg_key_view(key);
}

/* From a copy: the caller's pointers may be views of the very row that is rewritten. */
static tg_err entry_write(struct tg_wtxn *txn, enum tg_log_table table, uint32_t log, uint64_t index,
                          const struct tg_store_entry *entry)
{
    size_t bytes = 0;
    tg_err err = entry_bytes(entry, &bytes);
    if (err) return err;
    TG_AUTO(tg_buf) struct tg_buf copy = {0};
    err = tg_buf_reserve(&copy, bytes);
    if (err) return err;
    entry_encode(entry, copy.data, bytes);
    struct tg_key key;
    return tg_row_put(txn, table, key_place(&key, log, index), tg_view_of(copy.data, bytes), 0);
}

static tg_err entry_read(const struct tg_rtxn *txn, enum tg_log_table table, uint32_t log, uint64_t index,
                         struct tg_store_entry *ret_entry)
{
    struct tg_key key;
    struct tg_view value;
    tg_err err = tg_row_get(txn, table, key_place(&key, log, index), &value);
    return err ? err : entry_decode(value, ret_entry);
}

/* ---- entries ---- */

tg_err tg_store_entry_append(struct tg_wtxn *txn, uint32_t log, uint64_t index,
                             const struct tg_store_entry *entry)
{
    uint64_t held = 0;
    tg_err err = tg_store_log_held(&txn->read, log, &held);
    if (err) return err;
    if (index != held) return TG_EPOSITION;
    return entry_write(txn, TG_LOG_ENTRY, log, index, entry);
}

tg_err tg_store_entry_replace(struct tg_wtxn *txn, uint32_t log, uint64_t index,
                              const struct tg_store_entry *entry)
{
    struct tg_store_entry held;
    tg_err err = entry_read(&txn->read, TG_LOG_ENTRY, log, index, &held);
    if (err) return err;
    if (!entry->leaf) return TG_EUSAGE;
    if (memcmp(held.leaf, entry->leaf, TG_STORE_LEAF_BYTES) != 0) return TG_EHASH;
    return entry_write(txn, TG_LOG_ENTRY, log, index, entry);
}

tg_err tg_store_entry_state(struct tg_wtxn *txn, uint32_t log, uint64_t index, uint8_t state)
{
    struct tg_store_entry entry;
    tg_err err = entry_read(&txn->read, TG_LOG_ENTRY, log, index, &entry);
    if (err || entry.state == state) return err;
    entry.state = state;
    return entry_write(txn, TG_LOG_ENTRY, log, index, &entry);
}

tg_err tg_store_entry_get(const struct tg_rtxn *txn, uint32_t log, uint64_t index,
                          struct tg_store_entry *ret_entry)
{
    return entry_read(txn, TG_LOG_ENTRY, log, index, ret_entry);
}

tg_err tg_store_early_put(struct tg_wtxn *txn, uint32_t log, uint64_t index,
                          const struct tg_store_entry *entry)
{
    return entry_write(txn, TG_LOG_EARLY, log, index, entry);
}

tg_err tg_store_early_get(const struct tg_rtxn *txn, uint32_t log, uint64_t index,
                          struct tg_store_entry *ret_entry)
{
    return entry_read(txn, TG_LOG_EARLY, log, index, ret_entry);
}

tg_err tg_store_early_del(struct tg_wtxn *txn, uint32_t log, uint64_t index)
{
    struct tg_key key;
    return tg_row_del(txn, TG_LOG_EARLY, key_place(&key, log, index));
}

static tg_err scan_entries(const struct tg_rtxn *txn, enum tg_log_table table, uint32_t log,
                           uint64_t from_index, struct tg_store_scan *ret_scan)
{
    struct tg_key key;
    return tg_scan_begin(txn, table, key_place(&key, log, from_index), 4, ret_scan);
}

tg_err tg_store_scan_entries(const struct tg_rtxn *txn, uint32_t log, uint64_t from_index,
                             struct tg_store_scan *ret_scan)
{
    return scan_entries(txn, TG_LOG_ENTRY, log, from_index, ret_scan);
}

tg_err tg_store_scan_early(const struct tg_rtxn *txn, uint32_t log, uint64_t from_index,
                           struct tg_store_scan *ret_scan)
{
    return scan_entries(txn, TG_LOG_EARLY, log, from_index, ret_scan);
}

tg_err tg_store_entry_next(struct tg_store_scan *scan, uint64_t *ret_index, struct tg_store_entry *ret_entry)
{
    if (scan->table != TG_LOG_ENTRY && scan->table != TG_LOG_EARLY) return TG_EUSAGE;
    struct tg_view key, value;
    tg_err err = tg_scan_next_any(scan, &key, &value);
    if (err) return err;
    if (key.bytes != 12) return TG_EDAMAGED;
    uint64_t index = tg_be64_get(key.data + 4);
    err = entry_decode(value, ret_entry);
    if (!err) *ret_index = index;
    return err;
}

/* ---- cards ---- */

static struct tg_view key_card(struct tg_key *key, const uint8_t node[static 32], uint64_t serial)
{
    struct tg_wr *wr = tg_key_init(key);
    tg_wr_put(wr, node, 32);
    tg_wr_u64(wr, serial);
    return tg_key_view(key);
}

static tg_err card_text(struct tg_view value, struct tg_view *ret_text)
{
    if (value.bytes < 32) return TG_EDAMAGED;
    *ret_text = tg_view_of(value.data + 32, value.bytes - 32);
    return TG_OK;
}

/* TG_OK: new; TG_EEXIST with *ret_same: the same card is there. */
static tg_err card_is_new(struct tg_wtxn *txn, struct tg_view key, const uint8_t hash[static 32],
                          struct tg_view text, bool *ret_same)
{
    struct tg_view held;
    tg_err err = tg_row_get(&txn->read, TG_LOG_CARD, key, &held);
    if (err == TG_ENOENT) return TG_OK;
    if (err) return err;
    *ret_same = held.bytes == 32 + text.bytes && memcmp(held.data, hash, 32) == 0 &&
                tg_view_equal(tg_view_of(held.data + 32, text.bytes), text);
    return TG_EEXIST;
}

tg_err tg_store_card_put(struct tg_wtxn *txn, const uint8_t node[static 32], uint64_t serial,
                         const uint8_t hash[static 32], struct tg_view text)
{
    if (text.bytes > TG_NOTE_BYTES_MAX) return TG_ELIMIT;
    struct tg_key by_serial;
    struct tg_view key = key_card(&by_serial, node, serial);
    bool same = false;
    tg_err err = card_is_new(txn, key, hash, text, &same);
    if (err) return same ? TG_OK : err;
    err = tg_row_put(txn, TG_LOG_CARDHASH, tg_view_of(hash, 32), key, MDB_NOOVERWRITE);
    if (err) return err;
    return tg_row_put_joined(txn, TG_LOG_CARD, key, tg_view_of(hash, 32), text, 0);
}

tg_err tg_store_card_get(const struct tg_rtxn *txn, const uint8_t node[static 32], uint64_t serial,
                         struct tg_view *ret_text)
{
    struct tg_key key;
    struct tg_view value;
    tg_err err = tg_row_get(txn, TG_LOG_CARD, key_card(&key, node, serial), &value);
    return err ? err : card_text(value, ret_text);
}

tg_err tg_store_card_latest(const struct tg_rtxn *txn, const uint8_t node[static 32], uint64_t *ret_serial,
                            struct tg_view *ret_text)
{
    struct tg_view key, value;
    tg_err err = tg_row_last(txn, TG_LOG_CARD, tg_view_of(node, 32), &key, &value);
    if (err) return err;
    if (key.bytes != 40) return TG_EDAMAGED;
    err = card_text(value, ret_text);
    if (!err) *ret_serial = tg_be64_get(key.data + 32);
    return err;
}

tg_err tg_store_card_by_hash(const struct tg_rtxn *txn, const uint8_t hash[static 32],
                             uint8_t ret_node[static 32], uint64_t *ret_serial, struct tg_view *ret_text)
{
    struct tg_view where;
    tg_err err = tg_row_get(txn, TG_LOG_CARDHASH, tg_view_of(hash, 32), &where);
    if (err) return err;
    if (where.bytes != 40) return TG_EDAMAGED;
    err = tg_store_card_get(txn, where.data, tg_be64_get(where.data + 32), ret_text);
    if (err) return err == TG_ENOENT ? TG_EDAMAGED : err;
    memcpy(ret_node, where.data, 32);
    *ret_serial = tg_be64_get(where.data + 32);
    return TG_OK;
}

tg_err tg_store_scan_cards(const struct tg_rtxn *txn, const uint8_t *node, struct tg_store_scan *ret_scan)
{
    struct tg_view prefix = tg_view_of(node, node ? 32 : 0);
    return tg_scan_begin(txn, TG_LOG_CARD, prefix, prefix.bytes, ret_scan);
}

tg_err tg_store_card_next(struct tg_store_scan *scan, uint8_t ret_node[static 32], uint64_t *ret_serial,
                          struct tg_view *ret_text)
{
    struct tg_view key, value;
    tg_err err = tg_scan_next(scan, TG_LOG_CARD, &key, &value);
    if (err) return err;
    if (key.bytes != 40) return TG_EDAMAGED;
    err = card_text(value, ret_text);
    if (err) return err;
    memcpy(ret_node, key.data, 32);
    *ret_serial = tg_be64_get(key.data + 32);
    return TG_OK;
}
