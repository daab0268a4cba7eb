/* At a start: envelopes that were committed, and whose notices a crash forgot, are noticed now.
 *
 * Only after the index is loaded, so that each meets all that is held. Stored rows: docs/formats-store.md "owed".
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/cursor.h"
#include "base/text.h"
#include "node/commit.h"
#include "node/converge.h"
#include "node/indexer.h"
#include "node/notices.h"
#include "node/watches.h"

void tg_notices_owed_name(uint32_t log, uint64_t index, char out[static TG_OWED_NAME_BYTES])
{
    (void)snprintf(out, TG_OWED_NAME_BYTES, "owed/%" PRIu32 "/%" PRIu64, log, index);
}

static bool owed_parse(struct tg_view name, uint64_t *ret_log, uint64_t *ret_index)
{
    struct tg_rd rd = tg_rd_init(name);
    struct tg_view word = tg_rd_until(&rd, '/');
    struct tg_view log = tg_rd_until(&rd, '/');
    if (rd.err || !tg_view_equal_str(word, "owed") || tg_text_u64(log, UINT32_MAX, ret_log)) return false;
    return !tg_text_u64(tg_view_of(rd.at, rd.left), UINT64_MAX, ret_index);
}

static tg_err notice_record(struct tg_node *node, const struct tg_placed *placed, struct tg_view bytes,
                            struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES * 2);
    struct tg_record *record = NULL;
    struct tg_facets facets;
    struct tg_gathered gathered;
    if (tg_record_decode(bytes, &arena, &record, NULL)) return TG_OK; /* told when it was indexed */
    tg_err err = tg_record_facets(record, &arena, &facets);
    if (!err) err = tg_converge(node, record, placed, &facets, em);
    if (!err) err = tg_indexer_gather(node, record, placed, &facets, &gathered);
    struct tg_arrival arrival = {.record = record,
                                 .placed = placed,
                                 .facets = &facets,
                                 .tokens = gathered.tokens,
                                 .token_count = gathered.count,
                                 .again = true};
    if (!err) err = tg_watches_match(node, &arrival, em);
    if (!err && record->kind == TG_KIND_WITHDRAWAL && !record->newer)
        err = tg_withdraw_repair(node, record, &placed->log->id.origin, em);
    return err;
}

struct owing {
    struct tg_arena arena;
    uint64_t *places; /* log and index of each, by turns */
    size_t count, capacity;
};

static tg_err owing_add(struct owing *owing, uint64_t log, uint64_t index)
{
    if (owing->count == owing->capacity) {
        size_t capacity = owing->capacity ? owing->capacity * 2 : 64;
        uint64_t *moved = tg_arena_take_array(&owing->arena, capacity, 2 * sizeof *moved);
        if (!moved) return TG_ENOMEM;
        if (owing->count) memcpy(moved, owing->places, owing->count * 2 * sizeof *moved);
        owing->places = moved;
        owing->capacity = capacity;
    }
    owing->places[2 * owing->count] = log;
    owing->places[2 * owing->count++ + 1] = index;
    return TG_OK;
}

static tg_err owing_read(struct tg_node *node, struct owing *owing, struct tg_errmsg *em)
{
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    TG_AUTO(tg_store_scan) struct tg_store_scan scan = {0};
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_scan_named(txn, TG_NAMED_META, &scan);
    struct tg_view name, value;
    while (!err && !(err = tg_store_named_next(&scan, &name, &value))) {
        uint64_t log, index;
        if (owed_parse(name, &log, &index)) err = owing_add(owing, log, index);
    }
    tg_store_scan_release(&scan);
    return err == TG_ENOENT ? TG_OK : err;
}

tg_err tg_notices_repair(struct tg_node *node, struct tg_errmsg *em)
{
    struct owing owing = {0};
    tg_arena_init(&owing.arena, TG_QUERY_BUDGET_BYTES);
    tg_err err = owing_read(node, &owing, em);
    tg_notices_repeat(node, true);
    for (size_t i = 0; !err && i < owing.count; i++) {
        uint32_t number = (uint32_t)owing.places[2 * i];
        uint64_t index = owing.places[2 * i + 1];
        struct tg_held_log *log = tg_held_by_number(node, number);
        if (log) err = tg_lookup_each(node, log, index, notice_record, em);
        if (!err) tg_notices_paid(node, number, index);
    }
    tg_notices_repeat(node, false);
    tg_arena_release(&owing.arena);
    return err;
}
