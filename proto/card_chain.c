/* Cards of one node one behind the other, each checked against the one before.
 *
 * Knows no trust. Format: docs/formats-evidence.md "Card chain".
 */
#include "proto/card_chain.h"

tg_err tg_card_chain_next(struct tg_view *rest, struct tg_view *ret_note)
{
    static const char next[] = "\n" TG_CARD_MAGIC;
    if (!rest->bytes) return TG_ENOENT;
    const uint8_t *at = memmem(rest->data, rest->bytes, next, sizeof next - 1);
    size_t bytes = at ? (size_t)(at - rest->data) + 1 : rest->bytes;
    *ret_note = tg_view_of(rest->data, bytes);
    *rest = tg_view_of(rest->data + bytes, rest->bytes - bytes);
    return TG_OK;
}

static tg_err card_open(struct tg_view note, const struct tg_card *before, struct tg_arena *arena,
                        struct tg_card **ret_card, struct tg_errmsg *em)
{
    struct tg_card *card = tg_arena_take(arena, sizeof *card);
    if (!card) return tg_fail(em, TG_ENOMEM, "over the memory budget");
    tg_err err = tg_card_open(note, card, em);
    if (!err && before) err = tg_card_check_successor(before, card, note, em);
    *ret_card = card;
    return err;
}

tg_err tg_card_chain_open(struct tg_view text, struct tg_arena *arena, const struct tg_card ***ret_cards,
                          size_t *ret_count, uint64_t *ret_bad, struct tg_errmsg *em)
{
    const struct tg_card **cards = tg_arena_take_array(arena, TG_CARD_CHAIN_MAX, sizeof *cards);
    size_t count = 0;
    struct tg_view note;
    if (!cards) return tg_fail(em, TG_ENOMEM, "over the memory budget");
    while (!tg_card_chain_next(&text, &note)) {
        struct tg_card *card = NULL;
        *ret_bad = count + 1;
        if (count == TG_CARD_CHAIN_MAX)
            return tg_fail(em, TG_ELIMIT, "more than %d cards", TG_CARD_CHAIN_MAX);
        tg_err err = card_open(note, count ? cards[count - 1] : NULL, arena, &card, em);
        if (!err && count == 1 && cards[0]->serial != 1)
            err = tg_fail(em, TG_EVALUE, "several cards must begin with serial 1, and these with %llu",
                          (unsigned long long)cards[0]->serial);
        if (err) return err;
        cards[count++] = card;
    }
    *ret_bad = 0;
    if (!count) return tg_fail(em, TG_ENOENT, "no card is there");
    *ret_cards = cards;
    *ret_count = count;
    return TG_OK;
}
