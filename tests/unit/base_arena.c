/* Stories of the arena: never over its budget, aligned, zeroed, given back at once.
 *
 * Must not know who takes from it.
 */
#include <criterion/criterion.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "tests/unit/base_chance.h"

#define PIECE 16 /* what one byte takes: the alignment of any type */

Test(arena, gives_its_whole_budget_and_not_one_byte_more)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 10 * PIECE);
    for (int i = 0; i < 10; i++) cr_assert_not_null(tg_arena_take(&arena, 1), "piece %d", i);
    cr_assert_null(tg_arena_take(&arena, 1));
    cr_assert_null(tg_arena_take(&arena, 0), "an empty piece has an address, which also takes room");
    cr_assert_eq(arena.taken_bytes, arena.budget_bytes);
}

Test(arena, refuses_what_is_over_the_budget_and_goes_on_with_what_is_not)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 4096);
    cr_assert_null(tg_arena_take(&arena, 4097));
    cr_assert_null(tg_arena_take(&arena, SIZE_MAX));
    cr_assert_null(tg_arena_take(&arena, SIZE_MAX - PIECE + 1));
    cr_assert_eq(arena.taken_bytes, 0u, "a refusal takes nothing");
    cr_assert_not_null(tg_arena_take(&arena, 4096));
}

Test(arena, with_no_budget_gives_nothing)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 0);
    cr_assert_null(tg_arena_take(&arena, 1));
    tg_arena_init(&arena, PIECE - 1);
    cr_assert_null(tg_arena_take(&arena, 1));
}

Test(arena, notices_when_count_times_size_overflows)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 1 << 20);
    cr_assert_null(tg_arena_take_array(&arena, SIZE_MAX / 8 + 1, 8));
    cr_assert_null(tg_arena_take_array(&arena, (size_t)1 << 33, (size_t)1 << 33));
    cr_assert_not_null(tg_arena_take_array(&arena, 1 << 10, 8));
    cr_assert_not_null(tg_arena_take_array(&arena, SIZE_MAX, 0));
}

Test(arena, is_empty_and_whole_again_after_clear)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 2048);
    cr_assert_not_null(tg_arena_take(&arena, 2048));
    cr_assert_null(tg_arena_take(&arena, 1));
    tg_arena_clear(&arena);
    cr_assert_not_null(tg_arena_take(&arena, 2048));
    tg_arena_release(&arena);
    cr_assert_null(tg_arena_take(&arena, 1), "a released arena has no budget");
    tg_arena_release(&arena);
}

Test(arena, copies_text_with_its_end_and_formats)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, 4096);
    cr_assert_str_eq(tg_arena_text(&arena, tg_view_of("abcdef", 3)), "abc");
    cr_assert_str_eq(tg_arena_text(&arena, (struct tg_view){.data = NULL, .bytes = 0}), "");
    cr_assert_null(tg_arena_text(&arena, (struct tg_view){.data = NULL, .bytes = SIZE_MAX}));
    cr_assert_str_eq(tg_arena_textf(&arena, "%s-%d#%d", "TJ", 7, 2), "TJ-7#2");
    cr_assert_null(tg_arena_textf(&arena, "%5000d", 1), "formatted text counts too");
    uint8_t *copy = tg_arena_copy(&arena, "\1\2\3", 3);
    cr_assert_arr_eq(copy, "\1\2\3", 3);
    cr_assert_not_null(tg_arena_copy(&arena, NULL, 0));
}

/* Laws: pieces are aligned, zeroed, apart from each other, and their sum stays within the budget. */
Test(arena, keeps_pieces_apart)
{
    struct chance chance = {.state = 6};
    for (int round = 0; round < 100; round++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        size_t budget = 1 + chance_below(&chance, 200000), sum = 0, pieces = 0;
        tg_arena_init(&arena, budget);
        uint8_t *piece[400];
        size_t bytes[400];
        while (pieces < 400) {
            size_t want = chance_below(&chance, 4) ? chance_below(&chance, 200) : chance_below(&chance, 9000);
            uint8_t *at = tg_arena_take(&arena, want);
            if (!at) break;
            cr_assert_eq((uintptr_t)at % _Alignof(max_align_t), 0u);
            for (size_t i = 0; i < want; i++) cr_assert_eq(at[i], 0);
            memset(at, (int)(pieces % 255) + 1, want);
            piece[pieces] = at;
            bytes[pieces++] = want;
            sum += want;
        }
        cr_assert_leq(sum, budget);
        cr_assert_leq(arena.taken_bytes, budget);
        for (size_t i = 0; i < pieces; i++)
            for (size_t j = 0; j < bytes[i]; j++) cr_assert_eq(piece[i][j], (uint8_t)(i % 255 + 1));
    }
}
