/* Courier files: header, blocks, messages.
 *
 * Knows no state. Bytes: docs/formats-wire.md "Courier files".
 */
#include "proto/courier.h"

#include <inttypes.h>

#include "base/cursor.h"

static const uint8_t magic[TG_COURIER_MAGIC_BYTES] = {'T', 'A', 'M', 'G', 'A', 'C', 0, 1};
enum { MAGIC_NAME_BYTES = 7, FLAG_LAST = 1, SIGNED_BYTES = 32 + 4 + 1 + 8 + 32, LENGTH_BYTES = 4 };

bool tg_courier_is(struct tg_view front)
{
    return front.bytes >= sizeof magic && memcmp(front.data, magic, MAGIC_NAME_BYTES) == 0;
}

void tg_courier_header_encode(const struct tg_courier_header *header,
                              uint8_t out[static TG_COURIER_HEADER_BYTES])
{
    struct tg_wr wr = tg_wr_init(out, TG_COURIER_HEADER_BYTES);
    tg_wr_put(&wr, magic, sizeof magic);
    tg_wr_put(&wr, header->from.bytes, sizeof header->from.bytes);
    tg_wr_put(&wr, header->to.bytes, sizeof header->to.bytes);
    tg_wr_u64(&wr, header->made_ms);
    tg_wr_put(&wr, header->nonce, sizeof header->nonce);
}

tg_err tg_courier_header_decode(struct tg_view bytes, struct tg_courier_header *ret_header,
                                struct tg_errmsg *em)
{
    struct tg_courier_header header;
    if (!tg_courier_is(bytes)) return tg_fail(em, TG_EMAGIC, "it is no courier file");
    if (bytes.data[MAGIC_NAME_BYTES] != magic[MAGIC_NAME_BYTES])
        return tg_fail(em, TG_EVERSION, "it was written by a newer program (courier format %u)",
                       bytes.data[MAGIC_NAME_BYTES]);
    struct tg_rd rd = tg_rd_init(bytes);
    (void)tg_rd_view(&rd, sizeof magic);
    tg_rd_copy(&rd, header.from.bytes, sizeof header.from.bytes);
    tg_rd_copy(&rd, header.to.bytes, sizeof header.to.bytes);
    header.made_ms = tg_rd_u64(&rd);
    tg_rd_copy(&rd, header.nonce, sizeof header.nonce);
    tg_err err = tg_rd_end(&rd);
    if (err) return tg_fail(em, err, "its header is cut off or too long");
    if (header.made_ms > TG_RECORD_TIME_MS_MAX) return tg_fail(em, TG_EVALUE, "its time is none");
    *ret_header = header;
    return TG_OK;
}

/* ---- messages ---- */

tg_err tg_courier_message_put(struct tg_buf *body, struct tg_view message)
{
    uint8_t length[LENGTH_BYTES];
    if (!message.bytes || message.bytes > TG_FRAME_BYTES_MAX) return TG_EBUG;
    if (body->bytes + LENGTH_BYTES + message.bytes > TG_COURIER_BODY_BYTES_MAX) return TG_ELIMIT;
    tg_be32_put(length, (uint32_t)message.bytes);
    tg_err err = tg_buf_reserve(body, LENGTH_BYTES + message.bytes);
    if (!err) err = tg_buf_put(body, length, sizeof length);
    return err ? err : tg_buf_put_view(body, message);
}

tg_err tg_courier_message_next(struct tg_view *body, struct tg_view *ret_message)
{
    if (!body->bytes) return TG_ENOENT;
    struct tg_rd rd = tg_rd_init(*body);
    uint32_t bytes = tg_rd_u32(&rd);
    if (!rd.err && (!bytes || bytes > TG_FRAME_BYTES_MAX)) return TG_ELIMIT;
    struct tg_view message = tg_rd_view(&rd, bytes);
    if (rd.err) return TG_ESHORT;
    *body = tg_view_of(rd.at, rd.left);
    *ret_message = message;
    return TG_OK;
}

/* ---- blocks ---- */

tg_err tg_courier_block_bytes(struct tg_view head, size_t *ret_bytes, struct tg_errmsg *em)
{
    struct tg_rd rd = tg_rd_init(head);
    uint32_t body_bytes = tg_rd_u32(&rd);
    (void)tg_rd_u32(&rd);
    uint8_t flags = tg_rd_u8(&rd);
    (void)tg_rd_u64(&rd);
    if (rd.err) return tg_fail(em, TG_ESHORT, "a block is cut off");
    if (flags & ~FLAG_LAST) return tg_fail(em, TG_EFORMAT, "a block has flags that are not known");
    if (body_bytes > TG_COURIER_BODY_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "a block says that it has %" PRIu32 " bytes, and %d is the most",
                       body_bytes, TG_COURIER_BODY_BYTES_MAX);
    if (!body_bytes && flags != FLAG_LAST)
        return tg_fail(em, TG_EFORMAT, "a block is empty and not the last");
    *ret_bytes = TG_COURIER_BLOCK_HEAD_BYTES + body_bytes + TG_SIGNATURE_BYTES;
    return TG_OK;
}

tg_err tg_courier_block_decode(struct tg_view bytes, uint32_t number, uint64_t messages_before,
                               struct tg_courier_block *ret_block, struct tg_errmsg *em)
{
    size_t whole;
    tg_err err = tg_courier_block_bytes(bytes, &whole, em);
    if (err) return err;
    if (bytes.bytes != whole)
        return tg_fail(em, bytes.bytes < whole ? TG_ESHORT : TG_ETRAIL, "a block is cut off or too long");
    struct tg_courier_block block;
    struct tg_rd rd = tg_rd_init(bytes);
    uint32_t body_bytes = tg_rd_u32(&rd);
    block.number = tg_rd_u32(&rd);
    block.last = tg_rd_u8(&rd) == FLAG_LAST;
    block.messages = tg_rd_u64(&rd);
    block.body = tg_rd_view(&rd, body_bytes);
    tg_rd_copy(&rd, block.signature.bytes, sizeof block.signature.bytes);
    if (block.number != number)
        return tg_fail(em, TG_EPOSITION,
                       "it is another block: one is missing or comes twice; copy the file anew");
    struct tg_view rest = block.body, message;
    uint64_t count = messages_before;
    while (!(err = tg_courier_message_next(&rest, &message))) count++;
    if (err != TG_ENOENT) return tg_fail(em, err, "a message in it is cut off or too long");
    if (count != block.messages) return tg_fail(em, TG_ECOUNT, "it counts its messages wrongly");
    *ret_block = block;
    return TG_OK;
}

/* What is signed: which file, which block of it, and what stands in it. */
static void signed_make(const struct tg_courier_header *header, const struct tg_courier_block *block,
                        uint8_t out[static SIGNED_BYTES])
{
    uint8_t head[TG_COURIER_HEADER_BYTES];
    struct tg_hash hash;
    struct tg_wr wr = tg_wr_init(out, SIGNED_BYTES);
    tg_courier_header_encode(header, head);
    tg_sha256_of(TG_VIEW_ARRAY(head), &hash);
    tg_wr_put(&wr, hash.bytes, sizeof hash.bytes);
    tg_wr_u32(&wr, block->number);
    tg_wr_u8(&wr, block->last ? FLAG_LAST : 0);
    tg_wr_u64(&wr, block->messages);
    tg_sha256_of(block->body, &hash);
    tg_wr_put(&wr, hash.bytes, sizeof hash.bytes);
}

tg_err tg_courier_block_seal(const struct tg_courier_header *header, const struct tg_courier_block *block,
                             const struct tg_signer *signer, struct tg_buf *out)
{
    uint8_t head[TG_COURIER_BLOCK_HEAD_BYTES], what[SIGNED_BYTES];
    struct tg_signature signature;
    if (block->body.bytes > TG_COURIER_BODY_BYTES_MAX) return TG_EBUG;
    struct tg_wr wr = tg_wr_init(head, sizeof head);
    tg_wr_u32(&wr, (uint32_t)block->body.bytes);
    tg_wr_u32(&wr, block->number);
    tg_wr_u8(&wr, block->last ? FLAG_LAST : 0);
    tg_wr_u64(&wr, block->messages);
    signed_make(header, block, what);
    tg_err err = tg_signer_sign_labelled(signer, "tamga/courier/v1", TG_VIEW_ARRAY(what), &signature);
    if (!err) err = tg_buf_reserve(out, TG_COURIER_BLOCK_BYTES_MAX);
    if (!err) err = tg_buf_put(out, head, sizeof head);
    if (!err) err = tg_buf_put_view(out, block->body);
    return err ? err : tg_buf_put(out, signature.bytes, sizeof signature.bytes);
}

tg_err tg_courier_block_verify(const struct tg_courier_header *header, const struct tg_courier_block *block,
                               const struct tg_sign_public *public_key)
{
#ifdef TG_CONTROL_NO_COURIER_SIGNATURE
    (void)header, (void)block, (void)public_key;
    return TG_OK;
#else
    uint8_t what[SIGNED_BYTES];
    signed_make(header, block, what);
    return tg_sign_verify_labelled(public_key, "tamga/courier/v1", TG_VIEW_ARRAY(what), &block->signature);
#endif
}
