/* The thread of an alert as `show` gives it: its alerts in order, and what every addressee has said of each.
 *
 * Knows no transport. Rows `thread` and `addressee`: docs/control.md "Duty".
 */
#include "node/not_read.h"
#include "node/service_internal.h"

/* One alert of the thread, to be sorted. */
struct link {
    uint64_t recno;
    uint64_t created;
    bool first;
};

static int link_compare(const void *a, const void *b)
{
    const struct link *x = a, *y = b;
    if (x->first != y->first) return x->first ? -1 : 1;
    if (x->created != y->created) return x->created < y->created ? -1 : 1;
    return x->recno < y->recno ? -1 : x->recno > y->recno;
}

static tg_err addressee_row(struct tg_call *call, const struct tg_found *found, const char *ref,
                            const struct tg_hash *who, const struct tg_told *told)
{
    struct tg_said said;
    tg_err err = tg_duty_said(call->node, &found->record->id, who, &said, NULL);
    if (err) return err;
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "addressee");
    tg_control_put_text(&row, "ref", ref);
    tg_control_put_text(&row, "country", tg_trust_country(call->node, who));
    tg_put_node(&row, "node", who);
    tg_control_put_text(&row, "state", told->state);
    tg_control_put_text(&row, "code", told->code);
    tg_control_put_number(&row, "at_ms", told->at_ms);
    tg_control_put_number(&row, "read_ms", said.read_ms);
    tg_control_put_number(&row, "acted_ms", said.acted_ms);
    tg_control_put_number(&row, "answered_ms", said.answered_ms);
    tg_control_put_text(&row, "by", said.by);
    tg_not_read_put(call->node, &row, found, who, &said);
    return tg_control_end(&row);
}

/* Of our own alert every addressee; of another's ourselves: what others said of it went to its origin alone. */
static tg_err addressee_rows(struct tg_call *call, const struct tg_found *found, const char *ref)
{
    struct tg_hash ids[TG_AUDIENCE_MAX];
    size_t count = 0;
    struct tg_told here = {.state = "stored", .code = "", .at_ms = found->stored_ms};
    if (!found->log->own) return addressee_row(call, found, ref, &call->node->id, &here);
    tg_err err = tg_commit_audience_of(call->node, found->log, found->rec.index, ids, &count, NULL);
    for (size_t i = 0; i < count && !err; i++) {
        struct tg_told told = tg_holding_told(call->node, found, &ids[i]);
        err = addressee_row(call, found, ref, &ids[i], &told);
    }
    return err;
}

static tg_err thread_row(struct tg_call *call, const struct tg_found *found, const char *ref, bool shown)
{
    const struct tg_rec_alert *alert = found->record->alert;
    const char *thread = tg_enum_name(TG_ENUM_THREAD_KIND, (int)alert->thread);
    const char *nature = tg_enum_name(TG_ENUM_NATURE, (int)alert->nature);
    const char *precedence = tg_enum_name(TG_ENUM_PRECEDENCE, (int)alert->precedence);
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "thread");
    tg_control_put_text(&row, "ref", ref);
    tg_control_put_data(&row, "id", TG_VIEW_ARRAY(found->record->id.bytes));
    tg_control_put_text(&row, "country", tg_trust_country(call->node, &found->log->id.origin));
    tg_put_node(&row, "node", &found->log->id.origin);
    tg_control_put_text(&row, "thread", thread ? thread : "newer");
    tg_control_put_text(&row, "nature", nature ? nature : "newer");
    tg_control_put_text(&row, "precedence", precedence ? precedence : "newer");
    tg_control_put_text(&row, "state", found->state);
    tg_control_put_number(&row, "at_ms", (int64_t)found->manifest.created * 1000);
    tg_control_put_number(&row, "over", tg_duty_ended(call->node, found));
    tg_control_put_number(&row, "shown", shown);
    if (tg_call_may_read(call)) {
        tg_control_put_text(&row, "title", alert->title);
        tg_control_put_text(&row, "asked", alert->asked);
    }
    return tg_control_end(&row);
}

static tg_err link_rows(struct tg_call *call, uint64_t recno, const struct tg_found *shown)
{
    struct tg_found found;
    char ref[TG_REF_TEXT_BYTES];
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    if (tg_lookup_open(call->node, recno, &arena, &found, NULL)) return TG_OK; /* gone meanwhile */
    tg_lookup_ref_text(call->node, &found, ref);
    tg_err err = tg_places_add_rec(&call->shown, &found.rec);
    if (!err) err = thread_row(call, &found, ref, recno == shown->recno);
    return err ? err : addressee_rows(call, &found, ref);
}

static bool link_of(struct tg_call *call, uint64_t recno, const struct tg_hash *thread, struct link *ret_link)
{
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    if (tg_lookup_open(call->node, recno, &arena, &found, NULL)) return false;
    *ret_link = (struct link){
        .recno = recno, .created = found.manifest.created, .first = tg_hash_equal(&found.record->id, thread)};
    return true;
}

tg_err tg_thread_rows(struct tg_call *call, const struct tg_found *found, struct tg_errmsg *em)
{
    const struct tg_hash *thread = tg_duty_thread(found->record);
    TG_AUTO(tg_recnos) struct tg_recnos recnos = {0};
    struct link links[TG_THREAD_ALERTS_MAX];
    size_t count = 0;
    tg_err err = tg_recnos_token(call->node, TG_TOKEN_THREAD, TG_VIEW_ARRAY(thread->bytes), &recnos, em);
    if (err) return err;
    size_t left_out = recnos.count > TG_THREAD_ALERTS_MAX ? recnos.count - TG_THREAD_ALERTS_MAX : 0;
    for (size_t i = 0; i < recnos.count; i++) {
        bool kept = i == 0 || i > left_out; /* the one that began it stands first */
        if (kept && link_of(call, recnos.items[i], thread, &links[count])) count++;
    }
    if (count) qsort(links, count, sizeof *links, link_compare);
    for (size_t i = 0; i < count && !err; i++) err = link_rows(call, links[i].recno, found);
    return err;
}
