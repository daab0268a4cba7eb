/* Any bytes as a foreign file, of the format that they look like: every record that comes out decodes. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "proto/import.h"

static void drain(struct tg_import *import)
{
    TG_AUTO(tg_arena) struct tg_arena arena, scratch;
    struct tg_errmsg em = {0};
    tg_arena_init(&arena, 2 * TG_RECORD_PARSE_BUDGET_BYTES);
    tg_arena_init(&scratch, TG_RECORD_PARSE_BUDGET_BYTES);
    for (;;) {
        struct tg_import_item item;
        struct tg_record *rec;
        tg_arena_clear(&arena);
        tg_arena_clear(&scratch);
        if (tg_import_next(import, &arena, &item, &em) || item.outcome == TG_IMPORT_END) return;
        if (item.outcome == TG_IMPORT_REFUSED) continue;
        if (tg_record_decode(item.bytes, &scratch, &rec, &em)) abort();
        if (rec->kind != item.kind || rec->newer) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct tg_import_memory memory = {.left = tg_view_of(data, bytes)};
    struct tg_import_profile profile;
    struct tg_import *import;
    struct tg_errmsg em = {0};
    bool xml = bytes && data[0] == '<';
    tg_import_profile_default(xml ? TG_IMPORT_UN_XML : TG_IMPORT_CSV, 1782000000000LL, &profile);
    if (!xml) {
        profile.purpose = profile.legal_basis = "p";
        profile.person_status = TG_PERSON_STATUS_SUSPECT;
    }
    if (tg_import_open(tg_import_input_memory(&memory), &(struct tg_import_shape){0}, &profile, &import, &em))
        return 0;
    drain(import);
    tg_import_free(import);
    return 0;
}
