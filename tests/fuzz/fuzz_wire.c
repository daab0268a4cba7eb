/* Any bytes as a message between nodes: what is taken can be sent again, and means the same. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "proto/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_buf) struct tg_buf first = {0};
    TG_AUTO(tg_buf) struct tg_buf second = {0};
    struct tg_errmsg em = {0};
    struct tg_msg msg;
    tg_arena_init(&arena, TG_MESSAGE_PARSE_BUDGET_BYTES);
    if (tg_msg_decode(tg_view_of(data, bytes), &arena, &msg, &em)) return 0;
    if (msg.type != tg_msg_peek(tg_view_of(data, bytes))) abort();
    if (msg.type == TG_MSG_UNKNOWN) return 0;
    if (tg_msg_encode(&msg, &first, &em)) abort();
    tg_arena_clear(&arena);
    if (tg_msg_decode(tg_buf_view(&first), &arena, &msg, &em)) abort();
    if (tg_msg_encode(&msg, &second, &em)) abort();
    if (!tg_view_equal(tg_buf_view(&first), tg_buf_view(&second))) abort();
    return 0;
}
