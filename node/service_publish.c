/* Verbs `publish` and `withdraw`: one commit of ours, then who has stored or erased it.
 *
 * Knows no kind but Withdrawal, and of alerts their threads. Contract: docs/control.md.
 */
#include "node/not_read.h"
#include "node/service_internal.h"
#include "proto/record_edit.h"

/* What one addressee's receipts have said. */
enum said { SAID_NOTHING, SAID_GOOD, SAID_REFUSED };
/* How far the answer goes on: until all have stored it, or their officers have said so much of the first record. */
enum until { UNTIL_STORED, UNTIL_READ, UNTIL_ANSWERED };
/* What an officer there has said, as far as it was told on. */
struct word {
    struct tg_said said;
    bool not_read;
};

struct publishing {
    struct tg_job job;
    struct tg_submission submission;
    struct tg_hash audience[TG_AUDIENCE_MAX];
    enum said said[TG_AUDIENCE_MAX];
    size_t audience_count, record_count;
    size_t good, refused;
    enum until until;
    struct word words[TG_AUDIENCE_MAX];
    size_t read, answered;
    int64_t wait_us; /* after the request began */
    bool rows_put, fixed;
    /* withdraw: the record that has to go */
    bool withdrawing;
    uint32_t target_epoch;
    uint64_t target_index;
    uint32_t target_item;
    char target_ref[TG_REF_TEXT_BYTES];
    struct tg_readers *readers; /* of what is replaced or withdrawn; NULL: nothing is */
    bool readers_known;
};

/* ---- rows ---- */

static tg_err record_rows(struct publishing *publishing, struct tg_buf *out)
{
    struct tg_node *node = publishing->job.service->node;
    const struct tg_submission *submission = &publishing->submission;
    tg_err err = TG_OK;
    for (size_t i = 0; i < submission->id_count && !err; i++) {
        char ref[TG_REF_TEXT_BYTES];
        struct tg_control_out row;
        tg_lookup_place_text(node, &tg_held_own(node)->id, submission->index, (uint32_t)(i + 1),
                             (uint32_t)submission->id_count, ref);
        tg_control_answer(&row, out, TG_CONTROL_ROW);
        tg_control_put_text(&row, "row", "record");
        tg_control_put_text(&row, "ref", ref);
        tg_control_put_data(&row, "id", TG_VIEW_ARRAY(submission->ids[i].bytes));
        err = tg_control_end(&row);
    }
    return err;
}

static enum said listen(const struct publishing *publishing, const struct tg_hash *by)
{
    struct tg_node *node = publishing->job.service->node;
    uint64_t index = publishing->submission.index;
    enum tg_holding holding = publishing->withdrawing
                                  ? tg_receipts_holding(node, by, publishing->target_epoch,
                                                        publishing->target_index, publishing->target_item)
                                  : tg_receipts_holding(node, by, publishing->submission.epoch, index, 0);
    if (holding == TG_HOLDING_REFUSED) return SAID_REFUSED;
    if (publishing->withdrawing) return holding == TG_HOLDING_WITHDRAWN ? SAID_GOOD : SAID_NOTHING;
    return holding == TG_HOLDING_WAITING ? SAID_NOTHING : SAID_GOOD;
}

static int64_t said_after_us(const struct publishing *publishing, const struct tg_hash *by)
{
    struct tg_node *node = publishing->job.service->node;
    const struct tg_submission *submission = &publishing->submission;
    int64_t us =
        publishing->withdrawing ? -1 : tg_receipts_stored_us(node, by, submission->epoch, submission->index);
    return us >= 0 ? us : tg_service_now_us(publishing->job.service) - publishing->submission.begun_us;
}

static tg_err said_row(const struct publishing *publishing, const struct tg_hash *by, enum said said,
                       struct tg_buf *out)
{
    const char *good = publishing->withdrawing ? "withdrawn" : "stored";
    int64_t us = said_after_us(publishing, by);
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", said == SAID_GOOD ? good : "refused");
    tg_control_put_text(&row, "country", tg_trust_country(publishing->job.service->node, by));
    tg_put_node(&row, "node", by);
    tg_control_put_number(&row, "ms", (us + 500) / 1000);
    tg_control_put_number(&row, "us", us);
    uint64_t index = publishing->withdrawing ? publishing->target_index : publishing->submission.index;
    uint32_t epoch = publishing->withdrawing ? publishing->target_epoch : publishing->submission.epoch;
    const char *code = tg_receipts_code(publishing->job.service->node, by, epoch, index);
    tg_control_put_text(&row, "code", code ? code : "");
    return tg_control_end(&row);
}

static tg_err said_rows(struct publishing *publishing, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < publishing->audience_count && !err; i++) {
        if (publishing->said[i] != SAID_NOTHING) continue;
        enum said said = listen(publishing, &publishing->audience[i]);
        if (said == SAID_NOTHING) continue;
        publishing->said[i] = said;
        if (said == SAID_GOOD) publishing->good++;
        if (said == SAID_REFUSED) publishing->refused++;
        if (publishing->wait_us) err = said_row(publishing, &publishing->audience[i], said, out);
    }
    return err;
}

/* ---- what officers say of it ---- */

/* Everybody whose answers will come, so that a screen has a line for each. */
static tg_err addressee_rows(const struct publishing *publishing, struct tg_buf *out)
{
    struct tg_node *node = publishing->job.service->node;
    tg_err err = TG_OK;
    for (size_t i = 0; i < publishing->audience_count && !err; i++) {
        struct tg_control_out row;
        tg_control_answer(&row, out, TG_CONTROL_ROW);
        tg_control_put_text(&row, "row", "addressee");
        tg_control_put_text(&row, "country", tg_trust_country(node, &publishing->audience[i]));
        tg_put_node(&row, "node", &publishing->audience[i]);
        err = tg_control_end(&row);
    }
    return err;
}

static tg_err word_row(const struct publishing *publishing, const struct tg_found *found,
                       const struct tg_hash *by, const struct tg_said *said, struct tg_buf *out)
{
    struct tg_node *node = publishing->job.service->node;
    const char *text = tg_duty_said_text(said);
    int64_t at_ms = said->answered_ms ? said->answered_ms : said->acted_ms ? said->acted_ms : said->read_ms;
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "said");
    tg_control_put_text(&row, "country", tg_trust_country(node, by));
    tg_put_node(&row, "node", by);
    tg_control_put_text(&row, "said", text);
    tg_control_put_number(&row, "at_ms", at_ms);
    tg_control_put_text(&row, "by", said->by);
    tg_not_read_put(node, &row, found, by, said);
    return tg_control_end(&row);
}

static tg_err word_look(struct publishing *publishing, const struct tg_found *found, size_t i,
                        struct tg_buf *out)
{
    struct tg_node *node = publishing->job.service->node;
    struct word *before = &publishing->words[i], now = {.not_read = false};
    tg_err err = tg_duty_said(node, &found->record->id, &publishing->audience[i], &now.said, NULL);
    if (err) return err;
    now.not_read = tg_not_read_is(node, found, &publishing->audience[i], &now.said);
    bool changed = tg_duty_said_text(&now.said) != tg_duty_said_text(&before->said) ||
                   (now.not_read && !before->not_read);
    publishing->read += now.said.read_ms && !before->said.read_ms;
    publishing->answered += now.said.answered_ms && !before->said.answered_ms;
    *before = now;
    return changed ? word_row(publishing, found, &publishing->audience[i], &now.said, out) : TG_OK;
}

static tg_err words_look(struct publishing *publishing, struct tg_buf *out)
{
    struct tg_node *node = publishing->job.service->node;
    struct tg_found found;
    uint64_t recno;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    if (publishing->until == UNTIL_STORED || !publishing->submission.id_count) return TG_OK;
    if (tg_duty_first(node, &publishing->submission.ids[0], &node->id, &recno, NULL) ||
        tg_lookup_open(node, recno, &arena, &found, NULL) || !found.record)
        return TG_OK; /* not indexed yet, or withdrawn meanwhile */
    tg_err err = TG_OK;
    for (size_t i = 0; i < publishing->audience_count && !err; i++)
        err = word_look(publishing, &found, i, out);
    return err;
}

static bool all_said(const struct publishing *publishing)
{
    if (publishing->until == UNTIL_READ) return publishing->read == publishing->audience_count;
    if (publishing->until == UNTIL_ANSWERED) return publishing->answered == publishing->audience_count;
    return publishing->good + publishing->refused == publishing->audience_count;
}

static tg_err done_put(struct publishing *publishing, struct tg_buf *out)
{
    const struct tg_submission *submission = &publishing->submission;
    struct tg_node *node = publishing->job.service->node;
    TG_AUTO(tg_buf) struct tg_buf audience = {0};
    tg_err err = tg_put_countries(node, publishing->audience, publishing->audience_count, &audience);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "index", (int64_t)submission->index);
    tg_control_put_number(&done, "committed_us", submission->done_us - submission->begun_us);
    tg_control_put_view(&done, "audience", tg_buf_view(&audience));
    tg_control_put_number(&done, "addressees", (int64_t)publishing->audience_count);
    tg_control_put_number(&done, publishing->withdrawing ? "withdrawn" : "stored", (int64_t)publishing->good);
    if (publishing->until != UNTIL_STORED) tg_control_put_number(&done, "read", (int64_t)publishing->read);
    if (publishing->until != UNTIL_STORED)
        tg_control_put_number(&done, "answered", (int64_t)publishing->answered);
    if (publishing->withdrawing) tg_control_put_text(&done, "ref", publishing->target_ref);
    if (publishing->readers) tg_control_put_number(&done, "readers", (int64_t)publishing->readers->count);
    return tg_control_end(&done);
}

/* The addressees as they will be sealed to. */
static void audience_fix(struct publishing *publishing)
{
    const struct tg_publish *publish = publishing->submission.publish;
    if (publishing->fixed || !publish) return;
    memcpy(publishing->audience, publish->audience, publish->audience_count * sizeof *publish->audience);
    publishing->audience_count = publish->audience_count;
    publishing->fixed = true;
}

/* Who was shown what the commit replaces or takes back is counted once it is done. */
static tg_err readers_fix(struct publishing *publishing)
{
    const struct tg_publish *publish = publishing->submission.publish;
    struct tg_view about = publish ? tg_places_view(&publish->note.about) : tg_view_of(NULL, 0);
    if (publishing->readers || !tg_places_count(about)) return TG_OK;
    publishing->readers = tg_readers_new(NULL, NULL);
    for (size_t i = 0; publishing->readers && i < tg_places_count(about); i++) {
        struct tg_place place = tg_places_at(about, i);
        tg_readers_add(publishing->readers, &place);
    }
    return publishing->readers ? TG_OK : TG_ENOMEM;
}

static tg_err publishing_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                              struct tg_errmsg *em)
{
    struct publishing *publishing = (struct publishing *)job;
    bool durable = false;
    audience_fix(publishing);
    tg_err err = readers_fix(publishing);
    if (!err) err = tg_submission_step(job, &publishing->submission, &durable, em);
    *ret_step = TG_STEP_WAIT;
    if (err || !durable) return err;
    if (!publishing->rows_put && !publishing->withdrawing) err = record_rows(publishing, out);
    if (!err && !publishing->rows_put && publishing->until != UNTIL_STORED)
        err = addressee_rows(publishing, out);
    publishing->rows_put = true;
    if (!err) err = said_rows(publishing, out);
    if (!err) err = words_look(publishing, out);
    if (!err && publishing->readers && !publishing->readers_known) {
        err = tg_readers_step(job->service, publishing->readers, &publishing->readers_known, em);
        *ret_step = TG_STEP_MORE;
        return err;
    }
    if (err) return err;
    int64_t until_us = publishing->submission.begun_us + publishing->wait_us;
    if (all_said(publishing) || tg_service_now_us(job->service) >= until_us) {
        *ret_step = TG_STEP_END;
        return done_put(publishing, out);
    }
    job->deadline_us = until_us;
    return TG_OK;
}

static void publishing_free(struct tg_job *job)
{
    struct publishing *publishing = (struct publishing *)job;
    tg_submission_release(&publishing->submission);
    free(publishing->readers);
    free(publishing);
}

static const struct tg_job_kind publishing_kind = {.step = publishing_step, .free = publishing_free};

static tg_err publishing_start(struct tg_call *call, struct publishing **ret_publishing, struct tg_errmsg *em)
{
    int64_t wait_ms = tg_control_number(call->msg, "wait_ms", 0);
    if (wait_ms < 0 || wait_ms > TG_SERVICE_WAIT_MS_MAX)
        return tg_fail(em, TG_EVALUE, "wait_ms is 0 to %d", TG_SERVICE_WAIT_MS_MAX);
    struct publishing *publishing = tg_job_start(call, &publishing_kind, sizeof *publishing);
    if (!publishing) return TG_ENOMEM;
    publishing->wait_us = wait_ms * 1000;
    *ret_publishing = publishing;
    return tg_submission_init_call(call, &publishing->submission);
}

tg_err tg_publishing_start(struct tg_call *call, struct tg_submission **ret_submission, struct tg_errmsg *em)
{
    struct publishing *publishing = NULL;
    tg_err err = publishing_start(call, &publishing, em);
    if (!err) *ret_submission = &publishing->submission;
    return err;
}

/* ---- publish ---- */

static tg_err until_read(const struct tg_call *call, enum until *ret_until, struct tg_errmsg *em)
{
    static const char *const names[] = {"stored", "read", "answered"};
    const char *text = tg_control_text(call->msg, "until", names[UNTIL_STORED]);
    for (size_t i = 0; i <= UNTIL_ANSWERED; i++) {
        if (strcmp(names[i], text) != 0) continue;
        *ret_until = (enum until)i;
        return TG_OK;
    }
    return tg_fail(em, TG_EVALUE, "until is 'stored', 'read' or 'answered', not '%.40s'", text);
}

static tg_err record_check(const struct tg_record *record, struct tg_errmsg *em)
{
    if (record->newer)
        return tg_fail(em, TG_ENEWER,
                       "it holds a kind, field or value that this node does not know; update the node");
    if (record->kind == TG_KIND_WITHDRAWAL)
        return tg_fail(em, TG_EUSAGE, "a withdrawal is made with 'withdraw', which finds who has to be told");
    return TG_OK;
}

/* What is made of the records of a call, besides themselves. */
struct taking {
    struct tg_submission *submission;
    unsigned precedence; /* the highest of its alerts */
    bool to_threads; /* no addressee was named: whoever got the first alert of a thread gets what follows */
    size_t threads;  /* records that went so */
};

/* An alert that goes on with a thread. */
static tg_err thread_take(const struct tg_call *call, struct taking *taking, const struct tg_record *alert,
                          struct tg_errmsg *em)
{
    bool held = false;
    uint64_t recno = 0;
    struct tg_found first;
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    tg_err err = tg_duty_thread_check(call->node, alert, &held, &recno, em);
    if (err || !held || !taking->to_threads) return err;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    err = tg_lookup_open(call->node, recno, &arena, &first, em);
    if (!err) err = tg_duty_circle(call->node, &first, ids, &count, em);
    for (size_t i = 0; i < count && !err; i++) err = tg_submission_address(taking->submission, &ids[i]);
    if (!err) taking->threads++;
    return err;
}

static tg_err record_take(const struct tg_call *call, struct taking *taking, struct tg_view bytes,
                          struct tg_errmsg *em)
{
    struct tg_submission *submission = taking->submission;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_record *record;
    tg_err err = tg_record_decode(bytes, &arena, &record, em);
    if (!err) err = record_check(record, em);
    if (!err && record->head->supersedes)
        err = tg_submission_widen(call->node, submission, record->head->supersedes, em);
    if (!err && record->kind == TG_KIND_ALERT) err = thread_take(call, taking, record, em);
    if (!err && record->kind == TG_KIND_DISPUTE)
        err = tg_dispute_widen(call->node, taking->submission, record, em);
    if (err) return err;
    if (record->kind == TG_KIND_ALERT && (unsigned)record->alert->precedence > taking->precedence)
        taking->precedence = (unsigned)record->alert->precedence;
    err = tg_submission_add(submission, bytes);
    return err == TG_ELIMIT ? tg_fail(em, err, "more than %d records at once", TG_BATCH_RECORDS_MAX) : err;
}

/* Whom the call names; without a name whoever is told by default, unless all of it goes to threads. */
static tg_err audience_take(const struct tg_call *call, struct taking *taking, size_t records,
                            struct tg_errmsg *em)
{
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    if (taking->threads && taking->threads == records) return TG_OK;
    tg_err err = tg_trust_audience(call->node, tg_control_text(call->msg, "to", ""), ids, &count, em);
    for (size_t i = 0; i < count && !err; i++)
        if (tg_submission_address(taking->submission, &ids[i]))
            err = tg_fail(em, TG_ELIMIT, "more than %d addressees", TG_AUDIENCE_MAX);
    return err;
}

tg_err tg_verb_publish(struct tg_call *call, struct tg_errmsg *em)
{
    struct publishing *publishing = NULL;
    tg_err err = publishing_start(call, &publishing, em);
    if (!err) err = until_read(call, &publishing->until, em);
    if (err) return err;
    struct taking taking = {.submission = &publishing->submission,
                            .precedence = TG_ROUTINE,
                            .to_threads = !tg_control_text(call->msg, "to", "")[0]};
    const struct tg_control_field *field = NULL;
    size_t place = 0;
    while (!err && (field = tg_control_each(call->msg, "record", field))) {
        err = record_take(call, &taking, field->data, em);
        place++;
    }
    bool alone = place == 1 && !tg_control_each(call->msg, "record", field);
    if (err) return alone ? err : tg_context(em, err, "record %zu", place);
    if (!place) return tg_fail(em, TG_EUSAGE, "no record was given");
    err = audience_take(call, &taking, place, em);
    if (err) return err;
    int64_t precedence = tg_control_number(call->msg, "precedence", taking.precedence);
    if (precedence < TG_ROUTINE || precedence > TG_FLASH)
        return tg_fail(em, TG_EVALUE, "precedence is 0 (routine) to 3 (flash)");
    publishing->submission.publish->precedence = (uint8_t)precedence;
    return TG_OK;
}

/* ---- withdraw ---- */

static tg_err reason_read(const struct tg_call *call, int *ret_reason, struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, "reason", "");
    if (!text[0])
        return tg_fail(em, TG_EUSAGE,
                       "say the reason: wrong_person, expired, court_order, superseded, "
                       "source_burned or error");
    return tg_enum_parse(TG_ENUM_WITHDRAWAL_REASON, tg_view_str(text), ret_reason, em);
}

static tg_err successor_read(const struct tg_call *call, struct tg_hash *ret_id, bool *ret_has,
                             struct tg_errmsg *em)
{
    const char *ref = tg_control_text(call->msg, "successor", "");
    uint64_t recno;
    struct tg_found found;
    *ret_has = ref[0] != 0;
    if (!ref[0]) return TG_OK;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    tg_err err = tg_lookup_ref(call->node, ref, &recno, em);
    if (!err) err = tg_lookup_open(call->node, recno, &arena, &found, em);
    if (err) return tg_context(em, err, "successor");
    *ret_id = found.record->id;
    return TG_OK;
}

static tg_err deadline_read(const struct tg_call *call, int64_t *ret_ms, struct tg_errmsg *em)
{
    *ret_ms = tg_control_number(call->msg, "deadline_ms", 0);
    if (!*ret_ms || *ret_ms > tg_service_now_ms(call->service)) return TG_OK;
    return tg_fail(em, TG_EVALUE, "the deadline has passed already: name a later one");
}

static tg_err target_check(const struct tg_call *call, const struct tg_found *found, struct tg_errmsg *em)
{
    if (!found->log->own)
        return tg_fail(em, TG_EDENIED, "only its origin (%s) can withdraw this record; ask it to",
                       tg_trust_country(call->node, &found->log->id.origin));
    if (found->rec.kind == TG_KIND_WITHDRAWAL)
        return tg_fail(em, TG_EVALUE, "a withdrawal stands for ever; publish the record anew instead");
    return TG_OK;
}

tg_err tg_verb_withdraw(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_withdrawal_draft draft = {.note = tg_control_text(call->msg, "note", "")};
    uint64_t recno;
    struct tg_found found;
    struct tg_hash successor;
    bool has_successor = false;
    struct publishing *publishing = NULL;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    tg_err err = reason_read(call, &draft.reason, em);
    if (!err) err = deadline_read(call, &draft.deadline_ms, em);
    if (!err) err = tg_lookup_ref(call->node, tg_control_text(call->msg, "ref", ""), &recno, em);
    if (!err) err = tg_lookup_open(call->node, recno, &arena, &found, em);
    if (!err) err = target_check(call, &found, em);
    if (!err) err = successor_read(call, &successor, &has_successor, em);
    if (!err) err = publishing_start(call, &publishing, em);
    if (!err) err = tg_submission_about(&publishing->submission, &found.rec);
    if (err) return err;
    if (has_successor) draft.successor = &successor;
    err = tg_commit_withdrawal(call->node, &found, &draft, publishing->submission.publish, em);
    if (err) return err;
    const char *dispute = tg_control_text(call->msg, "dispute", "");
    if (dispute[0])
        err = tg_dispute_decision_add(call, &publishing->submission, &found, dispute,
                                      TG_DISPUTE_DECISION_WITHDRAWN, draft.note, em);
    if (err) return err;
    publishing->withdrawing = true;
    publishing->target_epoch = found.log->id.epoch;
    publishing->target_index = found.rec.index;
    publishing->target_item = found.rec.n;
    tg_lookup_ref_text(call->node, &found, publishing->target_ref);
    return TG_OK;
}
