/* Any bytes as what an outsider is given (the first byte chooses): a plain proof, the name of a tile, a bundle of entries,
 * cards one behind the other, the sheet of a bundle. What is taken is written again the same. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "proto/bundle.h"
#include "proto/card_chain.h"
#include "proto/tiles.h"

#define ARENA_BYTES 4194304

static void proof(struct tg_view text, struct tg_arena *arena)
{
    TG_AUTO(tg_buf) struct tg_buf again = {0};
    struct tg_evidence evidence;
    struct tg_evidence_report report;
    if (tg_evidence_parse_proof(text, arena, &evidence, NULL, NULL)) return;
    if (tg_evidence_encode_proof(&evidence, &again, NULL)) abort();
    if (!tg_view_equal(text, tg_buf_view(&again))) abort();
    if (tg_evidence_verify(&evidence, NULL, 0, arena, &report, NULL) == TG_OK)
        abort(); /* no card, no proof */
}

static void tile_name(struct tg_view text, struct tg_arena *arena)
{
    struct tg_tile tile;
    char again[TG_TILE_PATH_BYTES_MAX];
    (void)arena;
    if (tg_tile_path_parse(text, &tile)) return;
    tg_tile_path(&tile, again);
    if (!tg_view_equal_str(text, again) || !tile.width || tile.width > TG_TILE_WIDTH) abort();
}

static void entries(struct tg_view bytes, struct tg_arena *arena)
{
    TG_AUTO(tg_buf) struct tg_buf again = {0};
    struct tg_view rest = bytes, entry;
    (void)arena;
    while (!tg_entries_next(&rest, &entry))
        if (tg_entries_put(&again, entry)) abort();
    if (again.bytes + rest.bytes != bytes.bytes ||
        memcmp(again.data ? again.data : bytes.data, bytes.data, again.bytes))
        abort();
}

static void cards(struct tg_view text, struct tg_arena *arena)
{
    const struct tg_card **all;
    size_t count, bytes = 0;
    uint64_t bad;
    struct tg_view rest = text, note;
    while (!tg_card_chain_next(&rest, &note)) bytes += note.bytes;
    if (bytes != text.bytes) abort();
    if (!tg_card_chain_open(text, arena, &all, &count, &bad, NULL) && (!count || bad)) abort();
}

static void sheet(struct tg_view text, struct tg_arena *arena)
{
    struct tg_bundle_said said;
    if (tg_bundle_said_parse(text, arena, &said, NULL)) return;
    if (said.record_count > TG_BUNDLE_RECORDS_MAX || !said.made) abort();
    for (size_t i = 0; i < said.record_count; i++)
        if (strncmp(said.files[i], TG_BUNDLE_RECORDS_FOLDER, 8) != 0 || !said.states[i][0]) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static void (*const readers[])(struct tg_view, struct tg_arena *) = {proof, tile_name, entries, cards,
                                                                         sheet};
    TG_AUTO(tg_arena) struct tg_arena arena;
    if (bytes < 2) return 0;
    if (tg_crypto_init(NULL)) abort();
    tg_arena_init(&arena, ARENA_BYTES);
    readers[data[0] % (sizeof readers / sizeof readers[0])](tg_view_of(data + 1, bytes - 1), &arena);
    return 0;
}
