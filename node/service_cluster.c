/* Rows of the cluster that a record stands in: who is in it, what ties them, what holds others apart; and verb `why`.
 *
 * Compares no fields: whoever shows the members does. Contract: docs/control.md `show`, `why`.
 */
#include "node/clusters.h"
#include "node/service_internal.h"

/* ---- rows ---- */

static tg_err cluster_row(struct tg_call *call, const struct tg_cluster *cluster)
{
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "cluster");
    tg_control_put_data(&row, "cluster", TG_VIEW_ARRAY(tg_cluster_id(cluster)->bytes));
    tg_control_put_number(&row, "size", (int64_t)cluster->size);
    tg_control_put_number(&row, "large", cluster->large);
    return tg_control_end(&row);
}

static tg_err member_row(struct tg_call *call, const struct tg_cluster *cluster, size_t member)
{
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    tg_err err = tg_lookup_open(call->node, cluster->members[member].recno, &arena, &found, NULL);
    if (err == TG_ENOENT || err == TG_EWITHDRAWN) return TG_OK;
    if (!err) err = tg_places_add_rec(&call->shown, &found.rec);
    if (err) return err;
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "member");
    tg_control_put_number(&row, "inside", tg_cluster_inside(cluster, member));
    tg_put_record(call->node, &row, &found, call->out->bytes < TG_SHOW_CONTENTS_BYTES_MAX);
    return tg_control_end(&row);
}

static void put_member(struct tg_call *call, struct tg_control_out *row, const char *name,
                       const struct tg_cluster_member *member)
{
    struct tg_found found;
    char ref[TG_REF_TEXT_BYTES] = "";
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    if (!tg_lookup_open(call->node, member->recno, &arena, &found, NULL))
        tg_lookup_ref_text(call->node, &found, ref);
    tg_control_put_text(row, name, ref);
}

/* With the statement that it rests on, as far as it is one. */
static tg_err tie_row(struct tg_call *call, const struct tg_cluster *cluster, const struct tg_tie *tie)
{
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    bool stated = tie->recno != UINT64_MAX;
    tg_err err = stated ? tg_lookup_open(call->node, tie->recno, &arena, &found, NULL) : TG_OK;
    if (err == TG_ENOENT || err == TG_EWITHDRAWN) return TG_OK;
    if (!err && stated) err = tg_places_add_rec(&call->shown, &found.rec);
    if (err) return err;
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "tie");
    put_member(call, &row, "first", &cluster->members[tie->a]);
    put_member(call, &row, "second", &cluster->members[tie->b]);
    tg_control_put_text(&row, "basis", tg_tie_basis_name(tie->basis));
    tg_control_put_number(&row, "apart", tie->apart);
    tg_control_put_number(&row, "contested", tie->contested);
    tg_control_put_number(&row, "holds", tie->holds);
    tg_control_put_number(&row, "bridge", tie->bridge);
    tg_control_put_number(&row, "score", tie->score);
    if (stated) tg_put_record(call->node, &row, &found, call->out->bytes < TG_SHOW_CONTENTS_BYTES_MAX);
    return tg_control_end(&row);
}

/* What touches the cluster: ties within it, those that would lead into it, those that hold apart from it. */
static bool touches(const struct tg_cluster *cluster, const struct tg_tie *tie)
{
    return tg_cluster_inside(cluster, tie->a) || tg_cluster_inside(cluster, tie->b);
}

static tg_err rows_of(struct tg_call *call, const struct tg_cluster *cluster)
{
    bool touched[TG_CLUSTER_MEMBERS_MAX] = {false};
    if (cluster->count == 1 && !cluster->large) return TG_OK;
    for (size_t i = 0; i < cluster->ties_count; i++) {
        const struct tg_tie *tie = &cluster->ties[i];
        if (touches(cluster, tie)) touched[tie->a] = touched[tie->b] = true;
    }
    tg_err err = cluster_row(call, cluster);
    for (size_t i = 0; i < cluster->count && !err; i++)
        if (touched[i] || tg_cluster_inside(cluster, i)) err = member_row(call, cluster, i);
    for (size_t i = 0; i < cluster->ties_count && !err; i++)
        if (touches(cluster, &cluster->ties[i])) err = tie_row(call, cluster, &cluster->ties[i]);
    return err;
}

tg_err tg_cluster_rows(struct tg_call *call, uint64_t recno, struct tg_errmsg *em)
{
    struct tg_cluster cluster;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CLUSTER_WORK_BYTES);
#ifndef TG_CONTROL_CLUSTER_READER
    if (!tg_call_may_read(call)) return TG_OK; /* whoever reads no contents learns of no neighbours */
#endif
    tg_err err = tg_clusters_of(call->node, recno, &arena, &cluster, em);
    return err ? err : rows_of(call, &cluster);
}

/* ---- why ---- */

/* One of the two, with its contents. */
static tg_err side_row(struct tg_call *call, const struct tg_found *found)
{
    struct tg_control_out row;
    tg_err err = tg_places_add_rec(&call->shown, &found->rec);
    if (err) return err;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "record");
    tg_put_record(call->node, &row, found, true);
    return tg_control_end(&row);
}

static bool speaks_of(const struct tg_hash *id, const struct tg_hash *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tg_hash_equal(id, &ids[i])) return true;
    return false;
}

struct word_about {
    struct tg_hash first[TG_SHOW_VERSIONS_MAX], second[TG_SHOW_VERSIONS_MAX];
    size_t first_count, second_count;
};

/* A statement about the two, whether it counts or not. */
static tg_err statement_row(struct tg_call *call, uint64_t recno, const struct word_about *about)
{
    struct tg_found found;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_SERVICE_ROW_BUDGET_BYTES);
    if (tg_lookup_open(call->node, recno, &arena, &found, NULL) || !found.record ||
        found.record->kind != TG_KIND_SAMENESS)
        return TG_OK;
    const struct tg_rec_sameness *said = found.record->sameness;
    bool forth = speaks_of(said->second, about->second, about->second_count);
    bool back = speaks_of(said->first, about->second, about->second_count);
    if (!forth && !back) return TG_OK;
    tg_err err = tg_places_add_rec(&call->shown, &found.rec);
    if (err) return err;
    struct tg_control_out row;
    tg_control_answer(&row, call->out, TG_CONTROL_ROW);
    tg_control_put_text(&row, "row", "statement");
    tg_control_put_number(&row, "counts", tg_clusters_counts(call->node, &found));
    tg_control_put_number(&row, "contested", tg_clusters_contested(call->node, &found));
    tg_put_record(call->node, &row, &found, true);
    return tg_control_end(&row);
}

static tg_err statement_rows(struct tg_call *call, const struct tg_found *first,
                             const struct tg_found *second, struct tg_errmsg *em)
{
    struct word_about about;
    about.first_count = tg_clusters_versions(call->node, first, about.first);
    about.second_count = tg_clusters_versions(call->node, second, about.second);
    tg_err err = TG_OK;
    for (size_t i = 0; i < about.first_count && !err; i++) {
        TG_AUTO(tg_recnos) struct tg_recnos recnos = {0};
        err =
            tg_recnos_token(call->node, TG_TOKEN_SAMENESS, TG_VIEW_ARRAY(about.first[i].bytes), &recnos, em);
        for (size_t k = 0; k < recnos.count && !err && k < TG_CLUSTER_LOOKS_MAX; k++)
            err = statement_row(call, recnos.items[k], &about);
    }
    return err;
}

static tg_err open_ref(struct tg_call *call, const char *field, struct tg_arena *arena,
                       struct tg_found *ret_found, struct tg_errmsg *em)
{
    uint64_t recno;
    tg_err err = tg_lookup_ref(call->node, tg_control_text(call->msg, field, ""), &recno, em);
    return err ? err : tg_lookup_open(call->node, recno, arena, ret_found, em);
}

/* Fields first and second; second may be missing: then the other is known to whoever asks alone. */
tg_err tg_verb_why(struct tg_call *call, struct tg_errmsg *em)
{
    struct tg_found first, second;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 2 * TG_SERVICE_ROW_BUDGET_BYTES);
    bool two = tg_control_has(call->msg, "second");
    tg_err err = open_ref(call, "first", &arena, &first, em);
    if (!err && two) err = open_ref(call, "second", &arena, &second, em);
    if (err == TG_EWITHDRAWN || err == TG_ENOENT) {
        tg_err logged = tg_call_access(call, 0, NULL, NULL);
        return logged ? logged : err;
    }
    if (!err && two && tg_hash_equal(&first.record->id, &second.record->id))
        return tg_fail(em, TG_EVALUE, "both are one record: name two");
    if (!err) err = side_row(call, &first);
    if (!err && two) err = side_row(call, &second);
    if (!err && two) err = statement_rows(call, &first, &second, em);
    if (!err && two) err = tg_cluster_rows(call, first.recno, em);
    if (!err) err = tg_call_access(call, two ? 2 : 1, &call->shown, em);
    if (err) return err;
    struct tg_control_out done;
    tg_control_answer(&done, call->out, TG_CONTROL_DONE);
    return tg_control_end(&done);
}
