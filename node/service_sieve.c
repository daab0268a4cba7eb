/* Which records a question is about: kind, origin, facility, list, time, state, and what was known at a date.
 *
 * Knows no scoring. Contract: docs/control.md `query` and `records`.
 */
#include "node/service_internal.h"

void tg_sieve_release(struct tg_sieve *sieve)
{
    tg_recnos_release(&sieve->facility);
    tg_recnos_release(&sieve->list);
}

bool tg_sieve_given(const struct tg_sieve *sieve)
{
    return sieve->has_kinds || sieve->has_origin || sieve->has_facility || sieve->has_list ||
           sieve->from_ms != INT64_MIN || sieve->until_ms != INT64_MAX;
}

tg_err tg_kind_read(const struct tg_control_field *field, enum tg_kind *ret_kind, struct tg_errmsg *em)
{
    if (tg_kind_from_name(field->data, ret_kind)) return TG_OK;
    const char *names[TG_LIST_ITEMS_MAX];
    size_t count = tg_kinds_count < TG_LIST_ITEMS_MAX ? tg_kinds_count : TG_LIST_ITEMS_MAX;
    for (size_t i = 0; i < count; i++) names[i] = tg_kind_name(tg_kinds[i]);
    const char *given = (const char *)field->data.data, *nearest = tg_text_nearest(given, names, count);
    return tg_fail(em, TG_EVALUE, "no kind '%.40s'%s%s%s", given, nearest ? "; did you mean '" : "",
                   nearest ? nearest : "", nearest ? "'?" : "");
}

static tg_err kinds_read(const struct tg_call *call, struct tg_sieve *sieve, struct tg_errmsg *em)
{
    const struct tg_control_field *field = NULL;
    while ((field = tg_control_each(call->msg, "kind", field))) {
        enum tg_kind kind;
        tg_err err = tg_kind_read(field, &kind, em);
        if (err) return err;
        sieve->kinds[(uint8_t)kind] = true;
        sieve->has_kinds = true;
    }
    return TG_OK;
}

static tg_err origin_read(const struct tg_call *call, struct tg_sieve *sieve, struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, "origin", "");
    sieve->has_origin = text[0] != 0;
    return text[0] ? tg_origin_read(call->node, text, &sieve->origin, em) : TG_OK;
}

static tg_err facility_read(const struct tg_call *call, struct tg_sieve *sieve, struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, "facility", "");
    if (!text[0]) return TG_OK;
    TG_AUTO(tg_buf) struct tg_buf folded = {0};
    tg_err err = tg_indexer_fold(tg_view_str(text), &folded);
    sieve->has_facility = true;
    return err ? err
               : tg_recnos_token(call->node, TG_TOKEN_FACILITY, tg_buf_view(&folded), &sieve->facility, em);
}

static tg_err list_read(const struct tg_call *call, struct tg_sieve *sieve, struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, "list", "");
    if (!text[0]) return TG_OK;
    sieve->has_list = true;
    return tg_recnos_token(call->node, TG_TOKEN_LIST, tg_view_str(text), &sieve->list, em);
}

static tg_err state_read(const struct tg_call *call, struct tg_sieve *sieve, struct tg_errmsg *em)
{
    const char *text = tg_control_text(call->msg, "state", "live");
    sieve->all_states = strcmp(text, "all") == 0 || tg_control_number(call->msg, "all", 0);
    if (!sieve->all_states && strcmp(text, "live") != 0)
        return tg_fail(em, TG_EVALUE, "state is 'live' or 'all', not '%.40s'", text);
    sieve->has_as_of = tg_control_has(call->msg, "as_of");
    sieve->as_of_ms = tg_control_number(call->msg, "as_of", 0);
    return TG_OK;
}

tg_err tg_sieve_init(const struct tg_call *call, struct tg_sieve *ret_sieve, struct tg_errmsg *em)
{
    struct tg_sieve sieve = {.from_ms = tg_control_number(call->msg, "from", INT64_MIN),
                             .until_ms = tg_control_number(call->msg, "to", INT64_MAX),
                             .now_ms = tg_service_now_ms(call->service)};
    tg_err err = kinds_read(call, &sieve, em);
    if (!err) err = origin_read(call, &sieve, em);
    if (!err) err = facility_read(call, &sieve, em);
    if (!err) err = list_read(call, &sieve, em);
    if (!err) err = state_read(call, &sieve, em);
    if (!err && sieve.from_ms > sieve.until_ms) err = tg_fail(em, TG_EVALUE, "'from' lies behind 'to'");
    if (err)
        tg_sieve_release(&sieve);
    else
        *ret_sieve = sieve;
    return err;
}

int64_t tg_rec_time_ms(const struct tg_index_rec *rec)
{
    return rec->time == TG_INDEX_NO_TIME ? 0 : rec->time;
}

static bool fits(struct tg_node *node, const struct tg_sieve *sieve, uint64_t recno,
                 const struct tg_index_rec *rec)
{
    if (sieve->has_kinds && !sieve->kinds[rec->kind]) return false;
    if (sieve->has_facility && !tg_recnos_contain(&sieve->facility, recno)) return false;
    if (sieve->has_list && !tg_recnos_contain(&sieve->list, recno)) return false;
    int64_t time = tg_rec_time_ms(rec);
    if (time < sieve->from_ms || time > sieve->until_ms) return false;
    const struct tg_held_log *log = sieve->has_origin ? tg_held_by_number(node, rec->log) : NULL;
    return !sieve->has_origin || (log && tg_hash_equal(&log->id.origin, &sieve->origin));
}

enum tg_sift tg_sieve_sift(struct tg_node *node, const struct tg_sieve *sieve, uint64_t recno,
                           struct tg_index_rec *ret_rec)
{
    struct tg_index_rec rec;
    if (tg_index_get(node->store, recno, &rec, NULL)) return TG_SIFT_OUT; /* removed */
    if (!fits(node, sieve, recno, &rec)) return TG_SIFT_OUT;
    *ret_rec = rec;
    if (sieve->all_states || sieve->has_as_of) return TG_SIFT_IN;
    bool expired = rec.expiry != TG_INDEX_NO_TIME && rec.expiry < sieve->now_ms;
    return expired || (rec.flags & TG_REC_SUPERSEDED) ? TG_SIFT_HIDDEN : TG_SIFT_IN;
}

/* ---- as of ---- */

static bool known_by(const struct tg_sieve *sieve, const struct tg_found *found)
{
    return (int64_t)found->manifest.created * 1000 <= sieve->as_of_ms;
}

static bool replaced_by(struct tg_node *node, const struct tg_sieve *sieve, uint64_t recno,
                        const struct tg_hash *id)
{
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    if (tg_lookup_open(node, recno, &arena, &found, NULL) || !found.record) return false;
    const struct tg_hash *supersedes = found.record->head->supersedes;
    return supersedes && tg_hash_equal(supersedes, id) && known_by(sieve, &found);
}

tg_err tg_sieve_known(struct tg_node *node, const struct tg_sieve *sieve, const struct tg_found *found,
                      bool *ret_known)
{
    bool expired = found->rec.expiry != TG_INDEX_NO_TIME && found->rec.expiry < sieve->as_of_ms;
    bool known = known_by(sieve, found) && !expired;
    TG_AUTO(tg_recnos) struct tg_recnos pointing = {0};
    tg_err err = TG_OK;
    if (known && (found->rec.flags & TG_REC_SUPERSEDED))
        err = tg_recnos_token(node, TG_TOKEN_REF, TG_VIEW_ARRAY(found->record->id.bytes), &pointing, NULL);
    for (size_t i = 0; i < pointing.count && known; i++)
        known = !replaced_by(node, sieve, pointing.items[i], &found->record->id);
    if (!err) *ret_known = known;
    return err;
}
