/* Verb `export`: one record with all that a stranger needs to check it.
 *
 * Collects; the file itself is made in proto/evidence.c. Contract: docs/control.md, docs/formats-evidence.md.
 */
#include "node/attests.h"
#include "node/heads.h"
#include "node/service_internal.h"
#include "proto/evidence.h"

/* What the evidence is made of; its views point here. */
struct parts {
    struct tg_found found;
    struct tg_lookup_batch batch;
    struct tg_evidence evidence;
    uint8_t head[TG_HEAD_BYTES];
    struct tg_buf card, checkpoint;
};

static tg_err card_take(struct tg_call *call, struct parts *parts, struct tg_errmsg *em)
{
    uint8_t node[32];
    uint64_t serial;
    struct tg_view note;
    const struct tg_hash *hash = &parts->found.manifest.card_hash;
    if (tg_hash_equal(hash, &call->node->card->text_hash))
        return tg_buf_put_view(&parts->card, tg_buf_view(&call->node->card_note));
    tg_err err = tg_store_card_by_hash(parts->batch.txn, hash->bytes, node, &serial, &note);
    if (err) return tg_fail(em, err, "the card that its envelope cites is not held here");
    return tg_buf_put_view(&parts->card, note);
}

/* Its place in the tree of the newest signed head. */
static tg_err inclusion_take(struct tg_call *call, struct parts *parts, struct tg_errmsg *em)
{
    const struct tg_held_log *log = parts->found.log;
    if (parts->found.rec.index >= log->signed_size)
        return tg_fail(em, TG_EBUSY,
                       "no signed head of the origin's log covers this record yet; try again when the origin "
                       "has been heard");
    struct tg_held_tree tree = {.txn = parts->batch.txn, .number = log->number};
    struct tg_merkle_reader reader = tg_held_tree_reader(&tree);
    parts->evidence.index = parts->found.rec.index;
    tg_err err = tg_heads_cosigned(call->node, log, &parts->checkpoint, em);
    if (err) return err;
    parts->evidence.checkpoint = tg_buf_view(&parts->checkpoint);
    return tg_merkle_inclusion(&reader, parts->found.rec.index, log->signed_size, &parts->evidence.inclusion);
}

static tg_err record_path_take(struct tg_call *call, struct parts *parts, const struct tg_hash *hashes,
                               size_t count, struct tg_arena *arena, struct tg_errmsg *em)
{
    uint8_t salt[TG_SALT_BYTES];
    struct tg_view bytes;
    const struct tg_found *found = &parts->found;
    tg_err err = tg_lookup_item(&parts->batch, found->rec.n, arena, &bytes, salt);
    if (!err)
        err = tg_record_proof_make(hashes, (uint32_t)count, found->rec.n, salt, &found->record->id,
                                   &parts->evidence.proof);
    if (!err && tg_control_number(call->msg, "contents", 1)) parts->evidence.record = bytes;
    return err ? tg_context(em, err, "no path for this record can be made") : TG_OK;
}

static tg_err evidence_make(struct tg_call *call, struct parts *parts, struct tg_arena *arena,
                            struct tg_buf *file, struct tg_errmsg *em)
{
    size_t count = 0;
    struct tg_hash *hashes = tg_arena_take_array(arena, TG_BATCH_RECORDS_MAX, sizeof *hashes);
    if (!hashes) return TG_ENOMEM;
    const struct tg_found *found = &parts->found;
    tg_err err = tg_heads_record_hashes(call->node, found->log, found->rec.index, hashes,
                                        TG_BATCH_RECORDS_MAX, &count, em);
    if (!err) err = tg_lookup_batch_begin(call->node, found->log, found->rec.index, &parts->batch, em);
    if (err) return err;
    err = card_take(call, parts, em);
    if (!err) err = inclusion_take(call, parts, em);
    if (!err) err = record_path_take(call, parts, hashes, count, arena, em);
    if (!err)
        err = tg_attests_prove(call->node, parts->batch.txn, found->log, found->manifest.envelope_key_id,
                               found->rec.index, arena, &parts->evidence.attest, em);
    tg_manifest_encode(&parts->batch.manifest, parts->head);
    memcpy(parts->head + TG_MANIFEST_BYTES, parts->batch.signature, TG_SIGNATURE_BYTES);
    tg_lookup_batch_end(&parts->batch);
    parts->evidence.card = tg_buf_view(&parts->card);
    parts->evidence.head = TG_VIEW_ARRAY(parts->head);
    if (err) return err;
    return tg_control_number(call->msg, "proof", 0) ? tg_evidence_encode_proof(&parts->evidence, file, em)
                                                    : tg_evidence_encode(&parts->evidence, file, em);
}

/* "TJ-7.2.evidence.json", "TJ-7.2.tlog-proof" */
static void name_make(struct tg_call *call, const struct tg_found *found, char *out, size_t out_bytes)
{
    char ref[TG_REF_TEXT_BYTES];
    tg_lookup_ref_text(call->node, found, ref);
    for (char *at = ref; *at; at++)
        if (*at == '#') *at = '.';
    (void)snprintf(out, out_bytes, "%s.%s", ref,
                   tg_control_number(call->msg, "proof", 0) ? "tlog-proof" : "evidence.json");
}

static tg_err export_found(struct tg_call *call, struct parts *parts, struct tg_arena *arena,
                           struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf file = {0};
    char name[TG_REF_TEXT_BYTES + 32];
    tg_err err = evidence_make(call, parts, arena, &file, em);
    if (!err) err = tg_places_add_rec(&call->shown, &parts->found.rec);
    if (!err) err = tg_call_access(call, 1, &call->shown, em);
    if (err) return err;
    struct tg_control_out done;
    name_make(call, &parts->found, name, sizeof name);
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_control_put_data(&done, "file", tg_buf_view(&file));
    tg_control_put_text(&done, "name", name);
    tg_control_put_text(&done, "state", parts->found.state);
    return tg_control_end(&done);
}

tg_err tg_verb_export(struct tg_call *call, struct tg_errmsg *em)
{
    uint64_t recno;
    bool contents =
        tg_control_number(call->msg, "contents", 1) != 0 && !tg_control_number(call->msg, "proof", 0);
    if (contents && !tg_call_may_read(call))
        return tg_fail(em, TG_EDENIED, "an auditor exports without contents: add --without-contents");
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    struct parts *parts = calloc(1, sizeof *parts);
    if (!parts) return TG_ENOMEM;
    tg_err err = tg_lookup_ref(call->node, tg_control_text(call->msg, "ref", ""), &recno, em);
    if (!err) err = tg_lookup_open(call->node, recno, &arena, &parts->found, em);
    if (!err) err = export_found(call, parts, &arena, em);
    tg_buf_release(&parts->card);
    tg_buf_release(&parts->checkpoint);
    free(parts);
    return err;
}
