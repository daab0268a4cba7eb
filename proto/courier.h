/* Courier files: messages between two nodes on a medium, in blocks that their sender has signed.
 *
 * Knows no state: a file is read block by block, and each block can be checked alone. Nothing in a file is believed because
 * of the medium; the signature says who wrote it, and each message is then checked as if it had come over a link.
 * Bytes: docs/formats-wire.md "Courier files".
 */
#ifndef TG_PROTO_COURIER_H
#define TG_PROTO_COURIER_H

#include <stdbool.h>

#include "base/limits.h"
#include "crypto/identity.h"

#define TG_COURIER_MAGIC_BYTES 8
#define TG_COURIER_HEADER_BYTES 96
#define TG_COURIER_NONCE_BYTES 16
/* length, number, flags, messages */
#define TG_COURIER_BLOCK_HEAD_BYTES 17
#define TG_COURIER_BLOCK_BYTES_MAX \
    (TG_COURIER_BLOCK_HEAD_BYTES + TG_COURIER_BODY_BYTES_MAX + TG_SIGNATURE_BYTES)

struct tg_courier_header {
    struct tg_node_id from, to;
    uint64_t made_ms; /* unix milliseconds, by the sender's clock */
    uint8_t nonce[TG_COURIER_NONCE_BYTES];
};
bool tg_courier_is(struct tg_view front);
void tg_courier_header_encode(const struct tg_courier_header *header,
                              uint8_t out[static TG_COURIER_HEADER_BYTES]);
/* TG_ESHORT, TG_EMAGIC, TG_EVERSION of a newer program, TG_EVALUE. */
tg_err tg_courier_header_decode(struct tg_view bytes, struct tg_courier_header *ret_header,
                                struct tg_errmsg *em);

struct tg_courier_block {
    uint32_t number;   /* from 0 */
    bool last;         /* nothing may follow */
    uint64_t messages; /* in this block and all before it */
    struct tg_view body;
    struct tg_signature signature;
};
/* From the first TG_COURIER_BLOCK_HEAD_BYTES: how long the whole block is. TG_EFORMAT, TG_ELIMIT. */
tg_err tg_courier_block_bytes(struct tg_view head, size_t *ret_bytes, struct tg_errmsg *em);
/* The whole block of that number and nothing behind it; the body is on loan from bytes. Its messages are counted and
 * whole, the signature is not looked at. TG_ESHORT, TG_ETRAIL, TG_EFORMAT, TG_ELIMIT, TG_EPOSITION another number,
 * TG_ECOUNT. messages_before: those of the blocks before. */
tg_err tg_courier_block_decode(struct tg_view bytes, uint32_t number, uint64_t messages_before,
                               struct tg_courier_block *ret_block, struct tg_errmsg *em);
/* Whole block with its signature, appended. body: messages put with tg_courier_message_put. */
tg_err tg_courier_block_seal(const struct tg_courier_header *header, const struct tg_courier_block *block,
                             const struct tg_signer *signer, struct tg_buf *out);
/* TG_ESIGNATURE: changed, of another file, or not of that key. */
tg_err tg_courier_block_verify(const struct tg_courier_header *header, const struct tg_courier_block *block,
                               const struct tg_sign_public *public_key);

/* One message behind the others of a body. TG_ELIMIT: the body takes no more, begin another. */
tg_err tg_courier_message_put(struct tg_buf *body, struct tg_view message);
/* The next message of a body, which gets shorter; TG_ENOENT at its end. */
tg_err tg_courier_message_next(struct tg_view *body, struct tg_view *ret_message);

#endif
