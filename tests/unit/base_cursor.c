/* Stories of the bounded reader and writer: the first failure stays, nothing is read or written beyond.
 *
 * Must not know any format of ours.
 */
#include <criterion/criterion.h>

#include "base/cursor.h"
#include "tests/unit/base_chance.h"

static struct tg_rd reader_of(const void *data, size_t bytes)
{
    return tg_rd_init(tg_view_of(data, bytes));
}

Test(reader, reads_network_order)
{
    static const uint8_t data[] = {1, 1, 2, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8};
    struct tg_rd rd = reader_of(data, sizeof data);
    cr_assert_eq(tg_rd_u8(&rd), 1);
    cr_assert_eq(tg_rd_u16(&rd), 0x0102);
    cr_assert_eq(tg_rd_u32(&rd), 0x01020304u);
    cr_assert_eq(tg_rd_u64(&rd), 0x0102030405060708u);
    cr_assert_eq(tg_rd_end(&rd), TG_OK);
}

Test(reader, keeps_its_first_failure_and_gives_zeros_from_then_on)
{
    static const uint8_t data[] = {0xFF, 0xFF, 0xFF};
    struct tg_rd rd = reader_of(data, sizeof data);
    cr_assert_eq(tg_rd_u32(&rd), 0u, "three bytes are no u32");
    cr_assert_eq(rd.left, 3u, "a failed read takes nothing");
    cr_assert_eq(tg_rd_u8(&rd), 0, "though a byte is there");
    cr_assert_eq(tg_rd_u16(&rd), 0);
    cr_assert_eq(tg_rd_u64(&rd), 0u);
    cr_assert_eq(tg_rd_view(&rd, 1).bytes, 0u);
    cr_assert_null(tg_rd_view(&rd, 0).data);
    cr_assert_eq(tg_rd_until(&rd, 0xFF).bytes, 0u);
    uint8_t copy[2] = {7, 7};
    tg_rd_copy(&rd, copy, sizeof copy);
    cr_assert(copy[0] == 0 && copy[1] == 0, "nothing stale is left for the caller");
    cr_assert_eq(tg_rd_end(&rd), TG_ESHORT, "not the later TG_EFORMAT");
}

Test(reader, says_so_when_bytes_are_left)
{
    static const uint8_t data[] = {1, 2};
    struct tg_rd rd = reader_of(data, sizeof data);
    (void)tg_rd_u8(&rd);
    cr_assert_eq(tg_rd_end(&rd), TG_ETRAIL);
    (void)tg_rd_u8(&rd);
    cr_assert_eq(tg_rd_end(&rd), TG_OK);
    (void)tg_rd_u8(&rd);
    cr_assert_eq(tg_rd_end(&rd), TG_ESHORT);
}

Test(reader, lends_views_of_the_bytes_beneath)
{
    static const uint8_t data[] = "abcdef";
    struct tg_rd rd = reader_of(data, 6);
    struct tg_view view = tg_rd_view(&rd, 4);
    cr_assert_eq(view.data, data);
    cr_assert_eq(view.bytes, 4u);
    cr_assert_eq(tg_rd_view(&rd, SIZE_MAX).bytes, 0u, "a length from outside cannot wrap");
    cr_assert_eq(rd.err, TG_ESHORT);
}

Test(reader, takes_lines_without_their_end)
{
    struct tg_rd rd = tg_rd_init(tg_view_str("one\n\ntwo"));
    cr_assert(tg_view_equal_str(tg_rd_until(&rd, '\n'), "one"));
    struct tg_view empty = tg_rd_until(&rd, '\n');
    cr_assert(empty.data && empty.bytes == 0, "an empty line is a line");
    cr_assert_eq(rd.err, TG_OK);
    cr_assert_null(tg_rd_until(&rd, '\n').data, "the last line has no end");
    cr_assert_eq(tg_rd_end(&rd), TG_EFORMAT);
}

Test(reader, may_read_nothing_from_nothing)
{
    struct tg_rd rd = tg_rd_init((struct tg_view){.data = NULL, .bytes = 0});
    cr_assert_eq(tg_rd_view(&rd, 0).bytes, 0u);
    tg_rd_copy(&rd, NULL, 0);
    cr_assert_eq(tg_rd_end(&rd), TG_OK);
    cr_assert_null(tg_rd_until(&rd, 'x').data);
    cr_assert_eq(tg_rd_end(&rd), TG_EFORMAT);
}

Test(writer, fills_its_storage_to_the_last_byte_and_not_beyond)
{
    uint8_t storage[4] = {9, 9, 9, 9};
    struct tg_wr wr = tg_wr_init(storage, 3);
    tg_wr_u16(&wr, 0x0102);
    tg_wr_u8(&wr, 3);
    cr_assert_eq(wr.err, TG_OK);
    tg_wr_u8(&wr, 4);
    cr_assert_eq(wr.err, TG_ELIMIT);
    cr_assert_arr_eq(storage, ((uint8_t[]){1, 2, 3, 9}), 4);
    cr_assert_eq(tg_wr_view_of(&wr).bytes, 3u);
}

Test(writer, writes_nothing_after_a_failure_though_it_would_fit)
{
    uint8_t storage[3] = {9, 9, 9};
    struct tg_wr wr = tg_wr_init(storage, sizeof storage);
    tg_wr_u32(&wr, 1);
    tg_wr_u8(&wr, 1);
    tg_wr_str(&wr, "a");
    tg_wr_view(&wr, tg_view_str("b"));
    cr_assert_eq(wr.err, TG_ELIMIT);
    cr_assert_eq(wr.at, 0u);
    cr_assert_arr_eq(storage, ((uint8_t[]){9, 9, 9}), 3);
}

Test(writer, takes_empty_pieces)
{
    struct tg_wr wr = tg_wr_init(NULL, 0);
    tg_wr_put(&wr, NULL, 0);
    tg_wr_str(&wr, "");
    cr_assert_eq(wr.err, TG_OK);
    tg_wr_u8(&wr, 0);
    cr_assert_eq(wr.err, TG_ELIMIT);
}

/* Law: what the writer wrote the reader reads, for any order of fields; and cut anywhere it is TG_ESHORT. */
Test(cursors, agree_and_notice_every_cut)
{
    struct chance chance = {.state = 3};
    for (int round = 0; round < 300; round++) {
        uint8_t storage[256], kinds[16];
        uint64_t values[16];
        struct tg_wr wr = tg_wr_init(storage, sizeof storage);
        size_t fields = 1 + chance_below(&chance, 16);
        for (size_t i = 0; i < fields; i++) {
            kinds[i] = (uint8_t)chance_below(&chance, 4);
            values[i] = chance_u64(&chance);
            if (kinds[i] == 0) tg_wr_u8(&wr, (uint8_t)values[i]);
            if (kinds[i] == 1) tg_wr_u16(&wr, (uint16_t)values[i]);
            if (kinds[i] == 2) tg_wr_u32(&wr, (uint32_t)values[i]);
            if (kinds[i] == 3) tg_wr_u64(&wr, values[i]);
        }
        cr_assert_eq(wr.err, TG_OK);
        for (size_t cut = 0; cut <= wr.at; cut++) {
            struct tg_rd rd = reader_of(storage, cut);
            for (size_t i = 0; i < fields; i++) {
                uint64_t got = kinds[i] == 0   ? tg_rd_u8(&rd)
                               : kinds[i] == 1 ? tg_rd_u16(&rd)
                               : kinds[i] == 2 ? tg_rd_u32(&rd)
                                               : tg_rd_u64(&rd);
                uint64_t mask = kinds[i] == 3 ? UINT64_MAX : (UINT64_C(1) << (8u << kinds[i])) - 1;
                cr_assert_eq(got, rd.err ? 0 : values[i] & mask);
            }
            cr_assert_eq(tg_rd_end(&rd), cut == wr.at ? TG_OK : TG_ESHORT);
        }
    }
}
