/* What sealing and opening share: labels, associated data, the place of an item in a body.
 *
 * Internal to proto/seal.c, proto/open.c and proto/record_proof.c.
 */
#ifndef TG_PROTO_ENVELOPE_PARTS_H
#define TG_PROTO_ENVELOPE_PARTS_H

#include "crypto/aead.h"
#include "proto/envelope.h"

#define TG_BODY_HEAD_BYTES 8 /* u32 records ‖ u32 audience bytes */
#define TG_AUDIENCE_ITEM 0   /* leaf and item 0; records are 1..n */

#define TG_ITEM_AAD_BYTES (sizeof "tamga/item/v1" + TG_WHERE_BYTES + 4)
void tg_item_aad(const struct tg_where *where, uint32_t item, uint8_t ret_aad[static TG_ITEM_AAD_BYTES]);
/* Only the item's number changes. */
static inline void tg_item_aad_number(uint8_t aad[static TG_ITEM_AAD_BYTES], uint32_t item)
{
    tg_be32_put(aad + TG_ITEM_AAD_BYTES - 4, item);
}
/* Each key seals once, so the nonce may stand still. */
extern const uint8_t tg_item_nonce[TG_AEAD_NONCE_BYTES];

#define TG_STANZA_INFO_BYTES (sizeof "tamga/stanza/v1" + TG_WHERE_BYTES + 32)
void tg_stanza_info(const struct tg_where *where, const struct tg_node_id *recipient,
                    uint8_t ret_info[static TG_STANZA_INFO_BYTES]);
#define TG_STANZA_AAD_BYTES (3 * TG_HASH_BYTES)
void tg_stanza_aad(const struct tg_hash *key_commitment, const struct tg_hash *records_root,
                   const struct tg_hash *body_hash, uint8_t ret_aad[static TG_STANZA_AAD_BYTES]);

/* Ciphertext of an item in a body whose lengths were checked; TG_ECOUNT when they were not and do not hold. */
tg_err tg_body_item(struct tg_view body, uint32_t record_count, uint32_t item, struct tg_view *ret_item);

#endif
