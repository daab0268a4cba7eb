/* Duty: what nodes have acknowledged, and the threads that alerts form.
 *
 * Knows no verb and no client. Meaning of the kinds: docs/records.md; of what is shown: docs/control.md "Duty".
 */
#include "node/duty.h"

#include <stdio.h>

#include "node/notices.h"

#define TOLD_BYTES 200 /* of what was acknowledged, in a notice */

/* ---- what one node has said ---- */

const struct tg_hash *tg_duty_speaks_of(const struct tg_record *record)
{
    if (record->kind == TG_KIND_ACKNOWLEDGEMENT) return record->acknowledgement->target;
    return record->kind == TG_KIND_ANSWER ? record->answer->request : NULL;
}

static void earliest(int64_t *at, int64_t ms)
{
    if (!*at || ms < *at) *at = ms;
}

static void said_add(struct tg_said *said, const struct tg_found *found)
{
    const struct tg_record *record = found->record;
    bool answer = record->kind == TG_KIND_ANSWER;
    int64_t created_ms = (int64_t)found->manifest.created * 1000;
    int64_t at_ms = answer ? record->head->reported_ms : record->acknowledgement->at_ms;
    enum tg_rec_acknowledgement_state state =
        answer ? TG_ACKNOWLEDGEMENT_STATE_ANSWERED : record->acknowledgement->state;
    const char *by = answer ? record->head->desk : record->acknowledgement->by;
    if (!at_ms) at_ms = created_ms;
    earliest(&said->read_ms, at_ms);
    if (state == TG_ACKNOWLEDGEMENT_STATE_ACTED) earliest(&said->acted_ms, at_ms);
    if (state == TG_ACKNOWLEDGEMENT_STATE_ANSWERED) earliest(&said->answered_ms, at_ms);
    if (by[0]) (void)snprintf(said->by, sizeof said->by, "%s", by);
}

/* except: a record that is passed over; NULL. */
static tg_err said_get(struct tg_node *node, const struct tg_hash *target, const struct tg_hash *by,
                       const struct tg_hash *except, struct tg_said *ret_said, struct tg_errmsg *em)
{
    uint64_t recnos[TG_SAID_LOOKS_MAX];
    size_t count = 0;
    *ret_said = (struct tg_said){0};
    tg_err err = tg_lookup_token2(node, TG_TOKEN_SAID, TG_VIEW_ARRAY(target->bytes), TG_VIEW_ARRAY(by->bytes),
                                  recnos, TG_SAID_LOOKS_MAX, &count, em);
    if (count > TG_SAID_LOOKS_MAX) count = TG_SAID_LOOKS_MAX;
    for (size_t i = 0; !err && i < count; i++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
        struct tg_found found;
        if (tg_lookup_open(node, recnos[i], &arena, &found, NULL) || !tg_duty_speaks_of(found.record))
            continue;
        if (!except || !tg_hash_equal(except, &found.record->id)) said_add(ret_said, &found);
    }
    return err;
}

tg_err tg_duty_said(struct tg_node *node, const struct tg_hash *target, const struct tg_hash *by,
                    struct tg_said *ret_said, struct tg_errmsg *em)
{
    return said_get(node, target, by, NULL, ret_said, em);
}

const char *tg_duty_said_text(const struct tg_said *said)
{
    if (said->answered_ms) return "ANSWERED";
    if (said->acted_ms) return "ACTED";
    return said->read_ms ? "READ" : "";
}

/* Places where a record of that id stands, the first few. */
static tg_err places_of(struct tg_node *node, const struct tg_hash *id,
                        uint64_t ret_recnos[static TG_WITHDRAW_PLACES_MAX], size_t *ret_count,
                        struct tg_errmsg *em)
{
    size_t count = 0;
    tg_err err = tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(id->bytes), ret_recnos,
                                 TG_WITHDRAW_PLACES_MAX, &count, em);
    *ret_count = count < TG_WITHDRAW_PLACES_MAX ? count : TG_WITHDRAW_PLACES_MAX;
    return err;
}

tg_err tg_duty_mark(struct tg_node *node, const struct tg_hash *target, struct tg_errmsg *em)
{
    uint64_t recnos[TG_WITHDRAW_PLACES_MAX];
    size_t count = 0;
    struct tg_said said;
    tg_err err = places_of(node, target, recnos, &count, em);
    if (err || !count) return err;
    err = tg_duty_said(node, target, &node->id, &said, em);
    uint8_t want = (said.read_ms ? TG_REC_READ : 0) | (said.acted_ms || said.answered_ms ? TG_REC_ACTED : 0);
    for (size_t i = 0; !err && i < count; i++) {
        struct tg_index_rec rec;
        err = tg_index_get(node->store, recnos[i], &rec, em);
        uint8_t flags = (uint8_t)((rec.flags & ~(TG_REC_READ | TG_REC_ACTED)) | want);
        if (!err && flags != rec.flags) err = tg_index_flag(node->store, recnos[i], flags, em);
    }
    return err;
}

static bool was_addressed(struct tg_node *node, const struct tg_index_rec *rec, const struct tg_hash *who)
{
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    struct tg_held_log *log = tg_held_by_number(node, rec->log);
#ifdef TG_CONTROL_NO_ADDRESSED
    return log && log->own;
#endif
    if (!log || !log->own || tg_commit_audience_of(node, log, rec->index, ids, &count, NULL)) return false;
    for (size_t i = 0; i < count; i++)
        if (tg_hash_equal(&ids[i], who)) return true;
    return false;
}

void tg_duty_tell(struct tg_node *node, const struct tg_record *record, const struct tg_placed *placed)
{
    const struct tg_hash *target = tg_duty_speaks_of(record), *origin = &placed->log->id.origin;
    bool answer = record->kind == TG_KIND_ANSWER;
    uint64_t recno;
    struct tg_found found;
    struct tg_said before;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    if (!target || placed->log->own || tg_duty_first(node, target, &node->id, &recno, NULL) ||
        tg_lookup_open(node, recno, &arena, &found, NULL) || !was_addressed(node, &found.rec, origin) ||
        said_get(node, target, origin, &record->id, &before, NULL))
        return;
    struct tg_said now = {.read_ms = 1};
    if (answer || record->acknowledgement->state == TG_ACKNOWLEDGEMENT_STATE_ANSWERED) now.answered_ms = 1;
    if (!answer && record->acknowledgement->state == TG_ACKNOWLEDGEMENT_STATE_ACTED) now.acted_ms = 1;
    bool fresh =
        (now.answered_ms && !before.answered_ms) || (now.acted_ms && !before.acted_ms) || !before.read_ms;
    if (!fresh) return;
    char ref[TG_REF_TEXT_BYTES], text[TG_NOTICE_TEXT_BYTES_MAX];
    TG_AUTO(tg_buf) struct tg_buf summary = {0};
    const char *by = answer ? record->head->desk : record->acknowledgement->by;
    if (tg_record_summary(found.record, &summary)) return;
    tg_lookup_ref_text(node, &found, ref);
    (void)snprintf(text, sizeof text, "%s has %s %s%s%.80s: %.*s", tg_trust_country(node, origin),
                   tg_duty_said_text(&now), ref, by[0] ? ", " : "", by,
                   (int)(summary.bytes < TOLD_BYTES ? summary.bytes : TOLD_BYTES),
                   (const char *)summary.data);
    tg_notices_raise(node, TG_NOTICE_ACK, target, &record->id, text);
}

/* ---- threads ---- */

const struct tg_hash *tg_duty_thread(const struct tg_record *alert)
{
    return alert->alert->thread_of ? alert->alert->thread_of : &alert->id;
}

tg_err tg_duty_first(struct tg_node *node, const struct tg_hash *thread, const struct tg_hash *origin,
                     uint64_t *ret_recno, struct tg_errmsg *em)
{
    uint64_t recnos[TG_WITHDRAW_PLACES_MAX];
    size_t count = 0;
    tg_err err = places_of(node, thread, recnos, &count, em);
    if (err) return err;
    if (!count) return tg_fail(em, TG_ENOENT, "the alert that began the thread is not held here");
    *ret_recno = recnos[0];
    for (size_t i = 0; i < count; i++) {
        struct tg_index_rec rec;
        if (tg_index_get(node->store, recnos[i], &rec, NULL)) continue;
        const struct tg_held_log *log = tg_held_by_number(node, rec.log);
        if (!log || !tg_hash_equal(&log->id.origin, origin)) continue;
        *ret_recno = recnos[i];
        break;
    }
    return TG_OK;
}

bool tg_duty_over(struct tg_node *node, const struct tg_hash *thread, const struct tg_hash *origin)
{
    uint64_t recno;
    size_t count = 0;
    tg_err err = tg_lookup_token2(node, TG_TOKEN_OVER, TG_VIEW_ARRAY(thread->bytes),
                                  TG_VIEW_ARRAY(origin->bytes), &recno, 1, &count, NULL);
    return !err && count > 0;
}

bool tg_duty_ended(struct tg_node *node, const struct tg_found *found)
{
    if (found->rec.kind != TG_KIND_ALERT) return false;
    const struct tg_hash *thread = tg_duty_thread(found->record), *origin = &found->log->id.origin;
    if (!found->record->alert->thread_of) return tg_duty_over(node, thread, origin);
    uint64_t recno;
    struct tg_index_rec rec;
    if (tg_duty_first(node, thread, origin, &recno, NULL) || tg_index_get(node->store, recno, &rec, NULL))
        return false;
    const struct tg_held_log *log = tg_held_by_number(node, rec.log);
    return log && tg_duty_over(node, thread, &log->id.origin);
}

static void circle_add(struct tg_node *node, const struct tg_hash *id, struct tg_hash *ids, size_t *count)
{
    if (*count == TG_AUDIENCE_MAX || !tg_trust_find(node, id)) return; /* ourselves are not enrolled */
    for (size_t i = 0; i < *count; i++)
        if (tg_hash_equal(&ids[i], id)) return;
    ids[(*count)++] = *id;
}

tg_err tg_duty_circle(struct tg_node *node, const struct tg_found *found,
                      struct tg_hash ret_ids[static TG_AUDIENCE_MAX], size_t *ret_count, struct tg_errmsg *em)
{
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0, kept = 0;
    tg_err err = tg_lookup_audience(node, found->log, found->rec.index, ids, &count, em);
    if (err) return err;
    circle_add(node, &found->log->id.origin, ret_ids, &kept);
    for (size_t i = 0; i < count; i++) circle_add(node, &ids[i], ret_ids, &kept);
    *ret_count = kept;
    return TG_OK;
}

static const char *nature_name(enum tg_rec_nature nature)
{
    switch (nature) {
    case TG_NATURE_ACTUAL:
        return "ACTUAL";
    case TG_NATURE_EXERCISE:
        return "an EXERCISE";
    case TG_NATURE_TEST:
        return "a TEST";
    case TG_NATURE_UNSPECIFIED:
        break;
    }
    return "of a nature newer than this node";
}

static tg_err first_check(struct tg_node *node, const struct tg_record *alert, const struct tg_found *first,
                          struct tg_errmsg *em)
{
    char ref[TG_REF_TEXT_BYTES];
    tg_lookup_ref_text(node, first, ref);
    if (first->rec.kind != TG_KIND_ALERT)
        return tg_fail(em, TG_EVALUE, "%s is no alert: an alert belongs to a thread of alerts", ref);
    if (first->record->alert->thread != TG_THREAD_KIND_FIRST)
        return tg_fail(em, TG_EVALUE, "%s belongs to a thread itself: name the alert that began it", ref);
    enum tg_rec_nature nature = first->record->alert->nature;
    if (alert->alert->nature != nature)
        return tg_fail(em, TG_EVALUE,
                       "the thread of %s is %s, this alert is %s: raise a new alert for it, or give it the "
                       "thread's nature",
                       ref, nature_name(nature), nature_name(alert->alert->nature));
    if (alert->alert->thread == TG_THREAD_KIND_STAND_DOWN && !first->log->own)
        return tg_fail(
            em, TG_EDENIED,
            "only %s, who raised %s, can stand it down: tell them, 'tamga ack answer %s --text ...'",
            tg_trust_country(node, &first->log->id.origin), ref, ref);
    return TG_OK;
}

tg_err tg_duty_thread_check(struct tg_node *node, const struct tg_record *alert, bool *ret_held,
                            uint64_t *ret_first, struct tg_errmsg *em)
{
    *ret_held = false;
    if (!alert->alert->thread_of) return TG_OK;
    struct tg_found first;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
    /* Our own telling counts first: we may stand down what we raised ourselves. */
    tg_err err = tg_duty_first(node, alert->alert->thread_of, &node->id, ret_first, NULL);
    if (err == TG_ENOENT) return TG_OK; /* withdrawn meanwhile: what followed may still be told */
    if (!err) err = tg_lookup_open(node, *ret_first, &arena, &first, em);
    if (!err) err = first_check(node, alert, &first, em);
    if (!err) *ret_held = true;
    return err;
}
