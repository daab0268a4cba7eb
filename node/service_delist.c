/* The end of a full import: our own records of the list that stood no longer in it are withdrawn.
 *
 * Looks first, in slices; refuses when it cannot tell or when too many would go; then a few withdrawals at a time.
 * Contract: docs/control.md `import.end`.
 */
#include "node/service_import.h"
#include "proto/record_edit.h"

#define ASK_ABOVE_PERCENT 5

struct delisting {
    struct tg_job job;
    struct tg_recnos listed; /* all records of the list, ours or not */
    size_t looked;
    uint64_t live; /* ours */
    size_t gone;   /* of them, no longer on the list: front of listed.items */
    size_t next;   /* to be withdrawn */
    uint64_t withdrawn;
    bool decided;
    struct tg_access_note note; /* of each withdrawal */
    struct tg_submission works[TG_SERVICE_WITHDRAWALS_WAITING_MAX];
    bool busy[TG_SERVICE_WITHDRAWALS_WAITING_MAX];
};

static int hash_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct tg_hash));
}

static bool seen(const struct tg_import_session *session, const struct tg_hash *key)
{
    return session->seen.count &&
           bsearch(key, session->seen.keys, session->seen.count, sizeof *session->seen.keys, hash_compare);
}

static tg_err look_one(struct delisting *delisting, const struct tg_import_session *session, uint64_t recno,
                       struct tg_errmsg *em)
{
    struct tg_node *node = delisting->job.service->node;
    struct tg_index_rec rec;
    if (tg_index_get(node->store, recno, &rec, NULL)) return TG_OK;
    const struct tg_held_log *log = tg_held_by_number(node, rec.log);
    if (!log || !log->own || (rec.flags & TG_REC_SUPERSEDED)) return TG_OK;
    struct tg_found found;
    struct tg_hash key;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    tg_err err = tg_lookup_open(node, recno, &arena, &found, em);
    if (!err) err = tg_import_key(found.record, &key);
    if (err) return err == TG_EWITHDRAWN ? TG_OK : err;
    delisting->live++;
    if (!seen(session, &key)) delisting->listed.items[delisting->gone++] = recno;
    return TG_OK;
}

static tg_err look(struct delisting *delisting, const struct tg_import_session *session, struct tg_errmsg *em)
{
    int64_t begun_us = tg_service_now_us(delisting->job.service);
    while (delisting->looked < delisting->listed.count) {
        tg_err err = look_one(delisting, session, delisting->listed.items[delisting->looked++], em);
        if (err) return err;
        if (tg_service_now_us(delisting->job.service) - begun_us > TG_SERVICE_SLICE_US) return TG_OK;
    }
    return TG_OK;
}

static tg_err decide(struct delisting *delisting, const struct tg_import_session *session,
                     struct tg_errmsg *em)
{
    delisting->decided = true;
    if (!delisting->gone) return TG_OK;
    if (session->totals.refused)
        return tg_fail(em, TG_EVALUE,
                       "%" PRIu64 " records were refused, so nobody can say which of %zu are off list '%s': "
                       "correct the file, or import without 'full'",
                       session->totals.refused, delisting->gone, session->list);
    bool many = delisting->gone * 100 > delisting->live * ASK_ABOVE_PERCENT;
    if (many && !session->yes)
        return tg_fail(em, TG_EVALUE,
                       "%zu of %" PRIu64 " records of list '%s' would be withdrawn, more than %d %%: nothing "
                       "was withdrawn; if the file is complete, import it with --yes",
                       delisting->gone, delisting->live, session->list, ASK_ABOVE_PERCENT);
    if (session->dry_run) {
        delisting->withdrawn = delisting->gone;
        delisting->next = delisting->gone;
    }
    return TG_OK;
}

static tg_err withdraw_one(struct delisting *delisting, struct tg_submission *work, uint64_t recno,
                           bool *ret_busy, struct tg_errmsg *em)
{
    struct tg_node *node = delisting->job.service->node;
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    tg_err err = tg_lookup_open(node, recno, &arena, &found, em);
    if (err == TG_ENOENT || err == TG_EWITHDRAWN) return TG_OK; /* by somebody else meanwhile */
    if (!err) err = tg_submission_init(delisting->job.service, &delisting->note, work);
    if (!err) err = tg_submission_about(work, &found.rec);
    if (err) return err;
    *ret_busy = true;
    const struct tg_withdrawal_draft draft = {.reason = TG_WITHDRAWAL_REASON_DELISTED,
                                              .note = "no longer on the list"};
    err = tg_commit_withdrawal(node, &found, &draft, work->publish, em);
    if (!err) work->publish->precedence = TG_ROUTINE; /* many, and nobody's life hangs on the minute */
    return err;
}

/* Every place of the window: what is done makes room for the next. ret_waiting: how many are under way. */
static tg_err withdraw_some(struct delisting *delisting, size_t *ret_waiting, struct tg_errmsg *em)
{
    size_t waiting = 0;
    for (size_t i = 0; i < TG_SERVICE_WITHDRAWALS_WAITING_MAX; i++) {
        struct tg_submission *work = &delisting->works[i];
        bool done = false;
        tg_err err = delisting->busy[i] ? tg_submission_step(&delisting->job, work, &done, em) : TG_OK;
        if (err) return err;
        if (done) {
            tg_submission_release(work);
            delisting->busy[i] = false;
            delisting->withdrawn++;
        }
        if (!delisting->busy[i] && delisting->next < delisting->gone) {
            err = withdraw_one(delisting, work, delisting->listed.items[delisting->next++],
                               &delisting->busy[i], em);
            if (!err && delisting->busy[i]) err = tg_submission_step(&delisting->job, work, &done, em);
            if (err) return err;
        }
        waiting += delisting->busy[i];
    }
    *ret_waiting = waiting;
    return TG_OK;
}

static tg_err delisting_done(struct delisting *delisting, struct tg_buf *out)
{
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_import_counts_put(&done, &delisting->job.client->import->totals);
    tg_control_put_number(&done, "withdrawn", (int64_t)delisting->withdrawn);
    return tg_control_end(&done);
}

static tg_err delisting_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                             struct tg_errmsg *em)
{
    struct delisting *delisting = (struct delisting *)job;
    *ret_step = TG_STEP_MORE;
    tg_err err = look(delisting, job->client->import, em);
    if (err || delisting->looked < delisting->listed.count) return err;
    if (!delisting->decided && (err = decide(delisting, job->client->import, em))) return err;
    size_t waiting = 0;
    err = withdraw_some(delisting, &waiting, em);
    if (err) return err;
    if (waiting) {
        *ret_step = TG_STEP_WAIT;
        return TG_OK;
    }
    if (delisting->next < delisting->gone) return TG_OK;
    *ret_step = TG_STEP_END;
    return delisting_done(delisting, out);
}

static void delisting_free(struct tg_job *job)
{
    struct delisting *delisting = (struct delisting *)job;
    for (size_t i = 0; i < TG_SERVICE_WITHDRAWALS_WAITING_MAX; i++)
        tg_submission_release(&delisting->works[i]);
    tg_import_session_free(job->client->import);
    job->client->import = NULL;
    tg_recnos_release(&delisting->listed);
    tg_access_note_release(&delisting->note);
    free(delisting);
}

static const struct tg_job_kind delisting_kind = {.step = delisting_step, .free = delisting_free};

tg_err tg_delist_start(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_import_session *session = call->client->import;
    struct delisting *delisting = tg_job_start(call, &delisting_kind, sizeof *delisting);
    if (!delisting) return TG_ENOMEM;
    delisting->job.uses_index = true;
    tg_err err = tg_import_note(call, session, &delisting->note);
    if (err) return err;
    if (session->seen.count)
        qsort(session->seen.keys, session->seen.count, sizeof *session->seen.keys, hash_compare);
    return tg_recnos_token(call->node, TG_TOKEN_LIST, tg_view_str(session->list), &delisting->listed, em);
}
