/* Attestations for outsiders: bytes, and every check of one with public keys alone.
 *
 * Must not know: stores, peers, files. Format: docs/formats-evidence.md "Attestation part".
 */
#include "proto/attest_proof.h"

#include "base/cursor.h"
#include "base/limits.h"

static tg_err path_put(const struct tg_merkle_proof *path, struct tg_buf *out)
{
    const uint8_t count = (uint8_t)path->count;
    tg_err err = tg_buf_put(out, &count, 1);
    return err ? err : tg_buf_put(out, path->path, path->count * sizeof path->path[0]);
}

tg_err tg_attest_proof_encode(const struct tg_attest_proof *proof, struct tg_buf *out)
{
    uint8_t number[2], length[4];
    const size_t before = out->bytes;
    if (proof->head.bytes != TG_HEAD_BYTES || !proof->note.bytes || proof->note.bytes > TG_NOTE_BYTES_MAX)
        return TG_EVALUE;
    tg_err err = tg_buf_put_view(out, proof->head);
    if (!err) err = path_put(&proof->inclusion, out);
    if (!err) err = path_put(&proof->consistency, out);
    tg_be16_put(number, (uint16_t)proof->item);
    if (!err) err = tg_buf_put(out, number, sizeof number);
    tg_be16_put(number, (uint16_t)proof->count);
    if (!err) err = tg_buf_put(out, number, sizeof number);
    if (!err) err = path_put(&proof->path, out);
    tg_be32_put(length, (uint32_t)proof->note.bytes);
    if (!err) err = tg_buf_put(out, length, sizeof length);
    if (!err) err = tg_buf_put_view(out, proof->note);
    if (err) out->bytes = before;
    return err;
}

static void path_take(struct tg_rd *rd, struct tg_merkle_proof *path)
{
    const uint8_t count = tg_rd_u8(rd);
    if (count > TG_MERKLE_LEVELS_MAX) rd->err = rd->err ? rd->err : TG_ELIMIT;
    if (rd->err) return;
    for (path->count = 0; path->count < count; path->count++)
        tg_rd_copy(rd, path->path[path->count].bytes, TG_HASH_BYTES);
}

tg_err tg_attest_proof_decode(struct tg_view bytes, struct tg_attest_proof *ret_proof)
{
    struct tg_attest_proof proof = {0};
    struct tg_rd rd = tg_rd_init(bytes);
    proof.head = tg_rd_view(&rd, TG_HEAD_BYTES);
    path_take(&rd, &proof.inclusion);
    path_take(&rd, &proof.consistency);
    proof.item = tg_rd_u16(&rd);
    proof.count = tg_rd_u16(&rd);
    path_take(&rd, &proof.path);
    const uint32_t note_bytes = tg_rd_u32(&rd);
    proof.note = tg_rd_view(&rd, note_bytes);
    const tg_err err = tg_rd_end(&rd);
    if (err) return err;
    if (note_bytes > TG_NOTE_BYTES_MAX) return TG_ELIMIT;
    if (!note_bytes || !proof.count || proof.count > TG_BATCH_RECORDS_MAX || !proof.item ||
        proof.item > proof.count)
        return TG_EVALUE;
    *ret_proof = proof;
    return TG_OK;
}

/* The control entry: signed by the key that signs there by the newest card, and in the checkpoint's tree. */
static tg_err entry_check(const struct tg_attest_proof *proof, const struct tg_card *newest,
                          const struct tg_where *where, const struct tg_checkpoint *checkpoint,
                          struct tg_manifest *ret_manifest, const struct tg_card_key **ret_key,
                          struct tg_errmsg *em)
{
    tg_err err = tg_manifest_parse(tg_view_of(proof->head.data, TG_MANIFEST_BYTES), ret_manifest, em);
    if (err) return err;
    const struct tg_where *at = &ret_manifest->where;
    if (!tg_node_id_equal(&at->origin, &where->origin) || at->epoch != where->epoch)
        return tg_fail(em, TG_EPOSITION, "it stands in another log");
    if (!ret_manifest->control) return tg_fail(em, TG_EFORMAT, "it stands in no control entry");
    const struct tg_card_key *key = tg_card_envelope_key_at(newest, at->epoch, at->index);
#ifdef TG_CONTROL_NO_ATTEST_KEY
    for (size_t i = 0; i < newest->envelope_count; i++)
        if (newest->envelopes[i].key.id == ret_manifest->envelope_key_id) key = &newest->envelopes[i];
#endif
    if (!key || key->key.id != ret_manifest->envelope_key_id)
        return tg_fail(em, TG_EKEY, "by a key that the newest card at hand does not list for its place");
    struct tg_position position = {at->origin, at->epoch, at->index};
    err = tg_head_verify(proof->head, &position, &key->key, ret_manifest, em);
    if (err) return err;
    if (at->index >= checkpoint->size) return tg_fail(em, TG_EPOSITION, "the checkpoint is older than it");
    uint8_t leaf[TG_LEAF_BYTES];
    struct tg_hash hash;
    tg_envelope_leaf(proof->head, leaf);
    tg_merkle_leaf_hash(TG_VIEW_ARRAY(leaf), &hash);
    if (tg_merkle_inclusion_verify(at->index, checkpoint->size, &hash, &proof->inclusion, &checkpoint->root))
        return tg_fail(em, TG_EROOT, "its path does not lead to the checkpoint's root");
    *ret_key = key;
    return TG_OK;
}

static tg_err statement_check(const struct tg_attest_proof *proof, const struct tg_manifest *manifest,
                              struct tg_errmsg *em)
{
    struct tg_record_proof record = {.item = proof->item, .count = proof->count, .path = proof->path};
    tg_record_id_of(proof->note, &record.record_id); /* salts of a control entry are zero */
    if (proof->count == manifest->record_count && !tg_record_proof_verify(&record, manifest)) return TG_OK;
    return tg_fail(em, TG_EROOT, "it is not what the control entry was signed over");
}

tg_err tg_attest_proof_verify(const struct tg_attest_proof *proof, const struct tg_card *newest,
                              const struct tg_where *where, const struct tg_checkpoint *checkpoint,
                              struct tg_attest *ret_attest, struct tg_errmsg *em)
{
    struct tg_manifest manifest;
    const struct tg_card_key *key = NULL;
    tg_err err = entry_check(proof, newest, where, checkpoint, &manifest, &key, em);
    if (!err) err = statement_check(proof, &manifest, em);
    if (!err) err = tg_attest_open(proof->note, &key->key, ret_attest, em);
    if (err) return err;
    if (!tg_node_id_equal(&ret_attest->origin, &where->origin) || ret_attest->epoch != where->epoch)
        return tg_fail(em, TG_EPOSITION, "it speaks of another log");
    if (where->index < ret_attest->from || where->index >= ret_attest->until)
        return tg_fail(em, TG_EPOSITION, "it does not cover this entry");
    if (ret_attest->until > manifest.where.index)
        return tg_fail(em, TG_EPOSITION, "it speaks of entries behind itself");
    if (tg_merkle_consistency_verify(ret_attest->until, &ret_attest->root, checkpoint->size,
                                     &checkpoint->root, &proof->consistency))
        return tg_fail(em, TG_EROOT, "the tree that it speaks of is not a front part of this log");
    return TG_OK;
}
