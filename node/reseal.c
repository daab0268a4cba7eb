/* Keys sealed anew: who may have one, and what becomes of one that came.
 *
 * Asks nobody: node/sync_reseal.c does. A withdrawn record's key is given to nobody: it is not here any more.
 */
#include "node/reseal.h"

#include <stdlib.h>

#include "node/heads.h"
#include "proto/reseal.h"

/* ---- giving ---- */

static bool may_read(struct tg_node *node, struct tg_held_log *log, uint64_t index,
                     const struct tg_hash *peer)
{
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    if (tg_hash_equal(peer, &log->id.origin)) return true;
    if (tg_lookup_audience(node, log, index, ids, &count, NULL)) return false;
    for (size_t i = 0; i < count; i++)
        if (tg_hash_equal(&ids[i], peer)) return true;
#ifdef TG_CONTROL_NO_RESEAL_AUDIENCE
    return true;
#endif
    return false;
}

static tg_err held_key(struct tg_node *node, const struct tg_held_log *log, uint64_t index,
                       struct tg_manifest *ret_manifest, struct tg_keymat *ret_keymat)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_store_entry entry;
    struct tg_view wrapped;
    int64_t stored_ms = 0;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (!err) err = tg_store_entry_get(txn, log->number, index, &entry);
    if (!err && !entry.has_envelope) err = TG_ENOENT;
    if (!err) err = tg_manifest_parse(tg_view_of(entry.manifest, TG_MANIFEST_BYTES), ret_manifest, NULL);
    if (!err) err = tg_lookup_key(txn, log->number, index, &stored_ms, &wrapped);
    return err ? err : tg_vault_unwrap(node->vault, &ret_manifest->where, wrapped, ret_keymat);
}

tg_err tg_reseal_give(struct tg_node *node, const struct tg_envelope_ref *ref, const struct tg_hash *peer,
                      struct tg_buf *out)
{
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
    TG_AUTO_FREE struct tg_hash *hashes = NULL;
    struct tg_held_log *log = tg_held_find(node, &ref->log);
    const struct tg_peer *to = tg_trust_find(node, peer);
    struct tg_manifest manifest;
    struct tg_node_id recipient;
    if (!log || !log->numbered || !to) return TG_ENOENT;
    tg_err err = held_key(node, log, ref->index, &manifest, &keymat);
    if (err) return TG_ENOENT;
    if (!may_read(node, log, ref->index, peer)) return TG_EAUDIENCE;
    if (!keymat.whole) {
        size_t count = 0;
        hashes = calloc(TG_BATCH_RECORDS_MAX, sizeof *hashes);
        if (!hashes) return TG_ENOMEM;
        err = tg_heads_record_hashes(node, log, ref->index, hashes, TG_BATCH_RECORDS_MAX, &count, NULL);
        if (err || count != manifest.record_count) return TG_ENOENT;
    }
    memcpy(recipient.bytes, peer->bytes, sizeof recipient.bytes);
    return tg_reseal_make(&manifest, &keymat, hashes, &recipient, &to->card->seal, node->random, out);
}

/* ---- taking ---- */

tg_err tg_reseal_load(struct tg_node *node, struct tg_work *work)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_store_entry entry;
    struct tg_view body = {0};
    tg_err err = work->log->numbered ? tg_store_read_begin(node->store, &txn, NULL) : TG_ENOENT;
    if (!err) err = tg_store_entry_get(txn, work->log->number, work->index, &entry);
    if (err) return err;
    if (!entry.has_envelope) return TG_ENOENT;
    bool closed =
        entry.state == TG_ENTRY_REFUSED + TG_ESTANZA || (work->log->own && entry.state == TG_ENTRY_SEALED);
    if (!closed) return TG_EEXIST;
    err = tg_store_place_get(txn, TG_PLACE_BODY, work->log->number, work->index, &body);
    if (!err) err = tg_buf_put(&work->bytes, entry.manifest, TG_MANIFEST_BYTES);
    if (!err) err = tg_buf_put(&work->bytes, entry.signature, TG_SIGNATURE_BYTES);
    if (!err) err = tg_buf_put_view(&work->bytes, entry.stanzas);
    if (!err) err = tg_buf_put_view(&work->bytes, body);
    memcpy(work->leaf, entry.leaf, sizeof work->leaf);
    for (size_t i = 0; !err && i < tg_store_slots_count(entry.slots) && i < TG_STANZAS_MAX; i++)
        work->slots[work->slot_count++] = tg_store_slots_at(entry.slots, i);
    return err ? err : tg_envelope_parse(tg_buf_view(&work->bytes), &work->envelope, &work->em);
}

/* Records that were erased where the key came from are erased here. */
static tg_err holes_take(struct tg_work *work, struct tg_resealed *resealed)
{
    if (!resealed->hashes) return TG_OK;
    free(work->withdrawn);
    work->withdrawn = calloc(work->batch.record_count + 1, sizeof *work->withdrawn);
    if (!work->withdrawn) return TG_ENOMEM;
    for (size_t i = 0; i < work->batch.record_count; i++)
        if (!work->batch.records[i].data) work->withdrawn[work->withdrawn_count++] = (uint32_t)i + 1;
    work->record_hashes = resealed->hashes;
    resealed->hashes = NULL;
    return TG_OK;
}

/* Of our own the audience block says to whom it went; in which stanza is not known of those who did not send it. */
static void audience_take(struct tg_work *work)
{
    for (size_t i = 0; work->log->own && i < work->batch.audience_count; i++) {
        const uint8_t *id = work->batch.audience[i].bytes;
        bool there = false;
        for (size_t k = 0; k < work->slot_count; k++)
            there = there || memcmp(work->slots[k].node, id, sizeof work->slots[k].node) == 0;
        if (there || work->slot_count == TG_STANZAS_MAX) continue;
        struct tg_store_slot *slot = &work->slots[work->slot_count++];
        memcpy(slot->node, id, sizeof slot->node);
        slot->slot = TG_STORE_SLOT_UNKNOWN;
    }
}

void tg_reseal_prepare(struct tg_node *node, struct tg_work *work)
{
    TG_AUTO(tg_resealed) struct tg_resealed resealed = {0};
    struct tg_node_id reader;
    work->result = tg_reseal_load(node, work);
    if (work->result) return;
    memcpy(reader.bytes, node->id.bytes, sizeof reader.bytes);
    tg_arena_init(&work->arena, work->envelope.body.bytes * 2 + (size_t)TG_BATCH_RECORDS_MAX * 256 + 65536);
    tg_err err = tg_reseal_open(&work->envelope, node->vault, &reader, tg_buf_view(&work->note), &work->arena,
                                &resealed, &work->em);
    if (!err) {
        work->batch = resealed.batch;
        resealed.batch = (struct tg_batch){0};
        err = holes_take(work, &resealed);
    }
    if (!err) err = tg_work_wrap(node, work, &resealed.keymat);
    if (!err) audience_take(work);
    work->result = err;
    work->opened = !err;
    work->state = TG_ENTRY_READ;
}

tg_err tg_reseal_write(struct tg_group *group, struct tg_wtxn *txn, struct tg_work *work)
{
    tg_err err = TG_OK;
    struct tg_stage *stage = tg_group_stage(group, txn, work->log, &err);
    if (!stage) return err;
    TG_AUTO(tg_buf) struct tg_buf slots = {0};
    err = tg_store_slots_encode(work->slots, work->slot_count, &slots);
    const struct tg_store_entry entry = {
        .state = TG_ENTRY_READ,
        .has_envelope = true,
        .leaf = work->leaf,
        .manifest = work->envelope.head.data,
        .signature = work->envelope.head.data + TG_MANIFEST_BYTES,
        .slots = tg_buf_view(&slots),
        .stanzas = work->envelope.stanzas,
    };
    if (!err) err = tg_store_entry_replace(txn, stage->number, work->index, &entry);
    return err ? err : tg_work_put_envelope(group->node, txn, stage, work);
}
