/* A batch key sealed anew: a whole key as a stanza of the envelope, one with holes with what proves the rest.
 *
 * Knows no policy. Format: docs/formats-wire.md "RESEAL".
 */
#include "proto/reseal.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "crypto/hpke.h"
#include "proto/envelope_parts.h"

/* Info of a key with holes: another one than that of a stanza, so that neither passes for the other. */
#define HOLED_LABEL "tamga/reseal/v1"
#define HOLED_INFO_BYTES (sizeof HOLED_LABEL + TG_WHERE_BYTES + 32)

static void holed_info(const struct tg_where *where, const struct tg_node_id *recipient,
                       uint8_t ret_info[static HOLED_INFO_BYTES])
{
    memcpy(ret_info, HOLED_LABEL, sizeof HOLED_LABEL);
    tg_where_encode(where, ret_info + sizeof HOLED_LABEL);
    memcpy(ret_info + sizeof HOLED_LABEL + TG_WHERE_BYTES, recipient->bytes, 32);
}

static void wiped(struct tg_buf *buf)
{
    if (buf->data) tg_wipe(buf->data, buf->capacity);
    tg_buf_release(buf);
}

/* ---- making ---- */

static tg_err stanza_make(const struct tg_manifest *manifest, const struct tg_key *ck,
                          const struct tg_node_id *recipient, const struct tg_seal_public *seal,
                          const struct tg_random *random, struct tg_view aad, struct tg_buf *out)
{
    TG_AUTO(tg_key) struct tg_key ephemeral;
    uint8_t info[TG_STANZA_INFO_BYTES], stanza[TG_STANZA_BYTES];
    tg_random_fill(random, ephemeral.bytes, sizeof ephemeral.bytes);
    tg_stanza_info(&manifest->where, recipient, info);
    tg_err err = tg_stanza_seal(seal, &ephemeral, ck, TG_NO_PREVIOUS, TG_VIEW_ARRAY(info), aad, stanza);
    return err ? err : tg_buf_put(out, stanza, sizeof stanza);
}

/* u32 bytes ‖ set ‖ hashes. */
static tg_err holed_plain(const struct tg_manifest *manifest, const struct tg_keymat *keymat,
                          const struct tg_hash *hashes, struct tg_buf *plain)
{
    uint8_t length[4] = {0};
    tg_err err = tg_buf_reserve(plain, TG_RESEAL_BYTES_MAX); /* not moved while it is filled */
    if (!err) err = tg_buf_put(plain, length, sizeof length);
    if (!err) err = tg_keymat_encode(keymat, plain);
    if (err) return err;
    tg_be32_put(plain->data, (uint32_t)(plain->bytes - sizeof length));
    err = tg_buf_put(plain, hashes, manifest->record_count * sizeof *hashes);
    return !err && plain->bytes > TG_RESEAL_BYTES_MAX - TG_HPKE_ENC_BYTES - TG_HPKE_TAG_BYTES ? TG_ELIMIT
                                                                                              : err;
}

static tg_err holed_make(const struct tg_manifest *manifest, const struct tg_keymat *keymat,
                         const struct tg_hash *hashes, const struct tg_node_id *recipient,
                         const struct tg_seal_public *seal, const struct tg_random *random,
                         struct tg_view aad, struct tg_buf *out)
{
    uint8_t info[HOLED_INFO_BYTES];
    struct tg_buf plain = {0};
    if (!hashes) return TG_EVALUE;
    holed_info(&manifest->where, recipient, info);
    tg_err err = holed_plain(manifest, keymat, hashes, &plain);
    size_t bytes = TG_HPKE_ENC_BYTES + plain.bytes + TG_HPKE_TAG_BYTES;
    if (!err) err = tg_buf_reserve(out, bytes);
    if (!err)
        err = tg_hpke_seal(seal, TG_VIEW_ARRAY(info), aad, tg_buf_view(&plain), random,
                           out->data + out->bytes, out->data + out->bytes + TG_HPKE_ENC_BYTES);
    if (!err) out->bytes += bytes;
    wiped(&plain);
    return err;
}

tg_err tg_reseal_make(const struct tg_manifest *manifest, const struct tg_keymat *keymat,
                      const struct tg_hash *hashes, const struct tg_node_id *recipient,
                      const struct tg_seal_public *seal, const struct tg_random *random, struct tg_buf *out)
{
    uint8_t aad[TG_STANZA_AAD_BYTES];
    tg_stanza_aad(&manifest->key_commitment, &manifest->records_root, &manifest->body_hash, aad);
    return keymat->whole
               ? stanza_make(manifest, &keymat->ck, recipient, seal, random, TG_VIEW_ARRAY(aad), out)
               : holed_make(manifest, keymat, hashes, recipient, seal, random, TG_VIEW_ARRAY(aad), out);
}

/* ---- opening ---- */

void tg_resealed_release(struct tg_resealed *resealed)
{
    tg_keymat_release(&resealed->keymat);
    tg_batch_release(&resealed->batch);
    free(resealed->hashes);
    *resealed = (struct tg_resealed){.hashes = NULL};
}

static tg_err holed_parse(struct tg_view plain, size_t records, struct tg_resealed *resealed)
{
    struct tg_rd rd = tg_rd_init(plain);
    struct tg_view set = tg_rd_view(&rd, tg_rd_u32(&rd));
    if (rd.err || rd.left != records * sizeof *resealed->hashes) return TG_EFORMAT;
    tg_err err = tg_keymat_decode(set, &resealed->keymat);
    if (err) return err;
    if (resealed->keymat.whole)
        return TG_EFORMAT; /* that is sent as a stanza, and proven by its commitment */
    resealed->hashes = malloc((records + 1) * sizeof *resealed->hashes);
    if (!resealed->hashes) return TG_ENOMEM;
    memcpy(resealed->hashes, rd.at, rd.left);
    return TG_OK;
}

static tg_err holed_open(const struct tg_manifest *manifest, const struct tg_vault *vault,
                         const struct tg_node_id *reader, struct tg_view sealed, struct tg_view aad,
                         struct tg_resealed *resealed)
{
    uint8_t info[HOLED_INFO_BYTES];
    size_t bytes = sealed.bytes - TG_HPKE_ENC_BYTES - TG_HPKE_TAG_BYTES;
    uint8_t *plain = malloc(bytes);
    if (!plain) return TG_ENOMEM;
    holed_info(&manifest->where, reader, info);
    tg_err err = tg_vault_open_sealed(vault, sealed, TG_VIEW_ARRAY(info), aad, plain);
    if (!err) err = holed_parse(tg_view_of(plain, bytes), manifest->record_count, resealed);
    tg_wipe(plain, bytes);
    free(plain);
    return err;
}

static tg_err stanza_open(const struct tg_manifest *manifest, const struct tg_vault *vault,
                          const struct tg_node_id *reader, struct tg_view sealed, struct tg_view aad,
                          struct tg_resealed *resealed)
{
    TG_AUTO(tg_opened_stanza) struct tg_opened_stanza opened = {0};
    uint8_t info[TG_STANZA_INFO_BYTES];
    tg_stanza_info(&manifest->where, reader, info);
    tg_err err = tg_vault_open_stanza(vault, sealed, TG_VIEW_ARRAY(info), aad, &opened);
    if (!err) tg_keymat_init_whole(&resealed->keymat, &opened.ck);
    return err;
}

tg_err tg_reseal_open(const struct tg_envelope *envelope, const struct tg_vault *vault,
                      const struct tg_node_id *reader, struct tg_view sealed, struct tg_arena *arena,
                      struct tg_resealed *ret_resealed, struct tg_errmsg *em)
{
    const struct tg_manifest *manifest = &envelope->manifest;
    uint8_t aad[TG_STANZA_AAD_BYTES];
    tg_stanza_aad(&manifest->key_commitment, &manifest->records_root, &manifest->body_hash, aad);
    if (sealed.bytes < TG_STANZA_BYTES)
        return tg_fail(em, TG_ESHORT, "a key that was sealed anew is cut off");
    tg_err err = sealed.bytes == TG_STANZA_BYTES
                     ? stanza_open(manifest, vault, reader, sealed, TG_VIEW_ARRAY(aad), ret_resealed)
                     : holed_open(manifest, vault, reader, sealed, TG_VIEW_ARRAY(aad), ret_resealed);
    if (err) err = tg_fail(em, err, "a key that was sealed anew does not open");
    if (!err)
        err = tg_envelope_open_keymat(envelope, &ret_resealed->keymat, ret_resealed->hashes, reader, arena,
                                      &ret_resealed->batch, em);
    if (err) tg_resealed_release(ret_resealed);
    return err;
}
