/* Signed statements that stand in a log in clear, as records of control entries: cards, new epochs, attestations.
 *
 * Knows their first lines and what to call them; whoever uses one opens and verifies it by its own reader.
 * Format: docs/formats.md "Control entries".
 */
#ifndef TG_PROTO_STATEMENT_H
#define TG_PROTO_STATEMENT_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"

enum tg_statement {
    TG_STATEMENT_UNKNOWN, /* of a kind that is newer than this program: kept, passed on and shown as that */
    TG_STATEMENT_CARD,    /* tamga/card/v1 */
    TG_STATEMENT_EPOCH,   /* tamga/epoch/v1 */
    TG_STATEMENT_ATTEST,  /* tamga/attest/v1 */
};
/* By the first line of the note; nothing of it is verified. */
enum tg_statement tg_statement_of(struct tg_view note);

/* The number on the first line of the note's text that begins with `front`; nothing of it is verified. */
bool tg_statement_number(struct tg_view note, const char *front, uint64_t *ret_number);

/* "card 2", "epoch", "attest 7-12", "unknown": what it claims to be, for people; unverified, every byte shows. */
#define TG_STATEMENT_TEXT_BYTES 64
void tg_statement_text(struct tg_view note, char out[static TG_STATEMENT_TEXT_BYTES]);

#endif
