/* Stories of views, growing buffers and integers in network order.
 *
 * Must not know any format of ours.
 */
#include <criterion/criterion.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "tests/unit/base_chance.h"

static const struct tg_view nothing = {.data = NULL, .bytes = 0};

Test(view, compares_bytes_first_then_length)
{
    cr_assert_lt(tg_view_compare(tg_view_str("a"), tg_view_str("b")), 0);
    cr_assert_lt(tg_view_compare(tg_view_str("a"), tg_view_str("aa")), 0);
    cr_assert_gt(tg_view_compare(tg_view_str("b"), tg_view_str("aa")), 0);
    cr_assert_gt(tg_view_compare(tg_view_str("\xFF"), tg_view_str("a")), 0, "bytes are unsigned");
    cr_assert_eq(tg_view_compare(tg_view_str("ab"), tg_view_str("ab")), 0);
    cr_assert_eq(tg_view_compare(nothing, tg_view_str("")), 0);
    cr_assert_lt(tg_view_compare(nothing, tg_view_str("a")), 0);
}

Test(view, is_equal_to_itself_and_to_nothing_longer)
{
    cr_assert(tg_view_equal(nothing, tg_view_str("")));
    cr_assert(tg_view_equal_str(tg_view_of("ab\0", 2), "ab"));
    cr_assert(!tg_view_equal_str(tg_view_of("ab\0", 3), "ab"), "a NUL inside counts");
    cr_assert(tg_view_starts_with(tg_view_str("tamga/v1"), "tamga/"));
    cr_assert(tg_view_starts_with(tg_view_str("tamga"), "tamga"));
    cr_assert(!tg_view_starts_with(tg_view_str("tamg"), "tamga"));
    cr_assert(tg_view_starts_with(nothing, ""));
    cr_assert(!tg_view_starts_with(nothing, "a"));
}

Test(integers, stand_in_network_order)
{
    uint8_t at[8];
    tg_be64_put(at, 0x0102030405060708u);
    cr_assert_arr_eq(at, ((uint8_t[]){1, 2, 3, 4, 5, 6, 7, 8}), 8);
    cr_assert_eq(tg_be16_get(at), 0x0102);
    cr_assert_eq(tg_be32_get(at), 0x01020304u);
    struct chance chance = {.state = 4};
    for (int round = 0; round < 1000; round++) {
        uint64_t value = chance_u64(&chance);
        tg_be64_put(at, value);
        cr_assert_eq(tg_be64_get(at), value);
        tg_be32_put(at, (uint32_t)value);
        cr_assert_eq(tg_be32_get(at), (uint32_t)value);
        tg_be16_put(at, (uint16_t)value);
        cr_assert_eq(tg_be16_get(at), (uint16_t)value);
    }
}

Test(buffer, grows_as_it_is_filled_and_is_ready_again_after_release)
{
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    for (int i = 0; i < 1000; i++) cr_assert_eq(tg_buf_putf(&buf, "%03d,", i), TG_OK);
    cr_assert_eq(buf.bytes, 4000u);
    cr_assert(memcmp(buf.data + 3996, "999,", 4) == 0);
    tg_buf_clear(&buf);
    cr_assert_eq(tg_buf_view(&buf).bytes, 0u);
    cr_assert_geq(buf.capacity, 4000u, "clear keeps the storage");
    tg_buf_release(&buf);
    cr_assert_null(buf.data);
    cr_assert_eq(tg_buf_put_str(&buf, "again"), TG_OK);
    cr_assert(tg_view_equal_str(tg_buf_view(&buf), "again"));
}

Test(buffer, takes_empty_pieces)
{
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    cr_assert_eq(tg_buf_put(&buf, NULL, 0), TG_OK);
    cr_assert_eq(tg_buf_put_view(&buf, nothing), TG_OK);
    cr_assert_eq(tg_buf_put_str(&buf, ""), TG_OK);
    cr_assert_eq(buf.bytes, 0u);
}

Test(buffer, refuses_what_no_memory_holds_and_stays_as_it_was)
{
    TG_AUTO(tg_buf) struct tg_buf buf = {0};
    cr_assert_eq(tg_buf_put_str(&buf, "kept"), TG_OK);
    cr_assert_eq(tg_buf_reserve(&buf, SIZE_MAX), TG_ENOMEM);
    cr_assert_eq(tg_buf_reserve(&buf, SIZE_MAX / 2), TG_ENOMEM);
    cr_assert(tg_view_equal_str(tg_buf_view(&buf), "kept"));
}

/* Law: a buffer holds the pieces put into it, in order. */
Test(buffer, holds_what_was_put)
{
    struct chance chance = {.state = 5};
    for (int round = 0; round < 200; round++) {
        TG_AUTO(tg_buf) struct tg_buf buf = {0};
        uint8_t model[4096];
        size_t model_bytes = 0;
        while (model_bytes < 3500) {
            size_t piece = chance_below(&chance, 500);
            chance_fill(&chance, model + model_bytes, piece);
            cr_assert_eq(tg_buf_put(&buf, model + model_bytes, piece), TG_OK);
            model_bytes += piece;
        }
        cr_assert(tg_view_equal(tg_buf_view(&buf), tg_view_of(model, model_bytes)));
    }
}

static int released;
struct tg_thing {
    int unused;
};
static void thing_release(struct tg_thing *thing)
{
    (void)thing;
    released++;
}
TG_AUTO_DEFINE(tg_thing, thing_release)
static void thing_free(struct tg_thing *thing)
{
    released += thing != NULL;
    free(thing);
}
TG_AUTO_PTR_DEFINE(tg_thing, thing_free)

static struct tg_thing *make_and_keep(void)
{
    TG_AUTO_PTR(tg_thing) struct tg_thing *thing = calloc(1, sizeof *thing);
    return tg_steal_ptr(&thing);
}

Test(cleanup, runs_at_the_end_of_the_scope_unless_the_pointer_was_stolen)
{
    {
        TG_AUTO(tg_thing) struct tg_thing thing = {0};
        cr_assert_eq(released, 0);
    }
    cr_assert_eq(released, 1);
    struct tg_thing *kept = make_and_keep();
    cr_assert_eq(released, 1, "stolen, so not freed");
    cr_assert_not_null(kept);
    thing_free(kept);
    {
        TG_AUTO_FREE char *text = strdup("freed, or the leak check says so");
        cr_assert_not_null(text);
        TG_AUTO_PTR(tg_thing) struct tg_thing *none = NULL;
        (void)none;
    }
    cr_assert_eq(released, 2);
}
