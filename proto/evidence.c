/* Evidence files: every step of checking one, with public keys alone.
 *
 * Must not know: stores, peers, files, what the record means. Format: docs/formats-evidence.md.
 */
#include "proto/evidence.h"

static const struct {
    const char *name, *text;
} steps[] = {
#define TG_EVIDENCE_ROW(id, name, text) {name, text},
    TG_EVIDENCE_STEPS(TG_EVIDENCE_ROW)
#undef TG_EVIDENCE_ROW
};

const char *tg_evidence_step_name(enum tg_evidence_step step)
{
    return (size_t)step < sizeof steps / sizeof steps[0] ? steps[step].name : "nothing";
}

const char *tg_evidence_step_text(enum tg_evidence_step step)
{
    return (size_t)step < sizeof steps / sizeof steps[0] ? steps[step].text : "";
}

/* One verification. */
struct checking {
    const struct tg_evidence *evidence;
    struct tg_known_cards known;
    struct tg_arena *arena;
    struct tg_evidence_report *report;
    struct tg_errmsg *em;
};

/* Err as it came, with the step's name in front. */
static tg_err refuse(struct checking *checking, enum tg_evidence_step step, tg_err err)
{
    checking->report->step = step;
    return tg_context(checking->em, err, "%s", tg_evidence_step_name(step));
}

static tg_err refuse_why(struct checking *checking, enum tg_evidence_step step, tg_err err, const char *why)
{
    checking->report->step = step;
    return tg_fail(checking->em, err, "%s: %s", tg_evidence_step_name(step), why);
}

/* Of a plain proof: the reader's own, that the manifest cites. */
static tg_err card_find(struct checking *checking)
{
    struct tg_manifest manifest;
    struct tg_card *card = tg_arena_take(checking->arena, sizeof *card);
    if (!card) return refuse_why(checking, TG_EVIDENCE_CARD, TG_ENOMEM, "over the memory budget");
    if (checking->evidence->head.bytes != TG_HEAD_BYTES)
        return refuse_why(checking, TG_EVIDENCE_MANIFEST, TG_ESHORT,
                          "manifest and signature have the wrong length");
    tg_err err = tg_manifest_parse(tg_view_of(checking->evidence->head.data, TG_MANIFEST_BYTES), &manifest,
                                   checking->em);
    if (err) return refuse(checking, TG_EVIDENCE_MANIFEST, err);
    const struct tg_card *known = tg_known_by_hash(&checking->known, &manifest.card_hash);
    if (!known)
        return refuse_why(
            checking, TG_EVIDENCE_CARD, TG_EKEY,
            "the manifest cites another card than those at hand; give the origin's with --card");
    *card = *known;
    checking->report->card = card;
    return TG_OK;
}

static tg_err check_card(struct checking *checking)
{
    if (!checking->evidence->card.data) return card_find(checking);
    struct tg_note *note = tg_arena_take(checking->arena, sizeof *note);
    struct tg_card *card = tg_arena_take(checking->arena, sizeof *card);
    if (!note || !card) return refuse_why(checking, TG_EVIDENCE_CARD, TG_ENOMEM, "over the memory budget");
    tg_err err = tg_note_parse(checking->evidence->card, note, checking->em);
    if (!err) err = tg_card_parse_text(note->text, card, checking->em);
    if (err) return refuse(checking, TG_EVIDENCE_CARD, err);
    err = tg_card_open(checking->evidence->card, card, checking->em);
    if (err) return refuse(checking, TG_EVIDENCE_CARD_SIGNATURE, err);
    checking->report->card = card;
    return TG_OK;
}

/* A node's id is its first root key. A later root key needs a card that the reader has, which says so. */
static tg_err check_root(struct checking *checking)
{
    const struct tg_card *card = checking->report->card;
    struct tg_node_id id;
    if (!checking->evidence->card.data) return TG_OK; /* the reader's own */
    tg_node_id_of_root(&card->root.public_key, &id);
    if (tg_node_id_equal(&id, &card->node)) return TG_OK;
    for (size_t i = 0; i < checking->known.count; i++) {
        const struct tg_card *known = checking->known.cards[i];
        if (!tg_node_id_equal(&known->node, &card->node)) continue;
        if (tg_note_key_equal(&known->root, &card->root)) return TG_OK;
        if (!tg_card_check_successor(known, card, checking->evidence->card, NULL)) return TG_OK;
    }
    return refuse_why(
        checking, TG_EVIDENCE_CARD_SIGNATURE, TG_EKEY,
        "the root key is not the one that the node's id stands for; give the card before it as well");
}

static tg_err check_manifest(struct checking *checking)
{
    struct tg_view head = checking->evidence->head;
    if (head.bytes != TG_HEAD_BYTES)
        return refuse_why(checking, TG_EVIDENCE_MANIFEST, TG_ESHORT,
                          "manifest and signature have the wrong length");
    struct tg_manifest *manifest = &checking->report->manifest;
    tg_err err = tg_manifest_parse(tg_view_of(head.data, TG_MANIFEST_BYTES), manifest, checking->em);
    if (err) return refuse(checking, TG_EVIDENCE_MANIFEST, err);
    const struct tg_card *card = checking->report->card;
    if (!tg_node_id_equal(&manifest->where.origin, &card->node))
        return refuse_why(checking, TG_EVIDENCE_MANIFEST, TG_EPOSITION,
                          "it is of another node than the card");
    return TG_OK;
}

/* Of the origin's cards at hand: keys that the card of the evidence leaves open may have ended since. */
static const struct tg_card *newest_card(const struct checking *checking)
{
    const struct tg_card *card = checking->report->card;
    const struct tg_card *newest = tg_known_newest(&checking->known, &card->node);
    return newest && newest->serial > card->serial ? newest : card;
}

/* A key that a newer card ends before this place counts here only by an attestation. */
static tg_err check_revoked(struct checking *checking, const struct tg_position *position,
                            const struct tg_card_key *key)
{
    const struct tg_card *newest = newest_card(checking);
    if (tg_card_envelope_key(newest, key->key.id, position->epoch, position->index)) return TG_OK;
    if (!checking->evidence->attest.note.data)
        return refuse_why(checking, TG_EVIDENCE_MANIFEST_SIGNATURE, TG_EKEY,
                          "the newer card that you gave has revoked the key from an earlier place on, and no "
                          "attestation comes with it; export it again when its origin has made one");
    for (size_t i = 0; i < newest->envelope_count && !checking->report->attested; i++)
        checking->report->attested = newest->envelopes[i].epoch == position->epoch &&
                                     newest->envelopes[i].from <= position->index &&
                                     tg_note_key_equal(&newest->envelopes[i].key, &key->key);
    if (checking->report->attested) return TG_OK;
    return refuse_why(checking, TG_EVIDENCE_MANIFEST_SIGNATURE, TG_EKEY,
                      "the newer card that you gave has no such key");
}

static tg_err check_manifest_signature(struct checking *checking)
{
    struct tg_manifest *manifest = &checking->report->manifest;
    const struct tg_card *card = checking->report->card;
    struct tg_position position = {manifest->where.origin, manifest->where.epoch, manifest->where.index};
    const struct tg_card_key *key =
        tg_card_envelope_key(card, manifest->envelope_key_id, position.epoch, position.index);
    if (!key)
        return refuse_why(checking, TG_EVIDENCE_MANIFEST_SIGNATURE, TG_EKEY,
                          "the card has no such envelope key for that place in the log");
    tg_err err = tg_head_verify(checking->evidence->head, &position, &key->key, manifest, checking->em);
    if (err) return refuse(checking, TG_EVIDENCE_MANIFEST_SIGNATURE, err);
    if (!tg_hash_equal(&manifest->card_hash, &card->text_hash))
        return refuse_why(checking, TG_EVIDENCE_CARD, TG_EHASH, "it is not the card that the manifest cites");
    return check_revoked(checking, &position, key);
}

static tg_err check_checkpoint(struct checking *checking)
{
    struct tg_note *note = tg_arena_take(checking->arena, sizeof *note);
    if (!note) return refuse_why(checking, TG_EVIDENCE_CHECKPOINT, TG_ENOMEM, "over the memory budget");
    struct tg_checkpoint *checkpoint = &checking->report->checkpoint;
    const struct tg_where *where = &checking->report->manifest.where;
    tg_err err = tg_note_parse(checking->evidence->checkpoint, note, checking->em);
    if (!err) err = tg_checkpoint_parse(note->text, checkpoint, checking->em);
    if (err) return refuse(checking, TG_EVIDENCE_CHECKPOINT, err);
    struct tg_node_id origin;
    uint32_t epoch = 0;
    bool ours = !tg_log_origin_parse(tg_view_str(checkpoint->origin), &origin, &epoch) &&
                epoch == where->epoch && tg_node_id_equal(&origin, &where->origin);
    if (!ours)
        return refuse_why(checking, TG_EVIDENCE_CHECKPOINT, TG_EPOSITION,
                          "it is of another log than the manifest");
    return TG_OK;
}

static tg_err check_checkpoint_signature(struct checking *checking)
{
    struct tg_evidence_report *report = checking->report;
    tg_err err =
        tg_cosigned_open(checking->evidence->checkpoint, report->card, &checking->known, checking->arena,
                         &report->checkpoint, &report->log_key, &report->cosigned, checking->em);
    return err ? refuse(checking, TG_EVIDENCE_CHECKPOINT_SIGNATURE, err) : TG_OK;
}

static tg_err check_leaf(struct checking *checking)
{
    const struct tg_evidence *evidence = checking->evidence;
    if (evidence->index != checking->report->manifest.where.index)
        return refuse_why(checking, TG_EVIDENCE_LEAF, TG_EPOSITION,
                          "the manifest is of another place in the log");
    if (evidence->index >= checking->report->checkpoint.size)
        return refuse_why(checking, TG_EVIDENCE_LEAF, TG_EPOSITION, "the checkpoint is older than the leaf");
    uint8_t leaf[TG_LEAF_BYTES];
    struct tg_hash hash;
    tg_envelope_leaf(evidence->head, leaf);
    tg_merkle_leaf_hash(TG_VIEW_ARRAY(leaf), &hash);
    tg_err err = tg_merkle_inclusion_verify(evidence->index, checking->report->checkpoint.size, &hash,
                                            &evidence->inclusion, &checking->report->checkpoint.root);
    if (err)
        return refuse_why(checking, TG_EVIDENCE_INCLUSION, err, "it does not lead to the checkpoint's root");
    return TG_OK;
}

/* Looked at only where the key alone does not do: an older card at hand does not know who signs attestations. */
static tg_err check_attestation(struct checking *checking)
{
    struct tg_evidence_report *report = checking->report;
    if (!report->attested) return TG_OK;
    tg_err err =
        tg_attest_proof_verify(&checking->evidence->attest, newest_card(checking), &report->manifest.where,
                               &report->checkpoint, &report->attest, checking->em);
    return err ? refuse(checking, TG_EVIDENCE_ATTESTATION, err) : TG_OK;
}

static tg_err check_record(struct checking *checking)
{
    const struct tg_evidence *evidence = checking->evidence;
    if (!evidence->record.data) return TG_OK;
    struct tg_hash id;
    tg_record_id_of(evidence->record, &id);
    if (!tg_hash_equal(&id, &evidence->proof.record_id))
        return refuse_why(checking, TG_EVIDENCE_RECORD, TG_EHASH, "its bytes are not those that were signed");
    return TG_OK;
}

static tg_err check_records_path(struct checking *checking)
{
    const struct tg_record_proof *proof = &checking->evidence->proof;
    if (!proof->count) return TG_OK; /* a plain proof */
    if (proof->count != checking->report->manifest.record_count || proof->item < 1 ||
        proof->item > proof->count)
        return refuse_why(checking, TG_EVIDENCE_RECORDS_PATH, TG_EPOSITION,
                          "the manifest signs another number of records");
    tg_err err = tg_record_proof_verify(proof, &checking->report->manifest);
    if (err)
        return refuse_why(checking, TG_EVIDENCE_RECORDS_PATH, err,
                          "record id, salt, number or path is not what the manifest was signed over");
    return TG_OK;
}

tg_err tg_evidence_verify(const struct tg_evidence *evidence, const struct tg_card *const *known,
                          size_t known_count, struct tg_arena *arena, struct tg_evidence_report *ret_report,
                          struct tg_errmsg *em)
{
    static tg_err (*const checks[])(struct checking *) = {check_card,       check_root,
                                                          check_manifest,   check_manifest_signature,
                                                          check_checkpoint, check_checkpoint_signature,
                                                          check_leaf,       check_attestation,
                                                          check_record,     check_records_path};
    *ret_report = (struct tg_evidence_report){.step = TG_EVIDENCE_STEP_COUNT};
    struct checking checking = {evidence, {known, known_count}, arena, ret_report, em};
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        tg_err err = checks[i](&checking);
        if (err) return err;
    }
    return TG_OK;
}
