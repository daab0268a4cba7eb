/* Deadlines of disputes that pass, alerts that are not read in time, reviews that come near.
 *
 * Knows no rule of them: node/disputes.c, node/not_read.c, node/review.c. Stored row: docs/formats-store.md "reminders".
 */
#include "node/reminders.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "node/disputes.h"
#include "node/not_read.h"
#include "node/notices.h"
#include "node/review.h"

#define ROW_NAME "reminders"
#define ROW_BYTES 12

struct deadline {
    int64_t at_ms;
    struct tg_hash id; /* of the dispute, or of our alert */
    bool
        alert; /* told of by its notices: they know whether they were raised, whatever the settings were then */
    bool late; /* it had passed when the dispute came */
};

struct tg_reminders {
    struct deadline *deadlines; /* ascending */
    size_t count, capacity;
    int64_t told_ms;  /* deadlines before were told */
    int32_t told_day; /* reviews up to that day were told */
    bool changed;
};

tg_err tg_reminders_new(struct tg_node *node)
{
    node->reminders = calloc(1, sizeof *node->reminders);
    return node->reminders ? TG_OK : TG_ENOMEM;
}

void tg_reminders_free(struct tg_node *node)
{
    if (node->reminders) free(node->reminders->deadlines);
    free(node->reminders);
    node->reminders = NULL;
}

static tg_err deadline_add(struct tg_reminders *reminders, const struct deadline *deadline)
{
    if (reminders->count == reminders->capacity) {
        size_t capacity = reminders->capacity ? 2 * reminders->capacity : 64;
        struct deadline *grown = reallocarray(reminders->deadlines, capacity, sizeof *grown);
        if (!grown) return TG_ENOMEM;
        reminders->deadlines = grown;
        reminders->capacity = capacity;
    }
    size_t at = reminders->count++;
    for (; at && reminders->deadlines[at - 1].at_ms > deadline->at_ms; at--)
        reminders->deadlines[at] = reminders->deadlines[at - 1];
    reminders->deadlines[at] = *deadline;
    return TG_OK;
}

tg_err tg_reminders_deadline(struct tg_node *node, const struct tg_hash *dispute, int64_t deadline_ms)
{
    struct deadline deadline = {
        .at_ms = deadline_ms, .id = *dispute, .late = deadline_ms < node->reminders->told_ms};
    return deadline_add(node->reminders, &deadline);
}

tg_err tg_reminders_alert(struct tg_node *node, const struct tg_record *alert, uint64_t created)
{
    struct deadline deadline = {
        .at_ms = tg_not_read_due_ms(node, alert, created), .id = alert->id, .alert = true};
    return deadline.at_ms ? deadline_add(node->reminders, &deadline) : TG_OK;
}

/* ---- disk ---- */

tg_err tg_reminders_store(struct tg_node *node, struct tg_wtxn *txn)
{
    const struct tg_reminders *reminders = node->reminders;
    uint8_t row[ROW_BYTES];
    if (!reminders->changed) return TG_OK;
    struct tg_wr wr = tg_wr_init(row, sizeof row);
    tg_wr_u64(&wr, (uint64_t)reminders->told_ms);
    tg_wr_u32(&wr, (uint32_t)reminders->told_day);
    return tg_store_named_put(txn, TG_NAMED_META, tg_view_str(ROW_NAME), TG_VIEW_ARRAY(row));
}

void tg_reminders_stored(struct tg_node *node)
{
    node->reminders->changed = false;
}

static tg_err row_read(struct tg_node *node, struct tg_errmsg *em)
{
    struct tg_reminders *reminders = node->reminders;
    TG_AUTO_PTR(tg_rtxn) struct tg_rtxn *txn = NULL;
    struct tg_view value;
    tg_err err = tg_store_read_begin(node->store, &txn, em);
    if (!err) err = tg_store_named_get(txn, TG_NAMED_META, tg_view_str(ROW_NAME), &value);
    if (err == TG_ENOENT) { /* a new store: nothing in it is due yet */
        reminders->told_day = tg_review_today(node) + node->review_days;
        reminders->changed = true;
        return TG_OK;
    }
    if (err) return err;
    struct tg_rd rd = tg_rd_init(value);
    reminders->told_ms = (int64_t)tg_rd_u64(&rd);
    reminders->told_day = (int32_t)tg_rd_u32(&rd);
    return tg_rd_end(&rd) ? tg_fail(em, TG_EDAMAGED, "the stored row of reminders is damaged") : TG_OK;
}

static tg_err load_one(struct tg_node *node, uint64_t recno)
{
    struct tg_index_rec rec;
    struct tg_found found;
    if (tg_index_get(node->store, recno, &rec, NULL) || rec.kind != TG_KIND_DISPUTE) return TG_OK;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    if (tg_lookup_open(node, recno, &arena, &found, NULL)) return TG_OK;
    int64_t deadline_ms = found.record->dispute->deadline_ms;
    if (!deadline_ms || deadline_ms < node->reminders->told_ms) return TG_OK;
    struct deadline deadline = {.at_ms = deadline_ms, .id = found.record->id};
    return deadline_add(node->reminders, &deadline);
}

static tg_err load_alert(void *ctx, const struct tg_found *found)
{
    return tg_reminders_alert(ctx, found->record, found->manifest.created);
}

static tg_err deadlines_load(struct tg_node *node, struct tg_errmsg *em)
{
    TG_AUTO_FREE uint64_t *recnos = NULL;
    size_t count = 0;
    node->reminders->count = 0; /* what the replay has added stands in the index */
    tg_err err = tg_disputes_all(node, &recnos, &count, em);
    for (size_t i = 0; !err && i < count; i++) err = load_one(node, recnos[i]);
    return err ? err : tg_not_read_alerts(node, load_alert, node, em);
}

tg_err tg_reminders_load(struct tg_node *node, struct tg_errmsg *em)
{
    tg_err err = row_read(node, em);
    return err ? err : deadlines_load(node, em);
}

/* Nothing is told before its time, so "told up to" lies ahead only when the clock was ahead and has been set back: what
 * it passed meanwhile will come once more, and must be told then. */
static tg_err clock_back(struct tg_node *node, int64_t now_ms, struct tg_errmsg *em)
{
    struct tg_reminders *reminders = node->reminders;
    int32_t until = (int32_t)(now_ms / 86400000) + node->review_days;
    if (reminders->told_day > until) {
        reminders->told_day = until;
        reminders->changed = true;
    }
    if (reminders->told_ms <= now_ms) return TG_OK;
    reminders->told_ms = now_ms;
    reminders->changed = true;
    return deadlines_load(node, em);
}

/* ---- deadlines ---- */

static tg_err tell_overdue(void *ctx, const struct tg_dispute *dispute)
{
    struct tg_node *node = ctx;
    char ref[TG_REF_TEXT_BYTES], word[TG_REF_TEXT_BYTES], text[TG_NOTICE_TEXT_BYTES_MAX];
    if (!dispute->overdue) return TG_OK;
    if (dispute->target_recno == TG_NO_RECNO) return TG_OK;
    tg_lookup_id_text(node, &dispute->target, ref);
    tg_lookup_id_text(node, &dispute->id, word);
    const char *origin = tg_trust_country(node, &dispute->target_origin);
    (void)snprintf(text, sizeof text, "OVERDUE: %s has not decided on %s, by which %s contests %s", origin,
                   word, tg_trust_country(node, &dispute->by), ref);
    tg_notices_raise(node, TG_NOTICE_DISPUTE, &dispute->id, &dispute->target, text);
    tg_event(node->events, TG_EV_DISPUTE_OVERDUE, TG_F_TEXT("record", ref), TG_F_TEXT("dispute", word),
             TG_F_NODE("origin", &dispute->target_origin));
    return TG_OK;
}

static tg_err deadline_tell(struct tg_node *node, const struct deadline *deadline, struct tg_errmsg *em)
{
    uint64_t recno;
    size_t count = 0;
    if (deadline->alert) return tg_not_read_tell(node, &deadline->id, em);
    tg_err err = tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(deadline->id.bytes), &recno, 1, &count, em);
    return err || !count ? err : tg_disputes_at(node, recno, tell_overdue, node, em);
}

/* A few in one turn; an alert does not wait for more. */
static tg_err deadlines_work(struct tg_node *node, int64_t now_ms, struct tg_errmsg *em)
{
    struct tg_reminders *reminders = node->reminders;
    size_t passed = 0;
    tg_err err = TG_OK;
    while (!err && passed < reminders->count && passed < TG_REMINDERS_TURN_MAX &&
           reminders->deadlines[passed].at_ms < now_ms) {
        const struct deadline *deadline = &reminders->deadlines[passed];
        bool told = deadline->at_ms < reminders->told_ms && !deadline->late && !deadline->alert;
        if (!told) err = deadline_tell(node, deadline, em);
        if (!err) passed++;
    }
    if (!passed) return err;
    int64_t last_ms = reminders->deadlines[passed - 1].at_ms + 1;
    if (last_ms > reminders->told_ms) reminders->told_ms = last_ms;
    reminders->changed = true;
    reminders->count -= passed;
    memmove(reminders->deadlines, reminders->deadlines + passed,
            reminders->count * sizeof *reminders->deadlines);
    return err;
}

/* ---- reviews ---- */

static tg_err tell_review(void *ctx, const struct tg_review_group *group)
{
    struct tg_node *node = ctx;
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    char day[TG_DATE_TEXT_BYTES], ref[TG_REF_TEXT_BYTES], when[48] = "", text[TG_NOTICE_TEXT_BYTES_MAX];
    if (tg_lookup_open(node, group->recno, &arena, &found, NULL)) return TG_OK;
    tg_date_format(tg_date_of_day(group->day), day);
    tg_lookup_ref_text(node, &found, ref);
    int32_t left = group->day - tg_review_today(node);
    if (left > 0) (void)snprintf(when, sizeof when, " (in %d day%s)", left, left == 1 ? "" : "s");
    if (left < 0) (void)snprintf(when, sizeof when, " (OVERDUE)");
    if (group->count > 1)
        (void)snprintf(text, sizeof text, "%zu records of list %.100s: review due %s%s", group->count,
                       group->list, day, when);
    else
        (void)snprintf(text, sizeof text, "review due: %s, %s%s", ref, day, when);
    tg_notices_raise(node, TG_NOTICE_REVIEW, &found.record->id, NULL, text);
    tg_event(node->events, TG_EV_REVIEW_DUE, TG_F_TEXT("day", day), TG_F_TEXT("first", ref),
             TG_F_NUM("records", group->count));
    return TG_OK;
}

static tg_err reviews_work(struct tg_node *node, int64_t now_ms, struct tg_errmsg *em)
{
    struct tg_reminders *reminders = node->reminders;
    int32_t until = (int32_t)(now_ms / 86400000) + node->review_days;
    if (reminders->told_day >= until) return TG_OK;
    if (reminders->told_day < until - TG_REVIEW_DAYS_MAX) reminders->told_day = until - TG_REVIEW_DAYS_MAX;
    tg_err err = tg_review_groups(node, reminders->told_day + 1, tell_review, node, em);
    if (err) return err;
    reminders->told_day++;
    reminders->changed = true;
    return TG_OK;
}

tg_err tg_reminders_work(struct tg_node *node, struct tg_errmsg *em)
{
    int64_t now_ms = tg_clock_wall_ms(node->clock);
    tg_err err = clock_back(node, now_ms, em);
    if (!err) err = deadlines_work(node, now_ms, em);
    return err ? err : reviews_work(node, now_ms, em);
}
