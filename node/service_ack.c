/* Verb `ack`: the word of a desk on records of others, back to their origins; and the alert that answers an alert.
 *
 * One call may acknowledge records of several origins: each origin gets its own envelope, and no other. Contract:
 * docs/control.md "Duty".
 */
#include "node/duty.h"
#include "node/service_internal.h"
#include "proto/record_edit.h"

/* What goes to one audience at one precedence. */
struct told {
    struct tg_submission submission;
    bool durable, rows_put, answer, urgent;
    struct tg_hash audience[TG_AUDIENCE_MAX];
    bool stored[TG_AUDIENCE_MAX];
    size_t audience_count;
    char (*refs)[TG_REF_TEXT_BYTES]; /* of the targets, in the order of the records */
    struct tg_hash *origins;         /* of the targets */
    size_t ref_count;
};

struct acking {
    struct tg_job job;
    struct told *told[2 * TG_PEERS_MAX + 2]; /* each where its ticket finds it */
    size_t told_count;
    uint64_t recnos[TG_SERVICE_ACK_REFS_MAX]; /* of the targets so far */
    size_t recno_count;
    int state; /* enum tg_rec_acknowledgement_state */
    char by[TG_LABEL_BYTES_MAX + 1];
    int64_t at_ms, begun_us, wait_us;
    size_t already, stored, addressees;
};

static const char *const states[] = {"", "READ", "ACTED", "ANSWERED"};

/* ---- rows ---- */

static tg_err said_row(const struct acking *acking, const char *target, const struct tg_hash *origin,
                       const char *ref, const char *by, int64_t at_ms, bool already, struct tg_buf *out)
{
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "acknowledged");
    tg_control_put_text(&row, "target", target);
    tg_control_put_text(&row, "ref", ref);
    tg_control_put_text(&row, "country", tg_trust_country(acking->job.service->node, origin));
    tg_put_node(&row, "node", origin);
    tg_control_put_text(&row, "state", states[acking->state]);
    tg_control_put_text(&row, "by", by);
    tg_control_put_number(&row, "at_ms", at_ms);
    tg_control_put_number(&row, "already", already);
    tg_control_put_number(&row, "enrolled", tg_trust_find(acking->job.service->node, origin) != NULL);
    return tg_control_end(&row);
}

static tg_err answer_row(struct tg_node *node, const struct told *told, const char *ref, struct tg_buf *out)
{
    struct tg_control_out row;
    TG_AUTO(tg_buf) struct tg_buf audience = {0};
    tg_err err = tg_put_countries(node, told->audience, told->audience_count, &audience);
    if (err) return err;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "record");
    tg_control_put_text(&row, "ref", ref);
    tg_control_put_data(&row, "id", TG_VIEW_ARRAY(told->submission.ids[0].bytes));
    tg_control_put_view(&row, "audience", tg_buf_view(&audience));
    return tg_control_end(&row);
}

static tg_err told_rows(const struct acking *acking, const struct told *told, struct tg_buf *out)
{
    struct tg_node *node = acking->job.service->node;
    const struct tg_submission *submission = &told->submission;
    tg_err err = TG_OK;
    for (size_t i = 0; i < submission->id_count && !err; i++) {
        char ref[TG_REF_TEXT_BYTES];
        tg_lookup_place_text(node, &tg_held_own(node)->id, submission->index, (uint32_t)(i + 1),
                             (uint32_t)submission->id_count, ref);
        err = told->answer ? answer_row(node, told, ref, out)
                           : said_row(acking, told->refs[i], &told->origins[i], ref, acking->by,
                                      acking->at_ms, false, out);
    }
    return err;
}

static tg_err stored_row(const struct acking *acking, const struct told *told, const struct tg_hash *by,
                         struct tg_buf *out)
{
    struct tg_node *node = acking->job.service->node;
    int64_t us = tg_receipts_stored_us(node, by, told->submission.epoch, told->submission.index);
    if (us < 0) us = tg_service_now_us(acking->job.service) - acking->begun_us;
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "stored");
    tg_control_put_text(&row, "country", tg_trust_country(node, by));
    tg_put_node(&row, "node", by);
    tg_control_put_text(&row, "what", told->answer ? "answer" : "acknowledgement");
    tg_control_put_number(&row, "ms", (us + 500) / 1000);
    return tg_control_end(&row);
}

static tg_err stored_rows(struct acking *acking, struct told *told, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < told->audience_count && !err; i++) {
        enum tg_holding holding = tg_receipts_holding(acking->job.service->node, &told->audience[i],
                                                      told->submission.epoch, told->submission.index, 0);
        if (told->stored[i] || holding == TG_HOLDING_WAITING) continue;
        told->stored[i] = true;
        acking->stored++;
        if (acking->wait_us) err = stored_row(acking, told, &told->audience[i], out);
    }
    return err;
}

/* ---- the job ---- */

static tg_err done_put(const struct acking *acking, struct tg_buf *out)
{
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "acknowledged", (int64_t)(acking->recno_count - acking->already));
    tg_control_put_number(&done, "already", (int64_t)acking->already);
    tg_control_put_number(&done, "addressees", (int64_t)acking->addressees);
    tg_control_put_number(&done, "stored", (int64_t)acking->stored);
    return tg_control_end(&done);
}

/* All are handed over at once, so that they share the syncs of one group. */
static tg_err hand_over(struct acking *acking, bool *ret_all, struct tg_errmsg *em)
{
    *ret_all = true;
    for (size_t i = 0; i < acking->told_count; i++) {
        struct told *told = acking->told[i];
        tg_err err = tg_submission_step(&acking->job, &told->submission, &told->durable, em);
        if (err) return err;
        *ret_all = *ret_all && told->durable;
    }
    return TG_OK;
}

static tg_err acking_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                          struct tg_errmsg *em)
{
    struct acking *acking = (struct acking *)job;
    bool durable = false;
    *ret_step = TG_STEP_WAIT;
    tg_err err = hand_over(acking, &durable, em);
    if (err || !durable) return err;
    for (size_t i = 0; i < acking->told_count && !err; i++) {
        struct told *told = acking->told[i];
        if (!told->rows_put) err = told_rows(acking, told, out);
        told->rows_put = true;
        if (!err) err = stored_rows(acking, told, out);
    }
    if (err) return err;
    int64_t until_us = acking->begun_us + acking->wait_us;
    if (acking->stored >= acking->addressees || tg_service_now_us(job->service) >= until_us) {
        *ret_step = TG_STEP_END;
        return done_put(acking, out);
    }
    job->deadline_us = until_us;
    return TG_OK;
}

static void acking_free(struct tg_job *job)
{
    struct acking *acking = (struct acking *)job;
    for (size_t i = 0; i < acking->told_count; i++) {
        struct told *told = acking->told[i];
        tg_submission_release(&told->submission);
        free(told->refs);
        free(told->origins);
        free(told);
    }
    free(acking);
}

static const struct tg_job_kind acking_kind = {.step = acking_step, .free = acking_free};

/* ---- what is said, and to whom ---- */

static struct told *told_new(const struct tg_call *call, struct acking *acking, tg_err *ret_err)
{
    struct told *told = calloc(1, sizeof *told);
    *ret_err = told ? tg_submission_init_call(call, &told->submission) : TG_ENOMEM;
    if (*ret_err || acking->told_count == sizeof acking->told / sizeof acking->told[0]) {
        if (told) tg_submission_release(&told->submission);
        free(told);
        if (!*ret_err) *ret_err = TG_ELIMIT;
        return NULL;
    }
    acking->told[acking->told_count++] = told;
    return told;
}

static void audience_put(struct acking *acking, struct told *told, const struct tg_hash *ids, size_t count)
{
    struct tg_publish *publish = told->submission.publish;
    memcpy(publish->audience, ids, count * sizeof *ids);
    memcpy(told->audience, ids, count * sizeof *ids);
    publish->audience_count = told->audience_count = count;
    acking->addressees += count;
}

/* The envelope to that origin; its acknowledgements are as urgent as what they speak of. */
static struct told *told_to(const struct tg_call *call, struct acking *acking, const struct tg_hash *origin,
                            bool urgent, tg_err *ret_err)
{
    bool enrolled = tg_trust_find(acking->job.service->node, origin) != NULL;
    for (size_t i = 0; i < acking->told_count; i++) {
        struct told *told = acking->told[i];
        if (told->answer || told->urgent != urgent || (told->audience_count == 1) != enrolled) continue;
        if (!enrolled || tg_hash_equal(&told->audience[0], origin)) return told;
    }
    struct told *told = told_new(call, acking, ret_err);
    if (!told) return NULL;
    told->urgent = urgent;
    told->submission.publish->precedence = urgent ? TG_IMMEDIATE : TG_ROUTINE;
    audience_put(acking, told, origin, enrolled);
    return told;
}

static bool urgent_is(const struct tg_found *found)
{
    bool alert = found->record->kind == TG_KIND_ALERT;
    return (int)found->manifest.precedence >= TG_IMMEDIATE ||
           (alert && (int)found->record->alert->precedence >= TG_IMMEDIATE);
}

static tg_err target_note(struct tg_node *node, struct told *told, const struct tg_found *found)
{
    char(*refs)[TG_REF_TEXT_BYTES] = realloc(told->refs, (told->ref_count + 1) * sizeof *refs);
    if (!refs) return TG_ENOMEM;
    told->refs = refs;
    struct tg_hash *origins = realloc(told->origins, (told->ref_count + 1) * sizeof *origins);
    if (!origins) return TG_ENOMEM;
    told->origins = origins;
    tg_lookup_ref_text(node, found, refs[told->ref_count]);
    origins[told->ref_count++] = found->log->id.origin;
    return TG_OK;
}

static tg_err say(const struct tg_call *call, struct acking *acking, const struct tg_found *found,
                  struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    tg_err err = TG_OK;
    struct told *told = told_to(call, acking, &found->log->id.origin, urgent_is(found), &err);
    if (!told) return err;
    struct tg_view bytes;
    err = tg_record_acknowledgement_build(found->record, acking->state, acking->by,
                                          tg_control_text(call->msg, "text", ""), acking->at_ms, &arena,
                                          &bytes, em);
    if (!err) err = tg_submission_about(&told->submission, &found->rec);
    if (!err) err = target_note(call->node, told, found);
    return err ? err : tg_submission_add(&told->submission, bytes);
}

static tg_err target_check(const struct tg_call *call, const struct acking *acking,
                           const struct tg_found *found, struct tg_errmsg *em)
{
    char ref[TG_REF_TEXT_BYTES];
    tg_lookup_ref_text(call->node, found, ref);
    if (found->log->own)
        return tg_fail(em, TG_EVALUE, "%s is our own: its addressees acknowledge it to us", ref);
    if (found->rec.kind == TG_KIND_ACKNOWLEDGEMENT)
        return tg_fail(em, TG_EVALUE, "%s is an acknowledgement itself: 'tamga show %s' says of what", ref,
                       ref);
    if (acking->state != TG_ACKNOWLEDGEMENT_STATE_ANSWERED) return TG_OK;
    if (found->rec.kind == TG_KIND_REQUEST)
        return tg_fail(em, TG_EVALUE, "%s is a request: 'tamga answer %s' answers it", ref, ref);
    if (found->rec.kind != TG_KIND_ALERT)
        return tg_fail(em, TG_EVALUE, "%s is no alert: only alerts and requests are answered", ref);
    return TG_OK;
}

static int64_t said_at(const struct tg_said *said, int state)
{
    if (state == TG_ACKNOWLEDGEMENT_STATE_ACTED) return said->acted_ms;
    return state == TG_ACKNOWLEDGEMENT_STATE_ANSWERED ? said->answered_ms : said->read_ms;
}

static bool named_before(struct acking *acking, uint64_t recno)
{
    for (size_t i = 0; i < acking->recno_count; i++)
        if (acking->recnos[i] == recno) return true;
    return false;
}

/* The alert that answers: its title is the first line of the text, its text the whole. */
static tg_err answer_make(const struct tg_call *call, struct acking *acking, const struct tg_found *found,
                          struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    const char *text = tg_control_text(call->msg, "text", ""), *to = tg_control_text(call->msg, "to", "");
    size_t line = strcspn(text, "\r\n");
    bool more = text[line] != 0;
    const char *title = tg_arena_text(&arena, tg_view_of(text, line));
    if (!title) return TG_ENOMEM;
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    struct tg_view bytes;
    tg_err err = to[0] ? tg_trust_audience(call->node, to, ids, &count, em)
                       : tg_duty_circle(call->node, found, ids, &count, em);
    if (!err)
        err = tg_record_alert_answer_build(found->record, acking->by, title, more ? text : "", acking->at_ms,
                                           &arena, &bytes, em);
    struct told *told = err ? NULL : told_new(call, acking, &err);
    if (!told) return err;
    told->answer = true;
    told->submission.publish->precedence = (uint8_t)found->record->alert->precedence;
    audience_put(acking, told, ids, count);
    return tg_submission_add(&told->submission, bytes);
}

static tg_err target_take(struct tg_call *call, struct acking *acking, const char *ref, struct tg_errmsg *em)
{
    struct tg_found found;
    struct tg_said said;
    uint64_t recno;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    tg_err err = tg_lookup_ref(call->node, ref, &recno, em);
    if (err || named_before(acking, recno)) return err;
    if (acking->recno_count == TG_SERVICE_ACK_REFS_MAX)
        return tg_fail(em, TG_ELIMIT, "more than %d records at once", TG_SERVICE_ACK_REFS_MAX);
    err = tg_lookup_open(call->node, recno, &arena, &found, em);
    if (!err) err = target_check(call, acking, &found, em);
    if (!err) err = tg_duty_said(call->node, &found.record->id, &call->node->id, &said, em);
    if (err) return err;
    acking->recnos[acking->recno_count++] = recno;
    if (acking->state == TG_ACKNOWLEDGEMENT_STATE_ANSWERED) err = answer_make(call, acking, &found, em);
    int64_t at_ms = said_at(&said, acking->state);
    if (err || !at_ms) return err ? err : say(call, acking, &found, em);
    char text[TG_REF_TEXT_BYTES];
    acking->already++;
    tg_lookup_ref_text(call->node, &found, text);
    return said_row(acking, text, &found.log->id.origin, "", said.by, at_ms, true, call->out);
}

static tg_err state_read(const struct tg_call *call, int *ret_state, struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, "state", "");
    if (!text[0]) return tg_fail(em, TG_EUSAGE, "say the state: read, acted or answered");
    tg_err err = tg_enum_parse(TG_ENUM_ACKNOWLEDGEMENT_STATE, tg_view_str(text), ret_state, em);
    if (err) return err;
    unsigned roles = tg_service_roles(call->service, call->client);
    if (*ret_state != TG_ACKNOWLEDGEMENT_STATE_READ && !(roles & TG_ROLE_OFFICER))
        return tg_fail(em, TG_EDENIED,
                       "user '%.60s' may acknowledge as read; '%s' needs role officer; roles stand in "
                       "[control] of the node's configuration",
                       call->client->user, text);
    bool answers = *ret_state == TG_ACKNOWLEDGEMENT_STATE_ANSWERED;
    if (answers && !tg_control_text(call->msg, "text", "")[0])
        return tg_fail(em, TG_EUSAGE, "an answer needs a text");
    return TG_OK;
}

/* Who speaks: as the caller says, else the configured desk, else the caller's role; never a person. */
static void by_fill(const struct tg_call *call, struct acking *acking)
{
    const char *by = tg_control_text(call->msg, "by", "");
    bool officer = (tg_service_roles(call->service, call->client) & TG_ROLE_OFFICER) != 0;
    if (!by[0]) by = call->service->config->policy.desk;
    if (!by[0]) by = tg_role_name(officer ? TG_ROLE_OFFICER : TG_ROLE_ANALYST);
    (void)snprintf(acking->by, sizeof acking->by, "%s", by);
}

tg_err tg_verb_ack(struct tg_call *call, struct tg_errmsg *em)
{
    int state = 0;
    int64_t wait_ms = tg_control_number(call->msg, "wait_ms", 0);
    tg_err err = state_read(call, &state, em);
    if (err) return err;
    if (wait_ms < 0 || wait_ms > TG_SERVICE_WAIT_MS_MAX)
        return tg_fail(em, TG_EVALUE, "wait_ms is 0 to %d", TG_SERVICE_WAIT_MS_MAX);
    if (strlen(tg_control_text(call->msg, "by", "")) > TG_LABEL_BYTES_MAX)
        return tg_fail(em, TG_ELIMIT, "the desk's name is longer than %d bytes", TG_LABEL_BYTES_MAX);
    struct acking *acking = tg_job_start(call, &acking_kind, sizeof *acking);
    if (!acking) return TG_ENOMEM;
    acking->state = state;
    acking->begun_us = tg_service_now_us(call->service);
    acking->at_ms = tg_service_now_ms(call->service);
    acking->wait_us = wait_ms * 1000;
    by_fill(call, acking);
    const struct tg_control_field *field = NULL;
    while (!err && (field = tg_control_each(call->msg, "ref", field)))
        err = target_take(call, acking, (const char *)field->data.data, em);
    if (!err && !acking->recno_count) return tg_fail(em, TG_EUSAGE, "say which records are acknowledged");
    if (!err && state == TG_ACKNOWLEDGEMENT_STATE_ANSWERED && acking->recno_count > 1)
        return tg_fail(em, TG_EUSAGE, "one record is answered at a time");
    bool tells = err || acking->told_count; /* what is published leaves its own entry */
    return tells ? err : tg_call_access(call, acking->recno_count, NULL, em);
}
