/* Verbs `import.begin`, `import.batch`, `import.end`: a list taken over, batch by batch.
 *
 * Judging and sealing go on in slices; a batch is answered when it is durable. What vanished from a list is withdrawn
 * in service_delist.c. Contract: docs/control.md.
 */
#include "node/service_import.h"

#include "proto/record_edit.h"

void tg_import_session_free(struct tg_import_session *session)
{
    if (!session) return;
    free(session->seen.keys);
    tg_access_note_release(&session->note);
    free(session);
}

/* ---- keys: what a record is known by in an import ---- */

tg_err tg_import_key(const struct tg_record *record, struct tg_hash *ret_key)
{
    const struct tg_rec_head *head = record->head;
    if (!head->list[0] || !head->external_id[0]) {
        *ret_key = record->digest;
        return TG_OK;
    }
    TG_AUTO(tg_buf) struct tg_buf form = {0};
    tg_err err = tg_import_external_form(head->list, head->external_id, &form);
    if (!err) tg_sha256_of(tg_buf_view(&form), ret_key);
    return err;
}

tg_err tg_import_seen_add(struct tg_import_seen *seen, const struct tg_hash *key)
{
    if (seen->count == seen->capacity) {
        size_t capacity = seen->capacity ? seen->capacity * 2 : 1024;
        struct tg_hash *keys = realloc(seen->keys, capacity * sizeof *keys);
        if (!keys) return TG_ENOMEM;
        seen->keys = keys;
        seen->capacity = capacity;
    }
    seen->keys[seen->count++] = *key;
    return TG_OK;
}

tg_err tg_import_note(const struct tg_call *call, const struct tg_import_session *session,
                      struct tg_access_note *ret_note)
{
    tg_err err = tg_access_note_copy(&session->note, ret_note);
    if (!err) (void)snprintf(ret_note->verb, sizeof ret_note->verb, "%s", call->verb->name);
    return err;
}

/* ---- begin ---- */

tg_err tg_verb_import_begin(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_import_session *session = calloc(1, sizeof *session);
    if (!session) return TG_ENOMEM;
    const char *list = tg_control_text(call->msg, "list", "");
    session->full = tg_control_number(call->msg, "full", 0) != 0;
    session->dry_run = tg_control_number(call->msg, "dry_run", 0) != 0;
    session->yes = tg_control_number(call->msg, "yes", 0) != 0;
    tg_err err = tg_trust_audience(call->node, tg_control_text(call->msg, "to", ""), session->audience,
                                   &session->audience_count, em);
    tg_space_look(call->node);
    if (!err && !session->dry_run && call->node->space.low)
        err = tg_fail(em, TG_ESPACE, "nothing can be stored now: %s", call->node->space.why);
    if (!err && strlen(list) >= sizeof session->list)
        err = tg_fail(em, TG_ELIMIT, "a list's name has at most %zu characters", sizeof session->list - 1);
    if (!err && session->full && !list[0])
        err = tg_fail(em, TG_EUSAGE, "'full' withdraws what is no longer on a list: say which list");
    if (!err) err = tg_access_note_take(call, &session->note);
    if (!err) err = tg_call_access(call, 0, NULL, em);
    if (err) {
        tg_import_session_free(session);
        return err;
    }
    (void)snprintf(session->list, sizeof session->list, "%s", list);
    tg_import_session_free(call->client->import);
    call->client->import = session;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    return tg_control_end(&done);
}

static tg_err session_of(const struct tg_call *call, struct tg_import_session **ret_session,
                         struct tg_errmsg *em)
{
    if (!call->client->import)
        return tg_fail(em, TG_EUSAGE, "no import is open on this connection: 'import.begin' first");
    *ret_session = call->client->import;
    return TG_OK;
}

/* ---- batch ---- */

struct span {
    size_t at, bytes;
};

/* Keys of one batch: open addressing, for "the same entry twice". */
#define BATCH_SLOTS (TG_BATCH_RECORDS_MAX * 4)
struct batch {
    struct tg_job job;
    struct tg_submission submission;
    struct tg_buf bytes; /* of all records, one behind the other */
    struct span records[TG_BATCH_RECORDS_MAX];
    size_t record_count, judged;
    struct tg_import_counts counts;
    struct tg_hash keys[TG_BATCH_RECORDS_MAX], digests[TG_BATCH_RECORDS_MAX];
    size_t key_count;
    uint16_t slots[BATCH_SLOTS]; /* 0: free, else place in keys + 1 */
};

/* TG_OK: new here, and remembered; TG_EEXIST: the very same stood before; TG_EVALUE: the same number says otherwise. */
static tg_err key_take(struct batch *batch, const struct tg_hash *key, const struct tg_hash *digest)
{
    size_t slot = tg_be32_get(key->bytes) % BATCH_SLOTS;
    for (; batch->slots[slot]; slot = (slot + 1) % BATCH_SLOTS) {
        size_t place = batch->slots[slot] - 1u;
        if (!tg_hash_equal(&batch->keys[place], key)) continue;
        return tg_hash_equal(&batch->digests[place], digest) ? TG_EEXIST : TG_EVALUE;
    }
    batch->keys[batch->key_count] = *key;
    batch->digests[batch->key_count] = *digest;
    batch->slots[slot] = (uint16_t)++batch->key_count;
    return TG_OK;
}

static tg_err refused_row(struct batch *batch, size_t item, tg_err why, const struct tg_errmsg *em,
                          struct tg_buf *out)
{
    struct tg_control_out row;
    batch->counts.refused++;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "refused");
    tg_control_put_number(&row, "item", (int64_t)item);
    tg_control_put_text(&row, "error", tg_errmsg_text(em, why));
    return tg_control_end(&row);
}

static tg_err fits_session(const struct tg_import_session *session, const struct tg_record *record,
                           struct tg_errmsg *em)
{
    if (record->newer)
        return tg_fail(em, TG_ENEWER,
                       "it holds a kind, field or value that this node does not know; update the node");
    if (record->kind == TG_KIND_WITHDRAWAL)
        return tg_fail(em, TG_EVALUE, "withdrawals are not imported; use 'withdraw'");
    if (session->list[0] && strcmp(session->list, record->head->list) != 0)
        return tg_fail(em, TG_EVALUE, "it is of list '%.60s', the import of '%.60s'", record->head->list,
                       session->list);
    return TG_OK;
}

/* Where the next record is unpacked: with the batch, to be indexed from there, as long as the batch is small. */
static struct tg_arena *arena_for(struct batch *batch, struct tg_arena *own)
{
    struct tg_arena *kept = &batch->submission.publish->kept;
    if (kept->taken_bytes > TG_SERVICE_CHECKED_BYTES_MAX) return own;
    kept->budget_bytes = kept->taken_bytes + TG_RECORD_PARSE_BUDGET_BYTES;
    return kept;
}

/* What was withdrawn and reinstated comes under another id: the old one never comes back. */
static tg_err anew_take(struct batch *batch, const struct tg_record *record)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_view bytes;
    tg_err err = tg_record_set_reported(record->bytes, tg_service_now_ms(batch->job.service), &arena, &bytes);
    return err ? err : tg_submission_add(&batch->submission, bytes);
}

static tg_err new_take(struct batch *batch, const struct tg_record *record, bool kept)
{
    struct tg_node *node = batch->job.service->node;
    if (tg_withdraw_known_by(node, &node->id, &record->id, NULL, NULL)) return anew_take(batch, record);
    return kept ? tg_submission_add_checked(&batch->submission, record)
                : tg_submission_add(&batch->submission, record->bytes);
}

static tg_err changed_take(struct batch *batch, const struct tg_record *record,
                           const struct tg_hash *superseded, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_view bytes;
    tg_err err = tg_record_set_supersedes(record->bytes, superseded, &arena, &bytes);
    if (!err) err = tg_submission_widen(batch->job.service->node, &batch->submission, superseded, em);
    return err ? err : tg_submission_add(&batch->submission, bytes);
}

/* One record into the batch, or counted. An error refuses it alone. kept: it lives as long as the batch. */
static tg_err judge(struct batch *batch, struct tg_import_session *session, const struct tg_record *record,
                    bool kept, struct tg_errmsg *em)
{
    enum tg_import_verdict verdict;
    struct tg_hash superseded, key;
    tg_err err = fits_session(session, record, em);
    if (!err) err = tg_import_key(record, &key);
    if (!err) err = tg_import_judge(batch->job.service->node, record, &verdict, &superseded, em);
    if (err) return err;
    tg_err twice = key_take(batch, &key, &record->digest);
    if (twice == TG_EVALUE)
        return tg_fail(em, twice, "number '%.60s' stands twice in this batch and says different things",
                       record->head->external_id);
    if (session->full && (err = tg_import_seen_add(&session->seen, &key))) return err;
    if (twice == TG_EEXIST || verdict == TG_IMPORT_UNCHANGED) {
        batch->counts.unchanged++;
        return TG_OK;
    }
    if (verdict == TG_IMPORT_BLOCKED) {
        batch->counts.blocked++;
        return TG_OK;
    }
    bool changed = verdict == TG_IMPORT_CHANGED;
    err = changed ? changed_take(batch, record, &superseded, em) : new_take(batch, record, kept);
    if (!err) (*(changed ? &batch->counts.changed : &batch->counts.added))++;
    return err;
}

static tg_err judge_bytes(struct batch *batch, struct tg_import_session *session, size_t item,
                          struct tg_buf *out)
{
    TG_AUTO(tg_arena) struct tg_arena own;
    tg_arena_init(&own, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_arena *arena = arena_for(batch, &own);
    struct tg_record *record;
    struct tg_errmsg em = {.text = ""};
    struct span span = batch->records[item];
    tg_err err = tg_record_decode(tg_view_of(batch->bytes.data + span.at, span.bytes), arena, &record, &em);
    if (!err) err = judge(batch, session, record, arena != &own, &em);
    bool of_record = err != TG_OK && err != TG_EIO && err != TG_EDAMAGED && err != TG_EBUSY;
    return of_record ? refused_row(batch, item, err, &em, out) : err;
}

static void counts_add(struct tg_import_counts *sum, const struct tg_import_counts *more)
{
    sum->added += more->added;
    sum->changed += more->changed;
    sum->unchanged += more->unchanged;
    sum->refused += more->refused;
    sum->blocked += more->blocked;
}

void tg_import_counts_put(struct tg_control_out *out, const struct tg_import_counts *counts)
{
    tg_control_put_number(out, "new", (int64_t)counts->added);
    tg_control_put_number(out, "changed", (int64_t)counts->changed);
    tg_control_put_number(out, "unchanged", (int64_t)counts->unchanged);
    tg_control_put_number(out, "refused", (int64_t)counts->refused);
    tg_control_put_number(out, "blocked", (int64_t)counts->blocked);
}

static tg_err batch_done(struct batch *batch, struct tg_import_session *session, struct tg_buf *out)
{
    struct tg_control_out done;
    counts_add(&session->totals, &batch->counts);
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_import_counts_put(&done, &batch->counts);
    return tg_control_end(&done);
}

static tg_err batch_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step, struct tg_errmsg *em)
{
    struct batch *batch = (struct batch *)job;
    struct tg_import_session *session = job->client->import;
    int64_t begun_us = tg_service_now_us(job->service);
    while (batch->judged < batch->record_count) {
        tg_err err = judge_bytes(batch, session, batch->judged++, out);
        if (err) return err;
        *ret_step = TG_STEP_MORE;
        if (tg_service_now_us(job->service) - begun_us > TG_SERVICE_SLICE_US) return TG_OK;
    }
    bool durable =
        session->dry_run || (batch->submission.publish && !batch->submission.publish->record_count);
    tg_err err = durable ? TG_OK : tg_submission_step(job, &batch->submission, &durable, em);
    *ret_step = durable ? TG_STEP_END : TG_STEP_WAIT;
    return err || !durable ? err : batch_done(batch, session, out);
}

static void batch_free(struct tg_job *job)
{
    struct batch *batch = (struct batch *)job;
    tg_submission_release(&batch->submission);
    tg_buf_release(&batch->bytes);
    free(batch);
}

static const struct tg_job_kind batch_kind = {.step = batch_step, .free = batch_free};

tg_err tg_verb_import_batch(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_import_session *session = NULL;
    tg_err err = session_of(call, &session, em);
    if (err) return err;
    struct batch *batch = tg_job_start(call, &batch_kind, sizeof *batch);
    struct tg_access_note note = {0};
    err = batch ? tg_import_note(call, session, &note) : TG_ENOMEM;
    if (!err) err = tg_submission_init(call->service, &note, &batch->submission);
    tg_access_note_release(&note);
    const struct tg_control_field *field = NULL;
    while (!err && (field = tg_control_each(call->msg, "record", field))) {
        if (batch->record_count == TG_BATCH_RECORDS_MAX)
            return tg_fail(em, TG_ELIMIT, "more than %d records in one batch", TG_BATCH_RECORDS_MAX);
        batch->records[batch->record_count++] =
            (struct span){.at = batch->bytes.bytes, .bytes = field->data.bytes};
        err = tg_buf_put_view(&batch->bytes, field->data);
    }
    if (err) return err;
    struct tg_publish *publish = batch->submission.publish;
    memcpy(publish->audience, session->audience, session->audience_count * sizeof *session->audience);
    publish->audience_count = session->audience_count;
    return TG_OK;
}

/* ---- end ---- */

tg_err tg_verb_import_end(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_import_session *session = NULL;
    tg_err err = session_of(call, &session, em);
    if (err || session->full) return err ? err : tg_delist_start(call, em);
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    tg_import_counts_put(&done, &session->totals);
    tg_control_put_number(&done, "withdrawn", 0);
    err = tg_control_end(&done);
    tg_import_session_free(tg_steal_ptr(&call->client->import));
    return err;
}
