/* Prologues: the root key says that a log goes on as a new epoch, and what of the one before could still be proven.
 *
 * Knows no log and no chain of cards. Format: docs/formats.md "New epoch".
 */
#ifndef TG_PROTO_PROLOGUE_H
#define TG_PROTO_PROLOGUE_H

#include "base/limits.h"
#include "crypto/identity.h"
#include "crypto/note.h"
#include "proto/card.h"

#define TG_PROLOGUE_MAGIC "tamga/epoch/v1\n"

struct tg_prologue {
    struct tg_node_id origin;
    uint32_t epoch;                                /* that begins, from 1 */
    uint64_t size;                                 /* entries of the epoch before that could be proven */
    struct tg_hash root;                           /* of its tree of that size */
    char reason[TG_PROLOGUE_REASON_BYTES_MAX + 1]; /* every byte shows */
    uint64_t time;                                 /* unix seconds */
};
/* Canonical text, appended. TG_EVALUE: epoch 0; ELIMIT, EVALUE: the reason. */
tg_err tg_prologue_encode(const struct tg_prologue *prologue, struct tg_buf *out, struct tg_errmsg *em);
/* The text alone, signed by nobody. TG_ELIMIT, TG_EMAGIC, TG_EFORMAT, TG_EVALUE. */
tg_err tg_prologue_parse_text(struct tg_view text, struct tg_prologue *ret_prologue, struct tg_errmsg *em);
/* Whole note, appended. */
tg_err tg_prologue_sign(const struct tg_prologue *prologue, const struct tg_note_key *root_key,
                        const struct tg_signer *root, struct tg_buf *out, struct tg_errmsg *em);
/* Of a note, before its key is known: by nobody yet. */
tg_err tg_prologue_peek(struct tg_view note, struct tg_prologue *ret_prologue, struct tg_errmsg *em);
/* Signed by the root key of `card`, which is to be the first one of that node that lists a log key of the epoch; the card
 * lists a log key and an envelope key from entry 0 of it on. Also TG_ESIGNATURE, TG_EKEY. */
tg_err tg_prologue_open(struct tg_view note, const struct tg_card *card, struct tg_prologue *ret_prologue,
                        struct tg_errmsg *em);

/* What was said is the same: two of one epoch that are not are two histories. */
bool tg_prologue_equal(const struct tg_prologue *a, const struct tg_prologue *b);

/* A file of a signed card may hold a prologue behind it: `both` becomes the card's note, *ret_prologue the other one, or
 * nothing. */
void tg_prologue_split(struct tg_view *both, struct tg_view *ret_prologue);

/* Whether that card lists keys that could sign entry 0 of that epoch. */
bool tg_card_begins(const struct tg_card *card, uint32_t epoch);
/* The newest epoch that it lists a log key of. */
uint32_t tg_card_epoch(const struct tg_card *card);

#endif
