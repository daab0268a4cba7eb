/* Verb `notices`: what was noticed after a cursor, and with `follow` what is noticed from now on.
 *
 * Knows no rule of noticing. Contract: docs/control.md.
 */
#include "node/service_internal.h"

struct following {
    struct tg_job job;
    uint64_t cursor, left;
    bool follow;
};

static const char *kind_text(enum tg_notice_kind kind)
{
    switch (kind) {
    case TG_NOTICE_CONVERGENCE:
        return "convergence";
    case TG_NOTICE_ALERT:
        return "alert";
    case TG_NOTICE_WITHDRAWAL:
        return "withdrawal";
    }
    return "other";
}

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

static tg_err notice_row(struct tg_node *node, const struct tg_notice *notice, struct tg_buf *out)
{
    struct tg_control_out row;
    tg_control_answer(&row, out, TG_CONTROL_ROW);
    tg_control_put_number(&row, "cursor", (int64_t)notice->cursor);
    tg_control_put_number(&row, "at_ms", notice->at_ms);
    tg_control_put_text(&row, "kind", kind_text(notice->kind));
    put_record(node, &row, &notice->id, "ref", "country");
    put_record(node, &row, &notice->other, "other", "other_country");
    tg_control_put_text(&row, "text", notice->text);
    return tg_control_end(&row);
}

static tg_err following_step(struct tg_job *job, struct tg_buf *out, enum tg_step *ret_step,
                             struct tg_errmsg *em)
{
    (void)em;
    struct following *following = (struct following *)job;
    struct tg_node *node = job->service->node;
    const struct tg_notice *notices = NULL;
    uint64_t max = following->left < TG_SERVICE_SLICE_ROWS ? following->left : TG_SERVICE_SLICE_ROWS;
    size_t count = tg_notices_after(node, following->cursor, &notices, (size_t)max);
    for (size_t i = 0; i < count; i++) {
        tg_err err = notice_row(node, &notices[i], out);
        if (err) return err;
        following->cursor = notices[i].cursor;
        following->left--;
    }
    bool more = count == max && following->left;
    *ret_step = more ? TG_STEP_MORE : following->follow && following->left ? TG_STEP_WAIT : TG_STEP_END;
    if (*ret_step != TG_STEP_END) return TG_OK;
    struct tg_control_out done;
    tg_control_answer(&done, out, TG_CONTROL_DONE);
    tg_control_put_number(&done, "cursor", (int64_t)following->cursor);
    return tg_control_end(&done);
}

static void following_free(struct tg_job *job)
{
    free(job);
}

static const struct tg_job_kind following_kind = {.step = following_step, .free = following_free};

tg_err tg_verb_notices(struct tg_call *call, struct tg_errmsg *em)
{
    int64_t after = tg_control_number(call->msg, "after", 0),
            limit = tg_control_number(call->msg, "limit", 0);
    bool follow = tg_control_number(call->msg, "follow", 0) != 0;
    if (after < 0 || limit < 0) return tg_fail(em, TG_EVALUE, "after and limit are not below 0");
    const struct tg_notice *notices = NULL;
    uint64_t left = limit ? (uint64_t)limit : follow ? UINT64_MAX : TG_NOTICES_MAX;
    size_t waiting = tg_notices_after(call->node, (uint64_t)after, &notices,
                                      left < TG_NOTICES_MAX ? left : TG_NOTICES_MAX);
    tg_err err = tg_call_access(call, waiting, em);
    if (err) return err;
    struct following *following = tg_job_start(call, &following_kind, sizeof *following);
    if (!following) return TG_ENOMEM;
    following->cursor = (uint64_t)after;
    following->left = left;
    following->follow = follow;
    return TG_OK;
}
