/* Any bytes as a stream on the control socket: cut into frames, each read, every field looked at. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "fuzz.h"
#include "proto/control.h"

static void look(const struct tg_control_msg *msg)
{
    const struct tg_control_field *field = NULL;
    while ((field = tg_control_each(msg, NULL, field)) != NULL) {
        if (!*field->name || !tg_control_has(msg, field->name)) abort();
        if (field->type != TG_CONTROL_TEXT) continue;
        if (!tg_utf8_valid(field->data) || field->data.data[field->data.bytes] != '\0') abort();
        if (strlen(tg_control_text(msg, field->name, "")) > TG_CONTROL_FRAME_BYTES_MAX) abort();
    }
    if ((msg->kind == TG_CONTROL_FAIL) != (msg->err != TG_OK)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_view stream = tg_view_of(data, bytes), frame;
    struct tg_errmsg em = {0};
    size_t consumed;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    while (tg_control_frame(stream, &frame, &consumed) == TG_OK) {
        struct tg_control_msg msg;
        tg_arena_clear(&arena);
        if (tg_control_decode(frame, &arena, &msg, &em) == TG_OK) look(&msg);
        stream = tg_view_of(stream.data + consumed, stream.bytes - consumed);
    }
    return 0;
}
