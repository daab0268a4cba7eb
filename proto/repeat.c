/* Reports of one event: type, nature and place make the block that texts are compared in, days are compared for each pair.
 *
 * Knows no node.
 */
#include "proto/repeat.h"

#include "base/cleanup.h"
#include "match/fold.h"

#define DAY_MS INT64_C(86400000)
#define WORDS_MIN 3

/* Words of a place as the index folds them, so that the ways of writing one prison are one. Appended. */
static tg_err fold_put(const char *text, struct tg_buf *out)
{
    struct tg_word words[TG_NAME_TOKENS_MAX];
    size_t count = 0;
    struct tg_view view = tg_view_str(text);
    if (view.bytes > TG_NAME_BYTES_MAX || tg_fold_words(view, words, &count))
        return tg_buf_put_view(out, view);
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && !err; i++)
        err = tg_buf_putf(out, " %.*s", (int)words[i].fold_bytes, words[i].fold);
    return err;
}

static tg_err place_put(const struct tg_rec_facility_ref *facility, const struct tg_rec_place *place,
                        struct tg_buf *out)
{
    tg_err err = TG_OK;
    if (facility->present && facility->name[0]) return fold_put(facility->name, out);
    if (facility->present && facility->id) return tg_buf_put(out, facility->id->bytes, TG_HASH_BYTES);
    if (!place->present) return TG_OK;
    const char *const parts[] = {place->country, place->region, place->city, place->name};
    for (size_t i = 0; i < 4 && !err; i++) {
        err = tg_buf_put_str(out, "/");
        if (!err) err = fold_put(parts[i], out);
    }
    return err;
}

/* Days that it may speak of; false: none is stated. */
static bool days_of(const struct tg_record *record, struct tg_report *report)
{
    bool incident = record->kind == TG_KIND_INCIDENT;
    int64_t at_ms = incident ? record->incident->at_ms : record->alert->at_ms;
    if (incident && !at_ms && tg_date_known(record->incident->from)) {
        struct tg_date to =
            tg_date_known(record->incident->to) ? record->incident->to : record->incident->from;
        report->first_day = tg_date_first_day(record->incident->from);
        report->last_day = tg_date_last_day(to);
        return true;
    }
    if (!at_ms) at_ms = record->head->reported_ms;
    report->first_day = report->last_day = (int32_t)(at_ms / DAY_MS);
    return at_ms > 0;
}

static tg_err block_of(const struct tg_token_key *key, const struct tg_record *record, uint64_t *ret_block)
{
    TG_AUTO(tg_buf) struct tg_buf form = {0};
    bool incident = record->kind == TG_KIND_INCIDENT;
    unsigned type = (unsigned)(incident ? record->incident->kind : record->alert->incident);
    unsigned nature = incident ? 0 : (unsigned)record->alert->nature;
    tg_err err = tg_buf_putf(&form, "%u %u %u", (unsigned)record->kind, type, nature);
    if (!err && incident) err = place_put(record->incident->facility, record->incident->place, &form);
    if (!err && !incident) err = place_put(record->alert->facility, record->alert->place, &form);
    if (!err) *ret_block = tg_siphash64(key, tg_buf_view(&form));
    return err;
}

tg_err tg_report_read(const struct tg_token_key *key, const struct tg_record *record, struct tg_arena *arena,
                      struct tg_report *ret_report)
{
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    uint64_t block = 0;
    bool incident = record->kind == TG_KIND_INCIDENT;
    bool begins = record->kind == TG_KIND_ALERT && record->alert->thread == TG_THREAD_KIND_FIRST;
    *ret_report = (struct tg_report){0};
    if ((!incident && !begins) || !days_of(record, ret_report)) return TG_OK;
    tg_err err = block_of(key, record, &block);
    if (!err) err = tg_buf_put_str(&text, incident ? record->incident->title : record->alert->title);
    if (!err) err = tg_buf_put_str(&text, "\n");
    if (!err) err = tg_buf_put_str(&text, incident ? record->incident->text : record->alert->text);
    if (!err) err = tg_near_read(key, block, tg_buf_view(&text), arena, &ret_report->text);
    if (!err) ret_report->comparable = ret_report->text.words >= WORDS_MIN;
    return err;
}

static bool days_near(const struct tg_report *a, const struct tg_report *b)
{
    return a->first_day <= b->last_day + TG_REPEAT_DAYS && b->first_day <= a->last_day + TG_REPEAT_DAYS;
}

bool tg_report_repeats(const struct tg_report *a, const struct tg_report *b)
{
    return a->comparable && b->comparable && days_near(a, b) && tg_near_alike(&a->text, &b->text);
}

/* ---- many ---- */

struct joining {
    struct tg_report *reports; /* of the first of each event: the days of all its reports */
    uint32_t *first;
};

/* Earlier ones have their first already. What repeats a report within its days repeats the event. */
static tg_err on_near(void *ctx, uint32_t earlier, uint32_t later)
{
    struct joining *joining = ctx;
    uint32_t first = joining->first[earlier];
    struct tg_report *event = &joining->reports[first];
    const struct tg_report *report = &joining->reports[later];
    if (first >= joining->first[later] || !days_near(event, report)) return TG_OK;
    joining->first[later] = first;
    if (report->first_day < event->first_day) event->first_day = report->first_day;
    if (report->last_day > event->last_day) event->last_day = report->last_day;
    return TG_OK;
}

tg_err tg_reports_first(const struct tg_token_key *key, const struct tg_record *const *records, size_t count,
                        struct tg_arena *arena, uint32_t *ret_first)
{
    struct tg_report *reports = tg_arena_take_array(arena, count, sizeof *reports);
    struct tg_near_text *texts = tg_arena_take_array(arena, count, sizeof *texts);
    if (!reports || !texts) return TG_ENOMEM;
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && !err; i++) {
        ret_first[i] = (uint32_t)i;
        if (records[i]) err = tg_report_read(key, records[i], arena, &reports[i]);
        if (reports[i].comparable) texts[i] = reports[i].text;
    }
    struct joining joining = {reports, ret_first};
    return err ? err : tg_near_join(texts, count, on_near, &joining, NULL);
}
