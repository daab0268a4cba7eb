/* Reports of the same event as one that is shown: rows `related` of `show`, relations `repeats` and `repeated_by`.
 *
 * Candidates come from the token of the place, or of the kind where none is stated, the newest first and as far as their
 * time may fit; nothing of it is stored. Rule: proto/repeat.h.
 */
#include "node/service_internal.h"
#include "proto/repeat.h"

#define DAY_MS INT64_C(86400000)

struct repeating {
    struct tg_call *call;
    const struct tg_found *of;
    struct tg_token_key key;
    struct tg_report report;
    size_t told, opened;
    uint64_t left;
};

static const char *facility_of(const struct tg_record *record)
{
    const struct tg_rec_facility_ref *facility =
        record->kind == TG_KIND_INCIDENT ? record->incident->facility : record->alert->facility;
    return facility->present ? facility->name : "";
}

static tg_err candidates(struct repeating *repeating, struct tg_recnos *ret_recnos, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf folded = {0};
    uint8_t kind = (uint8_t)repeating->of->record->kind;
    tg_err err = tg_indexer_fold(tg_view_str(facility_of(repeating->of->record)), &folded);
    if (err) return err;
    struct tg_view form = folded.bytes ? tg_buf_view(&folded) : tg_view_of(&kind, 1);
    return tg_recnos_token(repeating->call->node, folded.bytes ? TG_TOKEN_FACILITY : TG_TOKEN_KIND, form,
                           ret_recnos, em);
}

/* By what the index holds: the same kind, not replaced, and a time that may be near. */
static bool may_repeat(const struct repeating *repeating, uint64_t recno)
{
    struct tg_index_rec rec;
    int64_t apart_ms = (TG_REPEAT_DAYS + 1) * DAY_MS;
    if (recno == repeating->of->recno || tg_index_get(repeating->call->node->store, recno, &rec, NULL))
        return false;
    if (rec.kind != repeating->of->rec.kind || (rec.flags & TG_REC_SUPERSEDED)) return false;
    int64_t spans_ms = (int64_t)(repeating->report.last_day - repeating->report.first_day) * DAY_MS;
    int64_t between_ms = tg_rec_time_ms(&rec) - tg_rec_time_ms(&repeating->of->rec);
    return between_ms <= spans_ms + apart_ms && between_ms >= -apart_ms - spans_ms;
}

/* Of two reports of one time the smaller id is the first. */
static bool is_first(const struct tg_found *a, const struct tg_found *b)
{
    int64_t x = tg_rec_time_ms(&a->rec), y = tg_rec_time_ms(&b->rec);
    return x != y ? x < y : memcmp(a->record->id.bytes, b->record->id.bytes, TG_HASH_BYTES) < 0;
}

static tg_err row_put(struct repeating *repeating, const struct tg_found *other)
{
    struct tg_call *call = repeating->call;
    struct tg_control_out row;
    tg_err err = tg_places_add_rec(&call->shown, &other->rec);
    if (err) return err;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "related");
    tg_control_put_text(&row, "relation", is_first(other, repeating->of) ? "repeats" : "repeated_by");
    tg_put_record(call->node, &row, other, call->out->bytes < TG_SHOW_CONTENTS_BYTES_MAX);
    return tg_control_end(&row);
}

static tg_err one(struct repeating *repeating, uint64_t recno)
{
    struct tg_found other;
    struct tg_report report;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    if (tg_lookup_open(repeating->call->node, recno, &arena, &other, NULL) || !other.record) return TG_OK;
    tg_err err = tg_report_read(&repeating->key, other.record, &arena, &report);
    if (err || !tg_report_repeats(&repeating->report, &report)) return err;
    if (repeating->told == TG_REPEAT_SHOWN_MAX) {
        repeating->left++;
        return TG_OK;
    }
    repeating->told++;
    return row_put(repeating, &other);
}

tg_err tg_repeat_rows(struct tg_call *call, const struct tg_found *found, uint64_t *ret_left,
                      struct tg_errmsg *em)
{
    struct repeating repeating = {.call = call, .of = found};
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_recnos) struct tg_recnos recnos = {0};
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    memcpy(repeating.key.bytes, call->node->boot, sizeof repeating.key.bytes);
    tg_err err = tg_report_read(&repeating.key, found->record, &arena, &repeating.report);
    if (err || !repeating.report.comparable) return err;
    err = candidates(&repeating, &recnos, em);
    size_t looks = recnos.count < TG_REPEAT_LOOKS_MAX ? recnos.count : TG_REPEAT_LOOKS_MAX;
    for (size_t i = 0; i < looks && !err && repeating.opened < TG_REPEAT_OPENS_MAX; i++) {
        uint64_t recno = recnos.items[recnos.count - 1 - i];
        if (!may_repeat(&repeating, recno)) continue;
        repeating.opened++;
        err = one(&repeating, recno);
    }
    *ret_left += repeating.left;
    return err;
}
