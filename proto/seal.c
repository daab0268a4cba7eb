/* Sealing: records and an audience → envelope.
 *
 * Knows no record's meaning and no policy. Format: docs/formats.md "Keys of a batch" to "Manifest".
 */
#include "proto/seal.h"

#include <inttypes.h>

#include "base/cursor.h"
#include "proto/envelope_parts.h"

void tg_sealed_release(struct tg_sealed *sealed)
{
    if (sealed == NULL) return;
    tg_buf_release(&sealed->wire);
    free(sealed->record_ids);
    tg_key_release(&sealed->ck);
    *sealed = (struct tg_sealed){0};
}

uint32_t tg_seal_stanza_count(size_t audience_count, uint32_t stanzas_min)
{
    uint32_t count = 2;
    while (count < TG_STANZAS_MAX && (count < audience_count + 1 || count < stanzas_min)) count *= 2;
    return count;
}

/* The audience in ascending order of id: order[k] is an index into params->audience. */
struct order {
    uint8_t of[TG_AUDIENCE_MAX];
};

static tg_err order_make(const struct tg_seal_params *params, struct order *ret_order, struct tg_errmsg *em)
{
    struct order order = {{0}};
    for (size_t i = 0; i < params->audience_count; i++) {
        const struct tg_node_id *id = &params->audience[i].id;
        size_t at = i;
        if (tg_node_id_equal(id, &params->position.origin))
            return tg_fail(em, TG_EVALUE, "audience names the origin itself");
        while (at > 0 && tg_node_id_compare(&params->audience[order.of[at - 1]].id, id) > 0) {
            order.of[at] = order.of[at - 1];
            at--;
        }
        if (at > 0 && tg_node_id_equal(&params->audience[order.of[at - 1]].id, id))
            return tg_fail(em, TG_EVALUE, "audience names a node twice");
        order.of[at] = (uint8_t)i;
    }
    *ret_order = order;
    return TG_OK;
}

static tg_err params_check(const struct tg_seal_params *params, size_t overhead, struct tg_errmsg *em)
{
    uint64_t bytes = TG_BODY_HEAD_BYTES + TG_AEAD_TAG_BYTES + 2 + TG_AUDIENCE_MAX * 32;
    if (params->record_count == 0) return tg_fail(em, TG_EVALUE, "no record to seal");
    if (params->record_count > TG_BATCH_RECORDS_MAX)
        return tg_fail(em, TG_ELIMIT, "%zu records are over the %d of one envelope", params->record_count,
                       TG_BATCH_RECORDS_MAX);
    if (params->audience_count > TG_AUDIENCE_MAX)
        return tg_fail(em, TG_ELIMIT, "%zu members are over the %d of one audience", params->audience_count,
                       TG_AUDIENCE_MAX);
    if (params->precedence > TG_FLASH) return tg_fail(em, TG_EVALUE, "precedence does not exist");
    for (size_t i = 0; i < params->record_count; i++) bytes += 4 + overhead + params->records[i].bytes;
    if (bytes > TG_BODY_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "records are over the %d bytes of one envelope", TG_BODY_BYTES_MAX);
    return TG_OK;
}

/* What is being made. */
struct sealing {
    const struct tg_seal_params *params;
    const struct tg_seal_draw *draw;
    struct order order;
    struct tg_manifest manifest;
    struct tg_keyset set;
    struct tg_keywalk walk;
    struct tg_hash *leaves; /* of the records root */
    uint8_t *body;
    struct tg_sealed *sealed;
};

static void sealing_release(struct sealing *sealing)
{
    tg_keywalk_release(&sealing->walk);
    tg_keyset_release(&sealing->set);
    free(sealing->leaves);
}
TG_AUTO_DEFINE(sealing, sealing_release)

static size_t audience_bytes_of(const struct tg_seal_params *params)
{
    return 2 + params->audience_count * 32;
}

static tg_err sealing_start(struct sealing *sealing, bool control, struct tg_errmsg *em)
{
    const struct tg_seal_params *params = sealing->params;
    struct tg_manifest *manifest = &sealing->manifest;
    size_t body = control ? 4 : TG_BODY_HEAD_BYTES + audience_bytes_of(params) + TG_AEAD_TAG_BYTES;
    for (size_t i = 0; i < params->record_count; i++)
        body += 4 + params->records[i].bytes + (control ? 0 : TG_AEAD_TAG_BYTES);

    manifest->where = (struct tg_where){.suite = TG_SUITE_1,
                                        .origin = params->position.origin,
                                        .epoch = params->position.epoch,
                                        .index = params->position.index};
    manifest->control = control;
    manifest->envelope_key_id = params->envelope_key->id;
    manifest->created = params->created;
    manifest->stanza_count = control ? 0 : sealing->draw->stanza_count;
    manifest->record_count = (uint32_t)params->record_count;
    manifest->body_bytes = body;
    manifest->card_hash = params->card_hash;
    manifest->precedence = params->precedence;

    const size_t stanzas = (size_t)manifest->stanza_count * TG_STANZA_BYTES;
    sealing->leaves = calloc(params->record_count, sizeof *sealing->leaves);
    sealing->sealed->record_ids = calloc(params->record_count, sizeof *sealing->sealed->record_ids);
    if (sealing->leaves == NULL || sealing->sealed->record_ids == NULL ||
        tg_buf_reserve(&sealing->sealed->wire, TG_HEAD_BYTES + stanzas + body) != TG_OK)
        return tg_fail(em, TG_ENOMEM, "no memory for an envelope of %zu bytes",
                       TG_HEAD_BYTES + stanzas + body);
    sealing->sealed->record_count = params->record_count;
    sealing->sealed->wire.bytes = TG_HEAD_BYTES + stanzas + body;
    sealing->body = sealing->sealed->wire.data + TG_HEAD_BYTES + stanzas;
    return TG_OK;
}

/* Seal one item at *at; the plaintext may stand there already. */
static tg_err item_seal(struct sealing *sealing, uint32_t item, struct tg_view plain,
                        uint8_t aad[static TG_ITEM_AAD_BYTES], uint8_t **at, uint8_t *ret_salt)
{
    TG_AUTO(tg_leaf_key) struct tg_leaf_key leaf;
    const tg_err err = tg_keywalk_leaf(&sealing->walk, item, &leaf);
    if (err != TG_OK) return err;
    tg_item_aad_number(aad, item);
    tg_aead_seal(leaf.key, tg_item_nonce, tg_view_of(aad, TG_ITEM_AAD_BYTES), plain, *at);
    if (ret_salt != NULL) memcpy(ret_salt, leaf.salt, sizeof leaf.salt);
    *at += plain.bytes + TG_AEAD_TAG_BYTES;
    return TG_OK;
}

static tg_err audience_seal(struct sealing *sealing, uint8_t aad[static TG_ITEM_AAD_BYTES], uint8_t **at)
{
    const struct tg_seal_params *params = sealing->params;
    uint8_t plain[2 + TG_AUDIENCE_MAX * 32];
    struct tg_wr wr = tg_wr_init(plain, sizeof plain);
    tg_wr_u16(&wr, (uint16_t)params->audience_count);
    for (size_t i = 0; i < params->audience_count; i++)
        tg_wr_put(&wr, params->audience[sealing->order.of[i]].id.bytes, 32);
    return item_seal(sealing, TG_AUDIENCE_ITEM, tg_wr_view_of(&wr), aad, at, NULL);
}

static tg_err body_seal(struct sealing *sealing)
{
    const struct tg_seal_params *params = sealing->params;
    const size_t head_bytes = TG_BODY_HEAD_BYTES + 4 * params->record_count;
    uint8_t *at = sealing->body + head_bytes;
    uint8_t aad[TG_ITEM_AAD_BYTES];
    uint8_t salt[TG_SALT_BYTES];
    struct tg_wr wr = tg_wr_init(sealing->body, head_bytes);

    tg_wr_u32(&wr, (uint32_t)params->record_count);
    tg_wr_u32(&wr, (uint32_t)(audience_bytes_of(params) + TG_AEAD_TAG_BYTES));
    for (size_t i = 0; i < params->record_count; i++)
        tg_wr_u32(&wr, (uint32_t)(params->records[i].bytes + TG_AEAD_TAG_BYTES));
    tg_item_aad(&sealing->manifest.where, TG_AUDIENCE_ITEM, aad);
    tg_err err = audience_seal(sealing, aad, &at);
    for (size_t i = 0; i < params->record_count && err == TG_OK; i++) {
        struct tg_hash *id = &sealing->sealed->record_ids[i];
        err = item_seal(sealing, (uint32_t)i + 1, params->records[i], aad, &at, salt);
        tg_record_id_of(params->records[i], id);
        tg_record_leaf_hash(salt, id, &sealing->leaves[i]);
    }
    return err;
}

static void body_control(struct sealing *sealing)
{
    static const uint8_t no_salt[TG_SALT_BYTES];
    const struct tg_seal_params *params = sealing->params;
    struct tg_wr wr = tg_wr_init(sealing->body, (size_t)sealing->manifest.body_bytes);
    tg_wr_u32(&wr, (uint32_t)params->record_count);
    for (size_t i = 0; i < params->record_count; i++) {
        struct tg_hash *id = &sealing->sealed->record_ids[i];
        tg_wr_u32(&wr, (uint32_t)params->records[i].bytes);
        tg_wr_view(&wr, params->records[i]);
        tg_record_id_of(params->records[i], id);
        tg_record_leaf_hash(no_salt, id, &sealing->leaves[i]);
    }
}

static void body_hashes(struct sealing *sealing)
{
    struct tg_manifest *manifest = &sealing->manifest;
    tg_merkle_root_of(sealing->leaves, sealing->params->record_count, &manifest->records_root);
    tg_sha256_of(tg_view_of(sealing->body, (size_t)manifest->body_bytes), &manifest->body_hash);
}

/* Recipient number → stanza at slot: audience in order, recovery, padding. */
static tg_err stanza_put(struct sealing *sealing, uint32_t slot, uint32_t number,
                         const uint8_t aad[static TG_STANZA_AAD_BYTES])
{
    static const struct tg_node_id nobody;
    const struct tg_seal_params *params = sealing->params;
    const struct tg_seal_draw *draw = sealing->draw;
    const struct tg_where *where = &sealing->manifest.where;
    uint8_t *out = sealing->sealed->wire.data + TG_HEAD_BYTES + (size_t)slot * TG_STANZA_BYTES;
    const struct tg_view aad_view = tg_view_of(aad, TG_STANZA_AAD_BYTES);
    const struct tg_key *ephemeral = &draw->ephemerals[number];
    uint8_t info[TG_STANZA_INFO_BYTES];

    if (number < params->audience_count) {
        const size_t member = sealing->order.of[number];
        const struct tg_recipient *recipient = &params->audience[member];
        sealing->sealed->slots[member] = slot;
        tg_stanza_info(where, &recipient->id, info);
        return tg_stanza_seal(&recipient->seal, ephemeral, &draw->ck, recipient->previous,
                              TG_VIEW_ARRAY(info), aad_view, out);
    }
    if (number == params->audience_count) {
        sealing->sealed->recovery_slot = slot;
        tg_stanza_info(where, &where->origin, info);
        return tg_stanza_seal(&params->recovery, ephemeral, &draw->ck, params->recovery_previous,
                              TG_VIEW_ARRAY(info), aad_view, out);
    }
    const struct tg_seal_padding *padding = &draw->padding[number - params->audience_count - 1];
    tg_stanza_info(where, &nobody, info);
    return tg_stanza_seal(&padding->recipient, ephemeral, &padding->ck, padding->previous,
                          TG_VIEW_ARRAY(info), aad_view, out);
}

static tg_err stanzas_seal(struct sealing *sealing, struct tg_errmsg *em)
{
    struct tg_manifest *manifest = &sealing->manifest;
    uint8_t aad[TG_STANZA_AAD_BYTES];
    tg_stanza_aad(&manifest->key_commitment, &manifest->records_root, &manifest->body_hash, aad);
    for (uint32_t slot = 0; slot < manifest->stanza_count; slot++) {
        const tg_err err = stanza_put(sealing, slot, sealing->draw->slot_order[slot], aad);
        if (err != TG_OK) return tg_fail(em, err, "a recipient's seal key is no usable key");
    }
    return TG_OK;
}

/* Manifest, signature, leaf; then parse what was made, as any reader will. */
static tg_err head_sign(struct sealing *sealing, struct tg_errmsg *em)
{
    struct tg_sealed *sealed = sealing->sealed;
    struct tg_manifest *manifest = &sealing->manifest;
    uint8_t *head = sealed->wire.data;
    struct tg_signature signature;
    const struct tg_view stanzas =
        tg_view_of(head + TG_HEAD_BYTES, (size_t)manifest->stanza_count * TG_STANZA_BYTES);

    tg_sha256_of(stanzas, &manifest->stanzas_hash);
    tg_manifest_encode(manifest, head);
    const tg_err err = tg_signer_sign_labelled(sealing->params->signer, "tamga/manifest/v1",
                                               tg_view_of(head, TG_MANIFEST_BYTES), &signature);
    if (err != TG_OK) return tg_fail(em, err, "envelope could not be signed");
    memcpy(head + TG_MANIFEST_BYTES, signature.bytes, sizeof signature.bytes);
    tg_envelope_leaf(tg_view_of(head, TG_HEAD_BYTES), sealed->leaf);
    return tg_envelope_parse(tg_buf_view(&sealed->wire), &sealed->envelope, em);
}

static tg_err seal_into(struct sealing *sealing, struct tg_errmsg *em)
{
    TG_AUTO(tg_key) struct tg_key root;
    tg_err err = sealing_start(sealing, false, em);
    if (err != TG_OK) return err;
    tg_batchkey_derive(&sealing->draw->ck, &sealing->manifest.where, &sealing->manifest.key_commitment,
                       &root);
    err = tg_keyset_init_whole(&sealing->set, &root);
    if (err == TG_OK) {
        tg_keywalk_init(&sealing->walk, &sealing->set);
        err = body_seal(sealing);
    }
    if (err != TG_OK) return tg_fail(em, err, "records could not be sealed");
    body_hashes(sealing);
    err = stanzas_seal(sealing, em);
    if (err == TG_OK) err = head_sign(sealing, em);
    if (err == TG_OK) sealing->sealed->ck = sealing->draw->ck;
    return err;
}

tg_err tg_envelope_seal_drawn(const struct tg_seal_params *params, const struct tg_seal_draw *draw,
                              struct tg_sealed *ret_sealed, struct tg_errmsg *em)
{
    TG_AUTO(tg_sealed) struct tg_sealed sealed = {0};
    TG_AUTO(sealing) struct sealing sealing = {.params = params, .draw = draw, .sealed = &sealed};
    tg_err err = params_check(params, TG_AEAD_TAG_BYTES, em);
    if (err == TG_OK &&
        draw->stanza_count != tg_seal_stanza_count(params->audience_count, draw->stanza_count))
        err = tg_fail(em, TG_EVALUE, "%" PRIu32 " stanzas are no power of two that holds the audience",
                      draw->stanza_count);
    if (err == TG_OK) err = order_make(params, &sealing.order, em);
    if (err == TG_OK) err = seal_into(&sealing, em);
    if (err != TG_OK) return err;
    *ret_sealed = sealed;
    sealed = (struct tg_sealed){0};
    return TG_OK;
}

/* Uniform below count, by rejection. */
static uint32_t draw_below(const struct tg_random *random, uint32_t count)
{
    const uint32_t usable = UINT32_MAX - UINT32_MAX % count;
    uint32_t value;
    do tg_random_fill(random, &value, sizeof value);
    while (value >= usable);
    return value % count;
}

static void draw_make(const struct tg_random *random, size_t audience_count, uint32_t stanzas,
                      struct tg_seal_draw *draw)
{
    draw->stanza_count = stanzas;
    tg_random_fill(random, draw->ck.bytes, sizeof draw->ck.bytes);
    for (uint32_t i = 0; i < stanzas; i++) {
        tg_random_fill(random, draw->ephemerals[i].bytes, TG_KEY_BYTES);
        draw->slot_order[i] = (uint8_t)i;
    }
    for (uint32_t i = stanzas - 1; i > 0; i--) {
        const uint32_t other = draw_below(random, i + 1);
        const uint8_t kept = draw->slot_order[i];
        draw->slot_order[i] = draw->slot_order[other];
        draw->slot_order[other] = kept;
    }
    for (uint32_t i = 0; i + audience_count + 1 < stanzas; i++) {
        TG_AUTO(tg_key) struct tg_key thrown_away;
        tg_random_fill(random, thrown_away.bytes, TG_KEY_BYTES);
        tg_seal_public_of(&thrown_away, &draw->padding[i].recipient);
        tg_random_fill(random, draw->padding[i].ck.bytes, TG_KEY_BYTES);
        draw->padding[i].previous = 0;
    }
}

tg_err tg_envelope_seal(const struct tg_seal_params *params, const struct tg_random *random,
                        struct tg_sealed *ret_sealed, struct tg_errmsg *em)
{
    struct tg_seal_draw *draw;
    if (params->audience_count > TG_AUDIENCE_MAX)
        return tg_fail(em, TG_ELIMIT, "%zu members are over the %d of one audience", params->audience_count,
                       TG_AUDIENCE_MAX);
    draw = calloc(1, sizeof *draw);
    if (draw == NULL) return tg_fail(em, TG_ENOMEM, "no memory to seal");
    draw_make(random, params->audience_count,
              tg_seal_stanza_count(params->audience_count, params->stanzas_min), draw);
    const tg_err err = tg_envelope_seal_drawn(params, draw, ret_sealed, em);
    tg_wipe(draw, sizeof *draw);
    free(draw);
    return err;
}

tg_err tg_envelope_seal_control(const struct tg_seal_params *params, struct tg_sealed *ret_sealed,
                                struct tg_errmsg *em)
{
    TG_AUTO(tg_sealed) struct tg_sealed sealed = {0};
    TG_AUTO(sealing) struct sealing sealing = {.params = params, .sealed = &sealed};
    tg_err err = params_check(params, 0, em);
    if (err == TG_OK && params->audience_count > 0)
        err = tg_fail(em, TG_EVALUE, "control envelope has no audience");
    if (err == TG_OK) err = sealing_start(&sealing, true, em);
    if (err != TG_OK) return err;
    body_control(&sealing);
    body_hashes(&sealing);
    err = head_sign(&sealing, em);
    if (err != TG_OK) return err;
    *ret_sealed = sealed;
    sealed = (struct tg_sealed){0};
    return TG_OK;
}
