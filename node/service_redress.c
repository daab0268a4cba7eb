/* Verb `audit.redress`: all that can be said to somebody who asks what was done with a record about them.
 *
 * Where it came from, who entered it, who holds it, who was shown it and why, and what followed; never its contents, and
 * never the name of a person who told it. Contract: docs/control.md.
 */
#include "node/service_internal.h"

struct redress {
    struct tg_job job;
    struct tg_access_note note;
    char ref[TG_REF_TEXT_BYTES + 80];
    struct tg_readers *readers; /* of the record and its versions */
    struct tg_buf authors;      /* their rows, newest first */
};

/* ---- which records ---- */

/* Every envelope that the record of that id stands in. */
static tg_err places_of_id(struct redress *redress, const struct tg_hash *id, struct tg_errmsg *em)
{
    struct tg_node *node = redress->job.service->node;
    uint64_t recnos[TG_WITHDRAW_PLACES_MAX];
    size_t count = 0;
    struct tg_index_rec rec;
    tg_err err = tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(id->bytes), recnos, TG_WITHDRAW_PLACES_MAX,
                                 &count, em);
    for (size_t i = 0; !err && i < count && i < TG_WITHDRAW_PLACES_MAX; i++) {
        if (tg_index_get(node->store, recnos[i], &rec, NULL)) continue;
        const struct tg_place place = tg_place_of_rec(&rec);
        tg_readers_add(redress->readers, &place);
    }
    return err;
}

/* The record and what it replaced. */
static tg_err places_of(struct redress *redress, const struct tg_found *found, struct tg_errmsg *em)
{
    struct tg_node *node = redress->job.service->node;
    struct tg_hash id = found->record->id;
    tg_err err = TG_OK;
    for (size_t i = 0; i < TG_SHOW_VERSIONS_MAX && !err; i++) {
        uint64_t recno;
        struct tg_found version;
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
        err = places_of_id(redress, &id, em);
        bool held = !err && !tg_recno_of_id(node, &id, &recno, NULL) &&
                    !tg_lookup_open(node, recno, &arena, &version, NULL) && version.record;
        if (!held || !version.record->head->supersedes) break;
        id = *version.record->head->supersedes;
    }
    return err;
}

static tg_err found_open(struct redress *redress, struct tg_arena *arena, struct tg_found *ret_found,
                         struct tg_errmsg *em)
{
    uint64_t recno;
    tg_err err = tg_lookup_ref(redress->job.service->node, redress->ref, &recno, em);
    return err ? err : tg_lookup_open(redress->job.service->node, recno, arena, ret_found, em);
}

/* ---- the walk ---- */

static tg_err author_row(void *ctx, uint64_t number, const struct tg_access *access)
{
    (void)number;
    struct redress *redress = ctx;
    struct tg_control_out row;
    tg_control_answer(&row, &redress->authors, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "author");
    tg_control_put_number(&row, "at_ms", access->at_ms);
    tg_control_put_text(&row, "user", access->user);
    tg_control_put_text(&row, "verb", access->verb);
    tg_control_put_text(&row, "reason", access->reason);
    tg_control_put_text(&row, "case", access->case_number);
    return tg_control_end(&row);
}

/* ---- rows ---- */

static void put_source(struct tg_control_out *row, const struct tg_rec_source *source)
{
    const char *type = source ? tg_enum_name(TG_ENUM_SOURCE_TYPE, (int)source->type) : NULL;
    if (!source) return;
    tg_control_put_text(row, "source", type ? type : "newer");
    tg_control_put_text(row, "source_reference", source->reference);
    if (source->type != TG_SOURCE_TYPE_HUMAN) tg_control_put_text(row, "source_name", source->name);
}

static void put_handling(struct tg_control_out *row, const struct tg_rec_handling *handling)
{
    char date[TG_DATE_TEXT_BYTES];
    if (!handling) return;
    tg_control_put_text(row, "purpose", handling->purpose);
    tg_control_put_text(row, "legal_basis", handling->legal_basis);
    tg_date_format(handling->review, date);
    tg_control_put_text(row, "review", date);
    tg_date_format(handling->expiry, date);
    tg_control_put_text(row, "expiry", date);
}

static tg_err record_row(struct tg_node *node, const struct tg_found *found, struct tg_buf *out)
{
    struct tg_control_out row;
    const struct tg_rec_head *head = found->record->head;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "record");
    tg_put_record(node, &row, found, false);
    tg_control_put_text(&row, "agency", head->agency);
    tg_control_put_text(&row, "desk", head->desk);
    put_source(&row, head->source);
    put_handling(&row, head->handling);
    return tg_control_end(&row);
}

/* Erased here: its place is all that is left of it. */
static tg_err erased_row(struct redress *redress, struct tg_buf *out)
{
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "record");
    tg_control_put_text(&row, "ref", redress->ref);
    tg_control_put_text(&row, "state", "withdrawn");
    return tg_control_end(&row);
}

static tg_err version_rows(struct redress *redress, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 1; i < redress->readers->place_count && !err; i++) {
        char ref[TG_REF_TEXT_BYTES];
        const struct tg_place *place = &redress->readers->places[i];
        struct tg_control_out row;
        tg_place_text(redress->job.service->node, place->log, place->index, place->first, ref);
        tg_control_answer(&row, out, TG_CONTROL_ROW);
        tg_control_put_text(&row, "row", "version");
        tg_control_put_text(&row, "ref", ref);
        err = tg_control_end(&row);
    }
    return err;
}

static tg_err reader_rows(struct redress *redress, struct tg_buf *out)
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < redress->readers->count && !err; i++) {
        const struct tg_reader *reader = &redress->readers->items[i];
        struct tg_control_out row;
        tg_control_answer(&row, out, TG_CONTROL_ROW);
        tg_control_put_text(&row, "row", "reader");
        tg_control_put_text(&row, "user", reader->user);
        tg_control_put_number(&row, "times", (int64_t)reader->times);
        tg_control_put_number(&row, "first_ms", reader->first_ms);
        tg_control_put_number(&row, "last_ms", reader->last_ms);
        tg_control_put_number(&row, "reasoned", reader->reasoned);
        err = tg_control_end(&row);
    }
    return err;
}

/* What is held of it now. */
static tg_err held_rows(struct redress *redress, struct tg_call *call, struct tg_errmsg *em)
{
    uint64_t left = 0;
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    tg_err err = found_open(redress, &arena, &found, em);
    if (err == TG_EWITHDRAWN || err == TG_ENOENT) return erased_row(redress, call->out);
    if (!err) err = record_row(call->node, &found, call->out);
    if (!err) err = tg_holder_rows(call, &found, em);
    if (!err) err = tg_dispute_rows(call, &found, em);
    return err ? err : tg_pointing_rows(call, &found, &left, em);
}

static tg_err rows_put(struct redress *redress, struct tg_buf *out, struct tg_errmsg *em)
{
    struct tg_control_out done;
    struct tg_call call = {.service = redress->job.service,
                           .node = redress->job.service->node,
                           .client = redress->job.client,
                           .out = out,
                           .auditing = true};
    tg_err err = held_rows(redress, &call, em);
    if (!err) err = version_rows(redress, out);
    if (!err) err = tg_buf_put_view(out, tg_buf_view(&redress->authors));
    if (!err) err = reader_rows(redress, out);
    tg_places_release(&call.shown);
    if (err) return err;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "entries", (int64_t)redress->readers->walk.end);
    tg_control_put_number(&done, "readers_left", (int64_t)redress->readers->left);
    return tg_control_end(&done);
}

static tg_err redress_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                           struct tg_errmsg *em)
{
    struct redress *redress = (struct redress *)job;
    *ret_step = TG_STEP_MORE;
    bool done = false;
    tg_err err = tg_readers_step(job->service, redress->readers, &done, em);
    if (err || !done) return err ? err : tg_access_progress(&redress->readers->walk, out);
    TG_AUTO(tg_places) struct tg_places asked = {0};
    for (size_t i = 0; i < redress->readers->place_count && !err; i++)
        err = tg_places_add(&asked, &redress->readers->places[i]);
    if (!err) err = tg_access_note_put(&redress->note, job, redress->readers->count, &asked, em);
    *ret_step = TG_STEP_END;
    return err ? err : rows_put(redress, out, em);
}

static void redress_free(struct tg_job *job)
{
    struct redress *redress = (struct redress *)job;
    tg_access_note_release(&redress->note);
    tg_buf_release(&redress->authors);
    free(redress->readers);
    free(redress);
}

static const struct tg_job_kind redress_kind = {.step = redress_step, .free = redress_free};

tg_err tg_verb_audit_redress(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_place place;
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    const char *ref = tg_control_text(call->msg, "ref", "");
    struct redress *redress = tg_job_start(call, &redress_kind, sizeof *redress);
    if (!redress) return TG_ENOMEM;
    redress->readers = tg_readers_new(author_row, redress);
    if (!redress->readers) return TG_ENOMEM;
    if (strlen(ref) >= sizeof redress->ref) return tg_fail(em, TG_EVALUE, "'%.60s...' names no record", ref);
    (void)snprintf(redress->ref, sizeof redress->ref, "%s", ref);
    tg_err err = found_open(redress, &arena, &found, em);
    if (!err && found.record) {
        err = places_of(redress, &found, em);
    } else if (!err || err == TG_EWITHDRAWN) {
        err = tg_place_of_ref(call->node, ref, &place, em);
        if (!err) tg_readers_add(redress->readers, &place);
    }
    return err ? err : tg_access_note_take(call, &redress->note);
}
