/* Our own envelopes: sealed at the next leaf, written, checked again from the disk, marked, signed.
 *
 * Order and reasons: DESIGN §6 as told in ARCHITECTURE.md "The order of a commit".
 */
#include <stdlib.h>

#include "base/file.h"
#include "node/cards.h"
#include "node/commit.h"
#include "node/heads.h"
#include "proto/statement.h"

/* Last index before `index` sealed to that node: by an earlier work of this group, or by the store. */
static tg_err previous_of(struct tg_node *node, const struct tg_group *group, const struct tg_work *work,
                          const struct tg_hash *id, uint64_t *ret_previous)
{
    *ret_previous = TG_NO_PREVIOUS;
    bool found = false;
    for (const struct tg_work *other = group->works; other != work; other = other->next) {
        if (other->kind != TG_WORK_OWN || other->result) continue;
        for (size_t i = 0; i < other->job->audience_count; i++) {
            if (!tg_hash_equal(&other->job->audience[i], id)) continue;
            *ret_previous = other->index;
            found = true;
        }
    }
    struct tg_held_log *log = work->log;
    if (found || !log->numbered) return TG_OK;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (!err) err = tg_store_chain_get(txn, log->number, id->bytes, ret_previous);
    return err == TG_ENOENT ? TG_OK : err;
}

/* Control entries are sealed to nobody, so the chain passes them over. */
static tg_err recovery_previous_of(struct tg_node *node, const struct tg_group *group,
                                   const struct tg_work *work, uint64_t *ret_previous)
{
    const struct tg_held_log *log = work->log;
    *ret_previous = TG_NO_PREVIOUS;
    for (const struct tg_work *other = group->works; other != work; other = other->next)
        if (other->kind == TG_WORK_OWN && !other->result && !other->job->control)
            *ret_previous = other->index;
    if (*ret_previous != TG_NO_PREVIOUS || !log->numbered || !log->size) return TG_OK;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_store_entry entry = {.state = TG_ENTRY_CONTROL};
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    for (uint64_t index = log->size; !err && index-- > 0 && entry.state == TG_ENTRY_CONTROL;) {
        err = tg_store_entry_get(txn, log->number, index, &entry);
        if (!err && entry.state != TG_ENTRY_CONTROL) *ret_previous = index;
    }
    return err;
}

static tg_err recipients_of(struct tg_node *node, const struct tg_group *group, struct tg_work *work,
                            struct tg_recipient *ret_recipients)
{
    for (size_t i = 0; i < work->job->audience_count; i++) {
        const struct tg_hash *id = &work->job->audience[i];
        const struct tg_peer *peer = tg_trust_find(node, id);
        if (!peer) return tg_fail(&work->em, TG_ENOENT, "an addressee was removed from the peers meanwhile");
        memcpy(ret_recipients[i].id.bytes, id->bytes, sizeof id->bytes);
        ret_recipients[i].seal = peer->card->seal;
        tg_err err = previous_of(node, group, work, id, &ret_recipients[i].previous);
        if (err) return err;
    }
    return TG_OK;
}

static tg_err seal(struct tg_node *node, const struct tg_group *group, struct tg_work *work)
{
    struct tg_publish *job = work->job;
    struct tg_cards_signers signers;
    tg_err err = tg_cards_signers(node, work->log_id.epoch, work->index, &signers, &work->em);
    if (err) return err;
    struct tg_recipient recipients[TG_AUDIENCE_MAX];
    uint64_t recovery_previous;
    err = recipients_of(node, group, work, recipients);
    if (!err) err = recovery_previous_of(node, group, work, &recovery_previous);
    struct tg_view *records = err ? NULL : calloc(job->record_count + 1, sizeof *records);
    if (!records) return err ? err : TG_ENOMEM;
    for (size_t i = 0; i < job->record_count; i++) records[i] = tg_buf_view(&job->records[i]);
    struct tg_seal_params params = {
        .position = {.epoch = work->log_id.epoch, .index = work->index},
        .envelope_key = &signers.envelope_key->key,
        .signer = &signers.envelope,
        .created = (uint64_t)(tg_clock_wall_ms(node->clock) / 1000),
        .precedence = (enum tg_precedence)job->precedence,
        .card_hash = tg_cards_newest(node)->text_hash,
        .audience = recipients,
        .audience_count = job->audience_count,
        .recovery = node->card->recovery,
        .recovery_previous = recovery_previous,
        .records = records,
        .record_count = job->record_count,
    };
    memcpy(params.position.origin.bytes, node->id.bytes, sizeof node->id.bytes);
    if (job->control)
        err = tg_envelope_seal_control(&params, &work->sealed, &work->em);
    else
        err = tg_envelope_seal(&params, node->random, &work->sealed, &work->em);
    free(records);
    return err;
}

/* The batch as a receiver would have it, without opening what we have just sealed. */
static tg_err batch_of_own(struct tg_work *work)
{
    size_t count = work->job->record_count;
    tg_arena_init(&work->arena, SIZE_MAX / 2);
    struct tg_view *records = tg_arena_take_array(&work->arena, count, sizeof *records);
    if (!records) return TG_ENOMEM;
    for (size_t i = 0; i < count; i++) records[i] = tg_buf_view(&work->job->records[i]);
    work->batch.records = records;
    work->batch.record_ids = work->sealed.record_ids;
    work->batch.record_count = count;
    work->opened = true;
    work->state = TG_ENTRY_READ;
    return TG_OK;
}

static bool is_prologue(const struct tg_publish *job)
{
    return job->control && job->record_count &&
           tg_statement_of(tg_buf_view(&job->records[0])) == TG_STATEMENT_EPOCH;
}

tg_err tg_own_prepare(struct tg_node *node, struct tg_group *group, struct tg_work *work, uint64_t index)
{
    /* It was queued while the start rules were still open, and a peer has answered meanwhile. */
    const char *refused = tg_node_append_refused(node);
    if (refused) return tg_fail(&work->em, TG_EDENIED, "nothing can be published now: %s", refused);
    work->index = index;
    if (!index && work->log_id.epoch && !is_prologue(work->job))
        return tg_fail(&work->em, TG_EBUSY, "our log is about to begin a new epoch: try again");
    tg_err err = seal(node, group, work);
    if (err) return err;
    work->envelope = work->sealed.envelope;
    memcpy(work->leaf, work->sealed.leaf, sizeof work->leaf);
    if (work->job->control) {
        work->state = TG_ENTRY_CONTROL;
        return TG_OK;
    }
    for (size_t i = 0; i < work->job->audience_count; i++) {
        memcpy(work->slots[i].node, work->job->audience[i].bytes, sizeof work->slots[i].node);
        work->slots[i].slot = (uint8_t)work->sealed.slots[i];
    }
    work->slot_count = work->job->audience_count;
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
    tg_keymat_init_whole(&keymat, &work->sealed.ck);
    err = tg_lookup_key_begin(&work->wrapped, tg_clock_wall_ms(node->clock));
    if (!err)
        err =
            tg_vault_wrap(node->vault, &work->envelope.manifest.where, &keymat, node->random, &work->wrapped);
    return err ? err : batch_of_own(work);
}

/* Who published it and why: in the transaction that makes it. */
static tg_err write_access(struct tg_node *node, struct tg_wtxn *txn, const struct tg_stage *stage,
                           const struct tg_work *work)
{
    const struct tg_publish *job = work->job;
    if (!job->note.verb[0]) return TG_OK;
    const struct tg_place made = {
        .log = stage->number, .index = work->index, .first = 1, .count = (uint16_t)job->record_count};
    TG_AUTO(tg_places) struct tg_places places = {0};
    tg_err err = tg_places_add(&places, &made);
    if (!err) err = tg_buf_put_view(&places.bytes, tg_places_view(&job->note.about));
    if (err) return err;
    struct tg_access access =
        tg_access_of(&job->note, tg_clock_wall_ms(node->clock), job->record_count, tg_places_view(&places));
    access.made = true;
    return tg_access_write(node, txn, &access);
}

tg_err tg_own_write(struct tg_group *group, struct tg_wtxn *txn, struct tg_work *work)
{
    tg_err err = TG_OK;
    struct tg_stage *stage = tg_group_stage(group, txn, work->log, &err);
    if (!stage) return err;
    TG_AUTO(tg_buf) struct tg_buf slots = {0};
    err = tg_store_slots_encode(work->slots, work->slot_count, &slots);
    struct tg_store_entry entry = {
        .state = work->state,
        .has_envelope = true,
        .leaf = work->leaf,
        .manifest = work->envelope.head.data,
        .signature = work->envelope.head.data + TG_MANIFEST_BYTES,
        .slots = tg_buf_view(&slots),
        .stanzas = work->envelope.stanzas,
    };
    if (!err) err = tg_stage_append(stage, txn, &entry);
    if (!err) err = write_access(group->node, txn, stage, work);
    if (!err && work->job->control) err = tg_cards_entered(group->node, txn, work);
    return err ? err : tg_work_put_envelope(group->node, txn, stage, work);
}

/* From the bytes on disk, not from those in memory: what is signed is what is there. */
static tg_err root_from_disk(struct tg_node *node, const struct tg_held_log *log, uint64_t old_size,
                             const struct tg_merkle_frontier *old_frontier, struct tg_hash *ret_root)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    struct tg_merkle_frontier frontier = *old_frontier;
    tg_err err = tg_store_read_begin(node->store, &txn, NULL);
    if (!err) err = tg_store_scan_entries(txn, log->number, old_size, &scan);
    for (uint64_t i = old_size; !err && i < log->size; i++) {
        uint64_t index;
        struct tg_store_entry entry;
        uint8_t head[TG_HEAD_BYTES], leaf[TG_LEAF_BYTES];
        struct tg_hash hash;
        err = tg_store_entry_next(&scan, &index, &entry);
        if (!err && (index != i || !entry.has_envelope)) err = TG_EDAMAGED;
        if (err) break;
        memcpy(head, entry.manifest, TG_MANIFEST_BYTES);
        memcpy(head + TG_MANIFEST_BYTES, entry.signature, TG_SIGNATURE_BYTES);
        tg_envelope_leaf(TG_VIEW_ARRAY(head), leaf);
        tg_merkle_leaf_hash(TG_VIEW_ARRAY(leaf), &hash);
        err = tg_merkle_append(&frontier, &hash, NULL, NULL);
    }
    if (!err) tg_merkle_root(&frontier, ret_root);
    tg_store_scan_release(&scan); /* before the transaction ends */
    return err;
}

/* Of all our logs up to that epoch, as they are held. Those that ended are never signed again: the newest are kept. */
static size_t marks_of(struct tg_node *node, uint32_t epoch, struct tg_mark marks[static TG_MARKS_MAX])
{
    size_t count = 0;
    for (uint32_t at = epoch < TG_MARKS_MAX ? 0 : epoch - TG_MARKS_MAX + 1; at <= epoch; at++) {
        const struct tg_log_id id = {.origin = node->id, .epoch = at};
        const struct tg_held_log *log = tg_held_find(node, &id);
        if (!log) continue;
        marks[count] = (struct tg_mark){.epoch = at, .size = log->size};
        memcpy(marks[count++].root, log->root.bytes, sizeof marks[0].root);
    }
    return count;
}

tg_err tg_own_mark(struct tg_node *node, const struct tg_held_log *log, struct tg_errmsg *em)
{
    struct tg_mark marks[TG_MARKS_MAX];
    const size_t count = marks_of(node, log->id.epoch, marks);
    char path[TG_CONFIG_PATH_BYTES];
    tg_err err = node->mark ? TG_OK : tg_path_join(node->data, "mark", path, sizeof path, em);
    if (!err && !node->mark) err = tg_mark_open(path, true, &node->mark, em);
    return err ? err : tg_mark_write(node->mark, marks, count, em);
}

tg_err tg_own_publish(struct tg_node *node, struct tg_held_log *log, uint64_t old_size,
                      const struct tg_merkle_frontier *old_frontier, struct tg_errmsg *em)
{
    struct tg_hash root;
    tg_err err = root_from_disk(node, log, old_size, old_frontier, &root);
    if (!err && !tg_hash_equal(&root, &log->root)) err = TG_EDAMAGED;
    if (err)
        return tg_fail(
            em, err,
            "the log read back from disk is not the one written: nothing is signed; check the disk, "
            "then start again");
    err = tg_own_mark(node, log, em);
    return err ? err : tg_heads_sign_own(node, log, em);
}

/* ---- whom an envelope went to ---- */

tg_err tg_commit_audience_of(struct tg_node *node, struct tg_held_log *log, uint64_t index,
                             struct tg_hash ret_ids[static TG_AUDIENCE_MAX], size_t *ret_count,
                             struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_store_entry entry;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_entry_get(txn, log->number, index, &entry);
    if (err == TG_ENOENT) err = tg_store_early_get(txn, log->number, index, &entry);
    if (err) return err;
    size_t count = 0, slots = tg_store_slots_count(entry.slots);
    for (size_t i = 0; i < slots && count < TG_AUDIENCE_MAX; i++) {
        struct tg_store_slot slot = tg_store_slots_at(entry.slots, i);
        memcpy(ret_ids[count++].bytes, slot.node, sizeof slot.node);
    }
    *ret_count = count;
    return TG_OK;
}
