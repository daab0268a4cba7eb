/* Verb `audit.statistics`: what an auditor counts: records without a legal basis, reviews, disputes and withdrawals
 * that are late, questions without a reason.
 *
 * Counts from the index and the access log; opens no record. Contract: docs/control.md.
 */
#include "node/disputes.h"
#include "node/review.h"
#include "node/service_internal.h"

struct of_kind {
    uint64_t held, ours, superseded, expired, no_basis, minors;
};

enum phase { PHASE_RECORDS, PHASE_DISPUTES, PHASE_ACCESS };
struct counting {
    struct tg_job job;
    struct tg_access_note note;
    struct tg_access_walk walk;
    enum phase phase;
    int64_t from_ms, until_ms;
    uint64_t cursor;
    struct of_kind kinds[256];
    uint64_t *disputes; /* record numbers */
    size_t dispute_count, dispute_at;
    uint64_t disputes_open, disputes_overdue;
    uint64_t reviews_overdue, withdrawals, withdrawals_open;
    uint64_t asked, asked_unreasoned, made, made_unreasoned;
};

/* ---- records ---- */

static void record_count_in(struct counting *counting, const struct tg_index_rec *rec, int64_t now_ms)
{
    const struct tg_held_log *log = tg_held_by_number(counting->job.service->node, rec->log);
    struct of_kind *kind = &counting->kinds[rec->kind];
    bool superseded = (rec->flags & TG_REC_SUPERSEDED) != 0;
    bool expired = rec->expiry != TG_INDEX_NO_TIME && rec->expiry <= now_ms;
    kind->held++;
    kind->ours += log && log->own;
    kind->superseded += superseded;
    kind->expired += expired && !superseded;
    if (superseded || expired || rec->kind == TG_KIND_ALERT) return;
    kind->no_basis += (rec->flags & TG_REC_NO_BASIS) != 0;
    kind->minors += (rec->flags & TG_REC_MINOR) != 0;
}

static tg_err on_review(void *ctx, uint64_t recno, int32_t day)
{
    (void)recno, (void)day;
    ((struct counting *)ctx)->reviews_overdue++;
    return TG_OK;
}

static tg_err step_records(struct counting *counting, struct tg_errmsg *em)
{
    struct tg_node *node = counting->job.service->node;
    uint64_t end = tg_index_records(node->store);
    int64_t now_ms = tg_service_now_ms(counting->job.service),
            begun_us = tg_service_now_us(counting->job.service);
    for (uint64_t looked = 1; counting->cursor < end; looked++) {
        struct tg_index_rec rec;
        if (!tg_index_get(node->store, counting->cursor++, &rec, NULL))
            record_count_in(counting, &rec, now_ms);
        bool look = looked % TG_SERVICE_CLOCK_LOOKS == 0;
        if (look && tg_service_now_us(counting->job.service) - begun_us > TG_SERVICE_SLICE_US) return TG_OK;
    }
    int32_t today = tg_review_today(node);
    counting->phase = PHASE_DISPUTES;
    tg_err err = tg_review_due(node, today - TG_REVIEW_DAYS_MAX, today - 1, on_review, counting, em);
    return err ? err : tg_disputes_all(node, &counting->disputes, &counting->dispute_count, em);
}

/* ---- disputes, withdrawals ---- */

static tg_err on_dispute(void *ctx, const struct tg_dispute *dispute)
{
    struct counting *counting = ctx;
    counting->disputes_open += dispute->state == TG_DISPUTE_OPEN;
    counting->disputes_overdue += dispute->overdue;
    return TG_OK;
}

static tg_err step_disputes(struct counting *counting, struct tg_errmsg *em)
{
    const struct tg_service *service = counting->job.service;
    int64_t begun_us = tg_service_now_us(service);
    while (counting->dispute_at < counting->dispute_count) {
        uint64_t recno = counting->disputes[counting->dispute_at++];
        tg_err err = tg_disputes_at(service->node, recno, on_dispute, counting, em);
        if (err) return err;
        if (tg_service_now_us(service) - begun_us > TG_SERVICE_SLICE_US) return TG_OK;
    }
    counting->phase = PHASE_ACCESS;
    tg_err err = tg_withdrawals_count(service->node, &counting->withdrawals, &counting->withdrawals_open, em);
    return err ? err : tg_access_walk_begin(service, &counting->walk, em);
}

/* ---- the access log ---- */

static tg_err on_access(void *ctx, uint64_t number, const struct tg_access *access)
{
    (void)number;
    struct counting *counting = ctx;
    if (access->at_ms < counting->from_ms || access->at_ms >= counting->until_ms) return TG_OK;
    bool unreasoned = !access->reason[0] && !access->case_number[0];
    *(access->made ? &counting->made : &counting->asked) += 1;
    *(access->made ? &counting->made_unreasoned : &counting->asked_unreasoned) += unreasoned;
    return TG_OK;
}

/* ---- rows ---- */

static tg_err kind_row(const struct of_kind *kind, const char *name, struct tg_buf *out)
{
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "kind");
    tg_control_put_text(&row, "kind", name);
    tg_control_put_number(&row, "held", (int64_t)kind->held);
    tg_control_put_number(&row, "ours", (int64_t)kind->ours);
    tg_control_put_number(&row, "superseded", (int64_t)kind->superseded);
    tg_control_put_number(&row, "expired", (int64_t)kind->expired);
    tg_control_put_number(&row, "no_basis", (int64_t)kind->no_basis);
    tg_control_put_number(&row, "minors", (int64_t)kind->minors);
    return tg_control_end(&row);
}

static tg_err rows_put(struct counting *counting, struct tg_buf *out)
{
    tg_err err = TG_OK;
    uint64_t no_basis = 0, minors = 0;
    for (size_t kind = 0; kind < 256 && !err; kind++) {
        const struct of_kind *of = &counting->kinds[kind];
        no_basis += of->no_basis;
        minors += of->minors;
        if (of->held) err = kind_row(of, tg_kind_name((enum tg_kind)kind), out);
    }
    if (err) return err;
    const struct {
        const char *name;
        uint64_t value;
    } sums[] = {
        {"no_basis", no_basis},
        {"minors", minors},
        {"reviews_overdue", counting->reviews_overdue},
        {"disputes_open", counting->disputes_open},
        {"disputes_overdue", counting->disputes_overdue},
        {"withdrawals", counting->withdrawals},
        {"withdrawals_open", counting->withdrawals_open},
        {"asked", counting->asked},
        {"asked_unreasoned", counting->asked_unreasoned},
        {"made", counting->made},
        {"made_unreasoned", counting->made_unreasoned},
    };
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
        tg_control_put_number(&done, sums[i].name, (int64_t)sums[i].value);
    return tg_control_end(&done);
}

static tg_err counting_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                            struct tg_errmsg *em)
{
    struct counting *counting = (struct counting *)job;
    *ret_step = TG_STEP_MORE;
    if (counting->phase == PHASE_RECORDS) return step_records(counting, em);
    if (counting->phase == PHASE_DISPUTES) return step_disputes(counting, em);
    tg_err err = tg_access_walk_step(job->service, &counting->walk, on_access, counting, em);
    if (err || counting->walk.left) return err ? err : tg_access_progress(&counting->walk, out);
    err = tg_access_note_put(&counting->note, job, 0, NULL, em);
    *ret_step = TG_STEP_END;
    return err ? err : rows_put(counting, out);
}

static void counting_free(struct tg_job *job)
{
    struct counting *counting = (struct counting *)job;
    tg_access_note_release(&counting->note);
    free(counting->disputes);
    free(counting);
}

static const struct tg_job_kind counting_kind = {.step = counting_step, .free = counting_free};

tg_err tg_verb_audit_statistics(struct tg_call *call, struct tg_errmsg *em)
{
    (void)em;
    struct counting *counting = tg_job_start(call, &counting_kind, sizeof *counting);
    if (!counting) return TG_ENOMEM;
    counting->job.uses_index = true;
    counting->from_ms = tg_control_number(call->msg, "from", INT64_MIN);
    counting->until_ms = tg_control_number(call->msg, "until", INT64_MAX);
    return tg_access_note_take(call, &counting->note);
}
