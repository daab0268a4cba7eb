/* Clusters under constraints: pairs joined strongest first, never across a word that two differ; weak bridges found.
 *
 * Method: docs/formats-match.md "Clusters". Bridges: [Tarjan 1974], without recursion.
 */
#include "match/cluster.h"

#include <stdlib.h>
#include <string.h>

/* Two members, a < b, and all that joins them. */
struct pair {
    uint32_t a, b;
    uint32_t strength;
    bool bridge;
};

struct solving {
    struct tg_arena *arena;
    size_t count;
    struct pair *pairs;
    size_t pairs_count;
    const struct tg_cluster_link **apart;
    size_t apart_count;
    uint32_t *first;
};

static uint32_t low(const struct tg_cluster_link *link)
{
    return link->a < link->b ? link->a : link->b;
}

static uint32_t high(const struct tg_cluster_link *link)
{
    return link->a < link->b ? link->b : link->a;
}

static int number_compare(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

/* By pair, then by source, of one source the strongest first. */
static int link_compare(const void *x, const void *y)
{
    const struct tg_cluster_link *a = *(const struct tg_cluster_link *const *)x;
    const struct tg_cluster_link *b = *(const struct tg_cluster_link *const *)y;
    int order = number_compare(low(a), low(b));
    if (!order) order = number_compare(high(a), high(b));
    if (!order) order = number_compare(a->source, b->source);
    return order ? order : number_compare(b->strength, a->strength);
}

static int pair_compare(const void *x, const void *y)
{
    const struct pair *a = x, *b = y;
    int order = number_compare(b->strength, a->strength);
    if (!order) order = number_compare(a->a, b->a);
    return order ? order : number_compare(a->b, b->b);
}

/* ---- pairs ---- */

static tg_err pairs_make(struct solving *solving, const struct tg_cluster_link *links, size_t count)
{
    const struct tg_cluster_link **joins = tg_arena_take_array(solving->arena, count, sizeof *joins);
    solving->apart = tg_arena_take_array(solving->arena, count, sizeof *solving->apart);
    solving->pairs = tg_arena_take_array(solving->arena, count, sizeof *solving->pairs);
    if (!joins || !solving->apart || !solving->pairs) return TG_ENOMEM;
    size_t joins_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (links[i].a >= solving->count || links[i].b >= solving->count || links[i].a == links[i].b)
            return TG_EVALUE;
        if (links[i].apart)
            solving->apart[solving->apart_count++] = &links[i];
        else
            joins[joins_count++] = &links[i];
    }
    if (joins_count > 1) qsort(joins, joins_count, sizeof *joins, link_compare);
    for (size_t i = 0; i < joins_count; i++) {
        const struct tg_cluster_link *link = joins[i], *before = i ? joins[i - 1] : NULL;
        bool same = before && low(before) == low(link) && high(before) == high(link);
        if (!same) solving->pairs[solving->pairs_count++] = (struct pair){.a = low(link), .b = high(link)};
        if (!same || before->source != link->source)
            solving->pairs[solving->pairs_count - 1].strength += link->strength;
    }
    if (solving->pairs_count > 1)
        qsort(solving->pairs, solving->pairs_count, sizeof *solving->pairs, pair_compare);
    return TG_OK;
}

/* ---- joining ---- */

/* Would a word that two differ stand within what the two become? */
static bool kept_apart(const struct solving *solving, uint32_t a, uint32_t b)
{
#ifdef TG_CONTROL_NO_APART
    return false;
#endif
    for (size_t i = 0; i < solving->apart_count; i++) {
        uint32_t x = solving->first[solving->apart[i]->a], y = solving->first[solving->apart[i]->b];
        if ((x == a && y == b) || (x == b && y == a)) return true;
    }
    return false;
}

static void join(struct solving *solving)
{
    uint32_t *first = solving->first;
    for (size_t i = 0; i < solving->pairs_count; i++) {
        uint32_t a = first[solving->pairs[i].a], b = first[solving->pairs[i].b];
        if (a == b || kept_apart(solving, a, b)) continue;
        uint32_t from = a > b ? a : b, to = a > b ? b : a;
        for (size_t k = 0; k < solving->count; k++)
            if (first[k] == from) first[k] = to;
    }
}

/* ---- bridges ---- */

struct step {
    uint32_t member, by; /* by: the pair that led here; NO_PAIR at the start */
    size_t next;         /* of its edges */
};
#define NO_PAIR UINT32_MAX

struct walk {
    struct solving *solving;
    uint32_t *edges;      /* pairs of each member, one after the other */
    size_t *edges_at;     /* where those of a member begin; count + 1 of them */
    uint32_t *order, *up; /* when a member was met, from 1; the earliest that it leads back to */
    uint32_t *below;      /* members that were reached through it, itself among them */
    struct step *steps;
    uint32_t met;
};

static bool inside(const struct solving *solving, const struct pair *pair)
{
    return solving->first[pair->a] == solving->first[pair->b];
}

static tg_err walk_init(struct solving *solving, struct walk *walk)
{
    size_t count = solving->count;
    *walk = (struct walk){.solving = solving};
    walk->edges = tg_arena_take_array(solving->arena, 2 * solving->pairs_count, sizeof *walk->edges);
    walk->edges_at = tg_arena_take_array(solving->arena, count + 2, sizeof *walk->edges_at);
    walk->order = tg_arena_take_array(solving->arena, count, sizeof *walk->order);
    walk->up = tg_arena_take_array(solving->arena, count, sizeof *walk->up);
    walk->below = tg_arena_take_array(solving->arena, count, sizeof *walk->below);
    walk->steps = tg_arena_take_array(solving->arena, count, sizeof *walk->steps);
    if (!walk->edges || !walk->edges_at || !walk->order || !walk->up || !walk->below || !walk->steps)
        return TG_ENOMEM;
    for (size_t i = 0; i < solving->pairs_count; i++) {
        if (!inside(solving, &solving->pairs[i])) continue;
        walk->edges_at[solving->pairs[i].a + 2]++;
        walk->edges_at[solving->pairs[i].b + 2]++;
    }
    for (size_t i = 2; i < count + 2; i++) walk->edges_at[i] += walk->edges_at[i - 1];
    for (uint32_t i = 0; i < solving->pairs_count; i++) {
        if (!inside(solving, &solving->pairs[i])) continue;
        walk->edges[walk->edges_at[solving->pairs[i].a + 1]++] = i;
        walk->edges[walk->edges_at[solving->pairs[i].b + 1]++] = i;
    }
    return TG_OK;
}

static void meet(struct walk *walk, size_t depth, uint32_t member, uint32_t by)
{
    walk->steps[depth] = (struct step){.member = member, .by = by, .next = walk->edges_at[member]};
    walk->order[member] = walk->up[member] = ++walk->met;
    walk->below[member] = 1;
}

/* Back from a member to the one that led to it. whole: members of the cluster. */
static void back(struct walk *walk, const struct step *from, uint32_t to, uint32_t whole)
{
    struct pair *pair = &walk->solving->pairs[from->by];
    uint32_t size = walk->below[from->member];
    if (walk->up[from->member] < walk->up[to]) walk->up[to] = walk->up[from->member];
    walk->below[to] += size;
    pair->bridge = walk->up[from->member] > walk->order[to] && pair->strength < TG_CLUSTER_FIRM && size > 1 &&
                   whole - size > 1;
}

/* Depth first through the cluster of that member. */
static void walk_from(struct walk *walk, uint32_t start, uint32_t whole)
{
    size_t depth = 0;
    meet(walk, 0, start, NO_PAIR);
    for (;;) {
        struct step *step = &walk->steps[depth];
        if (step->next == walk->edges_at[step->member + 1]) {
            if (!depth) return;
            back(walk, step, walk->steps[depth - 1].member, whole);
            depth--;
            continue;
        }
        uint32_t by = walk->edges[step->next++];
        const struct pair *pair = &walk->solving->pairs[by];
        uint32_t other = pair->a == step->member ? pair->b : pair->a;
        if (by == step->by) continue;
        if (!walk->order[other])
            meet(walk, ++depth, other, by);
        else if (walk->order[other] < walk->up[step->member])
            walk->up[step->member] = walk->order[other];
    }
}

static tg_err bridges_find(struct solving *solving)
{
    struct walk walk;
    uint32_t *sizes = tg_arena_take_array(solving->arena, solving->count, sizeof *sizes);
    tg_err err = sizes ? walk_init(solving, &walk) : TG_ENOMEM;
    if (err) return err;
    for (size_t i = 0; i < solving->count; i++) sizes[solving->first[i]]++;
    for (uint32_t i = 0; i < solving->count; i++)
        if (solving->first[i] == i && sizes[i] > 3) walk_from(&walk, i, sizes[i]);
    return TG_OK;
}

static void tell(const struct solving *solving, struct tg_cluster_link *links, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct tg_cluster_link *link = &links[i];
        link->holds = link->apart || solving->first[link->a] == solving->first[link->b];
        link->bridge = false;
        for (size_t k = 0; k < solving->pairs_count && !link->apart; k++) {
            const struct pair *pair = &solving->pairs[k];
            if (pair->bridge && pair->a == low(link) && pair->b == high(link)) link->bridge = true;
        }
    }
}

tg_err tg_cluster_solve(size_t count, struct tg_cluster_link *links, size_t links_count,
                        struct tg_arena *arena, uint32_t *ret_first)
{
    struct solving solving = {.arena = arena, .count = count};
    if (count > TG_CLUSTER_MEMBERS_MAX || links_count > TG_CLUSTER_LINKS_MAX) return TG_ELIMIT;
    solving.first = tg_arena_take_array(arena, count, sizeof *solving.first);
    if (!solving.first) return TG_ENOMEM;
    for (uint32_t i = 0; i < count; i++) solving.first[i] = i;
    tg_err err = pairs_make(&solving, links, links_count);
    if (err) return err;
    join(&solving);
    err = bridges_find(&solving);
    if (err) return err;
    tell(&solving, links, links_count);
    if (count) memcpy(ret_first, solving.first, count * sizeof *ret_first);
    return TG_OK;
}
