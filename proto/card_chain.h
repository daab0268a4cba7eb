/* Cards of one node as whole notes one behind the other, from the first on: `cat` makes such a file.
 *
 * Knows no trust. Format: docs/formats-evidence.md "Card chain".
 */
#ifndef TG_PROTO_CARD_CHAIN_H
#define TG_PROTO_CARD_CHAIN_H

#include "base/arena.h"
#include "proto/card.h"

#define TG_CARD_MAGIC "tamga/card/v1\n"

/* The next note, cut off the front; TG_ENOENT at the end. Shape alone: where the next one begins. */
tg_err tg_card_chain_next(struct tg_view *rest, struct tg_view *ret_note);

/* Every card opened, and each one the rightful successor of the one before. One card alone may have any serial; more
 * begin with serial 1, whose root key the node's id stands for.
 *
 * ret_cards  in the arena, about 64 KiB each
 * ret_bad    serial, or place from 1 when that is not known, of the card that was refused; 0
 *
 * TG_ENOENT none at all, TG_ELIMIT, TG_ENOMEM, and those of tg_card_open and tg_card_check_successor. */
tg_err tg_card_chain_open(struct tg_view text, struct tg_arena *arena, const struct tg_card ***ret_cards,
                          size_t *ret_count, uint64_t *ret_bad, struct tg_errmsg *em);

#endif
