/* Verb `review.list`: own records that are to be looked at again by a day.
 *
 * Knows no rule of reviews: node/review.c. Contract: docs/control.md.
 */
#include "node/review.h"
#include "node/service_internal.h"

struct due {
    uint64_t recno;
    int32_t day;
};
struct listing {
    struct tg_job job;
    struct due items[TG_QUERY_LIMIT_MAX];
    size_t count, limit, at;
    bool more;
    struct tg_slice_log log;
};

static tg_err due_take(void *ctx, uint64_t recno, int32_t day)
{
    struct listing *listing = ctx;
    if (listing->count == listing->limit) {
        listing->more = true;
        return TG_ELIMIT; /* ends the walk */
    }
    listing->items[listing->count++] = (struct due){recno, day};
    return TG_OK;
}

static tg_err due_row(struct listing *listing, const struct due *due, struct tg_buf *out,
                      struct tg_errmsg *em)
{
    struct tg_node *node = listing->job.service->node;
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    tg_err err = tg_lookup_open(node, due->recno, &arena, &found, em);
    if (err == TG_ENOENT || err == TG_EWITHDRAWN) return TG_OK;
    if (!err) err = tg_slice_log_add(&listing->log, &found.rec);
    if (err) return err;
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "review");
    tg_control_put_number(&row, "review_day", due->day);
    tg_put_record(node, &row, &found, true);
    return tg_control_end(&row);
}

static tg_err rows_step(struct listing *listing, struct tg_buf *out, enum tg_step *ret_step,
                        struct tg_errmsg *em)
{
    int64_t begun_us = tg_service_now_us(listing->job.service);
    *ret_step = TG_STEP_MORE;
    while (listing->at < listing->count) {
        tg_err err = due_row(listing, &listing->items[listing->at++], out, em);
        if (err) return err;
        bool over = tg_service_now_us(listing->job.service) - begun_us > TG_SERVICE_SLICE_US;
        if (over || out->bytes > TG_SERVICE_SEND_BYTES_MAX) return TG_OK;
    }
    *ret_step = TG_STEP_END;
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "shown", (int64_t)listing->count);
    tg_control_put_number(&done, "more", listing->more);
    return tg_control_end(&done);
}

static tg_err listing_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                           struct tg_errmsg *em)
{
    struct listing *listing = (struct listing *)job;
    tg_err err = rows_step(listing, out, ret_step, em);
    return err ? err : tg_slice_log_put(&listing->log, job, em);
}

static void listing_free(struct tg_job *job)
{
    tg_slice_log_release(&((struct listing *)job)->log);
    free(job);
}

static const struct tg_job_kind listing_kind = {.step = listing_step, .free = listing_free};

tg_err tg_verb_review_list(struct tg_call *call, struct tg_errmsg *em)
{
    int32_t today = tg_review_today(call->node);
    int64_t until = tg_control_number(call->msg, "until_day", today + call->node->review_days);
    int64_t limit = tg_control_number(call->msg, "limit", TG_QUERY_LIMIT_MAX);
    if (until < today - TG_REVIEW_DAYS_MAX || until > today + TG_REVIEW_DAYS_MAX)
        return tg_fail(em, TG_EVALUE, "the day is at most %d days from today", TG_REVIEW_DAYS_MAX);
    if (limit < 1 || limit > TG_QUERY_LIMIT_MAX)
        return tg_fail(em, TG_EVALUE, "limit is 1 to %d", TG_QUERY_LIMIT_MAX);
    struct listing *listing = tg_job_start(call, &listing_kind, sizeof *listing);
    if (!listing) return TG_ENOMEM;
    listing->job.uses_index = true;
    listing->limit = (size_t)limit;
    tg_err err = tg_review_due(call->node, today - TG_REVIEW_DAYS_MAX, (int32_t)until, due_take, listing, em);
    return listing->more || !err ? tg_access_note_take(call, &listing->log.note) : err;
}
