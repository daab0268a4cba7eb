/* Receipts as a stranger checks them: by the store key on the signer's card.
 *
 * Knows no store.
 */
#ifndef TG_PROTO_RECEIPT_KNOWN_H
#define TG_PROTO_RECEIPT_KNOWN_H

#include "proto/cosigned.h"
#include "proto/receipt.h"

/* The card that the receipt cites must be among the known ones, and its store key must have signed. Arrays in the arena.
 * TG_EKEY no such card, and those of tg_receipt_open. ret_card: on loan. */
tg_err tg_receipt_open_known(struct tg_view note, const struct tg_known_cards *known, struct tg_arena *arena,
                             struct tg_receipt *ret_receipt, const struct tg_card **ret_card,
                             struct tg_errmsg *em);

#endif
