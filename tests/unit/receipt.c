/* Receipts: the vector byte for byte, canonical form, bounds. */
#include "proto/receipt.h"
#include "federation.h"

static struct federation all;
static void start(void)
{
    federation_init(&all);
}
static void stop(void)
{
    federation_release(&all);
}
TestSuite(receipt, .init = start, .fini = stop);

Test(receipt, vector_is_read_and_made_byte_for_byte)
{
    json_t *json = vectors_load("tamga/formats.json"), *one = member(json, "receipt");
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_buf) struct tg_buf text = {0}, note = {0};
    const struct tg_signer signer = tg_vault_signer(all.kg.vault, TG_VAULT_KEY_STORE);
    struct tg_receipt receipt;
    struct tg_node_id by, origin;
    struct tg_errmsg em = {0};
    uint32_t epoch;
    tg_arena_init(&arena, 1 << 20);
    cr_assert_eq(tg_receipt_open(tg_view_str(text_of(one, "note")), &all.kg.store_key, &arena, &receipt, &em),
                 TG_OK, "%s", em.text);
    cr_assert(tg_node_id_equal(&receipt.by, &all.kg.id));
    cr_assert(tg_node_id_equal(&receipt.origin, &all.tj.id));
    cr_assert_eq(receipt.size, 6);
    cr_assert_eq(receipt.have_count, 2);
    cr_assert(tg_ranges_contain(receipt.have, 2, 0) && tg_ranges_contain(receipt.have, 2, 5));
    cr_assert(!tg_ranges_contain(receipt.have, 2, 2) && !tg_ranges_contain(receipt.have, 2, 6));
    cr_assert_str_eq(receipt.refused[0].code, "newer");
    cr_assert_eq(receipt.withdrawn[0].record, 2);
    assert_err(tg_receipt_encode(&receipt, &text, NULL), TG_OK);
    cr_assert(tg_view_equal_str(tg_buf_view(&text), text_of(one, "text")));
    assert_err(tg_receipt_sign(&receipt, &all.kg.store_key, &signer, &note, NULL), TG_OK);
    cr_assert(tg_view_equal_str(tg_buf_view(&note), text_of(one, "note")));
    assert_err(tg_receipt_peek(tg_buf_view(&note), &by, &origin, &epoch), TG_OK);
    cr_assert(tg_node_id_equal(&by, &all.kg.id) && tg_node_id_equal(&origin, &all.tj.id));
    for (size_t i = 0; i < note.bytes; i++) {
        note.data[i] ^= 1;
        cr_assert_neq(tg_receipt_open(tg_buf_view(&note), &all.kg.store_key, &arena, &receipt, NULL), TG_OK,
                      "byte %zu", i);
        note.data[i] ^= 1;
    }
    json_decref(json);
}

Test(receipt, speaks_for_its_signer_alone)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_buf) struct tg_buf note = {0};
    const struct tg_signer signer = tg_vault_signer(all.uz.vault, TG_VAULT_KEY_STORE);
    struct tg_receipt receipt = {.by = all.kg.id, .origin = all.tj.id};
    tg_arena_init(&arena, 1 << 20);
    assert_err(tg_receipt_sign(&receipt, &all.uz.store_key, &signer, &note, NULL), TG_OK);
    assert_err(tg_receipt_open(tg_buf_view(&note), &all.uz.store_key, &arena, &receipt, NULL), TG_EPOSITION);
    assert_err(tg_receipt_open(tg_buf_view(&note), &all.kg.store_key, &arena, &receipt, NULL), TG_EKEY);
}

static const char head[] = "tamga/receipt/v1\n"
                           "by wg2wm57a6ve5k6vcjmioesnbor5lydv4vpqidwwp4zebqup6kxna\n"
                           "card 1\n"
                           "log tamga/yqracvgzixe2wcel47gen3pxi3ewrazh43yi7jqwytor6ydcbqhq/log/0\n"
                           "size 50\n"
                           "root Aep9YEKzBbT76sf/rvUhGhF0DvjOOiLNUgRmswYWuu4=\n";

Test(receipt, only_the_canonical_form_is_read)
{
    static const struct {
        const char *name, *lines;
        tg_err err;
    } cases[] = {
        {"nothing held", "time 1\n", TG_OK},
        {"all lines", "have 0-41 43\nmissing 42\nrefused 1:newer 2:a-1\nwithdrawn 1#2 1#3 2#1\ntime 1\n",
         TG_OK},
        {"last position", "have 49\ntime 1\n", TG_OK},
        {"beyond the size", "have 50\ntime 1\n", TG_EVALUE},
        {"range of one as two", "have 4-4\ntime 1\n", TG_EFORMAT},
        {"range backwards", "have 5-4\ntime 1\n", TG_EVALUE},
        {"touching ranges", "have 1-2 3\ntime 1\n", TG_EVALUE},
        {"out of order", "have 5 1\ntime 1\n", TG_EVALUE},
        {"zero in front", "have 01\ntime 1\n", TG_EFORMAT},
        {"blank behind", "have 1 \ntime 1\n", TG_EFORMAT},
        {"two blanks", "have 1  3\ntime 1\n", TG_EFORMAT},
        {"empty list", "have \ntime 1\n", TG_EFORMAT},
        {"lines swapped", "missing 1\nhave 2\ntime 1\n", TG_EFORMAT},
        {"line twice", "have 1\nhave 1\ntime 1\n", TG_EFORMAT},
        {"no time", "have 1\n", TG_EFORMAT},
        {"unknown line", "hold 1\ntime 1\n", TG_EFORMAT},
        {"refusal without a code", "refused 1\ntime 1\n", TG_EFORMAT},
        {"refusal with an empty code", "refused 1:\ntime 1\n", TG_EVALUE},
        {"code in capitals", "refused 1:Newer\ntime 1\n", TG_EVALUE},
        {"code too long", "refused 1:abcdefghijklmnopqrstuvwxyzabcdefg\ntime 1\n", TG_EFORMAT},
        {"record 0", "withdrawn 1#0\ntime 1\n", TG_EVALUE},
        {"record 1024", "withdrawn 1#1024\ntime 1\n", TG_OK},
        {"record 1025", "withdrawn 1#1025\ntime 1\n", TG_EFORMAT},
        {"withdrawn twice", "withdrawn 1#2 1#2\ntime 1\n", TG_EVALUE},
        {"no last newline", "time 1", TG_EFORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TG_AUTO(tg_arena) struct tg_arena arena;
        TG_AUTO(tg_buf) struct tg_buf text = {0};
        struct tg_receipt receipt;
        struct tg_errmsg em = {0};
        tg_arena_init(&arena, 1 << 20);
        assert_err(tg_buf_put_str(&text, head), TG_OK);
        assert_err(tg_buf_put_str(&text, cases[i].lines), TG_OK);
        const tg_err err = tg_receipt_parse(tg_buf_view(&text), &arena, &receipt, &em);
        cr_assert_eq(err, cases[i].err, "%s: %s (%s)", cases[i].name, tg_err_name(err), em.text);
    }
}

Test(receipt, budget_and_item_limit_hold)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    struct tg_receipt receipt = {.by = all.kg.id, .origin = all.tj.id, .size = 1u << 20};
    static struct tg_range ranges[TG_RECEIPT_LINE_ITEMS_MAX + 1];
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) ranges[i].first = ranges[i].last = 2 * i;
    receipt.have = ranges;
    receipt.have_count = TG_RECEIPT_LINE_ITEMS_MAX;
    assert_err(tg_receipt_encode(&receipt, &text, NULL), TG_OK);
    tg_arena_init(&arena, 1024);
    struct tg_receipt got;
    assert_err(tg_receipt_parse(tg_buf_view(&text), &arena, &got, NULL), TG_ENOMEM);
    receipt.have_count++;
    assert_err(tg_receipt_encode(&receipt, &text, NULL), TG_ELIMIT);
}
