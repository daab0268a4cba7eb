/* Any bytes as a record: decoded within the budget, and everything that is derived from it. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "fuzz.h"
#include "proto/json.h"

static tg_err line(void *ctx, unsigned depth, const char *label, struct tg_view value)
{
    (void)depth, (void)label;
    return tg_buf_put_view(ctx, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_buf) struct tg_buf out = {0};
    struct tg_record *rec;
    struct tg_facets facets;
    struct tg_errmsg em = {0};
    struct tg_hash digest;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    (void)tg_record_digest(tg_view_of(data, bytes), &digest);
    if (tg_record_decode(tg_view_of(data, bytes), &arena, &rec, &em)) return 0;
    if (tg_record_to_json(rec, &out) || tg_record_summary(rec, &out) || tg_record_lines(rec, line, &out))
        abort();
    if (!tg_utf8_valid(tg_buf_view(&out))) abort();
    tg_err err = tg_record_facets(rec, &arena, &facets);
    if (err && err != TG_ENOMEM) abort();
    return 0;
}
