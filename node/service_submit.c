/* Commits of ours and the jobs that wait for them: a client may go while its commit is under way.
 *
 * Knows no verb. The order of a commit: ARCHITECTURE.md.
 */
#include "node/service_internal.h"

/* What the node's callback finds; outlives job and submission. */
struct tg_ticket {
    struct tg_service *service;
    struct tg_job *job; /* NULL: nobody waits any longer */
    struct tg_submission *submission;
    struct tg_ticket *next;
};

static void ticket_free(struct tg_ticket *ticket)
{
    struct tg_ticket **at = &ticket->service->tickets;
    while (*at && *at != ticket) at = &(*at)->next;
    if (*at) *at = ticket->next;
    free(ticket);
}

void tg_tickets_free(struct tg_service *service)
{
    while (service->tickets) ticket_free(service->tickets);
}

tg_err tg_submission_init(const struct tg_service *service, const struct tg_access_note *note,
                          struct tg_submission *submission)
{
    struct tg_publish *publish = calloc(1, sizeof *publish);
    if (!publish) return TG_ENOMEM;
    publish->begun_us = tg_service_now_us(service);
    *submission = (struct tg_submission){.publish = publish, .begun_us = publish->begun_us};
    return tg_access_note_copy(note, &publish->note);
}

tg_err tg_submission_init_call(const struct tg_call *call, struct tg_submission *submission)
{
    struct tg_access_note note;
    tg_err err = tg_access_note_take(call, &note);
    if (err) return err;
    err = tg_submission_init(call->service, &note, submission);
    tg_access_note_release(&note);
    return err;
}

tg_err tg_submission_about(struct tg_submission *submission, const struct tg_index_rec *rec)
{
    return tg_places_add_rec(&submission->publish->note.about, rec);
}

void tg_submission_release(struct tg_submission *submission)
{
    tg_publish_free(submission->publish);
    free(submission->ids);
    if (submission->ticket) {
        submission->ticket->job = NULL;
        submission->ticket->submission = NULL;
    }
    *submission = (struct tg_submission){0};
}

tg_err tg_submission_add(struct tg_submission *submission, struct tg_view record)
{
    struct tg_publish *publish = submission->publish;
    if (publish->record_count == TG_BATCH_RECORDS_MAX) return TG_ELIMIT;
    struct tg_buf *records = realloc(publish->records, (publish->record_count + 1) * sizeof *records);
    if (!records) return TG_ENOMEM;
    publish->records = records;
    records[publish->record_count] = (struct tg_buf){0};
    tg_err err = tg_buf_put_view(&records[publish->record_count], record);
    if (!err) publish->record_count++;
    return err;
}

tg_err tg_submission_add_checked(struct tg_submission *submission, const struct tg_record *record)
{
    struct tg_publish *publish = submission->publish;
    size_t place = publish->record_count;
    if (!publish->checked) publish->checked = calloc(TG_BATCH_RECORDS_MAX, sizeof *publish->checked);
    tg_err err = publish->checked ? tg_submission_add(submission, record->bytes) : TG_ENOMEM;
    if (!err) publish->checked[place] = record;
    return err;
}

static bool in_audience(const struct tg_publish *publish, const struct tg_hash *id)
{
    for (size_t i = 0; i < publish->audience_count; i++)
        if (tg_hash_equal(&publish->audience[i], id)) return true;
    return false;
}

tg_err tg_submission_address(struct tg_submission *submission, const struct tg_hash *id)
{
    struct tg_publish *publish = submission->publish;
    if (in_audience(publish, id)) return TG_OK;
    if (publish->audience_count == TG_AUDIENCE_MAX) return TG_ELIMIT;
    publish->audience[publish->audience_count++] = *id;
    return TG_OK;
}

static tg_err audience_take(struct tg_node *node, struct tg_submission *submission, const struct tg_hash *ids,
                            size_t count, struct tg_errmsg *em)
{
    for (size_t i = 0; i < count; i++)
        if (tg_trust_find(node, &ids[i]) && tg_submission_address(submission, &ids[i]))
            return tg_fail(em, TG_ELIMIT,
                           "more than %d addressees, with those of the record that this is about",
                           TG_AUDIENCE_MAX);
    return TG_OK;
}

tg_err tg_submission_tell(struct tg_node *node, struct tg_submission *submission, const struct tg_hash *ids,
                          size_t count, struct tg_errmsg *em)
{
    return audience_take(node, submission, ids, count, em);
}

/* It may stand in several envelopes: whoever got one of them. */
tg_err tg_submission_widen(struct tg_node *node, struct tg_submission *submission,
                           const struct tg_hash *superseded, struct tg_errmsg *em)
{
    uint64_t recnos[TG_WITHDRAW_PLACES_MAX];
    size_t count = 0;
    bool own = false;
    tg_err err = tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(superseded->bytes), recnos,
                                 TG_WITHDRAW_PLACES_MAX, &count, em);
    if (!err && !count) err = tg_fail(em, TG_ENOENT, "no record with that id is held here");
    if (err) return tg_context(em, TG_EVALUE, "cannot replace a record");
    for (size_t i = 0; !err && i < count && i < TG_WITHDRAW_PLACES_MAX; i++) {
        struct tg_index_rec rec;
        struct tg_hash ids[TG_AUDIENCE_MAX];
        size_t readers = 0;
        if (tg_index_get(node->store, recnos[i], &rec, NULL)) continue;
        struct tg_held_log *log = tg_held_by_number(node, rec.log);
        if (!log || !log->own) continue;
        own = true;
        err = tg_submission_about(submission, &rec);
        if (!err) err = tg_commit_audience_of(node, log, rec.index, ids, &readers, em);
        if (!err) err = audience_take(node, submission, ids, readers, em);
    }
    if (!err && !own)
        return tg_fail(em, TG_EDENIED,
                       "only its origin can replace a record; contest it with 'tamga dispute'");
    return err;
}

static void on_done(void *ctx, struct tg_publish *publish, tg_err err, const struct tg_errmsg *em,
                    uint64_t index, const struct tg_hash *ids)
{
    struct tg_ticket *ticket = ctx;
    struct tg_submission *submission = ticket->submission;
    if (submission) {
        submission->ticket = NULL;
        submission->done = true;
        submission->done_us = tg_service_now_us(ticket->service);
        submission->epoch = ticket->service->node->own_epoch;
        submission->index = index;
        submission->ids = !err && ids ? calloc(publish->record_count + 1, sizeof *submission->ids) : NULL;
        if (submission->ids) {
            memcpy(submission->ids, ids, publish->record_count * sizeof *ids);
            submission->id_count = publish->record_count;
        }
        submission->err = err;
        if (err && em) submission->em = *em;
        tg_job_wake(ticket->job);
    }
    ticket_free(ticket);
}

static tg_err hand_over(struct tg_job *job, struct tg_submission *submission, struct tg_errmsg *em)
{
    struct tg_ticket *ticket = calloc(1, sizeof *ticket);
    if (!ticket) return TG_ENOMEM;
    *ticket = (struct tg_ticket){
        .service = job->service, .job = job, .submission = submission, .next = job->service->tickets};
    job->service->tickets = ticket;
    struct tg_publish *publish = tg_steal_ptr(&submission->publish);
    publish->done = on_done;
    publish->ctx = ticket;
    submission->ticket = ticket;
    tg_err err = tg_commit_enqueue(job->service->node, publish, em);
    if (!err) return TG_OK;
    submission->ticket = NULL;
    ticket_free(ticket);
    return err;
}

tg_err tg_submission_step(struct tg_job *job, struct tg_submission *submission, bool *ret_done,
                          struct tg_errmsg *em)
{
    *ret_done = submission->done;
    if (submission->done) {
        if (submission->err && em) *em = submission->em;
        return submission->err;
    }
    return submission->publish ? hand_over(job, submission, em) : TG_OK;
}
