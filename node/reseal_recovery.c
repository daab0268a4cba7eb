/* Own envelopes opened by the recovery key, which is elsewhere and is lent for one call.
 *
 * What it opens is sealed anew to our own seal key and goes the way of a key that a partner sent (node/reseal.c): verified
 * against the envelope, records withdrawn since left out, wrapped and indexed. Nothing else is kept of it.
 */
#include "node/commit.h"
#include "node/reseal.h"
#include "proto/reseal.h"

static tg_err resealed_enqueue(struct tg_node *node, const struct tg_work *work, const struct tg_batch *batch)
{
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
    TG_AUTO(tg_buf) struct tg_buf sealed = {0};
    struct tg_vault_public keys;
    struct tg_node_id ours;
    memcpy(ours.bytes, node->id.bytes, sizeof ours.bytes);
    tg_vault_public_of(node->vault, &keys);
    tg_keymat_init_whole(&keymat, &batch->ck);
    tg_err err =
        tg_reseal_make(&work->envelope.manifest, &keymat, NULL, &ours, &keys.seal, node->random, &sealed);
    const struct tg_sync_effect effect = {
        .peer = node->id, .log = work->log->id, .index = work->index, .bytes = tg_buf_view(&sealed)};
    return err ? err : tg_commit_key(node, &effect);
}

tg_err tg_reseal_recover(struct tg_node *node, struct tg_held_log *log, uint64_t index,
                         const struct tg_key *recovery, struct tg_errmsg *em)
{
    struct tg_work work = {.log = log, .index = index};
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_batch) struct tg_batch batch = {0};
    tg_err err = tg_reseal_load(node, &work);
    tg_arena_init(&arena, work.envelope.body.bytes * 2 + (size_t)TG_BATCH_RECORDS_MAX * 256 + 65536);
    if (!err) err = tg_envelope_open_recovery(&work.envelope, recovery, TG_SLOT_ANY, &arena, &batch, em);
    if (!err) err = resealed_enqueue(node, &work, &batch);
    tg_buf_release(&work.bytes);
    return err;
}
