/* Internal to proto/card.c and proto/card_text.c: the rules of one card, and its lines.
 *
 * Knows no signature. Format: docs/formats.md "Card".
 */
#ifndef TG_PROTO_CARD_TEXT_H
#define TG_PROTO_CARD_TEXT_H

#include "proto/card.h"

/* Rules across lines: serial and previous card, node and root, ranges, one key one role. */
tg_err tg_card_check(const struct tg_card *card, struct tg_errmsg *em);
/* Lines in order, unchecked. */
tg_err tg_card_put(const struct tg_card *card, struct tg_buf *out);

#endif
