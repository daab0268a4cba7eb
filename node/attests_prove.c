/* What a stranger needs beside an attestation: its place in the log, and that it speaks of this log.
 *
 * Format: docs/formats-evidence.md "Attestation part".
 */
#include "base/cleanup.h"
#include "base/limits.h"
#include "node/attests.h"
#include "node/cards.h"
#include "node/trust.h"
#include "proto/attest.h"

/* The control entry, opened; views into the transaction, records in the arena. */
struct control {
    uint8_t head[TG_HEAD_BYTES];
    struct tg_envelope envelope;
    struct tg_batch batch;
};

static tg_err control_open(struct tg_rtxn *txn, uint32_t number, uint64_t index, struct tg_arena *arena,
                           struct control *control, struct tg_errmsg *em)
{
    struct tg_store_entry entry;
    struct tg_view body;
    tg_err err = tg_store_entry_get(txn, number, index, &entry);
    if (!err) err = tg_store_place_get(txn, TG_PLACE_BODY, number, index, &body);
    if (err) return tg_fail(em, err, "the entry with the attestation is not held here");
    memcpy(control->head, entry.manifest, TG_MANIFEST_BYTES);
    memcpy(control->head + TG_MANIFEST_BYTES, entry.signature, TG_SIGNATURE_BYTES);
    err = tg_envelope_join(TG_VIEW_ARRAY(control->head), entry.stanzas, body, &control->envelope, em);
    return err ? err : tg_envelope_open_control(&control->envelope, arena, &control->batch, em);
}

static tg_err statement_prove(const struct control *control, uint32_t item, struct tg_arena *arena,
                              struct tg_attest_proof *proof, struct tg_errmsg *em)
{
    static const uint8_t salt[TG_SALT_BYTES];
    const struct tg_batch *batch = &control->batch;
    struct tg_record_proof record;
    if (!item || item > batch->record_count)
        return tg_fail(em, TG_EDAMAGED, "the attestation's row is wrong");
    struct tg_hash *hashes = tg_arena_take_array(arena, batch->record_count, sizeof *hashes);
    if (!hashes) return tg_fail(em, TG_ENOMEM, "over the memory budget");
    for (size_t i = 0; i < batch->record_count; i++)
        tg_record_leaf_hash(salt, &batch->record_ids[i], &hashes[i]);
    tg_err err = tg_record_proof_make(hashes, (uint32_t)batch->record_count, item, salt,
                                      &batch->record_ids[item - 1], &record);
    if (err) return err;
    const struct tg_view note = batch->records[item - 1];
    const uint8_t *head = tg_arena_copy(arena, control->head, sizeof control->head),
                  *copy = tg_arena_copy(arena, note.data, note.bytes);
    if (!head || !copy) return tg_fail(em, TG_ENOMEM, "over the memory budget");
    proof->head = tg_view_of(head, TG_HEAD_BYTES);
    proof->note = tg_view_of(copy, note.bytes);
    proof->item = record.item;
    proof->count = record.count;
    proof->path = record.path;
    return TG_OK;
}

static tg_err places_prove(struct tg_rtxn *txn, const struct tg_held_log *log, uint64_t entry,
                           struct tg_attest_proof *proof, struct tg_errmsg *em)
{
    struct tg_attest attest;
    struct tg_held_tree tree = {.txn = txn, .number = log->number};
    struct tg_merkle_reader reader = tg_held_tree_reader(&tree);
    if (entry >= log->signed_size)
        return tg_fail(em, TG_EBUSY,
                       "no signed head of the origin's log covers the attestation yet; try again "
                       "when the origin has been heard");
    tg_err err = tg_attest_peek(proof->note, &attest, em);
    if (!err) err = tg_merkle_inclusion(&reader, entry, log->signed_size, &proof->inclusion);
    return err ? err : tg_merkle_consistency(&reader, attest.until, log->signed_size, &proof->consistency);
}

tg_err tg_attests_prove(struct tg_node *node, struct tg_rtxn *txn, const struct tg_held_log *log,
                        uint32_t key_id, uint64_t index, struct tg_arena *arena,
                        struct tg_attest_proof *ret_proof, struct tg_errmsg *em)
{
    const struct tg_card *card = log->own ? tg_cards_newest(node) : tg_trust_card(node, &log->id.origin);
    struct tg_attested at;
    struct tg_attest_proof proof = {0};
    struct control control = {0};
    if (!card || tg_card_envelope_key(card, key_id, log->id.epoch, index) ||
        !tg_attests_find(node, card, &log->id, index, &at))
        return TG_OK;
    tg_err err = control_open(txn, log->number, at.entry, arena, &control, em);
    if (!err) err = statement_prove(&control, at.item, arena, &proof, em);
    tg_batch_release(&control.batch);
    if (!err) err = places_prove(txn, log, at.entry, &proof, em);
    if (!err) *ret_proof = proof;
    return err;
}
