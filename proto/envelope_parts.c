/* Labels, associated data and item places.
 *
 * Knows no secret. Format: docs/formats.md "Body", "Stanzas".
 */
#include "proto/envelope_parts.h"

const uint8_t tg_item_nonce[TG_AEAD_NONCE_BYTES];

/* label, its NUL, where; returns what is behind. */
static uint8_t *labelled_where(uint8_t *out, const char *label, const struct tg_where *where)
{
    const size_t bytes = strlen(label) + 1;
    memcpy(out, label, bytes);
    tg_where_encode(where, out + bytes);
    return out + bytes + TG_WHERE_BYTES;
}

void tg_item_aad(const struct tg_where *where, uint32_t item, uint8_t ret_aad[static TG_ITEM_AAD_BYTES])
{
    tg_be32_put(labelled_where(ret_aad, "tamga/item/v1", where), item);
}

void tg_stanza_info(const struct tg_where *where, const struct tg_node_id *recipient,
                    uint8_t ret_info[static TG_STANZA_INFO_BYTES])
{
    memcpy(labelled_where(ret_info, "tamga/stanza/v1", where), recipient->bytes, sizeof recipient->bytes);
}

void tg_stanza_aad(const struct tg_hash *key_commitment, const struct tg_hash *records_root,
                   const struct tg_hash *body_hash, uint8_t ret_aad[static TG_STANZA_AAD_BYTES])
{
    memcpy(ret_aad, key_commitment->bytes, TG_HASH_BYTES);
    memcpy(ret_aad + TG_HASH_BYTES, records_root->bytes, TG_HASH_BYTES);
    memcpy(ret_aad + 2 * TG_HASH_BYTES, body_hash->bytes, TG_HASH_BYTES);
}

tg_err tg_body_item(struct tg_view body, uint32_t record_count, uint32_t item, struct tg_view *ret_item)
{
    const size_t lengths_at = 4; /* of the audience block, then of the records */
    const size_t items_at = TG_BODY_HEAD_BYTES + (size_t)record_count * 4;
    uint64_t at = items_at;
    if (item > record_count) return TG_EVALUE;
    if (body.bytes < items_at || tg_be32_get(body.data) != record_count) return TG_ECOUNT;
    for (uint32_t i = 0; i < item; i++) at += tg_be32_get(body.data + lengths_at + 4 * (size_t)i);
    const uint32_t bytes = tg_be32_get(body.data + lengths_at + 4 * (size_t)item);
    if (bytes < TG_AEAD_TAG_BYTES || at > body.bytes || bytes > body.bytes - at) return TG_ECOUNT;
    *ret_item = tg_view_of(body.data + at, bytes);
    return TG_OK;
}
