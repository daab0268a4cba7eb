/* Manifests and envelopes: parse, verify.
 *
 * Knows no secret (proto/open.c does) and no record's meaning. Format: docs/formats.md "Manifest".
 */
#include "proto/envelope.h"

#include <inttypes.h>

#include "base/cursor.h"

static const uint8_t magic[8] = {'T', 'A', 'M', 'G', 'A', 'M', 0x00, 0x01};
static const uint8_t zeros[7];

#define FLAGS_KNOWN TG_MANIFEST_CONTROL
#define ITEM_OVERHEAD 16 /* tag of the AEAD */

void tg_manifest_encode(const struct tg_manifest *manifest, uint8_t out[static TG_MANIFEST_BYTES])
{
    struct tg_wr wr = tg_wr_init(out, TG_MANIFEST_BYTES);
    tg_wr_put(&wr, magic, sizeof magic);
    tg_wr_u16(&wr, manifest->where.suite);
    tg_wr_u16(&wr, manifest->control ? TG_MANIFEST_CONTROL : 0);
    tg_wr_u32(&wr, manifest->where.epoch);
    tg_wr_put(&wr, manifest->where.origin.bytes, sizeof manifest->where.origin.bytes);
    tg_wr_u64(&wr, manifest->where.index);
    tg_wr_u32(&wr, manifest->envelope_key_id);
    tg_wr_u32(&wr, 0);
    tg_wr_u64(&wr, manifest->created);
    tg_wr_u32(&wr, manifest->stanza_count);
    tg_wr_u32(&wr, manifest->record_count);
    tg_wr_u64(&wr, manifest->body_bytes);
    tg_wr_put(&wr, manifest->stanzas_hash.bytes, TG_HASH_BYTES);
    tg_wr_put(&wr, manifest->body_hash.bytes, TG_HASH_BYTES);
    tg_wr_put(&wr, manifest->key_commitment.bytes, TG_HASH_BYTES);
    tg_wr_put(&wr, manifest->records_root.bytes, TG_HASH_BYTES);
    tg_wr_put(&wr, manifest->card_hash.bytes, TG_HASH_BYTES);
    tg_wr_u8(&wr, (uint8_t)manifest->precedence);
    tg_wr_put(&wr, zeros, sizeof zeros);
}

/* Fields that are read but not kept in struct tg_manifest. */
struct rest {
    unsigned flags;
    uint32_t reserved;
    unsigned precedence;
    uint8_t tail[sizeof zeros];
};

static tg_err manifest_check(const struct tg_manifest *manifest, const struct rest *rest,
                             struct tg_errmsg *em)
{
    static const uint8_t no_commitment[TG_HASH_BYTES];
    const uint32_t stanzas = manifest->stanza_count;

    if (manifest->where.suite != TG_SUITE_1)
        return tg_fail(em, TG_ESUITE, "envelope uses suite %u, which this program does not know",
                       manifest->where.suite);
    if ((rest->flags & ~FLAGS_KNOWN) != 0 || rest->reserved != 0 ||
        memcmp(rest->tail, zeros, sizeof zeros) != 0)
        return tg_fail(em, TG_ERESERVED, "manifest has reserved bytes that are not zero");
    if (rest->precedence > TG_FLASH)
        return tg_fail(em, TG_EVALUE, "manifest has precedence %u, which does not exist", rest->precedence);
    if (manifest->record_count == 0 || manifest->record_count > TG_BATCH_RECORDS_MAX)
        return tg_fail(em, TG_ELIMIT, "envelope has %" PRIu32 " records: 1 to %d are allowed",
                       manifest->record_count, TG_BATCH_RECORDS_MAX);
    if (manifest->body_bytes > TG_BODY_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "envelope's body is over %d bytes", TG_BODY_BYTES_MAX);
    if (manifest->control) {
        if (stanzas != 0) return tg_fail(em, TG_ECOUNT, "control envelope has stanzas");
        if (memcmp(manifest->key_commitment.bytes, no_commitment, sizeof no_commitment) != 0)
            return tg_fail(em, TG_ERESERVED, "control envelope has a key commitment");
        return TG_OK;
    }
    if (stanzas < 2 || stanzas > TG_STANZAS_MAX || (stanzas & (stanzas - 1)) != 0)
        return tg_fail(em, TG_ECOUNT, "envelope has %" PRIu32 " stanzas: a power of two up to %d is needed",
                       stanzas, TG_STANZAS_MAX);
    return TG_OK;
}

tg_err tg_manifest_parse(struct tg_view bytes, struct tg_manifest *ret_manifest, struct tg_errmsg *em)
{
    struct tg_manifest manifest = {0};
    struct rest rest;
    struct tg_rd rd = tg_rd_init(bytes);
    const struct tg_view found = tg_rd_view(&rd, sizeof magic);

    if (rd.err != TG_OK)
        return tg_fail(em, TG_ESHORT, "manifest is %zu bytes short", TG_MANIFEST_BYTES - bytes.bytes);
    if (!tg_view_equal(found, TG_VIEW_ARRAY(magic)))
        return tg_fail(em, TG_EMAGIC, "this is no envelope of version 1");
    manifest.where.suite = tg_rd_u16(&rd);
    rest.flags = tg_rd_u16(&rd);
    manifest.where.epoch = tg_rd_u32(&rd);
    tg_rd_copy(&rd, manifest.where.origin.bytes, sizeof manifest.where.origin.bytes);
    manifest.where.index = tg_rd_u64(&rd);
    manifest.envelope_key_id = tg_rd_u32(&rd);
    rest.reserved = tg_rd_u32(&rd);
    manifest.created = tg_rd_u64(&rd);
    manifest.stanza_count = tg_rd_u32(&rd);
    manifest.record_count = tg_rd_u32(&rd);
    manifest.body_bytes = tg_rd_u64(&rd);
    tg_rd_copy(&rd, manifest.stanzas_hash.bytes, TG_HASH_BYTES);
    tg_rd_copy(&rd, manifest.body_hash.bytes, TG_HASH_BYTES);
    tg_rd_copy(&rd, manifest.key_commitment.bytes, TG_HASH_BYTES);
    tg_rd_copy(&rd, manifest.records_root.bytes, TG_HASH_BYTES);
    tg_rd_copy(&rd, manifest.card_hash.bytes, TG_HASH_BYTES);
    rest.precedence = tg_rd_u8(&rd);
    tg_rd_copy(&rd, rest.tail, sizeof rest.tail);
    tg_err err = tg_rd_end(&rd);
    if (err != TG_OK) return tg_fail(em, err, "manifest is not %d bytes", TG_MANIFEST_BYTES);
    manifest.control = (rest.flags & TG_MANIFEST_CONTROL) != 0;
    err = manifest_check(&manifest, &rest, em);
    if (err != TG_OK) return err;
    manifest.precedence = (enum tg_precedence)rest.precedence;
    *ret_manifest = manifest;
    return TG_OK;
}

/* Sealed body: n ‖ audience bytes ‖ n × item bytes ‖ items. */
static tg_err sealed_body_check(const struct tg_manifest *manifest, struct tg_view body, struct tg_errmsg *em)
{
    struct tg_rd rd = tg_rd_init(body);
    const uint32_t count = tg_rd_u32(&rd);
    const uint32_t audience_bytes = tg_rd_u32(&rd);
    uint64_t items = audience_bytes;

    if (rd.err == TG_OK && count != manifest->record_count)
        return tg_fail(em, TG_ECOUNT, "body has %" PRIu32 " records, manifest says %" PRIu32, count,
                       manifest->record_count);
    if (rd.err == TG_OK && audience_bytes < 2 + ITEM_OVERHEAD)
        return tg_fail(em, TG_ECOUNT, "audience block of %" PRIu32 " bytes is too short", audience_bytes);
    for (uint32_t i = 0; i < count && rd.err == TG_OK; i++) {
        const uint32_t bytes = tg_rd_u32(&rd);
        if (rd.err == TG_OK && bytes < ITEM_OVERHEAD)
            return tg_fail(em, TG_ECOUNT, "item %" PRIu32 " of %" PRIu32 " bytes is too short", i + 1, bytes);
        items += bytes;
    }
    if (rd.err != TG_OK || items != rd.left) return tg_fail(em, TG_ECOUNT, "items do not fill the body");
    return TG_OK;
}

/* Control body: n ‖ n × (bytes ‖ record). */
static tg_err control_body_check(const struct tg_manifest *manifest, struct tg_view body,
                                 struct tg_errmsg *em)
{
    struct tg_rd rd = tg_rd_init(body);
    const uint32_t count = tg_rd_u32(&rd);
    if (rd.err == TG_OK && count != manifest->record_count)
        return tg_fail(em, TG_ECOUNT, "body has %" PRIu32 " records, manifest says %" PRIu32, count,
                       manifest->record_count);
    for (uint32_t i = 0; i < count && rd.err == TG_OK; i++) (void)tg_rd_view(&rd, tg_rd_u32(&rd));
    if (tg_rd_end(&rd) != TG_OK) return tg_fail(em, TG_ECOUNT, "records do not fill the body");
    return TG_OK;
}

static tg_err length_check(struct tg_view part, uint64_t bytes, const char *name, struct tg_errmsg *em)
{
    if (part.bytes < bytes)
        return tg_fail(em, TG_ESHORT, "%s of the envelope %s %zu bytes, manifest says %" PRIu64, name,
                       "has only", part.bytes, bytes);
    if (part.bytes > bytes)
        return tg_fail(em, TG_ETRAIL, "%s of the envelope has %" PRIu64 " bytes left over", name,
                       part.bytes - bytes);
    return TG_OK;
}

tg_err tg_envelope_join(struct tg_view head, struct tg_view stanzas, struct tg_view body,
                        struct tg_envelope *ret_envelope, struct tg_errmsg *em)
{
    struct tg_envelope envelope = {.head = head, .stanzas = stanzas, .body = body};
    tg_err err = length_check(head, TG_HEAD_BYTES, "head", em);
    if (err != TG_OK) return err;
    err = tg_manifest_parse(tg_view_of(head.data, TG_MANIFEST_BYTES), &envelope.manifest, em);
    if (err != TG_OK) return err;
    const struct tg_manifest *manifest = &envelope.manifest;
    err = length_check(stanzas, (uint64_t)manifest->stanza_count * TG_STANZA_BYTES, "stanza part", em);
    if (err == TG_OK) err = length_check(body, manifest->body_bytes, "body", em);
    if (err != TG_OK) return err;
    err = manifest->control ? control_body_check(manifest, body, em) : sealed_body_check(manifest, body, em);
    if (err != TG_OK) return err;
    *ret_envelope = envelope;
    return TG_OK;
}

tg_err tg_envelope_parse(struct tg_view wire, struct tg_envelope *ret_envelope, struct tg_errmsg *em)
{
    struct tg_manifest manifest;
    if (wire.bytes < sizeof magic || memcmp(wire.data, magic, sizeof magic) != 0)
        return tg_fail(em, TG_EMAGIC, "this is no envelope of version 1");
    if (wire.bytes < TG_HEAD_BYTES)
        return tg_fail(em, TG_ESHORT, "envelope ends within its head, at %zu bytes", wire.bytes);
    if (wire.bytes > TG_ENVELOPE_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "envelope is over %d bytes", TG_ENVELOPE_BYTES_MAX);
    const tg_err err = tg_manifest_parse(tg_view_of(wire.data, TG_MANIFEST_BYTES), &manifest, em);
    if (err != TG_OK) return err;
    const size_t stanza_bytes = (size_t)manifest.stanza_count * TG_STANZA_BYTES;
    const size_t left = wire.bytes - TG_HEAD_BYTES;
    if (left < stanza_bytes)
        return tg_fail(em, TG_ESHORT, "envelope ends within its stanzas, at %zu bytes", wire.bytes);
    const uint8_t *stanzas = wire.data + TG_HEAD_BYTES;
    return tg_envelope_join(tg_view_of(wire.data, TG_HEAD_BYTES), tg_view_of(stanzas, stanza_bytes),
                            tg_view_of(stanzas + stanza_bytes, left - stanza_bytes), ret_envelope, em);
}

tg_err tg_head_verify(struct tg_view head, const struct tg_position *expected,
                      const struct tg_note_key *envelope_key, struct tg_manifest *ret_manifest,
                      struct tg_errmsg *em)
{
    struct tg_manifest manifest;
    struct tg_signature signature;
    tg_err err = length_check(head, TG_HEAD_BYTES, "head", em);
    if (err != TG_OK) return err;
    const struct tg_view manifest_bytes = tg_view_of(head.data, TG_MANIFEST_BYTES);
    err = tg_manifest_parse(manifest_bytes, &manifest, em);
    if (err != TG_OK) return err;
    if (!tg_node_id_equal(&manifest.where.origin, &expected->origin))
        return tg_fail(em, TG_EPOSITION, "envelope is of another origin than asked for");
    if (manifest.where.epoch != expected->epoch || manifest.where.index != expected->index)
        return tg_fail(em, TG_EPOSITION,
                       "envelope stands at epoch %" PRIu32 " index %" PRIu64 ", asked for was epoch %" PRIu32
                       " index %" PRIu64,
                       manifest.where.epoch, manifest.where.index, expected->epoch, expected->index);
    if (manifest.envelope_key_id != envelope_key->id)
        return tg_fail(em, TG_EKEY, "envelope cites key %08" PRIx32 ", at hand is %08" PRIx32,
                       manifest.envelope_key_id, envelope_key->id);
    memcpy(signature.bytes, head.data + TG_MANIFEST_BYTES, sizeof signature.bytes);
    err = tg_sign_verify_labelled(&envelope_key->public_key, "tamga/manifest/v1", manifest_bytes, &signature);
#ifdef TG_CONTROL_NO_SIGNATURE
    err = TG_OK;
#endif
    if (err != TG_OK) return tg_fail(em, err, "envelope has a bad signature");
    *ret_manifest = manifest;
    return TG_OK;
}

tg_err tg_envelope_verify(const struct tg_envelope *envelope, const struct tg_position *expected,
                          const struct tg_note_key *envelope_key, struct tg_errmsg *em)
{
    struct tg_manifest manifest;
    struct tg_hash hash;
    const tg_err err = tg_head_verify(envelope->head, expected, envelope_key, &manifest, em);
    if (err != TG_OK) return err;
    tg_sha256_of(envelope->stanzas, &hash);
    if (!tg_hash_equal(&hash, &manifest.stanzas_hash))
        return tg_fail(em, TG_EHASH, "stanzas do not match their hash");
    tg_sha256_of(envelope->body, &hash);
    if (!tg_hash_equal(&hash, &manifest.body_hash))
        return tg_fail(em, TG_EHASH, "body does not match its hash");
    return TG_OK;
}

void tg_envelope_leaf(struct tg_view head, uint8_t ret_leaf[static TG_LEAF_BYTES])
{
    struct tg_hash hash;
    tg_sha256_labelled("tamga/leaf/v1", head, &hash);
    ret_leaf[0] = 0x01;
    memcpy(ret_leaf + 1, hash.bytes, sizeof hash.bytes);
}

void tg_record_id_of(struct tg_view record, struct tg_hash *ret_id)
{
    tg_sha256_labelled("tamga/record/v1", record, ret_id);
}
