/* Fork proofs: bytes and verification. Format: docs/formats-evidence.md "Fork proofs".
 */
#include "proto/fork.h"

#include <inttypes.h>

#include "base/cleanup.h"
#include "base/cursor.h"

static const uint8_t magic[8] = {'T', 'A', 'M', 'G', 'A', 'F', 0, 1};

const char *tg_fork_kind_text(uint32_t kind)
{
    switch (kind) {
    case TG_FORK_MANIFESTS:
        return "two manifests";
    case TG_FORK_CHECKPOINTS:
        return "two heads";
    case TG_FORK_LEAF:
        return "manifest against leaf";
    default:
        return "a newer kind";
    }
}

/* ---- bytes ---- */

static tg_err note_put(struct tg_buf *out, struct tg_view note)
{
    uint8_t bytes[4];
    tg_be32_put(bytes, (uint32_t)note.bytes);
    tg_err err = tg_buf_put(out, bytes, sizeof bytes);
    return err ? err : tg_buf_put_view(out, note);
}

static bool is_note(struct tg_view note)
{
    return note.bytes > 0 && note.bytes <= TG_NOTE_BYTES_MAX;
}

static bool parts_whole(const struct tg_fork *fork)
{
    switch (fork->kind) {
    case TG_FORK_MANIFESTS:
        return fork->heads[0].bytes == TG_HEAD_BYTES && fork->heads[1].bytes == TG_HEAD_BYTES;
    case TG_FORK_CHECKPOINTS:
        return is_note(fork->notes[0]) && is_note(fork->notes[1]);
    case TG_FORK_LEAF:
        return fork->heads[0].bytes == TG_HEAD_BYTES && fork->leaf.bytes == TG_LEAF_BYTES &&
               is_note(fork->notes[1]);
    }
    return false;
}

static tg_err parts_put(const struct tg_fork *fork, struct tg_buf *out)
{
    tg_err err = TG_OK;
    if (fork->kind == TG_FORK_MANIFESTS) {
        err = tg_buf_put_view(out, fork->heads[0]);
        return err ? err : tg_buf_put_view(out, fork->heads[1]);
    }
    if (fork->kind == TG_FORK_LEAF) {
        err = tg_buf_put_view(out, fork->heads[0]);
        if (!err) err = tg_buf_put_view(out, fork->leaf);
    } else {
        err = note_put(out, fork->notes[0]);
    }
    if (!err) err = note_put(out, fork->notes[1]);
    return err ? err : tg_buf_put(out, fork->nodes.path, fork->nodes.count * sizeof fork->nodes.path[0]);
}

tg_err tg_fork_encode(const struct tg_fork *fork, struct tg_buf *out, struct tg_errmsg *em)
{
    size_t before = out->bytes;
    if (!parts_whole(fork)) return tg_fail(em, TG_EVALUE, "a part of the fork proof is missing");
    tg_err err = parts_put(fork, out);
    if (!err && out->bytes - before > TG_FORK_EVIDENCE_BYTES_MAX)
        err = tg_fail(em, TG_ELIMIT, "the fork proof is over %d bytes", TG_FORK_EVIDENCE_BYTES_MAX);
    if (err) out->bytes = before;
    return err;
}

tg_err tg_fork_note(struct tg_view bytes, const struct tg_note_key *log_key, struct tg_buf *out)
{
    struct tg_note note;
    tg_err err = tg_note_parse(bytes, &note, NULL);
    if (!err) err = tg_note_begin(note.text, out);
    for (size_t i = 0; !err && i < note.line_count; i++) {
        const struct tg_note_line *line = &note.lines[i];
        if (line->id != log_key->id || !tg_view_equal_str(line->name, log_key->name)) continue;
        err = tg_buf_putf(out, "\xe2\x80\x94 %.*s %.*s\n", TG_VIEW_PRINT(line->name),
                          TG_VIEW_PRINT(line->base64));
    }
    return err;
}

/* ---- decoding ---- */

static tg_err head_read(struct tg_rd *rd, struct tg_fork *fork, size_t i, struct tg_manifest *ret_manifest,
                        struct tg_errmsg *em)
{
    uint8_t leaf[TG_LEAF_BYTES];
    fork->heads[i] = tg_rd_view(rd, TG_HEAD_BYTES);
    if (rd->err) return tg_fail(em, TG_ESHORT, "the fork proof ends in a manifest");
    tg_err err = tg_manifest_parse(tg_view_of(fork->heads[i].data, TG_MANIFEST_BYTES), ret_manifest, em);
    if (err) return err;
    tg_envelope_leaf(fork->heads[i], leaf);
    tg_merkle_leaf_hash(TG_VIEW_ARRAY(leaf), &fork->leaves[i]);
    return TG_OK;
}

static void place_of(struct tg_fork *fork, const struct tg_manifest *manifest)
{
    fork->origin = manifest->where.origin;
    fork->epoch = manifest->where.epoch;
    fork->index = manifest->where.index;
}

static tg_err note_read(struct tg_rd *rd, struct tg_fork *fork, size_t i, struct tg_node_id *ret_origin,
                        uint32_t *ret_epoch, struct tg_errmsg *em)
{
    struct tg_note note;
    uint32_t bytes = tg_rd_u32(rd);
    fork->notes[i] = tg_rd_view(rd, bytes);
    if (rd->err) return tg_fail(em, TG_ESHORT, "the fork proof ends in a checkpoint");
    tg_err err = tg_note_parse(fork->notes[i], &note, em);
    if (!err) err = tg_checkpoint_parse(note.text, &fork->signed_as[i], em);
    if (err) return err;
    if (tg_log_origin_parse(tg_view_str(fork->signed_as[i].origin), ret_origin, ret_epoch))
        return tg_fail(em, TG_EFORMAT, "a checkpoint of the fork proof is of no node's log");
    return TG_OK;
}

static tg_err nodes_read(struct tg_rd *rd, struct tg_fork *fork, struct tg_errmsg *em)
{
    if (rd->left % TG_HASH_BYTES || rd->left / TG_HASH_BYTES > TG_MERKLE_LEVELS_MAX)
        return tg_fail(em, TG_ETRAIL, "the nodes of the fork proof are not whole hashes, or too many");
    fork->nodes.count = rd->left / TG_HASH_BYTES;
    for (size_t i = 0; i < fork->nodes.count; i++)
        tg_rd_copy(rd, fork->nodes.path[i].bytes, sizeof fork->nodes.path[i].bytes);
    return TG_OK;
}

static tg_err manifests_decode(struct tg_rd *rd, struct tg_fork *fork, struct tg_errmsg *em)
{
    struct tg_manifest first, second;
    tg_err err = head_read(rd, fork, 0, &first, em);
    if (!err) err = head_read(rd, fork, 1, &second, em);
    if (err) return err;
    if (rd->left) return tg_fail(em, TG_ETRAIL, "the fork proof has bytes left over");
    place_of(fork, &first);
    bool one_place = tg_node_id_equal(&first.where.origin, &second.where.origin) &&
                     first.where.epoch == second.where.epoch && first.where.index == second.where.index;
    if (!one_place) return tg_fail(em, TG_EPOSITION, "the two manifests are of two places");
    int order = memcmp(&fork->leaves[0], &fork->leaves[1], sizeof fork->leaves[0]);
    if (order == 0) return tg_fail(em, TG_EVALUE, "the two manifests are the same");
    return order < 0 ? TG_OK : tg_fail(em, TG_EFORMAT, "the two manifests stand in the wrong order");
}

static tg_err checkpoints_decode(struct tg_rd *rd, struct tg_fork *fork, struct tg_errmsg *em)
{
    struct tg_node_id other;
    uint32_t epoch = 0;
    tg_err err = note_read(rd, fork, 0, &fork->origin, &fork->epoch, em);
    if (!err) err = note_read(rd, fork, 1, &other, &epoch, em);
    if (!err) err = nodes_read(rd, fork, em);
    if (err) return err;
    if (!tg_node_id_equal(&fork->origin, &other) || fork->epoch != epoch)
        return tg_fail(em, TG_EPOSITION, "the two checkpoints are of two logs");
    const struct tg_checkpoint *small = &fork->signed_as[0], *large = &fork->signed_as[1];
    if (!small->size) return tg_fail(em, TG_EVALUE, "the head of an empty log proves nothing");
    if (small->size < large->size) return TG_OK;
    int order = memcmp(small->root.bytes, large->root.bytes, sizeof small->root.bytes);
    if (small->size > large->size || order > 0)
        return tg_fail(em, TG_EFORMAT, "the two checkpoints stand in the wrong order");
    if (order == 0) return tg_fail(em, TG_EVALUE, "the two checkpoints say the same");
    return fork->nodes.count ? tg_fail(em, TG_ETRAIL, "checkpoints of one size need no nodes") : TG_OK;
}

static tg_err leaf_decode(struct tg_rd *rd, struct tg_fork *fork, struct tg_errmsg *em)
{
    struct tg_manifest manifest;
    struct tg_node_id other;
    uint32_t epoch = 0;
    tg_err err = head_read(rd, fork, 0, &manifest, em);
    if (err) return err;
    fork->leaf = tg_rd_view(rd, TG_LEAF_BYTES);
    if (rd->err) return tg_fail(em, TG_ESHORT, "the fork proof ends in a leaf");
    err = note_read(rd, fork, 1, &other, &epoch, em);
    if (!err) err = nodes_read(rd, fork, em);
    if (err) return err;
    place_of(fork, &manifest);
    tg_merkle_leaf_hash(fork->leaf, &fork->leaves[1]);
    if (!tg_node_id_equal(&fork->origin, &other) || fork->epoch != epoch ||
        fork->index >= fork->signed_as[1].size)
        return tg_fail(em, TG_EPOSITION, "manifest and checkpoint are of two logs, or of two places");
    return tg_hash_equal(&fork->leaves[0], &fork->leaves[1])
               ? tg_fail(em, TG_EVALUE, "the leaf is the manifest's own")
               : TG_OK;
}

tg_err tg_fork_decode(uint32_t kind, struct tg_view evidence, struct tg_fork *ret_fork, struct tg_errmsg *em)
{
    struct tg_rd rd = tg_rd_init(evidence);
    *ret_fork = (struct tg_fork){.kind = (enum tg_fork_kind)kind};
    if (evidence.bytes > TG_FORK_EVIDENCE_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "the fork proof is over %d bytes", TG_FORK_EVIDENCE_BYTES_MAX);
    switch (kind) {
    case TG_FORK_MANIFESTS:
        return manifests_decode(&rd, ret_fork, em);
    case TG_FORK_CHECKPOINTS:
        return checkpoints_decode(&rd, ret_fork, em);
    case TG_FORK_LEAF:
        return leaf_decode(&rd, ret_fork, em);
    default:
        return tg_fail(em, TG_ENEWER, "fork proofs of kind %" PRIu32 " are newer than this program", kind);
    }
}

/* ---- verifying ---- */

static tg_err head_verify(const struct tg_fork *fork, size_t i, const struct tg_card *card,
                          struct tg_errmsg *em)
{
    struct tg_manifest manifest;
    struct tg_position where = {.origin = fork->origin, .epoch = fork->epoch, .index = fork->index};
    tg_err err = tg_manifest_parse(tg_view_of(fork->heads[i].data, TG_MANIFEST_BYTES), &manifest, em);
    if (err) return err;
    const struct tg_card_key *key =
        tg_card_envelope_key(card, manifest.envelope_key_id, where.epoch, where.index);
    if (!key)
        return tg_fail(em, TG_EKEY, "the origin's card lists no such envelope key for entry %" PRIu64,
                       where.index);
    return tg_head_verify(fork->heads[i], &where, &key->key, &manifest, em);
}

static tg_err note_verify(const struct tg_fork *fork, size_t i, const struct tg_card *card,
                          struct tg_errmsg *em)
{
    struct tg_checkpoint checkpoint;
    uint64_t size = fork->signed_as[i].size;
    const struct tg_card_key *key = tg_card_log_key(card, fork->epoch, size);
    if (!key)
        return tg_fail(em, TG_EKEY, "the origin's card lists no log key for a head of %" PRIu64 " entries",
                       size);
    return tg_checkpoint_open(fork->notes[i], &key->key, NULL, 0, &checkpoint, NULL, em);
}

static tg_err checkpoints_differ(const struct tg_fork *fork, struct tg_errmsg *em)
{
    const struct tg_checkpoint *small = &fork->signed_as[0], *large = &fork->signed_as[1];
    if (small->size == large->size) return TG_OK; /* decoded: their roots differ */
    struct tg_hash front, whole;
    tg_err err = tg_merkle_front_roots(small->size, large->size, &fork->nodes, &front, &whole);
    if (err || !tg_hash_equal(&whole, &large->root))
        return tg_fail(em, TG_EROOT, "the nodes do not lead to the larger head's root");
    return tg_hash_equal(&front, &small->root)
               ? tg_fail(em, TG_EVALUE, "the larger head extends the smaller one: this is no fork")
               : TG_OK;
}

tg_err tg_fork_verify(const struct tg_fork *fork, const struct tg_card *card, struct tg_errmsg *em)
{
    if (!tg_node_id_equal(&card->node, &fork->origin))
        return tg_fail(em, TG_EPOSITION, "the card is not that of the fork's origin");
    tg_err err = TG_OK;
    if (fork->kind != TG_FORK_CHECKPOINTS) err = head_verify(fork, 0, card, em);
    if (!err && fork->kind == TG_FORK_MANIFESTS) err = head_verify(fork, 1, card, em);
    if (!err && fork->kind == TG_FORK_CHECKPOINTS) err = note_verify(fork, 0, card, em);
    if (!err && fork->kind != TG_FORK_MANIFESTS) err = note_verify(fork, 1, card, em);
    if (!err && fork->kind == TG_FORK_CHECKPOINTS) err = checkpoints_differ(fork, em);
    if (!err && fork->kind == TG_FORK_LEAF &&
        tg_merkle_inclusion_verify(fork->index, fork->signed_as[1].size, &fork->leaves[1], &fork->nodes,
                                   &fork->signed_as[1].root))
        err = tg_fail(em, TG_EROOT, "the path does not lead from the leaf to the head's root");
    return err;
}

/* ---- files ---- */

tg_err tg_fork_file_encode(uint32_t kind, struct tg_view evidence, struct tg_buf *out)
{
    size_t before = out->bytes;
    uint8_t byte = (uint8_t)kind;
    tg_err err = tg_buf_put(out, magic, sizeof magic);
    if (!err) err = tg_buf_put(out, &byte, 1);
    if (!err) err = tg_buf_put_view(out, evidence);
    if (err) out->bytes = before;
    return err;
}

tg_err tg_fork_file_decode(struct tg_view file, uint32_t *ret_kind, struct tg_view *ret_evidence)
{
    if (file.bytes < sizeof magic || memcmp(file.data, magic, sizeof magic) != 0) return TG_EMAGIC;
    if (file.bytes < sizeof magic + 2) return TG_ESHORT;
    *ret_kind = file.data[sizeof magic];
    *ret_evidence = tg_view_of(file.data + sizeof magic + 1, file.bytes - sizeof magic - 1);
    return TG_OK;
}
