/* Verbs `dispute`, `dispute.pass`, `dispute.decide`, `dispute.list`: a record contested, the word passed on, decided.
 *
 * Knows how a dispute stands from node/disputes.c. Contract: docs/control.md.
 */
#include "node/disputes.h"
#include "node/service_internal.h"
#include "proto/record_edit.h"

static const char *state_text(enum tg_dispute_state state)
{
    static const char *const texts[] = {
        [TG_DISPUTE_OPEN] = "open",           [TG_DISPUTE_REJECTED] = "rejected",
        [TG_DISPUTE_CORRECTED] = "corrected", [TG_DISPUTE_WITHDRAWN] = "withdrawn",
        [TG_DISPUTE_PASSED_ON] = "passed_on", [TG_DISPUTE_UNADDRESSED] = "not_counted",
    };
    return texts[state];
}

/* ---- rows ---- */

static bool none(const struct tg_hash *id)
{
    static const struct tg_hash zero;
    return tg_hash_equal(id, &zero);
}

static void put_decision(struct tg_node *node, struct tg_control_out *row, const struct tg_dispute *dispute,
                         bool contents)
{
    char ref[TG_REF_TEXT_BYTES];
    if (!dispute->decided_ms) return;
    tg_control_put_number(row, "decided_ms", dispute->decided_ms);
    if (!none(&dispute->decision)) {
        tg_ref_of_id(node, &dispute->decision, ref, NULL, NULL);
        tg_control_put_text(row, "decision", ref);
    }
    if (contents) tg_control_put_text(row, "decision_text", dispute->decision_text);
}

static tg_err dispute_row(struct tg_node *node, const struct tg_dispute *dispute, bool contents,
                          struct tg_buf *out)
{
    char ref[TG_REF_TEXT_BYTES];
    const char *ground = tg_enum_name(TG_ENUM_DISPUTE_GROUND, (int)dispute->ground);
    const char *raiser = tg_enum_name(TG_ENUM_DISPUTE_RAISER, (int)dispute->raised_by);
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "dispute");
    tg_ref_of_id(node, &dispute->id, ref, NULL, NULL);
    tg_control_put_text(&row, "ref", ref);
    tg_control_put_data(&row, "id", TG_VIEW_ARRAY(dispute->id.bytes));
    tg_control_put_text(&row, "country", tg_trust_country(node, &dispute->by));
    tg_put_node(&row, "by", &dispute->by);
    tg_control_put_text(&row, "kind", tg_kind_name(dispute->kind));
    tg_ref_of_id(node, &dispute->target, ref, NULL, NULL);
    tg_control_put_text(&row, "target", ref);
    if (!none(&dispute->target_origin))
        tg_control_put_text(&row, "target_country", tg_trust_country(node, &dispute->target_origin));
    tg_control_put_number(&row, "ours", tg_hash_equal(&dispute->target_origin, &node->id));
    tg_control_put_number(&row, "held", dispute->target_recno != TG_NO_RECNO);
    tg_control_put_text(&row, "ground", ground ? ground : "newer");
    tg_control_put_text(&row, "raised_by", raiser ? raiser : "newer");
    tg_control_put_number(&row, "at_ms", dispute->at_ms);
    if (dispute->deadline_ms) tg_control_put_number(&row, "deadline_ms", dispute->deadline_ms);
    tg_control_put_number(&row, "overdue", dispute->overdue);
    tg_control_put_text(&row, "state", state_text(dispute->state));
    if (contents) tg_control_put_text(&row, "text", dispute->text);
    put_decision(node, &row, dispute, contents);
    return tg_control_end(&row);
}

tg_err tg_dispute_rows(struct tg_call *call, const struct tg_found *found, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_DISPUTES_BUDGET_BYTES);
    struct tg_dispute *disputes = NULL;
    size_t count = 0;
    tg_err err =
        tg_disputes_of(call->node, &found->record->id, &found->log->id.origin, &arena, &disputes, &count, em);
    for (size_t i = 0; !err && i < count; i++)
        err = dispute_row(call->node, &disputes[i], tg_call_may_read(call) && !call->auditing, call->out);
    return err;
}

/* Who holds it and cannot be told by us. */
static tg_err untold_rows(struct tg_call *call, const struct tg_disputes_circle *circle,
                          const struct tg_hash *origin)
{
    tg_err err = TG_OK;
    for (size_t i = 0; !err && i < circle->count; i++) {
        if (tg_trust_find(call->node, &circle->ids[i])) continue;
        struct tg_control_out row;
        tg_control_answer(&row, call->out, TG_CONTROL_ROW);
        tg_control_put_text(&row, "row", "untold");
        tg_control_put_text(&row, "country", tg_trust_country(call->node, &circle->ids[i]));
        tg_put_node(&row, "node", &circle->ids[i]);
        tg_control_put_text(&row, "origin", tg_trust_country(call->node, origin));
        tg_control_put_number(&row, "is_origin", tg_hash_equal(origin, &circle->ids[i]));
        err = tg_control_end(&row);
    }
    return err;
}

/* ---- what is published otherwise ---- */

static tg_err own_place(struct tg_node *node, const struct tg_hash *id, bool *ret_held, bool *ret_own,
                        struct tg_hash *ret_origin, struct tg_errmsg *em)
{
    uint64_t recnos[TG_WITHDRAW_PLACES_MAX];
    size_t count = 0;
    tg_err err = tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(id->bytes), recnos, TG_WITHDRAW_PLACES_MAX,
                                 &count, em);
    *ret_held = *ret_own = false;
    for (size_t i = 0; !err && i < count && i < TG_WITHDRAW_PLACES_MAX && !*ret_own; i++) {
        struct tg_index_rec rec;
        if (tg_index_get(node->store, recnos[i], &rec, NULL)) continue;
        struct tg_held_log *log = tg_held_by_number(node, rec.log);
        if (!log) continue;
        *ret_held = true;
        *ret_own = log->own;
        *ret_origin = log->id.origin;
    }
    return err;
}

tg_err tg_dispute_widen(struct tg_node *node, struct tg_submission *submission,
                        const struct tg_record *dispute, struct tg_errmsg *em)
{
    bool held, own;
    struct tg_hash origin;
    struct tg_disputes_circle circle;
    const struct tg_hash *target = dispute->dispute->target, *decides = dispute->dispute->decides;
    tg_err err = own_place(node, target, &held, &own, &origin, em);
    if (err) return err;
    if (!held) return tg_fail(em, TG_EVALUE, "the record that it contests is not held here");
    if (decides && !own)
        return tg_fail(em, TG_EDENIED, "only %s, the origin of the record, decides on a dispute of it",
                       tg_trust_country(node, &origin));
    err = tg_disputes_circle(node, target, &origin, decides, &circle, em);
    return err ? err : tg_submission_tell(node, submission, circle.ids, circle.count, em);
}

/* ---- contest ---- */

static tg_err contestable(const struct tg_call *call, const struct tg_found *found, struct tg_errmsg *em)
{
    char ref[TG_REF_TEXT_BYTES];
    tg_lookup_ref_text(call->node, found, ref);
    enum tg_kind kind = (enum tg_kind)found->rec.kind;
    if (kind == TG_KIND_DISPUTE || kind == TG_KIND_WITHDRAWAL || kind == TG_KIND_ACKNOWLEDGEMENT)
        return tg_fail(em, TG_EVALUE, "'%s' is a %s: it states nothing that could be contested", ref,
                       tg_kind_name(kind));
    if (found->rec.flags & TG_REC_SUPERSEDED)
        return tg_fail(em, TG_EVALUE,
                       "'%s' was replaced by its origin: contest what stands now; see 'tamga show %s'", ref,
                       ref);
    return TG_OK;
}

static tg_err draft_read(const struct tg_call *call, const struct tg_found *found,
                         struct tg_dispute_draft *draft, struct tg_errmsg *em)
{
    const char *ground = tg_control_text(call->msg, "ground", "");
    const char *raiser = tg_control_text(call->msg, "raised_by", found->log->own ? "origin" : "holder");
    int ground_value = 0, raiser_value = 0;
    if (!ground[0])
        return tg_fail(em, TG_EUSAGE,
                       "say the ground: wrong_person, wrong_fact, outdated, unlawful, source or other");
    tg_err err = tg_enum_parse(TG_ENUM_DISPUTE_GROUND, tg_view_str(ground), &ground_value, em);
    if (!err) err = tg_enum_parse(TG_ENUM_DISPUTE_RAISER, tg_view_str(raiser), &raiser_value, em);
    if (err) return err;
    *draft = (struct tg_dispute_draft){.target = found->record,
                                       .ground = (enum tg_rec_dispute_ground)ground_value,
                                       .raised_by = (enum tg_rec_dispute_raiser)raiser_value,
                                       .text = tg_control_text(call->msg, "text", ""),
                                       .deadline_ms = tg_control_number(call->msg, "deadline_ms", 0)};
    if (draft->deadline_ms && draft->deadline_ms <= tg_service_now_ms(call->service))
        return tg_fail(em, TG_EVALUE, "the deadline has passed already");
    return TG_OK;
}

/* One record, PRIORITY, to the circle or to whom the caller names. */
static tg_err word_publish(struct tg_call *call, const struct tg_dispute_draft *draft,
                           const struct tg_index_rec *target, const struct tg_disputes_circle *circle,
                           struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_view bytes;
    struct tg_submission *submission = NULL;
    const char *to = tg_control_text(call->msg, "to", "");
    tg_err err = tg_record_dispute_build(draft, tg_service_now_ms(call->service), &arena, &bytes, em);
    if (!err) err = tg_publishing_start(call, &submission, em);
    if (!err) err = tg_submission_about(submission, target);
    if (err) return err;
    struct tg_publish *publish = submission->publish;
    err = to[0] ? tg_trust_audience(call->node, to, publish->audience, &publish->audience_count, em)
                : tg_submission_tell(call->node, submission, circle->ids, circle->count, em);
    publish->precedence = TG_PRIORITY;
    return err ? err : tg_submission_add(submission, bytes);
}

tg_err tg_verb_dispute(struct tg_call *call, struct tg_errmsg *em)
{
    uint64_t recno;
    struct tg_found found;
    struct tg_dispute_draft draft;
    struct tg_disputes_circle circle;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    tg_err err = tg_lookup_ref(call->node, tg_control_text(call->msg, "ref", ""), &recno, em);
    if (!err) err = tg_lookup_open(call->node, recno, &arena, &found, em);
    if (!err) err = contestable(call, &found, em);
    if (!err) err = draft_read(call, &found, &draft, em);
    const struct tg_hash *origin = err ? NULL : &found.log->id.origin;
    if (!err) err = tg_disputes_circle(call->node, &found.record->id, origin, NULL, &circle, em);
    if (!err) err = word_publish(call, &draft, &found.rec, &circle, em);
    bool named = tg_control_text(call->msg, "to", "")[0] != 0;
    return err || named ? err : untold_rows(call, &circle, origin);
}

/* ---- decide, pass on ---- */

/* A dispute of a record of ours, and that record. Named by the dispute, or by the record when one is open. */
struct case_of {
    struct tg_arena arena;
    struct tg_found found; /* what was named */
    struct tg_found target;
    struct tg_dispute dispute;
};

static tg_err case_pick(struct tg_call *call, struct case_of *of, const struct tg_hash *target,
                        struct tg_errmsg *em)
{
    struct tg_dispute *disputes = NULL;
    size_t count = 0, open = 0;
    bool named = of->found.rec.kind == TG_KIND_DISPUTE;
    tg_err err = tg_disputes_of(call->node, target, &call->node->id, &of->arena, &disputes, &count, em);
    for (size_t i = 0; !err && i < count; i++) {
        bool ended = disputes[i].state == TG_DISPUTE_REJECTED || disputes[i].state == TG_DISPUTE_CORRECTED ||
                     disputes[i].state == TG_DISPUTE_WITHDRAWN;
        bool meant = named ? disputes[i].recno == of->found.recno : disputes[i].state == TG_DISPUTE_OPEN;
        if (!meant) continue;
        if (ended)
            return tg_fail(em, TG_EVALUE, "that dispute is over already: %s", state_text(disputes[i].state));
        of->dispute = disputes[i];
        open++;
    }
    if (err) return err;
    if (!open) return tg_fail(em, TG_ENOENT, "no dispute is open there; see 'tamga dispute list'");
    if (open > 1)
        return tg_fail(em, TG_EVALUE, "%zu disputes are open there: name one; see 'tamga dispute list'",
                       open);
    return tg_lookup_open(call->node, of->dispute.target_recno, &of->arena, &of->target, em);
}

static tg_err case_find(struct tg_call *call, const char *ref, struct case_of *of, struct tg_errmsg *em)
{
    uint64_t recno;
    bool held, own;
    struct tg_hash origin;
    char name[TG_REF_TEXT_BYTES];
    tg_arena_init(&of->arena, TG_DISPUTES_BUDGET_BYTES);
    tg_err err = tg_lookup_ref(call->node, ref, &recno, em);
    if (!err) err = tg_lookup_open(call->node, recno, &of->arena, &of->found, em);
    if (err) return err;
    bool named = of->found.rec.kind == TG_KIND_DISPUTE;
    if (named && of->found.record->dispute->decides)
        return tg_fail(em, TG_EVALUE, "'%.40s' is the decision on a dispute, not a dispute", ref);
    const struct tg_hash *target = named ? of->found.record->dispute->target : &of->found.record->id;
    err = own_place(call->node, target, &held, &own, &origin, em);
    tg_ref_of_id(call->node, target, name, NULL, NULL);
    if (err) return err;
    if (!held)
        return tg_fail(em, TG_EVALUE, "the record that '%.40s' contests is not held here (any longer)", ref);
    if (!own)
        return tg_fail(em, TG_EDENIED, "only %s, the origin of %s, decides on a dispute of it; ask it to",
                       tg_trust_country(call->node, &origin), name);
    return case_pick(call, of, target, em);
}

static tg_err decide(struct tg_call *call, struct case_of *of, struct tg_errmsg *em)
{
    struct tg_disputes_circle circle;
    struct tg_dispute_draft draft = {.target = of->target.record,
                                     .decides = &of->dispute.id,
                                     .decision = TG_DISPUTE_DECISION_REJECTED,
                                     .text = tg_control_text(call->msg, "text", "")};
    if (!draft.text[0])
        return tg_fail(em, TG_EUSAGE, "say why it is rejected: every holder is shown that with the mark");
    tg_err err =
        tg_disputes_circle(call->node, &of->target.record->id, &call->node->id, &of->dispute.id, &circle, em);
    if (!err) err = word_publish(call, &draft, &of->target.rec, &circle, em);
    return err ? err : untold_rows(call, &circle, &call->node->id);
}

tg_err tg_verb_dispute_decide(struct tg_call *call, struct tg_errmsg *em)
{
    struct case_of of = {.dispute = {.recno = TG_NO_RECNO}};
    tg_err err = case_find(call, tg_control_text(call->msg, "ref", ""), &of, em);
    if (!err) err = decide(call, &of, em);
    tg_arena_release(&of.arena);
    return err;
}

static tg_err pass_on(struct tg_call *call, struct case_of *of, struct tg_errmsg *em)
{
    struct tg_disputes_circle circle;
    const struct tg_dispute *dispute = &of->dispute;
    if (tg_hash_equal(&dispute->by, &call->node->id))
        return tg_fail(em, TG_EVALUE, "that dispute is ours: it went to every holder that we can reach");
    const char *text = tg_control_text(call->msg, "text", "");
    if (!text[0])
        text = tg_arena_textf(&of->arena, "raised by %s%s%s", tg_trust_country(call->node, &dispute->by),
                              dispute->text[0] ? ": " : "", dispute->text);
    struct tg_dispute_draft draft = {.target = of->target.record,
                                     .ground = dispute->ground,
                                     .raised_by = TG_DISPUTE_RAISER_HOLDER,
                                     .text = text,
                                     .deadline_ms = dispute->deadline_ms,
                                     .refers = &dispute->id};
    if (!text) return TG_ENOMEM;
    tg_err err = tg_disputes_circle(call->node, &of->target.record->id, &call->node->id, NULL, &circle, em);
    if (!err) err = word_publish(call, &draft, &of->target.rec, &circle, em);
    return err ? err : untold_rows(call, &circle, &call->node->id);
}

tg_err tg_verb_dispute_pass(struct tg_call *call, struct tg_errmsg *em)
{
    struct case_of of = {.dispute = {.recno = TG_NO_RECNO}};
    tg_err err = case_find(call, tg_control_text(call->msg, "ref", ""), &of, em);
    if (!err) err = pass_on(call, &of, em);
    tg_arena_release(&of.arena);
    return err;
}

tg_err tg_dispute_decision_add(struct tg_call *call, struct tg_submission *submission,
                               const struct tg_found *target, const char *dispute_ref,
                               enum tg_rec_dispute_decision decision, const char *text, struct tg_errmsg *em)
{
    struct case_of of = {.dispute = {.recno = TG_NO_RECNO}};
    struct tg_disputes_circle circle;
    struct tg_view bytes;
    tg_err err = case_find(call, dispute_ref, &of, em);
    if (!err && !tg_hash_equal(&of.dispute.target, &target->record->id))
        err = tg_fail(em, TG_EVALUE, "'%.40s' contests another record", dispute_ref);
    struct tg_dispute_draft draft = {
        .target = target->record, .decides = &of.dispute.id, .decision = decision, .text = text};
    if (!err) err = tg_record_dispute_build(&draft, tg_service_now_ms(call->service), &of.arena, &bytes, em);
    if (!err)
        err =
            tg_disputes_circle(call->node, &target->record->id, &call->node->id, &of.dispute.id, &circle, em);
    if (!err) err = tg_submission_tell(call->node, submission, circle.ids, circle.count, em);
    if (!err) err = tg_submission_add(submission, bytes);
    tg_arena_release(&of.arena);
    return err;
}

/* ---- list ---- */

enum which { WHICH_OPEN, WHICH_OVERDUE, WHICH_ALL };
struct listing {
    struct tg_job job;
    enum which which;
    bool contents;
    uint64_t *recnos;
    size_t count, at;
    int64_t shown, open, overdue;
    struct tg_buf *out;
    struct tg_slice_log log;
};

static tg_err listing_row(void *ctx, const struct tg_dispute *dispute)
{
    struct listing *listing = ctx;
    bool open = dispute->state == TG_DISPUTE_OPEN;
    listing->open += open;
    listing->overdue += dispute->overdue;
    if (listing->which == WHICH_OPEN && !open) return TG_OK;
    if (listing->which == WHICH_OVERDUE && !dispute->overdue) return TG_OK;
    struct tg_index_rec rec;
    listing->shown++;
    tg_err err = tg_index_get(listing->job.service->node->store, dispute->recno, &rec, NULL);
    if (!err) err = tg_slice_log_add(&listing->log, &rec);
    return err ? err : dispute_row(listing->job.service->node, dispute, listing->contents, listing->out);
}

static tg_err rows_step(struct listing *listing, struct tg_buf *out, enum tg_step *ret_step,
                        struct tg_errmsg *em)
{
    int64_t begun_us = tg_service_now_us(listing->job.service);
    listing->out = out;
    *ret_step = TG_STEP_MORE;
    while (listing->at < listing->count) {
        tg_err err = tg_disputes_at(listing->job.service->node, listing->recnos[listing->at++], listing_row,
                                    listing, em);
        if (err) return err;
        bool over = tg_service_now_us(listing->job.service) - begun_us > TG_SERVICE_SLICE_US;
        if (over || out->bytes > TG_SERVICE_SEND_BYTES_MAX) return TG_OK;
    }
    *ret_step = TG_STEP_END;
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "shown", listing->shown);
    tg_control_put_number(&done, "open", listing->open);
    tg_control_put_number(&done, "overdue", listing->overdue);
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
    struct listing *listing = (struct listing *)job;
    free(listing->recnos);
    tg_slice_log_release(&listing->log);
    free(listing);
}

static const struct tg_job_kind listing_kind = {.step = listing_step, .free = listing_free};

tg_err tg_verb_dispute_list(struct tg_call *call, struct tg_errmsg *em)
{
    static const char *const names[] = {"open", "overdue", "all"};
    const char *text = tg_control_text(call->msg, "which", names[WHICH_OPEN]);
    size_t which = 0;
    while (which <= WHICH_ALL && strcmp(names[which], text) != 0) which++;
    if (which > WHICH_ALL)
        return tg_fail(em, TG_EVALUE, "which is 'open', 'overdue' or 'all', not '%.40s'", text);
    struct listing *listing = tg_job_start(call, &listing_kind, sizeof *listing);
    if (!listing) return TG_ENOMEM;
    listing->job.uses_index = true;
    listing->which = (enum which)which;
    listing->contents = tg_call_may_read(call);
    tg_err err = tg_access_note_take(call, &listing->log.note);
    return err ? err : tg_disputes_all(call->node, &listing->recnos, &listing->count, em);
}
