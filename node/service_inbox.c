/* Verb `inbox`: what waits for whoever is on duty here, most urgent first.
 *
 * Knows no rule of what it gathers: duty, disputes and reviews have their own files. Contract: docs/control.md "Inbox".
 */
#include "node/disputes.h"
#include "node/not_read.h"
#include "node/review.h"
#include "node/service_internal.h"
#include "proto/repeat.h"

/* In the order in which they are given. */
enum group { ALERTS, NOT_READ, ASKED, REQUESTS, DISPUTES, REVIEWS, WITHDRAWALS, GROUPS };
static const char *const group_names[GROUPS] = {"alert",   "not_read", "asked",     "request",
                                                "dispute", "review",   "withdrawal"};

/* A record that may wait; what its index entry says is enough to put it in its place. */
struct waiting {
    uint64_t recno;
    uint8_t precedence;
};
struct queue {
    struct waiting *items;
    size_t count, capacity, at;
};

struct inbox {
    struct tg_job job;
    size_t limit; /* rows of each group */
    bool alerts_only;
    size_t stage;
    struct tg_recnos recnos; /* of the kind that is being walked */
    size_t at;
    struct queue queues[REQUESTS + 1];
    int32_t day, until_day; /* of reviews */
    int64_t total[GROUPS], shown[GROUPS];
    int64_t overdue;
    struct tg_hash
        *seen; /* ids of the group that is being given: one record may stand in several envelopes */
    size_t seen_count;
    struct tg_arena told_arena; /* of told */
    struct told *told;          /* alerts that stand in the answer */
    size_t told_count;
    struct tg_buf *out;
    struct tg_slice_log log;
};

/* An alert that is given, by what a report of the same event is known. */
struct told {
    struct tg_report report;
    char ref[TG_REF_TEXT_BYTES];
};

static struct tg_node *node_of(const struct inbox *inbox)
{
    return inbox->job.service->node;
}

static int64_t now_ms(const struct inbox *inbox)
{
    return tg_service_now_ms(inbox->job.service);
}

/* ---- rows ---- */

/* What a row tells beside its group. Texts that are NULL and numbers that are 0 are left out. */
struct line {
    enum group group;
    const char *ref, *country, *nature, *precedence, *text, *state;
    const char *repeats; /* the alert above that reports the same event */
    const struct tg_hash *id;
    int64_t at_ms, due_ms, count;
    bool over, unread, asked, overdue;
};

static tg_err line_put(struct inbox *inbox, const struct line *line)
{
    const struct {
        const char *name, *text;
    } texts[] = {{"ref", line->ref},        {"country", line->country},       {"state", line->state},
                 {"nature", line->nature},  {"precedence", line->precedence}, {"text", line->text},
                 {"repeats", line->repeats}};
    const struct {
        const char *name;
        int64_t number;
    } numbers[] = {{"at_ms", line->at_ms},    {"due_ms", line->due_ms}, {"count", line->count},
                   {"over", line->over},      {"unread", line->unread}, {"asked", line->asked},
                   {"overdue", line->overdue}};
    inbox->shown[line->group]++;
    inbox->overdue += line->overdue;
    struct tg_control_out row;
    tg_control_answer(&row, inbox->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "inbox");
    tg_control_put_text(&row, "group", group_names[line->group]);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].text) tg_control_put_text(&row, texts[i].name, texts[i].text);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i].number) tg_control_put_number(&row, numbers[i].name, numbers[i].number);
    if (line->id) tg_control_put_data(&row, "id", TG_VIEW_ARRAY(line->id->bytes));
    return tg_control_end(&row);
}

/* Is there room for another row of that group? One more waits in any case. */
static bool room_take(struct inbox *inbox, enum group group)
{
    inbox->total[group]++;
    return (size_t)inbox->shown[group] < inbox->limit;
}

/* ---- what is walked: alerts and requests ---- */

static tg_err queue_add(struct queue *queue, uint64_t recno, uint8_t flags)
{
    if (queue->count == queue->capacity) {
        size_t capacity = queue->capacity ? 2 * queue->capacity : 64;
        struct waiting *grown = reallocarray(queue->items, capacity, sizeof *grown);
        if (!grown) return TG_ENOMEM;
        queue->items = grown;
        queue->capacity = capacity;
    }
    queue->items[queue->count++] = (struct waiting){recno, (uint8_t)tg_rec_precedence(flags)};
    return TG_OK;
}

/* The most urgent first, and of those the newest. */
static int waiting_compare(const void *a, const void *b)
{
    const struct waiting *x = a, *y = b;
    if (x->precedence != y->precedence) return x->precedence > y->precedence ? -1 : 1;
    return x->recno > y->recno ? -1 : x->recno < y->recno;
}

/* Of ours those that have a time to be read in. */
static tg_err own_add(struct inbox *inbox, uint64_t recno, const struct tg_index_rec *rec)
{
    bool timed =
        rec->kind == TG_KIND_ALERT && node_of(inbox)->not_read_minutes[tg_rec_precedence(rec->flags)];
    return timed ? queue_add(&inbox->queues[NOT_READ], recno, rec->flags) : TG_OK;
}

static tg_err walk_one(struct inbox *inbox, uint64_t recno)
{
    struct tg_index_rec rec;
    if (tg_index_get(node_of(inbox)->store, recno, &rec, NULL)) return TG_OK; /* gone meanwhile */
    const struct tg_held_log *log = tg_held_by_number(node_of(inbox), rec.log);
    bool expired = rec.expiry != TG_INDEX_NO_TIME && rec.expiry < now_ms(inbox);
    if (!log || expired || (rec.flags & TG_REC_SUPERSEDED)) return TG_OK;
    if (log->own) return own_add(inbox, recno, &rec);
    bool owed = (rec.flags & TG_REC_ASKED) && !(rec.flags & TG_REC_ACTED);
    if (rec.kind == TG_KIND_REQUEST)
        return owed ? queue_add(&inbox->queues[REQUESTS], recno, rec.flags) : TG_OK;
    if (!(rec.flags & TG_REC_READ)) return queue_add(&inbox->queues[ALERTS], recno, rec.flags);
    return owed ? queue_add(&inbox->queues[ASKED], recno, rec.flags) : TG_OK;
}

static bool slice_over(const struct inbox *inbox, int64_t begun_us)
{
    return tg_service_now_us(inbox->job.service) - begun_us > TG_SERVICE_SLICE_US ||
           inbox->out->bytes > TG_SERVICE_SEND_BYTES_MAX;
}

static tg_err walk(struct inbox *inbox, enum tg_kind kind, int64_t begun_us, bool *ret_done,
                   struct tg_errmsg *em)
{
    uint8_t form = (uint8_t)kind;
    tg_err err = inbox->recnos.items ? TG_OK
                                     : tg_recnos_token(node_of(inbox), TG_TOKEN_KIND, tg_view_of(&form, 1),
                                                       &inbox->recnos, em);
    while (!err && inbox->at < inbox->recnos.count) {
        err = walk_one(inbox, inbox->recnos.items[inbox->at++]);
        if (inbox->at % TG_SERVICE_CLOCK_LOOKS == 0 && slice_over(inbox, begun_us)) return err;
    }
    if (err) return err;
    tg_recnos_release(&inbox->recnos);
    inbox->at = 0;
    *ret_done = true;
    return TG_OK;
}

static tg_err walk_alerts(struct inbox *inbox, int64_t begun_us, bool *ret_done, struct tg_errmsg *em)
{
    return walk(inbox, TG_KIND_ALERT, begun_us, ret_done, em);
}

static tg_err walk_requests(struct inbox *inbox, int64_t begun_us, bool *ret_done, struct tg_errmsg *em)
{
    return walk(inbox, TG_KIND_REQUEST, begun_us, ret_done, em);
}

/* ---- what was walked, given ---- */

static bool seen_before(struct inbox *inbox, const struct tg_hash *id)
{
    for (size_t i = 0; i < inbox->seen_count; i++)
        if (tg_hash_equal(&inbox->seen[i], id)) return true;
    if (inbox->seen_count < inbox->limit) inbox->seen[inbox->seen_count++] = *id;
    return false;
}

/* The alert above that reports the same event; NULL none. It has to be read all the same, so it keeps its line. */
static const char *repeated(struct inbox *inbox, const struct tg_found *found, const char *ref)
{
    struct tg_token_key key;
    struct told *told = &inbox->told[inbox->told_count];
    memcpy(key.bytes, node_of(inbox)->boot, sizeof key.bytes);
    if (inbox->told_count == inbox->limit ||
        tg_report_read(&key, found->record, &inbox->told_arena, &told->report))
        return NULL;
    for (size_t i = 0; i < inbox->told_count; i++)
        if (tg_report_repeats(&inbox->told[i].report, &told->report)) return inbox->told[i].ref;
    (void)snprintf(told->ref, sizeof told->ref, "%s", ref);
    inbox->told_count += told->report.comparable;
    return NULL;
}

static tg_err alert_put(struct inbox *inbox, enum group group, const struct tg_found *found, const char *ref)
{
    const struct tg_rec_alert *alert = found->record->alert;
    const char *nature = tg_enum_name(TG_ENUM_NATURE, (int)alert->nature);
    const char *precedence = tg_enum_name(TG_ENUM_PRECEDENCE, (int)alert->precedence);
    const char *thread = tg_enum_name(TG_ENUM_THREAD_KIND, (int)alert->thread);
    struct line line = {.group = group,
                        .ref = ref,
                        .country = tg_trust_country(node_of(inbox), &found->log->id.origin),
                        .nature = nature ? nature : "newer",
                        .precedence = precedence ? precedence : "newer",
                        .state = thread ? thread : "newer",
                        .text = group == ASKED ? alert->asked : alert->title,
                        .repeats = group == ALERTS ? repeated(inbox, found, ref) : NULL,
                        .id = &found->record->id,
                        .at_ms = found->stored_ms,
                        .over = tg_duty_ended(node_of(inbox), found),
                        .unread = group == ALERTS,
                        .asked = alert->asked[0] && !(found->rec.flags & TG_REC_ACTED)};
    if (group == ASKED && line.over) return TG_OK; /* nothing is asked any longer */
    return room_take(inbox, group) ? line_put(inbox, &line) : TG_OK;
}

static tg_err request_put(struct inbox *inbox, const struct tg_found *found, const char *ref)
{
    const struct tg_rec_request *request = found->record->request;
    struct line line = {.group = REQUESTS,
                        .ref = ref,
                        .country = tg_trust_country(node_of(inbox), &found->log->id.origin),
                        .text = request->title,
                        .id = &found->record->id,
                        .at_ms = found->stored_ms,
                        .due_ms = request->due_ms,
                        .unread = !(found->rec.flags & TG_REC_READ),
                        .overdue = request->due_ms && request->due_ms < now_ms(inbox)};
    return room_take(inbox, REQUESTS) ? line_put(inbox, &line) : TG_OK;
}

static tg_err queued_put(struct inbox *inbox, enum group group, uint64_t recno)
{
    struct tg_found found;
    char ref[TG_REF_TEXT_BYTES];
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    if (tg_lookup_open(node_of(inbox), recno, &arena, &found, NULL) || !found.record) return TG_OK;
    if (seen_before(inbox, &found.record->id)) return TG_OK;
    tg_lookup_ref_text(node_of(inbox), &found, ref);
    tg_err err = tg_slice_log_add(&inbox->log, &found.rec);
    if (err) return err;
    return group == REQUESTS ? request_put(inbox, &found, ref) : alert_put(inbox, group, &found, ref);
}

/* Those that find no room are counted and not opened. */
static tg_err give(struct inbox *inbox, enum group group, int64_t begun_us, bool *ret_done)
{
    struct queue *queue = &inbox->queues[group];
    if (!queue->at && queue->count) {
        qsort(queue->items, queue->count, sizeof *queue->items, waiting_compare);
        inbox->seen_count = 0;
    }
    while (queue->at < queue->count && (size_t)inbox->shown[group] < inbox->limit) {
        tg_err err = queued_put(inbox, group, queue->items[queue->at++].recno);
        if (err || slice_over(inbox, begun_us)) return err;
    }
    inbox->total[group] += (int64_t)(queue->count - queue->at);
    *ret_done = true;
    return TG_OK;
}

static tg_err give_alerts(struct inbox *inbox, int64_t begun_us, bool *ret_done, struct tg_errmsg *em)
{
    (void)em;
    return give(inbox, ALERTS, begun_us, ret_done);
}

static tg_err give_asked(struct inbox *inbox, int64_t begun_us, bool *ret_done, struct tg_errmsg *em)
{
    (void)em;
    return give(inbox, ASKED, begun_us, ret_done);
}

static tg_err give_requests(struct inbox *inbox, int64_t begun_us, bool *ret_done, struct tg_errmsg *em)
{
    (void)em;
    return give(inbox, REQUESTS, begun_us, ret_done);
}

/* ---- alerts of ours that partners have not read ---- */

/* Of ours only the young ones are kept. They were walked in the order of our log: behind the first that is too old, from
 * the end, all are. */
static tg_err keep_young(struct inbox *inbox, int64_t begun_us, bool *ret_done, struct tg_errmsg *em)
{
    struct queue *queue = &inbox->queues[NOT_READ];
    int64_t oldest_ms = now_ms(inbox) - TG_NOT_READ_DAYS * INT64_C(86400000);
    (void)em;
    while (inbox->at < queue->count) {
        struct tg_found found;
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
        uint64_t recno = queue->items[queue->count - 1 - inbox->at].recno;
        tg_err err = tg_lookup_open(node_of(inbox), recno, &arena, &found, NULL);
        if (!err && (int64_t)found.manifest.created * 1000 < oldest_ms) break;
        inbox->at++;
        if (slice_over(inbox, begun_us)) return TG_OK;
    }
    if (inbox->at) {
        memmove(queue->items, queue->items + queue->count - inbox->at, inbox->at * sizeof *queue->items);
        qsort(queue->items, inbox->at, sizeof *queue->items, waiting_compare);
    }
    queue->count = inbox->at;
    inbox->at = inbox->seen_count = 0;
    *ret_done = true;
    return TG_OK;
}

static tg_err not_read_put(void *ctx, const struct tg_found *found, const struct tg_hash *who)
{
    struct inbox *inbox = ctx;
    struct tg_node *node = node_of(inbox);
    const struct tg_rec_alert *alert = found->record->alert;
    const char *nature = tg_enum_name(TG_ENUM_NATURE, (int)alert->nature);
    const char *precedence = tg_enum_name(TG_ENUM_PRECEDENCE, (int)alert->precedence);
    char ref[TG_REF_TEXT_BYTES];
    if (!room_take(inbox, NOT_READ)) return TG_OK;
    tg_err err = tg_slice_log_add(&inbox->log, &found->rec);
    if (err) return err;
    tg_lookup_ref_text(node, found, ref);
    struct line line = {.group = NOT_READ,
                        .ref = ref,
                        .country = tg_trust_country(node, who),
                        .nature = nature ? nature : "newer",
                        .precedence = precedence ? precedence : "newer",
                        .state = tg_holding_told(node, found, who).state,
                        .text = tg_trust_contact(node, who),
                        .id = &found->record->id,
                        .at_ms = (int64_t)found->manifest.created * 1000,
                        .due_ms = tg_not_read_due_ms(node, found->record, found->manifest.created)};
    return line_put(inbox, &line);
}

static tg_err give_not_read(struct inbox *inbox, int64_t begun_us, bool *ret_done, struct tg_errmsg *em)
{
    struct queue *queue = &inbox->queues[NOT_READ];
    while (queue->at < queue->count) {
        struct tg_found found;
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
        uint64_t recno = queue->items[queue->at++].recno;
        bool gone = tg_lookup_open(node_of(inbox), recno, &arena, &found, NULL) || !found.record;
        if (gone || seen_before(inbox, &found.record->id)) continue;
        tg_err err = tg_not_read_each(node_of(inbox), &found, not_read_put, inbox, em);
        if (err || slice_over(inbox, begun_us)) return err;
    }
    *ret_done = true;
    return TG_OK;
}

/* ---- disputes of our records ---- */

static tg_err dispute_put(void *ctx, const struct tg_dispute *dispute)
{
    struct inbox *inbox = ctx;
    struct tg_node *node = node_of(inbox);
    char ref[TG_REF_TEXT_BYTES], target[TG_REF_TEXT_BYTES];
    if (dispute->state != TG_DISPUTE_OPEN || !tg_hash_equal(&dispute->target_origin, &node->id)) return TG_OK;
    if (!room_take(inbox, DISPUTES)) return TG_OK;
    struct tg_index_rec rec;
    tg_err err = tg_index_get(node->store, dispute->recno, &rec, NULL);
    if (!err) err = tg_slice_log_add(&inbox->log, &rec);
    if (err) return err;
    tg_lookup_id_text(node, &dispute->id, ref);
    tg_lookup_id_text(node, &dispute->target, target);
    struct line line = {.group = DISPUTES,
                        .ref = ref,
                        .country = tg_trust_country(node, &dispute->by),
                        .state = target,
                        .text = dispute->text,
                        .id = &dispute->id,
                        .at_ms = dispute->at_ms,
                        .due_ms = dispute->deadline_ms,
                        .overdue = dispute->overdue};
    return line_put(inbox, &line);
}

static tg_err give_disputes(struct inbox *inbox, int64_t begun_us, bool *ret_done, struct tg_errmsg *em)
{
    struct tg_recnos *recnos = &inbox->recnos;
    tg_err err = recnos->items ? TG_OK : tg_disputes_all(node_of(inbox), &recnos->items, &recnos->count, em);
    while (!err && inbox->at < recnos->count) {
        err = tg_disputes_at(node_of(inbox), recnos->items[inbox->at++], dispute_put, inbox, em);
        if (slice_over(inbox, begun_us)) return err;
    }
    if (err) return err;
    tg_recnos_release(recnos);
    inbox->at = 0;
    *ret_done = true;
    return TG_OK;
}

/* ---- reviews of our records ---- */

static tg_err review_put(void *ctx, const struct tg_review_group *group)
{
    struct inbox *inbox = ctx;
    struct tg_found found;
    char ref[TG_REF_TEXT_BYTES];
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    if (!room_take(inbox, REVIEWS)) return TG_OK;
    if (tg_lookup_open(node_of(inbox), group->recno, &arena, &found, NULL) || !found.record) return TG_OK;
    tg_lookup_ref_text(node_of(inbox), &found, ref);
    bool list = group->count > 1;
    tg_err err =
        list ? tg_buf_putf(&summary, "list %.200s", group->list) : tg_record_summary(found.record, &summary);
    if (!err) err = tg_buf_put(&summary, "", 1);
    if (!err) err = tg_slice_log_add(&inbox->log, &found.rec);
    if (err) return err;
    struct line line = {.group = REVIEWS,
                        .ref = ref,
                        .country = tg_trust_country(node_of(inbox), &node_of(inbox)->id),
                        .text = (const char *)summary.data,
                        .id = &found.record->id,
                        .due_ms = ((int64_t)group->day + 1) * 86400000 - 1,
                        .count = (int64_t)group->count,
                        .overdue = group->day < tg_review_today(node_of(inbox))};
    return line_put(inbox, &line);
}

static tg_err give_reviews(struct inbox *inbox, int64_t begun_us, bool *ret_done, struct tg_errmsg *em)
{
    while (inbox->day <= inbox->until_day) {
        tg_err err = tg_review_groups(node_of(inbox), inbox->day++, review_put, inbox, em);
        if (err || slice_over(inbox, begun_us)) return err;
    }
    *ret_done = true;
    return TG_OK;
}

/* ---- withdrawals that partners have not confirmed ---- */

static tg_err give_withdrawals(struct inbox *inbox, int64_t begun_us, bool *ret_done, struct tg_errmsg *em)
{
    struct tg_node *node = node_of(inbox);
    tg_err err = TG_OK;
    while (!err && inbox->at < node->peer_count) {
        const struct tg_peer *peer = node->peers[inbox->at++];
        uint64_t open = 0;
        err = tg_partner_withdrawals(inbox->job.service, peer, &open, em);
        struct line line = {
            .group = WITHDRAWALS, .country = tg_trust_country(node, &peer->id), .count = (int64_t)open};
        if (!err && open && room_take(inbox, WITHDRAWALS)) err = line_put(inbox, &line);
        if (slice_over(inbox, begun_us)) return err;
    }
    *ret_done = !err;
    return err;
}

/* ---- the job ---- */

typedef tg_err (*stage_fn)(struct inbox *inbox, int64_t begun_us, bool *ret_done, struct tg_errmsg *em);
static const stage_fn stages[] = {walk_alerts,  give_alerts,     keep_young,    give_not_read,
                                  give_asked,   walk_requests,   give_requests, give_disputes,
                                  give_reviews, give_withdrawals};
#define STAGES (sizeof stages / sizeof stages[0])
#define STAGES_ALERTS 2 /* of them when alerts alone are asked for */

static tg_err done_put(const struct inbox *inbox)
{
    struct tg_control_out done;
    int64_t total = 0, shown = 0;
    tg_control_answer(&done, inbox->out, TG_CONTROL_DONE);
    for (size_t i = 0; i < GROUPS; i++) {
        tg_control_put_number(&done, group_names[i], inbox->total[i]);
        total += inbox->total[i];
        shown += inbox->shown[i];
    }
    tg_control_put_number(&done, "total", total);
    tg_control_put_number(&done, "shown", shown);
    tg_control_put_number(&done, "overdue", inbox->overdue);
    return tg_control_end(&done);
}

static tg_err stages_step(struct inbox *inbox, struct tg_buf *out, enum tg_step *ret_step,
                          struct tg_errmsg *em)
{
    size_t count = inbox->alerts_only ? STAGES_ALERTS : STAGES;
    int64_t begun_us = tg_service_now_us(inbox->job.service);
    inbox->out = out;
    *ret_step = TG_STEP_MORE;
    while (inbox->stage < count) {
        bool done = false;
        tg_err err = stages[inbox->stage](inbox, begun_us, &done, em);
        if (err || !done) return err;
        inbox->stage++;
    }
    *ret_step = TG_STEP_END;
    return done_put(inbox);
}

static tg_err inbox_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step, struct tg_errmsg *em)
{
    struct inbox *inbox = (struct inbox *)job;
    tg_err err = stages_step(inbox, out, ret_step, em);
    return err ? err : tg_slice_log_put(&inbox->log, job, em);
}

static void inbox_free(struct tg_job *job)
{
    struct inbox *inbox = (struct inbox *)job;
    for (size_t i = 0; i < sizeof inbox->queues / sizeof inbox->queues[0]; i++) free(inbox->queues[i].items);
    tg_recnos_release(&inbox->recnos);
    free(inbox->seen);
    free(inbox->told);
    tg_arena_release(&inbox->told_arena);
    tg_slice_log_release(&inbox->log);
    free(inbox);
}

static const struct tg_job_kind inbox_kind = {.step = inbox_step, .free = inbox_free};

tg_err tg_verb_inbox(struct tg_call *call, struct tg_errmsg *em)
{
    int64_t limit = tg_control_number(call->msg, "limit", TG_QUERY_LIMIT_MAX);
    if (limit < 1 || limit > TG_QUERY_LIMIT_MAX)
        return tg_fail(em, TG_EVALUE, "limit is 1 to %d", TG_QUERY_LIMIT_MAX);
    struct inbox *inbox = tg_job_start(call, &inbox_kind, sizeof *inbox);
    if (!inbox) return TG_ENOMEM;
    inbox->job.uses_index = true;
    inbox->limit = (size_t)limit;
    inbox->alerts_only = tg_control_number(call->msg, "alerts", 0) != 0;
    inbox->until_day = tg_review_today(call->node) + call->node->review_days;
    inbox->day = inbox->until_day - TG_REVIEW_DAYS_MAX;
    inbox->seen = calloc(inbox->limit, sizeof *inbox->seen);
    inbox->told = calloc(inbox->limit + 1, sizeof *inbox->told);
    tg_arena_init(&inbox->told_arena, TG_CLUSTER_WORK_BYTES);
    return inbox->seen && inbox->told ? tg_access_note_take(call, &inbox->log.note) : TG_ENOMEM;
}
