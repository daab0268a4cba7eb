/* Clusters: from one record to all that words and likeness tie to it, and then to what holds under those that differ.
 *
 * Every tie is seen from both of its ends, so it does not matter at which record one begins. Rules:
 * docs/formats-match.md "Clusters"; the solving itself is match/cluster.h's.
 */
#include "node/clusters.h"

#include <stdlib.h>

#include "match/cluster.h"
#include "node/clusters_ties.h"
#include "node/disputes.h"
#include "proto/likeness.h"

const char *tg_tie_basis_name(enum tg_tie_basis basis)
{
    static const char *const names[TG_TIE_BASES] = {"stated", "not_him", "listing", "paper", "name"};
    return (unsigned)basis < TG_TIE_BASES ? names[basis] : names[0];
}

/* ---- statements and versions ---- */

bool tg_clusters_counts(struct tg_node *node, const struct tg_found *found)
{
#ifndef TG_CONTROL_CLUSTER_FOREVER
    if (strcmp(found->state, "live") != 0 && strcmp(found->state, "early") != 0) return false;
#endif
#ifdef TG_CONTROL_CLUSTER_ANYONE
    return true;
#endif
    return found->log->own || tg_trust_find(node, &found->log->id.origin);
}

bool tg_clusters_contested(struct tg_node *node, const struct tg_found *found)
{
    struct tg_dispute_mark mark = {0};
    return tg_disputes_mark(node, &found->record->id, &found->log->id.origin, &mark, NULL) || mark.open;
}

static bool stands(struct tg_node *node, const struct tg_index_rec *rec)
{
    bool expired = rec->expiry != TG_INDEX_NO_TIME && rec->expiry < tg_clock_wall_ms(node->clock);
    return !expired && !(rec->flags & TG_REC_SUPERSEDED);
}

/* What that origin put in the place of the record of that id. */
static bool successor_of(struct tg_node *node, const struct tg_hash *origin, struct tg_hash *id)
{
    uint64_t recnos[TG_WITHDRAW_PLACES_MAX];
    size_t count = 0;
    if (tg_lookup_token(node, TG_TOKEN_CONTESTED, TG_VIEW_ARRAY(id->bytes), recnos, TG_WITHDRAW_PLACES_MAX,
                        &count, NULL))
        return false;
    for (size_t i = 0; i < count && i < TG_WITHDRAW_PLACES_MAX; i++) {
        struct tg_found found;
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
        if (tg_lookup_open(node, recnos[i], &arena, &found, NULL) || !found.record) continue;
        const struct tg_hash *older = found.record->head->supersedes;
        if (!older || !tg_hash_equal(older, id) || !tg_hash_equal(&found.log->id.origin, origin)) continue;
        *id = found.record->id;
        return true;
    }
    return false;
}

bool tg_clusters_now(struct tg_node *node, const struct tg_hash *id, uint64_t *ret_recno)
{
    struct tg_hash now = *id, origin = {0};
    for (size_t version = 0; version < TG_SHOW_VERSIONS_MAX; version++) {
        uint64_t recnos[TG_WITHDRAW_PLACES_MAX];
        size_t count = 0;
        if (tg_lookup_token(node, TG_TOKEN_ID, TG_VIEW_ARRAY(now.bytes), recnos, TG_WITHDRAW_PLACES_MAX,
                            &count, NULL))
            return false;
        for (size_t i = 0; i < count && i < TG_WITHDRAW_PLACES_MAX; i++) {
            struct tg_index_rec rec;
            if (tg_index_get(node->store, recnos[i], &rec, NULL)) continue;
            const struct tg_held_log *log = tg_held_by_number(node, rec.log);
            if (log) origin = log->id.origin;
            if (!stands(node, &rec)) continue;
            *ret_recno = recnos[i];
            return true;
        }
        if (!successor_of(node, &origin, &now)) return false;
    }
    return false;
}

size_t tg_clusters_versions(struct tg_node *node, const struct tg_found *found,
                            struct tg_hash ret_ids[static TG_SHOW_VERSIONS_MAX])
{
    size_t count = 0;
    ret_ids[count++] = found->record->id;
    const struct tg_hash *older = found->record->head->supersedes;
    while (older && count < TG_SHOW_VERSIONS_MAX) {
        uint64_t recno;
        size_t places = 0;
        struct tg_found before;
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, TG_RECORD_PARSE_BUDGET_BYTES);
        ret_ids[count++] = *older;
        struct tg_view id = TG_VIEW_ARRAY(ret_ids[count - 1].bytes);
        bool held = !tg_lookup_token(node, TG_TOKEN_ID, id, &recno, 1, &places, NULL) && places &&
                    !tg_lookup_open(node, recno, &arena, &before, NULL) && before.record;
        bool same_origin = held && tg_hash_equal(&before.log->id.origin, &found->log->id.origin);
        const struct tg_hash *next = same_origin ? before.record->head->supersedes : NULL;
        if (next && count < TG_SHOW_VERSIONS_MAX) ret_ids[count] = *next;
        older = next && count < TG_SHOW_VERSIONS_MAX ? &ret_ids[count] : NULL;
    }
    return count;
}

/* ---- members and ties ---- */

tg_err tg_exploring_member(struct tg_exploring *exploring, uint64_t recno, uint32_t *ret_at)
{
    for (uint32_t i = 0; i < exploring->count; i++) {
        if (exploring->members[i].recno != recno) continue;
        *ret_at = i;
        return TG_OK;
    }
    if (exploring->count == TG_CLUSTER_MEMBERS_MAX) return TG_ELIMIT;
    struct tg_found found;
    tg_err err = tg_lookup_open(exploring->node, recno, exploring->arena, &found, NULL);
    if (err) return err == TG_EWITHDRAWN ? TG_ENOENT : err;
    for (uint32_t i = 0; i < exploring->count; i++) { /* the same record in another envelope */
        if (!tg_hash_equal(&exploring->members[i].id, &found.record->id)) continue;
        *ret_at = i;
        return TG_OK;
    }
    *ret_at = (uint32_t)exploring->count;
    exploring->members[exploring->count++] = (struct tg_cluster_member){
        .recno = recno, .id = found.record->id, .origin = found.log->id.origin, .record = found.record};
    return TG_OK;
}

static bool same_tie(const struct tg_tie *x, const struct tg_tie *y)
{
    bool pair = (x->a == y->a && x->b == y->b) || (x->a == y->b && x->b == y->a);
    return pair && x->basis == y->basis && x->recno == y->recno;
}

tg_err tg_exploring_tie(struct tg_exploring *exploring, const struct tg_tie *tie)
{
    for (size_t i = 0; i < exploring->ties_count; i++)
        if (same_tie(&exploring->ties[i], tie)) return TG_OK;
    if (tie->a == tie->b) return TG_OK;
    if (exploring->ties_count == TG_CLUSTER_LINKS_MAX) return TG_ELIMIT;
    exploring->ties[exploring->ties_count++] = *tie;
    if (!tie->apart && !tie->contested) exploring->wanted[tie->b] = true;
    return TG_OK;
}

/* What is held apart, or tied by a contested word, is a member to be shown and leads no further. */
static tg_err explore(struct tg_exploring *exploring)
{
    bool explored[TG_CLUSTER_MEMBERS_MAX] = {false}, more = true;
    tg_err err = TG_OK;
    exploring->wanted[0] = true;
    while (more) {
        more = false;
        for (uint32_t at = 0; at < exploring->count && !err; at++) {
            if (!exploring->wanted[at] || explored[at]) continue;
            explored[at] = more = true;
            err = tg_ties_stated(exploring, at);
            if (!err) err = tg_ties_likeness(exploring, at);
        }
    }
    for (uint32_t at = 0; at < exploring->count && !err; at++) err = tg_ties_apart(exploring, at);
    return err;
}

/* ---- in order of ids ---- */

static int member_compare(const void *a, const void *b)
{
    const struct tg_cluster_member *x = *(const struct tg_cluster_member *const *)a;
    const struct tg_cluster_member *y = *(const struct tg_cluster_member *const *)b;
    return memcmp(x->id.bytes, y->id.bytes, TG_HASH_BYTES);
}

/* Members numbered by their ids, and ties with the new numbers: the same on every node. */
static tg_err order(struct tg_exploring *exploring, struct tg_cluster *cluster)
{
    size_t count = exploring->count;
    const struct tg_cluster_member **by_id = tg_arena_take_array(exploring->arena, count, sizeof *by_id);
    uint32_t *place_of = tg_arena_take_array(exploring->arena, count, sizeof *place_of);
    cluster->members = tg_arena_take_array(exploring->arena, count, sizeof *cluster->members);
    if (!by_id || !place_of || !cluster->members) return TG_ENOMEM;
    for (size_t i = 0; i < count; i++) by_id[i] = &exploring->members[i];
    qsort(by_id, count, sizeof *by_id, member_compare);
    for (uint32_t i = 0; i < count; i++) {
        cluster->members[i] = *by_id[i];
        cluster->members[i].first = i;
        place_of[by_id[i] - exploring->members] = i;
    }
    for (size_t i = 0; i < exploring->ties_count; i++) {
        struct tg_tie *tie = &exploring->ties[i];
        uint32_t a = place_of[tie->a], b = place_of[tie->b];
        tie->a = a < b ? a : b;
        tie->b = a < b ? b : a;
    }
    cluster->count = count;
    cluster->at = place_of[0];
    cluster->ties = exploring->ties;
    cluster->ties_count = exploring->ties_count;
    return TG_OK;
}

/* Who says so, as a number: the origins of statements, then each sort of likeness. */
static uint32_t source_of(const struct tg_exploring *exploring, const struct tg_tie *tie)
{
    struct tg_index_rec rec;
    if (tie->recno == TG_NO_RECNO) return UINT32_MAX - (uint32_t)tie->basis;
    if (tg_index_get(exploring->node->store, tie->recno, &rec, NULL)) return 0;
    const struct tg_held_log *log = tg_held_by_number(exploring->node, rec.log);
    for (size_t i = 0; log && i < exploring->node->log_count; i++)
        if (tg_hash_equal(&exploring->node->logs[i]->id.origin, &log->id.origin)) return (uint32_t)i;
    return 0;
}

static tg_err solve(struct tg_exploring *exploring, struct tg_cluster *cluster)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CLUSTER_BUDGET_BYTES);
    struct tg_cluster_link *links = tg_arena_take_array(exploring->arena, cluster->ties_count, sizeof *links);
    struct tg_tie **of = tg_arena_take_array(exploring->arena, cluster->ties_count, sizeof *of);
    uint32_t *first = tg_arena_take_array(exploring->arena, cluster->count, sizeof *first);
    if (!links || !of || !first) return TG_ENOMEM;
    size_t count = 0;
    for (size_t i = 0; i < cluster->ties_count; i++) {
        struct tg_tie *tie = &cluster->ties[i];
        if (tie->contested && !tie->apart) continue;
        of[count] = tie;
        links[count++] = (struct tg_cluster_link){.a = tie->a,
                                                  .b = tie->b,
                                                  .source = source_of(exploring, tie),
                                                  .strength = tie->strength,
                                                  .apart = tie->apart};
    }
    tg_err err = tg_cluster_solve(cluster->count, links, count, &arena, first);
    for (size_t i = 0; i < count && !err; i++) {
        of[i]->holds = links[i].holds;
        of[i]->bridge = links[i].bridge;
    }
    for (size_t i = 0; i < cluster->count && !err; i++) cluster->members[i].first = first[i];
    return err;
}

tg_err tg_clusters_of(struct tg_node *node, uint64_t recno, struct tg_arena *arena,
                      struct tg_cluster *ret_cluster, struct tg_errmsg *em)
{
    struct tg_exploring exploring = {.node = node, .arena = arena};
    struct tg_index_rec rec;
    uint32_t at;
    exploring.members = tg_arena_take_array(arena, TG_CLUSTER_MEMBERS_MAX, sizeof *exploring.members);
    exploring.ties = tg_arena_take_array(arena, TG_CLUSTER_LINKS_MAX, sizeof *exploring.ties);
    exploring.wanted = tg_arena_take_array(arena, TG_CLUSTER_MEMBERS_MAX, sizeof *exploring.wanted);
    exploring.recnos = tg_arena_take_array(arena, TG_CLUSTER_LOOKS_MAX, sizeof *exploring.recnos);
    exploring.compared = tg_arena_take_array(arena, TG_CLUSTER_MEMBERS_MAX, sizeof *exploring.compared);
    if (!exploring.members || !exploring.ties || !exploring.wanted || !exploring.recnos ||
        !exploring.compared)
        return TG_ENOMEM;
    tg_err err = tg_index_get(node->store, recno, &rec, em);
    if (!err) err = tg_exploring_member(&exploring, recno, &at);
    if (err) return err;
    struct tg_cluster cluster = {0};
    err = stands(node, &rec) ? explore(&exploring) : TG_OK;
    cluster.large = err == TG_ELIMIT || err == TG_ENOMEM;
    if (cluster.large) exploring.count = 1, exploring.ties_count = 0;
    if (!err || cluster.large) err = order(&exploring, &cluster);
    if (!err) err = solve(&exploring, &cluster);
    if (err) return tg_fail(em, err, "cannot work out what belongs together");
    for (size_t i = 0; i < cluster.count; i++) cluster.size += tg_cluster_inside(&cluster, i);
    *ret_cluster = cluster;
    return TG_OK;
}
