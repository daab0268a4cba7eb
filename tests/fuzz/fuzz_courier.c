/* Any bytes as a courier file: what is taken of it is whole, counted, and written again the same. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "proto/courier.h"

static void messages_check(struct tg_view body, uint64_t count)
{
    TG_AUTO(tg_buf) struct tg_buf again = {0};
    struct tg_view rest = body, message;
    uint64_t found = 0;
    tg_err err;
    while (!(err = tg_courier_message_next(&rest, &message))) {
        found++;
        if (tg_courier_message_put(&again, message)) abort();
    }
    if (err != TG_ENOENT || found != count) abort();
    if (!tg_view_equal(tg_buf_view(&again), body)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct tg_courier_header header;
    struct tg_view left = tg_view_of(data, bytes);
    size_t head = bytes < TG_COURIER_HEADER_BYTES ? bytes : TG_COURIER_HEADER_BYTES;
    uint64_t messages = 0;
    if (tg_courier_header_decode(tg_view_of(data, head), &header, NULL)) return 0;
    left = tg_view_of(data + head, bytes - head);
    for (uint32_t number = 0;; number++) {
        size_t whole = 0;
        struct tg_courier_block block;
        if (tg_courier_block_bytes(left, &whole, NULL)) return 0;
        if (whole > TG_COURIER_BLOCK_BYTES_MAX) abort();
        if (whole > left.bytes) return 0;
        if (tg_courier_block_decode(tg_view_of(left.data, whole), number, messages, &block, NULL)) return 0;
        messages_check(block.body, block.messages - messages);
        struct tg_sign_public nobody = {{1}};
        if (tg_courier_block_verify(&header, &block, &nobody) == TG_OK) abort();
        messages = block.messages;
        left = tg_view_of(left.data + whole, left.bytes - whole);
        if (block.last) return 0;
    }
}
