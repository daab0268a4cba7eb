/* One record of a batch shown without the others.
 *
 * Knows no record's meaning. Format: docs/formats.md "Leaf, checkpoint, proof, receipt".
 */
#include "base/cleanup.h"
#include "proto/envelope.h"

void tg_record_leaf_hash(const uint8_t salt[static TG_SALT_BYTES], const struct tg_hash *record_id,
                         struct tg_hash *ret_hash)
{
    uint8_t leaf[TG_SALT_BYTES + TG_HASH_BYTES];
    memcpy(leaf, salt, TG_SALT_BYTES);
    memcpy(leaf + TG_SALT_BYTES, record_id->bytes, TG_HASH_BYTES);
    tg_merkle_leaf_hash(TG_VIEW_ARRAY(leaf), ret_hash);
}

tg_err tg_record_proof_make(const struct tg_hash *leaf_hashes, uint32_t count, uint32_t item,
                            const uint8_t salt[static TG_SALT_BYTES], const struct tg_hash *record_id,
                            struct tg_record_proof *ret_proof)
{
    const struct tg_merkle_memory memory = {.leaf_hashes = leaf_hashes, .count = count};
    const struct tg_merkle_reader reader = tg_merkle_reader_of_memory(&memory);
    struct tg_record_proof proof = {.item = item, .count = count, .record_id = *record_id};
    struct tg_hash own;

    if (item < 1 || item > count) return TG_EVALUE;
    tg_record_leaf_hash(salt, record_id, &own);
    if (!tg_hash_equal(&own, &leaf_hashes[item - 1])) return TG_EVALUE;
    memcpy(proof.salt, salt, sizeof proof.salt);
    const tg_err err = tg_merkle_inclusion(&reader, item - 1, count, &proof.path);
    if (err == TG_OK) *ret_proof = proof;
    return err;
}

tg_err tg_record_proof_of_batch(const struct tg_envelope *envelope, const struct tg_batch *batch,
                                uint32_t item, struct tg_record_proof *ret_proof)
{
    const struct tg_manifest *manifest = &envelope->manifest;
    TG_AUTO(tg_key) struct tg_key root = {0};
    TG_AUTO(tg_keyset) struct tg_keyset set = {0};
    TG_AUTO(tg_keywalk) struct tg_keywalk walk;
    TG_AUTO_FREE struct tg_hash *leaves = NULL;
    uint8_t salt[TG_SALT_BYTES] = {0};
    struct tg_hash commitment;

    tg_keywalk_init(&walk, &set);
    if (item < 1 || item > batch->record_count) return TG_EVALUE;
    leaves = calloc(batch->record_count, sizeof *leaves);
    if (leaves == NULL) return TG_ENOMEM;
    tg_batchkey_derive(&batch->ck, &manifest->where, &commitment, &root);
    tg_err err = tg_keyset_init_whole(&set, &root);
    for (uint32_t i = 1; i <= batch->record_count && err == TG_OK; i++) {
        TG_AUTO(tg_leaf_key) struct tg_leaf_key leaf = {0};
        if (!manifest->control) err = tg_keywalk_leaf(&walk, i, &leaf);
        tg_record_leaf_hash(leaf.salt, &batch->record_ids[i - 1], &leaves[i - 1]);
        if (i == item) memcpy(salt, leaf.salt, sizeof salt);
    }
    if (err != TG_OK) return err;
    return tg_record_proof_make(leaves, (uint32_t)batch->record_count, item, salt,
                                &batch->record_ids[item - 1], ret_proof);
}

tg_err tg_record_proof_verify(const struct tg_record_proof *proof, const struct tg_manifest *manifest)
{
    struct tg_hash leaf;
    if (proof->count != manifest->record_count || proof->item < 1 || proof->item > proof->count)
        return TG_EROOT;
    tg_record_leaf_hash(proof->salt, &proof->record_id, &leaf);
    return tg_merkle_inclusion_verify(proof->item - 1, proof->count, &leaf, &proof->path,
                                      &manifest->records_root);
}
