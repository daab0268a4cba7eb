/* An origin, or a partner that relays its log, keeps back what is addressed to us: the jump in the chain tells, the receipt
 * says what is missing, and a signed note is kept. What was only lost on the way makes no note.
 */
#include <criterion/criterion.h>

#include "proto/withholding.h"
#include "trio.h"

#define ASKED_MS 5500 /* a little more than an answer is waited for */

/* What the liar does: nothing of TJ's entry `index` reaches KG from `from`, nor that it is for KG unless `named`. */
struct lie {
    int from;
    uint64_t index;
    bool named;
    int times; /* envelopes that are still kept back; -1: all */
};

static void again(struct tg_buf *message, const struct tg_msg *msg)
{
    tg_buf_clear(message);
    cr_assert_eq(tg_msg_encode(msg, message, NULL), TG_OK);
}

static void bend(struct trio *trio, int from, int to, struct tg_buf *message)
{
    struct lie *lie = trio->bend_ctx;
    struct tg_msg msg;
    struct tg_hash tj = trio_id(trio, TJ);
    if (from != lie->from || to != KG) return;
    TG_AUTO(tg_arena) struct tg_arena arena;
    tg_arena_init(&arena, TG_MESSAGE_PARSE_BUDGET_BYTES);
    cr_assert_eq(tg_msg_decode(tg_buf_view(message), &arena, &msg, NULL), TG_OK);
    bool env = msg.type == TG_MSG_ENV || msg.type == TG_MSG_FLASH;
    if (env && msg.env.index == lie->index && tg_hash_equal(&msg.env.origin, &tj) && lie->times) {
        if (lie->times > 0) lie->times--;
        tg_buf_clear(message);
    }
    if (lie->named || !lie->times) return;
    if (msg.type == TG_MSG_ENV_END && msg.env_end.newest == lie->index + 1) {
        msg.env_end.newest = 0;
        again(message, &msg);
    }
    if (msg.type != TG_MSG_LEAVES) return;
    uint32_t kept[TG_LEAVES_PER_MESSAGE_MAX];
    size_t count = 0;
    for (size_t i = 0; i < msg.leaves.for_you_count; i++)
        if (msg.leaves.start + msg.leaves.for_you[i] != lie->index) kept[count++] = msg.leaves.for_you[i];
    msg.leaves.for_you = kept;
    msg.leaves.for_you_count = count;
    again(message, &msg);
}

static struct trio *lying(struct lie *lie)
{
    struct trio *trio = trio_new();
    trio->bend = bend;
    trio->bend_ctx = lie;
    return trio;
}

static void ask_again(struct trio *trio, int times)
{
    for (int i = 0; i < times; i++) trio_pass(trio, ASKED_MS);
}

static size_t withheld_at(struct trio *trio, int i, const char *state)
{
    size_t count = 0;
    TG_AUTO(answer) struct answer answer = call(trio->at[i], ask("log.withheld"));
    must_be_done(&answer);
    for (size_t row = 0; row < answer.row_count; row++)
        count += strcmp(row_text(&answer, row, "state"), state) == 0;
    return count;
}

/* What TJ knows of KG's receipt. */
static void expect_missing(struct trio *trio, const char *missing)
{
    TG_AUTO(answer)
    struct answer answer = call(trio->at[TJ], with_text(ask("log.receipts"), "peer", "KG"));
    must_be_done(&answer);
    cr_assert_str_eq(row_text(&answer, 0, "row"), "receipt");
    cr_expect_str_eq(row_text(&answer, 0, "missing"), missing);
}

static void open_note(struct trio *trio, struct tg_withholding *ret_note)
{
    TG_AUTO(answer) struct answer answer = call(trio->at[KG], ask("log.withheld"));
    must_be_done(&answer);
    cr_assert_eq(answer.row_count, 1);
    const char *text = row_text(&answer, 0, "note");
    struct tg_errmsg em = {.text = ""};
    cr_assert_eq(tg_withholding_open(tg_view_str(text), &trio->members[KG].store_key, ret_note, &em), TG_OK,
                 "%s", em.text);
    cr_assert_eq(tg_withholding_open(tg_view_str(text), &trio->members[UZ].store_key, ret_note, NULL),
                 TG_EKEY);
    cr_assert_eq(tg_withholding_open(tg_view_str(text), &trio->members[KG].store_key, ret_note, NULL), TG_OK);
}

static void expect_leaf(struct trio *trio, uint64_t index, const uint8_t *leaf)
{
    TG_AUTO(answer)
    struct answer answer = call(trio->at[TJ], with_number(ask("log.entries"), "from", (int64_t)index));
    must_be_done(&answer);
    const struct tg_control_field *held = tg_control_each(&answer.rows[0], "leaf", NULL);
    cr_assert_eq(held->data.bytes, TG_WITHHOLDING_LEAF_BYTES);
    cr_expect(memcmp(held->data.data, leaf, TG_WITHHOLDING_LEAF_BYTES) == 0);
}

Test(withholding, control_a_jump_in_the_chain_tells_what_the_origin_keeps_back)
{
    struct lie lie = {.from = TJ, .index = 0, .times = -1};
    struct tg_withholding note;
    struct trio *trio = lying(&lie);
    trio_publish(trio, TJ, TO(TJ) | TO(KG), person_json("Kept Back", "1980-01-01", ""));
    ask_again(trio, 6);
    cr_expect_eq(withheld_at(trio, KG, "withheld"), 0, "nothing names it yet, so nothing can be said");
    trio_publish(trio, TJ, TO(TJ) | TO(KG), person_json("Given", "1981-01-01", ""));
    expect_missing(trio, "0");
    ask_again(trio, 6);
    cr_assert_eq(withheld_at(trio, KG, "withheld"), 1);
    open_note(trio, &note);
    cr_expect(note.chained);
    cr_expect_eq(note.missing, 0);
    cr_expect_eq(note.later, 1);
    cr_expect_eq(note.upto, 2);
    cr_expect_geq(note.answers, TG_SYNC_DENIALS_TOLD);
    cr_expect(memcmp(note.asked.bytes, trio->members[TJ].id.bytes, 32) == 0);
    expect_leaf(trio, 0, note.leaf);
    expect_leaf(trio, 1, note.later_leaf);
    TG_AUTO(answer) struct answer status = call(trio->at[KG], ask("status"));
    cr_expect_eq(done_number(&status, "withheld"), 1);
    trio_restart(trio, KG);
    cr_expect_eq(withheld_at(trio, KG, "withheld"), 1, "it is kept");
    trio_free(trio);
}

Test(withholding, is_over_when_the_envelope_comes_after_all)
{
    struct lie lie = {.from = TJ, .index = 0, .times = -1};
    struct trio *trio = lying(&lie);
    trio_publish(trio, TJ, TO(TJ) | TO(KG), person_json("Kept Back", "1980-01-01", ""));
    trio_publish(trio, TJ, TO(TJ) | TO(KG), person_json("Given", "1981-01-01", ""));
    ask_again(trio, 6);
    cr_assert_eq(withheld_at(trio, KG, "withheld"), 1);
    trio->bend = NULL;
    ask_again(trio, 3);
    cr_expect_eq(withheld_at(trio, KG, "withheld"), 0);
    cr_expect_eq(withheld_at(trio, KG, "came later"), 1, "the note stays");
    expect_missing(trio, "");
    TG_AUTO(answer) struct answer status = call(trio->at[KG], ask("status"));
    cr_expect_eq(done_number(&status, "withheld"), 0);
    trio_free(trio);
}

Test(withholding, is_not_what_was_lost_on_the_way_once_or_twice)
{
    struct lie lie = {.from = TJ, .index = 0, .times = TG_SYNC_DENIALS_TOLD - 1};
    struct trio *trio = lying(&lie);
    trio_publish(trio, TJ, TO(TJ) | TO(KG), person_json("Lost", "1980-01-01", ""));
    trio_publish(trio, TJ, TO(TJ) | TO(KG), person_json("Given", "1981-01-01", ""));
    ask_again(trio, 6);
    cr_expect_eq(lie.times, 0);
    cr_expect_eq(withheld_at(trio, KG, "withheld") + withheld_at(trio, KG, "came later"), 0);
    expect_missing(trio, "");
    trio_free(trio);
}

/* With the link to the origin cut, a co-recipient serves its log. What it says that it has, it must give; of what it does not
 * speak it may know nothing. */
Test(withholding, by_a_relay_is_what_it_says_it_has_and_does_not_give)
{
    for (int named = 0; named < 2; named++) {
        struct lie lie = {.from = UZ, .index = 0, .named = named, .times = -1};
        struct tg_withholding note;
        struct trio *trio = lying(&lie);
        trio_link(trio, TJ, KG, false);
        trio_link(trio, UZ, KG, false);
        trio_publish(trio, TJ, TO_ALL, person_json("Kept Back", "1980-01-01", ""));
        trio_publish(trio, TJ, TO_ALL, person_json("Given", "1981-01-01", ""));
        trio_link(trio, UZ, KG, true);
        ask_again(trio, 8);
        cr_assert_eq(withheld_at(trio, KG, "withheld"), (size_t)named);
        if (named) {
            open_note(trio, &note);
            cr_expect(memcmp(note.asked.bytes, trio->members[UZ].id.bytes, 32) == 0);
        }
        trio_link(trio, TJ, KG, true);
        ask_again(trio, 3);
        cr_expect_eq(withheld_at(trio, KG, "withheld"), 0, "its origin gives it");
        trio_free(trio);
    }
}

/* ---- the note itself ---- */

static void note_make(const struct federation *all, struct tg_withholding *ret_note, struct tg_buf *out)
{
    *ret_note = (struct tg_withholding){.by = all->kg.id,
                                        .card_serial = 3,
                                        .origin = all->tj.id,
                                        .size = 9,
                                        .missing = 4,
                                        .leaf = {1, 2},
                                        .chained = true,
                                        .later = 7,
                                        .later_leaf = {1, 3},
                                        .asked = all->tj.id,
                                        .answers = 3,
                                        .upto = 9,
                                        .time = 1790000000};
    struct tg_signer signer = tg_vault_signer(all->kg.vault, TG_VAULT_KEY_STORE);
    cr_assert_eq(tg_withholding_sign(ret_note, &all->kg.store_key, &signer, out, NULL), TG_OK);
}

Test(withholding, notes_come_back_as_they_were_signed)
{
    struct federation all;
    struct tg_withholding note, read;
    federation_init(&all);
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    note_make(&all, &note, &bytes);
    cr_assert_eq(tg_withholding_open(tg_buf_view(&bytes), &all.kg.store_key, &read, NULL), TG_OK);
    cr_expect(memcmp(&read.leaf, &note.leaf, sizeof note.leaf) == 0);
    cr_expect(read.chained && read.later == 7 && read.missing == 4 && read.upto == 9 && read.answers == 3);
    cr_expect_eq(tg_withholding_open(tg_buf_view(&bytes), &all.uz.store_key, &read, NULL), TG_EKEY);
    federation_release(&all);
}

/* Signed by the right key and wrong all the same: what contradicts itself is never written, and bytes that differ in any
 * place are refused by the signature. */
Test(withholding, notes_that_are_bent_are_refused)
{
    struct federation all;
    struct tg_withholding note, read;
    federation_init(&all);
    struct tg_signer signer = tg_vault_signer(all.kg.vault, TG_VAULT_KEY_STORE);
    TG_AUTO(tg_buf) struct tg_buf bytes = {0}, other = {0};
    note_make(&all, &note, &bytes);
    for (size_t i = 0; i < bytes.bytes; i++) {
        bytes.data[i] ^= 1;
        cr_expect_neq(tg_withholding_open(tg_buf_view(&bytes), &all.kg.store_key, &read, NULL), TG_OK,
                      "byte %zu", i);
        bytes.data[i] ^= 1;
    }
    struct tg_withholding bent[] = {note, note, note, note, note};
    bent[0].missing = note.size;
    bent[1].later = note.missing;
    bent[2].upto = note.missing;
    bent[3].answers = 0;
    bent[4].upto = note.size + 1;
    for (size_t i = 0; i < sizeof bent / sizeof bent[0]; i++)
        cr_expect_eq(tg_withholding_sign(&bent[i], &all.kg.store_key, &signer, &other, NULL), TG_EVALUE,
                     "%zu", i);
    cr_expect_eq(other.bytes, 0);
    federation_release(&all);
}
