/* Receipts as a stranger checks them: by the store key on the signer's card.
 *
 * Knows no store.
 */
#include "proto/receipt_known.h"

static const struct tg_card *card_find(const struct tg_known_cards *known, const struct tg_node_id *node,
                                       uint64_t serial)
{
    for (size_t i = 0; i < known->count; i++)
        if (known->cards[i]->serial == serial && tg_node_id_equal(&known->cards[i]->node, node))
            return known->cards[i];
    return NULL;
}

tg_err tg_receipt_open_known(struct tg_view note, const struct tg_known_cards *known, struct tg_arena *arena,
                             struct tg_receipt *ret_receipt, const struct tg_card **ret_card,
                             struct tg_errmsg *em)
{
    struct tg_receipt receipt;
    struct tg_note *parsed = tg_arena_take(arena, sizeof *parsed);
    if (!parsed) return tg_fail(em, TG_ENOMEM, "over the memory budget");
    tg_err err = tg_note_parse(note, parsed, em);
    if (!err) err = tg_receipt_parse(parsed->text, arena, &receipt, em);
    if (err) return err;
    const struct tg_card *card = card_find(known, &receipt.by, receipt.card_serial);
    if (!card) {
        char node[TG_NODE_TEXT_BYTES];
        tg_node_id_format(&receipt.by, node);
        return tg_fail(em, TG_EKEY,
                       "no card at hand is that of node %s with serial %llu; give it with --card", node,
                       (unsigned long long)receipt.card_serial);
    }
    err = tg_receipt_open(note, &card->store, arena, ret_receipt, em);
    if (!err) *ret_card = card;
    return err;
}
