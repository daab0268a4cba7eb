/* Clusters: laws against a slow and simple way to find them, and the stories behind the rules. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base_chance.h"
#include "match/cluster.h"

#define MEMBERS 14
#define LINKS 40

static struct tg_cluster_link same(uint32_t a, uint32_t b, uint16_t strength, uint32_t source)
{
    return (struct tg_cluster_link){.a = a, .b = b, .strength = strength, .source = source};
}

static struct tg_cluster_link apart(uint32_t a, uint32_t b)
{
    return (struct tg_cluster_link){.a = a, .b = b, .apart = true};
}

static void solve(size_t count, struct tg_cluster_link *links, size_t links_count, uint32_t *first)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_CLUSTER_BUDGET_BYTES);
    cr_assert_eq(tg_cluster_solve(count, links, links_count, &arena, first), TG_OK);
}

/* ---- the slow way: a matrix of strengths, the strongest pair searched again and again, components by colouring ---- */

struct slow {
    size_t count;
    unsigned strength[MEMBERS][MEMBERS];
    bool apart[MEMBERS][MEMBERS];
    unsigned colour[MEMBERS];
    bool bridge[MEMBERS][MEMBERS];
};

static unsigned strongest_of(const struct tg_cluster_link *links, size_t count, uint32_t a, uint32_t b)
{
    unsigned sum = 0;
    for (uint32_t source = 0; source < 4; source++) {
        unsigned best = 0;
        for (size_t i = 0; i < count; i++) {
            bool pair = (links[i].a == a && links[i].b == b) || (links[i].a == b && links[i].b == a);
            if (pair && !links[i].apart && links[i].source == source && links[i].strength > best)
                best = links[i].strength;
        }
        sum += best;
    }
    return sum;
}

static bool allowed(const struct slow *slow, unsigned x, unsigned y)
{
    for (size_t i = 0; i < slow->count; i++)
        for (size_t k = 0; k < slow->count; k++)
            if (slow->apart[i][k] && slow->colour[i] == x && slow->colour[k] == y) return false;
    return true;
}

static size_t reach(const struct slow *slow, size_t from, size_t not_a, size_t not_b, bool *met)
{
    size_t count = 1;
    met[from] = true;
    for (size_t i = 0; i < slow->count; i++) {
        bool left_out = (from == not_a && i == not_b) || (from == not_b && i == not_a);
        if (met[i] || left_out || !slow->strength[from][i] || slow->colour[i] != slow->colour[from]) continue;
        count += reach(slow, i, not_a, not_b, met);
    }
    return count;
}

static void slow_solve(struct slow *slow, const struct tg_cluster_link *links, size_t links_count)
{
    bool tried[MEMBERS][MEMBERS] = {{false}};
    for (uint32_t i = 0; i < slow->count; i++) {
        slow->colour[i] = i;
        for (uint32_t k = 0; k < slow->count; k++)
            slow->strength[i][k] = strongest_of(links, links_count, i, k);
    }
    for (size_t i = 0; i < links_count; i++)
        if (links[i].apart) slow->apart[links[i].a][links[i].b] = slow->apart[links[i].b][links[i].a] = true;
    for (;;) {
        size_t a = 0, b = 0;
        unsigned best = 0;
        for (size_t i = 0; i < slow->count; i++)
            for (size_t k = i + 1; k < slow->count; k++)
                if (!tried[i][k] && slow->strength[i][k] > best) best = slow->strength[a = i][b = k];
        if (!best) break;
        tried[a][b] = true;
        unsigned x = slow->colour[a], y = slow->colour[b];
        if (x == y || !allowed(slow, x, y)) continue;
        for (size_t i = 0; i < slow->count; i++)
            if (slow->colour[i] == x || slow->colour[i] == y) slow->colour[i] = x < y ? x : y;
    }
    for (size_t i = 0; i < slow->count; i++) {
        for (size_t k = 0; k < slow->count; k++) {
            bool whole[MEMBERS] = {false}, half[MEMBERS] = {false};
            if (!slow->strength[i][k] || slow->colour[i] != slow->colour[k]) continue;
            size_t all = reach(slow, i, MEMBERS, MEMBERS, whole), here = reach(slow, i, i, k, half);
            slow->bridge[i][k] =
                !half[k] && here > 1 && all - here > 1 && slow->strength[i][k] < TG_CLUSTER_FIRM;
        }
    }
}

/* ---- laws ---- */

static size_t any_links(struct chance *chance, size_t count, struct tg_cluster_link *links)
{
    size_t links_count = chance_below(chance, LINKS + 1);
    for (size_t i = 0; i < links_count; i++) {
        uint32_t a = (uint32_t)chance_below(chance, count), b = (uint32_t)chance_below(chance, count - 1);
        if (b >= a) b++;
        links[i] = same(a, b, (uint16_t)(1 + chance_below(chance, 3)), (uint32_t)chance_below(chance, 4));
        if (chance_below(chance, 5) == 0) links[i] = apart(a, b);
    }
    return links_count;
}

static void shuffle(struct chance *chance, struct tg_cluster_link *links, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = chance_below(chance, i);
        struct tg_cluster_link kept = links[i - 1];
        links[i - 1] = links[k];
        links[k] = kept;
        uint32_t a = links[i - 1].a; /* a word about two has no direction */
        if (chance_below(chance, 2)) links[i - 1].a = links[i - 1].b, links[i - 1].b = a;
    }
}

Test(match_cluster, is_what_the_slow_way_finds_in_whatever_order_the_words_came)
{
    struct chance chance = {.state = 11};
    size_t bridges = 0, held_back = 0;
    for (int round = 0; round < 4000; round++) {
        struct tg_cluster_link links[LINKS];
        struct slow slow = {.count = 2 + chance_below(&chance, MEMBERS - 1)};
        size_t count = any_links(&chance, slow.count, links);
        slow_solve(&slow, links, count);
        for (int order = 0; order < 3; order++) {
            uint32_t first[MEMBERS];
            shuffle(&chance, links, count);
            solve(slow.count, links, count, first);
            for (size_t i = 0; i < slow.count; i++)
                cr_assert_eq(first[i], slow.colour[i], "round %d, member %zu", round, i);
            for (size_t i = 0; i < count; i++) {
                bool bridge = !links[i].apart && slow.bridge[links[i].a][links[i].b];
                cr_assert_eq(links[i].bridge, bridge, "round %d: %u-%u", round, links[i].a, links[i].b);
                bridges += links[i].bridge;
                held_back += !links[i].holds;
            }
        }
    }
    cr_expect(bridges > 100 && held_back > 100, "%zu bridges, %zu held back: nothing was tried", bridges,
              held_back);
}

/* Control: without the check, whoever is said to be another stands in the cluster all the same. */
Test(match_cluster, control_apart_no_cluster_holds_two_that_are_said_to_differ)
{
    struct chance chance = {.state = 5};
    for (int round = 0; round < 2000; round++) {
        struct tg_cluster_link links[LINKS];
        uint32_t first[MEMBERS];
        size_t count = any_links(&chance, MEMBERS, links);
        solve(MEMBERS, links, count, first);
        for (size_t i = 0; i < count; i++)
            if (links[i].apart) cr_assert_neq(first[links[i].a], first[links[i].b], "round %d", round);
    }
}

Test(match_cluster, falls_apart_when_a_word_is_taken_back)
{
    struct tg_cluster_link links[] = {same(0, 1, 3, 0), same(1, 2, 3, 0)};
    uint32_t first[3];
    solve(3, links, 2, first);
    cr_expect_eq(first[2], 0);
    solve(3, links, 1, first);
    cr_expect_eq(first[1], 0);
    cr_expect_eq(first[2], 2);
}

Test(match_cluster, one_weak_word_between_two_halves_is_a_bridge_and_a_second_source_mends_it)
{
    struct tg_cluster_link links[] = {same(0, 1, 3, 0), same(2, 3, 3, 0), same(1, 2, 2, 0), same(1, 2, 2, 0)};
    uint32_t first[4];
    solve(4, links, 3, first);
    cr_expect(links[2].bridge && !links[0].bridge && !links[1].bridge);
    solve(4, links, 4, first);
    cr_expect(links[2].bridge, "said twice by one source");
    links[3].source = 1;
    solve(4, links, 4, first);
    cr_expect(!links[2].bridge, "said by two sources");
    links[3] = same(0, 3, 1, 0);
    solve(4, links, 4, first);
    cr_expect(!links[2].bridge && !links[3].bridge, "two ways around");
}

Test(match_cluster, a_pendant_is_no_bridge)
{
    struct tg_cluster_link links[] = {same(0, 1, 3, 0), same(1, 2, 3, 0), same(2, 3, 1, 0)};
    uint32_t first[4];
    solve(4, links, 3, first);
    cr_expect(!links[2].bridge);
}

Test(match_cluster, refuses_what_is_too_large_and_links_of_nobody)
{
    static uint32_t first[TG_CLUSTER_MEMBERS_MAX + 1];
    static struct tg_cluster_link links[TG_CLUSTER_LINKS_MAX + 1];
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 4 * TG_CLUSTER_BUDGET_BYTES);
    for (uint32_t i = 0; i <= TG_CLUSTER_LINKS_MAX; i++)
        links[i] = same(i % TG_CLUSTER_MEMBERS_MAX, (i + 1 + i / 256) % TG_CLUSTER_MEMBERS_MAX, 1, i);
    cr_expect_eq(tg_cluster_solve(TG_CLUSTER_MEMBERS_MAX, links, TG_CLUSTER_LINKS_MAX, &arena, first), TG_OK);
    cr_expect_leq(arena.taken_bytes, TG_CLUSTER_BUDGET_BYTES);
    cr_expect_eq(tg_cluster_solve(TG_CLUSTER_MEMBERS_MAX + 1, links, 0, &arena, first), TG_ELIMIT);
    cr_expect_eq(tg_cluster_solve(TG_CLUSTER_MEMBERS_MAX, links, TG_CLUSTER_LINKS_MAX + 1, &arena, first),
                 TG_ELIMIT);
    cr_expect_eq(tg_cluster_solve(3, links + 3, 1, &arena, first), TG_EVALUE, "a member that is none");
    struct tg_cluster_link itself = same(1, 1, 1, 0);
    cr_expect_eq(tg_cluster_solve(3, &itself, 1, &arena, first), TG_EVALUE);
    cr_expect_eq(tg_cluster_solve(0, NULL, 0, &arena, first), TG_OK);
}
