/* Who contests a record, worked out from the records that point at it.
 *
 * Everything that contests, decides, withdraws or replaces holds TG_TOKEN_CONTESTED of its target: a token of its own,
 * so that records that are often referred to (alerts that were acknowledged, persons that were linked) cost no more
 * than those that nobody mentions. Rules: docs/records.md "Disputes".
 */
#include "node/disputes.h"

#include <stdio.h>

#include "node/heads.h"
#include "node/notices.h"
#include "proto/record_change.h"

static const struct tg_hash no_hash;

const struct tg_hash *tg_disputes_target(const struct tg_record *record)
{
    if (record->kind == TG_KIND_DISPUTE) return record->dispute->target;
    if (record->kind == TG_KIND_WITHDRAWAL) return record->withdrawal->target;
    return record->head->supersedes;
}

/* ---- the contested record ---- */

/* One origin's statement, wherever it stands here. */
struct target {
    struct tg_hash id, origin;
    uint64_t recno; /* TG_NO_RECNO: not held */
    bool superseded, withdrawn;
    struct tg_hash withdrawn_by;
    int64_t withdrawn_ms;
    /* Who was given it; read when the first one asks. */
    struct tg_hash *readers;
    size_t readers_count;
    bool readers_read;
};

typedef tg_err (*on_place)(void *ctx, struct tg_held_log *log, uint64_t recno,
                           const struct tg_index_rec *rec);

/* Every place of that record id. */
static tg_err places_each(struct tg_node *node, const struct tg_hash *id, on_place call, void *ctx,
                          struct tg_errmsg *em)
{
    uint64_t recnos[TG_WITHDRAW_PLACES_MAX];
    size_t count = 0;
    tg_err err = tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(id->bytes), recnos, TG_WITHDRAW_PLACES_MAX,
                                 &count, em);
    for (size_t i = 0; !err && i < count && i < TG_WITHDRAW_PLACES_MAX; i++) {
        struct tg_index_rec rec;
        if (tg_index_get(node->store, recnos[i], &rec, NULL)) continue;
        struct tg_held_log *log = tg_held_by_number(node, rec.log);
        if (log) err = call(ctx, log, recnos[i], &rec);
    }
    return err;
}

static tg_err target_place(void *ctx, struct tg_held_log *log, uint64_t recno, const struct tg_index_rec *rec)
{
    struct target *target = ctx;
    if (!tg_hash_equal(&log->id.origin, &target->origin)) return TG_OK;
    target->recno = recno;
    target->superseded |= (rec->flags & TG_REC_SUPERSEDED) != 0;
    return TG_OK;
}

static tg_err target_init(struct tg_node *node, const struct tg_hash *id, const struct tg_hash *origin,
                          struct target *target, struct tg_errmsg *em)
{
    *target = (struct target){.id = *id, .origin = *origin, .recno = TG_NO_RECNO};
    tg_err err = places_each(node, id, target_place, target, em);
    if (!err && target->recno == TG_NO_RECNO)
        target->withdrawn =
            tg_withdraw_known_by(node, origin, id, &target->withdrawn_by, &target->withdrawn_ms);
    return err;
}

struct reading {
    struct tg_node *node;
    struct target *target;
    struct tg_arena *arena;
};

static tg_err readers_place(void *ctx, struct tg_held_log *log, uint64_t recno,
                            const struct tg_index_rec *rec)
{
    (void)recno;
    struct reading *reading = ctx;
    struct target *target = reading->target;
    if (!tg_hash_equal(&log->id.origin, &target->origin)) return TG_OK;
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    if (tg_lookup_audience(reading->node, log, rec->index, ids, &count, NULL) || !count) return TG_OK;
    size_t whole = target->readers_count + count;
    struct tg_hash *readers = tg_arena_take_array(reading->arena, whole, sizeof *readers);
    if (!readers) return TG_ENOMEM;
    if (target->readers_count) memcpy(readers, target->readers, target->readers_count * sizeof *readers);
    memcpy(readers + target->readers_count, ids, count * sizeof *readers);
    target->readers = readers;
    target->readers_count = whole;
    return TG_OK;
}

/* Its origin, or a node that the origin sealed it to. */
static tg_err was_given(struct tg_node *node, struct target *target, const struct tg_hash *who,
                        struct tg_arena *arena, bool *ret_given, struct tg_errmsg *em)
{
    *ret_given = true;
#ifdef TG_CONTROL_NO_STANDING
    return TG_OK;
#endif
    struct reading reading = {.node = node, .target = target, .arena = arena};
    if (tg_hash_equal(who, &target->origin)) return TG_OK;
    tg_err err = target->readers_read ? TG_OK : places_each(node, &target->id, readers_place, &reading, em);
    target->readers_read = true;
    for (size_t i = 0; !err && i < target->readers_count; i++)
        if (tg_hash_equal(who, &target->readers[i])) return TG_OK;
    *ret_given = false;
    return err;
}

/* ---- what points at it ---- */

struct decision {
    const struct tg_hash *decides;
    enum tg_rec_dispute_decision decision;
    struct tg_hash id;
    int64_t at_ms;
    const char *text;
};

struct gathering {
    struct tg_node *node;
    struct target target;
    struct tg_arena *arena;
    struct tg_dispute *disputes;
    size_t disputes_count;
    struct decision *decisions; /* binding ones alone */
    size_t decisions_count;
    struct tg_hash successor; /* zero: none is held */
    int64_t succeeded_ms;
    const char *successor_text;
};

static enum tg_rec_dispute_ground ground_of_reason(enum tg_rec_withdrawal_reason reason)
{
    static const struct {
        enum tg_rec_withdrawal_reason reason;
        enum tg_rec_dispute_ground ground;
    } grounds[] = {{TG_WITHDRAWAL_REASON_WRONG_PERSON, TG_DISPUTE_GROUND_WRONG_PERSON},
                   {TG_WITHDRAWAL_REASON_EXPIRED, TG_DISPUTE_GROUND_OUTDATED},
                   {TG_WITHDRAWAL_REASON_COURT_ORDER, TG_DISPUTE_GROUND_UNLAWFUL},
                   {TG_WITHDRAWAL_REASON_SOURCE_BURNED, TG_DISPUTE_GROUND_SOURCE}};
    for (size_t i = 0; i < sizeof grounds / sizeof grounds[0]; i++)
        if (grounds[i].reason == reason) return grounds[i].ground;
    return TG_DISPUTE_GROUND_OTHER;
}

/* Texts and lists of the record move into the arena that outlives it. */
static tg_err dispute_fill(const struct tg_found *found, struct tg_arena *arena, struct tg_dispute *dispute)
{
    const struct tg_record *record = found->record;
    const char *text = record->head->note;
    dispute->recno = found->recno;
    dispute->kind = record->kind;
    dispute->id = record->id;
    dispute->by = found->log->id.origin;
    dispute->at_ms = (int64_t)found->manifest.created * 1000;
    dispute->ground = TG_DISPUTE_GROUND_OTHER;
    dispute->raised_by = TG_DISPUTE_RAISER_HOLDER;
    if (record->kind == TG_KIND_DISPUTE) {
        dispute->ground = record->dispute->ground;
        dispute->raised_by = record->dispute->raised_by;
        dispute->deadline_ms = record->dispute->deadline_ms;
        text = record->dispute->text;
    } else if (record->kind == TG_KIND_WITHDRAWAL) {
        dispute->ground = ground_of_reason(record->withdrawal->reason);
        text = record->withdrawal->text;
    }
    size_t count = record->head->refers_count;
    struct tg_hash *refers = tg_arena_take_array(arena, count, sizeof *refers);
    dispute->text = tg_arena_text(arena, tg_view_str(text));
    if (!refers || !dispute->text) return TG_ENOMEM;
    for (size_t i = 0; i < count; i++) refers[i] = *record->head->refers[i].id;
    dispute->refers = refers;
    dispute->refers_count = count;
    return TG_OK;
}

static tg_err take_decision(struct gathering *to, const struct tg_found *found)
{
    const struct tg_rec_dispute *said = found->record->dispute;
    struct decision *decision = &to->decisions[to->decisions_count];
#ifndef TG_CONTROL_NO_DECIDER
    if (!tg_hash_equal(&found->log->id.origin, &to->target.origin)) return TG_OK; /* binds nobody */
#endif
    *decision = (struct decision){.decision = said->decision,
                                  .id = found->record->id,
                                  .at_ms = (int64_t)found->manifest.created * 1000};
    decision->decides = tg_arena_copy(to->arena, said->decides, sizeof *said->decides);
    decision->text = tg_arena_text(to->arena, tg_view_str(said->text));
    if (!decision->decides || !decision->text) return TG_ENOMEM;
    to->decisions_count++;
    return TG_OK;
}

static tg_err take_successor(struct gathering *to, const struct tg_found *found)
{
    if (found->record->kind == TG_KIND_WITHDRAWAL) return TG_OK; /* its target is gone */
    to->successor = found->record->id;
    to->succeeded_ms = (int64_t)found->manifest.created * 1000;
    to->successor_text = tg_arena_text(to->arena, tg_view_str(found->record->head->note));
    return to->successor_text ? TG_OK : TG_ENOMEM;
}

static tg_err take(struct gathering *to, uint64_t recno, struct tg_errmsg *em)
{
    struct tg_index_rec rec;
    struct tg_found found;
    if (tg_index_get(to->node->store, recno, &rec, NULL) || (rec.flags & TG_REC_SUPERSEDED)) return TG_OK;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    tg_err err = tg_lookup_open(to->node, recno, &arena, &found, em);
    if (err == TG_ENOENT || err == TG_EWITHDRAWN) return TG_OK;
    const struct tg_hash *target = err ? NULL : tg_disputes_target(found.record);
    if (err || !target || !tg_hash_equal(target, &to->target.id)) return err;
    bool dispute = found.record->kind == TG_KIND_DISPUTE;
    if (dispute && found.record->dispute->decides) return take_decision(to, &found);
    bool binds = !dispute && tg_hash_equal(&found.log->id.origin, &to->target.origin);
    if (binds) return take_successor(to, &found);
    struct tg_dispute *one = &to->disputes[to->disputes_count];
    *one = (struct tg_dispute){.target = to->target.id, .target_recno = to->target.recno};
    if (one->target_recno != TG_NO_RECNO || to->target.withdrawn) one->target_origin = to->target.origin;
    err = dispute_fill(&found, to->arena, one);
    if (!err) to->disputes_count++;
    return err;
}

/* ---- how it stands ---- */

static bool refers_to(const struct tg_dispute *dispute, const struct tg_hash *id)
{
    for (size_t i = 0; i < dispute->refers_count; i++)
        if (tg_hash_equal(&dispute->refers[i], id)) return true;
    return false;
}

/* The origin's word to other holders about a dispute goes with that dispute. */
static bool passes_on(const struct gathering *of, const struct tg_dispute *dispute, const struct tg_hash *id)
{
    return dispute->kind == TG_KIND_DISPUTE && tg_hash_equal(&dispute->by, &of->target.origin) &&
           refers_to(dispute, id);
}

static void end(struct tg_dispute *dispute, enum tg_dispute_state state, const struct tg_hash *by,
                int64_t at_ms, const char *text)
{
    dispute->state = state;
    dispute->decision = *by;
    dispute->decided_ms = at_ms;
    dispute->decision_text = text ? text : "";
}

static bool decided(const struct gathering *of, struct tg_dispute *dispute)
{
    static const enum tg_dispute_state states[] = {
        [TG_DISPUTE_DECISION_REJECTED] = TG_DISPUTE_REJECTED,
        [TG_DISPUTE_DECISION_CORRECTED] = TG_DISPUTE_CORRECTED,
        [TG_DISPUTE_DECISION_WITHDRAWN] = TG_DISPUTE_WITHDRAWN,
    };
    for (size_t i = of->decisions_count; i > 0; i--) {
        const struct decision *decision = &of->decisions[i - 1];
        bool known = decision->decision > TG_DISPUTE_DECISION_UNSPECIFIED &&
                     (size_t)decision->decision < sizeof states / sizeof states[0];
        bool meant =
            tg_hash_equal(decision->decides, &dispute->id) || passes_on(of, dispute, decision->decides);
        if (!known || !meant) continue;
        end(dispute, states[decision->decision], &decision->id, decision->at_ms, decision->text);
        return true;
    }
    return false;
}

static bool is_passed_on(const struct gathering *of, const struct tg_dispute *dispute)
{
    for (size_t i = 0; i < of->disputes_count; i++)
        if (&of->disputes[i] != dispute && passes_on(of, dispute, &of->disputes[i].id)) return true;
    return false;
}

static tg_err judge(struct gathering *of, struct tg_dispute *dispute, struct tg_errmsg *em)
{
    const struct target *target = &of->target;
    bool given = true;
    dispute->decision_text = "";
    if (decided(of, dispute)) return TG_OK;
    if (target->withdrawn) {
        end(dispute, TG_DISPUTE_WITHDRAWN, &target->withdrawn_by, target->withdrawn_ms, NULL);
        return TG_OK;
    }
    if (target->superseded) {
        end(dispute, TG_DISPUTE_CORRECTED, &of->successor, of->succeeded_ms, of->successor_text);
        return TG_OK;
    }
    tg_err err = target->recno == TG_NO_RECNO
                     ? TG_OK
                     : was_given(of->node, &of->target, &dispute->by, of->arena, &given, em);
    if (err) return err;
    dispute->state = !given                      ? TG_DISPUTE_UNADDRESSED
                     : is_passed_on(of, dispute) ? TG_DISPUTE_PASSED_ON
                                                 : TG_DISPUTE_OPEN;
    dispute->overdue = dispute->state == TG_DISPUTE_OPEN && dispute->deadline_ms &&
                       dispute->deadline_ms < tg_clock_wall_ms(of->node->clock);
    return TG_OK;
}

/* The newest that hold the token of that record id. */
static tg_err pointing_at(struct tg_node *node, const struct tg_hash *id, struct tg_arena *arena,
                          uint64_t **ret_recnos, size_t *ret_count, struct tg_errmsg *em)
{
    uint64_t some[TG_DISPUTES_OF_MAX], *recnos = some;
    size_t count = 0;
    tg_err err = tg_lookup_token(node, TG_TOKEN_CONTESTED, TG_VIEW_ARRAY(id->bytes), some, TG_DISPUTES_OF_MAX,
                                 &count, em);
    *ret_count = 0;
    if (err || !count) return err;
    size_t room = count;
    recnos = tg_arena_take_array(arena, room, sizeof *recnos);
    if (!recnos) return TG_ENOMEM;
    err = tg_lookup_token(node, TG_TOKEN_CONTESTED, TG_VIEW_ARRAY(id->bytes), recnos, room, &count, em);
    if (count > room) count = room;
    size_t over = count > TG_DISPUTES_OF_MAX ? count - TG_DISPUTES_OF_MAX : 0;
    *ret_recnos = recnos + over;
    *ret_count = count - over;
    return err;
}

tg_err tg_disputes_of(struct tg_node *node, const struct tg_hash *id, const struct tg_hash *origin,
                      struct tg_arena *arena, struct tg_dispute **ret_disputes, size_t *ret_count,
                      struct tg_errmsg *em)
{
    uint64_t *recnos = NULL;
    size_t count = 0;
    struct gathering to = {.node = node, .arena = arena};
    *ret_disputes = NULL;
    *ret_count = 0;
    tg_err err = pointing_at(node, id, arena, &recnos, &count, em);
    if (err || !count) return err;
    err = target_init(node, id, origin, &to.target, em);
    to.disputes = tg_arena_take_array(arena, count, sizeof *to.disputes);
    to.decisions = tg_arena_take_array(arena, count, sizeof *to.decisions);
    if (!err && (!to.disputes || !to.decisions)) err = TG_ENOMEM;
    for (size_t i = 0; !err && i < count; i++) err = take(&to, recnos[i], em);
    for (size_t i = 0; !err && i < to.disputes_count; i++) err = judge(&to, &to.disputes[i], em);
    if (err) return err;
    *ret_disputes = to.disputes;
    *ret_count = to.disputes_count;
    return TG_OK;
}

tg_err tg_disputes_mark(struct tg_node *node, const struct tg_hash *id, const struct tg_hash *origin,
                        struct tg_dispute_mark *ret_mark, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_DISPUTES_BUDGET_BYTES);
    struct tg_dispute *disputes = NULL;
    size_t count = 0;
    struct tg_dispute_mark mark = {0};
    tg_err err = tg_disputes_of(node, id, origin, &arena, &disputes, &count, em);
    for (size_t i = 0; i < count; i++) {
        if (disputes[i].state != TG_DISPUTE_OPEN) continue;
        mark.open++;
        mark.overdue |= disputes[i].overdue;
        bool earlier =
            disputes[i].deadline_ms && (!mark.deadline_ms || disputes[i].deadline_ms < mark.deadline_ms);
        if (earlier) mark.deadline_ms = disputes[i].deadline_ms;
    }
    if (!err) *ret_mark = mark;
    return err;
}

tg_err tg_disputes_superseded(struct tg_node *node, const struct tg_hash *id, const struct tg_hash *origin,
                              bool *ret_superseded, struct tg_errmsg *em)
{
    uint64_t recnos[TG_DISPUTES_OF_MAX];
    size_t count = 0;
    *ret_superseded = false;
    tg_err err = tg_lookup_token(node, TG_TOKEN_CONTESTED, TG_VIEW_ARRAY(id->bytes), recnos,
                                 TG_DISPUTES_OF_MAX, &count, em);
    for (size_t i = 0; !err && i < count && i < TG_DISPUTES_OF_MAX; i++) {
        struct tg_index_rec rec;
        struct tg_found found;
        if (tg_index_get(node->store, recnos[i], &rec, NULL)) continue;
        struct tg_held_log *log = tg_held_by_number(node, rec.log);
        bool may = log && tg_hash_equal(&log->id.origin, origin) && rec.kind != TG_KIND_DISPUTE &&
                   rec.kind != TG_KIND_WITHDRAWAL;
        if (!may) continue;
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
        if (tg_lookup_open(node, recnos[i], &arena, &found, NULL)) continue;
        const struct tg_hash *supersedes = found.record->head->supersedes;
        *ret_superseded |= supersedes && tg_hash_equal(supersedes, id);
    }
    return err;
}

/* ---- all of them ---- */

struct origins {
    struct tg_hash ids[TG_SYNC_LOGS_MAX];
    size_t count;
};

static tg_err origins_place(void *ctx, struct tg_held_log *log, uint64_t recno,
                            const struct tg_index_rec *rec)
{
    (void)recno, (void)rec;
    struct origins *origins = ctx;
    for (size_t i = 0; i < origins->count; i++)
        if (tg_hash_equal(&origins->ids[i], &log->id.origin)) return TG_OK;
    origins->ids[origins->count++] = log->id.origin; /* no more than there are logs */
    return TG_OK;
}

/* The record is not held: did its origin take it back, or has it not come (yet)? */
static void origins_of_withdrawn(struct tg_node *node, const struct tg_hash *id, struct origins *origins)
{
    for (size_t i = 0; i < node->log_count; i++) {
        const struct tg_hash *origin = &node->logs[i]->id.origin;
        bool seen = false; /* in another epoch of its log */
        for (size_t k = 0; k < i; k++) seen = seen || tg_hash_equal(&node->logs[k]->id.origin, origin);
        if (!seen && tg_withdraw_known_by(node, origin, id, NULL, NULL))
            origins->ids[origins->count++] = *origin;
    }
}

static tg_err one_of(struct tg_node *node, uint64_t recno, const struct tg_hash *id,
                     const struct tg_hash *origin, tg_on_dispute on_dispute, void *ctx, struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_DISPUTES_BUDGET_BYTES);
    struct tg_dispute *disputes = NULL;
    size_t count = 0;
    tg_err err = tg_disputes_of(node, id, origin, &arena, &disputes, &count, em);
    for (size_t i = 0; !err && i < count; i++)
        if (disputes[i].recno == recno) err = on_dispute(ctx, &disputes[i]);
    return err;
}

tg_err tg_disputes_at(struct tg_node *node, uint64_t recno, tg_on_dispute on_dispute, void *ctx,
                      struct tg_errmsg *em)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    struct tg_found found;
    tg_err err = tg_lookup_open(node, recno, &arena, &found, em);
    if (err == TG_ENOENT || err == TG_EWITHDRAWN) return TG_OK;
    const struct tg_hash *target = err ? NULL : tg_disputes_target(found.record);
    if (err || !target) return err;
    struct origins origins = {.count = 0};
    err = places_each(node, target, origins_place, &origins, em);
    if (!err && !origins.count) origins_of_withdrawn(node, target, &origins);
    /* A withdrawal or replacement of what is not held here contests nothing. */
    if (!err && !origins.count && found.record->kind == TG_KIND_DISPUTE)
        origins.ids[origins.count++] = no_hash;
    for (size_t i = 0; !err && i < origins.count; i++)
        err = one_of(node, recno, target, &origins.ids[i], on_dispute, ctx, em);
    return err;
}

tg_err tg_disputes_all(struct tg_node *node, uint64_t **ret_recnos, size_t *ret_count, struct tg_errmsg *em)
{
    struct tg_view nothing = tg_view_of(NULL, 0);
    uint64_t first;
    size_t count = 0, room;
    tg_err err = tg_lookup_token(node, TG_TOKEN_CONTESTS, nothing, &first, 1, &count, em);
    if (err) return err;
    room = count;
    TG_AUTO_FREE uint64_t *recnos = calloc(room + 1, sizeof *recnos);
    if (!recnos) return TG_ENOMEM;
    err = tg_lookup_token(node, TG_TOKEN_CONTESTS, nothing, recnos, room, &count, em);
    if (err) return err;
    *ret_recnos = tg_steal_ptr(&recnos);
    *ret_count = count < room ? count : room;
    return TG_OK;
}

tg_err tg_disputes_each(struct tg_node *node, tg_on_dispute on_dispute, void *ctx, struct tg_errmsg *em)
{
    TG_AUTO_FREE uint64_t *recnos = NULL;
    size_t count = 0;
    tg_err err = tg_disputes_all(node, &recnos, &count, em);
    for (size_t i = 0; !err && i < count; i++) err = tg_disputes_at(node, recnos[i], on_dispute, ctx, em);
    return err;
}

/* ---- who has to be told ---- */

struct circling {
    struct tg_node *node;
    const struct tg_hash *origin; /* NULL: any */
    struct tg_disputes_circle *circle;
};

static void circle_add(struct tg_node *node, struct tg_disputes_circle *circle, const struct tg_hash *id)
{
    size_t room = sizeof circle->ids / sizeof circle->ids[0];
    for (size_t i = 0; i < circle->count; i++)
        if (tg_hash_equal(&circle->ids[i], id)) return;
    if (!tg_hash_equal(id, &node->id) && circle->count < room) circle->ids[circle->count++] = *id;
}

static tg_err circle_place(void *ctx, struct tg_held_log *log, uint64_t recno, const struct tg_index_rec *rec)
{
    (void)recno;
    struct circling *circling = ctx;
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    if (circling->origin && !tg_hash_equal(&log->id.origin, circling->origin)) return TG_OK;
    tg_err err = tg_lookup_audience(circling->node, log, rec->index, ids, &count, NULL);
    circle_add(circling->node, circling->circle, &log->id.origin);
    for (size_t i = 0; !err && i < count; i++) circle_add(circling->node, circling->circle, &ids[i]);
    return err;
}

tg_err tg_disputes_circle(struct tg_node *node, const struct tg_hash *id, const struct tg_hash *origin,
                          const struct tg_hash *dispute, struct tg_disputes_circle *ret_circle,
                          struct tg_errmsg *em)
{
    struct circling circling = {.node = node, .origin = origin, .circle = ret_circle};
    ret_circle->count = 0;
    tg_err err = places_each(node, id, circle_place, &circling, em);
    circling.origin = NULL;
    return err || !dispute ? err : places_each(node, dispute, circle_place, &circling, em);
}

/* ---- what people are told ---- */

/* The contested record, at any origin (mine: of that one alone). */
static bool held_target(struct tg_node *node, const struct tg_hash *id, const struct tg_hash *origin,
                        bool mine, struct tg_arena *arena, struct tg_found *ret_found)
{
    uint64_t recnos[TG_WITHDRAW_PLACES_MAX];
    size_t count = 0;
    if (tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(id->bytes), recnos, TG_WITHDRAW_PLACES_MAX, &count,
                        NULL))
        return false;
    for (size_t i = 0; i < count && i < TG_WITHDRAW_PLACES_MAX; i++) {
        if (tg_lookup_open(node, recnos[i], arena, ret_found, NULL)) continue;
        if (tg_hash_equal(&ret_found->log->id.origin, origin) == mine) return true;
    }
    return false;
}

struct names {
    char text[128];
    size_t count;
};

static tg_err changed_name(void *ctx, const char *path, struct tg_view older, struct tg_view newer)
{
    (void)older, (void)newer;
    struct names *names = ctx;
    size_t at = strlen(names->text);
    const char *last = strrchr(path, '.');
    if (strcmp(path, "head.note") == 0) return TG_OK; /* says why */
    if (names->count++ < 3)
        (void)snprintf(names->text + at, sizeof names->text - at, "%s%s", at ? ", " : "",
                       last ? last + 1 : path);
    return TG_OK;
}

static void tell_correction(struct tg_node *node, const struct tg_record *record,
                            const struct tg_found *older, const char *who, const char *ref)
{
    struct names names = {.count = 0};
    char text[TG_NOTICE_TEXT_BYTES_MAX], more[32] = "";
    (void)tg_record_diff(older->record, record, changed_name, &names);
    if (names.count > 3) (void)snprintf(more, sizeof more, " and %zu more", names.count - 3);
    (void)snprintf(text, sizeof text, "%s corrected %s: %s%s", who, ref, names.text, more);
    tg_notices_raise(node, TG_NOTICE_CORRECTION, &record->id, &older->record->id, text);
}

static void contest_text(const struct tg_record *record, const char *who, const char *ref,
                         char text[static TG_NOTICE_TEXT_BYTES_MAX])
{
    char by[TG_TIME_TEXT_BYTES + 32] = "", when[TG_TIME_TEXT_BYTES];
    if (record->kind != TG_KIND_DISPUTE) {
        (void)snprintf(text, TG_NOTICE_TEXT_BYTES_MAX,
                       "%s would %s %s, which is not its record: that counts as a dispute", who,
                       record->kind == TG_KIND_WITHDRAWAL ? "withdraw" : "replace", ref);
        return;
    }
    const struct tg_rec_dispute *dispute = record->dispute;
    if (dispute->decides) {
        const char *decision = tg_enum_name(TG_ENUM_DISPUTE_DECISION, (int)dispute->decision);
        (void)snprintf(text, TG_NOTICE_TEXT_BYTES_MAX, "%s decided a dispute of %s: %s: %.200s", who, ref,
                       decision ? decision : "newer", dispute->text);
        return;
    }
    const char *ground = tg_enum_name(TG_ENUM_DISPUTE_GROUND, (int)dispute->ground);
    tg_time_format(dispute->deadline_ms, when);
    if (dispute->deadline_ms) (void)snprintf(by, sizeof by, ", to be decided by %s", when);
    (void)snprintf(text, TG_NOTICE_TEXT_BYTES_MAX, "%s contests %s: %s%s%s%.200s", who, ref,
                   ground ? ground : "newer", by, dispute->text[0] ? ": " : "", dispute->text);
}

void tg_disputes_notice(struct tg_node *node, const struct tg_record *record, const struct tg_placed *placed)
{
    const struct tg_hash *target = tg_disputes_target(record), *origin = &placed->log->id.origin;
    struct tg_found found;
    char ref[TG_REF_TEXT_BYTES], text[TG_NOTICE_TEXT_BYTES_MAX];
    if (!target || placed->log->own) return;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_DISPUTES_BUDGET_BYTES);
    bool dispute = record->kind == TG_KIND_DISPUTE;
    const char *who = tg_trust_country(node, origin);
    bool mine = held_target(node, target, origin, true, &arena, &found);
    if (mine && !dispute) { /* a list that was imported again is no news */
        tg_lookup_ref_text(node, &found, ref);
        bool alone = placed->of <= TG_CORRECTION_RECORDS_MAX && record->kind != TG_KIND_WITHDRAWAL;
        if (alone) tell_correction(node, record, &found, who, ref);
        return;
    }
    if (!mine && !held_target(node, target, origin, false, &arena, &found)) return;
    tg_lookup_ref_text(node, &found, ref);
    contest_text(record, who, ref, text);
    tg_notices_raise(node, TG_NOTICE_DISPUTE, &record->id, &found.record->id, text);
    tg_event(node->events, TG_EV_DISPUTE, TG_F_NODE("by", origin), TG_F_TEXT("record", ref));
}

/* ---- for the indexer ---- */

struct binding {
    const struct tg_hash *origin;
    bool found;
};

static tg_err binding_place(void *ctx, struct tg_held_log *log, uint64_t recno,
                            const struct tg_index_rec *rec)
{
    (void)recno, (void)rec;
    struct binding *binding = ctx;
    binding->found |= tg_hash_equal(&log->id.origin, binding->origin);
    return TG_OK;
}

bool tg_disputes_opens(struct tg_node *node, const struct tg_record *record, const struct tg_hash *origin)
{
    const struct tg_hash *target = tg_disputes_target(record);
    struct binding binding = {.origin = origin};
    if (!target) return false;
    if (record->kind == TG_KIND_DISPUTE) return !record->dispute->decides;
    /* When it is not held (any longer) it may be another's: tg_disputes_at sees. */
    return places_each(node, target, binding_place, &binding, NULL) || !binding.found;
}
