/* Any bytes as JSON: what is taken as a record decodes, prints, and reads back to the same bytes. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "proto/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    struct tg_view first, second;
    struct tg_record *rec;
    struct tg_errmsg em = {0};
    tg_arena_init(&arena, 8 * TG_RECORD_PARSE_BUDGET_BYTES);
    if (tg_record_from_json(tg_view_of(data, bytes), &arena, &first, &em)) return 0;
    if (tg_record_decode(first, &arena, &rec, &em)) abort();
    if (rec->newer || tg_record_to_json(rec, &out)) abort();
    if (out.bytes > TG_JSON_BYTES_MAX) return 0;
    if (tg_record_from_json(tg_buf_view(&out), &arena, &second, &em)) abort();
    if (!tg_view_equal(first, second)) abort();
    return 0;
}
