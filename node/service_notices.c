/* Verb `notices`: what was noticed after a cursor, of what is asked for, and with `follow` what is noticed from now on.
 *
 * Knows no rule of noticing. Contract: docs/control.md.
 */
#include "node/notices.h"
#include "node/service_internal.h"
#include "node/watches.h"

/* Which notices are meant. */
struct wanted {
    bool has_kinds, has_origin;
    bool mine;    /* hits of the caller's own standing queries alone */
    uint32_t uid; /* who asks: others' own are not shown */
    bool kinds[TG_NOTICE_KINDS];
    struct tg_hash origin; /* of one of the records that it names */
    uint8_t precedence;    /* of an alert, and above; TG_NOTICE_NO_PRECEDENCE: any notice */
};

struct following {
    struct tg_job job;
    struct wanted wanted;
    uint64_t cursor, left;
    uint64_t total; /* that fitted when the answer began */
    bool follow;
    bool gone_told, end_told;
    struct tg_access_note note;
    uint64_t logged; /* up to this cursor the entry of the call names what is shown */
};

static const char *const kind_names[TG_NOTICE_KINDS] = {
    [TG_NOTICE_CONVERGENCE] = "convergence", [TG_NOTICE_ALERT] = "alert",
    [TG_NOTICE_WITHDRAWAL] = "withdrawal",   [TG_NOTICE_ACK] = "ack",
    [TG_NOTICE_DISPUTE] = "dispute",         [TG_NOTICE_CORRECTION] = "correction",
    [TG_NOTICE_REVIEW] = "review",           [TG_NOTICE_WATCH] = "watch",
    [TG_NOTICE_NOT_READ] = "not_read",
};

static const char *kind_text(enum tg_notice_kind kind)
{
    return (unsigned)kind < TG_NOTICE_KINDS && kind_names[kind] ? kind_names[kind] : "other";
}

/* ---- which ---- */

static tg_err kinds_read(const struct tg_call *call, struct wanted *wanted, struct tg_errmsg *em)
{
    const struct tg_control_field *field = NULL;
    while ((field = tg_control_each(call->msg, "kind", field))) {
        const char *given = (const char *)field->data.data;
        size_t kind = 1;
        while (kind < TG_NOTICE_KINDS && strcmp(kind_names[kind], given) != 0) kind++;
        if (kind == TG_NOTICE_KINDS) {
            const char *nearest = tg_text_nearest(given, kind_names + 1, TG_NOTICE_KINDS - 1);
            return tg_fail(em, TG_EVALUE, "no notice is of kind '%.40s'%s%s%s", given,
                           nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
        }
        wanted->kinds[kind] = wanted->has_kinds = true;
    }
    return TG_OK;
}

static tg_err wanted_read(const struct tg_call *call, struct wanted *wanted, struct tg_errmsg *em)
{
    const char *from = tg_control_text(call->msg, "from", "");
    const char *precedence = tg_control_text(call->msg, "precedence", "");
    int value = TG_PRECEDENCE_ROUTINE;
    *wanted = (struct wanted){.precedence = TG_NOTICE_NO_PRECEDENCE,
                              .has_origin = from[0] != 0,
                              .mine = tg_control_number(call->msg, "mine", 0) != 0,
                              .uid = call->client->uid};
    tg_err err = kinds_read(call, wanted, em);
    if (!err && from[0]) err = tg_origin_read(call->node, from, &wanted->origin, em);
    if (!err && precedence[0]) err = tg_enum_parse(TG_ENUM_PRECEDENCE, tg_view_str(precedence), &value, em);
    if (!err && precedence[0]) wanted->precedence = (uint8_t)value;
    return err;
}

static bool log_of(struct tg_node *node, uint32_t number, const struct tg_hash *origin)
{
    const struct tg_held_log *log = number == TG_NOTICE_NO_LOG ? NULL : tg_held_by_number(node, number);
    return log && tg_hash_equal(&log->id.origin, origin);
}

/* Of a query that was removed, who was told then is told now. */
static bool is_mine(struct tg_node *node, const struct wanted *wanted, const struct tg_notice *notice)
{
    if (!notice->watch) return notice->owner == wanted->uid;
    const struct tg_watch *watch = tg_watches_find(node, notice->watch);
    return watch ? watch->spec.uid == wanted->uid : notice->owner == wanted->uid;
}

static bool fits(struct tg_node *node, const struct wanted *wanted, const struct tg_notice *notice)
{
#ifndef TG_CONTROL_NOTICE_ANYONE
    if (notice->owner != TG_NOTICE_EVERYONE && notice->owner != wanted->uid) return false;
#endif
    if (wanted->mine && !is_mine(node, wanted, notice)) return false;
    if (wanted->has_kinds && ((unsigned)notice->kind >= TG_NOTICE_KINDS || !wanted->kinds[notice->kind]))
        return false;
    if (wanted->has_origin && !log_of(node, notice->log, &wanted->origin) &&
        !log_of(node, notice->other_log, &wanted->origin))
        return false;
    if (wanted->precedence == TG_NOTICE_NO_PRECEDENCE) return true;
    return notice->precedence != TG_NOTICE_NO_PRECEDENCE && notice->precedence >= wanted->precedence;
}

/* ---- the access log ---- */

static tg_err place_of_id(struct tg_node *node, const struct tg_hash *id, struct tg_places *places)
{
    static const struct tg_hash none;
    uint64_t recno;
    struct tg_index_rec rec;
    if (tg_hash_equal(id, &none) || tg_recno_of_id(node, id, &recno, NULL)) return TG_OK;
    return tg_index_get(node->store, recno, &rec, NULL) ? TG_OK : tg_places_add_rec(places, &rec);
}

static tg_err places_of(struct tg_node *node, const struct tg_notice *notice, struct tg_places *places)
{
    tg_err err = place_of_id(node, &notice->id, places);
    return err ? err : place_of_id(node, &notice->other, places);
}

/* ---- rows ---- */

/* Fields ref and country, or other and other_country. */
static void put_record(struct tg_node *node, struct tg_control_out *row, const struct tg_hash *id,
                       const char *ref_name, const char *country_name)
{
    static const struct tg_hash none;
    char ref[TG_REF_TEXT_BYTES];
    struct tg_hash origin = none;
    if (tg_hash_equal(id, &none)) return;
    tg_ref_of_id(node, id, ref, &origin, NULL);
    tg_control_put_text(row, ref_name, ref);
    if (!tg_hash_equal(&origin, &none))
        tg_control_put_text(row, country_name, tg_trust_country(node, &origin));
}

/* Nothing for -1; a value newer than this node as its number. */
static void put_enum(struct tg_control_out *row, const char *field, enum tg_rec_enum which, int value)
{
    char number[16];
    const char *name = value < 0 ? "" : tg_enum_name(which, value);
    if (value >= 0 && !name) (void)snprintf(number, sizeof number, "%d", value);
    if (value >= 0) tg_control_put_text(row, field, name ? name : number);
}

static tg_err notice_row(struct tg_node *node, const struct tg_notice *notice, struct tg_buf *out)
{
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "notice");
    tg_control_put_number(&row, "cursor", (int64_t)notice->cursor);
    tg_control_put_number(&row, "at_ms", notice->at_ms);
    tg_control_put_text(&row, "kind", kind_text(notice->kind));
    put_enum(&row, "nature", TG_ENUM_NATURE, notice->nature ? notice->nature : -1);
    put_enum(&row, "precedence", TG_ENUM_PRECEDENCE,
             notice->precedence == TG_NOTICE_NO_PRECEDENCE ? -1 : notice->precedence);
    if (notice->watch) tg_control_put_number(&row, "watch", notice->watch);
    put_record(node, &row, &notice->id, "ref", "country");
    if (notice->kind == TG_NOTICE_NOT_READ)
        tg_control_put_text(&row, "other_country", tg_trust_country(node, &notice->other));
    else
        put_record(node, &row, &notice->other, "other", "other_country");
    tg_control_put_text(&row, "text", notice->text);
    return tg_control_end(&row);
}

/* Once, when the cursor is older than what is kept. */
static tg_err gone_row(struct following *following, struct tg_buf *out)
{
    int64_t before_ms = 0;
    uint64_t gone = tg_notices_gone(following->job.service->node, following->cursor, &before_ms);
    if (following->gone_told || !gone) return TG_OK;
    following->gone_told = true;
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "gone");
    tg_control_put_number(&row, "count", (int64_t)gone);
    tg_control_put_number(&row, "before_ms", before_ms);
    return tg_control_end(&row);
}

/* Once, when all that was there is given and the follower waits: where it stands. */
static tg_err end_row(struct following *following, struct tg_buf *out)
{
    if (following->end_told) return TG_OK;
    following->end_told = true;
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "waiting");
    tg_control_put_number(&row, "cursor", (int64_t)following->cursor);
    return tg_control_end(&row);
}

static tg_err following_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                             struct tg_errmsg *em)
{
    struct following *following = (struct following *)job;
    struct tg_node *node = job->service->node;
    const struct tg_notice *notices = NULL;
    tg_err err = gone_row(following, out);
    TG_AUTO(tg_places) struct tg_places live = {0};
    uint64_t live_count = 0;
    size_t count = tg_notices_after(node, following->cursor, &notices, TG_SERVICE_SLICE_ROWS);
    for (size_t i = 0; !err && i < count && following->left; i++) {
        following->cursor = notices[i].cursor;
        if (!fits(node, &following->wanted, &notices[i])) continue;
        err = notice_row(node, &notices[i], out);
        following->left--;
        if (notices[i].cursor <= following->logged) continue;
        if (!err) err = places_of(node, &notices[i], &live);
        live_count++;
    }
    if (!err && live_count) err = tg_access_note_put(&following->note, job, live_count, &live, em);
    bool more = count == TG_SERVICE_SLICE_ROWS && following->left;
    bool follow = following->follow && following->left;
    *ret_step = more ? TG_STEP_MORE : follow ? TG_STEP_WAIT : TG_STEP_END;
    if (!err && *ret_step == TG_STEP_WAIT) err = end_row(following, out);
    if (err || *ret_step != TG_STEP_END) return err;
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "cursor", (int64_t)following->cursor);
    tg_control_put_number(&done, "total", (int64_t)following->total);
    return tg_control_end(&done);
}

static void following_free(struct tg_job *job)
{
    tg_access_note_release(&((struct following *)job)->note);
    free(job);
}

static const struct tg_job_kind following_kind = {.step = following_step, .free = following_free};

/* Records that the first `given` of those that fit after the cursor name. */
static tg_err places_given(struct tg_node *node, const struct wanted *wanted, uint64_t after, uint64_t given,
                           struct tg_places *places)
{
    const struct tg_notice *notices = NULL;
    size_t count = tg_notices_after(node, after, &notices, SIZE_MAX);
    tg_err err = TG_OK;
    for (size_t i = 0; i < count && given && !err; i++) {
        if (!fits(node, wanted, &notices[i])) continue;
        err = places_of(node, &notices[i], places);
        given--;
    }
    return err;
}

/* How many that fit come after the cursor; and the cursor before the newest `newest` of them. */
static uint64_t count_fitting(struct tg_node *node, const struct wanted *wanted, uint64_t after,
                              uint64_t newest, uint64_t *ret_before)
{
    const struct tg_notice *notices = NULL;
    size_t count = tg_notices_after(node, after, &notices, SIZE_MAX);
    uint64_t fitting = 0;
    *ret_before = after;
    for (size_t i = count; i > 0; i--) {
        if (!fits(node, wanted, &notices[i - 1])) continue;
        if (fitting++ == newest) *ret_before = notices[i - 1].cursor;
    }
    return fitting;
}

tg_err tg_verb_notices(struct tg_call *call, struct tg_errmsg *em)
{
    int64_t after = tg_control_number(call->msg, "after", 0),
            limit = tg_control_number(call->msg, "limit", 0),
            newest = tg_control_number(call->msg, "newest", 0);
    bool follow = tg_control_number(call->msg, "follow", 0) != 0;
    bool from_newest = tg_control_has(call->msg, "newest");
    if (after < 0 || limit < 0 || newest < 0)
        return tg_fail(em, TG_EVALUE, "after, limit and newest are not below 0");
    if (from_newest && tg_control_has(call->msg, "after"))
        return tg_fail(em, TG_EUSAGE, "'after' and 'newest' are two ways to begin: give one");
    struct wanted wanted;
    tg_err err = wanted_read(call, &wanted, em);
    if (err) return err;
    err = tg_notices_flush(call->node, em);
    if (err && err != TG_ESPACE) return err;
    uint64_t before = 0, end = tg_notices_end(call->node);
    if ((uint64_t)after > end)
        return tg_fail(em, TG_EVALUE,
                       "cursor %" PRId64 " is ahead of the newest notice, %" PRIu64
                       ": it is another store's; begin with --after 0",
                       after, end);
    uint64_t fitting = count_fitting(call->node, &wanted, (uint64_t)after, (uint64_t)newest, &before);
    if (from_newest && !newest) before = end;
    uint64_t given = from_newest && fitting > (uint64_t)newest ? (uint64_t)newest : fitting;
    if (limit && given > (uint64_t)limit) given = (uint64_t)limit;
    err = places_given(call->node, &wanted, from_newest ? before : (uint64_t)after, given, &call->shown);
    if (!err) err = tg_call_access(call, given, &call->shown, em);
    if (err) return err;
    struct following *following = tg_job_start(call, &following_kind, sizeof *following);
    if (!following) return TG_ENOMEM;
    following->logged = end;
    err = tg_access_note_take(call, &following->note);
    if (err) return err;
    following->wanted = wanted;
    following->total = fitting;
    following->cursor = from_newest ? before : (uint64_t)after;
    following->gone_told = from_newest;
    following->left = limit ? (uint64_t)limit : UINT64_MAX;
    following->follow = follow;
    return TG_OK;
}
