/* Opening: verified envelope and a key → records, all or one.
 *
 * Knows no record's meaning. Format: docs/formats.md "Keys of a batch", "Body", "Stanzas".
 */
#include "proto/envelope.h"

#include <inttypes.h>

#include "base/cursor.h"
#include "proto/envelope_parts.h"

void tg_batch_release(struct tg_batch *batch)
{
    if (batch == NULL) return;
    tg_key_release(&batch->ck);
    *batch = (struct tg_batch){0};
}

/* --- single items --- */

tg_err tg_opener_init(struct tg_opener *opener, const struct tg_keymat *keymat,
                      const struct tg_manifest *manifest, struct tg_view body)
{
    struct tg_keyset set;
    if (manifest->control) return TG_EVALUE;
    if (body.bytes != manifest->body_bytes) return TG_ECOUNT;
    const tg_err err = tg_keymat_set(keymat, &manifest->where, &manifest->key_commitment, &set);
#ifdef TG_CONTROL_NO_COMMITMENT
    if (err == TG_ECOMMIT) {
        struct tg_hash ignored;
        TG_AUTO(tg_key) struct tg_key root;
        tg_batchkey_derive(&keymat->ck, &manifest->where, &ignored, &root);
        const tg_err again = tg_keyset_init_whole(&set, &root);
        if (again != TG_OK) return again;
    } else
#endif
        if (err != TG_OK)
        return err;
    opener->where = manifest->where;
    opener->body = body;
    opener->record_count = manifest->record_count;
    opener->set = set;
    tg_keywalk_init(&opener->walk, &opener->set);
    return TG_OK;
}

void tg_opener_release(struct tg_opener *opener)
{
    if (opener == NULL) return;
    tg_keywalk_release(&opener->walk);
    tg_keyset_release(&opener->set);
    *opener = (struct tg_opener){0};
}

tg_err tg_opener_item_bytes(const struct tg_opener *opener, uint32_t item, size_t *ret_bytes)
{
    struct tg_view sealed;
    const tg_err err = tg_body_item(opener->body, opener->record_count, item, &sealed);
    if (err == TG_OK) *ret_bytes = sealed.bytes - TG_AEAD_TAG_BYTES;
    return err;
}

/* One ciphertext with the key of its leaf. */
static tg_err item_open(struct tg_opener *opener, uint32_t item, struct tg_view sealed, uint8_t *out,
                        uint8_t *ret_salt)
{
    TG_AUTO(tg_leaf_key) struct tg_leaf_key leaf;
    uint8_t aad[TG_ITEM_AAD_BYTES];
    tg_err err = tg_keywalk_leaf(&opener->walk, item, &leaf);
    if (err != TG_OK) return err;
    tg_item_aad(&opener->where, item, aad);
    err = tg_aead_open(leaf.key, tg_item_nonce, TG_VIEW_ARRAY(aad), sealed, out);
    if (err == TG_OK && ret_salt != NULL) memcpy(ret_salt, leaf.salt, sizeof leaf.salt);
    return err == TG_OK ? TG_OK : TG_EITEM;
}

tg_err tg_opener_item(struct tg_opener *opener, uint32_t item, uint8_t *out, uint8_t *ret_salt)
{
    struct tg_view sealed;
    const tg_err err = tg_body_item(opener->body, opener->record_count, item, &sealed);
    return err != TG_OK ? err : item_open(opener, item, sealed, out, ret_salt);
}

/* --- whole batches --- */

/* A batch being opened, everything in the arena. */
struct opening {
    struct tg_node_id *audience;
    size_t audience_count;
    uint8_t *plain;
    struct tg_view *records;
    struct tg_hash *ids;
    struct tg_hash *leaves;
};

static tg_err opening_take(struct opening *opening, const struct tg_manifest *manifest,
                           struct tg_arena *arena, struct tg_errmsg *em)
{
    const size_t count = manifest->record_count;
    opening->plain = tg_arena_take(arena, (size_t)manifest->body_bytes);
    opening->records = tg_arena_take_array(arena, count, sizeof *opening->records);
    opening->ids = tg_arena_take_array(arena, count, sizeof *opening->ids);
    opening->leaves = tg_arena_take_array(arena, count, sizeof *opening->leaves);
    if (opening->plain == NULL || opening->records == NULL || opening->ids == NULL || opening->leaves == NULL)
        return tg_fail(em, TG_ENOMEM, "opening the envelope takes more memory than its budget");
    return TG_OK;
}

/* u16 count ‖ ids, ascending, distinct, without the origin; the reader must be in it unless it is the origin. */
static tg_err audience_parse(const struct tg_manifest *manifest, struct tg_view plain,
                             const struct tg_node_id *reader, struct tg_arena *arena, struct opening *opening,
                             struct tg_errmsg *em)
{
    struct tg_rd rd = tg_rd_init(plain);
    const size_t count = tg_rd_u16(&rd);
    bool reads = tg_node_id_equal(reader, &manifest->where.origin);

    if (rd.err != TG_OK || rd.left != count * sizeof *opening->audience)
        return tg_fail(em, TG_ECOUNT, "audience block is not as long as its count says");
    if (count > TG_AUDIENCE_MAX)
        return tg_fail(em, TG_ELIMIT, "audience has %zu members: %d are allowed", count, TG_AUDIENCE_MAX);
    opening->audience = tg_arena_take_array(arena, count, sizeof *opening->audience);
    opening->audience_count = count;
    if (opening->audience == NULL) return tg_fail(em, TG_ENOMEM, "no memory for the audience");
    for (size_t i = 0; i < count; i++) {
        struct tg_node_id *id = &opening->audience[i];
        tg_rd_copy(&rd, id->bytes, sizeof id->bytes);
        if (tg_node_id_equal(id, &manifest->where.origin) || (i > 0 && tg_node_id_compare(id - 1, id) >= 0))
            return tg_fail(em, TG_EAUDIENCE, "audience is not in order or names the origin");
        reads |= tg_node_id_equal(id, reader);
    }
#ifdef TG_CONTROL_NO_AUDIENCE
    reads = true;
#endif
    if (!reads) return tg_fail(em, TG_EAUDIENCE, "envelope is not addressed to this reader");
    return TG_OK;
}

static tg_err audience_open(struct tg_opener *opener, const struct tg_manifest *manifest,
                            const struct tg_node_id *reader, struct tg_arena *arena, struct opening *opening,
                            struct tg_errmsg *em)
{
    uint8_t plain[2 + TG_AUDIENCE_MAX * 32];
    size_t bytes = 0;
    tg_err err = tg_opener_item_bytes(opener, TG_AUDIENCE_ITEM, &bytes);
    if (err != TG_OK) return tg_fail(em, err, "lengths in the body do not hold");
    if (bytes > sizeof plain) return tg_fail(em, TG_ELIMIT, "audience has over %d members", TG_AUDIENCE_MAX);
    err = tg_opener_item(opener, TG_AUDIENCE_ITEM, plain, NULL);
    if (err != TG_OK) return tg_fail(em, err, "audience block does not open");
    return audience_parse(manifest, tg_view_of(plain, bytes), reader, arena, opening, em);
}

/* Items follow each other, so no item is searched for. Of one whose key was erased the hash that was given stands in;
 * NULL: none may be. */
static tg_err records_open(struct tg_opener *opener, struct opening *opening, const struct tg_hash *given,
                           struct tg_errmsg *em)
{
    const struct tg_view body = opener->body;
    uint8_t salt[TG_SALT_BYTES];
    uint8_t *out = opening->plain;
    struct tg_view sealed;

    tg_err err = tg_body_item(body, opener->record_count, TG_AUDIENCE_ITEM, &sealed);
    for (uint32_t item = 1; item <= opener->record_count && err == TG_OK; item++) {
        const uint8_t *at = sealed.data + sealed.bytes;
        sealed = tg_view_of(at, tg_be32_get(body.data + 4 + 4 * (size_t)item));
        err = item_open(opener, item, sealed, out, salt);
        if (err == TG_EWITHDRAWN && given != NULL) {
            opening->records[item - 1] = tg_view_of(NULL, 0);
            memset(&opening->ids[item - 1], 0, sizeof opening->ids[item - 1]);
            opening->leaves[item - 1] = given[item - 1];
            err = TG_OK;
            continue;
        }
        if (err != TG_OK) return tg_fail(em, err, "item %" PRIu32 " does not open", item);
        const struct tg_view record = tg_view_of(out, sealed.bytes - TG_AEAD_TAG_BYTES);
        opening->records[item - 1] = record;
        tg_record_id_of(record, &opening->ids[item - 1]);
        tg_record_leaf_hash(salt, &opening->ids[item - 1], &opening->leaves[item - 1]);
        out += record.bytes;
    }
    return err;
}

static tg_err root_check(const struct tg_manifest *manifest, const struct opening *opening,
                         struct tg_errmsg *em)
{
    struct tg_hash root;
    tg_merkle_root_of(opening->leaves, manifest->record_count, &root);
#ifdef TG_CONTROL_NO_ROOT
    root = manifest->records_root;
#endif
    if (!tg_hash_equal(&root, &manifest->records_root))
        return tg_fail(em, TG_EROOT, "records do not match the records root");
    return TG_OK;
}

static void batch_fill(const struct tg_manifest *manifest, const struct opening *opening,
                       struct tg_batch *ret_batch)
{
    *ret_batch = (struct tg_batch){
        .previous = TG_NO_PREVIOUS,
        .audience = opening->audience,
        .audience_count = opening->audience_count,
        .records = opening->records,
        .record_ids = opening->ids,
        .record_count = manifest->record_count,
    };
}

tg_err tg_envelope_open_keymat(const struct tg_envelope *envelope, const struct tg_keymat *keymat,
                               const struct tg_hash *given, const struct tg_node_id *reader,
                               struct tg_arena *arena, struct tg_batch *ret_batch, struct tg_errmsg *em)
{
    const struct tg_manifest *manifest = &envelope->manifest;
    TG_AUTO(tg_opener) struct tg_opener opener = {0};
    struct opening opening = {0};

    if (manifest->control) return tg_fail(em, TG_EVALUE, "control envelope has no key");
    tg_err err = tg_opener_init(&opener, keymat, manifest, envelope->body);
    if (err != TG_OK) return tg_fail(em, err, "content key does not match the key commitment");
    err = audience_open(&opener, manifest, reader, arena, &opening, em);
    if (err == TG_OK) err = opening_take(&opening, manifest, arena, em);
    if (err == TG_OK) err = records_open(&opener, &opening, given, em);
    if (err == TG_OK) err = root_check(manifest, &opening, em);
    if (err != TG_OK) return err;
    batch_fill(manifest, &opening, ret_batch);
    if (keymat->whole) ret_batch->ck = keymat->ck;
    return TG_OK;
}

tg_err tg_envelope_open_key(const struct tg_envelope *envelope, const struct tg_key *ck,
                            const struct tg_node_id *reader, struct tg_arena *arena,
                            struct tg_batch *ret_batch, struct tg_errmsg *em)
{
    TG_AUTO(tg_keymat) struct tg_keymat keymat = {0};
    tg_keymat_init_whole(&keymat, ck);
    return tg_envelope_open_keymat(envelope, &keymat, NULL, reader, arena, ret_batch, em);
}

/* --- stanzas --- */

/* Who opens: a vault, or a secret at hand. */
struct stanza_key {
    const struct tg_vault *vault;
    const struct tg_key *secret;
};

static tg_err stanza_open(const struct tg_envelope *envelope, const struct stanza_key *key,
                          const struct tg_node_id *recipient, uint32_t slot,
                          struct tg_opened_stanza *ret_opened)
{
    const struct tg_manifest *manifest = &envelope->manifest;
    uint8_t info[TG_STANZA_INFO_BYTES];
    uint8_t aad[TG_STANZA_AAD_BYTES];
    const struct tg_view stanza =
        tg_view_of(envelope->stanzas.data + (size_t)slot * TG_STANZA_BYTES, TG_STANZA_BYTES);
    tg_stanza_info(&manifest->where, recipient, info);
    tg_stanza_aad(&manifest->key_commitment, &manifest->records_root, &manifest->body_hash, aad);
    return key->vault != NULL
               ? tg_vault_open_stanza(key->vault, stanza, TG_VIEW_ARRAY(info), TG_VIEW_ARRAY(aad), ret_opened)
               : tg_stanza_open(key->secret, stanza, TG_VIEW_ARRAY(info), TG_VIEW_ARRAY(aad), ret_opened);
}

tg_err tg_envelope_stanza_key(const struct tg_envelope *envelope, const struct tg_vault *vault,
                              const struct tg_node_id *reader, uint32_t slot, struct tg_seal_public *ret_key)
{
    const struct tg_manifest *manifest = &envelope->manifest;
    const uint32_t count = (uint32_t)(envelope->stanzas.bytes / TG_STANZA_BYTES);
    uint8_t info[TG_STANZA_INFO_BYTES];
    uint8_t aad[TG_STANZA_AAD_BYTES];
    tg_err err = TG_ESTANZA;
    tg_stanza_info(&manifest->where, reader, info);
    tg_stanza_aad(&manifest->key_commitment, &manifest->records_root, &manifest->body_hash, aad);
    for (uint32_t i = 0; i <= count && err == TG_ESTANZA; i++) {
        const uint32_t at = i == 0 ? slot : i - 1; /* that one first */
        if (at >= count || (i > 0 && at == slot)) continue;
        err = tg_vault_stanza_key(
            vault, tg_view_of(envelope->stanzas.data + (size_t)at * TG_STANZA_BYTES, TG_STANZA_BYTES),
            TG_VIEW_ARRAY(info), TG_VIEW_ARRAY(aad), ret_key);
    }
    return err;
}

static tg_err slot_open(const struct tg_envelope *envelope, const struct stanza_key *key,
                        const struct tg_node_id *recipient, uint32_t slot, struct tg_arena *arena,
                        struct tg_batch *ret_batch, struct tg_errmsg *em)
{
    TG_AUTO(tg_opened_stanza) struct tg_opened_stanza opened = {0};
    const uint32_t count = envelope->manifest.stanza_count;
    const uint32_t first = slot == TG_SLOT_ANY ? 0 : slot;
    const uint32_t end = slot == TG_SLOT_ANY ? count : slot + 1;
    tg_err err = TG_ESTANZA;

    if (slot != TG_SLOT_ANY && slot >= count)
        return tg_fail(em, TG_ESTANZA, "envelope has no stanza %" PRIu32, slot);
    for (uint32_t at = first; at < end && err == TG_ESTANZA; at++)
        err = stanza_open(envelope, key, recipient, at, &opened);
    if (err != TG_OK) return tg_fail(em, err, "no stanza of the envelope opens with this key");
    err = tg_envelope_open_key(envelope, &opened.ck, recipient, arena, ret_batch, em);
    if (err == TG_OK) ret_batch->previous = opened.previous;
    return err;
}

tg_err tg_envelope_open(const struct tg_envelope *envelope, const struct tg_vault *vault,
                        const struct tg_node_id *reader, uint32_t slot, struct tg_arena *arena,
                        struct tg_batch *ret_batch, struct tg_errmsg *em)
{
    const struct stanza_key key = {.vault = vault};
    return slot_open(envelope, &key, reader, slot, arena, ret_batch, em);
}

tg_err tg_envelope_open_recovery(const struct tg_envelope *envelope, const struct tg_key *recovery_secret,
                                 uint32_t slot, struct tg_arena *arena, struct tg_batch *ret_batch,
                                 struct tg_errmsg *em)
{
    const struct stanza_key key = {.secret = recovery_secret};
    return slot_open(envelope, &key, &envelope->manifest.where.origin, slot, arena, ret_batch, em);
}

/* --- control envelopes --- */

tg_err tg_envelope_open_control(const struct tg_envelope *envelope, struct tg_arena *arena,
                                struct tg_batch *ret_batch, struct tg_errmsg *em)
{
    static const uint8_t no_salt[TG_SALT_BYTES];
    const struct tg_manifest *manifest = &envelope->manifest;
    struct opening opening = {0};
    struct tg_rd rd = tg_rd_init(envelope->body);

    if (!manifest->control) return tg_fail(em, TG_EVALUE, "envelope is sealed, not a control envelope");
    tg_err err = opening_take(&opening, manifest, arena, em);
    if (err != TG_OK) return err;
    if (envelope->body.bytes > 0) memcpy(opening.plain, envelope->body.data, envelope->body.bytes);
    rd = tg_rd_init(tg_view_of(opening.plain, envelope->body.bytes));
    (void)tg_rd_u32(&rd);
    for (uint32_t i = 0; i < manifest->record_count; i++) {
        opening.records[i] = tg_rd_view(&rd, tg_rd_u32(&rd));
        tg_record_id_of(opening.records[i], &opening.ids[i]);
        tg_record_leaf_hash(no_salt, &opening.ids[i], &opening.leaves[i]);
    }
    if (tg_rd_end(&rd) != TG_OK) return tg_fail(em, TG_ECOUNT, "records do not fill the body");
    err = root_check(manifest, &opening, em);
    if (err != TG_OK) return err;
    batch_fill(manifest, &opening, ret_batch);
    return TG_OK;
}
