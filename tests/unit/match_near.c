/* Near-duplicate texts: the join against every pair compared by hand, its edges, and its bounds. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base_chance.h"
#include "match/near.h"

static const struct tg_token_key key = {.bytes = {1, 2, 3}};

static struct tg_near_text read_in(struct tg_arena *arena, uint64_t block, const char *text)
{
    struct tg_near_text near;
    cr_assert_eq(tg_near_read(&key, block, tg_view_str(text), arena, &near), TG_OK);
    return near;
}

static bool alike(const char *a, const char *b)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 1u << 20);
    struct tg_near_text x = read_in(&arena, 0, a), y = read_in(&arena, 0, b);
    return tg_near_alike(&x, &y);
}

Test(match_near, compares_words_without_case_signs_and_blanks)
{
    cr_expect(alike("Riot in the prison of Vahdat.", "riot  IN the\nprison - of VAHDAT"));
    cr_expect(alike("Бунт в тюрьме Вахдата", "БУНТ В ТЮРЬМЕ ВАХДАТА!"));
    cr_expect(alike("شورش در زندان وحدت", "شورش، در زندان؛ وحدت"));
    cr_expect(!alike("Riot in the prison of Vahdat", "Vahdat of prison the in riot"),
              "the order of words counts");
    cr_expect(!alike("", ""), "no words");
    cr_expect(!alike("...", "!!"), "no words");
    cr_expect(alike("riot", "Riot"));
    cr_expect(alike("riot now", "riot, now"));
    cr_expect(!alike("riot", "riot now"));
}

/* Seventeen shingles in two texts, seven of them common: 7/10. */
Test(match_near, is_alike_from_seven_tenths_on_and_not_below)
{
    cr_expect(alike("a b c d e f g h i x y z", "a b c d e f g h i"), "7 of 10");
    cr_expect(!alike("a b c d e f g h i x y z q", "a b c d e f g h i"), "7 of 11");
    cr_expect(!alike("a b c d e f g h i x y z", "a b c d e f g h"), "6 of 10");
}

/* ---- the join ---- */

#define TEXTS 300
struct found {
    bool pairs[TEXTS][TEXTS];
    size_t count, more;
};

static tg_err on_near(void *ctx, uint32_t earlier, uint32_t later)
{
    struct found *found = ctx;
    cr_assert_lt(earlier, later);
    if (later < TEXTS) {
        cr_assert(!found->pairs[earlier][later], "told twice");
        found->pairs[earlier][later] = true;
    }
    found->count++;
    return TG_OK;
}

/* A text of few words, or an earlier one with some changed. */
static void any_text(struct chance *chance, char texts[][400], size_t at)
{
    char words[40][8];
    size_t count = 1 + chance_below(chance, 30);
    if (at && chance_below(chance, 3)) {
        char copy[400];
        (void)snprintf(copy, sizeof copy, "%s", texts[chance_below(chance, at)]);
        count = 0;
        for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
            (void)snprintf(words[count++], sizeof *words, "%s", word);
        for (size_t i = chance_below(chance, 4); i > 0; i--)
            (void)snprintf(words[chance_below(chance, count)], sizeof *words, "w%zu",
                           chance_below(chance, 60));
        if (chance_below(chance, 3) == 0 && count > 3) count -= chance_below(chance, 3);
    } else {
        for (size_t i = 0; i < count; i++)
            (void)snprintf(words[i], sizeof *words, "w%zu", chance_below(chance, 60));
    }
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(texts[at] + used, 400 - used, "%s%s", i ? " " : "", words[i]);
}

static bool equal(const struct tg_near_text *a, const struct tg_near_text *b)
{
    return a->count == b->count && memcmp(a->shingles, b->shingles, a->count * sizeof *a->shingles) == 0;
}

Test(match_near, the_join_tells_what_every_pair_compared_tells)
{
    struct chance chance = {.state = 3};
    static char texts[TEXTS][400];
    static struct found found;
    size_t pairs = 0;
    for (int round = 0; round < 20; round++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        tg_arena_init(&arena, 1u << 24);
        struct tg_near_text near[TEXTS];
        bool copy[TEXTS] = {false};
        found = (struct found){0};
        for (size_t i = 0; i < TEXTS; i++) {
            any_text(&chance, texts, i);
            near[i] = read_in(&arena, i % 2, texts[i]);
        }
        struct tg_near_join_stats stats;
        cr_assert_eq(tg_near_join(near, TEXTS, on_near, &found, &stats), TG_OK);
        cr_assert_eq(stats.cut, 0);
        for (size_t i = 0; i < TEXTS; i++) {
            size_t first = i;
            for (size_t k = 0; k < i && first == i; k++)
                if (equal(&near[k], &near[i])) first = k;
            copy[i] = first < i;
            for (size_t k = 0; k < i; k++) {
                bool expected = copy[i] ? k == first : !copy[k] && tg_near_alike(&near[k], &near[i]);
                cr_assert_eq(found.pairs[k][i], expected, "round %d: '%s' and '%s'", round, texts[k],
                             texts[i]);
                pairs += expected;
            }
        }
    }
    cr_expect_gt(pairs, 500, "%zu pairs: nothing was tried", pairs);
}

Test(match_near, a_million_equal_texts_are_a_million_words_and_no_pairs)
{
    size_t count = 1000000;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 1u << 20);
    struct tg_near_text *near = malloc(count * sizeof *near);
    struct tg_near_text one =
        read_in(&arena, 0, "a riot of forty prisoners in the second block of the prison");
    for (size_t i = 0; i < count; i++) near[i] = one;
    static struct found found;
    struct tg_near_join_stats stats;
    cr_assert_eq(tg_near_join(near, count, on_near, &found, &stats), TG_OK);
    cr_expect_eq(found.count, count - 1);
    cr_expect_eq(stats.compared, 0);
    free(near);
}

/* Each text differs from every other by one word at its end: all share their rarest shingles but one. */
Test(match_near, near_collisions_by_the_thousand_cost_a_bounded_look_each)
{
    size_t count = 20000;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 1u << 26);
    struct tg_near_text *near = malloc(count * sizeof *near);
    for (size_t i = 0; i < count; i++) {
        char text[200];
        (void)snprintf(text, sizeof text,
                       "one two three four five six seven eight nine ten eleven twelve thirteen %zu", i);
        near[i] = read_in(&arena, 0, text);
    }
    static struct found found;
    struct tg_near_join_stats stats;
    cr_assert_eq(tg_near_join(near, count, on_near, &found, &stats), TG_OK);
    cr_expect_leq(stats.compared, count * (TG_NEAR_ALIKE_MAX + 1));
    cr_expect_geq(found.count, count - 1, "each has been told of one at least");
    cr_expect_gt(stats.cut, 0, "and it is said that more are alike");
    free(near);
}

Test(match_near, reads_anything)
{
    struct chance chance = {.state = 9};
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 1u << 22);
    static uint8_t noise[TG_TEXT_BYTES_MAX];
    for (int round = 0; round < 50; round++) {
        struct tg_near_text near;
        chance_fill(&chance, noise, sizeof noise);
        tg_arena_clear(&arena);
        cr_assert_eq(tg_near_read(&key, 0, TG_VIEW_ARRAY(noise), &arena, &near), TG_OK);
        for (uint32_t i = 1; i < near.count; i++) cr_assert_lt(near.shingles[i - 1], near.shingles[i]);
    }
    memset(noise, 'a', sizeof noise);
    struct tg_near_text near;
    cr_assert_eq(tg_near_read(&key, 0, TG_VIEW_ARRAY(noise), &arena, &near), TG_OK);
    cr_expect_eq(near.count, 1, "one word of 32,768 letters");
    for (size_t i = 1; i < sizeof noise; i += 2) noise[i] = ' ';
    cr_assert_eq(tg_near_read(&key, 0, TG_VIEW_ARRAY(noise), &arena, &near), TG_OK);
    cr_expect_eq(near.count, 1, "16,384 words, all shingles equal");
}
