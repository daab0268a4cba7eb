/* What the sync engine may ask of its node, answered from the store and from memory.
 *
 * Reads only. Each answer is one short read transaction.
 */
#include "node/engine.h"

#include "node/cards.h"
#include "node/epochs.h"
#include "node/forks.h"
#include "node/heads.h"
#include "node/receipts.h"
#include "node/relay.h"
#include "node/reseal.h"
#include "node/witness.h"

static size_t ops_peers_list(void *ctx, struct tg_hash *ret_ids, size_t max)
{
    struct tg_node *node = ctx;
    size_t count = node->peer_count < max ? node->peer_count : max;
    for (size_t i = 0; i < count; i++) ret_ids[i] = node->peers[i]->id;
    return count;
}

static size_t ops_logs_list(void *ctx, struct tg_log_id *ret_logs, size_t max)
{
    struct tg_node *node = ctx;
    size_t count = node->log_count < max ? node->log_count : max;
    for (size_t i = 0; i < count; i++) ret_logs[i] = node->logs[i]->id;
    return count;
}

static tg_err ops_log_state(void *ctx, const struct tg_log_id *id, struct tg_log_state *ret_state)
{
    struct tg_held_log *log = tg_held_find(ctx, id);
    *ret_state = (struct tg_log_state){0};
    if (log)
        *ret_state = (struct tg_log_state){
            .size = log->size, .env_upto = log->env_upto, .relay_upto = log->relay_upto, .root = log->root};
    else
        tg_sha256_of(tg_view_of(NULL, 0), &ret_state->root);
    return TG_OK;
}

static tg_err ops_checkpoint_get(void *ctx, const struct tg_log_id *id, struct tg_buf *out)
{
    struct tg_node *node = ctx;
    struct tg_held_log *log = tg_held_find(node, id);
    if (!log || !log->checkpoint.bytes) return TG_ENOENT;
    if (log->own && node->start == TG_START_QUARANTINE) return TG_ENOENT;
    return tg_buf_put_view(out, tg_buf_view(&log->checkpoint));
}

static tg_err ops_checkpoint_verify(void *ctx, const struct tg_log_id *id, struct tg_view note,
                                    uint64_t *ret_size, struct tg_hash *ret_root)
{
    struct tg_checkpoint checkpoint;
    tg_err err = tg_heads_checkpoint_open(ctx, id, note, &checkpoint, NULL);
    if (!err) err = tg_epochs_head_check(ctx, id, &checkpoint, NULL);
    if (err) return err;
    *ret_size = checkpoint.size;
    *ret_root = checkpoint.root;
    return TG_OK;
}

/* A log with a number in the store, and a read transaction. */
struct reading {
    struct tg_held_log *log;
    struct tg_rtxn *txn;
    struct tg_held_tree tree;
};

static tg_err reading_begin(struct tg_node *node, const struct tg_log_id *id, struct reading *ret_reading)
{
    struct tg_held_log *log = tg_held_find(node, id);
    if (!log || !log->numbered) return TG_ENOENT;
    struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (err) return err;
    *ret_reading = (struct reading){.log = log, .txn = txn, .tree = {.txn = txn, .number = log->number}};
    return TG_OK;
}

static tg_err ops_root_at(void *ctx, const struct tg_log_id *id, uint64_t size, struct tg_hash *ret_root)
{
    struct reading reading;
    tg_err err = reading_begin(ctx, id, &reading);
    if (err) return err;
    struct tg_merkle_reader reader = tg_held_tree_reader(&reading.tree);
    err = size <= reading.log->size ? tg_merkle_root_read(&reader, size, ret_root) : TG_EVALUE;
    tg_store_read_end(reading.txn);
    return err;
}

static tg_err ops_leaves_get(void *ctx, const struct tg_log_id *id, uint64_t start, uint32_t count,
                             struct tg_buf *out)
{
    struct reading reading;
    tg_err err = reading_begin(ctx, id, &reading);
    if (err) return err;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    err = tg_store_scan_entries(reading.txn, reading.log->number, start, &scan);
    uint64_t index;
    struct tg_store_entry entry;
    for (uint32_t i = 0; !err && i < count; i++) {
        err = tg_store_entry_next(&scan, &index, &entry);
        if (!err) err = tg_buf_put(out, entry.leaf, TG_STORE_LEAF_BYTES);
    }
    tg_store_scan_release(&scan);
    tg_store_read_end(reading.txn);
    return err;
}

static tg_err ops_consistency_get(void *ctx, const struct tg_log_id *id, uint64_t old_size, uint64_t new_size,
                                  struct tg_buf *out)
{
    struct reading reading;
    tg_err err = reading_begin(ctx, id, &reading);
    if (err) return err;
    struct tg_merkle_reader reader = tg_held_tree_reader(&reading.tree);
    struct tg_merkle_proof proof;
    err = tg_merkle_consistency(&reader, old_size, new_size, &proof);
    tg_store_read_end(reading.txn);
    return err ? err : tg_buf_put(out, proof.path, proof.count * sizeof proof.path[0]);
}

static tg_err ops_leaves_verify(void *ctx, const struct tg_log_id *id, struct tg_view leaves, uint64_t size,
                                const struct tg_hash *root, struct tg_view consistency)
{
    struct tg_held_log *log = tg_held_find(ctx, id);
    struct tg_merkle_frontier frontier = {0};
    if (log) frontier = log->frontier;
    for (size_t at = 0; at < leaves.bytes; at += TG_LEAF_BYTES) {
        struct tg_hash hash;
        tg_merkle_leaf_hash(tg_view_of(leaves.data + at, TG_LEAF_BYTES), &hash);
        tg_err err = tg_merkle_append(&frontier, &hash, NULL, NULL);
        if (err) return err;
    }
    struct tg_merkle_proof proof = {.count = consistency.bytes / TG_HASH_BYTES};
    if (proof.count > TG_MERKLE_LEVELS_MAX) return TG_ELIMIT;
    if (proof.count) memcpy(proof.path, consistency.data, proof.count * TG_HASH_BYTES);
    struct tg_hash reached;
    tg_merkle_root(&frontier, &reached);
    return tg_merkle_consistency_verify(frontier.size, &reached, size, root, &proof);
}

static tg_err recipient_next(const struct reading *reading, const uint8_t recipient[static 32], uint64_t from,
                             uint64_t *ret_index)
{
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    uint8_t slot;
    tg_err err = tg_store_scan_recipient(reading->txn, recipient, reading->log->number, from, &scan);
    if (!err) err = tg_store_recipient_next(&scan, ret_index, &slot);
    return err;
}

/* The origin gets back whatever is held of its log: what was addressed to us, or to one whom we hold it for. */
static tg_err held_next(const struct tg_node *node, const struct reading *reading, uint64_t from,
                        uint64_t *ret_index)
{
    uint64_t index = 0;
    tg_err found = recipient_next(reading, node->id.bytes, from, ret_index);
    for (size_t i = 0; i < node->peer_count; i++) {
        if (recipient_next(reading, node->peers[i]->id.bytes, from, &index)) continue;
        if (found || index < *ret_index) *ret_index = index;
        found = TG_OK;
    }
    return found;
}

/* What is sealed to that peer, or for it to carry or to get back. */
static tg_err sealed_next(struct tg_node *node, const struct reading *reading, const struct tg_hash *peer,
                          uint64_t from, uint64_t *ret_index)
{
    if (tg_hash_equal(peer, &reading->log->id.origin)) return held_next(node, reading, from, ret_index);
    if (tg_relay_serves(node, reading->log, peer))
        return tg_relay_next(reading->txn, reading->log->number, from, ret_index);
    return recipient_next(reading, peer->bytes, from, ret_index);
}

/* That, and what is addressed to everyone. */
static tg_err ops_addressed_next(void *ctx, const struct tg_log_id *id, const struct tg_hash *peer,
                                 uint64_t from, uint64_t *ret_index)
{
    struct reading reading;
    tg_err err = reading_begin(ctx, id, &reading);
    if (err) return err;
    uint64_t sealed = UINT64_MAX, open = UINT64_MAX;
    err = sealed_next(ctx, &reading, peer, from, &sealed);
    if (!err || err == TG_ENOENT) err = recipient_next(&reading, tg_recipient_everyone, from, &open);
    if (err == TG_ENOENT) err = TG_OK;
    tg_store_read_end(reading.txn);
    if (err) return err;
    if (sealed == UINT64_MAX && open == UINT64_MAX) return TG_ENOENT;
    *ret_index = sealed < open ? sealed : open;
    return TG_OK;
}

static uint64_t ops_addressed_newest(void *ctx, const struct tg_log_id *id, const struct tg_hash *peer,
                                     uint64_t upto)
{
    struct reading reading;
    if (reading_begin(ctx, id, &reading)) return 0;
    const uint8_t *const recipients[] = {peer->bytes, tg_recipient_everyone};
    uint64_t newest = 0;
    for (size_t i = 0; i < 2; i++) {
        uint64_t index;
        if (tg_store_chain_get(reading.txn, reading.log->number, recipients[i], &index)) continue;
        /* One that was addressed later is told of later. */
        if (index < upto && index + 1 > newest) newest = index + 1;
    }
    if (tg_relay_serves(ctx, reading.log, peer)) newest = upto < reading.log->size ? upto : reading.log->size;
    tg_store_read_end(reading.txn);
    return newest;
}

static void fill_extra(const struct tg_held_log *log, uint64_t index, const struct tg_store_entry *entry,
                       struct tg_envelope_extra *ret_extra)
{
    size_t slots = tg_store_slots_count(entry->slots);
    for (size_t i = 0; i < slots && i < TG_STANZAS_MAX; i++) {
        struct tg_store_slot slot = tg_store_slots_at(entry->slots, i);
        if (slot.slot == TG_STORE_SLOT_UNKNOWN) continue;
        struct tg_msg_slot *to = &ret_extra->slots[ret_extra->slot_count++];
        memcpy(to->node.bytes, slot.node, sizeof to->node.bytes);
        to->slot = slot.slot;
    }
    for (size_t i = 0; i < log->withdrawn_count && ret_extra->withdrawn_count < TG_BATCH_RECORDS_MAX; i++)
        if (log->withdrawn[i].index == index)
            ret_extra->withdrawn[ret_extra->withdrawn_count++] = log->withdrawn[i].record;
    struct tg_manifest manifest;
    tg_err err = tg_manifest_parse(tg_view_of(entry->manifest, TG_MANIFEST_BYTES), &manifest, NULL);
    ret_extra->precedence = err ? 0 : (uint8_t)manifest.precedence;
}

static tg_err put_envelope(const struct tg_store_entry *entry, struct tg_view body, struct tg_buf *out)
{
    tg_err err = tg_buf_put(out, entry->manifest, TG_MANIFEST_BYTES);
    if (!err) err = tg_buf_put(out, entry->signature, TG_SIGNATURE_BYTES);
    if (!err) err = tg_buf_put_view(out, entry->stanzas);
    return err ? err : tg_buf_put_view(out, body);
}

static tg_err ops_envelope_get(void *ctx, const struct tg_envelope_ref *ref, const struct tg_hash *peer,
                               struct tg_buf *out, struct tg_envelope_extra *ret_extra)
{
    struct reading reading;
    tg_err err = reading_begin(ctx, &ref->log, &reading);
    if (err) return err;
    struct tg_store_entry entry;
    struct tg_view body = {0};
    uint8_t slot;
    if (!tg_hash_equal(peer, &ref->log.origin) && !tg_relay_serves(ctx, reading.log, peer))
        err = tg_store_recipient_get(reading.txn, peer->bytes, reading.log->number, ref->index, &slot);
    if (err == TG_ENOENT)
        err = tg_store_recipient_get(reading.txn, tg_recipient_everyone, reading.log->number, ref->index,
                                     &slot);
    if (!err) err = tg_store_entry_get(reading.txn, reading.log->number, ref->index, &entry);
    if (!err && !entry.has_envelope) err = TG_ENOENT;
    if (!err) err = tg_store_place_get(reading.txn, TG_PLACE_BODY, reading.log->number, ref->index, &body);
    if (!err) err = put_envelope(&entry, body, out);
    if (!err) fill_extra(reading.log, ref->index, &entry, ret_extra);
    tg_store_read_end(reading.txn);
    return err;
}

static bool ops_envelope_held(void *ctx, const struct tg_envelope_ref *ref)
{
    struct reading reading;
    if (reading_begin(ctx, &ref->log, &reading)) return false;
    struct tg_store_entry entry;
    tg_err err = tg_store_entry_get(reading.txn, reading.log->number, ref->index, &entry);
    if (err == TG_ENOENT) err = tg_store_early_get(reading.txn, reading.log->number, ref->index, &entry);
    bool held = !err && entry.has_envelope;
    tg_store_read_end(reading.txn);
    return held;
}

static tg_err ops_wanted_first(void *ctx, const struct tg_log_id *id, uint64_t *ret_index)
{
    struct reading reading;
    tg_err err = reading_begin(ctx, id, &reading);
    if (err) return err;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_view value;
    err = tg_store_scan_place(reading.txn, TG_PLACE_WANTED, reading.log->number, 0, &scan);
    if (!err) err = tg_store_place_next(&scan, ret_index, &value);
    tg_store_scan_release(&scan);
    tg_store_read_end(reading.txn);
    return err;
}

static bool ops_relays(void *ctx, const struct tg_hash *origin, const struct tg_hash *who)
{
    return tg_relay_is(ctx, origin, who);
}

static void ops_card_info(void *ctx, uint64_t *ret_serial, struct tg_hash *ret_hash)
{
    struct tg_node *node = ctx;
    *ret_serial = node->card->serial;
    *ret_hash = node->card->text_hash;
}

static tg_err ops_cosignatures_get(void *ctx, const struct tg_log_id *id, uint64_t size, struct tg_buf *out)
{
    return tg_witness_lines(ctx, id, size, out);
}

static tg_err ops_cosignatures_verify(void *ctx, const struct tg_log_id *id, uint64_t size,
                                      const struct tg_hash *root, struct tg_view lines)
{
    return tg_witness_check(ctx, id, size, root, lines, NULL);
}

static tg_err ops_fork_get(void *ctx, size_t i, struct tg_hash *ret_origin, uint32_t *ret_kind,
                           struct tg_buf *out)
{
    if (i >= tg_forks_count(ctx)) return TG_ENOENT;
    const struct tg_held_fork *held = tg_forks_at(ctx, i);
    memcpy(ret_origin->bytes, held->fork.origin.bytes, sizeof ret_origin->bytes);
    *ret_kind = held->kind;
    return tg_buf_put_view(out, tg_buf_view(&held->evidence));
}

static tg_err ops_fork_verify(void *ctx, uint32_t kind, struct tg_view evidence)
{
    return tg_forks_check(ctx, kind, evidence, NULL);
}

static bool ops_is_frozen(void *ctx, const struct tg_hash *origin)
{
    return tg_forks_frozen(ctx, origin);
}

static bool ops_own_recovers(void *ctx)
{
    const struct tg_node *node = ctx;
    return node->start == TG_START_QUARANTINE && !node->own_forked;
}

static tg_err ops_own_bare_next(void *ctx, const struct tg_log_id *id, uint64_t from, uint64_t *ret_first,
                                uint64_t *ret_end)
{
    const struct tg_held_log *log = tg_held_find(ctx, id);
    struct tg_range run;
    if (!log || !tg_ranges_next(&log->bare, from, &run)) return TG_ENOENT;
    *ret_first = run.first;
    *ret_end = run.last + 1;
    return TG_OK;
}

static uint64_t ops_cards_upto(void *ctx, const struct tg_hash *id)
{
    return tg_cards_upto(ctx, id);
}

static tg_err ops_card_is(void *ctx, const struct tg_hash *id, uint64_t serial, const struct tg_hash *hash)
{
    return tg_cards_is(ctx, id, serial, hash);
}

static tg_err ops_card_next(void *ctx, const struct tg_hash *id, uint64_t *serial, struct tg_buf *out)
{
    return tg_cards_next(ctx, id, serial, out);
}

static uint32_t ops_own_epoch(void *ctx)
{
    const struct tg_node *node = ctx;
    return node->own_epoch;
}

static tg_err ops_epoch_next(void *ctx, const struct tg_hash *id, uint32_t *epoch, struct tg_buf *out)
{
    return tg_epochs_next(ctx, id, epoch, out);
}

static tg_err ops_closed_before(void *ctx, const struct tg_log_id *id, uint64_t below, uint64_t *ret_index)
{
    const struct tg_held_log *log = tg_held_find(ctx, id);
    return log && tg_ranges_before(&log->closed, below, ret_index) ? TG_OK : TG_ENOENT;
}

static tg_err ops_reseal_give(void *ctx, const struct tg_envelope_ref *ref, const struct tg_hash *peer,
                              struct tg_buf *out)
{
    return tg_reseal_give(ctx, ref, peer, out);
}

struct tg_sync_ops tg_engine_ops(struct tg_node *node)
{
    return (struct tg_sync_ops){
        .ctx = node,
        .peers_list = ops_peers_list,
        .logs_list = ops_logs_list,
        .log_state = ops_log_state,
        .checkpoint_get = ops_checkpoint_get,
        .checkpoint_verify = ops_checkpoint_verify,
        .root_at = ops_root_at,
        .leaves_get = ops_leaves_get,
        .consistency_get = ops_consistency_get,
        .leaves_verify = ops_leaves_verify,
        .addressed_next = ops_addressed_next,
        .addressed_newest = ops_addressed_newest,
        .envelope_get = ops_envelope_get,
        .envelope_held = ops_envelope_held,
        .wanted_first = ops_wanted_first,
        .receipt_make = tg_receipts_make,
        .urgent_unreceipted = tg_relay_urgent_unreceipted,
        .card_info = ops_card_info,
        .relays = ops_relays,
        .cosignatures_get = ops_cosignatures_get,
        .cosignatures_verify = ops_cosignatures_verify,
        .fork_get = ops_fork_get,
        .fork_verify = ops_fork_verify,
        .is_frozen = ops_is_frozen,
        .own_recovers = ops_own_recovers,
        .own_bare_next = ops_own_bare_next,
        .cards_upto = ops_cards_upto,
        .card_is = ops_card_is,
        .card_next = ops_card_next,
        .own_epoch = ops_own_epoch,
        .epoch_next = ops_epoch_next,
        .closed_before = ops_closed_before,
        .reseal_give = ops_reseal_give,
    };
}
