/* Others' leaves and envelopes: verified before they are stored, opened when they are for us.
 *
 * What does not open or is not understood is kept and receipted as refused; it never stops the log.
 */
#include <stdlib.h>

#include "node/attests.h"
#include "node/cards.h"
#include "node/commit.h"
#include "node/epochs.h"
#include "node/heads.h"
#include "node/missing.h"
#include "node/relay.h"

static tg_err card_cited(struct tg_node *node, const struct tg_card *card, const struct tg_hash *hash)
{
    if (tg_hash_equal(&card->text_hash, hash)) return TG_OK;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_hash by;
    uint64_t serial;
    struct tg_view text;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (!err) err = tg_store_card_by_hash(txn, hash->bytes, by.bytes, &serial, &text);
    bool theirs = !err && memcmp(by.bytes, card->node.bytes, sizeof by.bytes) == 0;
    return theirs ? TG_OK : TG_EKEY;
}

/* What stands in it in clear is for everyone who follows the log; a kind of statement that is not known is kept. A card
 * proves itself, and may be the one that this very entry is signed by. */
static void open_control(struct tg_node *node, struct tg_work *work)
{
    work->slot_count = 0;
    tg_arena_init(&work->arena, work->envelope.body.bytes * 2 + (size_t)TG_BATCH_RECORDS_MAX * 256 + 65536);
    tg_err err = tg_envelope_open_control(&work->envelope, &work->arena, &work->batch, &work->em);
    work->state = err ? (uint8_t)(TG_ENTRY_REFUSED + err) : TG_ENTRY_CONTROL;
    if (!err) tg_cards_learn(node, &work->log_id.origin, &work->batch);
    if (!err) tg_epochs_learn(node, &work->log_id.origin, &work->batch);
}

/* Everything that public keys can say. */
static tg_err verify(struct tg_node *node, struct tg_work *work)
{
    if (!tg_trust_card(node, &work->log_id.origin))
        return tg_fail(&work->em, TG_EKEY, "no card of the origin is known");
    tg_err err = tg_envelope_parse(tg_buf_view(&work->bytes), &work->envelope, &work->em);
    if (err) return err;
    if (work->envelope.manifest.control) open_control(node, work);
    err = tg_epochs_entry_check(node, &work->log_id, work->index,
                                work->state == TG_ENTRY_CONTROL ? &work->batch : NULL, &work->em);
    if (err) return err;
    const struct tg_card *card = tg_trust_card(node, &work->log_id.origin);
    struct tg_position expected = {.epoch = work->log_id.epoch, .index = work->index};
    memcpy(expected.origin.bytes, work->log_id.origin.bytes, sizeof expected.origin.bytes);
    const struct tg_manifest *manifest = &work->envelope.manifest;
    const struct tg_card_key *key =
        tg_attests_key(node, card, manifest->envelope_key_id, &work->log_id, expected.index);
    if (!key)
        return tg_fail(
            &work->em, TG_EKEY,
            "the origin's card lists no such envelope key for this position, and nothing attests it");
    err = tg_envelope_verify(&work->envelope, &expected, &key->key, &work->em);
    /* What is ours is known by its leaf, under a head that we signed, also when an older card of ours is cited that was
     * lost with the disk. */
    bool ours = tg_hash_equal(&work->log_id.origin, &node->id);
    if (!err && !ours && card_cited(node, card, &manifest->card_hash))
        err = tg_fail(&work->em, TG_EKEY,
                      "the envelope cites a card that is not known here; get the origin's newest card");
    return err;
}

tg_err tg_work_wrap(struct tg_node *node, struct tg_work *work, struct tg_keymat *keymat)
{
    tg_err err = tg_withdraw_before_keeping(node, work, keymat);
    if (!err) err = tg_lookup_key_begin(&work->wrapped, tg_clock_wall_ms(node->clock));
    if (err) return err;
    return tg_vault_wrap(node->vault, &work->envelope.manifest.where, keymat, node->random, &work->wrapped);
}

static uint32_t slot_of(const struct tg_work *work, const struct tg_hash *id)
{
    for (size_t i = 0; i < work->slot_count; i++)
        if (memcmp(work->slots[i].node, id->bytes, sizeof work->slots[i].node) == 0)
            return work->slots[i].slot;
    return TG_SLOT_ANY;
}

/* Slots are said by whoever serves it and signed by nobody: where the one named for us does not open, all are tried. */
static tg_err open_stanza(struct tg_node *node, struct tg_work *work, uint32_t slot)
{
    struct tg_node_id reader;
    memcpy(reader.bytes, node->id.bytes, sizeof reader.bytes);
    tg_arena_init(&work->arena, work->envelope.body.bytes * 2 + (size_t)TG_BATCH_RECORDS_MAX * 256 + 65536);
    tg_err err =
        tg_envelope_open(&work->envelope, node->vault, &reader, slot, &work->arena, &work->batch, &work->em);
    if (err != TG_ESTANZA || slot == TG_SLOT_ANY) return err;
    tg_batch_release(&work->batch);
    tg_arena_clear(&work->arena);
    return tg_envelope_open(&work->envelope, node->vault, &reader, TG_SLOT_ANY, &work->arena, &work->batch,
                            &work->em);
}

/* Opens it when it is ours. A failure is the envelope's, not the log's. */
static void open_ours(struct tg_node *node, struct tg_work *work)
{
    work->state = TG_ENTRY_SEALED;
    uint32_t slot = slot_of(work, &node->id);
    /* What we carry for others, and what we have sealed ourselves and get back, has no stanza of ours. */
    bool ours = tg_hash_equal(&work->log_id.origin, &node->id);
    bool without = ours || tg_relay_is(node, &work->log_id.origin, &node->id);
    if (slot == TG_SLOT_ANY && without) return;
    tg_err err = open_stanza(node, work, slot);
    if (err == TG_ESTANZA && slot == TG_SLOT_ANY) {
        /* An origin that got its log back from others no longer knows which stanza is whose. */
        if (!tg_hash_equal(&work->sender, &work->log_id.origin))
            work->result =
                tg_fail(&work->em, TG_EAUDIENCE, "it is not sealed to us, and we are no relay of its origin");
        return;
    }
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
    if (!err) tg_keymat_init_whole(&keymat, &work->batch.ck);
    if (!err) err = tg_work_wrap(node, work, &keymat);
    work->opened = !err;
    work->state = err ? (uint8_t)(TG_ENTRY_REFUSED + err) : TG_ENTRY_READ;
}

void tg_foreign_prepare(struct tg_node *node, struct tg_work *work)
{
    work->result = verify(node, work);
    if (work->result) return;
    tg_envelope_leaf(work->envelope.head, work->leaf);
    for (size_t i = 0; i < work->slot_count; i++) {
        if (work->slots[i].slot < work->envelope.manifest.stanza_count) continue;
        work->result = tg_fail(&work->em, TG_EVALUE, "a slot is named that the envelope does not have");
        return;
    }
    if (!work->envelope.manifest.control) open_ours(node, work);
}

/* An early envelope that its leaf has reached, copied out of the pages that are about to be written. */
struct early {
    struct tg_buf storage;
    struct tg_store_entry entry;
    bool found;
};

static tg_err early_take(struct tg_wtxn *txn, uint32_t number, uint64_t index, struct early *ret_early)
{
    struct tg_store_entry view;
    tg_err err = tg_store_early_get(tg_wtxn_read(txn), number, index, &view);
    if (err == TG_ENOENT) return TG_OK;
    struct tg_buf *storage = &ret_early->storage;
    if (!err) err = tg_buf_put(storage, view.leaf, TG_LEAF_BYTES);
    if (!err) err = tg_buf_put(storage, view.manifest, TG_MANIFEST_BYTES);
    if (!err) err = tg_buf_put(storage, view.signature, TG_SIGNATURE_BYTES);
    if (!err) err = tg_buf_put_view(storage, view.slots);
    if (!err) err = tg_buf_put_view(storage, view.stanzas);
    if (err) return err;
    uint8_t *at = storage->data;
    ret_early->entry = view;
    ret_early->entry.leaf = at;
    ret_early->entry.manifest = at + TG_LEAF_BYTES;
    ret_early->entry.signature = at + TG_LEAF_BYTES + TG_MANIFEST_BYTES;
    at += TG_LEAF_BYTES + TG_MANIFEST_BYTES + TG_SIGNATURE_BYTES;
    ret_early->entry.slots.data = at;
    ret_early->entry.stanzas.data = at + view.slots.bytes;
    ret_early->found = true;
    return TG_OK;
}

static tg_err append_leaf(struct tg_stage *stage, struct tg_wtxn *txn, struct tg_work *work,
                          const uint8_t *leaf)
{
    uint64_t index = stage->frontier.size;
    struct early early = {0};
    tg_err err = early_take(txn, stage->number, index, &early);
    struct tg_store_entry bare = {.state = TG_ENTRY_BARE, .leaf = leaf};
    bool same = early.found && memcmp(early.entry.leaf, leaf, TG_LEAF_BYTES) == 0;
    if (!err && early.found && !same) {
        work->forked = true; /* proven when a signed head covers the leaf: tg_forks_early */
        (void)tg_fail(&work->em, TG_EFORK,
                      "an envelope came early for index %llu, and the log now holds another one there",
                      (unsigned long long)index);
    }
    if (!err) err = tg_stage_append(stage, txn, same ? &early.entry : &bare);
    if (!err && same) err = tg_store_early_del(txn, stage->number, index);
    tg_buf_release(&early.storage);
    return err;
}

tg_err tg_foreign_write_leaves(struct tg_group *group, struct tg_wtxn *txn, struct tg_work *work)
{
    tg_err err = TG_OK;
    struct tg_stage *stage = tg_group_stage(group, txn, work->log, &err);
    if (!stage) return err;
    bool moved =
        stage->frontier.size != work->index || (work->log->own && group->node->start != TG_START_QUARANTINE);
    if (moved) {
        work->result = tg_fail(&work->em, TG_EPOSITION, "the log has moved on meanwhile");
        return TG_OK;
    }
    if (work->log->own) err = tg_recover_begin(txn);
    for (size_t at = 0; !err && at < work->bytes.bytes; at += TG_LEAF_BYTES)
        err = append_leaf(stage, txn, work, work->bytes.data + at);
    struct tg_want want = {
        .told = true, .teller = work->sender, .since_ms = tg_clock_wall_ms(group->node->clock)};
    for (size_t i = 0; !err && i < work->wanted_count; i++)
        err = tg_want_put(txn, stage->number, work->wanted[i], &want);
    if (err) return err;
    bool whole = stage->frontier.size == work->size;
    struct tg_store_head head = {.size = work->size, .note = tg_buf_view(&work->note)};
    struct tg_hash root;
    tg_merkle_root(&stage->frontier, &root);
    if (whole) memcpy(head.root, root.bytes, sizeof head.root);
    return tg_store_head_put(txn, stage->number, whole ? TG_HEAD_SIGNED : TG_HEAD_SEEN, &head);
}

static tg_err put_behind_leaf(struct tg_group *group, struct tg_wtxn *txn, struct tg_stage *stage,
                              struct tg_work *work, const struct tg_store_entry *entry)
{
    struct tg_store_entry held;
    tg_err err = tg_store_entry_get(tg_wtxn_read(txn), stage->number, work->index, &held);
    if (err) return err;
    if (held.has_envelope) {
        work->result = TG_EEXIST;
        return TG_OK;
    }
    if (memcmp(held.leaf, work->leaf, TG_LEAF_BYTES) != 0) {
        work->result =
            tg_fail(&work->em, TG_EFORK, "a signed envelope for index %llu is not the one that the log holds",
                    (unsigned long long)work->index);
        return TG_OK;
    }
    err = tg_store_entry_replace(txn, stage->number, work->index, entry);
    return err ? err : tg_work_put_envelope(group->node, txn, stage, work);
}

tg_err tg_foreign_write_envelope(struct tg_group *group, struct tg_wtxn *txn, struct tg_work *work)
{
    tg_err err = TG_OK;
    struct tg_stage *stage = tg_group_stage(group, txn, work->log, &err);
    if (!stage) return err;
    TG_AUTO(tg_buf) struct tg_buf slots = {0};
    err = tg_store_slots_encode(work->slots, work->slot_count, &slots);
    if (err) return err;
    struct tg_store_entry entry = {
        .state = work->state,
        .has_envelope = true,
        .leaf = work->leaf,
        .manifest = work->envelope.head.data,
        .signature = work->envelope.head.data + TG_MANIFEST_BYTES,
        .slots = tg_buf_view(&slots),
        .stanzas = work->envelope.stanzas,
    };
    work->early = work->index >= stage->frontier.size;
    /* The one before it that was sealed to us: if it is not here, somebody withholds it or it was lost. */
    bool chained = work->opened && work->batch.previous < work->index;
#ifdef TG_CONTROL_NO_WANTED
    chained = false;
#endif
    struct tg_want want = {
        .chained = true, .by = work->index, .since_ms = tg_clock_wall_ms(group->node->clock)};
    if (chained) err = tg_want_put(txn, stage->number, work->batch.previous, &want);
    if (err) return err;
    if (!work->early) return put_behind_leaf(group, txn, stage, work, &entry);
    struct tg_store_entry held;
    if (!tg_store_early_get(tg_wtxn_read(txn), stage->number, work->index, &held)) {
        work->result = TG_EEXIST;
        return TG_OK;
    }
    err = tg_store_early_put(txn, stage->number, work->index, &entry);
    return err ? err : tg_work_put_envelope(group->node, txn, stage, work);
}
