/* Any bytes as a statement of a control entry: named without a byte that does not show, an attestation that is read is one
 * that names entries, a prologue begins an epoch behind another one, and what stands behind a card is cut off whole. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "proto/attest.h"
#include "proto/card.h"
#include "proto/prologue.h"
#include "proto/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const struct tg_view note = tg_view_of(data, bytes);
    char text[TG_STATEMENT_TEXT_BYTES];
    struct tg_attest attest;
    TG_AUTO_FREE struct tg_card *card = malloc(sizeof *card);
    if (!card) abort();
    tg_statement_text(note, text);
    for (const char *at = text; *at; at++)
        if (*at < ' ' || *at > '~') abort();
    if (tg_attest_peek(note, &attest, NULL) == TG_OK &&
        (attest.from >= attest.until || tg_statement_of(note) != TG_STATEMENT_ATTEST))
        abort();
    struct tg_prologue prologue;
    if (tg_prologue_peek(note, &prologue, NULL) == TG_OK &&
        (prologue.epoch == 0 || prologue.reason[0] == '\0' || tg_statement_of(note) != TG_STATEMENT_EPOCH))
        abort();
    struct tg_view front = note, rest;
    tg_prologue_split(&front, &rest);
    if (front.bytes + rest.bytes != bytes || (rest.bytes && tg_statement_of(rest) != TG_STATEMENT_EPOCH))
        abort();
    if (tg_card_open(note, card, NULL) == TG_OK && tg_statement_of(note) != TG_STATEMENT_CARD) abort();
    return 0;
}
