/* What this implementation says of a case. */
#include "cases.h"
#include "proto/card_chain.h"
#include "proto/receipt_known.h"

struct judging {
    const struct one_case *one;
    struct tg_arena *arena;
    struct tg_known_cards known;
};

static struct tg_view part_of(const struct one_case *one, const char *name)
{
    for (size_t i = 0; i < one->part_count; i++)
        if (strcmp(one->parts[i].name, name) == 0) return one->parts[i].bytes;
    return (struct tg_view){0};
}

static const char *evidence_judge(struct judging *judging)
{
    struct tg_evidence evidence;
    enum tg_evidence_step step;
    struct tg_evidence_report report;
    struct tg_view text = part_of(judging->one, "subject");
    tg_err err = judging->one->kind == CASE_PROOF
                     ? tg_evidence_parse_proof(text, judging->arena, &evidence, &step, NULL)
                     : tg_evidence_parse(text, judging->arena, &evidence, &step, NULL);
    if (err) return tg_evidence_step_name(step);
    err = tg_evidence_verify(&evidence, judging->known.cards, judging->known.count, judging->arena, &report,
                             NULL);
    return err ? tg_evidence_step_name(report.step) : NULL;
}

static tg_err tiles_read(void *ctx, const char *path, size_t bytes_max, struct tg_buf *out,
                         struct tg_errmsg *em)
{
    struct tg_view bytes = part_of(ctx, path);
    if (!bytes.data) return tg_fail(em, TG_ENOENT, "'%s' is missing", path);
    return bytes.bytes > bytes_max ? TG_ELIMIT : tg_buf_put_view(out, bytes);
}

static const char *tiles_judge(struct judging *judging)
{
    struct tg_tiles_report report;
    struct one_case copy = *judging->one;
    struct tg_tiles_source source = {.read = tiles_read, .ctx = &copy};
    tg_err err =
        tg_tiles_verify(&source, part_of(&copy, "since"), &judging->known, judging->arena, &report, NULL);
    return err ? tg_tiles_step_name(report.step) : NULL;
}

static const char *receipt_judge(struct judging *judging)
{
    struct tg_receipt receipt;
    const struct tg_card *card;
    return tg_receipt_open_known(part_of(judging->one, "subject"), &judging->known, judging->arena, &receipt,
                                 &card, NULL)
               ? "receipt"
               : NULL;
}

static const char *cards_judge(struct judging *judging)
{
    const struct tg_card **cards;
    size_t count;
    uint64_t bad;
    return tg_card_chain_open(part_of(judging->one, "subject"), judging->arena, &cards, &count, &bad, NULL)
               ? "cards"
               : NULL;
}

static const char *checkpoint_judge(struct judging *judging)
{
    struct tg_checkpoint checkpoint;
    const struct tg_note_key *key;
    struct tg_cosigned cosigned;
    tg_err err = tg_cosigned_open(part_of(judging->one, "subject"), NULL, &judging->known, judging->arena,
                                  &checkpoint, &key, &cosigned, NULL);
    if (err) return "checkpoint";
    /* "settled" is a part of the answer: it is compared as the step of a case that is accepted. */
    return tg_cosigned_settled(&cosigned) ? "+settled" : "+published";
}

static const char *manifest_judge(struct judging *judging)
{
    struct tg_signature signature;
    struct tg_sign_public key;
    struct tg_view sign = part_of(judging->one, "signature"), public_key = part_of(judging->one, "key");
    if (sign.bytes != sizeof signature.bytes || public_key.bytes != sizeof key.bytes) return "signature";
    memcpy(signature.bytes, sign.data, sign.bytes);
    memcpy(key.bytes, public_key.data, public_key.bytes);
    return tg_sign_verify(&key, part_of(judging->one, "subject"), &signature) ? "signature" : NULL;
}

static const char *envelope_judge(struct judging *judging)
{
    struct tg_envelope envelope;
    if (tg_envelope_parse(part_of(judging->one, "subject"), &envelope, NULL)) return "envelope";
    const struct tg_manifest *manifest = &envelope.manifest;
    struct tg_position position = {manifest->where.origin, manifest->where.epoch, manifest->where.index};
    const struct tg_card *card = tg_known_by_hash(&judging->known, &manifest->card_hash);
    if (!card || !tg_node_id_equal(&card->node, &position.origin)) return "card";
    const struct tg_card_key *key =
        tg_card_envelope_key(card, manifest->envelope_key_id, position.epoch, position.index);
    if (!key) return "key";
    return tg_envelope_verify(&envelope, &position, &key->key, NULL) ? "envelope" : NULL;
}

const char *case_judge(const struct one_case *one, const struct tg_known_cards *known, struct tg_arena *arena)
{
    static const char *(*const judges[CASE_KINDS])(struct judging *) = {
        [CASE_EVIDENCE] = evidence_judge, [CASE_PROOF] = evidence_judge,
        [CASE_TILES] = tiles_judge,       [CASE_RECEIPT] = receipt_judge,
        [CASE_CARDS] = cards_judge,       [CASE_CHECKPOINT] = checkpoint_judge,
        [CASE_MANIFEST] = manifest_judge, [CASE_ENVELOPE] = envelope_judge,
    };
    struct judging judging = {.one = one, .arena = arena};
    if (one->flags & CASE_KNOWN) judging.known = *known;
    return judges[one->kind](&judging);
}
