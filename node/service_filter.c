/* Which records a question is about: kind, origin, facility, list, time, state, and what was known at a date.
 *
 * Knows no scoring. Contract: docs/control.md `query` and `records`.
 */
#include "node/service_internal.h"

void tg_filter_release(struct tg_filter *filter)
{
    tg_recnos_release(&filter->facility);
    tg_recnos_release(&filter->list);
}

bool tg_filter_given(const struct tg_filter *filter)
{
    return filter->has_kinds || filter->has_origin || filter->has_facility || filter->has_list ||
           filter->from_ms != INT64_MIN || filter->until_ms != INT64_MAX;
}

static tg_err kinds_read(const struct tg_call *call, struct tg_filter *filter, struct tg_errmsg *em)
{
    const struct tg_control_field *field = NULL;
    while ((field = tg_control_each(call->msg, "kind", field))) {
        enum tg_kind kind;
        if (!tg_kind_from_name(field->data, &kind)) {
            const char *names[TG_LIST_ITEMS_MAX];
            size_t count = tg_kinds_count < TG_LIST_ITEMS_MAX ? tg_kinds_count : TG_LIST_ITEMS_MAX;
            for (size_t i = 0; i < count; i++) names[i] = tg_kind_name(tg_kinds[i]);
            const char *given = (const char *)field->data.data,
                       *nearest = tg_text_nearest(given, names, count);
            return tg_fail(em, TG_EVALUE, "no kind '%.40s'%s%s%s", given, nearest ? "; did you mean '" : "",
                           nearest ? nearest : "", nearest ? "'?" : "");
        }
        filter->kinds[(uint8_t)kind] = true;
        filter->has_kinds = true;
    }
    return TG_OK;
}

/* A country, or a node id in full. */
static tg_err origin_read(const struct tg_call *call, struct tg_filter *filter, struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, "origin", "");
    struct tg_node_id id;
    if (!text[0]) return TG_OK;
    filter->has_origin = true;
    if (!tg_node_id_parse(tg_view_str(text), &id)) {
        memcpy(filter->origin.bytes, id.bytes, sizeof id.bytes);
        return TG_OK;
    }
    tg_err err = tg_trust_origin_of_country(call->node, tg_view_str(text), &filter->origin);
    if (err) return tg_fail(em, err, "no origin '%.60s' is known here; 'tamga peer list' shows them", text);
    return TG_OK;
}

static tg_err facility_read(const struct tg_call *call, struct tg_filter *filter, struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, "facility", "");
    if (!text[0]) return TG_OK;
    TG_AUTO(tg_buf) struct tg_buf folded = {0};
    tg_err err = tg_indexer_fold(tg_view_str(text), &folded);
    filter->has_facility = true;
    return err ? err
               : tg_recnos_token(call->node, TG_TOKEN_FACILITY, tg_buf_view(&folded), &filter->facility, em);
}

static tg_err list_read(const struct tg_call *call, struct tg_filter *filter, struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, "list", "");
    if (!text[0]) return TG_OK;
    filter->has_list = true;
    return tg_recnos_token(call->node, TG_TOKEN_LIST, tg_view_str(text), &filter->list, em);
}

static tg_err state_read(const struct tg_call *call, struct tg_filter *filter, struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, "state", "live");
    filter->all_states = strcmp(text, "all") == 0;
    if (!filter->all_states && strcmp(text, "live") != 0)
        return tg_fail(em, TG_EVALUE, "state is 'live' or 'all', not '%.40s'", text);
    filter->has_as_of = tg_control_has(call->msg, "as_of");
    filter->as_of_ms = tg_control_number(call->msg, "as_of", 0);
    return TG_OK;
}

tg_err tg_filter_init(const struct tg_call *call, struct tg_filter *ret_filter, struct tg_errmsg *em)
{
    struct tg_filter filter = {.from_ms = tg_control_number(call->msg, "from", INT64_MIN),
                               .until_ms = tg_control_number(call->msg, "to", INT64_MAX),
                               .now_ms = tg_service_now_ms(call->service)};
    tg_err err = kinds_read(call, &filter, em);
    if (!err) err = origin_read(call, &filter, em);
    if (!err) err = facility_read(call, &filter, em);
    if (!err) err = list_read(call, &filter, em);
    if (!err) err = state_read(call, &filter, em);
    if (!err && filter.from_ms > filter.until_ms) err = tg_fail(em, TG_EVALUE, "'from' lies behind 'to'");
    if (err)
        tg_filter_release(&filter);
    else
        *ret_filter = filter;
    return err;
}

int64_t tg_rec_time_ms(const struct tg_index_rec *rec)
{
    return rec->time == TG_INDEX_NO_TIME ? 0 : rec->time;
}

static bool fits(struct tg_node *node, const struct tg_filter *filter, uint64_t recno,
                 const struct tg_index_rec *rec)
{
    if (filter->has_kinds && !filter->kinds[rec->kind]) return false;
    if (filter->has_facility && !tg_recnos_contain(&filter->facility, recno)) return false;
    if (filter->has_list && !tg_recnos_contain(&filter->list, recno)) return false;
    int64_t time = tg_rec_time_ms(rec);
    if (time < filter->from_ms || time > filter->until_ms) return false;
    const struct tg_held_log *log = filter->has_origin ? tg_held_by_number(node, rec->log) : NULL;
    return !filter->has_origin || (log && tg_hash_equal(&log->id.origin, &filter->origin));
}

enum tg_sift tg_filter_sift(struct tg_node *node, const struct tg_filter *filter, uint64_t recno,
                            struct tg_index_rec *ret_rec)
{
    struct tg_index_rec rec;
    if (tg_index_get(node->store, recno, &rec, NULL)) return TG_SIFT_OUT; /* removed */
    if (!fits(node, filter, recno, &rec)) return TG_SIFT_OUT;
    *ret_rec = rec;
    if (filter->all_states || filter->has_as_of) return TG_SIFT_IN;
    bool expired = rec.expiry != TG_INDEX_NO_TIME && rec.expiry < filter->now_ms;
    return expired || (rec.flags & TG_REC_SUPERSEDED) ? TG_SIFT_HIDDEN : TG_SIFT_IN;
}

/* ---- as of ---- */

static bool known_by(const struct tg_filter *filter, const struct tg_found *found)
{
    return (int64_t)found->manifest.created * 1000 <= filter->as_of_ms;
}

static bool replaced_by(struct tg_node *node, const struct tg_filter *filter, uint64_t recno,
                        const struct tg_hash *id)
{
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    if (tg_lookup_open(node, recno, &arena, &found, NULL) || !found.record) return false;
    const struct tg_hash *supersedes = found.record->head->supersedes;
    return supersedes && tg_hash_equal(supersedes, id) && known_by(filter, &found);
}

tg_err tg_filter_known(struct tg_node *node, const struct tg_filter *filter, const struct tg_found *found,
                       bool *ret_known)
{
    bool expired = found->rec.expiry != TG_INDEX_NO_TIME && found->rec.expiry < filter->as_of_ms;
    bool known = known_by(filter, found) && !expired;
    TG_AUTO(tg_recnos) struct tg_recnos pointing = {0};
    tg_err err = TG_OK;
    if (known && (found->rec.flags & TG_REC_SUPERSEDED))
        err = tg_recnos_token(node, TG_TOKEN_REF, TG_VIEW_ARRAY(found->record->id.bytes), &pointing, NULL);
    for (size_t i = 0; i < pointing.count && known; i++)
        known = !replaced_by(node, filter, pointing.items[i], &found->record->id);
    if (!err) *ret_known = known;
    return err;
}
